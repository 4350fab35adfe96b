"""Forwarding databases, computed: which source MACs every bridge of the world has learned, and on which port.

Which MAC leaves a host on which pNIC follows from its team: Microsoft, "NIC Teaming MAC address use and management"
(switch independent + Dynamic or address hash rewrites the source on members that do not own the VM; HyperVPort, static
and LACP never rewrite; LACP traffic is learned on the LAG).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nlbwiz.lab import formulas, views
from nlbwiz.lab.machines import Host, Mac, VSwitch
from nlbwiz.lab.network import FdbRow, Gateway, Switch
from nlbwiz.lab.wires import bridge_port, towards
from nlbwiz.lab.world import World

SWITCH_INDEPENDENT = 1
HYPERV_PORT = 4
DYNAMIC = 5
FILLER_OUI = b"\x00\x1b\x21"
"""The vendor part of the MACs of machines that only fill a table (Intel)."""


@dataclass(frozen=True, slots=True)
class Station:
    """A source MAC in a VLAN and the bridge port where its frames enter the network."""

    vlan: int
    mac: Mac
    bridge: str
    port: int


def learned(world: World, bridge: Switch | Gateway) -> tuple[FdbRow, ...]:
    """The learned rows of one bridge, sorted by VLAN and MAC, filled up to the switch's `fdb_rows`."""
    rows: dict[tuple[int, Mac], FdbRow] = {}
    own = {bridge.mac} if isinstance(bridge, Switch) else {svi.mac for svi in bridge.svis}
    for station in stations(world):
        if station.mac in own:
            continue
        port = towards(world, bridge, station.bridge, station.port)
        if port is not None and station.vlan in port.vlans:
            rows[station.vlan, station.mac] = FdbRow(vlan=station.vlan, mac=station.mac, port=port.number)
    if isinstance(bridge, Switch):
        for row in bridge.static:
            rows.pop((row.vlan, row.mac), None)
        for row in _filler(bridge, len(rows)):
            rows[row.vlan, row.mac] = row
    return tuple(rows[key] for key in sorted(rows))


def stations(world: World) -> Iterator[Station]:
    """Every source MAC that is on the wire somewhere."""
    for host in world.hosts:
        yield from _host(world, host)
    for _, _, vlan in world.jump.devices:
        yield Station(vlan, world.jump.mac, *world.jump.port)
    for stray in world.strays:
        yield Station(stray.vlan, stray.mac, *stray.port)
    for switch in world.switches:
        for port in switch.ports:
            if port.link is not None:
                yield Station(switch.vlan, switch.mac, *port.link)
    for gateway in world.gateways:
        for port in gateway.ports:
            if port.link is not None:
                for svi in gateway.svis:
                    yield Station(svi.vlan, svi.mac, *port.link)


def _host(world: World, host: Host) -> Iterator[Station]:
    """What leaves a host: its own virtual NICs, its VMs, and under a rewriting team its physical NICs."""
    sources = [(vnic.vswitch, vnic.vlan, vnic.mac) for vnic in host.vnics if vnic.vswitch is not None]
    for vm in world.vms:
        if vm.host != host.name:
            continue
        node = views.node_of(world, vm)
        for vnic in vm.vnics:
            if vnic.vswitch is None:
                continue
            mac = vnic.mac
            if node is not None:
                instance = views.bound(node, views.nic_of(node, vnic))
                if instance is not None and not views.sends(world, node, instance):
                    continue
                if instance is not None and instance.mode == "unicast":
                    masked = formulas.masked_mac(instance.priority, instance.primary)
                    mac = masked if instance.masked else views.computed_mac(instance)
            sources.append((vnic.vswitch, vnic.vlan, mac))
    for position, (name, vlan, mac) in enumerate(sources):
        vswitch = host.vswitch(name)
        members = [member for member in _members(host, vswitch) if host.pnic(member).seen]
        if not members:
            continue
        sender = host.pnic(members[0 if _primary_only(host, vswitch) else position % len(members)])
        if sender.port is not None:
            yield Station(vlan, mac, *sender.port)
    for vswitch in host.vswitches:
        if _rewrites(host, vswitch):
            for vlan in sorted({vlan for name, vlan, _ in sources if name == vswitch.name}):
                for member in _members(host, vswitch):
                    pnic = host.pnic(member)
                    if pnic.port is not None and pnic.seen:
                        yield Station(vlan, pnic.mac, *pnic.port)


def _members(host: Host, vswitch: VSwitch) -> tuple[str, ...]:
    """The physical NICs below a vSwitch that send: team members without those on standby."""
    team = host.team(vswitch.uplinks[0])
    if team is None:
        return vswitch.uplinks
    return tuple(name for name in team.members if name not in team.standby)


def _rewrites(host: Host, vswitch: VSwitch) -> bool:
    """Whether members that do not own a VM send its frames with their own MAC."""
    team = host.team(vswitch.uplinks[0])
    if team is not None:
        return team.mode == SWITCH_INDEPENDENT and team.balancing != HYPERV_PORT and not team.standby
    return vswitch.embedded and vswitch.balancing == DYNAMIC


def _primary_only(host: Host, vswitch: VSwitch) -> bool:
    """Whether every VM's own MAC is on the primary member: switch independent with an address hash."""
    team = host.team(vswitch.uplinks[0])
    return team is not None and team.mode == SWITCH_INDEPENDENT and team.balancing not in (HYPERV_PORT, DYNAMIC)


def _filler(switch: Switch, used: int) -> Iterator[FdbRow]:
    """Rows of other machines, spread over the switch's VLANs, on the ports that lead to other network devices."""
    ways = [port for port in switch.ports if port.link is not None and port.vlans]
    if not ways:
        return
    for number in range(max(0, switch.fdb_rows - used)):
        port = ways[number % len(ways)]
        vlan = port.vlans[number % len(port.vlans)]
        yield FdbRow(
            vlan=vlan, mac=FILLER_OUI + number.to_bytes(3, "big"), port=bridge_port(switch, port.number).number
        )
