"""The tree over the outcomes: their order, what explains what, what is accepted, the verdict, the advice. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from nlbwiz.check import Do
from nlbwiz.errors import ExitCode
from nlbwiz.judge import Outcome
from nlbwiz.site.model import Accept

Verdict = Literal["healthy", "warning", "critical", "unknown"]
_RANK: dict[Verdict, int] = {"healthy": 0, "warning": 1, "unknown": 2, "critical": 3}
EXIT: dict[Verdict, ExitCode] = {
    "healthy": ExitCode.OK,
    "warning": ExitCode.WARNING,
    "critical": ExitCode.CRITICAL,
    "unknown": ExitCode.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One place in a symptom's order: a cause, and why it stands there."""

    cause: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A last resort: offered only when every cause before it is ruled out or does not apply. Says what it hides."""

    id: str
    title: str
    hides: str
    steps: tuple[Do, ...]
    undo: tuple[Do, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What the operator sees, and the order in which its causes are looked at."""

    id: str
    title: str
    order: tuple[Branch, ...]
    last_resort: Advice | None = None
    last_resort_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A plain question that closes a gap where evidence cannot be had."""

    id: str
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """`checks/_tree.toml`: the symptoms by id, and the operator's questions by id."""

    symptoms: dict[str, Symptom]
    questions: dict[str, Question]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One run's answer: every cluster's outcomes in the tree's order, the verdict, and the advice per cluster."""

    symptom: Symptom
    outcomes: tuple[Outcome, ...]
    verdict: Verdict
    advice: tuple[tuple[str, Advice], ...]
    """(cluster, advice)."""
    questions: tuple[Question, ...]
    """Questions whose answer would close a gap."""

    @property
    def exit_code(self) -> ExitCode:
        """0 healthy, 1 warning, 2 critical, 3 unknown."""
        return EXIT[self.verdict]

    @property
    def final(self) -> bool:
        """True when no outcome waits for anything."""
        return all(outcome.final for outcome in self.outcomes)

    def leading(self) -> Outcome | None:
        """The first confirmed cause in the tree's order that nothing else explains, else the first possible one."""
        for kind in ("confirmed", "possible"):
            for one in self.outcomes:
                if one.outcome == kind and not (one.explained_by and all(one.explained_by)):
                    return one
        return None


def walk(
    tree: Tree, symptom: str, outcomes: Iterable[Outcome], *, accepts: Sequence[Accept] = (), today: date | None = None
) -> Walk:
    """Put the outcomes in the symptom's order, tie effects to their causes, apply exceptions, and roll up."""
    chosen = tree.symptoms[symptom]
    place = {branch.cause: number for number, branch in enumerate(chosen.order)}
    by_cluster: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_cluster.setdefault(outcome.cluster, []).append(outcome)
    ordered: list[Outcome] = []
    advice: list[tuple[str, Advice]] = []
    for cluster, group in by_cluster.items():
        group.sort(key=lambda one: (place.get(one.id, len(place)), one.id))
        confirmed = {one.id for one in group if one.outcome == "confirmed"}
        told = [_accepted(_explained(one, confirmed), accepts, today) for one in group]
        ordered += told
        if chosen.last_resort and _nothing_left(told, chosen.last_resort_after):
            advice.append((cluster, chosen.last_resort))
    asked = {gap.question for one in ordered for gap in one.gaps if gap.question}
    return Walk(
        symptom=chosen,
        outcomes=tuple(ordered),
        verdict=verdict(ordered),
        advice=tuple(advice),
        questions=tuple(q for q in tree.questions.values() if q.id in asked),
    )


def verdict(outcomes: Iterable[Outcome]) -> Verdict:
    """Critical over unknown over warning over healthy. Missing evidence is unknown also beside a confirmed finding."""
    worst: Verdict = "unknown"
    found = [one for outcome in outcomes for one in _states(outcome)]
    if found:
        worst = max(found, key=lambda state: _RANK[state])
    return worst


def _states(outcome: Outcome) -> Iterable[Verdict]:
    """What one outcome adds to the roll-up. Looking at nothing at all is unknown."""
    match outcome.outcome:
        case "confirmed":
            yield "critical" if outcome.severity == "critical" else "warning"
        case "possible":
            yield "warning"
        case "unknown":
            yield "unknown"
        case "ruled_out" | "not_applicable" | "accepted":
            yield "healthy"
        case "not_asked":
            return
    lost = [one for one in outcome.missing if one.need or outcome.outcome != "accepted"]
    if lost:  # an exception covers what was found and what the answers leave open, never what was not read
        yield "unknown"


def _explained(outcome: Outcome, confirmed: set[str]) -> Outcome:
    by = tuple(next((cause for cause in finding.effect_of if cause in confirmed), "") for finding in outcome.findings)
    return replace(outcome, explained_by=by)


def _accepted(outcome: Outcome, accepts: Sequence[Accept], today: date | None) -> Outcome:
    """An exception counts for a found cause until the end of its last day; unknown stays unknown."""
    if outcome.outcome not in ("confirmed", "possible") or today is None:
        return outcome
    for one in accepts:
        if (one.cause, one.cluster) == (outcome.id, outcome.cluster) and today <= one.until:
            return replace(outcome, outcome="accepted", accepted=f"{one.reason} (until {one.until.isoformat()})")
    return outcome


def _nothing_left(outcomes: Sequence[Outcome], before: Sequence[str]) -> bool:
    found = {one.id: one.outcome for one in outcomes}
    return bool(before) and all(found.get(cause) in ("ruled_out", "not_applicable") for cause in before)
