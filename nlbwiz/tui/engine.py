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
from nlbwiz.case import Case, settle
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.errors import ExitCode, NlbwizError, OutputError
from nlbwiz.facts import Need
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.record.file import RunFile, read
from nlbwiz.record.recent import remember
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site
from nlbwiz.tui.locks import Locks
from nlbwiz.tui.news import Began, News, Opened, Over, Told, Trouble
from nlbwiz.walk import Walk

if TYPE_CHECKING:
    from nlbwiz.lab.site import Lab

SETTLING_S = 0.2
"""At most one report in this time: a screen shows no more, and the run needs the processor too."""
REST, LONGEST_REST_S = 9, 1.0
"""A tenth of one processor at most, and never later than this."""
CLOSE_S = 0.5
"""What quitting waits for the run's end; whatever hangs longer is left to its daemon threads."""


@dataclass(slots=True)
class Engine:
    """One run from its start to its close, with as many rounds of asking as are wanted. For one screen's thread."""

    options: headless.Options
    news: "queue.SimpleQueue[News]" = field(default_factory=queue.SimpleQueue)
    case: Case | None = None
    locks: Locks = field(init=False)
    """The secrets that the operator is asked for."""
    kept: str = ""
    """The path of the run file; empty where nothing is kept."""
    _lab: "Lab | None" = None
    _told: dict[str, str] = field(default_factory=dict)
    _warned: set[str] = field(default_factory=set)
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _round_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _wake: threading.Event = field(default_factory=threading.Event)
    _news_of_walk: threading.Event = field(default_factory=threading.Event)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _reporting: threading.Lock = field(default_factory=threading.Lock)
    _newest: Walk | None = None
    _closing: bool = False
    _thread: threading.Thread | None = None
    _verdict: str = ""
    _file: RunFile | None = None
    _ended: bool = False
    """The run file has its last line, and no answer after it."""

    def __post_init__(self) -> None:
        self.locks = Locks(self.news)

    def start(self) -> None:
        """Begin; everything that happens comes out of `news`."""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    # ---- what the operator wants ----

    @property
    def lab(self) -> "Lab | None":
        """The simulated site that is asked, where it is one; None before it runs."""
        return self._lab

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
            self.ask_again(self.case.knowledge.wanted)

    def retry(self, target: str) -> int:
        """Ask one target again for what it did not give; how many needs that are."""
        lost = {
            PROBES[one.ask.probe].gives
            for one in (tuple(self.case.evidence.values()) if self.case else ())
            if one.ask.target == target and not one.is_answer and one.ask.probe in PROBES
        }
        if self.case and lost:
            self.locks.before_retry(target, tuple(self.case.evidence.values()))
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
        self.locks.close()
        case = self.case
        if case:
            threading.Thread(target=case.source.close, name="closing", daemon=True).start()
        if self._thread:
            self._thread.join(CLOSE_S)
            if self._thread.is_alive():
                self._end_file(datetime.now(UTC))  # left on purpose, not killed: whatever hangs
        self.drop_secrets()

    def _end_file(self, at: datetime) -> None:
        """The run file's last line, once for each round."""
        with self._writing:
            if self._file and self.kept and not self._ended:
                self._ended = True
                try:
                    self._file.end(at)
                except (OutputError, ValueError):  # ValueError: the run's thread has closed it
                    return

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
            text = f"our own bug: the run ended with {type(bug).__name__}: {self.locks.scrubbed(str(bug))[:300]}"
            self.news.put(Trouble(text=text, code=ExitCode.SOFTWARE))

    def _ask(self, stack: ExitStack) -> None:
        options = replace(self.options, warn=lambda text: self.news.put(Trouble(text=text)))
        symptom, measure_s = options.symptom or registry.DEFAULT_SYMPTOM, headless.measure_of(options)
        knowledge = headless.knowledge_of(symptom, options.answers, measure_s=measure_s)
        site, self._lab = stack.enter_context(headless.opened(options))
        clock = self._clock(site)
        opened = Opened(site=site, knowledge=knowledge, total_s=clock.total_s, target_s=clock.target_s, live=True)
        self.news.put(opened)
        vault = self.locks.vault = Vault(site, None)  # the terminal is the screen's: the screen asks, before the round
        if not self.locks.unlock(vault.lacking()):
            return
        clock = self._clock(site)  # what was typed cost no time
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
            if case.ended:
                self._end_file(case.ended)
            if file and options.site is not None:
                remember(options.site, file.path, self._started, self._verdict)
            before = self._newest_or(case)
            while not self._closing:
                self._wake.wait()
                self._wake.clear()
                if not case.inbox.empty():
                    break
            if not self.locks.unlock_anew():
                return
            clock = self._clock(site)
            case = self.case = case.resumed(Live(site, vault, clock, answers), clock)

    def _answers_of_round(self, case: Case) -> tuple[Evidence, ...]:
        return tuple(one for one in case.evidence.values() if one.at >= self._round_at)

    def _close_source(self) -> None:
        if self.case:
            self.case.source.close()

    def _drive(self, case: Case, vault: Vault) -> None:
        walk: Walk | None = None
        self._round_at = datetime.now(UTC)
        for event in case.events():
            match event:
                case Step():
                    self.news.put(event)
                case Walk():
                    walk = event
                    self._judged(event)
        self.locks.withdraw_refused(case.site, self._answers_of_round(case))
        for text in set(vault.warnings) - self._warned:
            self._warned.add(text)
            self.news.put(Trouble(text=text))
        assert walk is not None
        with self._reporting:
            self._newest = None
            told = self._reported(case, walk, case.ended or datetime.now(UTC))
            self._verdict = told.report.verdict
            self.news.put(told)
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
        stack.callback(
            lambda: self._end_file(datetime.now(UTC))
        )  # a run that is left before its end is not a killed one
        self.kept, self._file = str(file.path), file

        def keep(one: Evidence) -> None:
            try:
                with self._writing:
                    if self.kept and not (self._ended and self._closing):
                        self._ended = False
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
        """A thread of its own: what is judged is reported at most every SETTLING_S, and the last one always.

        It rests REST times as long as it worked: with very many findings a report costs what the keys need.
        """
        while not self._closing:
            self._news_of_walk.wait()
            self._news_of_walk.clear()
            began_s = time.thread_time()
            with self._reporting:
                walk, self._newest = self._newest, None
                if walk and self.case:
                    self.news.put(self._reported(self.case, walk, datetime.now(UTC)))
            time.sleep(max(SETTLING_S, min(REST * (time.thread_time() - began_s), LONGEST_REST_S)))

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
