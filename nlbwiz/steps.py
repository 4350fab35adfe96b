"""Steps for the operator, in words and in a platform's own lines; and those that several causes share. Pure.

What belongs together stays together: a change on a node stands between its drain and its start, a router forgets before
it is told anew, and what is taken out is put back by its exact text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from nlbwiz.addr import Mac, Mode, cluster_mac, is_group_mac
from nlbwiz.facts import Address
from nlbwiz.known import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """One step for the operator: words, and a phrase of the phrase book with its values, for one target."""

    text: str
    phrase: str = ""
    """Key in `_commands.toml`; empty for a step in words alone."""
    on: str = ""
    """The target to run it on: its platform decides the exact lines."""
    values: tuple[tuple[str, str], ...] = ()


def do(text: str, phrase: str = "", on: str = "", **values: object) -> Do:
    """A step: `do("Remove the entry", "remove static arp", "gw1", ip=view.ip, mac=view.mac)`."""
    return Do(text=text, phrase=phrase, on=on, values=tuple((name, str(value)) for name, value in values.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What to do, in order, and the way back."""

    fix: tuple[Do, ...]
    undo: tuple[Do, ...]


# ---- on a node ----

OPERATION_MODE: dict[Mode, str] = {"unicast": "Unicast", "multicast": "Multicast", "igmp": "IgmpMulticast"}
"""The values of Set-NlbCluster -OperationMode (windows-powershell-docs)."""

ANY_NIC = "NAME OF THE NLB NIC"
"""Stands in a line where no answer told the NIC's name."""


def drain(node: str, interface: str) -> Do:
    """Take a node out of service; Stop-NlbClusterNode -Timeout is in seconds."""
    text = f"Drain {node}: it takes no new connections, and after 60 s what is left is cut"
    return do(text, "drain node", node, interface=interface or ANY_NIC)


def start(node: str, interface: str) -> Do:
    """Bring a node back into service."""
    return do(f"Start {node} again", "start node", node, interface=interface or ANY_NIC)


def drained(node: str, interface: str, *steps: Do) -> tuple[Do, ...]:
    """Steps on a node that is out of service meanwhile."""
    return (drain(node, interface), *steps, start(node, interface))


def reloaded(node: str, interface: str, *first: Do) -> tuple[Do, ...]:
    """The driver reads its configuration anew, after `first`."""
    anew = do("Let the driver read its configuration anew", "reload node", node, interface=interface or ANY_NIC)
    return drained(node, interface, *first, anew)


def members(*nodes: str) -> tuple[Do, ...]:
    """Look that each node counts all the others."""
    return tuple(do(f"{node} has converged with all members", "show cluster members", node) for node in nodes)


def host_properties(node: str, besides: str = "") -> Do:
    """NLB's list applied to TCP/IP."""
    words = (
        f"In NLB Manager open {node}'s Host Properties and close them with OK, once for every NLB instance of the node"
    )
    return do(f"{words}: that applies NLB's list to TCP/IP{besides}")


def vip_back(node: str, alias: str, ip: IPv4Address, prefix: int, *, by_hand: bool) -> Repair:
    """A VIP that TCP/IP lost. by_hand: it is in neither store, since New-NetIPAddress fails where one of them has it."""
    not_so = ". Rebooting, building the cluster anew, clearing ARP tables (none cured it) and scripts are not the way"
    anew = f"Should {ip} still not be Preferred: let the node read its configuration anew"
    fix = [host_properties(node, not_so), do(anew, "reload node", node, interface=alias)]
    undo = [do("Host Properties and reload apply what is configured: there is nothing to undo")]
    if by_hand:
        last = f"Should {ip} still be in neither store, and only when certainly nobody else has it: add it by hand"
        fix.append(do(last, "add address", node, ip=ip, prefix=prefix, alias=alias))
        undo.append(do("An address added by hand is removed so", "remove address", node, ip=ip, alias=alias))
    after = do("So that it does not come back: move nodes one at a time (anti-affinity; one host at a time in updates)")
    return Repair(fix=(*drained(node, alias, *fix), after), undo=tuple(undo))


def lists(node: str, alias: str, ip: IPv4Address) -> Do:
    """Look that a node's NLB lists a VIP."""
    return do(f"{node} lists {ip}", "show cluster vips", node, alias=alias or ANY_NIC)


def take_off(at: Address) -> Do:
    """Take an address off the NIC it is on."""
    return do(f"Take {at.ip} off {at.alias}", "remove address", at.node, ip=at.ip, alias=at.alias)


def put_back(at: Address) -> Do:
    """The way back of `take_off`."""
    return do(f"Put {at.ip} back on {at.alias}", "add address", at.node, ip=at.ip, prefix=at.prefix, alias=at.alias)


# ---- on a router, and from outside ----


def router_entry(
    router: str, ip: IPv4Address, right: Iterable[Mac], *, typed: Mac | None = None, learned: bool = True
) -> Repair:
    """What a router must hold for an address: the wrong entry out, the right one in, if it is not learned by itself.

    right: the MACs that answer for it; more than one while the nodes do not agree (NLB002, NLB009), and then none is
    typed. typed: the MAC of the wrong entry, where a person typed it in. learned: there is a learned entry to forget.
    """
    macs = list(dict.fromkeys(right))
    need = [mac for mac in macs if is_group_mac(mac)]
    new = need[0] if need and len(macs) == 1 else None
    fix: list[Do] = []
    undo: list[Do] = []
    if typed:
        fix.append(do("Remove the old entry", "remove static arp", router, ip=ip, mac=typed))
        undo.append(do("Put the old entry back", "add static arp", router, ip=ip, mac=typed))
    elif learned:
        fix.append(do("Forget what was learned", "clear arp", router, ip=ip))
        undo.append(do("There is nothing to put back: a forgotten entry is learned again from whoever answers"))
    if new:
        words = "Type the right one, on every router of the VIP's network: a multicast MAC is not learned"
        fix.append(do(words, "add static arp", router, ip=ip, mac=new))
        undo.insert(0, do("Take the new entry out", "remove static arp", router, ip=ip, mac=new))
    elif need:
        fix.append(
            do(f"First make the nodes agree (NLB002, NLB009); then type what they answer with: {' or '.join(need)}")
        )
        undo.append(do("What was typed then is taken out again"))
    elif typed:
        fix.append(do("Nothing is typed instead: this MAC is learned by itself"))
    if typed or new:
        fix.append(do("When it works, save it: until then a reload brings the old state back", "save config", router))
        undo.append(do("If it was saved, save again", "save config", router))
    return Repair(fix=tuple(fix), undo=tuple(undo))


def routers_told(facts: Facts, macs: tuple[Mac, ...]) -> Repair:
    """On every router, for every VIP that has no right entry typed in: what was there out, what the mode wants in."""
    repairs = []
    for router in facts.routers:
        for ip in facts.vip_addresses():
            held = next((view for view in facts.arp_views(ip, "router") if view.device == router), None)
            typed = held.mac if held and held.kind == "static" else None
            if typed is None or typed not in macs:
                learned = held is None or held.kind == "dynamic"
                repairs.append(router_entry(router, ip, macs, typed=typed, learned=learned))
    return Repair(fix=tuple(s for one in repairs for s in one.fix), undo=tuple(s for one in repairs for s in one.undo))


def cluster_mode(facts: Facts, mode: Mode, former: Mode, text: str) -> tuple[Repair, tuple[Do, ...]]:
    """The whole cluster brought to another mode, once, and how to look: nodes, switches, routers, caches (KB 264645)."""
    nodes = {one.node: one.interface for one in facts.instances}
    changed, back = (
        {"interface": next(iter(nodes.values())) or ANY_NIC, "mode": OPERATION_MODE[m]} for m in (mode, former)
    )
    first = next(iter(nodes))
    drains, starts = (tuple(how(*one) for one in nodes.items()) for how in (drain, start))
    macs = tuple(dict.fromkeys(cluster_mac(mode, primary) for primary in facts.primaries()))
    right, routers = " or ".join(macs), routers_told(facts, macs)
    risk = f"{text}. The risk is high: nobody is served until all nodes have converged, and the cluster's MAC is another one then"
    switches = (
        f"On every switch: the static entry or group of {right} on every uplink of every Hyper-V host, and none of the old MAC"
        if mode != "unicast"
        else "On every switch: no entry of the old MAC any more"
    )
    fix = (
        *drains,
        do(risk, "set mode", first, **changed),
        *starts,
        *members(first),
        do(switches),
        *routers.fix,
        renewed(facts),
    )
    undo = (
        *drains, do("Set the mode back, on one node for all", "set mode", first, **back), *starts, *routers.undo,
        do("Put the switches' entries back as they were: note them before you change them"),
    )  # fmt: skip
    looks = tuple(do(f"OperationMode is {OPERATION_MODE[mode]}", "show cluster mode", node) for node in nodes)
    return Repair(fix=fix, undo=undo), (*looks, *seen_after(facts, right))


def renewed(facts: Facts) -> Do:
    """The neighbour caches in the VIPs' own subnet."""
    vips = ", ".join(map(str, facts.vip_addresses()))
    return do(
        f"Machines in the VIP's own subnet renew {vips} within a minute of use; on one that does not, elevated: "
        "Remove-NetNeighbor -IPAddress with that address, never without it"
    )


def seen_after(facts: Facts, right: str) -> tuple[Do, ...]:
    """What every router holds for every VIP, what a client's cache does, and the service from both sides."""
    vips = facts.vip_addresses()
    arp = (do(f"{ip} is at {right}", "show arp", router, ip=ip) for router in facts.routers for ip in vips)
    cache = do(f"On a client in the VIP's own subnet, after one use: arp -a {vips[0]} shows {right}")
    return (*arp, cache, *served(vips[0]))


def looked_at(router: str, ip: IPv4Address, right: Iterable[Mac], *, node: str = "") -> tuple[Do, ...]:
    """The router's entry, and what clients see of it.

    right: what it must hold. node: whose own address it is; empty for a VIP.
    """
    macs = list(dict.fromkeys(right))
    told = " or ".join(macs) or "the MAC that answers for it"
    by_hand = len(macs) == 1 and is_group_mac(macs[0])
    told += ", typed in (its age is shown as -)" if by_hand else ", or has no entry until it is used"
    look = do(f"{ip} is at {told}", "show arp", router, ip=ip)
    return (look, do(f"Reach {node} at {ip} from another subnet")) if node else (look, *served(ip))


def right_at(by: str, via: str, ip: IPv4Address, good: str, *, vm: str = "") -> tuple[Do, ...]:
    """Look where an address was seen at a wrong MAC (`via` as in Sighting.via). good: the right MACs, in words."""
    match via:
        case "router":
            return (do(f"{ip} is at {good}", "show arp", by, ip=ip),)
        case "jump":
            return (do(f"On this jump host, after one ping, arp -a {ip} or ip neigh show {ip} shows {good}"),)
        case "host" | "node":
            return (do(f"After one ping {ip} is at {good}", "show neighbor", by, ip=ip),)
        case "vnic" if vm:
            return (do(f"VM {vm} does not report {ip}", "show vnics", by, vm=vm),)
        case _:
            return ()


def served(ip: IPv4Address) -> tuple[Do, ...]:
    """The service as clients see it. A ping proves little: every host answers it."""
    return (do(f"Open the service on {ip}, from a client in the VIP's own subnet and from one in another"),)
