"""Pictures of scenarios for the topology's tests: each scenario is asked once, over the lab's sockets."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache

from nlbwiz.known import Facts
from nlbwiz.lab import build, scenario
from nlbwiz.lab.layout import Layout
from nlbwiz.lab.numbering import seeds_own
from nlbwiz.lab.scenario import Scenario
from nlbwiz.parse.gather import gather
from nlbwiz.tui.topology.lines import Drawn, draw
from nlbwiz.tui.topology.parts import Key, Part, Scene
from nlbwiz.tui.topology.scene import scene
from nlbwiz.tui.words import shown
from tests.lab.worlds import NOW
from tests.live.scenarios import Run, run


@cache
def facts(name: str, cluster: str = "web") -> Facts:
    asked = run(name)
    assert asked.case.ended
    return gather(asked.site, cluster, asked.evidence, at=asked.case.ended)


def asked(name: str) -> Run:
    return run(name)


@cache
def pictured(name: str) -> Scene:
    """The cluster `web` of a scenario."""
    return scene(facts(name), run(name).walk.outcomes, run(name).evidence)


def drawn(one: Scene, width: int, *, ascii_only: bool = False, unfolded: Collection[Key] = ()) -> Drawn:
    return draw((one,), width, ascii_only=ascii_only, unfolded=unfolded)


def lines(one: Drawn, *, ascii_only: bool = False) -> list[str]:
    """As a widget shows them."""
    return [shown("".join(text for text, _ in spans), ascii_only) for spans in one.lines]


def words(one: Drawn) -> str:
    """All words with single spaces, whatever line they stand on; connecting lines left out."""
    return " ".join(re.sub("[─│┌┐└┘├┤┬]", " ", "\n".join(lines(one))).split())


def part(one: Scene, kind: str, *names: str) -> Part:
    """The part of this kind and these names."""
    (found,) = [each for each in one.parts() if each.key[1:] == (kind, *names)]
    return found


def said(one: Part) -> str:
    return "; ".join(text for text, _ in one.lines)


def many(count: int) -> Scenario:
    """`healthy-igmp` with so many nodes."""
    own = seeds_own()
    roles = {f"nlb{number + 1}": 100 + number for number in range(count)}
    numbering = replace(
        own, nodes=count, names={**own.names, **{role: role for role in roles}}, last={**own.last, **roles}
    )
    world = build.base(numbering, Layout(mode="igmp", clusters=("web",)), NOW)
    return replace(scenario.load("healthy-igmp", now=NOW), world=world, numbering=numbering)


def keys(one: Scene) -> Iterator[Key]:
    for each in one.parts():
        yield each.key
