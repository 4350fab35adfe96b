"""Every scenario, end to end: the real clients, real sockets, the outcomes that the scenario names; also renumbered."""

import random

import pytest

from nlbwiz.case import settle
from nlbwiz.lab import scenario
from nlbwiz.record.evidence import Evidence
from tests.live.scenarios import Run, knowledge, run

NAMES = scenario.names()
SEED = random.SystemRandom().randrange(1_000_000)
"""Another numbering on every run; it stands in the test's id, so that a failure can be repeated."""


def told(done: Run) -> dict[str, dict[str, str]]:
    """What came out, in the words of `[expect]`."""
    found: dict[str, dict[str, str]] = {}
    for one in done.walk.outcomes:
        found.setdefault(one.cluster, {})[one.id] = " ".join(part for part in (one.outcome, one.severity or "") if part)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_gives_exactly_what_it_expects(name: str) -> None:
    done = run(name)
    assert told(done) == done.scenario.expect.outcomes
    assert done.report.exit_code == done.scenario.expect.exit


@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("-dark")])
def test_a_renumbered_scenario_gives_the_same(name: str, seed: int) -> None:
    done = run(name, seed)
    assert told(done) == done.scenario.expect.outcomes
    assert done.report.exit_code == done.scenario.expect.exit


def without(done: Run, need: str, target: str) -> list[Evidence]:
    """The run's evidence with one (need, target) gone, as if it had never been answered."""
    return [one for one in done.evidence if (one.ask.probe, one.ask.target) != (need, target)]


@pytest.mark.parametrize("name", NAMES)
def test_no_ruled_out_is_boilerplate(name: str) -> None:
    """Taking away any needed answer makes it unknown and names what is gone."""
    done = run(name)
    assert done.case.ended is not None
    needs = {check.about.id: check.about.needs for check in done.case.knowledge.checks}
    places = sorted({(one.ask.probe, one.ask.target) for one in done.evidence})
    ruled_out = {(one.cluster, one.id) for one in done.walk.outcomes if one.outcome == "ruled_out"}
    for need, target in places:
        again = settle(done.site, knowledge(), without(done, need, target), at=done.case.ended)
        for one in again.outcomes:
            if (one.cluster, one.id) not in ruled_out or need not in needs[one.id]:
                continue
            if target in done.site.nodes and target not in done.site.clusters[one.cluster].nodes:
                continue
            assert one.outcome == "unknown", (one.cluster, one.id, need, target)
            assert (need, target) in {(m.need, m.target) for m in one.missing}, (one.cluster, one.id, need, target)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_ruled_out_cause_does_not_need_changes_nothing(name: str) -> None:
    done = run(name)
    assert done.case.ended is not None
    for check in done.case.knowledge.checks:
        kept = [one for one in done.evidence if one.ask.probe in check.about.needs]
        again = {(o.cluster, o.id): o for o in settle(done.site, knowledge(), kept, at=done.case.ended).outcomes}
        for one in done.walk.outcomes:
            if one.id == check.about.id and one.outcome == "ruled_out":
                other = again[one.cluster, one.id]
                assert (other.outcome, other.missing) == (one.outcome, one.missing), (name, one.cluster, one.id)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("healthy-")])
def test_a_healthy_site_gives_no_finding_at_all(name: str) -> None:
    assert [finding for one in run(name).walk.outcomes for finding in one.findings] == []


def test_every_cause_is_confirmed_in_some_scenario() -> None:
    fired = {one.id for name in NAMES for one in run(name).walk.outcomes if one.outcome == "confirmed"}
    assert fired >= {check.about.id for check in knowledge().checks}
