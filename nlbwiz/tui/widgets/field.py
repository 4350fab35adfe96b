"""The start screen's field: enter submits, a newline inside a paste never does, and foreign text comes in harmless."""

import re
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import TextArea

from nlbwiz.plain import plain
from nlbwiz.tui.words import hidden, questioned

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

PASTE_S = 0.03
"""A console without bracketed paste sends a newline as enter: within this time of another key it is part of a paste."""
LONGEST = 4000
"""Characters that the field takes: as many as are read."""


class Foreign(TextArea):
    """Text of others. In ASCII mode other characters show as question marks; the text itself keeps them, masked or not."""

    def get_line(self, line_index: int) -> Text:
        """The line as it is drawn: masked before it is broken; a name with wide characters would shift what is selected."""
        written = super().get_line(line_index)
        said = hidden(written.plain)
        return Text(said, end="", no_wrap=True) if len(said) == len(written.plain) else written

    def render_line(self, y: int) -> Strip:
        """The line, in the characters of this terminal."""
        strip = super().render_line(y)
        if not cast("NlbwizApp", self.app).ascii_only or strip.text.isascii():
            return strip
        return Strip([Segment(questioned(text), style, control) for text, style, control in strip], strip.cell_length)


class Field(Foreign):
    """A few rows of text."""

    class Submitted(Message):
        """The operator pressed enter."""

    class Cut(Message):
        """So many characters of a paste did not fit."""

        def __init__(self, left: int) -> None:
            super().__init__()
            self.left = left

    def __init__(self, text: str, id: str) -> None:
        super().__init__(harmless(text)[:LONGEST], id=id, highlight_cursor_line=False)
        self.cursor_blink = False
        self._typed_at = float("-inf")
        self._enter: Timer | None = None

    async def _on_key(self, event: events.Key) -> None:
        """Textual's own handler follows this one, unless it is prevented."""
        near = event.time - self._typed_at < PASTE_S
        self._typed_at = event.time
        if self._enter is not None:
            self._enter.stop()
            self._enter = None
            self.take("\n")
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            if near:
                self.take("\n")
            else:
                self._enter = self.set_timer(PASTE_S, self._submit)

    def _submit(self) -> None:
        self._enter = None
        self.post_message(self.Submitted())

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.take(event.text)

    def take(self, text: str) -> None:
        """Put a foreign text at the cursor, as far as there is room."""
        text = harmless(text)
        room = max(0, LONGEST - len(self.text) + len(self.selected_text))
        done = self.replace(text[:room], *self.selection, maintain_selection_offset=False)
        self.move_cursor(done.end_location)
        if len(text) > room:
            self.post_message(self.Cut(len(text) - room))


def harmless(text: str) -> str:
    """Tabs as blanks, line ends of every system as one, and nothing that a terminal acts on."""
    return plain(re.sub("\r\n?", "\n", text.replace("\t", "    ")), 1_000_000)
