"""SNMP rows of a simulated Catalyst 3750 with IOS that routes: no Q-BRIDGE, one BRIDGE-MIB context per VLAN, VTP.

Interface numbering as in a recording of a C3750: VLAN interfaces have the VLAN id as ifIndex, GigabitEthernet1/0/n is
10100 + n. The default context shows VLAN 1; VLANs 1002 to 1005 exist, empty. dot1dBasePortIfIndex is per context too.
"""

from collections.abc import Iterator

from nlbwiz.lab import fdb, oids
from nlbwiz.lab.arp import gateway_arp
from nlbwiz.lab.network import Gateway
from nlbwiz.lab.oids import Oid
from nlbwiz.lab.snmp.values import Counter32, Integer32, OctetString, TimeTicks
from nlbwiz.lab.tables_common import (
    DOWN,
    ETHERNET,
    INTERFACE_OBJECTS,
    IP_OBJECTS,
    LLDP_OBJECTS,
    PROP_VIRTUAL,
    SYSTEM_OBJECTS,
    UP,
    Clock,
    Row,
    arp,
    interface,
    lldp,
    own_address,
    port_mac,
    system,
    text,
)
from nlbwiz.lab.traffic import Rates, rates
from nlbwiz.lab.world import World

LAYER_2_AND_3 = 6
DEFAULT_VLAN = 1
RESERVED_VLANS = {1002: "fddi-default", 1003: "token-ring-default", 1004: "fddinet-default", 1005: "trnet-default"}
ROUTED = Rates(in_ucast=400, in_mcast=6, in_bcast=6, out_ucast=400, out_mcast=6, out_bcast=6)
"""A VLAN interface's packets a second."""
OPERATIONAL = 1
ETHERNET_VLAN = 1
VTP_INDEX = 1
"""managementDomainIndex."""

OBJECTS: tuple[Oid, ...] = (
    *SYSTEM_OBJECTS,
    *INTERFACE_OBJECTS,
    *IP_OBJECTS,
    *LLDP_OBJECTS,
    *(oids.BASE_BRIDGE_ADDRESS, oids.BASE_NUM_PORTS, oids.BASE_TYPE, oids.BASE_PORT, oids.BASE_PORT_IF_INDEX),
    *(oids.STP_TIME_SINCE_CHANGE, oids.STP_TOP_CHANGES, oids.TP_AGING_TIME),
    *(oids.TP_FDB_ADDRESS, oids.TP_FDB_PORT, oids.TP_FDB_STATUS, oids.STATIC_ALLOWED, oids.STATIC_STATUS),
    *(oids.VTP_DOMAIN_NAME, oids.VTP_VLAN_STATE, oids.VTP_VLAN_TYPE, oids.VTP_VLAN_NAME, oids.VM_VLAN),
)


def contexts(world: World, gateway: Gateway) -> dict[str, list[Row]]:
    """Context -> rows: "" and every VLAN's id as text."""
    clock = Clock((world.now - gateway.boot).total_seconds())
    everywhere = list(_everywhere(world, gateway, clock))
    vlans = sorted({DEFAULT_VLAN, *RESERVED_VLANS, *(subnet.vlan for subnet in world.subnets)})
    learned = fdb.learned(world, gateway)
    found = {}
    for vlan in vlans:
        rows = [*everywhere, *_bridge(gateway, vlan, clock)]
        for row in learned:
            if row.vlan == vlan:
                end = tuple(row.mac)
                rows.append(((*oids.TP_FDB_ADDRESS, *end), OctetString(row.mac)))
                rows.append(((*oids.TP_FDB_PORT, *end), Integer32(row.port)))
                rows.append(((*oids.TP_FDB_STATUS, *end), Integer32(row.status)))
        found[str(vlan)] = rows
    return {"": found[str(DEFAULT_VLAN)], **found}


def _everywhere(world: World, gateway: Gateway, clock: Clock) -> Iterator[Row]:
    """What is the same in every context."""
    yield from system(gateway, clock, services=LAYER_2_AND_3, forwarding=True)
    carried = rates(world)
    yield (*oids.IF_NUMBER, 0), Integer32(len(gateway.ports) + len({svi.index for svi in gateway.svis}))
    for port in gateway.ports:
        yield from interface(
            port.index,
            name=port.name,
            descr=port.name.replace("Gi", "GigabitEthernet"),
            kind=ETHERNET,
            mac=port_mac(gateway, port),
            oper=UP if port.up else DOWN,
            mbps=port.speed,
            alias=port.alias,
            clock=clock,
            rates=carried[gateway.name, port.number],
        )
        if not port.up:
            yield (*oids.VM_VLAN, port.index), Integer32(port.untagged)
    for svi in gateway.svis:
        yield from own_address(svi.interface, svi.index)
    for svi in {
        each.index: each for each in reversed(gateway.svis)
    }.values():  # a second network of a VLAN is no interface
        yield from interface(
            svi.index,
            name=f"Vl{svi.vlan}",
            descr=f"Vlan{svi.vlan}",
            kind=PROP_VIRTUAL,
            mac=svi.mac,
            oper=UP,
            mbps=1000,
            alias="",
            clock=clock,
            rates=ROUTED,
        )
    yield from arp(gateway_arp(world, gateway))
    yield from lldp(world, gateway)
    yield (*oids.VTP_DOMAIN_NAME, VTP_INDEX), text(gateway.vtp_domain)
    names = {DEFAULT_VLAN: "default", **{subnet.vlan: subnet.name for subnet in world.subnets}, **RESERVED_VLANS}
    for vlan, name in names.items():
        yield (*oids.VTP_VLAN_STATE, VTP_INDEX, vlan), Integer32(OPERATIONAL)
        yield (*oids.VTP_VLAN_TYPE, VTP_INDEX, vlan), Integer32(ETHERNET_VLAN)
        yield (*oids.VTP_VLAN_NAME, VTP_INDEX, vlan), text(name)


def _bridge(gateway: Gateway, vlan: int, clock: Clock) -> Iterator[Row]:
    """BRIDGE-MIB of one VLAN: only its ports."""
    ports = [port for port in gateway.ports if vlan in port.vlans and port.up]
    yield (*oids.BASE_BRIDGE_ADDRESS, 0), OctetString(gateway.mac)
    yield (*oids.BASE_NUM_PORTS, 0), Integer32(len(ports))
    yield (*oids.BASE_TYPE, 0), Integer32(2)
    for port in ports:
        yield (*oids.BASE_PORT, port.number), Integer32(port.number)
        yield (*oids.BASE_PORT_IF_INDEX, port.number), Integer32(port.index)
    yield (*oids.STP_TIME_SINCE_CHANGE, 0), lambda: TimeTicks(max(0, int(clock.seconds() * 100) - 6_000))
    yield (*oids.STP_TOP_CHANGES, 0), Counter32(3)
    yield (*oids.TP_AGING_TIME, 0), Integer32(300)
