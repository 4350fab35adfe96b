"""The report as data: what JSON publishes (its schema is made from these classes) and what every other format shows."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal

import msgspec

from nlbwiz.check import Do, Finding, Kind, Severity
from nlbwiz.commands import PhraseBook, render
from nlbwiz.judge import Check, Outcome
from nlbwiz.known import Facts
from nlbwiz.parse.gather import owners
from nlbwiz.plain import line, plain
from nlbwiz.record.evidence import Evidence, Status
from nlbwiz.site.model import Site, TargetKind
from nlbwiz.version import VERSION
from nlbwiz.walk import Verdict, Walk

FORMAT = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


class Part(msgspec.Struct, kw_only=True):
    """A piece of the report."""


class StepText(Part):
    """One step for the operator. `lines`: what to type on `on`; empty for a step in words, or for the reason in `note`."""

    text: str
    on: str
    platform: str
    lines: list[str]
    note: str


class FindingText(Part):
    """Something wrong, where, what was expected, who saw it, and how to fix, verify and undo."""

    where: str
    saw: str
    expected: str
    severity: Severity
    possible: str
    """Why it is only possible; empty when its views decide."""
    seen_by: list[str]
    explained_by: str
    """Id of the confirmed cause whose effect this is; empty otherwise."""
    evidence: list[str]
    fix: list[StepText]
    verify: list[StepText]
    undo: list[StepText]


class SaidText(Part):
    """A clear or a note: a subject, what was seen of it, and the evidence."""

    where: str
    saw: str
    evidence: list[str]


class MissingText(Part):
    """What was needed and is not there. `need` is empty when it was answered but does not decide."""

    need: str
    target: str
    why: str
    resolve: str


class OutcomeText(Part):
    """What one cause came to for one cluster."""

    cluster: str
    id: str
    slug: str
    title: str
    outcome: Kind
    severity: Severity | None
    reason: str
    because: str
    """Why the tree looks at this cause at this place."""
    provisional: bool
    accepted: str
    evidence: list[str]
    findings: list[FindingText]
    clears: list[SaidText]
    notes: list[SaidText]
    missing: list[MissingText]


class AdviceText(Part):
    """A last resort, with what it hides."""

    cluster: str
    id: str
    title: str
    hides: str
    fix: list[StepText]
    undo: list[StepText]


class QuestionText(Part):
    """A question whose answer would close a gap: `nlbwiz check --answer ID=ANSWER`."""

    id: str
    text: str
    answers: list[str]


class LostText(Part):
    """One ask that brought no answer."""

    probe: str
    status: Status
    error: str
    resolve: str


class TargetText(Part):
    """One machine: how many asks were put and answered, and what was not."""

    target: str
    kind: TargetKind
    asked: int
    answered: int
    lost: list[LostText]


class Report(Part):
    """One run's whole answer."""

    format: int
    version: str
    verdict: Verdict
    exit_code: Literal[0, 1, 2, 3]
    headline: str
    cut: str
    """Why the evidence is not a whole run: a bundle that ends too early. Empty otherwise."""
    symptom: str
    symptom_title: str
    started: datetime
    ended: datetime
    clusters: list[str]
    outcomes: list[OutcomeText]
    advice: list[AdviceText]
    questions: list[QuestionText]
    targets: list[TargetText]


def build(
    walk: Walk,
    *,
    site: Site,
    facts: Facts,
    checks: Iterable[Check],
    book: PhraseBook,
    evidence: Collection[Evidence],
    started: datetime,
    ended: datetime,
    cut: str = "",
) -> Report:
    """Make the report of a walk. `facts` are the whole site's (for the platforms). All text in it is harmless."""
    severities = {check.about.id: check.about.severity for check in checks}
    because = {branch.cause: branch.because for branch in walk.symptom.order}

    def steps(some: Iterable[Do]) -> list[StepText]:
        return [_step(one, facts, book) for one in some]

    def finding(one: Finding, outcome: Outcome, explained: str) -> FindingText:
        return FindingText(
            where=line(one.where),
            saw=line(one.saw),
            expected=line(one.expected),
            severity=one.severity or severities[outcome.id],
            possible=line(one.possible),
            seen_by=list(map(line, one.seen_by)),
            explained_by=explained,
            evidence=list(map(line, one.evidence)),
            fix=steps(one.fix),
            verify=steps(one.verify),
            undo=steps(one.undo),
        )

    return Report(
        format=FORMAT,
        version=VERSION,
        verdict=walk.verdict,
        exit_code=walk.exit_code.value,  # type: ignore[arg-type]  # EXIT maps verdicts to 0..3 only
        headline=headline(walk),
        cut=line(cut),
        symptom=walk.symptom.id,
        symptom_title=walk.symptom.title,
        started=started,
        ended=ended,
        clusters=[line(name) for name in site.clusters],
        outcomes=[
            OutcomeText(
                cluster=line(o.cluster),
                id=o.id,
                slug=o.slug,
                title=o.title,
                outcome=o.outcome,
                severity=o.severity,
                reason=line(o.reason),
                because=because.get(o.id, ""),
                provisional=not o.final,
                accepted=line(o.accepted),
                evidence=list(map(line, o.evidence)),
                findings=[finding(f, o, by) for f, by in zip(o.findings, o.explained_by, strict=True)],
                clears=[
                    SaidText(where=line(c.where), saw=line(c.saw), evidence=list(map(line, c.evidence)))
                    for c in o.clears
                ],
                notes=[
                    SaidText(where=line(n.where), saw=line(n.saw), evidence=list(map(line, n.evidence)))
                    for n in o.notes
                ],
                missing=[
                    MissingText(need=m.need, target=line(m.target), why=line(m.why), resolve=line(m.resolve))
                    for m in o.missing
                ],
            )
            for o in walk.outcomes
        ],
        advice=[
            AdviceText(
                cluster=line(cluster),
                id=one.id,
                title=one.title,
                hides=one.hides,
                fix=steps(_on_each_node(one.steps, facts, site, cluster)),
                undo=steps(_on_each_node(one.undo, facts, site, cluster)),
            )
            for cluster, one in walk.advice
        ],
        questions=[QuestionText(id=q.id, text=q.text, answers=[*q.answers, "not sure"]) for q in walk.questions],
        targets=_targets(site, evidence),
    )


def _step(do: Do, facts: Facts, book: PhraseBook) -> StepText:
    windows = do.on in facts.nodes or do.on in facts.hosts or not do.on
    step = render(do, "windows" if windows else facts.platform(do.on), book)
    return StepText(
        text=line(step.text),
        on=line(step.on),
        platform=step.platform,
        lines=list(map(line, step.lines)),
        note=line(step.note),
    )


def _on_each_node(steps: Iterable[Do], facts: Facts, site: Site, cluster: str) -> Iterator[Do]:
    """A last resort's steps on every node of the cluster that answered; NLB_NIC as a value is that node's own."""
    owner = owners(site, facts)
    mine = [one for one in facts.instances if owner[one.node, one.primary] == cluster]
    for step in steps:
        if not step.phrase or not mine:
            yield step
            continue
        for instance in mine:
            values = tuple((name, instance.interface if value == NLB_NIC else value) for name, value in step.values)
            yield replace(step, on=instance.node, values=values)


def _targets(site: Site, evidence: Collection[Evidence]) -> list[TargetText]:
    """Every machine of the site, asked or not, in the operator's order."""
    names = [*site.nodes, *site.hosts, *site.switches, *site.gateways, "jump"]
    by_target: dict[str, list[Evidence]] = {name: [] for name in names}
    for one in sorted(evidence, key=lambda e: e.ask):
        if one.ask.target in by_target:
            by_target[one.ask.target].append(one)
    return [
        TargetText(
            target=line(name),
            kind=site.kind(name),
            asked=len(all_),
            answered=sum(one.is_answer for one in all_),
            lost=[
                LostText(
                    probe=plain(one.label.partition("/")[2]),
                    status=one.status,
                    error=line(one.error),
                    resolve=line(one.resolve),
                )
                for one in all_
                if not one.is_answer
            ],
        )
        for name, all_ in by_target.items()
    ]


NLB_NIC = "NAME OF THE NLB NIC"
"""What `_tree.toml` writes where each node's own name stands."""
_ALL_CLEAR = "every cause is ruled out or does not apply"


def headline(walk: Walk) -> str:
    """One sentence: the verdict, the leading cause, and what was not read. Never `healthy` with anything unknown."""
    unknown = [o for o in walk.outcomes if o.outcome == "unknown"]
    partly = [o for o in walk.outcomes if o.missing and o.outcome in ("confirmed", "possible")]
    accepted = sorted({o.id for o in walk.outcomes if o.outcome == "accepted"})
    not_asked = sorted({o.id for o in walk.outcomes if o.outcome == "not_asked"})
    first = walk.leading()
    if first:
        text = f"{first.cluster}: {first.id} {first.title} ({first.outcome})"
        text += "".join(f": {one.where}: {one.saw}" for one in first.findings[:1])
        others = sum(o.outcome in ("confirmed", "possible") for o in walk.outcomes) - 1
        text += f", and {others} more" if others else ""
    elif unknown:
        text = "no fault found in what could be read"
    elif walk.verdict == "unknown":
        text = "nothing was looked at"
    else:
        text = "every other cause is ruled out or does not apply" if accepted else _ALL_CLEAR
    if unknown:
        text += f"; {len(unknown)} of {len(walk.outcomes)} not decided{_not_read(unknown)}"
    elif partly:
        text += f"; of {', '.join(o.id for o in partly)} not everything could be decided{_not_read(partly)}"
    if accepted:
        text += f"; accepted by the operator: {', '.join(accepted)}"
    if not_asked:
        text += f"; not measured: {', '.join(not_asked)}"
    return line(text)


def _not_read(outcomes: Iterable[Outcome]) -> str:
    """The machines that did not answer, and what nobody is listed for; an answer that does not decide is neither."""
    missing = [m for o in outcomes for m in o.missing if m.need]
    machines = dict.fromkeys(m.target for m in missing if m.target)
    nobody = dict.fromkeys(m.need for m in missing if not m.target)
    parts = [f"not read: {', '.join(machines)}"] if machines else []
    parts += [f"nobody listed to ask for: {', '.join(nobody)}"] if nobody else []
    return f" ({'; '.join(parts)})" if parts else ""
