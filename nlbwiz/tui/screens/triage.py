"""What the keys of the triage screen do. Everything that is asked goes through the engine; nothing is changed anywhere."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding

from nlbwiz.report import text
from nlbwiz.tui import copied, keys, pages, practice
from nlbwiz.tui.screens.acting import SAVED, Acting
from nlbwiz.tui.screens.view import TriageView
from nlbwiz.tui.widgets.lines import Rows


class Triage(Acting, TriageView):
    """One engine's run, by keyboard or mouse."""

    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in (*keys.TRIAGE, *keys.LAB)]  # type: ignore[assignment]

    @on(Rows.Moved, "#causes")
    def _cause_moved(self) -> None:
        self._moved = True
        self._draw_page()
        self._draw_causes()
        self.rows("page").scroll_to(y=0, animate=False)

    @on(Rows.Chosen, "#causes")
    def _cause_opened(self) -> None:
        self.action_open()

    @on(Rows.Chosen, "#choices")
    def _answered(self) -> None:
        self._give(str(self.rows("choices").cursor))

    async def on_click(self, event: events.Click) -> None:
        """A click on a tab shows it; one on a choice gives that answer."""
        if event.widget is self.block("tabs") and (lines := self.block("tabs").text.split("\n")):
            shown = lines[min(event.y, len(lines) - 1)]
            for tab in pages.TABS:
                at = shown.rfind(tab)
                if at > 0 and at - 1 <= event.x <= at + len(tab):
                    self._show_tab(tab)
        elif event.widget is self.rows("choices"):
            self._give(str(self.rows("choices").cursor))

    def on_descendant_focus(self) -> None:
        """The targets are a list while they have the focus, else a strip."""
        self.call_after_refresh(self.redraw)

    def _show_tab(self, tab: str) -> None:
        self.tab = tab
        self._draw_page()
        page = self.rows("page")
        page.scroll_to(y=0, animate=False)

    # ---- actions: the page ----

    def action_tab(self, tab: str) -> None:
        """Show a tab and go there; below 120 columns it takes the room of the list."""
        self._show_tab(tab)
        self._to_page()
        self.call_after_refresh(self.redraw)

    def action_turn(self, by: int) -> None:
        """The next tab, or the previous one."""
        at = pages.TABS.index(self.tab)
        self._show_tab(pages.TABS[(at + by) % len(pages.TABS)])

    def action_open(self) -> None:
        """From the causes to the page; a pane that has the focus takes the whole screen, and esc gives it back."""
        if self.focused is self.rows("choices"):
            self._give(str(self.rows("choices").cursor))
            return
        self._moved = True
        if self.focused is self.rows("targets"):
            self.toggle_class("-full-targets")
        elif self.focused in (self.rows("page"), self.rows("aside")):
            self.set_class(self.focused is self.rows("aside"), "-full-aside")
            self.toggle_class("-full")
        else:
            self._to_page()
        self.call_after_refresh(self.redraw)

    def _to_page(self) -> None:
        self._moved = True
        self.add_class("-open")
        self.rows("page").focus()

    def action_back(self) -> None:
        """One level back, to the causes at last."""
        self._question = None
        if self.has_class("-full") or self.has_class("-full-targets"):
            self.remove_class("-full", "-full-aside", "-full-targets")
        else:
            self.remove_class("-open")
            self.rows("causes").focus()
        self._draw_question()
        self.call_after_refresh(self.redraw)

    # ---- actions: fixing and verifying ----

    def _commands(self) -> tuple[list[pages.Command], pages.Command | None]:
        """The lines to copy of the page that has the focus, and the one under its cursor, or the first."""
        page = self.rows("aside") if self.focused is self.rows("aside") else self.rows("page")
        found: dict[object, pages.Command] = {row.key: row.key[3] for row in page.made if row.stops}  # type: ignore[index]
        commands = list(found.values())
        return commands, found.get(page.cursor) or next(iter(commands), None)

    def action_copy(self, everything: bool) -> None:
        """Copy the line under the cursor, or all that may be pasted with it in one go: to a file and to the terminal."""
        _, here = self._commands()
        if here is None and self.tab not in ("Fix", "Verify", "Undo"):
            self.action_tab("Fix")
            _, here = self._commands()
        if here is None:
            self.say("there is no line to copy on this tab", "maybe")
            return
        lines = here.block if everything else (here.lines[here.index],)
        self._copy(self.tab, lines, here.on, here.left if everything else "")

    def action_copy_finding(self) -> None:
        """Copy what was found, in the report's own words."""
        outcome = self.follow.outcome(self.key) if self.key else None
        if outcome is None:
            self.say("there is no cause under the cursor", "maybe")
        else:
            self._copy(f"{outcome.id} in the report's words", text.cause(outcome), "", "")

    def _copy(self, what: str, lines: Sequence[str], on: str, left: str) -> None:
        """`on`: the machine that they are for; `left`: what does not go with them, in words."""
        copy = copied.copy(self.app, lines, on or (self.key[1] if self.key else ""))
        first, _, where = copy.said(on or "a ticket").partition("\n")
        self.say(f"{what}: {first}{f'; {left}' if left else ''}\n{where}", copy.role)

    def action_verify(self) -> None:
        """Ask again what this cause needs, and show what it was and what it is."""
        if not self.follow.live:
            self.say(SAVED, "maybe")
        elif self.key and self.follow.verify(self.key):
            self._show_tab("Verify")
            self._draw_message()

    # ---- actions: the lab ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Applying a fix exists in the lab only."""
        return self.engine.options.demo is not None if action == "apply" else super().check_action(action, parameters)

    def action_apply(self) -> None:
        """Put the simulated world right, as far as this cause goes."""
        if self.key and self.engine.lab:
            outcome = self.follow.outcome(self.key)
            text, done = practice.apply(self.engine.lab, outcome)
            if done and outcome:
                self.engine.locks.look_again([lost.target for lost in outcome.missing])
            self.say(text, "good" if done else "maybe")

    # ---- actions: the operator's word ----

    def action_question(self) -> None:
        """Put the question to the operator, in place."""
        questions = self.told.report.questions if self.told else []
        if not self.told or not questions:
            self.say("nothing is asked of you")
            return
        outcome = self.follow.outcome(self.key) if self.key else None
        mine = (one for one in questions if outcome and pages.asks(self.told, outcome, one))
        self._question = next(mine, questions[0])
        self._draw_question()
        self.call_after_refresh(self.rows("choices").focus)

    def on_key(self, event: events.Key) -> None:
        """Digits choose while the question has the focus."""
        if self._question and self.focused is self.rows("choices") and (event.character or "").isdecimal():
            number = int(event.character or 0)
            if 1 <= number <= len(self._question.answers):
                event.stop()
                self._give(self._question.answers[number - 1])

    def _give(self, word: str) -> None:
        if self._question:
            self.engine.answer(self._question.id, word)
            self.say(f"your answer: {self._question.text} {word}. It is marked as yours wherever it counts")
        self.action_back()

    # ---- actions: the targets ----

    def target(self) -> str | None:
        """The target under the cursor; None, with a word, where the list has not got the focus."""
        targets = self.rows("targets")
        if not self.follow.live:
            self.say(SAVED, "maybe")
        elif targets.has_focus and targets.cursor:
            return str(targets.cursor)
        else:
            targets.focus()
            self.say("choose a target, then press the key again", "ask")
        return None

    def meant(self) -> list[str]:
        """The target under the cursor; with the focus elsewhere, everybody."""
        targets = self.rows("targets")
        chosen = targets.has_focus and targets.cursor
        return [str(targets.cursor)] if chosen else [row.name for row in self.shot.targets]

    # ---- actions: the view ----

    def action_problems(self) -> None:
        """Hide what is in order, or show it again; the list that it changes has the focus then."""
        self._only_problems = not self._only_problems
        self.action_back()
