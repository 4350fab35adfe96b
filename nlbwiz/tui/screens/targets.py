"""Targets and coverage: what was not read, why, what would resolve it, which causes hang on it; and the keys to act."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding

from nlbwiz.tui import browse, coverage, keys, pages
from nlbwiz.tui.coverage import Covered
from nlbwiz.tui.screens.acting import SAVED, Acting
from nlbwiz.tui.screens.listed import Listed
from nlbwiz.tui.widgets.lines import Spans


class Targets(Acting, Listed[Covered]):
    """Every machine, and every need that there is nobody for."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.ASKING, *Listed.KEYS)
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.ASKING]
    TITLE_IN_BAR = "targets and coverage"
    NAMES = ("targets", "target")
    HINT = "words, status:denied status:lost status:nobody, target:NAME, cause:NLB007"

    def stamp(self) -> tuple[object, ...]:
        """A step of a target changes its row as well as an answer does."""
        return self.follow.told, self.follow.shot, self.pending()

    def make(self) -> Sequence[Covered]:
        """Of the last look."""
        told = self.follow.told
        return coverage.targets(told.report, self.follow.shot.targets) if told else ()

    def caption(self) -> str:
        """How many answered, run, and did not."""
        return coverage.title(self.items)

    def head(self, width: int) -> Spans:
        """The words above the columns."""
        return coverage.row_head(width)

    def row(self, item: Covered, width: int) -> Spans:
        """One line."""
        return coverage.row(item, width)

    def page(self, item: Covered) -> Sequence[pages.Para]:
        """What was not read comes first."""
        told, opened = self.follow.told, self.follow.opened
        if not (told and opened):
            return []
        return list(coverage.page(item, told, self.pending(), opened.site, browse.titles(told.report)))

    def feet(self) -> list[tuple[str, str]]:
        """Here the keys of a target stand in the footer, where somebody can be asked."""
        feet = super().feet()
        if self.finding or not self.follow.live:
            return feet
        at = next((number for number, (_, word) in enumerate(feet) if word == "retry"), -1) + 1
        return [*feet[:at], ("x", "stop"), ("+", "30 s"), *feet[at:]]

    # ---- acting ----

    def target(self) -> str | None:
        """The target under the cursor."""
        here = self.here
        if not self.follow.live:
            self.say(SAVED, "maybe")
        elif here is None or not here.target:
            self.say("there is no machine here: the site file lists nobody who could tell", "maybe")
        else:
            return here.target
        return None

    def meant(self) -> list[str]:
        """The target under the cursor."""
        return [target] if (target := self.target()) else []

    def action_retry(self) -> None:
        """Ask the target under the cursor again; a need has nobody to ask."""
        if self.here is not None and not self.here.target:
            self.target()
        else:
            super().action_retry()
