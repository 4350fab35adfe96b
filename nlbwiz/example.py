"""Short forms of facts for the rows of a check's truth table: what a row does not name has a plain, healthy value.

Machines are named by what they are: nlb1 is a node, hv1 a Hyper-V host, sw1 a switch, gw1 a gateway, `jump` the jump
host. Evidence labels follow from that, as in a real run, so that the tests can take one answer away from any row.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal

from nlbwiz.addr import Mac, Mode, cluster_mac, mac
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
    Fact,
    FdbEntry,
    GroupEntry,
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
    Vip,
    Vlan,
    VlanPorts,
    Vm,
    VNic,
    VSwitch,
)
from nlbwiz.joins.ownership import cluster_addresses
from nlbwiz.known import Facts, OtherCluster
from nlbwiz.probes import PROBES, Role

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""When every example is judged."""

NEIGHBORS: dict[str, tuple[Literal["router", "node", "host", "jump"], str]] = {
    "gw": ("router", "arp[{ip}]"),
    "sw": ("router", "arp[{ip}]"),
    "nlb": ("node", "neighbors"),
    "hv": ("host", "host-neighbors"),
    "jump": ("jump", "jump-neighbors"),
}
"""Kind of machine -> how it sees addresses, and the name of the evidence."""

MODES: dict[str, Mode] = {"unicast": "unicast", "multicast": "multicast", "igmp": "igmp"}

_ROLES: dict[Role, tuple[str, ...]] = {
    "node": ("nlb",),
    "host": ("hv",),
    "agent": ("sw", "gw"),
    "switch": ("sw",),
    "router": ("gw",),
    "jump": ("jump",),
    "wire": ("jump",),
    "operator": ("operator",),
}
_FIELDS: dict[type, str] = {
    Machine: "machines", Instance: "instances", Vip: "vips", NodeState: "states", Driver: "drivers", Nic: "nics",
    Address: "addresses", IpInterface: "interfaces", ArpRetryCount: "arp_retry", Event: "events", LogWindow: "logs",
    ArpView: "arp", MacPool: "pools", Vm: "vms", VNic: "vnics", Agent: "agents", OwnAddress: "own_addresses",
    Port: "ports", FdbEntry: "fdb", Membership: "memberships", AddressOrder: "address_orders", VSwitch: "vswitches",
    Team: "teams", LldpNeighbour: "lldp", Answer: "answers", Vlan: "vlans", GroupEntry: "groups", Multicast: "multicast",
    PortCounters: "counters", VlanPorts: "vlan_ports",
}  # fmt: skip


def kind(target: str) -> str:
    """`nlb1` -> `nlb`."""
    return target.rstrip("0123456789")


def facts(
    names: str, needs: Collection[Need], given: Collection[Fact], *, silent: str = "", dips: str = "", other: str = "",
    others: Collection[OtherCluster] = (), measured: bool = False,
) -> Facts:  # fmt: skip
    """The facts of one small site.

    names: its machines, `nlb1 nlb2 hv1 sw1 gw1 jump`. needs: what is asked; all of it is answered, except `silent`, a
    list like `nlb2/cluster gw1/arp`. Facts that nobody was asked for, or that were lost, are left out; a gateway that
    answered has no entry for what no row names. dips: the nodes' own addresses in the order of the nodes. other: the
    primary of another cluster of the site, `shop`. others: the site's other clusters as their nodes tell them. measured: the
    run samples counters.
    """
    machines = names.split()
    lost = set(silent.split())
    nodes = tuple(name for name in machines if kind(name) == "nlb")
    coverage: dict[tuple[Need, str], Coverage] = {}
    for probe in PROBES.values():
        for name in machines:
            if probe.gives in needs and kind(name) in _ROLES[probe.at]:
                coverage[probe.gives, name] = "lost" if f"{name}/{probe.gives}" in lost else "answered"
    fields: dict[str, list[Fact]] = {name: [] for name in _FIELDS.values()}
    for fact in given:
        if _answered(fact.evidence, coverage):
            fields[_FIELDS[type(fact)]].append(fact)
    found = Facts(
        cluster="web",
        now=NOW,
        nodes=nodes,
        dips=dict(zip(nodes, map(IPv4Address, dips.split()), strict=False)),
        hosts=tuple(name for name in machines if kind(name) == "hv"),
        switches=tuple(name for name in machines if kind(name) == "sw"),
        routers=tuple(name for name in machines if kind(name) == "gw"),
        other_primaries={IPv4Address(other): "shop"} if other else {},
        others=tuple(others),
        measured=measured,
        coverage=coverage,
        **{name: tuple(of_kind) for name, of_kind in fields.items()},  # type: ignore[arg-type]  # sorted by their type
    )
    return replace(found, arp=(*found.arp, *_not_there(found)))


def _answered(label: str, coverage: dict[tuple[Need, str], Coverage]) -> bool:
    """Whether the answer that a label names was asked for and came: `gw1/arp[172.31.3.232]`."""
    target, _, rest = label.partition("/")
    probe = PROBES[rest.partition("[")[0]]
    return probe.at == "operator" or coverage.get((probe.gives, target)) == "answered"


def _not_there(found: Facts) -> Iterator[ArpView]:
    """`none` for every address of the cluster that a row does not name: a gateway that answered was asked for all."""
    for router in found.routers:
        named = {seen.ip for seen in found.arp if seen.device == router}
        for ip in cluster_addresses(found):
            if found.answered("arp", router) and ip not in named:
                yield view(router, str(ip), "none")


# ---- a node ----


def node(
    name: str, mode: str, primary: str, own: str, dip: str, *, vips: str = "", host: str = "hv1", dad_count: int = 3,
    retries: int | None = None, boot: timedelta = timedelta(days=10), reach: timedelta = timedelta(days=30),
    spoofing: bool = True, dynamic: bool = True, running: bool = True,
) -> list[Fact]:  # fmt: skip
    """All that a node in order says of itself, and its host of it: the NIC NLB with its own MAC and address, and NLB on it.

    mode: one of NLB's three; anything else is one that was read and could not be told. primary, vips: its VIPs, the
    primary first. host: where its VM runs. The last letter of its name is its host priority. retries: ArpRetryCount.
    boot, reach: how long ago it was started, and how far its log reaches back.
    """
    every = dict.fromkeys((primary, *vips.split()))
    held = str(cluster_mac("unicast", IPv4Address(primary))) if mode == "unicast" else own
    return [
        instance(name, primary, mode),
        *(vip(name, primary, ip) for ip in every),
        vip(name, primary, dip, role="dip"),
        state(name, primary, int(name[-1])),
        nic(name, own, now=held),
        *(address(name, ip) for ip in (dip, *every)),
        dad(name, count=dad_count),
        retry(name, retries),
        started(name, boot),
        log(name, reach),
        vnic(host, name.upper(), own, ips=" ".join((dip, *every)), spoofing=spoofing, dynamic=dynamic),
        vm(host, name.upper(), running=running),
    ]  # fmt: skip


def instance(node: str, primary: str, mode: str, *, reported: str = "", interface: str = "NLB") -> Instance:
    """One node's NLB instance; a mode that is none of NLB's three is one that could not be told."""
    return Instance(
        node=node, primary=IPv4Address(primary), mode=MODES.get(mode), mac=mac(reported) if reported else None,
        name="web", interface=interface, guid="", source="module", evidence=f"{node}/cluster",
    )  # fmt: skip


def vip(node: str, primary: str, ip: str, *, role: Literal["vip", "dip"] = "vip", complete: bool = True) -> Vip:
    """An address of NLB's own list."""
    return Vip(
        node=node, primary=IPv4Address(primary), role=role, ip=IPv4Address(ip), prefix=24, complete=complete,
        evidence=f"{node}/vips",
    )  # fmt: skip


def state(node: str, primary: str, priority: int) -> NodeState:
    """A node that runs; 1008 is the default host, which the lowest priority number is."""
    return NodeState(
        node=node, primary=IPv4Address(primary), code=1008 if priority == 1 else 1007, text="Converged",
        priority=priority, initial="Started", masked=True, evidence=f"{node}/state",
    )  # fmt: skip


def nic(node: str, own: str, *, now: str = "", name: str = "NLB", index: int = 12) -> Nic:
    """An adapter: `own` is its permanent MAC, `now` the one it uses, when that is another (unicast)."""
    return Nic(
        target=node, name=name, description="Microsoft Hyper-V Network Adapter", guid="", index=index,
        mac=mac(now or own), permanent=mac(own), status="Up", physical=True, driver="", evidence=f"{node}/adapters",
    )  # fmt: skip


def address(node: str, ip: str, *, index: int = 12, state: str = "Preferred") -> Address:
    """An address in TCP/IP's active store."""
    return Address(
        node=node, ip=IPv4Address(ip), prefix=24, index=index, alias="NLB", state=state, store="active",
        evidence=f"{node}/addresses",
    )  # fmt: skip


def dad(node: str, *, count: int = 3, index: int = 12, alias: str = "NLB") -> IpInterface:
    """One interface's duplicate address detection."""
    return IpInterface(
        node=node, index=index, alias=alias, dad_transmits=count, dhcp="Disabled", forwarding="Disabled",
        weak_send="Disabled", evidence=f"{node}/dad",
    )  # fmt: skip


def retry(node: str, value: int | None = None) -> ArpRetryCount:
    """ArpRetryCount; None = absent."""
    return ArpRetryCount(node=node, value=value, evidence=f"{node}/arp-retry-count")


def started(node: str, before: timedelta) -> Machine:
    """A node that was started so long ago."""
    return Machine(
        target=node, computer=node.upper(), caption="Windows Server 2019", version="10.0.17763", boot=NOW - before,
        clock=NOW, nlb_installed=True, evidence=f"{node}/os",
    )  # fmt: skip


def log(node: str, reach: timedelta, *, provider: str = "Tcpip") -> LogWindow:
    """How far back a node's System log reaches."""
    return LogWindow(target=node, provider=provider, oldest=NOW - reach, truncated=False, evidence=f"{node}/events")


def event(
    node: str, before: timedelta, *, ip: str = "", at: str = "", number: int = 4199, provider: str = "Tcpip"
) -> Event:
    """An event of so long ago, with its address and its MAC."""
    return Event(
        target=node, provider=provider, id=number, at=NOW - before, ip=IPv4Address(ip) if ip else None,
        mac=mac(at) if at else None, inserts=("", ip, at), evidence=f"{node}/events",
    )  # fmt: skip


def driver(node: str, primary: str, held: str) -> Driver:
    """The cluster MAC that a node's running driver holds."""
    return Driver(
        node=node,
        primary=IPv4Address(primary),
        mac=mac(held),
        priority=None,
        state="Started",
        evidence=f"{node}/driver",
    )


# ---- who sees what ----


def view(device: str, ip: str, held: str) -> ArpView:
    """What a device holds for an address: `none`, or `static MAC`, `learned MAC`, `own MAC`."""
    via, label = NEIGHBORS[kind(device)]
    word, _, text = held.partition(" ")
    kinds: dict[str, Literal["static", "dynamic", "own", "none"]] = {
        "static": "static",
        "learned": "dynamic",
        "own": "own",
        "none": "none",
    }
    return ArpView(
        device=device, via=via, ip=IPv4Address(ip), kind=kinds[word], mac=mac(text) if text else None,
        evidence=f"{device}/{label.format(ip=ip)}",
    )  # fmt: skip


def vnic(
    host: str, vm: str, own: str, *, ips: str = "", dynamic: bool = True, name: str = "NLB", spoofing: bool = False
) -> VNic:
    """A virtual NIC, with the addresses that its guest reports."""
    return VNic(
        host=host, vm=vm, vm_id=vm.lower(), name=name, mac=mac(own), dynamic=dynamic, spoofing=spoofing, switch="External",
        vlan=3, ips=tuple(map(IPv4Address, ips.split())), evidence=f"{host}/vnics",
    )  # fmt: skip


def vm(host: str, name: str, *, running: bool = True) -> Vm:
    """A virtual machine registered on a host."""
    return Vm(host=host, name=name, id=name.lower(), running=running, migrating=False, evidence=f"{host}/vms")


def pool(host: str, low: str, high: str) -> MacPool:
    """A host's range of dynamic MACs."""
    return MacPool(host=host, low=mac(low), high=mac(high), max_migrations=2, evidence=f"{host}/hypervisor")


def agent(target: str, platform: str | None, *, forwarding: bool = True) -> Agent:
    """An SNMP agent and its platform."""
    return Agent(
        target=target, platform=platform, descr="", name=target, forwarding=forwarding, uptime_s=8_640_000.0,
        evidence=f"{target}/agent",
    )  # fmt: skip


def own_address(router: str, interface: str) -> OwnAddress:
    """A router's own address: `172.31.3.1/24`."""
    return OwnAddress(target=router, interface=IPv4Interface(interface), ifindex=3, evidence=f"{router}/own-addresses")


def fdb(switch: str, sought: Mac, *, port: int | None = None, vlan: int = 3) -> FdbEntry:
    """A learned row of a MAC table; without a port the proof that there is none."""
    learned = port is not None
    return FdbEntry(
        target=switch, mac=sought, vlan=vlan if learned else None, port=port, status="learned" if learned else "none",
        evidence=f"{switch}/fdb[{sought}]",
    )  # fmt: skip


def port(switch: str, name: str, bridge: int) -> Port:
    """A port of a switch by its bridge port number."""
    return Port(target=switch, ifindex=bridge, name=name, up=True, bridge=bridge, lag=None, evidence=f"{switch}/ports")


def vlan(switch: str, number: int, name: str) -> Vlan:
    """A VLAN that a switch knows."""
    return Vlan(target=switch, id=number, name=name, evidence=f"{switch}/vlans")


def group(switch: str, sought: Mac, status: str, *ports: int, vlan: int = 3) -> GroupEntry:
    """A switch's entry for a multicast MAC: `static`, `learned`, or `none`, the proof that there is none."""
    kinds: dict[str, Literal["static", "learned", "none"]] = {"static": "static", "learned": "learned", "none": "none"}
    return GroupEntry(
        target=switch, mac=sought, group=None, vlan=vlan, ports=ports, status=kinds[status],
        evidence=f"{switch}/groups[{sought}]",
    )  # fmt: skip


def multicast(
    switch: str, *, filtering: str = "on", lookup: str = "mac", unregistered: str = "forward", snooping: bool | None = True,
    querier: bool | None = False, host_timeout_s: float | None = 260.0,
) -> Multicast:  # fmt: skip
    """How a switch handles multicast: filtering `on` or `off`, look-up `mac` or `ip`, without an entry `forward` or `drop`;
    `?` where it does not say.
    """
    looks: dict[str, Literal["mac", "ip"]] = {"mac": "mac", "ip": "ip"}
    without: dict[str, Literal["forward", "drop"]] = {"forward": "forward", "drop": "drop"}
    return Multicast(
        target=switch, vlan=None, filtering={"on": True, "off": False}.get(filtering), unregistered=without.get(unregistered),
        snooping=snooping, lookup=looks.get(lookup), querier=querier, querier_address=None, host_timeout_s=host_timeout_s,
        evidence=f"{switch}/multicast",
    )  # fmt: skip


def counted(switch: str, port: int, uptime_s: float, received: int, sent: int, *, unicast: bool) -> PortCounters:
    """One port's counters at one moment: packets received and sent, of unicast or of multicast; the other kind is 0."""
    one, none = (received, sent), (0, 0)
    ucast, mcast = (one, none) if unicast else (none, one)
    return PortCounters(
        target=switch, port=port, uptime_s=uptime_s, in_ucast=ucast[0], in_mcast=mcast[0], in_bcast=0, out_ucast=ucast[1],
        out_mcast=mcast[1], out_bcast=0, evidence=f"{switch}/counters[{port}]",
    )  # fmt: skip
