"""Asking one switch in rounds: who it is, its small tables, then exact rows, and skipping through only what is left open."""

import queue
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from nlbwiz import families
from nlbwiz.addr import Mac, igmp_group, is_group_mac, mac_octets
from nlbwiz.collect.source import Clock, Source
from nlbwiz.mibs import Oid
from nlbwiz.parse.snmp import ARP_STATIC
from nlbwiz.parse.snmp_rows import number
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.switch.seen import Seen, is_arp

FIRST = (
    "agent", "tables", "age", "ports", "interfaces", "vlans", "vlan-ports", "own-addresses", "lacp", "lldp", "lldp-ports",
    "chassis",
)  # fmt: skip
"""What every device is asked at once; the small tables only."""
MOST_CONTEXTS = 128
"""VLAN contexts that are asked: each is a session of its own (reference: snmp 5)."""
UNSEEN_PLACES = 80
"""The same for a table of which no first row was seen: four PDUs for a MAC."""
FIRST_CONTEXTS = 4
"""VLAN contexts that are tried first: where all of them are met with silence, the others are not asked."""
MOST_PLACES = 400
"""fdbIds or ifIndexes under which one exact row is asked for; a longer list is cut, and said so by what stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the operator wants to know of the switch; without VLANs, in all of them."""

    macs: tuple[Mac, ...] = ()
    ips: tuple[IPv4Address, ...] = ()
    vlans: tuple[int, ...] = ()


@dataclass(slots=True)
class Survey:
    """One switch and what it has told. `run` puts every question; it never takes longer than the clock allows."""

    source: Source
    clock: Clock
    target: str
    wanted: Wanted
    seen: Seen = field(init=False)
    _inbox: "queue.SimpleQueue[Step | Evidence]" = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        """Begin with nothing seen."""
        self.seen = Seen(target=self.target)

    def run(self) -> Seen:
        """All rounds. A switch that does not say who it is, is asked nothing more."""
        self._put(*FIRST)
        if not any(one.is_answer for one in self.seen.evidence.values()):
            return self.seen
        self._put(*self._second())
        self._arp()
        self._contexts()
        self._fdb()
        self._groups()
        return self.seen

    # ---- one round ----

    def _put(self, *asks: str | Ask) -> None:
        """Ask all that was not asked yet, and wait until each is answered; the source ends them by the deadline."""
        wanted = [ask if isinstance(ask, Ask) else Ask(target=self.target, probe=ask) for ask in asks]
        new = [ask for ask in dict.fromkeys(wanted) if ask not in self.seen.evidence]
        if new and self.clock.left(self.target) <= 0:
            self.seen.late = True
        if not new or self.seen.late:
            return
        self.source.ask(new, self._inbox.put)
        waiting = set(new)
        while waiting:
            try:
                one = self._inbox.get(timeout=max(0.0, self.clock.left(self.target)) + 0.5)
            except queue.Empty:
                return
            if isinstance(one, Evidence):
                waiting.discard(one.ask)
                self.seen.add([one])

    def _ask(self, probe: str, *args: object) -> Ask:
        return Ask(target=self.target, probe=probe, args=tuple(map(str, args)))

    # ---- the small tables of its family ----

    def _second(self) -> Iterator[str]:
        seen, row = self.seen, self.seen.family
        yield from (probe for probe in row.vlans if probe != "fdb-ids")
        if row.multicast:
            yield row.multicast
        if seen.lags_by_type or not seen.lag_of:
            yield from (
                probe for probe in row.lags if probe != "stacked" or seen.lags_by_type - set(seen.lag_of.values())
            )
        counted = seen.column("dot1qFdbDynamicCount", "vlans")
        if not counted and seen.fills("dot1qTpFdbPort"):
            yield "fdb-ids"
        if not seen.column("dot1qVlanCurrentEgressPorts", "vlan-ports"):
            yield from ("vlan-static", "pvids")
        if any(seen.column(name, "tables") for name in ("dot1qTpGroupEgressPorts", "dot1qStaticMulticastStatus")):
            yield "group-table"

    def _contexts(self) -> None:
        """The bridge ports of every VLAN that has a context of its own: the VLAN's ports, and the map for its MAC table."""
        if not self.seen.family.contexts:
            return
        vlans = (self.wanted.vlans or tuple(sorted(self.seen.vlan_names)))[:MOST_CONTEXTS]
        self._put(*(self._ask("bridge-ports", vlan) for vlan in vlans[:FIRST_CONTEXTS]))
        if self._context_vlans() or len(vlans) <= FIRST_CONTEXTS:
            self._put(*(self._ask("bridge-ports", vlan) for vlan in vlans[FIRST_CONTEXTS:]))

    def _context_vlans(self) -> tuple[int, ...]:
        """The VLANs whose contexts answer."""
        return tuple(int(one.ask.args[0]) for one in self.seen.of("bridge-ports") if one.is_answer)

    # ---- MACs ----

    def _fdb(self) -> None:
        """Exact rows, table after table of its family, for what no table had yet."""
        seen = self.seen
        many = not self.wanted.vlans and len(seen.fdb_ids(())) > UNSEEN_PLACES
        if many and self.open_macs() and seen.shows("dot1qTpFdbPort"):
            self._put("fdb-ids")  # one GETNEXT for each fdbId that there is, rather than GETs for all that there may be
        for probe in families.ways(seen.family, "fdb", seen.first_rows):
            if probe == "fdb-find":
                self._fdb_left()
            elif missing := self.open_macs():
                self._put(*self._fdb_asks(probe, missing))
        if "fdb" not in seen.family.fdb and seen.shows("dot1qTpFdbPort") and (missing := self.open_macs()):
            self._put("fdb-ids")  # beside its VLANs' contexts, as a wireless controller does (REC cisco-controller)
            self._put(*self._fdb_asks("fdb", missing))
        if seen.fills("dot1qStaticUnicastStatus") and self.wanted.macs:
            ids = seen.fdb_ids(self.wanted.vlans)[:MOST_PLACES]
            if ids:
                self._put(*(self._ask("fdb-static", one, *ids) for one in self.wanted.macs if not is_group_mac(one)))

    def _fdb_asks(self, probe: str, macs: Iterable[Mac]) -> Iterator[Ask]:
        seen = self.seen
        match probe:
            case "fdb" | "fdb-length":
                # Asked also where no first row was seen: an agent whose rows are out of order may hide it from GETNEXT.
                most = MOST_PLACES if seen.fills("dot1qTpFdbPort") else UNSEEN_PLACES
                ids = seen.mac_places(self.wanted.vlans)[:most]
                shape = "fdb-length" if seen.with_length else "fdb"
                if ids:
                    yield from (self._ask(shape if probe == "fdb" else probe, one, *ids) for one in macs)
            case "fdb-bridge" if seen.family.contexts:
                yield from (self._ask(probe, one, vlan) for one in macs for vlan in self._context_vlans())
                if (seen.fills("dot1dTpFdbPort") and not self.wanted.vlans) or 1 in self.wanted.vlans:
                    yield from (self._ask(probe, one) for one in macs)
            case "fdb-bridge" if not self.wanted.vlans or seen.fills("dot1dTpFdbPort"):
                yield from (self._ask(probe, one) for one in macs)
            case "fdb-huawei":
                yield from (self._ask(probe, one) for one in macs)

    def _fdb_left(self) -> None:
        """What no listed fdbId holds: skip through the fdbIds that there are, and ask under those not asked yet."""
        missing = self.open_macs()
        if not missing or self.wanted.vlans:
            return
        self._put("fdb-ids")
        seen = self.seen
        if not seen.whole("fdb-ids"):
            self._put(self._ask("fdb-find", *missing))
            return
        shape = "fdb-length" if seen.with_length else "fdb"
        asked = seen.asked_ids
        new = [one for one in seen.present if one not in asked]
        if new:
            self._put(*(self._ask(shape, one, *new) for one in missing))

    def open_macs(self) -> tuple[Mac, ...]:
        """The MACs of which no row with a port number came yet."""
        found = {row.mac for row in self.seen.fdb_rows() if row.port is not None}
        return tuple(one for one in self.wanted.macs if one not in found)

    # ---- addresses ----

    def _arp(self) -> None:
        """Exact rows on the interfaces where they may stand; then on those that the table has; then all of it."""
        seen = self.seen
        if not self.wanted.ips:
            return
        chain = families.ways(seen.family, "arp", seen.first_rows)
        for probe in chain:
            if not probe.endswith("-find"):
                open_ = self.open_ips() if probe == "arp" else (*self.open_ips(), *self._typed_ips())
                places = {ip: seen.arp_places(ip)[:MOST_PLACES] for ip in open_}
                self._put(*(self._ask(probe, ip, *where) for ip, where in places.items() if where))
        if not (missing := self.open_ips()) or "arp-find" not in chain:
            if missing and seen.fills("ipNetToPhysicalPhysAddress"):
                self._put(self._ask("arp-physical-find", *missing))
            return
        self._put("arp-interfaces")
        if seen.whole("arp-interfaces") and not seen.odd_arp:
            places_ = [index[0] for index in seen.column("ipNetToMediaPhysAddress", "arp-interfaces")]
            for ip in missing:
                asked = set(seen.arp_places(ip)[:MOST_PLACES])
                new = [one for one in places_ if one not in asked][:MOST_PLACES]
                if new:
                    self._put(self._ask("arp", ip, *new))
        else:
            self._put(self._ask("arp-find", *missing))

    def _typed_ips(self) -> Iterator[IPv4Address]:
        """Static entries: the newer table tells whether they are the device's own (local), the older one does not."""
        found = self.seen.columns("arp")
        for index, row in found.get("ipNetToMediaType", {}).items():
            if number(row) == ARP_STATIC and len(index) >= 5 and max(index[-4:]) < 256:
                yield IPv4Address(bytes(index[-4:]))

    def open_ips(self) -> tuple[IPv4Address, ...]:
        """The addresses of which no row came yet."""
        found = {tuple(index[-4:]) for index in _arp_rows(self.seen) if is_arp(index)}
        return tuple(ip for ip in self.wanted.ips if tuple(ip.packed) not in found)

    # ---- multicast ----

    def _groups(self) -> None:
        """The entries of every multicast MAC and group that was asked for, in the VLANs that were."""
        seen = self.seen
        vlans: Sequence[int] = self.wanted.vlans or tuple(sorted(seen.vlan_names))[:MOST_PLACES]
        macs = [one for one in self.wanted.macs if is_group_mac(one)]
        groups = [ip for ip in self.wanted.ips if ip.is_multicast]
        groups += [igmp_group(IPv4Address(mac_octets(one)[2:])) for one in macs if one.startswith("01-00-5E-7F")]
        asks: list[Ask] = []
        for probe in families.probes(seen.family, "groups"):
            index = PROBES[probe].index
            if index.endswith("@context"):
                asks += (self._ask(probe, one, vlan) for one in macs for vlan in self._context_vlans())
            elif index.endswith("ip"):
                asks += (self._ask(probe, ip, *vlans) for ip in dict.fromkeys(groups) if vlans)
            else:
                asks += (self._ask(probe, one, *vlans) for one in macs if vlans)
        if seen.column("dot1dStaticStatus", "tables") and not seen.family.contexts:
            asks += (self._ask("groups-bridge", one) for one in macs)
        self._put(*asks)


ARP_PROBES = ("arp", "arp-physical", "arp-find", "arp-physical-find")
ARP_COLUMNS = ("ipNetToMediaPhysAddress", "ipNetToPhysicalPhysAddress")


def _arp_rows(seen: Seen) -> Collection[Oid]:
    found = seen.columns(*ARP_PROBES)
    return [index for name in ARP_COLUMNS for index, row in found.get(name, {}).items() if row.value]
