"""A site file's text becomes a Site, or one SiteError with every mistake in it; and back."""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Literal, TypeVar

import tomli_w

from nlbwiz.errors import InputMissingError, SiteError
from nlbwiz.site import values
from nlbwiz.site.cross import Mention, Seen, check_agreement
from nlbwiz.site.form import MOST_NODES, NAMED
from nlbwiz.site.keys import check_keys, listed, named
from nlbwiz.site.mistakes import Mistake, Mistakes, printable, step
from nlbwiz.site.model import (
    Accept,
    Cluster,
    Endpoint,
    Host,
    IPAddress,
    Jump,
    Limits,
    Node,
    Site,
    SnmpTarget,
    WindowsTarget,
)
from nlbwiz.site.reference import parse_reference
from nlbwiz.site.table import Table

T = TypeVar("T")
W = TypeVar("W", bound=WindowsTarget)

LARGEST = 1_000_000
"""Octets of a site file. A thousand machines take a fifth of it."""

MOST_DOTS = 2000
"""Dots in one line: tomllib's time grows with their square (a key a.a.a... of 800 kB takes it most of a minute)."""

_BASIC_OVER_HTTP = Mistake(
    found="basic over plain http",
    expected="an https endpoint beside it",
    do="give one, or allow a password in clear text with insecure = true",
)


def read(path: Path) -> Site:
    """The Site of a file. Raises InputMissingError when there is none to read, SiteError when it is wrong."""
    text = text_of(path)
    return load(text, source=printable(str(path)), folder=path.absolute().parent)


def text_of(path: Path) -> str:
    """A site file's text, whatever is in it. Raises as `read` does."""
    source = printable(str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputMissingError(f"{source}: no such file; `nlbwiz init` writes one to start from") from None
    except IsADirectoryError:
        raise InputMissingError(f"{source}: is a folder; name the site file in it") from None
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        why = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise InputMissingError(f"{source}: cannot be read: {why}") from None
    if len(raw) > LARGEST:
        raise SiteError(source, [f"larger than {LARGEST} octets; no site file is: is it the right file?"])
    # Windows PowerShell 5.1 writes UTF-16 with a byte order mark: `nlbwiz init > site.toml` gives one.
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise SiteError(source, [f"line {line}: not UTF-8; save the file as UTF-8"]) from None
    return text


def load(text: str, *, source: str, folder: Path) -> Site:
    """The Site of a TOML text. `source` names it in messages; relative paths in it start at `folder`.

    Raises SiteError with every mistake: unknown keys first, then wrong values, then what does not agree.
    """
    if len(text) > LARGEST:
        raise SiteError(printable(source), [f"larger than {LARGEST} characters; no site file is"])
    dotted = next((n for n, line in enumerate(text.split("\n"), 1) if line.count(".") > MOST_DOTS), None)
    if dotted:
        raise SiteError(printable(source), [f"line {dotted}: more than {MOST_DOTS} dots; no site file has such a line"])
    try:
        tree = tomllib.loads(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    except tomllib.TOMLDecodeError as e:
        raise SiteError(printable(source), [f"not TOML: {printable(str(e))}; texts stand in quotes"]) from None
    except RecursionError:
        raise SiteError(printable(source), ["arrays or tables nested too deeply for a site file"]) from None
    except ValueError:  # a decimal number beyond Python's limit of 4300 digits
        raise SiteError(printable(source), ["a number too long for a site file"]) from None
    return build(tree, source=source, folder=folder)


def build(tree: Mapping[str, object], *, source: str, folder: Path) -> Site:
    """The Site of a parsed tree, as `load` makes it. Raises SiteError with every mistake."""
    mistakes = Mistakes(source)
    meant = check_keys(tree, mistakes)
    seen = Seen(paths={(kind, name): path for kind in NAMED for name, path, _ in named(tree, kind)})
    table = partial(Table, folder=folder, seen=seen, mistakes=mistakes, meant=meant)

    def each(kind: str, reader: Callable[[str, Table], T | None]) -> dict[str, T]:
        found = ((name, reader(name, table(kind=kind, path=path, raw=raw))) for name, path, raw in named(tree, kind))
        return {name: value for name, value in found if value is not None}

    def single(kind: str) -> Table:
        raw = tree.get(kind)
        return table(kind=kind, path=kind, raw=raw if isinstance(raw, dict) else {})

    nodes = each("node", _node)
    hosts = each("host", _host)
    switches = each("switch", partial(_agent, "switch"))
    gateways = each("gateway", partial(_agent, "gateway"))
    if tree.get("cluster", {}) == {} and "cluster" not in meant:
        do = "add one with its vip and nodes: without a cluster there is nothing to judge"
        mistakes.add("cluster", Mistake(found="missing", expected="at least one [cluster.NAME]", do=do))
    clusters = each("cluster", _cluster)
    jump, limits = _jump(single("jump")), _limits(single("limits"))
    accepts = [_accept(table(kind="accept", path=path, raw=raw)) for path, raw in listed(tree, "accept")]
    check_agreement(seen, mistakes)
    mistakes.stop()
    return Site(
        nodes=nodes,
        hosts=hosts,
        switches=switches,
        gateways=gateways,
        clusters=clusters,
        jump=jump,
        limits=limits,
        accepts=tuple(accept for accept in accepts if accept is not None),
    )


def _node(name: str, table: Table) -> Node | None:
    host = table.maybe("host", values.name)
    if host is not None:
        table.seen.mentions.append(Mention(path=table.at("host"), name=host, kind="host"))
    return _windows(name, table, partial(Node, host=host))


def _host(name: str, table: Table) -> Host | None:
    uplinks = table.each("uplinks", values.uplink)
    for path, uplink in uplinks:
        table.seen.mentions.append(Mention(path=path, name=uplink.partition(":")[0], kind="switch"))
    return _windows(name, table, partial(Host, uplinks=tuple(uplink for _, uplink in uplinks)))


def _windows(name: str, table: Table, make: Callable[..., W]) -> W | None:
    address = _address(table, "address", values.address)
    endpoint = table.maybe("endpoint", values.winrm)
    credential = table.need("credential", values.reference(table.folder))
    auth = table.maybe("auth", values.auth)
    insecure = table.maybe("insecure", values.switch)
    ca = table.maybe("ca", values.path(table.folder))
    if address is not None:
        table.seen.addresses.append((table.at("address"), address))
        if "endpoint" not in table.raw:
            endpoint = Endpoint(host=str(address), port=values.HTTP_PORT, scheme="http")
    if endpoint is not None:
        table.seen.listeners.append((table.at("endpoint"), endpoint, "endpoint" in table.raw))
    if credential is not None:
        table.seen.credentials.append((table.at("credential"), credential))
    # A mistyped value is told once: what depends on it is not judged.
    plain = endpoint.scheme == "http" if endpoint is not None else "endpoint" not in table.raw
    if auth == "basic" and plain and not insecure and (insecure is False or "insecure" not in table.raw):
        table.wrong("auth", _BASIC_OVER_HTTP)
    if ca is not None and plain:
        do = "give one or take ca out"
        table.wrong("ca", Mistake(found="a CA for plain http", expected="an https endpoint beside it", do=do))
    elif ca is not None and insecure:
        do = "take one of the two out"
        table.wrong("ca", Mistake(found="a CA beside insecure = true", expected="a certificate verified or not", do=do))
    if address is None or endpoint is None or credential is None:
        return None
    return make(
        name=name,
        address=address,
        endpoint=endpoint,
        credential=credential,
        auth=auth or "auto",
        insecure=bool(insecure),
        ca=ca,
    )


def _address(table: Table, key: str, reader: Callable[[object], IPAddress | Mistake]) -> IPAddress | None:
    """An address that must be there; by `isinstance`, since mypy joins the two classes to their private base."""
    ip = table.need(key, reader)
    return ip if isinstance(ip, IPv4Address | IPv6Address) else None


def _agent(kind: Literal["switch", "gateway"], name: str, table: Table) -> SnmpTarget | None:
    address = _address(table, "address", values.address)
    endpoint = table.maybe("endpoint", values.agent)
    snmp = table.need("snmp", values.reference(table.folder))
    platform = table.maybe("platform", values.platform)
    if address is not None:
        table.seen.addresses.append((table.at("address"), address))
        if "endpoint" not in table.raw:
            endpoint = Endpoint(host=str(address), port=values.SNMP_PORT)
    if endpoint is not None:
        table.seen.listeners.append((table.at("endpoint"), endpoint, "endpoint" in table.raw))
    if snmp is not None:
        table.seen.communities.append((table.at("snmp"), snmp))
    if address is None or endpoint is None or snmp is None:
        return None
    return SnmpTarget(name=name, address=address, endpoint=endpoint, snmp=snmp, kind=kind, platform=platform)


def _cluster(name: str, table: Table) -> Cluster | None:
    vip = _address(table, "vip", values.vip)
    nodes = table.each("nodes", values.name, least=1, most=MOST_NODES)
    if vip is not None:
        table.seen.vips.append((table.at("vip"), vip))
    for path, node in nodes:
        table.seen.mentions.append(Mention(path=path, name=node, kind="node"))
    if vip is None:
        return None
    return Cluster(name=name, vip=vip, nodes=tuple(node for _, node in nodes))


def _jump(table: Table) -> Jump:
    neighbours = table.maybe("neighbours", values.path(table.folder))
    addresses = table.each("addresses", values.cidr)
    look = table.maybe("look", values.switch)
    return Jump(
        neighbours=neighbours, addresses=tuple(address for _, address in addresses), look=True if look is None else look
    )


def _limits(table: Table) -> Limits:
    total_s, target_s, snmp_s = (table.maybe(key, values.seconds(key)) for key in values.LIMITS)
    own = Limits()
    return Limits(
        total_s=own.total_s if total_s is None else total_s,
        target_s=own.target_s if target_s is None else target_s,
        snmp_s=own.snmp_s if snmp_s is None else snmp_s,
    )


def _accept(table: Table) -> Accept | None:
    cause = table.need("cause", values.cause)
    cluster = table.need("cluster", values.name)
    reason = table.need("reason", values.sentence)
    until = table.need("until", values.day)
    if cluster is not None:
        table.seen.mentions.append(Mention(path=table.at("cluster"), name=cluster, kind="cluster"))
        if cause is not None:
            table.seen.accepts.append((table.path, cause, cluster))
    if cause is None or cluster is None or reason is None or until is None:
        return None
    return Accept(cause=cause, cluster=cluster, reason=reason, until=until)


def dump(site: Site) -> str:
    """The site as canonical TOML: `load(dump(site)) == site`. Credentials are references, as in the site.

    Raises SiteError when a credential is no reference: a secret is never written.
    """
    mistakes = Mistakes("site")
    windows: tuple[tuple[str, WindowsTarget], ...] = (
        *(("node", node) for node in site.nodes.values()),
        *(("host", host) for host in site.hosts.values()),
    )
    agents = (*site.switches.values(), *site.gateways.values())
    for path, reference in (
        *((step(step(kind, target.name), "credential"), target.credential) for kind, target in windows),
        *((step(step(agent.kind, agent.name), "snmp"), agent.snmp) for agent in agents),
    ):
        found = parse_reference(reference)
        if isinstance(found, Mistake):
            mistakes.add(path, found)
    mistakes.stop()
    tree: dict[str, object] = {
        "node": {
            name: {**_written(node), **({"host": node.host} if node.host else {})} for name, node in site.nodes.items()
        },
        "host": {
            name: {**_written(host), **({"uplinks": list(host.uplinks)} if host.uplinks else {})}
            for name, host in site.hosts.items()
        },
        "switch": {name: _written_agent(agent) for name, agent in site.switches.items()},
        "gateway": {name: _written_agent(agent) for name, agent in site.gateways.items()},
        "cluster": {name: {"vip": str(it.vip), "nodes": list(it.nodes)} for name, it in site.clusters.items()},
        "jump": {
            **({"neighbours": site.jump.neighbours} if site.jump.neighbours else {}),
            **({"addresses": list(site.jump.addresses)} if site.jump.addresses else {}),
            **({} if site.jump.look else {"look": False}),
        },
        "limits": {key: getattr(site.limits, key) for key in values.LIMITS},
        "accept": [
            {"cause": it.cause, "cluster": it.cluster, "reason": it.reason, "until": it.until} for it in site.accepts
        ],
    }
    return tomli_w.dumps({kind: tables for kind, tables in tree.items() if tables})


def _written(target: WindowsTarget) -> dict[str, object]:
    default = Endpoint(host=str(target.address), port=values.HTTP_PORT, scheme="http")
    return {
        "address": str(target.address),
        **({"endpoint": str(target.endpoint)} if target.endpoint != default else {}),
        "credential": target.credential,
        **({"auth": target.auth} if target.auth != "auto" else {}),
        **({"insecure": True} if target.insecure else {}),
        **({"ca": target.ca} if target.ca else {}),
    }


def _written_agent(target: SnmpTarget) -> dict[str, object]:
    default = Endpoint(host=str(target.address), port=values.SNMP_PORT)
    return {
        "address": str(target.address),
        **({"endpoint": str(target.endpoint)} if target.endpoint != default else {}),
        "snmp": target.snmp,
        **({"platform": target.platform} if target.platform else {}),
    }
