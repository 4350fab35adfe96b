"""What the stub modules of every simulated Windows machine read: clock, operating system, event logs, neighbours.

The names are those of the cmdlets' and WMI classes' properties, the values are JSON-ready.
"""

from typing import Any

from nlbwiz.lab import arp, formulas
from nlbwiz.lab.machines import Host, Log, Node
from nlbwiz.lab.node_sections import moment
from nlbwiz.lab.world import World

Values = dict[str, Any]
SERVICES = "HKLM:\\SYSTEM\\CurrentControlSet\\Services"
PROVIDERS = (
    "Tcpip",
    "Microsoft-Windows-Hyper-V-Netvsc",
    "Microsoft-Windows-Hyper-V-VMMS",
    "Microsoft-Windows-MsLbfoSysEvtProvider",
)
"""Event providers that are registered on every machine; NLB's own comes with NLB."""


def windows(world: World, machine: Node | Host, logs: tuple[str, ...]) -> Values:
    """What every Windows machine has: clock, operating system, and these event logs, even if nothing is in them."""
    written = {log.name: log for log in machine.logs}
    system = {"Caption": machine.caption, "Version": machine.version, "LastBootUpTime": moment(machine.boot)}
    domain = {"Domain": machine.domain, "PartOfDomain": True, "Name": machine.computer}
    return {
        "now": moment(world.now),
        "cim": {"root\\cimv2": {"Win32_OperatingSystem": [system], "Win32_ComputerSystem": [domain]}},
        "logs": {name: _log(written.get(name)) for name in logs},
        "providers": [*PROVIDERS],
    }


def _log(log: Log | None) -> Values:
    """A log's records; the oldest one is of a provider that nobody asks for."""
    if log is None:
        return {"events": []}
    oldest = [{"provider": "EventLog", "id": 6005, "at": moment(log.oldest), "inserts": []}] if log.oldest else []
    events = [
        {"provider": event.provider, "id": event.id, "at": moment(event.at), "inserts": list(event.inserts)}
        for event in log.events
    ]
    return {"events": [*oldest, *events]}


def neighbor(row: arp.CacheRow) -> Values:
    """A row of Get-NetNeighbor."""
    mac = formulas.dashes(row.mac)
    return {"IPAddress": str(row.ip), "LinkLayerAddress": mac, "InterfaceIndex": row.index, "State": row.state}


def unreachable(index: int) -> Values:
    """A row that every neighbour cache has some of, and no ask wants."""
    mac = "00-00-00-00-00-00"
    return {"IPAddress": "192.0.2.99", "LinkLayerAddress": mac, "InterfaceIndex": index, "State": "Unreachable"}
