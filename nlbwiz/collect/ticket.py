"""One ask under way, and the promise that it ends with exactly one Evidence, whoever ends it and however often."""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from nlbwiz.collect.source import Give, evidence, step
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why there is no answer: a status that is no answer, the sentence that names the cause, and what would help."""

    status: Status
    error: str
    resolve: str = ""


STOPPED = Cause(status="stopped", error="given up by the operator", resolve="ask again")
CLOSED = Cause(
    status="stopped", error="the run ended before an answer came", resolve="run again with a later --deadline"
)


class Ticket:
    """One ask and the `give` it is owed to. Safe from any thread: the first word counts, later ones are dropped."""

    __slots__ = ("_give", "_ledger", "_lock", "ask", "began", "finished", "since")

    def __init__(self, ask: Ask, give: Give, ledger: "Ledger") -> None:
        self.ask = ask
        self.began = time.monotonic()
        """When the question was sent, or could have been: what `took_ms` counts from."""
        self.since = 0.0
        """The run's time (`Clock.now`) that the target's limit counts from."""
        self.finished = threading.Event()
        """Set when its Evidence is given: what a thread that works for it may wait for."""
        self._give = give
        self._ledger = ledger
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """True once its Evidence was given."""
        return self.finished.is_set()

    def settle(self, status: Status, *, raw: str = "", error: str = "", resolve: str = "") -> bool:
        """Give the Evidence; False when another word came first."""
        with self._lock:
            if self.done:
                return False
            self.finished.set()
        self._ledger.strike(self)
        self._give(evidence(self.ask, self.began, status, raw=raw, error=error, resolve=resolve))
        return True

    def fail(self, cause: Cause) -> bool:
        """End without an answer."""
        return self.settle(cause.status, error=cause.error, resolve=cause.resolve)

    def tell(self, text: str, waiting: int = 0) -> None:
        """A progress line of this ask's target; none any more once the source is closed."""
        if not self._ledger.closed:
            self._give(step(self.ask.target, text, waiting))


class Ledger:
    """All tickets of one source that are not settled yet. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Ticket, None] = {}  # in the order of asking
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once `close` was called."""
        return self._closed

    def write(self, asks: Collection[Ask], give: Give) -> list[Ticket]:
        """A ticket for every ask; after `close` they end as stopped at once, and none is returned."""
        tickets = [Ticket(ask, give, self) for ask in asks]
        with self._lock:
            closed = self._closed
            if not closed:
                self._open.update(dict.fromkeys(tickets))
        if closed:
            for ticket in tickets:
                ticket.fail(CLOSED)
            return []
        return tickets

    def open(self, target: str | None = None) -> list[Ticket]:
        """The tickets not settled yet, of one target or of all."""
        with self._lock:
            return [ticket for ticket in self._open if target is None or ticket.ask.target == target]

    def fail(self, cause: Cause, target: str | None = None) -> None:
        """End all open tickets of one target, or of all, without an answer."""
        for ticket in self.open(target):
            ticket.fail(cause)

    def close(self) -> None:
        """Take no more: asks to come end as stopped. Those open stay open."""
        with self._lock:
            self._closed = True

    def strike(self, ticket: Ticket) -> None:
        """This ticket is settled."""
        with self._lock:
            self._open.pop(ticket, None)
