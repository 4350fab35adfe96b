"""The start screen: one field for whatever the operator has, what it says at once and offline, and three lists to pick from.

The first frame loads neither the registry nor the lab and touches no network; files are read by threads of their own.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea

from nlbwiz.errors import NlbwizError
from nlbwiz.tui import frame, keys, picks
from nlbwiz.tui.picks import Lists, Wish, lists
from nlbwiz.tui.widgets.field import Field
from nlbwiz.tui.widgets.lines import Block, Row, Rows, Spans
from nlbwiz.tui.words import cut, wrapped

if TYPE_CHECKING:
    from nlbwiz.headless import Options
    from nlbwiz.tui.app import NlbwizApp
    from nlbwiz.tui.reading import Known, Reading
    from nlbwiz.tui.screens.form import Beginning

LISTS = ("recent", "symptoms", "practice")
TITLES = {"recent": "Sites and runs", "symptoms": "What you see", "practice": "Practice in the lab"}
SETTLE_S = 0.05
"""A text is read when it has rested for so long."""
_LABEL = 10
_WHERE = ("enter", "missing", "in site", "secret")
"""Labels of what stands at the right where there is room: who will be asked, and what the enter key does."""


class Picks(Rows):
    """A list to pick from: its cursor shows where the keys go, and there are three of them."""

    QUIET = True


class Start(Screen[None]):
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
        super().__init__()
        self.wish = wish
        self.symptom = wish.symptom or ""
        """Picked from the list; it goes before one that was guessed from the text."""
        self.lists: Lists | None = None
        self.busy = False
        self.reading: Reading | None = None
        self._why = ""
        self._ended = ""
        """What became of the run before."""
        self._given = bool(wish.text)
        """A text that was given on the command line is acted on once."""
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Block("bar")
        yield Block("label")
        yield Field(self.wish.text, "field")

    def on_mount(self) -> None:
        """The field has the focus; everything else is made and loaded once this is seen."""
        self.text.focus()
        self.text.move_cursor(self.text.document.end)
        self._draw_top()
        self.call_after_refresh(self._rest)

    async def _rest(self) -> None:
        lists = [Vertical(Block(f"{name}-title"), Picks(name), classes="column", id=f"{name}-column") for name in LISTS]
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

    @property
    def text(self) -> Field:
        """The field."""
        return self.query_one("#field", Field)

    def rows(self, name: str) -> Rows:
        """One of the lists."""
        return self.query_one(f"#{name}", Rows)

    def block(self, name: str) -> Block:
        """One of the fixed lines."""
        return self.query_one(f"#{name}", Block)

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
        from nlbwiz.tui.screens.form import Beginning  # noqa: PLC0415

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
        # What is said is a stop only where it must be scrolled to be seen.
        shown = [
            one
            for one in self.query(Rows)
            if one.region.height > 0 and one.id != "where" and (one.id != "says" or len(one.rows) > one.size.height)
        ]
        stops = [self.text, *shown]
        at = next((number for number, one in enumerate(stops) if one is self.focused), 0)
        stops[(at + by) % len(stops)].focus()

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

    # ---- drawing ----

    def on_resize(self) -> None:
        """Everything is drawn for its width."""
        self.call_after_refresh(self._redraw)

    def on_screen_resume(self) -> None:
        """The theme may have changed beneath another screen."""
        self._redraw()

    def on_descendant_focus(self) -> None:
        """The detail is that of the list which has the focus."""
        self._redraw()

    @on(Rows.Moved)
    def _moved(self) -> None:
        self._redraw()

    @property
    def _stands(self) -> bool:
        """False before it is composed, and once a run has taken its place."""
        return bool(self.query("#foot"))

    def _redraw(self) -> None:
        if not self._stands:
            return
        with self.app.batch_update():
            width = self.size.width
            self._draw_top()
            self._draw_says(width)
            self._draw_rule(width)
            self._draw_lists()
            self._draw_detail(width)
            table = cast("NlbwizApp", self.app).remapped(keys.START)
            feet = [(label, key.foot) for key in table if key.foot and (label := keys.spoken(key))]
            self.block("foot").show(frame.footer(feet, width))

    def _draw_top(self) -> None:
        width = self.size.width or self.app.size.width
        self.block("bar").show(frame.bar("start", "", "", "network: not touched", "", width))
        asks, what = " What do you have?", "  VIP, MAC, node, site file, bundle, or paste the event text"
        self.block("label").show(((asks, "head"), (cut(what, width - len(asks)), "quiet")))

    def _draw_rule(self, width: int) -> None:
        says, high = self.rows("says"), self._says_rows
        first, all_ = min(says.scroll_offset.y, max(0, len(says.rows) - high)), len(says.rows)
        position = f"lines {first + 1}-{first + high} of {all_}" if all_ > high else ""
        picked = f"symptom: {self.symptom}" if self.symptom else ""
        aside = "   ".join(part for part in (position, picked, "tab to the lists") if part)
        self.block("lists-rule").show(frame.rule("or pick", aside, width))

    @property
    def _says_rows(self) -> int:
        """How many lines of what is said are in sight; the lists want room too."""
        most = 3 if self.size.height < 22 else 8 if self.size.height < 32 else 13
        return max(1, min(most, len(self.rows("says").rows)))

    def _draw_says(self, width: int) -> None:
        said, wide = self._said(), self.size.width >= 120 and self.size.height >= 32
        left = [one for one in said if not wide or one[0] not in _WHERE]
        right = [one for one in said if wide and one[0] in _WHERE]
        if not left:
            left, right = right, []
        half = width // 2 if wide and right else width
        says, where = self.rows("says"), self.rows("where")
        says.show(_told(left, half))
        where.show(_told(right, width - half))
        high = 10 if wide else self._says_rows
        says.styles.height = where.styles.height = high
        where.display = bool(right)
        rule = self.block("told-rule")
        rule.display = wide
        if wide:
            title = "What it says, offline"
            beside = f"{'':{max(1, half - len(title) - 4)}}Where it is, and what enter does" if right else ""
            rule.show(frame.rule(f"{title}{beside}", "", width))

    def _said(self) -> list[tuple[str, str, str]]:
        ended = [("run", self._ended, "good")] if self._ended and not (self._why or self.busy) else []
        return [*ended, *self._said_of_text()]

    def _said_of_text(self) -> list[tuple[str, str, str]]:
        if self._why:
            return [("" if number else "trouble", part, "bad") for number, part in enumerate(self._why.split("\n"))]
        if self.busy:
            return [("enter", "opening it", "quiet")]
        if self.lists is None or self.reading is None:
            return [("", "loading what is known here", "quiet")]
        from nlbwiz.tui import reading  # noqa: PLC0415

        if not self.text.text.strip():
            return self._empty_said()
        end = reading.enter(self.reading)
        if self.symptom and self.symptom != self.reading.symptom:
            picked = [("symptom", f"{self.symptom}, as you picked it", "text")]
        else:
            picked = []
        said = [(one.label, one.text, one.role) for one in (*reading.words(self.reading), end)]
        # What enter does comes before the pages of addresses: it must not scroll out of sight.
        return [*picked, said[-1], *said[:-1]]

    def _empty_said(self) -> list[tuple[str, str, str]]:
        if self.lists is None:
            return [("", "loading what is known here", "quiet")]
        from nlbwiz.tui import reading  # noqa: PLC0415

        trouble = [("trouble", self.lists.trouble, "bad")] if self.lists.trouble else []
        return [*self._killed(), *self._empty(reading.HOW), *trouble]

    def _killed(self) -> list[tuple[str, str, str]]:
        """That the last run was never closed: said until another one is there."""
        runs = [one for one in self.lists.known if not one.live] if self.lists else []
        if not (runs and runs[0].killed):
            return []
        one = runs[0]
        text = (
            f"the last run ({one.name}, {one.age}) was killed before it ended; every answer until then is in {one.path}. "
            "Open it from the list below (tab)"
        )
        return [("killed", text, "maybe")]

    def _empty(self, how: str) -> list[tuple[str, str, str]]:
        """What is said while the field is empty."""
        live = self._live()
        if self.symptom and len(live) == 1:
            count = len(live[0].machines)
            return [("enter", f"asks the {count} machines of {live[0].name} about {self.symptom}, read only", "text")]
        told = [
            ("enter", "does what will be said here; nothing is asked before it, and nothing is ever changed", "quiet")
        ]
        return told if live else [*told, ("missing", f"a site file, to ask live: {how}", "quiet")]

    def _live(self) -> "list[Known]":
        """The site files that can be asked."""
        return [one for one in self.lists.known if one.live and one.machines] if self.lists else []

    def _draw_lists(self) -> None:
        found = self.lists or Lists()
        for name in LISTS:
            rows = self.rows(name)
            width = max(8, rows.size.width - 2)
            title = self.block(f"{name}-title")
            match name:
                case "recent":
                    rows.show(
                        [picks.known_row(one, width) for one in found.known]
                        or picks.none_rows(self.lists is not None, width)
                    )
                case "symptoms":
                    rows.show([picks.symptom_row(key, one, self.symptom, width) for key, one in found.symptoms.items()])
                case _:
                    rows.show([picks.scenario_row(key, title, width) for key, title in found.practice.items()])

            count = sum(row.stops for row in rows.rows)
            title.show(((f" {TITLES[name]}", "head"), (f"  {count}" if count else "", "quiet")))

    def _draw_detail(self, width: int) -> None:
        tall = self.size.height >= 32
        texts = [part for text in self._detail(tall) for part in wrapped(text, width - 8)]
        most = 7 if tall else 2
        if len(texts) > most:
            texts[most - 1] += " ..."
        self.block("detail").show(*(((f"  {text}", "quiet"),) for text in texts[:most]))

    def _detail(self, tall: bool) -> list[str]:
        here, found = self.focused, self.lists
        if found is None:
            return []
        if not isinstance(here, Rows):
            guessed = self.reading.symptom if self.reading else ""
            return picks.order(found.symptoms.get(self.symptom or guessed)) if tall else []
        key = str(here.cursor)
        if here.id == "symptoms":
            return picks.order(found.symptoms.get(key), " Enter picks it.")
        if here.id == "practice" and key in found.practice:
            return [found.practice[key], "Enter asks the simulated site on this machine; nothing leaves it."]
        known = next((one for one in found.known if one.path == key), None)
        if here.id == "recent" and known:
            machines = ", ".join(known.machines)
            does = f"Enter asks {machines}, read only." if known.live else "Enter opens the saved run; nobody is asked."
            return [f"{known.path}. {known.note or does}", *([does] if known.note and known.machines else [])]
        return []


def _told(said: Sequence[tuple[str, str, str]], width: int) -> list[Row]:
    """(label, text, role) as rows of at most so many cells."""
    lines: list[Spans] = []
    for label, text, role in said:
        for number, part in enumerate(wrapped(text, width - _LABEL - 4)):
            lead = f" {'' if number else label:<{_LABEL}}"
            lines.append(((lead, "head" if label == "enter" else "quiet"), (part, role)))
    return [Row(key=number, lines=(spans,), stops=False) for number, spans in enumerate(lines)]
