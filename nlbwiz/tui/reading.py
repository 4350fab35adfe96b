"""What a pasted text says: addresses, machines of a known site, a symptom, a file, a scenario. Pure, offline, bounded.

Addresses are found and decoded by `macpage` (the first 4,000 characters, 8 addresses). Events 4198 and 4199 are Tcpip's
address conflicts; the other symptoms are guessed from words, and the screen shows which words those were.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from nlbwiz import addr
from nlbwiz.addr import AddressError
from nlbwiz.macpage import IpPage, MacPage, pages
from nlbwiz.tui import siteform

READ = 4000
"""Characters of a text that are read."""
_MODES = {"unicast": "unicast", "multicast": "multicast", "igmp": "IGMP multicast"}
_SYMPTOMS = (
    ("duplicate-ip", r"\b419[89]\b|duplicate ip|duplicate address|address conflict|ip conflict"),
    ("misconfigured", r"misconfigured"),
    ("flooding", r"\bflood(?:s|ed|ing)?\b|unknown unicast|broadcast storm"),
    ("some-clients", r"\bsome (?:clients|users|sites|people)\b|\bnot all (?:clients|users)\b|intermittent(?:ly)?"),
    (
        "unreachable",
        r"unreachable|not reachable|cannot (?:be reached|reach|connect)|can't (?:reach|connect)|timed? out",
    ),
    ("routine", r"\broutine\b|health check"),
)
"""The first that fits counts: `duplicate` says more than `cannot be reached`."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_FILES = (".toml", ".nlbwiz")
_ROOTED = re.compile(r"(?:~|\.{1,2})?[/\\]|[A-Za-z]:[/\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A site that this machine knows: from a site file (live) or from a saved run, whose file is `path`."""

    name: str
    path: str
    live: bool
    machines: dict[str, str] = field(default_factory=dict)
    """Name -> IP address, of everybody who is asked."""
    vips: dict[str, str] = field(default_factory=dict)
    """Cluster -> VIP."""
    symptom: str = ""
    age: str = ""
    """Of the run, or of a site's last one: "2 h ago"."""
    verdict: str = ""
    """How that run ended; empty where nobody noted it."""
    note: str = ""
    """What is wrong with the file, or that the run was never closed."""
    asked: tuple[str, ...] = ()
    """Its `prompt:` references: secrets that are asked for before the run."""
    killed: bool = False
    """The run's process ended without closing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one text says, and what follows from it."""

    addresses: tuple[IpPage | MacPage, ...] = ()
    symptom: str = ""
    because: str = ""
    """The words that the symptom was guessed from."""
    site: Known | None = None
    named: tuple[str, ...] = ()
    """What of the text was found in `site`: its machines and clusters by name."""
    path: str = ""
    """A file, as written; nobody has looked whether it is there."""
    scenario: str = ""
    word: str = ""
    """The whole text, where it is a single word that means nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line for people: a label, its text, and the role it is drawn in."""

    label: str
    text: str
    role: str = "text"


def read(text: str, sites: Sequence[Known] = (), scenarios: Sequence[str] = ()) -> Reading:
    """Read the first 4,000 characters. Sites that can be asked live go before saved runs."""
    text = text[:READ].strip()
    if not text:
        return Reading()
    if text.removeprefix("demo ") in scenarios:
        return Reading(scenario=text.removeprefix("demo "))
    try:
        addresses = pages(text)
    except AddressError:
        addresses = ()
    path = "" if addresses and len(text.split()) == 1 else _path(text)
    if path:
        return Reading(path=path)
    symptom, because = _symptom(text)
    site, named = _site(text, addresses, sites)
    live = [one for one in sites if one.live and one.machines]
    if site is None and symptom and not addresses and len(live) == 1:
        site = live[0]
    alone = len(text.split()) == 1 and not (addresses or site or symptom)
    return Reading(
        addresses=addresses, symptom=symptom, because=because, site=site, named=named, word=text if alone else ""
    )


def _symptom(text: str) -> tuple[str, str]:
    for name, pattern in _SYMPTOMS:
        if found := re.search(pattern, " ".join(text.split()), re.IGNORECASE):
            return name, found.group()
    return "", ""


def _path(text: str) -> str:
    """The whole text as a path, or the first word in it that ends as our files do."""
    bare = text.strip("\"'")
    if "\n" not in bare and len(bare) < 1000 and (_ROOTED.match(bare) or bare.lower().endswith(_FILES)):
        rooted = bool(_ROOTED.match(bare))
        if rooted or len(bare.split()) == 1:
            return bare
    words = (word.strip("\"',;()<>") for word in text.split())
    return next((word for word in words if word.lower().endswith(_FILES) and len(word) < 1000), "")


def _site(
    text: str, addresses: Sequence[IpPage | MacPage], sites: Sequence[Known]
) -> tuple[Known | None, tuple[str, ...]]:
    """The site that most of the text belongs to; of equals the first, a live one before a saved run."""
    words = {part for word in _WORD.findall(text.lower()) for part in (word.strip("."), word.partition(".")[0])}
    ips = {one.primary for one in addresses if isinstance(one, IpPage)}
    macs = {one.mac for one in addresses if isinstance(one, MacPage)}
    best: tuple[Known | None, tuple[str, ...]] = (None, ())
    for site in sorted(sites, key=lambda one: not one.live):
        own = [name for name, address in site.machines.items() if name.lower() in words or address in ips]
        for name, vip in site.vips.items():
            if vip in ips or macs & _macs_of(vip).keys():
                own.insert(0, name)
        if len(own) > len(best[1]):
            best = (site, tuple(own))
    return best


def _macs_of(ip: str) -> dict[str, str]:
    """Cluster MAC -> mode, if `ip` is a primary IP; none for an address that cannot be one."""
    found = ip_address(ip)
    if addr.not_a_primary(found):
        return {}
    return {mac: mode for mode, mac in addr.all_cluster_macs(found).items()}


# ---- in words ----


def form_answers(text: str, one: Reading) -> dict[str, str]:
    """What the site form begins with: the VIP that the text names, or that its MAC stands for, and names of machines."""
    ips = [each.primary for each in one.addresses if isinstance(each, IpPage) and not each.impossible]
    of_macs = [each.primary for each in one.addresses if isinstance(each, MacPage) and each.primary]
    vip = next((ip for ip in ips if ip in of_macs), next(iter((*ips, *of_macs)), ""))
    return siteform.guessed(text, vip)


def words(one: Reading) -> Iterator[Said]:
    """What was read, a line each, the most useful first."""
    if one.scenario:
        yield Said(label="scenario", text=f"{one.scenario}, in the lab")
    if one.path:
        yield Said(label="file", text=f"{one.path}: a site file, or a saved run (bundle)")
    if one.symptom:
        yield Said(label="symptom", text=f'{one.symptom}, because it says "{one.because}"')
    if one.site:
        yield Said(label="in site", text=_in_site(one, one.site))
        if one.site.live and one.site.asked:
            names = [ref.removeprefix("prompt").removeprefix(":") for ref in one.site.asked]
            whose = f" for {', '.join(name for name in names if name)}" if any(names) else ""
            yield Said(label="secret", text=f"asked once{whose}, before anybody is asked; kept in memory only")
    ips = [each.primary for each in one.addresses if isinstance(each, IpPage) and not each.impossible]
    vips = list(one.site.vips.values()) if one.site else []
    for page in one.addresses:
        if isinstance(page, MacPage):
            yield Said(label="MAC", text=f"{page.mac}: {_whose(page, ips, vips)}")
    for page in one.addresses:
        if isinstance(page, IpPage):
            yield from _ip(page, vips)


def _whose(page: MacPage, ips: Sequence[str], vips: Sequence[str]) -> str:
    for ip in dict.fromkeys((*vips, *ips)):
        if mode := _macs_of(ip).get(page.mac):
            whose = f"the VIP {ip} of this site" if ip in vips else f"{ip} (if that is the primary IP)"
            return f"NLB, {_MODES[mode]} mode, of {whose}: not a stranger's"
    if page.fit and page.kind == "cluster":
        return page.fit.removeprefix(f"{page.mac} ")
    return page.meaning


def _ip(page: IpPage, vips: Sequence[str]) -> Iterator[Said]:
    if page.impossible:
        yield Said(label="IP", text=f"{page.impossible}: no primary IP of a cluster", role="maybe")
        return
    what = "the VIP of this site" if page.primary in vips else "as the primary IP of a cluster it has"
    group = f", group {page.igmp_group}" if page.igmp_group else ""
    modes = ", ".join(f"{each.name} {each.mac}" for each in page.cluster)
    yield Said(label="IP", text=f"{page.primary}, {what}: {modes}{group}")


def _in_site(one: Reading, site: Known) -> str:
    found = f"; in your text: {', '.join(one.named)}" if one.named else " (the only site file here)"
    last = f" (last asked {site.age}{f', {site.verdict}' if site.verdict else ''})" if site.age else ""
    where = f"{site.path}{last}" if site.live else f"{site.name}, saved {site.age}"
    return f"{where}: {', '.join(list(site.machines)[:8])}{found}"


def enter(one: Reading) -> Said:
    """What the enter key does with it, or what is missing so that it can."""
    if one.path:
        return Said(label="enter", text="opens it: asks the machines of a site file, read only, or judges a saved run")
    if one.scenario:
        return Said(label="enter", text="asks a simulated site on this machine; nothing leaves it")
    if one.site and one.site.live:
        count = len(one.site.machines)
        return Said(label="enter", text=f"asks the {count} machines of {one.site.name}, read only; changes nothing")
    if one.site:
        return Said(label="enter", text=f"opens the saved run, nobody is asked. To ask live: {HOW}")
    if one.word:
        return Said(label="enter", text=f"looks for a file of this name. To ask live: {HOW}")
    if one.addresses or one.symptom:
        return Said(label="missing", text=f"whom to ask, so enter does nothing yet. {HOW}", role="maybe")
    return Said(label="missing", text=f"nothing was recognised, so enter does nothing yet. {HOW}", role="maybe")


HOW = "F4 asks for it (cluster, nodes, hosts, switches, where the secrets are) and writes the site file"
"""How a site file is made."""
