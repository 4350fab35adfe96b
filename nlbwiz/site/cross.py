"""The last look at a site file: do its values agree with each other?"""

from dataclasses import dataclass, field
from typing import Literal

from nlbwiz.site.mistakes import Mistake, Mistakes, choice, nearest, quoted, step
from nlbwiz.site.model import Endpoint, IPAddress

_TARGETS = ("node", "host", "switch", "gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A name that a value mentions: at this path, and of this kind."""

    path: str
    name: str
    kind: Literal["node", "host", "switch", "cluster"]


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the values said, each with its key's path, also of tables in which another value is wrong."""

    paths: dict[tuple[str, str], str]
    """The path of every (kind, name) in the file: a machine with a mistyped address still exists."""
    addresses: list[tuple[str, IPAddress]] = field(default_factory=list)
    vips: list[tuple[str, IPAddress]] = field(default_factory=list)
    listeners: list[tuple[str, Endpoint, bool]] = field(default_factory=list)
    """Path, endpoint, and whether it was written down; else it follows from the address."""
    mentions: list[Mention] = field(default_factory=list)
    credentials: list[tuple[str, str]] = field(default_factory=list)
    communities: list[tuple[str, str]] = field(default_factory=list)
    accepts: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, cause, cluster."""

    def names(self, kind: str) -> tuple[str, ...]:
        """Every name of a kind, in the file's order."""
        return tuple(name for own, name in self.paths if own == kind)


def check_agreement(seen: Seen, mistakes: Mistakes) -> None:
    """Note every name without its table, everything that is there twice, and a VIP taken for a machine."""
    _check_names(seen, mistakes)
    for mention in seen.mentions:
        if (mention.kind, mention.name) not in seen.paths:
            if mistakes.full:
                mistakes.skip()
            else:
                mistakes.add(mention.path, _unknown(mention, seen))
    _check_addresses(seen, mistakes)
    _check_listeners(seen, mistakes)
    _check_references(seen, mistakes)
    accepted: dict[tuple[str, str], str] = {}
    for path, cause, cluster in seen.accepts:
        first = accepted.setdefault((cause, cluster), path)
        if first != path:
            found = f"{cause} in {quoted(cluster)} is accepted by {first} already"
            mistakes.add(path, Mistake(found=found, expected="each cause once in a cluster", do="take one out"))


def _check_names(seen: Seen, mistakes: Mistakes) -> None:
    """Names are unique over all kinds of target, in any spelling: Windows does not tell upper from lower case."""
    owners: dict[str, str] = {}
    for (kind, name), path in seen.paths.items():
        if kind not in _TARGETS:
            continue
        first = owners.setdefault(name.casefold(), path)
        if first != path:
            expected = "a name of its own for every machine (upper and lower case are the same)"
            mistakes.add(path, Mistake(found=f"the name is taken by {first}", expected=expected, do="rename one"))


def _unknown(mention: Mention, seen: Seen) -> Mistake:
    known = seen.names(mention.kind)
    expected = f"one of {choice(known)}" if known else f"the name of a [{mention.kind}.NAME], and this file has none"
    other = next((kind for kind, name in seen.paths if name == mention.name), None)
    guess = nearest(mention.name, known)
    if other:
        do = f"{quoted(mention.name)} is a {other}: correct the name"
    elif guess:
        do = f"did you mean {quoted(guess)}?"
    else:
        do = f"add [{step(mention.kind, mention.name)}] or correct the name"
    return Mistake(found=f"found {quoted(mention.name)}", expected=expected, do=do)


def _check_addresses(seen: Seen, mistakes: Mistakes) -> None:
    vips: dict[IPAddress, str] = {}
    for path, vip in seen.vips:
        first = vips.setdefault(vip, path)
        if first != path:
            do = "list a cluster once, with all its nodes"
            mistakes.add(path, Mistake(found=f"{vip} is {first} already", expected="a VIP of its own", do=do))
    owners: dict[IPAddress, str] = {}
    for path, address in seen.addresses:
        first = owners.setdefault(address, path)
        if first != path:
            do = "list a machine once (a [switch.NAME] that routes is taken for a gateway too)"
            mistakes.add(path, Mistake(found=f"{address} is {first} already", expected="an address of its own", do=do))
        if address in vips:
            mistakes.add(path, _is_vip(f"{address} is {vips[address]}"))
    by_text = {str(vip): path for vip, path in vips.items()}
    for path, endpoint, written in seen.listeners:
        if written and endpoint.host in by_text:
            mistakes.add(path, _is_vip(f"{endpoint.host} is {by_text[endpoint.host]}"))


def _is_vip(found: str) -> Mistake:
    do = "give the dedicated IP address: what is sent to a VIP lands on an arbitrary node"
    return Mistake(found=found, expected="the machine's own address", do=do)


def _check_listeners(seen: Seen, mistakes: Mistakes) -> None:
    """Two names for one listener would count one machine's word twice. WinRM (TCP) and SNMP (UDP) do not meet."""
    owners: dict[tuple[bool, str, int], str] = {}
    for path, endpoint, written in sorted(seen.listeners, key=lambda listener: listener[2]):
        first = owners.setdefault((endpoint.scheme is None, endpoint.host.lower(), endpoint.port), path)
        if first != path and written:
            do = "correct it, or list the machine once"
            mistakes.add(
                path, Mistake(found=f"{endpoint} is {first} already", expected="an endpoint of its own", do=do)
            )


def _check_references(seen: Seen, mistakes: Mistakes) -> None:
    """One secret for both would send a Windows password through the network as a community, in clear text."""
    windows = {reference: path for path, reference in reversed(seen.credentials)}
    for path, reference in seen.communities:
        if reference in windows and not reference.startswith("prompt:"):
            found = f"the same reference as {windows[reference]}"
            do = "name another reference: a community travels in clear text, a Windows password must not"
            mistakes.add(path, Mistake(found=found, expected="a secret of its own for SNMP", do=do))
