"""Answers taken away from the facts of one site: which answer each fact comes from, and the facts without some."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from nlbwiz.facts import Coverage, Need
from nlbwiz.known import Facts
from nlbwiz.probes import PROBES

Place = tuple[Need, str]
"""One answer: (need, target)."""


def place(label: str) -> Place | None:
    """The answer that a label names: `gw1/arp[172.31.3.232]` -> ("arp", "gw1"); None for the operator's own word."""
    target, _, rest = label.partition("/")
    probe = PROBES.get(re.split(r"[\[']", rest)[0])
    return (probe.gives, target) if probe and probe.at != "operator" else None


def places(facts: Facts) -> set[Place]:
    """Every answer that any fact of a row comes from."""
    return {found for label in _labels(facts) if (found := place(label))}


def _labels(facts: Facts) -> Iterator[str]:
    for field in fields(facts):
        value = getattr(facts, field.name)
        if isinstance(value, tuple):
            yield from (fact.evidence for fact in value if hasattr(fact, "evidence"))


def without(facts: Facts, gone: Callable[[Place], bool], *, state: Coverage | None = "lost") -> Facts:
    """The facts as they would be had some answers not come; `state` None: had there been nobody to ask."""
    kept = {
        field.name: tuple(one for one in value if not (hasattr(one, "evidence") and _gone(one.evidence, gone)))
        for field in fields(facts)
        if isinstance(value := getattr(facts, field.name), tuple)
    }
    coverage = dict(facts.coverage)
    for where in facts.coverage:
        if gone(where):
            if state is None:
                del coverage[where]
            else:
                coverage[where] = state
    attached = () if gone(("jump-neighbors", "jump")) else facts.jump_attached
    return replace(facts, **{**kept, "coverage": coverage, "jump_attached": attached})  # type: ignore[arg-type]  # by name


def _gone(label: str, gone: Callable[[Place], bool]) -> bool:
    where = place(label)
    return where is not None and gone(where)
