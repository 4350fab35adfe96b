"""What the start screen offers to pick from: where it comes from, and as rows for a given width.

Nothing of it is loaded before `lists` is called, which happens after the first frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nlbwiz.errors import NlbwizError
from nlbwiz.tui.widgets.lines import Row, Spans
from nlbwiz.tui.words import brief, cut, padded, wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.reading import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the start screen begins with: a text or path to act on at once, and options for the run."""

    text: str = ""
    symptom: str | None = None
    deadline_s: float | None = None
    save: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One of the tree's symptoms: its title, and what is checked, in its order, by the names of the causes' rows."""

    title: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What there is to pick from; `trouble`: why something is missing."""

    known: "tuple[Known, ...]" = ()
    symptoms: Mapping[str, Symptom] = field(default_factory=dict)
    practice: Mapping[str, str] = field(default_factory=dict)
    """Scenario -> title."""
    trouble: str = ""


def lists() -> Lists:
    """Read everything there is to pick from; slow to import, so it is called after the first frame."""
    from nlbwiz import addr, registry  # noqa: PLC0415
    from nlbwiz.lab import scenario  # noqa: PLC0415
    from nlbwiz.tui.known import known  # noqa: PLC0415
    from nlbwiz.tui.snapshot import spoken  # noqa: PLC0415

    addr.vendor_of(addr.mac("00-1B-21-00-00-01"))  # netaddr reads its registry at the first look-up
    symptoms, trouble = {}, ""
    try:
        names = {one.about.id: spoken(one.slug) for one in registry.checks()}
        for name, one in registry.tree().symptoms.items():
            symptoms[name] = Symptom(title=one.title, order=tuple(names[row.cause] for row in one.order))
    except NlbwizError as error:
        trouble = str(error)
    practice = {name: scenario.title(name) for name in scenario.names()}
    return Lists(known=known(datetime.now(UTC)), symptoms=symptoms, practice=practice, trouble=trouble)


# ---- as rows ----


def known_row(one: "Known", width: int) -> Row:
    """A site file or a saved run, one line."""
    when = one.age or "live"
    if one.live and not one.machines:
        when = "mistakes"
    ended = "killed" if one.killed else one.verdict or ("" if one.live else one.symptom)
    name = padded(one.name, max(6, width - 12) if width < 30 else 12)
    more = f" {ended}" if ended and width >= 30 else ""
    role = "maybe" if one.killed or when == "mistakes" else "text"
    return Row(key=one.path, lines=(((f" {cut(f'{name} {when:<10}{more}'.rstrip(), width)}", role),),))


def none_rows(loaded: bool, width: int) -> list[Row]:
    """What stands there instead of sites and runs."""
    texts = wrapped("none yet: F4 asks for it and writes the first site file", width - 1) if loaded else ["..."]
    return [Row(key=text, lines=(((f" {text}", "quiet"),),), stops=False) for text in texts]


def symptom_row(name: str, one: Symptom, picked: str, width: int) -> Row:
    """Its title, or its id where the room is short; `*` marks the one that was picked."""
    mark = "*" if name == picked else " "
    return Row(key=name, lines=(((mark, "key"), (brief(one.title if width > 40 else name, width), "text")),))


def scenario_row(name: str, title: str, width: int) -> Row:
    """Its name, and its title where there is room for both."""
    spans: Spans = ((f" {cut(name, width)}", "text"),)
    if width >= 56:
        spans = ((f" {padded(name, 30)} ", "text"), (brief(title, width - 32), "quiet"))
    return Row(key=name, lines=(spans,))


def order(one: Symptom | None, more: str = "") -> list[str]:
    """What is checked for a symptom, and in which order."""
    if one is None:
        return []
    order = ", ".join(f"{number} {title}" for number, title in enumerate(one.order, 1))
    return [f"{one.title}.{more}", f"Checked in this order: {order}"]
