"""The evidence of one switch -> what is seen on it, and what is not exposed. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address
from typing import Literal

import msgspec

from nlbwiz import families
from nlbwiz.addr import Mac, decode, is_group_mac, mac
from nlbwiz.facts import GroupEntry, Multicast
from nlbwiz.families import port_list
from nlbwiz.mibs import Oid
from nlbwiz.parse.snmp_rows import Columns, Row, mac_in, maybe_mac, number, octets, text
from nlbwiz.switch.model import (
    OPER,
    Age,
    ArpRow,
    Chassis,
    CostRow,
    FdbView,
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
from nlbwiz.switch.seen import FdbRow, Seen, columns_of, facts_of
from nlbwiz.switch.survey import ARP_COLUMNS, ARP_PROBES, Wanted


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
        fdb=_fdb(seen, wanted, missing),
        arp=_arp(seen, wanted, missing),
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


def _lacks(seen: Seen, missing: list[NotExposed], fact: str, reason: str, *probes: str) -> None:
    """Note what is not shown, with what the agent or the network said where that is the reason."""
    hidden = next((one for one in seen.family.hidden if one.what == fact), None)
    why = seen.why(*probes)
    missing.append(
        NotExposed(fact=fact, reason=f"{reason}: {why}" if why else reason, instead=hidden.instead if hidden else "")
    )


# ---- ports, VLANs, LAGs ----


def _ports(seen: Seen, missing: list[NotExposed]) -> list[PortRow]:
    opers, lag_of = seen.column("ifOperStatus", "ports"), seen.lag_of
    if not seen.names:
        _lacks(seen, missing, "ports", "the agent shows no interface", "ports", "interfaces")
    elif seen.why("ports"):
        _lacks(seen, missing, "ports", "the table of interfaces was not read to its end", "ports")
    return [
        PortRow(ifindex=one, name=name, oper_status=OPER.get(number(opers.get((one,))) or 0), lag=lag_of.get(one))
        for one, name in seen.names.items()
    ]


def _vlans(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[VlanRow]:
    names, ports = seen.vlan_names, seen.vlan_ports
    if not names:
        _lacks(seen, missing, "vlans", "the agent lists no VLAN", *seen.family.vlans)
    elif not any(ports.values()):
        _lacks(seen, missing, "vlan-ports", "the agent does not tell which ports are in a VLAN", "vlan-ports")
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
        _lacks(seen, missing, "lags", "the agent does not tell which ports are in a LAG", *seen.family.lags)
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


# ---- MACs, addresses ----

FDB_PROBES = ("fdb", "fdb-length", "fdb-bridge", "fdb-huawei", "fdb-find")
FDB_TABLES = ("dot1qTpFdbPort", "dot1dTpFdbPort", "hwDynFdbPort")


def _fdb(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[FdbView]:
    rows = list(dict.fromkeys(_placed(seen, row) for row in seen.fdb_rows() if row.mac in wanted.macs))
    shown: list[FdbView] = []
    shows = any(seen.column(name, "tables") for name in FDB_TABLES) or any(seen.fdb_rows())
    if not shows and not seen.family.contexts:
        _lacks(seen, missing, "fdb", "the agent shows no row of a MAC table", "tables")
    for one in wanted.macs:
        static = _static(seen, one)
        mine = [
            row for row in rows if row.mac == one and (not wanted.vlans or row.vlan is None or row.vlan in wanted.vlans)
        ]
        mine = [_typed(row, static) for row in mine]
        mine += [row for row in static if row.vlan not in {m.vlan for m in mine}]
        if len({row.vlan for row in mine if row.vlan}) and any(row.vlan is None for row in mine):
            known = {row.port for row in mine if row.vlan}
            mine = [row for row in mine if row.vlan is not None or row.port not in known]
        if mine:
            shown += sorted(mine, key=lambda row: (row.vlan or 0, row.port or 0))
        elif is_group_mac(one) and not shows:
            continue
        elif why := _not_looked_up(seen, wanted, one, shows):
            missing.append(NotExposed(fact=f"fdb {one}", reason=why, instead=_instead(seen, "fdb")))
        else:
            shown.append(FdbView(mac=one, vlan=None, port=None, status="none"))
    return shown


def _placed(seen: Seen, row: FdbRow) -> FdbView:
    vlan = row.vlan if row.vlan is not None else seen.vlan(row.id) if row.id is not None else None
    if row.is_ifindex:
        port = row.port if row.port in seen.names else None
    else:
        own = seen.bridge_in(vlan) if seen.family.contexts and vlan else {}
        port = own.get(row.port) or seen.ifindex(row.port)
    return FdbView(mac=row.mac, vlan=vlan, port=port, status=row.status)  # type: ignore[arg-type]  # STATUS's words


INVALID = 2


def _static(seen: Seen, one: Mac) -> list[FdbView]:
    """Rows of dot1qStaticUnicastTable: configured entries, which some agents do not call mgmt(5) in the MAC table."""
    found = []
    for evidence in seen.of("fdb-static"):
        if evidence.ask.args[:1] != (one,):
            continue
        rows = columns_of(evidence)
        for index, row in rows.get("dot1qStaticUnicastStatus", {}).items():
            allowed = rows.get("dot1qStaticUnicastAllowedToGoTo", {}).get(index)
            if number(row) != INVALID:
                ports = seen.ifindexes(port_list(octets(allowed)))
                found.append(
                    FdbView(mac=one, vlan=seen.vlan(index[0]), port=ports[0] if ports else None, status="static")
                )
    return found


def _typed(row: FdbView, static: Iterable[FdbView]) -> FdbView:
    same = row.port is not None and any((one.vlan, one.port) == (row.vlan, row.port) for one in static)
    return msgspec.structs.replace(row, status="static") if same else row


def _instead(seen: Seen, fact: str) -> str:
    found = next((one.instead for one in seen.family.hidden if one.what == fact), "")
    return found or "look on the device itself"


def _not_looked_up(seen: Seen, wanted: Wanted, one: Mac, shows: bool) -> str:
    """Why a MAC without a row may be there all the same; empty where it surely is not."""
    asked = [e for e in seen.of(*FDB_PROBES) if one in (e.ask.args if e.ask.probe == "fdb-find" else e.ask.args[:1])]
    if not asked:
        return "the agent shows no MAC table" if not shows else "no place is known where its row could be"
    failed = [e for e in asked if e.error or not e.is_answer]
    if failed and not any(e.ask.probe == "fdb-find" and e not in failed for e in asked):
        where = [e.ask.args[1] for e in failed if e.ask.probe == "fdb-bridge" and len(e.ask.args) > 1]
        places = f"in VLAN {', '.join(where[:8])}{' and more' if len(where) > 8 else ''}: " if where else ""
        return f"{places}{failed[0].error}"
    if seen.family.contexts:
        silent = [e.ask.args[0] for e in seen.of("bridge-ports") if not e.is_answer]
        listed = wanted.vlans or tuple(seen.vlan_names)
        unasked = [str(v) for v in listed if (str(v),) not in {e.ask.args for e in seen.of("bridge-ports")}]
        if silent or unasked:
            places = ", ".join((*silent, *unasked)[:8])
            more = " and more" if len(silent) + len(unasked) > 8 else ""
            return f"in VLAN {places}{more}: the agent does not answer in their contexts"
        return "" if shows else "no VLAN's context shows a row of a MAC table, so its silence proves nothing"
    if not shows:
        return "the agent shows no row of a MAC table, so its silence proves nothing"
    through = seen.whole("fdb-ids") or seen.whole("fdb-find") or wanted.vlans
    if seen.whole("fdb-ids") and not wanted.vlans and set(seen.present) - seen.asked_ids and not seen.whole("fdb-find"):
        return "not every part of the MAC table was looked through before the deadline"
    if any(e.ask.probe in ("fdb", "fdb-length") for e in asked) and not through:
        return f"not every part of the MAC table was looked through: {seen.why('fdb-ids', 'fdb-find')}"
    return ""


LOCAL = 5
ARP_TYPES: dict[int, Literal["static", "own"]] = {4: "static", 5: "own"}


def _arp(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[ArpRow]:
    found = seen.columns(*ARP_PROBES)
    shows = any(seen.column(name, "tables") for name in ARP_COLUMNS) or any(found.get(name) for name in ARP_COLUMNS)
    if not shows:
        _lacks(seen, missing, "arp", "the agent shows no row of an ARP table", "tables")
    shown: list[ArpRow] = []
    for ip in wanted.ips:
        mine = _arp_rows(seen, found, ip)
        if mine:
            shown += mine
        elif why := _arp_open(seen, ip, shows):
            missing.append(NotExposed(fact=f"arp {ip}", reason=why, instead="look on the device itself"))
        else:
            shown.append(ArpRow(ip=str(ip), mac=None, kind="none", port=None))
    return shown


def _arp_rows(seen: Seen, found: Columns, ip: IPv4Address) -> list[ArpRow]:
    """Its rows, the newer table only where the older one has none; an incomplete or invalid row is none."""
    for macs, types in (
        ("ipNetToMediaPhysAddress", "ipNetToMediaType"),
        ("ipNetToPhysicalPhysAddress", "ipNetToPhysicalType"),
    ):
        rows = []
        for index, row in found.get(macs, {}).items():
            kind = number(found.get(types, {}).get(index))
            at = maybe_mac(row)
            if tuple(index[-4:]) != tuple(ip.packed) or at is None or kind == INVALID:
                continue
            word: Literal["static", "dynamic", "own"] = ARP_TYPES.get(kind or 0, "dynamic")
            if ip in seen.own or _local(found, index) or (word == "static" and decode(at).kind in ("hsrp", "vrrp")):
                word = "own"
            rows.append(ArpRow(ip=str(ip), mac=at, kind=word, port=index[0] if index[0] in seen.names else None))
        if rows:
            return list(dict.fromkeys(rows))
    return []


def _local(found: Columns, index: Oid) -> bool:
    """Whether the newer table calls this entry the device's own; the older one says static of it (reference: snmp 0.1)."""
    kinds = found.get("ipNetToPhysicalType", {})
    return len(index) >= 5 and number(kinds.get((index[0], 1, 4, *index[-4:]))) == LOCAL


def _arp_open(seen: Seen, ip: IPv4Address, shows: bool) -> str:
    """Why an address without a row may be there all the same; empty where it surely is not."""
    asked = [
        e for e in seen.of(*ARP_PROBES) if str(ip) in (e.ask.args if e.ask.probe == "arp-find" else e.ask.args[:1])
    ]
    if not shows:
        return "the agent shows no row of an ARP table, so its silence proves nothing"
    failed = [e for e in asked if e.error or not e.is_answer]
    if failed and not any(e.ask.probe == "arp-find" and e not in failed for e in asked):
        return failed[0].error
    if seen.column("ipNetToMediaPhysAddress", "tables") and not (
        seen.whole("arp-find") or (seen.whole("arp-interfaces") and not seen.odd_arp)
    ):
        return f"not every part of the ARP table was looked through: {seen.why('arp-interfaces', 'arp-find')}"
    return "" if asked or seen.whole("arp-interfaces") else "no interface is known where its row could be"


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
        _lacks(seen, missing, "groups", "the agent shows no multicast entry", "group-table")
    for one in (mac_ for mac_ in wanted.macs if is_group_mac(mac_)):
        if any(row.mac_or_group == one for row in rows):
            continue
        told = [e for e in seen.of(*_group_probes(seen)) if e.ask.args[:1] == (one,)]
        lost = next((e.error for e in told if e.error), "")
        if told and shows and not lost and any(e.status == "none" and e.mac == one for e in entries):
            rows.append(GroupRow(mac_or_group=one, vlan=None, ports=[], source="none"))
        else:
            reason = lost or "the agent shows no multicast entry at all, so its silence proves nothing"
            missing.append(NotExposed(fact=f"group {one}", reason=reason, instead=_instead(seen, "groups")))
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
        _lacks(seen, missing, "multicast", "the agent does not show how it handles multicast", seen.family.multicast)
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
        _lacks(seen, missing, "neighbours", "the agent does not show LLDP", "lldp", "lldp-ports")
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
        interfaces_changed_s=(ticks - moved) / 100 if ticks is not None and moved is not None and ticks >= moved else None,
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
