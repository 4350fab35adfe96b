"""The vocabulary of a check file: what it says about itself, and what it yields.

A check is one cause. It declares `ABOUT`, may declare `applies(facts)` (why it does not apply, or None), and
yields from `evaluate(facts)`: a Finding for something wrong, a Clear for one subject looked at and in order, a Gap for
an answer that does not decide, a Note for something worth saying. It imports this module and nothing else of nlbwiz.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal, TypeVar

from nlbwiz import addr, example, steps
from nlbwiz.addr import Mac, Mode, cluster_mac, decode, igmp_group, in_pool, mac, masked_mac
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
from nlbwiz.joins.binding import (
    Binding,
    at_home,
    bind,
    driver_differences,
    in_migration,
    nowhere,
    strayed,
    whole_lists,
)
from nlbwiz.joins.cabling import Cabling, cabling, forwarding_ports, port_at
from nlbwiz.joins.gateways import looked_up, near
from nlbwiz.joins.groups import (
    Group,
    Policy,
    Ways,
    carries,
    cluster_vlans,
    covered,
    device_names,
    entries,
    groups,
    homeless,
    is_lag,
    policy,
    port,
    port_names,
    unseen,
    ways,
    whole,
)
from nlbwiz.joins.ownership import MODE_WORDS, alive, cluster_addresses, home, own_macs, unread, vnic_words
from nlbwiz.joins.sightings import CONFLICTS, RECENT, Sighting, Spot, ago, right_macs, sightings, span, whereabouts
from nlbwiz.known import Facts, Missing, OtherCluster
from nlbwiz.steps import Do, Repair, do

__all__ = [
    "CONFLICTS", "MODE_WORDS", "RECENT", "About", "Address", "AddressOrder", "Agent", "Answer", "ArpRetryCount",
    "ArpView", "Binding", "Cabling", "Clear", "Coverage", "Do", "Driver", "Event", "Fact", "Facts", "FdbEntry",
    "Finding", "Gap", "Group", "GroupEntry", "Guest", "IPv4Address", "IPv4Interface", "Instance", "IpInterface",
    "Iterable", "Iterator", "Kind", "LldpNeighbour", "LogWindow", "Mac", "MacPool", "Machine", "Membership",
    "Missing", "Mode", "Multicast", "Need", "Nic", "NodeState", "Note", "OtherCluster", "OwnAddress", "Policy",
    "Port", "PortCounters", "Repair", "Said", "Severity", "Sighting", "Spot", "Team", "Uplink", "VNic", "VSwitch",
    "Vip", "Vlan", "VlanPorts", "Vm", "Ways", "addr", "ago", "alive", "at_home", "bind", "cabling", "carries",
    "clear", "cluster_addresses", "cluster_mac", "cluster_vlans", "covered", "datetime", "decode", "device_names", "do",
    "driver_differences", "entries", "example", "forwarding_ports", "gap", "group_ports", "groups", "home", "igmp_group",
    "in_migration", "in_pool", "is_lag", "looked_up", "mac", "masked_mac", "mode_not_told", "near", "no_node_runs",
    "not_carried", "not_looked_at", "note", "nowhere", "on_switches", "once", "own_macs", "policy", "port", "port_at",
    "port_names", "right_macs", "sightings", "span", "steps", "strayed", "timedelta", "unread", "unseen", "vlan_not_told",
    "vnic_words", "ways", "whereabouts", "whole", "whole_lists",
]  # fmt: skip

Severity = Literal["critical", "warning"]
Kind = Literal["confirmed", "possible", "ruled_out", "unknown", "not_applicable", "not_asked", "accepted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The header of a check file. The file's name is the slug; the module's docstring is the page `explain` prints."""

    id: str
    title: str
    question: str
    severity: Severity
    needs: tuple[Need, ...]
    """Without all of these answered, the cause is not ruled out."""
    also: tuple[Need, ...] = ()
    """Asked for, and used when there; never missing, and no outcome waits for it. It is there to find, not to clear: what
    comes of it after an outcome was told is told anew."""
    sources: tuple[str, ...]
    views: int = 1
    """Distinct targets that must have seen a finding before it is confirmed; an operator's word never counts."""
    measurement: bool = False
    """Decided by a measurement over some seconds, which a run makes only when it is asked to: else it is not asked."""
    table: str = ""
    """A TOML file of checks/ that is handed to `evaluate(facts, table)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong. `seen_by`: the targets that saw the wrong thing, not those that say what would be right."""

    where: str
    saw: str
    expected: str
    seen_by: tuple[str, ...]
    evidence: tuple[str, ...]
    severity: Severity | None = None
    """None: the check's own."""
    possible: str = ""
    """Why it is only possible, however many saw it."""
    effect_of: tuple[str, ...] = ()
    """Ids of causes that, where confirmed in this cluster, explain this finding: it is then shown beneath them."""
    fix: tuple[Do, ...] = ()
    verify: tuple[Do, ...] = ()
    undo: tuple[Do, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """One subject that was looked at and is in order: the reason why a cause is ruled out."""

    where: str
    saw: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """It was answered, but the answer does not decide: a log too short, a feature off, a topology nobody proves.

    `question`: the id of a question in `_tree.toml` that the operator's answer would close.
    """

    where: str
    why: str
    resolve: str
    evidence: tuple[str, ...]
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Worth saying; no effect on the outcome."""

    where: str
    saw: str
    evidence: tuple[str, ...]


Said = Finding | Clear | Gap | Note


def clear(where: str, saw: str, *evidence: str) -> Clear:
    """A Clear in one line."""
    return Clear(where=where, saw=saw, evidence=once(evidence))


def gap(where: str, why: str, resolve: str, *evidence: str) -> Gap:
    """A Gap in one line."""
    return Gap(where=where, why=why, resolve=resolve, evidence=once(evidence))


def note(where: str, saw: str, *evidence: str) -> Note:
    """A Note in one line."""
    return Note(where=where, saw=saw, evidence=once(evidence))


_Text = TypeVar("_Text", bound=str)


def once(texts: Iterable[_Text]) -> tuple[_Text, ...]:
    """Each text once, in the order they come."""
    return tuple(dict.fromkeys(texts))


def no_node_runs(facts: Facts, modes: tuple[Mode, ...] = ("multicast", "igmp")) -> str | None:
    """Why nothing of these modes can be wrong here: every node was read, and none runs one of them; else None."""
    running = facts.modes()
    if not facts.instances or unread(facts) or any(mode in running for mode in modes):
        return None
    told = "; ".join(f"{MODE_WORDS[mode]} on {', '.join(on)}" for mode, on in running.items())
    return f"no node runs {' or '.join(MODE_WORDS[mode] for mode in modes)}: {told}"


def mode_not_told(facts: Facts) -> Iterator[Gap]:
    """Nodes that answered, and whose mode their answer does not tell; listed nodes without an instance of this cluster."""
    for one in (one for one in facts.instances if not one.mode):
        yield gap(one.node, "its NLB mode was not told", f"read the mode on {one.node} by hand", one.evidence)
    for node in sorted(set(facts.nodes) - {one.node for one in facts.instances}):
        if facts.answered("cluster", node):
            why = "it has no NLB instance of this cluster, so its mode is not known"
            yield gap(node, why, f"look at the cluster in NLB Manager on {node}", f"{node}/cluster")


def vlan_not_told(facts: Facts) -> Iterator[Gap]:
    """Nodes whose NLB adapter is on no listed host: nobody told its VLAN."""
    for one in homeless(facts):
        why = "the VLAN of its NLB adapter is not known"
        yield gap(one.node, why, "list the Hyper-V host it runs on", one.evidence)


def on_switches(facts: Facts, *needs: Need) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """(switch, VLAN, evidence of the VLAN): the cluster's VLANs, each on every listed switch that gave all these needs.

    A switch that did not is named already, by what it did not give.
    """
    for vlan, labels in cluster_vlans(facts).items():
        for switch in facts.switches:
            if all(facts.answered(need, switch) for need in needs):
                yield switch, vlan, labels


def not_carried(switch: str, vlan: int, labels: Iterable[str]) -> Clear:
    """A switch that does not know the VLAN."""
    return clear(
        switch, f"does not know VLAN {vlan}: it carries none of the cluster's frames", f"{switch}/vlans", *labels
    )


def not_looked_at(facts: Facts) -> Iterator[Gap]:
    """What an answered need still leaves open about the cluster's addresses: VIPs nobody listed, rows nobody asked for,
    and VIPs whose router is not listed.

    Without the PowerShell module NLB names only the primary (WlbsProv), so additional VIPs stay unknown where no node
    has it. A router's ARP table is asked address by address; a router that is elsewhere has no row to be asked for.
    """
    if facts.vips and not any(vip.complete for vip in facts.vips):
        yield gap(
            ", ".join(sorted({vip.node for vip in facts.vips})),
            "no node could list the additional VIPs (RSAT-NLB is not installed): only the primary was looked at",
            "install the RSAT-NLB feature on one node (Install-WindowsFeature RSAT-NLB), then ask again",
            *(vip.evidence for vip in facts.vips),
        )
    for ip in cluster_addresses(facts):
        here = near(facts, ip)
        for router in here or facts.routers:
            asked = any((view.device, view.via) == (router, "router") for view in facts.arp_views(ip))
            if facts.answered("arp", router) and not asked:
                yield gap(router, f"its ARP table was not asked for {ip}", "ask again, with more time (--deadline)")
    yield from _not_its_router(facts)
    yield from _not_routing(facts)


def _not_its_router(facts: Facts) -> Iterator[Gap]:
    """VIPs in whose network no listed router has an interface: what any of them holds for the VIP says nothing."""
    if not facts.routers or not all(facts.answered("own-addresses", router) for router in facts.routers):
        return  # the missing answer is named already
    masks = {vip.ip: vip.prefix for vip in facts.vips if vip.prefix}
    far = [ip for ip in facts.vip_addresses() if not near(facts, ip)]
    for network in once(
        str(IPv4Interface(f"{ip}/{masks[ip]}").network) if ip in masks else f"{ip}'s network" for ip in far
    ):
        which = "it is not the router" if len(facts.routers) == 1 else "none of them is the router"
        verb = "has" if len(facts.routers) == 1 else "have"
        yield gap(
            ", ".join(facts.routers),
            f"{' and '.join(facts.routers)} {verb} no interface in {network}: {which} of this VIP",
            "list the gateway that is, as a [gateway] in the site file",
            *(own.evidence for own in facts.own_addresses),
        )


def _not_routing(facts: Facts) -> Iterator[Gap]:
    """Routers in a VIP's network that do not say that they route: another one may, which nobody listed."""
    here = {router for ip in facts.vip_addresses() for router in near(facts, ip)}
    for agent in (one for one in facts.agents if one.target in here and not one.forwarding):
        told = "does not say whether its ipForwarding is on" if agent.forwarding is None else "says ipForwarding is off"
        resolve = (
            "list the gateway that routes for the VIP, or allow the SNMP view to read ipForwarding (1.3.6.1.2.1.4.1)"
        )
        yield gap(agent.target, f"{agent.target} {told}: it may not route for the VIP", resolve, agent.evidence)


def group_ports(
    facts: Facts, switch: str, mac: Mac, vlan: int, ports: Iterable[int], how: Literal["add", "remove"], text: str
) -> list[Do]:
    """Ports into a multicast MAC's entry, or out of it: one line for the single ports and one for the LAGs."""
    comma = "," if facts.platform(switch) == "dell-powerconnect" else " "
    chosen = tuple(ports)
    steps = []
    for lags, kind in ((False, "ports"), (True, "lags")):
        if names := device_names(facts, switch, chosen, lags=lags):
            phrase = f"add {kind} to group" if how == "add" else f"remove {kind} from group"
            steps.append(do(text, phrase, switch, mac=mac, vlan=vlan, ports=comma.join(names)))
    return steps
