"""The one rule that turns what a check says, and what could not be asked, into an outcome. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nlbwiz.check import About, Clear, Finding, Gap, Kind, Missing, Note, Said, Severity
from nlbwiz.known import Facts

OPERATOR = "operator"
"""A view of the operator's never counts: it is marked, shown, and not proof."""

NOT_MEASURED = "a measurement, which this run did not include: --measure SECONDS, or the symptom flooding, makes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A loaded check file: the engine's view of it. `slug` is the file's name, `page` its docstring."""

    about: About
    slug: str
    page: str
    evaluate: Callable[[Facts], Iterable[Said]]
    applies: Callable[[Facts], str | None] | None = None
    examples: tuple[tuple[str, Facts, Kind], ...] = field(default=(), compare=False)
    tables: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one check came to for one cluster. `severity` is the worst finding's; None without a finding."""

    cluster: str
    id: str
    slug: str
    title: str
    outcome: Kind
    severity: Severity | None = None
    reason: str
    findings: tuple[Finding, ...] = ()
    clears: tuple[Clear, ...] = ()
    notes: tuple[Note, ...] = ()
    missing: tuple[Missing, ...] = ()
    gaps: tuple[Gap, ...] = ()
    waiting_for: tuple[str, ...] = ()
    """`need@target` still on its way: while there is any, the outcome is provisional."""
    explained_by: tuple[str, ...] = ()
    """For each finding the id of the confirmed cause that explains it, or an empty string."""
    accepted: str = ""
    """The operator's written exception, with its end, where the outcome is `accepted`."""

    @property
    def final(self) -> bool:
        """True when nothing that this check needs is pending; what it only also uses can still add a finding."""
        return not self.waiting_for

    @property
    def evidence(self) -> tuple[str, ...]:
        """The labels of all evidence that the outcome rests on, each once, in the order of what was said."""
        said: tuple[Said, ...] = (*self.findings, *self.clears, *self.gaps, *self.notes)
        return tuple(dict.fromkeys(label for one in said for label in one.evidence))


def judge(check: Check, facts: Facts) -> Outcome:
    """Findings first; a cause is ruled out only when all it needs answered, decided, and something was looked at.

    A crash of the check is `unknown` with its text: a broken check hides nothing and never looks healthy.
    """
    about = check.about
    if about.measurement and not facts.measured:
        return Outcome(
            cluster=facts.cluster, id=about.id, slug=check.slug, title=about.title, outcome="not_asked", reason=NOT_MEASURED
        )  # fmt: skip
    lost = tuple(m for need in about.needs for m in facts.missing(need))
    waiting = tuple(w for need in about.needs for w in facts.waiting_for(need))
    base = Outcome(
        cluster=facts.cluster,
        id=about.id,
        slug=check.slug,
        title=about.title,
        outcome="unknown",
        reason="",
        missing=lost,
        waiting_for=waiting,
    )
    try:
        why_not = check.applies(facts) if check.applies else None
        said = () if why_not else tuple(check.evaluate(facts))
    except Exception as bug:
        return replace(base, outcome="unknown", reason=f"the check itself failed: {type(bug).__name__}: {bug}")
    if why_not:
        return replace(base, outcome="not_applicable", reason=why_not, missing=(), waiting_for=())
    findings = tuple(one for one in said if isinstance(one, Finding))
    clears = tuple(one for one in said if isinstance(one, Clear))
    gaps = tuple(one for one in said if isinstance(one, Gap))
    base = replace(
        base,
        findings=findings,
        clears=clears,
        gaps=gaps,
        notes=tuple(one for one in said if isinstance(one, Note)),
        missing=lost + tuple(Missing(need="", target=gap.where, why=gap.why, resolve=gap.resolve) for gap in gaps),
    )
    if findings:
        sure = [f for f in findings if not f.possible and len(set(f.seen_by) - {OPERATOR}) >= about.views]
        worst = {f.severity or about.severity for f in (sure or findings)}
        severity: Severity = "critical" if "critical" in worst else "warning"
        told = sorted(findings, key=lambda f: f not in sure)
        reason = "; ".join(f"{f.where}: {f.saw}" + (f" ({f.possible})" if f.possible else "") for f in told)
        return replace(base, outcome="confirmed" if sure else "possible", reason=reason, severity=severity)
    if base.missing or waiting:
        return replace(base, reason=_undecided(base.missing, waiting))
    if not clears:
        return replace(base, reason="everything answered, but there was nothing to look at")
    return replace(base, outcome="ruled_out", reason="; ".join(dict.fromkeys(f"{c.where}: {c.saw}" for c in clears)))


def _undecided(missing: tuple[Missing, ...], waiting: tuple[str, ...]) -> str:
    """Why it is not decided, in words: what was not read, grouped by reason, then what is still on its way."""
    by_why: dict[tuple[str, str], list[str]] = {}
    for one in missing:
        by_why.setdefault((one.target, one.why), []).append(one.need)
    parts = [
        f"{target}: {why}" + (f" (needed: {', '.join(needs)})" if any(needs) else "")
        if target
        else f"{', '.join(needs)}: {why}"
        for (target, why), needs in by_why.items()
    ]
    if waiting:
        parts.append(f"waiting for {', '.join(waiting)}")
    return "; ".join(parts)
