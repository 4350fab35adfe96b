"""What is known when one cluster is judged: all its facts, who answered and who did not, and the plain questions to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface

from nlbwiz.addr import Mac, Mode
from nlbwiz.facts import (
    Address,
    AddressOrder,
    Agent,
    Answer,
    ArpRetryCount,
    ArpView,
    Coverage,
    Driver,
    Event,
    FdbEntry,
    GroupEntry,
    Guest,
    Instance,
    IpInterface,
    LldpNeighbour,
    LogWindow,
    Machine,
    MacPool,
    Membership,
    Multicast,
    Need,
    Nic,
    NodeState,
    OwnAddress,
    Port,
    PortCounters,
    Team,
    Uplink,
    Vip,
    Vlan,
    VlanPorts,
    Vm,
    VNic,
    VSwitch,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An answer that a check needs and does not have. `target` is empty when nobody could be asked."""

    need: str
    target: str
    why: str
    resolve: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCluster:
    """Another cluster of the site, as far as its nodes tell: what this one may collide with.

    `primary` and `mode` are None, and `unread` names the nodes, where no node of it told them. `vlans`: those of its
    nodes' NLB adapters.
    """

    name: str
    primary: IPv4Address | None
    mode: Mode | None
    vlans: tuple[int, ...]
    labels: tuple[str, ...]
    """The evidence of all this."""
    unread: tuple[str, ...] = ()


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
    others: tuple[OtherCluster, ...] = ()
    """The site's other clusters, once for every primary address and mode that their nodes tell."""
    measured: bool = False
    """Whether this run measures: two samples of the switches' counters. Else a cause that needs them is not asked."""
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
    vlan_ports: tuple[VlanPorts, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    multicast: tuple[Multicast, ...] = ()
    counters: tuple[PortCounters, ...] = ()
    """Every sample, in the order in which they were taken."""
    lldp: tuple[LldpNeighbour, ...] = ()
    answers: tuple[Answer, ...] = ()

    coverage: Mapping[tuple[Need, str], Coverage] = field(default_factory=dict)
    lost: Mapping[tuple[Need, str], tuple[str, str]] = field(default_factory=dict)
    """For what is lost: why, and what would resolve it."""
    passed: frozenset[tuple[str, str]] = frozenset()
    """(target, probe) that is over and told nothing: another way of asking is next, where there is one."""
    first_rows: Mapping[str, Mapping[str, tuple[int, ...]] | None] = field(default_factory=dict)
    """Of the targets that were asked which tables have a row: the first one's index by column; None: it did not tell."""

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

    def vnic_of(self, instance: Instance) -> VNic | None:
        """The virtual NIC below an instance's adapter."""
        nic = self.nlb_nic(instance)
        return self.vnic(nic) if nic else None

    def platform(self, target: str) -> str:
        """The phrase book's platform of a target: `windows` for nodes and hosts, a slug, or `unknown`."""
        if target in self.nodes or target in self.hosts:
            return "windows"
        return next((a.platform for a in self.agents if a.target == target and a.platform), "unknown")
