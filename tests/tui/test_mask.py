"""The mask: the same width, stable, in every notation, and nothing of a site on any screen, whole or in pieces."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nlbwiz import addr
from nlbwiz.lab import scenario
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence
from nlbwiz.tui.mask import Mask
from nlbwiz.tui.places import PLACES
from tests.made import site
from tests.tui.driven import Driven, driven, lab


def made(*names: tuple[str, str]) -> Mask:
    mask = Mask(on=True)
    for name, kind in names:
        mask.name(name, kind)
    return mask


NAMES = (
    ("nlb-a", "node"),
    ("gw1", "gateway"),
    ("shop", "cluster"),
    ("hv9.corp.example", "host"),
    ("CORP\\svc", "account"),
)


@pytest.mark.parametrize(
    ("text", "secrets", "kept"),
    [
        ("NLB-A said gw1/arp, not nlb-alpha", ("NLB-A said", "gw1"), ("nlb-alpha", "/arp")),
        ("hv9.corp.example for CORP\\svc", ("hv9", "corp", "CORP", "svc"), (" for ",)),
        ("172.31.3.232, 172.31.3.232: it", ("172", "232"), (", ", ": it")),
        ("1.3.6.1.2.1.4.22.1.2.5.172.31.3.232", ("172.31", "3.232"), ("1.3.6.1.2.1.4.22.1.2.5.",)),
        ("1.3.6.1.2.1.17.4.3.1.2.0.21.93.1.2.3", ("21.93",), ("1.3.6.1.2.1.17.4.3.1.2.",)),
        ("3.191.172.31.3.232 is an index", ("191", "232"), (" is an index",)),
        ("fe80::15:5dff:fe01:203%3 2001:db8::1:", ("fe80", "203", "db8"), ("%3",)),
        ("03-BF-AC-1F-03-E8: NLB 03:bf:ac:1f:03:e8", ("AC-1F", "E8", "ac:1f"), ("03-BF-", ": NLB ", "03:bf:")),
        ("03bf.ac1f.03e8 03bf-ac1f-03e8 03bfac-1f03e8", ("ac1f", "ac-1f", "03e8"), ("03bf.", "03bf-")),
        ("0x03bfac1f03e8 03BFAC1F03E8 03 BF AC 1F 03 E8", ("ac1f", "AC1F", "AC 1F"), ("0x03bf",)),
        ("00-15-5d-01-02-03 0:15:5d:1:2:3", ("15", "5d"), ("xx-",)),
        ("ends in .3.232. 02-BF-w-x-03-E8,", (".3.232", "03-E8"), ("ends in .", "02-BF-w-x-")),
        ("10.9.8.7/24 mask 255.255.255.0", ("10.9",), ("/24", "255.255.255.0")),
    ],
)  # fmt: skip
def test_what_names_a_site_is_hidden_and_its_width_stays(
    text: str, secrets: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    mask = made(*NAMES)
    hidden = mask.hide(text)
    assert cell_len(hidden) == cell_len(text)
    assert mask.hide(hidden) == hidden
    assert not [one for one in secrets if one in hidden], hidden
    assert not [one for one in kept if one not in hidden], hidden


@pytest.mark.parametrize(
    "text",
    ["12:03:44 UTC", "6.3.9600.19358", "1.3.6.1.2.1.1.5.0", "00-00-00-00-00-00", "ff:ff:ff:ff:ff:ff", "123456789012",
     "[X] CONFIRMED NLB003", "8.2.8", "0.0.0.0", "a4f0e8d27c11b39e", "C:\\Windows\\System32"],
)  # fmt: skip
def test_what_names_nobody_stays(text: str) -> None:
    assert made(*NAMES).hide(text) == text


def test_one_thing_has_one_pseudonym_and_two_have_two() -> None:
    mask = made(("alpha", "node"), ("gamma", "node"))
    one, same, other = mask.hide("alpha ALPHA gamma").split()
    assert one == same != other
    first, again, second = mask.hide("10.0.0.1 10.0.0.1 10.0.0.2").split()
    assert first == again != second
    forms = [mask.hide(addr.spell(addr.mac("00-15-5d-01-02-03"), form)) for form in ("dashed", "dotted", "bare")]
    assert {one[-2:] for one in forms} == {"01"}


def test_the_mask_that_is_off_changes_nothing() -> None:
    mask = replace(made(*NAMES), on=False)
    assert mask.hide("nlb-a 10.0.0.1") == "nlb-a 10.0.0.1"


@given(st.lists(st.text("ab1-. é見", min_size=1, max_size=6), max_size=6), st.text("ab1-.: é見x0", max_size=60))
def test_whatever_things_are_called_the_width_stays(names: list[str], text: str) -> None:
    mask = made(*((name, "node") for name in names))
    assert cell_len(mask.hide(text)) == cell_len(text)


def test_a_name_in_two_pieces_of_a_line_is_hidden_too() -> None:
    pieces = made(*NAMES).hide_line((("on nl", "text"), ("b-a: 172.31.", "bad"), ("3.232", "text")))
    whole = "".join(text for text, _ in pieces)
    assert [len(text) for text, _ in pieces] == [5, 12, 5]
    assert "nl" not in whole
    assert "232" not in whole


def test_the_names_in_answers_are_learned() -> None:
    mask = Mask(on=True)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    rows = {"rows": [["1.3.6.1.2.1.1.5.0", "octets", b"core-7.acme.example".hex()]]}
    for probe, raw in (("os", [{"computer": "WEB-PROD-7", "domain": "acme.example"}]), ("system", rows)):
        ask = Ask(target="x", probe=probe)
        mask.read([Evidence(ask=ask, at=at, took_ms=1, status="answered", raw=json.dumps(raw))])
    hidden = mask.hide("WEB-PROD-7.acme.example core-7")
    assert not [word for word in ("WEB", "PROD", "acme", "core") if word in hidden], hidden


# ---- on the screens ----


def secrets_of(it: Driven) -> list[str]:
    """Every name and address of the site, as words."""
    assert it.triage.follow.opened
    where = it.triage.follow.opened.site
    kinds = (where.nodes, where.hosts, where.switches, where.gateways)
    found = [name for kind in kinds for name in kind] + [str(one.address) for kind in kinds for one in kind.values()]
    for name, one in where.clusters.items():
        found += [name, str(one.vip)]
        if not addr.not_a_primary(one.vip):
            found += [mac[6:] for mac in addr.all_cluster_macs(one.vip).values()]
    return found


def leaks(text: str, secrets: list[str]) -> list[str]:
    return [
        one for one in secrets
        if re.search(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", text, re.IGNORECASE)
    ]  # fmt: skip


def pieces(text: str, secrets: list[str]) -> list[str]:
    """Addresses of which the half stands at a line's end: cut, or broken over two lines."""
    halves = [one[:8] for one in secrets if one.count(".") == 3]
    return [line for line in text.splitlines() if any(half in line for half in halves)]


@pytest.mark.parametrize(("name", "size"), [("old-static-arp", (60, 20)), ("half-dark", (120, 40))])
def test_no_screen_names_anything_of_the_site(name: str, size: tuple[int, int]) -> None:
    async def look() -> None:
        async with driven(lab(name, deadline_s=3), size=size) as it:
            await it.done()
            secrets = secrets_of(it)
            assert leaks(it.text, secrets), "unmasked, they stand there"
            before = it.text
            await it.press("p")
            assert "MASKED" in it.text
            for place in PLACES:
                it.app.action_go(place)
                await it.settled()
                for keys in ((), ("enter",), ("tab",), ("G",), ("escape",)):
                    await it.press(*keys)
                    assert leaks(it.text, secrets) == [], (place, keys, it.text)
                    assert pieces(it.text, secrets) == [], (place, keys, it.text)
                for key in ("question_mark", "colon"):
                    await it.press("escape", key)
                    assert leaks(it.text, secrets) == [], (place, key, it.text)
                    await it.press("escape")
            it.app.action_go("triage")
            for keys in (("f",), ("v",), ("u",), ("l",), ("C",), ("V",)):
                await it.press(*keys)
                assert leaks(it.text, secrets) == [], (keys, it.text)
                assert pieces(it.text, secrets) == [], (keys, it.text)
            await it.press("escape", "escape", "p")
            assert "MASKED" not in it.text
            assert leaks(it.text, secrets)
            assert before.splitlines()[0][:40] == it.text.splitlines()[0][:40]

    asyncio.run(look())


@pytest.mark.parametrize("name", scenario.names())
def test_every_scenarios_first_screen_and_page_are_masked(name: str) -> None:
    async def look() -> None:
        async with driven(lab(name, deadline_s=2), size=(80, 24)) as it:
            await it.press("p")
            await it.done()
            secrets = secrets_of(it)
            for keys in ((), ("v",), ("f",), ("escape", "j", "enter")):
                await it.press(*keys)
                assert leaks(it.text, secrets) == [], (keys, it.text)

    asyncio.run(look())


def test_what_is_typed_is_masked_on_the_screen_and_kept_as_it_is() -> None:
    async def type_it() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("p", "M")
            screen = it.app.screen
            field = screen.query_one("#mac-field")
            field.value = "172.31.1.232 03bf.ac1f.01e8"  # type: ignore[attr-defined]
            await it.settled()
            assert "172.31" not in it.text
            assert "ac1f" not in it.text
            assert "03bf." in it.text
            assert field.value == "172.31.1.232 03bf.ac1f.01e8"  # type: ignore[attr-defined]

    asyncio.run(type_it())


def test_a_site_file_gives_its_names() -> None:
    mask = Mask(on=True)
    mask.learn(site())
    assert not [name for name in site().nodes if name in mask.hide(" ".join(site().nodes))]
