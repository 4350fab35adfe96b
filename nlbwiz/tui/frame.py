"""The parts that every screen has: the top line, the rules between panes, the footer. Pure, and quick to import."""

from collections.abc import Sequence

from rich.cells import cell_len

from nlbwiz.tui.widgets.lines import Spans
from nlbwiz.tui.words import brief, cut, masking

BADGE = " READ-ONLY "


def sides(left: Spans, right: Spans, width: int) -> Spans:
    """One line with something at either end. The left gives way: its first two pieces are cut, the others left out."""
    taken = sum(cell_len(text) for text, _ in right)
    room = max(0, width - taken - 1)
    kept: list[tuple[str, str]] = []
    for number, (text, role) in enumerate(left):
        if cell_len(text) > room:
            kept += [(brief(text, room), role)] if number < 3 and room > 3 else []
            break
        kept.append((text, role))
        room -= cell_len(text)
    gap = width - taken - sum(cell_len(text) for text, _ in kept)
    return (*kept, (" " * max(0, gap), "text"), *right)


def bar(name: str, what: str, symptom: str, clock: str, state: str, width: int) -> Spans:
    """The top line: what is looked at, that nothing is changed, and the time."""
    left: Spans = ((" nlbwiz ", "head"), (f"  {name}", "text"), (f"   {what}", "quiet"), (f"   {symptom}", "quiet"))
    state = " ".join(part for part in (state, "MASKED" if masking() else "") if part)
    right: Spans = ((f" {state} " if state else "", "key"), (BADGE, "badge"), (f" {clock:>10} ", "text"))
    return sides(left, right, width)


def rule(title: str, aside: str, width: int) -> Spans:
    """A line between panes, with a title and something at its end."""
    end = f" {aside} " if aside else ""
    if width < cell_len(title) + len(end) + 6:  # the title says more than what stands aside
        end = ""
    title = cut(title, max(0, width - 6))
    fill = max(0, width - cell_len(title) - len(end) - 6)
    return (("── ", "rule"), (title, "head"), (" ", "rule"), ("─" * fill, "rule"), (end, "quiet"), ("──", "rule"))


def key_at(spans: Spans, x: int) -> str:
    """The key of a footer that stands in this cell, with its word; empty where there is none."""
    at, key = 0, ""
    for text, role in spans:
        key = text if role == "key" else key
        if at <= x < at + cell_len(text.rstrip()):
            return key
        at += cell_len(text)
    return ""


def footer(actions: Sequence[tuple[str, str]], width: int) -> Spans:
    """As many keys as fit, in their order; the last two (help, quit) always."""
    spans: list[tuple[str, str]] = [(" ", "text")]
    always = actions[-2:]
    room = width - 1 - sum(len(key) + len(word) + 3 for key, word in always)
    for key, word in (*actions[:-2], *always):
        need = len(key) + len(word) + 3
        if (key, word) not in always:
            if need > room:
                continue
            room -= need
        spans += [(key, "key"), (f" {word}  ", "text")]
    return tuple(spans)
