"""What is worth asking now: site + facts + wanted needs -> asks. Pure; called again after every answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from nlbwiz import families
from nlbwiz.addr import Mac, decode, igmp_group
from nlbwiz.facts import Need
from nlbwiz.joins.cabling import forwarding_ports
from nlbwiz.known import Facts
from nlbwiz.parse.coverage import targets
from nlbwiz.parse.gather import probes_for
from nlbwiz.probes import PROBES, Ask, Probe, Role
from nlbwiz.site.model import Site

RETRY_S = 5.0
"""An address still Tentative, or a VM in migration, is asked once more after this time (design: outcomes)."""
MOST_OF_A_HOST = 3
"""Virtual NICs by which the port of a host without a node is looked for; an idle one has aged out of the MAC table."""
MOST_INTERFACES = 300
"""L3 interfaces of a router that one address is looked up on: 300 x 2 varbinds are 25 PDUs (reference: snmp 4.2)."""


def plan(
    site: Site, facts: Facts, want: frozenset[Need], *, elapsed_s: float = 0.0, measure_s: float = 0.0
) -> frozenset[Ask]:
    """Every ask that the facts allow to be put, whether it was put before or not.

    `facts` are the whole site's. Small tables wait for nobody; an exact row is asked for once its index is known.
    `elapsed_s`: seconds since the run began, for what is asked once more a little later. `measure_s`: seconds between
    the two samples of a measurement.
    """
    asks = {ask for probe in probes_for(want) for ask in _asks(site, facts, probe, want, elapsed_s)}
    asks |= {Ask(target=target, probe="tables") for target in _doubted(site, facts, want)}
    return frozenset(asks | {again for ask in asks for again in _second_sample(facts, ask, elapsed_s, measure_s)})


def _second_sample(facts: Facts, ask: Ask, elapsed_s: float, measure_s: float) -> Iterator[Ask]:
    """Counters are read once more, so long after their first sample is there; the first one waits for nothing."""
    if PROBES[ask.probe].gives == "counters" and any(one.target == ask.target for one in facts.counters):
        yield replace(ask, sample=1, not_before_s=elapsed_s + measure_s)


def _asks(site: Site, facts: Facts, probe: Probe, want: frozenset[Need], elapsed_s: float) -> Iterator[Ask]:
    if probe.at == "operator" or _coming(facts, want, _BEFORE.get(probe.name, frozenset())):
        return
    for target in targets(site, probe.at, facts.routers):
        if not chosen(facts, probe, target):
            continue
        match probe.name:
            case "arp" | "arp-physical":
                for ip in watched(site, facts):
                    if places := _interfaces(facts, target, ip):
                        yield Ask(target=target, probe=probe.name, args=(str(ip), *map(str, places)))
            case "arp-find" | "arp-physical-find":
                if ips := watched(site, facts):
                    yield Ask(target=target, probe=probe.name, args=tuple(map(str, ips)))
            case "fdb" | "fdb-length":
                if ids := _ids(facts, target):
                    yield from (
                        Ask(target=target, probe=probe.name, args=(at, *ids)) for at in _macs(site, facts, want)
                    )
            case "fdb-find":
                if macs := _macs(site, facts, want):
                    yield Ask(target=target, probe=probe.name, args=macs)
            case "arp-look":
                near = (ip for ip in watched(site, facts) if any(ip in one.network for one in facts.jump_attached))
                yield from (Ask(target=target, probe=probe.name, args=(str(ip),)) for ip in near)
            case "fdb-huawei":
                yield from (Ask(target=target, probe=probe.name, args=(at,)) for at in _macs(site, facts, want))
            case "fdb-bridge":
                for at in _macs(site, facts, want):
                    for vlan in _contexts(facts, target) or ((),):
                        yield Ask(target=target, probe=probe.name, args=(at, *vlan))
            case "bridge-ports":
                yield from (Ask(target=target, probe=probe.name, args=vlan) for vlan in _contexts(facts, target))
            case _ if probe.gives == "groups":
                yield from _group_asks(facts, probe, target)
            case _ if probe.gives == "counters":
                if ports := measured_ports(facts, target):
                    yield Ask(target=target, probe=probe.name, args=tuple(map(str, ports)))
            case _:
                yield Ask(target=target, probe=probe.name)
        if probe.name in ("addresses", "vms") and target in _in_transition(facts):
            yield Ask(target=target, probe=probe.name, sample=1, not_before_s=elapsed_s + RETRY_S)


MOST_CONTEXTS = 32
"""VLAN contexts that a MAC is looked for in, where no virtual NIC tells its VLAN: each is a session of its own."""


def chosen(facts: Facts, probe: Probe, target: str) -> bool:
    """Whether this way of asking is the one for this device (nlbwiz.families); the first of several that may do.

    Small standard tables wait for nobody; what differs between vendors waits until the agent has said what it is.
    """
    if not probe.via.startswith("snmp"):
        return True
    row = families.family(facts.platform(target))
    said = facts.coverage.get(("agent", target)) in ("answered", "lost")
    match probe.gives:
        case "ports" | "own-addresses":
            return probe.name == probe.gives or (probe.name == "bridge-ports" and row.contexts)
        case "arp" | "fdb":
            return probe.name == way(facts, probe.gives, target)
        case "counters":
            waiting = facts.coverage.get(("counters", target)) != "lost"
            return probe.name == ("counters" if waiting or _counted(facts, target) else "counters-32")
        case "vlan-ports":
            return probe.name == probe.gives
        case "vlans":
            if probe.name == "fdb-ids" and any(one.target == target for one in facts.vlans):
                return False
            return probe.name == "vlans" or (said and probe.name in row.vlans)
        case "groups" | "multicast" | "lags":
            return said and probe.name in families.probes(row, probe.gives)
        case _:
            return True


def way(facts: Facts, need: Need, target: str) -> str:
    """The way in which a device is asked for MACs or addresses now: the first of its family that is not over.

    After the last one it is the first again, for what becomes known to look for later.
    """
    row = families.family(facts.platform(target))
    first = families.ways(row, need, None)[0]
    if target not in facts.first_rows or not _over(facts, target, first):
        return first
    chain = families.ways(row, need, facts.first_rows[target])
    return next((one for one in chain if not _over(facts, target, one)), first)


def _over(facts: Facts, target: str, probe: str) -> bool:
    """Whether a way told nothing, or cannot be gone at all: no index of its exact rows is known, nor will be."""
    if (target, probe) in facts.passed:
        return True
    match probe:
        case "fdb" | "fdb-length":
            row = families.family(facts.platform(target))
            return not _ids(facts, target) and all((target, one) in facts.passed for one in row.vlans)
        case "arp" | "arp-physical":
            own = any(one.target == target for one in facts.own_addresses)
            return not own and (target, "own-addresses") in facts.passed
        case _:
            return False


def _doubted(site: Site, facts: Facts, want: frozenset[Need]) -> Iterator[str]:
    """Whose first way told nothing: which of its tables have a row says what to ask next, in one PDU."""
    needs: tuple[tuple[Need, Role], ...] = (("fdb", "switch"), ("arp", "router"))
    for need, role in needs:
        for target in targets(site, role, facts.routers) if need in want else ():
            if target in facts.first_rows or facts.coverage.get(("agent", target)) == "pending":
                continue
            first, *more = families.ways(families.family(facts.platform(target)), need, None)
            if more and _over(facts, target, first):
                yield target


def _ids(facts: Facts, target: str) -> tuple[str, ...]:
    """The VLANs of a switch, under which exact rows of its tables are asked for."""
    return tuple(str(vlan.id) for vlan in facts.vlans if vlan.target == target)


def _counted(facts: Facts, target: str) -> bool:
    return any(one.target == target for one in facts.counters)


def _contexts(facts: Facts, target: str) -> tuple[tuple[str], ...]:
    """The VLANs in whose contexts a MAC is looked for: those of the virtual NICs where they are known, else all."""
    if not families.family(facts.platform(target)).contexts:
        return ()
    listed = {vlan.id for vlan in facts.vlans if vlan.target == target}
    used = {vnic.vlan for vnic in facts.vnics if vnic.vlan} & listed
    return tuple((str(vlan),) for vlan in sorted(used or listed)[:MOST_CONTEXTS])


def idle(probe: Probe, facts: Facts) -> bool:
    """Whether there is nothing to ask for although everything is known: no group where every node runs unicast."""
    modes = {one.mode for one in facts.instances}
    read = {one.node for one in facts.instances if one.mode}
    return probe.gives == "groups" and modes == {"unicast"} and read >= set(facts.nodes)


def _group_asks(facts: Facts, probe: Probe, switch: str) -> Iterator[Ask]:
    """The exact rows of every multicast cluster MAC, or of its group address, in every VLAN of the switch."""
    vlans = _ids(facts, switch)
    for one in facts.instances:
        if one.right_mac is None or one.mode == "unicast" or not vlans:
            continue
        if probe.index.endswith("ip"):
            if one.mode == "igmp":
                yield Ask(target=switch, probe=probe.name, args=(str(igmp_group(one.primary)), *vlans))
        elif probe.index.endswith("@context"):
            yield from (Ask(target=switch, probe=probe.name, args=(one.right_mac, vlan)) for vlan in vlans)
        else:
            yield Ask(target=switch, probe=probe.name, args=(one.right_mac, *vlans))


MOST_PORTS = 256
"""Ports of a switch whose counters are read: 256 x 7 varbinds are 45 PDUs a sample."""


def measured_ports(facts: Facts, switch: str) -> tuple[int, ...]:
    """The ifIndexes whose counters are compared."""
    return tuple(sorted(forwarding_ports(facts, switch)))[:MOST_PORTS]


_MACHINES: frozenset[Need] = frozenset({"adapters", "uplinks", "teams", "vnics", "cluster"})
_BEFORE: dict[str, frozenset[Need]] = {
    "fdb": _MACHINES,
    "fdb-length": _MACHINES,
    "fdb-find": _MACHINES | {"vips", "arp", "events"},
    "arp-find": frozenset({"cluster", "vips"}),
    "arp-physical-find": frozenset({"cluster", "vips"}),
}
"""What tells which MACs and addresses to look for: they are asked for together, so that it takes fewer PDUs, and always
as many. A walk is made once, so it waits for all of it."""


def _coming(facts: Facts, want: frozenset[Need], sources: frozenset[Need]) -> bool:
    """Whether machines that are asked for these have not answered yet."""
    sources &= want
    waiting = ((need, target) for (need, target), state in facts.coverage.items() if state == "pending")
    return any(need in sources and not (need == "arp" and _ended(facts, target)) for need, target in waiting)


def _ended(facts: Facts, router: str) -> bool:
    """Whether nothing more is asked of a router's ARP table: its interfaces did not come, or every way is over."""
    if facts.coverage.get(("own-addresses", router)) == "lost":
        return True
    return router in facts.first_rows and _over(facts, router, way(facts, "arp", router))


def watched(site: Site, facts: Facts) -> tuple[IPv4Address, ...]:
    """The addresses whose owner matters: every VIP (the site file's at once), every node's own address."""
    known = {c.vip for c in site.clusters.values()} | {n.address for n in site.nodes.values()}
    known |= {v.ip for v in facts.vips} | {i.primary for i in facts.instances}
    return tuple(sorted(ip for ip in known if isinstance(ip, IPv4Address)))


def _interfaces(facts: Facts, router: str, ip: IPv4Address) -> tuple[int, ...]:
    """Where a router may hold the row: the interface of the address's own subnet first, then all others, then 0."""
    own = [one for one in facts.own_addresses if one.target == router]
    if not own:
        return ()
    near = [one.ifindex for one in own if ip in one.interface.network]
    return tuple(dict.fromkeys([*near, *sorted(one.ifindex for one in own), 0]))[:MOST_INTERFACES]


def _macs(site: Site, facts: Facts, want: frozenset[Need]) -> tuple[Mac, ...]:
    """Whose port is looked for: what is sought; in a measurement this machine's own, too."""
    return tuple(dict.fromkeys((*sought(site, facts), *(_ourselves(facts) if "counters" in want else ()))))


def _ourselves(facts: Facts) -> tuple[Mac, ...]:
    """The MACs that others have for the addresses of the machine that nlbwiz runs on: its port is no bystander's."""
    own = {one.ip for one in facts.jump_attached}
    return tuple(sorted({view.mac for view in facts.arp if view.ip in own and view.via != "jump" and view.mac}))


def sought(site: Site, facts: Facts) -> tuple[Mac, ...]:
    """The MACs whose port matters: the nodes' vNICs, teamed hosts' uplinks, some virtual NICs of every other host, a
    unicast cluster's own MAC (which no switch may learn), and every stranger for a watched address.
    """
    nodes, ips = set(site.nodes), set(watched(site, facts))
    found = {mac for nic in facts.nics if nic.target in nodes for mac in (nic.permanent or nic.mac,) if mac}
    teamed = {team.host for team in facts.teams}
    cables = (nic for nic in facts.nics if nic.target in teamed and nic.physical)
    found |= {mac for nic in cables for mac in (nic.permanent or nic.mac,) if mac}
    found |= {mac for one in facts.instances if one.mode == "unicast" and (mac := one.right_mac)}
    for host in {vnic.host for vnic in facts.vnics} - {vnic.host for vnic in facts.vnics if vnic.mac in found}:
        found |= set(sorted(vnic.mac for vnic in facts.vnics if vnic.host == host and vnic.mac)[:MOST_OF_A_HOST])
    seen: Iterable[Mac | None] = (
        *(view.mac for view in facts.arp if view.ip in ips),
        *(event.mac for event in facts.events if event.ip in ips),
    )
    found |= {mac for mac in seen if mac and decode(mac).kind not in ("cluster", "masked", "multicast", "broadcast")}
    return tuple(sorted(found))


def _in_transition(facts: Facts) -> set[str]:
    """Nodes with a Tentative address, hosts with a VM in migration."""
    return {a.node for a in facts.addresses if a.state == "Tentative"} | {vm.host for vm in facts.vms if vm.migrating}
