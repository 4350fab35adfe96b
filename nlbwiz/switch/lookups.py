"""Where a MAC or an address was seen on one switch, and whether silence proves that it is not there. Pure."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address
from typing import Literal

import msgspec

from nlbwiz.addr import Mac, decode, is_group_mac
from nlbwiz.families import port_list
from nlbwiz.mibs import Oid
from nlbwiz.parse.snmp_rows import Columns, maybe_mac, number, octets
from nlbwiz.probes import context
from nlbwiz.record.evidence import Evidence
from nlbwiz.switch.model import (
    ArpRow,
    FdbView,
    NotExposed,
)
from nlbwiz.switch.seen import FdbRow, Seen, columns_of, is_arp
from nlbwiz.switch.survey import ARP_COLUMNS, ARP_PROBES, Wanted

LATE = "the deadline came before it was asked for (--deadline gives more time)"
INVALID = 2
"""dot1qStaticUnicastStatus, ipNetToMediaType: a row that is being taken out (RFC 4363, RFC 4293)."""


def lacks(seen: Seen, missing: list[NotExposed], fact: str, reason: str, *probes: str) -> None:
    """Note what is not shown, with what the agent or the network said where that is the reason."""
    hidden = next((one for one in seen.family.hidden if one.what == fact), None)
    why = seen.why(*probes)
    missing.append(
        NotExposed(fact=fact, reason=f"{reason}: {why}" if why else reason, instead=hidden.instead if hidden else "")
    )


# ---- MACs, addresses ----

FDB_PROBES = ("fdb", "fdb-length", "fdb-bridge", "fdb-huawei", "fdb-find")
FDB_TABLES = ("dot1qTpFdbPort", "dot1dTpFdbPort", "hwDynFdbPort")


def fdb_rows(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[FdbView]:
    """A row of every MAC that was asked for, or `none`; one of which neither is sure goes into `missing`."""
    rows = list(dict.fromkeys(_placed(seen, row) for row in seen.fdb_rows() if row.mac in wanted.macs))
    shown: list[FdbView] = []
    shows = seen.shows(*FDB_TABLES) or any(seen.fdb_rows())
    if not shows and not seen.family.contexts:
        lacks(seen, missing, "fdb", _no_row(seen, "a MAC table", *FDB_TABLES), "tables")
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
            missing.append(NotExposed(fact=f"fdb {one}", reason=why, instead=instead(seen, "fdb")))
        else:
            shown.append(FdbView(mac=one, vlan=None, port=None, status="none"))
    return shown


def _placed(seen: Seen, row: FdbRow) -> FdbView:
    vlan = row.vlan if row.vlan is not None else seen.vlan(row.id) if row.id is not None else None
    if row.is_ifindex:
        port = row.port if row.port in seen.names else None
    else:
        own = seen.bridge_in(vlan) if seen.family.contexts and vlan else {}
        port = own.get(row.port or 0) or seen.ifindex(row.port)
    return FdbView(mac=row.mac, vlan=vlan, port=port, status=row.status)  # type: ignore[arg-type]  # STATUS's words


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


def instead(seen: Seen, fact: str) -> str:
    """Where else the operator sees it."""
    found = next((one.instead for one in seen.family.hidden if one.what == fact), "")
    return found or "look on the device itself"


def _failed(asked: Sequence[Evidence]) -> list[Evidence]:
    """What did not come. A table that the device does not have costs nothing where another one told everything."""
    failed = [one for one in asked if one.error or not one.is_answer]
    if len(failed) < len(asked):
        failed = [one for one in failed if one.status != "unsupported" or context(one.ask)]
    return failed


def _not_looked_up(seen: Seen, wanted: Wanted, one: Mac, shows: bool) -> str:
    """Why a MAC without a row may be there all the same; empty where it surely is not."""
    asked = [e for e in seen.of(*FDB_PROBES) if one in (e.ask.args if e.ask.probe == "fdb-find" else e.ask.args[:1])]
    if not asked and seen.late:
        return LATE
    if not asked and not (seen.family.contexts and _silent_vlans(seen, wanted)):
        return "the agent shows no MAC table" if not shows else "no place is known where its row could be"
    failed = _failed(asked)
    if failed and not any(e.ask.probe == "fdb-find" and e not in failed for e in asked):
        where = [e.ask.args[1] for e in failed if e.ask.probe == "fdb-bridge" and len(e.ask.args) > 1]
        places = f"in VLAN {', '.join(where[:8])}{' and more' if len(where) > 8 else ''}: " if where else ""
        return f"{places}{failed[0].error}"
    if seen.family.contexts:
        if silent := _silent_vlans(seen, wanted):
            places, more = ", ".join(silent[:8]), " and more" if len(silent) > 8 else ""
            return f"in VLAN {places}{more}: the agent does not answer in their contexts"
        if not wanted.vlans and not seen.lists_vlans:
            return "no table lists its VLANs, and those that the interfaces' names tell need not be all: say which with --vlan"
        return "" if shows else "no VLAN's context shows a row of a MAC table, so its silence proves nothing"
    if not shows:
        return f"{_no_row(seen, 'a MAC table', *FDB_TABLES)}, so its silence proves nothing"
    through = seen.whole("fdb-ids") or seen.whole("fdb-find") or wanted.vlans
    if seen.whole("fdb-ids") and not wanted.vlans and set(seen.present) - seen.asked_ids and not seen.whole("fdb-find"):
        return "not every part of the MAC table was looked through before the deadline"
    if any(e.ask.probe in ("fdb", "fdb-length") for e in asked) and not through:
        return _because("not every part of the MAC table was looked through", seen.why("fdb-ids", "fdb-find"))
    return ""


def _silent_vlans(seen: Seen, wanted: Wanted) -> list[str]:
    """The VLANs in whose contexts the agent does not answer, or was not asked."""
    tried = {e.ask.args[0]: e.is_answer for e in seen.of("bridge-ports") if e.ask.args}
    unasked = (str(one) for one in wanted.vlans or seen.vlan_names if str(one) not in tried)
    return [*(vlan for vlan, answers in tried.items() if not answers), *unasked]


def _because(what: str, why: str) -> str:
    return f"{what}: {why}" if why else what


def _no_row(seen: Seen, table: str, *names: str) -> str:
    if seen.odd(*names):
        return f"it has {table} whose index is not what the standard says, so that no row can be looked up"
    return f"the agent shows no row of {table}"


LOCAL = 5
ARP_FINDS = ("arp-find", "arp-physical-find")
ARP_TYPES: dict[int, Literal["static", "own"]] = {4: "static", 5: "own"}


def arp_rows(seen: Seen, wanted: Wanted, missing: list[NotExposed]) -> list[ArpRow]:
    """The rows of every address that was asked for, or `none`; one of which neither is sure goes into `missing`."""
    found = seen.columns(*ARP_PROBES)
    shows = seen.shows(*ARP_COLUMNS) or any(is_arp(index) for name in ARP_COLUMNS for index in found.get(name, {}))
    if not shows:
        lacks(seen, missing, "arp", _no_row(seen, "an ARP table", *ARP_COLUMNS), "tables")
    shown: list[ArpRow] = []
    for ip in wanted.ips:
        mine = _held(seen, found, ip)
        if mine:
            shown += mine
        elif why := _arp_open(seen, ip, shows):
            missing.append(NotExposed(fact=f"arp {ip}", reason=why, instead="look on the device itself"))
        else:
            shown.append(ArpRow(ip=str(ip), mac=None, kind="none", port=None))
    return shown


def _held(seen: Seen, found: Columns, ip: IPv4Address) -> list[ArpRow]:
    """Its rows, the newer table only where the older one has none; an incomplete or invalid row is none."""
    for macs, types in (
        ("ipNetToMediaPhysAddress", "ipNetToMediaType"),
        ("ipNetToPhysicalPhysAddress", "ipNetToPhysicalType"),
    ):
        rows = []
        for index, row in found.get(macs, {}).items():
            kind = number(found.get(types, {}).get(index))
            at = maybe_mac(row)
            if not is_arp(index) or tuple(index[-4:]) != tuple(ip.packed) or at is None or kind == INVALID:
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


def _garbled(seen: Seen, ip: IPv4Address) -> bool:
    """Whether a row of this address has something else than a MAC; empty or all zero is a row that is not complete yet."""
    found = seen.columns(*ARP_PROBES)
    rows = ((index, row) for name in ARP_COLUMNS for index, row in found.get(name, {}).items() if is_arp(index))
    mine = (row for index, row in rows if tuple(index[-4:]) == tuple(ip.packed) and maybe_mac(row) is None)
    return any(row.type != "octets" or str(row.value).strip("0") for row in mine)


def _arp_open(seen: Seen, ip: IPv4Address, shows: bool) -> str:
    """Why an address without a row may be there all the same; empty where it surely is not."""
    asked = [e for e in seen.of(*ARP_PROBES) if str(ip) in (e.ask.args if e.ask.probe in ARP_FINDS else e.ask.args[:1])]
    if not asked and seen.late:
        return LATE
    if not shows:
        return f"{_no_row(seen, 'an ARP table', *ARP_COLUMNS)}, so its silence proves nothing"
    if _garbled(seen, ip):
        return "its row has a value that is no MAC address"
    failed = _failed(asked)
    if failed and not any(e.ask.probe in ARP_FINDS and e not in failed for e in asked):
        return failed[0].error
    if seen.column("ipNetToMediaPhysAddress", "tables") and not (
        seen.whole("arp-find") or (seen.whole("arp-interfaces") and not seen.odd_arp)
    ):
        return _because("not every part of the ARP table was looked through", seen.why("arp-interfaces", "arp-find"))
    if not seen.column("ipNetToMediaPhysAddress", "tables") and not seen.whole("arp-physical-find"):
        return _because("not every part of the ARP table was looked through", seen.why("tables", "arp-physical-find"))
    return "" if asked or seen.whole("arp-interfaces") else "no interface is known where its row could be"
