"""What the stub modules of a simulated Hyper-V host read: VMs, virtual NICs, vSwitches, teams, adapters, cluster groups.

The names are those of the cmdlets' properties (Hyper-V, NetLbfo, NetAdapter, FailoverClusters modules), the values are
JSON-ready.
"""

from nlbwiz.lab import arp, formulas, views
from nlbwiz.lab.machines import Host, PNic, Team, Vm, VNic
from nlbwiz.lab.stub_common import SERVICES, Values, neighbor, unreachable, windows
from nlbwiz.lab.world import World

LOGS = ("System", "Microsoft-Windows-Hyper-V-VMMS-Admin")
SET_SINCE = (10, 0)
"""Windows version from which on a vSwitch has EmbeddedTeamingEnabled (Server 2016)."""


def machine(world: World, host: Host) -> Values:
    """Everything of a host."""
    low, high = host.pool
    mine = [vm for vm in world.vms if vm.host == host.name]
    return {
        **windows(world, host, LOGS),
        "registry": {f"{SERVICES}\\ClusSvc": {"Start": 2}},
        "vmhost": {
            "Domain": host.domain,
            "MacAddressMinimum": formulas.bare(low),
            "MacAddressMaximum": formulas.bare(high),
            "VirtualMachineMigrationEnabled": host.migration_enabled,
            "MaximumVirtualMachineMigrations": host.max_migrations,
        },
        "vms": [
            {
                "Name": vm.name,
                "Id": vm.id,
                "State": vm.state,
                "OperationalStatus": list(vm.operational),
                "IsClustered": vm.clustered,
            }
            for vm in mine
        ],
        "vnics": [
            *(_vnic(vm, vnic, [str(ip) for ip in views.vnic_ips(world, vm, vnic)]) for vm in mine for vnic in vm.vnics),
            *(_vnic(None, vnic, []) for vnic in host.vnics),
        ],
        "vswitches": _vswitches(host),
        "teams": [_team(host, team) for team in host.teams],
        "adapters": [*map(_pnic, host.pnics), *(_team_nic(host, team) for team in host.teams), _own_nic(host)],
        "neighbors": [*map(neighbor, arp.host_neighbors(world, host)), unreachable(host.vnic_index)],
        "groups": [
            {"Name": "Cluster Group", "OwnerNode": host.computer, "State": 0, "GroupType": 1},
            *(
                {"Name": vm.name, "OwnerNode": world.host(vm.host).computer, "State": 0, "GroupType": 111}
                for vm in sorted(world.vms, key=lambda vm: vm.name)
                if vm.clustered
            ),
        ],
    }


def _vnic(vm: Vm | None, vnic: VNic, ips: list[str]) -> Values:
    return {
        "VMName": vm.name if vm else None,
        "VMId": vm.id if vm else None,
        "Name": vnic.name,
        "MacAddress": formulas.bare(vnic.mac),
        "DynamicMacAddressEnabled": vnic.dynamic,
        "MacAddressSpoofing": "On" if vnic.spoofing else "Off",
        "AllowTeaming": "On" if vnic.teaming else "Off",
        "SwitchName": vnic.vswitch,
        "Connected": vnic.vswitch is not None,
        "Status": [2],
        "IPAddresses": ips,
        "OperationMode": "Access" if vnic.vlan else "Untagged",
        "AccessVlanId": vnic.vlan,
        "CurrentIsolationMode": vnic.isolation,
        "VFDataPathActive": vnic.sriov,
    }


def _vswitches(host: Host) -> list[Values]:
    rows = []
    modern = tuple(int(part) for part in host.version.split(".")[:2]) >= SET_SINCE
    for vswitch in host.vswitches:
        team = host.team(vswitch.uplinks[0])
        members = [] if team else [host.pnic(name).description for name in vswitch.uplinks]
        single = "Teamed-Interface" if vswitch.embedded else (team.description if team else members[0])
        rows.append(
            {
                "Name": vswitch.name,
                "Id": vswitch.id,
                "SwitchType": "External",
                "AllowManagementOS": any(vnic.vswitch == vswitch.name for vnic in host.vnics),
                "NetAdapterInterfaceDescription": single,
                "EmbeddedTeamingEnabled": vswitch.embedded if modern else None,
                "TeamMembers": members,
                "LoadBalancingAlgorithm": vswitch.balancing,
            }
        )
    return rows


def _team(host: Host, team: Team) -> Values:
    return {
        "Name": team.name,
        "TeamingMode": team.mode,
        "LoadBalancingAlgorithm": team.balancing,
        "Status": team.status,
        "TeamNic": {"Name": team.name, "InterfaceDescription": team.description},
        "Members": [
            {
                "Name": name,
                "InterfaceDescription": host.pnic(name).description,
                "AdministrativeMode": int(name in team.standby),
                "OperationalMode": int(name in team.standby),
            }
            for name in team.members
        ],
    }


def _pnic(pnic: PNic) -> Values:
    return {
        "Name": pnic.name,
        "InterfaceDescription": pnic.description,
        "InterfaceGuid": pnic.guid,
        "InterfaceIndex": pnic.index,
        "MacAddress": formulas.dashes(pnic.mac),
        "PermanentAddress": formulas.bare(pnic.mac),
        "Status": pnic.status,
        "ConnectorPresent": True,
        "Speed": pnic.speed,
        "DriverVersion": pnic.driver_version,
        "DriverDate": pnic.driver_date,
        "DriverProvider": pnic.driver_provider,
    }


def _team_nic(host: Host, team: Team) -> Values:
    members = [host.pnic(name) for name in team.members]
    return _software(
        host,
        name=team.name,
        description=team.description,
        guid=team.guid,
        index=team.index,
        mac=members[0].mac,
        speed=sum(pnic.speed for pnic in members),
    )


def _own_nic(host: Host) -> Values:
    vnic = host.vnics[0]
    return _software(
        host,
        name=f"vEthernet ({vnic.name})",
        description="Hyper-V Virtual Ethernet Adapter",
        guid=host.vnic_guid,
        index=host.vnic_index,
        mac=vnic.mac,
        speed=10_000_000_000,
    )


def _software(host: Host, *, name: str, description: str, guid: str, index: int, mac: bytes, speed: int) -> Values:
    """An adapter that is none of metal."""
    return {
        "Name": name,
        "InterfaceDescription": description,
        "InterfaceGuid": guid,
        "InterfaceIndex": index,
        "MacAddress": formulas.dashes(mac),
        "PermanentAddress": formulas.bare(mac),
        "Status": "Up",
        "ConnectorPresent": False,
        "Speed": speed,
        "DriverVersion": f"{host.version}.0",
        "DriverDate": "2006-06-21",
        "DriverProvider": "Microsoft",
    }
