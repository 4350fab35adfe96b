"""The kinds of fact: one frozen dataclass per kind, each naming its evidence.

Facts say what a machine said, never what it should have said. Several views of one thing stand beside each other
(the VIP's MAC as a node reports it, as a router's ARP table holds it, as the jump host sees it): their disagreement
is what a check looks for. What switches and routers tell stands in `nlbwiz.netfacts`. `evidence` is the label of the
Evidence a fact comes from, `TARGET/PROBE`.
"""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address
from typing import Literal

from nlbwiz.addr import Mac, Mode, cluster_mac
from nlbwiz.netfacts import (
    Agent,
    BridgePort,
    FdbEntry,
    GroupEntry,
    LldpNeighbour,
    Multicast,
    OwnAddress,
    Port,
    PortCounters,
    Vlan,
    VlanPorts,
)

__all__ = [  # given on: what is defined here is public anyway
    "Agent",
    "BridgePort",
    "FdbEntry",
    "GroupEntry",
    "LldpNeighbour",
    "Multicast",
    "OwnAddress",
    "Port",
    "PortCounters",
    "Vlan",
    "VlanPorts",
]

Need = Literal[
    "os", "guest", "cluster", "vips", "state", "driver", "query", "adapters", "addresses", "address-order", "dad",
    "arp-retry-count", "neighbors", "events", "registry", "rules", "convergence",
    "hypervisor", "vms", "vnics", "vswitches", "teams", "uplinks", "host-neighbors", "migrations", "failover",
    "agent", "own-addresses", "arp", "vlans", "ports", "fdb", "lldp", "groups", "multicast", "counters",
    "vlan-ports", "interfaces", "lags", "fdb-static", "lldp-ports", "tables", "age", "chassis",
    "jump-neighbors", "arp-look", "answer",
]  # fmt: skip
"""What a check may need to know. A need is answered per target by the probes that give it (nlbwiz.probes)."""

Coverage = Literal["answered", "lost", "pending"]


# ---- an NLB node ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A Windows machine. `boot` and `clock` are its own clock's word, in UTC."""

    target: str
    computer: str
    caption: str
    version: str
    boot: datetime
    clock: datetime
    nlb_installed: bool | None
    """None on a Hyper-V host, where it is not asked."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Where a VM says it runs (KVP): written when the guest starts, so a hint and never a proof."""

    node: str
    host: str | None
    vm: str | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One NLB instance as a node is configured: the primary address and mode that make the cluster MAC.

    `mac` is the MAC the node reports for it (WMI or registry); None when the source that answered has none.
    """

    node: str
    primary: IPv4Address
    mode: Mode | None
    mac: Mac | None
    name: str
    interface: str
    guid: str
    source: str
    evidence: str

    @property
    def right_mac(self) -> Mac | None:
        """The MAC that mode and primary address give; None when the mode is not known."""
        return cluster_mac(self.mode, self.primary) if self.mode else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vip:
    """An address of NLB's own list. A VIP stands once per node that lists it. `complete`: the source lists all of them."""

    node: str
    primary: IPv4Address
    role: Literal["vip", "dip"]
    ip: IPv4Address
    prefix: int | None
    complete: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """What a node says of itself in one instance. `code`: MicrosoftNLB_Node.StatusCode, None without WMI."""

    node: str
    primary: IPv4Address
    code: int | None
    text: str
    priority: int | None
    initial: str | None
    masked: bool | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What the running NLB driver holds, which is live only after a reload."""

    node: str
    primary: IPv4Address | None
    mac: Mac | None
    priority: int | None
    state: str | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Which host priorities a node believes to be in its cluster (`nlb query`), its own included."""

    node: str
    primary: IPv4Address | None
    hosts: tuple[int, ...]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """A network adapter of a node, or a physical NIC of a Hyper-V host. `permanent` is the burned-in or vNIC MAC."""

    target: str
    name: str
    description: str
    guid: str
    index: int
    mac: Mac | None
    permanent: Mac | None
    status: str
    physical: bool
    driver: str
    """Provider, version and date, for comparison between machines."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An IPv4 address in TCP/IP. `store`: what is live (active), or what a restart would bring (persistent)."""

    node: str
    ip: IPv4Address
    prefix: int
    index: int
    alias: str
    state: str
    store: Literal["active", "persistent"]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOrder:
    """The registry's order of one NIC's addresses; the first is the NIC's own primary address."""

    node: str
    guid: str
    addresses: tuple[IPv4Address, ...]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IpInterface:
    """One IPv4 interface's settings. `dad_transmits` 0 switches duplicate address detection off on it."""

    node: str
    index: int
    alias: str
    dad_transmits: int
    dhcp: str
    forwarding: str
    weak_send: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArpRetryCount:
    """Tcpip\\Parameters\\ArpRetryCount of a node; None = absent, the default."""

    node: str
    value: int | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of a Windows log. `ip` and `mac`: the inserts that parse as one (Tcpip 4198/4199); else `inserts` only."""

    target: str
    provider: str
    id: int
    at: datetime
    ip: IPv4Address | None
    mac: Mac | None
    inserts: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWindow:
    """How far back a log reaches: no event is proof of nothing before `oldest`. None: the log told no oldest record."""

    target: str
    provider: str
    oldest: datetime | None
    truncated: bool
    evidence: str


# ---- ARP, from whoever holds it ----


@dataclass(frozen=True, slots=True, kw_only=True)
class ArpView:
    """What one device holds for one address. `none` is an answer: the row is not there, and the table was readable.

    `own`: the device itself has this address. `static`: typed in by a person (own and virtual addresses excluded).
    """

    device: str
    via: Literal["router", "node", "host", "jump"]
    ip: IPv4Address
    kind: Literal["static", "dynamic", "own", "none"]
    mac: Mac | None
    evidence: str
    how: str = ""
    """By which means it was looked for on the wire (raw socket, arping); empty for a row of a table."""


# ---- a Hyper-V host ----


@dataclass(frozen=True, slots=True, kw_only=True)
class MacPool:
    """The range that Hyper-V gives new dynamic MACs from on this host, both ends included."""

    host: str
    low: Mac
    high: Mac
    max_migrations: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm:
    """A virtual machine registered on a host. `migrating`: its operational status says a live migration runs now."""

    host: str
    name: str
    id: str
    running: bool
    migrating: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VNic:
    """A virtual NIC as its host configures it. In unicast the guest uses another MAC than `mac`; that is normal."""

    host: str
    vm: str
    vm_id: str
    name: str
    mac: Mac | None
    dynamic: bool
    spoofing: bool
    """MAC address spoofing is On."""
    switch: str
    vlan: int
    ips: tuple[IPv4Address, ...]
    evidence: str
    sriov: bool | None = None
    """An SR-IOV virtual function carries its frames past the vSwitch now (VFDataPathActive); None: not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitch:
    """A virtual switch and the descriptions of what it hangs on: NICs, or the NIC of an LBFO team."""

    host: str
    name: str
    external: bool
    uplinks: tuple[str, ...]
    evidence: str


TeamMode = Literal["static", "switch-independent", "lacp"]
Balancing = Literal["transport-ports", "ip-addresses", "mac-addresses", "hyper-v-port", "dynamic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A NIC team below a vSwitch: LBFO, or SET (which is switch independent only). `members`: NIC names or descriptions."""

    host: str
    name: str
    kind: Literal["lbfo", "set"]
    mode: TeamMode
    balancing: Balancing
    members: tuple[str, ...]
    standby: tuple[str, ...]
    failed: tuple[str, ...]
    vswitch: str
    """The vSwitch that hangs on it; empty when none does."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """A host's cable as the operator knows it, from the site file: `switch:port`."""

    host: str
    switch: str
    port: str
    evidence: str = "operator/site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The operator's word for one question of the tree. It is evidence, and it never counts as a view."""

    question: str
    value: str
    evidence: str


Fact = (
    Machine | Guest | Instance | Vip | NodeState | Driver | Membership | Nic | Address | AddressOrder | IpInterface
    | ArpRetryCount | Event | LogWindow | ArpView | MacPool | Vm | VNic | VSwitch | Team | Agent | OwnAddress | Vlan
    | Port | BridgePort | FdbEntry | GroupEntry | Multicast | PortCounters | VlanPorts | LldpNeighbour | Answer
)  # fmt: skip
