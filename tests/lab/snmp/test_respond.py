import pytest

from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.respond import GEN_ERR, NO_ACCESS, NO_ERROR, TOO_BIG, Kind, Request, Response, respond
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import EndOfMibView, Integer32, NoSuchObject, Oid

A, B = (1, 3, 1), (1, 3, 2)
"""Two columns: A has rows 1, 2, 3, B has rows 1, 2."""
TABLE = Table([((*A, n), Integer32(n)) for n in (1, 2, 3)] + [((*B, n), Integer32(n)) for n in (1, 2)], objects=[A, B])
END = "end"
AMPLE = 60_000
ROW = 10  # octets of one binding of this table


def ask(
    kind: Kind, *names: Oid, single: int = 0, repeat: int = 0, faults: Faults | None = None, room: int = AMPLE
) -> Response:
    request = Request(kind=kind, names=names, non_repeaters=single, max_repetitions=repeat)
    return respond(request, TABLE, faults or Faults(), room)


def shown(response: Response) -> list[Oid | tuple[Oid, str]]:
    """The names that came back; one at the end of the MIB is marked."""
    assert response.varbinds is not None
    return [(found.oid, END) if found.value == EndOfMibView() else found.oid for found in response.varbinds]


def test_the_size_that_these_tests_reckon_with() -> None:
    (found,) = ask("get", (*A, 1)).varbinds or ()
    assert len(found.octets) == ROW


def test_getnext_gives_each_name_its_successor() -> None:
    assert shown(ask("get_next", (1,), A, (*A, 3), (*B, 2))) == [(*A, 1), (*A, 1), (*B, 1), ((*B, 2), END)]


@pytest.mark.parametrize(
    ("single", "repeat", "names", "wanted"),
    [
        pytest.param(0, 2, (A,), [(*A, 1), (*A, 2)], id="one column"),
        pytest.param(0, 2, (A, B), [(*A, 1), (*B, 1), (*A, 2), (*B, 2)], id="row by row"),
        pytest.param(1, 2, (A, B), [(*A, 1), (*B, 1), (*B, 2)], id="a non-repeater once"),
        pytest.param(5, 2, (A, B), [(*A, 1), (*B, 1)], id="more non-repeaters than names"),
        pytest.param(-1, 1, (A,), [(*A, 1)], id="negative non-repeaters count as none"),
        pytest.param(0, 0, (A,), [], id="no repetition"),
        pytest.param(0, -1, (A,), [], id="negative repetitions count as none"),
        pytest.param(0, 9, (), [], id="no names"),
        pytest.param(0, 2**31 - 1, ((*B, 1),), [(*B, 2), ((*B, 2), END)], id="ends with one row of ends"),
        pytest.param(
            0, 9, ((*A, 3), (*B, 1)), [(*B, 1), (*B, 2), (*B, 2), ((*B, 2), END), ((*B, 2), END), ((*B, 2), END)],
            id="until all are at the end",
        ),
    ],
)  # fmt: skip
def test_getbulk_repeats(single: int, repeat: int, names: tuple[Oid, ...], wanted: list[object]) -> None:
    assert shown(ask("get_bulk", *names, single=single, repeat=repeat)) == wanted


@pytest.mark.parametrize("kind", ["get", "get_next"])
def test_what_does_not_fit_is_too_big_without_bindings(kind: Kind) -> None:
    assert ask(kind, (*A, 1), (*A, 2), room=2 * ROW).status == NO_ERROR
    assert ask(kind, (*A, 1), (*A, 2), room=2 * ROW - 1) == Response(status=TOO_BIG, index=0, varbinds=())


def test_getbulk_gives_fewer_rows_where_more_do_not_fit() -> None:
    assert shown(ask("get_bulk", A, B, repeat=9, room=4 * ROW - 1)) == [(*A, 1), (*B, 1), (*A, 2)]
    assert ask("get_bulk", A, repeat=9, room=ROW - 1).status == TOO_BIG


@pytest.mark.parametrize("oid", [(*A, 1), (*A, 99), (9, 9)])
def test_set_is_refused_for_every_name(oid: Oid) -> None:
    assert ask("set", oid) == Response(status=NO_ACCESS, index=1, varbinds=None)


def test_an_empty_set_changes_nothing_and_is_no_error() -> None:
    assert ask("set") == Response(status=NO_ERROR, index=0, varbinds=None)


def test_an_unimplemented_subtree_is_no_object_and_is_stepped_over() -> None:
    faults = Faults(unimplemented=(A,))
    (found,) = ask("get", (*A, 1), faults=faults).varbinds or ()
    assert found.value == NoSuchObject()
    assert shown(ask("get_next", (1,), (*A, 2), faults=faults)) == [(*B, 1), (*B, 1)]
    assert shown(ask("get_bulk", (1,), repeat=5, faults=faults)) == [(*B, 1), (*B, 2), ((*B, 2), END)]
    assert shown(ask("get_next", (*A, 3), faults=Faults(unimplemented=(A, B)))) == [((*A, 3), END)]


@pytest.mark.parametrize(
    ("kind", "names", "index"),
    [
        ("get", ((*A, 1), (*B, 1)), 2),
        ("get_next", ((*A, 1), (*A, 3)), 2),
        ("get_bulk", ((*A, 1), (*A, 2)), 2),
    ],
)
def test_gen_err_names_the_variable_that_was_asked_for(kind: Kind, names: tuple[Oid, ...], index: int) -> None:
    response = ask(kind, *names, repeat=5, faults=Faults(gen_err=(B,)))
    assert response == Response(status=GEN_ERR, index=index, varbinds=None)


def test_gen_err_leaves_other_subtrees_alone() -> None:
    assert ask("get", (*A, 1), faults=Faults(gen_err=(B,))).status == NO_ERROR


@pytest.mark.parametrize(
    ("loop", "wanted"),
    [
        pytest.param(A, [(*A, 1), (*A, 2), (*A, 3), (*A, 1), (*A, 2), (*A, 3), (*A, 1)], id="a column, for ever"),
        pytest.param((*A, 2), [(*A, 1), (*A, 2), (*A, 2), (*A, 2), (*A, 2), (*A, 2), (*A, 2)], id="one row, for ever"),
        pytest.param((*B, 2), [(*A, 1), (*A, 2), (*A, 3), (*B, 1), (*B, 2), (*B, 2), (*B, 2)], id="the last row"),
        pytest.param((*A, 7), [(*A, 1), (*A, 2), (*A, 3), (*B, 1), (*B, 2), ((*B, 2), END)], id="no rows, no loop"),
    ],
)
def test_a_loop_never_gets_behind_its_last_row(loop: Oid, wanted: list[object]) -> None:
    assert shown(ask("get_bulk", A, repeat=7, faults=Faults(loops=(loop,)))) == wanted


@pytest.mark.parametrize(
    "make",
    [
        lambda: Faults(latency_s=-1),
        lambda: Faults(loss=1.5),
        lambda: Faults(max_message=483),
        lambda: Faults(max_message=65_508),
    ],
)
def test_impossible_faults_are_refused(make: type[Faults]) -> None:
    with pytest.raises(ValueError, match="must"):
        make()
