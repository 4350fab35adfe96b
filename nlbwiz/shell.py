"""How a command speaks to the shell, and how it ends: stdout, stderr, signals, and every error as a sentence and a code."""

import contextlib
import os
import signal
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NoReturn

import click

from nlbwiz.errors import ExitCode, NlbwizError, OutputError


def write(text: str, output: Path | None) -> None:
    """To stdout, or to a file that is there whole or not at all."""
    if output is None:
        say(text)
        return
    from nlbwiz.record.whole import write_whole

    write_whole(output, text)


def say(text: str) -> None:
    """To stdout, as UTF-8 whatever the locale. Raises OutputError, without a word for a reader that has gone away."""
    try:
        click.echo(text.encode("utf-8", "backslashreplace"), nl=False)
    except OSError as error:
        _give_stdout_up()
        gone = isinstance(error, BrokenPipeError)
        raise OutputError("" if gone else f"the output cannot be written: {error.strerror}") from error


def tell(text: str) -> None:
    """A line to stdout for whoever still listens: `| head` ends its own listening, not what goes on here."""
    try:
        say(f"{text}\n")
    except OutputError as error:
        if str(error):
            raise


def _give_stdout_up() -> None:
    """What is still buffered cannot be written either; Python would try once more at exit, and end with 120."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def complain(text: str) -> None:
    """To stderr, harmless. Nobody has to be listening there."""
    from nlbwiz.plain import plain

    with contextlib.suppress(OSError):
        click.echo(plain(text, 100_000), err=True)


def ended(cli: click.Group, args: list[str], monitoring: Collection[str]) -> NoReturn:
    """Run one command and end the process; whatever goes wrong in a command of `monitoring` is 3, UNKNOWN."""
    watched = next((one for one in args if not one.startswith("-")), "") in monitoring
    try:
        with _ended_by_sigterm():
            code = run(cli, args)
    except KeyboardInterrupt:  # a second one, while the first was told
        code = ExitCode.INTERRUPTED
    sys.exit(ExitCode.UNKNOWN if watched and code > ExitCode.UNKNOWN else code)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM (a scheduler's, `timeout`) ends what runs as Ctrl-C does: a lab's secrets are taken away. Once only:
    `timeout` sends it twice.
    """

    def end(number: int, _: object) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(ExitCode.TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(cli: click.Group, args: list[str]) -> int:
    """Run one command; every error is a sentence on stderr and a code."""
    try:
        code = cli.main(args, prog_name="nlbwiz", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        complain(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        complain("stopped by Ctrl-C")
        return ExitCode.INTERRUPTED
    except NlbwizError as error:
        if text := str(error):
            complain(f"nlbwiz: {text}")
        return error.exit_code
    except SystemExit as ended:
        if ended.code == ExitCode.TERMINATED:
            complain("stopped by SIGTERM")
            return ExitCode.TERMINATED
        return ExitCode.CANNOT_CREATE  # how click ends when --help meets a reader that has gone away
    except Exception as bug:  # noqa: BLE001  # the last line of defence: a crash must not look like a warning (1)
        import traceback

        where = traceback.extract_tb(bug.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        complain(f"nlbwiz: our own bug: {type(bug).__name__} at {place}")  # its words may quote a secret
        return ExitCode.SOFTWARE
    return int(code or 0)
