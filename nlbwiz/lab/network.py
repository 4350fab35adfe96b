"""Simulated network devices as values: switches, gateways, the jump host, machines nobody listed.

Part of the world (`nlbwiz.lab.world` states the conventions). Port numbers are dot1d base ports. FDB, ARP and neighbour
tables are computed in `nlbwiz.lab.fdb` and `nlbwiz.lab.arp`; here is only what is configured or remembered.
"""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nlbwiz.lab.machines import Mac


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A VLAN and the IPv4 network in it. `name` is the VLAN's name on the switches."""

    vlan: int
    name: str
    network: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A bridge port: a physical port or (`lag`) a link aggregation. `number` is the dot1d base port.

    A LAG's member ports carry no VLANs of their own. An unused LAG has no members and is not up.
    """

    number: int
    index: int
    """ifIndex."""
    name: str
    alias: str = ""
    up: bool = False
    speed: int = 1000
    """Mbit/s."""
    vlans: tuple[int, ...] = ()
    untagged: int = 1
    """The PVID."""
    lag: bool = False
    members: tuple[int, ...] = ()
    """Base port numbers of a LAG's member ports."""
    lacp: bool = False
    """A LAG whose partner speaks LACP; else it is static."""
    link: tuple[str, int] | None = None
    """The other network device at this port: (name, base port number). It is set on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A static multicast MAC entry of a switch (dot1qStaticMulticast): frames to `mac` in `vlan` leave on `ports`."""

    vlan: int
    mac: Mac
    ports: tuple[int, ...]
    """Base port numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FdbRow:
    """A row of a forwarding database. `status` as in BRIDGE-MIB: learned 3, self 4, mgmt 5 (a static entry)."""

    vlan: int
    mac: Mac
    port: int
    status: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A layer 2 switch of the Radlan family (Dell PowerConnect 54xx): ipForwarding 2, Q-BRIDGE, fdbId = VLAN id.

    `filtering` is bridge multicast filtering (rlMacMulticastEnable), `snooping` rlIgmpSnoopEnable, `unregistered` the
    base ports on which unregistered multicast is filtered, `lookup` the VLANs' bridge multicast mode (mac-group or
    ipv4-group), `querier` its address as IGMP querier (None: it asks for nothing). `fdb_rows` is how many learned rows
    its FDB holds in all: rows of other machines fill it up.
    """

    name: str
    address: IPv4Address
    prefix: int
    vlan: int
    """Where its own address lives."""
    mac: Mac
    descr: str
    object_id: str
    ports: tuple[Port, ...]
    boot: datetime
    groups: tuple[Group, ...] = ()
    static: tuple[FdbRow, ...] = ()
    filtering: bool = True
    snooping: bool = True
    unregistered: tuple[int, ...] = ()
    lookup: Literal["mac", "ip"] = "mac"
    querier: IPv4Address | None = None
    host_timeout_s: int = 260
    fdb_rows: int = 40

    def port(self, number: int) -> Port:
        """The bridge port of that number. Raises KeyError."""
        for port in self.ports:
            if port.number == number:
                return port
        raise KeyError(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Svi:
    """A routed VLAN interface of a gateway (`Vlan10`). `mac` answers for `interface.ip`."""

    vlan: int
    index: int
    interface: IPv4Interface
    mac: Mac


@dataclass(frozen=True, slots=True, kw_only=True)
class ArpEntry:
    """A binding of an address to a MAC in a gateway's ARP table."""

    ip: IPv4Address
    mac: Mac


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A routing Catalyst with IOS: ipForwarding 1, per-VLAN BRIDGE-MIB, no Q-BRIDGE, VTP.

    `typed` are `arp ... arpa` lines, `stale` are learned rows that hold something else than what answers now.
    `learns_multicast` False: an ARP reply with a multicast MAC is not believed (RFC 1812, 3.3.2), as on all IOS.
    """

    name: str
    address: IPv4Address
    mac: Mac
    descr: str
    object_id: str
    ports: tuple[Port, ...]
    svis: tuple[Svi, ...]
    boot: datetime
    vtp_domain: str = "LAB"
    typed: tuple[ArpEntry, ...] = ()
    stale: tuple[ArpEntry, ...] = ()
    learns_multicast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The machine nlbwiz runs on (Linux). `devices` are its interfaces: (device, address, VLAN); `port` its cable."""

    devices: tuple[tuple[str, IPv4Interface, int], ...]
    mac: Mac
    port: tuple[str, int]
    stale: tuple[tuple[IPv4Address, Mac], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A machine that nobody listed (an appliance, a printer): its addresses, its MAC and where it is plugged in."""

    name: str
    mac: Mac
    vlan: int
    port: tuple[str, int]
    ips: tuple[IPv4Address, ...]
