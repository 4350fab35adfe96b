"""A site written down and read again is the same site, and no secret is ever written."""

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbwiz.errors import SiteError
from nlbwiz.site.form import NAME, PLATFORMS
from nlbwiz.site.load import dump, load
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
from tests.site.jsonable import VALIDATOR, jsonable
from tests.site.sitefiles import SECRET, WHOLE

REFERENCES = st.sampled_from(
    [
        "env:NLBWIZ_WIN",
        "file:/etc/nlbwiz/win",
        "file:C:\\nlbwiz\\win",
        "command:pass show 'a b'",
        "keyring:a/b\\c",
        "prompt:",
    ]
)
COMMUNITIES = st.sampled_from(
    ["env:NLBWIZ_SNMP", "file:/etc/nlbwiz/snmp", "prompt:", "prompt:core", "keyring:snmp/\u00e4"]
)
PATHS = st.none() | st.sampled_from(["/etc/ssl/ca.pem", "C:\\ca.pem", "/srv/a b/\u00fc'\".pem"])
LINES = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=40).filter(str.strip)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    """Sites that a file can describe: everything in them that must differ differs."""
    names = iter(draw(st.lists(st.from_regex(NAME, fullmatch=True), min_size=40, max_size=40, unique_by=str.casefold)))
    names = (name for name in names if name.casefold() not in ("jump", "operator"))
    machines = draw(st.lists(st.integers(1, 60_000), min_size=40, max_size=40, unique=True))
    numbers = iter(machines)

    def address() -> IPAddress:
        number = next(numbers)
        return IPv4Address((10 << 24) + number) if draw(st.booleans()) else IPv6Address((0x20010DB8 << 96) + number)

    def endpoint(own: IPAddress, *, winrm: bool) -> Endpoint:
        if draw(st.booleans()):
            return Endpoint(host=str(own), port=5985 if winrm else 161, scheme="http" if winrm else None)
        host, port = f"h{next(numbers)}.example.net", draw(st.integers(1, 65_535))
        return Endpoint(host=host, port=port, scheme=draw(st.sampled_from(("http", "https"))) if winrm else None)

    def windows() -> WindowsTarget:
        own = address()
        where = endpoint(own, winrm=True)
        insecure = draw(st.booleans())
        allowed = ("auto", "ntlm", "kerberos", "basic") if insecure or where.scheme == "https" else ("auto", "ntlm")
        return WindowsTarget(
            name=next(names),
            address=own,
            endpoint=where,
            credential=draw(REFERENCES),
            auth=draw(st.sampled_from(allowed)),
            insecure=insecure,
            ca=draw(PATHS) if where.scheme == "https" and not insecure else None,
        )

    def agent(kind: str) -> SnmpTarget:
        own = address()
        return SnmpTarget(
            name=next(names),
            address=own,
            endpoint=endpoint(own, winrm=False),
            snmp=draw(COMMUNITIES),
            kind="switch" if kind == "switch" else "gateway",
            platform=draw(st.none() | st.sampled_from(PLATFORMS)),
        )

    def node(it: WindowsTarget, host: str | None) -> Node:
        return Node(**{key: getattr(it, key) for key in WindowsTarget.__slots__}, host=host)

    def host(it: WindowsTarget, switches: dict[str, SnmpTarget]) -> Host:
        ports = draw(st.lists(st.sampled_from(["ch1", "Gi1/0/1", "1:1", "port 3"]), unique=True)) if switches else []
        uplinks = tuple(f"{next(iter(switches))}:{port}" for port in ports)
        return Host(**{key: getattr(it, key) for key in WindowsTarget.__slots__}, uplinks=uplinks)

    switches = {it.name: it for it in (agent("switch") for _ in range(draw(st.integers(0, 2))))}
    gateways = {it.name: it for it in (agent("gateway") for _ in range(draw(st.integers(0, 2))))}
    hosts = {it.name: host(it, switches) for it in (windows() for _ in range(draw(st.integers(0, 2))))}
    on = st.sampled_from([None, *hosts])
    nodes = {it.name: node(it, draw(on)) for it in (windows() for _ in range(draw(st.integers(1, 3))))}
    members = st.lists(st.sampled_from(list(nodes)), min_size=1, max_size=3, unique=True)
    clusters = {
        name: Cluster(name=name, vip=address(), nodes=tuple(draw(members)))
        for name in draw(st.lists(st.from_regex(NAME, fullmatch=True), min_size=1, max_size=2, unique=True))
    }
    causes = draw(st.lists(st.sampled_from(["NLB001", "NLB006", "NLB999"]), unique=True))
    seconds = st.floats(1, 3600)
    return Site(
        nodes=nodes,
        hosts=hosts,
        switches=switches,
        gateways=gateways,
        clusters=clusters,
        jump=Jump(neighbours=draw(PATHS), addresses=draw(st.sampled_from([(), ("10.0.0.5/24", "2001:db8::5/64")]))),
        limits=Limits(total_s=draw(seconds), target_s=draw(seconds), snmp_s=draw(st.floats(0.05, 30))),
        accepts=tuple(
            Accept(cause=cause, cluster=next(iter(clusters)), reason=draw(LINES), until=draw(st.dates()))
            for cause in causes
        ),
    )


@settings(deadline=None, max_examples=150)
@given(sites())
def test_what_is_dumped_loads_as_the_same_site_in_any_folder_and_fits_the_schema(site: Site) -> None:
    text = dump(site)
    again = load(text, source="bundle", folder=Path("/elsewhere"))
    assert again == site
    assert list(again.nodes) == list(site.nodes)
    assert dump(again) == text
    VALIDATOR.validate(jsonable(text))


def test_the_example_is_dumped_in_one_canonical_form() -> None:
    site = load(WHOLE, source="site.toml", folder=Path("/sites"))
    shuffled = (
        "[jump]"
        + WHOLE.partition("[jump]")[2].partition("[[accept]]")[0]
        + WHOLE.replace(
            '[jump]\nneighbours = "neigh.json"\naddresses = ["172.31.3.5/24"]\n[limits]\ntotal_s = 60\n', ""
        )
    )
    assert dump(load(shuffled, source="site.toml", folder=Path("/sites"))) == dump(site)


@pytest.mark.parametrize("kind", ["node", "host", "switch", "gateway"])
def test_a_site_with_a_secret_in_it_is_not_written(kind: str) -> None:
    address, credential = IPv4Address("10.0.0.1"), f"me:{SECRET}"
    winrm, agent = Endpoint(host="x", port=5985, scheme="http"), Endpoint(host="x", port=161)
    match kind:
        case "node":
            site = Site(nodes={"x": Node(name="x", address=address, endpoint=winrm, credential=credential)})
        case "host":
            site = Site(hosts={"x": Host(name="x", address=address, endpoint=winrm, credential=credential)})
        case "switch":
            it = SnmpTarget(name="x", address=address, endpoint=agent, snmp=SECRET, kind="switch")
            site = Site(switches={"x": it})
        case _:
            it = SnmpTarget(name="x", address=address, endpoint=agent, snmp=SECRET, kind="gateway")
            site = Site(gateways={"x": it})
    with pytest.raises(SiteError) as caught:
        dump(site)
    assert f"{kind}.x." in str(caught.value)
    assert SECRET not in str(caught.value)
