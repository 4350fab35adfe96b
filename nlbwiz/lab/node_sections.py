"""What the sections of `ask/node.ps1` answer on a simulated NLB node: the records, JSON-ready, field by field.

The lab's own idea of the contract (property tables of windows-powershell-docs and win32: WlbsProv, netadaptercimprov,
nettcpipprov), so that the product's structs are tested against something they did not write themselves.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Any

from nlbwiz.lab import arp, formulas, nlb_exe, views
from nlbwiz.lab.machines import Event, Instance, Log, Nic, Node, Tool
from nlbwiz.lab.views import mask
from nlbwiz.lab.world import World

Record = dict[str, Any]
MODE_TEXT = {"unicast": "UNICAST", "multicast": "MULTICAST", "igmp": "IGMPMULTICAST"}
NLB = "Microsoft-Windows-NLB"
TCPIP = "Tcpip"
NETVSC = "Microsoft-Windows-Hyper-V-Netvsc"
LOGS = (("System", TCPIP, (4198, 4199)), ("System", NLB, ()), ("System", NETVSC, (12, 13, 14)))
"""What section `events` asks for: (log, provider, event ids; none = all), newest first."""
MOST_EVENTS = 200
LOOPBACK_INDEX = 1
LOOPBACK_NAME = "Loopback Pseudo-Interface 1"
NLB_STATE = {"Converged": "Started", "Converging": "Started", "Stopped": "Stopped", "Suspended": "Suspended"}


class Missing(Exception):  # noqa: N818 (an answer, not a fault of ours)
    """A section that cannot be answered: becomes the section's `error`."""

    def __init__(self, kind: str, identity: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.identity = identity


def moment(at: datetime) -> str:
    """A time as .NET's round-trip format `o` writes UTC: 7 digits of a second and `Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond * 10:07d}Z"


def first(node: Node, *tools: Tool) -> Tool:
    """The first of these tools that the node has. Raises Missing."""
    for tool in tools:
        if tool in node.tools:
            return tool
    raise Missing("System.InvalidOperationException", "NoSource", "none of the ways to read NLB exists on this machine")


def operating_system(world: World, node: Node) -> Iterator[Record]:
    """Section `os`."""
    yield {
        "computer": node.computer,
        "domain": node.domain,
        "caption": node.caption,
        "version": node.version,
        "boot": moment(node.boot),
        "clock": moment(world.now),
        "culture": node.culture,
        "powershell": node.powershell,
        "language_mode": node.language_mode,
        "nlb_installed": bool(node.tools),
        "nlb_module": "module" in node.tools,
    }


def guest(world: World, node: Node) -> Iterator[Record]:
    """Section `guest`: what KVP wrote into the registry; nothing where the key does not exist."""
    host = node.kvp_host
    if host is not None:
        yield {"host": host, "host_fqdn": f"{host}.{node.domain}", "vm": node.vm}


def cluster(world: World, node: Node) -> Iterator[Record]:
    """Section `cluster`: one per instance; the MAC and the group come from WMI, else from the registry, else from none."""
    source = first(node, "module", "wmi", "registry")
    told = "wmi" in node.tools or "registry" in node.tools
    for instance in node.instances:
        nic = node.nic(instance.nic)
        yield {
            "source": source,
            "name": instance.label,
            "primary": str(instance.primary),
            "mask": mask(instance.prefix),
            "mode": MODE_TEXT[instance.mode],
            "interface": nic.name,
            "guid": nic.guid,
            "mac": _mac_text(node, instance) if told else None,
            "group": views.group_text(instance) if told else None,
        }


def _mac_text(node: Node, instance: Instance) -> str:
    """The cluster MAC as WMI writes it, or as the registry does (lower case)."""
    text = formulas.dashes(views.reported_mac(instance))
    return text if "wmi" in node.tools else text.lower()


def addresses_of_nlb(world: World, node: Node) -> Iterator[Record]:
    """Section `vips`: NLB's own list. WMI knows the primary and the dedicated address, the registry the primary only."""
    source = first(node, "module", "wmi", "registry")
    for instance in node.instances:
        primary = str(instance.primary)
        for ip in instance.vips if source == "module" else instance.vips[:1]:
            yield _nlb_address(source, primary, "vip", ip, instance.prefix)
        if source != "registry":
            yield _nlb_address(source, primary, "dip", instance.dip, instance.prefix)


def _nlb_address(source: str, primary: str, role: str, ip: IPv4Address, prefix: int) -> Record:
    return {"source": source, "primary": primary, "role": role, "ip": str(ip), "mask": mask(prefix)}


def state(world: World, node: Node) -> Iterator[Record]:
    """Section `state`: this node in each of its instances."""
    source = first(node, "module", "wmi")
    for instance in node.instances:
        code = views.state(world, node, instance.cluster)
        yield {
            "source": source,
            "primary": str(instance.primary),
            "name": node.computer if source == "module" else f"{node.computer}.{node.domain}",
            "priority": instance.priority,
            "code": code if "wmi" in node.tools else None,
            "text": views.STATE_TEXT[code],
            "initial": instance.initial,
            "masked": instance.masked,
        }


def driver(world: World, node: Node) -> Iterator[Record]:
    """Section `driver`: what the running driver holds, or (only by nlb.exe) the lines of `nlb.exe params`."""
    source = first(node, "module", "nlb.exe")
    if source == "nlb.exe":
        lines = nlb_exe.params(world, node)
        yield {"source": source, "primary": None, "mac": None, "host_id": None, "state": None, "lines": lines}
        return
    for instance in node.instances:
        text = views.STATE_TEXT[views.state(world, node, instance.cluster)].partition("(")[0]
        yield {
            "source": source,
            "primary": str(instance.primary),
            "mac": formulas.dashes(views.driver_mac(instance)),
            "host_id": instance.priority,
            "state": NLB_STATE.get(text, text),
            "lines": [],
        }


def query(world: World, node: Node) -> Iterator[Record]:
    """Section `query`: the lines of `nlb.exe query`."""
    first(node, "nlb.exe")
    yield {"lines": nlb_exe.query(world, node)}


def adapters(world: World, node: Node) -> Iterator[Record]:
    """Section `adapters`: Get-NetAdapter."""
    for nic in node.nics:
        yield {
            "name": nic.name,
            "description": nic.description,
            "guid": nic.guid,
            "index": nic.index,
            "mac": formulas.dashes(views.nic_mac(world, node, nic)),
            "permanent": formulas.bare(views.permanent_mac(world, node, nic)),
            "status": nic.status,
            "physical": True,
            "speed": nic.speed,
            "driver_version": nic.driver_version,
            "driver_date": nic.driver_date,
            "driver_provider": nic.driver_provider,
        }


def addresses(world: World, node: Node) -> Iterator[Record]:
    """Section `addresses`: Get-NetIPAddress, active store, then persistent store (where every state is Invalid)."""
    for nic in node.nics:
        for each in nic.addresses:
            if each.state is not None:
                yield _address(
                    nic, str(each.ip), each.prefix, each.state, "ActiveStore", each.skip_as_source, each.origin
                )
    yield _address(None, "127.0.0.1", 8, "Preferred", "ActiveStore", False, "WellKnown")
    for nic in node.nics:
        for each in nic.addresses:
            if each.persistent:
                skip = each.skip_as_source
                yield _address(nic, str(each.ip), each.prefix, "Invalid", "PersistentStore", skip, each.origin)


def _address(nic: Nic | None, ip: str, prefix: int, state: str, store: str, skip: bool, origin: str) -> Record:
    return {
        "ip": ip,
        "prefix": prefix,
        "index": nic.index if nic else LOOPBACK_INDEX,
        "alias": nic.name if nic else LOOPBACK_NAME,
        "state": state,
        "store": store,
        "skip_as_source": skip,
        "origin": origin,
    }


def address_order(world: World, node: Node) -> Iterator[Record]:
    """Section `address-order`: the registry's IPAddress value of every NIC."""
    for nic in node.nics:
        yield {"guid": nic.guid, "addresses": [str(each.ip) for each in nic.addresses if each.persistent]}


def dad(world: World, node: Node) -> Iterator[Record]:
    """Section `dad`: Get-NetIPInterface. The loopback interface never asks for duplicates: 0 is normal there."""
    for nic in node.nics:
        yield {
            "source": "module",
            "index": nic.index,
            "alias": nic.name,
            "dad_transmits": nic.dad_transmits,
            "dhcp": nic.dhcp,
            "forwarding": nic.forwarding,
            "weak_send": nic.weak_send,
            "weak_receive": nic.weak_receive,
        }
    yield {
        "source": "module",
        "index": LOOPBACK_INDEX,
        "alias": LOOPBACK_NAME,
        "dad_transmits": 0,
        "dhcp": "Disabled",
        "forwarding": "Disabled",
        "weak_send": "Disabled",
        "weak_receive": "Disabled",
    }


def arp_retry_count(world: World, node: Node) -> Iterator[Record]:
    """Section `arp-retry-count`."""
    yield {"value": node.arp_retry_count}


def neighbors(world: World, node: Node) -> Iterator[Record]:
    """Section `neighbors`: Get-NetNeighbor."""
    return (_neighbor(row) for row in arp.node_neighbors(world, node))


def _neighbor(row: arp.CacheRow) -> Record:
    return {"ip": str(row.ip), "mac": formulas.dashes(row.mac), "index": row.index, "state": row.state}


def events(world: World, node: Node) -> Iterator[Record]:
    """Section `events`."""
    for name, provider, ids in LOGS:
        yield event_log(node.logs, name, provider, ids)


def event_log(logs: tuple[Log, ...], name: str, provider: str, ids: tuple[int, ...]) -> Record:
    """One provider's events of one log, the newest first, at most 200. A log that does not exist is an empty one."""
    log = next((log for log in logs if log.name == name), Log(name=name, oldest=None))
    found = [event for event in log.events if event.provider == provider and (not ids or event.id in ids)]
    found.sort(key=lambda event: event.at, reverse=True)
    return {
        "log": name,
        "provider": provider,
        "oldest": moment(log.oldest) if log.oldest else None,
        "truncated": len(found) > MOST_EVENTS,
        "events": [_event(event) for event in found[:MOST_EVENTS]],
    }


def _event(event: Event) -> Record:
    return {"id": event.id, "at": moment(event.at), "inserts": list(event.inserts)}


def registry(world: World, node: Node) -> Iterator[Record]:
    """Section `registry`: WLBS\\Parameters\\Interface\\{GUID}, its values as text (KB 193601)."""
    for instance in node.instances:
        yield {"guid": node.nic(instance.nic).guid, "values": registry_values(instance)}


def registry_values(instance: Instance) -> dict[str, str]:
    """The registry values of one instance, sorted by name."""
    return {
        "AliveMsgPeriod": "1000",
        "AliveMsgTolerance": "5",
        "ClusterIPAddress": str(instance.primary),
        "ClusterModeOnStart": "1" if instance.initial == "Started" else "0",
        "ClusterName": instance.label,
        "ClusterNetworkAddress": formulas.dashes(views.reported_mac(instance)).lower(),
        "ClusterNetworkMask": mask(instance.prefix),
        "DedicatedIPAddress": str(instance.dip),
        "DedicatedNetworkMask": mask(instance.prefix),
        "HostPriority": str(instance.priority),
        "IGMPSupport": str(int(instance.mode == "igmp")),
        "IPToMACEnable": str(int(instance.reported_mac is None)),
        "MaskSourceMAC": str(int(instance.masked)),
        "McastIPAddress": views.group_text(instance),
        "MulticastARPEnable": "1",
        "MulticastSupportEnable": str(int(instance.mode != "unicast")),
        "ParametersVersion": "6",
    }


def rules(world: World, node: Node) -> Iterator[Record]:
    """Section `rules`."""
    source = first(node, "module", "wmi")
    for instance in node.instances:
        for rule in instance.rules:
            yield {
                "source": source,
                "primary": str(instance.primary),
                "vip": str(rule.vip),
                "start": rule.start,
                "end": rule.end,
                "protocol": rule.protocol,
                "filtering": rule.filtering,
                "affinity": rule.affinity,
                "priority": rule.priority,
                "state": rule.state,
            }


def convergence(world: World, node: Node) -> Iterator[Record]:
    """Section `convergence`: the driver's last 20 changes of state, all instances together, the newest last."""
    first(node, "module")
    rows = sorted((row for instance in node.instances for row in instance.history), key=lambda row: row.at)
    for row in rows[-20:]:
        yield {"at": moment(row.at), "before": row.before, "after": row.after}


SECTIONS: dict[str, Callable[[World, Node], Iterator[Record]]] = {
    "os": operating_system,
    "guest": guest,
    "cluster": cluster,
    "vips": addresses_of_nlb,
    "state": state,
    "driver": driver,
    "query": query,
    "adapters": adapters,
    "addresses": addresses,
    "address-order": address_order,
    "dad": dad,
    "arp-retry-count": arp_retry_count,
    "neighbors": neighbors,
    "events": events,
    "registry": registry,
    "rules": rules,
    "convergence": convergence,
}
"""In the order in which the script runs them."""
