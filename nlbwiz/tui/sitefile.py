"""A site file on disk while it is edited: read as text, written whole or not at all, never over what is not known."""

import os
from dataclasses import dataclass
from pathlib import Path

from nlbwiz.errors import OutputError
from nlbwiz.record.whole import write_whole
from nlbwiz.site import load
from nlbwiz.tui.widgets.field import harmless


@dataclass(slots=True, kw_only=True)
class SiteFile:
    """One file and what is known of it. `octets`: what lay there when it was read or written last; None: nothing did."""

    path: Path
    octets: bytes | None = None
    crlf: bool = False
    """Its line ends were those of Windows: they are written so again."""
    escaped: bool = False
    """It holds characters that a terminal acts on: they are shown, and would be written, as escapes."""
    _warned: bytes | None = None

    def read(self) -> str:
        """Its text, harmless. Raises NlbwizError when it cannot be read or is no text."""
        text = load.text_of(self.path)
        self.octets = _octets(self.path)
        self.crlf = "\r\n" in text
        shown = "\t".join(harmless(part) for part in text.split("\t"))
        self.escaped = shown != text.replace("\r\n", "\n").replace("\r", "\n")
        return shown

    def write(self, text: str) -> str:
        """Write it, and return what happened in words. Raises OutputError, with what to do, and writes nothing then.

        What lies there and is not what was read is refused the first time and kept beside it the second time.
        """
        now = _octets(self.path)
        kept = ""
        if now is not None and now != self.octets:
            if self._warned != now:
                self._warned = now
                what = "changed on disk since it was read" if self.octets is not None else "is there already"
                raise OutputError(f"{self.path} {what}: nothing was written. Again: it is kept beside this one first")
            old = _beside(self.path)
            _copy(now, old)
            kept = f"; what was there is kept: {old}"
        body = text.replace("\n", "\r\n") if self.crlf else text
        write_whole(self.path, body, 0o600)
        self.octets, self._warned = _octets(self.path), None
        return f"written: {self.path}{kept}"


def _octets(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(load.LARGEST + 1)
    except OSError:
        return None


def _copy(octets: bytes, path: Path) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(octets)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; nothing was written") from error


def _beside(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.old{number or ''}") for number in range(10_000))
    return next(one for one in names if not one.exists())
