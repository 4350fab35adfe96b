"""Answers that look whole and are not: an agent that hides a table, a router far away. Never healthy, never a false find."""

from dataclasses import replace

import pytest

from nlbwiz.case import settle
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from tests.live.scenarios import knowledge
from tests.live.test_promises import asked

LAG = (1, 2, 840, 10006)
INTERFACES, PORTS, NAMES = (1, 3, 6, 1, 2, 1, 2), (1, 3, 6, 1, 2, 1, 17, 1), (1, 3, 6, 1, 2, 1, 31)
ARP_TYPE = (1, 3, 6, 1, 2, 1, 4, 22, 1, 4)
MASKS = (1, 3, 6, 1, 2, 1, 4, 20, 1, 3)


@pytest.mark.parametrize(
    ("name", "agent", "hidden", "cause"),
    [
        ("healthy-igmp", "sw1", (LAG,), "NLB005"),
        ("healthy-igmp", "sw1", (INTERFACES, PORTS, NAMES), "NLB005"),
        ("old-static-arp", "gw1", (ARP_TYPE,), "NLB003"),
        ("healthy-unicast", "gw1", (MASKS,), "NLB003"),
    ],
)
def test_a_table_that_an_agent_hides_is_unknown(
    name: str, agent: str, hidden: tuple[tuple[int, ...], ...], cause: str
) -> None:
    with Lab(scenario.load(name)) as lab:
        one = lab.agents[agent]
        one.faults = replace(one.faults, unimplemented=hidden)
        case, _ = asked(lab)
    assert case.ended is not None
    walk = settle(case.site, knowledge(), tuple(case.evidence.values()), at=case.ended)
    found = [outcome for outcome in walk.outcomes if outcome.id == cause]
    assert {outcome.outcome for outcome in found} == {"unknown"}, [outcome.reason for outcome in found]
    assert walk.verdict == "unknown"
