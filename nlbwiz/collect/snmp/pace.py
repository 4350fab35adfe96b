"""How fast one agent is asked: few PDUs at once, fewer when it slows down, and never more in a second than it can bear.

A switch answers SNMP on the CPU that also runs its protocols. Four PDUs at once saturate an agent that is bound by its
CPU (reference: perf-snmp 3); an answer that takes much longer than the quickest one, or a lost one, halves that, and
every clean row of answers gives one back.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

IN_FLIGHT = 4
"""PDUs in flight per agent: a switch's CPU is busy with fewer, and more would only wait there and run late."""
PER_SECOND = 200.0
"""PDUs in one second in the long run. A targeted look at one switch has 12 to 35 in all (reference: snmp 4.6)."""
BURST = 100.0
"""PDUs that may go at once before that counts."""
SLOW_S = 0.25
"""An answer is slow that takes longer than this, and four times the quickest one."""
CLEAN = 8
"""Clean answers in a row that give back one place."""


class Pace:
    """Places for PDUs to one agent; who comes first is served first. In the loop's thread only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.window = IN_FLIGHT
        self._busy = 0
        self._tokens, self._filled = BURST, clock()
        self._quickest_s = float("inf")
        self._clean = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        """Wait for a place, and for the rate."""
        if self._waiting or self._busy >= self.window:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.release()
                raise
        else:
            self._busy += 1
        if wait_s := self._debt_s():
            try:
                await asyncio.sleep(wait_s)
            except asyncio.CancelledError:
                self.release()
                raise

    def release(self) -> None:
        """Give the place back."""
        self._busy -= 1
        while self._waiting and self._busy < self.window:
            turn = self._waiting.popleft()
            if not turn.done():
                self._busy += 1
                turn.set_result(None)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def answered(self, took_s: float) -> None:
        """An answer came after so many seconds."""
        self._quickest_s = min(self._quickest_s, took_s)
        if took_s > max(SLOW_S, 4 * self._quickest_s):
            self.lost()
            return
        self._clean += 1
        if self._clean >= CLEAN and self.window < IN_FLIGHT:
            self.window, self._clean = self.window + 1, 0

    def lost(self) -> None:
        """A PDU was not answered in time, or very late: the agent has enough to do."""
        self.window, self._clean = max(1, self.window // 2), 0

    def _debt_s(self) -> float:
        """Take one PDU out of the bucket; the seconds to wait where it was empty."""
        now = self._clock()
        self._tokens = min(BURST, self._tokens + (now - self._filled) * PER_SECOND) - 1.0
        self._filled = now
        return max(0.0, -self._tokens / PER_SECOND)
