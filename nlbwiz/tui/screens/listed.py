"""A screen with one long list, a page of the entry under the cursor, and a search in place. It decides nothing itself."""

from collections.abc import Sequence
from typing import ClassVar, Generic, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from nlbwiz.probes import Ask
from nlbwiz.tui import browse, frame, keys, pages
from nlbwiz.tui.browse import I
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.screens.run import RunScreen
from nlbwiz.tui.widgets.find import Find
from nlbwiz.tui.widgets.lines import Block, Row, Rows, Spans
from nlbwiz.tui.widgets.long import Keyed, Long, Page
from nlbwiz.tui.words import cut


class Listed(RunScreen, Generic[I]):
    """List and page: side by side from 120 columns on, below that one in the other's place."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.FIND, *keys.MOVING, *keys.SCREENS, *keys.APP)
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.FIND]
    NAMES: ClassVar[tuple[str, str]] = ("entries", "entry")
    """What the list holds, and what its page is of."""
    HINT: ClassVar[str] = "words, status:denied status:lost, target:NAME"
    """What can be typed into the search."""

    def __init__(self, follow: Follow) -> None:
        super().__init__(follow)
        self.items: Sequence[I] = ()
        self.shown: Sequence[I] = ()
        """Those of `items` that fit what is sought."""
        self._typed = {"list": "", "page": ""}
        self._aim = "list"
        """Where the search looks."""
        self._stamp: tuple[object, ...] | None = None
        self._pending: frozenset[Ask] = frozenset()
        self._page_of: tuple[object, ...] = ()
        """What the page was made from: it is laid out anew only when that changes."""
        self._page_key = ""
        self._texts: list[tuple[str, str]] = []
        self._hits: list[int] = []
        self._hit = 0

    # ---- what a screen brings ----

    def stamp(self) -> tuple[object, ...]:
        """What the entries are made from: they are made anew only when one of these is another thing."""
        return (self.follow.told,)

    def make(self) -> Sequence[I]:
        """All entries of this moment."""
        raise NotImplementedError

    def head(self, width: int) -> Spans:
        """The words above the columns."""
        raise NotImplementedError

    def row(self, item: I, width: int) -> Spans:
        """One entry as a line."""
        raise NotImplementedError

    def page(self, item: I) -> Sequence[pages.Para]:
        """Everything about one entry."""
        raise NotImplementedError

    def caption(self) -> str:
        """What stands in the rule above the list."""
        return self.NAMES[0].capitalize()

    def pending(self) -> frozenset[Ask]:
        """What is on its way; the same object as long as it is the same."""
        case = self.engine.case
        now = frozenset(case.pending.copy()) if case and self.follow.live else frozenset()
        if now != self._pending:
            self._pending = now
        return self._pending

    # ---- the widgets ----

    def body(self) -> ComposeResult:
        """The search lies between the lists and the message, where the eye is when it types."""
        with Container(id="browse"):
            with Container(id="browse-left"):
                yield Block("list-rule")
                yield Block("list-head")
                yield Long("list")
            with Container(id="browse-right"):
                yield Block("page-rule")
                yield Page("page")
        with Container(id="finder"):
            yield Block("finder-label")
            yield Find("find")

    def begin(self) -> None:
        """In the list."""
        self.long.focus()

    @property
    def long(self) -> Long:
        """The list."""
        return self.query_one("#list", Long)

    @property
    def field(self) -> Find:
        """The search."""
        return self.query_one("#find", Find)

    @property
    def here(self) -> I | None:
        """The entry under the cursor."""
        return cast("I | None", self.long.here)

    # ---- drawing ----

    def draw_body(self) -> None:
        """The entries where they changed, the rule, the page."""
        stamp = self.stamp()
        before = self._stamp
        if before is None or any(one is not other for one, other in zip(stamp, before, strict=True)):
            self._stamp = stamp
            self.items = self.make()
            self._sift()
        elif self.follow.running:
            self.long.refresh()  # what is awaited says how long
        width = self.long.size.width or self.size.width
        self.block("list-head").show(self.head(max(20, width - 1)))
        self._draw_rule()
        self._draw_page()
        self._draw_finder()

    def _sift(self) -> None:
        self.shown = browse.found(self.items, self._typed["list"])
        self.long.fill(self.shown, self._drawn)

    def _drawn(self, thing: Keyed, width: int) -> Spans:
        return self.row(cast("I", thing), width)

    def _draw_rule(self) -> None:
        width = self.block("list-rule").size.width or self.size.width
        all_, some, typed = len(self.items), len(self.shown), self._typed["list"]
        count = f"{some:,} of {all_:,}" if typed else f"{all_:,}"
        aside = "   ".join(part for part in (count, f"found: {typed}" if typed else "") if part)
        caption = self.NAMES[0].capitalize() if typed else self.caption()
        self.block("list-rule").show(frame.rule(caption, _fit(aside, width - len(caption) - 10), width))

    def _draw_page(self) -> None:
        page, item = self.query_one("#page", Page), self.here
        width = page.size.width or self.size.width
        made = (item, self._typed["page"], self._hit, width, self._stamp)
        if len(made) != len(self._page_of) or any(
            one is not other for one, other in zip(made, self._page_of, strict=True)
        ):
            same = bool(self._page_of) and item is not None and self._page_key == item.key
            self._page_key = item.key if item else ""
            self._page_of = made
            self._texts = _texts(self.page(item) if item else (), width - 2)
            self._hits = browse.hits([text for text, _ in self._texts], self._typed["page"])
            if not same:
                page.scroll_to(y=0, animate=False)
            self._fill_page(page)
        self._draw_page_rule()

    def _fill_page(self, page: Page) -> None:
        marked = set(self._hits)
        at = self._hits[self._hit % len(self._hits)] if self._hits else None
        page.show(
            [
                Row(key=number, lines=(((text, "key" if number in marked else role),),), stops=number == at)
                for number, (text, role) in enumerate(self._texts)
            ],
            at,
        )

    def _draw_page_rule(self) -> None:
        block = self.block("page-rule")
        width = block.size.width or self.size.width
        typed, page = self._typed["page"], self.query_one("#page", Page)
        told = ""
        if typed:
            number = self._hit % len(self._hits) + 1 if self._hits else 0
            told = f"found: {typed}   line {number} of {len(self._hits)}" if self._hits else f"not found: {typed}"
        aside = "   ".join(part for part in (told, page.position) if part)
        name = self.NAMES[1].capitalize()
        block.show(frame.rule(name, _fit(aside, width - len(name) - 10), width))

    def _draw_finder(self) -> None:
        self.query_one("#finder").display = self.finding
        what = f"  find {self.NAMES[0]}: " if self._aim == "list" else "  find in the page: "
        label = self.block("finder-label")
        label.styles.width = len(what)
        label.show(((what, "ask"),))

    def feet(self) -> list[tuple[str, str]]:
        """While something is typed a letter is a letter: only keys that still act stand there."""
        if not self.finding:
            return super().feet()
        return [("enter", "to what was found"), ("esc", "leave the search"), ("F1", "help"), ("ctrl+q", "quit")]

    # ---- searching ----

    @property
    def finding(self) -> bool:
        """The operator types what is sought."""
        return self.focused is self.field

    def action_find(self) -> None:
        """Find in what has the focus: filter the list, or mark lines of the page."""
        self._aim = "page" if isinstance(self.focused, Page) else "list"
        # At once: what is typed right after the slash must go into the field and nowhere else.
        self.query_one("#finder").display = True
        self.field.value = self._typed[self._aim]
        self.set_focus(self.field)
        self.say(f"type to find: {self.HINT}" if self._aim == "list" else "type to find; enter, then n and N", "quiet")
        self.call_after_refresh(self.redraw)

    @on(Input.Changed, "#find")
    def _changed(self, event: Input.Changed) -> None:
        if self._typed[self._aim] == event.value:
            return
        self._typed[self._aim] = event.value
        if self._aim == "list":
            self._sift()
        else:
            self._hit = 0
        self.redraw()

    @on(Input.Submitted, "#find")
    def _submitted(self) -> None:
        self._leave_field()

    def _leave_field(self) -> None:
        self.set_focus(self.long if self._aim == "list" else self.query_one("#page", Page))
        self.query_one("#finder").display = False
        self.say("")
        self.call_after_refresh(self.redraw)

    def action_hit(self, by: int) -> None:
        """The next of what was found, or the previous one, and round."""
        aim = "page" if isinstance(self.focused, Page) else "list"
        if not self._typed[aim]:
            self.say("nothing is sought: / finds", "maybe")
        elif aim == "list":
            self.long.turn(by)
        elif self._hits:
            self._hit = (self._hit + by) % len(self._hits)
            self._draw_page()

    # ---- moving ----

    @on(Rows.Moved, "#list")
    def _moved(self) -> None:
        self._hit = 0
        self._draw_page()

    @on(Rows.Moved, "#page")
    def _scrolled(self) -> None:
        self._draw_page_rule()

    @on(Rows.Chosen, "#list")
    def _chosen(self) -> None:
        self.action_open()

    def on_descendant_focus(self) -> None:
        """What the footer says depends on it."""
        self.call_after_refresh(self.redraw)

    def action_open(self) -> None:
        """Open the page of the entry; below 120 columns it takes the list's place."""
        if self.here is not None:
            self.add_class("-open")
            self.query_one("#page", Page).focus()
            self.call_after_refresh(self.redraw)

    def action_back(self) -> None:
        """One level back: out of the search, out of the page, out of what was found, to the causes."""
        page = isinstance(self.focused, Page)
        if self.finding:
            self._clear(self._aim)
            self._leave_field()
        elif page and self._typed["page"]:
            self._clear("page")
        elif page or self.has_class("-open"):
            self._clear("page")
            self.remove_class("-open")
            self.long.focus()
            self.call_after_refresh(self.redraw)
        elif self._typed["list"]:
            self._clear("list")
        else:
            super().action_back()

    def _clear(self, aim: str) -> None:
        self._typed[aim] = ""
        self._hit = 0
        if aim == "list":
            self._sift()
        self.redraw()

    def action_pane(self, by: int) -> None:
        """From the list to the page and back; where only one of them is seen, the other opens."""
        if isinstance(self.focused, Long) and not self.has_class("-open"):
            self.action_open()
        elif self.finding:
            self._leave_field()
        else:
            self.remove_class("-open")
            self.long.focus()
            self.call_after_refresh(self.redraw)

    def action_move(self, by: int) -> None:
        """The cursor of the list, or the page; down leaves the search for what was found."""
        if self.finding:
            if by > 0:
                self._leave_field()
        else:
            super().action_move(by)


def _texts(paras: Sequence[pages.Para], width: int) -> list[tuple[str, str]]:
    return [(text, role) for texts, role, _ in pages.lines(paras, width) for text in texts]


def _fit(aside: str, cells: int) -> str:
    return cut(aside, max(0, cells))
