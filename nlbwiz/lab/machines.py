"""Simulated Windows machines as values: NLB nodes (guests), Hyper-V hosts, VMs and what they are made of.

Part of the world (`nlbwiz.lab.world` states the conventions). Terms and integers are those of the cmdlets, WMI classes
and registry values they stand for. What follows from a machine's state is computed in `nlbwiz.lab.views`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address
from typing import Literal, Protocol, TypeVar

Mode = Literal["unicast", "multicast", "igmp"]
Mac = bytes
Tool = Literal["module", "wmi", "registry", "nlb.exe"]
"""Where a node's NLB facts can be read from; the PowerShell ask takes the first of these that works."""

TOOLS: tuple[Tool, ...] = ("module", "wmi", "registry", "nlb.exe")
ALL_ADDRESSES = IPv4Address("255.255.255.255")


class HasName(Protocol):
    """Anything that is found by its name."""

    @property
    def name(self) -> str:
        """Unique among its kind."""


Named = TypeVar("Named", bound=HasName)


def named(things: Iterable[Named], name: str) -> Named:
    """The thing of that name. Raises KeyError."""
    for thing in things:
        if thing.name == name:
            return thing
    raise KeyError(name)


# ---- guests: the NLB nodes ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One record of an event log: `inserts` are its Properties as text, in order (%1 first)."""

    provider: str
    id: int
    at: datetime
    inserts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One event log (channel) of a machine. `oldest` is its oldest record's time, None when the log is empty."""

    name: str
    oldest: datetime | None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An IPv4 address on a guest's NIC. `state` is its AddressState in the active store; None = it is not there.

    `persistent`: it is in the persistent store (and in the registry's address list) too.
    """

    ip: IPv4Address
    prefix: int
    state: Literal["Invalid", "Tentative", "Duplicate", "Deprecated", "Preferred"] | None = "Preferred"
    persistent: bool = True
    skip_as_source: bool = False
    origin: str = "Manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """A NIC inside a guest. `vnic` names the VM's virtual NIC that it is: its MAC is the NIC's permanent address.

    `addresses` are in the order of the registry's `IPAddress` value: the dedicated address first.
    """

    name: str
    vnic: str
    guid: str
    """In braces, upper case."""
    index: int
    description: str
    addresses: tuple[Address, ...]
    dad_transmits: int = 3
    dhcp: str = "Disabled"
    forwarding: str = "Disabled"
    weak_send: str = "Disabled"
    weak_receive: str = "Disabled"
    status: str = "Up"
    speed: int = 10_000_000_000
    driver_version: str = "6.3.9600.17238"
    driver_date: str = "2006-06-21"
    driver_provider: str = "Microsoft"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRule:
    """An NLB port rule. `vip` 255.255.255.255 = all addresses of the cluster."""

    vip: IPv4Address = ALL_ADDRESSES
    start: int = 0
    end: int = 65535
    protocol: str = "Both"
    filtering: str = "Multiple"
    affinity: str | None = "Single"
    priority: int | None = None
    state: str = "Enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """One row of the driver's convergence history (Get-NlbClusterDriverInfo -ConvergenceHistory)."""

    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One NLB instance of a node: its membership in one cluster, bound to one NIC.

    `driver_mac` and `reported_mac` (ClusterMACAddress in WMI and the registry) are None when they are what mode and
    primary give. `code` is None while the node runs and converges (then 1007 or 1008, see `views.state`), else the
    MicrosoftNLB_Node.StatusCode it is stuck in.
    """

    cluster: str
    nic: str
    mode: Mode
    vips: tuple[IPv4Address, ...]
    """NLB's own list, the primary first."""
    dip: IPv4Address
    prefix: int
    label: str
    """The cluster's full internet name."""
    priority: int
    masked: bool = True
    code: int | None = None
    initial: str = "Started"
    driver_mac: Mac | None = None
    reported_mac: Mac | None = None
    rules: tuple[PortRule, ...] = (PortRule(),)
    history: tuple[Convergence, ...] = ()

    @property
    def primary(self) -> IPv4Address:
        """The address that the cluster MAC is made from."""
        return self.vips[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An NLB node: a Windows guest. `vm` names its VM, `World.vms` says on which host that runs now."""

    name: str
    address: IPv4Address
    """Its identity in the site file: where WinRM is asked (never a VIP)."""
    computer: str
    domain: str
    vm: str
    caption: str
    version: str
    powershell: str
    boot: datetime
    nics: tuple[Nic, ...]
    instances: tuple[Instance, ...]
    logs: tuple[Log, ...]
    arp_retry_count: int | None = None
    """HKLM Tcpip\\Parameters\\ArpRetryCount; None = the value does not exist, which is the default."""
    culture: str = "en-US"
    language_mode: str = "FullLanguage"
    kvp_host: str | None = None
    """The host's computer name that the guest's KVP registry key holds; None = the key is absent (no Data Exchange)."""
    tools: tuple[Tool, ...] = TOOLS
    stale: tuple[tuple[IPv4Address, Mac], ...] = ()
    """Neighbour cache rows that hold something else than what answers now."""

    def nic(self, name: str) -> Nic:
        """The NIC of that name. Raises KeyError."""
        return named(self.nics, name)

    def instance(self, cluster: str) -> Instance:
        """The instance that is a member of that cluster. Raises KeyError."""
        for each in self.instances:
            if each.cluster == cluster:
                return each
        raise KeyError(cluster)


# ---- Hyper-V ----


@dataclass(frozen=True, slots=True, kw_only=True)
class VNic:
    """A virtual NIC as the host configures it. `vswitch` None = not connected; `vlan` 0 = untagged, else access mode.

    `ips` is what a guest that is *not* an NLB node has on it; a node's addresses come from its `Nic`
    (`views.vnic_ips`).
    """

    name: str
    mac: Mac
    vswitch: str | None
    vlan: int = 0
    dynamic: bool = True
    spoofing: bool = False
    """MacAddressSpoofing; True = On (which Windows writes as 0)."""
    teaming: bool = False
    isolation: int = 0
    sriov: bool = False
    ips: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm:
    """A VM, registered on one host. `state` 2 = Running; `operational` 2 = Ok, 32774 = migrating."""

    name: str
    id: str
    """Lower-case GUID without braces."""
    host: str
    vnics: tuple[VNic, ...]
    state: int = 2
    operational: tuple[int, ...] = (2,)
    clustered: bool = True

    def vnic(self, name: str) -> VNic:
        """The virtual NIC of that name. Raises KeyError."""
        return named(self.vnics, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PNic:
    """A physical NIC of a host. `port` is the cable: (switch name, base port number); None = not connected."""

    name: str
    description: str
    guid: str
    index: int
    mac: Mac
    port: tuple[str, int] | None
    status: str = "Up"
    speed: int = 1_000_000_000
    driver_version: str = "12.14.8.0"
    driver_date: str = "2014-07-16"
    driver_provider: str = "Microsoft"
    seen: bool = True
    """The switch has learned something on this cable lately; False: all its rows have aged out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """An LBFO team. Mode Static 0, SwitchIndependent 1, Lacp 2; balancing TransportPorts 0, IPAddresses 2,
    MacAddresses 3, HyperVPort 4, Dynamic 5 (MSFT_NetLbfoTeam). `description` is its team NIC's, the join to a vSwitch.
    """

    name: str
    mode: int
    balancing: int
    members: tuple[str, ...]
    """Names of physical NICs, the primary member first."""
    standby: tuple[str, ...] = ()
    guid: str
    index: int
    description: str = "Microsoft Network Adapter Multiplexor Driver"
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitch:
    """An external vSwitch on one physical NIC, on one LBFO team, or (`embedded`) on several NICs teamed by SET."""

    name: str
    id: str
    uplinks: tuple[str, ...]
    """Names of physical NICs, or of one team."""
    embedded: bool = False
    balancing: int | None = None
    """SET only: HyperVPort 4, Dynamic 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A Hyper-V host. `vnics` are its own (management OS) virtual NICs; the first carries `address`."""

    name: str
    address: IPv4Address
    computer: str
    domain: str
    caption: str
    version: str
    boot: datetime
    pool: tuple[Mac, Mac]
    """The dynamic MAC range, both ends inclusive."""
    vnics: tuple[VNic, ...]
    pnics: tuple[PNic, ...]
    teams: tuple[Team, ...]
    vswitches: tuple[VSwitch, ...]
    logs: tuple[Log, ...]
    vnic_guid: str
    """Of the adapter `vEthernet (...)` that is the first of `vnics`; `vnic_index` is its ifIndex."""
    vnic_index: int
    migration_enabled: bool = True
    max_migrations: int = 2
    stale: tuple[tuple[IPv4Address, Mac], ...] = ()

    def pnic(self, name: str) -> PNic:
        """The physical NIC of that name. Raises KeyError."""
        return named(self.pnics, name)

    def vswitch(self, name: str) -> VSwitch:
        """The vSwitch of that name. Raises KeyError."""
        return named(self.vswitches, name)

    def team(self, name: str) -> Team | None:
        """The LBFO team of that name, or None."""
        return next((team for team in self.teams if team.name == name), None)
