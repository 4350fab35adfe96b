"""Evidence of SNMP asks -> facts. Numeric OIDs only; one ask at a time; pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Literal

import msgspec

from nlbwiz.addr import AddressError, Mac, mac
from nlbwiz.facts import Agent, ArpView, Fact, FdbEntry, LldpNeighbour, OwnAddress, Port, Vlan
from nlbwiz.probes import PROBES, Oid
from nlbwiz.record.evidence import Evidence


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One varbind: dotted OID, type, value. Octets are hex digits; `no_such_*` and `end_of_view` carry no value."""

    oid: str
    type: str
    value: int | str | None = None

    @property
    def there(self) -> bool:
        """True when the agent gave a value."""
        return not self.type.startswith(("no_such", "end_of"))


class Answer(msgspec.Struct, frozen=True):
    """`Evidence.raw` of an SNMP ask. `ended`: every column was read to its end, or every exact row was answered for."""

    rows: list[Row]
    ended: bool = True


_DECODER = msgspec.json.Decoder(Answer)

PLATFORMS: tuple[tuple[str, str], ...] = (
    ("1.3.6.1.4.1.674.10895.3020", "dell-powerconnect"),  # DELL-REF-MIB: PowerConnect 5424
    ("1.3.6.1.4.1.674.10895.3021", "dell-powerconnect"),  # DELL-REF-MIB: PowerConnect 5448
    ("1.3.6.1.4.1.9.12.3.1.3", "cisco-nxos"),  # CISCO-ENTITY-VENDORTYPE-OID-MIB: Nexus
    ("1.3.6.1.4.1.9.6.1", "cisco-sb"),  # Cisco Small Business
    ("1.3.6.1.4.1.9.1", "cisco-ios"),  # CISCO-PRODUCTS-MIB
    ("1.3.6.1.4.1.30065", "arista-eos"),
    ("1.3.6.1.4.1.25506", "hpe-comware"),
    ("1.3.6.1.4.1.11.2.3.7.11", "hpe-procurve"),
    ("1.3.6.1.4.1.47196", "aruba-cx"),
    ("1.3.6.1.4.1.2636", "juniper-junos"),
    ("1.3.6.1.4.1.14988.1", "mikrotik-routeros"),
    ("1.3.6.1.4.1.2011", "huawei-vrp"),
    ("1.3.6.1.4.1.6027.1", "dell-os9"),
    ("1.3.6.1.4.1.674.11000.5000.100.2.1", "dell-os10"),
)
"""sysObjectID prefixes, the longer one first where one contains the other (IANA enterprise numbers; vendors' MIBs)."""


def facts(evidence: Evidence) -> tuple[Fact, ...]:
    """The facts of one SNMP ask. Raises msgspec.ValidationError, AddressError or ValueError for what is no answer."""
    answer = _DECODER.decode(evidence.raw or '{"rows": []}')
    return tuple(_READERS[evidence.ask.probe](evidence, answer))


def _columns(evidence: Evidence, answer: Answer) -> dict[str, dict[Oid, Row]]:
    """MIB name -> index -> row, for the columns of the ask's probe; rows that are not there are left out."""
    prefixes = [(name, oid) for name, oid in PROBES[evidence.ask.probe].oids]
    found: dict[str, dict[Oid, Row]] = defaultdict(dict)
    for row in answer.rows:
        oid = tuple(int(part) for part in row.oid.split("."))
        for name, prefix in prefixes:
            if row.there and oid[: len(prefix)] == prefix:
                found[name][oid[len(prefix) :]] = row
    return found


def _text(row: Row | None) -> str:
    """A DisplayString: octets, decoded as UTF-8 where they are, else byte by byte."""
    if row is None or row.value is None:
        return ""
    if row.type != "octets":
        return str(row.value)
    octets = bytes.fromhex(str(row.value))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _int(row: Row | None) -> int | None:
    return int(row.value) if row is not None and row.value is not None and row.type != "octets" else None


def _agent(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    values = {name: next(iter(rows.values())) for name, rows in _columns(evidence, answer).items()}
    if "sysObjectID.0" not in values:
        raise ValueError("the agent does not say what it is (sysObjectID)")
    object_id = _text(values.get("sysObjectID.0"))
    forwarding = _int(values.get("ipForwarding.0"))
    ticks = _int(values.get("sysUpTime.0"))
    yield Agent(
        target=evidence.ask.target,
        platform=platform(object_id),
        descr=_text(values.get("sysDescr.0")),
        name=_text(values.get("sysName.0")),
        forwarding=None if forwarding is None else forwarding == 1,
        uptime_s=None if ticks is None else ticks / 100,
        evidence=evidence.label,
    )


def platform(object_id: str) -> str | None:
    """The slug of a sysObjectID; None for a device that is not in the table."""
    return next((slug for prefix, slug in PLATFORMS if f"{object_id}.".startswith(f"{prefix}.")), None)


def _own(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    """One per interface address. A row whose mask is none, or 0.0.0.0, says nothing about a subnet and is left out."""
    columns = _columns(evidence, answer)
    if columns["ipAdEntIfIndex"] and not columns["ipAdEntNetMask"]:
        raise ValueError("the agent gives its addresses without their masks (ipAdEntNetMask)")
    for index, row in columns["ipAdEntIfIndex"].items():
        mask = columns["ipAdEntNetMask"].get(index)
        ip = ".".join(map(str, index[-4:]))
        try:
            interface = IPv4Interface(f"{ip}/{mask.value if mask else ''}")
        except ValueError:
            continue
        if interface.network.prefixlen:
            yield OwnAddress(
                target=evidence.ask.target, interface=interface, ifindex=_int(row) or 0, evidence=evidence.label
            )


def _arp(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    """Every row of the address; `none` once when none of the interfaces has one. Type 2 (invalid) rows are no rows."""
    columns = _columns(evidence, answer)
    ip = IPv4Address(evidence.ask.args[0])
    found = False
    for index, row in columns["ipNetToMediaPhysAddress"].items():
        at, kind = _mac(row), _int(columns["ipNetToMediaType"].get(index))
        if at is None or kind == 2:
            continue
        if kind is None:
            raise ValueError("the agent does not say whether the entry was typed in or learned (ipNetToMediaType)")
        found = True
        yield ArpView(
            device=evidence.ask.target, via="router", ip=ip, kind="static" if kind == 4 else "dynamic", mac=at,
            evidence=evidence.label,
        )  # fmt: skip
    if not found and _proves_absence(answer):
        yield ArpView(device=evidence.ask.target, via="router", ip=ip, kind="none", mac=None, evidence=evidence.label)


def _proves_absence(answer: Answer) -> bool:
    """noSuchInstance for every row that was asked for; noSuchObject says that the whole table is not there (RFC 3416 4.2.1).

    Raises ValueError for the latter: no table is not an empty table.
    """
    if any(row.type == "no_such_object" for row in answer.rows):
        raise ValueError("the agent does not have this table (noSuchObject)")
    return answer.ended


def _mac(row: Row | None) -> Mac | None:
    """A PhysAddress; empty or all zero (incomplete) is None. NX-OS 6 writes text without leading zeros."""
    if row is None or row.type != "octets" or not str(row.value).strip("0"):
        return None
    octets = bytes.fromhex(str(row.value))
    return mac(octets) if len(octets) == 6 else mac(octets.decode("ascii", errors="replace"))


def _vlans(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    columns = _columns(evidence, answer)
    if not columns["dot1qFdbDynamicCount"]:
        _need(columns, "dot1qVlanStaticName", "its VLANs")
    names = {index[-1]: _text(row) for index, row in columns["dot1qVlanStaticName"].items()}
    for number in sorted(names.keys() | {index[-1] for index in columns["dot1qFdbDynamicCount"]}):
        yield Vlan(target=evidence.ask.target, id=number, name=names.get(number, ""), evidence=evidence.label)


def _ports(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    columns = _columns(evidence, answer)
    _need(columns, "ifName", "its ports")
    _need(columns, "dot1dBasePortIfIndex", "which bridge port is which interface")
    _need(columns, "dot3adAggPortAttachedAggID", "which ports are in a LAG")
    bridge = {ifindex: index[-1] for index, row in columns["dot1dBasePortIfIndex"].items() if (ifindex := _int(row))}
    for index, row in columns["ifName"].items():
        ifindex = index[-1]
        lag = _int(columns["dot3adAggPortAttachedAggID"].get(index))
        yield Port(
            target=evidence.ask.target, ifindex=ifindex, name=_text(row),
            up=_int(columns["ifOperStatus"].get(index)) == 1, bridge=bridge.get(ifindex),
            lag=lag if lag and lag != ifindex else None, evidence=evidence.label,
        )  # fmt: skip


def _need(columns: dict[str, dict[Oid, Row]], name: str, what: str) -> None:
    """A table without one row is not an empty table: every switch has ports and VLANs, and IEEE 802.3ad lists each port.

    Raises ValueError: the agent does not show it, so nothing follows from its silence.
    """
    if not columns[name]:
        raise ValueError(f"the agent does not show {what} ({name})")


STATUS: dict[int, Literal["learned", "static", "self", "other"]] = {3: "learned", 4: "self", 5: "static"}
"""dot1qTpFdbStatus (RFC 4363): other 1, invalid 2, learned 3, self 4, mgmt 5 (a row that management put there)."""


def _fdb(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    columns = _columns(evidence, answer)
    at = Mac(evidence.ask.args[0])
    found = False
    for index, row in columns["dot1qTpFdbPort"].items():
        status = _int(columns["dot1qTpFdbStatus"].get(index))
        if status == 2:
            continue
        found = True
        yield FdbEntry(
            target=evidence.ask.target, mac=at, vlan=index[0], port=_int(row), status=STATUS.get(status or 1, "other"),
            evidence=evidence.label,
        )  # fmt: skip
    if not found and _proves_absence(answer):
        yield FdbEntry(target=evidence.ask.target, mac=at, vlan=None, port=None, status="none", evidence=evidence.label)


LLDP_CHASSIS_MAC, LLDP_PORT_MAC = 4, 3
"""LldpChassisIdSubtype and LldpPortIdSubtype (LLDP-MIB): the id is a MAC address; any other kind may be six letters."""


def _lldp(evidence: Evidence, answer: Answer) -> Iterator[Fact]:
    """Index timeMark.localPort.remIndex. The neighbour's MAC is its port's where that has one, else its chassis'."""
    columns = _columns(evidence, answer)
    for index, row in columns["lldpRemChassisId"].items():
        of_port = _int(columns["lldpRemPortIdSubtype"].get(index)) == LLDP_PORT_MAC
        of_chassis = _int(columns["lldpRemChassisIdSubtype"].get(index)) == LLDP_CHASSIS_MAC
        port_mac = _lldp_mac(columns["lldpRemPortId"].get(index)) if of_port else None
        yield LldpNeighbour(
            target=evidence.ask.target, port=index[-2], mac=port_mac or (_lldp_mac(row) if of_chassis else None),
            name=_text(columns["lldpRemSysName"].get(index)), evidence=evidence.label,
        )  # fmt: skip


def _lldp_mac(row: Row | None) -> Mac | None:
    try:
        return _mac(row)
    except AddressError:
        return None


_READERS: dict[str, Callable[[Evidence, Answer], Iterator[Any]]] = {
    "agent": _agent,
    "own-addresses": _own,
    "arp": _arp,
    "vlans": _vlans,
    "ports": _ports,
    "fdb": _fdb,
    "lldp": _lldp,
}
