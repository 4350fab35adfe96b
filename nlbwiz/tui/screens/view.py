"""What the triage screen shows: the causes, the page of one of them, and the targets. It decides nothing itself."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.css.scalar import Scalar

from nlbwiz.report.model import QuestionText
from nlbwiz.report.text import VERDICTS
from nlbwiz.tui import drawing, frame, keys, pages
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.news import Told
from nlbwiz.tui.screens.run import RunScreen
from nlbwiz.tui.snapshot import CauseRow, Key, Snapshot
from nlbwiz.tui.widgets.lines import Block, Row, Rows
from nlbwiz.tui.words import cut, masking, wrapped

BROAD = 180
"""From so many columns on there is a third one, with another tab of the same cause."""


class TriageView(RunScreen):
    """One engine's run, as it goes on."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.EVERY

    def __init__(self, follow: Follow) -> None:
        super().__init__(follow)
        self.tab = pages.TABS[0]
        self._moved = self._only_problems = False
        self._led: object = None
        """Where the cursor was put when the causes were drawn last: where it is elsewhere, the operator moved it."""
        self._question: QuestionText | None = None
        self._drawn: dict[str, tuple[Told, tuple[object, ...], list[tuple[object, ...]]]] = {}
        """What each page shows, and what that rests on: it is laid out anew only when either changes, however long it is."""

    def compose(self) -> ComposeResult:
        """The message stands in the targets' room: it takes from their rows and moves nothing above them."""
        yield Block("bar")
        yield from self.body()
        with Container(id="bottom"):
            yield Block("targets-rule")
            yield Rows("targets")
            yield Block("message")
        yield Block("foot")

    def body(self) -> ComposeResult:
        """From 120 columns on, the page stands beside the causes; from BROAD on, a second one beside it."""
        yield Block("headline")
        with Container(id="body"):
            with Container(id="left"):
                yield Block("causes-rule")
                yield Rows("causes")
            with Container(id="right"):
                yield Block("tabs")
                yield Rows("page")
            with Container(id="third"):
                yield Block("aside-tab")
                yield Rows("aside")
        with Container(id="question"):
            yield Block("question-text")
            yield Rows("choices")

    def begin(self) -> None:
        """The cursor begins among the causes."""
        self.rows("causes").focus()

    @property
    def shot(self) -> Snapshot:
        """The rows of this moment."""
        return self.follow.shot

    @property
    def told(self) -> Told | None:
        """Everything as it was judged last."""
        return self.follow.told

    # ---- drawing ----

    def draw_body(self) -> None:
        """Headline, causes, page, question, targets."""
        self.set_class(self.size.width >= BROAD, "-broad")
        self.block("headline").show(drawing.headline(self.shot, self.size.width))
        self._draw_causes()
        self._draw_page()
        self._draw_targets()
        self._draw_question()

    def feet(self) -> list[tuple[str, str]]:
        """Answer and back stand there only where they do something; what a practice run is for stands before the rest."""
        opened = self.has_class("-full") or self.has_class("-full-targets")
        opened = opened or (self.has_class("-open") and not self.has_class("-wide"))  # else both are seen
        idle = [word for word, acts in (("answer", self.shot.asks), ("back", opened)) if not acts]
        feet = [one for one in super().feet() if one[1] not in idle]
        first = ("fix", "evidence", "tab", "back", "answer", "verify", "copy", "lab fix")
        return sorted(feet, key=lambda one: first.index(one[1]) if one[1] in first else len(first))

    def _high(self) -> tuple[int, int]:
        """(lines of each cause, how many of the first have one more): as the room allows, whatever they say."""
        width, height = self.size.width, self.size.height
        causes = [row for row in self.shot.causes if row.state != "advice"]
        clusters, count = len({row.key[0] for row in causes}), max(1, len(causes))
        if width < 120:
            return (2, 0) if width < 50 or (width >= 80 and height >= 22 + 2 * count) else (1, 0)
        if height < 32:
            return 1, 0
        last = 2 if self.told and self.told.walk.symptom.last_resort else 0  # room for the advice, should it come
        room = self.rows("causes").size.height - clusters * (last + (clusters > 1))
        high = max(1, min(4, room // count))
        return high, max(0, room - high * count) if high < 4 else 0

    def _draw_causes(self) -> None:
        causes = self.rows("causes")
        width = causes.size.width or self.size.width
        high, extra = self._high()
        rows = drawing.causes(self.shot, width, high=high, extra=extra, problems_only=self._only_problems)
        self._share(sum(len(row.lines) for row in rows))
        self._moved |= causes.cursor != self._led  # a key moved it, and its message is still on the way
        lead = self.shot.leading if not self._moved and self.shot.leading else None
        causes.show(rows, lead)
        self._led = causes.cursor
        verdict = VERDICTS[self.told.report.verdict] if self.told and not self.follow.running else ""
        aside = "   ".join(part for part in (causes.position, verdict) if part)
        self.block("causes-rule").show(frame.rule(self._order(width, aside), aside, width))

    def _share(self, lines: int) -> None:
        """One above the other: the list has the lines that it needs, as long as the page keeps a rule and four lines."""
        stacked = self.has_class("-narrow") and not self.has_class("-flat")
        left = self.query_one("#left", Container)
        room = self.query_one("#body", Container).size.height - 5
        if not stacked:
            left.styles.clear_rule("height")
        elif room > 0 and left.styles.height != Scalar.parse(str(min(lines + 1, room))):
            left.styles.height = min(lines + 1, room)
            self.call_after_refresh(self.redraw)  # what is in sight is counted once it is laid out

    def _order(self, width: int, aside: str) -> str:
        """The rule above the causes: it names the symptom where the top line has no room for it."""
        symptom = self.told.report.symptom_title if self.told else ""
        if self._only_problems:
            return "Problems only"
        wishes = ["Causes, in the order to check"]
        if self.has_class("-tiny") and (outcome := self.follow.outcome(self.key) if self.key else None):
            hint = pages.fix_hint(outcome)
            wishes = [f"{one}: f" for one in (hint, hint.partition(",")[0]) if one] + ["Causes, in order"]
        elif self.size.width < 120 and symptom:
            wishes = [f"{symptom}: causes, in the order to check", f"{symptom}: causes, in order", symptom, *wishes]
        return next((one for one in wishes if len(one) <= width - len(aside) - 8), "Causes, in order")

    def _draw_page(self) -> None:
        page, key = self.rows("page"), self.key
        width = page.size.width or self.size.width
        row = self.shot.by_key.get(key) if key else None
        counts = pages.counts(self.told, key) if self.told and key else {}
        self.block("tabs").show(*drawing.tabs(row, self.tab, counts, width))
        outcome = self.follow.outcome(key) if key else None
        beside = pages.beside(outcome, self.tab) if self.has_class("-broad") else ""
        self._fill(page, self.tab, pages.beneath(outcome, self.tab, others=(beside,)))
        if beside:
            aside = self.rows("aside")
            self.block("aside-tab").show(frame.rule(beside, "", aside.size.width or self.size.width))
            self._fill(aside, beside, pages.beneath(outcome, beside, others=(self.tab,)))

    def _fill(self, page: Rows, tab: str, beneath: Sequence[str] = ()) -> None:
        """Lay one tab of the cause out; from 120 columns on the tabs beneath it too, each where all of it has room."""
        key, width = self.key, page.size.width or self.size.width
        if not self.told or not key:
            page.show([])
            return
        height = page.size.height if self.has_class("-wide") else 0
        beneath = beneath if height else ()
        name, drawn = page.id or "", (key, tab, beneath, self.follow.verified.get(key), width, height, masking())
        before = self._drawn.get(name)
        if before and before[0] is self.told and before[1] == drawn:
            return
        rests = [pages.rests_on(self.told, key, each) for each in (tab, *beneath)]
        self._drawn[name] = (self.told, drawn, rests)
        if before and before[1:] == (drawn, rests):
            return
        rows = self._tab_rows(self.told, key, tab, width)
        begun = list(islice(rows, height + 1))
        used = sum(len(row.lines) for row in begun)
        for more in beneath if used <= height else ():
            # To be read, not to be copied: its lines stop no cursor, its own tab is one key away.
            some = islice(self._tab_rows(self.told, key, more, width), height + 1)
            rest = [replace(row, stops=False) for row in some]
            need = 2 + sum(len(row.lines) for row in rest)
            if used + need <= height:
                heading = Row(key=(key, more), lines=((), frame.rule(more, "", width - 1)), stops=False)
                begun += [heading, *rest]
                used += need
        page.show(chain(begun, rows))

    def _tab_rows(self, told: Told, key: Key, tab: str, width: int) -> Iterator[Row]:
        paras = pages.page(told, key, tab, self.follow.about(key), self.follow.verified.get(key))
        return (
            Row(
                key=(key, tab, number, command),
                lines=tuple(((text, role),) for text in texts),
                stops=command is not None,
            )
            for number, (texts, role, command) in enumerate(pages.lines(paras, width - 3))
        )

    @property
    def _tall(self) -> bool:
        return self.size.width >= 120 and self.size.height >= 32

    def _draw_targets(self) -> None:
        targets = self.rows("targets")
        width = targets.size.width or self.size.width
        listed = targets.has_focus or self._tall
        self._make_room(targets.has_focus)
        if listed:
            targets.show(drawing.target_rows(self.shot.targets, width))
        else:
            targets.show(drawing.strip(self.shot.targets, width, most=self._strip_lines()))
        aside = "x stop  + 30 s  r retry" if listed else "tab to them"
        self.block("targets-rule").show(frame.rule(drawing.targets_title(self.shot), aside, width))

    def _make_room(self, listed: bool) -> None:
        """The height of targets and message together: it depends on the screen alone, or on the operator's tab key."""
        count = len(self.shot.targets) or 7
        rows = 2 if self.size.height >= 18 else 1
        if self._tall:
            rows = min(count, 9) + 1
        elif listed:
            rows = max(rows, min(count, 9, self.size.height // 3))
        whole = self.has_class("-full-targets")
        bottom, targets = self.query_one("#bottom", Container), self.rows("targets")
        left = max(0, rows + 1 - len(self._message()))
        for widget, height in ((bottom, rows + 2), (targets, left)):
            wanted = Scalar.parse("1fr" if whole else str(height))
            if widget.styles.height != wanted:
                widget.styles.height = wanted
        if targets.display != (whole or left > 0):
            targets.display = whole or left > 0

    def _strip_lines(self) -> int:
        return (2 if self.size.height >= 18 else 1) + 1 - len(self._message())

    def _message(self) -> list[str]:
        """The message in at most three lines (two where the screen is very low), its end being what must be seen."""
        said, width = self.follow.said, self.size.width - 3
        if said.lines == 1:
            return [cut(said.text, width)]
        most = min(said.lines, 3 if self.size.height >= 18 else 2)
        parts = [wrapped(each, width) for each in said.text.split("\n")]
        if sum(map(len, parts)) > most:  # what comes last, such as a file's path, is never what is cut
            room = max(1, most - sum(len(part) for part in parts[1:]))
            parts[0] = drawing.fitted(said.text.partition("\n")[0], width, room)
        return [line for part in parts for line in part][:most]

    def _draw_message(self) -> None:
        self.block("message").show(*(((f" {part}", self.follow.said.role),) for part in self._message()))
        if self.shot.targets:
            self._draw_targets()

    def _draw_question(self) -> None:
        self.set_class(self._question is not None, "-asked")
        if self._question is None:
            return
        texts = wrapped(self._question.text, self.size.width - 4)
        asked = frame.rule("A question for you", "digits choose  esc leave", self.size.width)
        self.block("question-text").show(asked, *(((f"  {text}", "ask"),) for text in texts))
        self.rows("choices").show(
            [
                Row(key=word, lines=(((f" {number} ", "key"), (word, "text")),))
                for number, word in enumerate(self._question.answers, 1)
            ]
        )

    # ---- the cause under the cursor ----

    @property
    def key(self) -> Key | None:
        """The cause under the cursor."""
        cursor = self.rows("causes").cursor
        return cast("Key", cursor) if cursor in self.shot.by_key else None

    @property
    def row(self) -> CauseRow | None:
        """Its row."""
        return self.shot.by_key.get(self.key) if self.key else None
