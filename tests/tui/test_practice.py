"""What "apply in the lab" leaves: every cause that a scenario has is gone once its fix is applied and it was verified."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from nlbwiz import headless
from nlbwiz.case import Case, Knowledge, wanted
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.facts import Need
from nlbwiz.lab import repair, scenario
from nlbwiz.lab.changes import CHANGES, Site
from nlbwiz.lab.site import Lab
from nlbwiz.report.model import OutcomeText, Report
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.tui import again, practice
from nlbwiz.tui.news import Told
from nlbwiz.walk import Walk
from tests.live.scenarios import knowledge

PATIENCE_S = 6.0
DARK_S = 3.0
"""What a dark site may cost: it always takes the whole deadline."""
BROKEN = tuple(name for name in scenario.names() if not name.startswith("healthy-"))
FOUND = ("confirmed", "possible")


class Asked:
    """A lab that is asked by the real clients, in as many rounds as are wanted."""

    def __init__(self, lab: Lab, first_s: float) -> None:
        self.lab = lab
        self.site = load.read(lab.site_file)
        self.knowledge: Knowledge = knowledge()
        clock = Clock(total_s=first_s, target_s=first_s)
        self.case = Case(site=self.site, source=self._source(clock), knowledge=self.knowledge, clock=clock)
        self.report = self._round()

    def _source(self, clock: Clock) -> Live:
        return Live(self.site, Vault(self.site, None), clock, {})

    def _round(self) -> Report:
        walks = [event for event in self.case.events() if isinstance(event, Walk)]
        evidence, ended = tuple(self.case.evidence.values()), self.case.ended
        assert ended is not None
        report = headless.report(self.site, self.knowledge, walks[-1], evidence, ended, ended)
        self.told = Told(walk=walks[-1], report=report, evidence=evidence)
        return report

    def again(self, needs: Mapping[str, frozenset[Need]]) -> None:
        """Ask these targets for these needs; target "" is everybody."""
        for target, some in needs.items():
            self.case.want(some, (target,) if target else (), again=True)
        clock = Clock(total_s=PATIENCE_S, target_s=PATIENCE_S)
        self.case = self.case.resumed(self._source(clock), clock)
        self.report = self._round()

    def verify(self, cluster: str, cause: str) -> None:
        """What V does."""
        about = next(check.about for check in self.knowledge.checks if check.about.id == cause)
        self.again(again.asked_again(self.told, self.outcome(cluster, cause), about))

    def everything_again(self) -> None:
        """What R does."""
        self.again({"": wanted(self.knowledge.checks)})

    def outcome(self, cluster: str, cause: str) -> OutcomeText:
        return next(one for one in self.report.outcomes if (one.cluster, one.id) == (cluster, cause))


@contextmanager
def asked(name: str, seed: int | None = None) -> Iterator[Asked]:
    chosen = scenario.load(name, seed=seed)
    with Lab(chosen) as lab:
        yield Asked(lab, DARK_S if chosen.faults else PATIENCE_S)


@pytest.mark.parametrize(("name", "seed"), [(name, 7) for name in BROKEN] + [("old-static-arp", None)])
def test_every_cause_is_gone_once_its_fix_is_applied_in_the_order_shown(name: str, seed: int | None) -> None:
    with asked(name, seed) as it:
        found = [one for one in it.report.outcomes if one.outcome in FOUND]
        unknown = [one for one in it.report.outcomes if one.outcome == "unknown"]
        applied = [practice.apply(it.lab, one) for one in (*found, *unknown)]
        assert not applied or applied[0][1], applied
        for text, done in applied:
            assert not done or text.startswith("in the lab only: ")
        for one in (*found, *unknown[:1]):
            it.verify(one.cluster, one.id)
            now = it.outcome(one.cluster, one.id)
            assert now.outcome in ("ruled_out", "not_applicable"), f"{now.id} is {now.outcome}: {now.reason}"
        it.everything_again()
        left = {
            one.id: f"{one.outcome}: {one.reason}" for one in it.report.outcomes if one.outcome in (*FOUND, "unknown")
        }
        assert not left
        assert it.report.verdict == "healthy"


def test_a_cause_that_another_explains_is_gone_with_that_one() -> None:
    with asked("spoofing-off") as it:
        explained = it.outcome("web", "NLB010")
        text, done = practice.apply(it.lab, explained)
        assert done
        assert "MAC address spoofing" in text
        it.verify("web", "NLB010")
        it.verify("web", "NLB007")
        assert {it.outcome("web", cause).outcome for cause in ("NLB007", "NLB010")} == {"ruled_out"}


def test_what_is_in_order_or_done_already_changes_nothing_and_says_so() -> None:
    with asked("old-static-arp") as it:
        before = it.lab.world
        text, done = practice.apply(it.lab, it.outcome("web", "NLB001"))
        assert (done, it.lab.world) == (False, before)
        assert "ruled out" in text
        assert practice.apply(it.lab, None) == ("this row is advice: there is nothing to apply", False)
        assert practice.apply(it.lab, it.outcome("web", "NLB003"))[1]
        text, done = practice.apply(it.lab, it.outcome("web", "NLB003"))
        assert not done
        assert "nothing more to put right" in text


# ---- the scenario files ----


@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize("name", BROKEN)
def test_every_cause_that_must_be_found_can_be_taken_back_at_the_same_moment(name: str, seed: int | None) -> None:
    made = scenario.load(name, seed=seed)
    found = {
        one.by or cause
        for outcomes in made.expect.causes.values()
        for cause, one in outcomes.items()
        if one.outcome in FOUND
    }
    assert found == set(made.fixes)
    assert made.repaired is not None
    for cause in found:
        world = made.repaired(frozenset({cause}))
        assert world != made.world
        assert (world.now, world.names()) == (made.world.now, made.world.names())


def test_the_words_of_a_fix_name_the_change_and_one_without_words_names_the_machines() -> None:
    assert set(repair.SAID) <= {*CHANGES, "layout"}
    with Lab(scenario.load("old-static-arp")) as lab:
        (said,) = repair.fix(lab, "NLB003")
        assert said == "gw1: the typed ARP entry for 172.31.1.232 holds 03-BF-AC-1F-01-E8"
        before = scenario.load("old-static-arp").world
        site = Site(lab.world, lab.scenario.numbering)
        assert repair._words(site, before, {"do": "some_other_change"}).startswith("gw1")


def test_a_cause_that_does_not_exist_is_a_mistake_in_the_scenario_file() -> None:
    for name in scenario.names():
        made = scenario.load(name)
        assert set(made.fixes) | set(made.further) <= set(scenario.CAUSES)
