"""The kinds of fact that switches and routers tell by SNMP. Part of `nlbwiz.facts`, which everybody imports them from."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal

from nlbwiz.addr import Mac


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An SNMP agent. `platform`: slug by sysObjectID or the site file, None = not recognised. `forwarding`: ipForwarding."""

    target: str
    platform: str | None
    descr: str
    name: str
    forwarding: bool | None
    uptime_s: float | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAddress:
    """An address of a router's own, with the interface it stands on."""

    target: str
    interface: IPv4Interface
    ifindex: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vlan:
    """A VLAN a switch knows, or (name empty) a filtering database id it keeps a MAC table for."""

    target: str
    id: int
    name: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port or LAG of a switch. `lag`: ifIndex of the LAG it is attached to, None = none. `bridge`: its bridge port number."""

    target: str
    ifindex: int
    name: str
    up: bool
    bridge: int | None
    lag: int | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgePort:
    """A bridge port number of one VLAN's own SNMP context: on Cisco the default context has those of VLAN 1 only."""

    target: str
    bridge: int
    ifindex: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VlanPorts:
    """The ports that a VLAN's frames leave on (dot1qVlanCurrentEgressPorts). `ports`: ifIndexes, LAGs as themselves."""

    target: str
    id: int
    ports: tuple[int, ...]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FdbEntry:
    """A row of a switch's MAC table, or (`status` none) the proof that a readable table has no such row.

    `port` is a bridge port number (0 = the switch itself or unknown); `vlan` the id the row was found under; of a row
    that is none the VLAN it was looked for in, None where all of them were.
    """

    target: str
    mac: Mac
    vlan: int | None
    port: int | None
    status: Literal["learned", "static", "self", "other", "none"]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEntry:
    """Where a switch sends one multicast MAC or group, or (`status` none) the proof that it holds no such row.

    A row is known by its MAC, or by its group address on a switch that looks groups up by IP. `ports`: ifIndexes of the
    ports and LAGs it covers. `static`: configured, `learned`: snooped. `vlan` None: the row stands for every VLAN.
    """

    target: str
    mac: Mac | None
    group: IPv4Address | None
    vlan: int | None
    ports: tuple[int, ...]
    status: Literal["static", "learned", "none"]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Multicast:
    """How a switch handles multicast, as far as it tells; None = it does not say. `vlan` None: the whole switch.

    `filtering`: group entries limit anything at all. `unregistered`: what happens to multicast that has no entry.
    `lookup`: whether an entry is found by its MAC or by its group address. `querier`: this switch asks for reports.
    """

    target: str
    vlan: int | None
    filtering: bool | None
    unregistered: Literal["forward", "drop"] | None
    snooping: bool | None
    lookup: Literal["mac", "ip"] | None
    querier: bool | None
    querier_address: IPv4Address | None
    host_timeout_s: float | None
    """A snooped entry that hears no report for so long is dropped."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortCounters:
    """The packet counters of one port at one moment; None = the switch does not count that. Every sample is kept.

    `uptime_s` is the agent's own clock in the same answer, so that two samples tell their distance and a restart.
    """

    target: str
    port: int
    """ifIndex."""
    uptime_s: float | None
    in_ucast: int | None
    in_mcast: int | None
    in_bcast: int | None
    out_ucast: int | None
    out_mcast: int | None
    out_bcast: int | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LldpNeighbour:
    """Who a switch hears by LLDP on a local port. `mac`: the neighbour's port or chassis MAC, where it is one."""

    target: str
    port: int
    mac: Mac | None
    name: str
    evidence: str
