"""What drives a Case while a screen is open: threads of its own, and one queue that the screen empties when it likes.

Nothing here knows the screen, and the screen touches nothing of the Case but through here.
"""

import queue
import shutil
import threading
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nlbwiz import headless, registry
from nlbwiz.case import Case, Knowledge, settle, wanted
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.errors import ExitCode, NlbwizError, OutputError
from nlbwiz.facts import Need
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.record.file import RunFile, read
from nlbwiz.report.model import Report
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site
from nlbwiz.walk import Walk

if TYPE_CHECKING:
    from nlbwiz.lab.site import Lab

SETTLING_S = 0.1
"""At most one report in this time: a screen shows no more, and the run needs the processor too."""
CLOSE_S = 0.5
"""What quitting waits for the run's end; whatever hangs longer is left to its daemon threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The site is read (the lab runs): who will be asked, and for how long."""

    site: Site
    knowledge: Knowledge
    total_s: float
    target_s: float
    live: bool
    """False for a saved run: nobody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything judged anew: the walk, the report of it, and the evidence beneath."""

    walk: Walk
    report: Report
    evidence: tuple[Evidence, ...]
    awaited: frozenset[str] = frozenset()
    """Targets of which an answer is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A round of asking begins: the first, or one for what was wanted after the former had ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The round is over; the Told before it is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What the operator must know and no report holds. `code` other than OK: there is nothing to show."""

    text: str
    code: ExitCode = ExitCode.OK

    @property
    def fatal(self) -> bool:
        """The run has ended by it."""
        return self.code is not ExitCode.OK


News = Opened | Told | Began | Over | Trouble | Step


@dataclass(slots=True)
class Engine:
    """One run from its start to its close, with as many rounds of asking as are wanted. For one screen's thread."""

    options: headless.Options
    news: "queue.SimpleQueue[News]" = field(default_factory=queue.SimpleQueue)
    case: Case | None = None
    kept: str = ""
    """The path of the run file; empty where nothing is kept."""
    _lab: "Lab | None" = None
    _told: dict[str, str] = field(default_factory=dict)
    _warned: set[str] = field(default_factory=set)
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _wake: threading.Event = field(default_factory=threading.Event)
    _news_of_walk: threading.Event = field(default_factory=threading.Event)
    _reporting: threading.Lock = field(default_factory=threading.Lock)
    _newest: Walk | None = None
    _closing: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; everything that happens comes out of `news`."""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    # ---- what the operator wants ----

    @property
    def elapsed_s(self) -> float:
        """Seconds since this round began."""
        return self.case.clock.now() if self.case else 0.0

    def limit_s(self, target: str) -> float:
        """Seconds that one target may take in this round, what it was given in addition included."""
        clock = self.case.clock if self.case else None
        return min(clock.target_s + clock.extra_s.get(target, 0.0), clock.total_s) if clock else 0.0

    def ask_again(self, needs: Collection[Need], only: Collection[str] = ()) -> None:
        """Ask for these needs as new samples, of these targets or of all."""
        if self.case:
            self.case.want(needs, only, again=True)
            self._wake.set()

    def ask_everything_again(self) -> None:
        """All that the checks want, of everybody."""
        if self.case:
            self.ask_again(wanted(self.case.knowledge.checks))

    def retry(self, target: str) -> int:
        """Ask one target again for what it did not give; how many needs that are."""
        lost = {
            PROBES[one.ask.probe].gives
            for one in (tuple(self.case.evidence.values()) if self.case else ())
            if one.ask.target == target and not one.is_answer and one.ask.probe in PROBES
        }
        if lost:
            self.ask_again(lost, (target,))
        return len(lost)

    def stop(self, target: str) -> None:
        """Give one target up."""
        if self.case:
            self.case.stop(target)

    def extend(self, target: str, seconds: float) -> None:
        """Give one target more time, within the run's own."""
        if self.case:
            self.case.extend(target, seconds)

    def answer(self, question: str, word: str) -> None:
        """The operator's word."""
        self._told[question] = word
        if self.case:
            self.case.answer(question, word)
        self._wake.set()

    def close(self) -> None:
        """End the run, keep what was got. Returns within a second, whatever the targets do."""
        self._closing = True
        self._wake.set()
        self._news_of_walk.set()
        case = self.case
        if case:
            threading.Thread(target=case.source.close, name="closing", daemon=True).start()
        if self._thread:
            self._thread.join(CLOSE_S)
        self.drop_secrets()

    def drop_secrets(self) -> None:
        """Remove the lab's files at once: its threads may still hang."""
        if self._lab:
            shutil.rmtree(self._lab.folder, ignore_errors=True)

    # ---- the run's thread ----

    def _run(self) -> None:
        try:
            with ExitStack() as stack:
                if self.options.bundle is not None:
                    self._replay()
                else:
                    self._ask(stack)
        except NlbwizError as error:
            self.news.put(Trouble(text=str(error), code=error.exit_code))
        except Exception as bug:  # noqa: BLE001  # the screen must say it: nobody waits for this thread
            text = f"our own bug: the run ended with {type(bug).__name__}: {str(bug)[:300]}"
            self.news.put(Trouble(text=text, code=ExitCode.SOFTWARE))

    def _ask(self, stack: ExitStack) -> None:
        options = replace(self.options, warn=lambda text: self.news.put(Trouble(text=text)))
        knowledge = headless.knowledge_of(options.symptom or registry.DEFAULT_SYMPTOM, options.answers)
        site, self._lab = stack.enter_context(headless.opened(options))
        clock = self._clock(site)
        opened = Opened(site=site, knowledge=knowledge, total_s=clock.total_s, target_s=clock.target_s, live=True)
        self.news.put(opened)
        vault = Vault(site, None)  # the terminal is the screen's: nothing can be typed beside it
        answers = dict(options.answers)
        case = Case(
            site=site, source=Live(site, vault, clock, answers), knowledge=knowledge, clock=clock, answers=answers
        )
        file = self._keep(stack, options, case)
        self.case = case
        stack.callback(self._close_source)
        threading.Thread(target=self._report_newest, name="reports", daemon=True).start()
        before = settle(site, knowledge, (), at=self._started, still_open=True)
        while not self._closing:
            self.news.put(Began())
            self._judged(before)
            self._drive(case, vault)
            if file and case.ended:
                file.end(case.ended)
            before = self._newest_or(case)
            while not self._closing:
                self._wake.wait()
                self._wake.clear()
                if not case.inbox.empty():
                    break
            if self._closing:
                return
            clock = self._clock(site)
            case = self.case = case.resumed(Live(site, vault, clock, answers), clock)

    def _close_source(self) -> None:
        if self.case:
            self.case.source.close()

    def _drive(self, case: Case, vault: Vault) -> None:
        walk: Walk | None = None
        for event in case.events():
            match event:
                case Step():
                    self.news.put(event)
                case Walk():
                    walk = event
                    self._judged(event)
        for text in set(vault.warnings) - self._warned:
            self._warned.add(text)
            self.news.put(Trouble(text=text))
        assert walk is not None
        with self._reporting:
            self._newest = None
            self.news.put(self._reported(case, walk, case.ended or datetime.now(UTC)))
        self.news.put(Over())

    def _newest_or(self, case: Case) -> Walk:
        return settle(case.site, case.knowledge, tuple(case.evidence.values()), at=case.ended or self._started)

    def _clock(self, site: Site) -> Clock:
        return Clock(total_s=self.options.deadline_s or site.limits.total_s, target_s=site.limits.target_s)

    def _keep(self, stack: ExitStack, options: headless.Options, case: Case) -> RunFile | None:
        """Write the run down as it happens; a full disk costs the file, said once, and not the run."""
        file = headless.run_file(options, case.site, case.knowledge.symptom, self._started)
        if file is None:
            return None
        stack.enter_context(file)
        self.kept = str(file.path)

        def keep(one: Evidence) -> None:
            try:
                if self.kept:
                    file.add(one)
            except OutputError as error:
                self.kept = ""
                self.news.put(Trouble(text=f"this run is not kept any more: {error}"))

        case.keep = keep
        return file

    # ---- reports ----

    def _judged(self, walk: Walk) -> None:
        self._newest = walk
        self._news_of_walk.set()

    def _report_newest(self) -> None:
        """A thread of its own: what is judged is reported at most every SETTLING_S, and the last one always."""
        while not self._closing:
            self._news_of_walk.wait()
            self._news_of_walk.clear()
            with self._reporting:
                walk, self._newest = self._newest, None
                if walk and self.case:
                    self.news.put(self._reported(self.case, walk, datetime.now(UTC)))
            time.sleep(SETTLING_S)

    def _reported(self, case: Case, walk: Walk, ended: datetime) -> Told:
        evidence = tuple(case.evidence.values())
        awaited = frozenset(ask.target for ask in case.pending.copy())
        report = headless.report(case.site, case.knowledge, walk, evidence, self._started, ended)
        return Told(walk=walk, report=report, evidence=evidence, awaited=awaited)

    # ---- a saved run ----

    def _replay(self) -> None:
        assert self.options.bundle is not None
        run = read(self.options.bundle)
        self._told = dict(self.options.answers)
        knowledge = headless.knowledge_of(self.options.symptom or run.symptom, self._told)
        self.news.put(Opened(site=run.site, knowledge=knowledge, total_s=0.0, target_s=0.0, live=False))
        while not self._closing:
            evidence = (*run.evidence, *headless.answered(self._told, run))
            walk = settle(run.site, knowledge, evidence, at=run.ended)
            report = headless.report(run.site, knowledge, walk, evidence, run.started, run.ended)
            self.news.put(Told(walk=walk, report=report, evidence=evidence))
            self.news.put(Over())
            self._wake.wait()
            self._wake.clear()
