"""What reaches a real terminal: bytes, colours, characters; and how the process leaves it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nlbwiz.record.file import RunFile
from tests.made import AT, answer, instance, lost, site
from tests.tui.ptys import ROOT, coloured, sequences, wizard

LEFT = b"\x1b[?1049l"
"""The sequence that gives the shell its screen back."""


def test_no_colour_means_not_one_colour_code(home: Path) -> None:
    with wizard("--demo", "old-static-arp", home=home, environment={"NO_COLOR": "1"}) as terminal:
        terminal.until("CONFIRMED")
        terminal.type("f")
        terminal.until("03bf.ac1f.01e8")
        terminal.type("?")
        terminal.until("the fix, line by line")
        terminal.type("\x1b")
        terminal.read(0.5)
        terminal.type(":und")
        terminal.read(0.5)
        terminal.type("\x1b")
        terminal.read(0.5)
        terminal.type("q")
        terminal.ended(5)
    assert coloured(bytes(terminal.seen)) == []
    assert [one for one in sequences(bytes(terminal.seen)) if ";7;" in one], "the cursor is reversed"


@pytest.mark.parametrize("value", ["", None])
def test_without_that_wish_there_are_colours(home: Path, value: str | None) -> None:
    environment = {} if value is None else {"NO_COLOR": value}
    with wizard("--demo", "old-static-arp", home=home, environment=environment) as terminal:
        terminal.until("CONFIRMED")
        terminal.type("q")
        terminal.ended(5)
    assert coloured(bytes(terminal.seen))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_ascii_mode_writes_nothing_above_0x7e(home: Path, size: tuple[int, int]) -> None:
    with wizard("--demo", "half-dark", "--deadline", "4", "--ascii", home=home, size=size) as terminal:
        terminal.until("UNKNOWN")
        for keys in ("f", "v", "\t", "\t", "?", "\x1b", ":", "cop", "\x1b", "C", "V"):
            terminal.type(keys)
            terminal.drawn()
        terminal.type("q")
        terminal.ended(5)
    assert [hex(byte) for byte in terminal.seen if byte > 0x7E] == []


def test_quitting_while_nobody_answers_takes_less_than_a_second_and_restores_the_terminal(
    home: Path, tmp_path: Path
) -> None:
    with wizard("--demo", "all-dark", "--deadline", "60", home=home, environment={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.until("waiting")
        terminal.type("q")
        took = terminal.ended(5)
        assert terminal.process.returncode == 0
    assert took < 1.0
    assert LEFT in terminal.seen
    assert list(tmp_path.rglob("*.secret")) == []


def test_quitting_with_a_summary_leaves_the_report_on_the_terminal(home: Path) -> None:
    with wizard("--demo", "old-static-arp", home=home) as terminal:
        terminal.until("CONFIRMED")
        terminal.read(0.5)
        terminal.type("Q")
        terminal.ended(5)
    assert b"CRITICAL: web: NLB003" in bytes(terminal.seen).rpartition(LEFT)[2]


def test_sigterm_restores_the_terminal_and_keeps_what_was_got(home: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "run"
    with wizard("--demo", "half-dark", "--save", str(bundle), home=home) as terminal:
        terminal.until("UNKNOWN")
        os.kill(terminal.process.pid, signal.SIGTERM)
        terminal.ended(3)
        assert terminal.process.returncode == 143
    after = bytes(terminal.seen).rpartition(LEFT)[2].decode()
    assert "SIGTERM" in after
    assert "kept: " in after
    done = subprocess.run(
        [sys.executable, "-m", "nlbwiz", "check", "--bundle", str(bundle)], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 3, done.stderr


@pytest.mark.parametrize("ignored", [False, True])
def test_a_lost_terminal_ends_the_process_within_two_seconds(home: Path, tmp_path: Path, ignored: bool) -> None:
    options = ("--demo", "all-dark", "--deadline", "60")
    terminal = wizard(*options, home=home, ignore_hup=ignored, environment={"TMPDIR": str(tmp_path)})
    terminal.until("waiting")
    assert list(tmp_path.rglob("*.secret"))
    os.close(terminal.fd)
    terminal.process.wait(2)
    assert list(tmp_path.rglob("*.secret")) == []


def test_a_site_file_with_mistakes_is_said_on_the_shells_own_screen(home: Path, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[nodes.x]\n", encoding="utf-8")
    with wizard("--site", str(tmp_path / "site.toml"), home=home) as terminal:
        terminal.ended(10)
        assert terminal.process.returncode == 78
    assert b"mistake" in bytes(terminal.seen).rpartition(LEFT)[2]


HOSTILE = (
    "[bold red]markup[/] [/x] [@click=app.bell]x[/] \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m \x9d8;;http://x\x9c "
    "\u202eevil\u2066 \x00nul \ud800 tab\there \r\nline " + "A" * 10_000
)


def test_hostile_text_never_acts_on_the_terminal(home: Path, tmp_path: Path) -> None:
    described = site()
    with RunFile(tmp_path / "run", described, "routine", AT) as file:
        file.add(answer("nlb1", "cluster", [instance(name=HOSTILE.encode("utf-8", "backslashreplace").decode())]))
        for number, probe in enumerate(("vips", "state", "adapters", "addresses", "events")):
            file.add(lost("nlb1", probe, error=HOSTILE + str(number)))
            file.add(lost("nlb2", probe, error=HOSTILE, status="garbled"))
        file.add(answer("hv1", "vnics", HOSTILE.encode("utf-8", "backslashreplace").decode()))
        file.end(AT)

    def kinds(seen: bytes) -> set[str]:
        """Sequences without their numbers: the hostile run may not bring one that a tame run does not."""
        return {"".join(char for char in one if not char.isdigit() and char not in ";?") for one in sequences(seen)}

    seen = []
    for arguments in (("--demo", "old-static-arp"), ("--bundle", str(tmp_path / "run"))):
        with wizard(*arguments, home=home, size=(120, 40)) as terminal:
            terminal.until("decided")
            terminal.read(0.6)
            for keys in ("v", "l", "l", "l", "l", "\x1b", "j", "e", "\t", "j", "r", "C", "\x1b"):
                terminal.type(keys)
                terminal.drawn()
            terminal.type("q")
            terminal.ended(5)
            seen.append(bytes(terminal.seen))
    tame, hostile = map(kinds, seen)
    assert {one for one in hostile if not one.startswith("\x1b]c")} <= tame
    assert b"\x9b" not in seen[1].replace("─│".encode(), b"")
    assert "\u202e".encode() not in seen[1]
    assert b"\x00" not in seen[1]
    assert b"\\x1b[31mred" in seen[1]
    assert b"[bold red]markup" in seen[1]


def test_without_a_terminal_it_is_the_text_report_and_a_sentence(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nlbwiz", "wizard", "--demo", "old-static-arp"],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env=os.environ | {"NLBWIZ_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout.startswith("CRITICAL: web: NLB003")
    assert "there is no terminal here" in done.stderr
