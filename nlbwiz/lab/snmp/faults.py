"""How a simulated agent behaves beyond telling the truth: slow, lossy, silent, small, broken."""

from dataclasses import dataclass
from typing import Literal

from nlbwiz.lab.snmp.values import Oid

MIN_MESSAGE, MAX_MESSAGE = 484, 65_507
"""What every SNMP entity must take (RFC 3417 3.2), and what UDP over IPv4 can carry; octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """One agent's behaviour; the default is a healthy switch on an Ethernet.

    A request is counted and answered whatever is set here, then the answer is withheld, delayed or spoilt: the client
    sees what it would see in the field, and the agent's counts say what it sent.
    """

    silent: bool = False
    """No answer ever leaves: a dead switch, an access list. Looks like a wrong community."""
    latency_s: float = 0.0
    """Every answer leaves this many seconds later; answers under way do not wait for each other."""
    loss: float = 0.0
    """The share of answers that get lost, evenly spread and the same in every run: 0.25 loses every fourth."""
    max_message: int = 1472
    """The largest answer, octets of UDP payload: what an unfragmented Ethernet frame holds. Above it a GET or GETNEXT
    is answered with tooBig and a GETBULK with fewer rows (RFC 3416 4.2)."""
    unimplemented: tuple[Oid, ...] = ()
    """Subtrees that the agent does not have: noSuchObject for GET, stepped over by GETNEXT and GETBULK."""
    gen_err: tuple[Oid, ...] = ()
    """Subtrees that answer genErr."""
    no_such_name: bool = False
    """noSuchName, SNMPv1's word, for a whole request of which one variable is not there (RFC 1157 4.1.2)."""
    drops_bulk: bool = False
    """GETBULK gets no answer, as from an agent that knows SNMPv1's requests only."""
    loops: tuple[Oid, ...] = ()
    """Subtrees whose last row is followed by their first: OIDs that do not increase, a walk without end. A subtree of
    one row repeats that row (seen on Ruijie, H3C, JetStream and Raisecom)."""
    garble: Literal["no", "cut", "noise"] = "no"
    """`cut`: only the first half of each answer arrives; `noise`: octets that are no SNMP message."""
    hides_decryption_errors: bool = False
    """A v3 message with the wrong privacy key gets no answer, as net-snmp does it, instead of a Report."""

    def __post_init__(self) -> None:
        if self.latency_s < 0:
            raise ValueError(f"latency_s {self.latency_s}: must not be negative")
        if not 0 <= self.loss <= 1:
            raise ValueError(f"loss {self.loss}: must be between 0 and 1")
        if not MIN_MESSAGE <= self.max_message <= MAX_MESSAGE:
            raise ValueError(f"max_message {self.max_message}: must be {MIN_MESSAGE} to {MAX_MESSAGE} octets")
