"""What every way of asking has in common: one protocol, one clock with deadlines, exactly one Evidence per ask."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Status, Step

Give = Callable[[Step | Evidence], None]
"""Takes what a source has to say. May be called from any thread, and never blocks."""


class Source(Protocol):
    """Somebody who can be asked: live machines, or a saved bundle. Nothing here raises towards the caller."""

    def ask(self, asks: Collection[Ask], give: Give) -> None:
        """Start asking and return at once; `give` gets exactly one Evidence per ask, whatever happens."""
        ...

    def stop(self, target: str) -> None:
        """Give this target up: its pending asks end as `stopped`."""
        ...

    def extend(self, target: str, seconds: float) -> None:
        """Give this target more time than its limit, within the run's own deadline."""
        ...

    def close(self) -> None:
        """End everything within 1 s, whatever hangs; asks still pending end as `stopped`."""
        ...


@dataclass(slots=True)
class Clock:
    """The run's time: when it began, when it must be over, and how long one target may take. Seconds, monotonic."""

    total_s: float
    target_s: float
    began: float = field(default_factory=time.monotonic)
    extra_s: dict[str, float] = field(default_factory=dict)

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def left(self, target: str, since: float = 0.0) -> float:
        """Seconds that a target still has: its own limit counted from `since` (a `now()`), and the run's deadline."""
        own = since + self.target_s + self.extra_s.get(target, 0.0)
        return min(own, self.total_s) - self.now()

    def more_time(self, target: str, since: float = 0.0) -> str:
        """Which limit ends the asking of a target, and what gives it more: advice for the operator."""
        own_s = self.target_s + self.extra_s.get(target, 0.0)
        if since + own_s < self.total_s:
            return f"it was {target}'s own limit of {own_s:g} s: raise limits.target_s in the site file"
        return (
            f"it was the run's limit of {self.total_s:g} s: give a later --deadline (without one it is limits.total_s)"
        )

    def extend(self, target: str, seconds: float) -> None:
        """Give one target more time; the run's own deadline stays."""
        self.extra_s[target] = self.extra_s.get(target, 0.0) + seconds


def evidence(ask: Ask, began: float, status: Status, *, raw: str = "", error: str = "", resolve: str = "") -> Evidence:
    """One ask's outcome, now. `began`: time.monotonic() when the question was sent."""
    took_ms = max(0, round((time.monotonic() - began) * 1000))
    return Evidence(
        ask=ask, at=datetime.now(UTC), took_ms=took_ms, status=status, raw=raw, error=error, resolve=resolve
    )


def step(target: str, text: str, waiting: int = 0) -> Step:
    """A progress line of one target, now."""
    return Step(target=target, text=text, at=datetime.now(UTC), waiting=waiting)
