"""The palette: every action by name. A field to type in, and the actions that fit."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from nlbwiz.tui import keys
from nlbwiz.tui.frame import rule
from nlbwiz.tui.widgets.find import Find
from nlbwiz.tui.widgets.lines import Block, Row, Rows
from nlbwiz.tui.words import brief


def fitting(typed: str, table: Sequence[keys.Key] = keys.EVERY) -> list[keys.Key]:
    """The actions whose words or id hold every word that was typed; first those that have them as whole words."""
    words = typed.lower().split()
    found = [key for key in table if all(word in f"{key.says} {key.id}".lower() for word in words)]
    return sorted(found, key=lambda key: not set(words) <= set(re.split(r"\W+", f"{key.says} {key.id}".lower())))


class Fitting(Rows):
    """The actions that fit: up, down and enter act on them while the field has the focus."""

    LIT = True


class Palette(ModalScreen[str | None]):
    """Gives the action that was chosen, or None."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.PALETTE
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.PALETTE]  # type: ignore[assignment]  # Textual's is wider

    def __init__(self, table: Sequence[keys.Key] = keys.EVERY) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        """A field above the list."""
        with Vertical(id="sheet"):
            yield Block("sheet-title")
            yield Find("typed")
            yield Fitting("fitting")

    def on_mount(self) -> None:
        """Everything fits at first."""
        self.query_one("#typed", Find).focus()
        self.query_one("#fitting", Rows).can_focus = False
        self._fill("")
        self.call_after_refresh(self._title)

    def _title(self) -> None:
        title = self.query_one("#sheet-title", Block)
        self._fill(self.query_one("#typed", Find).value)
        title.show(rule("Actions", "type a word   enter do   esc back", title.size.width))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._choose()

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self._choose()

    def _choose(self) -> None:
        chosen = self.query_one("#fitting", Rows).cursor
        self.dismiss(next((key.action for key in self._table if key.id == chosen), None))

    def _fill(self, typed: str) -> None:
        found = fitting(typed, self._table)
        width = self.query_one("#sheet-title", Block).size.width or 92
        named = max((len(key.named) for key in self._table), default=0) + 2
        rows = [
            Row(key=key.id, lines=(((f"{key.named:<{named}}", "key"), (brief(key.says, width - named - 2), "text")),))
            for key in found
        ]
        if not rows:
            rows = [Row(key="", lines=((("no action has these words", "quiet"),),), stops=False)]
        self.query_one("#fitting", Rows).show(rows)

    def action_step(self, by: int) -> None:
        """The next or the previous action."""
        self.query_one("#fitting", Rows).move(by)
