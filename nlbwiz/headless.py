"""A health check without a screen: from a site, a bundle or the lab to a report and an exit code."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nlbwiz import registry
from nlbwiz.case import Case, Knowledge, settle
from nlbwiz.collect.source import Clock
from nlbwiz.errors import OutputError, UsageError
from nlbwiz.parse.gather import gather
from nlbwiz.probes import Ask
from nlbwiz.progress import progress
from nlbwiz.record.evidence import Evidence
from nlbwiz.record.file import Run, RunFile, read
from nlbwiz.record.keep import new_run
from nlbwiz.record.recent import remember
from nlbwiz.report.model import Report, build
from nlbwiz.site import load
from nlbwiz.site.model import Site
from nlbwiz.walk import Walk

if TYPE_CHECKING:
    from nlbwiz.lab.site import Lab

NOT_SURE = "not sure"
"""An answer to every question: the same as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `nlbwiz check` was asked for; exactly one of site, bundle and demo is set."""

    site: Path | None = None
    bundle: Path | None = None
    demo: str | None = None
    seed: int | None = None
    symptom: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float | None = None
    measure_s: float | None = None
    """Sample the switches' counters twice, so many seconds apart; None: as the symptom has it."""
    save: Path | None = None
    quiet: bool = False
    warn: Callable[[str], object] = lambda _: None
    """Takes what the operator should know and no report holds."""


def check(options: Options) -> Report:
    """Run one check to its end. Raises NlbwizError for what stops it before anything was asked.

    The deadline counts from here: what it takes to start is part of it.
    """
    began = time.monotonic()
    refuse(options)
    if options.bundle is not None:
        return _replayed(options, options.bundle)
    knowledge = knowledge_of(
        options.symptom or registry.DEFAULT_SYMPTOM, options.answers, measure_s=measure_of(options)
    )
    with opened(options) as (site, _):
        return _asked(options, site, knowledge, began)


def refuse(options: Options) -> None:
    """Raise UsageError for options that contradict each other."""
    if sum(one is not None for one in (options.site, options.bundle, options.demo)) != 1:
        raise UsageError("exactly one of --site FILE, --bundle FILE and --demo NAME is expected")
    if options.seed is not None and options.demo is None:
        raise UsageError("--seed belongs to --demo: a real site has its own addresses")
    if options.measure_s is not None and options.bundle is not None:
        raise UsageError(
            "--measure belongs to a run that asks: what a bundle's run measured is in it, and nobody is asked"
        )
    if (
        options.measure_s is not None
        and options.deadline_s is not None
        and _too_long(options.measure_s, options.deadline_s)
    ):
        raise UsageError(
            f"--measure {options.measure_s:g} does not fit into --deadline {options.deadline_s:g}: "
            f"{options.measure_s + BESIDES_S:g} s are needed"
        )
    if options.bundle is not None and (options.save is not None or options.deadline_s is not None):
        raise UsageError(
            "--save and --deadline belong to a run that asks: a bundle is saved already, and nobody is asked"
        )


@contextmanager
def opened(options: Options) -> Iterator[tuple[Site, "Lab | None"]]:
    """The site to ask, and the lab that plays it in a demo: it runs for as long as it is asked."""
    if options.site is not None:
        yield load.read(options.site), None
        return
    from nlbwiz.lab import scenario  # noqa: PLC0415  # the lab is for demos only
    from nlbwiz.lab.site import Lab  # noqa: PLC0415

    assert options.demo is not None
    scenario.must_exist(options.demo)
    chosen = scenario.load(options.demo, seed=options.seed)
    with Lab(chosen) as lab:
        yield load.read(lab.site_file), lab


FLOODING = "flooding"
"""The symptom that is measured."""
MEASURE_S = 10.0
"""Between two samples where nobody says: some agents keep their counters for several seconds (reference: snmp 1.2)."""
BESIDES_S = 3.0
"""What a run needs beside the measurement."""


def measure_of(options: Options) -> float:
    """Seconds that a run measures; 0: not at all. A demo measures where its scenario is about what only counters show."""
    if options.measure_s is not None:
        return options.measure_s
    wanted = MEASURE_S if options.symptom == FLOODING else 0.0
    if options.demo is not None and not wanted:
        from nlbwiz.lab import scenario  # noqa: PLC0415  # the lab is for demos only

        scenario.must_exist(options.demo)
        wanted = scenario.measure(options.demo)
    if wanted and options.deadline_s is not None and _too_long(wanted, options.deadline_s):
        options.warn(
            f"flooding is not measured: that takes {wanted + BESIDES_S:g} s, and --deadline is {options.deadline_s:g}"
        )
        return 0.0
    return wanted


def _too_long(measure_s: float, deadline_s: float) -> bool:
    return measure_s + BESIDES_S > deadline_s


def knowledge_of(symptom: str, answers: Mapping[str, str], *, measure_s: float = 0.0) -> Knowledge:
    """What to judge with. Raises UsageError for a symptom, a question or an answer that the tree does not have."""
    tree = registry.tree()
    if symptom not in tree.symptoms:
        raise UsageError(f"--symptom {symptom!r}: there is no such symptom; there are: {', '.join(tree.symptoms)}")
    for question, answer in answers.items():
        if question not in tree.questions:
            raise UsageError(f"--answer {question}: there is no such question; there are: {', '.join(tree.questions)}")
        known = (*tree.questions[question].answers, NOT_SURE)
        if answer not in known:
            raise UsageError(f"--answer {question}={answer}: one of {', '.join(known)} is expected")
    return Knowledge(checks=registry.checks(), tree=tree, symptom=symptom, measure_s=measure_s)


def _asked(options: Options, site: Site, knowledge: Knowledge, began: float) -> Report:
    from nlbwiz.collect.live import Live  # noqa: PLC0415  # brings pywinrm and pysnmp when they are needed
    from nlbwiz.site.credentials import Vault, ask_at_terminal  # noqa: PLC0415

    started = datetime.now(UTC)
    limit_s = max(site.limits.total_s, knowledge.measure_s + 4 * BESIDES_S if knowledge.measure_s else 0.0)
    clock = Clock(total_s=options.deadline_s or limit_s, target_s=site.limits.target_s, began=began)
    vault = Vault(site, ask_at_terminal)
    answers = dict(options.answers)
    source = Live(site, vault, clock, answers)
    case = Case(site=site, source=source, knowledge=knowledge, clock=clock, answers=answers)
    last: Walk | None = None
    with ExitStack() as stack:
        stack.callback(source.close)
        if file := run_file(options, site, knowledge.symptom, started):
            case.keep = stack.enter_context(file).add
            stack.callback(lambda: file.end(case.ended) if case.ended else None)
        kinds = {name: site.kind(name) for name in (*site.nodes, *site.hosts, *site.switches, *site.gateways, "jump")}
        shown = progress(kinds)
        stack.callback(shown.close)
        try:
            for event in case.events():
                if not options.quiet:
                    shown.show(event, clock.now())
                if isinstance(event, Walk):
                    last = event
        except KeyboardInterrupt:
            shown.close()
            if file:
                options.warn(f"what was answered is kept: nlbwiz check --bundle {file.path}")
            raise
    assert last is not None
    assert case.ended is not None
    for warning in (*vault.warnings, *_unused(options.answers, last), *_idle(site, knowledge, case.ended.date())):
        options.warn(warning)
    found = report(site, knowledge, last, tuple(case.evidence.values()), started, case.ended)
    if file and options.site is not None:
        remember(options.site, file.path, started, found.verdict)
    return found


def run_file(options: Options, site: Site, symptom: str, started: datetime) -> RunFile | None:
    """The file this run is written to: the one asked for, or for a real site the user's own, where that can be."""
    if options.save is not None:
        file = RunFile(options.save, site, symptom, started)
        if options.site is not None:
            remember(options.site, file.path, started)
        return file
    if options.site is None:
        return None
    try:
        file = RunFile(new_run(started), site, symptom, started)
        remember(options.site, file.path, started)
        return file
    except (OSError, OutputError) as error:
        options.warn(f"this run is not kept: {error}")
        return None


def _replayed(options: Options, path: Path) -> Report:
    """Judge a saved run again, as of its recorded end; an answer that is given now comes before one that was saved."""
    run = read(path)
    knowledge = knowledge_of(options.symptom or run.symptom, options.answers)
    evidence = (*run.evidence, *answered(options.answers, run))
    walk = settle(run.site, knowledge, evidence, at=run.ended)
    for warning in (
        *([run.cut] if run.cut else ()),
        *_unused(options.answers, walk),
        *_idle(run.site, knowledge, run.ended.date()),
    ):
        options.warn(warning)
    return report(run.site, knowledge, walk, evidence, run.started, run.ended, run.cut)


def _unused(answers: Mapping[str, str], walk: Walk) -> Iterator[str]:
    """Answers that no cause rests on: the operator must not believe that they decided anything."""
    used = {label for outcome in walk.outcomes for label in outcome.evidence}
    for question, word in answers.items():
        if word != NOT_SURE and not any(label.startswith(f"operator/answer[{question}]") for label in used):
            yield f"--answer {question}={word}: no cause needed it: what was read decides, or asks for something else"


def _idle(site: Site, knowledge: Knowledge, today: date) -> Iterator[str]:
    """Written exceptions that hold no longer, or that no cause can ever meet."""
    known = {check.about.id for check in knowledge.checks}
    for one in site.accepts:
        if one.cause not in known:
            yield f"the exception of {one.cause} for {one.cluster} counts for nothing: there is no such cause"
        elif one.until < today:
            yield f"the exception of {one.cause} for {one.cluster} ended on {one.until.isoformat()}: it counts no longer"


def answered(answers: Mapping[str, str], run: Run) -> Iterator[Evidence]:
    """The operator's words as evidence, as of the run's end. "Not sure" takes a saved answer back: it stays missing."""
    for question, word in answers.items():
        saved = [e.ask.sample for e in run.evidence if (e.ask.probe, e.ask.args) == ("answer", (question,))]
        ask = Ask(target="operator", probe="answer", args=(question,), sample=max(saved, default=-1) + 1)
        if word == NOT_SURE:
            yield Evidence(ask=ask, at=run.ended, took_ms=0, status="skipped", error="the operator is not sure")
        else:
            yield Evidence(ask=ask, at=run.ended, took_ms=0, status="answered", raw=json.dumps(word))


def report(
    site: Site,
    knowledge: Knowledge,
    walk: Walk,
    evidence: tuple[Evidence, ...],
    started: datetime,
    ended: datetime,
    cut: str = "",
) -> Report:
    """The report of a finished walk."""
    facts = gather(site, None, evidence, at=ended)
    return build(
        walk,
        site=site,
        facts=replace(facts, now=ended),
        checks=knowledge.checks,
        book=registry.phrase_book(),
        evidence=evidence,
        started=started,
        ended=ended,
        cut=cut,
    )
