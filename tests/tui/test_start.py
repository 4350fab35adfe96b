"""The start screen by its keys: what is decoded at once, what enter does, what a paste never does."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from nlbwiz.record.file import RunFile
from nlbwiz.record.keep import new_run
from nlbwiz.site import load
from nlbwiz.tui import known
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.picks import Wish
from nlbwiz.tui.screens.help import Help
from nlbwiz.tui.screens.start import Start
from nlbwiz.tui.screens.triage import Triage
from nlbwiz.tui.widgets.field import Field
from tests.made import site
from tests.tui.driven import PATIENCE_S
from tests.tui.ptys import ROOT, coloured, sequences, wizard
from tests.tui.test_terminal import HOSTILE

SIZES = [(80, 24), (120, 40)]
EVENT = "event 4199: address conflict\r\nInternet\t10.9.8.7\t03bf.0a09.0807"


@dataclass
class Begun:
    app: NlbwizApp
    pilot: Pilot[None]

    @property
    def start(self) -> Start:
        screen = self.app.screen
        assert isinstance(screen, Start)
        return screen

    @property
    def field(self) -> Field:
        return self.start.text

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def shows(self, *words: str) -> None:
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while any(word not in self.text for word in words):
            assert asyncio.get_running_loop().time() < end, f"{words} did not come:\n{self.text}"
            await asyncio.sleep(0.02)

    async def paste(self, text: str) -> None:
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def triage(self) -> Triage:
        """The run that began, once it is over: its sockets are closed then."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while not (isinstance(self.app.screen, Triage) and self.app.screen.told and not self.app.screen.follow.running):
            assert asyncio.get_running_loop().time() < end, f"no run began and ended:\n{self.text}"
            await asyncio.sleep(0.02)
        return self.app.screen


@asynccontextmanager
async def begun(
    text: str = "", *, size: tuple[int, int] = (80, 24), ascii_only: bool = False, loaded: bool = True
) -> AsyncIterator[Begun]:
    app = NlbwizApp(None, wish=Wish(text=text, deadline_s=3), ascii_only=ascii_only)
    try:
        async with app.run_test(size=size) as pilot:
            it = Begun(app, pilot)
            if loaded:
                await it.shows("Practice in the lab", "healthy-igmp")
            yield it
    finally:
        if app.engine:
            app.engine.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    there = tmp_path / "here"
    there.mkdir()
    monkeypatch.chdir(there)
    return there


@contextmanager
def described(folder: Path) -> Iterator[Lab]:
    """A lab whose site file lies in the current folder, as an operator's would."""
    with Lab(scenario.load("old-static-arp")) as lab:
        read = load.read(lab.site_file)
        (folder / "dc1.toml").write_text(load.dump(read), encoding="utf-8")
        yield lab


def vip(folder: Path) -> str:
    return str(next(iter(load.read(folder / "dc1.toml").clusters.values())).vip)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_pasted_event_is_decoded_at_once_and_its_newline_submits_nothing(
    size: tuple[int, int], ascii_only: bool
) -> None:
    async def paste() -> None:
        async with begun(size=size, ascii_only=ascii_only) as it:
            await it.paste(EVENT + "\r\n")
            await it.shows("symptom", "duplicate-ip", "03-BF-0A-09-08-07", "stranger's", "missing", "F4")
            assert it.field.text == "event 4199: address conflict\nInternet    10.9.8.7    03bf.0a09.0807\n"
            assert isinstance(it.app.screen, Start)
            assert it.app.engine is None
            assert it.text.isascii() or not ascii_only
            assert {len(line) for line in it.text.split("\n")} == {size[0]}

    asyncio.run(paste())


def test_a_console_without_bracketed_paste_sends_its_newlines_as_enter_and_nothing_is_submitted() -> None:
    async def burst() -> None:
        async with begun() as it:
            for key in "old-static-arp":
                it.field.post_message(events.Key(key, key))
            it.field.post_message(events.Key("enter", "\r"))
            await it.pilot.pause(0.1)
            assert it.field.text == "old-static-arp\n"
            it.field.post_message(events.Key("enter", "\r"))  # the first of a paste, with more right behind it
            it.field.post_message(events.Key("x", "x"))
            await it.pilot.pause(0.1)
            assert it.field.text == "old-static-arp\n\nx"
            assert isinstance(it.app.screen, Start)

    asyncio.run(burst())


@pytest.mark.parametrize("size", SIZES)
def test_a_scenario_is_practised_in_two_keys(size: tuple[int, int]) -> None:
    async def practise() -> None:
        async with begun("", size=size) as it:
            await it.pilot.press("shift+tab", "enter")
            triage = await it.triage()
            assert triage.engine.options.demo == "healthy-igmp"
            assert triage.engine.options.deadline_s == 3

    asyncio.run(practise())


def test_a_scenario_that_was_typed_is_practised() -> None:
    async def practise() -> None:
        async with begun() as it:
            it.field.take("half-dark")
            await it.shows("half-dark, in the lab")
            await it.pilot.press("enter")
            assert (await it.triage()).engine.options.demo == "half-dark"

    asyncio.run(practise())


def test_a_vip_of_a_site_file_here_is_asked_live_about_what_the_text_says(folder: Path) -> None:
    async def ask() -> None:
        with described(folder):
            async with begun() as it:
                await it.shows("dc1.toml", "live")
                await it.paste(f"{vip(folder)} is misconfigured")
                await it.shows("asks the", "machines of dc1.toml", "the VIP of this site")
                await it.pilot.press("enter")
                options = (await it.triage()).engine.options
                assert (str(options.site), options.symptom) == ("dc1.toml", "misconfigured")

    asyncio.run(ask())


def test_a_symptom_that_was_picked_goes_before_a_guessed_one(folder: Path) -> None:
    async def pick() -> None:
        with described(folder):
            async with begun() as it:
                await it.pilot.press("tab", "tab", "j", "j", "enter")
                await it.shows("symptom: flooding", "about flooding")
                await it.pilot.press("escape")
                await it.paste(f"{vip(folder)} is misconfigured")
                await it.shows("flooding, as you picked it")
                await it.pilot.press("enter")
                assert (await it.triage()).engine.options.symptom == "flooding"

    asyncio.run(pick())


def test_a_kept_run_is_opened_and_one_that_was_killed_is_said_to_be(folder: Path) -> None:
    started = datetime.now(UTC) - timedelta(hours=2)
    with RunFile(new_run(started), site(), "flooding", started):
        pass  # never closed, as after kill -9

    async def open_it() -> None:
        async with begun() as it:
            await it.shows("2 h ago")
            await it.pilot.press("tab")
            await it.shows("was not closed")
            await it.pilot.press("enter")
            assert (await it.triage()).engine.options.bundle is not None

    asyncio.run(open_it())


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("missing.toml", "cannot be read"),
        ("wrong.toml", "cluster"),
        ("torn.nlbwiz", "torn.nlbwiz"),
        ("binary.nlbwiz", "neither a run file nor a site file"),
        ("latin.toml", "save the file as UTF-8"),
        ("nosuch", "nosuch"),
    ],
)
def test_a_file_that_is_not_right_is_said_here_and_the_text_stays(folder: Path, written: str, words: str) -> None:
    (folder / "wrong.toml").write_text("[node.x]\n", encoding="utf-8")
    (folder / "torn.nlbwiz").write_text('{"line":', encoding="utf-8")
    (folder / "binary.nlbwiz").write_bytes(b"\x00\xff\xfe damaged")
    (folder / "latin.toml").write_bytes(b"[cluster.web]\nvip = '\xff'\n")

    async def refuse() -> None:
        async with begun() as it:
            it.field.take(written)
            await it.pilot.press("enter")
            await it.shows("trouble", words)
            assert it.field.text == written
            await it.pilot.press("backspace")
            end = "trouble" in it.text
            await it.pilot.pause(0.2)
            assert not (end and "trouble" in it.text)

    asyncio.run(refuse())


def test_what_was_given_on_the_command_line_begins_at_once(folder: Path) -> None:
    async def given() -> None:
        async with begun("old-static-arp", loaded=False) as it:
            assert (await it.triage()).engine.options.demo == "old-static-arp"

    asyncio.run(given())


def test_letters_and_marks_go_to_the_field_and_function_keys_help() -> None:
    async def keys() -> None:
        async with begun() as it:
            for key in ("q", "Q", "question_mark", "colon", "slash", "exclamation_mark", "at", "V", "space", "j"):
                await it.pilot.press(key)
            assert it.field.text == "qQ?:/!@V j"
            await it.pilot.press("f1")
            assert isinstance(it.app.screen, Help)
            await it.shows("back to the field")
            assert "the fix, line by line" not in it.text
            await it.pilot.press("escape")
            await it.pilot.press("ctrl+p")
            await it.shows("to the lists, and to the next one")

    asyncio.run(keys())


def test_a_paste_goes_to_the_field_from_a_list_too_and_what_is_left_out_is_counted() -> None:
    async def paste() -> None:
        async with begun() as it:
            await it.pilot.press("tab", "tab")
            await it.paste("A" * 10_000)
            await it.shows("6,000 characters were left out")
            assert len(it.field.text) == 4000
            assert it.field.has_focus

    asyncio.run(paste())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (90, "1 min ago"), (7300, "2 h ago"), (300_000, "3 d ago"), (-9, "just now")],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert known.ago(timedelta(seconds=seconds)) == words


def test_before_the_first_frame_neither_registry_nor_lab_is_loaded() -> None:
    code = (
        "import sys, nlbwiz.tui.run, nlbwiz.tui.screens.start\n"
        "print(*sorted(m for m in sys.modules if m.startswith(('nlbwiz.registry', 'nlbwiz.lab', 'nlbwiz.headless'))"
        " or m in ('netaddr', 'msgspec', 'winrm', 'pysnmp')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


# ---- on a real terminal ----


def test_no_colour_means_not_one_colour_code_and_ascii_nothing_above_0x7e(home: Path) -> None:
    with wizard("--ascii", home=home, environment={"NO_COLOR": "1"}) as terminal:
        terminal.until("healthy-igmp")
        for keys in ("\x1b[200~gr\u00fc\u00df 10.9.8.7\x1b[201~", "\t", "\t", "j", "\r", "\x1b", "\x1bOP", "\x1b"):
            terminal.type(keys)
            terminal.read(0.4)
        terminal.type("\x11")
        terminal.ended(5)
        assert terminal.process.returncode == 0
    seen = bytes(terminal.seen)
    assert coloured(seen) == []
    assert [hex(byte) for byte in seen if byte > 0x7E] == []
    assert b"gr?? 10.9.8.7" in seen


def test_a_hostile_paste_never_acts_on_the_terminal(home: Path) -> None:
    def kinds(seen: bytes) -> set[str]:
        return {"".join(char for char in one if not char.isdigit() and char not in ";?") for one in sequences(seen)}

    seen = []
    for text in ("tame 10.9.8.7", HOSTILE.replace("\ud800", "").rstrip("A")):
        with wizard(home=home, size=(120, 40)) as terminal:
            terminal.until("healthy-igmp")
            terminal.type(f"\x1b[200~{text}\x1b[201~")
            terminal.read(0.8)
            terminal.type("\x11")
            terminal.ended(5)
            seen.append(bytes(terminal.seen))
    assert kinds(seen[1]) <= kinds(seen[0])
    assert "\u202e".encode() not in seen[1]
    assert b"\x00" not in seen[1]
    assert b"[bold red]markup" in seen[1]


def test_nlbwiz_alone_without_a_terminal_is_the_help_as_ever(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nlbwiz"], cwd=ROOT, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env=os.environ | {"NLBWIZ_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 64
    assert "nlbwiz demo" in done.stderr


def test_start_without_a_terminal_is_refused_with_what_to_give_instead(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nlbwiz", "wizard", "10.0.0.1"], cwd=ROOT, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env=os.environ | {"NLBWIZ_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 64
    assert "--site FILE" in done.stderr
