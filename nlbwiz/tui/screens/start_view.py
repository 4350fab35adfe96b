"""How the start screen is drawn: what the text says, and the three lists to pick from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen

from nlbwiz.tui import frame, keys, picks
from nlbwiz.tui.picks import Lists, Wish
from nlbwiz.tui.widgets.field import Field
from nlbwiz.tui.widgets.lines import Block, Row, Rows, Spans
from nlbwiz.tui.words import cut, wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp
    from nlbwiz.tui.reading import Known, Reading

LISTS = ("recent", "symptoms", "practice")
TITLES = {"recent": "Sites and runs", "symptoms": "What you see", "practice": "Practice in the lab"}
_LABEL = 10
_WHERE = ("enter", "missing", "in site", "secret")
"""Labels of what stands at the right where there is room: who will be asked, and what the enter key does."""


class StartView(Screen[None]):
    """What is known, and its drawing; what the keys do is `start.Start`'s."""

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

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Block("bar")
        yield Block("label")
        yield Field(self.wish.text, "field")

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
        room = self.size.width >= 120 and self.size.height >= 32
        killed = self._killed()
        return [*killed, *self._empty(reading.HOW), *trouble, *(_EXAMPLES if room and not killed else ())]

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
        most = 9 if tall else 2
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


_EXAMPLES = tuple(
    (label, text, "quiet")
    for label, text in (
        ("VIP", "172.31.1.232: its MAC in every mode, and where it is known"),
        ("MAC", "03bf.ac1f.01e8, in any notation: whose it is, of which mode and address"),
        ("node", "nlb1: the site file that has it, to be asked"),
        ("file", "a site file is asked live; a bundle is judged again, offline"),
        ("text", "an event, an ARP table, a ticket: its addresses and MACs are picked out and compared"),
    )
)
"""What the field takes, while it is empty and there is room to say so."""


def _told(said: Sequence[tuple[str, str, str]], width: int) -> list[Row]:
    """(label, text, role) as rows of at most so many cells."""
    lines: list[Spans] = []
    for label, text, role in said:
        for number, part in enumerate(wrapped(text, width - _LABEL - 4)):
            lead = f" {'' if number else label:<{_LABEL}}"
            lines.append(((lead, "head" if label == "enter" else "quiet"), (part, role)))
    return [Row(key=number, lines=(spans,), stops=False) for number, spans in enumerate(lines)]
