"""The one door through which text reaches a widget: harmless, in the characters of this terminal, in cells."""

import textwrap
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from nlbwiz.plain import plain

_SPELLED = {"─": "-", "│": "|", "…": "..."}


@lru_cache(maxsize=8192)
def shown(text: str, ascii_only: bool) -> str:
    """The text as a widget may have it: one line, nothing that a terminal acts on; with `ascii_only` nothing above 0x7E."""
    harmless = plain(" ".join(text.split("\n")), 20_000)
    if not ascii_only or harmless.isascii():
        return harmless
    return "".join(char if char.isascii() else _SPELLED.get(char) or _escaped(char) for char in harmless)


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode("ascii")


def cut(text: str, cells: int) -> str:
    """At most so many cells, with `...` where something is missing."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 3)).rstrip() + "..."[: max(0, cells)]


def padded(text: str, cells: int) -> str:
    """Exactly so many cells."""
    return set_cell_size(cut(text, cells), cells)


def wrapped(text: str, cells: int) -> list[str]:
    """Lines of at most so many cells; a word that is longer is broken."""
    width = max(cells, 8)
    lines = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    if text.isascii():
        return lines
    found: list[str] = []
    for line in lines:
        while cell_len(line) > width:
            head = set_cell_size(line, width).rstrip(" ")
            head = head if line.startswith(head) and head else line[:1]
            found.append(head)
            line = line[len(head) :]
        found.append(line)
    return found
