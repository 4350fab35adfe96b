"""The only loop: what is decided is told at once, what is lost is named, and it always ends."""

import random
import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from nlbwiz.case import Case, Knowledge, settle, wanted
from nlbwiz.check import About, Clear, Finding, Said
from nlbwiz.collect.source import Clock, Give
from nlbwiz.facts import Need
from nlbwiz.judge import Check
from nlbwiz.known import Facts
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Status, Step
from nlbwiz.site.model import Site
from nlbwiz.walk import Branch, Symptom, Tree, Walk
from tests.made import AT, IOS, address, agent, answer, arp, own_addresses, site, vm, word

Event = Step | Evidence | Walk
VIP = "172.31.3.232"


@dataclass
class Script:
    """A Source that says what it is told to say: `says` by label, at once, or when `release` is called for a held target.

    What nobody has written a line for is never answered. `asked`: every ask in the order in which it came.
    """

    says: dict[str, Evidence] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    asked: list[Ask] = field(default_factory=list)
    waiting: dict[Ask, Give] = field(default_factory=dict)
    extended: list[tuple[str, float]] = field(default_factory=list)
    closed: int = 0

    def ask(self, asks: Collection[Ask], give: Give) -> None:
        for ask in asks:
            self.asked.append(ask)
            self.waiting[ask] = give
            if ask.target not in self.held:
                self._say(ask)

    def release(self, target: str) -> None:
        self.held.discard(target)
        for ask in [ask for ask in self.waiting if ask.target == target]:
            self._say(ask)

    def _say(self, ask: Ask) -> None:
        if (said := self.says.get(ask.label)) and ask in self.waiting:
            one = Evidence(
                ask=ask, at=said.at, took_ms=said.took_ms, status=said.status, raw=said.raw, error=said.error
            )
            self.waiting.pop(ask)(one)

    def stop(self, target: str) -> None:
        for ask in [ask for ask in self.waiting if ask.target == target]:
            give = self.waiting.pop(ask)
            give(none(ask, "stopped", "stopped by the operator"))

    def extend(self, target: str, seconds: float) -> None:
        self.extended.append((target, seconds))

    def close(self) -> None:
        self.closed += 1
        for ask, give in self.waiting.items():
            give(none(ask, "stopped", "the run is over"))
        self.waiting.clear()


def none(ask: Ask, status: Status, error: str) -> Evidence:
    return Evidence(ask=ask, at=AT, took_ms=1, status=status, error=error)


def script(*evidence: Evidence, held: Collection[str] = ()) -> Script:
    return Script(says={one.label: one for one in evidence}, held=set(held))


# ---- two causes and what decides them ----


def _retry(facts: Facts) -> Iterator[Said]:
    for one in facts.arp_retry:
        seen = (one.evidence,)
        if one.value == 0:
            yield Finding(where=one.node, saw="it is 0", expected="absent", seen_by=(one.node,), evidence=seen)
        else:
            yield Clear(where=one.node, saw="it is not 0", evidence=seen)


def _vms(facts: Facts) -> Iterator[Said]:
    yield from (Clear(where=one.host, saw=f"{one.name} is there", evidence=(one.evidence,)) for one in facts.vms)


def _arp(facts: Facts) -> Iterator[Said]:
    yield from (Clear(where=one.device, saw=f"{one.ip} {one.kind}", evidence=(one.evidence,)) for one in facts.arp)


def check(number: str, evaluate: Callable[[Facts], Iterable[Said]], *needs: Need, also: tuple[Need, ...] = ()) -> Check:
    about = About(id=number, title="t", question="q", severity="critical", needs=needs, also=also, sources=("s",))
    return Check(about=about, slug=number.lower(), page="p", evaluate=evaluate)


RETRY, VMS = check("NLB901", _retry, "arp-retry-count"), check("NLB902", _vms, "vms")
ARP = check("NLB903", _arp, "arp", also=("addresses",))
ABSENT, ZERO = [{"value": None}], [{"value": 0}]
NODES = (answer("nlb1", "arp-retry-count", ABSENT), answer("nlb2", "arp-retry-count", ABSENT))
HOSTS = (answer("hv1", "vms", [vm()]), answer("hv2", "vms", [vm("NLB2")]))


def knowledge(*checks: Check) -> Knowledge:
    order = tuple(Branch(cause=check.about.id, because="b") for check in checks)
    symptom = Symptom(id="routine", title="t", order=order)
    return Knowledge(checks=checks, tree=Tree(symptoms={"routine": symptom}, questions={}), symptom="routine")


def case(
    source: Script | object,
    *checks: Check,
    total_s: float = 30.0,
    described: Site | None = None,
    answers: dict[str, str] | None = None,
    kept: list[Evidence] | None = None,
) -> Case:
    return Case(
        site=described or site(),
        source=source,  # type: ignore[arg-type]  # any Source will do
        knowledge=knowledge(*checks),
        clock=Clock(total_s=total_s, target_s=total_s),
        answers=answers or {},
        keep=(lambda one: None) if kept is None else kept.append,
    )


def run(one: Case) -> list[Event]:
    return list(one.events())


def last(events: Sequence[Event]) -> Walk:
    assert isinstance(events[-1], Walk)
    return events[-1]


def outcomes(walk: Walk) -> dict[str, str]:
    return {one.id: one.outcome for one in walk.outcomes}


# ---- it streams ----


def test_a_run_in_which_everything_answers_ends_with_one_final_walk() -> None:
    source = script(*NODES, *HOSTS)
    one = case(source, RETRY, VMS)
    events = run(one)
    assert outcomes(last(events)) == {"NLB901": "ruled_out", "NLB902": "ruled_out"}
    assert last(events).final
    assert (last(events).verdict, source.closed) == ("healthy", 1)
    assert {ask.label for ask in source.asked} == {*(e.label for e in (*NODES, *HOSTS))}
    assert one.ended is not None
    assert one.ended.tzinfo is UTC


def test_what_is_decided_is_told_while_the_rest_is_on_its_way() -> None:
    source = script(*NODES, *HOSTS, held=["hv1"])
    told: list[dict[str, tuple[str, bool]]] = []
    for event in case(source, RETRY, VMS).events():
        if isinstance(event, Walk):
            told.append({o.id: (o.outcome, o.final) for o in event.outcomes})
            source.release("hv1")
    assert told[0] == {"NLB901": ("ruled_out", True), "NLB902": ("unknown", False)}
    assert told[-1] == {"NLB901": ("ruled_out", True), "NLB902": ("ruled_out", True)}


def test_a_finding_is_told_before_the_other_nodes_have_answered() -> None:
    source = script(answer("nlb1", "arp-retry-count", ZERO), NODES[1], held=["nlb2"])
    walks = []
    for event in case(source, RETRY).events():
        if isinstance(event, Walk):
            walks.append(event)
            source.release("nlb2")
    assert [(o.outcome, o.waiting_for) for o in walks[0].outcomes] == [("confirmed", ("arp-retry-count@nlb2",))]
    assert walks[-1].final


def test_an_ask_starts_the_moment_that_what_it_needs_is_known() -> None:
    source = script(
        own_addresses("gw1", ("172.31.3.1", 3)),
        agent("gw1", IOS, forwarding=1),
        agent("sw1", IOS, forwarding=2),
        *(arp("gw1", ip, (3, "01-00-5E-7F-03-E8", 4)) for ip in (VIP, "172.31.3.11", "172.31.3.12")),
        *(answer(node, "addresses", [address(VIP)]) for node in ("nlb1", "nlb2")),
    )
    one = case(source, check("NLB903", _arp, "arp", "agent", "own-addresses"))
    assert outcomes(last(run(one))) == {"NLB903": "ruled_out"}
    labels = [ask.label for ask in source.asked]
    assert labels.index("gw1/own-addresses") < labels.index(f"gw1/arp[{VIP}]")


def test_steps_pass_through() -> None:
    source = script(*NODES)
    one = case(source, RETRY)
    step = Step(target="nlb1", text="signing in", at=AT)
    one.inbox.put(step)
    assert step in run(one)


# ---- it ends ----


def test_a_source_that_says_nothing_costs_the_deadline_and_every_ask_gets_its_reason() -> None:
    source = script()
    one = case(source, RETRY, total_s=0.1)
    events = run(one)
    assert one.clock.now() < 2
    assert (outcomes(last(events)), last(events).verdict, source.closed) == ({"NLB901": "unknown"}, "unknown", 1)
    assert {(e.status, e.error) for e in one.evidence.values()} == {
        ("timeout", "no answer by the run's deadline of 0.1 s")
    }
    assert [e.label for e in events if isinstance(e, Evidence)] == ["nlb1/arp-retry-count", "nlb2/arp-retry-count"]
    assert "--deadline" in last(events).outcomes[0].missing[0].resolve


class Broken(Script):
    def ask(self, asks: Collection[Ask], give: Give) -> None:
        give(none(min(asks), "unreachable", "closed port"))
        raise OSError("no more threads")


def test_a_source_that_breaks_its_word_costs_its_own_answers_and_not_the_run() -> None:
    one = case(Broken(), RETRY)
    assert outcomes(last(run(one))) == {"NLB901": "unknown"}
    assert one.clock.now() < 5
    (gone, broken) = sorted(one.evidence.values(), key=lambda e: e.error)
    assert (gone.status, gone.error) == ("unreachable", "closed port")
    assert broken.status == "unsupported"
    assert re.fullmatch(r"our own bug: the source failed: OSError at test_case\.py:\d+", broken.error)


class Chatty(Script):
    def ask(self, asks: Collection[Ask], give: Give) -> None:
        threading.Thread(target=self._talk, args=(give,), daemon=True).start()

    def _talk(self, give: Give) -> None:
        while not self.closed:
            give(Step(target="nlb1", text="still at it", at=AT))


def test_a_source_that_never_stops_talking_does_not_keep_the_loop_from_the_time() -> None:
    one = case(Chatty(), RETRY, total_s=0.1)
    ended = last([event for event in one.events() if not isinstance(event, Step)])
    assert outcomes(ended) == {"NLB901": "unknown"}
    assert one.clock.now() < 5


def test_a_site_with_nobody_to_ask_ends_at_once_and_is_unknown() -> None:
    empty = site(hosts=[], switches=[], gateways=[])
    one = case(script(), VMS, described=empty)
    walk = last(run(one))
    assert (outcomes(walk), walk.verdict) == ({"NLB902": "unknown"}, "unknown")
    assert walk.outcomes[0].missing[0].why == "nobody to ask: no such target is in the site file"


def test_what_arrived_in_the_last_moment_counts_and_what_it_would_lead_to_is_named() -> None:
    source = script(*NODES, own_addresses("gw1", ("172.31.3.1", 3)), held=["nlb2", "gw1"])
    one = case(source, RETRY, check("NLB903", _arp, "arp", "own-addresses"))
    events = one.events()
    next(events)
    source.release("nlb2")
    source.release("gw1")
    one.clock.began -= 60  # the time is over before anybody looks
    walk = last(list(events))
    assert outcomes(walk) == {"NLB901": "ruled_out", "NLB903": "unknown"}
    late = {e.label for e in one.evidence.values() if e.status == "timeout"}
    assert late == {f"gw1/arp[{ip}]" for ip in (VIP, "172.31.3.11", "172.31.3.12")}


def test_what_could_not_be_asked_since_its_index_is_lost_says_so() -> None:
    refused = none(Ask(target="gw1", probe="own-addresses"), "denied", "no such community")
    nodes = (answer(node, "addresses", [address(VIP)]) for node in ("nlb1", "nlb2"))
    one = case(
        script(refused, *nodes, agent("sw1", IOS, forwarding=2)),
        ARP,
        check("NLB904", _arp, "own-addresses", "agent"),
        total_s=0.2,
    )
    walk = last(run(one))
    (skipped,) = (e for e in one.evidence.values() if e.status == "skipped")
    assert (skipped.label, skipped.resolve) == ("gw1/arp", "see the reason of the answer it depends on")
    assert "own interfaces" in skipped.error
    missing = {m.need: m.why for o in walk.outcomes for m in o.missing}
    assert missing["arp"] == skipped.error
    assert missing["own-addresses"] == "no such community"


# ---- what was not asked for is not taken ----


def test_an_answer_comes_in_once() -> None:
    kept: list[Evidence] = []
    source = script(*NODES)
    one = case(source, RETRY, kept=kept)
    stranger = answer("nlb1", "dad", [])
    twin = answer("nlb1", "arp-retry-count", ZERO)
    events = one.events()
    one.inbox.put(stranger)
    seen = [event for event in events if isinstance(event, Evidence)]
    one.inbox.put(twin)
    assert {e.label for e in seen} == {"nlb1/arp-retry-count", "nlb2/arp-retry-count"}
    assert stranger.id not in one.evidence
    assert kept == list(one.evidence.values()) == seen


def test_a_second_answer_to_the_same_ask_is_dropped() -> None:
    source = script(*NODES, held=["nlb2"])
    one = case(source, RETRY)
    events = one.events()
    next(events)
    one.inbox.put(answer("nlb1", "arp-retry-count", ZERO))
    source.release("nlb2")
    assert outcomes(last(list(events))) == {"NLB901": "ruled_out"}


def test_every_ask_is_put_once() -> None:
    source = script(*NODES, *HOSTS, held=["hv1"])
    for event in case(source, RETRY, VMS).events():
        if isinstance(event, Walk):
            source.release("hv1")
    assert len(source.asked) == len(set(source.asked)) == 4


# ---- the operator ----


def test_a_target_that_is_stopped_ends_as_stopped_and_nothing_else_changes() -> None:
    source = script(*NODES, *HOSTS, held=["hv1"])
    one = case(source, RETRY, VMS)
    walks = []
    for event in one.events():
        if isinstance(event, Walk):
            walks.append(event)
            one.stop("hv1")
    assert outcomes(walks[-1]) == {"NLB901": "ruled_out", "NLB902": "unknown"}
    assert [(m.target, m.why) for m in walks[-1].outcomes[1].missing] == [("hv1", "stopped by the operator")]
    assert one.clock.now() < 5


def test_more_time_is_given_once() -> None:
    source = script(*NODES)
    one = case(source, RETRY)
    one.extend("hv1", 30)
    assert source.extended == [("hv1", 30)]
    assert one.clock.extra_s == {}  # the source tells the clock


def test_the_operators_answers_are_asked_for_like_anything_else() -> None:
    source = script(*NODES, word("same_switch", "yes"))
    one = case(source, RETRY, answers={"same_switch": "yes"})
    run(one)
    assert "operator/answer[same_switch]" in {e.label for e in one.evidence.values()}


def test_wanted_again_is_a_new_sample_and_the_newer_one_decides() -> None:
    source = script(*NODES, *HOSTS, answer("nlb1", "arp-retry-count", ZERO, sample=1, after_s=5), held=["hv1"])
    one = case(source, RETRY, VMS)
    walks: list[Walk] = []
    for event in one.events():
        if isinstance(event, Walk):
            if not walks:
                one.want(["arp-retry-count"], ["nlb1"], again=True)
            elif outcomes(event)["NLB901"] == "confirmed":
                source.release("hv1")
            else:
                source.release("nlb1")
            walks.append(event)
    assert [ask.label for ask in source.asked if ask.sample] == ["nlb1/arp-retry-count'"]
    assert outcomes(walks[0])["NLB901"] == "ruled_out"
    assert outcomes(walks[-1]) == {"NLB901": "confirmed", "NLB902": "ruled_out"}


def test_wanted_without_again_asks_only_for_what_is_new() -> None:
    source = script(*NODES, *HOSTS, held=["hv1"])
    one = case(source, RETRY)
    for event in one.events():
        if isinstance(event, Evidence) and event.ask.target == "nlb1":
            one.want(["arp-retry-count", "vms"], ["nlb1", "hv2"])
    assert [ask.label for ask in source.asked] == ["nlb1/arp-retry-count", "nlb2/arp-retry-count", "hv2/vms"]


def test_what_is_wanted_in_the_last_moment_is_still_asked_for() -> None:
    source = script(*NODES, *HOSTS)
    one = case(source, RETRY)
    for event in one.events():
        if isinstance(event, Evidence) and event.ask.target == "nlb2":
            one.want(["vms"])
    assert {e.label for e in one.evidence.values()} >= {"hv1/vms", "hv2/vms"}


# ---- once more ----


def test_a_tentative_address_is_asked_for_once_more_and_the_second_answer_counts() -> None:
    evidence = [answer(node, "addresses", [address(VIP, "Tentative")]) for node in ("nlb1", "nlb2")]
    evidence += [answer(node, "addresses", [address(VIP)], sample=1, after_s=5) for node in ("nlb1", "nlb2")]

    def states(facts: Facts) -> Iterator[Said]:
        yield from (Clear(where=a.node, saw=a.state, evidence=(a.evidence,)) for a in facts.addresses)

    source = script(*evidence)
    walk = last(run(case(source, check("NLB905", states, "addresses"))))
    assert [clear.saw for clear in walk.outcomes[0].clears] == ["Preferred", "Preferred"]
    again = [ask for ask in source.asked if ask.sample]
    assert [ask.label for ask in again] == ["nlb1/addresses'", "nlb2/addresses'"]
    assert all(5 <= ask.not_before_s < 6 for ask in again)


# ---- judging what is there ----


def test_a_check_is_wanted_with_what_it_needs_and_what_it_also_uses() -> None:
    assert wanted([RETRY, ARP]) == {"arp-retry-count", "arp", "addresses"}
    assert wanted([]) == frozenset()


@pytest.mark.parametrize("seed", range(5))
def test_a_saved_run_judged_again_in_any_order_gives_the_same_walk(seed: int) -> None:
    one = case(script(*NODES, HOSTS[0], none(Ask(target="hv2", probe="vms"), "timeout", "silent")), RETRY, VMS)
    walk = last(run(one))
    evidence = list(one.evidence.values())
    random.Random(seed).shuffle(evidence)
    assert one.ended is not None
    assert settle(one.site, one.knowledge, evidence, at=one.ended) == walk


def test_the_end_of_the_run_is_when_it_was_judged() -> None:
    before = datetime.now(UTC)
    one = case(script(*NODES), RETRY)
    run(one)
    assert one.ended is not None
    assert before <= one.ended <= datetime.now(UTC)


def test_an_answer_given_meanwhile_is_evidence_and_a_later_word_replaces_it() -> None:
    source = script(*NODES, *HOSTS, word("same_switch", "yes"), held=["hv1"])
    source.says["operator/answer[same_switch]'"] = word("same_switch", "no")
    one = case(source, RETRY, VMS, answers={"same_switch": "yes"})
    for event in one.events():
        if isinstance(event, Evidence) and event.ask.target == "operator" and event.ask.sample == 0:
            one.answer("same_switch", "no")
        elif isinstance(event, Evidence) and event.ask.target == "operator":
            source.release("hv1")
    assert one.answers == {"same_switch": "no"}
    assert [ask.label for ask in source.asked if ask.probe == "answer"] == [
        "operator/answer[same_switch]",
        "operator/answer[same_switch]'",
    ]


# ---- after the end ----


def test_what_is_wanted_after_the_end_is_asked_when_the_case_is_resumed_and_nothing_else() -> None:
    one = case(script(*NODES, *HOSTS), RETRY, VMS)
    run(one)
    one.want(["arp-retry-count"], ["nlb1"], again=True)
    source = script(answer("nlb1", "arp-retry-count", ZERO, sample=1, after_s=5))
    again = one.resumed(source, Clock(total_s=30, target_s=30))
    assert again.ended is None
    assert outcomes(last(run(again))) == {"NLB901": "confirmed", "NLB902": "ruled_out"}
    assert [ask.label for ask in source.asked] == ["nlb1/arp-retry-count'"]
    assert again.evidence is one.evidence
    assert again.ended is not None


def test_a_case_that_is_resumed_for_nothing_ends_at_once_with_the_same_outcomes() -> None:
    one = case(script(*NODES, *HOSTS), RETRY, VMS)
    before, source = last(run(one)), script()
    again = last(run(one.resumed(source, Clock(total_s=30, target_s=30))))
    assert (again, source.asked) == (before, [])


def test_an_answer_given_after_the_end_counts_when_the_case_is_resumed() -> None:
    one = case(script(*NODES, word("same_switch", "yes")), RETRY)
    run(one)
    one.answer("same_switch", "yes")
    source = script(word("same_switch", "yes"))
    again = one.resumed(source, Clock(total_s=30, target_s=30))
    run(again)
    assert "operator/answer[same_switch]" in {e.label for e in again.evidence.values()}


def test_a_lost_index_that_comes_in_a_later_round_opens_what_hung_on_it() -> None:
    refused = none(Ask(target="gw1", probe="own-addresses"), "denied", "no such community")
    nodes = tuple(answer(node, "addresses", [address(VIP)]) for node in ("nlb1", "nlb2"))
    agents = (agent("gw1", IOS, forwarding=1), agent("sw1", IOS, forwarding=2))
    needs = check("NLB904", _arp, "arp", "own-addresses", "agent")
    one = case(script(refused, *nodes, *agents), needs)
    assert outcomes(last(run(one))) == {"NLB904": "unknown"}
    one.want(["own-addresses"], ["gw1"], again=True)
    rows = [arp("gw1", ip, (3, "01-00-5E-7F-03-E8", 4)) for ip in (VIP, "172.31.3.11", "172.31.3.12")]
    source = script(*rows)
    source.says["gw1/own-addresses'"] = own_addresses("gw1", ("172.31.3.1", 3))
    walk = last(run(one.resumed(source, Clock(total_s=30, target_s=30))))
    assert outcomes(walk) == {"NLB904": "ruled_out"}
    assert settle(one.site, one.knowledge, one.evidence.values(), at=AT).outcomes == walk.outcomes
