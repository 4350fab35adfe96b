"""The command log: every ask in the order in which it was put, what it took, and how to put it by hand. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlbwiz.plain import line
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Site
from nlbwiz.tui.browse import Item, seconds, state_role
from nlbwiz.tui.byhand import by_hand
from nlbwiz.tui.pages import Para
from nlbwiz.tui.snapshot import Heard
from nlbwiz.tui.widgets.lines import Spans
from nlbwiz.tui.words import padded

PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Item):
    """One ask. `put`: when it was sent, in UTC; None while it is pending. `evidence` is None until then."""

    ask: Ask
    put: datetime | None
    evidence: Evidence | None

    @property
    def status(self) -> str:
        """What became of it; the first word of the row."""
        return self.evidence.status if self.evidence else PENDING


def asks(
    evidence: Collection[Evidence], pending: Collection[Ask], before: Mapping[str, Asked] | None = None
) -> list[Asked]:
    """What was put, by the time it was put; then what was never put (skipped); then what is on its way.

    `before`: the entries of the last time by their keys; those that are still true are taken again.
    """
    old = before or {}
    timed = sorted(
        ((one.at - timedelta(milliseconds=one.took_ms), one) for one in evidence),
        # What was put together differs by a few ms, as the clocks were read one after the other.
        key=lambda pair: (pair[1].status == "skipped", pair[0].timestamp() // 0.1, pair[1].ask),
    )
    found: dict[str, Asked] = {}
    for put, one in timed:
        key = _key(one.ask)
        key = f"{key} {one.id}" if key in found else key  # a merged bundle may hold the same ask twice
        known = old.get(key)
        found[key] = known if known and known.evidence is one else _asked(key, one.ask, put, one)
    for ask in sorted(pending):
        if (key := _key(ask)) not in found:
            known = old.get(key)
            found[key] = known if known and known.evidence is None else _asked(key, ask, None, None)
    return list(found.values())


def _key(ask: Ask) -> str:
    return "\0".join((ask.target, ask.probe, str(ask.sample), *ask.args))


def _asked(key: str, ask: Ask, put: datetime | None, one: Evidence | None) -> Asked:
    via = PROBES[ask.probe].via if ask.probe in PROBES else ""
    status = (PENDING,) if one is None else (one.status,) if one.is_answer else (one.status, "lost")
    words = " ".join((line(ask.label), via, *status, line(one.error, 300) if one else "")).lower()
    fields = {"status": status, "target": (ask.target,), "probe": (ask.probe,)}
    return Asked(key=key, words=words, fields=fields, ask=ask, put=put, evidence=one)


def row_head(width: int) -> Spans:
    """The words above the columns."""
    target, probe = _widths(width)
    head = f" {'put at':<10}  {padded('target', target)} {'status':<11} {'took':>6}  {padded('asked', probe)}"
    return ((head, "quiet"),)


def _widths(width: int) -> tuple[int, int]:
    target = 10 if width < 70 else 14
    return target, max(8, width - 33 - target)


def row(item: Asked, width: int, heard: Mapping[str, Heard], now_s: float) -> Spans:
    """One line of the log. A pending ask says how long its target has been at work, in seconds of this round."""
    target, probe = _widths(width)
    ask = item.ask
    if item.evidence is None:
        busy = heard.get(line(ask.target))
        put, role = "on its way", "text"
        took = f"{now_s - busy.since_s:.0f} s" if busy else ""
    else:
        never = item.status == "skipped"
        put = "never put" if never or item.put is None else f"{item.put:%H:%M:%S.%f}"[:10]
        role, took = state_role(item.evidence.status), "" if never else seconds(item.evidence.took_ms)
    via = PROBES[ask.probe].via if ask.probe in PROBES else "?"
    what = ask.label.partition("/")[2]
    return (
        (f"{put:<10}  ", "quiet"),
        (padded(line(ask.target), target), "text"),
        (f" {item.status:<11} ", role),
        (f"{took:>6}  ", "quiet"),
        (padded(f"{line(what)}  ({via})" if probe > 24 else line(what), probe), "text"),
    )


def page(item: Asked, site: Site) -> Iterator[Para]:
    """Who was asked what, what came of it, and the text to run by hand."""
    ask, one = item.ask, item.evidence
    yield Para(text=line(ask.label), lead=" ", role="head")
    probe = PROBES.get(ask.probe)
    if probe:
        yield Para(text=f"{probe.via}: {probe.text}", lead=" ", role="quiet")
    if one is None:
        yield Para(text="on its way", lead=" ")
    elif item.status == "skipped":
        yield Para(text="never put", lead=" ")
    else:
        yield Para(text=f"put at {item.put:%Y-%m-%d %H:%M:%S} UTC", lead=" ")
        yield Para(text=f"{one.status} after {seconds(one.took_ms)}", lead=" ")
    if ask.sample:
        yield Para(text=f"asked again: sample {ask.sample + 1} of the same question", lead=" ", role="quiet")
    if len(ask.args) > 1:
        yield Para(text=f"arguments: {', '.join(map(line, ask.args))}", lead=" ", role="quiet")
    if one and not one.is_answer:
        yield Para(text=f"no answer: {line(one.error)}", lead=" ! ", role="bad")
        if one.resolve:
            yield Para(text=f"to resolve: {line(one.resolve)}", lead="   ")
    hand = by_hand(ask, site)
    yield Para(text="", lead="")
    if hand.lines:
        yield Para(text=f"by hand, {hand.where}; c copies it:", lead=" ", role="head")
    for text in hand.shown or hand.lines:
        indent = len(text) - len(text.lstrip(" "))
        yield Para(text=text.strip(" "), lead="   " + " " * min(indent, 40), role="command")
    for note in hand.notes:
        yield Para(text=note, lead=" * ", role="quiet")
