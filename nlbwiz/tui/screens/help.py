"""Help: every key of the screen beneath, made from the bindings."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from nlbwiz.tui import keys
from nlbwiz.tui.frame import rule
from nlbwiz.tui.snapshot import MARKS, SAID
from nlbwiz.tui.widgets.lines import Block, Row, Rows, Spans
from nlbwiz.tui.words import wrapped


def rows(table: Sequence[keys.Key] = keys.EVERY, width: int = 90) -> list[Row]:
    """All keys by where they work, then what the glyphs mean."""
    lines: list[Spans] = []
    for where in dict.fromkeys(key.where for key in table):
        lines.append(((where, "head"),))
        for key in (one for one in table if one.where == where):
            parts = wrapped(key.says, width - 23)
            lines += [((f"  {'' if at else key.named:<19}", "key"), (part, "text")) for at, part in enumerate(parts)]
        lines.append((("", "text"),))
    lines.append((("What the marks mean", "head"),))
    lines += [((f"  {mark:<19}", role), (SAID[state], "text")) for state, (mark, role) in MARKS.items()]
    return [Row(key=number, lines=(line,), stops=False) for number, line in enumerate(lines)]


class Help(ModalScreen[None]):
    """Scrolls; any of esc, q and ? closes it."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.HELP
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.HELP]  # type: ignore[assignment]  # Textual's is wider

    def __init__(self, table: Sequence[keys.Key] = keys.EVERY) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        """A title above the list."""
        with Vertical(id="sheet"):
            yield Block("sheet-title")
            yield Rows("help-rows")

    def on_mount(self) -> None:
        """Fill it."""
        self.call_after_refresh(self._title)

    def on_resize(self) -> None:
        """The title is as wide as the sheet."""
        self.call_after_refresh(self._title)

    def _title(self) -> None:
        title = self.query_one("#sheet-title", Block)
        self.query_one("#help-rows", Rows).show(rows(self._table, title.size.width))
        title.show(rule("Keys", "j k scroll   esc back", title.size.width))

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#help-rows", Rows).move(by)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
