"""What is worth asking now: site + facts + wanted needs -> asks. Pure; called again after every answer."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from nlbwiz.addr import Mac, decode
from nlbwiz.facts import Need
from nlbwiz.known import Facts
from nlbwiz.parse.gather import probes_for, targets
from nlbwiz.probes import Ask, Probe
from nlbwiz.site.model import Site

RETRY_S = 5.0
"""An address still Tentative, or a VM in migration, is asked once more after this time (design: outcomes)."""
MOST_INTERFACES = 300
"""L3 interfaces of a router that one address is looked up on: 300 x 2 varbinds are 25 PDUs (reference: snmp 4.2)."""


def plan(site: Site, facts: Facts, want: frozenset[Need], *, elapsed_s: float = 0.0) -> frozenset[Ask]:
    """Every ask that the facts allow to be put, whether it was put before or not.

    `facts` are the whole site's. Small tables wait for nobody; an exact row is asked for once its index is known.
    `elapsed_s`: seconds since the run began, for what is asked once more a little later.
    """
    return frozenset(ask for probe in probes_for(want) for ask in _asks(site, facts, probe, want, elapsed_s))


def _asks(site: Site, facts: Facts, probe: Probe, want: frozenset[Need], elapsed_s: float) -> Iterator[Ask]:
    if probe.at == "operator" or (probe.name == "fdb" and _more_macs_coming(facts, want)):
        return
    for target in targets(site, probe.at, facts.routers):
        match probe.name:
            case "arp":
                for ip in watched(site, facts):
                    if places := _interfaces(facts, target, ip):
                        yield Ask(target=target, probe="arp", args=(str(ip), *map(str, places)))
            case "fdb":
                ids = tuple(str(vlan.id) for vlan in facts.vlans if vlan.target == target)
                if ids:
                    yield from (Ask(target=target, probe="fdb", args=(at, *ids)) for at in sought(site, facts))
            case _:
                yield Ask(target=target, probe=probe.name)
        if probe.name in ("addresses", "vms") and target in _in_transition(facts):
            yield Ask(target=target, probe=probe.name, sample=1, not_before_s=elapsed_s + RETRY_S)


def _more_macs_coming(facts: Facts, want: frozenset[Need]) -> bool:
    """The MACs of machines that have not answered yet are asked for together: fewer PDUs, and always as many."""
    sources = want & {"adapters", "uplinks", "teams"}
    return any(need in sources and state == "pending" for (need, _), state in facts.coverage.items())


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


def sought(site: Site, facts: Facts) -> tuple[Mac, ...]:
    """The MACs whose port matters: the nodes' vNICs, teamed hosts' uplinks, and every stranger for a watched address."""
    nodes, ips = set(site.nodes), set(watched(site, facts))
    found = {mac for nic in facts.nics if nic.target in nodes for mac in (nic.permanent or nic.mac,) if mac}
    teamed = {team.host for team in facts.teams}
    cables = (nic for nic in facts.nics if nic.target in teamed and nic.physical)
    found |= {mac for nic in cables for mac in (nic.permanent or nic.mac,) if mac}
    seen: Iterable[Mac | None] = (
        *(view.mac for view in facts.arp if view.ip in ips),
        *(event.mac for event in facts.events if event.ip in ips),
    )
    found |= {mac for mac in seen if mac and decode(mac).kind not in ("cluster", "masked", "multicast", "broadcast")}
    return tuple(sorted(found))


def _in_transition(facts: Facts) -> set[str]:
    """Nodes with a Tentative address, hosts with a VM in migration."""
    return {a.node for a in facts.addresses if a.state == "Tentative"} | {vm.host for vm in facts.vms if vm.migrating}
