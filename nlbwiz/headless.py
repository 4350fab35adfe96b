"""A health check without a screen: from a site, a bundle or the lab to a report and an exit code."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from nlbwiz import registry
from nlbwiz.case import Case, Knowledge, settle
from nlbwiz.collect.source import Clock
from nlbwiz.errors import InputMissingError, UsageError
from nlbwiz.parse.gather import gather
from nlbwiz.progress import progress
from nlbwiz.record.evidence import Evidence
from nlbwiz.record.file import RunFile, read
from nlbwiz.report.model import Report, build
from nlbwiz.site import load
from nlbwiz.site.model import Site
from nlbwiz.walk import Walk


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


def check(options: Options) -> Report:
    """Run one check to its end. Raises NlbwizError for what stops it before anything was asked."""
    if sum(one is not None for one in (options.site, options.bundle, options.demo)) != 1:
        raise UsageError("exactly one of --site FILE, --bundle FILE and --demo NAME is expected")
    if options.bundle is not None:
        return _replayed(options, options.bundle)
    with _site(options) as (site, symptom):
        return _asked(options, site, _knowledge(options.symptom or symptom, options.answers))


@contextmanager
def _site(options: Options) -> Iterator[tuple[Site, str]]:
    """The site to ask and the symptom it stands for; the lab runs for as long as it is asked."""
    if options.site is not None:
        yield load.read(options.site), "routine"
        return
    from nlbwiz.lab import scenario  # noqa: PLC0415  # the lab is for demos only
    from nlbwiz.lab.site import Lab  # noqa: PLC0415

    assert options.demo is not None
    if options.demo not in scenario.names():
        raise InputMissingError(f"{options.demo!r} is no scenario; there are: {', '.join(scenario.names())}")
    chosen = scenario.load(options.demo, seed=options.seed)
    with Lab(chosen) as lab:
        yield load.read(lab.site_file), chosen.symptom


def _knowledge(symptom: str, answers: Mapping[str, str]) -> Knowledge:
    tree = registry.tree()
    if symptom not in tree.symptoms:
        raise UsageError(f"--symptom {symptom!r}: there is no such symptom; there are: {', '.join(tree.symptoms)}")
    for question, answer in answers.items():
        if question not in tree.questions:
            raise UsageError(f"--answer {question}: there is no such question; there are: {', '.join(tree.questions)}")
        known = (*tree.questions[question].answers, "not sure")
        if answer not in known:
            raise UsageError(f"--answer {question}={answer}: one of {', '.join(known)} is expected")
    return Knowledge(checks=registry.checks(), tree=tree, symptom=symptom)


def _asked(options: Options, site: Site, knowledge: Knowledge) -> Report:
    from nlbwiz.collect.live import Live  # noqa: PLC0415  # brings pywinrm and pysnmp when they are needed
    from nlbwiz.site.credentials import Vault, ask_at_terminal  # noqa: PLC0415

    started = datetime.now(UTC)
    clock = Clock(total_s=options.deadline_s or site.limits.total_s, target_s=site.limits.target_s)
    source = Live(site, Vault(site, ask_at_terminal), clock, options.answers)
    case = Case(site=site, source=source, knowledge=knowledge, clock=clock, answers=options.answers)
    with ExitStack() as stack:
        stack.callback(source.close)
        if options.save is not None:
            file = stack.enter_context(RunFile(options.save, site, knowledge.symptom, started))
            case.keep = file.add
            stack.callback(lambda: file.end(case.ended or datetime.now(UTC)))
        shown = progress(
            {name: site.kind(name) for name in (*site.nodes, *site.hosts, *site.switches, *site.gateways, "jump")}
        )
        stack.callback(shown.close)
        last: Walk | None = None
        for event in case.events():
            if not options.quiet:
                shown.show(event, clock.now())
            if isinstance(event, Walk):
                last = event
    assert last is not None
    assert case.ended is not None
    return report(site, knowledge, last, tuple(case.evidence.values()), started, case.ended)


def _replayed(options: Options, path: Path) -> Report:
    """Judge a saved run again, as of its recorded end."""
    run = read(path)
    knowledge = _knowledge(options.symptom or run.symptom, options.answers)
    walk = settle(run.site, knowledge, run.evidence, at=run.ended)
    return report(run.site, knowledge, walk, run.evidence, run.started, run.ended)


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
