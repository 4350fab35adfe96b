"""The shipped asks, run in PowerShell's real engine, answer on every simulated machine what the lab's renderer answers.

The lab's renderer and the stub modules are made from one world by different code; the script between them is the one
that is sent to Windows. Strict mode makes every misspelt property an error.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nlbwiz.lab import scenario, windows
from nlbwiz.lab.machines import PortRule, Tool
from nlbwiz.lab.world import World, with_host, with_node
from tests.engine import Engine
from tests.live.simulated import NOW, SECTIONS, Job, Line, read, run

SEEDS = (1, 2, 3)
FALLBACKS: dict[str, tuple[Tool, ...]] = {
    "no module": ("wmi", "registry", "nlb.exe"),
    "no module, no WMI": ("registry", "nlb.exe"),
    "no module, no program": ("wmi", "registry"),
    "module, no WMI": ("module", "registry", "nlb.exe"),
    "module, no WMI, no program": ("module", "registry"),
}


def _machines(world: World) -> list[str]:
    return [*(node.name for node in world.nodes), *(host.name for host in world.hosts)]


def _rendered(world: World, machine: str) -> list[Line]:
    return read(windows.lines(world, machine, SECTIONS[windows.role(world, machine)]))


def _worlds() -> dict[str, World]:
    found = {name: scenario.load(name, now=NOW).world for name in scenario.names()}
    found |= {f"healthy-igmp #{seed}": scenario.load("healthy-igmp", now=NOW, seed=seed).world for seed in SEEDS}
    return found


WORLDS = _worlds()
MACHINES = [(name, machine) for name, world in WORLDS.items() for machine in _machines(world)]


@pytest.fixture(scope="module")
def answered(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """`WORLD/MACHINE` -> the lines of its ask."""
    jobs = {f"{name}/{machine}": Job(world=WORLDS[name], machine=machine) for name, machine in MACHINES}
    return run(engine, tmp_path_factory.mktemp("worlds"), jobs)


@pytest.mark.parametrize(("name", "machine"), MACHINES)
def test_an_ask_answers_what_the_renderer_answers(name: str, machine: str, answered: dict[str, list[str]]) -> None:
    assert read(answered[f"{name}/{machine}"]) == _rendered(WORLDS[name], machine)


def test_a_line_is_ascii_and_one_line(answered: dict[str, list[str]]) -> None:
    for lines in answered.values():
        for line in lines:
            assert line.isascii()
            assert line.isprintable()


# ---- what no scenario has ----


def _with_tools(world: World, tools: tuple[Tool, ...]) -> World:
    for node in world.nodes:
        world = with_node(world, node.name, lambda each: replace(each, tools=tools))
    return world


@pytest.fixture(scope="module")
def fallen_back(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The node's ask where sources are missing; PowerShell has no NLB module where the node has none."""
    base = WORLDS["healthy-igmp"]
    found: dict[str, list[str]] = {}
    for absent in (True, False):
        jobs = {
            name: Job(world=_with_tools(base, tools), machine=base.nodes[0].name)
            for name, tools in FALLBACKS.items()
            if ("module" not in tools) is absent
        }
        found |= run(engine, tmp_path_factory.mktemp("fallbacks"), jobs)
    return found


@pytest.mark.parametrize("name", FALLBACKS)
def test_a_fallback_answers_what_the_renderer_answers(name: str, fallen_back: dict[str, list[str]]) -> None:
    world = _with_tools(WORLDS["healthy-igmp"], FALLBACKS[name])
    rendered = _rendered(world, world.nodes[0].name)
    for got, expected in zip(read(fallen_back[name]), rendered, strict=True):
        assert got["section"] == expected["section"]
        assert got["data"] == expected["data"]
        assert (got["error"] is None) == (expected["error"] is None)


def test_every_source_of_the_instances_is_named(fallen_back: dict[str, list[str]]) -> None:
    sources = {
        name: {record["source"] for line in read(lines) if line["section"] == "cluster" for record in line["data"]}
        for name, lines in fallen_back.items()
    }
    assert sources == {
        "no module": {"wmi"},
        "no module, no WMI": {"registry"},
        "no module, no program": {"wmi"},
        "module, no WMI": {"module"},
        "module, no WMI, no program": {"module"},
    }


def _embedded(world: World) -> World:
    """Every host's vSwitch on two NICs that SET teams, on a Windows that has SET."""

    for host in world.hosts:
        world = with_host(
            world,
            host.name,
            lambda each: replace(
                each,
                version="10.0.17763",
                teams=(),
                vswitches=tuple(
                    replace(one, uplinks=tuple(nic.name for nic in each.pnics), embedded=True, balancing=4)
                    for one in each.vswitches
                ),
            ),
        )
    return world


def _ruled(world: World) -> World:
    """Port rules of every kind on every node."""
    rules = (
        PortRule(start=0, end=79, protocol="Tcp", filtering="Multiple", affinity="None"),
        PortRule(start=80, end=80, protocol="Both", filtering="Single", affinity=None, priority=2),
        PortRule(start=81, end=81, protocol="Udp", filtering="Disabled", affinity=None, state="Disabled"),
        PortRule(start=82, end=65535, affinity="Network", state="Draining"),
    )
    for node in world.nodes:
        world = with_node(
            world,
            node.name,
            lambda each: replace(each, instances=tuple(replace(one, rules=rules) for one in each.instances)),
        )
    return world


def test_embedded_teaming_and_port_rules_answer_what_the_renderer_answers(engine: Engine, tmp_path: Path) -> None:
    embedded, ruled = _embedded(WORLDS["healthy-igmp"]), _ruled(WORLDS["healthy-unicast"])
    jobs = {
        "host": Job(world=embedded, machine=embedded.hosts[0].name),
        "node": Job(world=ruled, machine=ruled.nodes[0].name),
    }
    answered = run(engine, tmp_path, jobs)
    assert read(answered["host"]) == _rendered(embedded, embedded.hosts[0].name)
    assert read(answered["node"]) == _rendered(ruled, ruled.nodes[0].name)
    teamed = next(line for line in read(answered["host"]) if line["section"] == "vswitches")
    assert json.dumps(teamed["data"]).count("Intel") == 2


def test_port_rules_through_wmi_answer_what_the_renderer_answers(engine: Engine, tmp_path: Path) -> None:
    world = _with_tools(_ruled(WORLDS["healthy-unicast"]), ("wmi", "registry", "nlb.exe"))
    answered = run(engine, tmp_path, {"node": Job(world=world, machine=world.nodes[0].name, ask=("rules",))})
    expected = read(windows.lines(world, world.nodes[0].name, ("rules",)))
    assert read(answered["node"]) == expected
