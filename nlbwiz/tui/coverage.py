"""Targets and coverage: what every machine was asked, what was not read and why, and what hangs on it. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nlbwiz.facts import Need
from nlbwiz.plain import line
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence
from nlbwiz.report.model import MissingText, Report
from nlbwiz.site.model import Site
from nlbwiz.tui.browse import Item, causes_page, lacking, numbers, seconds, state_role
from nlbwiz.tui.news import Told
from nlbwiz.tui.pages import Para
from nlbwiz.tui.snapshot import TARGET_MARKS, TargetRow, counted
from nlbwiz.tui.widgets.lines import Spans
from nlbwiz.tui.words import padded


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered(Item):
    """One machine; or, with an empty `target`, one need that nobody listed can answer (`missing`)."""

    target: str
    row: TargetRow | None = None
    missing: MissingText | None = None
    causes: tuple[str, ...] = ()


def targets(report: Report, rows: Sequence[TargetRow]) -> list[Covered]:
    """Every machine in the operator's order, then every need that there is nobody for."""
    found = [
        Covered(
            key=f"target {row.name}",
            words=" ".join((row.name, row.kind, *TARGET_MARKS[row.mark], row.words, *row.causes)).lower(),
            fields={"target": (row.name,), "status": _status(row, report), "cause": row.causes},
            target=row.name,
            row=row,
            causes=row.causes,
        )
        for row in rows
    ]
    lacks = lacking(report)
    nobody: dict[str, MissingText] = {}
    for outcome in report.outcomes:
        for one in outcome.missing:
            if not one.target and one.need:
                nobody.setdefault(one.need, one)
    for need, one in nobody.items():
        causes = lacks[need, ""]
        words = " ".join(("nobody", need, one.why, *causes)).lower()
        fields = {"status": ("nobody", "lost"), "probe": (need,), "cause": causes}
        found.append(Covered(key=f"need {need}", words=words, fields=fields, target="", missing=one, causes=causes))
    return found


def _status(row: TargetRow, report: Report) -> tuple[str, ...]:
    lost = next((one.lost for one in report.targets if one.target == row.name), [])
    return (*TARGET_MARKS[row.mark], *dict.fromkeys(one.status for one in lost), *(("lost",) if lost else ()))


def _widths(width: int) -> tuple[int, int, int, int]:
    """Cells of the name, of the kind, of the words, and of the causes. Where it is narrow, the kind is not shown."""
    name, kind, causes = (10, 0, 9) if width < 70 else (10, 9, 9) if width < 100 else (16, 9, 40)
    return name, kind, max(8, width - name - kind - causes - 17), causes


def row_head(width: int) -> Spans:
    """The words above the columns."""
    name, kind, room, causes = _widths(width)
    what = f"{padded(' kind', kind)} {padded('what came', room)} {'time':>11} {padded('causes', causes)}"
    head = f"    {padded('target', name)}{what}"
    return ((head, "quiet"),)


def row(item: Covered, width: int) -> Spans:
    """One line of the list: mark, name, kind, what it does or did, the time, what hangs on it."""
    name, kind, room, causes = _widths(width)
    one = item.row
    if one is None:
        words = item.missing.need if item.missing else ""
        return (
            ("?? ", "unknown"),
            (padded("nobody", name), "unknown"),
            (padded(" need", kind) + " ", "quiet"),
            (padded(f"{words}: no machine listed that could tell", room), "text"),
            (" " * 12, "text"),
            (f" {numbers(item.causes, causes)}", "quiet"),
        )
    took = ""
    if one.took_s is not None:
        took = f"{one.took_s:.0f} of {one.limit_s:.0f} s" if one.running else f"{one.took_s:.1f} s"
    return (
        (f"{one.mark} ", one.role),
        (padded(one.name, name), "text"),
        (padded(f" {one.kind}", kind) + " ", "quiet"),
        (padded(one.words, room), "text" if one.mark in ("..", "NO", "!!") else "quiet"),
        (f" {took:>11}", "quiet"),
        (f" {numbers(item.causes, causes)}", "quiet"),
    )


def title(items: Sequence[Covered]) -> str:
    """How many machines answered, run, and did not; and for how many needs there is nobody."""
    told = counted([item.row for item in items if item.row])
    nobody = sum(item.row is None for item in items)
    told += [f"nobody for {nobody} need{'s' * (nobody != 1)}"] if nobody else []
    return f"Targets: {', '.join(told)}" if told else "Targets"


def page(item: Covered, told: Told, pending: Collection[Ask], site: Site, names: Mapping[str, str]) -> Iterator[Para]:
    """What was not read comes first, then what hangs on it, then everything that was asked. `names`: causes' titles."""
    if item.row is None:
        yield from _nobody(item, names)
        return
    row_ = item.row
    yield Para(text=f"{row_.name}, {row_.kind}{_reached(row_.name, site)}", lead=" ", role="head")
    if row_.mark != "NO":
        yield Para(text=row_.words, lead=" ")
    called = {name for name in {one.ask.target for one in told.evidence} if line(name) == row_.name}
    mine = [one for one in told.evidence if one.ask.target in called]
    latest = newest(mine)
    lacks = lacking(told.report)
    yield from _lost([one for one in latest if not one.is_answer], lacks)
    hangs = "wait for it" if row_.running or row_.mark == ".." else "lack what it did not give"
    yield from causes_page(row_.causes, names, hangs)
    waits = sorted(ask for ask in pending if line(ask.target) == row_.name)
    if latest or waits:
        yield Para(text="what it was asked, when (UTC) the answer came, and how long it took:", lead=" ", role="quiet")
    for one in latest:
        again = f", asked {one.ask.sample + 1} times" if one.ask.sample else ""
        what = padded(_short(one.ask), 22)
        yield Para(
            text=f"{one.status:<8} {what} {one.at:%H:%M:%S} {seconds(one.took_ms):>6}{again}",
            lead="  ",
            role=state_role(one.status),
        )
    for ask in waits:
        yield Para(text=f"{'pending':<8} {_short(ask)}", lead="  ")


def _short(ask: Ask) -> str:
    return line(ask.label.partition("/")[2].rstrip("'"))


def _reached(name: str, site: Site) -> str:
    machine = site.nodes.get(name) or site.hosts.get(name)
    agent = site.switches.get(name) or site.gateways.get(name)
    endpoint = machine.endpoint if machine else agent.endpoint if agent else None
    return f", reached at {line(str(endpoint))}" if endpoint else ""


def newest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The last sample of every question, in the order in which the questions were answered first."""
    last: dict[tuple[str, str, tuple[str, ...]], Evidence] = {}
    for one in evidence:
        place = (one.ask.target, one.ask.probe, one.ask.args)
        if place not in last or (one.ask.sample, one.at) >= (last[place].ask.sample, last[place].at):
            last[place] = one
    return list(last.values())


def _lost(lost: Sequence[Evidence], lacks: Mapping[tuple[str, str], tuple[str, ...]]) -> Iterator[Para]:
    """What was not read, grouped by why: the same reason is said once."""
    reasons: dict[tuple[str, str, str], list[Evidence]] = {}
    for one in lost:
        reasons.setdefault((one.status, line(one.error), line(one.resolve)), []).append(one)
    for (status, error, resolve), some in reasons.items():
        what = ", ".join(dict.fromkeys(_short(one.ask) for one in some))
        yield Para(text=f"not read: {what}", lead=" ! ", role="bad")
        yield Para(text=f"{status}: {error}", lead="   ")
        if resolve:
            yield Para(text=f"to resolve: {resolve}", lead="   ")
        needs = dict.fromkeys((_gives(one.ask), line(one.ask.target)) for one in some)
        causes = sorted({cause for place in needs for cause in lacks.get(place, ())})
        if causes and len(reasons) > 1:  # with one reason they are the causes that follow
            yield Para(text=f"not decided without it: {', '.join(causes)}", lead="   ", role="quiet")


def _gives(ask: Ask) -> Need | str:
    return PROBES[ask.probe].gives if ask.probe in PROBES else ask.probe


def _nobody(item: Covered, names: Mapping[str, str]) -> Iterator[Para]:
    assert item.missing is not None
    yield Para(text=f"nobody can be asked for {item.missing.need}", lead=" ", role="head")
    yield Para(text=item.missing.why, lead=" ! ", role="unknown")
    yield Para(text=f"to resolve: {item.missing.resolve}", lead="   ")
    yield from causes_page(item.causes, names, "lack it")
