"""Whole incidents by keyboard alone, over the lab: find, fix, verify; and what cannot be had."""

import asyncio
import re
import stat
from pathlib import Path

import pytest

from nlbwiz import headless
from nlbwiz.lab import changes
from nlbwiz.lab.snmp.counts import Counts as SnmpCounts
from nlbwiz.tui import keys
from nlbwiz.tui.snapshot import PROBLEMS
from tests.test_headless import QUESTION, saved
from tests.tui.driven import Driven, copies, driven, lab

SIZES = [(80, 24), (120, 40)]


def go(coroutine: object) -> None:
    asyncio.run(coroutine)  # type: ignore[arg-type]  # what an async def gives


def repair(it: Driven) -> None:
    """What the operator does on gw1: the fix of NLB003, typed."""
    site = changes.Site(it.lab.world, it.lab.scenario.numbering)
    it.lab.change(changes.typed_arp(site, ip="web.vip", mac="multicast web.vip").world)


@pytest.mark.parametrize("size", SIZES)
def test_an_old_static_entry_is_found_its_fix_copied_with_two_keys_and_verified(
    home: Path, size: tuple[int, int]
) -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp"), size=size) as it:
            await it.done()
            assert "CONFIRMED web: NLB003" in it.words("headline")
            assert it.triage.key == ("web", "NLB003")
            await it.press("f", "C")
            assert "03bf.ac1f.01e8" in it.words("page")
            (copy,) = copies(home)
            assert stat.S_IMODE(copy.stat().st_mode) == 0o600
            lines = copy.read_text(encoding="utf-8").splitlines()
            assert "arp 172.31.1.232 03bf.ac1f.01e8 arpa" in lines
            assert "copy running-config startup-config" not in lines
            said = it.words("message").replace("\n ", " ")
            assert f"for gw1, {len(lines)} lines, first: {lines[0]}" in said
            assert "sent to the terminal, also in" in said
            assert copy.name in said.replace("\n", "")
            assert "copied to" not in said
            assert it.app.clipboard.splitlines() == lines
            await it.press("V")
            await it.until(lambda: "NLB003 asked again, still CONFIRMED" in it.words("message"), "the verification")
            assert "before" in it.words("page")
            assert "after" in it.words("page")

    go(incident())


def test_verify_asks_only_the_machines_that_the_cause_rests_on_and_shows_what_it_became() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp"), size=(120, 40)) as it:
            await it.done()
            assert it.engine.case
            before, counted = set(it.engine.case.evidence), asked(it)
            repair(it)
            await it.press("V")
            await it.until(lambda: "verified" in it.words("message"), "the verification")
            assert "CONFIRMED before, ruled out now" in it.words("message")
            assert it.triage.shot.leading is None
            assert re.search(r"before +\d\d:\d\d:\d\d +CONFIRMED", it.words("page"))
            assert re.search(r"after +\d\d:\d\d:\d\d +ruled out", it.words("page"))
            new = [one for id_, one in it.engine.case.evidence.items() if id_ not in before]
            assert {(one.ask.target, one.ask.probe) for one in new if one.ask.target == "nlb1"} == {("nlb1", "cluster")}
            after = asked(it)
            assert {name for name, count in after.items() if count > counted[name]} == {"gw1", "nlb1"}
            assert all(row.took_s is not None for row in it.triage.shot.targets)

    go(incident())


def asked(it: Driven) -> dict[str, int]:
    """What the lab's own servers counted: PDUs of an agent, sign-ins and processes of a Windows machine."""
    return {
        name: one.pdus if isinstance(one, SnmpCounts) else one.processes + one.sign_ins
        for name, one in it.lab.counts.items()
    }


def test_half_a_site_in_the_dark_is_unknown_and_says_who_and_why_on_every_row() -> None:
    async def incident() -> None:
        async with driven(lab("half-dark")) as it:
            await it.done()
            assert "UNKNOWN" in it.words("causes-rule")
            assert "not read: nlb2, hv2, sw2" in it.triage.shot.headline
            rows = it.words("causes").splitlines()
            unknown = sum(row.state == "unknown" for row in it.triage.shot.causes)
            assert sum("UNKNOWN" in row for row in rows) == unknown >= 11
            assert all(row.reason for row in it.triage.shot.causes)
            assert "nlb2 denied" in it.words("causes")
            assert "to resolve:" in it.words("page")
            await it.press("f")
            assert "nothing to fix" in it.words("page")
            await it.press("c")
            assert "no line to copy" in it.words("message")

    go(incident())


def test_a_target_that_wakes_up_is_asked_again_and_its_causes_are_decided() -> None:
    async def incident() -> None:
        async with driven(lab("half-dark", deadline_s=6), size=(120, 40)) as it:
            await it.done()
            it.lab.wake("sw2")
            before = {row.name: row.mark for row in it.triage.shot.targets}
            while it.triage.rows("targets").cursor != "sw2" or not it.triage.rows("targets").has_focus:
                await it.press("j" if it.triage.rows("targets").has_focus else "tab")
            await it.press("r")
            assert "asking again: sw2" in it.words("message")
            await it.until(
                lambda: {row.name: row.mark for row in it.triage.shot.targets}["sw2"] in ("ok", "!!"), "sw2's answers"
            )
            await it.done()
            assert before["sw2"] == "NO"

    go(incident())


def test_the_tree_is_there_before_anybody_answered_and_each_waiting_row_names_whom() -> None:
    async def incident() -> None:
        async with driven(lab("all-dark", deadline_s=5), size=(120, 40)) as it:
            await it.until(lambda: bool(it.triage.shot.causes), "the tree")
            assert "provisional: 0 of" in it.words("headline")
            await it.until(lambda: "waiting" in it.words("causes") and " of 5 s" in it.words("causes"), "the steps")
            await it.press("q")
        assert it.app.return_code == 0

    go(incident())


def test_one_target_is_given_up_and_another_gets_more_time_while_the_run_goes_on() -> None:
    async def incident() -> None:
        async with driven(lab("all-dark", deadline_s=40), size=(80, 24)) as it:
            await it.until(lambda: "hv1" in it.triage.follow.heard, "hv1's first step")
            await it.press("x")
            assert "choose a target" in it.words("message")
            targets = it.triage.rows("targets")
            assert targets.has_focus
            await it.until(lambda: targets.cursor is not None, "the list")
            while targets.cursor != "hv1":
                await it.press("j")
            await it.press("x")
            await it.until(
                lambda: {row.name: row.short for row in it.triage.shot.targets}["hv1"] == "stopped", "the end of hv1"
            )
            assert it.triage.follow.running
            await it.press("k", "+")
            assert "30 s more" in it.words("message")
            assert it.engine.case
            assert it.engine.case.clock.extra_s == {targets.cursor: 30}
            await it.press("ctrl+c")
            await it.done()
            assert "UNKNOWN" in it.words("causes-rule")

    go(incident())


def test_the_cursor_follows_the_leading_cause_only_until_the_operator_moves_it() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.until(lambda: bool(it.triage.shot.causes), "the tree")
            await it.press("G")
            last = it.triage.key
            await it.done()
            assert it.triage.key == last
            assert it.triage.shot.leading == ("web", "NLB003")

    go(incident())


def test_rows_never_change_their_order() -> None:
    async def incident() -> None:
        orders = set()
        async with driven(lab("half-dark")) as it:

            def look() -> bool:
                orders.add(tuple(row.key for row in it.triage.shot.causes))
                return it.triage.told is not None and not it.triage.follow.running

            await it.until(look)
        assert len(orders - {()}) == 1

    go(incident())


def test_the_operators_answer_is_taken_in_place_and_marked_as_theirs(tmp_path: Path) -> None:
    async def incident() -> None:
        async with driven(headless.Options(bundle=saved(tmp_path))) as it:
            await it.done()
            row = it.triage.shot.by_key["web", "NLB005"]
            assert "a question for you: a" in row.reason
            await it.press("a")
            assert "one logical switch" in it.words("question-text")
            assert it.triage.focused is it.triage.rows("choices")
            await it.press("1")
            await it.until(lambda: not it.triage.shot.asks, "the answer")
            assert "marked as yours" in it.words("message").replace("\n ", " ")
            assert "a question for you" not in it.triage.shot.by_key["web", "NLB005"].reason
            await go_to(it, "NLB005")
            await it.press("v")
            assert f"operator/answer[{QUESTION}] (your answer)" in it.words("page")
            await it.press("escape", "V")
            assert "nobody is asked" in it.words("message")

    go(incident())


async def go_to(it: Driven, cause: str) -> None:
    await it.press("escape", "g")
    while it.triage.key and it.triage.key[1] != cause:
        await it.press("j")


def test_only_problems_and_hold_still() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            everything = len(it.triage.rows("causes").rows)
            await it.press("!")
            problems = [row.key for row in it.triage.shot.causes if row.state in PROBLEMS]
            assert [row.key for row in it.triage.rows("causes").rows] == problems
            await it.press("!")
            assert len(it.triage.rows("causes").rows) == everything
            await it.press("space")
            assert "HELD" in it.words("bar")
            await it.press("space")
            assert "HELD" not in it.words("bar")

    go(incident())


def test_escape_goes_back_and_never_quits() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("f")
            assert it.triage.focused is it.triage.rows("page")
            assert not it.triage.query_one("#left").display
            await it.press("escape", "escape", "escape", "backspace")
            assert it.triage.focused is it.triage.rows("causes")
            assert it.triage.query_one("#left").display

    go(incident())


def test_help_names_every_key_and_the_palette_does_what_is_typed() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("question_mark")
            rows = it.app.screen.query_one("#help-rows")
            told = " ".join(rows.text.split())  # type: ignore[attr-defined]
            assert all(key.says in told for key in keys.EVERY)
            await it.press("escape", "colon", *"undo", "enter")
            await it.until(lambda: it.triage.tab == "Undo", "the tab")

    go(incident())


def test_no_letter_is_used_twice_and_every_action_has_an_id_of_its_own() -> None:
    every = [key for one in keys.EVERY for key in one.keys.split(",")]
    assert len(every) == len(set(every))
    assert len({one.id for one in keys.EVERY}) == len(keys.EVERY)
    assert not {"ctrl+h", "ctrl+i", "ctrl+m", "ctrl+j"} & set(every)


def test_the_badge_is_on_every_size() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            for size in [(60, 20), (80, 24), (120, 40), (200, 60)]:
                await it.pilot.resize_terminal(*size)
                await it.settled()
                assert len(it.text.splitlines()) == size[1]
                assert "READ-ONLY" in it.text
                assert all(len(row) <= size[0] for row in it.text.splitlines())

    go(incident())
