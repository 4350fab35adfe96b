"""A simulated SNMP agent: one machine's tables behind one UDP socket, for SNMPv2c and v3."""

import contextlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeAlias

from nlbwiz.lab.snmp import v2c, v3
from nlbwiz.lab.snmp.counts import ENGINE_STATISTICS, Counts
from nlbwiz.lab.snmp.endpoint import bind_udp
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.pdu import GarbledError, version_of
from nlbwiz.lab.snmp.respond import Request, Response, respond
from nlbwiz.lab.snmp.table import Table

Peer: TypeAlias = Any
"""A sender's address as `recvfrom` gives it: two items for IPv4, four for IPv6."""

_V2C, _V3 = 1, 3  # the version field (RFC 1901, RFC 3412)
_AT_ONCE = 64  # datagrams of one agent before the next agent has its turn
_LARGEST = 65_535


class SnmpAgent:
    """One simulated machine's agent.

    `tables` maps a context to its table: "" is the default, "10" is reached as v2c `community@10` and v3 context
    `vlan-10` (Cisco's VLANs), another name "MGMT" as `community@MGMT` and v3 context `MGMT` (Arista's VRFs). An unknown
    context and a wrong community are met with silence, as by net-snmp 5.9.3. Without a community there is no v2c,
    without users no v3.

    `tables` and `faults` may be replaced at any time; the next request sees the new ones.
    """

    def __init__(
        self,
        name: str,
        tables: Mapping[str, Table],
        *,
        community: str | None = "public",
        users: Iterable[v3.User] = (),
        host: str = "127.0.0.1",
        port: int | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.name = name
        self.tables = tables
        self.faults = faults or Faults()
        self._community = None if community is None else community.encode()
        self._users = tuple(users)
        self._place = host, port
        self._counts = Counts()
        self._loop: AgentLoop | None = None
        self._address: tuple[str, int] | None = None
        self._socket: socket.socket | None = None
        self._engine: v3.UsmEngine | None = None
        self._made = 0

    def start(self, loop: AgentLoop, bound: socket.socket | None = None) -> None:
        """Bind the socket (see `bind_udp` for which port) and answer from now on, in the loop's thread.

        `bound`: a non-blocking socket to use instead, such as one in a network namespace that a test made.
        """
        if self._socket is not None:
            raise RuntimeError(f"agent {self.name} is already running")
        with contextlib.ExitStack() as on_failure:
            sock = on_failure.enter_context(bound or bind_udp(*self._place))
            host, port = sock.getsockname()[:2]
            engine = v3.UsmEngine(self._users, engine_id=v3.engine_id(host, port)) if self._users else None
            on_failure.pop_all()
        self._socket, self._engine, self._loop, self._address = sock, engine, loop, (host, port)
        loop.watch(sock, self._readable)

    def stop(self) -> None:
        """Close the socket: from now on the port is closed. The agent may be started again."""
        if self._socket is None or self._loop is None:
            return
        self._loop.close(self._socket)
        self._counts = self.counts
        self._socket = self._engine = self._address = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where the agent listens."""
        if self._address is None:
            raise RuntimeError(f"agent {self.name} is not running")
        return self._address

    @property
    def counts(self) -> Counts:
        """A copy of what was counted up to now. A count is up to date before the answer that it belongs to leaves."""
        engine = self._engine
        if engine is None:
            return replace(self._counts)
        own = {ours: engine.statistic(*theirs) for ours, theirs in ENGINE_STATISTICS.items()}
        return replace(self._counts, **{ours: getattr(self._counts, ours) + number for ours, number in own.items()})

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            if self._socket is None:
                return
            try:
                datagram, peer = self._socket.recvfrom(_LARGEST)
            except OSError:  # nothing there, or (Windows) word that an earlier answer found its port closed
                return
            self._serve(datagram, peer)

    def _serve(self, datagram: bytes, peer: Peer) -> None:
        faults = self.faults
        self._counts.received += 1
        answer = self._answer(datagram, peer, faults)
        if answer is None:
            return
        if faults.silent:
            self._counts.silenced += 1
            return
        if self._loses(faults.loss):
            self._counts.lost += 1
            return
        answer = _garbled(answer, faults)
        if faults.latency_s and self._loop is not None:
            self._loop.later(faults.latency_s, lambda: self._send(answer, peer))
        else:
            self._send(answer, peer)

    def _answer(self, datagram: bytes, peer: Peer, faults: Faults) -> bytes | None:
        try:
            version = version_of(datagram)
            if version == _V2C:
                return self._answer_v2c(v2c.read(datagram), faults)
            if version == _V3 and self._engine is not None:
                return self._answer_v3(self._engine, datagram, peer, faults)
        except GarbledError:
            self._counts.garbled += 1
            return None
        self._counts.other_version += 1
        return None

    def _answer_v2c(self, message: v2c.Message, faults: Faults) -> bytes | None:
        self._count(message.request)
        own = self._community
        if own is None or not (message.community == own or message.community.startswith(own + b"@")):
            self._counts.wrong_community += 1
            return None
        context = message.community[len(own) + 1 :]
        table = self._table(context.decode("utf-8", "replace"))
        if table is None or message.request is None or _dropped(message.request, faults):
            return None
        response = respond(message.request, table, faults, message.room(faults.max_message))
        return message.answer(response, faults.max_message)

    def _answer_v3(self, engine: v3.UsmEngine, datagram: bytes, peer: Peer, faults: Faults) -> bytes | None:
        undeciphered = engine.statistic(*ENGINE_STATISTICS["decryption_errors"])
        outcome = engine.receive(datagram, peer, max_message=faults.max_message, decide=self._decide_v3)
        self._counts.reports += outcome.report
        if faults.hides_decryption_errors and engine.statistic(*ENGINE_STATISTICS["decryption_errors"]) > undeciphered:
            return None
        return outcome.datagram

    def _decide_v3(self, request: Request | None, context: str, room: int) -> Response | None:
        self._count(request)
        table = self._table(next((key for key in self.tables if _v3_context(key) == context), None))
        if table is None or request is None or _dropped(request, self.faults):
            return None
        return respond(request, table, self.faults, room)

    def _table(self, key: str | None) -> Table | None:
        table = None if key is None else self.tables.get(key)
        if table is None:
            self._counts.unknown_context += 1
        return table

    def _count(self, request: Request | None) -> None:
        counts = self._counts
        match request:
            case None:
                counts.other_pdus += 1
                return
            case Request(kind="get"):
                counts.get += 1
            case Request(kind="get_next"):
                counts.get_next += 1
            case Request(kind="get_bulk"):
                counts.get_bulk += 1
            case Request(kind="set"):
                counts.set += 1
        counts.varbinds += len(request.names)

    def _loses(self, share: float) -> bool:
        """Whether this answer is one of those that get lost: in whole numbers, so that every run loses the same."""
        if not share:
            return False
        exact = Fraction(share).limit_denominator(1000)
        self._made += 1
        return int(self._made * exact) > int((self._made - 1) * exact)

    def _send(self, answer: bytes, peer: Peer) -> None:
        if self._socket is None:  # stopped while the answer was on its way
            return
        self._counts.answers += 1
        with contextlib.suppress(OSError):  # a full buffer: lost, as on a wire
            self._socket.sendto(answer, peer)


def _v3_context(key: str) -> str:
    """The v3 context name for a table's key: Cisco calls the context of VLAN 10 `vlan-10`."""
    return f"vlan-{key}" if key.isdecimal() else key


def _dropped(request: Request, faults: Faults) -> bool:
    return faults.drops_bulk and request.kind == "get_bulk"


def _garbled(answer: bytes, faults: Faults) -> bytes:
    match faults.garble:
        case "no":
            return answer
        case "cut":
            return answer[: len(answer) // 2]
        case "noise":
            return answer[::-1]
