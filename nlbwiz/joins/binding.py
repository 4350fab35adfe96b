"""An NLB instance with the NIC it is bound to, and the address lists of NLB, of TCP/IP and of the registry. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from nlbwiz.facts import Address, Instance, Nic, Vip
from nlbwiz.known import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One instance on its NIC. `complete`: NLB's own list is whole (the PowerShell module told it)."""

    node: str
    primary: IPv4Address
    nic: Nic
    vips: tuple[Vip, ...]
    dips: tuple[Vip, ...]
    complete: bool
    active: tuple[Address, ...]
    """The node's live addresses, of every NIC."""
    persistent: frozenset[IPv4Address]
    """What a restart would bring to the NLB NIC."""
    order: tuple[IPv4Address, ...]
    """The registry's list of the NLB NIC, the NIC's own primary address first; empty where there is none."""
    evidence: tuple[str, ...]

    @property
    def where(self) -> str:
        """The node and its NIC: `nlb1, NLB`."""
        return f"{self.node}, {self.nic.name}"

    def here(self, ip: IPv4Address) -> Address | None:
        """The live address on the NLB NIC."""
        return next((one for one in self.active if (one.ip, one.index) == (ip, self.nic.index)), None)

    def elsewhere(self, ip: IPv4Address) -> tuple[Address, ...]:
        """The same address on the node's other NICs."""
        return tuple(one for one in self.active if one.ip == ip and one.index != self.nic.index)


def bind(facts: Facts, instance: Instance) -> Binding | str:
    """The instance with everything that hangs on it; else, in words, what is not there. All its needs must have answered."""
    nic = facts.nlb_nic(instance)
    listed = [one for one in facts.vips if (one.node, one.primary) == (instance.node, instance.primary)]
    if nic is None:
        return f"the NIC of the NLB instance {instance.primary} is not among the node's adapters"
    if not listed:
        return f"NLB's own list does not hold the instance {instance.primary}"
    addresses = [one for one in facts.addresses if one.node == instance.node]
    guid = nic.guid.strip("{}").lower()
    orders = [o for o in facts.address_orders if o.node == instance.node and o.guid.strip("{}").lower() == guid]
    return Binding(
        node=instance.node,
        primary=instance.primary,
        nic=nic,
        vips=tuple(one for one in listed if one.role == "vip"),
        dips=tuple(one for one in listed if one.role == "dip"),
        complete=all(one.complete for one in listed),
        active=tuple(one for one in addresses if one.store == "active"),
        persistent=frozenset(one.ip for one in addresses if one.store == "persistent" and one.index == nic.index),
        order=orders[0].addresses if orders else (),
        evidence=tuple(
            dict.fromkeys((listed[0].evidence, *(a.evidence for a in addresses), *(o.evidence for o in orders)))
        ),
    )


def whole_lists(facts: Facts) -> dict[str, dict[IPv4Address, Vip]]:
    """The VIPs of every node that could list all it has (the PowerShell module told them), by node and address."""
    found: dict[str, dict[IPv4Address, Vip]] = {}
    for one in facts.vips:
        if one.role == "vip" and one.complete and facts.answered("vips", one.node):
            found.setdefault(one.node, {})[one.ip] = one
    return found


def strayed(facts: Facts) -> Iterator[tuple[str, IPv4Address, tuple[Address, ...]]]:
    """Each node whose machine does not have the address that the site file gives it: node, that address, what it has."""
    for node, ip in facts.dips.items():
        mine = tuple(one for one in facts.addresses if (one.node, one.store) == (node, "active"))
        if mine and facts.answered("addresses", node) and ip not in {one.ip for one in mine}:
            yield node, ip, mine


def nowhere(facts: Facts, instance: Instance, nic: Nic | None) -> str:
    """Why an instance's adapter is on none of the listed hosts; empty where a lost answer leaves that open."""
    if not facts.answered("adapters", instance.node) or any(not facts.answered("vnics", host) for host in facts.hosts):
        return ""
    if nic is None:
        return "its NLB adapter is not listed"
    return f"its NLB adapter's MAC {nic.permanent or nic.mac} belongs to no virtual NIC of {', '.join(facts.hosts)}"


def driver_differences(facts: Facts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Models of physical NICs that have different drivers on the hosts: model, which driver where, evidence."""
    found: dict[str, dict[str, list[Nic]]] = {}
    for nic in facts.nics:
        if nic.target in facts.hosts and nic.physical and nic.driver:
            model = re.sub(r" #\d+$", "", nic.description)
            found.setdefault(model, {}).setdefault(nic.driver, []).append(nic)
    for model, drivers in found.items():
        if len(drivers) > 1:
            on = {driver: ", ".join(dict.fromkeys(nic.target for nic in nics)) for driver, nics in drivers.items()}
            told = "; ".join(f"{driver} on {hosts}" for driver, hosts in on.items())
            yield model, told, tuple(nic.evidence for nics in drivers.values() for nic in nics)


def in_migration(facts: Facts) -> set[str]:
    """The nodes whose VM is being live-migrated, where their hosts were read."""
    vms = {(vm.host, vm.name) for vm in facts.vms if vm.migrating}
    pairs = ((nic.target, facts.vnic(nic)) for nic in facts.nics if nic.target in facts.nodes)
    return {node for node, vnic in pairs if vnic and (vnic.host, vnic.vm) in vms}


def at_home(facts: Facts) -> dict[str, dict[str, str]]:
    """Each host with the nodes whose VMs are on it now, and the evidence of each."""
    found: dict[str, dict[str, str]] = {}
    for nic in facts.nics:
        if nic.target in facts.nodes and (vnic := facts.vnic(nic)):
            found.setdefault(vnic.host, {})[nic.target] = vnic.evidence
    return found
