"""The options that several commands share, and the types that refuse what is empty. Loads nothing but click."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

# Static, since `--help` loads nothing slow; tests/test_cli.py holds both against checks/_tree.toml.
SYMPTOMS = "routine, duplicate-ip, misconfigured, flooding, unreachable, some-clients"
QUESTIONS = "same_switch=yes|no"


class _Name(click.ParamType[str]):
    """A text that is not empty: `$NAME` of a script may be."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse the empty text."""
        return str(value) or self.fail("it is empty: a name is expected", param, ctx)


class _File(click.Path):
    """A path that is not empty (Path("") would be the folder)."""

    def __init__(self, *, dash: bool = True) -> None:
        """`dash` False: there is no stdout to write to."""
        super().__init__(path_type=Path)
        self._dash = dash

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse the empty text, and `-` where a real file is needed."""
        if str(value) == "":
            self.fail("it is empty: the path of a file is expected", param, ctx)
        if str(value) == "-" and not self._dash:
            self.fail("'-' is no file: name the file to keep the evidence in", param, ctx)
        return super().convert(value, param, ctx)


class Seconds(click.FloatRange):
    """A number of seconds within limits. NaN passes every comparison with a limit, and would hold a run for ever."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse what is no number at all."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return number


NAME, FILE, REAL_FILE = _Name(), _File(), _File(dash=False)
DEADLINE = Seconds(0.5, 3600)
MEASURE = Seconds(10, 600)


def ascii_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """What everything that opens the wizard takes; `ascii_only` None: as the terminal needs it."""
    says = "the wizard in ASCII only (default: what the terminal can)"
    return click.option("--ascii/--no-ascii", "ascii_only", default=None, help=says)(command)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What `check` and `demo` take alike."""
    for option in (
        click.option("--symptom", type=NAME, metavar="NAME", help=f"what you see: {SYMPTOMS}"),
        click.option(
            "--answer",
            "answers",
            multiple=True,
            metavar="Q=A",
            help=f"your word where devices cannot tell: {QUESTIONS}",
        ),
        click.option("--format", "fmt", type=click.Choice(["text", "md", "json"]), default="text", show_default=True),
        click.option("-o", "--output", type=FILE, metavar="FILE", help="write the report there; - is stdout"),
        click.option("--deadline", type=DEADLINE, metavar="SECONDS", help="answer by then, whatever hangs"),
        click.option("--measure", type=MEASURE, metavar="SECONDS", help="sample port counters twice, to see flooding"),
        click.option("--save", type=REAL_FILE, metavar="FILE", help="keep all evidence as a bundle"),
        click.option(
            "--seed", type=int, metavar="N", help="demo only: the same scenario with other addresses and names"
        ),
        click.option("-q", "--quiet", is_flag=True, help="no progress on stderr"),
    ):
        command = option(command)
    return command
