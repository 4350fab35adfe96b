"""The only loop: plan, ask, record, parse, judge, walk, again, until nothing is left to ask or the time is over."""

import queue
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from nlbwiz.collect.source import Clock, Source
from nlbwiz.facts import Need
from nlbwiz.judge import Check, Outcome, judge
from nlbwiz.known import Facts
from nlbwiz.parse.coverage import targets
from nlbwiz.parse.gather import gather, probes_for
from nlbwiz.plan import chosen, idle, plan
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence, Status, Step
from nlbwiz.site.model import Site
from nlbwiz.walk import Tree, Walk, walk


def wanted(checks: Iterable[Check], *, measured: bool = False) -> frozenset[Need]:
    """Everything that any of these checks asks for; what is measured only where the run measures."""
    asked = (check.about for check in checks if measured or not check.about.measurement)
    return frozenset(need for about in asked for need in (*about.needs, *about.also))


MOST_AT_ONCE = 1000
"""What arrives faster than it is taken must not keep the loop from looking at the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What to judge with: the checks, the tree, and the symptom that orders it."""

    checks: Sequence[Check]
    tree: Tree
    symptom: str
    measure_s: float = 0.0
    """Seconds between the two samples of a measurement; 0: nothing is measured."""

    @property
    def wanted(self) -> frozenset[Need]:
        """Everything that a run with it asks for."""
        return wanted(self.checks, measured=self.measure_s > 0)


def settle(
    site: Site,
    knowledge: Knowledge,
    evidence: Collection[Evidence],
    *,
    at: datetime,
    pending: Collection[Ask] = (),
    still_open: bool = False,
) -> Walk:
    """Judge what is there, for every cluster. Pure: a bundle judged again gives the same walk, byte for byte.

    Whether a run that is over measured, its evidence says.
    """
    outcomes: list[Outcome] = []
    for cluster in site.clusters:
        facts = gather(
            site,
            cluster,
            evidence,
            at=at,
            pending=pending,
            still_open=still_open,
            measured=still_open and knowledge.measure_s > 0,
        )
        outcomes += (judge(check, facts) for check in knowledge.checks)
    return walk(knowledge.tree, knowledge.symptom, outcomes, accepts=site.accepts, today=at.date())


@dataclass(slots=True)
class Case:
    """One run over one site. `events()` drives it; another thread may stop, extend, ask again or answer meanwhile.

    What is wanted or answered after the events ended waits in the inbox, for `resumed()`.
    """

    site: Site
    source: Source
    knowledge: Knowledge
    clock: Clock
    keep: Callable[[Evidence], None] = lambda _: None
    """Writes each answer down as it arrives (RunFile.add)."""
    answers: dict[str, str] = field(default_factory=dict)
    """The operator's answers by question. The source reads them from this very mapping."""
    evidence: dict[str, Evidence] = field(default_factory=dict)
    pending: set[Ask] = field(default_factory=set)
    known: set[tuple[str, str, tuple[str, ...], int]] = field(default_factory=set)
    ended: datetime | None = None
    """When the run was over and judged for the last time: `now` for whoever judges it again."""
    inbox: "queue.SimpleQueue[Step | Evidence | Ask]" = field(default_factory=queue.SimpleQueue)

    def events(self) -> Iterator[Step | Evidence | Walk]:
        """Everything that happens, as it happens; the last Walk is final. Always ends by the deadline.

        A Walk is given after each batch of answers, so that what is decided is shown while the rest is on its way.
        """
        self._put([Ask(target="operator", probe="answer", args=(question,)) for question in self.answers])
        self._plan(self._facts())
        while (self.pending or not self.inbox.empty()) and (left := self.clock.total_s - self.clock.now()) > 0:
            batch = self._batch(left)
            yield from (one for one in batch if not isinstance(one, Ask))
            if self._digest(batch) and self.pending:
                yield settle(
                    self.site,
                    self.knowledge,
                    self.evidence.values(),
                    at=datetime.now(UTC),
                    pending=self.pending,
                    still_open=True,
                )
        yield from self._finish()

    def want(self, needs: Collection[Need], only: Collection[str] = (), *, again: bool = False) -> None:
        """Ask for these needs, of these targets or all; `again`: also what was answered already, as a new sample."""
        facts = self._facts()
        measure_s = self.knowledge.measure_s
        for ask in plan(self.site, facts, frozenset(needs), elapsed_s=self.clock.now(), measure_s=measure_s):
            if only and ask.target not in only:
                continue
            next_one = self._next(ask)
            if ask.sample:  # what is asked once more a little later comes after the one that it follows
                next_one = replace(next_one, sample=next_one.sample + 1, not_before_s=ask.not_before_s)
            if again or next_one.sample == 0:
                self.inbox.put(next_one)

    def answer(self, question: str, value: str) -> None:
        """The operator's word for one question, evidence like any other; a later word replaces an earlier one."""
        self.answers[question] = value
        self.inbox.put(self._next(Ask(target="operator", probe="answer", args=(question,))))

    def _next(self, ask: Ask) -> Ask:
        """The same ask as the sample after the last one that was put."""
        put = tuple(self.known)  # in one step: the run's own thread adds to it
        last = max((s for t, p, a, s in put if (t, p, a) == (ask.target, ask.probe, ask.args)), default=-1)
        return Ask(target=ask.target, probe=ask.probe, args=ask.args, sample=last + 1)

    def resumed(self, source: Source, clock: Clock) -> "Case":
        """The same case after its events ended, to be driven once more: what is known stays, what waits is asked.

        `source` is a new one (the former is closed) that reads the same answers; `clock` is the new round's own time.
        """
        return replace(self, source=source, clock=clock, ended=None)

    def stop(self, target: str) -> None:
        """Give one target up; its pending asks end as stopped, nothing else changes."""
        self.source.stop(target)

    def extend(self, target: str, seconds: float) -> None:
        """Give one target more time, within the run's deadline. The source tells the clock, which is this run's own."""
        self.source.extend(target, seconds)

    # ---- one turn ----

    def _facts(self) -> Facts:
        evidence, pending = tuple(self.evidence.values()), self.pending.copy()  # in one step each: see _next
        return gather(self.site, None, evidence, at=datetime.now(UTC), pending=pending, still_open=True)

    def _plan(self, facts: Facts) -> None:
        wants, measure_s = self.knowledge.wanted, self.knowledge.measure_s
        self._put(plan(self.site, facts, wants, elapsed_s=self.clock.now(), measure_s=measure_s))

    def _put(self, asks: Iterable[Ask]) -> None:
        new = [ask for ask in sorted(asks) if (ask.target, ask.probe, ask.args, ask.sample) not in self.known]
        self.known.update((ask.target, ask.probe, ask.args, ask.sample) for ask in new)
        self.pending.update(new)
        if new:
            try:
                self.source.ask(new, self.inbox.put)
            except Exception as bug:  # noqa: BLE001  # a source that breaks its word costs its own answers, not the run
                where = traceback.extract_tb(bug.__traceback__)[-1]  # no more of it: its words may quote a secret
                trouble = f"our own bug: the source failed: {type(bug).__name__} at {Path(where.filename).name}:{where.lineno}"
                for ask in new:
                    self.inbox.put(_none(ask, "unsupported", trouble, "report it with this line"))

    def _digest(self, batch: Iterable[Step | Evidence | Ask]) -> bool:
        """Put what the batch asks for and what its answers make possible. True when there was an answer in it."""
        self._put([one for one in batch if isinstance(one, Ask)])
        answered = any(isinstance(one, Evidence) for one in batch)
        if answered:
            self._plan(self._facts())
        return answered

    def _batch(self, left: float) -> list[Step | Evidence | Ask]:
        """What has arrived: waits for the first, takes the rest without waiting, MOST_AT_ONCE of them at most."""
        found: list[Step | Evidence | Ask] = []
        try:
            found.append(self.inbox.get(timeout=left))
            while len(found) < MOST_AT_ONCE:
                found.append(self.inbox.get_nowait())
        except queue.Empty:
            pass
        return [one for one in found if not isinstance(one, Evidence) or self._take(one)]

    def _take(self, one: Evidence) -> bool:
        """True for an answer that was asked for; a late one for a target that was already closed is dropped."""
        if one.ask not in self.pending:
            return False
        self.pending.discard(one.ask)
        self.evidence[one.id] = one
        self.keep(one)
        return True

    def _finish(self) -> Iterator[Step | Evidence | Walk]:
        """Take what has arrived, close everything; whatever is still open gets its Evidence, with the reason."""
        batch = self._batch(0)
        yield from (one for one in batch if not isinstance(one, Ask))
        self._digest(batch)
        late = set(self.pending)
        limit = f"no answer by the run's deadline of {self.clock.total_s:g} s"
        for ask in sorted(late):
            one = _none(ask, "timeout", limit, "give the run more time (--deadline), or look why this target is slow")
            if self._take(one):
                yield one
        self.source.close()
        for ask, why in self._never_asked():
            one = _none(ask, "skipped", why, "see the reason of the answer it depends on")
            self.evidence[one.id] = one
            self.keep(one)
            yield one
        self.ended = datetime.now(UTC)
        yield settle(self.site, self.knowledge, self.evidence.values(), at=self.ended)

    def _never_asked(self) -> Iterator[tuple[Ask, str]]:
        """What is wanted and was never put, since what it depends on did not come: said, never silently absent."""
        facts = self._facts()
        put = {(target, PROBES[probe].gives) for target, probe, _, _ in self.known}  # by any of its ways
        for probe in probes_for(self.knowledge.wanted):
            if probe.at == "operator" or idle(probe, facts):
                continue
            for target in targets(self.site, probe.at, facts.routers):
                if (target, probe.gives) not in put and chosen(facts, probe, target):
                    yield Ask(target=target, probe=probe.name), _DEPENDS.get(probe.gives, "not asked")


_DEPENDS = {
    "arp": "not asked: the router's own interfaces, which index its ARP table, could not be read",
    "fdb": "not asked: the switch's VLANs, or every MAC to look for, could not be read",
    "fdb-find": "not asked: the run ended before every MAC to look for was known",
    "arp-find": "not asked: the run ended before every address to look for was known",
    "arp-physical-find": "not asked: the run ended before every address to look for was known",
    "groups": "not asked: the switch's VLANs, or the cluster's mode and primary address, could not be read",
    "arp-look": "not asked: none of the cluster's addresses is in a subnet of this machine",
    "counters": "not asked: which ports of the switch are up could not be read",
}


def _none(ask: Ask, status: Status, error: str, resolve: str) -> Evidence:
    return Evidence(ask=ask, at=datetime.now(UTC), took_ms=0, status=status, error=error, resolve=resolve)
