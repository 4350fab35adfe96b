"""A drawing with parts that can be selected: by keys in four directions, and by mouse, over one table of spots."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from nlbwiz.tui import themes
from nlbwiz.tui.topology.lines import Drawn, Spot
from nlbwiz.tui.widgets.lines import Rows, painted

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp


class Picture(Rows):
    """Lines with one cursor on a part of them; it scrolls. The cursor is a part's key, so it stays while lines change."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.drawn = Drawn(lines=(), spots=())

    def draw(self, drawn: Drawn) -> None:
        """Show this; the cursor stays on its part, or goes to the first."""
        if drawn == self.drawn:
            return
        self.drawn = drawn
        if self.spot is None:
            wrong = [one for one in drawn.spots if one.part.state == "bad"]  # it is what is read first
            self.cursor = next((one.part.key for one in (*wrong, *drawn.spots)), None)
            self.call_after_refresh(self._follow)
        self.virtual_size = Size(0, len(drawn.lines))
        self.refresh()

    @property
    def text(self) -> str:
        """All of it as text, for tests."""
        return "\n".join("".join(text for text, _ in spans) for spans in self.drawn.lines)

    @property
    def spot(self) -> Spot | None:
        """The one under the cursor."""
        return next((one for one in self.drawn.spots if one.part.key == self.cursor), None)

    @property
    def _count(self) -> int:
        return len(self.drawn.lines)

    # ---- moving ----

    def _stops(self) -> list[object]:
        return [one.part.key for one in sorted(self.drawn.spots, key=lambda one: (one.y, one.x))]

    def move(self, by: int) -> None:
        """To the nearest part below, in the same column where there is one; above, when negative."""
        at, spots = self.spot, self.drawn.spots
        if at is None or abs(by) > 1:
            super().move(by)
            return
        beyond = [one for one in spots if (one.y > at.y if by > 0 else one.y < at.y)]
        same = [one for one in beyond if one.x <= at.x < one.x + one.width or at.x <= one.x < at.x + at.width]
        some = same or beyond
        if some:
            self.put(min(some, key=lambda one: (abs(one.y - at.y), abs(one.x - at.x))).part.key)

    def turn(self, by: int) -> None:
        """To the nearest part at the right; at the left, when negative. In a tree, the next one."""
        at = self.spot
        if at is None:
            return
        side = [
            one
            for one in self.drawn.spots
            if (one.x >= at.x + at.width if by > 0 else one.x + one.width <= at.x)
        ]  # fmt: skip
        if side:
            near = min(side, key=lambda one: (abs(one.x - at.x), abs(one.y - at.y)))
            self.put(near.part.key)
        elif all(one.x + one.width >= at.x + at.width for one in self.drawn.spots):
            super().move(by)

    def action_page(self, by: int) -> None:
        """The part that stands a page below; above, when negative."""
        at, height = self.spot, max(1, self.size.height - 2)
        if at and self.drawn.spots:
            goal = at.y + by * height
            self.put(min(self.drawn.spots, key=lambda one: (abs(one.y - goal), abs(one.x - at.x))).part.key)

    def _follow(self) -> None:
        """Scroll so that the whole part is seen; with the first, what stands above it."""
        at = self.spot
        if at is None or self.size.height <= 0:
            return
        first, height = self.scroll_offset.y, self.size.height
        lowest = max(one.y + one.height for one in self.drawn.spots)
        bottom = len(self.drawn.lines) if at.y + at.height == lowest else at.y + at.height + 1
        if at.y < first:
            self.scroll_to(y=max(0, at.y - 1), animate=False)
        elif bottom > first + height:
            self.scroll_to(y=min(bottom - height, at.y), animate=False)

    def _at(self, x: int, y: int) -> Sequence[object]:
        hit = [one for one in self.drawn.spots if one.y <= y < one.y + one.height and one.x <= x < one.x + one.width]
        return [one.part.key for one in hit[-1:]]

    def _click(self, key: object) -> None:
        self.cursor = key  # it is seen where it was clicked: nothing scrolls under the finger
        self.refresh()
        self.post_message(self.Moved(self))

    # ---- drawing ----

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight: the cursor's part on its own ground, its first line with a pointer."""
        app, width = cast("NlbwizApp", self.app), self.size.width
        line = y + self.scroll_offset.y
        strip = painted(self, self.drawn.lines[line] if line < len(self.drawn.lines) else (), width)
        at = self.spot
        if at is None or not at.y <= line < at.y + at.height:
            return strip
        under = themes.cursor(app.theme, focused=self.has_focus, colour=app.colour)
        middle = strip.crop(at.x, min(at.x + at.width, width))
        if line == at.y:
            pointer = self.rich_style + themes.style(app.theme, "key", colour=app.colour)
            middle = Strip.join([Strip([Segment(">", pointer)], 1), middle.crop(1)])
        lit = Strip([Segment(one.text, (one.style or self.rich_style) + under) for one in middle])
        return Strip.join([strip.crop(0, at.x), lit, strip.crop(at.x + at.width)])
