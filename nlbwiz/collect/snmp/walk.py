"""Reading whole columns from one agent: GETBULK over all of them together, GETNEXT where that fails; and skipping through.

An agent may lie about the order of its rows, so a walk keeps what it has seen: it goes on over an OID that is smaller
than the one before (Ruijie, H3C, JetStream: reference snmp 3), and stops at one that came already. It always ends.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nlbwiz.collect.snmp.engine import EXCEPTIONS, Binding, Kind, Reply
from nlbwiz.mibs import Oid

ROW_CAP = 20_000
"""Rows after which a walk is broken off: the small tables that are walked have a few hundred at most."""
FIND_CAP = 60_000
"""Rows after which the search through a large table is broken off: the largest recorded ARP table has 25,479."""
SCAN_CAP = 512
"""First arcs (fdbIds, ifIndexes) after which a scan is broken off: one round trip each."""

Step = Callable[[Kind, Sequence[Oid]], Awaitable[Reply]]
"""Sends one PDU and returns its answer. How many repetitions a GETBULK has is the sender's to say."""
Keep = Callable[[Oid], bool]
"""Whether a row is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The rows column after column, each in the agent's order. `ended`: every column was read to its end.

    `trouble` says why a column was not: it repeats rows, or the agent fails on it. The other columns are whole.
    """

    bindings: tuple[Binding, ...]
    ended: bool
    trouble: str = ""
    ordered: bool = True
    """Whether the agent's rows came in the order that RFC 3416 wants."""
    count: int = 0
    """Rows that were looked at, wanted or not."""


class RepeatedRowError(Exception):
    """The agent gave an OID that came already, and no row of anything beside it."""

    def __init__(self, after: Oid) -> None:
        super().__init__(dotted(after))


class StatusError(Exception):
    """The agent answered with an error-status also to GETNEXT, or with something that is no row."""

    def __init__(self, status: str, oid: Oid) -> None:
        super().__init__(status)
        self.status, self.oid = status, dotted(oid)


async def walk(columns: Sequence[Oid], step: Step, *, cap: int = ROW_CAP, keep: Keep | None = None) -> Walked:
    """All rows of the columns, or those that `keep` wants; at most `cap` are looked at.

    Raises RepeatedRowError or StatusError when not a single row came, and whatever `step` raises. `step` itself halves
    a GETBULK that is too big for the agent or gets lost; any other error-status of a GETBULK, or an empty answer, makes
    this walk use GETNEXT, and that a column at a time if it is still too big.
    """
    state = [_Column(prefix, keep) for prefix in columns]
    kind: Kind = "bulk"
    width = len(state)
    while (going := [each for each in state if not each.ended][:width]) and sum(each.count for each in state) < cap:
        reply = await step(kind, [column.last for column in going])
        if reply.status == "noError" and reply.bindings and (kind == "bulk" or len(reply.bindings) == len(going)):
            for place, binding in enumerate(reply.bindings):
                going[place % len(going)].take(binding)
        elif kind == "bulk":
            kind = "next"
        elif reply.status == "tooBig" and width > 1:
            width = 1
        elif reply.status == "noSuchName" and 1 <= reply.index <= len(going):
            going[reply.index - 1].ended = True  # how SNMPv1 says that nothing follows (RFC 1157 4.1.3)
        else:
            status = "no rows" if reply.status == "noError" else reply.status
            failed = going[max(0, min(reply.index, len(going)) - 1)]
            failed.fail(StatusError(status, failed.last))
            width = 1 if not reply.index else width  # which column it is shows a column at a time
    broken = [each for each in state if each.trouble is not None]
    if broken and not any(each.count for each in state):
        assert broken[0].trouble is not None
        raise broken[0].trouble
    return Walked(
        bindings=tuple(row for column in state for row in column.rows),
        ended=all(each.ended for each in state) and not broken,
        trouble="; ".join(each.says for each in broken),
        ordered=all(each.ordered for each in state),
        count=sum(each.count for each in state),
    )


async def scan(column: Oid, step: Step, *, cap: int = SCAN_CAP) -> Walked:
    """The first row under every first arc of the index: one GETNEXT each, whatever the table's size.

    Raises StatusError where the agent fails at once. An agent whose rows are not in order cannot be scanned.
    """
    found: list[Binding] = []
    at: Oid = column
    while len(found) < cap:
        reply = await step("next", [at])
        if reply.status == "noSuchName":
            return Walked(bindings=tuple(found), ended=True)
        if reply.status != "noError" or len(reply.bindings) != 1:
            error = StatusError("no rows" if reply.status == "noError" else reply.status, at)
            if not found:
                raise error
            return Walked(bindings=tuple(found), ended=False, trouble=_says(error))
        (row,) = reply.bindings
        if row.type in EXCEPTIONS or row.oid[: len(column)] != column:
            return Walked(bindings=tuple(found), ended=True)
        if row.oid <= at or len(row.oid) == len(column):
            return Walked(bindings=tuple(found), ended=False, trouble=_says(RepeatedRowError(at)), ordered=False)
        found.append(row)
        at = (*column, row.oid[len(column)] + 1)
    return Walked(bindings=tuple(found), ended=False, trouble=f"broken off after {cap:,} rows: the table has more")


class _Column:
    """One column's rows so far, and where to go on."""

    __slots__ = ("_keep", "_seen", "count", "ended", "last", "ordered", "prefix", "rows", "trouble")

    def __init__(self, prefix: Oid, keep: Keep | None) -> None:
        self.prefix = self.last = prefix
        self._keep = keep
        self._seen: set[Oid] = set()
        self.rows: list[Binding] = []
        self.count = 0
        self.ended = False
        self.ordered = True
        self.trouble: RepeatedRowError | StatusError | None = None

    @property
    def says(self) -> str:
        """What is wrong with it."""
        return "" if self.trouble is None else _says(self.trouble)

    def fail(self, trouble: RepeatedRowError | StatusError) -> None:
        """Nothing more can be read of it."""
        self.ended, self.trouble = True, trouble

    def take(self, binding: Binding) -> None:
        """The next row, or the end: endOfMibView, or an OID behind the column."""
        if self.ended:
            return
        inside = binding.oid[: len(self.prefix)] == self.prefix and len(binding.oid) > len(self.prefix)
        if binding.type == "end_of_view" or (not inside and binding.oid > self.last):
            self.ended = True
        elif not inside or binding.oid in self._seen:
            self.fail(RepeatedRowError(self.last))
        elif binding.type in EXCEPTIONS:
            self.fail(StatusError(binding.type, binding.oid))
        else:
            self.ordered = self.ordered and binding.oid > self.last
            self.count += 1
            self._seen.add(binding.oid)
            self.last = binding.oid
            if self._keep is None or self._keep(binding.oid):
                self.rows.append(binding)


def _says(trouble: RepeatedRowError | StatusError) -> str:
    if isinstance(trouble, StatusError):
        return f"the agent fails on {trouble.oid} ({trouble.status})"
    return f"the agent repeats rows: after {trouble} comes one that is not larger"


def dotted(oid: Oid) -> str:
    """An OID as people write it."""
    return ".".join(map(str, oid))
