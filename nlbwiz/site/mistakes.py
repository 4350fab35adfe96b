"""What is wrong with a site file: one mistake as a value, all of them gathered, and hostile text made safe to show."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from nlbwiz.errors import SiteError

MOST = 200
"""So many mistakes are told in full; the rest are counted. A file of that kind is not a site file."""

_BARE = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SHOWN = 60
_COMPARED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One value that cannot be taken: what was found, what is expected, what to do. All three are safe to print."""

    found: str
    expected: str
    do: str

    def __str__(self) -> str:
        return f"{self.found}; expected {self.expected}; {self.do}"


class Mistakes:
    """Every mistake of one file, in the order they were met; `stop` raises them all at once."""

    def __init__(self, source: str) -> None:
        self.source = printable(source)
        self._told: list[str] = []
        self._more = 0

    @property
    def full(self) -> bool:
        """True when further mistakes are only counted, so their texts need not be worked out."""
        return len(self._told) >= MOST

    def add(self, path: str, mistake: Mistake) -> None:
        """Note a mistake at a key's path (`node.nlb1.address`)."""
        if self.full:
            self._more += 1
        else:
            self._told.append(f"{path}: {mistake}")

    def skip(self) -> None:
        """Count a mistake whose text nobody will read."""
        self._more += 1

    def stop(self) -> None:
        """Raise SiteError when there is any mistake."""
        if self._told:
            rest = (f"and {self._more} more",) if self._more else ()
            raise SiteError(self.source, (*self._told, *rest))


def printable(text: str) -> str:
    """The text with everything that could steer a terminal or reorder a line written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def quoted(text: str) -> str:
    """The text as it would stand in a TOML file, escaped, and shortened when it is long."""
    head = "".join(f"\\{c}" if c in '"\\' else printable(c) for c in text[:_SHOWN])
    return f'"{head}"' if len(text) <= _SHOWN else f'"{head}..." ({len(text)} characters)'


def shown(value: object) -> str:
    """What a TOML value is, in a few words. The contents of tables and arrays stay out: they may hold a secret."""
    match value:
        case str():
            return quoted(value) if value else "an empty text"
        case bool():
            return str(value).lower()
        case int():
            # str() of an int refuses more than 4300 digits, and a hexadecimal TOML integer can have more.
            return str(value) if abs(value) < 10**20 else "a very large number"
        case float():
            return repr(value)
        case dict():
            return "a table"
        case list():
            return f"an array of {len(value)}" if value else "an empty array"
        case date() | time():
            return f"the date or time {value.isoformat()}"
        case _:
            return f"a {type(value).__name__}"


def step(path: str, name: str) -> str:
    """The path of a key inside the table at `path`, quoted where TOML quotes it."""
    part = name if _BARE.match(name) else quoted(name)
    return f"{path}.{part}" if path else part


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely was meant to be, or None."""
    by_fold = {name.casefold(): name for name, _ in zip(known, range(_COMPARED), strict=False)}
    found = difflib.get_close_matches(word[:_SHOWN].casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def choice(known: Iterable[str]) -> str:
    """The known words in one line, cut after a dozen."""
    words = [quoted(word) for word in known]
    return ", ".join(words[:12]) + (f" and {len(words) - 12} more" if len(words) > 12 else "")
