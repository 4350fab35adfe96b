"""The two widgets that draw everything: some fixed lines, and a list of rows with a cursor that scrolls."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from nlbwiz.tui import themes
from nlbwiz.tui.words import shown_line

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

Spans = tuple[tuple[str, str], ...]
"""One line: pieces of text, each with its role."""
AHEAD = 4
"""Of a very long list so many screens are made at once."""
EVERYTHING = 1_000_000
"""More rows than any list has."""


def painted(widget: Widget, spans: Spans, width: int, under: Style | None = None, *, plain_from: int = 99) -> Strip:
    """One line of exactly `width` cells. `under`: the cursor's style; pieces from `plain_from` on keep no colour there."""
    app = cast("NlbwizApp", widget.app)
    base = widget.rich_style
    segments: list[Segment] = []
    used = 0
    for number, (said, role) in enumerate(shown_line(spans, app.ascii_only)):
        style = base + themes.style(app.theme, "text" if under and number >= plain_from else role, colour=app.colour)
        segments.append(Segment(said, style + under if under else style))
        used += cell_len(said)
    rest = base + under if under else base
    return Strip(segments, used).adjust_cell_length(width, rest)


class Block(Widget):
    """Fixed lines, one above the other; as high as they are many."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._lines: tuple[Spans, ...] = ((),)

    @property
    def text(self) -> str:
        """What stands there, for tests and for reading aloud."""
        return "\n".join("".join(text for text, _ in spans) for spans in self._lines)

    def show(self, *lines: Spans) -> None:
        """Show these lines."""
        if lines != self._lines:
            self.refresh(layout=len(lines) != len(self._lines))
            self._lines = lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One row a line."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Line `y`."""
        return painted(self, self._lines[y] if y < len(self._lines) else (), self.size.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry of a list: its lines, and whether the cursor may stand on it."""

    key: object
    lines: tuple[Spans, ...]
    stops: bool = True


class Rows(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with one cursor, drawn line by line: as fast with 2,000 as with 20. Foreign text cannot act in it.

    The cursor is `>` and a background (reverse, without colours). Where no row stops it, the keys scroll.
    """

    class Moved(Message):
        """The operator moved the cursor."""

        def __init__(self, rows: "Rows") -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> "Rows":
            """The list it happened in."""
            return self.rows

    class Chosen(Moved):
        """The operator opened the row under the cursor."""

    PLAIN_FROM: ClassVar[int] = 99
    QUIET: ClassVar[bool] = False
    """Show no cursor while the focus is elsewhere."""
    LIT: ClassVar[bool] = False
    """The keys act here though a field has the focus."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.made: list[Row] = []
        """The rows that were needed up to now; `rows` makes the others too."""
        self.cursor: object = None
        self._rest: Iterator[Row] = iter(())
        self._flat: list[tuple[int, int]] = []

    # ---- content ----

    def show(self, rows: Iterable[Row], cursor: object = None) -> None:
        """Show these rows; the cursor stays on its key, or goes to `cursor`, or to the first row that stops it.

        A sequence is taken whole. Of an iterator only what is in sight, and some pages beneath it, is made.
        """
        before, made = self.cursor, self.made
        self.made, self._rest, self._flat = [], iter(rows), []
        self._make(None if isinstance(rows, Sequence) else self.scroll_offset.y + self._ahead)
        keys = self._stops()
        wish = cursor if cursor is not None else self.cursor
        self.cursor = wish if wish in keys else (keys[0] if keys else None)
        if self.made == made and before == self.cursor:
            return
        self._sized()
        self.refresh()
        if self.cursor != before:
            self.call_after_refresh(self._follow)

    @property
    def _ahead(self) -> int:
        """Lines that are made at once: what is in sight, and so much that few keys have to make more."""
        return AHEAD * max(self.size.height, 10)

    def _make(self, lines: int | None) -> None:
        """Make rows until there are so many lines, or all of them."""
        if lines is not None and len(self._flat) >= lines:
            return
        for row in self._rest:
            self._flat += [(len(self.made), at) for at in range(len(row.lines))]
            self.made.append(row)
            if lines is not None and len(self._flat) >= lines:
                break

    def _make_more(self, by: int) -> None:
        """Before the cursor or the page goes down by so many rows."""
        before = len(self._flat)
        if by >= EVERYTHING:
            self._make(None)
        elif by > 0:
            self._make(self._low() + by + 2 * max(self.size.height, 10))
        if len(self._flat) != before:
            self._sized()

    def _sized(self) -> None:
        """Say how many lines there are. The screen is laid out anew only where that can move anything, or let it scroll."""
        size, high = Size(0, len(self._flat)), self.size.height
        if self.styles.is_auto_height or (size.height > high) != (self.virtual_size.height > high):
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Rows.virtual_size, size)
            if self.scroll_offset.y > self.max_scroll_y:
                self.scroll_to(y=self.max_scroll_y, animate=False)

    def _low(self) -> int:
        """The line that is seen last, or the one of the cursor where that is farther down."""
        at = [y for y, (number, _) in enumerate(self._flat) if self.made[number].key == self.cursor]
        return max(self.scroll_offset.y + self.size.height, *at[-1:], 0)

    @property
    def rows(self) -> Sequence[Row]:
        """All of them."""
        self._make_more(EVERYTHING)
        return self.made

    @property
    def text(self) -> str:
        """All rows as text, for tests."""
        return "\n".join("".join(text for text, _ in line) for row in self.rows for line in row.lines)

    @property
    def _count(self) -> int:
        """Lines of everything that is made, in sight or not."""
        return len(self._flat)

    @property
    def position(self) -> str:
        """`1-20 of 57`: which lines are seen, where not all are."""
        first, seen, all_ = self.scroll_offset.y, self.size.height, self._count
        return f"{first + 1}-{min(first + seen, all_)} of {all_}" if all_ > seen > 0 else ""

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self.call_after_refresh(self._follow)

    # ---- moving ----

    def _stops(self) -> list[object]:
        return [row.key for row in self.made if row.stops]

    def move(self, by: int) -> None:
        """Move the cursor by so many rows, or scroll where there is none."""
        self._make_more(by)
        keys = self._stops()
        if not keys:
            self.scroll_relative(y=by, animate=False)
            self.post_message(self.Moved(self))
            return
        at = keys.index(self.cursor) if self.cursor in keys else 0
        self.put(keys[max(0, min(len(keys) - 1, at + by))])

    def put(self, key: object) -> None:
        """Put the cursor on one row."""
        if key not in self._stops():
            return
        self.cursor = key
        self._follow()
        self.refresh()
        self.post_message(self.Moved(self))

    def _follow(self) -> None:
        """Scroll so that the whole row, and what stands above the first one, is seen."""
        at = [y for y, (number, _) in enumerate(self._flat) if self.made[number].key == self.cursor]
        if not at or self.size.height <= 0:
            return
        top = 0 if self.cursor == next(iter(self._stops()), None) else at[0]
        first, height = self.scroll_offset.y, self.size.height
        if top < first:
            self.scroll_to(y=top, animate=False)
        elif at[-1] >= first + height or self.cursor == next(reversed(self._stops()), None):
            below = len(self._flat) if self.cursor == next(reversed(self._stops()), None) else at[-1] + 1
            self.scroll_to(y=max(first, min(below - height, at[0])), animate=False)

    def action_move(self, by: int) -> None:
        """Down by so many rows; up, when negative."""
        self.move(by)

    def action_page(self, by: int) -> None:
        """A page down; up, when negative."""
        self.move(by * max(1, self.size.height - 1))

    def action_end(self, last: bool) -> None:
        """To the last row, or the first."""
        self.move(EVERYTHING if last else -EVERYTHING)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """To what was clicked; a second click opens it."""
        for key in self._at(event.x + self.scroll_offset.x, event.y + self.scroll_offset.y):
            again = key == self.cursor
            self._click(key)
            if again and event.chain > 1:
                self.post_message(self.Chosen(self))

    def _at(self, x: int, y: int) -> Sequence[object]:
        """The key of what stands there, in cells of the whole content; nothing where the cursor cannot stand."""
        row = self.made[self._flat[y][0]] if 0 <= y < len(self._flat) else None
        return (row.key,) if row and row.stops else ()

    def _click(self, key: object) -> None:
        """The cursor goes where it was clicked."""
        self.put(key)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._make_more(3)
        self.scroll_relative(y=3, animate=False)
        event.stop()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scroll_relative(y=-3, animate=False)
        event.stop()

    # ---- drawing ----

    def on_focus(self) -> None:
        """The cursor looks different where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """And where they do not."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        app = cast("NlbwizApp", self.app)
        at = y + self.scroll_offset.y
        if at >= len(self._flat):
            return painted(self, (), self.size.width)
        number, line = self._flat[at]
        row = self.made[number]
        here = row.stops and row.key == self.cursor and (self.has_focus or not self.QUIET)
        lit = self.has_focus or self.LIT
        under = themes.cursor(app.theme, focused=lit, colour=app.colour) if here else None
        pointer = (">" if here and not line else " ", "key")
        return painted(self, (pointer, *row.lines[line]), self.size.width, under, plain_from=self.PLAIN_FROM)


class Quiet(Rows):
    """One of several lists: its cursor shows where the keys go."""

    QUIET = True
