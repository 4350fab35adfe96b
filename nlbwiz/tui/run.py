"""From options to the screen and back to the shell: what `nlbwiz` and `nlbwiz wizard` do where there is a terminal."""

import os
from dataclasses import dataclass
from pathlib import Path
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


def run(options: "headless.Options", *, ascii_only: bool | None = None, key_file: Path | None = None) -> Left:
    """Show the run until the operator leaves it. `ascii_only` None: what this terminal needs. Raises KeyFileError."""
    from nlbwiz.tui.engine import Engine  # noqa: PLC0415  # not for the start screen's first frame

    _no_colour()
    keymap = _keymap(key_file)
    return _shown(NlbwizApp(Engine(options), ascii_only=_ascii(ascii_only), keymap=keymap))


def start(wish: "Wish", *, ascii_only: bool | None = None, key_file: Path | None = None) -> Left:
    """Show the start screen, and what the operator chooses there, until they leave. Raises KeyFileError."""
    _no_colour()
    return _shown(NlbwizApp(None, wish=wish, ascii_only=_ascii(ascii_only), keymap=_keymap(key_file)))


def _keymap(given: Path | None) -> dict[str, str]:
    """What a key file changes; most have none, and then nothing of it is loaded."""
    path = terminal.key_file(given)
    if path is None:
        return {}
    from nlbwiz.tui import keyfile  # noqa: PLC0415

    return keyfile.load(path)


def _no_colour() -> None:
    if os.environ.get("NO_COLOR") == "":  # no-color.org: an empty value does not count; Textual would count it
        del os.environ["NO_COLOR"]


def _ascii(wished: bool | None) -> bool:
    return terminal.wants_ascii() if wished is None else wished


def _shown(app: NlbwizApp) -> Left:
    terminal.watch(app.lost)
    try:
        with terminal.quick_turns():
            app.run()
    finally:
        app.close_run()
    at = app.engine.kept if app.engine else ""
    kept = f"kept: {at}  (nlbwiz check --bundle FILE judges it again)" if at else ""
    report = ""
    if app.summary and app.follow and app.follow.told:
        from nlbwiz.report import text  # noqa: PLC0415

        report = text.render(app.follow.told.report)
    words = "\n".join(part for part in (app.farewell, kept) if part)
    return Left(code=app.code, words=words, report=report)
