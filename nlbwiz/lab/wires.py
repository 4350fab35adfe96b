"""Which port of which bridge a cable leads to: the site's topology, as every other computation of the lab sees it."""

from nlbwiz.lab.machines import Host
from nlbwiz.lab.network import Gateway, Port, Switch
from nlbwiz.lab.world import World


def bridge_port(bridge: Switch | Gateway, number: int) -> Port:
    """The bridge port that a physical port belongs to: its LAG, or itself. Raises KeyError."""
    for port in bridge.ports:
        if number in port.members:
            return port
    for port in bridge.ports:
        if port.number == number:
            return port
    raise KeyError(number)


def towards(world: World, bridge: Switch | Gateway, other: str, number: int) -> Port | None:
    """The bridge port on which one bridge sees what hangs on port `number` of another (or on its own); None: no way."""
    if other == bridge.name:
        return bridge_port(bridge, number)
    bridges = {each.name: each for each in world.bridges()}
    seen = {bridge.name}
    edge = [(port, port.link[0]) for port in bridge.ports if port.link is not None]
    while edge:
        first, name = edge.pop(0)
        if name == other:
            return bridge_port(bridge, first.number)
        if name not in seen:
            seen.add(name)
            edge += [(first, port.link[0]) for port in bridges[name].ports if port.link is not None]
    return None


def cables(world: World, host: Host) -> tuple[tuple[str, int], ...]:
    """The bridge ports that a host hangs on: (bridge, base port number), a LAG once."""
    bridges = {each.name: each for each in world.bridges()}
    found = (pnic.port for pnic in host.pnics if pnic.port is not None)
    return tuple(dict.fromkeys((name, bridge_port(bridges[name], number).number) for name, number in found))
