"""The report as Markdown, for a ticket or a wiki: device text cannot become markup."""

import re
from collections.abc import Iterator, Sequence

from nlbwiz.report.model import FindingText, OutcomeText, Report, SaidText, StepText
from nlbwiz.report.text import VERDICTS, WORDS, by_reason, own_words

_SPECIAL = re.compile(r"""
    [\\`*_\[\]<>|~&]           # CommonMark 0.31 and GitHub's tables and strikethrough, wherever they stand
    | [$] | (?<=:)/ | (?<=www)\.  # GitHub: formulas, and addresses that become links by themselves
    | ^[-+#=>] | (?<=^\d)[.)] | (?<=^\d\d)[.)] | (?<=^\d\d\d)[.)]  # a list, a heading or a quotation, where a text begins
    """, re.VERBOSE)  # fmt: skip
"""Nothing else, so that a MAC address can be searched for in a ticket that shows the text as it is."""


def render(report: Report) -> str:
    """CommonMark with tables left out: headings, lists and fenced commands only."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {VERDICTS[report.verdict]}: {_text(report.headline)}"
    yield ""
    if report.cut:
        yield f"Not a whole run: {_text(report.cut)}"
        yield ""
    yield f"{_text(report.symptom_title)}, {report.ended:%Y-%m-%d %H:%M:%S} UTC, nlbwiz {_text(report.version)}"
    for cluster in report.clusters:
        yield ""
        yield f"## Cluster {_text(cluster)}"
        for outcome in (one for one in report.outcomes if one.cluster == cluster):
            yield ""
            yield from _outcome(outcome)
        for advice in (one for one in report.advice if one.cluster == cluster):
            yield ""
            yield f"### {_text(advice.title)}"
            yield ""
            yield f"What it hides: {_text(advice.hides)}"
            yield from _steps("Do", advice.fix)
            yield from _steps("Undo", advice.undo)
    if report.questions:
        yield ""
        yield "## Questions"
        yield ""
        yield from (f"- {_text(q.text)} (`--answer {q.id}={'|'.join(q.answers)}`)" for q in report.questions)
    yield ""
    yield "## What was asked"
    yield ""
    for target in report.targets:
        yield f"- **{_text(target.target)}** ({target.kind}): {target.answered} of {target.asked} answered"
        yield from (
            f"  - {_text(lost.probe)}: {lost.status}: {_text(lost.error)}"
            + (f"; to resolve: {_text(lost.resolve)}" if lost.resolve else "")
            for lost in target.lost
        )


def _outcome(outcome: OutcomeText) -> Iterator[str]:
    word = WORDS[outcome.outcome] + (f" ({outcome.severity})" if outcome.severity else "")
    yield f"### {outcome.id} {_text(outcome.title)}: {word}" + (" (provisional)" if outcome.provisional else "")
    yield ""
    if outcome.accepted:
        yield f"- Accepted by the operator: {_text(outcome.accepted)}"
    if reason := own_words(outcome):
        yield f"- {_text(reason)}"
    for finding in outcome.findings:
        yield from _finding(finding)
    if not outcome.findings:
        yield from (f"- {_said(clear)}" for clear in outcome.clears)
    for lost, needs in by_reason(outcome):
        name = " did not give ".join(part for part in (lost.target, ", ".join(needs)) if part)
        yield f"- Missing: {_text(name)}: {_text(lost.why)}" + (
            f"; to resolve: {_text(lost.resolve)}" if lost.resolve else ""
        )
    yield from (f"- Note: {_said(note)}" for note in outcome.notes)


def _said(said: SaidText) -> str:
    seen = f" ({_text(', '.join(said.evidence))})" if said.evidence else ""
    return f"{_text(said.where)}: {_text(said.saw)}{seen}"


def _finding(finding: FindingText) -> Iterator[str]:
    yield f"- **{_text(finding.where)}: {_text(finding.saw)}** ({finding.severity})"
    yield f"  - Expected: {_text(finding.expected)}"
    if finding.possible:
        yield f"  - Only possible: {_text(finding.possible)}"
    if finding.explained_by:
        yield f"  - Explained by {finding.explained_by}: fix that first"
    yield f"  - Seen by {_text(', '.join(finding.seen_by))}; evidence: {_text(', '.join(finding.evidence))}"
    yield from _steps("Fix", finding.fix)
    yield from _steps("Verify", finding.verify)
    yield from _steps("Undo", finding.undo)


def _steps(title: str, steps: Sequence[StepText]) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        place = f" (on {_text(step.on)}, {_text(step.platform)})" if step.on else ""
        yield f"  - {title} {number}: {_text(step.text)}{place}" + (f"; note: {_text(step.note)}" if step.note else "")
        if step.lines:
            fence = "`" * max(
                3, 1 + max((len(run) for line in step.lines for run in re.findall("`+", line)), default=0)
            )
            yield ""
            yield f"    {fence}text"
            yield from (f"    {line}" for line in step.lines)
            yield f"    {fence}"
            yield ""


def _text(text: str) -> str:
    """One line of text in which every character that could be markup is escaped (CommonMark 0.31, 2.4)."""
    return _SPECIAL.sub(r"\\\g<0>", text.strip())
