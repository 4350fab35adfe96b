"""A walk reads whole columns and always ends: at their end, at a repeated row, at the cap."""

import asyncio
from collections.abc import Sequence

import pytest

from nlbwiz.collect.snmp.engine import Binding, Kind, Reply
from nlbwiz.collect.snmp.reading import find, first_rows
from nlbwiz.collect.snmp.walk import RepeatedRowError, StatusError, Walked, scan, walk
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
    walked = run(line, [A, B])
    assert walked.trouble == f"the agent repeats rows: after 1.1.{rows} comes one that is not larger"
    assert not walked.ended
    assert [row.oid for row in walked.bindings] == [*((*A, n) for n in range(1, rows + 1)), (*B, 1), (*B, 2)]


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


# ---- out of order ----


class Listed:
    """An agent that gives its rows in an order of its own: GETNEXT is the next in its list, however that compares."""

    def __init__(self, rows: Sequence[Oid], *, fails: Sequence[Oid] = ()) -> None:
        self.rows, self.fails = list(rows), set(fails)
        self.sent = 0

    async def step(self, kind: Kind, names: Sequence[Oid]) -> Reply:
        self.sent += 1
        assert self.sent < 100, "a walk without end"
        if kind == "get":
            return Reply(status="noError", index=0, bindings=tuple(Binding(name, "int", 3) for name in names))
        if kind == "bulk":
            return Reply(status="genErr", index=0, bindings=())
        for place, name in enumerate(names, 1):
            if name in self.fails:
                return Reply(status="genErr", index=place, bindings=())
        return Reply(status="noError", index=0, bindings=tuple(self._next(name) for name in names))

    def _next(self, name: Oid) -> Binding:
        if name in self.rows:
            at = self.rows.index(name) + 1
            return Binding(self.rows[at], "int", at) if at < len(self.rows) else Binding(name, "end_of_view", None)
        first = next((row for row in self.rows if row > name), None)
        return Binding(first, "int", 0) if first else Binding(name, "end_of_view", None)


def test_rows_that_come_out_of_order_are_all_read_and_the_walk_ends() -> None:
    agent = Listed([(1, 1, 1), (1, 1, 72), (1, 1, 5), (1, 1, 9), (1, 2, 1)])  # as Ruijie and H3C do
    walked = asyncio.run(walk([A], agent.step))
    assert [row.oid[-1] for row in walked.bindings] == [1, 72, 5, 9]
    assert (walked.ended, walked.ordered, walked.trouble) == (True, False, "")


def test_a_column_that_fails_does_not_cost_the_others() -> None:
    agent = Listed([(1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 2), (1, 9, 1)], fails=[(1, 1, 1)])
    walked = asyncio.run(walk([A, B], agent.step))
    assert [row.oid for row in walked.bindings] == [(1, 1, 1), (1, 2, 1), (1, 2, 2)]
    assert walked.trouble == "the agent fails on 1.1.1 (genErr)"
    assert not walked.ended


# ---- skipping through ----


def test_a_scan_costs_one_round_trip_for_each_first_arc() -> None:
    rows: list[tuple[Oid, Value]] = [((*A, f, n), Integer32(1)) for f in (3, 7, 4094) for n in range(1, 200)]
    line = Line(Table([*rows, ((*B, 1), Integer32(1))], objects=[A, B]))
    scanned = asyncio.run(scan(A, line.step))
    assert [row.oid for row in scanned.bindings] == [(*A, 3, 1), (*A, 7, 1), (*A, 4094, 1)]
    assert (scanned.ended, len(line.sent)) == (True, 4)


def test_a_scan_tells_that_it_did_not_come_to_the_end() -> None:
    many = Line(table((A, 90)))
    assert not asyncio.run(scan(A, many.step, cap=20)).ended
    backwards = Listed([(1, 1, 5, 1), (1, 1, 4, 1)])
    scanned = asyncio.run(scan(A, lambda kind, names: backwards.step(kind, [(1, 1, 5, 1)] if names != [A] else names)))
    assert (scanned.ended, scanned.ordered) == (False, False)


@pytest.mark.parametrize("order", ["sorted", "not sorted"])
def test_a_search_keeps_what_ends_so_and_asks_for_the_other_columns_of_it(order: str) -> None:
    ends = (10, 0, 0, 9)
    index = [(i, 10, 0, 0, n) for i in (1, 2, 3) for n in range(1, 20)]
    if order == "not sorted":
        index = index[30:] + index[:30]
        agent = Listed([*((*A, *one) for one in index), *((*B, *one) for one in index)])
        found = asyncio.run(find([A, B], [ends], agent.step))
    else:
        rows: list[tuple[Oid, Value]] = [((*column, *one), Integer32(3)) for column in (A, B) for one in index]
        line = Line(Table(rows, objects=[A, B]))

        async def step(kind: Kind, names: Sequence[Oid]) -> Reply:
            if kind != "get":
                return await line.step(kind, names)
            return Reply(status="noError", index=0, bindings=tuple(Binding(name, "int", 3) for name in names))

        found = asyncio.run(find([A, B], [ends], step))
    assert {row.oid for row in found.bindings} == {(*column, i, *ends) for column in (A, B) for i in (1, 2, 3)}
    assert found.ended
    assert found.count == 57


def test_the_first_row_of_every_table_takes_one_pdu_and_an_empty_table_has_none() -> None:
    line = Line(table((A, 3), (B, 0), (C, 1)))
    found = asyncio.run(first_rows([A, B, C], line.step))
    assert [row.oid for row in found.bindings] == [(*A, 1), (*C, 1)]
    assert (found.ended, len(line.sent)) == (True, 1)
