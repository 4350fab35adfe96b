"""One table of a site file while its values are read: a missing or wrong one is noted and stands as None."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from nlbwiz.site.cross import Seen
from nlbwiz.site.form import LISTED, TABLES
from nlbwiz.site.mistakes import Mistake, Mistakes, shown, step

T = TypeVar("T")


class Table:
    """A raw table with its key path, and where to note what is seen and what is wrong in it.

    `meant` are the paths that a misspelled key was meant to be (see `keys.check_keys`): not missing as well.
    """

    def __init__(
        self,
        *,
        kind: str,
        path: str,
        raw: Mapping[str, object],
        folder: Path,
        seen: Seen,
        mistakes: Mistakes,
        meant: frozenset[str],
    ) -> None:
        self.kind, self.path, self.raw = kind, path, raw
        self.folder, self.seen, self.mistakes = folder, seen, mistakes
        self._meant = meant

    def at(self, key: str) -> str:
        """The path of a key."""
        return step(self.path, key)

    def wrong(self, key: str, mistake: Mistake) -> None:
        """Note a mistake at a key."""
        self.mistakes.add(self.at(key), mistake)

    def maybe(self, key: str, reader: Callable[[object], T | Mistake]) -> T | None:
        """The value of an optional key; None when it is not there or wrong."""
        if key not in self.raw:
            return None
        value = reader(self.raw[key])
        if isinstance(value, Mistake):
            self.wrong(key, value)
            return None
        return value

    def need(self, key: str, reader: Callable[[object], T | Mistake]) -> T | None:
        """The value of a key that must be there; None when it is missing or wrong."""
        self._must(key)
        return self.maybe(key, reader)

    def each(
        self, key: str, reader: Callable[[object], T | Mistake], *, least: int = 0, most: int = 10_000
    ) -> list[tuple[str, T]]:
        """The values of an array with the path of each (`cluster.web.nodes[2]`, counted from 1), no value twice.

        With `least` above 0 the key must be there.
        """
        if least:
            self._must(key)
        array = self.raw.get(key)
        if array is None:
            return []
        if not isinstance(array, list):
            self.wrong(key, Mistake(found=f"found {shown(array)}", expected="an array", do="put it in square brackets"))
            return []
        if not least <= len(array) <= most:
            few = len(array) < least
            do = f"write {TABLES[self.kind][key].write}" if few else f"take out what is more than {most}"
            expected = f"at least {least}" if few else f"at most {most}"
            self.wrong(key, Mistake(found=f"found {shown(array)}", expected=expected, do=do))
        read: dict[T, str] = {}
        for number, item in enumerate(array[:most], 1):
            path, value = f"{self.at(key)}[{number}]", reader(item)
            if isinstance(value, Mistake):
                self.mistakes.add(path, value)
            elif value in read:
                self.mistakes.add(
                    path, Mistake(found=f"the same as {read[value]}", expected="each once", do="take one out")
                )
            else:
                read[value] = path
        return [(path, value) for value, path in read.items()]

    def _must(self, key: str) -> None:
        if key in self.raw or self.at(key) in self._meant:
            return
        where = f"[[{self.kind}]]" if self.kind in LISTED else f"[{self.kind}.NAME]"
        do = f"add {TABLES[self.kind][key].write}"
        self.wrong(key, Mistake(found="missing", expected=f"it in every {where}", do=do))
