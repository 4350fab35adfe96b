"""The wizard driven by its keys, without a terminal: what every pilot test starts from."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from nlbwiz import headless
from nlbwiz.lab.site import Lab
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.screens.triage import Triage
from nlbwiz.tui.widgets.lines import Block, Rows

PATIENCE_S = 20.0


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
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Wait for a state, never for a time."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"{what or 'it'} did not come; on the screen:\n{self.text}"
            await asyncio.sleep(0.02)
        await self.pilot.pause()

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


def lab(name: str, *, deadline_s: float = 8.0, symptom: str | None = None) -> headless.Options:
    return headless.Options(demo=name, deadline_s=deadline_s, symptom=symptom)


def copies(home: Path) -> list[Path]:
    return sorted((home / "copied").glob("*.txt"))
