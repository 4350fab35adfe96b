"""A health check without a screen: from a site, a bundle or the lab to a report and an exit code."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from nlbwiz import registry
from nlbwiz.case import Case, Knowledge, settle
from nlbwiz.collect.source import Clock
from nlbwiz.errors import InputMissingError, OutputError, UsageError
from nlbwiz.parse.gather import gather
from nlbwiz.probes import Ask
from nlbwiz.progress import progress
from nlbwiz.record.evidence import Evidence
from nlbwiz.record.file import Run, RunFile, read
from nlbwiz.record.keep import new_run
from nlbwiz.report.model import Report, build
from nlbwiz.site import load
from nlbwiz.site.model import Site
from nlbwiz.walk import Walk

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
    save: Path | None = None
    quiet: bool = False
    warn: Callable[[str], object] = lambda _: None
    """Takes what the operator should know and no report holds."""


def check(options: Options) -> Report:
    """Run one check to its end. Raises NlbwizError for what stops it before anything was asked.

    The deadline counts from here: what it takes to start is part of it.
    """
    began = time.monotonic()
    if sum(one is not None for one in (options.site, options.bundle, options.demo)) != 1:
        raise UsageError("exactly one of --site FILE, --bundle FILE and --demo NAME is expected")
    if options.seed is not None and options.demo is None:
        raise UsageError("--seed belongs to --demo: a real site has its own addresses")
    if options.bundle is not None:
        return _replayed(options, options.bundle)
    knowledge = _knowledge(options.symptom or registry.DEFAULT_SYMPTOM, options.answers)
    with _site(options) as site:
        return _asked(options, site, knowledge, began)


@contextmanager
def _site(options: Options) -> Iterator[Site]:
    """The site to ask; the lab runs for as long as it is asked."""
    if options.site is not None:
        yield load.read(options.site)
        return
    from nlbwiz.lab import scenario  # noqa: PLC0415  # the lab is for demos only
    from nlbwiz.lab.site import Lab  # noqa: PLC0415

    assert options.demo is not None
    if options.demo not in scenario.names():
        raise InputMissingError(f"{options.demo!r} is no scenario; there are: {', '.join(scenario.names())}")
    chosen = scenario.load(options.demo, seed=options.seed)
    with Lab(chosen) as lab:
        yield load.read(lab.site_file)


def _knowledge(symptom: str, answers: Mapping[str, str]) -> Knowledge:
    tree = registry.tree()
    if symptom not in tree.symptoms:
        raise UsageError(f"--symptom {symptom!r}: there is no such symptom; there are: {', '.join(tree.symptoms)}")
    for question, answer in answers.items():
        if question not in tree.questions:
            raise UsageError(f"--answer {question}: there is no such question; there are: {', '.join(tree.questions)}")
        known = (*tree.questions[question].answers, NOT_SURE)
        if answer not in known:
            raise UsageError(f"--answer {question}={answer}: one of {', '.join(known)} is expected")
    return Knowledge(checks=registry.checks(), tree=tree, symptom=symptom)


def _asked(options: Options, site: Site, knowledge: Knowledge, began: float) -> Report:
    from nlbwiz.collect.live import Live  # noqa: PLC0415  # brings pywinrm and pysnmp when they are needed
    from nlbwiz.site.credentials import Vault, ask_at_terminal  # noqa: PLC0415

    started = datetime.now(UTC)
    clock = Clock(total_s=options.deadline_s or site.limits.total_s, target_s=site.limits.target_s, began=began)
    vault = Vault(site, ask_at_terminal)
    answers = dict(options.answers)
    source = Live(site, vault, clock, answers)
    case = Case(site=site, source=source, knowledge=knowledge, clock=clock, answers=answers)
    last: Walk | None = None
    with ExitStack() as stack:
        stack.callback(source.close)
        if file := _run_file(options, site, knowledge.symptom, started):
            case.keep = stack.enter_context(file).add
            stack.callback(lambda: file.end(case.ended) if case.ended else None)
        kinds = {name: site.kind(name) for name in (*site.nodes, *site.hosts, *site.switches, *site.gateways, "jump")}
        shown = progress(kinds)
        stack.callback(shown.close)
        for event in case.events():
            if not options.quiet:
                shown.show(event, clock.now())
            if isinstance(event, Walk):
                last = event
    for warning in vault.warnings:
        options.warn(warning)
    assert last is not None
    assert case.ended is not None
    return report(site, knowledge, last, tuple(case.evidence.values()), started, case.ended)


def _run_file(options: Options, site: Site, symptom: str, started: datetime) -> RunFile | None:
    """The file this run is written to: the one asked for, or for a real site the user's own, where that can be."""
    if options.save is not None:
        return RunFile(options.save, site, symptom, started)
    if options.site is None:
        return None
    try:
        return RunFile(new_run(started), site, symptom, started)
    except (OSError, OutputError) as error:
        options.warn(f"this run is not kept: {error}")
        return None


def _replayed(options: Options, path: Path) -> Report:
    """Judge a saved run again, as of its recorded end; an answer that is given now comes before one that was saved."""
    if options.save is not None or options.deadline_s is not None:
        raise UsageError(
            "--save and --deadline belong to a run that asks: a bundle is saved already, and nobody is asked"
        )
    run = read(path)
    knowledge = _knowledge(options.symptom or run.symptom, options.answers)
    evidence = (*run.evidence, *_answered(options.answers, run))
    walk = settle(run.site, knowledge, evidence, at=run.ended)
    return report(run.site, knowledge, walk, evidence, run.started, run.ended)


def _answered(answers: Mapping[str, str], run: Run) -> Iterator[Evidence]:
    """The operator's words as evidence, as of the run's end. "Not sure" takes a saved answer back: it stays missing."""
    for question, word in answers.items():
        saved = [e.ask.sample for e in run.evidence if (e.ask.probe, e.ask.args) == ("answer", (question,))]
        ask = Ask(target="operator", probe="answer", args=(question,), sample=max(saved, default=-1) + 1)
        if word == NOT_SURE:
            yield Evidence(ask=ask, at=run.ended, took_ms=0, status="skipped", error="the operator is not sure")
        else:
            yield Evidence(ask=ask, at=run.ended, took_ms=0, status="answered", raw=json.dumps(word))


def report(
    site: Site, knowledge: Knowledge, walk: Walk, evidence: tuple[Evidence, ...], started: datetime, ended: datetime
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
    )
