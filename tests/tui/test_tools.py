"""The MAC calculator and the export, by keyboard."""

import asyncio
import stat
from pathlib import Path

import msgspec
import pytest

from nlbwiz import headless
from nlbwiz.mactext import describe
from nlbwiz.record.file import RunFile, read
from nlbwiz.report.formats import FORMATS, render
from nlbwiz.tui import saving
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.picks import Wish
from nlbwiz.tui.screens.export import Export
from nlbwiz.tui.screens.mac import MacCalculator
from nlbwiz.tui.screens.start import Start
from nlbwiz.tui.screens.triage import Triage
from tests.made import AT, answer, instance, site
from tests.tui.driven import Driven, copies, driven, lab


def go(coroutine: object) -> None:
    asyncio.run(coroutine)  # type: ignore[arg-type]  # what an async def gives


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


# ---- the MAC calculator ----


@pytest.mark.parametrize("columns", [60, 78, 100])
def test_the_page_keeps_to_its_columns_but_for_the_table(columns: int) -> None:
    long = [one for one in describe("172.31.3.232", columns).splitlines() if len(one) > columns]
    assert not [one for one in long if not one.startswith("  ")], long


def test_what_is_typed_has_its_page_at_once_and_a_line_is_copied(home: Path) -> None:
    async def calculate() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("f9")
            await it.press(*"172.31.3.23")
            assert "172.31.3.23 as the primary IP" in it.text
            await it.press("2")
            assert "172.31.3.232 as the primary IP" in it.text
            await it.press("enter", "j", "j", "j", "c")
            (copy,) = copies(home)
            assert copy.read_text(encoding="utf-8").startswith("dashed ")
            assert "02-BF-AC-1F-03-E8" in copy.read_text(encoding="utf-8")
            assert "sent to the terminal, also in" in it.text
            await it.press("escape", "ctrl+u")
            assert "A primary IP gives" in it.text
            await it.press("escape")
            assert isinstance(it.app.screen, Triage)

    go(calculate())


def test_the_sites_clusters_are_offered() -> None:
    async def offer() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("M", "tab", "enter")
            assert "172.31.1.232 as the primary IP" in it.text

    go(offer())


def test_what_is_no_address_is_said_and_a_paste_of_lines_is_read_as_one() -> None:
    from textual import events

    async def paste() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("M", *"zz")
            assert "is neither an IP nor a MAC address" in it.text
            await it.press("ctrl+u")
            it.app.screen.query_one("#mac-field").post_message(events.Paste("10.9.8.7\n03bf.0a09.0807\x1b[31m\n"))
            await it.settled()
            await it.settled()
            assert "fits 10.9.8.7" in it.text

    go(paste())


def test_without_a_run_it_opens_from_the_start_and_goes_back_there() -> None:
    async def begin() -> None:
        app = NlbwizApp(None, wish=Wish())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.press("f9")
            await pilot.pause()
            assert isinstance(app.screen, MacCalculator)
            await pilot.press(*"10.0.0.1")
            await pilot.pause()
            assert "10.0.0.1 as the primary IP" in "\n".join(
                strip.text for strip in app.screen._compositor.render_strips()
            )
            await pilot.press("escape")
            await pilot.pause()
            assert isinstance(app.screen, Start)

    go(begin())


# ---- export ----


def findings(report: object) -> object:
    """What is the same however a run is judged."""
    told = msgspec.to_builtins(report)
    return [(one["cluster"], one["id"], one["outcome"], one["findings"]) for one in told["outcomes"]]


async def written(it: Driven, folder: Path, count: int) -> list[Path]:
    await it.until(
        lambda: len(list(folder.iterdir())) >= count and " written" in it.text.replace("\n", " "), "the file"
    )
    return sorted(folder.iterdir())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_the_registry_is_written_whole_for_its_owner_alone(here: Path, name: str) -> None:
    async def export() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("s", *["j"] * list(FORMATS).index(name), "enter")
            assert "How it begins" in it.text
            await it.press("enter")
            (path,) = await written(it, here, 1)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert it.triage.told
            assert path.read_text(encoding="utf-8") == render(it.triage.told.report, name)
            assert path.name in it.text

    go(export())


@pytest.mark.parametrize("kept", [True, False])
def test_the_bundle_judged_again_has_the_same_findings(here: Path, tmp_path: Path, kept: bool) -> None:
    async def save() -> None:
        options = lab("old-static-arp")
        options = headless.Options(demo=options.demo, deadline_s=8, save=tmp_path / "kept" if kept else None)
        async with driven(options) as it:
            await it.done()
            await it.press("b")
            (path,) = await written(it, here, 1)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert it.triage.told
            again = headless.check(headless.Options(bundle=path))
            assert findings(again) == findings(it.triage.told.report)
            assert again.verdict == it.triage.told.report.verdict

    go(save())


def test_a_saved_runs_bundle_holds_what_the_saved_run_held(here: Path, tmp_path: Path) -> None:
    with RunFile(tmp_path / "run", site(), "routine", AT) as file:
        file.add(answer("nlb1", "cluster", [instance()]))
        file.end(AT)

    async def save() -> None:
        async with driven(headless.Options(bundle=tmp_path / "run")) as it:
            await it.until(lambda: it.triage.told is not None)
            await it.press("b")
            (path,) = await written(it, here, 1)
            assert [one.id for one in read(path).evidence] == [one.id for one in read(tmp_path / "run").evidence]

    go(save())


def test_while_the_run_goes_on_the_bundle_holds_what_came_and_says_so(here: Path) -> None:
    async def save() -> None:
        async with driven(lab("half-dark", deadline_s=20)) as it:
            await it.until(lambda: it.triage.told is not None and len(it.triage.told.evidence) > 5)
            assert it.triage.follow.running
            await it.press("b")
            await it.until(lambda: "up to now" in it.text)
            (path,) = here.iterdir()
            assert len(read(path).evidence) > 5

    go(save())


def test_a_file_that_is_there_is_replaced_only_after_it_was_said(here: Path) -> None:
    (here / "mine.txt").write_text("precious", encoding="utf-8")

    async def export() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("s", "enter")
            it.app.screen.query_one("#export-path").value = "mine.txt"  # type: ignore[attr-defined]
            await it.settled()
            await it.press("enter")
            await it.until(lambda: "is there already" in it.text)
            assert (here / "mine.txt").read_text(encoding="utf-8") == "precious"
            follow = it.triage.follow
            before = follow.said  # its words stand there still: they are no answer to what is pressed now
            await it.press("escape", "enter", "enter")
            await it.until(lambda: follow.said is not before and "is there already" in it.text)
            assert (here / "mine.txt").read_text(encoding="utf-8") == "precious"
            await it.press("enter")
            await it.until(lambda: " is written" in it.text)
            assert (here / "mine.txt").read_text(encoding="utf-8").startswith("CRITICAL")
            assert stat.S_IMODE((here / "mine.txt").stat().st_mode) == 0o600
            assert [one.name for one in here.iterdir()] == ["mine.txt"]

    go(export())


def test_a_place_that_cannot_be_written_is_said_and_leaves_nothing(here: Path) -> None:
    async def export() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("s", "enter")
            for value in ("none/such/folder.txt", "x" * 300):
                it.app.screen.query_one("#export-path").value = value  # type: ignore[attr-defined]
                await it.settled()
                await it.press("enter")
                await it.until(lambda: "not written: " in it.text)
                it.app.screen.say("")  # type: ignore[attr-defined]  # the next one is waited for
                await it.settled()
            assert list(here.iterdir()) == []

    go(export())


def test_with_the_mask_on_the_real_names_are_written_and_that_is_said(here: Path) -> None:
    async def export() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press("p", "s")
            assert "the mask is for the screen only" in it.text
            await it.press("enter", "enter")
            (path,) = await written(it, here, 1)
            assert "it holds the real names" in " ".join(it.text.split())
            assert "172.31.1.232" in path.read_text(encoding="utf-8")

    go(export())


def test_a_file_that_comes_meanwhile_is_never_replaced(here: Path) -> None:
    (here / "late").write_text("theirs", encoding="utf-8")
    (here / "new").write_text("ours", encoding="utf-8")
    with pytest.raises(FileExistsError):
        saving._appear(here / "new", here / "late")
    assert (here / "late").read_text(encoding="utf-8") == "theirs"


def test_before_anything_has_come_there_is_nothing_to_write(here: Path) -> None:
    async def early() -> None:
        async with driven(lab("all-dark", deadline_s=20)) as it:
            it.triage.follow.told = None
            it.app.action_bundle()
            assert "nothing has come yet" in it.triage.follow.said.text
            it.app.action_go("export")
            await it.settled()
            assert isinstance(it.app.screen, Export)

    go(early())
    assert list(here.iterdir()) == []
