"""`nlbwiz switch`: ask one switch, and say what is seen on it."""

import re
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address

from nlbwiz import registry
from nlbwiz.addr import AddressError, Mac, mac
from nlbwiz.collect.snmp.source import SnmpSource
from nlbwiz.collect.source import Clock
from nlbwiz.errors import CheckFileError, CredentialError, NoChecksError, UnavailableError, UsageError
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.credentials import Vault, ask_at_terminal
from nlbwiz.site.model import Endpoint, Limits, Site, SnmpTarget
from nlbwiz.switch.model import CostRow, View
from nlbwiz.switch.seen import Seen
from nlbwiz.switch.survey import Survey, Wanted
from nlbwiz.switch.view import view

DEADLINE_S = 30.0
PORT = 161
NAME = "switch"
ANSWER_S = 3.0
"""How long one answer may take: one switch may be slow, and nobody else waits for it."""


_PLACE = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]+(?:%[\w.-]+)?)\](?::(?P<p6>\d+))?|(?P<host>[^\[\]:\s/]+)(?::(?P<port>\d+))?", re.ASCII
)


def look(
    host: str,
    *,
    macs: Sequence[str] = (),
    ips: Sequence[str] = (),
    vlans: Sequence[int] = (),
    credential: str = "prompt:",
    deadline_s: float = DEADLINE_S,
    answer_s: float = ANSWER_S,
) -> View:
    """What is seen on one switch, by the deadline. `answer_s`: how long one answer may take.

    Raises UsageError for what is no address, CredentialError without a credential that the switch takes, and
    UnavailableError where it does not answer.
    """
    endpoint = place(host)
    wanted = Wanted(macs=_macs(macs), ips=_ips(ips), vlans=tuple(dict.fromkeys(vlans)))
    site = _site(endpoint, credential, answer_s)
    vault = Vault(site, ask_at_terminal)
    vault.snmp(credential)  # asked before the time runs
    began = time.monotonic()
    clock = Clock(total_s=deadline_s, target_s=deadline_s, began=began)
    source = SnmpSource(site, vault, clock)
    try:
        seen = Survey(source=source, clock=clock, target=NAME, wanted=wanted).run()
        cost = source.cost(NAME)
    finally:
        source.close()
    _must_have_answered(seen)
    took_s = round(time.monotonic() - began, 3)
    return view(seen, wanted, CostRow(pdus=cost.pdus, varbinds=cost.variables, seconds=took_s), _causes())


def _causes() -> dict[str, list[str]]:
    """Need -> the causes that cannot be decided without it; none of them in an installation without checks."""
    found: dict[str, list[str]] = {}
    try:
        for check in registry.checks():
            for need in check.about.needs:
                found.setdefault(need, []).append(check.about.id)
    except (NoChecksError, CheckFileError):
        return {}
    return found


def place(text: str) -> Endpoint:
    """HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. Raises UsageError for anything else."""
    found = _PLACE.fullmatch(text)
    if not found:
        raise UsageError(
            f"HOST {text!r:.80}: HOST or HOST:PORT is expected, an IPv6 address in brackets: [2001:db8::1]:161"
        )
    host, port = found["v6"] or found["host"], int(found["p6"] or found["port"] or PORT)
    if found["v6"]:
        try:
            ip_address(host)
        except ValueError as error:
            raise UsageError(f"HOST {text!r:.80}: {host} is no IPv6 address") from error
    if not 0 < port < 65536:
        raise UsageError(f"HOST {text!r:.80}: a port is between 1 and 65535")
    return Endpoint(host=host, port=port)


def _macs(texts: Sequence[str]) -> tuple[Mac, ...]:
    try:
        return tuple(dict.fromkeys(mac(text) for text in texts))
    except AddressError as error:
        raise UsageError(f"--mac: {error}") from error


def _ips(texts: Sequence[str]) -> tuple[IPv4Address, ...]:
    try:
        return tuple(dict.fromkeys(IPv4Address(text) for text in texts))
    except ValueError as error:
        raise UsageError(f"--ip: {error}") from error


def _site(endpoint: Endpoint, credential: str, answer_s: float) -> Site:
    target = SnmpTarget(name=NAME, address=IPv4Address(0), endpoint=endpoint, snmp=credential, kind="switch")
    return Site(switches={NAME: target}, limits=Limits(snmp_s=answer_s))


def _must_have_answered(seen: Seen) -> None:
    """Raises CredentialError or UnavailableError, with the switch's or the network's reason, where nothing came."""
    found = list(seen.evidence.values())
    if any(one.is_answer for one in found):
        return
    first: Evidence | None = next((one for one in found if one.ask.probe == "agent"), next(iter(found), None))
    if first is None:
        raise UnavailableError("the deadline came before the first question")
    text = f"{first.error}; {first.resolve}" if first.resolve else first.error
    if first.status == "denied":
        raise CredentialError(text)
    raise UnavailableError(text)
