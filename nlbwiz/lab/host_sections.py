"""What the sections of `ask/host.ps1` answer on a simulated Hyper-V host: the records, JSON-ready, field by field.

The lab's own idea of the contract. Integers are those of the Hyper-V module's enums, where OnOffState is On = 0 and
Off = 1, and of MSFT_NetLbfoTeam and MSFT_NetLbfoTeamMember.
"""

from collections.abc import Callable, Iterator
from typing import Any

from nlbwiz.lab import arp, formulas, views
from nlbwiz.lab.machines import Host, Mac, Team, Vm, VNic, VSwitch
from nlbwiz.lab.node_sections import event_log, moment
from nlbwiz.lab.world import World

Record = dict[str, Any]
VMMS = "Microsoft-Windows-Hyper-V-VMMS"
VMMS_LOG = "Microsoft-Windows-Hyper-V-VMMS-Admin"
LBFO = "Microsoft-Windows-MsLbfoSysEvtProvider"
LOGS = (
    (VMMS_LOG, VMMS, (20415, 20417)),
    ("System", LBFO, (16945, 16946, 16947, 16948, 16949, 16950)),
)
"""What section `migrations` asks for: live migrations that completed, and what LBFO teams went through."""
EXTERNAL = 2
ACCESS = 1
OK = 2
ACTIVE = 0
STANDBY = 1


def on_off(value: bool) -> int:
    """OnOffState: On 0, Off 1."""
    return 0 if value else 1


def hypervisor(world: World, host: Host) -> Iterator[Record]:
    """Section `hypervisor`: Get-VMHost and Win32_OperatingSystem."""
    low, high = host.pool
    yield {
        "computer": host.computer,
        "domain": host.domain,
        "caption": host.caption,
        "version": host.version,
        "boot": moment(host.boot),
        "clock": moment(world.now),
        "pool_low": formulas.bare(low),
        "pool_high": formulas.bare(high),
        "migration_enabled": host.migration_enabled,
        "max_migrations": host.max_migrations,
    }


def _vms(world: World, host: Host) -> Iterator[Vm]:
    """A host lists the VMs registered on it, no others."""
    return (vm for vm in world.vms if vm.host == host.name)


def vms(world: World, host: Host) -> Iterator[Record]:
    """Section `vms`: Get-VM."""
    for vm in _vms(world, host):
        yield {
            "name": vm.name,
            "id": vm.id,
            "state": vm.state,
            "operational": list(vm.operational),
            "clustered": vm.clustered,
        }


def vnics(world: World, host: Host) -> Iterator[Record]:
    """Section `vnics`: Get-VMNetworkAdapter -All; the VMs' first, then the host's own.

    A host's own (VMInternalNetworkAdapter) has no DynamicMacAddressEnabled, no VFDataPathActive, no IPAddresses.
    """
    for vm in _vms(world, host):
        for vnic in vm.vnics:
            ips = [str(ip) for ip in views.vnic_ips(world, vm, vnic)]
            yield _vnic(vm.name, vm.id, vnic, ips)
    for vnic in host.vnics:
        yield _vnic(None, None, vnic, [])


def _vnic(vm: str | None, vm_id: str | None, vnic: VNic, ips: list[str]) -> Record:
    return {
        "vm": vm,
        "vm_id": vm_id,
        "name": vnic.name,
        "mac": formulas.bare(vnic.mac),
        "dynamic": vnic.dynamic and vm is not None,
        "spoofing": on_off(vnic.spoofing),
        "teaming": on_off(vnic.teaming),
        "switch": vnic.vswitch,
        "connected": vnic.vswitch is not None,
        "status": [OK],
        "ips": ips,
        "vlan_mode": ACCESS if vnic.vlan else 0,
        "vlan": vnic.vlan,
        "isolation": vnic.isolation,
        "sriov": None if vm is None else vnic.sriov,
    }


def vswitches(world: World, host: Host) -> Iterator[Record]:
    """Section `vswitches`: Get-VMSwitch, and Get-VMSwitchTeam for SET."""
    for vswitch in host.vswitches:
        yield {
            "name": vswitch.name,
            "id": vswitch.id,
            "type": EXTERNAL,
            "management": any(vnic.vswitch == vswitch.name for vnic in host.vnics),
            "uplinks": _descriptions(host, vswitch),
            "embedded": vswitch.embedded,
            "mode": 1 if vswitch.embedded else None,
            "balancing": vswitch.balancing if vswitch.embedded else None,
        }


def _descriptions(host: Host, vswitch: VSwitch) -> list[str]:
    team = host.team(vswitch.uplinks[0])
    return [team.description] if team else [host.pnic(name).description for name in vswitch.uplinks]


def teams(world: World, host: Host) -> Iterator[Record]:
    """Section `teams`: Get-NetLbfoTeam with its members and team NICs."""
    for team in host.teams:
        yield {
            "name": team.name,
            "mode": team.mode,
            "balancing": team.balancing,
            "status": team.status,
            "members": [_member(host, team, name) for name in team.members],
            "nics": [team.description],
        }


def _member(host: Host, team: Team, name: str) -> Record:
    mode = STANDBY if name in team.standby else ACTIVE
    return {"name": name, "description": host.pnic(name).description, "admin": mode, "operational": mode}


def uplinks(world: World, host: Host) -> Iterator[Record]:
    """Section `uplinks`: Get-NetAdapter; physical NICs, then team NICs, then the host's own virtual NIC."""
    for pnic in host.pnics:
        yield {
            "name": pnic.name,
            "description": pnic.description,
            "guid": pnic.guid,
            "index": pnic.index,
            "mac": formulas.dashes(pnic.mac),
            "permanent": formulas.bare(pnic.mac),
            "status": pnic.status,
            "physical": True,
            "speed": pnic.speed,
            "driver_version": pnic.driver_version,
            "driver_date": pnic.driver_date,
            "driver_provider": pnic.driver_provider,
        }
    for team in host.teams:
        members = [host.pnic(name) for name in team.members]
        speed = sum(pnic.speed for pnic in members)
        yield _software(host, team.name, team.description, team.guid, team.index, members[0].mac, speed)
    vnic = host.vnics[0]
    name = f"vEthernet ({vnic.name})"
    adapter = "Hyper-V Virtual Ethernet Adapter"
    yield _software(host, name, adapter, host.vnic_guid, host.vnic_index, vnic.mac, 10_000_000_000)


def _software(host: Host, name: str, description: str, guid: str, index: int, mac: Mac, speed: int) -> Record:
    return {
        "name": name,
        "description": description,
        "guid": guid,
        "index": index,
        "mac": formulas.dashes(mac),
        "permanent": formulas.bare(mac),
        "status": "Up",
        "physical": False,
        "speed": speed,
        "driver_version": host.version + ".0",
        "driver_date": "2006-06-21",
        "driver_provider": "Microsoft",
    }


def host_neighbors(world: World, host: Host) -> Iterator[Record]:
    """Section `host-neighbors`: Get-NetNeighbor."""
    for row in arp.host_neighbors(world, host):
        yield {"ip": str(row.ip), "mac": formulas.dashes(row.mac), "index": row.index, "state": row.state}


def migrations(world: World, host: Host) -> Iterator[Record]:
    """Section `migrations`."""
    for name, provider, ids in LOGS:
        yield event_log(host.logs, name, provider, ids)


def failover(world: World, host: Host) -> Iterator[Record]:
    """Section `failover`: Get-ClusterGroup; every node of a failover cluster lists all its groups."""
    for vm in sorted(world.vms, key=lambda vm: vm.name):
        if vm.clustered:
            owner = world.host(vm.host).computer
            yield {"name": vm.name, "owner": owner, "state": 0, "anti_affinity": list[str]()}


SECTIONS: dict[str, Callable[[World, Host], Iterator[Record]]] = {
    "hypervisor": hypervisor,
    "vms": vms,
    "vnics": vnics,
    "vswitches": vswitches,
    "teams": teams,
    "uplinks": uplinks,
    "host-neighbors": host_neighbors,
    "migrations": migrations,
    "failover": failover,
}
"""In the order in which the script runs them."""
