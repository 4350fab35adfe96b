"""What a simulated agent counts: everything that arrived, everything that left, and why something did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(slots=True, kw_only=True)
class Counts:
    """What arrived at an agent and what left it, since it was made.

    A PDU is counted by its kind when it could be read, also with a wrong community, and whatever became of its answer;
    a v3 PDU that could not be authenticated or decrypted appears under the reason only.
    """

    received: int = 0
    """Datagrams of any sort."""
    get: int = 0
    get_next: int = 0
    get_bulk: int = 0
    set: int = 0
    """Every SET is refused; one that only reads sends none."""
    varbinds: int = 0
    """Names in all these PDUs."""
    other_pdus: int = 0
    """PDUs that an agent does not answer: responses, traps, informs, reports."""
    answers: int = 0
    """Datagrams sent, Reports included."""
    reports: int = 0
    """Answers made that are v3 Reports: discovery of the engine ID, and every v3 error."""
    silenced: int = 0
    """Answers withheld because the agent is silent."""
    lost: int = 0
    """Answers lost on purpose."""
    wrong_community: int = 0
    unknown_context: int = 0
    """`community@suffix` or v3 context without a table."""
    garbled: int = 0
    """Datagrams that hold no SNMP message."""
    other_version: int = 0
    """SNMPv1, or v3 to an agent without users."""
    unknown_engine_ids: int = 0
    """Discovery; each is answered with a Report."""
    unknown_users: int = 0
    wrong_digests: int = 0
    decryption_errors: int = 0
    unsupported_levels: int = 0
    not_in_time_windows: int = 0

    @property
    def pdus(self) -> int:
        """Requests that could be read."""
        return self.get + self.get_next + self.get_bulk + self.set

    @property
    def auth_failures(self) -> int:
        """v3 messages refused for their user, keys or level."""
        return self.unknown_users + self.wrong_digests + self.decryption_errors + self.unsupported_levels


_USM = "SNMP-USER-BASED-SM-MIB"
ENGINE_STATISTICS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "garbled": ("SNMPv2-MIB", "snmpInASNParseErrs"),
        "unknown_engine_ids": (_USM, "usmStatsUnknownEngineIDs"),
        "unknown_users": (_USM, "usmStatsUnknownUserNames"),
        "wrong_digests": (_USM, "usmStatsWrongDigests"),
        "decryption_errors": (_USM, "usmStatsDecryptionErrors"),
        "unsupported_levels": (_USM, "usmStatsUnsupportedSecLevels"),
        "not_in_time_windows": (_USM, "usmStatsNotInTimeWindows"),
    }
)
"""What the v3 engine counts itself: MIB module and object (RFC 3418, RFC 3414)."""
