"""Asking switches and gateways by SNMP: one daemon thread, one selector loop, every agent beside the others.

A selector loop on Windows too: the other one stops receiving UDP after an ICMP error (python/cpython 91227, 127057).
Nothing is sent but GET, GETNEXT and GETBULK; communities and keys stay in memory and appear in no text.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

from nlbwiz.collect.snmp import causes
from nlbwiz.collect.snmp.budget import Budget, Cost
from nlbwiz.collect.source import Clock, Give
from nlbwiz.collect.ticket import CLOSED, STOPPED, Cause, Ledger, Ticket
from nlbwiz.errors import CredentialError
from nlbwiz.probes import PROBES, Ask
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site, SnmpTarget

if TYPE_CHECKING:  # importing these imports pysnmp, which costs 80 ms: the thread does it
    from nlbwiz.collect.snmp.agent import Agent
    from nlbwiz.collect.snmp.engine import Address, Engine, Peer

T = TypeVar("T")

RESOLVE_S = 5.0
"""How long the name of an endpoint may take to resolve."""
_CLOSE_S = 0.7


class SnmpSource:
    """The switches and gateways of a site. A Source: nothing here raises, every ask ends with one Evidence.

    A target is first asked for sysUpTime, alone; what it is asked meanwhile waits, and one that stays silent costs two
    times `limits.snmp_s` and nobody else's time.
    """

    def __init__(self, site: Site, vault: Vault, clock: Clock) -> None:
        self._targets: dict[str, SnmpTarget] = {**site.switches, **site.gateways}
        self._vault, self._clock, self._limit_s = vault, clock, site.limits.snmp_s
        self._ledger = Ledger()
        self._loop = asyncio.SelectorEventLoop()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._budget = Budget()
        self._agents: dict[str, Agent] = {}
        self._engine: Engine | None = None
        self._broken: Cause | None = None

    def ask(self, asks: Collection[Ask], give: Give) -> None:
        """Start asking and return at once."""
        tickets = self._ledger.write(asks, give)
        for ticket in tickets:
            probe = PROBES.get(ticket.ask.probe)
            if ticket.ask.target not in self._targets or probe is None or not probe.via.startswith("snmp"):
                ticket.fail(causes.no_question(ticket.ask.target, ticket.ask.probe))
        if all(ticket.done for ticket in tickets):
            return
        self._start()
        self._post(partial(self._accept, tickets))

    def stop(self, target: str) -> None:
        """Give this target up: its pending asks end as stopped."""
        self._ledger.fail(STOPPED, target)

    def extend(self, target: str, seconds: float) -> None:
        """Give this target more time than its limit; one that was silent may be asked again."""
        self._clock.extend(target, seconds)
        self._post(lambda: self._agents[target].forgive() if target in self._agents else None)

    def close(self) -> None:
        """End everything within 1 s; what is still pending ends as stopped."""
        self._ledger.close()
        with self._starting:
            thread = self._thread
            if thread is None and not self._loop.is_closed():
                self._loop.close()
        if thread is not None:
            self._post(self._loop.stop)
            thread.join(_CLOSE_S)
        self._ledger.fail(CLOSED)

    def cost(self, target: str) -> Cost:
        """PDUs and variables sent to this target so far."""
        agent = self._agents.get(target)
        return agent.cost if agent else Cost()

    # ---- the thread ----

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._ledger.closed:
                self._thread = threading.Thread(target=self._run, name="snmp", daemon=True)
                self._thread.start()

    def _post(self, act: Callable[[], object]) -> None:
        """Have the thread do this; nothing when its loop is closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act)

    def _run(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        # Late words of abandoned requests; everything that matters ends as Evidence, and stderr is the operator's.
        loop.set_exception_handler(lambda _loop, _context: None)
        try:
            from nlbwiz.collect.snmp.engine import Engine

            self._engine = Engine(loop, patience_s=max(5.0, 4 * self._limit_s))
        except ImportError as error:
            self._broken = causes.broken(str(error))
        try:
            loop.run_forever()
            loop.run_until_complete(self._wind_up())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
            self._ledger.fail(CLOSED)

    async def _wind_up(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._engine is not None:
            self._engine.close()
        await asyncio.sleep(0)  # closed sockets leave the loop in its next round

    # ---- in the loop's thread ----

    def _accept(self, tickets: Collection[Ticket]) -> None:
        now = self._clock.now()
        for ticket in tickets:
            wait_s = ticket.ask.not_before_s - now
            ticket.since = max(now, ticket.ask.not_before_s)
            self._mind(ticket)
            if wait_s > 0:
                self._loop.call_later(wait_s, self._pass_on, ticket)
            else:
                self._pass_on(ticket)

    def _pass_on(self, ticket: Ticket) -> None:
        ticket.began = time.monotonic()
        if ticket.done:
            return
        if self._broken is not None:
            ticket.fail(self._broken)
            return
        self._agent(ticket.ask.target).take(ticket)

    def _mind(self, ticket: Ticket) -> None:
        """End a ticket when its target's time or the run's is over."""
        if ticket.done:
            return
        left_s = self._clock.left(ticket.ask.target, ticket.since)
        if left_s > 0:
            self._loop.call_later(left_s + 0.001, self._mind, ticket)
        else:
            more_time = self._clock.more_time(ticket.ask.target, ticket.since)
            ticket.fail(causes.late(max(0.0, self._clock.now() - ticket.since), more_time))

    def _agent(self, target: str) -> "Agent":
        if target not in self._agents:
            from nlbwiz.collect.snmp.agent import Agent

            described = self._targets[target]
            self._agents[target] = Agent(
                described, budget=self._budget, limit_s=self._limit_s, prepare=partial(self._prepare, described)
            )
        return self._agents[target]

    async def _prepare(self, target: SnmpTarget) -> "Peer":
        """The credential and the address; either may take its time, so each has a thread of its own."""
        from nlbwiz.collect.snmp.agent import FailedError

        assert self._engine is not None
        try:
            secret = await self._apart(lambda: self._vault.snmp(target.snmp))
        except CredentialError as error:
            raise FailedError(causes.no_credential(target, str(error))) from error
        try:
            address = await asyncio.wait_for(self._address(target), RESOLVE_S)
        except TimeoutError as error:
            raise FailedError(causes.unresolved(target, f"no answer within {RESOLVE_S:g} s")) from error
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is empty or too long
            reason = getattr(error, "strerror", None) or str(error)
            raise FailedError(causes.unresolved(target, reason)) from error
        try:
            return await self._engine.peer(secret, address)
        except OSError as error:
            raise FailedError(causes.unsendable(target, error.strerror or str(error))) from error

    async def _address(self, target: SnmpTarget) -> "Address":
        host, port = target.endpoint.host, target.endpoint.port
        with contextlib.suppress(ValueError):
            return str(ip_address(host)), port
        found = await self._apart(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM))
        found.sort(key=lambda each: each[0] != socket.AF_INET)  # where SNMP agents listen
        return str(found[0][4][0]), port

    async def _apart(self, work: Callable[[], T]) -> T:
        """Do something that may block in a daemon thread (an executor's would be joined at exit)."""
        future: asyncio.Future[T] = self._loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # None only beside an error, or when T allows it

        def run() -> None:
            result, trouble = None, None
            try:
                result = work()
            except Exception as error:
                trouble = error
            self._post(partial(settle, result, trouble))

        threading.Thread(target=run, name="snmp-prepare", daemon=True).start()
        return await future
