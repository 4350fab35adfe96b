"""The terminal itself: whether a screen can be shown on it, in which characters, and whether it is still there."""

import contextlib
import gc
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LOOK_S = 0.5
"""How often the terminal is looked at: its loss ends the process within 2 s."""


def why_not() -> str:
    """Why no screen can be shown here; empty when one can."""
    for stream in (sys.stdin, sys.stdout):
        if stream is None or not stream.isatty():
            return "there is no terminal here"
    if os.name != "nt" and os.environ.get("TERM", "dumb") == "dumb":
        return "this terminal cannot place text (TERM is not set, or dumb)"
    if os.name == "nt" and not _processes_vt():
        return "this console does not process VT sequences (it needs Windows Server 2016, or Windows Terminal)"
    return ""


def _processes_vt() -> bool:
    """Windows: whether the console takes ENABLE_VIRTUAL_TERMINAL_PROCESSING. UNCONFIRMED: not seen on Windows by us."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  # Windows only
        import msvcrt  # noqa: PLC0415

        kernel32 = ctypes.windll.kernel32
        handle = msvcrt.get_osfhandle(sys.stdout.fileno())
        mode = ctypes.c_ulong()
        if not kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        vt = 0x0004  # ENABLE_VIRTUAL_TERMINAL_PROCESSING: learn.microsoft.com, "SetConsoleMode function"
        return bool(kernel32.SetConsoleMode(handle, mode.value | vt))
    return True


def wants_ascii() -> bool:
    """True where characters beyond ASCII are not safe: conhost, or a locale that is not UTF-8."""
    if os.name == "nt":
        return "WT_SESSION" not in os.environ
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return encoding != "utf8" or os.environ.get("TERM") == "linux"


def key_file(given: Path | None = None) -> Path | None:
    """The key file: the one given, NLBWIZ_KEYS, else keys.toml in the user's settings (platformdirs) if it is there."""
    if given is not None:
        return given
    if named := os.environ.get("NLBWIZ_KEYS"):
        return Path(named)
    import platformdirs  # noqa: PLC0415  # nothing slow for those who only ask whether there is a terminal

    path = Path(platformdirs.user_config_path("nlbwiz", appauthor=False)) / "keys.toml"
    return path if path.is_file() else None


def watch(lost: Callable[[], None]) -> None:
    """Call `lost` when the terminal hangs up, from a thread: with SIGHUP ignored the event loop never hears of it."""
    if os.name == "nt":
        return

    def look(fd: int) -> None:
        poll = select.poll()
        poll.register(fd, 0)  # POLLHUP and POLLERR come unasked
        while not poll.poll(0):
            time.sleep(LOOK_S)
        lost()

    threading.Thread(target=look, args=(sys.stdout.fileno(),), name="terminal", daemon=True).start()


TURN_S = 0.0005
"""How soon a busy thread lets the screen's have the interpreter. Tried: with four busy threads a key is answered in 87 ms
instead of 115 (reference: tui 3); and what waits for a machine's answer goes on as soon as it is there."""


SWEEPS = (5_000, 5, 400)
"""When the collector of cycles looks (gc.set_threshold). What is judged and reported holds none and goes without it; and
while it looks at everything, no key is answered: 100 to 280 ms with 500 targets, twice a second, as Python has it."""


@contextlib.contextmanager
def quick_turns() -> Iterator[None]:
    """As long as the screen is open: whoever judges and reports gives way to the keys more often, the collector too."""
    before, sweeps = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(TURN_S)
    gc.set_threshold(*SWEEPS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.set_threshold(*sweeps)
        gc.unfreeze()
