"""What is read out of a pasted text, as a table; and what is said of it."""

import pytest

from nlbwiz import registry
from nlbwiz.tui import reading
from nlbwiz.tui.reading import Known, Reading, read

DC1 = Known(
    name="site.toml", path="site.toml", live=True,
    machines={"web1": "172.31.3.11", "web2": "172.31.3.12", "hv1": "172.31.3.21", "gw1": "172.31.3.1"},
    vips={"web": "172.31.3.232"},
)  # fmt: skip
OLD = Known(
    name="shop", path="/runs/1.nlbwiz", live=False, machines={"nlb1": "10.0.0.11"}, vips={"shop": "10.0.0.100"},
    age="2 h ago",
)  # fmt: skip
SITES = (OLD, DC1)
SCENARIOS = ("old-static-arp", "half-dark")
EVENT = (
    "Event 4199, Tcpip: The system detected an address conflict for IP address 172.31.3.232 with the system having\n"
    "network hardware address 03-BF-AC-1F-03-E8."
)


def said(one: Reading) -> str:
    return "\n".join(f"{line.label}: {line.text}" for line in (*reading.words(one), reading.enter(one)))


@pytest.mark.parametrize(
    ("text", "addresses", "symptom", "site", "path", "scenario"),
    [
        ("", (), "", "", "", ""),
        ("   \n ", (), "", "", "", ""),
        ("172.31.3.232", ("172.31.3.232",), "", "site.toml", "", ""),
        ("10.0.0.100", ("10.0.0.100",), "", "shop", "", ""),
        ("192.0.2.7", ("192.0.2.7",), "", "", "", ""),
        ("192.0.2.0/24 is the net", ("192.0.2.0",), "", "", "", ""),
        ("2001:db8::7", ("2001:db8::7",), "", "", "", ""),
        ("03bf.ac1f.03e8", ("03-BF-AC-1F-03-E8",), "", "site.toml", "", ""),
        ("00-15-5D-03-E8-01", ("00-15-5D-03-E8-01",), "", "", "", ""),
        ("WEB2.corp.example is Misconfigured", (), "misconfigured", "site.toml", "", ""),
        (EVENT, ("172.31.3.232", "03-BF-AC-1F-03-E8"), "duplicate-ip", "site.toml", "", ""),
        ("the vlan is flooded", (), "flooding", "site.toml", "", ""),
        ("some clients cannot reach 10.0.0.100", ("10.0.0.100",), "some-clients", "shop", "", ""),
        ("request timed out", (), "unreachable", "site.toml", "", ""),
        ("a health check, please", (), "routine", "site.toml", "", ""),
        ("event 41990 of another kind", (), "", "", "", ""),
        ("site.toml", (), "", "", "site.toml", ""),
        ('"C:\\nlb tool\\my site.toml"', (), "", "", "C:\\nlb tool\\my site.toml", ""),
        ("see ./run.nlbwiz, please", (), "", "", "./run.nlbwiz", ""),
        ("/tmp/kept", (), "", "", "/tmp/kept", ""),
        ("~/a", (), "", "", "~/a", ""),
        ("old-static-arp", (), "", "", "", "old-static-arp"),
        ("demo half-dark", (), "", "", "", "half-dark"),
        ("[bold]x[/] \x1b]0;t\x07 \u202e \x00 \ud800", (), "", "", "", ""),
    ],
)
def test_what_a_text_says(
    text: str, addresses: tuple[str, ...], symptom: str, site: str, path: str, scenario: str
) -> None:
    one = read(text, SITES, SCENARIOS)
    assert tuple(getattr(page, "mac", None) or getattr(page, "primary", "") for page in one.addresses) == addresses
    assert (one.symptom, one.site.name if one.site else "", one.path, one.scenario) == (symptom, site, path, scenario)


def test_the_mac_of_a_vip_of_the_site_is_not_a_strangers() -> None:
    told = said(read(EVENT, SITES))
    assert "03-BF-AC-1F-03-E8: NLB, multicast mode, of the VIP 172.31.3.232 of this site: not a stranger's" in told
    assert "IGMP multicast 01-00-5E-7F-03-E8, group 239.255.3.232" in told
    assert 'duplicate-ip, because it says "4199"' in told
    assert "enter: asks the 4 machines of site.toml, read only" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("172.31.9.9", "missing: whom to ask, so enter does nothing yet. F4 asks for it"),
        ("02-BF-AC-1F-09-09", "unicast mode of the primary IP 172.31.9.9"),
        ("172.31.9.9 is-at 03bf.ac1f.0909", "not a stranger's"),
        ("172.31.9.9 is-at 03bf.ac1f.0908", "DOES NOT FIT 172.31.9.9"),
        ("224.0.0.1", "a multicast group: no primary IP"),
        ("10.0.0.100", "opens the saved run, nobody is asked"),
        ("run", "looks for a file of this name"),
        ("what now?", "nothing was recognised"),
        ("old-static-arp", "a simulated site on this machine"),
        ("a.toml", "asks the machines of a site file"),
    ],
)
def test_what_is_said_of_it(text: str, words: str) -> None:
    assert words in said(read(text, SITES, SCENARIOS))


def test_every_guessed_symptom_is_one_of_the_tree() -> None:
    assert {name for name, _ in reading._SYMPTOMS} == set(registry.tree().symptoms)


def test_a_huge_text_is_read_in_part_and_at_once() -> None:
    one = read("A" * 1_000_000 + " 172.31.3.232", SITES)
    assert one.addresses == ()
    many = read(" ".join(f"10.0.0.{number}" for number in range(1, 200)), SITES)
    assert len(many.addresses) == 8


def test_a_live_site_goes_before_a_saved_run_of_the_same() -> None:
    saved = Known(name="web", path="/r", live=False, machines=DC1.machines, vips=DC1.vips)
    found = read("web1", (saved, DC1)).site
    assert found is not None
    assert found.live
