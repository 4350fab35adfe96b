"""A list of very many one-line rows, of which only those in sight are ever drawn; and a page that scrolls to a line."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.geometry import Size
from textual.strip import Strip

from nlbwiz.tui import themes
from nlbwiz.tui.widgets.lines import Rows, Spans, painted

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp


class Keyed(Protocol):
    """Anything that a row can stand for: its key stays the same as long as it is the same thing."""

    @property
    def key(self) -> str:
        """Unique in its list."""
        ...


class Long(Rows):
    """As Rows, for 20,000 things and more: a thing becomes words when its row is drawn, and a move looks at two rows."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self._things: Sequence[Keyed] = ()
        self._place: dict[str, int] = {}
        self._drawn: Callable[[Keyed, int], Spans] = lambda thing, _: ((thing.key, "text"),)

    def fill(self, things: Sequence[Keyed], drawn: Callable[[Keyed, int], Spans]) -> None:
        """Show these things; `drawn` gives the words of one for a width. The cursor stays on its thing while it is there."""
        before = self.cursor
        self._things, self._drawn = things, drawn
        self._place = {thing.key: at for at, thing in enumerate(things)}
        if before not in self._place:
            self.cursor = things[0].key if things else None
        self.virtual_size = Size(0, len(things))
        self.refresh()
        if self.cursor != before:
            self.call_after_refresh(self._follow)

    @property
    def here(self) -> Keyed | None:
        """The thing under the cursor."""
        at = self._place.get(cast("str", self.cursor))
        return None if at is None else self._things[at]

    @property
    def text(self) -> str:
        """All rows as text, for tests."""
        width = max(1, self.size.width - 1)
        return "\n".join("".join(text for text, _ in self._drawn(thing, width)) for thing in self._things)

    @property
    def _count(self) -> int:
        return len(self._things)

    def move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        if self._things:
            at = self._place.get(cast("str", self.cursor), 0)
            self.put(self._things[max(0, min(len(self._things) - 1, at + by))].key)

    def turn(self, by: int) -> None:
        """The same, and round: after the last row comes the first."""
        if self._things:
            at = self._place.get(cast("str", self.cursor), 0)
            self.put(self._things[(at + by) % len(self._things)].key)

    def put(self, key: object) -> None:
        """Put the cursor on one thing."""
        if key in self._place:
            self.cursor = key
            self._follow()
            self.refresh()
            self.post_message(self.Moved(self))

    def _follow(self) -> None:
        at, first, height = self._place.get(cast("str", self.cursor)), self.scroll_offset.y, self.size.height
        if at is None or height <= 0:
            return
        if at < first:
            self.scroll_to(y=at, animate=False)
        elif at >= first + height:
            self.scroll_to(y=at - height + 1, animate=False)

    def _at(self, x: int, y: int) -> Sequence[object]:
        return (self._things[y].key,) if 0 <= y < len(self._things) else ()

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        app = cast("NlbwizApp", self.app)
        at, width = y + self.scroll_offset.y, self.size.width
        if at >= len(self._things):
            return painted(self, (), width)
        thing = self._things[at]
        here = thing.key == self.cursor
        under = themes.cursor(app.theme, focused=self.has_focus, colour=app.colour) if here else None
        return painted(self, ((">" if here else " ", "key"), *self._drawn(thing, width - 1)), width, under)


class Page(Rows):
    """Text that scrolls, whether a line of it is marked or not."""

    def move(self, by: int) -> None:
        """Scroll by so many lines."""
        self._make_more(by)
        self.scroll_relative(y=by, animate=False)
        self.post_message(self.Moved(self))

    def _follow(self) -> None:
        """The marked line is in sight, with something above it."""
        at = next((y for y, (number, _) in enumerate(self._flat) if self.made[number].key == self.cursor), None)
        first, height = self.scroll_offset.y, self.size.height
        if at is not None and height > 0 and not first <= at < first + height:
            self.scroll_to(y=max(0, at - height // 3), animate=False)
