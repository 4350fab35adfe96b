"""SNMP rows of a simulated PowerConnect 5424: IF, BRIDGE, Q-BRIDGE, LAG, LLDP, and Radlan's multicast switches.

What real Radlan agents do is taken from the Linksys SGE2010 of the same family: base port = ifIndex, LAGs 1000 and up,
dot1qTpFdb by VLAN id, TimeMark 0, no dot1qVlanFdbId, no dot1dTpFdb, PortLists of 128 octets. Whether a 5424 shows a
static group in dot1qStaticMulticastTable or (active) in dot1qTpGroupTable is UNCONFIRMED: the lab fills both. So is
whether it has the objects of newer Radlan images (89.116, 89.117): the lab's does, so that its look-up mode can be read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Interface

from nlbwiz.lab import fdb, oids
from nlbwiz.lab.arp import VLAN_INDEX, switch_arp
from nlbwiz.lab.frames import snooped, static
from nlbwiz.lab.machines import Mac
from nlbwiz.lab.network import FdbRow, Switch
from nlbwiz.lab.oids import Oid
from nlbwiz.lab.snmp.values import Counter32, Gauge32, Integer32, IpAddress, OctetString, TimeTicks
from nlbwiz.lab.tables_common import (
    DOWN,
    ETHERNET,
    INTERFACE_OBJECTS,
    IP_OBJECTS,
    LLDP_OBJECTS,
    NO,
    NOT_PRESENT,
    PROP_VIRTUAL,
    SYSTEM_OBJECTS,
    UP,
    YES,
    Clock,
    Row,
    arp,
    interface,
    lldp,
    own_address,
    port_list,
    port_mac,
    system,
    text,
)
from nlbwiz.lab.traffic import IDLE, rates
from nlbwiz.lab.world import World

LAYER_2 = 2
OCTETS = 128
"""Length of a PortList: base ports 1 to 1024."""
PERMANENT, DYNAMIC_VLAN = 2, 3
KEEPS = 3
"""dot1qStaticMulticastStatus permanent."""
ACTIVE_ROW = 1
IN_SYNC = 0xBC
"""LACP state: active, aggregatable, in sync, collecting, distributing, long timeout."""
NO_PARTNER = 0x46
"""LACP state: aggregatable, short timeout, defaulted."""
LAG_KEY = 1000
NOBODY = b"\x00" * 6
MAC_GROUP, IPV4_GROUP = 1, 2
"""rlBrgMcMngr's VLAN mode: mac-group, ip-group."""
ANY_SOURCE = (0, 0, 0, 0)

OBJECTS: tuple[Oid, ...] = (
    *SYSTEM_OBJECTS,
    *INTERFACE_OBJECTS,
    *IP_OBJECTS,
    *LLDP_OBJECTS,
    *(oids.BASE_BRIDGE_ADDRESS, oids.BASE_NUM_PORTS, oids.BASE_TYPE, oids.BASE_PORT, oids.BASE_PORT_IF_INDEX),
    *(oids.STP_TIME_SINCE_CHANGE, oids.STP_TOP_CHANGES, oids.TP_AGING_TIME),
    *(oids.Q_VERSION, oids.Q_MAX_VLAN_ID, oids.Q_MAX_SUPPORTED, oids.Q_NUM_VLANS, oids.Q_FDB_DYNAMIC_COUNT),
    *(oids.Q_TP_FDB_PORT, oids.Q_TP_FDB_STATUS, oids.Q_TP_GROUP_EGRESS, oids.Q_TP_GROUP_LEARNT),
    *(oids.Q_FORWARD_UNREGISTERED, oids.Q_STATIC_UNICAST_ALLOWED, oids.Q_STATIC_UNICAST_STATUS),
    *(oids.Q_STATIC_MULTICAST_EGRESS, oids.Q_STATIC_MULTICAST_FORBIDDEN, oids.Q_STATIC_MULTICAST_STATUS),
    *(oids.Q_VLAN_CURRENT_EGRESS, oids.Q_VLAN_CURRENT_UNTAGGED, oids.Q_VLAN_STATUS),
    *(oids.Q_VLAN_STATIC_NAME, oids.Q_VLAN_STATIC_EGRESS, oids.Q_VLAN_STATIC_FORBIDDEN),
    *(oids.Q_VLAN_STATIC_UNTAGGED, oids.Q_VLAN_STATIC_ROW_STATUS, oids.Q_PVID),
    *(oids.AGG_ACTOR_KEY, oids.AGG_PARTNER_SYSTEM, oids.AGG_PARTNER_KEY, oids.AGG_PORT_LIST),
    *(oids.AGG_PORT_PARTNER_SYSTEM, oids.AGG_PORT_PARTNER_KEY, oids.AGG_PORT_SELECTED, oids.AGG_PORT_ATTACHED),
    *(oids.AGG_PORT_ACTOR_STATE, oids.AGG_PORT_PARTNER_STATE),
    *(oids.RL_MAC_MULTICAST_ENABLE, oids.RL_IGMP_SNOOP_ENABLE, oids.RL_IGMP_HOST_AGING, oids.RL_IGMP_ROUTER_AGING),
    *(oids.RL_IGMP_VLAN_ENABLE, oids.RL_IGMP_VLAN_HOST_TIMEOUT, oids.RL_QUERIER_ENABLED, oids.RL_QUERIER_ADDRESS),
    *(oids.RL_UNREGISTERED_FILTER, oids.RL_VLAN_MODE, oids.RL_IP_GROUP_EGRESS, oids.RL_IP_GROUP_LEARNT),
    *(oids.RL_STATIC_IP_GROUP_PORTS, oids.RL_STATIC_IP_GROUP_STATUS),
)


def rows(world: World, switch: Switch) -> Iterator[Row]:
    """All rows of one switch's agent; it has one context only."""
    clock = Clock((world.now - switch.boot).total_seconds())
    yield from system(switch, clock, services=LAYER_2, forwarding=False)
    yield from _interfaces(world, switch, clock)
    yield from own_address(IPv4Interface((switch.address, switch.prefix)), VLAN_INDEX + switch.vlan)
    yield from arp(switch_arp(world, switch))
    yield from lldp(world, switch)
    yield from _bridge(switch, clock)
    yield from _forwarding(world, switch)
    yield from _vlans(world, switch)
    yield from _multicast(world, switch)
    yield from _aggregation(world, switch)


def _interfaces(world: World, switch: Switch, clock: Clock) -> Iterator[Row]:
    yield (*oids.IF_NUMBER, 0), Integer32(len(switch.ports) + len(world.subnets) + 1)
    carried = rates(world)
    for port in switch.ports:
        oper = UP if port.up else NOT_PRESENT if port.lag else DOWN
        yield from interface(
            port.index,
            name=port.name,
            descr="Ethernet Interface",
            kind=ETHERNET,
            mac=switch.mac if port.lag else port_mac(switch, port),
            oper=oper,
            mbps=port.speed if port.up else 0,
            alias=port.alias,
            clock=clock,
            rates=carried[switch.name, port.number],
        )
    for vlan in _vlan_ids(world):
        yield from interface(
            VLAN_INDEX + vlan,
            name=str(vlan),
            descr="vlan",
            kind=PROP_VIRTUAL,
            mac=switch.mac,
            oper=UP,
            mbps=0,
            alias="",
            clock=clock,
            rates=IDLE,
        )


def _vlan_ids(world: World) -> list[int]:
    return sorted({1, *(subnet.vlan for subnet in world.subnets)})


def _bridge(switch: Switch, clock: Clock) -> Iterator[Row]:
    yield (*oids.BASE_BRIDGE_ADDRESS, 0), OctetString(switch.mac)
    yield (*oids.BASE_NUM_PORTS, 0), Integer32(len(switch.ports))
    yield (*oids.BASE_TYPE, 0), Integer32(2)
    for port in switch.ports:
        yield (*oids.BASE_PORT, port.number), Integer32(port.number)
        yield (*oids.BASE_PORT_IF_INDEX, port.number), Integer32(port.index)
        yield (*oids.Q_PVID, port.number), Gauge32(port.untagged)
    yield (*oids.STP_TIME_SINCE_CHANGE, 0), lambda: TimeTicks(max(0, int(clock.seconds() * 100) - 6_000))
    yield (*oids.STP_TOP_CHANGES, 0), Counter32(3)
    yield (*oids.TP_AGING_TIME, 0), Integer32(300)


def _forwarding(world: World, switch: Switch) -> Iterator[Row]:
    """dot1qTpFdb: learned rows, static ones as mgmt(5), the switch itself as self(4) with port 0."""
    learned = fdb.learned(world, switch)
    count = Counter(row.vlan for row in learned)
    for vlan in _vlan_ids(world):
        yield (*oids.Q_FDB_DYNAMIC_COUNT, vlan), Counter32(count[vlan])
    own = FdbRow(vlan=switch.vlan, mac=switch.mac, port=0, status=4)
    for row in (*learned, *switch.static, own):
        end = (row.vlan, *row.mac)
        yield (*oids.Q_TP_FDB_PORT, *end), Integer32(row.port)
        yield (*oids.Q_TP_FDB_STATUS, *end), Integer32(row.status)
    for row in switch.static:
        end = (row.vlan, *row.mac, 0)
        yield (*oids.Q_STATIC_UNICAST_ALLOWED, *end), port_list((row.port,), OCTETS)
        yield (*oids.Q_STATIC_UNICAST_STATUS, *end), Integer32(KEEPS)


def _vlans(world: World, switch: Switch) -> Iterator[Row]:
    yield (*oids.Q_VERSION, 0), Integer32(1)
    yield (*oids.Q_MAX_VLAN_ID, 0), Integer32(4094)
    yield (*oids.Q_MAX_SUPPORTED, 0), Gauge32(256)
    yield (*oids.Q_NUM_VLANS, 0), Gauge32(len(_vlan_ids(world)))
    names = {subnet.vlan: subnet.name for subnet in world.subnets}
    for vlan in _vlan_ids(world):
        inside = [port for port in switch.ports if vlan in port.vlans]
        egress = port_list((port.number for port in inside), OCTETS)
        untagged = port_list((port.number for port in inside if port.untagged == vlan), OCTETS)
        yield (*oids.Q_VLAN_CURRENT_EGRESS, 0, vlan), egress
        yield (*oids.Q_VLAN_CURRENT_UNTAGGED, 0, vlan), untagged
        yield (*oids.Q_VLAN_STATUS, 0, vlan), Integer32(PERMANENT)
        if vlan in names:
            yield (*oids.Q_VLAN_STATIC_NAME, vlan), text(names[vlan])
            yield (*oids.Q_VLAN_STATIC_EGRESS, vlan), egress
            yield (*oids.Q_VLAN_STATIC_FORBIDDEN, vlan), port_list((), OCTETS)
            yield (*oids.Q_VLAN_STATIC_UNTAGGED, vlan), untagged
            yield (*oids.Q_VLAN_STATIC_ROW_STATUS, vlan), Integer32(ACTIVE_ROW)


def _multicast(world: World, switch: Switch) -> Iterator[Row]:
    heard = snooped(world, switch)
    by_mac = heard if switch.lookup == "mac" else {}
    for vlan, mac in sorted({*by_mac, *((group.vlan, group.mac) for group in switch.groups)}):
        learnt = by_mac.get((vlan, mac), frozenset())
        yield (*oids.Q_TP_GROUP_EGRESS, vlan, *mac), port_list(learnt | static(switch, vlan, mac), OCTETS)
        yield (*oids.Q_TP_GROUP_LEARNT, vlan, *mac), port_list(learnt, OCTETS)
    for group in switch.groups:
        end = (group.vlan, *group.mac)
        yield (*oids.Q_STATIC_MULTICAST_EGRESS, *end, 0), port_list(group.ports, OCTETS)
        yield (*oids.Q_STATIC_MULTICAST_FORBIDDEN, *end, 0), port_list((), OCTETS)
        yield (*oids.Q_STATIC_MULTICAST_STATUS, *end, 0), Integer32(KEEPS)
    for vlan in _vlan_ids(world):
        open_ports = (
            port.number for port in switch.ports if vlan in port.vlans and port.number not in switch.unregistered
        )
        yield (*oids.Q_FORWARD_UNREGISTERED, vlan), port_list(open_ports, OCTETS)
        yield (*oids.RL_IGMP_VLAN_ENABLE, vlan), Integer32(YES if switch.snooping else NO)
        yield (*oids.RL_IGMP_VLAN_HOST_TIMEOUT, vlan), Integer32(switch.host_timeout_s)
        yield (*oids.RL_QUERIER_ENABLED, vlan), Integer32(NO if switch.querier is None else YES)
        yield (*oids.RL_QUERIER_ADDRESS, vlan), IpAddress(str(switch.querier or "0.0.0.0"))  # noqa: S104 (none, nothing is bound)
        yield (*oids.RL_VLAN_MODE, vlan), Integer32(MAC_GROUP if switch.lookup == "mac" else IPV4_GROUP)
    yield (*oids.RL_MAC_MULTICAST_ENABLE, 0), Integer32(YES if switch.filtering else NO)
    yield (*oids.RL_IGMP_SNOOP_ENABLE, 0), Integer32(YES if switch.snooping else NO)
    for (vlan, mac), ports in heard.items() if switch.lookup == "ip" else ():
        end = (vlan, 239, 255, mac[4], mac[5], *ANY_SOURCE)
        yield (*oids.RL_IP_GROUP_EGRESS, *end), port_list(ports, OCTETS)
        yield (*oids.RL_IP_GROUP_LEARNT, *end), port_list(ports, OCTETS)
    yield (*oids.RL_IGMP_HOST_AGING, 0), Integer32(switch.host_timeout_s)
    yield (*oids.RL_IGMP_ROUTER_AGING, 0), Integer32(300)
    yield (*oids.RL_UNREGISTERED_FILTER, 0), port_list(switch.unregistered, OCTETS)


def _aggregation(world: World, switch: Switch) -> Iterator[Row]:
    """IEEE8023-LAG-MIB: 0 = attached to no LAG. The partner of a host's LACP team is the team's MAC."""
    lags = [port for port in switch.ports if port.lag]
    owner = {number: lag for lag in lags for number in lag.members}
    for lag in lags:
        partner = _partner(world, switch, lag.members) if lag.lacp else NOBODY
        yield (*oids.AGG_ACTOR_KEY, lag.index), Integer32(lag.index)
        yield (*oids.AGG_PARTNER_SYSTEM, lag.index), OctetString(partner)
        yield (*oids.AGG_PARTNER_KEY, lag.index), Integer32(17 if partner != NOBODY else 0)
        yield (*oids.AGG_PORT_LIST, lag.index), port_list(lag.members, OCTETS)
    for port in switch.ports:
        if port.lag:
            continue
        mine = owner.get(port.number)
        lacp = mine is not None and mine.lacp
        partner = _partner(world, switch, mine.members) if mine is not None and lacp else NOBODY
        state = bytes((IN_SYNC if lacp else NO_PARTNER,))
        attached = Integer32(mine.index if mine is not None else 0)
        yield (*oids.AGG_PORT_PARTNER_SYSTEM, port.index), OctetString(partner)
        yield (*oids.AGG_PORT_PARTNER_KEY, port.index), Integer32(17 if lacp else 0)
        yield (*oids.AGG_PORT_SELECTED, port.index), attached
        yield (*oids.AGG_PORT_ATTACHED, port.index), attached
        yield (*oids.AGG_PORT_ACTOR_STATE, port.index), OctetString(state)
        yield (*oids.AGG_PORT_PARTNER_STATE, port.index), OctetString(state)


def _partner(world: World, switch: Switch, members: Iterable[int]) -> Mac:
    cables = {(switch.name, number) for number in members}
    return next((nic.mac for host in world.hosts for nic in host.pnics if nic.port in cables), NOBODY)
