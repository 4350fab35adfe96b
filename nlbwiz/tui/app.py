"""The app: what is true on every screen. Themes, no colour, ASCII, quitting, and what a crash or a signal leaves."""

import asyncio
import contextlib
import os
import signal
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding

from nlbwiz.errors import ExitCode
from nlbwiz.plain import plain
from nlbwiz.site.fetch import end_commands
from nlbwiz.tui import keys, themes

if TYPE_CHECKING:
    from nlbwiz.headless import Options
    from nlbwiz.tui.engine import Engine
    from nlbwiz.tui.follow import Follow
    from nlbwiz.tui.picks import Wish

TICK_S = 0.1
"""The screens follow the run at 10 Hz: nothing is read faster."""


class NlbwizApp(App[None]):
    """The wizard: over one engine, or from the start screen on. What judges and asks is loaded after the first frame."""

    CSS_PATH: ClassVar[str] = "nlbwiz.tcss"
    TITLE = "nlbwiz"
    ENABLE_COMMAND_PALETTE = False
    """Textual's own draws an emoji; ours is `screens/palette.py`."""
    BINDINGS: ClassVar[list[Binding]] = [one.binding() for one in keys.APP]  # type: ignore[assignment]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (120, "-wide")]  # noqa: RUF012  # as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (22, "-low"), (32, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        engine: "Engine | None",
        *,
        wish: "Wish | None" = None,
        ascii_only: bool = False,
        theme: str = themes.DARK,
    ) -> None:
        self.colour = not os.environ.get("NO_COLOR")
        super().__init__(ansi_color=None if self.colour else True)
        self.engine = engine
        self.follow: Follow | None = None
        """What is known of the engine's run; None before there is one."""
        self.wish = wish
        """What the start screen begins with, where there is no engine yet."""
        self.ascii_only = ascii_only
        self.summary = False
        """Leave the report on the terminal."""
        self.farewell = ""
        """Words for stderr, once the terminal is the shell's again."""
        self.code = ExitCode.OK
        for one in (*themes.themes(), themes.plain()):
            self.register_theme(one)
        self.theme = theme if self.colour else themes.PLAIN
        self.set_class(not self.colour, "-plain")
        self.set_class(ascii_only, "-ascii")

    def on_mount(self) -> None:
        """Open the screen first, then begin to ask: the first frame waits for nobody."""
        self._take_signals()
        if self.engine is None:
            from nlbwiz.tui.picks import Wish  # noqa: PLC0415
            from nlbwiz.tui.screens.start import Start  # noqa: PLC0415  # each screen when it is needed

            self.push_screen(Start(self.wish or Wish()))
        else:
            self._follow(self.engine)
        self.set_interval(TICK_S, self._tick)

    def begin(self, options: "Options") -> None:
        """From the start screen to a run."""
        from nlbwiz.tui.engine import Engine  # noqa: PLC0415

        if self.engine is None:
            self.engine = Engine(options)
            self.pop_screen()
            self._follow(self.engine)

    def _follow(self, engine: "Engine") -> None:
        """Show the run, then let it begin."""
        from nlbwiz.tui.follow import Follow  # noqa: PLC0415
        from nlbwiz.tui.places import place  # noqa: PLC0415

        self.follow = Follow(engine)
        self.push_screen(place("triage")(self.follow))
        self.call_after_refresh(engine.start)

    def _tick(self) -> None:
        """Take what has arrived and show it on the screen that is seen."""
        follow = self.follow
        if follow is None:
            return
        changed = follow.take()
        if follow.failed:
            self.fail(f"nlbwiz: {follow.failed.text}", follow.failed.code)
        elif (changed or follow.running) and not follow.held and (draw := getattr(self.screen, "redraw", None)):
            draw()

    # ---- actions ----

    def action_help(self) -> None:
        """Every key, from the bindings themselves."""
        from nlbwiz.tui.screens.help import Help  # noqa: PLC0415

        if not self.screen.is_modal:
            self.push_screen(Help(self._keys))

    def action_palette(self) -> None:
        """Every action by name."""
        from nlbwiz.tui.screens.palette import Palette  # noqa: PLC0415

        if not self.screen.is_modal:
            self.push_screen(Palette(self._keys), self._do)

    @property
    def _keys(self) -> tuple[keys.Key, ...]:
        """Those of the screen that is shown."""
        return getattr(self.screen, "KEYS", keys.EVERY)

    def action_go(self, name: str) -> None:
        """Another view of the run; the causes lie beneath all of them."""
        from nlbwiz.tui.places import place  # noqa: PLC0415

        if self.follow is None or self.screen.is_modal:
            return
        kind = place(name)
        if isinstance(self.screen, kind):
            return
        if any(isinstance(one, kind) for one in self.screen_stack):
            while not isinstance(self.screen, kind):
                self.pop_screen()
        elif isinstance(self.screen, place("triage")):
            self.push_screen(kind(self.follow))
        else:
            self.switch_screen(kind(self.follow))

    def action_next_theme(self) -> None:
        """Dark, light, contrast; nothing to change without colours."""
        if self.colour:
            names = [one.name for one in themes.themes()]
            self.theme = names[(names.index(self.theme) + 1) % len(names)]
            self.screen.refresh(layout=True)

    def action_leave(self, summary: bool) -> None:
        """Quit; the run is closed once the terminal is the shell's again."""
        self.summary = summary
        self.exit()

    async def _do(self, action: str | None) -> None:
        if action:
            await self.run_action(action, default_namespace=self.screen)

    # ---- the end, wanted or not ----

    def fail(self, text: str, code: ExitCode) -> None:
        """There is nothing to show: leave with a sentence."""
        self.farewell, self.code = text, code
        self.exit()

    def _handle_exception(self, error: Exception) -> None:
        """Leave with the kind of the error and its place: Textual's own text shows local variables, passwords included."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            self.farewell = plain(f"nlbwiz: our own bug: {type(error).__name__} at {place}: {str(error)[:300]}")
            self.code = ExitCode.SOFTWARE
        self._close_messages_no_wait()

    def _take_signals(self) -> None:
        """SIGTERM leaves properly; with SIGHUP there is no terminal to restore."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows has neither
            loop.add_signal_handler(signal.SIGTERM, self._terminated)
            loop.add_signal_handler(signal.SIGHUP, self.lost)

    def _terminated(self) -> None:
        self.fail("stopped by SIGTERM", ExitCode.TERMINATED)

    def lost(self) -> None:
        """The terminal is gone: what was answered is in the run file already. Ends the process."""
        if self.engine:
            self.engine.drop_secrets()
        end_commands()  # os._exit leaves no time for what would end them
        os._exit(129)  # 128 + SIGHUP
