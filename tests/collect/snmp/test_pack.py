"""Many asks, few PDUs: whole rows together, smaller after trouble, larger after a clean answer."""

import pytest

from nlbwiz.collect.snmp.engine import Binding
from nlbwiz.collect.snmp.pack import Packer, Pdu, PduSize, fits
from nlbwiz.collect.ticket import STOPPED, Ledger, Ticket
from nlbwiz.mibs import Oid
from nlbwiz.probes import Ask


def tickets(count: int) -> list[Ticket]:
    return Ledger().write([Ask(target="sw1", probe="fdb", args=(str(n),)) for n in range(count)], lambda _what: None)


def names(count: int, base: int = 1) -> tuple[Oid, ...]:
    return tuple((base, n) for n in range(count))


def sizes(packer: Packer) -> list[int]:
    found = []
    while (pdu := packer.next()) is not None:
        found.append(len(pdu.oids))
    return found


@pytest.mark.parametrize(
    ("asks", "row", "pdus"),
    [
        ([4], 2, [4]),
        ([4] * 6, 2, [24]),
        ([4] * 7, 2, [24, 4]),
        ([5] * 5, 5, [20, 5]),  # a row is not torn apart to fill a PDU
        ([60], 2, [24, 24, 12]),  # one ask may need several
        ([30], 30, [24, 6]),  # a row larger than a PDU is cut
    ],
)
def test_rows_stay_together_and_asks_share_pdus(asks: list[int], row: int, pdus: list[int]) -> None:
    packer = Packer()
    for number, (ticket, count) in enumerate(zip(tickets(len(asks)), asks, strict=True)):
        packer.add(ticket, names(count, number), row)
    assert sizes(packer) == pdus


def test_after_one_nearly_full_clean_answer_40_go() -> None:
    size = PduSize(24)
    size.clean(12)  # says nothing about 24
    assert size.now == 24
    size.clean(24)
    assert size.now == 40


@pytest.mark.parametrize(
    ("events", "now"),
    [
        ([("too_big", 24)], 12),
        ([("too_big", 24), ("too_big", 12)], 6),
        ([("clean", 24), ("too_big", 40)], 20),
        ([("too_big", 3)], 1),
        ([("too_big", 1)], 1),
        ([("too_big", 8), ("too_big", 40)], 4),
        ([("too_big", 24), ("clean", 12)], 12),  # for good
        ([("lost", 24)], 24),  # networks lose PDUs of any size
        ([("lost", 24), ("lost", 24)], 12),
        ([("lost", 24), ("lost", 12)], 6),
        ([("lost", 24), ("clean", 24), ("lost", 40)], 40),  # its size was answered in between
        ([("lost", 24), ("clean", 1), ("lost", 24)], 12),  # an answer of one variable says nothing about 24
    ],
)
def test_what_is_too_large_is_halved_and_what_got_lost_only_the_second_time(
    events: list[tuple[str, int]], now: int
) -> None:
    size = PduSize(24)
    for event, variables in events:
        getattr(size, event)(variables)
    assert size.now == now


def test_halves_are_sent_first_and_alone() -> None:
    packer = Packer()
    one, two = tickets(2)
    packer.add(one, names(4, 1), 2)
    lost = packer.next()
    assert lost is not None
    packer.add(two, names(2, 2), 2)
    packer.halve(lost, 1)
    found = [packer.next() for _ in range(3)]
    assert [pdu.oids for pdu in found if pdu] == [[(1, 0), (1, 1)], [(1, 2), (1, 3)], [(2, 0), (2, 1)]]
    assert [pdu.tries for pdu in found if pdu] == [1, 1, 0]


def test_a_row_can_be_halved_down_to_single_variables() -> None:
    packer = Packer()
    packer.add(tickets(1)[0], names(2), 2)
    pdu = packer.next()
    assert pdu is not None
    packer.halve(pdu, 1)
    assert sizes(packer) == [1, 1]
    single = Pdu(pdu.pieces[:1])
    single.pieces[0].oids = single.pieces[0].oids[:1]
    packer.halve(single, 2)
    assert sizes(packer) == [1]


def test_settled_asks_are_not_sent() -> None:
    packer = Packer()
    gone, waits = tickets(2)
    packer.add(gone, names(2, 1), 2)
    packer.add(waits, names(2, 2), 2)
    gone.fail(STOPPED)
    pdu = packer.next()
    assert pdu is not None
    assert pdu.oids == list(names(2, 2))
    assert pdu.wanted
    waits.fail(STOPPED)
    assert not pdu.wanted
    packer.halve(pdu, 1)
    assert packer.next() is None
    assert not packer


def test_a_reading_is_complete_when_every_variable_came_in_the_order_asked() -> None:
    packer = Packer()
    packer.add(tickets(1)[0], ((1, 2), (1, 1)), 1)
    pdu = packer.next()
    assert pdu is not None
    (reading,) = pdu.readings
    reading.got[1, 1] = Binding((1, 1), "int", 11)
    assert reading.bindings is None
    reading.got[1, 2] = Binding((1, 2), "int", 12)
    assert reading.bindings is not None
    assert [binding.value for binding in reading.bindings] == [12, 11]


def test_clear_forgets_everything() -> None:
    packer = Packer()
    one, two = tickets(2)
    packer.add(one, names(2), 2)
    pdu = packer.next()
    assert pdu is not None
    packer.halve(pdu, 1)
    packer.add(two, names(2), 2)
    packer.clear()
    assert packer.next() is None


@pytest.mark.parametrize(
    ("bindings", "does"),
    [
        ([Binding((1, 1), "int", 1), Binding((1, 2), "no_such_instance", None)], True),
        ([Binding((1, 2), "int", 1), Binding((1, 1), "int", 1)], False),
        ([Binding((1, 1), "int", 1)], False),
        ([Binding((1, 1), "int", 1), Binding((1, 2), "null", None)], False),
        ([Binding((1, 1), "int", 1), Binding((1, 2), "end_of_view", None)], False),
        ([Binding((1, 1), "int", 1), Binding((1, 2), "int", 1), Binding((1, 3), "int", 1)], False),
        ([], False),
    ],
)
def test_an_answer_fits_when_every_name_stands_in_its_place(bindings: list[Binding], does: bool) -> None:
    assert fits([(1, 1), (1, 2)], bindings) is does
