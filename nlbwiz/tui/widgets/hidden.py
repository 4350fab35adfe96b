"""A field for what must not be seen: it shows how much was typed, never what. It cannot be selected or copied."""

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from nlbwiz.tui.widgets.lines import painted

LONGEST = 4000
"""Characters: far more than any password or key."""
MASK = "*"


class Hidden(Widget, can_focus=True):
    """One line of typed text, shown as stars. The text goes out by `take_out`, once, and is kept nowhere else."""

    class Changed(Message):
        """Something was typed; `trouble`: why a paste was not taken."""

        def __init__(self, trouble: str = "") -> None:
            super().__init__()
            self.trouble = trouble

    class Submitted(Message):
        """The operator pressed enter."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._typed = ""

    @property
    def count(self) -> int:
        """Characters that were typed."""
        return len(self._typed)

    def take_out(self) -> str:
        """What was typed; the field is empty afterwards."""
        typed, self._typed = self._typed, ""
        self.refresh()
        return typed

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self.post_message(self.Submitted())
        elif event.key in ("backspace", "ctrl+h"):
            self._typed = self._typed[:-1]
        elif event.key == "ctrl+u":
            self._typed = ""
        elif event.is_printable and event.character and len(self._typed) < LONGEST:
            self._typed += event.character
        elif not event.is_printable:
            return  # the keys of the screen
        event.stop()
        event.prevent_default()
        if event.key != "enter":
            self.refresh()
            self.post_message(self.Changed())

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Take a pasted line; line ends around it are not part of a secret, one inside it means that it is none."""
        line = text.strip("\r\n")
        trouble = ""
        if "\n" in line or "\r" in line:
            trouble = "more than one line was pasted: nothing of it was taken"
        elif len(self._typed) + len(line) > LONGEST:
            trouble = f"more than {LONGEST:,} characters were pasted: nothing of it was taken"
        else:
            self._typed += line
        self.refresh()
        self.post_message(self.Changed(trouble))

    def render_line(self, y: int) -> Strip:
        """Stars, and a cursor behind them."""
        room = max(1, self.size.width - 2)
        stars = MASK * min(self.count, room)
        cursor = (" ", "tab") if self.has_focus else (" ", "text")
        return painted(self, ((stars, "text"), cursor), self.size.width)
