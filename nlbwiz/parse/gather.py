"""All evidence of a run -> the Facts of one cluster, with their coverage. Pure: the same evidence, the same Facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface
from typing import TypeVar

from nlbwiz import facts as f
from nlbwiz import families
from nlbwiz.addr import Mode
from nlbwiz.facts import Coverage, Fact, Need
from nlbwiz.known import Facts, OtherCluster
from nlbwiz.parse import local, snmp, trust, windows
from nlbwiz.parse.coverage import covered, needed, targets
from nlbwiz.parse.ways import Ways, ways
from nlbwiz.probes import PROBES, Ask, Probe
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Cluster, Site

F = TypeVar("F", bound=Fact)


@lru_cache(maxsize=8192)
def parse(evidence: Evidence) -> tuple[tuple[Fact, ...], str]:
    """One answer's facts, and the reason why there are none when it cannot be understood. Cached by the evidence."""
    if not evidence.is_answer:
        return (), ""
    try:
        match PROBES[evidence.ask.probe].via:
            case "winrm":
                return windows.facts(evidence), ""
            case "snmp-get" | "snmp-next" | "snmp-walk" | "snmp-scan" | "snmp-find":
                return snmp.facts(evidence), ""
            case "file":
                return tuple(local.neighbours(evidence)), ""
            case "wire":
                return tuple(local.owners(evidence)), ""
            case "person":
                return tuple(local.answer(evidence)), ""
    except (ValueError, KeyError, IndexError, RecursionError) as error:
        return (), f"the answer is not what {evidence.ask.probe} gives: {type(error).__name__}: {str(error)[:200]}"


def newest(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The last sample of every ask, sorted by ask, so that the order of arrival never shows; of counters every sample.

    "Not asked", said where what an ask depends on did not come, gives way to the asks themselves in a later round.
    """
    last: dict[tuple[str, str, tuple[str, ...], int], Evidence] = {}
    for one in sorted(evidence, key=lambda e: (e.ask.sample, e.at, e.id)):
        sample = one.ask.sample if one.ask.probe in EVERY_SAMPLE else 0
        last[one.ask.target, one.ask.probe, one.ask.args, sample] = one
    put = {(target, probe) for target, probe, args, _ in last if args}
    kept = {key: one for key, one in last.items() if not (one.status == "skipped" and not key[2] and key[:2] in put)}

    def place(key: tuple[str, str, tuple[str, ...], int]) -> tuple[str, str, tuple[str, ...], int, tuple[str, ...]]:
        """By ask; samples by their time, since the ports that are asked for may be others in a later round."""
        target, probe, args, sample = key
        return target, probe, (kept[key].at.isoformat(),) if probe in EVERY_SAMPLE else args, sample, args

    return [kept[key] for key in sorted(kept, key=place)]


EVERY_SAMPLE = frozenset({"counters", "counters-32"})
"""Probes whose samples are compared with each other: a later one does not replace an earlier one."""


def gather(
    site: Site,
    cluster: str | None,
    evidence: Iterable[Evidence],
    *,
    at: datetime,
    pending: Collection[Ask] = (),
    still_open: bool = False,
    measured: bool = False,
) -> Facts:
    """The facts of one cluster (None: of the whole site, for planning), as they stand at `at`.

    `pending`: asks that are not answered yet. `still_open`: the run goes on, so what was not even asked may still come.
    `measured`: the run samples counters; evidence that holds such samples says so itself.
    """
    chosen = newest(evidence)
    parsed = [(one, *parse(one)) for one in chosen]
    by_kind: dict[type, list[Fact]] = defaultdict(list)
    for _, found, _ in parsed:
        for fact in found:
            by_kind[type(fact)].append(fact)

    def of(kind: type[F]) -> tuple[F, ...]:
        return tuple(by_kind[kind])  # type: ignore[arg-type]  # the list holds facts of this kind only

    agents = tuple(_named(agent, site) for agent in of(f.Agent))
    routers = targets(site, "router", {agent.target for agent in agents if agent.forwarding})
    tried = ways(parsed, agents, pending)
    coverage, lost = covered(site, needed(parsed, agents, of(f.Vlan)), routers, pending, still_open, tried)
    arp = trust.trusted_arp(trust.classified(of(f.ArpView), of(f.OwnAddress)), tried, coverage, lost)
    ports = _bridged(of(f.Port), of(f.BridgePort))
    rows = _placed(of(f.FdbEntry), of(f.Vlan), tried)
    fdb = trust.trusted_fdb(_by_bridge_port(rows, ports), tried, coverage, lost)
    groups = trust.trusted_groups(_on_interfaces(of(f.GroupEntry), ports, agents), agents, coverage, lost)
    jump = next((one for one in chosen if one.ask.probe == "jump-neighbors" and one.is_answer), None)
    vswitches = of(f.VSwitch)
    everything = Facts(
        cluster=cluster or "",
        now=at,
        nodes=tuple(site.nodes),
        dips={name: node.address for name, node in site.nodes.items() if isinstance(node.address, IPv4Address)},
        expected_hosts={name: node.host for name, node in site.nodes.items() if node.host},
        hosts=tuple(site.hosts),
        switches=tuple(site.switches),
        routers=routers,
        jump_attached=_attached(jump),
        uplinks=tuple(
            f.Uplink(host=host.name, switch=switch, port=port)
            for host in site.hosts.values()
            for switch, _, port in (one.partition(":") for one in host.uplinks)
        ),
        machines=of(f.Machine),
        guests=of(f.Guest),
        instances=of(f.Instance),
        vips=of(f.Vip),
        states=of(f.NodeState),
        drivers=of(f.Driver),
        memberships=of(f.Membership),
        nics=of(f.Nic),
        addresses=of(f.Address),
        address_orders=of(f.AddressOrder),
        interfaces=of(f.IpInterface),
        arp_retry=of(f.ArpRetryCount),
        events=of(f.Event),
        logs=of(f.LogWindow),
        arp=arp,
        pools=of(f.MacPool),
        vms=of(f.Vm),
        vnics=of(f.VNic),
        vswitches=vswitches,
        teams=tuple(_joined(team, vswitches) for team in of(f.Team)),
        agents=agents,
        own_addresses=of(f.OwnAddress),
        vlans=of(f.Vlan),
        ports=ports,
        fdb=fdb,
        vlan_ports=_on_interfaces(of(f.VlanPorts), ports, agents),
        groups=groups,
        multicast=of(f.Multicast),
        counters=of(f.PortCounters),
        measured=measured
        or any(PROBES[one.ask.probe].gives == "counters" for one in chosen if one.ask.probe in PROBES),
        lldp=of(f.LldpNeighbour),
        answers=of(f.Answer),
        coverage=coverage,
        lost=lost,
        passed=tried.passed,
        first_rows=tried.first,
    )
    return everything if cluster is None else _of_cluster(site, cluster, everything)


def _named(agent: f.Agent, site: Site) -> f.Agent:
    """The operator's word for the platform comes before what sysObjectID says."""
    listed = site.switches.get(agent.target) or site.gateways.get(agent.target)
    return replace(agent, platform=listed.platform) if listed and listed.platform else agent


def _bridged(ports: Iterable[f.Port], more: Iterable[f.BridgePort]) -> tuple[f.Port, ...]:
    """Ports with the bridge port numbers that only a VLAN's own context tells (Cisco; one number, one port: REC c3750)."""
    numbers = {(one.target, one.ifindex): one.bridge for one in more}
    return tuple(
        replace(port, bridge=number)
        if port.bridge is None and (number := numbers.get((port.target, port.ifindex))) is not None
        else port
        for port in ports
    )


def _by_bridge_port(rows: Iterable[f.FdbEntry], ports: tuple[f.Port, ...]) -> tuple[f.FdbEntry, ...]:
    """Huawei's own MAC table names ifIndexes: they become bridge ports, as in every other table."""
    bridge = {(port.target, port.ifindex): port.bridge for port in ports if port.bridge}
    return tuple(
        replace(row, port=bridge.get((row.target, row.port), row.port))
        if row.port and row.evidence.startswith(f"{row.target}/fdb-huawei")
        else row
        for row in rows
    )


def _placed(rows: Iterable[f.FdbEntry], vlans: Iterable[f.Vlan], tried: Ways) -> Iterator[f.FdbEntry]:
    """What a walk found stands under an fdbId, which is a VLAN's id where the family says so, or the switch lists it."""
    listed = {(vlan.target, vlan.id) for vlan in vlans}
    for row in rows:
        index = tried.row(row.target).fdb_index
        sure = index == "vlan" or (index == "judge" and (row.target, row.vlan) in listed)
        walked = row.evidence.startswith(f"{row.target}/fdb-find")
        yield replace(row, vlan=None) if walked and not sure else row


Listed = TypeVar("Listed", f.GroupEntry, f.VlanPorts)


def _on_interfaces(
    entries: Iterable[Listed], ports: tuple[f.Port, ...], agents: tuple[f.Agent, ...]
) -> tuple[Listed, ...]:
    """Group entries and VLANs with ifIndexes, from the bridge ports of a PortList; a number that names no port stays out of it."""
    rows = {agent.target: families.family(agent.platform) for agent in agents}
    bridge = {target: {p.bridge: p.ifindex for p in ports if p.target == target and p.bridge} for target in rows}
    known = {target: [p.ifindex for p in ports if p.target == target] for target in rows}
    return tuple(
        replace(
            entry,
            ports=tuple(
                ifindex
                for number in entry.ports
                if (
                    ifindex := families.ifindex_of(
                        number, rows[entry.target], bridge[entry.target], known[entry.target]
                    )
                )
            ),
        )
        if known.get(entry.target)
        else entry
        for entry in entries
    )


def _attached(jump: Evidence | None) -> tuple[IPv4Interface, ...]:
    try:
        return local.jump_interfaces(jump) if jump else ()
    except ValueError:
        return ()


def _joined(team: f.Team, vswitches: tuple[f.VSwitch, ...]) -> f.Team:
    """An LBFO team's vSwitch is the one whose uplink is the team's NIC (by interface description)."""
    if team.kind == "set":
        return team
    nics = set(team.vswitch.split("\n"))
    over = next((v.name for v in vswitches if v.host == team.host and nics & set(v.uplinks)), "")
    return replace(team, vswitch=over)


def _of_cluster(site: Site, cluster: str, all_: Facts) -> Facts:
    """Only this cluster's instances and what hangs on them; only its nodes' own facts; hosts and switches stay whole."""
    described = site.clusters[cluster]
    nodes = set(described.nodes)
    owner = owners(site, all_)
    mine = tuple(i for i in all_.instances if i.node in nodes and owner[i.node, i.primary] == cluster)
    keys = {(i.node, i.primary) for i in mine}
    alone = {i.node for i in mine if sum(j.node == i.node for j in all_.instances) == 1}

    def is_mine(node: str, primary: IPv4Address | None) -> bool:
        """On a node with one instance everything is that one's, also a driver that still holds a former primary."""
        return (node, primary) in keys or node in alone

    coverage = _without_strangers(all_.coverage, site, nodes)
    lost = _without_strangers(all_.lost, site, nodes)
    _not_ipv4(site, described, coverage, lost)
    others = {i.primary: name for i in all_.instances if (name := owner[i.node, i.primary]) and name != cluster}
    for name, other in site.clusters.items():
        if name != cluster and isinstance(other.vip, IPv4Address):
            others.setdefault(other.vip, name)
    return replace(
        all_,
        vip=described.vip if isinstance(described.vip, IPv4Address) else None,
        nodes=described.nodes,
        dips={name: ip for name, ip in all_.dips.items() if name in nodes},
        expected_hosts={name: host for name, host in all_.expected_hosts.items() if name in nodes},
        other_primaries=others,
        others=tuple(_others(site, cluster, all_, owner)),
        machines=tuple(m for m in all_.machines if m.target in nodes or m.target in site.hosts),
        guests=tuple(g for g in all_.guests if g.node in nodes),
        instances=mine,
        vips=tuple(v for v in all_.vips if is_mine(v.node, v.primary)),
        states=tuple(s for s in all_.states if is_mine(s.node, s.primary)),
        drivers=tuple(d for d in all_.drivers if is_mine(d.node, d.primary)),
        memberships=tuple(m for m in all_.memberships if is_mine(m.node, m.primary)),
        nics=tuple(n for n in all_.nics if n.target in nodes or n.target in site.hosts),
        addresses=tuple(a for a in all_.addresses if a.node in nodes),
        address_orders=tuple(o for o in all_.address_orders if o.node in nodes),
        interfaces=tuple(i for i in all_.interfaces if i.node in nodes),
        arp_retry=tuple(a for a in all_.arp_retry if a.node in nodes),
        events=tuple(e for e in all_.events if e.target in nodes or e.target in site.hosts),
        logs=tuple(w for w in all_.logs if w.target in nodes or w.target in site.hosts),
        coverage=coverage,
        lost=lost,
    )


def _others(
    site: Site, cluster: str, all_: Facts, owner: Mapping[tuple[str, IPv4Address], str]
) -> Iterator[OtherCluster]:
    """The site's other clusters, once for every primary address and mode; those that nobody told anything of, too."""
    for name, described in site.clusters.items():
        if name == cluster:
            continue
        found: dict[tuple[IPv4Address, Mode | None], list[f.Instance]] = defaultdict(list)
        for one in all_.instances:
            if owner[one.node, one.primary] == name:
                found[one.primary, one.mode].append(one)
        told = {one.node for same in found.values() for one in same if one.mode}
        unread = tuple(node for node in described.nodes if node not in told)
        for (primary, mode), same in found.items():
            below = [v for one in same if (nic := all_.nlb_nic(one)) and (v := all_.vnic(nic))]
            yield OtherCluster(
                name=name, primary=primary, mode=mode, vlans=tuple(sorted({v.vlan for v in below})),
                labels=tuple(dict.fromkeys((*(one.evidence for one in same), *(v.evidence for v in below)))),
                unread=unread,
            )  # fmt: skip
        if not found:
            yield OtherCluster(name=name, primary=None, mode=None, vlans=(), labels=(), unread=unread)


IPV6_WHY = "IPv6 is not looked at yet"
IPV6_RESOLVE = "give the cluster's IPv4 address too, and look at the IPv6 one by hand"


def _not_ipv4(
    site: Site,
    cluster: Cluster,
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> None:
    """A VIP or a node's address that is IPv6 is not compared with anything: what rests on it is lost, never in order."""
    for node in cluster.nodes:
        places: list[tuple[Need, object]] = [("vips", cluster.vip), ("addresses", site.nodes[node].address)]
        for need, ip in places:
            if not isinstance(ip, IPv4Address) and coverage.get((need, node)) == "answered":
                coverage[need, node] = "lost"
                lost[need, node] = (f"{ip}: {IPV6_WHY}", IPV6_RESOLVE)


V = TypeVar("V")


def _without_strangers(
    coverage: Mapping[tuple[Need, str], V], site: Site, nodes: set[str]
) -> dict[tuple[Need, str], V]:
    """What other clusters' nodes answered does not decide for this one."""
    return {(n, t): state for (n, t), state in coverage.items() if t in nodes or t not in site.nodes}


def owners(site: Site, all_: Facts) -> dict[tuple[str, IPv4Address], str]:
    """Each instance's cluster: the one whose VIP it holds; else the only one of its node that is left over."""
    owner: dict[tuple[str, IPv4Address], str] = {}
    for instance in all_.instances:
        listed = {v.ip for v in all_.vips if (v.node, v.primary) == (instance.node, instance.primary)} | {
            instance.primary
        }
        owner[instance.node, instance.primary] = next(
            (name for name, c in site.clusters.items() if c.vip in listed and instance.node in c.nodes), ""
        )
    for node in site.nodes:
        homeless = [key for key, name in owner.items() if key[0] == node and not name]
        taken = {name for key, name in owner.items() if key[0] == node}
        wanting = [name for name, c in site.clusters.items() if node in c.nodes and name not in taken]
        if len(homeless) == len(wanting) == 1:
            owner[homeless[0]] = wanting[0]
    return owner


def probes_for(needs: Iterable[Need]) -> tuple[Probe, ...]:
    """The probes that give what is wanted, in the table's order."""
    wanted = set(needs)
    return tuple(probe for probe in PROBES.values() if probe.gives in wanted)
