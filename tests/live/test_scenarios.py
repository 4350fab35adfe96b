"""Every scenario, end to end: the real clients, real sockets, the outcomes that the scenario names; also renumbered."""

import os
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from nlbwiz.case import settle
from nlbwiz.lab import scenario
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence
from tests.live.scenarios import Run, knowledge, run

NAMES = scenario.names()
SEED = int(os.environ["NLBWIZ_SEED"])
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
    return [one for one in done.evidence if (PROBES[one.ask.probe].gives, one.ask.target) != (need, target)]


@pytest.mark.parametrize("name", NAMES)
def test_no_ruled_out_is_boilerplate(name: str) -> None:
    """Taking away any needed answer makes it unknown and names what is gone."""
    done = run(name)
    assert done.case.ended is not None
    needs = {check.about.id: check.about.needs for check in done.case.knowledge.checks}
    places = sorted({(PROBES[one.ask.probe].gives, one.ask.target) for one in done.evidence})
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
        kept = [one for one in done.evidence if PROBES[one.ask.probe].gives in check.about.needs]
        again = {(o.cluster, o.id): o for o in settle(done.site, knowledge(), kept, at=done.case.ended).outcomes}
        for one in done.walk.outcomes:
            if one.id == check.about.id and one.outcome == "ruled_out":
                other = again[one.cluster, one.id]
                assert (other.outcome, other.missing) == (one.outcome, one.missing), (name, one.cluster, one.id)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("healthy-")])
def test_a_healthy_site_gives_no_finding_at_all(name: str) -> None:
    assert [finding for one in run(name).walk.outcomes for finding in one.findings] == []


def test_one_dark_node_does_not_mute_what_a_gateway_holds() -> None:
    done = run("old-static-arp", 1)
    assert done.case.ended is not None
    dark = sorted(done.site.nodes)[-1]
    rest = [one for one in done.evidence if one.ask.target != dark]
    again = {one.id: one for one in settle(done.site, knowledge(), rest, at=done.case.ended).outcomes}
    found = again["NLB003"]
    assert (found.outcome, bool(found.missing)) == ("possible", True)
    assert f"{dark} was not read: its primary might be" in found.reason
    assert {one.outcome for one in again.values()} <= {"unknown", "possible", "not_asked"}


def test_a_vip_that_no_node_lists_is_not_judged_on_another_instance() -> None:
    done = run("healthy-multicast")
    assert done.case.ended is not None
    wrong = {name: replace(one, vip=IPv4Address("172.31.3.240")) for name, one in done.site.clusters.items()}
    again = settle(replace(done.site, clusters=wrong), knowledge(), done.evidence, at=done.case.ended).outcomes
    found = next(one for one in again if one.id == "NLB008")
    assert (found.outcome, found.severity) == ("confirmed", "critical")
    assert "no node's NLB lists 172.31.3.240; they list 172.31.3.232" in found.reason


def test_a_node_that_is_not_where_the_site_file_says_is_told() -> None:
    done = run("healthy-multicast")
    assert done.case.ended is not None
    nodes = dict(done.site.nodes)
    first, *_ = nodes
    nodes[first] = replace(nodes[first], address=IPv4Address("172.31.0.99"), host="hv2")
    again = settle(replace(done.site, nodes=nodes), knowledge(), done.evidence, at=done.case.ended).outcomes
    by_id = {one.id: one for one in again}
    assert by_id["NLB001"].outcome == "unknown"
    assert f"{first} does not have 172.31.0.99, the address that the site file gives it" in by_id["NLB001"].reason
    assert any(f"{first} runs here, and the site file expects it on hv2" in note.saw for note in by_id["NLB004"].notes)


def test_every_cause_is_confirmed_in_some_scenario() -> None:
    fired = {one.id for name in NAMES for one in run(name).walk.outcomes if one.outcome == "confirmed"}
    assert fired >= {check.about.id for check in knowledge().checks}
