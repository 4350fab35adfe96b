"""The command log: every ask with target, duration and status, and the exact text to put it by hand."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding

from nlbwiz.tui import asked, copied, keys, pages
from nlbwiz.tui.asked import Asked
from nlbwiz.tui.byhand import by_hand
from nlbwiz.tui.screens.listed import Listed
from nlbwiz.tui.widgets.lines import Spans


class CommandLog(Listed[Asked]):
    """Every ask in the order in which it was put."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.COMMANDS, *Listed.KEYS)
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.COMMANDS]
    TITLE_IN_BAR = "command log"
    NAMES = ("commands", "command")
    HINT = "words, status:pending status:lost, target:NAME, probe:arp"

    def stamp(self) -> tuple[object, ...]:
        """An ask that is put changes the log as well as an answer does."""
        return self.follow.told, self.pending()

    def make(self) -> Sequence[Asked]:
        """What was put, and what is on its way."""
        told = self.follow.told
        before = {item.key: item for item in self.items}
        return asked.asks(told.evidence if told else (), self.pending(), before)

    def caption(self) -> str:
        """How many are on their way."""
        waits = sum(item.evidence is None for item in self.items)
        return f"Commands: {waits:,} on their way" if waits else "Commands"

    def head(self, width: int) -> Spans:
        """The words above the columns."""
        return asked.row_head(width)

    def row(self, item: Asked, width: int) -> Spans:
        """One line."""
        return asked.row(item, width, self.follow.heard, self.follow.now_s)

    def page(self, item: Asked) -> Sequence[pages.Para]:
        """The text to run by hand."""
        opened = self.follow.opened
        return list(asked.page(item, opened.site)) if opened else []

    def action_copy(self) -> None:
        """Copy what puts this ask by hand: to a file and to the terminal."""
        item, opened = self.here, self.follow.opened
        hand = by_hand(item.ask, opened.site) if item and opened else None
        if hand is None or not hand.lines:
            self.say("there is no command to copy here", "maybe")
            return
        copy = copied.copy(self.app, hand.lines, hand.on)
        # A line of many OIDs must not push the file's name out of sight.
        self.say(f"read only, {copy.said(hand.on, first_cells=60)}", copy.role)
