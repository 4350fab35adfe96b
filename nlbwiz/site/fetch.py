"""What stands behind a credential reference, as it was found: variable, file, program, keyring or operator.

Nothing here raises what it met: an exception may hold what was read, and every exception keeps its context.
"""

import atexit
import importlib
import os
import shlex
import stat
import subprocess
import sys
import threading
from pathlib import Path

from nlbwiz.site.mistakes import printable
from nlbwiz.site.secret import Unfit

LARGEST = 65_536
"""Octets of a secret; nothing longer is read."""

_running: set["subprocess.Popen[bytes]"] = set()
"""Programs that have not ended. The thread that waits for one may die with the interpreter, and its limit with it."""
_over = threading.Event()


def from_environment(name: str) -> str | Unfit:
    """The value of an environment variable."""
    value = os.environ.get(name)
    return Unfit(why="the variable is not set", do="set it in this session") if value is None else value


def from_file(path: Path) -> tuple[bytes, bool] | Unfit:
    """A file's octets, and whether others than its owner may touch it (POSIX modes; always False on Windows)."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # opening a pipe that nobody writes to would never return
            return Unfit(why="it is not an ordinary file", do="name a file with the secret in one line")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Unfit(why="there is no such file", do="write it, or correct the path")
    except (OSError, ValueError) as e:
        return Unfit(why=f"it cannot be read: {_reason(e)}", do="let this account read it")
    if len(raw) > LARGEST:
        return Unfit(why="it is too large for a secret", do="name a file with the secret in one line")
    return raw, os.name == "posix" and bool(mode & 0o077)


def from_command(command: str, limit_s: float) -> bytes | Unfit:
    """What a program prints, run without a shell and without input. Its stderr is dropped: it may hold the secret."""
    try:
        process = _start(command)
    except ValueError:
        return Unfit(why="its quotes are not balanced", do="quote the arguments as in a shell")
    except OSError as e:
        return Unfit(
            why=f"the program cannot be run: {_reason(e)}", do="give its full path and check that it runs here"
        )
    _running.add(process)
    if _over.is_set():  # started while the interpreter ends: nobody else looks into the set any more
        _kill(process)
    printed: list[bytes] = []
    # A thread, not communicate(): a program that the command leaves running keeps the pipe open without end.
    reader = threading.Thread(target=_drain, args=(process, printed), name="credential-command", daemon=True)
    reader.start()
    try:
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        if process.poll() is None:
            _kill(process)
        _running.discard(process)
    if code is None:
        return Unfit(
            why=f"the program did not end within {limit_s:g} s", do="run it once by hand: does it ask something?"
        )
    reader.join(1.0)
    raw = b"".join(printed)
    if len(raw) > LARGEST:
        return Unfit(why="the program printed too much for a secret", do="let it print the secret alone")
    if code != 0:
        return Unfit(why=f"the program ended with exit code {code}", do="run it by hand to see what it says")
    return raw


def _start(command: str) -> "subprocess.Popen[bytes]":
    """Start it where Ctrl-C does not reach it and where it can be ended with all its children."""
    if sys.platform == "win32":
        # Windows programs split their command line themselves: it is handed over as it stands.
        return subprocess.Popen(  # noqa: S603  # the operator's own command, from the site file
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
    return subprocess.Popen(  # noqa: S603  # the operator's own command, from the site file
        shlex.split(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _drain(process: "subprocess.Popen[bytes]", printed: list[bytes]) -> None:
    """Collect what the program prints until it closes its end or prints too much."""
    if process.stdout is None:
        return
    with process.stdout as pipe:
        size = 0
        while size <= LARGEST and (chunk := os.read(pipe.fileno(), LARGEST)):
            printed.append(chunk)
            size += len(chunk)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the program and its children, and wait a second at most for it."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, 9)
        except OSError:  # it has ended, or runs as another account by now
            return
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        return


@atexit.register
def end_commands() -> None:
    """End every program that still runs, with its children, and each that is started from now on: at exit only."""
    _over.set()
    for process in tuple(_running):
        if process.poll() is None:
            _kill(process)


def from_keyring(service: str, user: str) -> str | Unfit:
    """The secret that the system's keyring holds for a service and a user."""
    try:
        keyring = importlib.import_module("keyring")  # an optional extra; on Linux it loads a desktop's libraries
    except ImportError:
        return Unfit(
            why="the keyring package is not installed", do='pip install "nlbwiz[keyring]", or use another reference'
        )
    try:
        secret: object = keyring.get_password(service, user)
    except Exception as e:  # noqa: BLE001  # backends raise whatever their system's library raises
        return Unfit(why=f"the keyring gave no answer ({type(e).__name__})", do="unlock it, or use another reference")
    if not isinstance(secret, str):
        return Unfit(
            why="the keyring holds nothing under it",
            do=f'store it: python -m keyring set "{printable(service)}" "{printable(user)}"',
        )
    return secret


def _reason(e: OSError | ValueError) -> str:
    return (e.strerror or type(e).__name__) if isinstance(e, OSError) else type(e).__name__
