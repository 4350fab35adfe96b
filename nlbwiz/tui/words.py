"""The one door through which text reaches a widget: harmless, in the characters of this terminal, in cells."""

import textwrap
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from rich.cells import cell_len, set_cell_size

from nlbwiz.plain import plain

_SPELLED = {"─": "-", "│": "|", "…": "..."} | dict.fromkeys("┌┐└┘├┤┬┴┼", "+")


class Hides(Protocol):
    """What masks names and addresses, each by as many cells as it had."""

    on: bool

    def hide(self, text: str) -> str:
        """One text, masked while the mask is on; once more changes nothing."""
        ...

    def hide_line(self, pieces: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """A line of (text, role): a name may span two pieces."""
        ...


_masks: list[Hides] = []
"""The mask of this process's screen, if it has one: text is masked here, before it is cut or broken over lines."""


def masked_by(mask: Hides | None) -> None:
    """From now on every text goes through this mask, or through none."""
    _masks[:] = [mask] if mask else []


def masking() -> bool:
    """Whether names and addresses are masked now."""
    return bool(_masks) and _masks[0].on


def hidden(text: str) -> str:
    """The text as the mask wants it."""
    return _masks[0].hide(text) if _masks else text


def shown(text: str, ascii_only: bool) -> str:
    """The text as a widget may have it: one line, masked, nothing that a terminal acts on; with `ascii_only` nothing above 0x7E."""
    harmless = hidden(_harmless(text))
    return _spelled(harmless) if ascii_only else harmless


def shown_line(pieces: Iterable[tuple[str, str]], ascii_only: bool) -> tuple[tuple[str, str], ...]:
    """The same for one line of (text, role)."""
    harmless = tuple((_harmless(text), role) for text, role in pieces)
    if _masks:
        harmless = _masks[0].hide_line(harmless)
    return tuple((_spelled(text), role) for text, role in harmless) if ascii_only else harmless


@lru_cache(maxsize=8192)
def _harmless(text: str) -> str:
    return plain(" ".join(text.split("\n")), 20_000)


@lru_cache(maxsize=8192)
def _spelled(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char if char.isascii() else _SPELLED.get(char) or _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode("ascii")


def cut(text: str, cells: int) -> str:
    """At most so many cells, with `...` where something is missing."""
    text = hidden(text)
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 3)).rstrip() + "..."[: max(0, cells)]


def brief(text: str, cells: int) -> str:
    """At most so many cells, cut behind a whole clause or word: half an address looks like another one."""
    kept = cut(text, cells)
    if not kept.endswith("...") or kept == hidden(text):
        return kept
    whole = cut(text, cells - 1).removesuffix("...")  # room for the blank before the dots
    clause, semicolon, _ = whole.rpartition("; ")
    if semicolon and cell_len(clause) > cells // 2:
        return f"{clause}; ..."
    words, blank, _ = whole.rpartition(" ")
    return f"{words.rstrip(' ,;:(')} ..." if blank and cell_len(words) > cells // 3 else kept


def questioned(text: str) -> str:
    """Text of a field in ASCII: a question mark for each cell of another character, so that nothing moves."""
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text)


def padded(text: str, cells: int) -> str:
    """Exactly so many cells."""
    return set_cell_size(cut(text, cells), cells)


def wrapped(text: str, cells: int) -> list[str]:
    """Lines of at most so many cells; a word that is longer is broken."""
    width = max(cells, 8)
    text = hidden(text)
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
