"""The field of a search: one line, whatever is pasted comes in harmless, and it leaves by enter, down or esc."""

from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.strip import Strip
from textual.widgets import Input

from nlbwiz.plain import line
from nlbwiz.tui.words import hidden, questioned

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

LONGEST = 200
"""Characters of one search."""


class Find(Input):
    """What is sought."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id, select_on_focus=False, max_length=LONGEST)
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        """What is drawn, by Textual's own name for it: masked as everything is."""
        said = hidden(self.value)
        return Text(said if len(said) == len(self.value) else self.value, no_wrap=True, overflow="ignore", end="")

    def _on_paste(self, event: events.Paste) -> None:
        """The first line that says something, without anything that a terminal acts on."""
        event.stop()
        event.prevent_default()
        first = next((part for part in event.text.splitlines() if part.strip()), "")
        self.insert_text_at_cursor(line(first.replace("\t", " ").strip(), LONGEST)[: max(0, LONGEST - len(self.value))])

    def render_line(self, y: int) -> Strip:
        """In ASCII mode other characters show as question marks; the text itself keeps them."""
        strip = super().render_line(y)
        if not cast("NlbwizApp", self.app).ascii_only or strip.text.isascii():
            return strip
        return Strip([Segment(questioned(text), style, control) for text, style, control in strip], strip.cell_length)
