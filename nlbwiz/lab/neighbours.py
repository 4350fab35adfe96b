"""The jump host's neighbour table in the form of `ip -j neigh` (iproute2): what the lab writes into a file."""

from typing import Any

from nlbwiz.lab import arp, formulas
from nlbwiz.lab.world import World


def rows(world: World) -> list[dict[str, Any]]:
    """One object per neighbour: `dst`, `dev`, `lladdr` (absent when unresolved), `state` (a list of words).

    Every device has a FAILED row without `lladdr`, and the first one a router's IPv6 row, as real tables do.
    """
    found: list[dict[str, Any]] = [
        {"dst": str(ip), "dev": device, "lladdr": formulas.colons(mac), "state": [state]}
        for device, ip, mac, state in arp.jump_neighbours(world)
    ]
    for device, interface, _ in world.jump.devices:
        unused = interface.network.broadcast_address - 1
        if not any(row["dst"] == str(unused) for row in found):
            found.append({"dst": str(unused), "dev": device, "state": ["FAILED"]})
    device, _, vlan = world.jump.devices[0]
    for gateway in world.gateways[:1]:
        for svi in gateway.svis:
            if svi.vlan == vlan:
                mac = formulas.colons(svi.mac)
                found.append({"dst": "fe80::1", "dev": device, "lladdr": mac, "router": None, "state": ["STALE"]})
    return found
