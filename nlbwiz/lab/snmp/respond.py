"""The agent's one rule: a request, a table and its faults give the response (RFC 3416 4.2). No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.table import Table, beneath
from nlbwiz.lab.snmp.values import EndOfMibView, NoSuchInstance, NoSuchObject, Oid, Varbind, binding

Kind = Literal["get", "get_next", "get_bulk", "set"]

NO_ERROR, TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS = 0, 1, 2, 5, 6
_EXCEPTIONS = (NoSuchObject, NoSuchInstance, EndOfMibView)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a PDU asks for; the two numbers are GETBULK's."""

    kind: Kind
    names: tuple[Oid, ...]
    non_repeaters: int = 0
    max_repetitions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the answer says. `varbinds` is None where RFC 3416 wants the request's own bindings back."""

    status: int = NO_ERROR
    index: int = 0
    varbinds: tuple[Varbind, ...] | None


def respond(request: Request, table: Table, faults: Faults, room: int) -> Response:
    """The response, with at most `room` octets of variable bindings.

    SET is always refused with noAccess for the first variable, as an agent does for a community or user with the right
    to read only (RFC 3416 4.2.5; net-snmp 5.9.3 answers so).
    """
    if request.kind == "set":
        return Response(
            status=NO_ACCESS if request.names else NO_ERROR, index=min(1, len(request.names)), varbinds=None
        )
    found: list[Varbind] = []
    for position, varbind in _in_order(request, table, faults):
        if any(beneath(varbind.oid, prefix) for prefix in faults.gen_err):
            return Response(status=GEN_ERR, index=position, varbinds=None)
        if faults.no_such_name and request.kind != "get_bulk" and isinstance(varbind.value, _EXCEPTIONS):
            return Response(status=NO_SUCH_NAME, index=position, varbinds=None)
        room -= len(varbind.octets)
        if room < 0:
            if request.kind == "get_bulk" and found:
                break
            return Response(status=TOO_BIG, varbinds=())
        found.append(varbind)
    return Response(varbinds=tuple(found))


def _in_order(request: Request, table: Table, faults: Faults) -> Iterator[tuple[int, Varbind]]:
    """The bindings of the answer, each with the position (from 1) of the requested name that it answers."""
    match request.kind:
        case "get":
            for position, name in enumerate(request.names, 1):
                yield position, _exactly(name, table, faults)
        case "get_next":
            for position, name in enumerate(request.names, 1):
                yield position, _following(name, table, faults)
        case "get_bulk":
            yield from _bulk(request, table, faults)


def _bulk(request: Request, table: Table, faults: Faults) -> Iterator[tuple[int, Varbind]]:
    """RFC 3416 4.2.3: the non-repeaters once, the others again and again until all of them are at the end."""
    single = min(max(request.non_repeaters, 0), len(request.names))
    for position, name in enumerate(request.names[:single], 1):
        yield position, _following(name, table, faults)
    names = request.names[single:]
    for _ in range(request.max_repetitions if names else 0):
        row = tuple(_following(name, table, faults) for name in names)
        yield from enumerate(row, single + 1)
        if all(isinstance(varbind.value, EndOfMibView) for varbind in row):
            return
        names = tuple(varbind.oid for varbind in row)


def _exactly(name: Oid, table: Table, faults: Faults) -> Varbind:
    if any(beneath(name, prefix) for prefix in faults.unimplemented):
        return binding(name, NoSuchObject())
    return table.get(name)


def _following(name: Oid, table: Table, faults: Faults) -> Varbind:
    place = table.after(name)
    for loop in faults.loops:
        if beneath(name, loop) and place == table.after_subtree(loop):
            place = table.first(loop)
    while place < len(table):
        oid = table.oid(place)
        hidden = next((prefix for prefix in faults.unimplemented if beneath(oid, prefix)), None)
        if hidden is None:
            return table.row(place)
        place = table.after_subtree(hidden)
    return binding(name, EndOfMibView())
