"""What is known, typed: one frozen dataclass per kind of fact, each naming its evidence, and `Facts`, the view of one cluster.

Facts say what a machine said, never what it should have said. Several views of one thing stand beside each other
(the VIP's MAC as a node reports it, as a router's ARP table holds it, as the jump host sees it): their disagreement
is what a check looks for. `evidence` is the label of the Evidence a fact comes from, `TARGET/PROBE`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal

from nlbwiz.addr import Mac, Mode, cluster_mac

Need = Literal[
    "os", "guest", "cluster", "vips", "state", "driver", "query", "adapters", "addresses", "address-order", "dad",
    "arp-retry-count", "neighbors", "events", "registry", "rules", "convergence",
    "hypervisor", "vms", "vnics", "vswitches", "teams", "uplinks", "host-neighbors", "migrations", "failover",
    "agent", "own-addresses", "arp", "vlans", "ports", "fdb", "lldp",
    "jump-neighbors", "answer",
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


# ---- a switch or gateway ----


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
class FdbEntry:
    """A row of a switch's MAC table, or (`status` none) the proof that a readable table has no such row.

    `port` is a bridge port number (0 = the switch itself or unknown); `vlan` the id the row was found under.
    """

    target: str
    mac: Mac
    vlan: int | None
    port: int | None
    status: Literal["learned", "static", "self", "other", "none"]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LldpNeighbour:
    """Who a switch hears by LLDP on a local port. `mac`: the neighbour's port or chassis MAC, where it is one."""

    target: str
    port: int
    mac: Mac | None
    name: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The operator's word for one question of the tree. It is evidence, and it never counts as a view."""

    question: str
    value: str
    evidence: str


Fact = (
    Machine | Guest | Instance | Vip | NodeState | Driver | Membership | Nic | Address | AddressOrder | IpInterface
    | ArpRetryCount | Event | LogWindow | ArpView | MacPool | Vm | VNic | VSwitch | Team | Agent | OwnAddress | Vlan
    | Port | FdbEntry | LldpNeighbour | Answer
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An answer that a check needs and does not have. `target` is empty when nobody could be asked."""

    need: str
    target: str
    why: str
    resolve: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known when one cluster is judged.

    Instances, VIPs, states, drivers and memberships are this cluster's only; NICs, addresses and events are its
    nodes'; hosts, switches and routers are the whole site's (any of them may hold a stray). `coverage` says for every
    (need, target) whether it was answered; a need that stands there for no target could be asked of nobody.
    """

    cluster: str = ""
    now: datetime | None = None
    """When these facts are judged, in UTC; None only in a check's own examples that do not look at time."""
    vip: IPv4Address | None = None
    """The VIP the operator knows the cluster by."""
    nodes: tuple[str, ...] = ()
    dips: Mapping[str, IPv4Address] = field(default_factory=dict)
    """Each node's own address, from the site file."""
    expected_hosts: Mapping[str, str] = field(default_factory=dict)
    """The Hyper-V host that the site file expects a node on; the vNIC's MAC decides where it is."""
    hosts: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    routers: tuple[str, ...] = ()
    """Every listed gateway, and every listed switch whose ipForwarding is on."""
    other_primaries: Mapping[IPv4Address, str] = field(default_factory=dict)
    """Primary addresses of the site's other clusters, to the cluster's name."""
    jump_attached: tuple[IPv4Interface, ...] = ()
    """The jump host's own interfaces; a VIP outside all of them cannot be seen by its ARP."""
    uplinks: tuple[Uplink, ...] = ()

    machines: tuple[Machine, ...] = ()
    guests: tuple[Guest, ...] = ()
    instances: tuple[Instance, ...] = ()
    vips: tuple[Vip, ...] = ()
    states: tuple[NodeState, ...] = ()
    drivers: tuple[Driver, ...] = ()
    memberships: tuple[Membership, ...] = ()
    nics: tuple[Nic, ...] = ()
    addresses: tuple[Address, ...] = ()
    address_orders: tuple[AddressOrder, ...] = ()
    interfaces: tuple[IpInterface, ...] = ()
    arp_retry: tuple[ArpRetryCount, ...] = ()
    events: tuple[Event, ...] = ()
    logs: tuple[LogWindow, ...] = ()
    arp: tuple[ArpView, ...] = ()
    pools: tuple[MacPool, ...] = ()
    vms: tuple[Vm, ...] = ()
    vnics: tuple[VNic, ...] = ()
    vswitches: tuple[VSwitch, ...] = ()
    teams: tuple[Team, ...] = ()
    agents: tuple[Agent, ...] = ()
    own_addresses: tuple[OwnAddress, ...] = ()
    vlans: tuple[Vlan, ...] = ()
    ports: tuple[Port, ...] = ()
    fdb: tuple[FdbEntry, ...] = ()
    lldp: tuple[LldpNeighbour, ...] = ()
    answers: tuple[Answer, ...] = ()

    coverage: Mapping[tuple[Need, str], Coverage] = field(default_factory=dict)
    lost: Mapping[tuple[Need, str], tuple[str, str]] = field(default_factory=dict)
    """For what is lost: why, and what would resolve it."""

    # ---- who is asked, who answered ----

    def missing(self, need: Need) -> tuple[Missing, ...]:
        """The lost answers to one need; one without a target where nobody could be asked."""
        asked = {target: state for (n, target), state in self.coverage.items() if n == need}
        if not asked:
            return (
                Missing(
                    need=need,
                    target="",
                    why="nobody to ask: no such target is in the site file",
                    resolve=f"add the machine that can answer `{need}` to the site file",
                ),
            )
        return tuple(
            Missing(need=need, target=target, why=why, resolve=resolve)
            for target, state in asked.items()
            if state == "lost"
            for why, resolve in (self.lost.get((need, target), ("no answer", "ask again")),)
        )

    def waiting_for(self, need: Need) -> tuple[str, ...]:
        """What is still on its way for one need, as `need@target`."""
        return tuple(f"{n}@{t}" for (n, t), state in self.coverage.items() if n == need and state == "pending")

    def answered(self, need: Need, target: str) -> bool:
        """True when this target's answer to the need is there."""
        return self.coverage.get((need, target)) == "answered"

    # ---- the cluster ----

    def modes(self) -> dict[Mode, tuple[str, ...]]:
        """The modes that run, each with the nodes that run it. More than one entry: the nodes' modes differ."""
        found: dict[Mode, list[str]] = {}
        for one in self.instances:
            if one.mode:
                found.setdefault(one.mode, []).append(one.node)
        return {mode: tuple(nodes) for mode, nodes in found.items()}

    def primaries(self) -> dict[IPv4Address, tuple[str, ...]]:
        """The primary addresses that are configured, each with its nodes."""
        found: dict[IPv4Address, list[str]] = {}
        for one in self.instances:
            found.setdefault(one.primary, []).append(one.node)
        return {ip: tuple(nodes) for ip, nodes in found.items()}

    def cluster_macs(self) -> dict[Mac, str]:
        """The MAC that each running mode and primary address gives every VIP, and the evidence of a node that says so."""
        return {right: one.evidence for one in reversed(self.instances) if (right := one.right_mac)}

    def vip_addresses(self) -> tuple[IPv4Address, ...]:
        """Every VIP that any node lists, primaries included, sorted; the site file's own where no node answered."""
        found = {v.ip for v in self.vips if v.role == "vip"} | {i.primary for i in self.instances}
        return tuple(sorted(found or ({self.vip} if self.vip else set())))

    def arp_views(self, ip: IPv4Address, *via: str) -> Iterator[ArpView]:
        """Who holds what for one address; with `via`, only those kinds of device."""
        return (view for view in self.arp if view.ip == ip and (not via or view.via in via))

    # ---- from an instance down to the cable ----

    def nlb_nic(self, instance: Instance) -> Nic | None:
        """The adapter an instance is bound to, by GUID, else by its alias."""
        mine = [nic for nic in self.nics if nic.target == instance.node]
        by_guid = [
            nic
            for nic in mine
            if instance.guid.strip("{}") and nic.guid.strip("{}").lower() == instance.guid.strip("{}").lower()
        ]
        return next(iter(by_guid), None) or next(
            (nic for nic in mine if instance.interface and nic.name == instance.interface), None
        )

    def vnic(self, nic: Nic) -> VNic | None:
        """The host's virtual NIC below a node's adapter: the one with its permanent MAC, else its current one."""
        for one in (nic.permanent, nic.mac):
            if found := next((v for v in self.vnics if one and v.mac == one), None):
                return found
        return None

    def platform(self, target: str) -> str:
        """The phrase book's platform of a target: `windows` for nodes and hosts, a slug, or `unknown`."""
        if target in self.nodes or target in self.hosts:
            return "windows"
        return next((a.platform for a in self.agents if a.target == target and a.platform), "unknown")
