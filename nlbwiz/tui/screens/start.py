"""The start screen: one field for whatever the operator has, what it says at once and offline, and three lists to pick from.

The first frame loads neither the registry nor the lab and touches no network; files are read by threads of their own.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from nlbwiz.errors import NlbwizError
from nlbwiz.tui import keys
from nlbwiz.tui.picks import Lists, Wish, lists
from nlbwiz.tui.screens import panes
from nlbwiz.tui.screens.start_view import LISTS, StartView
from nlbwiz.tui.widgets.field import Field
from nlbwiz.tui.widgets.lines import Block, Quiet, Rows

if TYPE_CHECKING:
    from nlbwiz.headless import Options
    from nlbwiz.tui.app import NlbwizApp
    from nlbwiz.tui.screens.form_view import Beginning

SETTLE_S = 0.05
"""A text is read when it has rested for so long."""


class Start(StartView):
    """Ends in a run (`NlbwizApp.begin`), or with the app."""

    KEYS = keys.START
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # Textual's is wider
        one.binding() for one in keys.START if one not in keys.APP
    ]

    class Found(Message):
        """The lists are there."""

        def __init__(self, lists: Lists) -> None:
            super().__init__()
            self.lists = lists

    class Ready(Message):
        """A run can begin."""

        def __init__(self, options: "Options") -> None:
            super().__init__()
            self.options = options

    class Refused(Message):
        """A file cannot be used, and why."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish)
        self._given = bool(wish.text)
        """A text that was given on the command line is acted on once."""
        self._settling: Timer | None = None

    def on_mount(self) -> None:
        """The field has the focus; everything else is made and loaded once this is seen."""
        self.text.focus()
        self.text.move_cursor(self.text.document.end)
        self._draw_top()
        self.call_after_refresh(self._rest)

    async def _rest(self) -> None:
        lists = [Vertical(Block(f"{name}-title"), Quiet(name), classes="column", id=f"{name}-column") for name in LISTS]
        await self.mount(
            Block("told-rule"),
            Container(Rows("says"), Rows("where"), id="told"),
            Block("lists-rule"),
            Container(*lists, id="lists"),
            Block("detail"),
            Block("foot"),
        )
        self._redraw()
        self.call_after_refresh(self._redraw)  # the lists know their widths by then
        self._in_thread(self._load)

    def again(self, closing: threading.Thread, said: str) -> None:
        """A run has ended: what became of it is said, and the lists are read anew once it is closed."""
        self.busy = False
        self._ended, self._why = said, ""
        self.wish = replace(self.wish, save=None)  # one file for one run
        self.text.focus()
        self._redraw()

        def load() -> None:
            closing.join(2.0)
            self._load()

        self._in_thread(load)

    # ---- threads of its own: files may lie on a slow share ----

    def _in_thread(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name="start", daemon=True).start()

    def _load(self) -> None:
        found = lists()
        if self.is_attached:
            self.post_message(self.Found(found))

    def _open(self, written: str, symptom: str) -> None:
        from nlbwiz.headless import Options  # noqa: PLC0415
        from nlbwiz.tui.known import opened  # noqa: PLC0415

        try:
            path, is_run = opened(written)
        except NlbwizError as error:
            self.post_message(self.Refused(str(error)))
            return
        if is_run:
            options = Options(bundle=path, symptom=symptom or None)
        else:
            options = Options(site=path, symptom=symptom or None, deadline_s=self.wish.deadline_s, save=self.wish.save)
        self.post_message(self.Ready(options))

    # ---- what happens ----

    @on(Found)
    def _found(self, event: Found) -> None:
        self.lists = event.lists
        self._read()
        if self._given:
            self._given = False
            self._submitted()

    @on(Ready)
    def _ready(self, event: Ready) -> None:
        cast("NlbwizApp", self.app).begin(event.options)

    @on(Refused)
    def _refused(self, event: Refused) -> None:
        self.busy = False
        self._why = event.why
        self._redraw()

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._why = self._ended = ""
        if self._settling:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_S, self._read)

    @on(Field.Cut)
    def _cut(self, event: Field.Cut) -> None:
        self._why = f"the field is full: {event.left:,} characters were left out"
        self.call_after_refresh(self._redraw)

    @on(Field.Submitted)
    def _submitted(self) -> None:
        self._read()
        one = self.reading
        if self.lists is None or self.busy or one is None:
            return
        symptom = self.symptom or one.symptom
        if one.scenario:
            self._practice(one.scenario)
        elif path := one.path or (one.site.path if one.site else "") or one.word:
            self._ask(path, symptom)
        else:
            live = self._live()
            if self.symptom and not self.text.text.strip() and len(live) == 1:
                self._ask(live[0].path, symptom)

    def _ask(self, path: str, symptom: str) -> None:
        self.busy = True
        self._why = ""
        self._redraw()
        self._in_thread(lambda: self._open(path, symptom))

    def _practice(self, name: str) -> None:
        from nlbwiz.headless import Options  # noqa: PLC0415

        wish = self.wish
        options = Options(demo=name, symptom=self.symptom or None, deadline_s=wish.deadline_s, save=wish.save)
        cast("NlbwizApp", self.app).begin(options)

    def _read(self) -> None:
        """What the text says; nothing before the lists are there, since it is read against them."""
        if self.lists is not None and self._stands:
            from nlbwiz.tui import reading  # noqa: PLC0415

            self.reading = reading.read(self.text.text, self.lists.known, tuple(self.lists.practice))
        self._redraw()

    def on_paste(self, event: events.Paste) -> None:
        """A paste goes to the field, wherever the focus is."""
        self.text.focus()
        self.text.take(event.text)

    def form_begins(self) -> "Beginning":
        """What the site form begins with: the site file that the text or the cursor names, else what the text says."""
        from nlbwiz.tui.screens.form_view import Beginning  # noqa: PLC0415

        self._read()
        one, here = self.reading, self.focused
        symptom = self.symptom or (one.symptom if one else "") or None
        live = {each.path for each in self.lists.known if each.live} if self.lists else set()
        path = ""
        if isinstance(here, Rows) and here.id == "recent" and here.cursor in live:
            path = str(here.cursor)
        elif one and one.path.lower().endswith(".toml"):
            path = one.path
        elif one and one.site and one.site.live:
            path = one.site.path
        more = {"symptom": symptom, "deadline_s": self.wish.deadline_s}
        if path:
            return Beginning(path=path, **more)  # type: ignore[arg-type]  # the two fields of these types
        if one is None or not self.text.text.strip():
            return Beginning(**more)  # type: ignore[arg-type]
        from nlbwiz.tui import reading  # noqa: PLC0415

        answers = reading.form_answers(self.text.text, one)
        note = "taken from your text: correct what is not so" if len(answers) > 3 else ""
        return Beginning(answers=answers, note=note, **more)  # type: ignore[arg-type]

    # ---- actions ----

    def action_go(self) -> None:
        """Take the row under the cursor."""
        here = self.focused
        if isinstance(here, Rows) and here.cursor is not None:
            self._chosen(here)

    @on(Rows.Chosen)
    def _clicked(self, event: Rows.Chosen) -> None:
        self._chosen(event.rows)

    def _chosen(self, rows: Rows) -> None:
        name = str(rows.cursor)
        if self.busy:
            return
        match rows.id:
            case "recent":
                self._ask(name, self.symptom)
            case "practice":
                self._practice(name)
            case "symptoms":
                self.symptom = "" if self.symptom == name else name
                self._read()

    def action_pane(self, by: int) -> None:
        """From the field to the lists, and round."""
        # What is said is a stop only where it must be scrolled to be seen, at the height that it was given last.
        height = self.rows("says").styles.height
        high = height.value if height else 0
        shown = [
            one
            for one in self.query(Rows)
            if one.region.height > 0 and one.id != "where" and (one.id != "says" or len(one.rows) > high)
        ]
        panes.turn([self.text, *shown], self.focused, by)

    def action_field(self) -> None:
        """Back to the field."""
        self.text.focus()

    def _list(self) -> Rows:
        return self.focused if isinstance(self.focused, Rows) else self.rows("says")

    def action_move(self, by: int) -> None:
        """The cursor of the list that has the focus."""
        self._list().move(by)

    def action_page(self, by: int) -> None:
        """A page of it."""
        self._list().action_page(by)

    def action_end(self, last: bool) -> None:
        """Its end."""
        self._list().action_end(last)
