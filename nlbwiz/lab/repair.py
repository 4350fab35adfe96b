"""Putting right what a scenario has broken: in the simulated world, by the cause whose fix it is.

A cause that is fixed is the same scenario at the same moment without the changes that made it, and with the ones that
its fix brings. What is said of it names the machines and what they show from now on.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from ipaddress import IPv4Address
from typing import Any

from nlbwiz.lab import formulas
from nlbwiz.lab.changes import Site
from nlbwiz.lab.site import Lab
from nlbwiz.lab.world import World


def fix(lab: Lab, cause: str) -> tuple[str, ...]:
    """Take back what made this cause; what changed, machine by machine. Empty: the scenario has nothing of it."""
    made = lab.scenario
    changes = made.fixes.get(cause, ())
    if not changes or made.repaired is None or cause in lab.fixed:
        return ()
    before = lab.world
    lab.fixed |= {cause}
    lab.change(made.repaired(lab.fixed))
    site = Site(lab.world, made.numbering)
    return tuple(_words(site, before, one) for one in (*changes, *made.further.get(cause, ())))


def wake(lab: Lab, targets: Collection[str]) -> tuple[str, ...]:
    """Let those of these machines answer that do not; who they are and what was wrong with them."""
    found = []
    for name in lab.dark():
        if name in targets:
            fault = lab.scenario.faults[name]
            lab.wake(name)
            found.append(f"{name} takes its account now" if fault.refuse_credentials else f"{name} answers now")
    return tuple(found)


def _words(site: Site, before: World, change: Mapping[str, Any]) -> str:
    """One change taken back, or brought."""
    arguments = {key: value for key, value in change.items() if key != "do"}
    if change["do"] in SAID:
        return SAID[change["do"]](site, **arguments)
    names = ", ".join(_different(before, site.world)) or "the network"
    return f"{names}: without {str(change['do']).replace('_', ' ')}"


def _different(before: World, after: World) -> Iterator[str]:
    """The machines that are not as they were."""
    for each in fields(World):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if isinstance(new, tuple):
            yield from (one.name for one in new if hasattr(one, "name") and one not in old)


# ---- one sentence a change ----


def _gateways(site: Site) -> str:
    return ", ".join(each.name for each in site.world.gateways)


def _hosts(site: Site) -> str:
    return ", ".join(each.name for each in site.world.hosts)


def _typed_arp(site: Site, *, ip: str, **_: object) -> str:
    address = site.ip(ip)
    macs = {entry.mac for each in site.world.gateways for entry in each.typed if entry.ip == address}
    holds = " and ".join(formulas.dashes(mac) for mac in sorted(macs))
    return f"{_gateways(site)}: the typed ARP entry for {address} holds {holds}" if macs else _untyped(site, address)


def _untyped(site: Site, address: IPv4Address) -> str:
    return f"{_gateways(site)}: no ARP entry for {address} is typed in"


def _stale_arp(site: Site, *, ip: str, **_: object) -> str:
    return f"{_gateways(site)}: forgets what it had learned for {site.ip(ip)}, and learns it anew"


def _stray(site: Site, *, ip: str) -> str:
    return f"{site.numbering.name('stray')}: cut off from the network of {site.ip(ip)}"


def _partition(site: Site, *, nodes: Collection[str], **_: object) -> str:
    return f"{', '.join(site.numbering.name(role) for role in nodes)}: heartbeats reach the other nodes again"


def _spoofing(site: Site, *, node: str, on: bool, **_: object) -> str:
    return f"{', '.join(site.nodes(node))}: MAC address spoofing of the NLB vNIC is {'Off' if on else 'On'}"


def _guest_address(site: Site, *, vm: str, ip: str) -> str:
    return f"{site.numbering.name(vm).upper()}: the VM's second virtual NIC, with {site.ip(ip)}, is gone"


def _mode(site: Site, *, node: str, cluster: str, **_: object) -> str:
    names = site.nodes(node)
    mode = site.world.node(names[0]).instance(site.numbering.name(cluster)).mode
    return f"{', '.join(names)}: runs {'IGMP multicast' if mode == 'igmp' else mode}, like the other nodes"


def _driver_mac(site: Site, *, node: str, **_: object) -> str:
    return f"{', '.join(site.nodes(node))}: the NLB driver has made its cluster MAC anew"


def _arp_retry_count(site: Site, *, node: str, **_: object) -> str:
    return f"{', '.join(site.nodes(node))}: ArpRetryCount is removed, so Windows looks for duplicates again"


def _lost_address(site: Site, *, node: str, ip: str) -> str:
    return f"{', '.join(site.nodes(node))}: has {site.ip(ip)} again"


def _reconfigured(site: Site, *, cluster: str, **_: object) -> str:
    return f"{', '.join(site.nodes('*'))}: converged anew ({site.numbering.name(cluster)})"


def _restarted(site: Site, **_: object) -> str:
    return f"{', '.join(site.nodes('*'))}: restarted one after another, so the address was checked again"


def _layout(site: Site, **keys: object) -> str:
    if "mode" in keys:
        mode = site.world.nodes[0].instances[0].mode
        named = "IGMP multicast" if mode == "igmp" else mode
        return f"{', '.join(site.nodes('*'))}: run {named}, with its entries on gateway and switch"
    return f"{_hosts(site)}: {', '.join(f'{key} is {value}' for key, value in keys.items())}"


SAID: dict[str, Callable[..., str]] = {
    "typed_arp": _typed_arp,
    "stale_arp": _stale_arp,
    "stray": _stray,
    "partition": _partition,
    "spoofing": _spoofing,
    "guest_address": _guest_address,
    "mode": _mode,
    "driver_mac": _driver_mac,
    "arp_retry_count": _arp_retry_count,
    "lost_address": _lost_address,
    "reconfigured": _reconfigured,
    "restarted": _restarted,
    "layout": _layout,
}
"""By the name of the change. One that is not here is told by the machines that differ."""
