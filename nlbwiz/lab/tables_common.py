"""SNMP rows that every simulated device has: system, interfaces, addresses and ARP, LLDP.

A device's uptime runs on from the world's moment in real time, so that counters move and rates are steady.
"""

import time
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Interface

from nlbwiz.lab import oids
from nlbwiz.lab.arp import ArpRow
from nlbwiz.lab.machines import Mac
from nlbwiz.lab.network import Gateway, Port, Switch
from nlbwiz.lab.oids import Oid
from nlbwiz.lab.snmp.values import (
    Counter64,
    Gauge32,
    Integer32,
    IpAddress,
    Moving,
    ObjectIdentifier,
    OctetString,
    TimeTicks,
    Value,
)
from nlbwiz.lab.traffic import Rates
from nlbwiz.lab.world import World

Row = tuple[Oid, Value | Moving]
ETHERNET, L2_VLAN, PROP_VIRTUAL, LAG = 6, 135, 53, 161
UP, DOWN, NOT_PRESENT = 1, 2, 6
YES, NO = 1, 2
"""TruthValue (RFC 2579)."""
BEFORE = 1000
"""Packets a second of every counter up to the world's moment: enough that a changed world never counts backwards."""
MAC_ADDRESS, INTERFACE_NAME = 4, 5
"""LldpChassisIdSubtype macAddress, LldpPortIdSubtype interfaceName."""

SYSTEM_OBJECTS = (
    *(oids.SYS_DESCR, oids.SYS_OBJECT_ID, oids.SYS_UP_TIME, oids.SYS_CONTACT, oids.SYS_NAME, oids.SYS_LOCATION),
    *(oids.SYS_SERVICES, oids.SNMP_ENGINE_TIME, oids.IP_FORWARDING),
)
INTERFACE_OBJECTS = (
    *(oids.IF_NUMBER, oids.IF_INDEX, oids.IF_DESCR, oids.IF_TYPE, oids.IF_MTU, oids.IF_SPEED, oids.IF_PHYS_ADDRESS),
    *(oids.IF_ADMIN_STATUS, oids.IF_OPER_STATUS, oids.IF_LAST_CHANGE, oids.IF_NAME, oids.IF_HIGH_SPEED),
    *(oids.IF_HC_IN_OCTETS, oids.IF_HC_IN_UCAST, oids.IF_HC_IN_MULTICAST, oids.IF_HC_IN_BROADCAST),
    *(oids.IF_HC_OUT_OCTETS, oids.IF_HC_OUT_UCAST, oids.IF_HC_OUT_MULTICAST, oids.IF_HC_OUT_BROADCAST),
    *(oids.IF_CONNECTOR_PRESENT, oids.IF_ALIAS),
)
IP_OBJECTS = (
    *(oids.IP_AD_ENT_ADDR, oids.IP_AD_ENT_IF_INDEX, oids.IP_AD_ENT_NET_MASK),
    *(oids.ARP_IF_INDEX, oids.ARP_PHYS_ADDRESS, oids.ARP_NET_ADDRESS, oids.ARP_TYPE),
)
LLDP_OBJECTS = (
    *(oids.LLDP_LOC_CHASSIS_SUBTYPE, oids.LLDP_LOC_CHASSIS_ID, oids.LLDP_LOC_SYS_NAME),
    *(oids.LLDP_LOC_PORT_SUBTYPE, oids.LLDP_LOC_PORT_ID, oids.LLDP_LOC_PORT_DESC),
    *(oids.LLDP_REM_CHASSIS_SUBTYPE, oids.LLDP_REM_CHASSIS_ID, oids.LLDP_REM_PORT_SUBTYPE, oids.LLDP_REM_PORT_ID),
    *(oids.LLDP_REM_PORT_DESC, oids.LLDP_REM_SYS_NAME, oids.LLDP_REM_SYS_DESC),
)


class Clock:
    """How long a device has been up, in seconds: what the world says, and what has passed since the clock was made."""

    def __init__(self, uptime_s: float) -> None:
        self._uptime_s = uptime_s
        self._made = time.monotonic()

    def seconds(self) -> float:
        """Seconds since the device started."""
        return self._uptime_s + time.monotonic() - self._made

    def ticks(self) -> TimeTicks:
        """The same as sysUpTime: 1/100 s."""
        return TimeTicks(int(self.seconds() * 100))

    def count(self, per_second: float, *, before: int = BEFORE) -> Moving:
        """A counter that runs at this rate from now on; what it ran at before no world remembers (BEFORE, for all)."""
        start = self._uptime_s * before
        return lambda: Counter64(int(start + (self.seconds() - self._uptime_s) * per_second))


def text(value: str) -> OctetString:
    """A DisplayString."""
    return OctetString(value.encode())


def system(device: Switch | Gateway, clock: Clock, *, services: int, forwarding: bool) -> Iterator[Row]:
    """system, snmpEngineTime and ipForwarding. `services`: 2 = layer 2, 4 = layer 3 (their sum)."""
    yield (*oids.SYS_DESCR, 0), text(device.descr)
    yield (*oids.SYS_OBJECT_ID, 0), ObjectIdentifier(oids.oid(device.object_id))
    yield (*oids.SYS_UP_TIME, 0), clock.ticks
    yield (*oids.SYS_CONTACT, 0), text("")
    yield (*oids.SYS_NAME, 0), text(device.name)
    yield (*oids.SYS_LOCATION, 0), text("lab")
    yield (*oids.SYS_SERVICES, 0), Integer32(services)
    yield (*oids.SNMP_ENGINE_TIME, 0), lambda: Integer32(int(clock.seconds()))
    yield (*oids.IP_FORWARDING, 0), Integer32(1 if forwarding else 2)


def interface(
    index: int,
    *,
    name: str,
    descr: str,
    kind: int,
    mac: Mac,
    oper: int,
    mbps: int,
    alias: str,
    clock: Clock,
    rates: Rates,
) -> Iterator[Row]:
    """One interface in ifTable and ifXTable, with counters that run at these rates."""
    end = (index,)
    yield (*oids.IF_INDEX, *end), Integer32(index)
    yield (*oids.IF_DESCR, *end), text(descr)
    yield (*oids.IF_TYPE, *end), Integer32(kind)
    yield (*oids.IF_MTU, *end), Integer32(1500)
    yield (*oids.IF_SPEED, *end), Gauge32(mbps * 1_000_000)
    yield (*oids.IF_PHYS_ADDRESS, *end), OctetString(mac)
    yield (*oids.IF_ADMIN_STATUS, *end), Integer32(UP)
    yield (*oids.IF_OPER_STATUS, *end), Integer32(oper)
    yield (*oids.IF_LAST_CHANGE, *end), TimeTicks(6_000 if oper == UP else 0)
    yield (*oids.IF_NAME, *end), text(name)
    yield (*oids.IF_HIGH_SPEED, *end), Gauge32(mbps)
    yield (*oids.IF_CONNECTOR_PRESENT, *end), Integer32(YES if kind == ETHERNET else NO)
    yield (*oids.IF_ALIAS, *end), text(alias)
    for octets, ucast, multicast, broadcast, (unicast, group, everybody) in (
        (
            *(oids.IF_HC_IN_OCTETS, oids.IF_HC_IN_UCAST, oids.IF_HC_IN_MULTICAST, oids.IF_HC_IN_BROADCAST),
            (rates.in_ucast, rates.in_mcast, rates.in_bcast),
        ),
        (
            *(oids.IF_HC_OUT_OCTETS, oids.IF_HC_OUT_UCAST, oids.IF_HC_OUT_MULTICAST, oids.IF_HC_OUT_BROADCAST),
            (rates.out_ucast, rates.out_mcast, rates.out_bcast),
        ),
    ):
        yield (*octets, *end), clock.count(unicast * 600 + (group + everybody) * 100, before=BEFORE * 600)
        yield (*ucast, *end), clock.count(unicast)
        yield (*multicast, *end), clock.count(group)
        yield (*broadcast, *end), clock.count(everybody)


def own_address(interface: IPv4Interface, index: int) -> Iterator[Row]:
    """One row of ipAddrTable."""
    end = tuple(interface.ip.packed)
    yield (*oids.IP_AD_ENT_ADDR, *end), IpAddress(str(interface.ip))
    yield (*oids.IP_AD_ENT_IF_INDEX, *end), Integer32(index)
    yield (*oids.IP_AD_ENT_NET_MASK, *end), IpAddress(str(interface.netmask))


def arp(rows: Iterable[ArpRow]) -> Iterator[Row]:
    """ipNetToMediaTable."""
    for row in rows:
        end = (row.index, *row.ip.packed)
        yield (*oids.ARP_IF_INDEX, *end), Integer32(row.index)
        yield (*oids.ARP_PHYS_ADDRESS, *end), OctetString(row.mac)
        yield (*oids.ARP_NET_ADDRESS, *end), IpAddress(str(row.ip))
        yield (*oids.ARP_TYPE, *end), Integer32(row.kind)


def lldp(world: World, device: Switch | Gateway) -> Iterator[Row]:
    """LLDP-MIB: this device, its ports that are up, and the network devices at them. Hosts do not advertise themselves.

    lldpRemLocalPortNum is the ifIndex; lldpRemTimeMark 0.
    """
    yield (*oids.LLDP_LOC_CHASSIS_SUBTYPE, 0), Integer32(MAC_ADDRESS)
    yield (*oids.LLDP_LOC_CHASSIS_ID, 0), OctetString(device.mac)
    yield (*oids.LLDP_LOC_SYS_NAME, 0), text(device.name)
    bridges = {each.name: each for each in world.bridges()}
    for port in device.ports:
        if port.lag or not port.up:
            continue
        yield (*oids.LLDP_LOC_PORT_SUBTYPE, port.index), Integer32(INTERFACE_NAME)
        yield (*oids.LLDP_LOC_PORT_ID, port.index), text(port.name)
        yield (*oids.LLDP_LOC_PORT_DESC, port.index), text(port.alias)
        if port.link is None:
            continue
        peer, number = bridges[port.link[0]], port.link[1]
        far = next(each for each in peer.ports if each.number == number)
        end = (0, port.index, 1)
        yield (*oids.LLDP_REM_CHASSIS_SUBTYPE, *end), Integer32(MAC_ADDRESS)
        yield (*oids.LLDP_REM_CHASSIS_ID, *end), OctetString(peer.mac)
        yield (*oids.LLDP_REM_PORT_SUBTYPE, *end), Integer32(INTERFACE_NAME)
        yield (*oids.LLDP_REM_PORT_ID, *end), text(far.name)
        yield (*oids.LLDP_REM_PORT_DESC, *end), text(far.alias)
        yield (*oids.LLDP_REM_SYS_NAME, *end), text(peer.name)
        yield (*oids.LLDP_REM_SYS_DESC, *end), text(peer.descr)


def port_list(ports: Iterable[int], octets: int) -> OctetString:
    """A PortList (RFC 4363): bit 0x80 of the first octet is base port 1."""
    bits = bytearray(octets)
    for port in ports:
        bits[(port - 1) // 8] |= 0x80 >> (port - 1) % 8
    return OctetString(bytes(bits))


def port_mac(device: Switch | Gateway, port: Port) -> Mac:
    """A port's own MAC: the device's, counted on."""
    return device.mac[:5] + bytes(((device.mac[5] + port.number) % 256,))
