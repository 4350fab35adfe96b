"""Export: the report in any of its formats, or the bundle, to a file that is there whole or not at all."""

import threading
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from nlbwiz.errors import OutputError
from nlbwiz.plain import line
from nlbwiz.report.formats import FORMATS, render
from nlbwiz.tui import frame, keys, words
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.news import Told
from nlbwiz.tui.saving import BUNDLE, Job, proposed, save
from nlbwiz.tui.screens import panes
from nlbwiz.tui.screens.run import RunScreen
from nlbwiz.tui.widgets.find import Find
from nlbwiz.tui.widgets.lines import Block, Row, Rows
from nlbwiz.tui.widgets.long import Page
from nlbwiz.tui.words import brief, wrapped

BUNDLE_SAYS = "bundle: all evidence; nlbwiz check --bundle FILE judges it again, offline"


class Place(Find):
    """The path."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.max_length = 1000


class Export(RunScreen):
    """What, and where to."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.EXPORT, *keys.MOVING, *keys.SCREENS, *keys.APP)
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.EXPORT]
    TITLE_IN_BAR: ClassVar[str] = "export"

    class Done(Message):
        """The file is written, or why it is not."""

        def __init__(self, text: str, *, good: bool) -> None:
            super().__init__()
            self.text, self.good = text, good

    def __init__(self, follow: Follow) -> None:
        super().__init__(follow)
        self._asked: Path | None = None
        """The file that is there already, once that was said."""
        self._busy = False
        self._beginning: tuple[Told | None, str, tuple[str, ...]] = (None, "", ())

    def body(self) -> ComposeResult:
        """The list, then the path."""
        yield Block("export-rule")
        yield Rows("export-kinds")
        yield Block("export-path-rule")
        yield Place("export-path")
        yield Block("export-says")
        yield Block("export-text-rule")
        yield Page("export-text")

    def begin(self) -> None:
        """In the list."""
        self.rows("export-kinds").focus()

    @property
    def path(self) -> Place:
        """The field."""
        return self.query_one("#export-path", Place)

    @property
    def kind(self) -> str:
        """What is chosen."""
        return str(self.rows("export-kinds").cursor or next(iter(FORMATS)))

    def draw_body(self) -> None:
        """Kinds, path, and what will be in the file."""
        width = self.size.width
        self.block("export-rule").show(frame.rule("What", "enter to the path", width))
        kinds = self.rows("export-kinds")
        first = not kinds.rows
        rows = [
            Row(key=name, lines=(((f" {name:<8}", "text"), (says, "quiet")),)) for name, (_, says) in FORMATS.items()
        ]
        kinds.show(
            [*rows, Row(key=BUNDLE, lines=(((f" {BUNDLE:<8}", "text"), (BUNDLE_SAYS.partition(": ")[2], "quiet")),))]
        )
        if first:
            self._propose()
        aside = "enter writes it" if self.focused is self.path else "tab to it"
        self.block("export-path-rule").show(frame.rule("Where to: mode 0600, whole or not at all", aside, width))
        says = [(part, role) for text, role in self._says() for part in wrapped(text, width - 3)]
        self.block("export-says").show(*(((f" {text}", role),) for text, role in says))
        page = self.rows("export-text")
        self.block("export-text-rule").show(frame.rule("How it begins", page.position, width))
        texts = [brief(text, width - 3) for text in self._begins()]  # a line of the file is a line here
        page.show([Row(key=at, lines=(((f" {text}", "quiet"),),), stops=False) for at, text in enumerate(texts)])

    def _begins(self) -> tuple[str, ...]:
        """The first lines of the file, once the run is over; of a bundle nothing, it is for `check`."""
        told = self.follow.told
        if told is None or self.follow.running or self.kind == BUNDLE:
            return ()
        if self._beginning[0] is not told or self._beginning[1] != self.kind:
            text = render(told.report, self.kind)[:20_000]
            self._beginning = (told, self.kind, tuple(text.split("\n")[:200]))
        return self._beginning[2]

    def _says(self) -> list[tuple[str, str]]:
        told, follow = self.follow.told, self.follow
        if told is None:
            return [("nothing has come yet: there is nothing to write", "quiet")]
        answers = sum(one.is_answer for one in told.evidence)
        said = [(f"in it: {len(told.evidence)} asks, {answers} of them answered", "text")]
        if follow.running:
            said.append(("the run goes on: what is written is what is known up to now", "maybe"))
        if words.masking():
            said.append(("the mask is for the screen only: the file holds the real names and addresses", "maybe"))
        else:
            said.append(("the file holds names and addresses, and no secret", "quiet"))
        return said

    # ---- keys ----

    @on(Rows.Moved, "#export-kinds")
    def _moved(self) -> None:
        self._propose()
        self.redraw()

    def _propose(self) -> None:
        self._asked = None
        self.path.value = str(proposed(self.follow, self.kind))
        self.path.cursor_position = len(self.path.value)

    @on(Rows.Chosen, "#export-kinds")
    def _chosen(self) -> None:
        self.action_open()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._asked = None

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._write()

    def action_open(self) -> None:
        """From the list to the path."""
        if self.focused is not self.path:
            self.path.focus()
            self.call_after_refresh(self.redraw)

    def action_pane(self, by: int) -> None:
        """Between list, path and text."""
        panes.turn((self.rows("export-kinds"), self.path, self.rows("export-text")), self.focused, by)
        self.call_after_refresh(self.redraw)

    def action_back(self) -> None:
        """To the list, then to the causes."""
        if self.focused is not self.rows("export-kinds"):
            self._asked = None
            self.rows("export-kinds").focus()
            self.call_after_refresh(self.redraw)
        else:
            super().action_back()

    def _write(self) -> None:
        """Write it; what is there already is said first, and replaced by a second enter only."""
        told, opened = self.follow.told, self.follow.opened
        written = self.path.value.strip()
        if self._busy or not (told and opened):
            self.say("nothing has come yet" if not self._busy else "it is being written", "maybe")
            return
        if not written:
            self.say("a path is expected", "maybe")
            return
        path = Path(written).expanduser()
        self._busy = True
        job = Job(
            kind=self.kind, path=path, told=told, opened=opened, kept=self.engine.kept, running=self.follow.running
        )
        threading.Thread(target=self._save, args=(job, path == self._asked), name="export", daemon=True).start()

    def _save(self, job: Job, replaces: bool) -> None:
        """In a thread of its own: the folder may lie on a slow share."""
        try:
            self.post_message(self.Done(save(job, replaces=replaces), good=True))
        except FileExistsError:
            self.post_message(self.Done(str(job.path), good=False))
        except OutputError as error:
            self.post_message(self.Done(f"not written: {error}", good=False))

    @on(Done)
    def _done(self, event: Done) -> None:
        self._busy = False
        path = Path(self.path.value.strip()).expanduser()
        if not event.good and event.text == str(path):
            self._asked = path
            self.say(f"{line(event.text)} is there already: enter once more replaces it, esc leaves it as it is", "ask")
            return
        masked = "; it holds the real names" if event.good and words.masking() else ""
        self.say(event.text + masked, "good" if event.good else "bad")
