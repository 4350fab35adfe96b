"""From a run back to the start screen, many times; what is remembered of runs; and what a killed one leaves."""

import asyncio
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual import events

from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from nlbwiz.record import recent
from nlbwiz.record.file import read
from nlbwiz.record.keep import new_run, runs_folder, state_folder
from nlbwiz.tui import known
from nlbwiz.tui.screens.start import Start
from nlbwiz.tui.screens.triage import Triage
from tests.tui.driven import driven, lab
from tests.tui.ptys import wizard
from tests.tui.test_start import begun, described
from tests.tui.test_start import folder as folder

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_f2_ends_the_run_says_where_it_is_kept_and_another_begins_from_there(folder: Path) -> None:
    async def rounds() -> None:
        with described(folder):
            async with begun("dc1.toml", size=(120, 40), loaded=False) as it:
                threads = 0
                for number in range(4):
                    engine = (await it.triage()).engine
                    began = asyncio.get_running_loop().time()
                    await it.pilot.press("f2")
                    assert isinstance(it.app.screen, Start)
                    assert asyncio.get_running_loop().time() - began < 1
                    await it.shows("the run is over; what was got is kept", "dc1.toml", "just now")
                    assert engine._thread is not None
                    engine._thread.join(2)
                    assert not engine._thread.is_alive()
                    assert read(Path(engine.kept)).complete
                    if number == 0:
                        threads = threading.active_count()
                    it.field.load_text("old-static-arp" if number % 2 else "dc1.toml")
                    if number < 3:
                        await it.pilot.press("enter")
                        if number % 2:
                            lab = (await it.triage()).engine
                            await it.pilot.press("2", "2")
                            await it.shows("the lab is closed")
                            assert lab._lab is not None
                            assert lab._thread is not None
                            lab._thread.join(2)
                            assert not lab._lab.folder.exists()
                            it.field.load_text("dc1.toml")
                            await it.pilot.press("enter")
                assert threading.active_count() <= threads + 3
                assert len(it.app.screen_stack) == 1

    asyncio.run(rounds())


def test_a_run_that_is_left_in_the_middle_is_closed_and_not_said_to_be_killed(folder: Path, home: Path) -> None:
    async def leave() -> None:
        with described(folder):
            async with begun("dc1.toml", loaded=False) as it:
                while it.app.engine is None or not it.app.engine.kept:
                    await asyncio.sleep(0.005)
                await it.pilot.press("f2")
                await it.shows("what was got is kept", "just now")
                assert "killed" not in it.text

    asyncio.run(leave())
    assert all(read(path).complete for path in runs_folder().glob("*.nlbwiz"))


@pytest.mark.parametrize(
    ("keys", "leaves"),
    [(("2",), False), (("2", "2"), True), (("2", "j", "2"), False), (("2", "j", "2", "2"), True), (("2", "f2"), True)],
)
def test_one_digit_alone_leaves_no_run(keys: tuple[str, ...], leaves: bool) -> None:
    async def press() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            await it.press(*keys)
            if leaves:
                await it.until(lambda: isinstance(it.app.screen, Start), "the start screen")
                return
            assert "press 2 again to leave this run" in it.text
            assert it.app.engine is it.engine
            await it.press("3")  # another key does what it always does
            assert isinstance(it.app.screen, Triage)

    asyncio.run(press())


def test_a_second_digit_much_later_is_a_first_one() -> None:
    async def press() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            for late_s, leaves in ((0.0, False), (3.5, False), (5.0, True)):
                event = events.Key("2", "2")
                event.time += late_s
                it.app.post_message(event)
                await it.settled()
                assert (it.app.engine is None) is leaves

    asyncio.run(press())


def test_sites_are_remembered_beside_the_runs_for_their_owner_alone(folder: Path) -> None:
    for number, name in enumerate(("a.toml", "gone.toml", "b.toml", "a.toml")):
        recent.remember(folder / name, folder / f"{number}.nlbwiz", NOW + timedelta(hours=number), "critical")
    recent.remember(folder / "a.toml", folder / "3.nlbwiz", NOW + timedelta(hours=3), "ok")
    found = [(Path(one.site).name, one.verdict) for one in recent.recent()]
    assert found == [("a.toml", "ok"), ("b.toml", "critical"), ("gone.toml", "critical"), ("a.toml", "critical")]
    assert stat.S_IMODE((state_folder() / "recent.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"{", b"[{}]", b"\xff", b"[" * 100_000])
def test_a_damaged_list_is_an_empty_one_and_is_written_anew(folder: Path, damage: bytes) -> None:
    state_folder().mkdir(parents=True)
    (state_folder() / "recent.json").write_bytes(damage)
    assert recent.recent() == ()
    recent.remember(folder / "a.toml", folder / "1.nlbwiz", NOW)
    assert len(recent.recent()) == 1


def test_a_site_of_another_folder_is_offered_with_age_and_verdict_and_a_vanished_one_is_not(
    folder: Path, tmp_path: Path
) -> None:
    with described(folder) as lab:
        elsewhere = tmp_path / "dc2.toml"
        elsewhere.write_text((folder / "dc1.toml").read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "dc0.toml").write_text((folder / "dc1.toml").read_text(encoding="utf-8"), encoding="utf-8")
        assert lab.site_file.exists()
    recent.remember(folder / "dc1.toml", folder / "1.nlbwiz", NOW - timedelta(days=3), "healthy")
    recent.remember(elsewhere, folder / "2.nlbwiz", NOW - timedelta(hours=2), "critical")
    recent.remember(folder / "vanished.toml", folder / "3.nlbwiz", NOW)
    found = [(one.name, one.age, one.verdict) for one in known.known(NOW) if one.live]
    assert found == [("dc2.toml", "2 h ago", "critical"), ("dc1.toml", "3 d ago", "healthy"), ("dc0.toml", "", "")]


def test_a_bundle_holds_no_path_of_the_site_file(folder: Path) -> None:
    async def ask() -> str:
        with described(folder):
            async with begun("dc1.toml", loaded=False) as it:
                return (await it.triage()).engine.kept

    kept = Path(asyncio.run(ask()))
    assert str(folder) not in kept.read_text(encoding="utf-8")
    assert recent.recent()[0].site == str(folder / "dc1.toml")
    assert recent.recent()[0].verdict == "critical"


def test_two_runs_in_one_second_have_two_files(home: Path) -> None:
    first = new_run(NOW)
    first.touch()
    assert new_run(NOW) != first


def test_after_kill_9_the_next_start_says_it_at_once(folder: Path, home: Path) -> None:
    with Lab(scenario.load("all-dark")) as lab:  # nobody answers: the run goes on until it is killed
        with wizard("--site", str(lab.site_file), home=home) as terminal:
            terminal.until("READ-ONLY")
            for _ in range(400):
                if list((home / "runs").glob("*.nlbwiz")):
                    break
                terminal.read(0.01)
            os.kill(terminal.process.pid, 9)
            terminal.ended(5)
        assert not read(next((home / "runs").glob("*.nlbwiz"))).complete
        with wizard(home=home, size=(120, 40)) as terminal:
            terminal.until("was killed before")
            terminal.type("\x11")
            terminal.ended(5)


@pytest.mark.parametrize("arguments", [("old-static-arp",), ()])
def test_demo_opens_the_wizard_where_there_is_a_terminal(home: Path, arguments: tuple[str, ...]) -> None:
    with wizard(*arguments, home=home, command="demo") as terminal:
        terminal.until("lab: old-static-arp")
        terminal.type("q")
        terminal.ended(5)
        assert terminal.process.returncode == 0


@pytest.mark.parametrize(("option", "whole"), [("--ascii", True), ("--no-ascii", False)])
def test_demo_takes_the_characters_that_are_wished_for(home: Path, option: str, whole: bool) -> None:
    with wizard("old-static-arp", option, home=home, command="demo") as terminal:
        terminal.until("lab: old-static-arp")
        terminal.type("q")
        terminal.ended(5)
        assert terminal.seen.isascii() is whole


def test_demo_prints_its_report_where_a_format_is_asked_for(home: Path) -> None:
    with wizard("old-static-arp", "--format", "json", "-q", home=home, command="demo") as terminal:
        terminal.ended(20)
        assert b"\x1b[?1049h" not in terminal.seen
        assert terminal.process.returncode == 2
