"""The named changes that a scenario file may ask for: each makes a new world in which one thing is different.

In a scenario file a change is a table with `do` (the function's name here) and its arguments. Addresses are written
`NETWORK.ROLE` (`web.vip`, `web.nlb2`) or `old` (the primary of a cluster that is long gone), MACs as `unicast web.vip`,
`multicast old`, `igmp web.vip`, `masked nlb1 web.vip`, `foreign-pool` or `appliance`; `*` stands for every node.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Literal

from nlbwiz.lab import build_hosts, build_nodes, formulas, views
from nlbwiz.lab.host_sections import VMMS
from nlbwiz.lab.machines import Address, Event, Instance, Mac, Mode, Node, Vm, VNic
from nlbwiz.lab.network import ArpEntry, Gateway, Group, Stray, Switch
from nlbwiz.lab.node_sections import NETVSC, TCPIP
from nlbwiz.lab.numbering import HYPERV_OUI, Numbering
from nlbwiz.lab.world import World, with_instance, with_node, with_switch, with_vm

APPLIANCE_MAC = b"\x00\x11\x32\x5a\x00\x66"
"""A storage appliance (Synology)."""
START_APART = timedelta(seconds=5)
"""Between two nodes that are started together."""


@dataclass(frozen=True, slots=True)
class Site:
    """A world on its way to a scenario, with the numbering that its roles are resolved by."""

    world: World
    numbering: Numbering

    def at(self, world: World) -> "Site":
        """The same numbering, another world."""
        return Site(world, self.numbering)

    def ip(self, text: str) -> IPv4Address:
        """An address expression. Raises KeyError for an unknown role."""
        if text == "old":
            return self.numbering.old_primary
        network, _, role = text.partition(".")
        return self.numbering.address(network, role)

    def mac(self, text: str) -> Mac:
        """A MAC expression. Raises KeyError or ValueError for what is none."""
        match text.split():
            case ["unicast" | "multicast" | "igmp" as mode, ip]:
                return formulas.cluster_mac(mode, self.ip(ip))
            case ["masked", node, ip]:
                return formulas.masked_mac(self.numbering.node_roles.index(node) + 1, self.ip(ip))
            case ["foreign-pool"]:
                return HYPERV_OUI + self.numbering.foreign_host.packed[2:] + b"\x07"
            case ["appliance"]:
                return APPLIANCE_MAC
        raise ValueError(f"not a MAC expression: {text}")

    def nodes(self, role: str) -> tuple[str, ...]:
        """The names of one node, or of all for `*`."""
        roles = self.numbering.node_roles if role == "*" else (role,)
        return tuple(self.numbering.name(each) for each in roles)


def _on_nodes(site: Site, role: str, change: Callable[[Node], Node]) -> Site:
    """The nodes of a role (or all), changed."""
    world = site.world
    for name in site.nodes(role):
        world = with_node(world, name, change)
    return site.at(world)


def _on_instances(site: Site, role: str, cluster: str, change: Callable[[Instance], Instance]) -> Site:
    """The instances of a role's nodes (or all nodes) in one cluster, changed."""
    world = site.world
    for name in site.nodes(role):
        world = with_instance(world, name, site.numbering.name(cluster), change)
    return site.at(world)


def _log(node: Node, *events: Event) -> Node:
    """The node with more events in its System log."""
    log, *others = node.logs
    return replace(node, logs=(replace(log, events=(*log.events, *events)), *others))


# ---- the network ----


def typed_arp(site: Site, *, ip: str, mac: str | None = None) -> Site:
    """Every gateway holds a typed-in entry for the address with this MAC; without `mac`, none."""
    entry = () if mac is None else (ArpEntry(ip=site.ip(ip), mac=site.mac(mac)),)

    def change(gateway: Gateway) -> Gateway:
        kept = tuple(each for each in gateway.typed if each.ip != site.ip(ip))
        return replace(gateway, typed=(*kept, *entry))

    return site.at(replace(site.world, gateways=tuple(change(each) for each in site.world.gateways)))


def stale_arp(site: Site, *, ip: str, mac: str) -> Site:
    """Every gateway still holds a learned entry from before for the address."""
    entry = ArpEntry(ip=site.ip(ip), mac=site.mac(mac))
    gateways = tuple(replace(each, stale=(*each.stale, entry)) for each in site.world.gateways)
    return site.at(replace(site.world, gateways=gateways))


def stray(site: Site, *, ip: str) -> Site:
    """A machine that nobody listed uses the address, on a port of the first switch."""
    network = ip.partition(".")[0]
    machine = Stray(
        name=site.numbering.name("stray"),
        mac=APPLIANCE_MAC,
        vlan=site.numbering.vlans[network],
        port=(site.numbering.name("sw1"), site.numbering.ports["stray"]),
        ips=(site.ip(ip),),
    )
    return _plugged_in(site, machine)


def bystander(site: Site, *, network: str) -> Site:
    """A machine that has nothing to do with the cluster is in the network, on a port of the first switch."""
    machine = Stray(
        name=site.numbering.name("stray"),
        mac=APPLIANCE_MAC,
        vlan=site.numbering.vlans[network],
        port=(site.numbering.name("sw1"), site.numbering.ports["stray"]),
        ips=(site.numbering.address(network, "stray"),),
    )
    return _plugged_in(site, machine)


def _plugged_in(site: Site, machine: Stray) -> Site:
    """The machine on its port, which is up from then on."""
    name, number = machine.port

    def up(switch: Switch) -> Switch:
        return replace(switch, ports=tuple(replace(p, up=True) if p.number == number else p for p in switch.ports))

    return site.at(with_switch(replace(site.world, strays=(*site.world.strays, machine)), name, up))


def static_group(site: Site, *, cluster: str, ports: Literal["none", "old-hosts"]) -> Site:
    """Every switch's static group of a cluster's MAC is gone, or lists two ports where hosts once were."""
    which = site.world.cluster(site.numbering.name(cluster))
    macs = {views.computed_mac(node.instance(which.name)) for node in site.world.nodes}

    def change(switch: Switch) -> Switch:
        lags = {number for port in switch.ports for number in port.members}
        unused = tuple(p.number for p in switch.ports if not (p.up or p.lag or p.number in lags or len(p.vlans) > 1))[
            :2
        ]
        kept = tuple(group for group in switch.groups if not (group.vlan == which.vlan and group.mac in macs))
        old = tuple(Group(vlan=which.vlan, mac=mac, ports=unused) for mac in sorted(macs))
        return replace(switch, groups=kept if ports == "none" else (*kept, *old))

    return site.at(replace(site.world, switches=tuple(change(each) for each in site.world.switches)))


def multicast(
    site: Site,
    *,
    filtering: bool = True,
    snooping: bool = True,
    lookup: Literal["mac", "ip"] = "mac",
    unregistered: Literal["forward", "drop"] = "forward",
    querier: bool = False,
) -> Site:
    """How every switch handles multicast. `drop`: unregistered multicast is filtered on all of its ports."""

    def change(switch: Switch) -> Switch:
        return replace(
            switch,
            filtering=filtering,
            snooping=snooping,
            lookup=lookup,
            unregistered=tuple(port.number for port in switch.ports) if unregistered == "drop" else (),
            querier=switch.address if querier else None,
        )

    return site.at(replace(site.world, switches=tuple(change(each) for each in site.world.switches)))


def partition(site: Site, *, cluster: str, nodes: list[str]) -> Site:
    """These nodes and the others do not hear each other's heartbeats, and nothing visible says why."""
    names = tuple(site.numbering.name(role) for role in nodes)
    cut = (*site.world.partition, (site.numbering.name(cluster), names))
    return site.at(replace(site.world, partition=cut))


# ---- Hyper-V ----


def spoofing(site: Site, *, node: str, cluster: str, on: bool) -> Site:
    """MAC address spoofing of the nodes' virtual NICs for a cluster."""
    which = site.numbering.name(cluster)
    nodes = [site.world.node(name) for name in site.nodes(node)]
    wanted = {(each.vm, each.nic(each.instance(which).nic).vnic) for each in nodes}

    def change(vm: Vm) -> Vm:
        vnics = (replace(vnic, spoofing=on) if (vm.name, vnic.name) in wanted else vnic for vnic in vm.vnics)
        return replace(vm, vnics=tuple(vnics))

    return site.at(replace(site.world, vms=tuple(change(vm) for vm in site.world.vms)))


def guest_address(site: Site, *, vm: str, ip: str) -> Site:
    """A VM that is no NLB node has the address, on one more virtual NIC in that network."""
    network = ip.partition(".")[0]

    def change(machine: Vm) -> Vm:
        more = VNic(
            name="Network Adapter 2",
            mac=machine.vnics[0].mac[:5] + bytes((machine.vnics[0].mac[5] + 1,)),
            vswitch=build_hosts.VSWITCH,
            vlan=site.numbering.vlans[network],
            ips=(site.ip(ip),),
        )
        return replace(machine, vnics=(*machine.vnics, more))

    return site.at(with_vm(site.world, site.numbering.name(vm).upper(), change))


def moved(site: Site, *, node: str, host: str, minutes_ago: float) -> Site:
    """The nodes were live-migrated to a host, unless they are there; both hosts and the guests have logged it.

    Events: 20415 (VM name, its id, blackout in s; the order of the inserts is UNCONFIRMED), Netvsc 14.
    """
    world = site.world
    at = world.now - timedelta(minutes=minutes_ago)
    target = world.host(site.numbering.name(host))
    guests = {world.node(name).vm for name in site.nodes(node)}
    movers = {vm.name: vm for vm in world.vms if vm.name in guests and vm.host != target.name}
    done = {vm.name: Event(provider=VMMS, id=20415, at=at, inserts=(vm.name, vm.id.upper(), "0.8")) for vm in world.vms}

    def witness(name: str) -> tuple[Event, ...]:
        return tuple(done[vm.name] for vm in movers.values() if name in (vm.host, target.name))

    hosts = []
    for each in world.hosts:
        log, *others = each.logs
        hosts.append(replace(each, logs=(replace(log, events=(*log.events, *witness(each.name))), *others)))
    nodes = []
    for guest in world.nodes:
        if guest.vm in movers:
            seen = tuple(Event(provider=NETVSC, id=14, at=at, inserts=(nic.name, "")) for nic in guest.nics)
            nodes.append(_log(replace(guest, kvp_host=target.computer), *seen))
        else:
            nodes.append(guest)
    vms = tuple(replace(vm, host=target.name) if vm.name in movers else vm for vm in world.vms)
    return site.at(replace(world, hosts=tuple(hosts), nodes=tuple(nodes), vms=vms))


def aged_uplinks(site: Site) -> Site:
    """All that the switches had learned on the hosts' second cables has aged out."""
    hosts = tuple(
        replace(host, pnics=(host.pnics[0], *(replace(pnic, seen=False) for pnic in host.pnics[1:])))
        for host in site.world.hosts
    )
    return site.at(replace(site.world, hosts=hosts))


# ---- the nodes ----


def mode(site: Site, *, node: str, cluster: str, to: Mode) -> Site:
    """The nodes run another mode than the rest of the cluster."""
    return _on_instances(site, node, cluster, lambda one: replace(one, mode=to))


def driver_mac(site: Site, *, node: str, cluster: str, mac: str) -> Site:
    """The nodes' NLB driver holds another cluster MAC than mode and primary give; the NIC has kept the right one."""
    held = site.mac(mac)
    return _on_instances(site, node, cluster, lambda one: replace(one, driver_mac=held))


def unmasked(site: Site, *, node: str, cluster: str) -> Site:
    """The nodes send with the cluster's own MAC (MaskSourceMAC 0)."""
    return _on_instances(site, node, cluster, lambda one: replace(one, masked=False))


def arp_retry_count(site: Site, *, node: str, value: int) -> Site:
    """ArpRetryCount is set in the nodes' registry."""
    return _on_nodes(site, node, lambda one: replace(one, arp_retry_count=value))


def lost_address(site: Site, *, node: str, ip: str) -> Site:
    """The address is gone from the nodes' active store; the persistent store still has it."""
    gone = site.ip(ip)

    def lose(address: Address) -> Address:
        return replace(address, state=None) if address.ip == gone else address

    def change(one: Node) -> Node:
        nics = (replace(nic, addresses=tuple(lose(each) for each in nic.addresses)) for nic in one.nics)
        return replace(one, nics=tuple(nics))

    return _on_nodes(site, node, change)


def conflict(site: Site, *, node: str, ip: str, mac: str, minutes_ago: float, event: int = 4199) -> Site:
    """Tcpip has logged an address conflict on the nodes (inserts: device, %2 address, %3 MAC; SCOM's rule for 4199)."""
    at = site.world.now - timedelta(minutes=minutes_ago)
    inserts = ("", str(site.ip(ip)), formulas.dashes(site.mac(mac)))
    logged = Event(provider=TCPIP, id=event, at=at, inserts=inserts)
    return _on_nodes(site, node, lambda one: _log(one, logged))


def reconfigured(site: Site, *, cluster: str, minutes_ago: float) -> Site:
    """All nodes of a cluster have reloaded their parameters (event 36) and converged anew."""
    at = site.world.now - timedelta(minutes=minutes_ago)
    settled = at + build_nodes.SETTLE
    which = site.world.cluster(site.numbering.name(cluster))
    steps = build_nodes.history(settled)

    def change(one: Node) -> Node:
        own = one.instance(which.name)
        return _log(
            one,
            build_nodes.nlb_event(36, at, str(which.primary)),
            build_nodes.converged(settled, which, own.priority, len(which.nodes)),
        )

    converged = _on_instances(site, "*", cluster, lambda one: replace(one, history=(*one.history, *steps)))
    return _on_nodes(converged, "*", change)


def started(site: Site, *, minutes_ago: float) -> Site:
    """All nodes were started together, 5 s after one another, the last one that long ago; nothing older is logged."""
    world = site.world
    last = world.now - timedelta(minutes=minutes_ago)
    settled = last + build_nodes.SETTLE
    steps = build_nodes.history(settled)
    names = [node.name for node in world.nodes]

    def change(one: Node) -> Node:
        own = [(each.priority, world.cluster(each.cluster)) for each in one.instances]
        events = tuple(build_nodes.converged(settled, cluster, place, len(names)) for place, cluster in own)
        return replace(
            one,
            boot=last - (len(names) - 1 - names.index(one.name)) * START_APART,
            instances=tuple(replace(each, history=steps) for each in one.instances),
            logs=(replace(one.logs[0], events=events), *one.logs[1:]),
        )

    return _on_nodes(site, "*", change)


def restarted(site: Site, *, minutes_ago: float) -> Site:
    """All nodes were restarted one after another, 5 s apart, the last one that long ago; their logs go on."""
    before = site.world.nodes
    again = started(site, minutes_ago=minutes_ago).world.nodes

    def log_on(was: Node, now: Node) -> Node:
        events = tuple(event for event in now.logs[0].events if event not in was.logs[0].events)
        return _log(replace(now, logs=was.logs), *events)

    return site.at(replace(site.world, nodes=tuple(map(log_on, before, again))))


CHANGES: dict[str, Callable[..., Site]] = {
    change.__name__: change
    for change in (
        typed_arp,
        stale_arp,
        stray,
        bystander,
        static_group,
        multicast,
        partition,
        spoofing,
        guest_address,
        moved,
        aged_uplinks,
        mode,
        driver_mac,
        unmasked,
        arp_retry_count,
        lost_address,
        conflict,
        reconfigured,
        started,
        restarted,
    )
}
"""By the name that a scenario file's `do` gives."""
