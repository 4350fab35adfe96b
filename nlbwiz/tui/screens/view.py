"""What the triage screen shows: the causes, the page of one of them, and the targets. It decides nothing itself."""

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Container

from nlbwiz.report.model import QuestionText
from nlbwiz.report.text import VERDICTS
from nlbwiz.tui import drawing, frame, keys, pages
from nlbwiz.tui.engine import Told
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.screens.run import RunScreen
from nlbwiz.tui.snapshot import CauseRow, Key, Snapshot
from nlbwiz.tui.widgets.lines import Block, Row, Rows
from nlbwiz.tui.words import wrapped


class TriageView(RunScreen):
    """One engine's run, as it goes on."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.EVERY

    def __init__(self, follow: Follow) -> None:
        super().__init__(follow)
        self.tab = pages.TABS[0]
        self._moved = self._only_problems = False
        self._question: QuestionText | None = None
        self._drawn: tuple[Told, Key, str, pages.Verified | None, int] | None = None
        """What the page shows: it is laid out anew only when that changes, however long it is."""

    def body(self) -> ComposeResult:
        """From 120 columns on, the page stands beside the causes."""
        yield Block("headline")
        with Container(id="body"):
            with Container(id="left"):
                yield Block("causes-rule")
                yield Rows("causes")
            with Container(id="right"):
                yield Block("tabs")
                yield Rows("page")
        with Container(id="question"):
            yield Block("question-text")
            yield Rows("choices")
        yield Block("targets-rule")
        yield Rows("targets")

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
        self.block("headline").show(drawing.headline(self.shot, self.size.width))
        self._draw_causes()
        self._draw_page()
        self._draw_targets()
        self._draw_question()

    def feet(self) -> list[tuple[str, str]]:
        """Answer stands there only while something is asked."""
        return [one for one in super().feet() if one[1] != "answer" or self.shot.asks]

    def _draw_causes(self) -> None:
        causes, size = self.rows("causes"), self.size
        two_lines = size.width < 80 or (size.width >= 120 and size.height >= 32)
        width = causes.size.width or self.size.width
        rows = drawing.causes(self.shot, width, two_lines=two_lines, problems_only=self._only_problems)
        lead = self.shot.leading if not self._moved and self.shot.leading else None
        causes.show(rows, lead)
        verdict = VERDICTS[self.told.report.verdict] if self.told and not self.follow.running else ""
        aside = "   ".join(part for part in (causes.position, verdict) if part)
        title = "Problems only" if self._only_problems else "Causes, in the order to check"
        self.block("causes-rule").show(frame.rule(title, aside, width))

    def _draw_page(self) -> None:
        page, key = self.rows("page"), self.key
        width = page.size.width or self.size.width
        row = self.shot.by_key.get(key) if key else None
        counts = pages.counts(self.told, key) if self.told and key else {}
        title = f"{row.key[1]} {row.title}" if row else "no cause"
        self.block("tabs").show(*drawing.tabs(title, self.tab, counts, width))
        if not self.told or not key:
            page.show([])
            return
        drawn = (self.told, key, self.tab, self.follow.verified.get(key), width)
        if self._drawn and self._drawn[0] is self.told and self._drawn[1:] == drawn[1:]:
            return
        self._drawn = drawn
        paras = pages.page(self.told, key, self.tab, self.follow.about(key), self.follow.verified.get(key))
        page.show(
            [
                Row(
                    key=(key, self.tab, number, command),
                    lines=tuple(((text, role),) for text in texts),
                    stops=command is not None,
                )
                for number, (texts, role, command) in enumerate(pages.lines(paras, width - 3))
            ]
        )

    def _draw_targets(self) -> None:
        targets = self.rows("targets")
        width = targets.size.width or self.size.width
        tall = self.size.width >= 120 and self.size.height >= 32
        if targets.has_focus or tall:
            targets.show(drawing.target_rows(self.shot.targets, width))
        else:
            targets.show(drawing.strip(self.shot.targets, width, most=2 if self.size.height >= 22 else 1))
        aside = "x stop  + 30 s  r retry" if targets.has_focus or tall else "tab to them"
        self.block("targets-rule").show(frame.rule(drawing.targets_title(self.shot), aside, width))

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
