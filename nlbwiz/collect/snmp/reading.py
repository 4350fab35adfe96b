"""What is read row after row: small columns, the first rows of tables, and the few rows of a large table that are sought."""

import asyncio
from collections.abc import Sequence

import msgspec

from nlbwiz.collect.snmp.engine import EXCEPTIONS, Binding
from nlbwiz.collect.snmp.walk import FIND_CAP, Step, Walked, dotted, scan, walk
from nlbwiz.mibs import Oid
from nlbwiz.probes import PROBES, Ask, oids, sought

AT_ONCE = 20
"""Variables of a GET for the other columns of rows that were found."""


async def read(ask: Ask, step: Step) -> Walked:
    """The rows of an ask that no exact GET answers. Raises what `walk` raises."""
    names = oids(ask)
    match PROBES[ask.probe].via:
        case "snmp-next":
            return await first_rows(names, step)
        case "snmp-scan":
            return await scan(names[0], step)
        case "snmp-find":
            return await find(names, sought(ask), step)
        case _:
            return await walk(names, step)


async def first_rows(columns: Sequence[Oid], step: Step) -> Walked:
    """The first row of every column that has one; one PDU, or one for each column where the agent fails on one."""
    reply = await step("next", columns)
    found = [reply] if reply.status == "noError" else [await step("next", [column]) for column in columns]
    rows = [row for each in found if each.status == "noError" for row in each.bindings]
    inside = [row for row in rows if row.type not in EXCEPTIONS and any(_beneath(row.oid, one) for one in columns)]
    failed = any(each.status not in ("noError", "noSuchName") for each in found)
    return Walked(
        bindings=tuple(dict.fromkeys(inside)),
        ended=not failed,
        count=len(inside),
        trouble="the agent fails on some tables" if failed else "",
    )


async def find(columns: Sequence[Oid], ends: Sequence[Oid], step: Step) -> Walked:
    """The rows whose index ends so, in every column: the first one is read through, part by part at the same time where
    its index has parts; of the others the same rows are asked for exactly.
    """

    def keep(oid: Oid) -> bool:
        return any(oid[-len(end) :] == end for end in ends)

    first = columns[0]
    parts = await scan(first, step)
    walked: Walked | None = None
    if parts.ended and parts.ordered and len(parts.bindings) > 1:
        under = dict.fromkeys((*first, row.oid[len(first)]) for row in parts.bindings)
        read = await asyncio.gather(*(walk([part], step, cap=FIND_CAP // len(under), keep=keep) for part in under))
        if all(one.ordered and not one.trouble for one in read):
            walked = Walked(
                bindings=tuple(row for one in read for row in one.bindings),
                ended=all(one.ended for one in read),
                count=sum(one.count for one in read),
            )
    if walked is None:
        walked = await walk([first], step, cap=FIND_CAP, keep=keep)
    hits = [row.oid[len(first) :] for row in walked.bindings]
    wanted = [(*column, *hit) for hit in hits for column in columns[1:]]
    more: list[Binding] = []
    for at in range(0, len(wanted), AT_ONCE):
        reply = await step("get", wanted[at : at + AT_ONCE])
        more += [row for row in reply.bindings if row.type not in EXCEPTIONS] if reply.status == "noError" else []
    return Walked(
        bindings=(*walked.bindings, *more), ended=walked.ended, trouble=walked.trouble, ordered=walked.ordered,
        count=walked.count,
    )  # fmt: skip


def _beneath(oid: Oid, column: Oid) -> bool:
    return oid[: len(column)] == column


def written(bindings: Sequence[Binding], *, ended: bool, looked: int = 0) -> str:
    """The form that nlbwiz.parse.snmp reads. `looked`: rows that a search went through."""
    rows = [[dotted(binding.oid), binding.type, binding.value] for binding in bindings]
    said: dict[str, object] = {"rows": rows, "ended": ended}
    return msgspec.json.encode(said | ({"looked": looked} if looked > len(rows) else {})).decode()
