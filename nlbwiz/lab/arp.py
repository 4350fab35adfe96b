"""ARP tables and neighbour caches, computed: who believes which MAC for which address.

Sources: RFC 1812 3.3.2 and Cisco 216092 (IOS does not believe an ARP reply with a multicast MAC), IP-MIB (types
dynamic 3, static 4; IOS lists its own addresses as static), MSFT_NetNeighbor (states; multicast and broadcast rows are
Permanent), KB 949589 (a Windows neighbour entry heals within a minute, so only a scenario makes it stale).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from nlbwiz.lab import views
from nlbwiz.lab.machines import Host, Mac, Node
from nlbwiz.lab.network import Gateway, Switch
from nlbwiz.lab.world import World

DYNAMIC = 3
STATIC = 4
IGMP_ROUTERS = IPv4Address("224.0.0.22")
BROADCAST = IPv4Address("255.255.255.255")


@dataclass(frozen=True, slots=True)
class ArpRow:
    """A row of ipNetToMediaTable: `kind` dynamic 3, static 4."""

    index: int
    ip: IPv4Address
    mac: Mac
    kind: int


@dataclass(frozen=True, slots=True)
class CacheRow:
    """A row of Get-NetNeighbor."""

    ip: IPv4Address
    mac: Mac
    index: int
    state: str


def is_multicast(mac: Mac) -> bool:
    """Whether the group bit is set."""
    return bool(mac[0] & 1)


def gateway_arp(world: World, gateway: Gateway) -> tuple[ArpRow, ...]:
    """A gateway's ARP table, sorted by interface and address.

    Own addresses are static; a typed entry beats what is heard; a stale row stands in the place of the learned one; of
    several answers the last believable one counts.
    """
    typed = {entry.ip: entry.mac for entry in gateway.typed}
    stale = {entry.ip: entry.mac for entry in gateway.stale}
    rows = []
    for svi in gateway.svis:
        rows.append(ArpRow(svi.index, svi.interface.ip, svi.mac, STATIC))
        heard: dict[IPv4Address, Mac] = {}
        for ip, macs in views.answers(world, svi.vlan).items():
            believed = [mac for mac in macs if gateway.learns_multicast or not is_multicast(mac)]
            if believed:
                heard[ip] = believed[-1]
        for ip in sorted({*heard, *typed, *stale} - {svi.interface.ip}):
            if ip not in svi.interface.network:
                continue
            if ip in typed:
                rows.append(ArpRow(svi.index, ip, typed[ip], STATIC))
            else:
                rows.append(ArpRow(svi.index, ip, stale.get(ip) or heard[ip], DYNAMIC))
    return tuple(sorted(rows, key=lambda row: (row.index, row.ip)))


def switch_arp(world: World, switch: Switch) -> tuple[ArpRow, ...]:
    """The management ARP table of a layer 2 switch: who asked it lately, the jump host and the gateway."""
    index = VLAN_INDEX + switch.vlan
    network = world.subnet(switch.vlan).network
    known = {interface.ip for _, interface, _ in world.jump.devices}
    known |= {svi.interface.ip for gateway in world.gateways for svi in gateway.svis}
    heard = views.answers(world, switch.vlan)
    return tuple(
        ArpRow(index, ip, heard[ip][-1], DYNAMIC) for ip in sorted(known) if ip in network and ip != switch.address
    )


VLAN_INDEX = 99_999
"""ifIndex of a VLAN on a Radlan switch = this + VLAN id (a Linksys SGE2010: VLAN 1 is 100000, VLAN 999 is 100998)."""


def node_neighbors(world: World, node: Node) -> Iterator[CacheRow]:
    """A node's neighbour cache, NIC by NIC: the gateway, the jump host, the peers it can talk to, the built-in rows.

    A node never has its own addresses; the peers on a unicast cluster's NIC have its own MAC, so they are never there.
    """
    stale = dict(node.stale)
    for nic in node.nics:
        vnic = world.vm(node.vm).vnic(nic.vnic)
        own = {each.ip for each in nic.addresses}
        mac = views.nic_mac(world, node, nic)
        near = [IPv4Interface((each.ip, each.prefix)).network for each in nic.addresses]
        for ip, macs in sorted(views.answers(world, vnic.vlan).items()):
            if (
                any(ip in network for network in near)
                and ip not in own
                and macs[-1] != mac
                and not is_multicast(macs[-1])
            ):
                state = "Reachable" if _is_gateway(world, ip) else "Stale"
                yield CacheRow(ip, stale.get(ip, macs[-1]), nic.index, state)
        first = near[0] if near else None
        yield from _built_in(first.broadcast_address if first is not None and first.prefixlen < 32 else None, nic.index)


def host_neighbors(world: World, host: Host) -> Iterator[CacheRow]:
    """A Hyper-V host's neighbour cache on its own virtual NIC, and the built-in rows."""
    stale = dict(host.stale)
    vlan = host.vnics[0].vlan
    for ip, macs in sorted(views.answers(world, vlan).items()):
        if ip != host.address and not is_multicast(macs[-1]):
            state = "Reachable" if _is_gateway(world, ip) else "Stale"
            yield CacheRow(ip, stale.get(ip, macs[-1]), host.vnic_index, state)
    yield from _built_in(world.subnet(vlan).network.broadcast_address, host.vnic_index)


def jump_neighbours(world: World) -> Iterator[tuple[str, IPv4Address, Mac, str]]:
    """What the jump host has learned: (device, address, MAC, state). Linux believes multicast MACs."""
    stale = dict(world.jump.stale)
    for device, interface, vlan in world.jump.devices:
        for ip, macs in sorted(views.answers(world, vlan).items()):
            if ip != interface.ip and ip in interface.network:
                state = "REACHABLE" if _is_gateway(world, ip) else "STALE"
                yield device, ip, stale.get(ip, macs[-1]), state


def _is_gateway(world: World, ip: IPv4Address) -> bool:
    return any(svi.interface.ip == ip for gateway in world.gateways for svi in gateway.svis)


def _built_in(broadcast: IPv4Address | None, index: int) -> Iterator[CacheRow]:
    """The Permanent rows that Windows has on every IPv4 interface without anybody having typed them."""
    if broadcast is not None:
        yield CacheRow(broadcast, b"\xff" * 6, index, "Permanent")
    yield CacheRow(IGMP_ROUTERS, b"\x01\x00\x5e\x00\x00\x16", index, "Permanent")
    yield CacheRow(BROADCAST, b"\xff" * 6, index, "Permanent")
