"""Multicast by SNMP: entries, settings, and the counters that show flooding. One ask at a time; pure.

Ports come as the switch numbers them in its PortLists (bridge ports); nlbwiz.parse.gather turns them into ifIndexes.
"""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from typing import Literal

from nlbwiz import facts as f
from nlbwiz.addr import Mac, mac
from nlbwiz.families import port_list
from nlbwiz.parse.snmp_rows import Answer, Columns, Row, columns, number, octets, scalar, text, there
from nlbwiz.record.evidence import Evidence

Kind = Literal["static", "learned"]
INVALID = 2
"""dot1qStaticMulticastStatus, dot1dStaticStatus: a row that is being taken out (RFC 4363)."""


# ---- entries ----


def groups(evidence: Evidence, said: Answer) -> Iterator[f.GroupEntry]:
    """Q-BRIDGE: what is configured, and what is in force; the latter alone with no learnt port is configured too."""
    found = columns(evidence, said)
    configured: set[int] = set()
    entries: list[f.GroupEntry] = []
    for index, row in found["dot1qStaticMulticastStaticEgressPorts"].items():
        if number(found["dot1qStaticMulticastStatus"].get(index)) != INVALID:
            configured.add(index[0])
            entries.append(_entry(evidence, index[0], port_list(octets(row)), "static"))
    for index, row in found["dot1qTpGroupEgressPorts"].items():
        learnt = found["dot1qTpGroupLearnt"].get(index)
        ports = port_list(octets(learnt))
        if ports or learnt is None:
            entries.append(_entry(evidence, index[0], port_list(octets(row)), "learned"))
        elif index[0] not in configured:
            entries.append(_entry(evidence, index[0], port_list(octets(row)), "static"))
    yield from _or_none(evidence, said, entries)


DELETE_ON_RESET = 4
"""dot1dStaticStatus of a snooped group on Cisco (reference: snmp 2); permanent(3) and others are configured."""


def groups_bridge(evidence: Evidence, said: Answer) -> Iterator[f.GroupEntry]:
    """BRIDGE-MIB dot1dStaticTable, in a VLAN's context on Cisco. An empty port list says nothing about where it goes."""
    found = columns(evidence, said)
    vlan = int(evidence.ask.args[1]) if len(evidence.ask.args) > 1 else None
    entries = []
    for index, row in found["dot1dStaticStatus"].items():
        status, ports = number(row), port_list(octets(found["dot1dStaticAllowedToGoTo"].get(index)))
        if status != INVALID and ports:
            entries.append(_entry(evidence, vlan, ports, "learned" if status == DELETE_ON_RESET else "static"))
        elif status != INVALID:
            raise ValueError("the agent has an entry of this MAC, but tells no ports of it (dot1dStaticAllowedToGoTo)")
    yield from _or_none(evidence, said, entries)


def groups_cisco(evidence: Evidence, said: Answer) -> Iterator[f.GroupEntry]:
    """CISCO-IGMP-SNOOPING-MIB: snooped groups by VLAN and group address."""
    found = columns(evidence, said)["cisMcastGroupPortList"]
    entries = [_entry(evidence, index[0], port_list(octets(row)), "learned") for index, row in found.items()]
    yield from _or_none(evidence, said, entries)


def groups_radlan(evidence: Evidence, said: Answer) -> Iterator[f.GroupEntry]:
    """rlBrgMulticast: groups of a VLAN that is looked up by IP, index VLAN.group.source."""
    found = columns(evidence, said)
    entries = []
    for name, rows in found.items():
        kind: Kind = "static" if "Static" in name else "learned"
        entries += [_entry(evidence, index[0], port_list(octets(row)), kind) for index, row in rows.items()]
    if not entries and not said.rows:
        raise ValueError("the agent does not show groups by their address (rlBrgIpMulticastTable)")
    yield from entries


FASTPATH_STATIC = 1


def groups_fastpath(evidence: Evidence, said: Answer) -> Iterator[f.GroupEntry]:
    """EdgeSwitch-SWITCHING-MIB agentSwitchMFDBTable: type static 1, dynamic 2; index VLAN.MAC.protocol."""
    found = columns(evidence, said)
    types = next((rows for name, rows in found.items() if name.endswith("Type")), {})
    masks = next((rows for name, rows in found.items() if name.endswith("PortMask")), {})
    if not masks:
        raise ValueError("the agent shows no multicast forwarding entry of it (agentSwitchMFDBTable)")
    for index, row in masks.items():
        kind: Kind = "static" if number(types.get(index)) == FASTPATH_STATIC else "learned"
        yield _entry(evidence, index[0], port_list(octets(row)), kind)


def groups_cx(evidence: Evidence, said: Answer) -> Iterator[f.GroupEntry]:
    """ARUBAWIRED-MGMD-SNOOPING-MIB: the joined ports are a text of names on some releases, so only octets are read."""
    found = columns(evidence, said)
    entries = []
    for index, row in found["arubaWiredMgmdJoinedPorts"].items():
        kind: Kind = "static" if number(found["arubaWiredMgmdGroupType"].get(index)) == 2 else "learned"
        entries.append(_entry(evidence, index[0], port_list(octets(row), text=True), kind))
    yield from _or_none(evidence, said, entries)


def _subject(evidence: Evidence) -> tuple[Mac | None, IPv4Address | None]:
    what = evidence.ask.args[0]
    return (None, IPv4Address(what)) if "." in what and what.count(".") == 3 else (mac(what), None)


def _entry(
    evidence: Evidence, vlan: int | None, ports: tuple[int, ...], kind: Literal["static", "learned", "none"]
) -> f.GroupEntry:
    at, group = _subject(evidence)
    return f.GroupEntry(
        target=evidence.ask.target, mac=at, group=group, vlan=vlan, ports=ports, status=kind, evidence=evidence.label
    )


def _or_none(evidence: Evidence, said: Answer, entries: list[f.GroupEntry]) -> Iterator[f.GroupEntry]:
    """The entries; `none` where every row was answered for and none is there. Raises ValueError without the table."""
    if entries:
        yield from entries
    elif said.rows and all(row.type == "no_such_object" for row in said.rows):
        raise ValueError("the agent does not have these tables (noSuchObject)")
    elif said.ended:
        yield _entry(evidence, None, (), "none")


# ---- settings ----


def _on(row: Row | None, yes: int = 1, no: int = 2) -> bool | None:
    """TruthValue, and the vendors' enable(1) disable(2)."""
    value = number(row)
    return True if value == yes else False if value == no else None


def _by_vlan(found: Columns, *names: str) -> list[int]:
    return sorted({index[0] for name in names for index in found.get(name, {}) if index})


def _at(found: Columns, name: str, vlan: int) -> Row | None:
    return next((row for index, row in found.get(name, {}).items() if index and index[0] == vlan), None)


def _made(
    evidence: Evidence,
    vlan: int | None,
    *,
    filtering: bool | None = None,
    unregistered: Literal["forward", "drop"] | None = None,
    snooping: bool | None = None,
    lookup: Literal["mac", "ip"] | None = None,
    querier: bool | None = None,
    querier_address: IPv4Address | None = None,
    host_timeout_s: float | None = None,
) -> f.Multicast:
    return f.Multicast(
        target=evidence.ask.target, vlan=vlan, filtering=filtering, unregistered=unregistered, snooping=snooping,
        lookup=lookup, querier=querier, querier_address=querier_address, host_timeout_s=host_timeout_s,
        evidence=evidence.label,
    )  # fmt: skip


_FORWARD = "dot1qForwardUnregisteredPorts"


def _forwards(found: Columns, vlan: int) -> Literal["forward", "drop"] | None:
    """A VLAN whose unregistered multicast goes to some ports forwards it; an empty list proves nothing by itself."""
    return "forward" if port_list(octets(_at(found, _FORWARD, vlan))) else None


def _address(row: Row | None) -> IPv4Address | None:
    try:
        found = IPv4Address(text(row)) if row is not None and row.type == "ip" else IPv4Address(octets(row))
    except ValueError:
        return None
    return found if int(found) else None


def standard(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """Q-BRIDGE alone: what happens to unregistered multicast, VLAN by VLAN."""
    found = columns(evidence, said)
    if not there(found, _FORWARD):
        raise ValueError("the agent does not show how it handles multicast (dot1qForwardUnregisteredPorts)")
    yield from (_made(evidence, vlan, unregistered=_forwards(found, vlan)) for vlan in _by_vlan(found, _FORWARD))


def radlan(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """rlMacMulticast: filtering is off by default, and then every multicast frame goes everywhere (switch-cli 1 item 4).

    `unregistered` is drop where filtering is on and any port filters it. Without rlBrgMcMngr there is only mac-group.
    """
    found = columns(evidence, said)
    base = "csb" if evidence.ask.probe.endswith("csb") else "rl"
    named = {name.removeprefix(base): name for name in found}
    if not {"MacMulticastEnable.0", "IgmpSnoopEnable.0"} & {short for short, name in named.items() if found[name]}:
        raise ValueError("the agent does not show how it handles multicast (rlMacMulticastEnable)")
    filtering = _on(scalar(found, f"{base}MacMulticastEnable.0"))
    snoops = _on(scalar(found, f"{base}IgmpSnoopEnable.0"))
    aging = number(scalar(found, f"{base}IgmpSnoopHostAgingTime.0"))
    filters = scalar(found, f"{base}MacMulticastUnregFilterEnable.0")
    default: Literal["forward", "drop"] | None = None
    if filtering is False:
        default = "forward"
    elif filters is not None:
        default = "drop" if port_list(octets(filters)) else "forward"
    modes = found.get(f"{base}BrgMcMngrVlanMode", {})
    whole: Literal["mac", "ip"] | None = None if modes else "mac"
    yield _made(
        evidence, None, filtering=filtering, unregistered=default, snooping=snoops, lookup=whole,
        host_timeout_s=None if aging is None else float(aging),
    )  # fmt: skip
    names = ("IgmpSnoopVlanEnable", "IgmpSnoopVlanHostTimeOut", "IgmpSnoopQuerierOperEnable", "BrgMcMngrVlanMode")
    for vlan in _by_vlan(found, *(base + name for name in names), _FORWARD):
        enabled = _on(_at(found, f"{base}IgmpSnoopVlanEnable", vlan))
        own = number(_at(found, f"{base}IgmpSnoopVlanHostTimeOut", vlan))
        mode = number(_at(found, f"{base}BrgMcMngrVlanMode", vlan))
        timeout = own if own is not None else aging
        yield _made(
            evidence, vlan, filtering=filtering, unregistered=default or _forwards(found, vlan),
            snooping=False if snoops is False else enabled if enabled is not None else snoops,
            lookup=("mac" if mode == 1 else "ip") if mode in (1, 2, 3) else whole,
            querier=_on(_at(found, f"{base}IgmpSnoopQuerierOperEnable", vlan)),
            querier_address=_address(_at(found, f"{base}IgmpSnoopQuerierOperAddr", vlan)),
            host_timeout_s=None if timeout is None else float(timeout),
        )  # fmt: skip


CISCO_QUERIER = 3
"""cisIgmpQuerierState: disabled 1, electing 2, querier 3, nonQuerier 4, inactive 5."""


def cisco(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """CISCO-IGMP-SNOOPING-MIB; whether a model has it is UNCONFIRMED (reference: snmp 2)."""
    found = columns(evidence, said)
    if not there(found, "cisIgmpSnoopingEnabled.0", "cisVlanIgmpSnoopingEnabled"):
        raise ValueError("the agent does not show its IGMP snooping (CISCO-IGMP-SNOOPING-MIB)")
    snoops = _on(scalar(found, "cisIgmpSnoopingEnabled.0"))
    yield _made(evidence, None, snooping=snoops)
    for vlan in _by_vlan(found, "cisVlanIgmpSnoopingEnabled", "cisIgmpQuerierState"):
        state = number(_at(found, "cisIgmpQuerierState", vlan))
        enabled = _on(_at(found, "cisVlanIgmpSnoopingEnabled", vlan))
        yield _made(
            evidence, vlan, snooping=False if snoops is False else enabled,
            querier=None if state is None else state == CISCO_QUERIER,
            querier_address=_address(_at(found, "cisIgmpQuerierAddress", vlan)),
        )  # fmt: skip


def procurve(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """hpSwitchIgmp: per VLAN enable 1, disable 2 (REC hpe-procurve-6120xg)."""
    found = columns(evidence, said)
    if not there(found, "hpSwitchIgmpState"):
        raise ValueError("the agent does not show its IGMP snooping (hpSwitchIgmpState)")
    for vlan in _by_vlan(found, "hpSwitchIgmpState"):
        yield _made(
            evidence, vlan, snooping=_on(_at(found, "hpSwitchIgmpState", vlan)),
            querier=_on(_at(found, "hpSwitchIgmpQuerierState", vlan)), unregistered=_forwards(found, vlan),
        )  # fmt: skip


def comware(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """HH3C-LswIGSP-MIB: enabled 1, disabled 2 (REC h3c-e528-2); non-flooding drops what is not registered."""
    found = columns(evidence, said)
    snoops = _on(scalar(found, "hh3cIgmpSnoopingStatus.0"))
    if snoops is None:
        raise ValueError("the agent does not show its IGMP snooping (hh3cIgmpSnoopingStatus)")
    drops = _on(scalar(found, "hh3cIgmpSnoopingNonFloodingStatus.0"))
    whole: Literal["forward", "drop"] | None = None if drops is None else "drop" if drops and snoops else "forward"
    yield _made(evidence, None, snooping=snoops, unregistered=whole)
    for vlan in _by_vlan(found, "hh3cIgmpSnoopingVlanEnabled"):
        enabled = _on(_at(found, "hh3cIgmpSnoopingVlanEnabled", vlan))
        yield _made(evidence, vlan, snooping=False if not snoops else enabled, unregistered=whole)


def fastpath(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """EdgeSwitch-SWITCHING-MIB: global enable 1, disable 2; per VLAN disable 0, enable 1; lookup by VLAN and MAC."""
    found = columns(evidence, said)
    base = "agentEdge" if evidence.ask.probe.endswith("edge") else "agent"
    snoops = _on(scalar(found, f"{base}SwitchSnoopingAdminMode"))
    if snoops is None:
        raise ValueError("the agent does not show its IGMP snooping (agentSwitchSnoopingAdminMode)")
    querier = _on(scalar(found, f"{base}SwitchSnoopingQuerierAdminMode"))
    yield _made(evidence, None, snooping=snoops, lookup="mac", querier=querier)
    for vlan in _by_vlan(found, f"{base}SwitchSnoopingVlanAdminMode"):
        enabled = _on(_at(found, f"{base}SwitchSnoopingVlanAdminMode", vlan), yes=1, no=0)
        yield _made(evidence, vlan, snooping=snoops and enabled, lookup="mac", querier=querier)


def aruba_cx(evidence: Evidence, said: Answer) -> Iterator[f.Multicast]:
    """ARUBAWIRED-MGMD-SNOOPING-MIB: per VLAN; the meaning of its numbers is UNCONFIRMED, taken as enable 1, disable 2."""
    found = columns(evidence, said)
    if not there(found, "arubaWiredMgmdSnoopingFeature"):
        raise ValueError("the agent does not show its IGMP snooping (arubaWiredMgmdSnoopingFeature)")
    for vlan in _by_vlan(found, "arubaWiredMgmdSnoopingFeature"):
        yield _made(evidence, vlan, snooping=_on(_at(found, "arubaWiredMgmdSnoopingFeature", vlan)))


# ---- counters ----


def counters(evidence: Evidence, said: Answer) -> Iterator[f.PortCounters]:
    """Every port of the ask that counts anything. Raises ValueError where none does (64 bits are not everywhere)."""
    found = columns(evidence, said)
    ticks = number(scalar(found, "sysUpTime.0"))
    kind = "if" if evidence.ask.probe.endswith("32") else "ifHC"
    names = [f"{kind}{way}{cast}Pkts" for way in ("In", "Out") for cast in ("Ucast", "Multicast", "Broadcast")]
    if not there(found, *names):
        raise ValueError(f"the agent does not count packets by their kind ({names[0]})")
    for port in map(int, evidence.ask.args):
        values = [number(found[name].get((port,))) for name in names]
        if any(value is not None for value in values):
            yield f.PortCounters(
                target=evidence.ask.target, port=port, uptime_s=None if ticks is None else ticks / 100,
                in_ucast=values[0], in_mcast=values[1], in_bcast=values[2],
                out_ucast=values[3], out_mcast=values[4], out_bcast=values[5], evidence=evidence.label,
            )  # fmt: skip


def vlan_ports(evidence: Evidence, said: Answer) -> Iterator[f.VlanPorts]:
    """Q-BRIDGE dot1qVlanCurrentEgressTable, index timeMark.VLAN: where a VLAN's flooded frames leave."""
    rows = columns(evidence, said)["dot1qVlanCurrentEgressPorts"]
    for index, row in rows.items():
        yield f.VlanPorts(
            target=evidence.ask.target, id=index[-1], ports=port_list(octets(row)), evidence=evidence.label
        )


READERS: dict[str, Callable[[Evidence, Answer], Iterator[f.Fact]]] = {
    "groups": groups,
    "groups-bridge": groups_bridge,
    "groups-cisco": groups_cisco,
    "groups-radlan": groups_radlan,
    "groups-cisco-sb": groups_radlan,
    "groups-fastpath": groups_fastpath,
    "groups-edge": groups_fastpath,
    "groups-cx": groups_cx,
    "vlan-ports": vlan_ports,
    "multicast": standard,
    "multicast-radlan": radlan,
    "multicast-csb": radlan,
    "multicast-cisco": cisco,
    "multicast-fp": fastpath,
    "multicast-edge": fastpath,
    "multicast-hp": procurve,
    "multicast-cx": aruba_cx,
    "multicast-h3c": comware,
    "counters": counters,
    "counters-32": counters,
}
