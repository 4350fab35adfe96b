"""Every screen there is, in every dress: no colours, ASCII, hostile text; a screen added to PLACES is here by itself."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget

from nlbwiz import headless
from nlbwiz.record.file import RunFile
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.picks import Wish
from nlbwiz.tui.places import PLACES
from tests.made import AT, answer, instance, lost, site
from tests.tui.driven import Driven, driven, lab
from tests.tui.ptys import ROOT, coloured, sequences, wizard

HOSTILE = (
    "[bold red]markup[/] [/x] [@click=app.bell]x[/] \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m \x9d8;;http://x\x9c "
    "\u202eevil\u2066 \x00nul \ud800 tab\there \r\nline " + "A" * 10_000
)
ACTS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")
"""What a terminal, or what draws its text, acts on."""
DIGITS = {"triage": "3", "topology": "5", "commands": "6", "evidence": "7", "targets": "8", "mac": "9", "export": "s"}


async def every_screen(it: Driven) -> list[tuple[str, str]]:
    """(name, text) of each place, with its palette and help, by its keys and after `enter`."""
    seen = []
    for place in PLACES:
        it.app.action_go(place)
        await it.settled()
        seen.append((place, it.text))
        for keys in (("tab",), ("enter",), ("escape",)):
            await it.press(*keys)
            seen.append((f"{place} {keys}", it.text))
        it.app.action_go(place)
        it.app.action_help()
        await it.settled()
        seen.append((f"{place} help", it.text))
        await it.press("escape")
        it.app.action_palette()
        await it.settled()
        seen.append((f"{place} palette", it.text))
        await it.press("escape")
    return seen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_in_ascii_mode_no_screen_has_a_sign_above_0x7e(size: tuple[int, int]) -> None:
    async def look() -> None:
        async with driven(lab("old-static-arp"), size=size, ascii_only=True) as it:
            await it.done()
            for name, text in await every_screen(it):
                assert [char for char in text if not (char == "\n" or " " <= char <= "~")] == [], name

    asyncio.run(look())


def test_without_colours_no_screen_has_one_and_the_cursor_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    def inks(it: Driven, *, cursor: bool) -> set[str]:
        pieces = [one for strip in it.app.screen._compositor.render_strips() for one in strip if one.style]
        styles = [one.style for one in pieces if one.style]
        own = {None, "default"}
        found = {
            str(ink.name) for style in styles for ink in (style.color, style.bgcolor) if ink and ink.name not in own
        }
        assert not any(style.dim for style in styles), "dim is a grey"
        reversed_ = any(one.style and one.style.reverse and "READ-ONLY" not in one.text for one in pieces)
        assert reversed_ or not cursor, f"nothing is reversed:\n{it.text}"
        return found

    async def look() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            for place in PLACES:
                it.app.action_go(place)
                for keys in ((), ("tab",), ("enter",)):
                    await it.press(*keys)
                    assert inks(it, cursor=not keys) == set(), (place, keys)
            for key in ("f1", "ctrl+p"):
                await it.press("escape", "escape", key)
                assert {one for one in inks(it, cursor=key != "f1") if not one.startswith("ansi")} == set(), key

    asyncio.run(look())


def test_on_a_terminal_no_place_sends_a_colour_or_a_sign_above_0x7e(home: Path) -> None:
    with wizard("--demo", "old-static-arp", "--ascii", home=home, environment={"NO_COLOR": "1"}) as screen:
        screen.until("CONFIRMED")
        screen.read(0.4)
        for key in (*(DIGITS.get(place, "") for place in PLACES), "\x1b", "p", "?", "\x1b", ":mas", "\x1b", "/"):
            screen.type(key)
            screen.drawn()
        screen.type("\x11")
        screen.ended(5)
        assert screen.process.returncode == 0
    assert set(DIGITS) == set(PLACES)
    assert coloured(bytes(screen.seen)) == []
    assert [hex(byte) for byte in screen.seen if byte > 0x7E] == []


def test_sixteen_colours_are_enough(home: Path) -> None:
    environment = {"TERM": "linux", "COLORTERM": "", "TEXTUAL_COLOR_SYSTEM": "standard"}
    with wizard("--demo", "old-static-arp", home=home, environment=environment) as screen:
        screen.until("CONFIRMED")
        screen.type("q")
        screen.ended(5)
        assert screen.process.returncode == 0
    assert [hex(byte) for byte in screen.seen if byte > 0x7E] == [], "the Linux console gets ASCII"
    assert not [one for one in sequences(bytes(screen.seen)) if "38;2;" in one or "48;2;" in one]


# ---- hostile text ----


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A saved run whose every word is meant to harm."""
    raw = HOSTILE.encode("utf-8", "backslashreplace").decode()
    with RunFile(tmp_path / "run", site(), "routine", AT) as file:
        file.add(answer("nlb1", "cluster", [instance(name=raw)]))
        for number, probe in enumerate(("vips", "state", "adapters", "addresses", "events")):
            file.add(lost("nlb1", probe, error=HOSTILE + str(number)))
            file.add(lost("nlb2", probe, error=HOSTILE, status="garbled"))
        file.add(answer("hv1", "vnics", raw))
        file.end(AT)
    return tmp_path / "run"


def harmful(text: str) -> list[str]:
    return ACTS.findall(text.replace("\n", ""))


@pytest.mark.parametrize(("masked", "ascii_only"), [(False, False), (True, True)])
def test_on_no_screen_hostile_answers_are_more_than_visible_text(hostile: Path, masked: bool, ascii_only: bool) -> None:
    async def look() -> None:
        async with driven(headless.Options(bundle=hostile), size=(100, 30), ascii_only=ascii_only) as it:
            await it.until(lambda: it.triage.told is not None)
            if masked:
                await it.press("p")
            shown = await every_screen(it)
            for name, text in shown:
                assert harmful(text) == [], name
            assert any("[bold red]markup" in text for _, text in shown)

    asyncio.run(look())


def test_a_hostile_paste_into_any_field_is_visible_text(hostile: Path) -> None:
    async def paste() -> None:
        async with driven(headless.Options(bundle=hostile)) as it:
            await it.until(lambda: it.triage.told is not None)
            for place in PLACES:
                it.app.action_go(place)
                await it.settled()
                await it.press("slash")
                for field in _fields(it.app):
                    field.post_message(events.Paste(HOSTILE))
                    await it.settled()
                assert harmful(it.text) == [], place
                await it.press("escape")
            it.app.action_palette()
            await it.settled()
            for field in _fields(it.app):
                field.post_message(events.Paste(HOSTILE))
                await it.settled()
            assert harmful(it.text) == []
            assert "[bold red]markup" in it.text

    asyncio.run(paste())


@pytest.mark.parametrize("key", ["", "f4", "f9", "ctrl+p"])
def test_a_hostile_paste_before_a_run_is_visible_text(key: str) -> None:
    async def paste() -> None:
        app = NlbwizApp(None, wish=Wish())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            if key:
                await pilot.press(key)
                await pilot.pause()
            assert _fields(app)
            for field in _fields(app):
                field.post_message(events.Paste(HOSTILE))
                await pilot.pause()
            text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
            assert harmful(text) == []

    asyncio.run(paste())


def _fields(app: NlbwizApp) -> list[Widget]:
    from textual.widgets import Input, TextArea

    return [one for one in app.screen.walk_children() if isinstance(one, Input | TextArea) and one.display]


def test_on_a_terminal_no_place_sends_what_a_tame_run_does_not(home: Path, hostile: Path) -> None:
    def kinds(seen: bytes) -> set[str]:
        return {"".join(char for char in one if not char.isdigit() and char not in ";?") for one in sequences(seen)}

    seen = []
    for arguments in (("--demo", "old-static-arp"), ("--bundle", str(hostile))):
        with wizard(*arguments, home=home, size=(120, 40)) as screen:
            screen.until("decided")
            screen.read(0.4)
            for place in PLACES:
                for key in (DIGITS.get(place, ""), "\t", "\r", "\x1b"):
                    screen.type(key)
                    screen.drawn()
            screen.type("\x11")
            screen.ended(5)
            seen.append(bytes(screen.seen))
    assert kinds(seen[1]) <= kinds(seen[0])
    assert "\u202e".encode() not in seen[1]
    assert b"\x00" not in seen[1]
    assert b"[bold red]markup" in seen[1]


# ---- what the source may hold ----


def _sources() -> Iterator[Path]:
    yield from (ROOT / "nlbwiz" / "tui").rglob("*.py")
    yield from (ROOT / "nlbwiz" / "report").rglob("*.py")


def test_no_source_string_has_an_emoji_braille_or_eighth_block() -> None:
    unsafe = re.compile("[\u2580-\u259f\u2800-\u28ff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]")
    assert {
        str(path): found for path in _sources() if (found := unsafe.findall(path.read_text(encoding="utf-8")))
    } == {}
