"""What every screen over a run has: the top line, a body of its own, the message, the footer, and keys to move with."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from nlbwiz.plain import line
from nlbwiz.tui import frame, keys
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.places import PLACES
from nlbwiz.tui.screens import panes
from nlbwiz.tui.widgets.lines import Block, Rows
from nlbwiz.tui.words import cut, wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp


class RunScreen(Screen[None]):
    """One view of the run that is followed. `draw` is called at most ten times a second, whenever something changed."""

    KEYS: ClassVar[tuple[keys.Key, ...]] = (*keys.MOVING, *keys.SCREENS, *keys.APP)
    """What help, palette and footer show; those that are not of the app are bound here."""
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # Textual's is wider
        one.binding() for one in (*keys.MOVING, *keys.SCREENS)
    ]
    TITLE_IN_BAR: ClassVar[str] = ""
    """What stands in the top line beside the run's name."""

    def __init__(self, follow: Follow) -> None:
        super().__init__()
        self.follow = follow

    @property
    def engine(self) -> Engine:
        """What is asked through."""
        return self.follow.engine

    @property
    def wizard(self) -> "NlbwizApp":
        """The app, by its own type."""
        return cast("NlbwizApp", self.app)

    # ---- what a screen brings ----

    def body(self) -> ComposeResult:
        """The widgets between the top line and the message."""
        yield Rows("list")

    def draw_body(self) -> None:
        """Show what is known now."""

    def begin(self) -> None:
        """Once, when the widgets are there: where the focus goes."""
        self.query(Rows).first().focus()

    def feet(self) -> list[tuple[str, str]]:
        """(key, word) of the footer, in the table's order, without the way to this screen; the last two always stand there."""
        typing = self.focused is not None and self.focused.check_consume_key("a", "a")  # a field takes every letter
        names: dict[str, list[str]] = {}
        for key, active in self.active_bindings.items():
            if len(keys.label(key)) > 1 or not typing:
                names.setdefault(active.binding.id or "", []).append(keys.label(key))
        here = {f"app.go('{name}')" for name, (_, kind) in PLACES.items() if kind == type(self).__name__}
        return [
            (min(names[one.id], key=len), one.foot)
            for one in self.KEYS
            if one.foot and one.id in names and one.action not in here
        ]

    # ---- the frame ----

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Block("bar")
        yield from self.body()
        yield Block("message")
        yield Block("foot")

    def on_mount(self) -> None:
        """Show what is there already."""
        self.begin()
        self.redraw()

    def on_resize(self) -> None:
        """Everything is drawn for its width."""
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        """Theme, mask or run may have changed beneath another screen."""
        self.redraw()

    def redraw(self) -> None:
        """Draw at once, though the screen is held."""
        if self.is_mounted and self.query("#foot"):
            with self.app.batch_update():
                self.draw()

    def draw(self) -> None:
        """Everything, for the present width."""
        self.follow.look()
        self._draw_bar()
        self.draw_body()
        self._draw_message()
        self.block("foot").show(frame.footer(self.feet(), self.size.width))

    def _draw_bar(self) -> None:
        follow, options = self.follow, self.engine.options
        name = f"lab: {options.demo}" if options.demo else str((options.site or options.bundle or "").name or "")  # type: ignore[union-attr]
        clusters = follow.opened.site.clusters.values() if follow.opened else ()
        what = self.TITLE_IN_BAR or ", ".join(line(f"{one.name} {one.vip}") for one in clusters)
        symptom = follow.told.report.symptom_title if follow.told and not self.TITLE_IN_BAR else ""
        clock = ""
        if follow.opened and follow.live:
            total = follow.opened.total_s
            clock = f"{follow.now_s:.0f} of {total:.0f} s" if follow.running else f"done {follow.took_s:.1f} s"
        state = "HELD" if follow.held else "" if not follow.opened or follow.live else "SAVED RUN"
        self.block("bar").show(frame.bar(name, what, symptom, clock, state, self.size.width))

    def _draw_message(self) -> None:
        said, width = self.follow.said, self.size.width - 3
        if said.lines == 1:
            lines = [cut(said.text, width)]
        else:
            lines = [part for each in said.text.split("\n") for part in wrapped(each, width)][: said.lines]
        self.block("message").show(*(((f" {part}", said.role),) for part in lines))

    def say(self, text: str, role: str = "text") -> None:
        """One message above the footer; it stays until the next."""
        self.follow.say(text, role)
        self._draw_message()

    def rows(self, name: str) -> Rows:
        """One of the lists."""
        return self.query_one(f"#{name}", Rows)

    def block(self, name: str) -> Block:
        """One of the fixed lines."""
        return self.query_one(f"#{name}", Block)

    async def on_click(self, event: events.Click) -> None:
        """A click on a key of the footer does what the key does."""
        if event.widget is self.block("foot"):
            key = frame.key_at(frame.footer(self.feet(), self.size.width), event.x)
            for name, active in self.active_bindings.items():
                if key and keys.label(name) == key:
                    await self.app.run_action(active.binding.action, default_namespace=self)
                    return

    # ---- moving ----

    def action_back(self) -> None:
        """One level back: to the causes."""
        self.wizard.action_go("triage")

    def action_pane(self, by: int) -> None:
        """To the next list that can be seen."""
        lists = [one for one in self.query(Rows) if one.display and one.can_focus and one.region.height > 0]
        panes.turn(lists, self.focused, by)

    @property
    def list_(self) -> Rows:
        """The list that the keys move in."""
        return self.focused if isinstance(self.focused, Rows) else self.query(Rows).first()

    def action_move(self, by: int) -> None:
        """Its cursor."""
        self.list_.move(by)

    def action_page(self, by: int) -> None:
        """A page of it."""
        self.list_.action_page(by)

    def action_end(self, last: bool) -> None:
        """Its end."""
        self.list_.action_end(last)

    # ---- the view ----

    def action_hold(self) -> None:
        """Hold still, or follow again."""
        self.follow.held = not self.follow.held
        if self.follow.held:
            self._draw_bar()
        else:
            self.redraw()
