"""What one switch has told so far: its answers read together, as the rounds of questions need them. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Generic, TypeVar

from nlbwiz import families
from nlbwiz.addr import Mac, mac
from nlbwiz.facts import Agent, OwnAddress, Vlan
from nlbwiz.families import Family, port_list
from nlbwiz.mibs import OIDS, Oid
from nlbwiz.parse.snmp import CISCO_FDDI, FDB_INVALID, STATUS, facts
from nlbwiz.parse.snmp_rows import Answer, Columns, Row, answer, columns, number, octets, text
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence

MAC_OCTETS = 6
LAG_TYPE, VLAN_TYPES = 161, (135, 136)
"""ifType (IANAifType-MIB): ieee8023adLag; l2vlan, l3ipvlan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FdbRow:
    """One row of a MAC table. `id`: the fdbId, or None; `vlan`: where the place of the row tells it; `port`: its number,
    None where the agent gives something that is none.

    `is_ifindex`: that number is an ifIndex already, as in Huawei's own table.
    """

    mac: Mac
    id: int | None
    vlan: int | None
    port: int | None
    status: str
    is_ifindex: bool = False


T = TypeVar("T")


class kept(Generic[T]):  # noqa: N801  # it is used as `property` is
    """A property that is worked out once for as long as no new answer comes."""

    def __init__(self, work: Callable[["Seen"], T]) -> None:
        self._work, self._name = work, work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, seen: "Seen", owner: type | None = None) -> T:
        """The value, as of the answers that there are."""
        found = seen.memo.get(self._name)
        if found is None or found[0] != len(seen.evidence):
            found = seen.memo[self._name] = len(seen.evidence), self._work(seen)
        value: T = found[1]
        return value


@dataclass(slots=True)
class Seen:
    """All evidence of one switch, by ask. Every look at it is a look at what has come so far."""

    target: str
    evidence: dict[Ask, Evidence] = field(default_factory=dict)
    memo: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """What was worked out, and from how many answers."""
    late: bool = False
    """Whether a question was not put because the deadline had come."""

    def add(self, found: Iterable[Evidence]) -> None:
        """Take answers in."""
        self.evidence.update((one.ask, one) for one in found)

    def of(self, *probes: str) -> Iterator[Evidence]:
        """The evidence of these probes, in the order of asking."""
        return (one for one in self.evidence.values() if one.ask.probe in probes)

    def asked(self, probe: str) -> bool:
        """Whether this was asked at all."""
        return next(self.of(probe), None) is not None

    def whole(self, probe: str) -> bool:
        """Whether it was asked, and every answer to it came and was read to its end."""
        found = list(self.of(probe))
        return bool(found) and all(one.is_answer and not one.error and _answer(one).ended for one in found)

    def why(self, *probes: str) -> str:
        """The first reason why one of these was not answered in full; empty when all were."""
        return next((one.error for one in self.of(*probes) if one.error), "")

    def columns(self, *probes: str) -> Columns:
        """The rows of these probes together. An answer that cannot be understood has none."""
        found: Columns = {}
        for one in self.of(*probes):
            for name, rows in columns_of(one).items():
                found.setdefault(name, {}).update(rows)
        return found

    def column(self, name: str, *probes: str) -> dict[Oid, Row]:
        """One column of these probes."""
        return self.columns(*probes).get(name, {})

    # ---- who it is ----

    @kept
    def agent(self) -> Agent | None:
        """What the agent says of itself; None while it has not said it."""
        for one in self.of("agent"):
            for fact in facts_of(one):
                if isinstance(fact, Agent):
                    return fact
        return None

    @kept
    def family(self) -> Family:
        """Its row of the vendor table; one without a sysObjectID is read by the standards."""
        agent = self.agent
        if agent:
            return families.family(agent.platform)
        found = self.columns("agent")
        descr = next(iter(found.get("sysDescr.0", {}).values()), None)
        return families.detect("", text(descr))

    # ---- interfaces ----

    @kept
    def names(self) -> dict[int, str]:
        """ifIndex -> ifName, else ifDescr, else the number."""
        names, descrs = self.column("ifName", "ports"), self.column("ifDescr", "interfaces")
        opers = self.column("ifOperStatus", "ports")
        indexes = sorted({index[0] for rows in (names, descrs, opers) for index in rows if len(index) == 1})
        return {
            one: text(names.get((one,))).strip("\x00 ") or text(descrs.get((one,))).strip("\x00 ") or str(one)
            for one in indexes
        }

    @kept
    def bridge(self) -> dict[int, int]:
        """Bridge port -> ifIndex, of every context; 0 for one that has no interface."""
        found = self.column("dot1dBasePortIfIndex", "bridge-ports") | self.column("dot1dBasePortIfIndex", "ports")
        numbers = ((index[0], number(row)) for index, row in found.items() if len(index) == 1)
        return {port: ifindex for port, ifindex in numbers if ifindex is not None}

    def bridge_in(self, vlan: int) -> dict[int, int]:
        """Bridge port -> ifIndex, of one VLAN's own context."""
        mine = (one for one in self.of("bridge-ports") if one.ask.args == (str(vlan),))
        rows = {index: row for one in mine for index, row in columns_of(one).get("dot1dBasePortIfIndex", {}).items()}
        return {index[0]: ifindex for index, row in rows.items() if index and (ifindex := number(row))}

    def ifindex(self, port: int | None) -> int | None:
        """The ifIndex of a port number."""
        return None if port is None else families.ifindex_of(port, self.family, self.bridge, self.names)

    def ifindexes(self, ports: Iterable[int]) -> tuple[int, ...]:
        """The ifIndexes of a port list; what names no port is left out."""
        row, bridge, names = self.family, self.bridge, self.names
        found = (families.ifindex_of(port, row, bridge, names) for port in ports)
        return tuple(sorted({one for one in found if one is not None}))

    @kept
    def lag_of(self) -> dict[int, int]:
        """ifIndex of a member -> ifIndex of its LAG: LACP first, then PAgP and Cisco's list, then the stack (snmp 1.6)."""
        lacp = self.columns("lacp", "ports")
        found: dict[int, int] = {}
        for name in ("dot3adAggPortAttachedAggID", "dot3adAggPortSelectedAggID"):
            for index, row in lacp.get(name, {}).items():
                lag = number(row)
                if lag and lag != index[-1]:
                    found.setdefault(index[-1], lag)
        cisco = self.columns("lags-cisco")
        for index, row in cisco.get("pagpGroupIfIndex", {}).items():
            lag = number(row)
            if lag and lag != index[-1]:
                found.setdefault(index[-1], lag)
        for index, row in cisco.get("clagAggPortListInterfaceIndexList", {}).items():
            raw = octets(row)
            for at in range(0, len(raw) - 3, 4):
                found.setdefault(int.from_bytes(raw[at : at + 4]), index[-1])
        known, lags = self.names, self.lags_by_type
        whole = {name: ifindex for ifindex, name in known.items()}
        for pair in (index for index in self.column("ifStackStatus", "stacked") if len(index) == 2):
            # Junos stacks the units (ae0.0 over xe-0/0/1.0), not the interfaces themselves
            higher, lower = (whole.get(known.get(one, "").rpartition(".")[0], one) for one in pair)
            if higher in lags and lower in known and lower not in lags:
                found.setdefault(lower, higher)
        return {member: lag for member, lag in found.items() if member in known and lag in known}

    @kept
    def lags_by_type(self) -> frozenset[int]:
        """Interfaces that say that they are LAGs."""
        types = self.column("ifType", "interfaces")
        return frozenset(index[0] for index, row in types.items() if number(row) == LAG_TYPE)

    # ---- VLANs ----

    @kept
    def internal(self) -> dict[int, int]:
        """Junos: its own VLAN ids, and the fdbIds that it gives, -> the VLAN's tag."""
        found = self.columns("vlans-juniper")
        tags = {index[-1]: tag for index, row in found.get("jnxL2aldVlanTag", {}).items() if (tag := number(row))}
        tags |= {index[-1]: tag for index, row in found.get("jnxExVlanTag", {}).items() if (tag := number(row))}
        fdb_ids = found.get("jnxL2aldVlanFdbId", {})
        return tags | {key: tags[i[-1]] for i, row in fdb_ids.items() if i[-1] in tags and (key := number(row))}

    @kept
    def vlan_map(self) -> dict[int, int]:
        """VLAN -> fdbId as dot1qVlanFdbId says, whatever the time mark of the row (ZTE leaves it out)."""
        found = self.column("dot1qVlanFdbId", "vlan-ports")
        return {index[-1]: key for index, row in found.items() if (key := number(row)) is not None}

    @kept
    def vlan_names(self) -> dict[int, str]:
        """Every VLAN the switch lists, with its name."""
        tags = self.internal
        if self.family.fdb_index == "internal" and tags:
            juniper = self.columns("vlans-juniper")
            names = juniper.get("jnxL2aldVlanName", {}) | juniper.get("jnxExVlanName", {})
            return {tags[index[-1]]: text(row) for index, row in names.items() if index[-1] in tags}
        found = {index[-1]: "" for name in _LISTING for index in self.column(name, "vlan-ports", "vlan-static")}
        found |= {index[-1]: text(row) for index, row in self.column("dot1qVlanStaticName", "vlans").items()}
        cisco = (fact for one in self.of("vlans-cisco") for fact in facts_of(one))
        found |= {fact.id: fact.name for fact in cisco if isinstance(fact, Vlan)}
        if not found and not self.family.contexts:
            found = {one: "" for one in self.present if one in families.VLANS}
        if not found:
            found = dict.fromkeys(self._by_interface_name(), "")
        return {vlan: name.strip("\x00 ") for vlan, name in found.items() if vlan in families.VLANS}

    @property
    def lists_vlans(self) -> bool:
        """Whether a table lists the VLANs; the interfaces' names tell the routed ones only, vmVlan those of access ports."""
        return bool(self.column("vtpVlanState", "vlans-cisco")) and self.whole("vlans-cisco")

    def _by_interface_name(self) -> list[int]:
        """Routed VLANs by their interfaces' names: `Vlan505` in ifDescr, `Vl505` in ifName (snmp 3); Vlanif, Vlan-interface."""
        texts = {text(row) for row in self.column("ifDescr", "interfaces").values()} | set(self.names.values())
        found = (
            re.fullmatch(r"(?i)vl(?:an)?(?:if|-interface)?[ _-]?([0-9]{1,4})", one.strip("\x00 ")) for one in texts
        )
        return sorted({int(one[1]) for one in found if one} - set(CISCO_FDDI))

    @kept
    def present(self) -> tuple[int, ...]:
        """The fdbIds that the switch is known to keep rows for: some list every id they could have, with a count of 0."""
        counts = self.column("dot1qFdbDynamicCount", "vlans")
        counted = {index[0] for index, row in counts.items() if index and number(row) != 0}
        scanned = {index[0] for index in self.column("dot1qTpFdbPort", "fdb-ids", "tables") if index}
        return tuple(sorted(counted | scanned))

    def vlan(self, fdb_id: int) -> int | None:
        """The VLAN of an fdbId; None where nothing tells it."""
        return families.vlan_of(fdb_id, self.family, vlans=self.vlan_names, map_=self.vlan_map, internal=self.internal)

    def fdb_ids(self, vlans: Iterable[int]) -> tuple[int, ...]:
        """Under which fdbIds rows of these VLANs may stand; without a VLAN, under which there may be any."""
        asked = tuple(vlans)
        known = {"present": self.present, "map_": self.vlan_map, "internal": self.internal}
        ids = families.ids_of(asked, self.family, **known)  # type: ignore[arg-type]  # the three of its signature
        return tuple(dict.fromkeys((*ids, *(() if asked else sorted(self.vlan_names)))))

    def mac_places(self, vlans: Iterable[int]) -> tuple[int, ...]:
        """The same for dot1qTpFdbTable; where all of it was skipped through, the fdbIds that it has and no others."""
        asked = tuple(vlans)
        return self.present if not asked and self.whole("fdb-ids") and self.present else self.fdb_ids(asked)

    @kept
    def vlan_ports(self) -> dict[int, tuple[int, ...]]:
        """VLAN -> the ifIndexes of its ports."""
        juniper = self.family.fdb_index == "internal"
        tags = self.internal
        found: dict[int, set[int]] = {}
        for name in ("dot1qVlanCurrentEgressPorts", "dot1qVlanStaticEgressPorts"):
            for index, row in self.column(name, "vlan-ports", "vlan-static").items():
                vlan = tags.get(index[-1], index[-1]) if juniper else index[-1]
                found.setdefault(vlan, set()).update(self.ifindexes(port_list(octets(row), text=juniper)))
        if not any(found.values()):
            for index, row in self.column("dot1qPvid", "pvids").items():
                if (pvid := number(row)) and (ifindex := self.ifindex(index[0])):
                    found.setdefault(pvid, set()).add(ifindex)
        for index, row in self.column("vmVlan", "vlans-cisco").items():
            if access := number(row):
                found.setdefault(access, set()).add(index[-1])
        for one in self.of("bridge-ports"):
            if one.ask.args:
                ports = (number(row) for row in columns_of(one).get("dot1dBasePortIfIndex", {}).values())
                found.setdefault(int(one.ask.args[0]), set()).update(port for port in ports if port)
        return {vlan: tuple(sorted(ports & self.names.keys())) for vlan, ports in found.items()}

    # ---- tables ----

    def fills(self, name: str) -> bool:
        """Whether a table has a row at all: a switch that shows none of a table's rows does not show the table."""
        return bool(self.column(name, "tables")) or not self.whole("tables")

    def shows(self, *names: str) -> bool:
        """Whether one of these tables has a row whose index is what the standard says: without it, no row can be sought."""
        return any(_is_index(name, index) for name in names for index in self.column(name, "tables"))

    def odd(self, *names: str) -> bool:
        """Whether one of them has a row, and none such an index."""
        return any(self.column(name, "tables") for name in names) and not self.shows(*names)

    @property
    def first_rows(self) -> dict[str, Oid] | None:
        """The index of the first row of every table that has one; None where the agent did not tell."""
        if not self.whole("tables"):
            return None
        return {name: next(iter(rows)) for name, rows in self.columns("tables").items() if rows}

    @property
    def asked_ids(self) -> frozenset[int]:
        """The fdbIds under which rows were asked for."""
        return frozenset(int(place) for one in self.of("fdb", "fdb-length") for place in one.ask.args[1:])

    @property
    def odd_arp(self) -> bool:
        """Whether rows of ipNetToMedia have an index that is not ifIndex.address: they are found by a walk only."""
        first = self.column("ipNetToMediaPhysAddress", "tables", "arp-interfaces")
        return any(len(index) != 5 for index in first)

    @property
    def with_length(self) -> bool:
        """Whether rows of dot1qTpFdb have a length before the MAC (reference: snmp 1.4)."""
        return families.has_length(next(iter(self.column("dot1qTpFdbPort", "tables", "fdb-ids")), ()))

    def fdb_rows(self, *probes: str) -> Iterator[FdbRow]:
        """Every row of a MAC that came, whichever table it stands in."""
        for one in self.of(*(probes or ("fdb", "fdb-length", "fdb-bridge", "fdb-huawei", "fdb-find"))):
            found = columns_of(one)
            for name, states in (("dot1qTpFdbPort", "dot1qTpFdbStatus"), ("dot1dTpFdbPort", "dot1dTpFdbStatus")):
                for index, row in found.get(name, {}).items():
                    status = number(found.get(states, {}).get(index))
                    port = number(row)
                    if status == FDB_INVALID or not _is_mac(index[-MAC_OCTETS:]):
                        continue
                    context = int(one.ask.args[1]) if name == "dot1dTpFdbPort" and len(one.ask.args) > 1 else None
                    if name == "dot1dTpFdbPort" and context is None and self.family.contexts:
                        context = 1  # the default context is VLAN 1's
                    yield FdbRow(
                        mac=mac(bytes(index[-MAC_OCTETS:])), id=index[0] if name == "dot1qTpFdbPort" else None,
                        vlan=context, port=port, status=STATUS.get(status or 3, "other"),
                    )  # fmt: skip
            for index, row in found.get("hwDynFdbPort", {}).items():
                port = number(row)
                if len(index) > MAC_OCTETS and _is_mac(index[:MAC_OCTETS]):
                    at, vlan = mac(bytes(index[:MAC_OCTETS])), index[MAC_OCTETS]
                    yield FdbRow(mac=at, id=None, vlan=vlan, port=port, status="learned", is_ifindex=True)

    @kept
    def own(self) -> dict[IPv4Address, int]:
        """Its own addresses -> ifIndex; by the value of ipAdEntIfIndex's row, whose index is the address."""
        found = self.column("ipAdEntIfIndex", "own-addresses")
        return {IPv4Address(bytes(index[-4:])): number(row) or 0 for index, row in found.items() if _is_ip(index[-4:])}

    @kept
    def subnets(self) -> list[tuple[IPv4Interface, int]]:
        """Its own interfaces' subnets with their ifIndexes."""
        own = (fact for one in self.of("own-addresses") for fact in facts_of(one))
        return [(fact.interface, fact.ifindex) for fact in own if isinstance(fact, OwnAddress)]

    def arp_places(self, ip: IPv4Address) -> tuple[int, ...]:
        """The interfaces to look on: those of the address's own subnet, the other routed ones, 0 (reference: snmp 4.2)."""
        near = [ifindex for interface, ifindex in self.subnets if ip in interface.network]
        return tuple(dict.fromkeys((*near, *sorted(self.own.values()), 0)))


_LISTING = ("dot1qVlanCurrentEgressPorts", "dot1qVlanStaticEgressPorts")
assert set(_LISTING) <= set(OIDS)


def _is_mac(index: Oid) -> bool:
    return len(index) == MAC_OCTETS and max(index) < 256


def _is_ip(index: Oid) -> bool:
    return len(index) == 4 and all(part < 256 for part in index)


MOST_ARP_ARCS = 8
"""ifIndex, address type, two lengths that an agent may put there, IPv4 address; a row of IPv6 has 19."""


def is_arp(index: Oid) -> bool:
    """Whether a row of an ARP table is one of an IPv4 address."""
    return 5 <= len(index) <= MOST_ARP_ARCS and _is_ip(index[-4:])


def _is_index(name: str, index: Oid) -> bool:
    match name:
        case "dot1qTpFdbPort":
            return len(index) in (MAC_OCTETS + 1, MAC_OCTETS + 2) and _is_mac(index[-MAC_OCTETS:])
        case "dot1dTpFdbPort":
            return len(index) == MAC_OCTETS and _is_mac(index)
        case "hwDynFdbPort":
            return len(index) > MAC_OCTETS and _is_mac(index[:MAC_OCTETS])
        case _:
            return is_arp(index)


def _answer(evidence: Evidence) -> Answer:
    try:
        return answer(evidence)
    except ValueError:
        return Answer(rows=[], ended=False)


def columns_of(evidence: Evidence) -> Columns:
    """The columns of one answer; none where it cannot be understood."""
    try:
        return columns(evidence)
    except ValueError:
        return {}


def facts_of(evidence: Evidence) -> tuple[object, ...]:
    """The facts of one answer; none where it cannot be understood."""
    try:
        return facts(evidence) if evidence.is_answer else ()
    except (ValueError, KeyError, IndexError):
        return ()
