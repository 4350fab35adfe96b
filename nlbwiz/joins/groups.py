"""Where a cluster's multicast has to go, and where a switch sends it: VLANs, the hosts' ports, entries, settings. Pure.

A host's port is where a switch has learned the MACs of its virtual NICs and of its team's members: on a switch farther
away that is the link towards the host, which a static group has to list as well. LLDP and the site file's `uplinks` add
to it. A member port of a LAG stands for the LAG.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Literal, TypeVar

from nlbwiz.addr import Mac, igmp_group, is_group_mac
from nlbwiz.facts import GroupEntry, Instance, Multicast, Port
from nlbwiz.joins.cabling import port_at
from nlbwiz.known import Facts

T = TypeVar("T")

Ways = dict[str, dict[int, str]]
"""Host -> ifIndex of each port that leads to it -> the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one switch handles the multicast of one VLAN: what it says of the VLAN before what it says of itself."""

    filtering: bool | None
    unregistered: Literal["forward", "drop"] | None
    snooping: bool | None
    lookup: Literal["mac", "ip"] | None
    querier: bool | None
    host_timeout_s: float | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One multicast MAC that a cluster answers with; `address` is the group that IGMP mode reports for it."""

    mac: Mac
    address: IPv4Address | None
    mode: str
    evidence: str


def groups(facts: Facts) -> tuple[Group, ...]:
    """The multicast MACs that the nodes' modes and primary addresses give, each once; none of a unicast node."""
    found: dict[Mac, Group] = {}
    for one in facts.instances:
        if (at := one.right_mac) and is_group_mac(at):
            address = igmp_group(one.primary) if one.mode == "igmp" else None
            found.setdefault(at, Group(mac=at, address=address, mode=one.mode or "", evidence=one.evidence))
    return tuple(found.values())


def cluster_vlans(facts: Facts) -> dict[int, tuple[str, ...]]:
    """The VLANs of the nodes' NLB adapters, with the evidence; of an untagged one (0) those its MAC was learned in."""
    found: dict[int, list[str]] = {}
    for one in facts.instances:
        vnic = facts.vnic_of(one)
        if vnic is None:
            continue
        if vnic.vlan:
            found.setdefault(vnic.vlan, []).append(vnic.evidence)
            continue
        for row in facts.fdb:
            if row.mac == vnic.mac and row.status == "learned" and row.vlan:
                found.setdefault(row.vlan, []).append(row.evidence)
    return {vlan: tuple(dict.fromkeys(labels)) for vlan, labels in sorted(found.items())}


def homeless(facts: Facts) -> Iterator[Instance]:
    """Instances whose virtual NIC, and with it the VLAN, is on none of the listed hosts although these answered."""
    read = all(facts.answered("vnics", host) for host in facts.hosts)
    return (i for i in facts.instances if read and facts.answered("adapters", i.node) and facts.vnic_of(i) is None)


def carries(facts: Facts, switch: str, vlan: int) -> bool:
    """Whether a switch knows the VLAN."""
    return any((one.target, one.id) == (switch, vlan) for one in facts.vlans)


def policy(facts: Facts, switch: str, vlan: int) -> Policy | None:
    """What a switch says of a VLAN's multicast; None when it says nothing at all."""
    told = [one for one in facts.multicast if one.target == switch and one.vlan in (None, vlan)]
    told.sort(key=lambda one: one.vlan is None)
    if not told:
        return None

    def first(values: Iterable[T | None]) -> T | None:
        return next((value for value in values if value is not None), None)

    return Policy(
        filtering=first(one.filtering for one in told),
        unregistered=first(one.unregistered for one in told),
        snooping=_both(told),
        lookup=first(one.lookup for one in told),
        querier=first(one.querier for one in told),
        host_timeout_s=first(one.host_timeout_s for one in told),
        evidence=tuple(dict.fromkeys(one.evidence for one in told)),
    )


def _both(told: list[Multicast]) -> bool | None:
    """Snooping works in a VLAN when it is on for the switch and for the VLAN."""
    said = [one.snooping for one in told if one.snooping is not None]
    return all(said) if said else None


def entries(facts: Facts, switch: str, vlan: int, group: Group) -> tuple[GroupEntry, ...]:
    """A switch's rows for a cluster's MAC or group address in a VLAN, or the proof that it has none.

    All VLANs of a switch are asked for together: a row in another one only proves that there is none in this one.
    """
    every = [
        row
        for row in facts.groups
        if row.target == switch and (row.mac == group.mac or (group.address is not None and row.group == group.address))
    ]
    mine = tuple(row for row in every if row.vlan in (None, vlan))
    return tuple(row for row in mine if row.status != "none") or mine or tuple(_none(row, vlan) for row in every)


def _none(row: GroupEntry, vlan: int) -> GroupEntry:
    return replace(row, vlan=vlan, ports=(), status="none")


# ---- ports ----


def whole(facts: Facts, switch: str, ifindex: int) -> int:
    """The LAG that a port is a member of, or the port itself."""
    return next((p.lag for p in facts.ports if (p.target, p.ifindex) == (switch, ifindex) and p.lag), ifindex)


def covered(facts: Facts, rows: Iterable[GroupEntry]) -> frozenset[int]:
    """The ports that these rows send to, a LAG for its members."""
    return frozenset(whole(facts, row.target, port) for row in rows for port in row.ports)


def port(facts: Facts, switch: str, ifindex: int) -> Port | None:
    """A switch's port by its ifIndex."""
    return next((one for one in facts.ports if (one.target, one.ifindex) == (switch, ifindex)), None)


def is_lag(facts: Facts, switch: str, ifindex: int) -> bool:
    """Whether any port is attached to it."""
    return any((one.target, one.lag) == (switch, ifindex) for one in facts.ports)


def port_names(facts: Facts, switch: str, ports: Iterable[int]) -> str:
    """Ports by their names, `g1, ch2`; one without a name by its ifIndex."""
    found = (port(facts, switch, ifindex) for ifindex in sorted(ports))
    told = ", ".join(
        one.name if one and one.name else f"ifIndex {ifindex}"
        for one, ifindex in zip(found, sorted(ports), strict=True)
    )
    return told or "no port"


def device_names(facts: Facts, switch: str, ports: Iterable[int], *, lags: bool) -> list[str]:
    """The names of a switch's LAGs, or of its other ports, as its command line takes them: `1` for a PowerConnect's ch1."""
    found = [one.name for at in sorted(ports) if is_lag(facts, switch, at) is lags and (one := port(facts, switch, at))]
    if lags and facts.platform(switch) == "dell-powerconnect":
        return [name.removeprefix("ch").removeprefix("po") for name in found]
    return found


def ways(facts: Facts, switch: str) -> Ways:
    """For every listed host the ports of a switch that lead to it; none where the switch shows nothing of the host."""
    owner = _owners(facts)
    found: Ways = {host: {} for host in facts.hosts}
    learned = [
        (owner[row.mac], row.port, row.evidence)
        for row in facts.fdb
        if row.target == switch and row.status == "learned" and row.port and row.mac in owner
    ]
    heard = [
        (owner[one.mac], one.port, one.evidence)
        for one in facts.lldp
        if one.target == switch and one.mac is not None and one.mac in owner
    ]
    for host, number, label in (*learned, *heard):
        if host in found and (at := port_at(facts, switch, number)):
            found[host].setdefault(whole(facts, switch, at.ifindex), label)
    for uplink in facts.uplinks:
        named = next((p for p in facts.ports if (p.target, p.name) == (switch, uplink.port)), None)
        if uplink.switch == switch and uplink.host in found and named:
            found[uplink.host].setdefault(whole(facts, switch, named.ifindex), uplink.evidence)
    return found


def unseen(facts: Facts, host: str) -> str:
    """Why not every uplink of a host is known although some are; empty where nothing says so.

    A team whose members end on ports of their own is known by every member: its MAC, LLDP, the site file, or as many ports
    on one switch. A LAG stands for all of its members.
    """
    nlb = {vnic.switch for one in facts.instances if (vnic := facts.vnic_of(one))}
    known = {switch: ways(facts, switch).get(host, {}) for switch in facts.switches}
    heard = {row.mac for row in facts.fdb if row.status == "learned" and row.port} | {one.mac for one in facts.lldp}
    named = sum(one.host == host for one in facts.uplinks)
    for team in facts.teams:
        if team.host != host or (nlb and team.vswitch not in nlb):
            continue
        bundled = any(is_lag(facts, switch, at) for switch, way in known.items() for at in way)
        if team.mode in ("lacp", "static") and bundled:
            continue
        cables = [
            {nic.permanent, nic.mac} - {None}
            for nic in facts.nics
            if nic.target == host and not {nic.name, nic.description}.isdisjoint(team.members)
        ]
        seen = sum(bool(macs & heard) for macs in cables)
        most = max((seen, named, *(len(way) for way in known.values())))
        if most < len(team.members):
            return f"{host}'s team {team.name} has {len(team.members)} members, and of only {most} the port is known"
    return ""


def _owners(facts: Facts) -> dict[Mac, str]:
    """The MACs that tell where a host hangs: its virtual NICs on the nodes' vSwitch, the members of the team below that.

    Where a host has no vSwitch of that name, all of its virtual NICs count. A MAC that two hosts have tells nothing.
    """
    nlb = {vnic.switch for one in facts.instances if (vnic := facts.vnic_of(one))}
    alike = {v.host for v in facts.vnics if v.switch in nlb}
    members = {(team.host, name) for team in facts.teams if team.vswitch in nlb or not nlb for name in team.members}
    cables = [
        (mac, nic.target)
        for nic in facts.nics
        if (nic.target, nic.name) in members or (nic.target, nic.description) in members
        for mac in (nic.permanent, nic.mac)
        if mac
    ]
    own = [(v.mac, v.host) for v in facts.vnics if v.mac and (v.switch in nlb or v.host not in alike)]
    by_mac: dict[Mac, set[str]] = {}
    for mac, host in (*own, *cables, *((v.mac, v.host) for v in facts.vnics if v.mac)):
        by_mac.setdefault(mac, set()).add(host)
    return {mac: host for mac, host in (*own, *cables) if len(by_mac[mac]) == 1}
