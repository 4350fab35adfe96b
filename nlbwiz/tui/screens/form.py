"""The site form: what is missing to ask live, step by step; or the file as text, with its mistakes beside it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea

from nlbwiz.errors import NlbwizError
from nlbwiz.headless import Options
from nlbwiz.site.model import Site
from nlbwiz.tui import frame, keys, siteform
from nlbwiz.tui.sitefile import SiteFile
from nlbwiz.tui.widgets.field import Field, Foreign, harmless
from nlbwiz.tui.widgets.lines import Block, Row, Rows, Spans
from nlbwiz.tui.words import cut, wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp
    from nlbwiz.tui.engine import Opened

REST_S = 0.25
"""A text is judged when it has rested for so long."""
_LABEL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the form begins with: answers for the steps, or a file, or a text for one that is not there yet."""

    answers: dict[str, str] = field(default_factory=dict)
    path: str = ""
    text: str = ""
    note: str = ""
    symptom: str | None = None
    deadline_s: float | None = None


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


class Editor(Foreign):
    """The text of a site file."""


class Form(Screen[None]):
    """Steps, or the text; what was typed is kept when it changes between them."""

    CSS_PATH = "../form.tcss"
    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.FORM
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
        super().__init__()
        self.begins = begins
        self.answers = dict(begins.answers)
        self.answers.setdefault("cluster", "web")
        self.answers.setdefault("windows", "prompt:")
        self.answers.setdefault("snmp", "prompt:")
        self.answers.setdefault("file", siteform.free_file(Path()))
        self.file: SiteFile | None = None
        """Of the text; the steps' file is the answer to the last of them."""
        self.at = 0
        self.as_text = bool(begins.path or begins.text)
        self.site: Site | None = None
        self.mistakes: tuple[str, ...] = ()
        self.said, self.role = begins.note, "quiet"
        self._number = 0
        self._resting: Timer | None = None
        self._saved = ""
        """The text as it was read or written."""
        self._made = ""
        """The text as the steps made it: while it stands so, they may be gone back to."""
        self._leaving = False

    def compose(self) -> ComposeResult:
        """The steps with one field, or the text with its mistakes."""
        yield Block("bar")
        yield Block("form-rule")
        with Container(id="steps-part"):
            yield Rows("steps")
            yield Block("step-asks")
            yield Field("", "field")
            yield Rows("step-says")
        with Container(id="text-part"):
            yield Editor("", id="editor", highlight_cursor_line=False, show_line_numbers=True)
            with Container(id="mistakes-part"):
                yield Block("mistakes-rule")
                yield Rows("mistakes")
        yield Block("message")
        yield Block("foot")

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

    @property
    def editor(self) -> Editor:
        """The text."""
        return self.query_one("#editor", Editor)

    @property
    def field(self) -> Field:
        """The answer that is being typed."""
        return self.query_one("#field", Field)

    @property
    def step(self) -> siteform.Step:
        """The question that is asked now."""
        return siteform.STEPS[self.at]

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

    def _wrong(self, step: siteform.Step) -> list[str]:
        return siteform.wrong(step, self.answers, Path())

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
    def _path(self) -> Path:
        return self.file.path if self.file else Path(self.answers["file"].strip() or "site.toml").expanduser()

    @property
    def _source(self) -> str:
        return str(self._path)

    @property
    def _folder(self) -> Path:
        return self._path.absolute().parent

    @property
    def _dirty(self) -> bool:
        if self.as_text:
            return self.editor.text != self._saved
        begun = {**self.begins.answers}
        return any(
            self.answers.get(one, "") != begun.get(one, "") for one in ("vip", "nodes", "hosts", "switches", "gateways")
        )

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

    def _say(self, text: str, role: str) -> None:
        self.said, self.role = text, role
        self.redraw()

    # ---- drawing ----

    def on_resize(self) -> None:
        """Everything is drawn for its width."""
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        """The theme may have changed beneath another screen."""
        self.redraw()

    def block(self, name: str) -> Block:
        """One of the fixed lines."""
        return self.query_one(f"#{name}", Block)

    def redraw(self) -> None:
        """Everything, for the present width."""
        if not self.query("#foot"):
            return
        width = self.size.width
        with self.app.batch_update():
            self.block("bar").show(frame.bar("site form", "", "", "", "", width))
            if self.as_text:
                self._draw_text(width)
            else:
                self._draw_steps(width)
            lines = (
                [part for each in self.said.split("\n") for part in wrapped(each, width - 3)][:4] if self.said else []
            )
            self.block("message").show(*(((f" {part}", self.role),) for part in lines))
            feet = [
                (keys.spoken(key) or "?", key.foot)
                for key in cast("NlbwizApp", self.app).remapped(self.KEYS)
                if key.foot
            ]
            feet = [one for one in feet if not self.as_text or one[1] != "next"]
            self.block("foot").show(frame.footer(feet, width))

    def _draw_steps(self, width: int) -> None:
        done = sum(1 for one in siteform.STEPS if self.answers.get(one.id, "").strip() and not self._wrong(one))
        self.block("form-rule").show(
            frame.rule("What is needed to ask live, step by step", f"{done} of {len(siteform.STEPS)} answered", width)
        )
        rows: list[Row] = []
        for number, one in enumerate(siteform.STEPS):
            answer = " ".join(self.answers.get(one.id, "").split())
            wrong = self._wrong(one)
            mark, role = ("[!]", "bad") if wrong and answer else ("[ ]", "quiet") if not answer else ("[x]", "good")
            said = answer or ("needed" if wrong else f"left out: {one.without}" if one.without else "not needed")
            rows.append(
                Row(
                    key=number,
                    lines=(
                        (
                            (f"{mark} ", role),
                            (f"{one.label:<{_LABEL}} ", "head"),
                            (cut(said, width - _LABEL - 8), "text" if answer else "quiet"),
                        ),
                    ),
                )
            )
        self.query_one("#steps", Rows).show(rows, cursor=self.at)
        step = self.step
        lines: list[Spans] = [()]
        lines.append(((f" {self.at + 1} of {len(siteform.STEPS)}  ", "quiet"), (cut(step.asks, width - 11), "ask")))
        self.block("step-asks").show(*lines)
        says: list[tuple[str, str, str]] = [("expected", step.expects, "quiet")]
        if step.id in ("switches", "gateways"):
            says.append(("platforms", f"{siteform.PLATFORM_LIST}; left out, it is detected", "quiet"))
        wrong = self._wrong(step)
        if self.answers.get(step.id, "").strip():
            says = [*(("trouble", each, "bad") for each in wrong), *says]
        elif step.without:
            says.append(("without", f"{step.without}; enter leaves it out", "quiet"))
        if step.id == "file":
            says.append(("enter", "writes the file and asks its machines, read only; ctrl+s writes it alone", "text"))
        out: list[Row] = []
        for label, text, role in says:
            for number, part in enumerate(wrapped(text, width - 15)):
                spans: Spans = ((f" {'' if number else label:<10} ", "quiet"), (part, role))
                out.append(Row(key=len(out), lines=(spans,), stops=False))
        self.query_one("#step-says", Rows).show(out)

    def _draw_text(self, width: int) -> None:
        state = "changed, not written" if self._dirty else "as on disk" if self.file else "not written"
        self.block("form-rule").show(frame.rule(cut(f"{self._path}", max(10, width - 40)), state, width))
        rows = self.query_one("#mistakes", Rows)
        room = rows.size.width or width
        count = len(self.mistakes)
        if self.site:
            title = "No mistake"
            texts: tuple[str, ...] = (siteform.summary(self.site), "ctrl+g writes it and asks them")
        else:
            title, texts = f"{count} mistake{'s' * (count != 1)}", self.mistakes
        self.block("mistakes-rule").show(frame.rule(title, "tab to them" if not self.site and count else "", room))
        rows.show(
            [
                Row(
                    key=number,
                    lines=tuple(((f" {part}", "text" if self.site else "bad"),) for part in wrapped(text, room - 3)),
                )
                for number, text in enumerate(texts)
            ]
        )
