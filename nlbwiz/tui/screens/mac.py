"""The MAC calculator: the page of `nlbwiz mac`, as it is typed. Offline; with a run or without one."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from nlbwiz.addr import AddressError
from nlbwiz.mactext import describe
from nlbwiz.plain import line
from nlbwiz.tui import copied, frame, keys
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.screens import panes
from nlbwiz.tui.screens.run import RunScreen
from nlbwiz.tui.widgets.find import Find
from nlbwiz.tui.widgets.lines import Block, Quiet, Row, Rows
from nlbwiz.tui.words import wrapped

LONGEST = 4000
"""Characters of a text that are read."""
HOW = (
    "A primary IP gives the cluster MAC of every mode, the masked MACs and the IGMP group.",
    "A MAC in any notation says what it is: a cluster's, a node's, a VM's, a router's, a NIC's.",
    "A pasted text (a line of an ARP table, an event) is searched for both, and they are compared.",
)


class Typed(Find):
    """Takes a paste of several lines as one: every address in it counts."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.max_length = LONGEST

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(line(" ".join(event.text.split()), LONGEST)[: max(0, LONGEST - len(self.value))])


class MacCalculator(RunScreen):
    """A field, the clusters of the site, and the page beneath."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.MAC, *keys.MOVING, *keys.SCREENS, *keys.APP)
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.MAC]
    TITLE_IN_BAR: ClassVar[str] = "MAC calculator"

    def __init__(self, follow: Follow | None) -> None:
        super().__init__(follow)  # type: ignore[arg-type]  # what needs the run is drawn here otherwise
        self.run: Follow | None = follow
        self._said = ""

    def body(self) -> ComposeResult:
        """The field first: an address can be typed at once."""
        yield Block("mac-rule")
        yield Typed("mac-field")
        yield Quiet("mac-clusters")
        yield Block("mac-page-rule")
        yield Quiet("mac-page")

    def begin(self) -> None:
        """In the field."""
        self.field.focus()

    @property
    def field(self) -> Typed:
        """What is asked."""
        return self.query_one("#mac-field", Typed)

    def draw(self) -> None:
        """Everything, with or without a run."""
        width = self.size.width
        clusters = self.rows("mac-clusters")
        self.block("bar").show(frame.bar("", self.TITLE_IN_BAR, "", "offline", "", width))
        self.block("mac-rule").show(frame.rule("An IP, a MAC, or a text with some of them", "tab to the page", width))
        found = self.run.opened.site.clusters.values() if self.run and self.run.opened else ()
        clusters.show(
            [
                Row(
                    key=str(one.vip),
                    lines=(((" cluster ", "quiet"), (f"{one.name}  ", "text"), (str(one.vip), "text")),),
                )
                for one in found
            ]
        )
        clusters.display = bool(found)
        self._draw_page()
        self.block("message").show(*(((f" {part}", "text"),) for part in wrapped(self._said, width - 3)[:4]))
        self.block("foot").show(frame.footer(self.feet(), width))

    def _draw_page(self) -> None:
        page = self.rows("mac-page")
        width = page.size.width or self.size.width
        lines = _page(self.field.value.strip(), width - 2)
        rows = [
            Row(key=(number, text), lines=(((f" {text}", role),),), stops=bool(text.strip()) and role != "quiet")
            for number, (text, role) in enumerate(lines)
        ]
        page.show(rows)
        self.block("mac-page-rule").show(frame.rule("What it is", page.position, width))

    # ---- keys ----

    @on(Input.Changed)
    def _typed(self) -> None:
        self._draw_page()
        self.rows("mac-page").action_end(last=False)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.rows("mac-page").focus()

    @on(Rows.Chosen, "#mac-clusters")
    def _cluster(self) -> None:
        self.action_open()

    @on(Rows.Moved, "#mac-page")
    def _moved(self) -> None:
        page = self.rows("mac-page")
        self.block("mac-page-rule").show(frame.rule("What it is", page.position, page.size.width))

    def action_open(self) -> None:
        """The cluster's VIP into the field."""
        clusters = self.rows("mac-clusters")
        if self.focused is clusters and clusters.cursor:
            self.field.value = str(clusters.cursor)
            self.rows("mac-page").focus()

    def action_copy(self) -> None:
        """The line under the cursor, to a file and to the terminal."""
        page = self.rows("mac-page")
        if not isinstance(page.cursor, tuple):
            return
        copy = copied.copy(self.app, [str(page.cursor[1]).strip()], "mac")
        self._said = copy.said("you").replace("\n", ": ")
        self.redraw()

    def action_pane(self, by: int) -> None:
        """Between field, clusters and page."""
        all_ = (self.field, self.rows("mac-clusters"), self.rows("mac-page"))
        panes.turn([one for one in all_ if one.display], self.focused, by)

    def action_move(self, by: int) -> None:
        """From the field, to the page."""
        if self.focused is self.field:
            self.action_pane(by)
        else:
            super().action_move(by)

    def action_hold(self) -> None:
        """Nothing moves here."""

    def action_back(self) -> None:
        """From the page to the field, from there to where it was opened."""
        if self.focused is not self.field:
            self.field.focus()
        elif self.run is None:
            self.app.pop_screen()
        else:
            super().action_back()


def _page(text: str, columns: int) -> list[tuple[str, str]]:
    """(line, role) of what was typed."""
    if not text:
        return [(part, "quiet") for one in HOW for part in wrapped(one, columns)]
    try:
        lines = describe(text[:LONGEST], max(40, min(100, columns))).rstrip("\n").split("\n")
    except AddressError as error:
        return [(part, "maybe") for part in wrapped(line(str(error)), columns)]
    told = []
    for one in lines:
        head = not one.startswith(" ") and bool(one)
        told += [(part, "head" if head and not part.startswith(" ") else "text") for part in _broken(one, columns)]
    return told


def _broken(text: str, columns: int) -> list[str]:
    """A table's row that is too wide goes on beneath itself."""
    if len(text) <= columns:
        return [text]
    lead = len(text) - len(text.lstrip(" "))
    return [" " * lead + part for part in wrapped(text.strip(), columns - lead)]
