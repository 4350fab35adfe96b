"""The privacy mask: names, IP and MAC addresses become pseudonyms of the same width, in one function before any widget.

Addresses are found by their form, names by what the site file and the answers call things. A pseudonym stays the same
as long as the app runs, and hiding it again changes nothing. Copies and exports keep the real words.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from nlbwiz import addr
from nlbwiz.addr import AddressError
from nlbwiz.plain import line
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Site

if TYPE_CHECKING:
    from nlbwiz.headless import Options
    from nlbwiz.tui.follow import Follow
    from nlbwiz.tui.reading import Known

_MAC = (
    r"[0-9A-Fa-f]{1,2}(?P<pair>[-:])(?:[0-9A-Fa-f]{1,2}(?P=pair)){4}[0-9A-Fa-f]{1,2}"
    r"|(?:[0-9A-Fa-f]{2} ){5}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}(?P<four>[.-])[0-9A-Fa-f]{4}(?P=four)[0-9A-Fa-f]{4}"
    r"|[0-9A-Fa-f]{6}-[0-9A-Fa-f]{6}|(?:0x)?[0-9A-Fa-f]{12}"
)
_ADDRESS = re.compile(
    rf"(?<![0-9A-Za-z])(?P<mac>{_MAC})(?![0-9A-Za-z]|:[0-9A-Fa-f]|-[0-9A-Fa-f]{{2}}(?![0-9A-Za-z]))"
    r"|(?<![0-9A-Za-z])(?P<v6>[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?)"
    r"|(?<![0-9])(?P<dotted>[0-9]+(?:\.[0-9]+){3,})(?![0-9])"
    r"|(?<!\S)(?P<tail>\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9]|\.[0-9])"
    r"|(?P<half>(?<=w-x-)[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}(?![0-9A-Za-z-]))"
)
"""Every notation of `addr`, dotted numbers, the tails `.3.232` and `w-x-03-e8` that the MAC page writes."""
_RUN = re.compile(r"[^\W_]+")
_OID = "1.3.6.1."
_KEEPS = frozenset({"0.0.0.0", "255.255.255.255", "127.0.0.1", "::", "::1"})  # noqa: S104  # nobody's
_SAID_BY = {
    "computer": "machine", "domain": "domain", "host": "host", "host_fqdn": "host", "vm": "vm", "owner": "host",
}  # fmt: skip
"""Keys of the answers whose values are names (parse/sections.py), and of what."""
_NAME_OF = {
    "vms": "vm",
    "vnics": "vm",
    "cluster": "cluster",
    "state": "node",
    "hypervisor": "host",
    "clusters": "cluster",
}
"""Probes whose records have the name of such a thing as `name`."""
_SYSNAME = "1.3.6.1.2.1.1.5.0"
"""sysName (RFC 3418)."""
_COMMON = frozenset(
    {
        "management",
        "network adapter",
        "ethernet",
        "workgroup",
        "operator",
        "jump",
        "site",
        "lab",
        "local",
        "lan",
        "internal",
    }
)
"""Names that many networks have: they tell nothing of a site, and are words of ours as well."""


@dataclass(slots=True)
class Mask:
    """What is hidden, and whether it is. For one screen's thread."""

    on: bool = False
    _names: dict[str, str] = field(default_factory=dict)
    """Name in lower case -> its pseudonym."""
    _starts: dict[str, list[str]] = field(default_factory=dict)
    """First run of letters and digits of a name -> the names that begin so, the longest first."""
    _numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    """Kind -> thing -> its number."""
    _read: set[str] = field(default_factory=set)
    _site: Site | None = None
    _hidden: dict[str, str] = field(default_factory=dict)

    # ---- what there is to hide ----

    def learn(self, site: Site) -> None:
        """The names and addresses of a site file."""
        for kind, some in (
            ("node", site.nodes),
            ("host", site.hosts),
            ("switch", site.switches),
            ("gateway", site.gateways),
        ):
            for name, one in some.items():
                self.name(name, kind)
                self._number("ip", str(one.address))
                if not _is_ip(one.endpoint.host):
                    self.name(one.endpoint.host, kind)
                for reference in (getattr(one, "credential", ""), getattr(one, "snmp", "")):
                    self.name(reference.partition(":")[2], "account")
        for name, cluster in site.clusters.items():
            self.name(name, "cluster")
            self._number("ip", str(cluster.vip))

    def follow(self, follow: "Follow", options: "Options") -> None:
        """The names of a run: of its file, its site, and the answers that came since."""
        path = options.site or options.bundle
        if path:
            self.files(path.name)
        if follow.opened and follow.opened.site is not self._site:
            self._site = follow.opened.site
            self.learn(self._site)
        if follow.told:
            self.read(follow.told.evidence)

    def known(self, some: Iterable["Known"]) -> None:
        """The names of the sites and runs that the start screen lists."""
        for one in some:
            self.files(one.name)
            for name, address in (*one.machines.items(), *one.vips.items()):
                self.name(name, "cluster" if name in one.vips else "machine")
                if _is_ip(address):
                    self._number("ip", address)

    def files(self, name: str) -> None:
        """A site file's name, with and without its ending."""
        self.name(name.partition(".")[0], "site")

    def read(self, evidence: Iterable[Evidence]) -> None:
        """The names that machines gave in their answers; each answer is read once."""
        for one in evidence:
            if one.id in self._read or not one.raw:
                continue
            self._read.add(one.id)
            try:
                found = json.loads(one.raw)
            except (ValueError, RecursionError):
                continue
            for kind, name in _named(found, _NAME_OF.get(one.ask.probe, "")):
                self.name(name, kind)

    def name(self, name: str, kind: str) -> None:
        """One name: of a node, host, switch, gateway, cluster, vm, site, account or domain. Its domain is one more."""
        for spelled in {name.strip(), line(name.strip())}:
            low = spelled.lower()
            if low in self._names or low in _COMMON or not _RUN.search(low) or len(low) > 400 or _is_ip(low):
                continue
            first, dot, rest = spelled.partition(".")
            if dot and first and rest and not spelled.replace(".", "").isdigit() and kind not in ("site", "account"):
                self.name(first, kind)
                self.name(rest, "domain")
                continue
            account, slash, user = spelled.partition("\\")
            if slash and kind == "account":
                self.name(account, "domain")
                self.name(user, "account")
                continue
            self._names[low] = self._pseudonym(kind, low, cell_len(spelled))
            run = _RUN.search(low)
            assert run is not None
            starts = self._starts.setdefault(run.group(), [])
            starts.append(low)
            starts.sort(key=len, reverse=True)
            self._hidden.clear()

    def _number(self, kind: str, thing: str) -> int:
        known = self._numbers.setdefault(kind, {})
        return known.setdefault(thing, len(known) + 1)

    def _pseudonym(self, kind: str, name: str, cells: int) -> str:
        """`node2____`, as wide as the name; never a name itself."""
        number = self._number(kind, name)
        while True:
            for text in (f"{kind}{number}", f"{kind[0]}{number}", f"{number}", "*" * cells):
                made = text.ljust(cells, "_")
                if len(made) == cells and made.lower() not in self._names:
                    return made
            number += 1

    # ---- hiding ----

    def hide(self, text: str) -> str:
        """The text with its names and addresses masked; the text itself while the mask is off."""
        if not self.on or not text:
            return text
        found = self._hidden.get(text)
        if found is None:
            if len(self._hidden) > 8192:
                self._hidden.clear()
            found = self._hidden[text] = self._by_name(_ADDRESS.sub(self._address, text))
        return found

    def hide_line(self, pieces: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The same for a line in pieces: what a name that spans two of them becomes stands in the first."""
        if not self.on:
            return tuple(pieces)
        pieces = tuple(pieces)
        whole = "".join(text for text, _ in pieces)
        hidden = self.hide(whole)
        if hidden == whole:
            return pieces
        if len(hidden) != len(whole):  # a name with wide characters
            return tuple((self.hide(text), role) for text, role in pieces)
        made, at = [], 0
        for text, role in pieces:
            made.append((hidden[at : at + len(text)], role))
            at += len(text)
        return tuple(made)

    def _by_name(self, text: str) -> str:
        if not self._names:
            return text
        low = text.lower()
        if len(low) != len(text):  # a letter that has no single lower one
            low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
        made: list[str] = []
        at = 0
        for run in _RUN.finditer(low):
            if run.start() < at:
                continue
            for name in self._starts.get(run.group(), ()):
                lead = _RUN.search(name)
                assert lead is not None
                start = run.start() - lead.start()
                end = start + len(name)
                if start >= at and low.startswith(name, start) and not low[end : end + 1].isalnum():
                    made += [text[at:start], self._names[name]]
                    at = end
                    break
        return "".join((*made, text[at:])) if made else text

    def _address(self, match: "re.Match[str]") -> str:
        text = match.group()
        if match["mac"]:
            return self._mac(text)
        if match["v6"]:
            bare = text if _is_ip(text) else text[:-1] if text.endswith(":") else ""
            return self._ip(bare) + text[len(bare) :] if _is_ip(bare) else text
        if match["dotted"]:
            return self._dotted(text)
        return re.sub("[0-9A-Fa-f]", "x", text)

    def _mac(self, text: str) -> str:
        """The first two octets of a cluster's MAC stay: they tell its mode."""
        try:
            mac = addr.mac(text.removeprefix("0x"))
        except AddressError:
            return text
        bare = text.isdecimal() and mac not in self._numbers.get("mac", {})
        if mac in ("00-00-00-00-00-00", "FF-FF-FF-FF-FF-FF") or bare:  # a number of 12 digits is no MAC
            return text
        kept = 4 if addr.decode(mac).kind == "cluster" else 0
        lead = 2 if text.startswith("0x") else 0
        return text[:lead] + _digits(text[lead:], self._number("mac", mac), kept)

    def _ip(self, text: str) -> str:
        ip = ip_address(text)
        if isinstance(ip, IPv4Address) and (str(ip) in _KEEPS or ip.packed[0] == 255):
            return text  # nobody's, or a mask
        return text if str(ip) in _KEEPS else _digits(text, self._number("ip", str(ip)), 0)

    def _dotted(self, text: str) -> str:
        """Four numbers are an address, six an index; an OID ends in one: 4, 6 or (ipNetToPhysical, RFC 4293) 16 numbers."""
        arcs = text.split(".")
        if len(arcs) == 4:
            return self._ip(text) if _is_ip(text) else text
        if not text.startswith(_OID):
            return _digits(text, self._number("index", text), 0) if all(len(one) < 4 for one in arcs) else text
        known = ".".join(arcs[-4:])
        if len(arcs) < 14:
            return self._tail(arcs, 4) if known in self._numbers.get("ip", {}) else text
        return self._tail(arcs, 4 if len(arcs) < 17 else 6 if len(arcs) < 24 else len(arcs) - 13)

    def _tail(self, arcs: list[str], count: int) -> str:
        tail = ".".join(arcs[-count:])
        kind = "ip" if count == 4 else "index"
        return ".".join((*arcs[:-count], _digits(tail, self._number(kind, tail), 0)))


def _digits(text: str, number: int, kept: int) -> str:
    """`172.31.3.232` as `xxx.xx.x.x07`: signs stay, `kept` digits too, the last ones are the pseudonym's number."""
    places = [at for at, char in enumerate(text) if char in "0123456789abcdefABCDEF"][kept:]
    written = f"{number:02}"[-len(places) :].rjust(len(places), "x") if places else ""
    made = list(text)
    for at, char in zip(places, written, strict=True):
        made[at] = char
    return "".join(made)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _named(value: Any, kind: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of every name in an answer."""
    match value:
        case {"rows": [*rows]}:
            for row in rows:
                if isinstance(row, list) and len(row) == 3 and row[0] == _SYSNAME and isinstance(row[2], str):
                    yield "machine", row[2]
                    try:
                        yield "machine", bytes.fromhex(row[2]).decode("utf-8", "replace")
                    except ValueError:
                        continue
        case Mapping():
            for key, one in value.items():
                if isinstance(one, str) and key in _SAID_BY:
                    yield _SAID_BY[key], one
                elif isinstance(one, str) and key == "name" and kind:
                    yield kind, one
                else:
                    yield from _named(one, kind)
        case list():
            for one in value:
                yield from _named(one, kind)
