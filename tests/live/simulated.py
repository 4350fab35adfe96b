"""Runs the shipped asks in PowerShell's engine against simulated Windows machines, many in one start of the engine."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nlbwiz.collect import ask_text
from nlbwiz.lab import stubs, windows
from nlbwiz.lab.world import World
from nlbwiz.parse.sections import HOST, NODE
from tests.engine import Engine

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECTIONS: dict[str, tuple[str, ...]] = {"node": tuple(NODE), "host": tuple(HOST)}
RUN = Path(__file__).with_name("run_asks.ps1")
ENVIRONMENT = {"PWSH_EDITION": "Desktop", "TZ": "Europe/Berlin"}
"""JSON as Windows PowerShell 5.1 writes it; a machine whose clock is not in UTC."""

Values = dict[str, Any]
Line = dict[str, Any]
"""What an ask says of one section, without `took_ms`."""


def _as_it_is(held: Values) -> None:
    """Leave the machine as the world makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One machine to ask. `patch` changes what its cmdlets answer (machine.json) where the world cannot say it."""

    world: World
    machine: str
    ask: Sequence[str] | None = None
    """None: every section."""
    patch: Callable[[Values], None] = _as_it_is


def run(engine: Engine, folder: Path, jobs: dict[str, Job], *, without: Iterable[str] = ()) -> dict[str, list[str]]:
    """The lines that each job's ask writes. `without`: modules that no machine of this run has."""
    names = {name for job in jobs.values() for name in stubs.modules(job.world, job.machine)}
    stubs.write_modules(sorted(names - set(without)), folder / "modules")
    machines = []
    for number, (name, job) in enumerate(jobs.items()):
        own = folder / str(number)
        environment = stubs.write_machine(job.world, job.machine, own)
        held = json.loads((own / "machine.json").read_text(encoding="utf-8"))
        job.patch(held)
        (own / "machine.json").write_text(json.dumps(held), encoding="utf-8")
        kind = windows.role(job.world, job.machine)
        machines.append(
            {
                "name": name,
                "kind": kind,
                "ask": list(SECTIONS[kind] if job.ask is None else job.ask),
                "powershell": job.world.node(job.machine).powershell if kind == "node" else "5.1.14393.7876",
                "environment": environment,
            }
        )
    scripts = {"node": ask_text.script("node"), "host": ask_text.script("host")}
    work = {"modules": str(folder / "modules"), "scripts": scripts, "machines": machines}
    answered: dict[str, list[str]] = json.loads(engine.file(RUN, json.dumps(work), ENVIRONMENT))
    return answered


def read(lines: Iterable[str]) -> list[Line]:
    """The lines of an ask as values, without the time each section took."""
    found: list[Line] = [json.loads(line) for line in lines]
    for line in found:
        assert isinstance(line.pop("took_ms"), int)
    return found
