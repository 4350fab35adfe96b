"""An ask as a person can put it themselves: the very PowerShell, or net-snmp's tools with the same OIDs. Never a secret."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from nlbwiz.collect import ask_text
from nlbwiz.mibs import Oid
from nlbwiz.plain import line
from nlbwiz.probes import PROBES, Ask, context, oids
from nlbwiz.site.model import Endpoint, Site

AT_ONCE = 24
"""OIDs on one command line: what fits into one PDU of every agent (reference: snmp 4.2)."""
_SNMP_PORT = 161


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What to run on which machine. `shown`: the part of it that matters, where all of `lines` is a whole script."""

    on: str
    where: str
    lines: tuple[str, ...]
    shown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def by_hand(ask: Ask, site: Site) -> ByHand:
    """The text to run, and where; `lines` is empty for what no command can ask, with the reason in `notes`."""
    probe = PROBES.get(ask.probe)
    if probe is None:
        return _nothing(ask, f"this version does not know the probe {ask.probe}")
    match probe.via:
        case "winrm":
            return _powershell(ask, site)
        case "file":
            return _jump(ask, site)
        case "person":
            question = line(ask.args[0]) if ask.args else "ID"
            return _nothing(ask, f"a question to the operator: answer it here, or by --answer {question}=ANSWER")
        case via if via.startswith("snmp"):
            return _snmp(ask, site)
        case _:
            return _nothing(ask, f"no command does the same: {probe.text}")


def _nothing(ask: Ask, why: str) -> ByHand:
    return ByHand(on=line(ask.target), where="nowhere", lines=(), notes=(line(why),))


# ---- Windows ----


def _powershell(ask: Ask, site: Site) -> ByHand:
    kind: ask_text.Kind = "host" if PROBES[ask.probe].at == "host" else "node"
    machine = site.hosts.get(ask.target) or site.nodes.get(ask.target)
    script = ask_text.script(kind)
    lines = (f"$Ask = @('{ask.probe}')", *script.rstrip("\n").split("\n"))
    reached = f", reached at {machine.endpoint}" if machine else ""
    return ByHand(
        on=line(ask.target),
        where=f"in PowerShell on {line(ask.target)}",
        lines=lines,
        shown=section(kind, ask.probe),
        notes=(
            f"section {ask.probe} of ask/{kind}.ps1, SHA-256 {ask_text.sha256(kind)}",
            f"sent by WinRM{reached}; all sections of a machine go in one script",
            f"the copy is the whole script of {len(lines)} lines, with $Ask set to this section: it needs the functions",
        ),
    )


@cache
def section(kind: ask_text.Kind, name: str) -> tuple[str, ...]:
    """One section's own lines, as they stand in the script; empty where it has none of that name."""
    text = ask_text.script(kind)
    # A section is one line, or ends with the first brace at the beginning of a line.
    one = re.search(
        rf"^Write-Section '{re.escape(name)}' \{{(?:[^\n]+\}}|.*?\n\}}[^\n]*)$", text, re.MULTILINE | re.DOTALL
    )
    return tuple(one[0].split("\n")) if one else ()


# ---- SNMP ----


def _snmp(ask: Ask, site: Site) -> ByHand:
    agent = site.switches.get(ask.target) or site.gateways.get(ask.target)
    if agent is None:
        return _nothing(ask, f"{ask.target} is no switch or gateway of this site")
    try:
        wanted, vlan = oids(ask), context(ask)
    except ValueError:  # a bundle of another version, or of other hands
        return _nothing(ask, "its arguments are not those of its probe")
    via = PROBES[ask.probe].via
    community = f"COMMUNITY@{vlan}" if vlan.isdecimal() else "COMMUNITY"
    rest = f"-v2c -c {community} -On {shlex.quote(agent_address(agent.endpoint))}"
    notes = ["COMMUNITY is what the site file's reference gives: it is never shown or copied"]
    notes.append(
        "an SNMPv3 account: -v3 -l authPriv -u USER -a PROTOCOL -A KEY -x PROTOCOL -X KEY instead of -v2c -c ..."
    )
    if vlan:
        notes.append(f"VLAN {line(vlan)} has a context of its own; with SNMPv3: -n vlan-{line(vlan)}")
    if via in ("snmp-get", "snmp-next"):
        tool = "snmpget" if via == "snmp-get" else "snmpgetnext"
        lines = [f"{tool} {rest} {' '.join(part)}" for part in _parts([dotted(one) for one in wanted])]
    else:
        lines = [f"snmpbulkwalk {rest} {dotted(one)}" for one in wanted]
        if via != "snmp-walk":
            notes.append("nlbwiz keeps only some rows of these columns; by hand the whole column comes")
    names = ", ".join(name for name, _ in PROBES[ask.probe].oids)
    return ByHand(
        on=line(ask.target),
        where="on any machine with net-snmp's tools that the agent lets in",
        lines=tuple(lines),
        notes=(f"objects: {names}", *notes),
    )


def _parts(some: Sequence[str]) -> list[Sequence[str]]:
    return [some[at : at + AT_ONCE] for at in range(0, len(some), AT_ONCE)]


def dotted(oid: Oid) -> str:
    """As net-snmp takes it without looking into a MIB."""
    return "." + ".".join(map(str, oid))


def agent_address(endpoint: Endpoint) -> str:
    """Who is asked, as snmpcmd(1) writes it: `HOST`, `HOST:PORT`, and for IPv6 `udp6:[HOST]:PORT`."""
    if ":" in endpoint.host:
        return f"udp6:[{endpoint.host}]:{endpoint.port}"
    return endpoint.host if endpoint.port == _SNMP_PORT else f"{endpoint.host}:{endpoint.port}"


# ---- this machine ----


def _jump(ask: Ask, site: Site) -> ByHand:
    named = site.jump.neighbours
    neighbours = f"cat {shlex.quote(named)}" if named else "ip -j neigh show"
    own = () if site.jump.addresses else ("ip -j addr show",)
    note = (f"the addresses are those of the site file: {', '.join(map(line, site.jump.addresses))}",)
    return ByHand(
        on=line(ask.target),
        where="on this machine",
        lines=(neighbours, *own),
        notes=note if site.jump.addresses else (),
    )
