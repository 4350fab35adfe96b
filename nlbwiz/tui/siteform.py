"""The site form without its screen: what is asked, step by step, what an answer must be, and the file that comes of it.

Pure. Every value is read by the readers of the site file, so the form refuses what `nlbwiz check` refuses, in its words.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from nlbwiz.errors import SiteError
from nlbwiz.site import load, values
from nlbwiz.site.form import NAME, PLATFORMS, RESERVED
from nlbwiz.site.mistakes import Mistake, quoted, shown
from nlbwiz.site.model import Site

Answers = Mapping[str, str]
"""Step -> what was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question of the form."""

    id: str
    label: str
    asks: str
    expects: str
    without: str = ""
    """What is not known without an answer; empty where there must be one."""


STEPS = (
    Step(
        id="cluster",
        label="cluster",
        asks="What do you call the cluster?",
        expects="a name of letters, digits, - _ and dots, such as web",
    ),
    Step(
        id="vip",
        label="VIP",
        asks="Which virtual IP address does it have?",
        expects="one address, such as 172.31.3.232: the primary IP, or any other VIP; the rest is found from it",
    ),
    Step(
        id="nodes",
        label="nodes",
        asks="Which nodes are in it, and at which own (dedicated) addresses?",
        expects="NAME ADDRESS for each, by commas or lines: web1 172.31.3.11, web2 172.31.3.12. Never the VIP",
    ),
    Step(
        id="hosts",
        label="hosts",
        asks="On which Hyper-V hosts do they run?",
        expects="NAME ADDRESS for each, perhaps with its switch port: hv1 172.31.3.21 sw1:ch1, hv2 172.31.3.22",
        without="teaming, MAC spoofing and the hosts' view stay unknown",
    ),
    Step(
        id="switches",
        label="switches",
        asks="Through which switches are the hosts connected?",
        expects="NAME ADDRESS for each, perhaps with its platform: sw1 172.31.3.2 dell-powerconnect",
        without="what the switches learned, and flooding, stays unknown",
    ),
    Step(
        id="gateways",
        label="gateways",
        asks="Which routers lead into the VIP's subnet?",
        expects="NAME ADDRESS for each, perhaps with its platform: gw1 172.31.3.1 cisco-ios",
        without="old ARP entries stay unknown: the most frequent cause of a VIP that is dead from other subnets",
    ),
    Step(
        id="windows",
        label="account",
        asks="Where is the Windows account that may read nodes and hosts?",
        expects="a reference, never the password: prompt:DOMAIN\\user (asked in here), env:NAME, file:PATH, command:CMD, "
        "keyring:SERVICE/USER",
    ),
    Step(
        id="snmp",
        label="SNMP",
        asks="Where is the SNMP community (or the version 3 user) of switches and gateways?",
        expects="a reference, never the community: prompt: (asked in here), env:NAME, file:PATH, command:CMD",
    ),
    Step(
        id="file",
        label="file",
        asks="Which file shall hold this?",
        expects="a path that ends in .toml; it holds no secret, and is written for you alone (mode 0600)",
    ),
)
BY_ID = {one.id: one for one in STEPS}
_TABLES = {"nodes": "node", "hosts": "host", "switches": "switch", "gateways": "gateway"}
_SPLIT = re.compile(r"[,;\n]")


# ---- what Start has read ----

_GUESSES = (
    ("switches", re.compile(r"(?:sw|switch|pc|leaf|tor|access)[-_.]?\d|(?:sw|switch)[-_]", re.IGNORECASE)),
    ("gateways", re.compile(r"(?:gw|rtr|router|core|gate|fw)[-_.a-z]*\d", re.IGNORECASE)),
    ("hosts", re.compile(r"(?:hv|hyperv|hyper-v|host|vmh|hyp)[-_.a-z]*\d", re.IGNORECASE)),
)
_NAMED = re.compile(r"(?<![\w.:/\\-])[A-Za-z][A-Za-z-]*-?\d{1,4}(?![\w:/\\]|[-.]\w)")
_NO_NAME = re.compile(r"(?:NLB|KB|IPv|RFC|TCP|UDP|E|VLAN|KB|CHG|INC|Gi|Te|Fa|Eth|Po|ch)-?\d+", re.IGNORECASE)


def guessed(text: str, vip: str = "", note: str = "") -> dict[str, str]:
    """Answers to begin with: the VIP, and what looks like a machine's name, each where names of its form belong."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(_NAMED.findall(text[:4000])):
        if not _NO_NAME.fullmatch(name) and name.lower() not in RESERVED:
            where = next((step for step, pattern in _GUESSES if pattern.match(name)), "nodes")
            found.setdefault(where, []).append(f"{name} ")
    answers = {step: ", ".join(names) for step, names in found.items()}
    return {"cluster": "web", "windows": "prompt:", "snmp": "prompt:", **answers, **({"vip": vip} if vip else {})}


def free_file(folder: Path) -> str:
    """A name for a new site file that nothing in the folder has."""
    names = ("site.toml", *(f"site-{number}.toml" for number in range(2, 1000)))
    return next((name for name in names if not (folder / name).exists()), "site.toml")


# ---- one answer ----


def wrong(step: Step, answers: Answers, folder: Path) -> list[str]:
    """What is wrong with one answer: what was found, what is expected, what to do; nothing when it can be taken."""
    text = answers.get(step.id, "").strip()
    if not text:
        return [] if step.without or not needed(step, answers) else [f"nothing was found; expected {step.expects}"]
    found: Sequence[object]
    match step.id:
        case "cluster":
            found = [_name(text)]
        case "vip":
            found = [values.vip(text)]
        case "windows" | "snmp":
            found = [values.reference(folder)(text)]
        case "file":
            found = [_file(text, folder)]
        case _:
            found = [each for one in _machines(text) for each in _wrong_machine(step.id, one)]
            found = [*found, *_twice(step.id, answers)]
    return [str(each) for each in found if isinstance(each, Mistake)]


def needed(step: Step, answers: Answers) -> bool:
    """Whether there must be an answer: no account without Windows machines, no community without switches."""
    if step.id == "snmp":
        return bool(answers.get("switches", "").strip() or answers.get("gateways", "").strip())
    return not step.without


def _name(text: str) -> str | Mistake:
    if re.fullmatch(NAME, text) and text.casefold() not in RESERVED:
        return text
    return Mistake(
        found=f"found {quoted(text)}",
        expected="a name of letters, digits, - _ and dots, at most 63, other than jump and operator",
        do="write it without blanks and other signs",
    )


def _file(text: str, folder: Path) -> Path | Mistake:
    try:
        path = folder / Path(text).expanduser()
        there = path.parent.is_dir()
    except (OSError, ValueError, RuntimeError):
        there, path = False, folder
    if not text.lower().endswith(".toml") or not text.isprintable():
        return Mistake(found=f"found {quoted(text)}", expected="a path that ends in .toml", do="add .toml")
    if not there:
        return Mistake(
            found=f"found {quoted(text)}",
            expected="a path in a folder that is there",
            do="make the folder, or correct it",
        )
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """One entry, taken apart as written."""

    text: str
    name: str
    address: str
    more: str
    """The third word: a host, an uplink or a platform."""
    rest: str


def _machines(text: str) -> Iterator[_Machine]:
    for part in _SPLIT.split(text):
        words = part.split()
        if words:
            padded = [*words, "", "", ""]
            yield _Machine(
                text=part.strip(), name=padded[0], address=padded[1], more=padded[2], rest=" ".join(words[3:])
            )


def _wrong_machine(step: str, one: _Machine) -> Iterator[Mistake]:
    example = BY_ID[step].expects.rpartition(": ")[2].partition(",")[0].partition(".  ")[0]
    whole = f"found {quoted(one.text)}"
    if not one.address:
        said = "an address without a name" if not isinstance(values.address(one.name), Mistake) else "no address"
        yield Mistake(found=f"{whole}: {said}", expected="NAME ADDRESS", do=f"write both, such as {example}")
        return
    if not isinstance(values.address(one.name), Mistake) and isinstance(values.address(one.address), Mistake):
        yield Mistake(found=whole, expected="NAME ADDRESS, the name first", do="turn them round")
        return
    for found in (_name(one.name), values.address(one.address), _more(step, one.more) if one.more else None):
        if isinstance(found, Mistake):
            yield Mistake(found=f"{one.name}: {found.found}", expected=found.expected, do=found.do)
    if one.rest:
        yield Mistake(
            found=f"{one.name}: {shown(one.rest)} behind it", expected="a comma between two machines", do="add it"
        )


def _more(step: str, word: str) -> object:
    reader: Callable[[object], object] = {"nodes": values.name, "hosts": values.uplink}.get(step, values.platform)
    return reader(word)


def _twice(step: str, answers: Answers) -> Iterator[Mistake]:
    """Names and addresses are each machine's own, and no machine has the VIP."""
    vip = answers.get("vip", "").strip()
    seen: set[str] = set()
    for kind in _TABLES:
        for one in _machines(answers.get(kind, "")):
            own = [value for value in (one.name.casefold(), one.address) if value]
            if kind == step and one.address and one.address == vip:
                yield Mistake(
                    found=f"{one.name} has the VIP {vip}",
                    expected="the machine's own (dedicated) address",
                    do="give that: what is sent to a VIP lands on an arbitrary node",
                )
            for value in own if kind == step else ():
                if value in seen:
                    yield Mistake(
                        found=f"{quoted(value)} is there twice",
                        expected="a name and an address of its own for every machine",
                        do="take one out (a switch that routes is listed once, as a switch)",
                    )
            seen.update(own)


# ---- the file ----


def tree(answers: Answers) -> dict[str, object]:
    """The answers as the tables of a site file, as far as they go."""
    windows, snmp = answers.get("windows", "").strip(), answers.get("snmp", "").strip()
    made: dict[str, object] = {}
    nodes = [one.name for one in _machines(answers.get("nodes", ""))]
    cluster = answers.get("cluster", "").strip()
    if cluster:
        made["cluster"] = {cluster: {"vip": answers.get("vip", "").strip(), "nodes": nodes}}
    for step, kind in _TABLES.items():
        tables: dict[str, object] = {}
        for one in _machines(answers.get(step, "")):
            key, reference = ("credential", windows) if kind in ("node", "host") else ("snmp", snmp)
            third, value = {"node": ("host", one.more), "host": ("uplinks", [one.more])}.get(
                kind, ("platform", one.more)
            )
            more: dict[str, object] = {third: value} if one.more else {}
            tables[one.name] = {"address": one.address, key: reference, **more}
        if tables:
            made[kind] = tables
    return made


HEAD = """\
# The site: what nlbwiz may ask. It only reads; it changes nothing on any machine.
# No secret stands here, only where it is: env:NAME, file:PATH, command:CMD, keyring:SERVICE/USER or prompt: (asked).
# `nlbwiz init` prints every key that there is, explained.

"""


def text(answers: Answers) -> str:
    """The file that the answers make."""
    return HEAD + tomli_w.dumps(tree(answers))


def judged(written: str, source: str, folder: Path) -> tuple[Site | None, tuple[str, ...]]:
    """(the site, nothing) of a text that can be asked, or (None, every mistake), as `nlbwiz check` tells them."""
    try:
        return load.load(written, source=source, folder=folder), ()
    except SiteError as error:
        return None, error.mistakes


def summary(site: Site) -> str:
    """Whom a site asks, in a line."""
    counts = (
        (len(site.nodes), "node"), (len(site.hosts), "host"), (len(site.switches), "switch"), (len(site.gateways), "gateway"),
    )  # fmt: skip
    plural = {"switch": "switches"}
    said = [f"{count} {kind if count == 1 else plural.get(kind, kind + 's')}" for count, kind in counts]
    return f"asks {', '.join(said)}, read only"


PLATFORM_LIST = ", ".join(PLATFORMS)
