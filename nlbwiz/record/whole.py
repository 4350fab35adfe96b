"""Write a file whole or not at all."""

import os
import secrets
import stat
from pathlib import Path

from nlbwiz.errors import OutputError


def write_whole(path: Path, text: str, mode: int = 0o666) -> None:
    """UTF-8, written beside the target and moved there. Raises OutputError; a half-written file is never left.

    A link keeps pointing where it points, a file keeps its mode, and what is no file (a device, a pipe) is written to as
    it is. `mode`: of a new file, before the user's umask.
    """
    octets = text.encode("utf-8", "backslashreplace")
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                device.write(octets)
        else:
            _replace(Path(os.path.realpath(path)), octets, mode)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise OutputError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from error


def _replace(target: Path, octets: bytes, mode: int) -> None:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
