"""What holds on every screen: a crash shows no local variable, themes turn, the engine's trouble is said."""

import asyncio
import resource
from pathlib import Path

import pytest

from nlbwiz import headless
from nlbwiz.errors import ExitCode
from nlbwiz.tui import themes
from tests.tui.driven import driven, lab


def test_a_crash_says_its_kind_and_place_and_shows_no_local_variable(capsys: pytest.CaptureFixture[str]) -> None:
    async def crash() -> None:
        async with driven(lab("old-static-arp")) as it:

            def boom() -> None:
                password = "hunter2-local"
                raise RuntimeError(f"broken at {len(password)}")

            it.app.call_later(boom)
            try:
                await it.until(lambda: bool(it.app.farewell), "the end")
            finally:
                told.append((it.app.farewell, it.app.code, list(it.app._exit_renderables)))

    told: list[tuple[str, ExitCode, list[object]]] = []
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(crash())
    ((farewell, code, shown),) = told
    assert farewell.startswith("nlbwiz: our own bug: RuntimeError at test_app.py:")
    assert (code, shown) == (ExitCode.SOFTWARE, [])
    out = capsys.readouterr()
    assert "hunter2" not in farewell + out.out + out.err


def test_what_keeps_a_run_from_beginning_ends_the_screen_with_a_sentence(tmp_path: Path) -> None:
    async def missing() -> None:
        async with driven(headless.Options(bundle=tmp_path / "none")) as it:
            await it.until(lambda: bool(it.app.farewell), "the sentence")
            assert it.app.code == ExitCode.NO_INPUT
            assert "cannot be read" in it.app.farewell

    asyncio.run(missing())


def test_the_themes_turn_and_the_words_stay() -> None:
    async def turn() -> None:
        async with driven(lab("old-static-arp")) as it:
            await it.done()
            words, seen = it.text, set()
            for _ in range(3):
                await it.press("ctrl+t")
                seen.add(it.app.theme)
                assert it.text == words
            assert seen == {themes.DARK, themes.LIGHT, themes.CONTRAST}

    asyncio.run(turn())


def _luminance(ink: str) -> float:
    parts = [int(ink[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("theme", "least"), [(themes.DARK, 4.5), (themes.LIGHT, 4.5), (themes.CONTRAST, 7.0)])
def test_every_text_can_be_read_on_its_ground_and_under_the_cursor(theme: str, least: float) -> None:
    """WCAG 2.2, 1.4.3 (4.5 to 1) and 1.4.6 (7 to 1); under the cursor 4.5 in every theme but never less."""
    ink = themes._INK[theme]
    grounds = {"ground": least, "bar": least, "cursor": min(least, 4.5), "cursor-blurred": min(least, 4.5)}
    for role in ("text", "quiet", "bad", "maybe", "good", "unknown", "ask", "command"):
        for ground, wanted in grounds.items():
            high, low = sorted((_luminance(ink[role]), _luminance(ink[ground])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= wanted, (theme, role, ground)


def test_a_full_disk_costs_the_run_file_and_not_the_run(tmp_path: Path) -> None:
    async def full() -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, before[1]))  # the lab's own files are smaller
        try:
            async with driven(headless.Options(demo="old-static-arp", deadline_s=8, save=tmp_path / "run")) as it:
                await it.done()
                assert "CONFIRMED" in it.words("headline")
                assert it.engine.kept == ""
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    asyncio.run(full())
