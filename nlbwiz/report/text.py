"""The report as plain text: the verdict, each cluster's causes in the tree's order, then what was not read."""

import textwrap
from collections.abc import Iterator, Sequence

from nlbwiz.report.model import AdviceText, FindingText, MissingText, OutcomeText, Report, StepText

WIDTH = 80
"""Columns: the narrowest terminal that is still in use."""
WORDS = {
    "confirmed": "CONFIRMED",
    "possible": "POSSIBLE",
    "ruled_out": "ruled out",
    "unknown": "UNKNOWN",
    "not_applicable": "does not apply",
    "not_asked": "not asked",
    "accepted": "accepted",
}
VERDICTS = {"healthy": "HEALTHY", "warning": "WARNING", "critical": "CRITICAL", "unknown": "UNKNOWN"}


def render(report: Report) -> str:
    """The whole report; every line at most WIDTH columns, except commands, which are never broken."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    verdict = list(_wrap(f"{VERDICTS[report.verdict]}: {report.headline}"))
    yield from verdict
    if report.cut:
        yield from _wrap(f"not a whole run: {report.cut}")
    took = (report.ended - report.started).total_seconds()
    yield from _wrap(f"{report.symptom_title} - {report.ended:%Y-%m-%d %H:%M:%S} UTC, {took:.1f} s")
    for cluster in report.clusters:
        yield ""
        yield from _wrap(f"Cluster {cluster}")
        yield "=" * min(WIDTH, 8 + len(cluster))
        mine = [outcome for outcome in report.outcomes if outcome.cluster == cluster]
        yield from map(_glance, mine)
        for outcome in mine:
            yield ""
            yield from _outcome(outcome)
        for advice in report.advice:
            if advice.cluster == cluster:
                yield ""
                yield from _advice(advice)
    for question in report.questions:
        yield ""
        yield from _wrap(f"Question: {question.text}")
        yield f"  answer it with: --answer {question.id}={'|'.join(question.answers)}"
    yield from _targets(report)
    yield ""
    yield from verdict  # where a terminal that has scrolled shows it


def cause(outcome: OutcomeText) -> list[str]:
    """The lines of one cause alone, as they stand in the whole report."""
    return [*_wrap(f"Cluster {outcome.cluster}"), *_outcome(outcome)]


MARKS = {"confirmed": "!", "possible": "!", "unknown": "?"}


def _glance(outcome: OutcomeText) -> str:
    """One cause in one line, so that all of them are seen at once before the details."""
    word = WORDS[outcome.outcome] + (f" ({outcome.severity})" if outcome.severity else "")
    explained = {finding.explained_by for finding in outcome.findings}
    because = f"explained by {', '.join(sorted(explained))}: " if explained and all(explained) else ""
    text = f"{MARKS.get(outcome.outcome, '-')} {outcome.id} {word:<21} {because}{outcome.title}"
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 4]} ..."


def _outcome(outcome: OutcomeText) -> Iterator[str]:
    word = WORDS[outcome.outcome] + (f" ({outcome.severity})" if outcome.severity else "")
    yield from _wrap(f"{outcome.id} {outcome.title}: {word}" + (" - provisional" if outcome.provisional else ""))
    if outcome.accepted:
        yield from _wrap(f"accepted by the operator: {outcome.accepted}", "  ")
    for finding in outcome.findings:
        yield from _finding(finding, outcome)
    if reason := own_words(outcome):
        yield from _wrap(reason, "  ")
    elif not outcome.findings and outcome.outcome == "ruled_out":
        for clear in outcome.clears:
            yield from _wrap(f"{clear.where}: {clear.saw}{_seen(clear.evidence)}", "  - ")
    for lost, needs in by_reason(outcome):
        named = " did not give ".join(part for part in (lost.target, ", ".join(needs)) if part)
        yield from _wrap(f"missing: {named}: {lost.why}", "  ")
        if lost.resolve:
            yield from _wrap(f"to resolve: {lost.resolve}", "    ")
    for note in outcome.notes:
        yield from _wrap(f"note: {note.where}: {note.saw}{_seen(note.evidence)}", "  ")


def by_reason(outcome: OutcomeText) -> list[tuple[MissingText, list[str]]]:
    """What is missing, once per target and reason, with all the needs that it costs."""
    groups: dict[tuple[str, str, str], tuple[MissingText, list[str]]] = {}
    for one in outcome.missing:
        _, needs = groups.setdefault((one.target, one.why, one.resolve), (one, []))
        needs += [one.need] if one.need else []
    return list(groups.values())


def own_words(outcome: OutcomeText) -> str:
    """The reason, where nothing else of the outcome says it: findings, clears and missing answers say theirs themselves."""
    if outcome.findings or (outcome.outcome == "ruled_out" and outcome.clears):
        return ""
    said = outcome.outcome == "unknown" and any(lost.why in outcome.reason for lost in outcome.missing)
    return "" if said else outcome.reason


def _finding(finding: FindingText, outcome: OutcomeText) -> Iterator[str]:
    level = f"[{finding.severity}] " if finding.severity != outcome.severity else ""
    yield from _wrap(f"{level}{finding.where}: {finding.saw}", "  ! ")
    yield from _wrap(f"expected: {finding.expected}", "    ")
    if finding.possible:
        yield from _wrap(f"only possible: {finding.possible}", "    ")
    if finding.explained_by:
        yield from _wrap(f"explained by {finding.explained_by}: fix that first", "    ")
    yield from _wrap(f"seen by: {', '.join(finding.seen_by)}; evidence: {', '.join(finding.evidence)}", "    ")
    yield from _steps("fix", finding.fix)
    yield from _steps("verify", finding.verify)
    yield from _steps("undo", finding.undo)


def _advice(advice: AdviceText) -> Iterator[str]:
    yield from _wrap(advice.title)
    yield from _wrap(f"what it hides: {advice.hides}", "  ")
    yield from _steps("do", advice.fix)
    yield from _steps("undo", advice.undo)


def _steps(title: str, steps: Sequence[StepText]) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        place = f" (on {step.on}, {step.platform})" if step.on else ""
        yield from _wrap(f"{title} {number}: {step.text}{place}", "    ")
        yield from (f"        {line}" for line in step.lines)
        if step.note:
            yield from _wrap(f"note: {step.note}", "        ")


def _targets(report: Report) -> Iterator[str]:
    yield ""
    yield "What was asked"
    yield "=============="
    for target in report.targets:
        yield from _wrap(f"{target.target} ({target.kind}): {target.answered} of {target.asked} answered")
        by_error: dict[tuple[str, str, str], list[str]] = {}
        for lost in target.lost:
            by_error.setdefault((lost.status, lost.error, lost.resolve), []).append(lost.probe)
        for (status, error, resolve), probes in by_error.items():
            yield from _wrap(f"{status}: {error} ({', '.join(probes)})", "  ")
            if resolve:
                yield from _wrap(f"to resolve: {resolve}", "    ")


def _seen(evidence: Sequence[str]) -> str:
    return f" [{', '.join(evidence)}]" if evidence else ""


def _wrap(text: str, first: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) + ("" if first else "  "),
        break_on_hyphens=False,
    ) or [first.rstrip()]
