"""Worlds for the lab's tests: every scenario at a fixed moment, plain and renumbered."""

from datetime import UTC, datetime

from nlbwiz.lab import scenario, windows
from nlbwiz.lab.node_sections import Record
from nlbwiz.lab.scenario import Scenario
from nlbwiz.lab.world import World

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
HEALTHY = ("healthy-igmp", "healthy-multicast", "healthy-unicast")
SEEDS = (None, *range(1, 9))


def loaded(name: str, seed: int | None = None, *, unproven: bool = False) -> Scenario:
    """A scenario at NOW."""
    return scenario.load(name, seed=seed, now=NOW, unproven=unproven)


def world(name: str, seed: int | None = None) -> World:
    """A scenario's world at NOW."""
    return loaded(name, seed).world


def answer(shown: World, machine: str, section: str) -> list[Record]:
    """The records of one section that did not fail."""
    found = windows.sections(shown, machine)[section]
    assert isinstance(found, list)
    return found
