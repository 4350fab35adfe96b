"""Evidence of SNMP asks -> facts. Numeric OIDs only; one ask at a time; pure."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal

from nlbwiz.addr import Mac
from nlbwiz.facts import Agent, ArpView, BridgePort, Fact, FdbEntry, LldpNeighbour, OwnAddress, Port, Vlan
from nlbwiz.families import detect
from nlbwiz.parse import snmp_multicast
from nlbwiz.parse.snmp_rows import Answer, Columns, answer, columns, mac_in, maybe_mac, number, text
from nlbwiz.probes import sought
from nlbwiz.record.evidence import Evidence

Reader = Callable[[Evidence, Answer], Iterator[Fact]]


def facts(evidence: Evidence) -> tuple[Fact, ...]:
    """The facts of one SNMP ask. Raises msgspec.ValidationError, AddressError or ValueError for what is no answer.

    What only `nlbwiz switch` asks for (nlbwiz.switch.view reads it) is no fact about a cluster.
    """
    reader = _READERS.get(evidence.ask.probe)
    said = answer(evidence)
    return tuple(reader(evidence, said)) if reader else ()


def _agent(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    values = {name: next(iter(rows.values())) for name, rows in columns(evidence, said).items()}
    if "sysObjectID.0" not in values:
        raise ValueError("the agent does not say what it is (sysObjectID)")
    object_id, descr = text(values.get("sysObjectID.0")), text(values.get("sysDescr.0"))
    forwarding = number(values.get("ipForwarding.0"))
    ticks = number(values.get("sysUpTime.0"))
    yield Agent(
        target=evidence.ask.target,
        platform=platform(object_id, descr),
        descr=descr,
        name=text(values.get("sysName.0")),
        forwarding=None if forwarding is None else forwarding == 1,
        uptime_s=None if ticks is None else ticks / 100,
        evidence=evidence.label,
    )


def platform(object_id: str, descr: str = "") -> str | None:
    """The slug of a sysObjectID, or of what sysDescr names itself; None for a device that is not in the vendor table."""
    return detect(object_id, descr).slug or None


def _own(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """One per interface address. A row whose mask is none, or 0.0.0.0, says nothing about a subnet and is left out."""
    found = columns(evidence, said)
    if found["ipAdEntIfIndex"] and not found["ipAdEntNetMask"]:
        raise ValueError("the agent gives its addresses without their masks (ipAdEntNetMask)")
    for index, row in found["ipAdEntIfIndex"].items():
        mask = found["ipAdEntNetMask"].get(index)
        ip = ".".join(map(str, index[-4:]))
        try:
            interface = IPv4Interface(f"{ip}/{mask.value if mask else ''}")
        except ValueError:
            continue
        if interface.network.prefixlen:
            yield OwnAddress(
                target=evidence.ask.target, interface=interface, ifindex=number(row) or 0, evidence=evidence.label
            )


ARP_INVALID, ARP_STATIC, ARP_LOCAL = 2, 4, 5
"""ipNetToMediaType, ipNetToPhysicalType (RFC 4293): other 1, invalid 2, dynamic 3, static 4, local 5."""


def _arp(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """Every row of the address; `none` once when none of the interfaces has one. Type 2 (invalid) rows are no rows."""
    found = columns(evidence, said)
    macs = found["ipNetToMediaPhysAddress"] or found["ipNetToPhysicalPhysAddress"]
    types = found["ipNetToMediaType"] or found["ipNetToPhysicalType"]
    ip = IPv4Address(evidence.ask.args[0])
    views = []
    for index, row in macs.items():
        at, kind = mac_in(row), number(types.get(index))
        if at is None or kind == ARP_INVALID:
            continue
        if kind is None:
            raise ValueError("the agent does not say whether the entry was typed in or learned (ipNetToMediaType)")
        words: dict[int, Literal["static", "own"]] = {ARP_STATIC: "static", ARP_LOCAL: "own"}
        views.append(
            ArpView(
                device=evidence.ask.target, via="router", ip=ip, kind=words.get(kind, "dynamic"), mac=at,
                evidence=evidence.label,
            )
        )  # fmt: skip
    yield from views
    if not views and _proves_absence(said):
        yield ArpView(device=evidence.ask.target, via="router", ip=ip, kind="none", mac=None, evidence=evidence.label)


def _proves_absence(said: Answer) -> bool:
    """noSuchInstance for every row that was asked for; noSuchObject says that the whole table is not there (RFC 3416 4.2.1).

    Raises ValueError for the latter: no table is not an empty table.
    """
    if any(row.type == "no_such_object" for row in said.rows):
        raise ValueError("the agent does not have this table (noSuchObject)")
    return said.ended


# ---- VLANs, ports ----


MOST_EMPTY = 64
"""fdbIds of a device that lists more of them are left out where they have no dynamic row: REC 6120xg lists 1,600."""


def _vlans(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    found = columns(evidence, said)
    if not found["dot1qFdbDynamicCount"]:
        _need(found, "dot1qVlanStaticName", "its VLANs")
    names = {index[-1]: text(row) for index, row in found["dot1qVlanStaticName"].items()}
    counts = found["dot1qFdbDynamicCount"]
    ids = {index[-1] for index, row in counts.items() if len(counts) <= MOST_EMPTY or number(row) != 0}
    for vlan in sorted(names.keys() | ids):
        yield Vlan(target=evidence.ask.target, id=vlan, name=names.get(vlan, ""), evidence=evidence.label)


VTP_OPERATIONAL = 1
CISCO_FDDI = range(1002, 1006)
"""The VLANs that every Catalyst has for FDDI and Token Ring: their contexts are empty (reference: snmp 3)."""


def _vlans_cisco(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """CISCO-VTP-MIB, index domain.VLAN; without it the VLANs that ports are in (vmVlan)."""
    found = columns(evidence, said)
    states = {index[-1]: number(row) for index, row in found["vtpVlanState"].items()}
    names = {index[-1]: text(row) for index, row in found["vtpVlanName"].items()}
    ids = {vlan for vlan, state in states.items() if state == VTP_OPERATIONAL} or {
        vlan for row in found["vmVlan"].values() if (vlan := number(row))
    }
    if not ids:
        raise ValueError("the agent does not show its VLANs (vtpVlanState)")
    for vlan in sorted(ids - set(CISCO_FDDI)):
        yield Vlan(target=evidence.ask.target, id=vlan, name=names.get(vlan, ""), evidence=evidence.label)


def _fdb_ids(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """The first arcs of dot1qTpFdbTable's index, which is all that tells of VLANs here."""
    found = columns(evidence, said)
    for number_ in sorted({index[0] for index in found["dot1qTpFdbPort"] if len(index) in (7, 8)}):
        yield Vlan(target=evidence.ask.target, id=number_, name="", evidence=evidence.label)


def _ports(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    found = columns(evidence, said)
    _need(found, "ifName", "its ports")
    _need(found, "dot1dBasePortIfIndex", "which bridge port is which interface")
    _need(found, "dot3adAggPortAttachedAggID", "which ports are in a LAG")
    bridge = {ifindex: index[-1] for index, row in found["dot1dBasePortIfIndex"].items() if (ifindex := number(row))}
    for index, row in found["ifName"].items():
        ifindex = index[-1]
        lag = number(found["dot3adAggPortAttachedAggID"].get(index))
        yield Port(
            target=evidence.ask.target, ifindex=ifindex, name=text(row),
            up=number(found["ifOperStatus"].get(index)) == 1, bridge=bridge.get(ifindex),
            lag=lag if lag and lag != ifindex else None, evidence=evidence.label,
        )  # fmt: skip


def _bridge_ports(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """The bridge ports of one VLAN's context, which on Cisco are the ports that carry it."""
    for index, row in columns(evidence, said)["dot1dBasePortIfIndex"].items():
        if ifindex := number(row):
            yield BridgePort(target=evidence.ask.target, bridge=index[-1], ifindex=ifindex, evidence=evidence.label)


def _need(found: Columns, name: str, what: str) -> None:
    """A table without one row is not an empty table: every switch has ports and VLANs, and IEEE 802.3ad lists each port.

    Raises ValueError: the agent does not show it, so nothing follows from its silence.
    """
    if not found[name]:
        raise ValueError(f"the agent does not show {what} ({name})")


# ---- where a MAC is ----

STATUS: dict[int, Literal["learned", "static", "self", "other"]] = {3: "learned", 4: "self", 5: "static"}
"""dot1qTpFdbStatus (RFC 4363): other 1, invalid 2, learned 3, self 4, mgmt 5 (a row that management put there)."""
FDB_INVALID = 2


def _fdb(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """dot1qTpFdb, index fdbId.MAC; dot1dTpFdb, index MAC, in the VLAN of its context; hwDynFdb, index MAC.VLAN..."""
    found = columns(evidence, said)
    at = Mac(evidence.ask.args[0])
    ports = found["dot1qTpFdbPort"] or found["dot1dTpFdbPort"] or found["hwDynFdbPort"]
    states = found["dot1qTpFdbStatus"] or found["dot1dTpFdbStatus"]
    rows = []
    context = int(evidence.ask.args[1]) if evidence.ask.probe == "fdb-bridge" and len(evidence.ask.args) > 1 else None
    for index, row in ports.items():
        status = 3 if evidence.ask.probe == "fdb-huawei" else number(states.get(index))  # learned rows only (L2MAM)
        if status == FDB_INVALID:
            continue
        vlan: int | None = index[0]
        if evidence.ask.probe == "fdb-bridge":
            vlan = context
        elif evidence.ask.probe == "fdb-huawei":
            vlan = index[6] if len(index) > 6 else None
        rows.append(
            FdbEntry(
                target=evidence.ask.target, mac=at, vlan=vlan, port=number(row), status=STATUS.get(status or 1, "other"),
                evidence=evidence.label,
            )
        )  # fmt: skip
    yield from rows
    if not rows and _proves_absence(said):
        yield FdbEntry(
            target=evidence.ask.target, mac=at, vlan=context, port=None, status="none", evidence=evidence.label
        )


# ---- what a walk was kept of: the rows of several MACs or addresses in one answer ----


def _each(evidence: Evidence, said: Answer, read: Reader) -> Iterator[Fact]:
    """What each MAC or address that was looked for came to, read as its exact rows would be; by the end of the index."""
    for one, end in zip(evidence.ask.args, sought(evidence.ask), strict=True):
        ending = "." + ".".join(map(str, end))
        mine = [row for row in said.rows if row.oid.endswith(ending)]
        alone = replace(evidence, ask=replace(evidence.ask, args=(one,)))
        found = read(alone, Answer(rows=mine, ended=said.ended, looked=said.looked))
        yield from (replace(fact, evidence=evidence.label) for fact in found)


def _fdb_find(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    return _each(evidence, said, _fdb)


def _arp_find(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    return _each(evidence, said, _arp)


LLDP_CHASSIS_MAC, LLDP_PORT_MAC = 4, 3
"""LldpChassisIdSubtype and LldpPortIdSubtype (LLDP-MIB): the id is a MAC address; any other kind may be six letters."""


def _lldp(evidence: Evidence, said: Answer) -> Iterator[Fact]:
    """Index timeMark.localPort.remIndex. The neighbour's MAC is its port's where that has one, else its chassis'."""
    found = columns(evidence, said)
    for index, row in found["lldpRemChassisId"].items():
        of_port = number(found["lldpRemPortIdSubtype"].get(index)) == LLDP_PORT_MAC
        of_chassis = number(found["lldpRemChassisIdSubtype"].get(index)) == LLDP_CHASSIS_MAC
        port_mac = maybe_mac(found["lldpRemPortId"].get(index)) if of_port else None
        yield LldpNeighbour(
            target=evidence.ask.target, port=index[-2], mac=port_mac or (maybe_mac(row) if of_chassis else None),
            name=text(found["lldpRemSysName"].get(index)), evidence=evidence.label,
        )  # fmt: skip


_READERS: dict[str, Reader] = {
    "agent": _agent,
    "own-addresses": _own,
    "arp": _arp,
    "arp-physical": _arp,
    "arp-find": _arp_find,
    "arp-physical-find": _arp_find,
    "vlans": _vlans,
    "vlans-cisco": _vlans_cisco,
    "fdb-ids": _fdb_ids,
    "ports": _ports,
    "bridge-ports": _bridge_ports,
    "fdb": _fdb,
    "fdb-length": _fdb,
    "fdb-bridge": _fdb,
    "fdb-huawei": _fdb,
    "fdb-find": _fdb_find,
    "lldp": _lldp,
    **snmp_multicast.READERS,
}
