"""What both PowerShell asks answer on a simulated Windows machine: the sections, and the JSON lines of the script.

One line per section, in the order of the script: `{"section", "version": 1, "data": [...], "error": null | {"type",
"id", "message"}, "took_ms"}`. A section that fails keeps the records it had read before.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from nlbwiz.lab import host_sections, node_sections
from nlbwiz.lab.node_sections import Missing, Record
from nlbwiz.lab.world import World


@dataclass(frozen=True, slots=True)
class Failed:
    """A section that threw: the exception's full type name, its FullyQualifiedErrorId, its message; what it had read."""

    type: str
    id: str
    message: str
    data: tuple[Record, ...] = ()


Answer = list[Record] | Failed


def role(world: World, machine: str) -> Literal["node", "host"]:
    """Which of the two scripts a machine runs. Raises KeyError for a name that is neither."""
    if any(node.name == machine for node in world.nodes):
        return "node"
    world.host(machine)
    return "host"


def sections(world: World, machine: str) -> dict[str, Answer]:
    """Every section of the machine's script, in its order: the records, or why there are none. Raises KeyError."""
    return {name: _answer(make) for name, make in _makers(world, machine).items()}


def lines(
    world: World, machine: str, ask: Collection[str], *, broken: Mapping[str, Failed] | None = None
) -> Iterator[str]:
    """The lines (ASCII, without line ends) for the sections asked for. `broken` makes sections fail that would not."""
    for name, make in _makers(world, machine).items():
        if name in ask:
            yield line(name, (broken or {}).get(name) or _answer(make))


def line(section: str, answer: Answer) -> str:
    """One section as the script writes it."""
    failed = answer if isinstance(answer, Failed) else None
    said = {
        "section": section,
        "version": 1,
        "data": list(failed.data) if failed else answer,
        "error": {"type": failed.type, "id": failed.id, "message": failed.message} if failed else None,
        "took_ms": 1,
    }
    return json.dumps(said, ensure_ascii=True, separators=(",", ":"))


def _makers(world: World, machine: str) -> dict[str, Callable[[], Iterator[Record]]]:
    if role(world, machine) == "node":
        node = world.node(machine)
        return {name: partial(make, world, node) for name, make in node_sections.SECTIONS.items()}
    host = world.host(machine)
    return {name: partial(make, world, host) for name, make in host_sections.SECTIONS.items()}


def _answer(make: Callable[[], Iterator[Record]]) -> Answer:
    read: list[Record] = []
    try:
        read.extend(make())
    except Missing as missing:
        return Failed(missing.kind, missing.identity, str(missing), tuple(read))
    return read
