"""One agent's conversation: prove that it lives, keep four PDUs in flight, ask again what got lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Any

from nlbwiz.collect.snmp import causes
from nlbwiz.collect.snmp.budget import LARGEST_PDU, Budget, Cost, charge
from nlbwiz.collect.snmp.engine import EXCEPTIONS, Binding, IndicatedError, Kind, Peer, Reply, UnsendableError
from nlbwiz.collect.snmp.pace import Pace
from nlbwiz.collect.snmp.pack import Packer, Pdu, PduSize, fits
from nlbwiz.collect.snmp.reading import read, written
from nlbwiz.collect.snmp.walk import RepeatedRowError, StatusError, Walked, dotted
from nlbwiz.collect.ticket import Cause, Ticket
from nlbwiz.mibs import Oid
from nlbwiz.probes import PROBES, context, oids
from nlbwiz.record.evidence import Status
from nlbwiz.site.model import SnmpTarget

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
COALESCE_S = 0.030
"""How long an ask waits for company."""
_GRACE_S = 0.02  # a reply that waits in the socket when its time is up has come in time
_SLOWEST_S = 5.0
_CONTEXT_S = 1.0  # a VLAN's context that is not there is met with silence: there is one for every VLAN (snmp 5)


class FailedError(Exception):
    """No answer from this agent to anything, and why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.error)
        self.cause = cause


class Agent:
    """The asks for one target, in the loop's thread. Every ticket taken is settled here or by its deadline."""

    def __init__(
        self, target: SnmpTarget, *, budget: Budget, limit_s: float, prepare: Callable[[], Awaitable[Peer]]
    ) -> None:
        """`prepare` gives the peer (credential, address, socket) or raises FailedError. `limit_s`: for one answer."""
        self.target = target
        self._budget, self._limit_s, self._prepare = budget, limit_s, prepare
        self._peer: Peer | None = None
        self._alive = False
        self._verdict: tuple[Cause, int] | None = None
        self._new: list[Ticket] = []
        self._open: list[Ticket] = []
        self._packer = Packer()
        self._bulk = PduSize(LARGEST_PDU)
        self._pace = Pace()
        self._timeout_s = self._context_s = limit_s
        self._heard = 0.0
        self._working = self._checking = False
        self._lost_bulks = 0
        self._bulk_answers: bool | None = None
        """None while no GETBULK was answered; False where they stay without an answer, and others do not."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked = self._answered = self._pdus = self._variables = 0

    @property
    def cost(self) -> Cost:
        """What was sent so far."""
        return Cost(pdus=self._pdus, variables=self._variables)

    def take(self, ticket: Ticket) -> None:
        """Ask this as soon as the agent is known to live. After a verdict only a repeated ask proves it anew."""
        if self._verdict is not None:
            cause, sample = self._verdict
            if ticket.ask.sample <= sample:
                ticket.fail(cause)
                return
            self._verdict = None
        self._open = [each for each in self._open if not each.done]
        self._open.append(ticket)
        self._new.append(ticket)
        self._asked += 1
        self._wake()

    def forgive(self) -> None:
        """Forget a verdict: the operator gives this target more time."""
        self._verdict = None

    # ---- the worker: prove, pack, send ----

    def _wake(self) -> None:
        if not self._working:
            self._working = True
            self._start(self._work())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        """Whatever goes wrong in here is an answer too: no ask of this target is left hanging."""
        try:
            await work
        except FailedError as failed:
            self._give_up(failed.cause)
        except Exception as error:
            self._give_up(causes.our_fault(error))

    async def _work(self) -> None:
        try:
            await asyncio.sleep(COALESCE_S)
            while True:
                self._new = [ticket for ticket in self._new if not ticket.done]
                if self._new and not self._alive:
                    await self._prove()
                self._admit()
                if not self._packer:
                    return
                await self._pace.acquire()
                self._admit()  # what came while all places were taken travels along
                pdu = self._packer.next()
                if pdu is None:
                    self._pace.release()
                else:
                    self._start(self._deliver(pdu))
        finally:
            self._working = False

    def _admit(self) -> None:
        """Turn tickets into walks and into variables to pack."""
        tickets, self._new = self._new, []
        for ticket in tickets:
            probe = PROBES[ticket.ask.probe]
            if ticket.done:
                continue
            try:
                wanted = oids(ticket.ask)
            except ValueError as error:  # an address or a number that is none
                ticket.fail(causes.our_fault(error))
                continue
            if probe.via != "snmp-get":
                self._start(self._walk(ticket))
            elif wanted:
                row = len(probe.oids) if ticket.ask.args else 1
                self._packer.add(ticket, wanted, row, context(ticket.ask))
            else:
                ticket.fail(causes.nowhere())

    # ---- is it alive? ----

    async def _prove(self) -> None:
        """One variable that every agent has. A second try while the first may still be answered; then the verdict."""
        if self._peer is None:
            self._peer = await self._prepare()
        self._tell(f"asked for sysUpTime at {self.target.endpoint}")
        nonsense, heard = self._peer.nonsense, self._peer.heard
        tries: dict[asyncio.Task[Reply], float] = {}
        done: set[asyncio.Task[Reply]] = set()
        try:
            async with self._budget.hold(charge(1)):
                while not done and len(tries) < 2:
                    if tries:
                        self._tell(f"no answer within {self._limit_s:g} s, asked once more")
                    task = asyncio.get_running_loop().create_task(self._send("get", [SYS_UP_TIME]))
                    tries[task] = time.monotonic()
                    done = await _first(tries, self._limit_s)
            if not done and self._peer.user is not None and self._peer.heard > heard:
                raise FailedError(causes.unheeded(self.target, self._peer.user, self._limit_s))
            if not done:
                raise FailedError(self._silence(nonsense, self._limit_s))
            answered = done.pop()
            answered.result()
        except (IndicatedError, UnsendableError, TimeoutError) as error:
            raise FailedError(self._cause(error)) from error
        except (KeyError, ValueError):  # a strange value, but a sign of life
            pass
        finally:
            for task in tries:
                task.cancel()
        self._heard = time.monotonic()
        self._alive = True
        took_s = self._heard - tries[answered]
        self._timeout_s = max(self._limit_s, min(3 * took_s, _SLOWEST_S))
        self._context_s = max(_CONTEXT_S, min(3 * took_s, _SLOWEST_S))
        self._tell(f"answers after {took_s * 1000:.0f} ms")

    async def _check(self) -> None:
        """Ask for one variable beside a retry: does the agent live, and only larger PDUs get lost?"""
        try:
            await self._exchange("get", [SYS_UP_TIME])
        except (TimeoutError, KeyError, ValueError):
            pass
        except (IndicatedError, UnsendableError) as error:
            raise FailedError(self._cause(error)) from error
        finally:
            self._checking = False

    def _doubt(self) -> None:
        if not self._checking:
            self._checking = True
            self._start(self._check())

    def _give_up(self, cause: Cause) -> None:
        """The agent is gone, or refuses us: everything it was asked ends here."""
        pending = [ticket for ticket in self._open if not ticket.done]
        self._alive = False
        self._verdict = cause, max((ticket.ask.sample for ticket in pending), default=0)
        self._open, self._new = [], []
        self._packer.clear()
        for ticket in pending:
            ticket.fail(cause)

    def _silence(self, nonsense: int, seconds: float) -> Cause:
        """Why nothing came since the count of nonsense stood there."""
        assert self._peer is not None
        if self._peer.nonsense > nonsense:
            return causes.nonsense(self.target)
        return causes.silent(self.target, seconds, v3=self._peer.user is not None)

    def _cause(self, error: IndicatedError | UnsendableError | TimeoutError) -> Cause:
        assert self._peer is not None
        if isinstance(error, IndicatedError):
            return causes.indicated(self.target, error.indication, str(error), self._peer.user or "")
        if isinstance(error, UnsendableError):
            return causes.unsendable(self.target, str(error))
        return self._silence(self._peer.nonsense, self._timeout_s)

    # ---- one PDU ----

    async def _send(self, kind: Kind, names: Sequence[Oid], repetitions: int = 0, context: str = "") -> Reply:
        assert self._peer is not None
        self._pdus += 1
        self._variables += len(names)
        return await self._peer.ask(kind, names, repetitions, context)

    async def _exchange(self, kind: Kind, names: Sequence[Oid], repetitions: int = 0, context: str = "") -> Reply:
        """One PDU under the process's budget and this agent's time limit; TimeoutError when nothing came."""
        async with self._budget.hold(charge(len(names) * max(1, repetitions))):
            sent = time.monotonic()
            task = asyncio.get_running_loop().create_task(self._send(kind, names, repetitions, context))
            try:
                if not await _first([task], min(self._timeout_s, self._context_s) if context else self._timeout_s):
                    if not context:  # a context that the agent does not have is met with silence, too (snmp 5)
                        self._pace.lost()
                    raise TimeoutError
                reply = task.result()
            finally:
                task.cancel()
        self._heard = time.monotonic()
        self._pace.answered(self._heard - sent)
        return reply

    async def _deliver(self, pdu: Pdu) -> None:
        """Send a GET and hand out what came. Holds one place of the window, and gives it back."""
        assert self._peer is not None
        nonsense = self._peer.nonsense
        try:
            reply = await self._exchange("get", pdu.oids, context=pdu.context)
        except TimeoutError:
            self._lost(pdu, nonsense)
        except (IndicatedError, UnsendableError) as error:
            raise FailedError(self._cause(error)) from error
        except (KeyError, ValueError) as error:  # a type or a value that SNMP does not have
            self._fail(pdu, causes.strange(self.target, str(error)))
        else:
            self._read(pdu, reply)
        finally:
            self._pace.release()

    def _read(self, pdu: Pdu, reply: Reply) -> None:
        names = pdu.oids
        if reply.status == "noError" and fits(names, reply.bindings):
            self._packer.size.clean(len(names))
            got = {binding.oid: binding for binding in reply.bindings}
            for piece in pdu.pieces:
                piece.reading.got.update((oid, got[oid]) for oid in piece.oids)
            self._settle_whole(pdu)
        elif len(names) > 1:
            if reply.status == "tooBig":
                self._packer.size.too_big(len(names))
            self._packer.halve(pdu, pdu.tries)
            self._wake()
        elif reply.status == "noSuchName":  # SNMPv1's word: the object or only the row, so nothing is known
            self._lack(pdu, causes.not_there(dotted(names[0]), reply.status))
        elif reply.status == "noError":
            self._fail(pdu, causes.strange(self.target, f"neither a value nor an exception for {dotted(names[0])}"))
        else:
            self._lack(pdu, causes.refused(self.target, reply.status, dotted(names[0])))

    def _lost(self, pdu: Pdu, nonsense: int) -> None:
        """No answer: once more, in smaller PDUs of its own; without any sign of life the agent is given up."""
        if not pdu.wanted:
            return
        if pdu.context:
            if pdu.tries:
                self._fail(pdu, causes.no_context(self.target, pdu.context))
            else:
                self._packer.again(pdu)
                self._wake()
            return
        if pdu.tries and self._heard <= pdu.made:
            raise FailedError(self._silence(nonsense, self._timeout_s))
        names = pdu.oids
        if pdu.tries >= 2 and len(names) == 1:
            self._fail(pdu, causes.deaf_to(self.target, dotted(names[0])))
            return
        self._doubt()
        self._packer.size.lost(len(names))
        self._packer.halve(pdu, pdu.tries + 1)
        self._wake()

    # ---- one walk ----

    async def _walk(self, ticket: Ticket) -> None:
        async def step(kind: Kind, names: Sequence[Oid]) -> Reply:
            return await self._step(ticket, kind, names)

        try:
            self._settle_rows(ticket, await read(ticket.ask, step))
        except _DoneError:
            return
        except RepeatedRowError as error:
            ticket.fail(causes.repeats(str(error)))
        except StatusError as error:
            ticket.fail(causes.refused(self.target, error.status, error.oid))
        except (KeyError, ValueError) as error:
            ticket.fail(causes.strange(self.target, str(error)))
        self._report()

    async def _step(self, ticket: Ticket, kind: Kind, names: Sequence[Oid]) -> Reply:
        """One step of a walk: halved when it is too big or gets lost, as long as the agent shows that it lives."""
        assert self._peer is not None
        tries, made, nonsense = 0, time.monotonic(), self._peer.nonsense
        where = context(ticket.ask)
        room = self._bulk.now if kind == "bulk" else 0
        while not ticket.done:
            if kind == "bulk" and self._bulk_answers is False:
                kind, room = "next", 0  # its answer reads like that of a GETBULK with one repetition
            repetitions = max(1, room // len(names)) if room else 0
            size = len(names) * repetitions
            try:
                async with self._pace:
                    reply = await self._exchange(kind, names, repetitions, where)
            except TimeoutError:
                if ticket.done:
                    break
                if tries and where:
                    ticket.fail(causes.no_context(self.target, where))
                    self._report()
                    break
                if tries and self._heard <= made:
                    raise FailedError(self._silence(nonsense, self._timeout_s)) from None
                if tries >= 2 and repetitions <= 1:
                    ticket.fail(causes.deaf_to(self.target, f"what follows {dotted(names[0])}"))
                    self._report()
                    break
                if not where:
                    self._doubt()
                if room and not where:
                    self._bulk.lost(size)
                    self._lost_bulks += 1
                    if self._bulk_answers is None and self._lost_bulks >= 2 and self._heard > made:
                        self._bulk_answers = False
                tries, made = tries + 1, time.monotonic()
            except (IndicatedError, UnsendableError) as error:
                raise FailedError(self._cause(error)) from error
            else:
                if reply.status != "tooBig" or repetitions <= 1:
                    if room:
                        self._bulk.clean(size)
                        self._bulk_answers = True
                    return reply
                self._bulk.too_big(size)
            room = max(1, size // 2) if room else 0
        raise _DoneError

    # ---- words for outside ----

    def _settle_rows(self, ticket: Ticket, walked: Walked) -> None:
        """What a walk found; where it ended before the table's end, it says why beside its rows."""
        raw = written(walked.bindings, ended=walked.ended, looked=walked.count)
        cut = "" if walked.ended else f"broken off after {walked.count:,} rows: the table is longer"
        status: Status = "answered" if walked.bindings else "empty"
        error = walked.trouble or cut
        self._answered += ticket.settle(status, raw=raw, error=error, resolve=causes.ELSEWHERE if error else "")

    def _lack(self, pdu: Pdu, cause: Cause) -> None:
        """One variable for which the agent has an error only: what else was asked for with it counts all the same."""
        (name,) = pdu.oids
        for reading in pdu.readings:
            reading.got[name] = Binding(name, "null", None)
            reading.lacks = reading.lacks or cause
        self._settle_whole(pdu)

    def _settle_whole(self, pdu: Pdu) -> None:
        """End the asks of which nothing is missing any more."""
        whole = [(reading, found) for reading in pdu.readings if (found := reading.bindings) is not None]
        for reading, bindings in whole:
            self._settle(reading.ticket, bindings, reading.lacks)
        if whole:
            self._report()

    def _settle(self, ticket: Ticket, bindings: Sequence[Binding], lacks: Cause | None) -> None:
        raw = written(bindings, ended=lacks is None)
        if any(binding.type not in EXCEPTIONS for binding in bindings):
            error, resolve = (lacks.error, lacks.resolve) if lacks else ("", "")
            self._answered += ticket.settle("answered", raw=raw, error=error, resolve=resolve)
        elif lacks is not None:
            ticket.fail(lacks)
        elif all(binding.type == "no_such_object" for binding in bindings):
            ticket.fail(causes.not_there(", ".join(name for name, _ in PROBES[ticket.ask.probe].oids)))
        else:
            self._answered += ticket.settle("empty", raw=raw)

    def _fail(self, pdu: Pdu, cause: Cause) -> None:
        for reading in pdu.readings:
            reading.ticket.fail(cause)
        self._report()

    def _report(self) -> None:
        self._tell(f"{self._answered} of {self._asked} answered, {self._pdus} PDUs")

    def _tell(self, text: str) -> None:
        if self._open:
            self._open[-1].tell(text, sum(not ticket.done for ticket in self._open))


class _DoneError(Exception):
    """Nobody waits for this walk any more."""


async def _first(tasks: Collection[asyncio.Task[Reply]], seconds: float) -> set[asyncio.Task[Reply]]:
    """The tasks that are done within the time; empty when none is."""
    for limit in (seconds, _GRACE_S):
        done, _ = await asyncio.wait(tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if done:
            break
    return done
