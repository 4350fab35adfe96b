"""The triage screen's own manners: what stands where at every size, panes, copies and the mouse."""

import asyncio
import re
from pathlib import Path

import pytest

from nlbwiz import headless
from nlbwiz.report import text
from nlbwiz.tui.screens.palette import fitting
from nlbwiz.tui.snapshot import PROBLEMS
from tests.test_headless import saved
from tests.tui.driven import Driven, copies, driven, lab

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def go(coroutine: object) -> None:
    asyncio.run(coroutine)  # type: ignore[arg-type]  # what an async def gives


def rows_of(it: Driven) -> dict[object, int]:
    """Where each cause begins, in lines of its list."""
    found, at = {}, 0
    for row in it.triage.rows("causes").rows:
        found[row.key] = at
        at += len(row.lines)
    return found


def place(it: Driven, name: str) -> tuple[int, int]:
    region = it.triage.query_one(f"#{name}").region
    return region.y, region.height


@pytest.mark.parametrize(("colour", "ascii_only"), [(True, False), (False, True)], ids=["colour", "no-color-ascii"])
def test_headline_badge_and_foot_are_there_and_nothing_is_wider_than_the_screen(
    colour: bool, ascii_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")

    async def look() -> None:
        async with driven(lab("old-static-arp", symptom="unreachable"), ascii_only=ascii_only) as it:
            await it.done()
            for size in (*SIZES, (40, 12)):
                await it.pilot.resize_terminal(*size)
                await it.settled()
                stands(it, size, ascii_only)

    go(look())


def stands(it: Driven, size: tuple[int, int], ascii_only: bool) -> None:
    """What is seen at every size, and what at the larger ones."""
    lines = it.text.splitlines()
    assert len(lines) == size[1]
    assert all(len(line) <= size[0] for line in lines)
    assert "READ-ONLY" in lines[0]
    assert "[X] CONFIRMED" in lines[1]
    assert re.search(r"\d+ of \d+ decided *$", lines[1])
    assert "quit" in lines[-1]
    assert ascii_only == it.text.isascii()
    if size[0] >= 60:
        assert "NLB003" in lines[1]
        assert "Fix: 7 lines on gw1" in it.text, "what f would show stands there before it is pressed"
    if size[0] >= 120:
        assert all(row.key[1] in it.text for row in it.triage.shot.causes), "every cause is seen at once"
    if size[0] >= 80:
        assert "Clients in other subnets cannot reach the VIP" in it.text


@pytest.mark.parametrize("size", SIZES[1:3])
def test_the_last_cause_can_be_reached_and_seen_and_the_page_keeps_four_lines(size: tuple[int, int]) -> None:
    async def look() -> None:
        async with driven(lab("healthy-igmp", symptom="duplicate-ip"), size=size) as it:
            await it.done()
            await it.press("G")
            causes = it.triage.rows("causes")
            assert it.triage.key == it.triage.shot.causes[-1].key
            at = rows_of(it)[causes.cursor] - causes.scroll_offset.y
            assert 0 <= at < causes.region.height
            top = causes.region.y + at
            assert it.text.splitlines()[top].startswith(">[*] last resort")
            assert it.triage.rows("page").region.height >= 4

    go(look())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_no_row_moves_while_answers_arrive(size: tuple[int, int]) -> None:
    async def look() -> None:
        seen, places = set(), set()
        async with driven(lab("old-static-arp"), size=size) as it:

            def moved() -> bool:
                if it.triage.told and it.triage.rows("causes").size.height > 1:
                    seen.add(tuple(rows_of(it).items()))
                    places.add((place(it, "targets-rule"), place(it, "foot"), place(it, "tabs")))
                return it.triage.told is not None and not it.triage.follow.running

            await it.until(lambda: it.triage.told is not None, "the tree")
            await it.until(moved)
        assert len(seen) == 1
        assert len(places) == 1

    go(look())


@pytest.mark.parametrize("size", SIZES[:3])
def test_a_message_of_three_lines_moves_nothing_and_its_file_is_seen_whole(home: Path, size: tuple[int, int]) -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=size) as it:
            await it.done()
            await it.press("f")
            before = [place(it, name) for name in ("bar", "headline", "page", "targets-rule", "foot")]
            await it.press("C")
            assert [place(it, name) for name in ("bar", "headline", "page", "targets-rule", "foot")] == before
            (copy,) = copies(home)
            lines = it.text.splitlines()
            shown = "".join(line.strip() for line in lines[place(it, "message")[0] : place(it, "foot")[0]])
            assert copy.name in shown or size[0] < 80
            assert "for gw1, 6 lines, first: configure terminal" in shown

    go(look())


def test_a_pane_opens_on_the_whole_screen_and_esc_gives_it_back() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=(120, 40)) as it:
            await it.done()
            await it.press("enter")
            assert it.triage.focused is it.triage.rows("page")
            assert it.triage.query_one("#left").region.width > 0
            await it.press("e")
            assert it.triage.query_one("#left").region.width == 0
            assert it.triage.rows("page").region.width == 120
            await it.press("escape")
            assert it.triage.rows("page").region.width < 120
            await it.press("escape")
            assert it.triage.focused is it.triage.rows("causes")
            while it.triage.focused is not it.triage.rows("targets"):
                await it.press("tab")
            await it.press("enter")
            assert it.triage.rows("targets").region.height > 30
            assert not it.triage.query_one("#body").display
            await it.press("escape", "escape")
            assert it.triage.query_one("#body").display

    go(look())


def test_a_broad_screen_shows_the_fix_beside_the_reasons() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=(200, 60)) as it:
            await it.done()
            assert "arp 172.31.1.232 03bf.ac1f.01e8 arpa" in it.words("aside")
            assert "expected: 03-BF-AC-1F-01-E8" in it.words("page").replace("\n    ", " ")
            await it.press("f")
            assert "back to what it was" in it.words("aside")

    go(look())


def test_the_fix_says_its_risk_and_its_undo_before_its_lines() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("f")
            page = it.words("page")
            assert page.index("risk: changes gw1") < page.index("configure terminal")
            assert page.index("undo: 7 lines (u)") < page.index("configure terminal")

    go(look())


def test_one_line_is_copied_and_then_the_save_step_by_itself(home: Path) -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("f", "j", "c")
            assert it.app.clipboard == "no arp 172.31.1.232"
            await it.press("G", "C")
            assert it.app.clipboard == "copy running-config startup-config"
            assert "for gw1, 1 line" in it.words("message")
            assert len(copies(home)) == 2

    go(look())


def test_the_finding_is_copied_in_the_reports_own_words(home: Path) -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("y")
            outcome = it.triage.follow.outcome(("web", "NLB003"))
            assert outcome
            lines = text.cause(outcome)
            assert copies(home)[0].read_text(encoding="utf-8").splitlines() == lines
            assert it.app.clipboard.splitlines() == lines
            assert any("evidence: gw1/arp[172.31.1.232]" in line for line in lines)
            assert "sent to the terminal, also in" in it.words("message").replace("\n ", " ")

    go(look())


def test_the_same_word_stands_on_the_row_and_on_its_page() -> None:
    async def look() -> None:
        async with driven(lab("all-dark", deadline_s=40), size=(120, 40)) as it:
            await it.until(lambda: "waiting" in it.words("causes"), "the tree")
            assert "waiting" in it.words("page")
            assert "UNKNOWN, provisional" not in it.words("page")
            await it.press("ctrl+c")

    go(look())


# ---- the mouse ----


async def click(it: Driven, name: str, x: int, y: int) -> None:
    await it.pilot.click(f"#{name}", offset=(x, y))
    await it.settled()


def test_rows_tabs_and_keys_of_the_footer_can_be_clicked() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=(120, 40)) as it:
            await it.done()
            key = it.triage.shot.causes[4].key
            await click(it, "causes", 10, rows_of(it)[key])
            assert it.triage.key == key
            tabs = it.words("tabs").splitlines()
            await click(it, "tabs", tabs[-1].index("Undo") + 1, len(tabs) - 1)
            assert it.triage.tab == "Undo"
            foot = it.words("foot")
            await click(it, "foot", foot.index("f fix"), 0)
            assert it.triage.tab == "Fix"
            await click(it, "foot", foot.index("! problems") + 3, 0)
            problems = [row.key for row in it.triage.shot.causes if row.state in PROBLEMS]
            assert [row.key for row in it.triage.rows("causes").rows] == problems

    go(look())


def test_an_answer_can_be_clicked_and_is_marked_as_the_operators(tmp_path: Path) -> None:
    async def look() -> None:
        async with driven(headless.Options(bundle=saved(tmp_path))) as it:
            await it.done()
            await it.press("a")
            await click(it, "choices", 5, 0)
            await it.until(lambda: not it.triage.shot.asks, "the answer")
            row = it.triage.shot.by_key["web", "NLB005"]
            assert row.reason.startswith("with your answer: ")

    go(look())


def test_a_letter_that_does_nothing_here_says_so() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("z")
            assert "z does nothing on this screen" in it.words("message")
            await it.press("question_mark", "z", "escape")
            await it.press("T", "slash")
            assert "/ does nothing on this screen" in it.text

    go(look())


def test_asked_again_without_a_change_it_does_not_say_verified() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("V")
            await it.until(lambda: "NLB003 asked again, still CONFIRMED" in it.words("message"), "the second answer")

    go(look())


@pytest.mark.parametrize(("size", "seen"), [((80, 24), False), ((200, 60), True)])
def test_the_room_beneath_a_page_shows_the_tab_that_is_read_next_and_copies_nothing_of_it(
    size: tuple[int, int], seen: bool
) -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=size) as it:
            await it.done()
            assert ("answered at" in it.triage.rows("page").text) == seen
            await it.press("u")
            undo = {row.key[1] for row in it.triage.rows("page").rows if row.stops}  # type: ignore[index]  # pages make them
            assert undo == {"Undo"}

    go(look())


def test_a_target_that_is_not_asked_is_neither_given_up_nor_given_time() -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=(120, 40)) as it:
            await it.done()
            await it.press("tab", "tab")
            for key in ("x", "plus"):
                await it.press(key)
                assert "nlb1: nothing is asked of it now; r asks it again" in it.words("message")
            await it.press("ctrl+c")
            assert "nobody is asked now" in it.words("message")

    go(look())


def test_where_no_cluster_has_a_problem_the_list_of_problems_says_so() -> None:
    async def look() -> None:
        async with driven(lab("healthy-igmp"), size=(120, 40)) as it:
            await it.done()
            await it.press("exclamation_mark")
            assert "no problem, nothing unknown" in it.words("causes")

    go(look())


def test_the_palette_shows_a_whole_word_before_a_part_of_one() -> None:
    assert fitting("mac")[0].id == "mac"
    assert {one.id for one in fitting("mac")} > {"mac"}
