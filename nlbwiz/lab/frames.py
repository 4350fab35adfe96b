"""Where switches send a frame to a group: static groups, what snooping has heard, and what has no entry.

Sources: Dell PowerConnect CLI guides (bridge multicast filtering is off by default and then everything is flooded;
unregistered multicast is forwarded unless the port filters it; mode ipv4-group looks IPv4 packets up by VLAN and
destination address). That NLB's frames, whose IP destination is the VIP, match no IP group follows from that; that
frames which are not IP (NLB's heartbeats, ethertype 0x886F) pass an IP look-up is our inference.
"""

from collections.abc import Callable, Iterator

from nlbwiz.lab import formulas
from nlbwiz.lab.machines import Mac
from nlbwiz.lab.network import Gateway, Switch
from nlbwiz.lab.wires import cables, towards
from nlbwiz.lab.world import World

BROADCAST = b"\xff" * 6
Leaves = Callable[[Switch | Gateway], frozenset[int]]
"""The base ports that a frame leaves a bridge on, the one it came in by not yet taken out."""


def inside(bridge: Switch | Gateway, vlan: int) -> frozenset[int]:
    """The bridge ports in a VLAN that are up."""
    return frozenset(port.number for port in bridge.ports if port.up and vlan in port.vlans)


def snooped(world: World, switch: Switch) -> dict[tuple[int, Mac], frozenset[int]]:
    """The ports where a snooping switch has heard NLB's reports, by VLAN and the group's MAC."""
    found: dict[tuple[int, Mac], set[int]] = {}
    for node in world.nodes if switch.snooping else ():
        host = world.host(world.vm(node.vm).host)
        for instance in node.instances:
            vnic = world.vm(node.vm).vnic(node.nic(instance.nic).vnic)
            if instance.mode != "igmp" or vnic.vswitch is None:
                continue
            mac = formulas.cluster_mac("igmp", instance.primary)
            for place in cables(world, host)[:1]:
                if (port := towards(world, switch, *place)) is not None:
                    found.setdefault((vnic.vlan, mac), set()).add(port.number)
    return {key: frozenset(ports) for key, ports in found.items()}


def static(switch: Switch, vlan: int, mac: Mac) -> frozenset[int]:
    """The ports of a static group; none where there is no such group."""
    return frozenset(port for group in switch.groups if (group.vlan, group.mac) == (vlan, mac) for port in group.ports)


def leaves(world: World, vlan: int, mac: Mac, *, ip: bool) -> Leaves:
    """For a frame to a group or to everybody: where it leaves each bridge. `ip`: it is an IPv4 packet (to the VIP)."""

    def decide(bridge: Switch | Gateway) -> frozenset[int]:
        everywhere = inside(bridge, vlan)
        if isinstance(bridge, Gateway) or mac == BROADCAST or not bridge.filtering:
            return everywhere
        by_address = bridge.lookup == "ip"
        has_entry = any((group.vlan, group.mac) == (vlan, mac) for group in bridge.groups)
        heard = frozenset() if by_address else snooped(world, bridge).get((vlan, mac), frozenset())
        if (has_entry or heard) and not (by_address and ip):
            return everywhere & (static(bridge, vlan, mac) | heard)
        return everywhere if by_address and not ip else everywhere - set(bridge.unregistered)

    return decide


def path(world: World, start: tuple[str, int], where: Leaves) -> Iterator[tuple[str, int, bool]]:
    """The ports that a frame passes which comes in by `start`: (bridge, base port, whether it leaves there)."""
    bridges = {each.name: each for each in world.bridges()}
    edge, seen = [start], set[str]()
    while edge:
        name, came = edge.pop(0)
        if name in seen:
            continue
        seen.add(name)
        yield name, came, False
        for port in sorted(where(bridges[name]) - {came}):
            yield name, port, True
            link = next((each.link for each in bridges[name].ports if each.number == port), None)
            if link is not None:
                edge.append(link)


def reached(world: World, start: tuple[str, int], where: Leaves) -> frozenset[tuple[str, int]]:
    """The ports where a frame leaves that comes in by `start`."""
    return frozenset((name, port) for name, port, out in path(world, start, where) if out)
