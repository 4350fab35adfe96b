"""How the site form is drawn: the steps with their answers, or the text of the file with its mistakes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from nlbwiz.site.model import Site
from nlbwiz.tui import frame, keys, siteform
from nlbwiz.tui.sitefile import SiteFile
from nlbwiz.tui.widgets.field import Field, Foreign
from nlbwiz.tui.widgets.lines import Block, Row, Rows, Spans
from nlbwiz.tui.words import cut, wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

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


class Editor(Foreign):
    """The text of a site file."""


class FormView(Screen[None]):
    """What is answered or written so far, and its drawing; what the keys do is `form.Form`'s."""

    CSS_PATH = "../form.tcss"
    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.FORM

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
        self._saved = ""
        """The text as it was read or written."""

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

    def block(self, name: str) -> Block:
        """One of the fixed lines."""
        return self.query_one(f"#{name}", Block)

    # ---- what stands there ----

    def _wrong(self, step: siteform.Step) -> list[str]:
        return siteform.wrong(step, self.answers, Path())

    @property
    def _path(self) -> Path:
        return self.file.path if self.file else Path(self.answers["file"].strip() or "site.toml").expanduser()

    @property
    def _dirty(self) -> bool:
        if self.as_text:
            return self.editor.text != self._saved
        begun = {**self.begins.answers}
        return any(
            self.answers.get(one, "") != begun.get(one, "") for one in ("vip", "nodes", "hosts", "switches", "gateways")
        )

    # ---- drawing ----

    def _say(self, text: str, role: str) -> None:
        self.said, self.role = text, role
        self.redraw()

    def on_resize(self) -> None:
        """Everything is drawn for its width."""
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        """The theme may have changed beneath another screen."""
        self.redraw()

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
