"""The teaming truth table: every row has its form, can be reached, comes out of the check, and stands in the right place."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import Any

import pytest

from nlbwiz import registry
from nlbwiz.check import Facts, Gap
from nlbwiz.judge import Check, judge

CHECK = next(check for check in registry.checks() if check.slug == "teaming_layout")
MODULE: Any = sys.modules["nlbwiz.checks.teaming_layout"]
assert isinstance(CHECK.evaluate, partial)
TABLE: Mapping[str, Any] = CHECK.evaluate.keywords["table"]
ROWS: list[dict[str, Any]] = TABLE["row"]

MODES = ("unicast", "multicast", "igmp")
HASHES = ("transport-ports", "ip-addresses", "mac-addresses")
BALANCINGS = ("hyper-v-port", "dynamic", *HASHES)
TOPOLOGIES: dict[str, tuple[str, ...]] = {
    "none": ("",),
    "guest": ("",),
    "sriov": ("",),
    "one-active": ("1S", "ST", "2S", "LAG"),
    "switch-independent": ("1S", "ST", "2S", "LAG"),
    "static": ("1S", "ST", "2S", "no-LAG"),
    "lacp": ("1S", "ST", "2S", "no-LAG"),
}
"""The topologies that each kind of team can have."""
LISTS = ("mode", "team", "balancing", "topology")
RANK = {"OK": 0, "OK-RISKY": 1, "RISKY": 2, "BROKEN": 3}
Layout = tuple[str, str, str, str]

each_row = pytest.mark.parametrize(
    "row", ROWS, ids=[f"{number}: {row['reason'][:40]}" for number, row in enumerate(ROWS)]
)


def layouts() -> Iterator[Layout]:
    for mode, (team, topologies) in product(MODES, TOPOLOGIES.items()):
        balancings = ("",) if team in ("none", "guest", "sriov") else BALANCINGS
        yield from ((mode, team, *rest) for rest in product(balancings, topologies))


def holds(row: Mapping[str, Any], layout: Layout) -> bool:
    return all(value in row.get(key, (value,)) for key, value in zip(LISTS, layout, strict=True))


def first(layout: Layout) -> Any:
    return MODULE.match(TABLE, **dict(zip(LISTS, layout, strict=True)))


# ---- the form ----


@each_row
def test_a_row_says_its_verdict_its_reason_its_basis_and_what_to_do(row: dict[str, Any]) -> None:
    assert row.keys() <= {*LISTS, "verdict", "severity", "basis", "reason", "fix"}
    assert row["verdict"] in RANK
    assert row["reason"]
    assert row["basis"]
    assert set(row["basis"]) <= {"Microsoft", "workinghardinit.work", "derived"}
    assert row["fix"]
    assert all(step["text"] for step in row["fix"])
    assert set(row.get("mode", ())) <= set(MODES)
    assert set(row.get("team", ())) <= set(TOPOLOGIES)
    assert set(row.get("balancing", ())) <= set(BALANCINGS)
    assert set(row.get("topology", ())) <= {one for several in TOPOLOGIES.values() for one in several}


@each_row
def test_only_what_microsofts_mechanism_breaks_is_critical(row: dict[str, Any]) -> None:
    bad = row["verdict"] in ("RISKY", "BROKEN")
    assert ("severity" in row) == bad
    if bad:
        critical = row["verdict"] == "BROKEN" and "Microsoft" in row["basis"]
        assert row["severity"] == ("critical" if critical else "warning")


def test_every_phrase_of_the_table_is_in_the_phrase_book_with_words_that_powershell_knows() -> None:
    windows = registry.phrase_book()["windows"].phrases
    for step in (step for row in ROWS for step in row["fix"] if "phrase" in step):
        assert step["phrase"] in windows
        assert step["on"] in ("node", "host")
        assert {step[key] for key in ("mode", "team_mode", "balancing") if key in step} <= MODULE.POWERSHELL.keys()


# ---- what each row is for ----


@each_row
def test_every_row_is_the_first_match_of_some_layout(row: dict[str, Any]) -> None:
    assert any(first(layout) is row for layout in layouts())


def test_every_layout_has_a_row() -> None:
    assert [layout for layout in layouts() if first(layout) is None] == []


SEEN = {
    ("switch-independent", "1S"): ("nic1@sw1:g1 nic2@sw1:g2", ""),
    ("switch-independent", "ST"): ("", "yes"),
    ("switch-independent", "2S"): ("", "no"),
    ("switch-independent", "LAG"): ("vm@sw1:ch1 lldp1@sw1:g1", ""),
    ("lacp", "1S"): ("vm@sw1:ch1", ""),
    ("lacp", "ST"): ("", "yes"),
    ("lacp", "2S"): ("", "no"),
    ("lacp", "no-LAG"): ("vm@sw1:g1 nic1@sw1:g2", ""),
}
"""What the switches show, and what the operator says, where the cables end so."""


def site(layout: Layout) -> Facts:
    """A site that has this layout, made as the check's own examples are."""
    mode, team, balancing, topology = layout
    kind = {"one-active": "standby", "guest": "none", "sriov": "none"}.get(team, team)
    seen, word = SEEN.get(("lacp" if team in ("lacp", "static") else "switch-independent", topology), ("", ""))
    facts: Facts = MODULE.row("", mode, kind, balancing or "dynamic", seen, word, "unknown")[1]
    if team == "guest":
        nics = (
            replace(n, description="Microsoft Network Adapter Multiplexor Driver") if n.target == "nlb1" else n
            for n in facts.nics
        )
        facts = replace(facts, nics=tuple(nics))
    if team == "sriov":
        facts = replace(facts, vnics=tuple(replace(one, sriov=True) for one in facts.vnics))
    return facts


@each_row
def test_every_row_comes_out_of_the_check_with_its_reason_and_its_verdict(row: dict[str, Any]) -> None:
    layout = next(layout for layout in layouts() if first(layout) is row)
    outcome = judge(CHECK, site(layout))
    found = [one for one in outcome.findings if row["reason"] in one.saw]
    clear = [one for one in outcome.clears if row["reason"] in one.saw]
    assert len(found) + len(clear) == 1, (layout, outcome.reason)
    assert bool(found) == (row["verdict"] in ("RISKY", "BROKEN"))
    for one in found:
        assert one.severity == row["severity"]
        assert bool(one.possible) == (
            row["verdict"] == "RISKY" or layout[3] in ("ST", "2S")
        )  # those are the operator's word
    assert any(row["reason"] in note.saw for note in outcome.notes) == (row["verdict"] == "OK-RISKY")


def test_a_layout_that_no_row_knows_is_a_gap() -> None:
    evaluate = partial(MODULE.evaluate, table={"row": []})
    check = Check(about=CHECK.about, slug="t", page="p", evaluate=evaluate)
    outcome = judge(check, site(("igmp", "lacp", "dynamic", "1S")))
    assert outcome.outcome == "unknown"
    assert [type(one) for one in outcome.gaps] == [Gap]
    assert "the truth table says nothing about this layout" in outcome.reason


def test_a_vswitch_without_an_uplink_is_noted() -> None:
    facts = site(("unicast", "none", "", ""))
    inside = replace(facts, vswitches=tuple(replace(one, external=False) for one in facts.vswitches))
    assert [note.saw for note in judge(CHECK, facts).notes] == []
    assert [note.saw for note in judge(CHECK, inside).notes] == [
        "the vSwitch External is not external: nothing outside this host reaches nlb1"
    ]


# ---- the order ----


def test_where_two_rows_hold_the_first_one_is_the_worse_or_the_narrower_one() -> None:
    for earlier, later in combinations(ROWS, 2):
        if any(holds(earlier, layout) and holds(later, layout) for layout in layouts()):
            narrower = all(set(earlier[key]) <= set(later.get(key, earlier[key])) for key in LISTS if key in earlier)
            assert RANK[earlier["verdict"]] > RANK[later["verdict"]] or narrower, (earlier["reason"], later["reason"])


@pytest.mark.parametrize(
    ("layout", "verdict"),
    [
        (("multicast", "switch-independent", "hyper-v-port", "LAG"), "OK-RISKY"),
        (("igmp", "switch-independent", "dynamic", "LAG"), "OK-RISKY"),
        (("igmp", "one-active", "dynamic", "LAG"), "OK"),
        (("unicast", "switch-independent", "hyper-v-port", "2S"), "RISKY"),
    ],
)
def test_the_order_matters_the_table_upside_down_says_something_else(layout: Layout, verdict: str) -> None:
    seen = dict(zip(LISTS, layout, strict=True))
    upside_down = MODULE.match({"row": ROWS[::-1]}, **seen)["verdict"]
    assert upside_down == verdict
    assert first(layout)["verdict"] != verdict


def test_ends_that_do_not_agree_are_broken_whatever_the_mode() -> None:
    for mode, balancing in product(MODES, BALANCINGS):
        for team, topology in (
            ("switch-independent", "LAG"),
            ("one-active", "LAG"),
            ("lacp", "no-LAG"),
            ("static", "2S"),
        ):
            row = first((mode, team, balancing, topology))
            assert (row["verdict"], row["severity"]) == ("BROKEN", "critical")
