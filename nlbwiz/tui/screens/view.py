"""What the triage screen shows: it follows the engine and draws. It decides nothing itself."""

import queue
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from nlbwiz.check import About
from nlbwiz.errors import ExitCode
from nlbwiz.plain import line
from nlbwiz.record.evidence import Step
from nlbwiz.report.model import QuestionText
from nlbwiz.report.text import VERDICTS
from nlbwiz.tui import drawing, frame, keys, pages
from nlbwiz.tui.engine import Began, Engine, News, Opened, Over, Told, Trouble
from nlbwiz.tui.snapshot import CauseRow, Heard, Key, Snapshot, changes, hear, settled, snapshot
from nlbwiz.tui.widgets.lines import Block, Row, Rows
from nlbwiz.tui.words import cut, wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

TICK_S = 0.1
"""The screen follows the run at 10 Hz: nothing is read faster."""


class TriageView(Screen[None]):
    """One engine's run, as it goes on."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.opened: Opened | None = None
        self.told: Told | None = None
        self.shot = Snapshot()
        self.heard: dict[str, Heard] = {}
        self.running = True
        self.tab = pages.TABS[0]
        self.took_s = 0.0
        self._moved = self._held = self._only_problems = self._dirty = False
        self._verified: dict[Key, pages.Verified] = {}
        self._answers_before: dict[Key, int] = {}
        self._question: QuestionText | None = None
        self._said: tuple[str, str] = ("", "text")
        self._drawn: tuple[Told, Key, str, pages.Verified | None, int] | None = None
        """What the page shows: it is laid out anew only when that changes, however long it is."""

    def compose(self) -> ComposeResult:
        """From top to bottom; from 120 columns on, the page stands beside the causes."""
        yield Block("bar")
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
        yield Block("message")
        yield Block("foot")

    def on_mount(self) -> None:
        """Follow the engine."""
        self.rows("causes").focus()
        self._draw()
        self.set_interval(TICK_S, self._tick)

    def rows(self, name: Literal["causes", "page", "targets", "choices"]) -> Rows:
        """One of the lists."""
        return self.query_one(f"#{name}", Rows)

    def block(self, name: str) -> Block:
        """One of the fixed lines."""
        return self.query_one(f"#{name}", Block)

    # ---- what happens ----

    def _tick(self) -> None:
        news: list[News] = []
        try:
            while len(news) < 5000:
                news.append(self.engine.news.get_nowait())
        except queue.Empty:
            pass
        for one in news:
            self._take(one)
        if (news or self.running or self._dirty) and not self._held:
            self._dirty = False
            with self.app.batch_update():
                self._draw()

    def _take(self, one: News) -> None:
        match one:
            case Opened():
                self.opened = one
            case Began():
                self.running, self.heard = True, {}
            case Step():
                self.heard = hear(self.heard, one, self.engine.elapsed_s)
            case Told():
                self.told = one
                self.heard = settled(self.heard, one.awaited, self.engine.elapsed_s)
                cast("NlbwizApp", self.app).told = one
            case Over():
                self.running, self.took_s = False, self.engine.elapsed_s
                self.heard = {name: replace(heard, waiting=0) for name, heard in self.heard.items()}
                self._dirty = True
            case Trouble() if one.code is not ExitCode.OK and self.told is None:
                cast("NlbwizApp", self.app).fail(f"nlbwiz: {one.text}", one.code)
            case Trouble():
                self.running = self.running and one.code is ExitCode.OK
                self.say(one.text, "bad" if one.code is not ExitCode.OK else "maybe")

    def say(self, text: str, role: str = "text") -> None:
        """One message above the footer; it stays until the next."""
        self._said = (text, role)
        self._draw_message()

    def on_resize(self) -> None:
        """Everything is drawn for its width."""
        self.call_after_refresh(self._redraw)

    def on_screen_resume(self) -> None:
        """The theme may have changed beneath another screen."""
        self._redraw()

    def _redraw(self) -> None:
        with self.app.batch_update():
            self._draw()

    # ---- drawing ----

    def _draw(self) -> None:
        if self.told:
            limits = {one.target: self.engine.limit_s(one.target) for one in self.told.report.targets}
            before = self.shot
            now_s = self.engine.elapsed_s if self.running else self.took_s
            self.shot = snapshot(self.told, self.heard, limits, running=self.running, now_s=now_s)
            for text in changes(before, self.shot)[:1]:
                self.say(cut(f"{now_s:5.1f} s  {text}", self.size.width - 3), "quiet")
            self._check_verified()
        self._draw_head()
        self._draw_causes()
        self._draw_page()
        self._draw_targets()
        self._draw_question()
        self._draw_message()
        self._draw_foot()

    def _draw_head(self) -> None:
        options, width = self.engine.options, self.size.width
        name = f"lab: {options.demo}" if options.demo else str((options.site or options.bundle or "").name or "")  # type: ignore[union-attr]
        clusters = self.opened.site.clusters.values() if self.opened else ()
        what = ", ".join(line(f"{one.name} {one.vip}") for one in clusters)
        symptom = self.told.report.symptom_title if self.told else ""
        clock = ""
        if self.opened and self.opened.live:
            total = self.opened.total_s
            clock = f"{self.engine.elapsed_s:.0f} of {total:.0f} s" if self.running else f"done {self.took_s:.1f} s"
        state = "HELD" if self._held else "" if not self.opened or self.opened.live else "SAVED RUN"
        self.block("bar").show(frame.bar(name, what, symptom, clock, state, width))
        self.block("headline").show(drawing.headline(self.shot, width))

    def _draw_causes(self) -> None:
        causes, size = self.rows("causes"), self.size
        two_lines = size.width < 80 or (size.width >= 120 and size.height >= 32)
        width = causes.size.width or self.size.width
        rows = drawing.causes(self.shot, width, two_lines=two_lines, problems_only=self._only_problems)
        lead = self.shot.leading if not self._moved and self.shot.leading else None
        causes.show(rows, lead)
        verdict = VERDICTS[self.told.report.verdict] if self.told and not self.running else ""
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
        drawn = (self.told, key, self.tab, self._verified.get(key), width)
        if self._drawn and self._drawn[0] is self.told and self._drawn[1:] == drawn[1:]:
            return
        self._drawn = drawn
        paras = pages.page(self.told, key, self.tab, self._about(key), self._verified.get(key))
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

    def _draw_message(self) -> None:
        text, role = self._said
        lines = [part for each in text.split("\n") for part in wrapped(each, self.size.width - 3)][:4]
        self.block("message").show(*(((f" {part}", role),) for part in lines))

    def _draw_foot(self) -> None:
        names: dict[str, list[str]] = {}
        for key, active in self.active_bindings.items():
            names.setdefault(active.binding.id or "", []).append(keys.label(key))
        feet = [
            (min(names[one.id], key=len), one.foot)
            for one in keys.EVERY
            if one.foot and one.id in names and (one.id != "answer" or self.shot.asks)
        ]
        self.block("foot").show(frame.footer(feet, self.size.width))

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

    def _about(self, key: Key) -> About | None:
        checks = self.opened.knowledge.checks if self.opened else ()
        return next((check.about for check in checks if check.about.id == key[1]), None)

    def _check_verified(self) -> None:
        assert self.told is not None
        for key, one in self._verified.items():
            row, about = self.shot.by_key.get(key), self._about(key)
            fresh = about and pages.samples(self.told, about) > self._answers_before.get(key, 0)
            if one.after is None and row and row.final and fresh:
                at = f"{self.told.report.ended:%H:%M:%S}"
                self._verified[key] = replace(one, after=f"{row.word}: {row.reason}", after_at=at)
                self.say(f"{key[1]} verified: {one.before.partition(':')[0]} before, {row.word} now")
