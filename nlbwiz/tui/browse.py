"""Lists that are looked through: what an entry is found by, and every piece of evidence as an entry. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from nlbwiz.plain import line
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence, Status
from nlbwiz.report.model import Report
from nlbwiz.tui.news import Told
from nlbwiz.tui.pages import RAW_LONGEST, Para
from nlbwiz.tui.widgets.lines import Spans
from nlbwiz.tui.words import cut, padded

FIELDS = frozenset({"status", "target", "probe", "cause"})
"""What may stand before a colon in a search: `status:denied`, `target:gw1`; `status:lost` is every ask without answer."""
_PRETTY_LONGEST = 4_000_000
"""Characters that are laid out as JSON; whatever is longer is shown as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry. `words`: all that it is found by, in lower case; `fields`: what it is called in each of FIELDS."""

    key: str
    words: str
    fields: Mapping[str, tuple[str, ...]]


I = TypeVar("I", bound=Item)  # noqa: E741  # as short as T


# ---- searching ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What was typed: every word and every field must fit."""

    words: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


def query(typed: str) -> Query:
    """Words in any order and any case; `field:beginning` where the field is one of FIELDS, so that a MAC stays a word."""
    parts = typed.lower().split()
    split = [(part, *part.partition(":")) for part in parts]
    return Query(
        words=tuple(part for part, name, _, _ in split if ":" not in part or name not in FIELDS),
        fields=tuple((name, value) for _, name, colon, value in split if colon and name in FIELDS),
    )


def fits(item: Item, asked: Query) -> bool:
    """Whether an entry is one of those sought."""
    return all(word in item.words for word in asked.words) and all(
        any(one.lower().startswith(value) for one in item.fields.get(name, ())) for name, value in asked.fields
    )


def found(items: Sequence[I], typed: str) -> Sequence[I]:
    """Those that fit, in their order; the same sequence where nothing is sought."""
    asked = query(typed)
    return [item for item in items if fits(item, asked)] if asked != Query() else items


def hits(texts: Sequence[str], typed: str) -> list[int]:
    """The lines that hold all of what was typed, as words in any order and case."""
    words = typed.lower().split()
    return [at for at, text in enumerate(texts) if words and all(word in text.lower() for word in words)]


# ---- what rests on what ----


def resting(report: Report) -> dict[str, tuple[str, ...]]:
    """For each evidence label the causes that rest on it, in the tree's order."""
    rests: dict[str, dict[str, None]] = {}
    for outcome in report.outcomes:
        for label in outcome.evidence:
            rests.setdefault(label, {})[outcome.id] = None
    return {label: tuple(ids) for label, ids in rests.items()}


def lacking(report: Report) -> dict[tuple[str, str], tuple[str, ...]]:
    """For each (need, target) that is missing the causes that lack it; the target is empty where nobody could be asked."""
    lacks: dict[tuple[str, str], dict[str, None]] = {}
    for outcome in report.outcomes:
        for one in outcome.missing:
            lacks.setdefault((one.need, one.target), {})[outcome.id] = None
    return {place: tuple(ids) for place, ids in lacks.items()}


def titles(report: Report) -> dict[str, str]:
    """The title of each cause."""
    return {one.id: one.title for one in report.outcomes}


def numbers(causes: Sequence[str], cells: int) -> str:
    """The causes in so many cells: their numbers, or how many they are."""
    text = " ".join(one.removeprefix("NLB") for one in causes)
    many = f"{len(causes)} causes"
    return text if len(text) <= cells else cut(many, cells)


def state_role(status: Status) -> str:
    """An answer is plain, an empty one quiet; what did not come stands out, with its word as well."""
    return {"answered": "text", "empty": "quiet", "skipped": "unknown", "stopped": "maybe"}.get(status, "bad")


def seconds(took_ms: int) -> str:
    """As short as it can be read."""
    return f"{took_ms / 1000:.1f} s" if took_ms >= 100 else f"{took_ms} ms"


# ---- evidence ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Item):
    """One piece of evidence. `causes`: those that rest on it; `lacked`: they rather lack what it should have brought."""

    evidence: Evidence
    name: str
    """Its label, harmless."""
    causes: tuple[str, ...]
    lacked: bool

    @property
    def label(self) -> str:
        """Its label; the operator's word is marked as theirs."""
        return self.name + (" (your answer)" if self.yours else "")

    @property
    def yours(self) -> bool:
        """Said by the operator, not read from a machine."""
        return self.evidence.ask.target == "operator"


def evidence(told: Told, before: Mapping[str, Found] | None = None) -> list[Found]:
    """Everything that came, in the order in which it came; what was asked and did not come too.

    `before`: the entries of the last time by their keys; those that are still true are taken again.
    """
    rests, lacks, old = resting(told.report), lacking(told.report), before or {}
    found_: list[Found] = []
    for one in told.evidence:
        ask, known = one.ask, old.get(one.id)
        label = known.name if known else line(one.label)
        gives = PROBES[ask.probe].gives if ask.probe in PROBES else ask.probe
        lacked = () if one.is_answer else lacks.get((gives, line(ask.target)), ())
        causes = rests.get(label, ()) or lacked
        if known and known.causes == causes:
            found_.append(known)
            continue
        yours = "your answer" if ask.target == "operator" else ""
        status = (one.status,) if one.is_answer else (one.status, "lost")
        words = " ".join((label, one.status, *status, yours, line(one.error, 300), *causes)).lower()
        fields = {"status": status, "target": (ask.target,), "probe": (ask.probe,), "cause": causes}
        found_.append(
            Found(
                key=one.id,
                words=words,
                fields=fields,
                evidence=one,
                name=label,
                causes=causes,
                lacked=causes == lacked != (),
            )
        )
    return found_


def evidence_widths(width: int) -> tuple[int, int]:
    """Cells of the label and of the causes in a row of this width; the others never change."""
    causes = 9 if width < 70 else 20 if width < 100 else 40
    return max(8, width - 31 - causes), causes


def evidence_head(width: int) -> Spans:
    """The words above the columns."""
    label, causes = evidence_widths(width)
    head = f" {'came at':<8}  {'status':<11} {'took':>6}  {padded('evidence', label)} {padded('causes', causes)}"
    return ((head, "quiet"),)


def evidence_row(item: Found, width: int) -> Spans:
    """One line of the list."""
    label, causes = evidence_widths(width)
    one = item.evidence
    return (
        (f"{one.at:%H:%M:%S}  ", "quiet"),
        (f"{one.status:<11} ", state_role(one.status)),
        (f"{seconds(one.took_ms) if one.status != 'skipped' else '':>6}  ", "quiet"),
        (padded(item.label, label), "ask" if item.yours else "text"),
        (f" {numbers(item.causes, causes)}", "quiet"),
    )


def evidence_page(item: Found, names: Mapping[str, str]) -> Iterator[Para]:
    """What it is, what rests on it, and the raw answer or why there is none. `names`: the causes' titles."""
    one = item.evidence
    yield Para(text=item.label, lead=" ", role="head")
    took = "" if one.status == "skipped" else f" in {seconds(one.took_ms)}"
    yield Para(text=f"{one.status} at {one.at:%Y-%m-%d %H:%M:%S} UTC{took}", lead=" ")
    probe = PROBES.get(one.ask.probe)
    if probe:
        yield Para(text=f"asked: {probe.text}", lead=" ", role="quiet")
    if item.yours:
        yield Para(text="you said it: no machine was read for it", lead=" ", role="ask")
    yield from causes_page(item.causes, names, "lack it" if item.lacked else "rest on it")
    if not one.is_answer:
        yield Para(text=f"no answer: {line(one.error)}", lead=" ! ", role="bad")
        if one.resolve:
            yield Para(text=f"to resolve: {line(one.resolve)}", lead="   ")
    if one.raw:
        yield Para(text="", lead="")
        yield Para(text=f"the raw answer, {len(one.raw):,} characters:", lead=" ", role="quiet")
        yield from raw_page(one.raw)


def causes_page(causes: Sequence[str], names: Mapping[str, str], what: str) -> Iterator[Para]:
    """The causes that rest on something, or lack it, by name."""
    if not causes:
        yield Para(text=f"causes that {what}: none", lead=" ", role="quiet")
        return
    yield Para(text=f"causes that {what}:", lead=" ", role="quiet")
    for one in causes:
        yield Para(text=f"{one} {names.get(one, '')}", lead="   ")


def raw_page(raw: str) -> Iterator[Para]:
    """One value a line, as far as it is JSON; at most RAW_LONGEST characters, and what is left out is counted."""
    text = pretty(raw)
    for part in text[:RAW_LONGEST].split("\n"):
        indent = len(part) - len(part.lstrip(" "))
        yield Para(text=line(part, RAW_LONGEST).strip(" "), lead="   " + " " * min(indent, 40))
    if len(text) > RAW_LONGEST:
        left = len(text) - RAW_LONGEST
        yield Para(
            text=f"cut here: {left:,} more characters; the run file and a bundle hold all", lead=" ! ", role="maybe"
        )


def pretty(raw: str) -> str:
    """JSON laid out, one value a line; anything else as it is."""
    if len(raw) > _PRETTY_LONGEST:
        return raw
    try:
        value = msgspec.json.decode(raw)
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return raw
