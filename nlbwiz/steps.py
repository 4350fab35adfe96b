"""Steps for the operator, in words and in a platform's own lines; and those that several causes share. Pure.

What belongs together stays together: a change on a node stands between its drain and its start, a router forgets before
it is told anew, and what is taken out is put back by its exact text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from nlbwiz.addr import Mac, is_group_mac
from nlbwiz.facts import Address


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


def looked_at(router: str, ip: IPv4Address, *, node: str = "") -> tuple[Do, ...]:
    """The router's entry, and what clients see of it. `node`: whose own address it is; empty for a VIP."""
    look = do("Look at the entry again", "show arp", router, ip=ip)
    return (look, do(f"Reach {node} at {ip} from another subnet")) if node else (look, *served(ip))


def served(ip: IPv4Address) -> tuple[Do, ...]:
    """The service as clients see it. A ping proves little: every host answers it."""
    return (do(f"Open the service on {ip}, from a client in the VIP's own subnet and from one in another"),)
