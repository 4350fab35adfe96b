"""The real pysnmp client, asked in plain Python: names as tuples in, values as Python's own types out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from pyasn1.type import univ
from pysnmp.hlapi.v1arch import asyncio as v1arch
from pysnmp.hlapi.v3arch import asyncio as v3arch
from pysnmp.proto import rfc1902, rfc1905

Oid = tuple[int, ...]
Address = tuple[str, int]

NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = "noSuchObject", "noSuchInstance", "endOfMibView"


class Answer(NamedTuple):
    """`error` is what went wrong before there was a response; `status` and `rows` are the response's."""

    error: str
    status: str
    position: int
    rows: tuple[tuple[Oid, object], ...]

    @property
    def values(self) -> tuple[object, ...]:
        return tuple(value for _, value in self.rows)


class Call(NamedTuple):
    verb: str
    oids: tuple[Oid, ...]
    counts: tuple[int, ...] = ()
    value: Any = None


def get(*oids: Oid) -> Call:
    return Call("get_cmd", oids)


def get_next(*oids: Oid) -> Call:
    return Call("next_cmd", oids)


def get_bulk(non_repeaters: int, max_repetitions: int, *oids: Oid) -> Call:
    return Call("bulk_cmd", oids, (non_repeaters, max_repetitions))


def set_(*oids: Oid) -> Call:
    return Call("set_cmd", oids, value=rfc1902.OctetString("mine"))


def v2c(
    address: Address,
    *calls: Call,
    community: str = "public",
    timeout_s: float = 2.0,
    retries: int = 0,
    together: bool = False,
    sizes: list[int] | None = None,
) -> list[Answer]:
    """The answers to `calls`, asked one after the other or all at once; each answer's octets are added to `sizes`."""

    async def run() -> list[Answer]:
        async with wired(address, sizes) as place:
            with v1arch.SnmpDispatcher() as dispatcher:
                target = await v1arch.UdpTransportTarget.create(place, timeout=timeout_s, retries=retries)
                auth = v1arch.CommunityData(community, mpModel=1)
                return await _all(lambda call: _ask(v1arch, call, dispatcher, auth, target), calls, together)

    return asyncio.run(run())


def v3(
    address: Address,
    user: v3arch.UsmUserData,
    *calls: Call,
    context: str = "",
    timeout_s: float = 2.0,
    sizes: list[int] | None = None,
) -> list[Answer]:
    """The same with SNMPv3, by an SNMP engine of its own, so that nothing is remembered from another test."""

    async def run() -> list[Answer]:
        async with wired(address, sizes) as place:
            engine = v3arch.SnmpEngine()
            try:
                return await v3_with(engine, place, user, *calls, context=context, timeout_s=timeout_s)
            finally:
                engine.close_dispatcher()

    return asyncio.run(run())


async def v3_with(
    engine: Any,
    address: Address,
    user: v3arch.UsmUserData,
    *calls: Call,
    context: str = "",
    timeout_s: float = 2.0,
) -> list[Answer]:
    """The same by a given engine, in its loop."""
    target = await v3arch.UdpTransportTarget.create(address, timeout=timeout_s, retries=0)
    data = v3arch.ContextData(contextName=context.encode())
    return await _all(lambda call: _ask(v3arch, call, engine, user, target, data), calls, together=False)


async def _all(ask: Callable[[Call], Awaitable[Answer]], calls: tuple[Call, ...], together: bool) -> list[Answer]:
    if together:
        return list(await asyncio.gather(*map(ask, calls)))
    return [await ask(call) for call in calls]


async def _ask(library: Any, call: Call, *head: Any) -> Answer:
    names = [(oid, rfc1902.Null("") if call.value is None else call.value) for oid in call.oids]
    error, status, index, rows = await getattr(library, call.verb)(*head, *call.counts, *names, lookupMib=False)
    text = status.prettyPrint() if hasattr(status, "prettyPrint") else "noError"
    return Answer(str(error or ""), text, int(index), tuple((tuple(oid), _plain(value)) for oid, value in rows))


def _plain(value: Any) -> object:
    match value:
        case rfc1905.NoSuchObject():
            return NO_SUCH_OBJECT
        case rfc1905.NoSuchInstance():
            return NO_SUCH_INSTANCE
        case rfc1905.EndOfMibView():
            return END_OF_MIB_VIEW
        case rfc1902.IpAddress():
            return value.prettyPrint()
        case univ.ObjectIdentifier():
            return tuple(value)
        case rfc1902.OctetString():
            return bytes(value)
        case rfc1905.UnSpecified():
            return None
    return int(value)


@asynccontextmanager
async def wired(agent: Address, sizes: list[int] | None) -> AsyncIterator[Address]:
    """The agent's address, or that of a relay on loopback which notes the size of every answer."""
    if sizes is None:
        yield agent
        return
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Wire(agent, sizes), local_addr=("127.0.0.1", 0))
    host, port = transport.get_extra_info("sockname")
    yield host, port
    transport.close()


class Wire(asyncio.DatagramProtocol):
    """What stands between one client and one agent."""

    def __init__(self, agent: Address, sizes: list[int]) -> None:
        self._agent, self._sizes = agent, sizes
        self._client: Address | None = None
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr == self._agent:
            self._sizes.append(len(data))
            self._transport.sendto(data, self._client)
        else:
            self._client = addr
            self._transport.sendto(data, self._agent)
