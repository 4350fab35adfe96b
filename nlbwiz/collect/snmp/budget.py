"""How much may be in flight: octets of expected replies in the whole process, and what each agent has cost.

Replies lost in a full receive buffer look like dead switches. Linux charges a reply of 1.1 kB with 2,304 octets and a
small one with 832 of its default 212,992 (`rmem_default`), and lets go of them late; a third of that is safe. Measured.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

IN_FLIGHT = 72 * 1024
"""Octets of expected replies at any time: 32 full PDUs, or 88 probes."""
LARGEST_PDU = 40
"""Variables in one PDU: 40 FDB rows are 1,129 octets of request, which no Ethernet fragments."""
_SMALL, _FULL = 832, 2304  # what one variable's reply is charged, and that of 40


def charge(variables: int) -> int:
    """The octets that the reply to one PDU takes of the receive buffer."""
    return _SMALL + (_FULL - _SMALL) * (max(1, variables) - 1) // (LARGEST_PDU - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was sent to one agent, retries and probes included."""

    pdus: int = 0
    variables: int = 0


class Budget:
    """Octets in flight over all agents of one loop; who comes first is served first."""

    def __init__(self, octets: int = IN_FLIGHT) -> None:
        self._left = octets
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, octets: int) -> AsyncIterator[None]:
        """Wait until the octets are free, and keep them for the duration of the block."""
        if self._waiting or self._left < octets:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((octets, turn))
            await turn  # cancelled at the end of the loop only, when nobody waits any more
        else:
            self._left -= octets
        try:
            yield
        finally:
            self._left += octets
            while self._waiting and self._waiting[0][0] <= self._left:
                wanted, turn = self._waiting.popleft()
                if not turn.done():
                    self._left -= wanted
                    turn.set_result(None)
