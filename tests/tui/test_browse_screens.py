"""Evidence, command log and targets by keyboard alone, over the lab and over saved runs."""

import asyncio
import re
import stat
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste

from nlbwiz import headless
from nlbwiz.record.file import RunFile
from nlbwiz.tui.screens.listed import Listed
from nlbwiz.tui.widgets.long import Page
from tests.made import AT, answer, instance, lost, site, word
from tests.test_headless import QUESTION, saved
from tests.tui.driven import Driven, copies, driven, lab
from tests.tui.ptys import coloured, wizard
from tests.tui.test_browse import EVIL


def go(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def screen(it: Driven) -> Listed[Any]:
    assert isinstance(it.app.screen, Listed)
    return it.app.screen


def page(it: Driven) -> str:
    """What the page says, as one line: where it is broken depends on the width."""
    return " ".join(screen(it).query_one("#page", Page).text.split())


async def sought(it: Driven, text: str) -> None:
    """The search with this text, pasted."""
    await it.press("slash")
    screen(it).field.post_message(Paste(text))
    await it.settled()
    await it.press("enter")


# ---- over the lab ----


def test_each_screen_is_one_key_away_and_esc_leads_back() -> None:
    async def incident() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            for keys, name in (
                (("f6", "at", "6"), "command log"),
                (("f7", "7"), "evidence"),
                (("f8", "t", "8"), "targets"),
            ):
                for key in keys:
                    await it.press(key)
                    assert name in it.text.splitlines()[0]
                    assert "READ-ONLY" in it.text.splitlines()[0]
                    await it.press("escape")
                    assert it.app.screen is it.triage
            await it.press("f6", "f7", "f8", "f6", "f3")
            assert it.app.screen is it.triage

    go(incident())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_evidence_of_half_a_site_is_found_opened_and_searched(size: tuple[int, int]) -> None:
    async def incident() -> None:
        async with driven(lab("half-dark"), size=size) as it:
            await it.done()
            await it.press("f7")
            here = screen(it)
            assert it.triage.told
            assert [item.evidence for item in here.items] == list(it.triage.told.evidence)
            await it.press("slash", *"status:denied")
            assert here.field.has_focus
            denied = [one for one in it.triage.told.evidence if one.status == "denied"]
            assert f"{len(denied)} of {len(here.items)}" in it.text
            assert {item.evidence.id for item in here.shown} == {one.id for one in denied}
            await it.press("down")
            assert here.long.has_focus
            first = here.long.cursor
            await it.press("n")
            assert here.long.cursor != first
            await it.press("N", "N")
            assert here.long.cursor == here.shown[-1].key
            await it.press("enter")
            assert "refused the sign-in" in page(it)
            assert "to resolve:" in page(it)
            assert here.query_one("#browse-left").display == (size[0] >= 120)
            await it.press("escape", "escape")
            assert len(here.shown) == len(here.items)
            await sought(it, "hv1/vnics")
            await it.press("enter", "slash", *"spoofing", "enter")
            assert "rest on it" in page(it)
            assert re.search(r"line 1 of \d+", it.text)
            await it.press("n")
            assert re.search(r"line 2 of \d+", it.text)
            await it.press("escape", "escape", "escape", "escape")
            assert it.app.screen is it.triage

    go(incident())


def test_the_command_log_names_every_ask_and_copies_what_puts_it_by_hand(home: Path) -> None:
    async def incident() -> None:
        async with driven(lab("half-dark")) as it:
            await it.done()
            await it.press("at")
            here = screen(it)
            assert it.triage.told
            assert len(here.items) == len(it.triage.told.evidence)
            await sought(it, "gw1 arp 172.31.3.232")
            await it.press("c")
            (copy,) = copies(home)
            assert stat.S_IMODE(copy.stat().st_mode) == 0o600
            (text,) = copy.read_text(encoding="utf-8").splitlines()
            assert text.startswith("snmpget -v2c -c COMMUNITY -On ")
            assert it.app.clipboard == text
            said = here.block("message").text.replace("\n ", " ")
            assert "for gw1, 1 line" in said
            assert "sent to the terminal, also in" in said
            assert "copied to" not in said
            await it.press("escape")
            await sought(it, "nlb1 cluster")
            await it.press("enter", "c")
            assert "Write-Section 'cluster'" in page(it)
            assert "first: $Ask = @('cluster')" in here.block("message").text.replace("\n ", " ")

    go(incident())


def test_what_is_on_its_way_stands_in_the_log_with_its_time_and_keeps_the_cursor() -> None:
    async def incident() -> None:
        async with driven(lab("all-dark", deadline_s=30), size=(120, 40)) as it:
            await it.until(lambda: bool(it.triage.told) and bool(it.engine.case and it.engine.case.pending), "asks")
            await it.press("f6")
            here = screen(it)
            await sought(it, "status:pending hv1")
            await it.until(lambda: any(re.search(r"pending +\d+ s", row) for row in it.text.splitlines()), "the time")
            cursor = here.long.cursor
            assert "on its way" in it.text
            await it.press("escape", "ctrl+f", *"hv1", "enter")
            assert here.long.cursor == cursor
            await it.press("f8", "slash", *"hv1", "enter", "x")
            assert "hv1: given up" in it.text
            await it.until(lambda: "stopped" in page(it), "the end of hv1")
            await it.press("r")
            assert "asking again: hv1" in it.text
            await it.press("plus")
            assert "hv1: 30 s more" in it.text
            await it.press("ctrl+c")

    go(incident())


def test_targets_say_what_was_not_read_why_and_what_hangs_on_it() -> None:
    async def incident() -> None:
        async with driven(lab("half-dark")) as it:
            await it.done()
            await it.press("t")
            here = screen(it)
            assert "3 no answer" in it.text
            await sought(it, "target:sw2")
            await it.press("enter")
            assert "not read: agent" in page(it)
            assert "to resolve:" in page(it)
            assert "NLB005" in page(it)
            assert here.here is not None
            await it.press("r")
            assert "asking again: sw2" in it.text
            it.lab.wake("sw2")
            await it.until(lambda: not it.triage.follow.running, "the answers")

    go(incident())


# ---- a real terminal ----


@pytest.mark.parametrize(("size", "plain"), [((80, 24), True), ((120, 40), False)])
def test_no_colour_code_with_no_color_and_nothing_above_0x7e_in_ascii(
    home: Path, size: tuple[int, int], plain: bool
) -> None:
    environment = {"NO_COLOR": "1"} if plain else {}
    with wizard(
        "--demo", "half-dark", "--deadline", "4", "--ascii", home=home, size=size, environment=environment
    ) as terminal:
        terminal.until("UNKNOWN")
        for key, word in (("@", "command log"), ("7", "came at"), ("t", "what came")):
            terminal.type(key)
            terminal.until(word)
            terminal.type("/nlb2")
            terminal.until("found")
            terminal.type("\r")
            terminal.read(0.2)
            terminal.type("\r")
            terminal.read(0.3)
        terminal.type("q")
        terminal.ended(5)
    assert [hex(byte) for byte in terminal.seen if byte > 0x7E] == []
    assert (coloured(bytes(terminal.seen)) == []) is plain


# ---- saved runs ----


def hostile(folder: Path) -> headless.Options:
    with RunFile(folder / "run", site(), "routine", AT) as file:
        file.add(answer("nlb1", "cluster", [instance(interface=EVIL)]))
        file.add(answer("nlb2", "cluster", EVIL))
        file.add(lost("nlb1", "os", error=EVIL))
        file.add(answer("gw1", "agent", "x" * 1_000_000))
        file.add(word(QUESTION, EVIL))
        file.end(AT)
    return headless.Options(bundle=folder / "run")


@pytest.mark.parametrize(("size", "ascii_only"), [((80, 24), True), ((120, 40), False)])
def test_foreign_text_is_only_text_on_every_page(tmp_path: Path, size: tuple[int, int], ascii_only: bool) -> None:
    async def incident() -> None:
        async with driven(hostile(tmp_path), size=size, ascii_only=ascii_only) as it:
            await it.done()
            for key in ("f6", "f7", "f8"):
                await it.press(key)
                here = screen(it)
                for item in here.items:
                    here.long.put(item.key)
                    here.action_open()
                    here.action_end(True)
                    await it.settled()
                    shown = it.text.replace("\n", "")
                    assert shown.isprintable()
                    assert not {"\u202e", "\udcff", "\x9b"} & set(shown)
                    assert shown.isascii() or not ascii_only
                    assert all(len(row) <= size[0] for row in it.text.splitlines())
                    here.action_back()
            await sought(it, "[/bold]")
            await sought(it, f"{EVIL}\nsecond line")
            assert screen(it).field.value.isprintable()
            assert "second" not in screen(it).field.value

    go(incident())


def test_a_saved_run_is_browsed_and_nobody_is_asked(tmp_path: Path) -> None:
    async def incident() -> None:
        async with driven(headless.Options(bundle=saved(tmp_path, "yes"))) as it:
            await it.done()
            await it.press("f7")
            await sought(it, "your answer")
            await it.press("enter")
            assert f"operator/answer[{QUESTION}] (your answer)" in page(it)
            for key in ("x", "plus", "r", "R"):
                await it.press("f8", key)
                assert "nobody is asked" in it.text

    go(incident())


def test_twenty_thousand_rows_answer_every_key_at_once(tmp_path: Path) -> None:
    with RunFile(tmp_path / "run", site(), "routine", AT) as file:
        file.add(answer("nlb1", "cluster", [instance()]))
        for number in range(20_000):
            file.add(answer("sw1", "fdb", {"rows": [], "ended": True}, f"{MANY + number:012x}", "1"))
        file.end(AT)

    async def incident() -> None:
        async with driven(headless.Options(bundle=tmp_path / "run"), size=(120, 40)) as it:
            await it.done()
            for key in ("f6", "f7"):
                await it.press(key)
                here = screen(it)
                assert len(here.items) == 20_001
                for act in (here.redraw, partial(here.action_move, 1), partial(here.action_end, True), here._sift):
                    assert min(timed(act, here) for _ in range(3)) < 0.1
            await it.press("f7", "end")
            assert "cluster" not in it.text.splitlines()[-4]

    go(incident())


MANY = 0x00155D000000
"""From here on: MACs of Hyper-V's own range."""


def timed(act: Callable[[], object], here: Listed[Any]) -> float:
    """Seconds of one act and of the frame after it."""
    began = time.perf_counter()
    act()
    here._compositor.render_strips()
    return time.perf_counter() - began
