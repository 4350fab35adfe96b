"""A real pseudo-terminal around the installed command: what bytes come, and how it ends."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
COLOUR = re.compile(rb"\x1b\[([0-9;:]*)m")
"""An SGR sequence; which of its numbers are colours: see `coloured`."""


@dataclass
class Terminal:
    """A process on a pseudo-terminal of its own. `seen`: every byte that it wrote."""

    process: "subprocess.Popen[bytes]"
    fd: int
    seen: bytearray = field(default_factory=bytearray)

    def read(self, seconds: float) -> bool:
        """What comes within this time; False once the other end is closed."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                return True
            try:
                found = os.read(self.fd, 65536)
            except OSError:
                return False
            if not found:
                return False
            self.seen += found
        return True

    def drawn(self, patience_s: float = 0.5) -> None:
        """Read what a key brings: until something came, at most for this long, and then until nothing more comes."""
        end, before = time.monotonic() + patience_s, len(self.seen)
        while time.monotonic() < end and len(self.seen) == before and self.read(0.02):
            pass
        while time.monotonic() < end + patience_s:
            before = len(self.seen)
            if not self.read(0.08) or len(self.seen) == before:
                return

    def until(self, text: str, patience_s: float = 60.0) -> None:
        """Read until the text was written."""
        end = time.monotonic() + patience_s
        while text.encode() not in self.seen:
            assert time.monotonic() < end, f"{text!r} did not come: {bytes(self.seen[-2000:])!r}"
            if not self.read(0.1) and text.encode() not in self.seen:
                raise AssertionError(f"ended without {text!r}: {bytes(self.seen[-2000:])!r}")

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def ended(self, patience_s: float) -> float:
        """Seconds until the process was gone; its last bytes are read."""
        began = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() - began < patience_s, "it has not ended"
            self.read(0.02)
        took = time.monotonic() - began
        self.read(0.2)
        return took

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        with contextlib.suppress(OSError):
            os.close(self.fd)


def wizard(
    *arguments: str,
    home: Path,
    size: tuple[int, int] = (80, 24),
    ignore_hup: bool = False,
    environment: Mapping[str, str] | None = None,
    command: str = "wizard",
) -> Terminal:
    """`nlbwiz wizard ...`, or another command, on a new terminal of this size."""
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); " if ignore_hup else ""
    code = f"{ignoring}import sys; from nlbwiz.cli import main; main(sys.argv[1:])"
    return on_pty([sys.executable, "-c", code, command, *arguments], home=home, size=size, environment=environment)


def on_pty(
    command: Sequence[str],
    *,
    home: Path,
    size: tuple[int, int] = (80, 24),
    environment: Mapping[str, str] | None = None,
) -> Terminal:
    """Any program on a new terminal of this size, which is its controlling one."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
    owning = "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", owning, *command],
        stdin=other,
        stdout=other,
        stderr=other,
        cwd=ROOT,
        start_new_session=True,
        env=kept
        | {
            "PYTHONPATH": str(ROOT),
            "NLBWIZ_HOME": str(home),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
        }
        | dict(environment or {}),
    )
    os.close(other)
    return Terminal(process, main)


def sequences(seen: bytes) -> Iterator[str]:
    """Every escape sequence that was written: CSI, OSC and the two-byte ones."""
    for found in re.finditer(
        rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[ -/]*[0-~])", seen
    ):
        yield found.group().decode("latin-1")


def coloured(seen: bytes) -> list[str]:
    """The SGR sequences that set any colour, greys included; 39 and 49 are the terminal's own fore- and background."""
    found = []
    for one in COLOUR.finditer(seen):
        numbers = [int(part or 0) for part in re.split(rb"[;:]", one.group(1))]
        if any(30 <= number <= 38 or 40 <= number <= 48 or 90 <= number <= 107 for number in numbers):
            found.append(one.group().decode("latin-1"))
    return found
