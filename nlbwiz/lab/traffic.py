"""Packets a second on every port, computed: what clients ask the clusters, what the nodes answer, heartbeats, background.

Clients are behind the first gateway: it sends to the MAC that its ARP table holds for a VIP, and to nobody where it holds
none. Nodes that the frames reach share the answers. The rest of a network is a quiet rate on every port that is up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlbwiz.lab import fdb, views
from nlbwiz.lab.arp import gateway_arp
from nlbwiz.lab.frames import BROADCAST, Leaves, inside, leaves, path, reached
from nlbwiz.lab.machines import Instance, Mac, Node
from nlbwiz.lab.network import Gateway, Switch
from nlbwiz.lab.wires import cables, towards
from nlbwiz.lab.world import World

REQUESTS = 400
"""Frames a second that clients send to each cluster."""
HEARTBEATS = 1
"""A second, of each node (KB 193601: AliveMsgPeriod 1000 ms)."""
OWN = 30
"""Unicast packets a second that a port carries for itself, in either direction."""
QUIET_MULTICAST, QUIET_BROADCAST = 6, 6
"""What every port that is up sends out of a quiet network: spanning tree, ARP."""

Place = tuple[str, int]
"""(bridge, base port number)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Packets a second of one port, as its device counts them: in is what it receives."""

    in_ucast: float = 0.0
    in_mcast: float = 0.0
    in_bcast: float = 0.0
    out_ucast: float = 0.0
    out_mcast: float = 0.0
    out_bcast: float = 0.0

    def share(self, of: int) -> "Rates":
        """One of several cables that carry this together."""
        return Rates(**{name: getattr(self, name) / of for name in self.__slots__})


IDLE = Rates(out_mcast=QUIET_MULTICAST, out_bcast=QUIET_BROADCAST)


@dataclass(frozen=True, slots=True)
class Flow:
    """Frames a second to one MAC that come in by one port."""

    mac: Mac
    start: Place
    where: Leaves
    rate: float


def rates(world: World) -> dict[Place, Rates]:
    """Every port of every bridge, by bridge and base port number; a LAG and each of its members."""
    found = {
        (bridge.name, port.number): replace(IDLE, in_ucast=OWN, out_ucast=OWN) if port.vlans and port.up else Rates()
        for bridge in world.bridges()
        for port in bridge.ports
    }
    for flow in _flows(world):
        kind = "bcast" if flow.mac == BROADCAST else "mcast" if flow.mac[0] & 1 else "ucast"
        for name, number, out in path(world, flow.start, flow.where):
            field = f"{'out' if out else 'in'}_{kind}"
            one = found[name, number]
            found[name, number] = replace(one, **{field: getattr(one, field) + flow.rate})
    for bridge in world.bridges():
        for lag in (port for port in bridge.ports if port.members):
            for member in lag.members:
                found[bridge.name, member] = found[bridge.name, lag.number].share(len(lag.members))
    return found


def _flows(world: World) -> Iterator[Flow]:
    nodes = [
        (node, instance) for node in world.nodes for instance in node.instances if views.sends(world, node, instance)
    ]
    for node, instance in nodes:
        to = BROADCAST if instance.mode == "unicast" else views.computed_mac(instance)
        for start in _places(world, node)[:1]:
            yield Flow(to, start, leaves(world, _vlan(world, node, instance), to, ip=False), HEARTBEATS)
    for gateway in world.gateways[:1]:
        held = {row.ip: row.mac for row in gateway_arp(world, gateway)}
        link = next((port.link for port in gateway.ports if port.link is not None), None)
        for cluster in world.clusters:
            mac = held.get(cluster.primary)
            if mac is not None and link is not None:
                mine = [(node, one) for node, one in nodes if one.cluster == cluster.name]
                yield from _served(world, gateway, link, cluster.vlan, mac, mine)


def _served(
    world: World, gateway: Gateway, link: Place, vlan: int, mac: Mac, nodes: list[tuple[Node, Instance]]
) -> Iterator[Flow]:
    """Requests from the gateway to a cluster, and the answers of the nodes that they reach."""
    where = _where(world, vlan, mac)
    yield Flow(mac, link, where, REQUESTS)
    got = reached(world, link, where)
    reads = [(node, one) for node, one in nodes if views.computed_mac(one) == mac and got & set(_places(world, node))]
    router = next((svi.mac for svi in gateway.svis if svi.vlan == vlan), None)
    for node, _ in reads if router is not None else ():
        for start in _places(world, node)[:1]:
            yield Flow(router or b"", start, _where(world, vlan, router or b""), REQUESTS / len(reads))


def _where(world: World, vlan: int, mac: Mac) -> Leaves:
    """Where a packet for this MAC leaves each bridge: a unicast MAC that was learned by its port, else everywhere."""
    if mac[0] & 1:
        return leaves(world, vlan, mac, ip=True)
    at = next((one for one in fdb.stations(world) if (one.vlan, one.mac) == (vlan, mac)), None)

    def decide(bridge: Switch | Gateway) -> frozenset[int]:
        known = towards(world, bridge, at.bridge, at.port) if at is not None else None
        return frozenset((known.number,)) if known is not None else inside(bridge, vlan)

    return decide


def _places(world: World, node: Node) -> tuple[Place, ...]:
    return cables(world, world.host(world.vm(node.vm).host))


def _vlan(world: World, node: Node, instance: Instance) -> int:
    return world.vm(node.vm).vnic(node.nic(instance.nic).vnic).vlan
