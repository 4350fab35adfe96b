from itertools import count
from random import Random
from time import perf_counter

import pytest

from nlbwiz.lab.snmp.table import Table, beneath, dotted
from nlbwiz.lab.snmp.values import Integer32, NoSuchInstance, NoSuchObject, OctetString, Oid, TimeTicks

SYS_DESCR, SYS_UPTIME, IF_INDEX = (1, 3, 6, 1, 2, 1, 1, 1), (1, 3, 6, 1, 2, 1, 1, 3), (1, 3, 6, 1, 2, 1, 2, 2, 1, 1)
FDB_PORT, FDB_STATUS = (1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1, 2), (1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1, 3)

TABLE = Table(
    [
        ((*IF_INDEX, 10), Integer32(10)),
        ((*SYS_DESCR, 0), OctetString(b"a switch")),
        ((*IF_INDEX, 2), Integer32(2)),
    ],
    objects=[IF_INDEX, SYS_DESCR, FDB_PORT],
)


@pytest.mark.parametrize(
    ("oid", "wanted"),
    [
        pytest.param((*SYS_DESCR, 0), OctetString(b"a switch"), id="a scalar"),
        pytest.param((*IF_INDEX, 10), Integer32(10), id="a row"),
        pytest.param((*IF_INDEX, 3), NoSuchInstance(), id="no such row"),
        pytest.param((*IF_INDEX, 10, 1), NoSuchInstance(), id="beneath a row"),
        pytest.param((*SYS_DESCR, 1), NoSuchInstance(), id="a scalar has instance 0 only"),
        pytest.param(SYS_DESCR, NoSuchInstance(), id="the object itself (net-snmp 5.9.3 answers so too)"),
        pytest.param((*FDB_PORT, 1, 2, 191, 0, 0, 0, 1), NoSuchInstance(), id="a column without rows"),
        pytest.param((*FDB_STATUS, 1, 2, 191, 0, 0, 0, 1), NoSuchObject(), id="the column beside it"),
        pytest.param(SYS_DESCR[:-1], NoSuchObject(), id="above an object"),
        pytest.param((1, 3), NoSuchObject(), id="before everything"),
        pytest.param((2, 1), NoSuchObject(), id="behind everything"),
    ],
)
def test_what_a_name_holds(oid: Oid, wanted: object) -> None:
    found = TABLE.get(oid)
    assert (found.oid, found.value) == (oid, wanted)


@pytest.mark.parametrize(
    ("oid", "wanted"),
    [((1, 3), (*SYS_DESCR, 0)), ((*SYS_DESCR, 0), (*IF_INDEX, 2)), ((*IF_INDEX, 2), (*IF_INDEX, 10))],
)
def test_rows_come_in_the_order_of_numbers_not_of_text(oid: Oid, wanted: Oid) -> None:
    assert TABLE.oid(TABLE.after(oid)) == wanted


def test_nothing_comes_after_the_last_row() -> None:
    assert TABLE.after((*IF_INDEX, 10)) == TABLE.after_subtree(IF_INDEX) == len(TABLE) == 3


def test_an_empty_table_knows_its_columns() -> None:
    table = Table([], objects=[FDB_PORT])
    assert table.get((*FDB_PORT, 1)).value == NoSuchInstance()
    assert table.after(()) == len(table) == 0


def test_a_moving_value_is_looked_at_for_every_answer() -> None:
    ticks = count(1)
    table = Table([((*SYS_UPTIME, 0), lambda: TimeTicks(next(ticks)))], objects=[SYS_UPTIME])
    assert [table.get((*SYS_UPTIME, 0)).value for _ in range(3)] == [TimeTicks(1), TimeTicks(2), TimeTicks(3)]


@pytest.mark.parametrize(
    ("rows", "objects", "complaint"),
    [
        ([(*SYS_DESCR, 0)] * 2, [SYS_DESCR], "two values for 1.3.6.1.2.1.1.1.0"),
        ([(*SYS_UPTIME, 0)], [SYS_DESCR], "1.3.6.1.2.1.1.3.0 is an instance of no implemented object"),
        ([SYS_DESCR], [SYS_DESCR], "1.3.6.1.2.1.1.1 is an instance of no implemented object"),
        ([], [SYS_DESCR, SYS_DESCR[:-1]], "object 1.3.6.1.2.1.1.1 lies beneath object 1.3.6.1.2.1.1"),
    ],
)
def test_a_world_that_contradicts_itself_is_refused(rows: list[Oid], objects: list[Oid], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        Table([(oid, Integer32(1)) for oid in rows], objects=objects)


def test_a_large_mac_table_is_built_and_searched_fast() -> None:
    indexes = [(10, 2, 191, 172, 31, number >> 8, number & 255) for number in range(16_384)]
    rows = [((*column, *index), Integer32(3)) for column in (FDB_STATUS, FDB_PORT) for index in indexes]
    Random(1).shuffle(rows)  # the answer must not rest on rows that arrive in order
    started = perf_counter()
    table = Table(rows, objects=[FDB_PORT, FDB_STATUS])
    assert perf_counter() - started < 0.3
    assert all(table.get(oid).value == Integer32(3) for oid, _ in rows[:100])
    assert table.oid(table.after((*FDB_PORT, *indexes[5]))) == (*FDB_PORT, *indexes[6])


@pytest.mark.parametrize(
    ("oid", "prefix", "wanted"),
    [((1, 3, 6), (1, 3), True), ((1, 3), (1, 3), True), ((1, 30), (1, 3), False), ((1,), (1, 3), False)],
)
def test_beneath_means_whole_numbers(oid: Oid, prefix: Oid, wanted: bool) -> None:
    assert beneath(oid, prefix) is wanted


def test_oids_in_complaints_are_dotted() -> None:
    assert dotted((1, 3, 6)) == "1.3.6"
