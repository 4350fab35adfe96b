"""A snapshot as lines and rows for the widgets, for a given width. Pure."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from nlbwiz.tui.frame import rule, sides
from nlbwiz.tui.pages import TABS
from nlbwiz.tui.snapshot import MARKS, PROBLEMS, CauseRow, Snapshot, TargetRow, counted
from nlbwiz.tui.widgets.lines import Row, Spans
from nlbwiz.tui.words import brief, cut, padded, wrapped

WORD_OF_NONE = {"unknown": "UNKNOWN", "ruled_out": "HEALTHY", "waiting": ""}
"""The headline's word where no cause leads."""


def headline(shot: Snapshot, width: int) -> Spans:
    """The leading cause, its state in words, and how much is decided."""
    mark, role = MARKS[shot.state]
    if not shot.total:
        return ((" starting", "quiet"),)
    word = shot.by_key[shot.leading].word if shot.leading else WORD_OF_NONE.get(shot.state, "")
    count = f"{shot.decided} of {shot.total} decided "
    right = count if shot.final else f"provisional: {count}"
    lead = shot.by_key[shot.leading] if shot.leading else None
    text = shot.headline
    if lead and cell_len(text) + cell_len(right) + len(word) + 7 > width:
        text = f"{lead.key[0]}: {lead.key[1]} {lead.short}"
    if not lead and cell_len(text) + cell_len(right) + len(word) + 7 > width:
        text = text.partition(";")[0]  # the rest stands on the rows
    left: Spans = ((f" {mark} ", role), (f"{word} " if word else "", role), (text, "head"))
    return sides(left, ((right, "quiet" if shot.final else "text"),), width)


def tabs(cause: CauseRow | None, at: str, counts: dict[str, int], width: int) -> list[Spans]:
    """The rule above the page and its tabs, on one line where there is room. The tab shown stands in brackets, always."""
    pieces: list[tuple[str, str]] = []
    for tab in TABS:
        label = f"{tab} {counts[tab]}" if counts.get(tab) else tab
        pieces.append((f"[{label}]" if tab == at else f" {label} ", "tab" if tab == at else "text"))
    taken = sum(len(text) for text, _ in pieces)
    room = width - taken - 4
    if room < 10 or (cause and cause.state != "advice" and named(cause, room - 2).endswith("...")):
        return [rule(named(cause, width - 8), "", width), ((" ", "text"), *pieces)]
    name = named(cause, room - 2)
    fill = " " + "─" * max(0, room - cell_len(name) - 1)
    return [(("── ", "rule"), (name, "head"), (fill, "rule"), *pieces, ("─", "rule"))]


def named(cause: CauseRow | None, cells: int) -> str:
    """Id and title, or id and short name where the title has no room."""
    if cause is None:
        return "no cause"
    if cause.state == "advice":
        return cut(cause.title, cells)
    title = f"{cause.key[1]} {cause.title}"
    return title if cell_len(title) <= cells else cut(f"{cause.key[1]} {cause.short}", cells)


def causes(shot: Snapshot, width: int, *, high: int, extra: int = 0, problems_only: bool) -> list[Row]:
    """The list of causes, a heading before each cluster where there are several. Its order never changes.

    high: lines of every row, the first `extra` of them with one more. They do not follow the words: no row ever moves.
    """
    rows: list[Row] = []
    short = [cell_len(row.short) for row in shot.causes if row.state != "advice"]
    name = max((short if high > 1 else short[extra:]) or [8])  # a taller row has its reason beneath its name
    clusters = list(dict.fromkeys(row.key[0] for row in shot.causes))
    titled = all(cell_len(row.title) <= width - 26 for row in shot.causes if row.state != "advice")
    number = 0
    for cluster in clusters:
        mine = [row for row in shot.causes if row.key[0] == cluster]
        shown_rows = [row for row in mine if not problems_only or row.state in PROBLEMS]
        if len(clusters) > 1:
            left = len(mine) - len(shown_rows)
            hidden = f"  ({left} in order, not shown: !)" if left else ""
            rows.append(
                Row(key=("", cluster), lines=(((f"cluster {cluster}", "head"), (hidden, "quiet")),), stops=False)
            )
        for row in shown_rows:
            if row.state == "advice" and high > 1:
                said = "Last resort, now that every cause before it is ruled out"
                rows.append(Row(key=("advice of", cluster), lines=(((said, "quiet"),),), stops=False))
            lines = high + (number < extra)
            rows.append(_one(row, width, name) if lines == 1 else _tall(row, width, lines, titled))
            number += 1
    if shot.causes and not any(row.stops for row in rows):
        rows.append(Row(key=("", ""), lines=(((" no problem, nothing unknown: press ! for all causes", "good"),),)))
    return rows


def _begin(row: CauseRow) -> Spans:
    mark, role = MARKS[row.state]
    if row.state == "advice":  # no cause: its title, which is a sentence, stands for its id
        return ((f"{mark} ", role), (f"{row.word}  ", role))
    return (
        (f"{mark} ", role),
        (f"{row.word:<10}" + (" " if len(row.word) > 9 else ""), role if row.state in _LOUD else "text"),
        (f"{row.key[1][:7]:<7} ", "text"),
    )


_LOUD = ("confirmed", "possible", "question")


def _one(row: CauseRow, width: int, name: int) -> Row:
    """One line: the short name, so that the reason has room."""
    begin = _begin(row)
    room = width - 2 - sum(cell_len(text) for text, _ in begin)
    role = "head" if row.state in ("confirmed", "possible") else "text"
    if room < name + 12:
        return Row(key=row.key, lines=((*begin, (cut(row.short, room), role)),))
    if row.state == "advice":
        return Row(key=row.key, lines=((*begin, (cut(f"{row.title}; {row.reason}", room), role)),))
    title = padded(row.title, 46) if room >= 100 else padded(row.short, name)
    reason = brief(row.reason, room - cell_len(title) - 2)
    return Row(key=row.key, lines=((*begin, (title, role), (f"  {reason}", "quiet")),))


def _tall(row: CauseRow, width: int, lines: int, titled: bool) -> Row:
    """The title where all titles fit, else the short name; beneath it the reason, over as many lines as the row has."""
    begin = _begin(row)
    room = width - 2 - sum(cell_len(text) for text, _ in begin)
    title = row.title if titled or row.state == "advice" else row.short
    first = (*begin, (cut(title, room), "head" if row.state in ("confirmed", "possible") else "text"))
    texts = fitted(row.reason, width - 7, lines - 1)
    rest = tuple(((f"    {text}", "quiet"),) for text in (*texts, *[""] * (lines - 1 - len(texts))))
    return Row(key=row.key, lines=(first, *rest))


def fitted(text: str, cells: int, lines: int) -> list[str]:
    """The text in at most so many lines; what has no room is cut from the last one."""
    texts = wrapped(text, cells)
    return texts if len(texts) <= lines else [*texts[: lines - 1], brief(" ".join(texts[lines - 1 :]), cells)]


def targets_title(shot: Snapshot) -> str:
    """How many machines answered, run, and did not."""
    told = ", ".join(counted(shot.targets))
    return f"Targets: {told}" if told else "Targets"


def strip(rows: Sequence[TargetRow], width: int, *, most: int = 2) -> list[Row]:
    """The machines in at most so many lines; those that answered give way to the others, and what is cut is counted."""
    if most < 1:
        return []
    cells = [_cell(row) for row in rows]
    if sum(len(text) for text, _ in cells) > most * (width - 16):
        cells = [_cell(row) for row in sorted(rows, key=lambda row: row.mark in ("ok", "--"))]
    lines: list[list[tuple[str, str]]] = [[]]
    used = hidden = 0
    for text, role in cells:
        if used + len(text) > width - 14 and len(lines) == most:
            hidden += 1
            continue
        if used + len(text) > width - 1:
            lines.append([])
            used = 0
        lines[-1].append((text, role))
        used += len(text)
    if hidden:
        lines[-1].append((f"and {hidden} more", "quiet"))
    return [Row(key=f"strip {number}", lines=(tuple(line),), stops=False) for number, line in enumerate(lines)]


def _cell(row: TargetRow) -> tuple[str, str]:
    if row.running and row.took_s is not None:
        took = f" {row.took_s:.0f}/{row.limit_s:.0f}s"
    else:
        took = f" {row.took_s:.1f}s" if row.took_s is not None and row.mark == "ok" else ""
    say = f" {row.short}" if row.short else ""
    return f"{row.mark} {row.name}{say}{took}   ", row.role if row.mark in ("NO", "!!") else "text"


def target_rows(rows: Sequence[TargetRow], width: int) -> Iterator[Row]:
    """One line a machine: mark, name, kind, the time, what it does or did, and what hangs on it. Each made when it is seen."""
    name = min(max((len(row.name) for row in rows), default=4), 18)
    hang = 26 if width >= 110 and any(row.causes for row in rows) else 0
    time = max((len(_time(row)) for row in rows), default=0)
    room = max(10, width - name - hang - time - 19)
    return (
        Row(
            key=row.name,
            lines=(
                (
                    (f"{row.mark} ", row.role),
                    (f"{padded(row.name, name)}  ", "text"),
                    (f"{row.kind:<8} ", "quiet"),
                    (f"{_time(row):>{time}}   ", "quiet"),
                    (padded(brief(row.words, room), room), "text" if row.mark in ("..", "NO", "!!") else "quiet"),
                    (" " + _hangs(row, hang - 2) if hang else "", "quiet"),
                ),
            ),
        )
        for row in rows
    )


def _time(row: TargetRow) -> str:
    if row.took_s is None:
        return ""
    return f"{row.took_s:.1f} of {row.limit_s:.0f} s" if row.running else f"{row.took_s:.1f} s"


def _hangs(row: TargetRow, cells: int) -> str:
    """As many as have room, then how many more."""
    numbers = [cause.removeprefix("NLB") for cause in row.causes]
    most = len(numbers) if 4 * len(numbers) + 4 <= cells else (cells - 8) // 4
    more = f" +{len(numbers) - most}" if len(numbers) > most else ""
    return f"NLB {' '.join(numbers[:most])}{more}" if numbers else ""
