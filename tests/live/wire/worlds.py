"""Which world a wire lab shows: `NAME`, or `NAME/CAUSE` for the scenario with the fix of that cause applied."""

from nlbwiz.lab import scenario
from nlbwiz.lab.scenario import Scenario


def chosen(spec: str) -> Scenario:
    """The scenario, the same in every process of one lab."""
    name, _, fixed = spec.partition("/")
    return scenario.load(name, without=frozenset({fixed} if fixed else ()))
