"""How soon the wizard answers a key: from writing it into a real pseudo-terminal to the repaint that this key caused.

Run: python benchmarks/wizard_keys.py [KEYS]. Beside it a bare Textual app, over the same terminal. Four loads: a site
whose 20 machines are black holes (loopback ports that never answer; they are another process's), 500 targets of which 50
change each second, 2,000 findings, and both at once (`wizard_load.py`). p95 of at least 100 keys; wanted: at most 100 ms.
"""

import os
import random
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this checkout, installed or not

from tests.tui.ptys import Terminal, on_pty

ROOT = Path(__file__).resolve().parents[1]
HOLES = 20
LONGEST_S = 10.0
"""A key that is not answered by then never is."""

SILENT = """
import socket, sys, time
held = []
for number in range(int(sys.argv[1])):
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM if number % 2 else socket.SOCK_DGRAM)
    one.bind(("127.0.3.%d" % (number + 1), 0))
    if number % 2:
        one.listen(64)
    held.append(one)
    print(one.getsockname()[0], one.getsockname()[1], flush=True)
time.sleep(600)
"""
BARE = """
from textual.app import App
from textual.widgets import OptionList
class Bare(App):
    def compose(self):
        yield OptionList(*[f"row {n}" for n in range(40)])
Bare().run()
"""


def site(folder: Path, holes: list[tuple[str, str]]) -> Path:
    """A site file of black holes: half of them nodes and hosts, half switches."""
    (folder / "w.secret").write_text("LAB\\operator:none\n", encoding="utf-8")
    (folder / "s.secret").write_text("none\n", encoding="utf-8")
    for name in ("w.secret", "s.secret"):
        (folder / name).chmod(0o600)
    windows = [one for number, one in enumerate(holes) if number % 2]
    lines = []
    for number, (place, port) in enumerate(windows):
        kind = "node" if number < 2 else "host"
        lines += [f"[{kind}.m{number}]", f'address = "172.31.0.{number + 10}"', f'endpoint = "{place}:{port}"']
        lines += ['credential = "file:w.secret"', *(['host = "m2"'] if kind == "node" else [])]
    for number, (place, port) in enumerate(one for index, one in enumerate(holes) if not index % 2):
        lines += [f"[switch.s{number}]", f'address = "172.31.0.{number + 60}"', f'endpoint = "{place}:{port}"']
        lines += ['snmp = "file:s.secret"']
    lines += ["[cluster.web]", 'vip = "172.31.3.232"', 'nodes = ["m0", "m1"]']
    (folder / "site.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "site.toml"


UNSEEN = re.compile(rb"\x1b\[[0-9;:?]*[A-Za-z]|\x1b[()][A-Z0-9]")
"""What a terminal acts on and does not show."""
CURSOR = re.compile(rb">\[.\] +\D{3,13}(NLB\d{3})")
"""The cursor and the cause it stands on."""


def latencies(terminal: Terminal, keys: int, pressed: tuple[str, ...] = ("j", "k")) -> list[float]:
    """Milliseconds for each key, one after another, until the cursor is seen in another place than before.

    Bytes that a tick wrote meanwhile do not count. A key is pressed at a random moment after the one before it.
    """
    found: list[float] = []
    chance = random.Random(4)
    bare = pressed[0] not in "jk"
    written, at = bytearray(terminal.seen), b""
    for number in range(keys):
        end = time.monotonic() + chance.uniform(0.05, 0.25)
        while (left := end - time.monotonic()) > 0:
            if select.select([terminal.fd], [], [], left)[0]:
                written += os.read(terminal.fd, 65536)
        at = next(reversed(CURSOR.findall(UNSEEN.sub(b"", written))), at)
        written.clear()
        began = time.perf_counter()
        os.write(terminal.fd, pressed[number % len(pressed)].encode())
        while time.perf_counter() - began < LONGEST_S:
            if not select.select([terminal.fd], [], [], 0.5)[0]:
                continue
            came = time.perf_counter()
            written += os.read(terminal.fd, 65536)
            if bare or set(CURSOR.findall(UNSEEN.sub(b"", written))) - {at}:
                found.append((came - began) * 1000)
                break
        else:
            raise AssertionError(f"key {number} was not answered: the cursor is on {at!r}; {bytes(written[-500:])!r}")
    return found


def told(what: str, found: list[float]) -> None:
    """One line of figures."""
    p95 = statistics.quantiles(found, n=20)[18]
    print(f"{what:<44} {len(found):4} keys   median {statistics.median(found):6.1f} ms   p95 {p95:6.1f} ms")


def main() -> None:
    """All of it."""
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with on_pty([sys.executable, "-c", BARE], home=folder) as terminal:
            terminal.until("row 5")
            told("bare Textual app, a list of 40", latencies(terminal, keys, ("\x1b[B", "\x1b[A")))
        silent = subprocess.Popen(
            [sys.executable, "-c", SILENT, str(HOLES)], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        )
        try:
            assert silent.stdout
            holes = [tuple(silent.stdout.readline().split()) for _ in range(HOLES)]
            file = site(folder, [(place, port) for place, port in holes])
            command = [sys.executable, "-m", "nlbwiz", "wizard", "--site", str(file), "--deadline", "300"]
            with on_pty(command, home=folder, size=(120, 40)) as terminal:
                terminal.until("waiting")
                told(f"wizard, {HOLES} black-holed targets, asking", latencies(terminal, keys))
        finally:
            silent.terminate()
            silent.wait(5)
        for what, arguments in (
            ("wizard, 500 targets, 50 changing a second", ["targets"]),
            ("wizard, 2,000 findings", ["findings"]),
            ("wizard, both at once", ["targets", "findings"]),
        ):
            with on_pty(
                [sys.executable, str(ROOT / "benchmarks" / "wizard_load.py"), *arguments], home=folder, size=(120, 40)
            ) as terminal:
                terminal.until("decided")
                told(what, latencies(terminal, keys))


if __name__ == "__main__":
    main()
