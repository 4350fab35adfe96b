"""A snapshot as lines and rows for the widgets, for a given width. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len

from nlbwiz.tui.frame import rule, sides
from nlbwiz.tui.pages import TABS
from nlbwiz.tui.snapshot import MARKS, PROBLEMS, CauseRow, Snapshot, TargetRow
from nlbwiz.tui.widgets.lines import Row, Spans
from nlbwiz.tui.words import cut, padded


def headline(shot: Snapshot, width: int) -> Spans:
    """The leading cause, its state in words, and how much is decided."""
    mark, role = MARKS[shot.state]
    word = shot.by_key[shot.leading].word if shot.leading else ""
    if not shot.total:
        return ((" starting", "quiet"),)
    count = f"{shot.decided} of {shot.total} decided "
    right = count if shot.final else f"provisional: {count}"
    left: Spans = ((f" {mark} ", role), (f"{word} " if word else "", role), (shot.headline, "head"))
    return sides(left, ((right, "quiet" if shot.final else "text"),), width)


def tabs(cause: str, at: str, counts: dict[str, int], width: int) -> list[Spans]:
    """The rule above the page and its tabs, on one line where there is room. The tab shown stands in brackets, always."""
    pieces: list[tuple[str, str]] = []
    for tab in TABS:
        label = f"{tab} {counts[tab]}" if counts.get(tab) else tab
        pieces.append((f"[{label}]" if tab == at else f" {label} ", "tab" if tab == at else "text"))
    taken = sum(len(text) for text, _ in pieces)
    room = width - taken - 4
    if room < 20:
        return [rule(cut(cause, width - 6), "", width), ((" ", "text"), *pieces)]
    name = cut(cause, room - 1)
    fill = " " + "─" * max(0, room - cell_len(name) - 1)
    return [(("── ", "rule"), (name, "head"), (fill, "rule"), *pieces, ("─", "rule"))]


def causes(shot: Snapshot, width: int, *, two_lines: bool, problems_only: bool) -> list[Row]:
    """The list of causes, a heading before each cluster where there are several. Its order never changes."""
    rows: list[Row] = []
    clusters = list(dict.fromkeys(row.key[0] for row in shot.causes))
    for cluster in clusters:
        mine = [row for row in shot.causes if row.key[0] == cluster]
        shown_rows = [row for row in mine if not problems_only or row.state in PROBLEMS]
        if len(clusters) > 1:
            left = len(mine) - len(shown_rows)
            hidden = f"  ({left} in order, not shown: !)" if left else ""
            rows.append(
                Row(key=("", cluster), lines=(((f"cluster {cluster}", "head"), (hidden, "quiet")),), stops=False)
            )
        rows += [_two(row, width) if two_lines else _one(row, width) for row in shown_rows]
    if not rows and shot.causes:
        rows.append(Row(key=("", ""), lines=(((" no problem, nothing unknown: press ! for all causes", "good"),),)))
    return rows


def _one(row: CauseRow, width: int) -> Row:
    mark, role = MARKS[row.state]
    room = width - 23
    title = min(max(24, room * 2 // 5), 40)
    name = padded(row.title, title) if room > 50 else padded(row.title, max(8, room))
    spans: Spans = (
        (f"{mark} ", role),
        (f"{row.word:<10}", role if row.state in ("confirmed", "possible", "question") else "text"),
        (f"{row.key[1][:7]:<7} ", "text"),
        (name, "head" if row.state in ("confirmed", "possible") else "text"),
        ("  " + cut(row.reason, room - title - 2) if room > 50 else "", "quiet"),
    )
    return Row(key=row.key, lines=(spans,))


def _two(row: CauseRow, width: int) -> Row:
    mark, role = MARKS[row.state]
    first: Spans = (
        (f"{mark} ", role),
        (f"{row.word:<10}", role if row.state in ("confirmed", "possible", "question") else "text"),
        (f"{row.key[1][:7]:<7} ", "text"),
        (cut(row.title, width - 24), "head" if row.state in ("confirmed", "possible") else "text"),
    )
    return Row(key=row.key, lines=(first, (("    " + cut(row.reason, width - 7), "quiet"),)))


def targets_title(shot: Snapshot) -> str:
    """How many machines answered, run, and did not."""
    count = {mark: sum(row.mark == mark for row in shot.targets) for mark in ("ok", "..", "!!", "NO", "--")}
    words = (
        ("ok", "answered"), ("..", "running"), ("!!", "in part"), ("NO", "nothing"), ("--", "not asked")
    )  # fmt: skip
    told = ", ".join(f"{count[mark]} {word}" for mark, word in words if count[mark])
    return f"Targets: {told}" if told else "Targets"


def strip(rows: Sequence[TargetRow], width: int, *, most: int = 2) -> list[Row]:
    """The machines in at most so many lines; those that answered give way to the others, and what is cut is counted."""
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


def target_rows(rows: Sequence[TargetRow], width: int) -> list[Row]:
    """One line a machine: mark, name, kind, what it does or did, the time, and what hangs on it."""
    name = min(max((len(row.name) for row in rows), default=4), 18)
    hang = 22 if width >= 110 else 0
    room = max(10, width - name - hang - 30)
    return [
        Row(
            key=row.name,
            lines=(
                (
                    (f"{row.mark} ", row.role),
                    (f"{padded(row.name, name)}  ", "text"),
                    (f"{row.kind:<8} ", "quiet"),
                    (padded(row.words, room), "text" if row.mark in ("..", "NO", "!!") else "quiet"),
                    (f"{_time(row):>13} ", "quiet"),
                    (" " + _hangs(row, hang - 2) if hang else "", "quiet"),
                ),
            ),
        )
        for row in rows
    ]


def _time(row: TargetRow) -> str:
    if row.took_s is None:
        return ""
    return f"{row.took_s:.1f} / {row.limit_s:.0f} s" if row.running else f"{row.took_s:.1f} s"


def _hangs(row: TargetRow, cells: int) -> str:
    numbers = " ".join(cause.removeprefix("NLB") for cause in row.causes)
    return cut(f"NLB {numbers}" if numbers else "", cells)
