"""The app: what is true on every screen. Themes, no colour, ASCII, quitting, and what a crash or a signal leaves."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding

from nlbwiz.errors import ExitCode
from nlbwiz.plain import plain
from nlbwiz.tui import keys, themes, words

if TYPE_CHECKING:
    from textual.screen import Screen

    from nlbwiz.headless import Options
    from nlbwiz.tui.engine import Engine
    from nlbwiz.tui.follow import Follow
    from nlbwiz.tui.mask import Mask
    from nlbwiz.tui.picks import Wish
    from nlbwiz.tui.screens.start import Start

TICK_S = 0.1
"""The screens follow the run at 10 Hz: nothing is read faster."""
LEAVE_S = 3.0
"""Within this time a second press means it."""


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
        keymap: Mapping[str, str] | None = None,
    ) -> None:
        self.colour = not os.environ.get("NO_COLOR")
        super().__init__(ansi_color=None if self.colour else True)
        self.keymap = dict(keymap or {})
        """What a key file changed: action id -> keys."""
        self.set_keymap(self.keymap)
        self.engine = engine
        self.follow: Follow | None = None
        """What is known of the engine's run; None before there is one."""
        self.wish = wish
        """What the start screen begins with, where there is no engine yet."""
        self.ascii_only = ascii_only
        self.mask: Mask | None = None
        """None until it was wanted for the first time."""
        words.masked_by(None)
        self.summary = False
        """Leave the report on the terminal."""
        self.farewell = ""
        """Words for stderr, once the terminal is the shell's again."""
        self.code = ExitCode.OK
        self._leaving_s = float("-inf")
        """When a single letter or digit would have ended the run, and was asked for once more (event time)."""
        self._ending: list[threading.Thread] = []
        """Former runs that are being closed."""
        for one in (*themes.themes(), themes.plain()):
            self.register_theme(one)
        self.theme = theme if self.colour else themes.PLAIN
        self.set_class(not self.colour, "-plain")
        self.set_class(ascii_only, "-ascii")

    def get_default_screen(self) -> "Screen[Any]":
        """The start screen is beneath everything, unless a run is given: it comes when it is asked for."""
        return self._new_start() if self.engine is None else super().get_default_screen()

    def _new_start(self) -> "Start":
        from nlbwiz.tui.picks import Wish  # noqa: PLC0415
        from nlbwiz.tui.screens.start import Start  # noqa: PLC0415  # each screen when it is needed

        return Start(self.wish or Wish())

    def on_mount(self) -> None:
        """Open the screen first, then begin to ask: the first frame waits for nobody."""
        self._take_signals()
        if self.engine is not None:
            self._follow(self.engine)
        self.set_interval(TICK_S, self._tick)

    def begin(self, options: "Options") -> None:
        """From the start screen to a run."""
        from nlbwiz.tui.engine import Engine  # noqa: PLC0415

        if self.engine is None:
            self.engine = Engine(options)
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
        first = follow.told is None
        changed = follow.take()
        if first and follow.told and not self.is_headless:
            gc.freeze()  # all that is needed is loaded now: nobody has to look for garbage in it (terminal.quick_turns)
        if changed and self.mask:
            self.mask.follow(follow, follow.engine.options)
        if follow.secret:
            self._ask_secret(follow)
        if follow.failed:
            self.fail(f"nlbwiz: {follow.failed.text}", follow.failed.code)
        elif (changed or follow.running) and not follow.held and (draw := getattr(self.screen, "redraw", None)):
            draw()

    def _ask_secret(self, follow: "Follow") -> None:
        from nlbwiz.tui.screens.secret import Secret  # noqa: PLC0415

        if follow.secret and not any(isinstance(one, Secret) for one in self.screen_stack):
            while self.screen.is_modal:  # help or palette: they are opened again with one key
                self.pop_screen()
            self.push_screen(Secret(follow, follow.secret))

    # ---- actions ----

    async def action_start(self) -> None:
        """End this run, keep what was got, and show the start screen: anything can begin from there."""
        from nlbwiz.tui.screens.start import Start  # noqa: PLC0415

        if self.engine is None or self.screen.is_modal:
            return
        closing, said = self._end_run()
        if not any(isinstance(one, Start) for one in self.screen_stack):
            while len(self.screen_stack) > 1:
                self.pop_screen()
            await self.push_screen(self._new_start())  # its widgets must be there
        while not isinstance(self.screen, Start):
            self.pop_screen()
        self.screen.again(closing, said)

    def _end_run(self) -> tuple[threading.Thread, str]:
        """Close the run beside the screen: (the thread that does it, where what was got is kept)."""
        engine = self.engine
        assert engine is not None
        closing = threading.Thread(target=engine.close, name="closing", daemon=True)
        closing.start()
        self._ending = [*(one for one in self._ending if one.is_alive()), closing]
        self.engine = self.follow = None
        options = engine.options
        if options.bundle is not None:
            return closing, f"the saved run {options.bundle} is closed; it is as it was"
        if engine.kept:
            return closing, f"the run is over; what was got is kept: {engine.kept}"
        return (
            closing,
            "the lab is closed; nothing of it is kept" if options.demo else "the run is over; it is not kept",
        )

    def close_run(self) -> None:
        """At the end: within a second, whatever the targets do."""
        if self.engine:
            self.engine.close()
        for one in self._ending:
            one.join(0.5)

    def action_form(self) -> None:
        """The site file: of the run, of what stands in the start field, or a new one."""
        from nlbwiz.tui.screens.form import Form, beginning  # noqa: PLC0415
        from nlbwiz.tui.screens.start import Start  # noqa: PLC0415

        if self.screen.is_modal or (self.follow and self.follow.secret):
            return
        if self.engine is not None:
            self.push_screen(Form(beginning(self.engine.options, self.follow.opened if self.follow else None)))
        elif isinstance(self.screen, Start):
            self.push_screen(Form(self.screen.form_begins()))

    def ask_site(self, options: "Options") -> None:
        """From the form to a run of its file; a run that is open is ended first."""
        if self.engine is not None:
            self._end_run()
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.begin(options)

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
        """Those of the screen that is shown; those of the lab only in the lab."""
        table: tuple[keys.Key, ...] = getattr(self.screen, "KEYS", keys.EVERY)
        in_lab = self.engine is not None and self.engine.options.demo is not None
        table = table if in_lab else tuple(key for key in table if key not in keys.LAB)
        return self.remapped(table)

    def remapped(self, table: Sequence[keys.Key]) -> tuple[keys.Key, ...]:
        """The table with the keys of the key file."""
        return keys.remapped(table, self.keymap)

    def action_go(self, name: str) -> None:
        """Another view of the run; the causes lie beneath all of them."""
        from nlbwiz.tui.places import place  # noqa: PLC0415

        if self.screen.is_modal or (self.follow is None and name != "mac"):
            return
        kind = place(name)
        if self.follow is None:
            if not isinstance(self.screen, kind):
                self.push_screen(kind(None))  # type: ignore[arg-type]  # the calculator needs no run
            return
        if isinstance(self.screen, kind):
            return
        if any(isinstance(one, kind) for one in self.screen_stack):
            while not isinstance(self.screen, kind):
                self.pop_screen()
        elif isinstance(self.screen, place("triage")):
            self.push_screen(kind(self.follow))
        else:
            self.switch_screen(kind(self.follow))

    def action_mask(self) -> None:
        """Mask names and addresses on every screen, or show them again."""
        from nlbwiz.tui.mask_switch import turn  # noqa: PLC0415

        turn(self)

    def action_bundle(self) -> None:
        """Save the bundle in the current folder, under a name that is not taken."""
        from nlbwiz.tui.saving import save_bundle  # noqa: PLC0415

        if self.follow and not self.screen.is_modal:
            save_bundle(self.follow, lambda text, role: self.call_from_thread(self._say, text, role))
            self._say(self.follow.said.text)

    def _say(self, text: str, role: str = "text") -> None:
        """Words on whatever screen is shown."""
        if self.follow:
            self.follow.say(text + ("; it holds the real names" if role == "good" and words.masking() else ""), role)
        if draw := getattr(self.screen, "redraw", None):
            draw()

    def on_key(self, event: events.Key) -> None:
        """A letter that does nothing here says so, and one that would end the run asks once more: it may be a slip.

        Fields and questions have taken theirs before; the keys' own actions follow this.
        """
        before_s, self._leaving_s = self._leaving_s, float("-inf")
        if self.follow is None or not event.is_printable or self.screen.is_modal:
            return
        active = self.screen.active_bindings.get(event.key)
        if active is None:
            self._say(f"{event.character} does nothing on this screen; ? lists its keys", "quiet")
        elif active.binding.action == "app.start" and event.time - before_s > LEAVE_S:
            event.prevent_default()
            self._leaving_s = event.time
            self._say(f"press {event.character} again to leave this run", "ask")

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
            said = self._words_of(error)
            self.farewell = plain(f"nlbwiz: our own bug: {type(error).__name__} at {place}{said and f': {said}'}")
            self.code = ExitCode.SOFTWARE
        self._close_messages_no_wait()

    def _words_of(self, error: Exception) -> str:
        """Its own words where they cannot hold a secret: none while one is typed, or after a run that may have had some."""
        if self._ending or (self.follow and self.follow.secret):
            return ""
        return self.engine.locks.scrubbed(str(error))[:300] if self.engine else str(error)[:300]

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
        if fetch := sys.modules.get("nlbwiz.site.fetch"):  # else no program was ever started
            fetch.end_commands()  # os._exit leaves no time for what would end them
        os._exit(129)  # 128 + SIGHUP
