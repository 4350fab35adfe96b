"""The wizard driven by its keys, without a terminal: what every pilot test starts from."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from nlbwiz import headless
from nlbwiz.lab.site import Lab
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.screens.triage import Triage
from nlbwiz.tui.widgets.lines import Block, Rows

PATIENCE_S = 60.0
"""What a busy machine may take for anything; a state that does not come at all fails then."""
QUIET = 3
"""Rounds in which no widget has a message left: one that is on its way to the next widget is in no queue for a moment."""


@dataclass
class Driven:
    """A running wizard and its pilot."""

    app: NlbwizApp
    pilot: Pilot[None]
    engine: Engine

    @property
    def triage(self) -> Triage:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Triage))

    @property
    def lab(self) -> Lab:
        assert self.engine._lab is not None
        return self.engine._lab

    async def press(self, *keys: str) -> None:
        """One key after the other, each once the former is done with."""
        for key in keys:
            self.app.post_message(_event(key))
            await self.settled()
        if not keys:
            await self.settled()

    async def settled(self) -> None:
        """Every message is handled, and those that this brought, and the screen is drawn.

        What a thread or a timer brings later is waited for by `until`. The pilot's own way waits for an idle process:
        60 ms for each key, and much longer on a busy machine.
        """
        quiet = 0
        for _ in range(200):
            await self.pilot._wait_for_screen()
            await asyncio.sleep(0)
            screen = self.app.screen
            screen._on_timer_update()
            here = (self.app, *self.app.screen_stack, *screen.walk_children())
            quiet = 0 if any(one.message_queue_size for one in here) else quiet + 1
            if quiet == QUIET:
                return
        raise AssertionError(f"it does not come to rest; on the screen:\n{self.text}")

    async def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Wait for a state, never for a time."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"{what or 'it'} did not come; on the screen:\n{self.text}"
            await asyncio.sleep(0.02)
        await self.settled()

    async def done(self) -> None:
        """The round of asking is over, and shown."""
        await self.until(lambda: self.triage.told is not None and not self.triage.follow.running, "the end of the run")

    @property
    def text(self) -> str:
        """Everything on the screen, as a terminal shows it."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def words(self, name: str) -> str:
        """The words of one widget."""
        widget: Any = self.triage.query_one(f"#{name}")
        assert isinstance(widget, Block | Rows)
        return widget.text


@asynccontextmanager
async def driven(
    options: headless.Options, *, size: tuple[int, int] = (80, 24), ascii_only: bool = False
) -> AsyncIterator[Driven]:
    engine = Engine(options)
    app = NlbwizApp(engine, ascii_only=ascii_only)
    try:
        async with app.run_test(size=size) as pilot:
            yield Driven(app, pilot, engine)
    finally:
        engine.close()


def _event(key: str) -> events.Key:
    """The key as a terminal's driver sends it."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(name, character)


def lab(name: str, *, deadline_s: float = 8.0, symptom: str | None = None) -> headless.Options:
    return headless.Options(demo=name, deadline_s=deadline_s, symptom=symptom)


def copies(home: Path) -> list[Path]:
    return sorted((home / "copied").glob("*.txt"))
