"""Copying: to a file that always is there, and to the terminal, which never says whether it took it."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nlbwiz.errors import OutputError
from nlbwiz.record.keep import runs_folder
from nlbwiz.tui.words import cut

if TYPE_CHECKING:
    from textual.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What was copied, and the file that it is in; or why it is in none."""

    lines: tuple[str, ...]
    path: Path | None
    trouble: str = ""

    @property
    def role(self) -> str:
        """Of the words that are said about it."""
        return "text" if self.path else "maybe"

    def said(self, on: str, first_cells: int = 10_000) -> str:
        """The two lines that are said; `on`: for whom it is, `first_cells`: the room for its first line."""
        return message((cut(self.lines[0], first_cells), *self.lines[1:]), on, _brief(self.path), self.trouble)


def copy(app: "App[None]", lines: Sequence[str], on: str) -> Copy:
    """To a file that is named after `on`, and by OSC 52: the terminal never says whether it took them."""
    path, trouble = None, ""
    try:
        path = write(lines, on, datetime.now(UTC))
    except OutputError as error:
        trouble = str(error)
    app.copy_to_clipboard("\n".join(lines))
    return Copy(lines=tuple(lines), path=path, trouble=trouble)


def _brief(path: Path | None) -> Path | None:
    """With `~` for the home folder, as every shell takes it: a path that is short enough to be read whole."""
    home = Path.home()
    return Path("~") / path.relative_to(home) if path and path.is_relative_to(home) else path


def folder() -> Path:
    """Where copies are written: beside the runs."""
    return runs_folder().parent / "copied"


def write(lines: Sequence[str], on: str, at: datetime) -> Path:
    """Write the lines to a new file of mode 0600. Raises OutputError."""
    name = "".join(char if char.isalnum() or char in "-_." else "_" for char in on)[:40] or "lines"
    where = folder()
    path = where / f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}-{name}.txt"
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def message(lines: Sequence[str], on: str, path: Path | None, trouble: str = "") -> str:
    """What is said about a copy: for whom, how many lines, the first of them, and where else they are."""
    count = f"{len(lines)} line{'s' * (len(lines) != 1)}"
    first = f"first: {lines[0]}" if len(lines) > 1 else lines[0]
    where = f"sent to the terminal, also in {path}" if path else f"sent to the terminal, in no file: {trouble}"
    return f"for {on or 'the step'}, {count}, {first}\n{where}"
