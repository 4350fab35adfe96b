"""Every place that binds an address of the cluster to a MAC: ARP tables, neighbour caches, conflict events, VMs. Pure.

Each sighting carries the owner of its MAC (nlbwiz.joins.ownership): the cause that it belongs to, or that it is in order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import Literal

from nlbwiz.addr import Mac, decode
from nlbwiz.facts import Event, FdbEntry, VNic
from nlbwiz.joins.ownership import Known, Owner, Verdict, home, masked, of_address, of_guest, own_macs, said, vnic_words
from nlbwiz.known import Facts

Place = Literal["router", "jump", "host", "node", "event", "vnic"]

RECENT = timedelta(hours=24)
"""An event that old still says what is now: a day holds one round of everything that is switched on daily."""
CONFLICTS = (4198, 4199)
"""EVENT_TCPIP_ADDRESS_CONFLICT1 and 2 (windows-rs constants; KB 282023)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One place that binds one address of the cluster to one MAC."""

    ip: IPv4Address
    node: str
    """Whose own (dedicated) address it is; empty for a VIP."""
    mac: Mac
    by: str
    """The target that saw it."""
    via: Place
    typed: bool
    evidence: str
    owner: Owner
    why: str
    """What the MAC is, in words."""
    undecided: str = ""
    """Why the owner cannot be told yet; such a sighting is no finding."""
    possible: str = ""
    """Why it would only be possible."""
    event: int = 0
    at: datetime | None = None
    age: timedelta | None = None
    """Of an event, by the node's own clock."""
    vnic: VNic | None = None
    """The virtual NIC of a listed host that reports the address."""
    itself: bool = False
    """The router that tells has the address itself."""

    @property
    def what(self) -> str:
        """The address in words: `VIP 172.31.3.232` or `nlb1's address 172.31.3.11`."""
        return f"{self.node}'s address {self.ip}" if self.node else f"VIP {self.ip}"

    @property
    def old(self) -> bool:
        """True for an event of more than a day ago: alone it does not say what is now."""
        return self.age is not None and self.age > RECENT

    @property
    def told(self) -> str:
        """Who saw it, in words: `gw1: learned`, `nlb1: event 4199, 40 minutes ago`, `hv1: VM FILES, vNIC LAN`."""
        match self.via:
            case "event":
                return f"{self.by}: event {self.event}, {ago(self.age)}"
            case "vnic":
                return f"{self.by}: {vnic_words(self.vnic)}"
            case _:
                return f"{self.by}: {'typed in' if self.typed else 'learned'}"


def span(time: timedelta) -> str:
    """A length of time in words, rounded down: `40 minutes`, `3 hours`, `12 days`."""
    minutes = max(0, int(time.total_seconds() // 60))
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def ago(age: timedelta | None) -> str:
    """An age in words: `40 minutes ago`."""
    return f"{span(age)} ago" if age is not None else "at an unknown time"


def sightings(facts: Facts) -> tuple[Sighting, ...]:
    """Every place that binds a VIP or a node's own address to a MAC; each with its owner."""
    known = Known.of(facts)
    return (*_views(facts, known), *_events(facts, known), *_guests(facts, known))


def right_macs(facts: Facts, seen: Sighting) -> dict[Mac, str]:
    """The MACs that are right for a sighting's address, each with the evidence of the node that says so."""
    if not seen.node:
        return own_macs(facts)
    nic = home(facts, seen.node, seen.ip)
    return {nic.mac: nic.evidence} if nic and nic.mac else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a MAC is: a virtual NIC of a listed host, or a switch port that has learned it."""

    words: str
    target: str
    vnic: VNic | None = None
    vlan: int | None = None
    port: str = ""
    """The port's name; empty where it is not known."""
    alone: bool = False
    """As far as is known nothing else is behind the port: no LAG, no LLDP neighbour, no host's uplink, no other MAC."""


def whereabouts(facts: Facts, mac: Mac) -> tuple[Spot, ...]:
    """Every place of a MAC: the listed virtual NICs that have it, then the switch ports that have learned it."""
    homes = tuple(
        Spot(words=f"{one.host}, {vnic_words(one)}", target=one.host, vnic=one) for one in facts.vnics if one.mac == mac
    )
    return (*homes, *(_spot(facts, row) for row in facts.fdb if row.mac == mac and row.status == "learned"))


def _spot(facts: Facts, row: FdbEntry) -> Spot:
    port = next((one for one in facts.ports if (one.target, one.bridge) == (row.target, row.port)), None)
    name = port.name if port else ""
    words = f"{row.target}, VLAN {row.vlan}, port {name or f'number {row.port}'}"
    lags = {one.lag for one in facts.ports if one.target == row.target}
    neighbours = {one.port for one in facts.lldp if one.target == row.target}
    shared = any(
        (other.target, other.port, other.status) == (row.target, row.port, "learned") and other.mac != row.mac
        for other in facts.fdb
    )
    uplink = any((one.switch, one.port) == (row.target, name) for one in facts.uplinks)
    trunk = port is None or port.ifindex in lags or bool({port.ifindex, port.bridge} & neighbours) or uplink
    return Spot(words=words, target=row.target, vlan=row.vlan, port=name, alone=not (shared or trunk))


# ---- the three kinds of places ----


def _views(facts: Facts, known: Known) -> Iterator[Sighting]:
    """ARP tables and neighbour caches. A router that has the address itself is a second owner of it."""
    for view in facts.arp:
        node = known.addresses.get(view.ip)
        if node is None or view.mac is None or view.kind == "none":
            continue
        if view.kind == "own":
            verdict = Verdict(owner="NLB001", why=f"{view.device} has the address itself")
        else:
            verdict = of_address(facts, known, node, view.ip, view.mac, typed=view.kind == "static", live=False)
        if verdict.owner != "own" and view.via == "router" and not _knows_its_own(facts, view.device):
            verdict = replace(verdict, undecided=f"which addresses are {view.device}'s own is not known")
        yield Sighting(
            ip=view.ip, node=node, mac=view.mac, by=view.device, via=view.via, typed=view.kind == "static",
            evidence=view.evidence, owner=verdict.owner, why=verdict.why, undecided=verdict.undecided,
            possible=verdict.possible, itself=view.kind == "own",
        )  # fmt: skip


def _knows_its_own(facts: Facts, router: str) -> bool:
    """What a router lists for its own address looks like a typed entry (snmp: IP-MIB, static(4)) until this is read."""
    return facts.answered("own-addresses", router)


def _events(facts: Facts, known: Known) -> Iterator[Sighting]:
    """Tcpip 4198/4199: of each node, address and MAC the newest."""
    newest: dict[tuple[str, IPv4Address, Mac], Event] = {}
    for one in sorted(facts.events, key=lambda event: event.at):
        watched = one.ip is not None and (one.ip in known.addresses or one.ip.is_unspecified)
        if one.provider == "Tcpip" and one.id in CONFLICTS and one.ip is not None and watched and one.mac:
            newest[one.target, one.ip, one.mac] = one
    for (target, ip, mac), event in newest.items():
        node = known.addresses.get(ip, "")
        machine = known.machines.get(target)
        verdict = _of_event(facts, known, event, node, mac)
        yield Sighting(
            ip=ip, node=node, mac=mac, by=target, via="event", typed=False, evidence=event.evidence,
            owner=verdict.owner, why=verdict.why, undecided=verdict.undecided, possible=verdict.possible,
            event=event.id, at=event.at, age=machine.clock - event.at if machine else None,
        )  # fmt: skip


def _of_event(facts: Facts, known: Known, event: Event, node: str, mac: Mac) -> Verdict:
    assert event.ip is not None
    read = decode(mac)
    if event.ip.is_unspecified:
        return Verdict(owner="probe", why=said(read))
    verdict = of_address(facts, known, node, event.ip, mac, typed=False, live=True)
    machine = known.machines.get(event.target)
    if machine is None:
        return replace(verdict, undecided=verdict.undecided or f"when {event.target} was started is not known")
    if event.at < machine.boot:
        looked = _looked_again(facts, event.target, event.ip)
        if looked is None:
            return replace(verdict, undecided=f"whether {event.target} looked again at its start is not known")
        if looked:
            return Verdict(owner="past", why=verdict.why)
    elif read.kind == "masked" and not node and read.primary in known.primaries:
        return masked(known, read, event.at, event.target)
    if verdict.owner == "own" and not node:
        doubt = f"another cluster with the same primary address, or {event.target}'s own frames came back (see NLB005)"
        return Verdict(owner="NLB001", why="the cluster's own MAC", possible=doubt)
    return verdict


def _looked_again(facts: Facts, node: str, ip: IPv4Address) -> bool | None:
    """Whether the node's last start checked the address and found nobody: it is Preferred, with detection on."""
    if not all(facts.answered(need, node) for need in ("addresses", "dad", "arp-retry-count")):
        return None
    kept = [a for a in facts.addresses if (a.node, a.ip, a.store, a.state) == (node, ip, "active", "Preferred")]
    off = {i.index for i in facts.interfaces if i.node == node and i.dad_transmits == 0}
    silenced = any(one.node == node and one.value == 0 for one in facts.arp_retry)
    return bool(kept) and not silenced and all(a.index not in off for a in kept)


def _guests(facts: Facts, known: Known) -> Iterator[Sighting]:
    """The addresses that VMs report to their hosts (integration services)."""
    for vnic in facts.vnics:
        for ip in vnic.ips:
            node = known.addresses.get(ip)
            if node is None or vnic.mac is None:
                continue
            verdict = of_guest(known, vnic, vnic.mac, node)
            yield Sighting(
                ip=ip, node=node, mac=vnic.mac, by=vnic.host, via="vnic", typed=False, evidence=vnic.evidence,
                owner=verdict.owner, why=verdict.why, undecided=verdict.undecided, vnic=vnic,
            )  # fmt: skip
