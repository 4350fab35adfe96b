"""The state of a simulated site: every machine as values, from which all that it shows on the wire is computed.

A `World` holds *truth and memory*: what is configured, what runs, what was written into logs and what a cache still
holds from before. What follows from that (FDB, ARP tables, neighbour caches, cluster state, the MAC a NIC shows inside
a guest) is computed by `nlbwiz.lab.views`, `nlbwiz.lab.fdb` and `nlbwiz.lab.arp`, never stored, so that the views of
one thing agree unless a scenario makes them disagree. Everything is frozen: a change (a fault, later a fix) is a new
world, made with `dataclasses.replace` and the `with_*` functions below. The machines' own types are in
`nlbwiz.lab.machines` and `nlbwiz.lab.network`.

Conventions: a MAC is 6 octets (`bytes`); times are aware UTC, whole seconds; a name is unique over all machines of a
world; references between machines are by name. Terms and values are those of the cmdlets and MIBs they stand for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address

from nlbwiz.lab.machines import Host, Instance, Named, Node, Vm, named
from nlbwiz.lab.network import Gateway, Jump, Stray, Subnet, Switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One NLB cluster as it was meant: its listed nodes. Each node's `Instance` says what really runs there."""

    name: str
    label: str
    vlan: int
    vips: tuple[IPv4Address, ...]
    """The primary first."""
    nodes: tuple[str, ...]

    @property
    def primary(self) -> IPv4Address:
        """The address the site file lists as the cluster's VIP."""
        return self.vips[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A whole site at one moment (`now`). Machines are in the order in which the site file lists them.

    `partition` names, per cluster, the nodes that the others cannot hear although nothing visible says why.
    """

    now: datetime
    domain: str
    subnets: tuple[Subnet, ...]
    clusters: tuple[Cluster, ...]
    nodes: tuple[Node, ...]
    vms: tuple[Vm, ...]
    hosts: tuple[Host, ...]
    switches: tuple[Switch, ...]
    gateways: tuple[Gateway, ...]
    jump: Jump
    strays: tuple[Stray, ...] = ()
    partition: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def cluster(self, name: str) -> Cluster:
        """The cluster of that name. Raises KeyError."""
        return named(self.clusters, name)

    def node(self, name: str) -> Node:
        """The node of that name. Raises KeyError."""
        return named(self.nodes, name)

    def host(self, name: str) -> Host:
        """The Hyper-V host of that name. Raises KeyError."""
        return named(self.hosts, name)

    def vm(self, name: str) -> Vm:
        """The VM of that name. Raises KeyError."""
        return named(self.vms, name)

    def switch(self, name: str) -> Switch:
        """The switch of that name. Raises KeyError."""
        return named(self.switches, name)

    def gateway(self, name: str) -> Gateway:
        """The gateway of that name. Raises KeyError."""
        return named(self.gateways, name)

    def bridges(self) -> tuple[Switch | Gateway, ...]:
        """Everything that forwards frames: the switches, then the gateways."""
        return (*self.switches, *self.gateways)

    def subnet(self, vlan: int) -> Subnet:
        """The subnet in that VLAN. Raises KeyError."""
        for subnet in self.subnets:
            if subnet.vlan == vlan:
                return subnet
        raise KeyError(vlan)

    def names(self) -> tuple[str, ...]:
        """Every machine that can be asked, in the site file's order: nodes, hosts, switches, gateways."""
        return (
            *(node.name for node in self.nodes),
            *(host.name for host in self.hosts),
            *(switch.name for switch in self.switches),
            *(gateway.name for gateway in self.gateways),
        )


def changed(things: tuple[Named, ...], name: str, change: Callable[[Named], Named]) -> tuple[Named, ...]:
    """The same things with `change` applied to the one of that name. Raises KeyError when there is none."""
    named(things, name)
    return tuple(change(thing) if thing.name == name else thing for thing in things)


def with_node(world: World, name: str, change: Callable[[Node], Node]) -> World:
    """A new world in which one node is changed."""
    return replace(world, nodes=changed(world.nodes, name, change))


def with_instance(world: World, node: str, cluster: str, change: Callable[[Instance], Instance]) -> World:
    """A new world in which one NLB instance of one node is changed."""

    def apply(each: Node) -> Node:
        each.instance(cluster)
        return replace(each, instances=tuple(change(i) if i.cluster == cluster else i for i in each.instances))

    return with_node(world, node, apply)


def with_vm(world: World, name: str, change: Callable[[Vm], Vm]) -> World:
    """A new world in which one VM is changed (moved, its virtual NICs configured otherwise)."""
    return replace(world, vms=changed(world.vms, name, change))


def with_host(world: World, name: str, change: Callable[[Host], Host]) -> World:
    """A new world in which one Hyper-V host is changed."""
    return replace(world, hosts=changed(world.hosts, name, change))


def with_switch(world: World, name: str, change: Callable[[Switch], Switch]) -> World:
    """A new world in which one switch is changed."""
    return replace(world, switches=changed(world.switches, name, change))


def with_gateway(world: World, name: str, change: Callable[[Gateway], Gateway]) -> World:
    """A new world in which one gateway is changed."""
    return replace(world, gateways=changed(world.gateways, name, change))
