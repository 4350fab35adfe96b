"""What the operator sees on stderr while a run goes on: lines for logs and pipes, a live table for a terminal.

Nobody has to be listening: a stream that is closed, or whose reader has stopped, costs the progress, never the answer.
"""

import contextlib
import io
import os
import queue
import shutil
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TextIO

from nlbwiz.check import Kind, Severity
from nlbwiz.judge import Outcome
from nlbwiz.plain import line
from nlbwiz.record.evidence import Evidence, Status, Step
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


Why = tuple[Status, str]
"""Why something was not answered: its status and error."""
_NAMED = 4  # questions without an answer that a line names; the others are counted


def _reason(why: Why) -> str:
    status, error = why
    return f"{status}: {error}" if error else status


def _unanswered(target: str, why: Why, labels: list[str]) -> str:
    """One line for the questions to one target that the same reason left without an answer."""
    if len(labels) == 1:
        return line(f"{labels[0]}: {_reason(why)}", 300)
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    names = ", ".join(line(label.removeprefix(f"{target}/"), 40) for label in labels[:_NAMED])
    return line(f"{target}: {_reason(why)}", 300) + f" ({len(labels)} questions: {names}{more})"


@dataclass(slots=True)
class Lines:
    """A line per target and step, and one per outcome the moment it is final.

    What one reason leaves unanswered at one target comes in a burst and is one line: a Walk follows each batch.
    """

    out: TextIO
    said: dict[tuple[str, str], tuple[Kind, Severity | None]] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    burst: dict[tuple[str, Why], list[str]] = field(default_factory=dict)
    last_s: float = 0.0

    def show(self, event: Step | Evidence | Walk, elapsed_s: float) -> None:
        """Print what is new, flushed, with the seconds since the run began."""
        self.last_s = elapsed_s
        match event:
            case Step():
                if self.steps.get(event.target) != event.text:
                    self._end_burst(event.target)
                    self.steps[event.target] = event.text
                    self._say(elapsed_s, line(f"{event.target}: {event.text}", 300))
            case Evidence():
                if not event.is_answer:
                    key = (event.ask.target, (event.status, event.error))
                    self.burst.setdefault(key, []).append(event.label)
            case Walk():
                self._end_burst()
                for outcome in _news(event, self.said):
                    self._say(elapsed_s, told(outcome))

    def close(self) -> None:
        """Say what no Walk came after."""
        self._end_burst()

    def _end_burst(self, only: str = "") -> None:
        """Say what the burst held: of one target, or of all."""
        for key in [key for key in self.burst if only in ("", key[0])]:
            self._say(self.last_s, _unanswered(*key, self.burst.pop(key)))

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
    lost: dict[str, dict[Why, list[str]]] = field(default_factory=dict)
    """What each target left unanswered, by reason."""
    answered: set[str] = field(default_factory=set)
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
                target = event.ask.target
                if event.is_answer:
                    self.answered.add(target)
                elif target in self.kinds:
                    self.lost.setdefault(target, {}).setdefault((event.status, event.error), []).append(event.label)
                    self.rows.setdefault(target, Step(target=target, text="", at=event.at))
                    self.since.setdefault(target, elapsed_s)
                if row := self.rows.get(target):  # a machine that fails says no further step
                    self.rows[target] = replace(row, waiting=max(0, row.waiting - 1))
            case Walk():
                above = [told(outcome) for outcome in _news(event, self.said)]
        self._draw(above, elapsed_s)

    def _clock(self, target: str, elapsed_s: float) -> str:
        """How long a target has been at work; blank once nothing of it is awaited."""
        return f"{elapsed_s - self.since[target]:5.1f} s" if self.rows[target].waiting else " " * 7

    def _row(self, target: str, elapsed_s: float, wide: int) -> str:
        """A target that gave nothing says why; one that gave something says its step first."""
        clock, text = self._clock(target, elapsed_s), self.rows[target].text
        if lost := self.lost.get(target):
            why = max(lost, key=lambda one: len(lost[one]))
            count = f"{sum(map(len, lost.values()))} not answered"
            some = target in self.answered
            text = f"{text}  ({count}: {_reason(why)})" if some else f"{_reason(why)}  ({count})"
        return line(f"{target:<{wide}}  {clock}  {text}", 300)

    def close(self) -> None:
        """Take the table away; what scrolled above it stays, and so does why a target did not answer."""
        lost = [(target, why, labels) for target in self.kinds for why, labels in self.lost.get(target, {}).items()]
        self._draw([], 0.0, rows=False)
        _write(self.out, "".join(f"{_unanswered(*one)}\n" for one in lost))
        self.lost.clear()

    def _draw(self, above: list[str], elapsed_s: float, *, rows: bool = True) -> None:
        size = _size(self.out)
        names = [name for name in self.kinds if name in self.rows] if rows else []
        room = max(1, size.lines - 3)
        shown = names if len(names) <= room else names[: room - 1]
        wide = max((len(name) for name in shown), default=0)
        body = [self._row(name, elapsed_s, wide) for name in shown]
        if len(shown) < len(names):
            body.append(f"+{len(names) - len(shown)} more")
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


_QUEUED = 1000  # events that wait for a slow reader; the next ones are dropped
_DRAIN_S = 0.3  # how long the end waits for that reader


class Aside:
    """Shows on a thread of its own, in order: a stream that nobody reads blocks that thread and not the run."""

    def __init__(self, inner: Progress) -> None:
        self._inner = inner
        self._events: queue.Queue[tuple[Step | Evidence | Walk, float] | None] = queue.Queue(_QUEUED)
        self._late = False
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def show(self, event: Step | Evidence | Walk, elapsed_s: float) -> None:
        """Hand the event over; it is dropped while too many wait."""
        with contextlib.suppress(queue.Full):
            self._events.put_nowait((event, elapsed_s))

    def close(self) -> None:
        """Wait 0.3 s at most for what was handed over; the rest is never written, lest it fall into the report."""
        if self.running and not self._late:
            with contextlib.suppress(queue.Full):
                self._events.put(None, timeout=_DRAIN_S / 2)
            self._thread.join(_DRAIN_S / 2)
        self._late = True

    @property
    def running(self) -> bool:
        """Whether something is still being written, or may come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while (item := self._events.get()) is not None:
            if self._late:
                return
            self._inner.show(*item)
        if not self._late:
            self._inner.close()


def _own(stream: TextIO) -> TextIO | None:
    """A second stream to where this one goes; None where it goes nowhere that could block.

    A write that hangs holds its stream's lock, and the interpreter takes the one of sys.stderr when it ends.
    """
    try:
        return open(stream.fileno(), "w", encoding=stream.encoding, errors=stream.errors, closefd=False)
    except (OSError, ValueError):
        return None


def progress(kinds: Mapping[str, str], out: TextIO | None = None) -> Progress:
    """The table where stderr is a terminal that can redraw, else lines. `kinds`: every target, to its kind."""
    stream = out or sys.stderr or io.StringIO()  # no stderr at all: a service, `2>&-`
    redraws = stream.isatty() and os.environ.get("TERM", "dumb" if os.name != "nt" else "") != "dumb"
    own = _own(stream)
    out = own or stream
    inner = Table(out, kinds) if redraws and (os.name != "nt" or "WT_SESSION" in os.environ) else Lines(out)
    return Aside(inner) if own else inner
