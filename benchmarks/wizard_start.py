"""When the first text of the wizard is on a real pseudo-terminal, beyond Python's own start, beside a bare Textual app.

Run: python benchmarks/wizard_start.py [ROUNDS]. Medians of interleaved rounds (at least 11), bytecode compiled before.
Wanted: at most 0.5 s beyond Python's start, and at most 1.4 times the bare app.
"""

import compileall
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this checkout, installed or not

from tests.tui.ptys import on_pty

ROOT = Path(__file__).resolve().parents[1]
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("READ-ONLY")
Bare().run()
"""


def first_text(command: list[str], text: str, home: Path) -> float:
    """Seconds from the start of the process to the first byte of this text."""
    began = time.perf_counter()
    with on_pty(command, home=home) as terminal:
        terminal.until(text)
        return time.perf_counter() - began


def main() -> None:
    """All of it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    compileall.compile_dir(ROOT / "nlbwiz", quiet=2)
    empty, bare, start = [], [], []
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "bare.py").write_text(BARE, encoding="utf-8")
        for _ in range(rounds):
            empty.append(first_text([sys.executable, "-c", "print('READ-ONLY')"], "READ-ONLY", home))
            bare.append(first_text([sys.executable, str(home / "bare.py")], "READ-ONLY", home))
            start.append(first_text([sys.executable, "-m", "nlbwiz"], "READ-ONLY", home))
    base = statistics.median(empty)
    ours, theirs = statistics.median(start) - base, statistics.median(bare) - base
    print(f"{rounds} interleaved rounds; Python's own start (and a line of it) {base:.3f} s")
    print(f"bare Textual app {theirs:.3f} s, nlbwiz {ours:.3f} s beyond that (wanted: at most 0.5 s)")
    print(f"ratio {ours / theirs:.2f} (wanted: at most 1.4)")


if __name__ == "__main__":
    main()
