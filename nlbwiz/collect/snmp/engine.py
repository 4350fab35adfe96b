"""pysnmp below its high-level defaults: numeric OIDs, no MIB resolution, one socket a family, one v3 engine.

The high-level calls resolve every OID in the MIB tree and are 134 times slower than net-snmp; v1arch with plain tuples
(v2c) and `rfc3413.cmdgen` with one engine (v3) are not. Everything here runs in one thread, on one selector loop.
Only GET, GETNEXT and GETBULK exist here: nothing can be written. Importing this module imports pysnmp.
"""

import abc
import asyncio
import contextlib
import functools
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from pysnmp.carrier.asyncio.dgram.udp import UdpAsyncioTransport
from pysnmp.carrier.asyncio.dgram.udp6 import Udp6AsyncioTransport
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v1arch.asyncio import (
    CommunityData,
    SnmpDispatcher,
    Udp6TransportTarget,
    UdpTransportTarget,
    bulk_cmd,
    get_cmd,
    next_cmd,
)
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import verdec
from pysnmp.proto.errind import ErrorIndication, RequestTimedOut

from nlbwiz.mibs import Oid
from nlbwiz.site.secret import AuthProtocol, PrivProtocol, SnmpSecret

Kind = Literal["get", "next", "bulk"]
Type = Literal[
    "int", "octets", "oid", "ip", "ticks", "counter32", "counter64", "gauge",
    "no_such_object", "no_such_instance", "end_of_view", "null",
]  # fmt: skip
Address: TypeAlias = tuple[str, int]

EXCEPTIONS: frozenset[Type] = frozenset({"no_such_object", "no_such_instance", "end_of_view", "null"})
"""The types that are no value."""

_ARRIVAL_BUFFER = 1 << 20  # octets asked for; Linux caps it at rmem_max, mostly 212,992 (socket(7))
_V3 = 3  # the version field (RFC 3412)
_NULL = rfc1902.Null("")
_AUTH: dict[AuthProtocol, Any] = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
_PRIV: dict[PrivProtocol, Any] = {
    "des": config.USM_PRIV_CBC56_DES,
    "3des": config.USM_PRIV_CBC168_3DES,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES,  # the key extension that Cisco uses (draft-reeder-snmpv3-usm-3desede)
    "aes256": config.USM_PRIV_CFB256_AES,
}


class Binding(NamedTuple):
    """One variable of an answer. `value`: int, octets as hex, a dotted OID or address; None for the exceptions."""

    oid: Oid
    type: Type
    value: int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An agent's answer to one PDU. `status`: error-status by its name in RFC 3416, `noError` when all went well."""

    status: str
    index: int
    bindings: tuple[Binding, ...]


class IndicatedError(Exception):
    """An exchange that pysnmp ended: mostly a Report of SNMPv3. `indication`: pysnmp's class name, e.g. `WrongDigest`."""

    def __init__(self, indication: str, text: str) -> None:
        super().__init__(text)
        self.indication = indication


class UnsendableError(Exception):
    """The own system would not send the datagram."""


class Peer(Protocol):
    """One agent as seen from here."""

    @property
    def user(self) -> str | None:
        """The v3 user; None with v2c."""
        ...

    @property
    def heard(self) -> int:
        """SNMPv3 messages from this agent's address so far, whether they answered a request or not."""
        ...

    @property
    def nonsense(self) -> int:
        """Datagrams from this agent's address so far that hold no SNMP message."""
        ...

    async def ask(self, kind: Kind, oids: Sequence[Oid], repetitions: int = 0, context: str = "") -> Reply:
        """Send one PDU and wait for its answer, however long it takes: the caller limits the time.

        context: a VLAN's number, which is `community@10` in v2c and the context `vlan-10` in v3 (Cisco); "": none.
        Raises IndicatedError, UnsendableError; TimeoutError when the engine itself gave up; anything else is a bug.
        """
        ...


class Engine:
    """The sockets and pysnmp engines of one thread. All of it belongs to the loop that it is made in."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience_s: float) -> None:
        """`patience_s`: how long pysnmp remembers a request that nobody waits for any more."""
        self.loop, self.patience_s = loop, patience_s
        self.heard: Counter[Address] = Counter()
        self.nonsense: Counter[Address] = Counter()
        self.unsent: dict[Address, str] = {}
        self._community: SnmpDispatcher | None = None
        self._users: list[_Users] = []
        self._open: set[tuple[int, bool]] = set()
        self._dispatchers: list[Any] = []

    async def peer(self, secret: SnmpSecret, address: Address) -> Peer:
        """The agent at an address (not a name), with the credential to ask it. OSError without a socket to ask from."""
        if secret.community is not None:
            if self._community is None:
                self._community = SnmpDispatcher(self._dispatcher())
            await self._listen(self._community.transport_dispatcher, address)
            return _CommunityPeer(self, self._community, secret.community, address)
        users = next((each for each in self._users if each.fits(secret)), None)
        if users is None:
            users = _Users(self._dispatcher())
            self._users.append(users)
        users.add(secret)  # before anything is awaited: the next peer looks for its place meanwhile
        await self._listen(users.engine.transport_dispatcher, address)
        return _UserPeer(self, users, secret, address)

    def close(self) -> None:
        """Close all sockets; run the loop once more afterwards."""
        for dispatcher in self._dispatchers:
            dispatcher.close_dispatcher()

    def _dispatcher(self) -> Any:
        dispatcher = AsyncioDispatcher(loop=self.loop)
        self._dispatchers.append(dispatcher)
        return dispatcher

    async def _listen(self, dispatcher: Any, address: Address) -> None:
        """One socket for each dispatcher and family, with room for the answers to everything in flight."""
        v6 = ":" in address[0]
        if (id(dispatcher), v6) in self._open:
            return
        sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ARRIVAL_BUFFER)
            sock.bind(("::" if v6 else "0.0.0.0", 0))  # noqa: S104  # Windows cannot receive on an unbound socket
        except OSError:
            sock.close()
            raise
        self._open.add((id(dispatcher), v6))  # before anything is awaited
        transport: Any = _Udp6(self) if v6 else _Udp4(self)
        dispatcher.register_transport(_domain(address), transport)
        await self.loop.create_datagram_endpoint(lambda: transport, sock=sock)


class _Heard:
    """What pysnmp's transports lack: a bad datagram is counted for its sender and harms nobody else's answer."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(loop=engine.loop)  # type: ignore[call-arg]  # the transport beside us in the classes below
        self._engine = engine
        self._sending: Address | None = None

    def register_callback(self, callback: Callable[..., None]) -> None:
        super().register_callback(functools.partial(self._guarded, callback))  # type: ignore[misc]  # the transport's

    def _guarded(self, callback: Callable[..., None], transport: Any, sender: Any, datagram: bytes) -> None:
        place = sender[0], sender[1]
        try:
            if not whole(datagram):  # pysnmp drops a v3 message that is cut off without a word
                raise ValueError
            self._engine.heard[place] += verdec.decode_message_version(datagram) == _V3
            callback(transport, sender, datagram)
        except Exception:  # pyasn1 and pysnmp raise a dozen kinds for octets that are no message
            self._engine.nonsense[place] += 1

    def send_message(self, message: bytes, address: Any) -> None:
        self._sending = address[0], address[1]
        try:
            super().send_message(message, address)  # type: ignore[misc]  # the transport's
        finally:
            self._sending = None

    def error_received(self, error: Exception) -> None:
        # Also called for ICMP errors on Windows, which name no agent: those agents end by their time limit.
        if self._sending is not None:
            self._engine.unsent[self._sending] = str(error)


class _Udp4(_Heard, UdpAsyncioTransport):  # type: ignore[misc]  # pysnmp ships no types
    pass


class _Udp6(_Heard, Udp6AsyncioTransport):  # type: ignore[misc]  # pysnmp ships no types
    pass


class _Target4(UdpTransportTarget):  # type: ignore[misc]  # pysnmp ships no types
    async def _resolve_address(self, address: Address) -> Address:
        return address  # an address already: pysnmp would start an executor, which is joined at exit


class _Target6(Udp6TransportTarget):  # type: ignore[misc]  # pysnmp ships no types
    async def _resolve_address(self, address: Address) -> Address:
        return address


class _PeerBase(abc.ABC):
    """What both versions share: who is asked, and whether the datagram left."""

    user: str | None = None

    def __init__(self, engine: Engine, address: Address) -> None:
        self._engine, self._address = engine, address

    @property
    def heard(self) -> int:
        return self._engine.heard[self._address]

    @property
    def nonsense(self) -> int:
        return self._engine.nonsense[self._address]

    async def ask(self, kind: Kind, oids: Sequence[Oid], repetitions: int = 0, context: str = "") -> Reply:
        task = self._engine.loop.create_task(self._exchange(kind, oids, repetitions, context))
        try:
            await asyncio.sleep(0)  # the task has sent, or failed to, when this returns
            unsent = self._engine.unsent.pop(self._address, None)
            if unsent is not None:
                raise UnsendableError(unsent)
            return _reply(*await task)
        finally:
            task.cancel()

    @abc.abstractmethod
    async def _exchange(
        self, kind: Kind, oids: Sequence[Oid], repetitions: int, context: str
    ) -> tuple[Any, Any, Any, Any]:
        """Send one request and wait for its answer, as the protocol version does it."""


class _CommunityPeer(_PeerBase):
    def __init__(self, engine: Engine, dispatcher: SnmpDispatcher, community: str, address: Address) -> None:
        super().__init__(engine, address)
        self._dispatcher = dispatcher
        self._word = community
        self._communities: dict[str, CommunityData] = {}

    async def _exchange(
        self, kind: Kind, oids: Sequence[Oid], repetitions: int, context: str
    ) -> tuple[Any, Any, Any, Any]:
        make = _Target6 if ":" in self._address[0] else _Target4
        target = await make.create(self._address, timeout=self._engine.patience_s, retries=0)
        if context not in self._communities:
            word = f"{self._word}@{context}" if context else self._word
            self._communities[context] = CommunityData(word.encode(), mpModel=1)  # noqa: S508  # what most switches have
        who = self._dispatcher, self._communities[context], target
        wanted = [(oid, _NULL) for oid in oids]
        answer: tuple[Any, Any, Any, Any]
        match kind:
            case "get":
                answer = await get_cmd(*who, *wanted, lookupMib=False)
            case "next":
                answer = await next_cmd(*who, *wanted, lookupMib=False)
            case "bulk":
                answer = await bulk_cmd(*who, 0, repetitions, *wanted, lookupMib=False)
        return answer


class _Users:
    """One SnmpEngine and the v3 users in it. A second is made only when one name comes with two sets of keys."""

    def __init__(self, dispatcher: Any) -> None:
        self.engine = SnmpEngine()
        self.engine.register_transport_dispatcher(dispatcher)
        self.known: dict[str, SnmpSecret] = {}
        self.targets = 0

    def fits(self, secret: SnmpSecret) -> bool:
        return self.known.get(secret.user or "", secret) == secret

    def add(self, secret: SnmpSecret) -> None:
        """Derive the user's keys, 8 ms, once: pysnmp localizes them for every agent in microseconds."""
        user = secret.user or ""
        if user in self.known:
            return
        self.known[user] = secret
        config.add_v3_user(
            self.engine,
            user,
            _AUTH[secret.auth] if secret.auth else config.USM_AUTH_NONE,
            secret.auth_key.encode() if secret.auth_key else None,
            _PRIV[secret.priv] if secret.priv else config.USM_PRIV_NONE,
            secret.priv_key.encode() if secret.priv_key else None,
        )
        level = "authPriv" if secret.priv else "authNoPriv" if secret.auth else "noAuthNoPriv"
        config.add_target_parameters(self.engine, user, user, level)


class _UserPeer(_PeerBase):
    def __init__(self, engine: Engine, users: _Users, secret: SnmpSecret, address: Address) -> None:
        super().__init__(engine, address)
        self.user = secret.user or ""
        self._users = users
        users.targets += 1
        self._name = f"t{users.targets}"
        self._generators = {
            "get": cmdgen.GetCommandGenerator(),
            "next": cmdgen.NextCommandGeneratorSingleRun(),
            "bulk": cmdgen.BulkCommandGeneratorSingleRun(),
        }
        hundredths = round(engine.patience_s * 100)
        config.add_target_address(users.engine, self._name, _domain(address), address, self.user, hundredths, 0)

    async def _exchange(
        self, kind: Kind, oids: Sequence[Oid], repetitions: int, context: str
    ) -> tuple[Any, Any, Any, Any]:
        future: asyncio.Future[tuple[Any, Any, Any, Any]] = self._engine.loop.create_future()

        def came(_engine: Any, _handle: Any, indication: Any, status: Any, index: Any, bindings: Any, _: Any) -> None:
            if not future.done():
                future.set_result((indication, status, index, bindings))

        numbers = (0, repetitions) if kind == "bulk" else ()
        name = f"vlan-{context}".encode() if context else b""
        wanted = [(oid, _NULL) for oid in oids]
        try:
            self._generators[kind].send_varbinds(self._users.engine, self._name, None, name, *numbers, wanted, came)
        except PySnmpError as error:
            # StatusInformation carries what the security model says, e.g. that it cannot encrypt.
            carried = error.get("errorIndication") if hasattr(error, "get") else None
            raise IndicatedError(type(carried or error).__name__, str(carried or error)) from error
        return await future


def whole(datagram: bytes) -> bool:
    """Whether this is one BER SEQUENCE of the length that it says, as every SNMP message is (RFC 3417 8)."""
    if len(datagram) < 2 or datagram[0] != 0x30:
        return False
    more = datagram[1] & 0x7F if datagram[1] & 0x80 else 0
    length = int.from_bytes(datagram[2 : 2 + more]) if more else datagram[1]
    return len(datagram) >= 2 + more + length


def _domain(address: Address) -> Any:
    return config.SNMP_UDP6_DOMAIN if ":" in address[0] else config.SNMP_UDP_DOMAIN


def _reply(indication: Any, status: Any, index: Any, bindings: Any) -> Reply:
    """Plain values from what pysnmp hands over."""
    if isinstance(indication, RequestTimedOut):
        raise TimeoutError
    if indication:
        name = type(indication).__name__ if isinstance(indication, ErrorIndication) else str(indication)
        raise IndicatedError(name, str(indication))
    return Reply(
        status=_STATUS.get(int(status), f"error-status {int(status)}"),
        index=int(index),
        bindings=tuple(_binding(name, value) for name, value in bindings),
    )


_STATUS: dict[int, str] = {int(number): str(name) for name, number in rfc1905.errorStatus.namedValues.items()}


def _binding(name: Any, value: Any) -> Binding:
    kind, convert = _TYPES[value.tagSet]
    return Binding(tuple(name), kind, convert(value))


def _hex(value: Any) -> str:
    return bytes(value).hex()


def _nothing(_value: Any) -> None:
    return None


_TYPES: dict[Any, tuple[Type, Callable[[Any], int | str | None]]] = {
    rfc1902.Integer32.tagSet: ("int", int),
    rfc1902.OctetString.tagSet: ("octets", _hex),
    rfc1902.Opaque.tagSet: ("octets", _hex),
    rfc1902.ObjectIdentifier.tagSet: ("oid", str),
    rfc1902.IpAddress.tagSet: ("ip", lambda value: str(IPv4Address(bytes(value)))),
    rfc1902.TimeTicks.tagSet: ("ticks", int),
    rfc1902.Counter32.tagSet: ("counter32", int),
    rfc1902.Counter64.tagSet: ("counter64", int),
    rfc1902.Gauge32.tagSet: ("gauge", int),
    rfc1905.NoSuchObject.tagSet: ("no_such_object", _nothing),
    rfc1905.NoSuchInstance.tagSet: ("no_such_instance", _nothing),
    rfc1905.EndOfMibView.tagSet: ("end_of_view", _nothing),
    rfc1902.Null.tagSet: ("null", _nothing),
}
"""RFC 3416 3 and RFC 2578 7.1; UInteger32 has Gauge32's tag."""
