"""All that one context of a simulated agent can tell, sorted, with the objects that the agent implements.

An agent answers "no such object" for a column that it does not have and "no such instance" for a row that is not there.
Only the list of implemented objects can tell them apart, so a table is always made with it: an empty table of a switch
is a column without rows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import pairwise
from operator import itemgetter

from nlbwiz.lab.snmp.values import Moving, NoSuchInstance, NoSuchObject, Oid, Value, Varbind, binding


class Table:
    """Rows in the order of their OIDs (RFC 3416 4.2.2); every look-up is a binary search.

    `rows` are `(OID with its index, value)` in any order; a value that is a function is called for every answer.
    `objects` are the OIDs of the scalars (without `.0`) and columns that the agent implements, with rows or without.
    Raises ValueError, naming the OID, for a name that comes twice, for a row beneath none of the objects, and for an
    object beneath another.
    """

    def __init__(self, rows: Iterable[tuple[Oid, Value | Moving]], *, objects: Iterable[Oid]) -> None:
        ordered = sorted(rows, key=itemgetter(0))
        self._oids = [oid for oid, _ in ordered]
        self._values = [value for _, value in ordered]
        self._fixed: dict[int, Varbind] = {}
        self._objects = sorted(set(objects))
        for one, other in pairwise(self._objects):
            if beneath(other, one):
                raise ValueError(f"object {dotted(other)} lies beneath object {dotted(one)}")
        for one, other in pairwise(self._oids):
            if one == other:
                raise ValueError(f"two values for {dotted(one)}")
        placed = sum(self.after_subtree(each) - bisect_right(self._oids, each) for each in self._objects)
        if placed != len(self._oids):
            stray = next(oid for oid in self._oids if oid in self._objects or not self.implements(oid))
            raise ValueError(f"{dotted(stray)} is an instance of no implemented object")

    def __len__(self) -> int:
        return len(self._oids)

    def implements(self, oid: Oid) -> bool:
        """Whether `oid` is an implemented object or an (existing or possible) instance of one."""
        place = bisect_right(self._objects, oid) - 1
        return place >= 0 and beneath(oid, self._objects[place])

    def get(self, oid: Oid) -> Varbind:
        """The variable of exactly this name, else why there is none (RFC 3416 4.2.1)."""
        place = bisect_left(self._oids, oid)
        if place < len(self._oids) and self._oids[place] == oid:
            return self.row(place)
        return binding(oid, NoSuchInstance() if self.implements(oid) else NoSuchObject())

    def after(self, oid: Oid) -> int:
        """The number of the first row behind `oid`; `len(table)` when there is none."""
        return bisect_right(self._oids, oid)

    def first(self, prefix: Oid) -> int:
        """The number of the first row beneath `prefix`, or of the one where it would stand."""
        return bisect_left(self._oids, prefix)

    def after_subtree(self, prefix: Oid) -> int:
        """The number of the first row behind everything beneath `prefix`."""
        return bisect_left(self._oids, (*prefix[:-1], prefix[-1] + 1))

    def oid(self, row: int) -> Oid:
        """The name in row number `row`."""
        return self._oids[row]

    def row(self, row: int) -> Varbind:
        """The variable in row number `row`; what does not move is written in BER once."""
        ready = self._fixed.get(row)
        if ready is not None:
            return ready
        value = self._values[row]
        if callable(value):
            return binding(self._oids[row], value())
        return self._fixed.setdefault(row, binding(self._oids[row], value))


def beneath(oid: Oid, prefix: Oid) -> bool:
    """Whether `oid` is `prefix` or lies in the subtree beneath it."""
    return oid[: len(prefix)] == prefix


def dotted(oid: Oid) -> str:
    """The OID as people write it: `1.3.6.1.2.1.1.3.0`."""
    return ".".join(map(str, oid))
