"""The question for a secret: for whom and why it is asked, and a field that shows nothing. The run waits for it alone."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from nlbwiz.site.credentials import Lacking
from nlbwiz.tui import frame, keys
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.unlock import question
from nlbwiz.tui.widgets.hidden import Hidden
from nlbwiz.tui.widgets.lines import Block, Spans
from nlbwiz.tui.words import wrapped

if TYPE_CHECKING:
    from nlbwiz.tui.app import NlbwizApp

KEPT = "It is kept in memory only, until the run is left. No file, log or report ever holds it."
ONCE = "A wrong password is tried once, on one machine: then you are told, and r asks for another."


class Secret(Screen[None]):
    """Ends when the secret was given, or when the operator goes on without it."""

    CSS_PATH = "../form.tcss"
    KEYS: ClassVar[tuple[keys.Key, ...]] = keys.SECRET
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # Textual's is wider
        one.binding() for one in keys.SECRET if one not in keys.APP
    ]

    def __init__(self, follow: Follow, lacking: Lacking) -> None:
        super().__init__()
        self.follow, self.lacking = follow, lacking
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """The question, the field, what is wrong, and what becomes of it."""
        yield Block("bar")
        yield Block("secret-rule")
        yield Block("secret-question")
        yield Hidden("secret")
        yield Block("secret-says")
        yield Block("foot")

    def on_mount(self) -> None:
        """The field has the focus."""
        self.query_one("#secret", Hidden).focus()
        self.redraw()

    def on_resize(self) -> None:
        """Everything is drawn for its width."""
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        """The theme may have changed beneath another screen."""
        self.redraw()

    def on_paste(self, event: events.Paste) -> None:
        """A paste goes to the field."""
        self.query_one("#secret", Hidden).paste(event.text)

    @on(Hidden.Changed)
    def _changed(self, event: Hidden.Changed) -> None:
        self._trouble = event.trouble
        self.redraw()

    @on(Hidden.Submitted)
    def action_give(self) -> None:
        """Use what was typed, if it can be used."""
        field = self.query_one("#secret", Hidden)
        if not field.count:
            self._trouble = f"nothing was typed: {self.lacking.wanted} is expected; esc goes on without it"
        elif not (trouble := self.follow.engine.locks.give(field.take_out())):
            self._end()
            return
        else:
            self._trouble = f"{trouble}. Type it again"
        self.redraw()

    def action_skip(self) -> None:
        """Go on without it."""
        self.query_one("#secret", Hidden).take_out()
        self.follow.engine.locks.skip()
        names = ", ".join(self.lacking.machines[:6])
        self.follow.say(f"no secret for {names}: not asked, and said so everywhere. r asks for it again", "maybe")
        self._end()

    def _end(self) -> None:
        self.follow.secret = None
        cast("NlbwizApp", self.app).pop_screen()

    def redraw(self) -> None:
        """Everything, for the present width."""
        if not self.query("#foot"):
            return
        width, count = self.size.width, self.query_one("#secret", Hidden).count
        engine, opened = self.follow.engine, self.follow.opened
        name = f"lab: {engine.options.demo}" if engine.options.demo else str(engine.options.site or "")
        clusters = ", ".join(f"{one.name} {one.vip}" for one in opened.site.clusters.values()) if opened else ""
        asked, why = question(self.lacking)
        says: list[Spans] = [()]
        if self._trouble:
            says += [((f"  {part}", "bad"),) for part in wrapped(self._trouble, width - 4)]
        says.append(((f"  {count} character{'s' * (count != 1)}, not shown", "quiet"),))
        for text in (f"Asked because {why}.", KEPT, *([ONCE] if self.lacking.kind == "windows" else [])):
            says += [((f"  {part}", "quiet"),) for part in wrapped(text, width - 4)]
        says.append((("  The round's clock has not begun: take your time.", "quiet"),))
        with self.app.batch_update():
            self.query_one("#bar", Block).show(frame.bar(name, clusters, "", "not asking", "", width))
            self.query_one("#secret-rule", Block).show(frame.rule("A secret is missing", "", width))
            lines: list[Spans] = [(), *(((f"  {part}", "ask"),) for part in wrapped(asked, width - 4)), ()]
            self.query_one("#secret-question", Block).show(*lines)
            self.query_one("#secret-says", Block).show(*says)
            feet = [(keys.spoken(key), key.foot) for key in cast("NlbwizApp", self.app).remapped(self.KEYS) if key.foot]
            self.query_one("#foot", Block).show(frame.footer(feet, width))
