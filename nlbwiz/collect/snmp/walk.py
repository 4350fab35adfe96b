"""Reading whole columns from one agent: GETBULK over all of them together, GETNEXT where that fails.

An agent may lie about the order of its rows, so every OID is compared with the one before: a walk always ends.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nlbwiz.collect.snmp.engine import EXCEPTIONS, Binding, Kind, Reply
from nlbwiz.probes import Oid

ROW_CAP = 20_000
"""Rows after which a walk is broken off: the small tables that are walked have a few hundred at most."""

Step = Callable[[Kind, Sequence[Oid]], Awaitable[Reply]]
"""Sends one PDU and returns its answer. How many repetitions a GETBULK has is the sender's to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The rows column after column, each in the agent's order. `ended`: every column was read to its end."""

    bindings: tuple[Binding, ...]
    ended: bool


class RepeatedRowError(Exception):
    """The agent gave an OID that is not larger than the one before."""

    def __init__(self, after: Oid) -> None:
        super().__init__(".".join(map(str, after)))


class StatusError(Exception):
    """The agent answered with an error-status also to GETNEXT, or with something that is no row."""

    def __init__(self, status: str, oid: Oid) -> None:
        super().__init__(status)
        self.status, self.oid = status, ".".join(map(str, oid))


async def walk(columns: Sequence[Oid], step: Step, *, cap: int = ROW_CAP) -> Walked:
    """All rows of the columns.

    Raises RepeatedRowError, StatusError, and whatever `step` raises. `step` itself halves a GETBULK that is too big
    for the agent or gets lost; any other error-status of a GETBULK, or an empty answer, makes this walk use GETNEXT,
    and that a column at a time if it is still too big.
    """
    state = [_Column(prefix) for prefix in columns]
    kind: Kind = "bulk"
    width = len(state)
    while (going := [each for each in state if not each.ended][:width]) and sum(len(each.rows) for each in state) < cap:
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
            raise StatusError(status, going[max(0, min(reply.index, len(going)) - 1)].last)
    return Walked(
        bindings=tuple(row for column in state for row in column.rows), ended=all(each.ended for each in state)
    )


class _Column:
    """One column's rows so far, and where to go on."""

    __slots__ = ("ended", "last", "prefix", "rows")

    def __init__(self, prefix: Oid) -> None:
        self.prefix = self.last = prefix
        self.rows: list[Binding] = []
        self.ended = False

    def take(self, binding: Binding) -> None:
        """The next row, or the end: endOfMibView, or an OID outside the column."""
        if self.ended:
            return
        if binding.type == "end_of_view":
            self.ended = True
        elif binding.oid <= self.last:
            raise RepeatedRowError(self.last)
        elif binding.oid[: len(self.prefix)] != self.prefix:
            self.ended = True
        elif binding.type in EXCEPTIONS:
            raise StatusError(binding.type, binding.oid)
        else:
            self.rows.append(binding)
            self.last = binding.oid
