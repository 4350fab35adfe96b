"""The lab's own folders: secrets lie in them, so what a killed lab left is taken away by the next one."""

import contextlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

_PREFIX = "nlbwiz-lab-"
_OURS = re.compile(rf"{_PREFIX}[0-9]+-.+")
_held: dict[Path, int] = {}
"""Descriptors that keep this process's folders locked: the system lets go of them however the process ends."""


def make() -> Path:
    """A new folder of mode 0700, after those that nobody holds any more were removed."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    if (handle := _lock(folder)) is not None:
        _held[folder] = handle
    return folder


def remove(folder: Path) -> None:
    """Take a folder away; one that is not there is no error."""
    shutil.rmtree(folder, ignore_errors=True)
    if (handle := _held.pop(folder, None)) is not None:
        os.close(handle)


def _sweep() -> None:
    if os.name == "nt":  # os.kill would end the process there, and no file can be locked this way
        return
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).iterdir():
            dead = _OURS.fullmatch(folder.name) and folder not in _held and not _alive(folder)
            if dead and (handle := _lock(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def _alive(folder: Path) -> bool:
    """Whether a process of that number runs here; a lock tells of those in other PID namespaces."""
    try:
        os.kill(int(folder.name.split("-")[2]), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass
    return True


def _lock(folder: Path) -> int | None:
    """A descriptor that holds this account's own folder; None when another process does, or on Windows."""
    try:
        import fcntl  # noqa: PLC0415  # not on Windows
    except ImportError:
        return None
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        found = os.fstat(handle)
        if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
    except OSError:
        pass
    os.close(handle)
    return None
