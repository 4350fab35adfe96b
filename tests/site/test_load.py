"""A site file that is right becomes the Site it says; one that is wrong says everything that is wrong with it."""

import string
from datetime import date
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbwiz.errors import SiteError
from nlbwiz.site.form import TABLES
from nlbwiz.site.load import LARGEST, MOST_DOTS, build, load
from nlbwiz.site.mistakes import MOST
from nlbwiz.site.model import Accept, Cluster, Endpoint, Host, Jump, Limits, Node, Site, SnmpTarget
from tests.site.sitefiles import SECRET, WHOLE, WRONG, Wrong, credential

FOLDER = Path("/sites/dc1")


def loaded(text: str) -> Site:
    return load(text, source="site.toml", folder=FOLDER)


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SiteError) as caught:
        loaded(text)
    assert caught.value.__cause__ is None
    assert str(caught.value).startswith("site.toml: ")
    return caught.value.mistakes


def test_the_example_becomes_the_site_it_describes() -> None:
    assert loaded(WHOLE) == Site(
        nodes={
            "nlb1": Node(
                name="nlb1",
                address=IPv4Address("172.31.3.11"),
                endpoint=Endpoint(host="127.0.1.1", port=5985, scheme="http"),
                credential="env:NLBWIZ_WIN",
                host="hv1",
            ),
            "nlb2": Node(
                name="nlb2",
                address=IPv4Address("172.31.3.12"),
                endpoint=Endpoint(host="172.31.3.12", port=5985, scheme="http"),
                credential="env:NLBWIZ_WIN",
            ),
        },
        hosts={
            "hv1": Host(
                name="hv1",
                address=IPv4Address("172.31.3.21"),
                endpoint=Endpoint(host="172.31.3.21", port=5985, scheme="http"),
                credential="env:NLBWIZ_WIN",
                uplinks=("sw1:ch1",),
            )
        },
        switches={
            "sw1": SnmpTarget(
                name="sw1",
                address=IPv4Address("172.31.3.2"),
                endpoint=Endpoint(host="172.31.3.2", port=161),
                snmp="env:NLBWIZ_SNMP",
                kind="switch",
                platform="dell-powerconnect",
            )
        },
        gateways={
            "gw1": SnmpTarget(
                name="gw1",
                address=IPv4Address("172.31.3.1"),
                endpoint=Endpoint(host="172.31.3.1", port=161),
                snmp="env:NLBWIZ_SNMP",
                kind="gateway",
            )
        },
        clusters={"web": Cluster(name="web", vip=IPv4Address("172.31.3.232"), nodes=("nlb1", "nlb2"))},
        jump=Jump(neighbours=str((FOLDER / "neigh.json").absolute()), addresses=("172.31.3.5/24",)),
        limits=Limits(total_s=60.0),
        accepts=(Accept(cause="NLB006", cluster="web", reason="legacy, see CHG-1234", until=date(2027, 3, 31)),),
    )


@pytest.mark.parametrize("row", WRONG, ids=str)
def test_one_mistake_is_told_once_with_its_path_and_without_secrets(row: Wrong) -> None:
    (told,) = mistakes(row.text())
    assert told.startswith(f"{row.path}: ")
    assert "; expected " in told
    assert all(word in told for word in row.words), told
    assert SECRET not in told.lower()
    assert len(told) < 500


def test_ten_mistakes_in_one_file_are_told_at_once_keys_then_values_then_agreement() -> None:
    text = """\
[node.nlb1]
adress = "172.31.3.11"
credential = "admin:hunter2"
[node.nlb2]
address = "172.31.3.300"
credential = "env:NLBWIZ_WIN"
auth = "ntml"
[node.nlb3]
address = "172.31.3.232"
credential = "env:NLBWIZ_WIN"
endpoint = "nlb3:99999"
[switch.sw1]
address = "172.31.3.2"
snmp = "env:NLBWIZ_WIN"
platform = "dell"
[cluster.web]
vip = "172.31.3.232"
nodes = ["nlb1", "nlb4"]
[limts]
total_s = 60
"""
    assert [told.partition(": ")[0] for told in mistakes(text)] == [
        "node.nlb1.adress",
        "limts",
        "node.nlb1.credential",
        "node.nlb2.address",
        "node.nlb2.auth",
        "node.nlb3.endpoint",
        "switch.sw1.platform",
        "cluster.web.nodes[2]",
        "node.nlb3.address",
        "switch.sw1.snmp",
    ]


@pytest.mark.parametrize(
    ("written", "host", "port", "scheme"),
    [
        ("nlb1", "nlb1", 5985, "http"),
        ("nlb1.example.net.", "nlb1.example.net.", 5985, "http"),
        ("nlb1:15985", "nlb1", 15985, "http"),
        ("172.31.3.11", "172.31.3.11", 5985, "http"),
        ("[2001:DB8::11]", "2001:db8::11", 5985, "http"),
        ("[2001:db8::11]:15985", "2001:db8::11", 15985, "http"),
        ("http://nlb1", "nlb1", 5985, "http"),
        ("http://nlb1:5986", "nlb1", 5986, "http"),
        ("https://nlb1", "nlb1", 5986, "https"),
        ("HTTPS://nlb1:443", "nlb1", 443, "https"),
        ("https://[2001:db8::11]", "2001:db8::11", 5986, "https"),
    ],
)
def test_an_endpoint_of_winrm_has_its_scheme_and_port(written: str, host: str, port: int, scheme: str) -> None:
    site = loaded(WHOLE.replace("127.0.1.1:5985", written))
    endpoint = site.nodes["nlb1"].endpoint
    assert (endpoint.host, endpoint.port, endpoint.scheme) == (host, port, scheme)


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("sw1.example.net", "sw1.example.net", 161),
        ("127.0.2.1:1161", "127.0.2.1", 1161),
        ("[2001:db8::2]:1161", "2001:db8::2", 1161),
    ],
)
def test_an_endpoint_of_snmp_has_no_scheme(written: str, host: str, port: int) -> None:
    site = loaded(WHOLE.replace("platform =", f'endpoint = "{written}"\nplatform ='))
    assert site.switches["sw1"].endpoint == Endpoint(host=host, port=port)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("prompt", "prompt:"),
        ("prompt:", "prompt:"),
        ("prompt:domain admin", "prompt:domain admin"),
        ("keyring:nlbwiz/CONTOSO\\\\svc", "keyring:nlbwiz/CONTOSO\\svc"),
        ("command:pass show 'nlbwiz/windows'", "command:pass show 'nlbwiz/windows'"),
        ("file:secret", f"file:{(FOLDER / 'secret').absolute()}"),
        ("file:/etc/nlbwiz/secret", "file:/etc/nlbwiz/secret"),
        ("file:C:\\\\nlbwiz\\\\secret", "file:C:\\nlbwiz\\secret"),
        ("file:\\\\\\\\server\\\\share\\\\secret", "file:\\\\server\\share\\secret"),
    ],
)
def test_a_reference_is_kept_and_a_file_gets_its_full_path(written: str, kept: str) -> None:
    row = credential("", f'"{written}"')
    assert loaded(row.text()).nodes["nlb2"].credential == kept


def test_basic_over_http_is_taken_when_it_is_asked_for_by_name() -> None:
    node = loaded(WHOLE.replace('host = "hv1"', 'auth = "basic"\ninsecure = true')).nodes["nlb1"]
    assert (node.auth, node.insecure, node.endpoint.scheme) == ("basic", True, "http")


def test_addresses_of_version_6_are_canonical_everywhere() -> None:
    site = loaded(WHOLE.replace('"172.31.3.11"', '"2001:DB8:0::11"').replace('"172.31.3.5/24"', '"2001:DB8:0::5/64"'))
    assert site.nodes["nlb1"].address == IPv6Address("2001:db8::11")
    assert site.jump.addresses == ("2001:db8::5/64",)


@pytest.mark.parametrize(
    ("what", "text", "words"),
    [
        ("nothing at all", "", "cluster: missing"),
        ("no cluster", "[limits]\ntotal_s = 60", "cluster: missing"),
        ("an open text", '[node.nlb1]\naddress = "172', "not TOML: "),
        ("a text without quotes", "[limits]\ntotal_s = sixty", "line 2"),
        ("a table twice", "[jump]\n[jump]", "line 2"),
        ("a control character", "[jump]\nneighbours = '\x1b[2J'", r"'\x1b'"),
        ("arrays without end", "a = " + "[" * 100_000, "nested too deeply"),
        ("tables without end", "a = " + "{a = " * 5_000, "nested too deeply"),
        ("a number without end", "a = " + "9" * 5_000, "a number too long"),
        ("a key without end", "a." * (MOST_DOTS + 1) + "a = 1", "line 1: more than 2000 dots"),
        ("a file without end", "#" * (LARGEST + 1), "larger than 1000000"),
        ("not JSON either", '{"node": {}}', "not TOML: "),
    ],
)
def test_what_is_no_site_file_at_all_gets_one_clear_sentence(what: str, text: str, words: str) -> None:
    (told,) = mistakes(text)
    assert words in told
    assert told.isprintable()


def test_an_exception_that_is_no_table_is_told_by_its_number() -> None:
    (told,) = mistakes("accept = [1]\n" + WHOLE.partition("[[accept]]")[0])
    assert told == "accept[1]: found 1; expected an entry [[accept]]; write it as a table of its own"


def test_a_name_that_is_in_no_table_of_its_kind_is_told_so() -> None:
    text = WHOLE.replace("[host.hv1]", "[gateway.hv1]").replace(
        'credential = "env:NLBWIZ_WIN"\nuplinks = ["sw1:ch1"]', 'snmp = "env:X"'
    )
    (told,) = mistakes(text)
    assert told == (
        'node.nlb1.host: found "hv1"; expected the name of a [host.NAME], and this file has none; '
        '"hv1" is a gateway: correct the name'
    )


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert loaded("\ufeff" + WHOLE) == loaded(WHOLE)


def test_lines_may_end_as_on_windows() -> None:
    assert loaded(WHOLE.replace("\n", "\r\n")) == loaded(WHOLE)


def test_hostile_text_is_escaped_and_shortened() -> None:
    name = "\\u001b[2J\\u202e" + "x" * 100_000
    told = mistakes(WHOLE.replace("[gateway.gw1]", f'[gateway."{name}"]').replace('"172.31.3.232"', f'"{name}"'))
    assert len(told) == 2
    assert all(line.isprintable() and len(line) < 400 for line in told)


def test_a_number_too_long_to_print_is_a_mistake_like_any_other() -> None:
    """A hexadecimal TOML integer can have more digits than Python is willing to print."""
    (told,) = mistakes(WHOLE.replace("total_s = 60", f"total_s = 0x{'f' * 6000}"))
    assert told.startswith("limits.total_s: found a very large number; expected a number of seconds from 1 to 3600")


def test_a_flood_of_mistakes_is_counted_not_told() -> None:
    told = mistakes("\n".join(f"key{number} = 1" for number in range(10_000)))
    assert len(told) == MOST + 1
    assert told[-1] == f"and {10_000 + 1 - MOST} more"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(sorted({*TABLES, *(key for keys in TABLES.values() for key in keys), "a", "b"}))
NEARLY = st.sampled_from(
    ["10.0.0.1", "::1", "env:A", "file:~nobody/x", "a:b", "https://a", "[::1]:1", "NLB001", "basic"]
)
TREES = st.dictionaries(
    WORDS | st.text(alphabet=string.printable, max_size=5),
    st.recursive(
        VALUES | NEARLY,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=6),
        max_leaves=20,
    ),
    max_size=6,
)


@settings(deadline=None)
@given(TREES)
def test_any_tree_is_a_site_or_a_site_error(tree: dict[str, object]) -> None:
    told: tuple[str, ...] = ()
    try:
        build(tree, source="site.toml", folder=FOLDER)
    except SiteError as e:
        told = e.mistakes
    assert all(line.isprintable() for line in told)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_site_or_a_site_error(text: str) -> None:
    with pytest.raises(SiteError):
        loaded(text)
