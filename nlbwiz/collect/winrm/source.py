"""Asking NLB nodes and Hyper-V hosts by WinRM: every machine beside the others, each in one shell with one process.

A daemon thread per machine does the blocking work of pywinrm; one supervisor thread holds everybody to the clock. At
its limit a machine's sockets are cut and what it has not answered ends as timeout, whatever its thread hangs in.
"""

import threading
import time
from collections.abc import Collection

from nlbwiz.collect.ask_text import Kind
from nlbwiz.collect.source import Clock, Give
from nlbwiz.collect.ticket import CLOSED, STOPPED, Cause, Ledger, Ticket
from nlbwiz.collect.winrm.accounts import Accounts
from nlbwiz.collect.winrm.round import Round
from nlbwiz.probes import PROBES, Ask
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site, WindowsTarget

_CLOSE_S = 0.8
"""What `close` leaves for deleting the shells that are open, all together."""
_LATE = Cause(
    status="timeout",
    error="not asked: the run's time was over before its turn came",
    resolve="give the run more time: a later --deadline, or limits.total_s where none is given",
)
_TOO_LATE = Cause(
    status="skipped",
    error="not asked: the run ends before the time for it",
    resolve="give the run more time: a later --deadline, or limits.total_s where none is given",
)


class WinRmSource:
    """The Windows machines of a site. A Source: nothing here raises, every ask ends with one Evidence.

    What one call of `ask` wants of one machine, and what has come meanwhile, goes into one round: one shell, one
    process. A machine has one round at a time.
    """

    def __init__(self, site: Site, vault: Vault, clock: Clock) -> None:
        self._targets: dict[str, WindowsTarget] = {**site.nodes, **site.hosts}
        self._kinds: dict[str, Kind] = {**dict.fromkeys(site.nodes, "node"), **dict.fromkeys(site.hosts, "host")}
        self._vault, self._clock = vault, clock
        self._ledger = Ledger()
        self._changed = threading.Condition()
        """Notified when anything below changes, and when an account or a round does."""
        self._accounts = Accounts(self._changed)
        self._waiting: list[Ticket] = []
        self._rounds: dict[str, Round] = {}
        """What a machine does now, by its name."""
        self._running: set[Round] = set()
        """Every round whose thread has not ended, those that nobody waits for included."""
        self._supervisor: threading.Thread | None = None
        self._closed = False

    def ask(self, asks: Collection[Ask], give: Give) -> None:
        """Start asking and return at once; `give` gets exactly one Evidence per ask, whatever happens."""
        tickets = self._ledger.write(asks, give)
        for ticket in tickets:
            if cause := self._unaskable(ticket.ask):
                ticket.fail(cause)
        with self._changed:
            if not self._closed:
                self._waiting += [ticket for ticket in tickets if not ticket.done]
                if self._waiting and not self._supervisor:
                    self._supervisor = threading.Thread(target=self._supervise, name="winrm", daemon=True)
                    self._supervisor.start()
                self._changed.notify_all()

    def stop(self, target: str) -> None:
        """Give this target up: its pending asks end as `stopped`."""
        with self._changed:
            self._waiting = [ticket for ticket in self._waiting if ticket.ask.target != target]
            now = self._rounds.get(target)
        self._ledger.fail(STOPPED, target)
        if now:
            now.end("told")

    def extend(self, target: str, seconds: float) -> None:
        """Give this target more time than its limit, within the run's own deadline."""
        self._clock.extend(target, seconds)
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End everything within 1 s, whatever hangs; asks still pending end as `stopped`. Open shells are deleted."""
        until = time.monotonic() + _CLOSE_S
        self._ledger.close()
        with self._changed:
            self._closed = True
            self._waiting.clear()
            rounds = set(self._running)
            self._changed.notify_all()
        self._ledger.fail(CLOSED)
        for one in rounds:
            one.end("told", until - time.monotonic())
        with self._changed:
            left = max(0.0, until - time.monotonic())
            self._changed.wait_for(lambda: not any(one.shell_open and not one.gone for one in rounds), left)
        for one in rounds:
            one.abandon()

    def _unaskable(self, ask: Ask) -> Cause | None:
        probe, kind = PROBES.get(ask.probe), self._kinds.get(ask.target)
        if kind is None or probe is None or probe.via != "winrm" or probe.at != kind:
            error = f"{ask.target} cannot be asked for {ask.probe} by WinRM"
            return Cause(status="unsupported", error=error, resolve="report this as a bug of nlbwiz")
        return _TOO_LATE if ask.not_before_s >= self._clock.total_s else None

    # ---- the supervisor's thread ----

    def _supervise(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                begun, lost = self._due(), self._lost()
                late = [one for one in self._rounds.values() if not one.over and one.room() <= 0]
                hung = [one for one in self._rounds.values() if one.over and one.left() <= 0]
                if not (begun or lost or late or hung):
                    self._changed.wait(self._next_s())
                    continue
            for one in begun:
                threading.Thread(target=self._run, args=(one,), name=f"winrm {one.target.name}", daemon=True).start()
            for ticket in lost:
                ticket.fail(_LATE)
            for one in late:
                one.end("time")
            for one in hung:
                one.abandon()
                self._forget(one)

    def _due(self) -> list[Round]:
        """New rounds for the machines that have none, of every question whose time has come."""
        now = self._clock.now()
        ready: dict[str, list[Ticket]] = {}
        for ticket in self._waiting:
            if ticket.ask.not_before_s <= now < self._clock.total_s and ticket.ask.target not in self._rounds:
                ready.setdefault(ticket.ask.target, []).append(ticket)
        self._waiting = [ticket for ticket in self._waiting if ticket not in ready.get(ticket.ask.target, ())]
        begun = {name: self._round(name, tickets) for name, tickets in ready.items()}
        self._rounds.update(begun)
        self._running.update(begun.values())
        return list(begun.values())

    def _round(self, name: str, tickets: list[Ticket]) -> Round:
        return Round(
            self._targets[name],
            self._kinds[name],
            tickets,
            vault=self._vault,
            accounts=self._accounts,
            clock=self._clock,
            changed=self._changed,
        )

    def _lost(self) -> list[Ticket]:
        """What waits and will never be asked: its machine was busy until the run's end."""
        if self._clock.now() < self._clock.total_s:
            return []
        lost, self._waiting = self._waiting, []
        return lost

    def _next_s(self) -> float | None:
        """Seconds until somebody's time is over or a question's time has come; None: only a notice can change that."""
        now = self._clock.now()
        times = [one.left() if one.over else one.room() for one in self._rounds.values()]
        times += [ticket.ask.not_before_s - now for ticket in self._waiting if ticket.ask.target not in self._rounds]
        if self._waiting:
            times.append(self._clock.total_s - now)
        return max(0.0, min(times)) if times else None

    def _forget(self, one: Round) -> None:
        with self._changed:
            if self._rounds.get(one.target.name) is one:
                del self._rounds[one.target.name]
            self._changed.notify_all()

    # ---- a round's thread ----

    def _run(self, one: Round) -> None:
        try:
            one.run()
        finally:
            self._forget(one)
            with self._changed:
                self._running.discard(one)
                self._changed.notify_all()
