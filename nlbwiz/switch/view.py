"""The evidence of one switch -> what is seen on it, and what is not exposed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from nlbwiz import families
from nlbwiz.addr import is_group_mac, mac
from nlbwiz.facts import GroupEntry, Multicast
from nlbwiz.families import port_list
from nlbwiz.mibs import Oid
from nlbwiz.parse.snmp_rows import Columns, Row, mac_in, maybe_mac, number, octets, text
from nlbwiz.switch.lookups import INVALID, arp_rows, fdb_rows, instead, lacks
from nlbwiz.switch.model import (
    OPER,
    Age,
    Chassis,
    CostRow,
    GroupRow,
    LagMember,
    LagRow,
    NeighbourRow,
    NotExposed,
    PortRow,
    SettingsRow,
    View,
    VlanRow,
)
from nlbwiz.switch.seen import Seen, facts_of
from nlbwiz.switch.survey import Wanted


def view(seen: Seen, wanted: Wanted, cost: CostRow, causes: Mapping[str, Sequence[str]] | None = None) -> View:
    """Everything that was seen, and what was not. `causes`: need -> the causes that cannot be decided without it."""
    agent = seen.agent
    missing: list[NotExposed] = []
    made = View(
        platform=seen.family.slug or None,
        sys_name=agent.name if agent else "",
        sys_descr=agent.descr if agent else "",
        ports=_ports(seen, missing),
        vlans=_vlans(seen, wanted, missing),
        lags=_lags(seen, missing),
        fdb=fdb_rows(seen, wanted, missing),
        arp=arp_rows(seen, wanted, missing),
        groups=_groups(seen, wanted, missing),
        multicast=_settings(seen, missing),
        neighbours=_neighbours(seen, missing),
        age=_age(seen),
        chassis=_chassis(seen),
        not_exposed=missing,
        cost=cost,
    )
    told = [msgspec.structs.replace(one, causes=list((causes or {}).get(_need(one.fact), ()))) for one in missing]
    return msgspec.structs.replace(made, not_exposed=told)


NEEDS = {"group": "groups", "neighbours": "lldp", "lags": "ports", "vlan-ports": "vlans"}
"""The need that a fact of the view stands for, where they are not called the same (`fdb MAC` is `fdb`)."""


def _need(fact: str) -> str:
    word = fact.partition(" ")[0]
    return NEEDS.get(word, word)


# ---- ports, VLANs, LAGs ----


def _ports(seen: Seen, missing: list[NotExposed]) -> list[PortRow]:
    opers, lag_of = seen.column("ifOperStatus", "ports"), seen.lag_of
    if not seen.names:
        lacks(seen, missing, "ports", "the agent shows no interface", "ports", "interfaces")
    elif seen.why("ports"):
        lacks(seen, missing, "ports", "the table of interfaces was not read to its end", "ports")
    changes = seen.column("ifLastChange", "interfaces")
    ticks = number(next(iter(seen.column("sysUpTime.0", "age").values()), None))
    return [
        PortRow(
            ifindex=one, name=name, oper_status=OPER.get(number(opers.get((one,))) or 0), lag=lag_of.get(one),
            changed_s=_since(ticks, number(changes.get((one,)))),
        )
        for one, name in seen.names.items()
    ]  # fmt: skip


def _since(ticks: int | None, changed: int | None) -> float | None:
    """Seconds since a change; none for 0 (before the agent began) or a time behind sysUpTime, which has wrapped then."""
    return (ticks - changed) / 100 if ticks is not None and changed and changed <= ticks else None


def _vlans(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[VlanRow]:
    names, ports = seen.vlan_names, seen.vlan_ports
    if not names:
        lacks(seen, missing, "vlans", "the agent lists no VLAN", *seen.family.vlans)
    elif not any(ports.values()):
        lacks(seen, missing, "vlan-ports", "the agent does not tell which ports are in a VLAN", "vlan-ports")
    told = bool(ports)
    return [
        VlanRow(id=vlan, name=names[vlan], ports=list(ports.get(vlan, ())) if told else None)
        for vlan in sorted(names)
        if not wanted.vlans or vlan in wanted.vlans
    ]


LACP_BITS = (
    "activity",
    "timeout",
    "aggregation",
    "synchronization",
    "collecting",
    "distributing",
    "defaulted",
    "expired",
)
"""dot3adAggPortActorOperState, the first bit is 0x80 (IEEE 802.3ad; reference: snmp 1.6)."""
WORKING = {"synchronization", "collecting", "distributing"}


def _state(row: Row | None) -> list[str] | None:
    raw = octets(row)
    return [bit for place, bit in enumerate(LACP_BITS) if raw[0] & (0x80 >> place)] if len(raw) == 1 else None


def _lags(seen: Seen, missing: list[NotExposed]) -> list[LagRow]:
    lag_of, names, lacp = seen.lag_of, seen.names, seen.columns("lacp")
    if not lag_of and not seen.column("dot3adAggPortAttachedAggID", "lacp", "ports"):
        lacks(seen, missing, "lags", "the agent does not tell which ports are in a LAG", *seen.family.lags)
    rows = []
    for lag in sorted({*lag_of.values(), *(seen.lags_by_type & names.keys())}):
        members = []
        for port in sorted(one for one, its in lag_of.items() if its == lag):
            actor = _state(lacp.get("dot3adAggPortActorOperState", {}).get((port,)))
            partner = _state(lacp.get("dot3adAggPortPartnerOperState", {}).get((port,)))
            system = maybe_mac(lacp.get("dot3adAggPortPartnerOperSystemID", {}).get((port,)))
            ok = None if actor is None else set(actor) >= WORKING and not {"defaulted", "expired"} & set(actor)
            members.append(
                LagMember(
                    port=port, actor_state=None if actor is None else " ".join(actor),
                    partner_state=None if partner is None else " ".join(partner), partner_system=system, working=ok,
                )
            )  # fmt: skip
        rows.append(LagRow(ifindex=lag, name=names.get(lag, str(lag)), members=members))
    return rows


# ---- multicast ----

GROUP_TABLES = ("dot1qTpGroupEgressPorts", "dot1qStaticMulticastStatus", "dot1dStaticStatus")


def _groups(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[GroupRow]:
    """The entries asked for; without any asked for, all of the Q-BRIDGE tables."""
    entries = [fact for one in seen.of(*_group_probes(seen)) for fact in facts_of(one) if isinstance(fact, GroupEntry)]
    rows = [_group(seen, one) for one in entries if one.status != "none"]
    if not any(is_group_mac(one) for one in wanted.macs):
        rows += _listed_groups(seen, wanted)
    shows = bool(rows) or any(seen.column(name, "tables") for name in GROUP_TABLES)
    if not shows:
        lacks(seen, missing, "groups", "the agent shows no multicast entry", "group-table")
    for one in (mac_ for mac_ in wanted.macs if is_group_mac(mac_)):
        if any(row.mac_or_group == one for row in rows):
            continue
        told = [e for e in seen.of(*_group_probes(seen)) if e.ask.args[:1] == (one,)]
        lost = next((e.error for e in told if e.error), "")
        if told and shows and not lost and any(e.status == "none" and e.mac == one for e in entries):
            rows.append(GroupRow(mac_or_group=one, vlan=None, ports=[], source="none"))
        else:
            reason = lost or "the agent shows no multicast entry at all, so its silence proves nothing"
            missing.append(NotExposed(fact=f"group {one}", reason=reason, instead=instead(seen, "groups")))
    return list({(row.mac_or_group, row.vlan, row.source): row for row in rows}.values())


def _group_probes(seen: Seen) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*families.probes(seen.family, "groups"), "groups-bridge")))


def _group(seen: Seen, one: GroupEntry) -> GroupRow:
    assert one.status != "none"
    return GroupRow(
        mac_or_group=one.mac or str(one.group), vlan=one.vlan, ports=list(seen.ifindexes(one.ports)), source=one.status
    )


def _listed_groups(seen: Seen, wanted: Wanted) -> Iterator[GroupRow]:
    found = seen.columns("group-table")
    typed = found.get("dot1qStaticMulticastStaticEgressPorts", {})
    states = found.get("dot1qStaticMulticastStatus", {})
    static = {index[:7]: row for index, row in typed.items() if number(states.get(index)) != INVALID}
    for index, row in sorted(static.items()):
        yield from _listed(seen, wanted, index, row, "static")
    for index, row in sorted(found.get("dot1qTpGroupEgressPorts", {}).items()):
        learnt = found.get("dot1qTpGroupLearnt", {}).get(index)
        if port_list(octets(learnt)) or learnt is None:
            yield from _listed(seen, wanted, index, row, "learned")
        elif index[:7] not in static:
            yield from _listed(seen, wanted, index, row, "static")


def _listed(
    seen: Seen, wanted: Wanted, index: Oid, row: Row, source: Literal["static", "learned"]
) -> Iterator[GroupRow]:
    if len(index) >= 7 and (not wanted.vlans or index[0] in wanted.vlans) and all(part < 256 for part in index[1:7]):
        ports = list(seen.ifindexes(port_list(octets(row))))
        yield GroupRow(mac_or_group=mac(bytes(index[1:7])), vlan=index[0], ports=ports, source=source)


def _settings(seen: Seen, missing: list[NotExposed]) -> list[SettingsRow]:
    found = [fact for one in seen.of(seen.family.multicast) for fact in facts_of(one) if isinstance(fact, Multicast)]
    if not found:
        lacks(seen, missing, "multicast", "the agent does not show how it handles multicast", seen.family.multicast)
    return [
        SettingsRow(
            vlan=one.vlan, filtering=one.filtering, unregistered=one.unregistered, snooping=one.snooping,
            lookup=one.lookup or seen.family.lookup, querier=one.querier,
        )
        for one in found
    ]  # fmt: skip


# ---- neighbours, age, chassis ----

PORT_TEXTS = ("lldpLocPortId", "lldpLocPortDesc")
MAC_SUBTYPE_PORT, MAC_SUBTYPE_CHASSIS = 3, 4


def _neighbours(seen: Seen, missing: list[NotExposed]) -> list[NeighbourRow]:
    found, local = seen.columns("lldp"), seen.columns("lldp-ports")
    if not found.get("lldpRemChassisId") and not local.get("lldpLocPortId"):
        lacks(seen, missing, "neighbours", "the agent does not show LLDP", "lldp", "lldp-ports")
    rows = []
    for index, chassis in found.get("lldpRemChassisId", {}).items():
        if len(index) < 2:
            continue
        port_id = found.get("lldpRemPortId", {}).get(index)
        subtype = number(found.get("lldpRemPortIdSubtype", {}).get(index))
        by_chassis = number(found.get("lldpRemChassisIdSubtype", {}).get(index)) == MAC_SUBTYPE_CHASSIS
        at = maybe_mac(port_id) if subtype == MAC_SUBTYPE_PORT else None
        word = at or text(port_id).strip("\x00 ")
        rows.append(
            NeighbourRow(
                port=_lldp_port(seen, local, index[-2]), name=text(found.get("lldpRemSysName", {}).get(index)).strip("\x00 "),
                port_id=word, mac=at or (maybe_mac(chassis) if by_chassis else None),
            )
        )  # fmt: skip
    return rows


def _lldp_port(seen: Seen, local: Columns, port: int) -> int | None:
    """LLDP's own port number -> ifIndex: by the port's name, else as a bridge port, else as an ifIndex (snmp 1.7)."""
    by_name = {name: ifindex for ifindex, name in seen.names.items()}
    descrs = seen.column("ifDescr", "interfaces")
    by_name |= {text(row).strip("\x00 "): index[0] for index, row in descrs.items() if text(row) not in by_name}
    for name in PORT_TEXTS:
        word = text(local.get(name, {}).get((port,))).strip("\x00 ")
        if word in by_name and not word.isdecimal():
            return by_name[word]
    return seen.bridge.get(port) or (port if port in seen.names else None)


def _age(seen: Seen) -> Age:
    found = seen.columns("age")

    def value(name: str) -> int | None:
        return number(next(iter(found.get(name, {}).values()), None))

    ticks, engine = value("sysUpTime.0"), value("snmpEngineTime.0")
    uptime = None if ticks is None else ticks / 100
    if uptime is not None and engine is not None and engine > uptime + 2**32 / 100 - 3600:
        uptime = float(engine)  # sysUpTime wraps after 497 days, the engine's time does not (reference: snmp 4.7)
    changed, moved = value("dot1dStpTimeSinceTopologyChange.0"), value("ifTableLastChange.0")
    return Age(
        uptime_s=uptime, topology_changed_s=None if changed is None else changed / 100,
        topology_changes=value("dot1dStpTopChanges.0"), fdb_aging_s=value("dot1dTpAgingTime.0"),
        interfaces_changed_s=_since(ticks, moved),
    )  # fmt: skip


def _chassis(seen: Seen) -> Chassis:
    found, age = seen.columns("chassis"), seen.columns("age")

    def word(name: str) -> str | None:
        return text(next(iter(found.get(name, {}).values()), None)).strip("\x00 ") or None

    try:
        address = mac_in(next(iter(age.get("dot1dBaseBridgeAddress.0", {}).values()), None))
    except ValueError:
        address = None
    return Chassis(bridge_address=address, serial=word("entPhysicalSerialNum"), model=word("entPhysicalModelName"))
