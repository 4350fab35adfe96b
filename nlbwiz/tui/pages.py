"""The tabs of one cause as paragraphs: Why, Evidence, Fix, Verify, Undo, Raw. Pure; what they say stands in the report."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nlbwiz.check import About
from nlbwiz.plain import line
from nlbwiz.record.evidence import Evidence
from nlbwiz.report.model import AdviceText, FindingText, OutcomeText, QuestionText, SaidText, StepText
from nlbwiz.report.text import by_reason
from nlbwiz.tui.again import asked_again
from nlbwiz.tui.news import Told
from nlbwiz.tui.snapshot import SAID, YOURS, Key
from nlbwiz.tui.words import wrapped

TABS = ("Why", "Evidence", "Fix", "Verify", "Undo", "Raw")
_TIED = "\u00a0"
"""Between words that stay on one line."""
RAW_LONGEST = 20_000
"""Characters of one raw answer that a page shows; the run file keeps all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Lines for one machine, to be copied: `index` is the one beneath the cursor."""

    on: str
    lines: tuple[str, ...]
    index: int = 0
    block: tuple[str, ...] = ()
    """The lines that may be pasted in one go with this one (see `_blocks`)."""
    left: str = ""
    """Which steps for the same machine are not in the block; empty where none is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Para:
    """A paragraph: `lead` stands before its first line, the others are indented as far. A command is one row, copied whole."""

    text: str
    lead: str = "  "
    role: str = "text"
    command: Command | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One cause before it was asked again, and after; `after` is None while the answers are on their way."""

    before: str
    before_at: str
    after: str | None = None
    after_at: str = ""


def lines(paras: Iterable[Para], width: int) -> Iterator[tuple[tuple[str, ...], str, Command | None]]:
    """(lines, role, command) for every row of a page of this width. A command is one row, however long it is."""
    for para in paras:
        indent = " " * (len(para.lead) + (4 if para.command else 0))
        texts = wrapped(para.text, width - len(indent))
        told = tuple((indent if number else para.lead) + text.replace(_TIED, " ") for number, text in enumerate(texts))
        if para.command:
            yield told, para.role, para.command
        else:
            yield from (((one,), para.role, None) for one in told)


def page(told: Told, key: Key, tab: str, about: About | None, verified: Verified | None) -> Iterator[Para]:
    """One tab of a cause, or of a last resort; each paragraph is made when it is asked for."""
    for one in told.report.outcomes:
        if (one.cluster, one.id) == key:
            return _outcome(told, one, tab, about, verified)
    for advice in told.report.advice:
        if (advice.cluster, advice.id) == key:
            return _advice(advice, tab)
    return iter(())


def rests_on(told: Told, key: Key, tab: str) -> tuple[object, ...]:
    """What one tab is made of: while this is equal, the page says the same, though everything was judged anew."""
    for one in told.report.outcomes:
        if (one.cluster, one.id) == key:
            questions = [question.id for question in told.report.questions if asks(told, one, question)]
            read = told.evidence if tab == "Verify" else _mine(told, one) if tab in ("Evidence", "Raw") else None
            return one, questions, read
    return (next((one for one in told.report.advice if (one.cluster, one.id) == key), None),)


def counts(told: Told, key: Key) -> dict[str, int]:
    """How many pieces a tab holds, for the tab's label."""
    for one in told.report.outcomes:
        if (one.cluster, one.id) == key:
            fix = sum(len(step.lines) for finding in one.findings for step in finding.fix)
            return {"Evidence": len(one.evidence), "Fix": fix}
    return {}


def _outcome(told: Told, one: OutcomeText, tab: str, about: About | None, verified: Verified | None) -> Iterator[Para]:
    match tab:
        case "Why":
            yield from _why(told, one, about)
        case "Evidence":
            yield from _evidence(told, one)
        case "Fix":
            yield from _fix(one)
        case "Verify":
            yield from _verify(told, one, about, verified)
        case "Undo":
            yield from _undo(one)
        case _:
            yield from _raw(told, one)


# ---- Why ----


def _why(told: Told, one: OutcomeText, about: About | None) -> Iterator[Para]:
    if one.accepted:
        yield Para(text=f"accepted by the operator: {one.accepted}", lead=" ")
    if hint := fix_hint(one):
        yield Para(text=hint, lead=" f ", role="key")
    for finding in one.findings:
        yield from _finding(finding, one)
    if one.outcome in ("not_applicable", "not_asked") or (not one.findings and not one.clears and not one.missing):
        yield Para(text=one.reason, lead=" ")
    for lost, needs in by_reason(one):
        named = " did not give ".join(part for part in (lost.target, ", ".join(needs)) if part)
        yield Para(text=f"{named}: {lost.why}", lead=" ? ", role="unknown")
        if lost.resolve:
            yield Para(text=f"to resolve: {lost.resolve}", lead="   ", role="quiet")
    if one.clears:
        said = "what was looked at and is in order:" if not one.findings else "beside it, in order:"
        yield Para(text=said, lead=" ", role="quiet")
        yield from _said(one.clears, " - ")
    if one.notes:
        yield Para(text="worth knowing:", lead=" ", role="quiet")
        yield from _said(one.notes, " * ")
    level = f" ({one.severity})" if one.severity else ""
    said = f"{_word(told, one)}{level}{', provisional' if one.provisional and one.outcome != 'unknown' else ''}"
    asked = f"{about.question} " if about else ""
    yield Para(text=f"{asked}{said}", lead=" ", role="quiet")
    if one.because:
        yield Para(text=f"looked at here because {one.because}", lead=" ", role="quiet")
    yield from (_question(question) for question in told.report.questions if asks(told, one, question))


def _word(told: Told, one: OutcomeText) -> str:
    """The same word as on the cause's row."""
    if one.outcome == "unknown" and one.provisional:
        return SAID["waiting"]
    asks = one.outcome == "unknown" and any(asks(told, one, question) for question in told.report.questions)
    return SAID["question" if asks else one.outcome]


def beside(one: OutcomeText | None, tab: str) -> str:
    """The tab that helps most beside this one, where the screen has room for two."""
    fixes = one is not None and any(finding.fix for finding in one.findings)
    if tab == "Fix":
        return "Undo" if fixes else "Why"
    return "Fix" if fixes else ("Evidence" if tab == "Why" else "Why")


def beneath(one: OutcomeText | None, tab: str, *, others: Sequence[str]) -> tuple[str, ...]:
    """The tabs that are read next after this one, for the room that it leaves; `others` are on the screen already."""
    fixes = one is not None and any(finding.fix for finding in one.findings)
    wishes = {"Why": ("Fix", "Evidence") if fixes else ("Evidence",), "Fix": ("Undo", "Verify") if fixes else ()}
    return tuple(wish for wish in wishes.get(tab, ()) if wish not in others)


def fix_hint(one: OutcomeText) -> str:
    """How many lines on which machines, and whether there is a way back; empty where there is nothing to fix."""
    steps = [step for finding in one.findings for step in finding.fix]
    if not steps:
        return ""
    count = sum(len(step.lines) for step in steps)
    places = list(dict.fromkeys(step.on for step in steps if step.lines))
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    what = (
        f"{_many(count, 'line')} on {', '.join(places[:3])}{more}" if count else _many(len(steps), "step") + " by hand"
    )
    undo = any(step.lines for finding in one.findings for step in finding.undo)
    return f"Fix: {what}{', undo ready' if undo else ''}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def asks(told: Told, one: OutcomeText, question: QuestionText) -> bool:
    """Whether the answer to this question would close a gap of this cause."""
    return any(
        gap.question == question.id
        for outcome in told.walk.outcomes
        if (line(outcome.cluster), outcome.id) == (one.cluster, one.id)
        for gap in outcome.gaps
    )


def _question(question: QuestionText) -> Para:
    return Para(text=f"{question.text} ({', '.join(question.answers)}): press a", lead=" a ", role="ask")


def _finding(finding: FindingText, one: OutcomeText) -> Iterator[Para]:
    level = f"{finding.severity}: " if finding.severity != one.severity else ""
    yield Para(text=f"{level}{finding.where}: {finding.saw}", lead=" ! ", role="bad")
    yield Para(text=f"expected: {finding.expected}", lead="   ")
    if finding.possible:
        yield Para(text=f"only possible: {finding.possible}", lead="   ", role="maybe")
    if finding.explained_by:
        yield Para(text=f"explained by {finding.explained_by}: fix that first", lead="   ", role="maybe")
    yield Para(text=f"seen by: {', '.join(finding.seen_by)}", lead="   ")
    yield Para(text=f"evidence: {', '.join(map(_marked, finding.evidence))}", lead="   ", role="quiet")


def _said(some: Sequence[SaidText], lead: str) -> Iterator[Para]:
    for one in some:
        yield Para(text=f"{one.where}: {one.saw}", lead=lead)
        if one.evidence:
            yield Para(text=f"from {', '.join(map(_marked, one.evidence))}", lead="   ", role="quiet")


def _marked(label: str) -> str:
    """What the operator said is never taken for something that was read."""
    return f"{label} (your answer)" if label.startswith(YOURS) else label


# ---- Evidence and Raw ----


def _mine(told: Told, one: OutcomeText) -> list[Evidence]:
    places = {label.partition("/")[0] for label in one.evidence}
    some = (each for each in told.evidence if each.ask.target in places or not each.ask.target.isprintable())
    by_label = {line(found.label): found for found in some}
    return [by_label[label] for label in one.evidence if label in by_label]


def _evidence(told: Told, one: OutcomeText) -> Iterator[Para]:
    found = _mine(told, one)
    for each in found:
        yield Para(
            text=f"{_marked(line(each.label))}  {each.status} at {each.at:%H:%M:%S} UTC in {each.took_ms} ms"
            + (", asked again" if each.ask.sample else "")
            + (f": {line(each.error)}" if each.error else ""),
            lead=" ",
        )
    for lost, needs in by_reason(one):
        where = f"{lost.target}/{', '.join(needs)}" if needs else lost.target
        yield Para(text=f"not there: {where}: {lost.why}", lead=" ", role="unknown")
    if not found and not one.missing:
        yield Para(text="nothing has come yet" if one.provisional else "it rests on no single answer", lead=" ")


def _raw(told: Told, one: OutcomeText) -> Iterator[Para]:
    for each in _mine(told, one):
        yield Para(text=f"{_marked(line(each.label))}  {each.at:%Y-%m-%d %H:%M:%S} UTC", lead=" ", role="head")
        for text in _pretty(each.raw or each.error).split("\n"):
            cells = text[: len(text) - len(text.lstrip(" "))]
            yield Para(text=line(text, RAW_LONGEST).strip(" "), lead="   " + cells[:40])
    if not one.evidence:
        yield Para(text="nothing has come yet" if one.provisional else "there is no raw answer beneath it", lead=" ")


def _pretty(raw: str) -> str:
    """JSON one value a line, as far as it is JSON, and no more than a page can hold."""
    cut_raw = raw if len(raw) <= RAW_LONGEST else ""
    try:
        text = json.dumps(json.loads(cut_raw), indent=1, ensure_ascii=False)
    except ValueError:
        text = raw
    more = f"\n... {len(text):,} characters; all of them are in the run file" if len(text) > RAW_LONGEST else ""
    return text[:RAW_LONGEST] + more


# ---- Fix, Verify, Undo ----


def _fix(one: OutcomeText) -> Iterator[Para]:
    fixes = [finding for finding in one.findings if finding.fix]
    for finding in fixes:
        yield Para(text=f"{finding.where}: {finding.saw}", lead=" ! ", role="bad")
        if finding.explained_by:
            yield Para(text=f"explained by {finding.explained_by}: fix that first", lead="   ", role="maybe")
        yield Para(text=_risk(finding), lead="   ", role="maybe")
        yield from _steps(finding.fix)
    if fixes:
        yield Para(text="nlbwiz changes nothing: you paste the lines; V then asks again", lead=" ", role="quiet")
    else:
        yield Para(text=_nothing(one, "to fix"), lead=" ")


def _risk(finding: FindingText) -> str:
    """What the lines touch, what no source confirms, and the way back: beside them, before anything is copied."""
    places = list(dict.fromkeys(step.on for step in finding.fix if step.lines))
    unsure = sum(step.note.startswith("UNCONFIRMED") for step in finding.fix)
    undo = [text for step in finding.undo for text in step.lines]
    told = [f"risk: changes {', '.join(places)}" if places else "risk: by hand, nothing to paste"]
    told += [f"{_many(unsure, 'step')} UNCONFIRMED"] * bool(unsure)
    told.append((f"undo: {_many(len(undo), 'line')} (u)" if undo else "undo: in words (u)").replace(" ", _TIED))
    return "; ".join(told)


def _verify(told: Told, one: OutcomeText, about: About | None, verified: Verified | None) -> Iterator[Para]:
    if verified:
        yield Para(text=f"before  {verified.before_at}  {verified.before}", lead=" ", role="text")
        after = verified.after or "on its way"
        yield Para(text=f"after   {verified.after_at or '...':<8}  {after}", lead=" ", role="head")
    if about:
        yield Para(text="V asks again what this cause rests on, of these machines only:", lead=" ", role="head")
        for target, needs in asked_again(told, one, about).items():
            yield Para(text=f"{target}: {', '.join(sorted(needs))}", lead="   ")
    for finding in one.findings:
        yield Para(text=f"{finding.where}: to look yourself", lead=" ", role="quiet")
        yield from _steps(finding.verify)


def _undo(one: OutcomeText) -> Iterator[Para]:
    undos = [finding for finding in one.findings if finding.undo]
    for finding in undos:
        yield Para(text=f"{finding.where}: back to what it was", lead=" ", role="head")
        yield from _steps(finding.undo)
    if not undos:
        yield Para(text=_nothing(one, "to undo"), lead=" ")


def _nothing(one: OutcomeText, what: str) -> str:
    if one.provisional and not one.findings:
        return f"nothing {what} yet: it is not decided"
    if one.outcome == "unknown":
        return f"nothing {what}: it is not known; the Why tab says what would resolve it"
    return f"nothing {what}: {SAID[one.outcome]}"


_ALONE = re.compile(r"(If|Look|Or|Restart|Should|When)\b|.* has converged")
"""How a step begins that is typed after a look, an answer or a restart, or instead of others: never with its neighbours."""


def _blocks(steps: Sequence[StepText]) -> list[range]:
    """Which steps may be pasted in one go: neighbours on one machine.

    The worst that this tool can cause is a paste that does more than the operator looked at. So nothing is pasted past
    a step by hand, past a step on another machine, or together with one that depends on what was seen before it. What
    saves a configuration is such a step ("When it works, save it"): until it was looked at, a reload is the way back.
    """
    found: list[range] = []
    for at, step in enumerate(steps):
        last = found[-1] if found else None
        before = steps[at - 1] if last and last.stop == at else None
        if last and before and before.on == step.on and before.lines and step.lines and not _ALONE.match(before.text):
            joined = not _ALONE.match(step.text)
        else:
            joined = False
        if joined and last:
            found[-1] = range(last.start, at + 1)
        else:
            found.append(range(at, at + 1))
    return found


def _steps(steps: Sequence[StepText]) -> Iterator[Para]:
    block_of = {at: block for block in _blocks(steps) for at in block}
    for number, step in enumerate(steps, 1):
        place = f" (on{_TIED}{step.on},{_TIED}{step.platform})" if step.on else ""
        block = block_of[number - 1]
        rest = [n for n, one in enumerate(steps, 1) if one.on == step.on and one.lines and n - 1 not in block]
        yield Para(text=f"{step.text}{place}", lead=f" {number} ")
        for index, text in enumerate(step.lines):
            yield Para(
                text=text,
                lead="     ",
                role="command",
                command=Command(
                    on=step.on,
                    lines=tuple(step.lines),
                    index=index,
                    block=tuple(text for at in block for text in steps[at].lines),
                    left=f"by themselves: step{'s' * (len(rest) > 1)} {', '.join(map(str, rest))}" if rest else "",
                ),
            )
        if step.note:
            yield Para(text=f"note: {step.note}", lead="     ", role="maybe")


def _advice(advice: AdviceText, tab: str) -> Iterator[Para]:
    match tab:
        case "Fix":
            yield Para(text=f"what it hides: {advice.hides}", lead=" ! ", role="maybe")
            yield from _steps(advice.fix)
        case "Undo":
            yield from _steps(advice.undo)
        case _:
            yield Para(text=f"what it hides: {advice.hides}", lead=" ! ", role="maybe")
