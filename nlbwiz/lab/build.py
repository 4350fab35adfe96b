"""The healthy base worlds: from a numbering and a layout to every machine of a site, with all that its mode needs.

Two hosts, nodes spread over them in turn, one PowerConnect 5424 (bridge multicast filtering on), one Catalyst that
routes, a jump host in every VIP's subnet; typed ARP entries and static groups on every uplink in the multicast modes.
"""

from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Interface

from nlbwiz.lab import build_hosts, build_network, build_nodes, formulas
from nlbwiz.lab.layout import Layout
from nlbwiz.lab.machines import Mac
from nlbwiz.lab.network import ArpEntry, Group, Jump, Subnet, Switch
from nlbwiz.lab.numbering import MANAGEMENT, Numbering
from nlbwiz.lab.wires import towards
from nlbwiz.lab.world import Cluster, World

JUMP_MAC = b"\x52\x54\x00\x4a\x55\x4d"


def base(numbering: Numbering, layout: Layout, now: datetime) -> World:
    """A healthy world at `now` (aware; cut to whole seconds)."""
    now = now.replace(microsecond=0)
    networks = (MANAGEMENT, *layout.clusters)
    clusters = tuple(_cluster(numbering, layout, role) for role in layout.clusters)
    places = range(numbering.nodes)
    world = World(
        now=now,
        domain=numbering.domain,
        subnets=tuple(
            Subnet(
                vlan=numbering.vlans[role],
                name="management" if role == MANAGEMENT else numbering.name(role),
                network=numbering.networks[role],
            )
            for role in networks
        ),
        clusters=clusters,
        nodes=tuple(build_nodes.node(numbering, layout, clusters, place, now) for place in places),
        vms=(
            *(build_hosts.node_vm(numbering, layout, place) for place in places),
            *(build_hosts.other_vm(numbering, number) for number in (1, 2)),
        ),
        hosts=tuple(build_hosts.host(numbering, layout, role, now) for role in build_hosts.HOST_ROLES),
        switches=build_network.switches(
            numbering,
            layout.clusters,
            lacp=layout.teaming == "lacp-dynamic",
            uplinks=layout.uplinks,
            second=layout.second_switch,
            now=now,
        ),
        gateways=(build_network.gateway(numbering, layout.clusters, now),),
        jump=_jump(numbering, networks),
    )
    return world if layout.mode == "unicast" else _with_network_entries(world, layout)


def _cluster(numbering: Numbering, layout: Layout, role: str) -> Cluster:
    name = numbering.name(role)
    vips = ("vip", "vip2")[: layout.vips if role == layout.clusters[0] else 1]
    return Cluster(
        name=name,
        label=f"{name}.{numbering.domain}",
        vlan=numbering.vlans[role],
        vips=tuple(numbering.address(role, each) for each in vips),
        nodes=tuple(numbering.name(each) for each in numbering.node_roles),
    )


def _jump(numbering: Numbering, networks: tuple[str, ...]) -> Jump:
    """The jump host: one trunk port, an interface in every network."""
    return Jump(
        devices=tuple(
            (
                "eth0" if role == MANAGEMENT else f"eth0.{numbering.vlans[role]}",
                IPv4Interface(f"{numbering.address(role, 'jump')}/{numbering.networks[role].prefixlen}"),
                numbering.vlans[role],
            )
            for role in networks
        ),
        mac=JUMP_MAC,
        port=(numbering.name("sw1"), numbering.ports["jump"]),
    )


def _with_network_entries(world: World, layout: Layout) -> World:
    """What the network needs beside a cluster in a multicast mode: typed ARP entries, static groups."""
    macs = {cluster.name: formulas.cluster_mac(layout.mode, cluster.primary) for cluster in world.clusters}
    typed = tuple(ArpEntry(ip=ip, mac=macs[cluster.name]) for cluster in world.clusters for ip in cluster.vips)
    switches = tuple(replace(switch, groups=_groups(world, switch, macs)) for switch in world.switches)
    gateways = tuple(replace(each, typed=typed) for each in world.gateways)
    return replace(world, switches=switches, gateways=gateways)


def _groups(world: World, switch: Switch, macs: dict[str, Mac]) -> tuple[Group, ...]:
    """One for every cluster MAC in its VLAN: two clusters that share one share the group too."""
    wanted = dict.fromkeys((each.vlan, macs[each.name]) for each in world.clusters)
    return tuple(group(world, switch, vlan, mac) for vlan, mac in wanted)


def group(world: World, switch: Switch, vlan: int, mac: Mac) -> Group:
    """A static group on every uplink of every host, and on the links that lead to uplinks behind other switches."""
    ports = {
        port.number
        for host in world.hosts
        for pnic in host.pnics
        if pnic.port is not None
        if (port := towards(world, switch, *pnic.port)) is not None
    }
    return Group(vlan=vlan, mac=mac, ports=tuple(sorted(ports)))
