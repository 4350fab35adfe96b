"""A walk reads whole columns and always ends: at their end, at a repeated row, at the cap."""

import asyncio
from collections.abc import Sequence

import pytest

from nlbwiz.collect.snmp.engine import Binding, Kind, Reply
from nlbwiz.collect.snmp.walk import RepeatedRowError, StatusError, Walked, walk
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.respond import Request, respond
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import EndOfMibView, Integer32, OctetString, Oid, Value

A, B, C = (1, 1), (1, 2), (1, 9)
STATUS = {0: "noError", 1: "tooBig", 5: "genErr"}


class Line:
    """The lab agent's rule without a network in between, and what was sent over it."""

    def __init__(
        self, table: Table, faults: Faults | None = None, *, repetitions: int = 5, room: int = 100_000
    ) -> None:
        self.table, self.faults, self.repetitions, self.room = table, faults or Faults(), repetitions, room
        self.sent: list[tuple[Kind, int]] = []

    async def step(self, kind: Kind, names: Sequence[Oid]) -> Reply:
        self.sent.append((kind, len(names)))
        assert len(self.sent) < 200, "a walk without end"
        request = Request(
            kind="get_bulk" if kind == "bulk" else "get_next",
            names=tuple(names),
            max_repetitions=self.repetitions if kind == "bulk" else 0,
        )
        response = respond(request, self.table, self.faults, self.room)
        bindings = tuple(
            Binding(each.oid, "end_of_view", None)
            if isinstance(each.value, EndOfMibView)
            else Binding(each.oid, "int", int(getattr(each.value, "value", 0)))
            for each in response.varbinds or ()
        )
        return Reply(status=STATUS[response.status], index=response.index, bindings=bindings)


def table(*columns: tuple[Oid, int]) -> Table:
    rows: list[tuple[Oid, Value]] = [
        ((*column, index), Integer32(index)) for column, count in columns for index in range(1, count + 1)
    ]
    return Table(rows, objects=[column for column, _ in columns])


def run(line: Line, columns: Sequence[Oid], cap: int = 1000) -> Walked:
    return asyncio.run(walk(columns, line.step, cap=cap))


@pytest.mark.parametrize(
    ("columns", "pdus"),
    [
        ([(A, 0)], 1),
        ([(A, 3)], 1),
        ([(A, 5)], 2),  # five rows are five repetitions: only the next PDU shows the end
        ([(A, 12)], 3),
        ([(A, 12), (B, 12)], 3),  # columns together
        ([(A, 2), (B, 12)], 3),  # a column that is finished is not asked again
        ([(A, 7), (B, 0), (C, 1)], 2),
    ],
)
def test_all_rows_of_all_columns_come(columns: list[tuple[Oid, int]], pdus: int) -> None:
    line = Line(table(*columns))
    walked = run(line, [column for column, _ in columns])
    assert walked.ended
    assert [binding.oid for binding in walked.bindings] == [
        (*column, index) for column, count in columns for index in range(1, count + 1)
    ]
    assert len(line.sent) == pdus
    assert {kind for kind, _ in line.sent} == {"bulk"}


def test_a_finished_column_leaves_the_later_pdus() -> None:
    line = Line(table((A, 2), (B, 12)))
    run(line, [A, B])
    assert [count for _, count in line.sent] == [2, 1, 1]


def test_the_last_column_of_the_mib_ends_by_end_of_view() -> None:
    assert run(Line(table((C, 3))), [C]).ended


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_an_agent_that_repeats_rows_is_told_on(rows: int) -> None:
    line = Line(table((A, rows), (B, 2)), Faults(loops=(A,)))
    with pytest.raises(RepeatedRowError, match=f"1.1.{rows}"):
        run(line, [A, B])


def test_a_row_that_goes_back_before_the_column_is_a_repeat_too() -> None:
    async def step(_kind: Kind, _names: Sequence[Oid]) -> Reply:
        return Reply(status="noError", index=0, bindings=(Binding((1, 0, 1), "int", 1),))

    with pytest.raises(RepeatedRowError):
        asyncio.run(walk([A], step))


def test_an_endless_table_is_broken_off_at_the_cap() -> None:
    line = Line(table((A, 90)))
    walked = run(line, [A], cap=20)
    assert not walked.ended
    assert len(walked.bindings) == 20


def test_getnext_is_the_fallback_when_getbulk_fails() -> None:
    line = Line(table((A, 2), (B, 2), (C, 1)))

    async def no_bulk(kind: Kind, names: Sequence[Oid]) -> Reply:
        if kind == "bulk":
            line.sent.append((kind, len(names)))
            return Reply(status="genErr", index=0, bindings=())
        return await line.step(kind, names)

    walked = asyncio.run(walk([A, B], no_bulk))
    assert walked.ended
    assert len(walked.bindings) == 4
    assert [kind for kind, _ in line.sent] == ["bulk", "next", "next", "next"]


def test_an_empty_answer_to_getbulk_is_no_end() -> None:
    line = Line(table((A, 2)))

    async def mute_bulk(kind: Kind, names: Sequence[Oid]) -> Reply:
        return Reply(status="noError", index=0, bindings=()) if kind == "bulk" else await line.step(kind, names)

    assert len(asyncio.run(walk([A], mute_bulk)).bindings) == 2


def test_what_is_too_big_for_getnext_goes_a_column_at_a_time() -> None:
    column_rows: list[tuple[Oid, Value]] = [((*column, 1), OctetString(b"x" * 60)) for column in (A, B)]
    line = Line(Table(column_rows, objects=[A, B]), room=100)

    async def step(kind: Kind, names: Sequence[Oid]) -> Reply:
        if kind == "bulk":
            return Reply(status="tooBig", index=0, bindings=())
        response = respond(Request(kind="get_next", names=tuple(names)), line.table, line.faults, line.room)
        line.sent.append((kind, len(names)))
        bindings = tuple(
            Binding(each.oid, "end_of_view" if isinstance(each.value, EndOfMibView) else "octets", None)
            for each in response.varbinds or ()
        )
        return Reply(status=STATUS[response.status], index=0, bindings=bindings)

    walked = asyncio.run(walk([A, B], step))
    assert walked.ended
    assert [binding.oid for binding in walked.bindings] == [(*A, 1), (*B, 1)]
    assert [count for _, count in line.sent] == [2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status="genErr", index=1, bindings=()), "genErr"),
        (Reply(status="tooBig", index=0, bindings=()), "tooBig"),
        (Reply(status="authorizationError", index=9, bindings=()), "authorizationError"),
        (Reply(status="noError", index=0, bindings=()), "no rows"),
        (Reply(status="noError", index=0, bindings=(Binding((*A, 1), "no_such_object", None),)), "no_such_object"),
        (Reply(status="noError", index=0, bindings=(Binding((*A, 1), "null", None),)), "null"),
    ],
)
def test_what_getnext_cannot_read_either_is_said(reply: Reply, said: str) -> None:
    async def step(_kind: Kind, _names: Sequence[Oid]) -> Reply:
        return reply

    with pytest.raises(StatusError) as caught:
        asyncio.run(walk([A], step))
    assert caught.value.status == said
    assert caught.value.oid.startswith("1.1")


def test_no_such_name_ends_a_column_as_in_snmp_v1() -> None:
    async def step(kind: Kind, _names: Sequence[Oid]) -> Reply:
        return Reply(status="genErr" if kind == "bulk" else "noSuchName", index=1, bindings=())

    walked = asyncio.run(walk([A, B], step))
    assert walked == Walked(bindings=(), ended=True)
