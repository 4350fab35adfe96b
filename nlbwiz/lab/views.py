"""What follows from a world's state inside the guests: the MAC a NIC shows, who hears whom, a node's cluster state.

Sources: KB 4494444 and KB 193601 (unicast replaces the NIC's address and masks the source), MS WlbsProv
(MicrosoftNLB_Node.StatusCode), KB 812870 and KB 197863 (what each host of a split cluster says of itself).
"""

from ipaddress import IPv4Address, IPv4Network

from nlbwiz.lab import formulas, frames
from nlbwiz.lab.machines import Instance, Mac, Nic, Node, Vm, VNic
from nlbwiz.lab.wires import cables
from nlbwiz.lab.world import World

NO_GROUP = "0.0.0.0"  # noqa: S104 (the value that NLB holds for "no group", nothing is bound to it)
CONVERGED = 1007
DEFAULT = 1008
STATE_TEXT = {
    1003: "Misconfigured",
    1005: "Stopped",
    1006: "Converging",
    1007: "Converged",
    1008: "Converged(default)",
    1009: "Draining",
    1013: "Suspended",
}
"""MicrosoftNLB_Node.StatusCode -> Get-NlbClusterNode State. The texts of 1003 and 1009 are UNCONFIRMED."""


def computed_mac(instance: Instance) -> Mac:
    """The cluster MAC that an instance's own mode and primary give."""
    return formulas.cluster_mac(instance.mode, instance.primary)


def driver_mac(instance: Instance) -> Mac:
    """The cluster MAC that the running NLB driver holds."""
    return instance.driver_mac or computed_mac(instance)


def reported_mac(instance: Instance) -> Mac:
    """The cluster MAC in WMI (ClusterMACAddress) and in the registry (ClusterNetworkAddress)."""
    return instance.reported_mac or computed_mac(instance)


def group_text(instance: Instance) -> str:
    """MulticastIPAddress as WMI and the registry hold it: the group in IGMP mode, else 0.0.0.0."""
    return str(formulas.igmp_group(instance.primary)) if instance.mode == "igmp" else NO_GROUP


def mask(prefix: int) -> str:
    """The dotted mask of a prefix length."""
    return str(IPv4Network((0, prefix)).netmask)


def bound(node: Node, nic: Nic) -> Instance | None:
    """The NLB instance that is bound to a NIC, or None."""
    return next((instance for instance in node.instances if instance.nic == nic.name), None)


def permanent_mac(world: World, node: Node, nic: Nic) -> Mac:
    """The NIC's permanent address: its virtual NIC's MAC."""
    return world.vm(node.vm).vnic(nic.vnic).mac


def nic_mac(world: World, node: Node, nic: Nic) -> Mac:
    """The address the NIC shows inside the guest: in unicast mode the cluster MAC, else the virtual NIC's own."""
    instance = bound(node, nic)
    if instance is not None and instance.mode == "unicast":
        return computed_mac(instance)
    return permanent_mac(world, node, nic)


def node_of(world: World, vm: Vm) -> Node | None:
    """The NLB node that runs in a VM, or None."""
    return next((node for node in world.nodes if node.vm == vm.name), None)


def nic_of(node: Node, vnic: VNic) -> Nic:
    """The guest's NIC that is this virtual NIC. Raises KeyError."""
    for nic in node.nics:
        if nic.vnic == vnic.name:
            return nic
    raise KeyError(vnic.name)


def live(nic: Nic) -> tuple[IPv4Address, ...]:
    """The addresses that TCP/IP answers for on a NIC: those Preferred or Deprecated in the active store."""
    return tuple(each.ip for each in nic.addresses if each.state in ("Preferred", "Deprecated"))


def vnic_ips(world: World, vm: Vm, vnic: VNic) -> tuple[IPv4Address, ...]:
    """What Get-VMNetworkAdapter shows as IPAddresses: every address in use in the guest on this virtual NIC."""
    node = node_of(world, vm)
    return vnic.ips if node is None else live(nic_of(node, vnic))


def sends(world: World, node: Node, instance: Instance) -> bool:
    """Whether the instance's frames leave its host. A unicast node's source is not the virtual NIC's MAC, so without
    MAC spoofing the vSwitch drops everything it sends (KB 4494444).
    """
    vnic = world.vm(node.vm).vnic(node.nic(instance.nic).vnic)
    return vnic.vswitch is not None and (instance.mode != "unicast" or vnic.spoofing)


def members(world: World, node: Node, cluster: str) -> tuple[int, ...]:
    """The host priorities that a running node counts as members, its own included, in rising order.

    Two nodes are members of one cluster when they hear each other: both run, share primary and mode (the heartbeats of
    unicast and of the multicast modes go to different MACs; inference), both send, the switches bring the heartbeats to
    the other's host, and no partition is between them.
    """
    own = node.instance(cluster)
    cut = {name for which, names in world.partition if which == cluster for name in names}
    found = {own.priority}
    for peer in world.nodes:
        other = next((each for each in peer.instances if each.cluster == cluster), None)
        if other is None or peer is node or other.code is not None:
            continue
        alike = (other.primary, other.mode) == (own.primary, own.mode)
        heard = sends(world, node, own) and sends(world, peer, other) and (peer.name in cut) == (node.name in cut)
        heard = heard and _hears(world, node, own, peer)
        if alike and heard:
            found.add(other.priority)
    return tuple(sorted(found))


def _hears(world: World, node: Node, own: Instance, peer: Node) -> bool:
    """Whether the switches bring a peer's heartbeats to the node's host: broadcast in unicast, else to the cluster MAC."""
    here, there = (world.host(world.vm(one.vm).host) for one in (node, peer))
    places = cables(world, here)
    if here is there or not places:
        return True
    vlan = world.vm(node.vm).vnic(node.nic(own.nic).vnic).vlan
    to = frames.BROADCAST if own.mode == "unicast" else computed_mac(own)
    where = frames.leaves(world, vlan, to, ip=False)
    return any(frames.reached(world, start, where) & set(places) for start in cables(world, there))


def state(world: World, node: Node, cluster: str) -> int:
    """MicrosoftNLB_Node.StatusCode of a node in a cluster: 1008 for the lowest priority number that it can hear."""
    own = node.instance(cluster)
    if own.code is not None:
        return own.code
    return DEFAULT if own.priority == members(world, node, cluster)[0] else CONVERGED


def answers(world: World, vlan: int) -> dict[IPv4Address, tuple[Mac, ...]]:
    """Every address in use in a VLAN and the MACs that answer ARP for it, in the order in which the answers arrive.

    NLB answers for all addresses of its NIC; every node of a cluster answers alike. A machine that nobody listed
    answers after the cluster does, so that a neighbour cache ends up with its MAC.
    """
    found: dict[IPv4Address, list[Mac]] = {}

    def add(ip: IPv4Address, mac: Mac) -> None:
        macs = found.setdefault(ip, [])
        if mac not in macs:
            macs.append(mac)

    for gateway in world.gateways:
        for svi in gateway.svis:
            if svi.vlan == vlan:
                add(svi.interface.ip, svi.mac)
    for switch in world.switches:
        if switch.vlan == vlan:
            add(switch.address, switch.mac)
    for host in world.hosts:
        if host.vnics[0].vlan == vlan:
            add(host.address, host.vnics[0].mac)
    for _, interface, jump_vlan in world.jump.devices:
        if jump_vlan == vlan:
            add(interface.ip, world.jump.mac)
    for vm in world.vms:
        node = node_of(world, vm)
        for vnic in vm.vnics:
            if vnic.vlan != vlan or vnic.vswitch is None or node is None:
                continue
            nic = nic_of(node, vnic)
            instance = bound(node, nic)
            if instance is not None and not sends(world, node, instance):
                continue
            for ip in live(nic):
                virtual = instance is not None and ip in instance.vips
                add(ip, computed_mac(instance) if instance is not None and virtual else nic_mac(world, node, nic))
    for vm in world.vms:
        if node_of(world, vm) is None:
            for vnic in vm.vnics:
                if vnic.vlan == vlan and vnic.vswitch is not None:
                    for ip in vnic.ips:
                        add(ip, vnic.mac)
    for stray in world.strays:
        if stray.vlan == vlan:
            for ip in stray.ips:
                add(ip, stray.mac)
    return {ip: tuple(macs) for ip, macs in found.items()}
