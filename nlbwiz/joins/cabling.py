"""Where the cables of a host's NIC team end: one switch, one logical switch, several, and in a LAG or not. Pure.

Proven by what the switches have learned: a switch independent team with dynamic or hash balancing shows every physical
NIC's own MAC on its own port, Hyper-V port balancing shows the VMs' MACs on several ports, a LAG shows them on the LAG
(Microsoft: NIC Teaming MAC address use and management). A port that somebody else's MAC stands on as well leads to
another switch. LLDP, where the host sends it, names a port for certain. An idle MAC has aged out: not seen is not absent.
Two switches may be an MLAG or vPC pair, which is one logical switch: no table tells. What the operator says, in the site
file or as an answer, counts where no switch decides, and never proves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nlbwiz.facts import Port, Team
from nlbwiz.known import Facts

Topology = Literal["1S", "ST", "2S", "LAG", "no-LAG"]
"""1S one switch; ST a stack, MLAG or vPC pair; 2S independent switches; LAG: the switch aggregates and the team does not;
no-LAG: the team aggregates and the switch does not."""

ANYWHERE: tuple[Topology, ...] = ("1S", "ST", "2S")
UNLISTED = "a switch that is not listed, between this port and the host, would look the same: list it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabling:
    """Where a team's cables end. `could_be`: every topology that fits; `told`: what says so, in words."""

    could_be: tuple[Topology, ...]
    told: str
    proven: bool = False
    """The switches have shown it; else it is implied, said by the operator, or open."""
    doubt: str = ""
    """Why a finding that rests on it is only possible."""
    against: str = ""
    """Where the operator's word says something else than the switches."""
    evidence: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A switch port behind which the team was seen. `sure`: by LLDP, so nothing is between this port and the host."""

    agent: str
    port: Port
    lag: bool
    sure: bool
    evidence: str


def cabling(facts: Facts, team: Team) -> Cabling:
    """Where the cables of one team end: what the switches show, by MAC table and LLDP; else the operator's word.

    As long as a listed switch was not read, a MAC table proves nothing: any port may be the one that leads there.
    """
    seen = _seen(facts, team)
    aggregates = team.mode in ("lacp", "static")
    found = _aggregated(team, seen) if aggregates else _independent(seen)
    unread = [name for name in facts.switches if not (facts.answered("fdb", name) and facts.answered("ports", name))]
    if unread and not all(one.sure for one in seen) and found.could_be != ("1S", "ST"):
        told = f"{found.told}; {', '.join(unread)} was not read"
        could_be: tuple[Topology, ...] = ("1S", "ST") if aggregates else ANYWHERE
        found = replace(found, could_be=could_be, told=told, proven=False, doubt="")
    if not found.proven:
        return _by_word(facts, team, found)
    others = sorted({one.switch for one in facts.uplinks if one.host == team.host} - set(found.seen_by))
    if others and found.could_be == ("1S",):
        found = replace(found, against=f"the site file has an uplink on {', '.join(others)} too, which no switch shows")
    return found


def _seen(facts: Facts, team: Team) -> list[_Seen]:
    """The team's own ports, each once. A port that others' MACs stand on as well leads to another switch and is none."""
    members = [
        nic
        for nic in facts.nics
        if nic.target == team.host and not {nic.description, nic.name}.isdisjoint(team.members)
    ]
    cables = {mac for nic in members for mac in (nic.permanent, nic.mac) if mac}
    own = cables | {v.mac for v in facts.vnics if (v.host, v.switch) == (team.host, team.vswitch) and v.mac}
    rows = [row for row in facts.fdb if row.status == "learned" and row.port]
    shared = {(row.target, row.port) for row in rows if row.mac not in own}
    heard = [(n.target, n.port, True, n.evidence) for n in facts.lldp if n.mac in cables]
    learned = [
        (r.target, r.port or 0, False, r.evidence) for r in rows if r.mac in own and (r.target, r.port) not in shared
    ]
    found: dict[tuple[str, int], _Seen] = {}
    for agent, number, sure, evidence in (*heard, *learned):
        if port := port_at(facts, agent, number):
            one = _Seen(agent=agent, port=port, lag=_in_lag(facts, port), sure=sure, evidence=evidence)
            found.setdefault((agent, port.ifindex), one)
    return list(found.values())


def port_at(facts: Facts, agent: str, number: int) -> Port | None:
    """The port of a bridge port number; a LAG may have none of its own and be named by its ifIndex."""
    ports = [port for port in facts.ports if port.target == agent]
    return next((p for p in ports if p.bridge == number), None) or next(
        (p for p in ports if p.bridge is None and p.ifindex == number), None
    )


def forwarding_ports(facts: Facts, switch: str) -> set[int]:
    """The ifIndexes of what is up and forwards frames: every bridge port, a LAG instead of its members."""
    up = [port for port in facts.ports if port.target == switch and port.up]
    lags = {port.lag for port in up if port.lag}
    return {port.ifindex for port in up if port.lag is None and (port.bridge or port.ifindex in lags)}


def _in_lag(facts: Facts, port: Port) -> bool:
    """A LAG, or a member of one."""
    return port.lag is not None or any(p.target == port.target and p.lag == port.ifindex for p in facts.ports)


def _shown(
    could_be: tuple[Topology, ...], told: str, seen: Sequence[_Seen], *, proven: bool = True, doubt: str = ""
) -> Cabling:
    return Cabling(
        could_be=could_be,
        told=told,
        proven=proven,
        doubt=doubt,
        evidence=tuple(dict.fromkeys(one.evidence for one in seen)),
        seen_by=tuple(dict.fromkeys(one.agent for one in seen)),
    )


def _names(seen: Sequence[_Seen]) -> str:
    return ", ".join(sorted(f"{one.agent}:{one.port.name}" for one in seen))


def _independent(seen: Sequence[_Seen]) -> Cabling:
    """Two own ports at one switch are one switch. At several switches each one may see the other's side, or be its pair."""
    single = [one for one in seen if not one.lag]
    apart = sorted({one.agent for one in single if sum(other.agent == one.agent for other in single) > 1})
    ends = sorted({one.agent for one in single if one.sure})
    if len(ends) > 1 or len(apart) > 1:
        return _shown(("ST", "2S"), f"its MACs are behind ports of {', '.join(ends or apart)}", single, proven=False)
    if apart:
        at = [one for one in single if one.agent == apart[0]]
        return _shown(("1S",), f"its MACs are on {_names(at)}, ports of one switch", at)
    if seen and not single:
        doubt = "" if any(one.sure for one in seen) else UNLISTED
        return _shown(("LAG",), f"its MACs are on the LAG {_names(seen)}", seen, doubt=doubt)
    told = f"its MACs are seen on {_names(seen)} only" if seen else "no switch has learned its MACs lately"
    return _shown(ANYWHERE, told, seen, proven=False)


def _aggregated(team: Team, seen: Sequence[_Seen]) -> Cabling:
    """A LAG that is seen at any switch is formed: elsewhere the same MACs stand on the link between the switches."""
    lags, single = [one for one in seen if one.lag], [one for one in seen if not one.lag]
    if lags:
        several = team.mode == "static" and len({one.agent for one in lags if one.sure}) > 1
        could_be: tuple[Topology, ...] = ("ST", "2S") if several else ("1S", "ST")
        return _shown(could_be, f"its MACs are on the LAG {_names(lags)}", lags, proven=team.mode == "lacp")
    if single:
        apart = len(single) > len({one.agent for one in single}) or any(one.sure for one in single)
        doubt = "" if apart else UNLISTED
        return _shown(("no-LAG",), f"its MACs are on {_names(single)}, in no LAG", single, doubt=doubt)
    return _shown(
        ("1S", "ST"), "no switch has learned its MACs lately, and a LAG implies one logical switch", (), proven=False
    )


def _by_word(facts: Facts, team: Team, found: Cabling) -> Cabling:
    """The operator's word: the answer to `same_switch`, else the host's uplinks in the site file."""
    answer = next((one for one in facts.answers if one.question == "same_switch" and one.value in ("yes", "no")), None)
    uplinks = [one for one in facts.uplinks if one.host == team.host]
    by_lag = any(_in_lag(facts, p) for p in facts.ports for u in uplinks if (p.target, p.name) == (u.switch, u.port))
    complete = by_lag or len(uplinks) >= len(team.members)
    switches = sorted({one.switch for one in uplinks})
    several_teams = sum(one.host == team.host for one in facts.teams) > 1
    could_be: tuple[Topology, ...]
    if answer:
        could_be = ("1S", "ST") if answer.value == "yes" else ("2S",)
        where = "one logical switch" if answer.value == "yes" else "several switches"
        told, label = f"the operator says that they end on {where}", answer.evidence
    elif not complete:
        return found
    elif by_lag and team.mode == "switch-independent":
        could_be, told, label = ("LAG",), "the site file names a LAG as its uplink", uplinks[0].evidence
    elif len(switches) == 1:
        could_be, told, label = ("1S",), f"the site file has all its uplinks on {switches[0]}", uplinks[0].evidence
    elif several_teams:
        return found  # which of them is which team's, it does not say
    else:
        could_be = ("2S",) if team.mode == "switch-independent" else ("ST", "2S")
        told, label = f"the site file has its uplinks on {', '.join(switches)}", uplinks[0].evidence
    return replace(
        found,
        could_be=could_be,
        told=f"{told} (the operator's word)",
        doubt="where the cables end is the operator's word",
        evidence=(*found.evidence, label),
        seen_by=("operator",),
    )
