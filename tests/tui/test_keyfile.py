"""Keys: what the tables promise, and a key file that is checked whole before the screen opens."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nlbwiz.tui import keyfile, keys
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.keyfile import KeyFileError
from nlbwiz.tui.keys import Key
from nlbwiz.tui.screens import help as help_screen
from nlbwiz.tui.screens.palette import fitting
from tests.tui.driven import lab
from tests.tui.ptys import ROOT, wizard

SCREENS = dict(keyfile.screens())
ALTGR = frozenset(
    {"at", "left_square_bracket", "right_square_bracket", "left_curly_bracket", "right_curly_bracket", "backslash",
     "vertical_line", "tilde", "number_sign", "circumflex_accent", "grave_accent"}
)  # fmt: skip
"""Signs that a French or German keyboard gives with AltGr only, or as a dead key."""


@pytest.mark.parametrize("screen", SCREENS)
def test_on_one_screen_no_key_does_two_things(screen: str) -> None:
    users: dict[str, set[str]] = {}
    for one in SCREENS[screen]:
        for key in one.keys.split(","):
            users.setdefault(key, set()).add(one.id)
    assert {key: ids for key, ids in users.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("one", keys.every(), ids=lambda one: one.id)
def test_every_key_that_some_keyboard_lacks_has_a_twin(one: Key) -> None:
    names = one.keys.split(",")
    assert [name for name in names if name not in ALTGR and not name.isdecimal()], one.keys
    assert [keyfile._wrong(name) for name in names] == [""] * len(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("id_", keyfile._ALWAYS)
def test_help_palette_and_quit_work_in_a_field(id_: str) -> None:
    (one,) = [one for one in keys.APP if one.id == id_]
    assert [name for name in one.keys.split(",") if not keyfile._is_sign(name)]


def test_the_printed_table_is_a_key_file_that_changes_nothing() -> None:
    text = keyfile.table()
    assert keyfile.parse(text, "printed") == {}
    opened = "\n".join(re.sub(r"^#([a-z-]+ += *\")", r"\1", one) for one in text.splitlines())
    assert keyfile.parse(opened, "printed") == {one.id: one.keys for one in keys.every()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('fxi = "x"', ("line 1", "fix?")),
        ('hold = "ctrl+i"', ("tab",)),
        ('hold = "ctrl+h"', ("backspace",)),
        ('hold = "ctrl+["', ("escape",)),
        ('hold = "alt+x"', ("alt",)),
        ('hold = "f10"', ("f1 to f9",)),
        ('hold = "shift+f12"', ("f1 to f9",)),
        ('hold = "escap"', ("escape?",)),
        ('hold = ""', ("space",)),
        ("hold = 7", ("keys in quotes",)),
        ('help = "?"', ("function or ctrl key",)),
        ('\n\nfix = "x"', ("line 3", "x is the key of stop too", "triage")),
        ('fix = "z"\nundo = "z"', ("z is the key of",)),
        ("fix = ", ("line 1",)),
        ('fix = "z"\nfix = "y"', ("line 2",)),
        ('[triage]\nfix = "z"', ("line 1", "keys in quotes")),
    ],
)
def test_a_mistake_is_said_with_its_line(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(KeyFileError) as caught:
        keyfile.parse(text, "keys.toml")
    assert caught.value.exit_code == 78
    assert [word for word in words if word not in str(caught.value)] == [], caught.value


def test_all_mistakes_are_said_at_once() -> None:
    with pytest.raises(KeyFileError) as caught:
        keyfile.parse('fxi = "x"\nhold = "alt+x, f11"\nstop = "f"\n', "k")
    assert [one.partition(":")[0] for one in caught.value.mistakes] == ["line 1", "line 2", "line 2", "line 3"]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('hold = "Z , ?"\nhelp = "f1"', {"hold": "Z,question_mark", "help": "f1"}),
        ('fix = "x"\nstop = "f"', {"fix": "x", "stop": "f"}),
        ('"fix" = "ctrl+x"', {"fix": "ctrl+x"}),
        ("", {}),
    ],
)
def test_what_is_right_is_taken(text: str, want: dict[str, str]) -> None:
    assert keyfile.parse(text, "keys.toml") == want


@pytest.mark.parametrize("written", [None, b"x = \xff", b"#" * 200_000])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, written: bytes | None) -> None:
    path = tmp_path / "keys.toml"
    if written is not None:
        path.write_bytes(written)
    with pytest.raises(KeyFileError, match=r"keys\.toml"):
        keyfile.load(path)


def test_a_changed_key_acts_and_help_palette_and_footer_name_it() -> None:
    async def use() -> None:
        engine = Engine(lab("old-static-arp"))
        app = NlbwizApp(engine, keymap=keyfile.parse('fix = "z"\nhelp = "f1,ctrl+o"', "k"))
        try:
            async with app.run_test(size=(80, 24)) as pilot:
                await pilot.pause()
                await pilot.press("f")
                assert app.screen.tab == "Why"  # type: ignore[attr-defined]
                await pilot.press("z")
                await pilot.pause()
                assert app.screen.tab == "Fix"  # type: ignore[attr-defined]
                assert ("z", "fix") in app.screen.feet()  # type: ignore[attr-defined]
                table = app._keys
                assert "  z   " in "\n".join(row.lines[0][0][0] for row in help_screen.rows(table))
                assert [one.named for one in fitting("line by line", table)] == ["z"]
                await pilot.press("ctrl+o")
                await pilot.pause()
                assert isinstance(app.screen, help_screen.Help)
        finally:
            engine.close()

    asyncio.run(use())


def test_a_wrong_key_file_ends_before_the_screen_with_78(home: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('fxi = "x"\n', encoding="utf-8")
    for arguments, environment in (
        (("--keys", str(tmp_path / "keys.toml")), {}),
        ((), {"NLBWIZ_KEYS": str(tmp_path / "keys.toml")}),
        ((), {"XDG_CONFIG_HOME": str(tmp_path / "config")}),
    ):
        (tmp_path / "config" / "nlbwiz").mkdir(parents=True, exist_ok=True)
        (tmp_path / "config" / "nlbwiz" / "keys.toml").write_text('fxi = "x"\n', encoding="utf-8")
        with wizard(*arguments, home=home, environment=environment) as terminal:
            terminal.ended(10)
            assert terminal.process.returncode == 78
        assert b"did you mean fix?" in bytes(terminal.seen)
        assert b"\x1b[?1049h" not in bytes(terminal.seen)


def test_the_command_prints_the_table() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nlbwiz", "wizard", "--print-keys"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == keyfile.table()
