"""Scenarios: small TOML files that say what a simulated site looks like, what is broken, and what must be found.

```toml
title = "The gateway holds an old cluster's MAC"
symptom = "unreachable"          # what the operator sees; the outcomes hold for `routine` too
measure = 10                     # the outcomes hold for a run that measures so many seconds
base = "multicast"               # a mode, or another scenario to start from
[layout]                         # nlbwiz.lab.layout.Layout, where it differs from the base's; `third`, `collide`: numbering
[layout.NLB005]                  # layout keys that hold until that cause is fixed in the lab
[[change]]                       # nlbwiz.lab.changes, in this order
do = "typed_arp"
cause = "NLB003"                 # the cause whose fix takes this change back
[[fix.NLB001]]                   # further changes that the cause's fix brings
[fault.hv2]                      # what the lab's servers do instead of answering; `*` = every target
silent = true
[expect]
exit = 2
[expect.web]                     # OUTCOME [SEVERITY] [by CAUSE] [note], for every cause
NLB003 = "confirmed critical"
[unproven]                       # a variant: further changes, other expectations
```
"""

import difflib
import re
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from typing import Any, get_args

from nlbwiz.errors import InputMissingError
from nlbwiz.lab import build
from nlbwiz.lab.changes import CHANGES, Site
from nlbwiz.lab.layout import Layout
from nlbwiz.lab.machines import Mode
from nlbwiz.lab.numbering import Numbering, drawn, seeds_own
from nlbwiz.lab.world import World

CAUSES = (
    *("NLB001", "NLB002", "NLB003", "NLB004", "NLB005", "NLB006", "NLB007", "NLB008", "NLB009", "NLB010"),
    *("NLB011", "NLB012", "NLB013", "NLB014", "NLB015", "NLB023"),
)
"""The causes that every scenario says something about."""
FOUND = ("confirmed", "possible")
FORM = re.compile(
    r"(?P<outcome>confirmed|possible|ruled_out|unknown|not_applicable|not_asked)"
    r"(?: (?P<severity>critical|warning))?(?: by (?P<by>NLB\d{3}))?(?P<note> note)?"
)
DEFAULT_FDB_ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a cause must come to. `by`: the cause that explains it; `note`: something must be said beside the outcome."""

    outcome: str
    severity: str | None = None
    by: str | None = None
    note: bool = False

    def __str__(self) -> str:
        return f"{self.outcome} {self.severity}" if self.severity else self.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What a check of the scenario must come to: its exit code, and every cause of every cluster, by their names."""

    exit: int
    causes: Mapping[str, Mapping[str, Expected]]

    @property
    def outcomes(self) -> dict[str, dict[str, str]]:
        """Cluster -> cause -> `OUTCOME` or `OUTCOME SEVERITY`."""
        return {name: {cause: str(one) for cause, one in causes.items()} for name, causes in self.causes.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a target's server does instead of answering."""

    silent: bool = False
    """Connections open and nothing is ever answered: a hung service."""
    dead: bool = False
    """Not even a connection attempt is answered: switched off."""
    refuse_credentials: bool = False
    """The site file has an account for it that it refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A simulated site and what must be found in it, by the names of its numbering."""

    name: str
    title: str
    symptom: str
    world: World
    expect: Expect
    faults: Mapping[str, Fault]
    """Target name -> fault."""
    numbering: Numbering
    fixes: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Cause -> what its fix takes back: changes with `do` and their arguments, or `do` = "layout" with its keys."""
    further: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Cause -> the changes that its fix brings in addition."""
    repaired: Callable[[frozenset[str]], World] | None = field(default=None, compare=False)
    """The same world at the same moment, with these causes fixed."""
    measure_s: float = 0.0
    """How long a run has to measure for the outcomes that are expected; 0: it measures nothing."""


def names() -> tuple[str, ...]:
    """Every scenario: the healthy ones first, then by name."""
    found = [file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda name: (not name.startswith("healthy-"), name)))


def must_exist(name: str) -> None:
    """Raises InputMissingError for a scenario that there is not, with those that there are."""
    if name in (known := names()):
        return
    there = textwrap.fill(", ".join(known), 78, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    close = difflib.get_close_matches(name[:80], known, n=1)
    guess = f"\ndid you mean {close[0]}?" if close else ""
    raise InputMissingError(f"{name!r:.80} is no scenario; there are:\n{there}{guess}")


def title(name: str) -> str:
    """What a scenario shows, in one line. Raises KeyError for an unknown one."""
    return str(_read(name)["title"])


def measure(name: str) -> float:
    """Seconds that a run has to measure for what the scenario expects. Raises KeyError for an unknown one."""
    return float(_read(name).get("measure", 0))


def load(
    name: str,
    *,
    seed: int | None = None,
    now: datetime | None = None,
    fdb_rows: int | None = None,
    unproven: bool = False,
    without: frozenset[str] = frozenset(),
) -> Scenario:
    """The scenario, ready. `seed`: other addresses, names, VLANs and number of nodes, with the same outcomes.

    `now`: aware, else the present; `fdb_rows`: learned rows in every switch's FDB (as many as there are machines at
    least); `unproven`: the variant in which the topology cannot be proven; `without`: causes that are fixed already.
    Raises KeyError for an unknown scenario and ValueError for a variant that it does not have or for a mistake in its
    file.
    """
    read = _read(name)
    variant = read.get("unproven") if unproven else {}
    if variant is None:
        raise ValueError(f"{name} has no variant `unproven`")
    options, changes = _layout(name, read)
    fixes: dict[str, list[dict[str, Any]]] = {}
    for cause in [key for key in options if key in CAUSES]:
        own = options.pop(cause)
        fixes.setdefault(cause, []).append({"do": "layout", **{key: options.get(key) for key in own}})
        options |= {} if cause in without else own
    third, collide, one_vlan = options.pop("third", 3), options.pop("collide", False), options.pop("one_vlan", False)
    numbering = seeds_own(third=third) if seed is None else drawn(seed)
    numbering = numbering.colliding(one_vlan=bool(one_vlan)) if collide else numbering
    world = build.base(numbering, Layout(**options), now or datetime.now(UTC))
    site = Site(world, numbering)
    for change in (*changes, *variant.get("change", ())):
        cause = change.get("cause")
        plain = {key: value for key, value in change.items() if key != "cause"}
        if cause is not None:
            fixes.setdefault(cause, []).append(plain)
        if cause not in without:
            site = _changed(name, site, dict(plain))
    further = {cause: tuple(brought) for cause, brought in read.get("fix", {}).items()}
    if wrong := {*fixes, *further} - set(CAUSES):
        raise ValueError(f"{name}: no such cause: {', '.join(sorted(wrong))}")
    for change in (each for cause in sorted(without) for each in further.get(cause, ())):
        site = _changed(name, site, dict(change))
    moment = site.world.now
    rows = DEFAULT_FDB_ROWS if fdb_rows is None else fdb_rows
    world = replace(site.world, switches=tuple(replace(one, fdb_rows=rows) for one in site.world.switches))
    said = {**read["expect"], **variant.get("expect", {})}
    return Scenario(
        name=name,
        title=read["title"],
        symptom=read.get("symptom", "routine"),
        measure_s=float(read.get("measure", 0)),
        world=world,
        expect=Expect(
            exit=said["exit"],
            causes={
                numbering.name(role): _expected(name, {**read["expect"].get(role, {}), **outcomes})
                for role, outcomes in said.items()
                if isinstance(outcomes, dict)
            },
        ),
        faults=_faults(name, world, numbering, read.get("fault", {})),
        numbering=numbering,
        fixes={cause: tuple(changes) for cause, changes in fixes.items()},
        further=further,
        repaired=partial(_repaired, name, seed=seed, now=moment, fdb_rows=fdb_rows, unproven=unproven),
    )


def _repaired(name: str, causes: frozenset[str], **how: Any) -> World:
    return load(name, without=causes, **how).world


def _folder() -> Any:
    return resources.files("nlbwiz.lab") / "scenarios"


def _read(name: str) -> dict[str, Any]:
    file = _folder() / f"{name}.toml"
    if "/" in name or "\\" in name or not file.is_file():
        raise KeyError(name)
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _layout(name: str, read: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The layout's keys and the changes, those of the base first."""
    base = read.get("base", "")
    options: dict[str, Any] = {}
    changes: list[dict[str, Any]] = []
    if base in get_args(Mode):
        options["mode"] = base
    elif base:
        options, changes = _layout(base, _read(base))
    options |= read.get("layout", {})
    if "mode" not in options:
        raise ValueError(f"{name}: `base` is neither a mode nor a scenario")
    if "clusters" in options:
        options["clusters"] = tuple(options["clusters"])
    return options, [*changes, *read.get("change", [])]


def _changed(name: str, site: Site, arguments: dict[str, Any]) -> Site:
    do = arguments.pop("do", None)
    if do not in CHANGES:
        raise ValueError(f"{name}: no such change: {do}")
    try:
        return CHANGES[do](site, **arguments)
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{name}: {do}: {error}") from error


def _expected(name: str, outcomes: dict[str, str]) -> dict[str, Expected]:
    if sorted(outcomes) != sorted(CAUSES):
        raise ValueError(f"{name}: the outcomes are not those of all causes: {sorted(outcomes)}")
    return {cause: _one(name, outcomes[cause]) for cause in CAUSES}


def _one(name: str, text: str) -> Expected:
    """`OUTCOME [SEVERITY] [by CAUSE] [note]`; what is found has a severity, what is not has none."""
    match = FORM.fullmatch(text)
    if match is None or (match["outcome"] in FOUND) != (match["severity"] is not None):
        raise ValueError(f"{name}: not an outcome: {text}")
    return Expected(outcome=match["outcome"], severity=match["severity"], by=match["by"], note=bool(match["note"]))


def _faults(name: str, world: World, numbering: Numbering, read: dict[str, Any]) -> dict[str, Fault]:
    found = {}
    for role, keys in read.items():
        targets = world.names() if role == "*" else (numbering.name(role),)
        for target in targets:
            if target not in world.names():
                raise ValueError(f"{name}: no such target: {role}")
            found[target] = Fault(**keys)
    return found
