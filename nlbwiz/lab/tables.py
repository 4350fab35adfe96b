"""What the SNMP agents of a simulated site answer: every table of every switch and gateway, from the world."""

from nlbwiz.lab import tables_gateway, tables_switch
from nlbwiz.lab.oids import Oid
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.tables_common import Row
from nlbwiz.lab.world import World


def tables(world: World, device: str) -> dict[str, list[Row]]:
    """Context -> rows `(OID with index, value)`, sorted: "" is the default, "10" VLAN 10 of a Catalyst.

    A value that moves (sysUpTime, counters) is a function. Raises KeyError for a name that is no switch or gateway.
    """
    if any(switch.name == device for switch in world.switches):
        found = {"": list(tables_switch.rows(world, world.switch(device)))}
    else:
        found = tables_gateway.contexts(world, world.gateway(device))
    return {context: sorted(rows, key=lambda row: row[0]) for context, rows in found.items()}


def objects(world: World, device: str) -> tuple[Oid, ...]:
    """What the device's agent implements at all, in every context. Raises KeyError."""
    if any(switch.name == device for switch in world.switches):
        return tables_switch.OBJECTS
    world.gateway(device)
    return tables_gateway.OBJECTS


def agent_tables(world: World, device: str) -> dict[str, Table]:
    """The same as an agent needs it. Raises KeyError."""
    implemented = objects(world, device)
    return {context: Table(rows, objects=implemented) for context, rows in tables(world, device).items()}
