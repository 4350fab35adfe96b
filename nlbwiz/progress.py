"""What the operator sees on stderr while a run goes on: lines for logs and pipes, a live table for a terminal.

Nobody has to be listening: a stream that is closed or full costs the progress, never the answer.
"""

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from nlbwiz.check import Kind, Severity
from nlbwiz.judge import Outcome
from nlbwiz.plain import line
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.report.text import WORDS
from nlbwiz.walk import Walk


class Progress(Protocol):
    """Takes the events of a Case."""

    def show(self, event: Step | Evidence | Walk, elapsed_s: float) -> None:
        """One event, `elapsed_s` seconds after the run began."""
        ...

    def close(self) -> None:
        """Leave the stream ready for whatever comes next."""
        ...


def told(outcome: Outcome) -> str:
    """One final outcome in one line."""
    level = f" ({outcome.severity})" if outcome.severity else ""
    return line(
        f"{outcome.cluster}: {outcome.id} {outcome.slug}: {WORDS[outcome.outcome]}{level}: {outcome.reason}", 300
    )


def _news(walk: Walk, said: dict[tuple[str, str], tuple[Kind, Severity | None]]) -> list[Outcome]:
    """Outcomes that are final and were not told, or have changed since by what nobody had to wait for."""
    new = [o for o in walk.outcomes if o.final and said.get((o.cluster, o.id)) != (o.outcome, o.severity)]
    said.update(((o.cluster, o.id), (o.outcome, o.severity)) for o in new)
    return new


@dataclass(slots=True)
class Lines:
    """A line per target and step, and one per outcome the moment it is final."""

    out: TextIO
    said: dict[tuple[str, str], tuple[Kind, Severity | None]] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)

    def show(self, event: Step | Evidence | Walk, elapsed_s: float) -> None:
        """Print what is new, flushed, with the seconds since the run began."""
        match event:
            case Step():
                if self.steps.get(event.target) != event.text:
                    self.steps[event.target] = event.text
                    self._say(elapsed_s, line(f"{event.target}: {event.text}", 300))
            case Evidence():
                if not event.is_answer:
                    self._say(elapsed_s, line(f"{event.label}: {event.status}: {event.error}", 300))
            case Walk():
                for outcome in _news(event, self.said):
                    self._say(elapsed_s, told(outcome))

    def close(self) -> None:
        """Nothing to tidy."""

    def _say(self, elapsed_s: float, text: str) -> None:
        _write(self.out, f"[{elapsed_s:6.2f}] {text}\n")


@dataclass(slots=True)
class Table:
    """One row per target with its step, redrawn in place; final outcomes scroll away above it."""

    out: TextIO
    kinds: Mapping[str, str]
    rows: dict[str, Step] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    """When each target was first heard of, in seconds since the run began."""
    lost: dict[str, int] = field(default_factory=dict)
    said: dict[tuple[str, str], tuple[Kind, Severity | None]] = field(default_factory=dict)
    drawn: int = 0

    def show(self, event: Step | Evidence | Walk, elapsed_s: float) -> None:
        """Redraw with what is new."""
        above: list[str] = []
        match event:
            case Step():
                self.rows[event.target] = event
                self.since.setdefault(event.target, elapsed_s)
            case Evidence():
                if not event.is_answer:
                    self.lost[event.ask.target] = self.lost.get(event.ask.target, 0) + 1
            case Walk():
                above = [told(outcome) for outcome in _news(event, self.said)]
        self._draw(above, elapsed_s)

    def _clock(self, target: str, elapsed_s: float) -> str:
        """How long a target has been at work; blank once nothing of it is awaited."""
        return f"{elapsed_s - self.since[target]:5.1f} s" if self.rows[target].waiting else " " * 7

    def close(self) -> None:
        """Take the table away; what scrolled above it stays."""
        self._draw([], 0.0, rows=False)

    def _draw(self, above: list[str], elapsed_s: float, *, rows: bool = True) -> None:
        size = _size(self.out)
        names = [name for name in self.kinds if name in self.rows][: max(1, size.lines - 3)] if rows else []
        wide = max((len(name) for name in names), default=0)
        body = [
            line(f"{name:<{wide}}  {self._clock(name, elapsed_s)}  {self.rows[name].text}", 300)
            + (f"  ({self.lost[name]} not answered)" if name in self.lost else "")
            for name in names
        ]
        back = f"\x1b[{self.drawn}A\r\x1b[J" if self.drawn else ""
        _write(self.out, back + "".join(f"{row[: size.columns - 1]}\n" for row in (*above, *body)))
        self.drawn = len(body)


def _size(out: TextIO) -> os.terminal_size:
    """Of the terminal that this stream goes to (stdout may go elsewhere), else what the environment says, else 80 x 24."""
    with contextlib.suppress(OSError, ValueError):
        if all(found := os.get_terminal_size(out.fileno())):
            return found
    return shutil.get_terminal_size()


def _write(out: TextIO, text: str) -> None:
    """Written and flushed at once. ValueError: the stream is closed, or cannot spell a character."""
    with contextlib.suppress(OSError, ValueError):
        out.write(text)
        out.flush()


def progress(kinds: Mapping[str, str], out: TextIO | None = None) -> Progress:
    """The table where stderr is a terminal that can redraw, else lines. `kinds`: every target, to its kind."""
    stream = out or sys.stderr or io.StringIO()  # no stderr at all: a service, `2>&-`
    redraws = stream.isatty() and os.environ.get("TERM", "dumb" if os.name != "nt" else "") != "dumb"
    return Table(stream, kinds) if redraws and (os.name != "nt" or "WT_SESSION" in os.environ) else Lines(stream)
