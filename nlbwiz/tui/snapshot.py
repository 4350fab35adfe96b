"""What the screen shows at one moment, as a value: rows and words made from a report, a walk and steps. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlbwiz.judge import Outcome
from nlbwiz.plain import line
from nlbwiz.record.evidence import Step
from nlbwiz.report.model import OutcomeText, TargetText
from nlbwiz.report.text import WORDS
from nlbwiz.tui.news import Told

Key = tuple[str, str]
"""(cluster, cause or advice): what a row is."""
MARKS = {
    "confirmed": ("[X]", "bad"),
    "possible": ("[!]", "maybe"),
    "ruled_out": ("[-]", "good"),
    "unknown": ("[?]", "unknown"),
    "waiting": ("[ ]", "quiet"),
    "question": ("[a]", "ask"),
    "not_asked": ("[.]", "quiet"),
    "accepted": ("[~]", "good"),
    "not_applicable": ("[=]", "quiet"),
    "advice": ("[*]", "maybe"),
}
"""Glyph and role of every state. A state is never told by its colour alone."""
TARGET_MARKS = {
    "ok": ("answered",),
    "..": ("running",),
    "!!": ("in part", "part"),
    "NO": ("no answer", "nothing"),
    "--": ("not asked",),
}
"""Mark of a machine -> what is said of it, and more words that it is found by."""
SAID = WORDS | {"waiting": "waiting", "question": "asks you", "not_applicable": "not here", "advice": "last resort"}
PROBLEMS = frozenset({"confirmed", "possible", "unknown", "waiting", "question", "advice"})
YOURS = "operator/answer"
"""How the evidence begins that the operator gave."""
_ACRONYMS = frozenset({"arp", "ip", "mac", "nic", "nlb", "vip", "vlan"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The last word of a target in this round, and since when it is at work, in seconds of the round."""

    text: str
    since_s: float
    last_s: float
    waiting: int
    former: bool = False
    """Heard in a round before this one: what comes next is counted anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """One cause of one cluster. `state` is a key of MARKS."""

    key: Key
    state: str
    word: str
    title: str
    short: str
    """A name for where the title has no room: the check's own file name."""
    reason: str
    final: bool
    explained: bool
    waits: tuple[str, ...] = ()
    """The targets that it still waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """One machine. `mark`: a key of TARGET_MARKS; `took_s` is None until it was heard of; `running`: still awaited."""

    name: str
    kind: str
    mark: str
    role: str
    words: str
    short: str
    took_s: float | None
    limit_s: float
    running: bool
    causes: tuple[str, ...]
    """What hangs on it: causes that wait for it, or that lack what it did not give."""


def counted(rows: Sequence[TargetRow]) -> list[str]:
    """How many machines answered, run, and did not; what none does is left out."""
    count = Counter(row.mark for row in rows)
    return [f"{count[mark]} {said[0]}" for mark, said in TARGET_MARKS.items() if count[mark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is on the screen beside the page of one cause."""

    causes: tuple[CauseRow, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    leading: Key | None = None
    headline: str = ""
    state: str = "waiting"
    """Of the headline: a key of MARKS."""
    decided: int = 0
    total: int = 0
    """Of the causes that this run asks for; what it does not measure is in neither."""
    final: bool = False
    """Nothing that any cause needs is awaited."""
    asks: tuple[str, ...] = ()
    """Ids of the questions that wait for the operator."""
    by_key: Mapping[Key, CauseRow] = field(default_factory=dict, compare=False)


def snapshot(
    told: Told, heard: Mapping[str, Heard], limits: Mapping[str, float], *, running: bool, now_s: float
) -> Snapshot:
    """Rows in the tree's order, targets in the operator's; `limits` and `now_s` in seconds of this round."""
    questions = {question.id for question in told.walk.questions}
    pairs = list(zip(told.report.outcomes, told.walk.outcomes, strict=True))
    lost = {target.target: target.lost[0].status for target in told.report.targets if target.lost}
    heard = {**_unheard(told, heard), **heard}
    hang = Counter(place for one in told.walk.outcomes for place in _places(one))
    causes = [
        _cause(text, one, questions, lost, lambda o: _waits(o, heard, limits, now_s, hang)) for text, one in pairs
    ]
    waits, lacks = _by_target(told)
    causes += [
        CauseRow(
            key=(one.cluster, one.id),
            state="advice",
            word=SAID["advice"],
            title=one.title.removeprefix("Last resort: "),
            short=one.title.removeprefix("Last resort: "),
            reason=f"it hides: {one.hides}",
            final=True,
            explained=False,
        )
        for one in told.report.advice
    ]
    by_key = {row.key: row for row in causes}
    first = told.walk.leading()
    leading = (line(first.cluster), first.id) if first else None
    asked = [one for one in told.walk.outcomes if one.outcome != "not_asked"]
    decided = sum(one.final and one.outcome != "unknown" for one in asked)
    row = by_key[leading] if leading else None
    return Snapshot(
        causes=tuple(causes),
        targets=tuple(
            _target(
                one,
                heard.get(one.target),
                limits.get(one.target, 0.0),
                running,
                now_s,
                waits=waits.get(one.target, ()),
                lacks=lacks.get(one.target, ()),
            )
            for one in told.report.targets
        ),
        leading=leading,
        headline=f"{row.key[0]}: {row.key[1]} {row.title}" if row else _nothing_leads(told, running),
        state=row.state if row else _state_of_none(told, running),
        decided=decided,
        total=len(asked),
        final=told.walk.final,
        asks=tuple(question.id for question in told.report.questions),
        by_key=by_key,
    )


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What became of each cause since, and who answered meanwhile: one line each, the gravest first."""
    found = []
    clusters = {row.key[0] for row in after.causes}
    for row in after.causes:
        old = before.by_key.get(row.key)
        if old and old.word != row.word and row.final:
            where = f"{row.key[0]}: " if len(clusters) > 1 else ""
            came = [name for name in old.waits if name not in row.waits]
            more = f" and {len(came) - 3} more" if len(came) > 3 else ""
            since = f", after {', '.join(came[:3])}{more}" if came else ""
            found.append((row, f"{where}{row.key[1]} went from {old.word} to {row.word}{since}"))
    rank = list(MARKS)
    return [text for _, text in sorted(found, key=lambda pair: rank.index(pair[0].state))]


def _cause(
    text: OutcomeText, one: Outcome, questions: set[str], lost: Mapping[str, str], waits: Callable[[Outcome], str]
) -> CauseRow:
    state: str = text.outcome
    reason = text.reason
    explained = bool(text.findings) and all(finding.explained_by for finding in text.findings)
    asked = any(gap.question in questions for gap in one.gaps if gap.question)
    if text.outcome == "unknown" and not one.final:
        state, reason = "waiting", waits(one)
    elif text.outcome == "unknown":
        state = "question" if asked else state
        reason = _lacks(text, lost) or reason
    elif explained:
        reason = f"explained by {', '.join(sorted({f.explained_by for f in text.findings}))}: {reason}"
    elif text.accepted:
        reason = f"{text.accepted}: {reason}"
    if asked:
        reason = f"a question for you: a; {reason}"
    elif any(label.startswith(YOURS) for label in text.evidence):
        reason = f"with your answer: {reason}"
    if text.outcome != "unknown" and not one.final:
        reason = f"{reason} (still asking {', '.join(_places(one))})"
    return CauseRow(
        key=(text.cluster, text.id),
        state=state,
        word=SAID[state],
        title=text.title,
        short=spoken(text.slug),
        reason=reason,
        final=one.final,
        explained=explained,
        waits=tuple(_places(one)),
    )


def spoken(slug: str) -> str:
    """A check's file name as words."""
    return " ".join(word.upper() if word in _ACRONYMS else word for word in slug.split("_"))


def _lacks(text: OutcomeText, lost: Mapping[str, str]) -> str:
    """Who did not give what is needed, each with one word why; what was answered and does not decide says so itself."""
    silent = {m.target: lost[m.target] for m in text.missing if m.need and m.target in lost}
    alike = [
        f"{', '.join(name for name in silent if silent[name] == why)} {why}" for why in dict.fromkeys(silent.values())
    ]
    gaps = [f"{m.target}: {m.why}" for m in text.missing if m.target not in silent]
    return "; ".join(dict.fromkeys([", ".join(alike)] * bool(silent) + gaps))


def _places(one: Outcome) -> list[str]:
    return list(dict.fromkeys(line(place.partition("@")[2]) for place in one.waiting_for))


def _waits(
    one: Outcome, heard: Mapping[str, Heard], limits: Mapping[str, float], now_s: float, hang: Mapping[str, int]
) -> str:
    """Who it waits for, which step, of how many seconds.

    First who is at work, and of them whom the fewest others wait for: that is its own reason.
    """
    idle = {name for name in _places(one) if not (name in heard and heard[name].waiting)}
    places = sorted(_places(one), key=lambda name: (name in idle, hang.get(name, 0), name not in heard))
    words = []
    for number, name in enumerate(places[:4]):
        step = heard.get(name)
        at_work = step and not step.former and name not in idle
        took = f"{now_s - step.since_s:.0f} of {limits.get(name, 0):.0f} s" if step and at_work else ""
        doing = f" ({step_word(step.text)})" if took and step else ""
        words.append(f"{name} {took}{doing}" if took and not number else name)
    more = f" and {len(places) - 4} more" if len(places) > 4 else ""
    lost = ", ".join(dict.fromkeys(line(m.target) for m in one.missing if m.target))
    return f"for {', '.join(words)}{more}" + (f"; not read: {lost}" if lost else "")


def step_word(text: str) -> str:
    """A step in one word or two: how far it is, where it says so, else what it does."""
    far = re.search(r"\d+ of \d+", text)
    return far.group().replace(" of ", "/") if far else text.partition(" ")[0]


def _nothing_leads(told: Told, running: bool) -> str:
    """Who was not read comes first: it is what the operator can act on, and what no width may cut."""
    if running and any(not one.final for one in told.walk.outcomes):
        return "nothing found so far"
    lost = dict.fromkeys(m.target for one in told.report.outcomes for m in one.missing if m.need and m.target)
    if told.report.verdict == "unknown" and lost:
        return f"not read: {', '.join(lost)}; no fault in the rest"
    return told.report.headline


def _state_of_none(told: Told, running: bool) -> str:
    if running and any(not one.final for one in told.walk.outcomes):
        return "waiting"
    return "ruled_out" if told.walk.verdict == "healthy" else "unknown"


def _unheard(told: Told, heard: Mapping[str, Heard]) -> dict[str, Heard]:
    """Who answered without a word about its steps, such as this machine itself, or a saved run: what its answers took."""
    took: dict[str, int] = {}
    for one in told.evidence:
        if one.ask.target not in heard:
            took[one.ask.target] = max(took.get(one.ask.target, 0), one.took_ms)
    return {
        line(name): Heard(text="", since_s=0.0, last_s=took_ms / 1000, waiting=0, former=True)
        for name, took_ms in took.items()
    }


def _by_target(told: Told) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Target -> the causes that wait for it; target -> those that lack what it did not give. One pass over the outcomes."""
    waits: dict[str, dict[str, None]] = {}
    lacks: dict[str, dict[str, None]] = {}
    for one in told.walk.outcomes:
        for place in _places(one):
            waits.setdefault(place, {})[one.id] = None
    for text in told.report.outcomes:
        for missing in text.missing:
            lacks.setdefault(missing.target, {})[text.id] = None
    return {name: tuple(ids) for name, ids in waits.items()}, {name: tuple(ids) for name, ids in lacks.items()}


def _target(
    one: TargetText,
    heard: Heard | None,
    limit_s: float,
    running: bool,
    now_s: float,
    *,
    waits: tuple[str, ...],
    lacks: tuple[str, ...],
) -> TargetRow:
    busy = running and heard is not None and heard.waiting > 0
    took = None if heard is None else (now_s if busy else heard.last_s) - heard.since_s
    words, short = _target_words(one, heard if busy else None)
    mark, role = _target_mark(one, busy, running and bool(waits))
    return TargetRow(
        name=one.target,
        kind=one.kind,
        mark=mark,
        role=role,
        words=words,
        short=short,
        took_s=took,
        limit_s=limit_s,
        running=busy,
        causes=waits or lacks,
    )


def _target_mark(one: TargetText, busy: bool, awaited: bool) -> tuple[str, str]:
    if busy or awaited:
        return "..", "quiet"
    if not one.asked:
        return "--", "quiet"
    if one.lost:
        return ("NO", "bad") if not one.answered else ("!!", "maybe")
    return "ok", "good"


def _target_words(one: TargetText, busy: Heard | None) -> tuple[str, str]:
    """The whole words, and one or two of them for the strip."""
    if busy:
        return busy.text, step_word(busy.text)
    if not one.asked:
        return "not asked", "not asked"
    if one.lost:
        first = one.lost[0]
        same = {(lost.status, lost.error) for lost in one.lost}
        more = f" and {len(same) - 1} other reason{'s' * (len(same) > 2)}" if len(same) > 1 else ""
        count = f"{one.answered} of {one.asked} answered; " if one.answered else ""
        return f"{count}{first.status}: {first.error}{more}", first.status
    return f"{one.answered} of {one.asked} answered", ""


def former(heard: Mapping[str, Heard]) -> dict[str, Heard]:
    """The words of a round that is over: its times stay until a target is asked again."""
    return {name: replace(one, waiting=0, former=True) for name, one in heard.items()}


def settled(heard: Mapping[str, Heard], awaited: Collection[str], now_s: float) -> dict[str, Heard]:
    """The words once answers came: a target of which nothing is on its way has done its work by now."""
    return {
        name: replace(one, waiting=0, last_s=now_s) if one.waiting and name not in awaited else one
        for name, one in heard.items()
    }


def hear(heard: Mapping[str, Heard], step: Step, now_s: float) -> dict[str, Heard]:
    """The words of the targets with one more; what begins to be awaited anew is counted anew."""
    name = line(step.target)
    old = heard.get(name)
    fresh = old is None or old.former or (old.waiting == 0 and step.waiting > 0)
    since = now_s if fresh or old is None else old.since_s
    return {**heard, name: Heard(text=line(step.text, 300), since_s=since, last_s=now_s, waiting=step.waiting)}
