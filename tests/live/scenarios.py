"""Run a scenario once per process, through everything a user runs, and keep what came out for all who look at it."""

from dataclasses import dataclass
from functools import cache

from nlbwiz import registry
from nlbwiz.case import Case, Knowledge
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.headless import report
from nlbwiz.lab import scenario
from nlbwiz.lab.scenario import Scenario
from nlbwiz.lab.site import Lab
from nlbwiz.record.evidence import Evidence
from nlbwiz.report.model import Report
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site
from nlbwiz.walk import Walk


@dataclass(frozen=True)
class Run:
    """One finished run of a scenario."""

    scenario: Scenario
    site: Site
    walk: Walk
    evidence: tuple[Evidence, ...]
    report: Report
    case: Case


def knowledge(symptom: str = "routine", measure_s: float = 0.0) -> Knowledge:
    return Knowledge(checks=registry.checks(), tree=registry.tree(), symptom=symptom, measure_s=measure_s)


@cache
def run(
    name: str, seed: int | None = None, symptom: str = "routine", unproven: bool = False, deadline_s: float = 4.0
) -> Run:
    """The scenario against the real clients; nothing is mocked."""
    chosen = scenario.load(name, seed=seed, unproven=unproven)
    deadline_s += chosen.measure_s
    with Lab(chosen) as lab:
        site = load.read(lab.site_file)
        clock = Clock(total_s=deadline_s, target_s=deadline_s)
        source = Live(site, Vault(site, None), clock, {})
        case = Case(site=site, source=source, knowledge=knowledge(symptom, chosen.measure_s), clock=clock)
        walks = [event for event in case.events() if isinstance(event, Walk)]
    assert case.ended is not None
    evidence = tuple(case.evidence.values())
    told = report(site, case.knowledge, walks[-1], evidence, case.ended, case.ended)
    return Run(chosen, site, walks[-1], evidence, told, case)
