"""What the keys of the triage screen do. Everything that is asked goes through the engine; nothing is changed anywhere."""

from datetime import UTC, datetime
from typing import ClassVar

from textual import events, on
from textual.binding import Binding

from nlbwiz.errors import OutputError
from nlbwiz.tui import copied, keys, pages
from nlbwiz.tui.screens.view import TriageView
from nlbwiz.tui.widgets.lines import Rows

MORE_S = 30
SAVED = "this is a saved run: nobody is asked"


class Triage(TriageView):
    """One engine's run, by keyboard or mouse."""

    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.TRIAGE]  # type: ignore[assignment]

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

    def on_click(self, event: events.Click) -> None:
        """A click on a tab shows it."""
        if event.widget is self.block("tabs"):
            text = self.block("tabs").text
            for tab in pages.TABS:
                at = text.rfind(f"{tab}")
                if at - 1 <= event.x <= at + len(tab):
                    self._show_tab(tab)

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
        self.action_open()

    def action_turn(self, by: int) -> None:
        """The next tab, or the previous one."""
        at = pages.TABS.index(self.tab)
        self._show_tab(pages.TABS[(at + by) % len(pages.TABS)])

    def action_open(self) -> None:
        """Open the page, where the focus is on the causes; else there is nothing deeper."""
        if self.focused is self.rows("choices"):
            self._give(str(self.rows("choices").cursor))
            return
        self._moved = True
        self.add_class("-open")
        self.rows("page").focus()
        self.call_after_refresh(self.redraw)

    def action_back(self) -> None:
        """One level back, to the causes at last."""
        self._question = None
        self.remove_class("-open")
        self.rows("causes").focus()
        self._draw_question()
        self.call_after_refresh(self.redraw)

    # ---- actions: fixing and verifying ----

    def action_copy(self, everything: bool) -> None:
        """Copy what stands under the cursor, or all lines of the page for that machine: to a file and to the terminal."""
        commands = [row.key[3] for row in self.rows("page").rows if row.stops]  # type: ignore[index]
        if not commands and self.tab not in ("Fix", "Verify", "Undo"):
            self.action_tab("Fix")
            commands = [row.key[3] for row in self.rows("page").rows if row.stops]  # type: ignore[index]
        if not commands:
            self.say("there is no line to copy on this tab", "maybe")
            return
        cursor = self.rows("page").cursor
        here: pages.Command = next((row.key[3] for row in self.rows("page").rows if row.key == cursor), commands[0])  # type: ignore[index]
        lines = [here.lines[here.index]]
        if everything:
            lines = [one.lines[one.index] for one in commands if one.on == here.on]
        path, trouble = None, ""
        try:
            path = copied.write(lines, here.on, datetime.now(UTC))
        except OutputError as error:
            trouble = str(error)
        self.app.copy_to_clipboard("\n".join(lines))
        self.say(f"{self.tab}: {copied.message(lines, here.on, path, trouble)}", "text" if path else "maybe")

    def action_verify(self) -> None:
        """Ask again what this cause needs, and show what it was and what it is."""
        if not self.follow.live:
            self.say(SAVED, "maybe")
        elif self.key and self.follow.verify(self.key):
            self._show_tab("Verify")
            self._draw_message()

    # ---- actions: the operator's word ----

    def action_question(self) -> None:
        """Put the question to the operator, in place."""
        questions = self.told.report.questions if self.told else []
        if not questions:
            self.say("nothing is asked of you")
            return
        self._question = questions[0]
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

    def _target(self) -> str | None:
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

    def action_stop(self) -> None:
        """Give the target up."""
        if target := self._target():
            self.engine.stop(target)
            self.say(f"{target}: given up; r asks it again")

    def action_extend(self) -> None:
        """30 s more for it."""
        if target := self._target():
            self.engine.extend(target, MORE_S)
            self.say(f"{target}: {MORE_S} s more, within the run's own time")

    def action_retry(self) -> None:
        """Ask the target again for what it did not give; with the focus elsewhere, everybody."""
        if not self.follow.live:
            self.say(SAVED, "maybe")
            return
        targets = self.rows("targets")
        all_ = [row.name for row in self.shot.targets]
        chosen = [str(targets.cursor)] if targets.has_focus and targets.cursor else all_
        asked = [name for name in chosen if self.engine.retry(name)]
        self.say(f"asking again: {', '.join(asked)}" if asked else f"nothing is missing of {', '.join(chosen)}")

    def action_ask_all(self) -> None:
        """Everything again."""
        if self.follow.live:
            self.engine.ask_everything_again()
            self.say("asking everything again")
        else:
            self.say(SAVED, "maybe")

    def action_stop_all(self) -> None:
        """Stop collecting."""
        for row in self.shot.targets:
            self.engine.stop(row.name)
        self.say("collecting is stopped; what was got stays. q quits")

    # ---- actions: the view ----

    def action_problems(self) -> None:
        """Hide what is in order, or show it again."""
        self._only_problems = not self._only_problems
        self.redraw()
