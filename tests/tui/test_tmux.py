"""The installed command in a real terminal multiplexer: what an operator's own terminal shows, key by key.

It runs the `nlbwiz` console script of the Python that runs the tests, in a tmux server of its own; where the package is
not installed (a checkout; never in CI), a script of that name that says `python -m nlbwiz`.
"""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TMUX = shutil.which("tmux") or ""
ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("nlbwiz")
PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(not TMUX, reason="no tmux here")


@dataclass
class Pane:
    """One pane of a server of its own."""

    socket: Path

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            [TMUX, "-f", "/dev/null", "-S", str(self.socket), *arguments],
            capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
        return done.stdout

    @property
    def text(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "0")

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "0", *keys)

    def typed(self, text: str) -> None:
        self.tmux("send-keys", "-t", "0", "-l", text)

    def until(self, *texts: str, gone: str = "") -> str:
        """Wait until all of it is seen; how the pane looks then."""
        end = time.monotonic() + PATIENCE_S
        while True:
            shown = self.text
            if all(text in shown for text in texts) and not (gone and gone in shown):
                return shown
            assert time.monotonic() < end, f"{texts} did not come (or {gone!r} stayed):\n{shown}"
            time.sleep(0.03)


@pytest.fixture(params=[(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def pane(request: pytest.FixtureRequest, tmp_path: Path, home: Path) -> Iterator[Pane]:
    """A shell in a pane; `$?` of the last command stands in its prompt."""
    width, height = request.param
    commands = COMMAND.parent
    if not COMMAND.exists():
        assert "NLBWIZ_REQUIRE_ALL" not in os.environ, "install the package: there is no nlbwiz command"
        (commands := tmp_path / "bin").mkdir()
        script = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m nlbwiz "$@"\n'
        (commands / "nlbwiz").write_text(script, encoding="utf-8")
        (commands / "nlbwiz").chmod(0o700)
    (short := Path("/tmp") / f"nlbwiz-tmux-{os.getpid()}-{width}").mkdir(
        mode=0o700, exist_ok=True
    )  # a socket's path must be short
    it = Pane(short / "socket")
    environment = {
        "PATH": f"{commands}:{os.environ['PATH']}", "NLBWIZ_HOME": str(home), "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1",
    }  # fmt: skip
    given = ["env", *(f"{name}={value}" for name, value in environment.items())]
    try:
        it.tmux("new-session", "-d", "-x", str(width), "-y", str(height), *given, "/bin/sh", "-i")
        it.typed("PS1='left with $? > '")
        it.keys("Enter")
        it.until("left with 0 >")
        yield it
    finally:
        subprocess.run([TMUX, "-S", str(it.socket), "kill-server"], capture_output=True, check=False)
        shutil.rmtree(short, ignore_errors=True)


def run(pane: Pane, command: str) -> None:
    pane.typed(command)
    pane.keys("Enter")


def test_start_demo_find_fix_copy_apply_verify_and_quit(pane: Pane, home: Path) -> None:
    run(pane, "nlbwiz")
    pane.until("READ-ONLY", "network: not touched")
    pane.typed("old-static-arp")
    pane.until("asks a simulated site")
    pane.keys("Enter")
    shown = pane.until("CONFIRMED", "NLB003", "done ")
    assert "READ-ONLY" in shown
    pane.keys("f")
    pane.until("arp 172.31.1.232 03bf.ac1f.01e8 arpa")
    pane.keys("C")
    pane.until("sent to the terminal, also in")
    (copy,) = (home / "copied").glob("*.txt")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    pane.keys("L")
    pane.until("in the lab only:", "03-BF-AC-1F-01-E8")
    pane.keys("V")
    pane.until("NLB003 verified: CONFIRMED before", "ruled out now")
    pane.keys("Escape")
    pane.until("[-] ruled out NLB003")
    pane.keys("q")
    pane.until("left with 0 >")


def test_help_palette_and_the_screens_by_function_key(pane: Pane) -> None:
    run(pane, "nlbwiz demo old-static-arp")
    pane.until("CONFIRMED", "done ")
    pane.keys("?")
    pane.until("Keys", "the fix, line by line")
    pane.keys("Escape")
    pane.until("CONFIRMED", gone="the fix, line by line")
    pane.keys(":")
    pane.until("Actions")
    pane.typed("undo")
    pane.until("how to undo the fix")
    pane.keys("Enter")
    pane.until("[Undo]")
    for key, seen in (("F5", "hv1"), ("F6", "(winrm)"), ("F7", "answered"), ("F8", "jump"), ("F3", "[Undo]")):
        pane.keys(key)
        pane.until(seen, "READ-ONLY", gone="" if key == "F3" else "[Undo]")
    pane.keys("Escape")
    pane.until("CONFIRMED", "NLB003")
    pane.keys("F2")
    pane.until("network: not touched")
    pane.keys("C-q")
    pane.until("left with 0 >")


def test_wrong_inputs_are_said_and_nothing_breaks(pane: Pane) -> None:
    run(pane, "nlbwiz wizard --demo no-such-scenario")
    pane.until("no-such-scenario", "left with 66 >")
    run(pane, "clear; nlbwiz wizard --site /nowhere/site.toml")
    pane.until("/nowhere/site.toml", "left with 66 >")
    run(pane, "clear; nlbwiz")
    pane.until("network: not touched")
    pane.typed("300.1.2.3 and nothing else")
    pane.until("enter does nothing yet")
    pane.keys("Enter")
    pane.until("300.1.2.3 and nothing else", "READ-ONLY")
    pane.keys("C-q")
    pane.until("left with 0 >")


def test_with_everybody_dark_the_shell_is_back_within_a_second(pane: Pane) -> None:
    run(pane, "nlbwiz wizard --demo all-dark --deadline 60")
    pane.until("waiting")
    began = time.monotonic()
    pane.keys("q")
    pane.until("left with 0 >")
    assert time.monotonic() - began < 1.0
