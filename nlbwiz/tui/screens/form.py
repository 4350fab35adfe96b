"""The site form: what is missing to ask live, step by step; or the file as text, with its mistakes beside it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.binding import Binding
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from nlbwiz.errors import NlbwizError
from nlbwiz.headless import Options
from nlbwiz.site.model import Site
from nlbwiz.tui import keys, siteform
from nlbwiz.tui.screens.form_view import Beginning, FormView
from nlbwiz.tui.sitefile import SiteFile
from nlbwiz.tui.widgets.field import Field, harmless
from nlbwiz.tui.widgets.lines import Rows

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp
    from nlbwiz.tui.news import Opened

REST_S = 0.25
"""A text is judged when it has rested for so long."""


def beginning(options: Options, opened: "Opened | None") -> Beginning:
    """From a run: its own site file; of a saved run its site as text; of the lab nothing but the form."""
    more = {"symptom": options.symptom, "deadline_s": options.deadline_s}
    if options.site is not None:
        return Beginning(path=str(options.site), **more)  # type: ignore[arg-type]  # the two fields of these types
    if options.bundle is not None and opened is not None:
        from nlbwiz.site.load import dump  # noqa: PLC0415

        note = f"the site of {options.bundle.name}; its credentials are references of the machine it ran on"
        return Beginning(text=dump(opened.site), note=note)
    return Beginning(note="a new site: the lab's own is simulated")


class Form(FormView):
    """Steps, or the text; what was typed is kept when it changes between them."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # Textual's is wider
        replace(one.binding(), priority=one.keys.startswith("ctrl+"))  # a text field binds ctrl+e itself
        for one in keys.FORM
        if one not in keys.APP
    ]

    class Judged(Message):
        """What is wrong with the text, of so many changes."""

        def __init__(self, number: int, site: Site | None, mistakes: tuple[str, ...]) -> None:
            super().__init__()
            self.number, self.site, self.mistakes = number, site, mistakes

    class Opened(Message):
        """A file was read, or why not."""

        def __init__(self, file: SiteFile, text: str, trouble: str) -> None:
            super().__init__()
            self.file, self.text, self.trouble = file, text, trouble

    def __init__(self, begins: Beginning) -> None:
        super().__init__(begins)
        self._number = 0
        self._resting: Timer | None = None
        self._made = ""
        """The text as the steps made it: while it stands so, they may be gone back to."""
        self._leaving = False

    def on_mount(self) -> None:
        """The file is read by a thread: it may lie on a slow share."""
        self.editor.cursor_blink = False
        self.query_one("#steps", Rows).can_focus = False
        self._show_step(next((n for n, one in enumerate(siteform.STEPS) if self._wrong(one)), 0))
        if self.begins.path:
            self._in_thread(lambda: self._read(self.begins.path))
        elif self.begins.text:
            self._begin_text(self.begins.text)
        self._show_part()

    def _in_thread(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name="form", daemon=True).start()

    # ---- the steps ----

    def _show_step(self, number: int) -> None:
        self.at = max(0, min(len(siteform.STEPS) - 1, number))
        self.field.load_text(harmless(self.answers.get(self.step.id, "")))
        self.field.move_cursor(self.field.document.end)
        self.redraw()

    def _keep(self) -> None:
        self.answers[self.step.id] = self.field.text

    @on(Field.Submitted)
    def _submitted(self) -> None:
        self._keep()
        self.said = ""
        if self._wrong(self.step):
            self.redraw()
            return
        if self.at + 1 < len(siteform.STEPS):
            after = self.at + 1
            if not siteform.needed(siteform.STEPS[after], self.answers) and siteform.STEPS[after].id == "snmp":
                after += 1
            self._show_step(after)
            return
        self.action_ask()

    @on(TextArea.Changed, "#field")
    def _typed(self) -> None:
        self._leaving = False
        self._keep()
        self.redraw()

    # ---- the text ----

    def _read(self, written: str) -> None:
        file = SiteFile(path=Path(written).expanduser())
        try:
            text, trouble = file.read(), ""
        except NlbwizError as error:
            text, trouble = "", str(error)
        if self.is_attached:
            self.post_message(self.Opened(file, text, trouble))

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        self.file = event.file
        if event.trouble:
            self.said, self.role = event.trouble, "bad"
        elif event.file.escaped:
            self.said = "it holds characters that a terminal acts on: they are shown as escapes, and written so"
            self.role = "maybe"
        self._begin_text(event.text)
        self._saved = event.text

    def _begin_text(self, text: str) -> None:
        self.editor.load_text(text)
        self.editor.focus()
        self._judge_soon()

    @on(TextArea.Changed, "#editor")
    def _edited(self) -> None:
        self._leaving = False
        if self._resting:
            self._resting.stop()
        self._resting = self.set_timer(REST_S, self._judge_soon)

    def _judge_soon(self) -> None:
        """In a thread: a file of a thousand machines takes longer than a key may."""
        self._number += 1
        number, text, source, folder = self._number, self.editor.text, self._source, self._folder

        def judge() -> None:
            site, mistakes = siteform.judged(text, source, folder)
            if self.is_attached:
                self.post_message(self.Judged(number, site, mistakes))

        self._in_thread(judge)

    @on(Judged)
    def _judged(self, event: Judged) -> None:
        if event.number == self._number:
            self.site, self.mistakes = event.site, event.mistakes
            self.redraw()

    @property
    def _source(self) -> str:
        return str(self._path)

    @property
    def _folder(self) -> Path:
        return self._path.absolute().parent

    # ---- actions ----

    def action_text(self) -> None:
        """From the steps to the text they make; back while nothing was changed in it."""
        self._leaving = False
        if not self.as_text:
            self._keep()
            self._made = siteform.text(self.answers)
            self.as_text = True
            self._begin_text(self._made)
        elif self._made and self.editor.text == self._made:
            self.as_text = False
        else:
            self._say("the text was changed, or is a file's: it is edited here alone", "maybe")
        self._show_part()

    def _show_part(self) -> None:
        self.set_class(self.as_text, "-text")
        (self.editor if self.as_text else self.field).focus()
        self.call_after_refresh(self.redraw)

    def action_pane(self, by: int) -> None:
        """The next step; with the text, to its mistakes and back."""
        if not self.as_text:
            self._keep()
            self._show_step((self.at + by) % len(siteform.STEPS))
        elif self.editor.has_focus:
            self.query_one("#mistakes", Rows).focus()
        else:
            self.editor.focus()

    def action_go(self) -> None:
        """From a mistake to the text."""
        if self.as_text:
            self.editor.focus()

    def action_move(self, by: int) -> None:
        """In the list that has the focus."""
        if isinstance(self.focused, Rows):
            self.focused.move(by)

    def action_save(self) -> bool:
        """Write the file; whether it was written."""
        self._leaving = False
        text = self.editor.text
        if not self.as_text:
            self._keep()
            missing = [one.label for one in siteform.STEPS if self._wrong(one)]
            if missing:
                self._show_step(next(n for n, one in enumerate(siteform.STEPS) if self._wrong(one)))
                self._say(f"not written yet: {', '.join(missing)}", "maybe")
                return False
            text = siteform.text(self.answers)
        if self.file is None or (
            not self.as_text and self.file.path != Path(self.answers["file"].strip()).expanduser()
        ):
            self.file = SiteFile(path=self._new_path())
        try:
            said = self.file.write(text)
        except NlbwizError as error:
            self._say(str(error), "bad")
            return False
        self._saved = text
        if not self.as_text:
            self.begins = replace(self.begins, answers=dict(self.answers))
        self.site, self.mistakes = siteform.judged(text, self._source, self._folder)
        wrong = len(self.mistakes)
        self._say(f"{said}{f'. It has {wrong} mistake{chr(115) * (wrong != 1)}' if wrong else ''}", "text")
        return True

    def _new_path(self) -> Path:
        return Path(self.answers["file"].strip() or siteform.free_file(Path())).expanduser()

    def action_ask(self) -> None:
        """Write the file and ask its machines."""
        dirty = self._dirty or self.file is None or not self.as_text
        if dirty and not self.action_save():
            return
        assert self.file is not None
        self.site, self.mistakes = siteform.judged(
            self.editor.text if self.as_text else self._saved, self._source, self._folder
        )
        if self.site is None:
            if not self.as_text:
                self.action_text()
            self._say(f"{len(self.mistakes)} to correct before anybody can be asked: they stand here", "bad")
            return
        options = Options(site=self.file.path, symptom=self.begins.symptom, deadline_s=self.begins.deadline_s)
        cast("NlbwizApp", self.app).ask_site(options)

    def action_back(self) -> None:
        """Back; what was not written is said first."""
        if self._dirty and not self._leaving:
            self._leaving = True
            self._say("not written: ctrl+s writes it, esc again leaves it", "maybe")
            return
        self.app.pop_screen()

    def on_paste(self, event: events.Paste) -> None:
        """A paste goes to the field or the text."""
        if not self.as_text:
            self.field.focus()
            self.field.take(event.text)
