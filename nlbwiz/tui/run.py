"""From options to the screen and back to the shell: what `nlbwiz` and `nlbwiz wizard` do where there is a terminal."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlbwiz.errors import ExitCode
from nlbwiz.tui import terminal
from nlbwiz.tui.app import NlbwizApp

if TYPE_CHECKING:
    from nlbwiz import headless
    from nlbwiz.tui.picks import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the screen leaves behind: the exit code, words for stderr, and the report where it was asked for."""

    code: ExitCode
    words: str = ""
    report: str = ""


def run(options: "headless.Options", *, ascii_only: bool | None = None) -> Left:
    """Show the run until the operator leaves it. `ascii_only` None: what this terminal needs."""
    from nlbwiz.tui.engine import Engine  # noqa: PLC0415  # not for the start screen's first frame

    _no_colour()
    return _shown(NlbwizApp(Engine(options), ascii_only=_ascii(ascii_only)))


def start(wish: "Wish", *, ascii_only: bool | None = None) -> Left:
    """Show the start screen, and what the operator chooses there, until they leave."""
    _no_colour()
    return _shown(NlbwizApp(None, wish=wish, ascii_only=_ascii(ascii_only)))


def _no_colour() -> None:
    if os.environ.get("NO_COLOR") == "":  # no-color.org: an empty value does not count; Textual would count it
        del os.environ["NO_COLOR"]


def _ascii(wished: bool | None) -> bool:
    return terminal.wants_ascii() if wished is None else wished


def _shown(app: NlbwizApp) -> Left:
    terminal.watch(app.lost)
    try:
        app.run()
    finally:
        if app.engine:
            app.engine.close()
    at = app.engine.kept if app.engine else ""
    kept = f"kept: {at}  (nlbwiz check --bundle FILE judges it again)" if at else ""
    report = ""
    if app.summary and app.follow and app.follow.told:
        from nlbwiz.report import text  # noqa: PLC0415

        report = text.render(app.follow.told.report)
    words = "\n".join(part for part in (app.farewell, kept) if part)
    return Left(code=app.code, words=words, report=report)
