"""SNMPv3 with the User-based Security Model: pysnmp's own engine, fed and emptied by hand.

The engine does discovery, authentication, privacy, time windows and Reports (RFC 3412, RFC 3414); what a PDU gets as an
answer is decided where v2c is decided too. No transport of pysnmp is involved, so all agents share one loop.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from pyasn1.codec.ber import encoder
from pysnmp.entity import config, engine
from pysnmp.proto import error
from pysnmp.proto.api import v2c

from nlbwiz.lab.snmp.pdu import KINDS, MALFORMED, GarbledError, request_of, response_pdu
from nlbwiz.lab.snmp.respond import TOO_BIG, Request, Response
from nlbwiz.lab.snmp.values import framed

Auth: TypeAlias = Literal["none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
Priv: TypeAlias = Literal["none", "des", "3des", "aes128", "aes192", "aes256"]

_AUTH: Mapping[Auth, Any] = MappingProxyType(
    {
        "none": config.USM_AUTH_NONE,
        "md5": config.USM_AUTH_HMAC96_MD5,
        "sha1": config.USM_AUTH_HMAC96_SHA,
        "sha224": config.USM_AUTH_HMAC128_SHA224,
        "sha256": config.USM_AUTH_HMAC192_SHA256,
        "sha384": config.USM_AUTH_HMAC256_SHA384,
        "sha512": config.USM_AUTH_HMAC384_SHA512,
    }
)
_PRIV: Mapping[Priv, Any] = MappingProxyType(
    {
        "none": config.USM_PRIV_NONE,
        "des": config.USM_PRIV_CBC56_DES,
        "3des": config.USM_PRIV_CBC168_3DES,
        "aes128": config.USM_PRIV_CFB128_AES,
        "aes192": config.USM_PRIV_CFB192_AES,  # the key extension that Cisco uses (draft-reeder-snmpv3-usm-3desede)
        "aes256": config.USM_PRIV_CFB256_AES,
    }
)

_UDP_DOMAIN = (1, 3, 6, 1, 6, 1, 1)  # snmpUDPDomain (RFC 3417)
_ENTERPRISE = 32473  # IANA's number for examples (RFC 5612)
_BOOTS_EPOCH = 1_700_000_000

# The most that a v3 message puts round its variable bindings, apart from the engine ID (twice), user and context names
# (RFC 3412 section 6, RFC 3414 2.4): message 4, version 3, header 23, security parameters 8 + 2 + 6 + 6 + 2 + 50 + 10,
# cipher 4 and padding 8, scoped PDU 4 + 2 + 2, PDU 4 + 6 + 3 + 4, list of bindings 4.
_ENVELOPE = 155
_SCOPED = 29  # the part of it that is the scoped PDU


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A v3 user; every request must come at exactly this security level. Keys are pass phrases of 8 characters up."""

    name: str
    auth: Auth = "sha256"
    auth_key: str = field(default="", repr=False)
    priv: Priv = "aes128"
    priv_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.auth == "none" and self.priv != "none":
            raise ValueError(f"user {self.name}: privacy needs authentication (RFC 3411 3.4.3)")
        for protocol, key in ((self.auth, self.auth_key), (self.priv, self.priv_key)):
            if protocol != "none" and len(key) < 8:
                raise ValueError(f"user {self.name}: the pass phrase for {protocol} is shorter than 8 characters")


class Outcome(NamedTuple):
    """What one message led to: the datagram to send back, if any, and whether it holds a Report."""

    datagram: bytes | None
    report: bool


class _Waiting(NamedTuple):
    """A request that the engine found good: its PDU, and what its response must be handed back with."""

    pdu: Any
    user: bytes
    context: bytes
    max_scoped_pdu: int
    respond: Callable[[Any], None]


Decide: TypeAlias = Callable[[Request | None, str, int], Response | None]
"""(request, context name, octets left for variable bindings) to the response; None: no answer at all."""


class UsmEngine:
    """The authoritative SNMP engine of one agent. Building it takes some 80 ms, and 8 ms more for every user."""

    def __init__(self, users: Iterable[User], *, engine_id: bytes) -> None:
        self._engine_id = engine_id
        self._outbox = _Outbox()
        self._waiting: _Waiting | None = None
        self._engine = engine.SnmpEngine()
        # As an argument of SnmpEngine the ID would make pysnmp keep its boots in a file in the temporary directory.
        self._set("snmpEngineID", engine_id)
        self._set("snmpEngineBoots", int(time.time()) - _BOOTS_EPOCH)
        self._engine.snmpEngineID = self._symbol("__SNMP-FRAMEWORK-MIB", "snmpEngineID").syntax
        self._engine.register_transport_dispatcher(self._outbox)
        for user in users:
            config.add_v3_user(
                self._engine,
                user.name,
                _AUTH[user.auth],
                user.auth_key.encode() or None,
                _PRIV[user.priv],
                user.priv_key.encode() or None,
            )
        self._engine.message_dispatcher.register_context_engine_id(
            self._engine.snmpEngineID, tuple(KINDS), self._process_pdu
        )

    def receive(self, datagram: bytes, peer: Any, *, max_message: int, decide: Decide) -> Outcome:
        """Process one v3 message from `peer`: what the engine or `decide` answers, in at most `max_message` octets.

        GarbledError when the message cannot be read.
        """
        self._outbox.sent = self._waiting = None
        self._outbox.tick(time.time())
        try:
            self._engine.message_dispatcher.receive_message(self._engine, _UDP_DOMAIN, peer, datagram)
        except MALFORMED as damage:
            raise GarbledError(str(damage)) from damage
        if self._waiting is None:
            return Outcome(self._outbox.sent, report=self._outbox.sent is not None)
        self._respond(self._waiting, max_message, decide)
        return Outcome(self._outbox.sent, report=False)

    def statistic(self, module: str, name: str) -> int:
        """One of the engine's own counters, by MIB module and object, e.g. `usmStatsWrongDigests`."""
        return int(self._symbol(f"__{module}", name).syntax)

    def _respond(self, waiting: _Waiting, max_message: int, decide: Decide) -> None:
        names = len(self._engine_id) + len(waiting.context)
        room = min(
            max_message - _ENVELOPE - names - len(self._engine_id) - len(waiting.user),
            waiting.max_scoped_pdu - _SCOPED - names,
        )
        response = decide(request_of(waiting.pdu), waiting.context.decode("utf-8", "replace"), room)
        if response is None:
            return
        if response.varbinds is None:
            own = encoder.encode(v2c.apiPDU.get_varbind_list(waiting.pdu))
            if len(own) > framed(max(room, 0)):
                response = Response(status=TOO_BIG, varbinds=())
        # An answer that is still too large for the client is dropped in silence (snmpSilentDrops, RFC 3418).
        with contextlib.suppress(error.StatusInformation):
            waiting.respond(response_pdu(waiting.pdu, response))

    def _process_pdu(
        self,
        _engine: Any,
        model: Any,
        security_model: Any,
        security_name: Any,
        level: Any,
        context_engine_id: Any,
        context_name: Any,
        version: Any,
        pdu: Any,
        max_scoped_pdu: Any,
        state: Any,
    ) -> None:
        """What pysnmp calls with the PDU of an authentic, decrypted request (processPdu, RFC 3411 4.1.1)."""

        def hand_back(answer: Any) -> None:
            self._engine.message_dispatcher.return_response_pdu(
                self._engine,
                model,
                security_model,
                security_name,
                level,
                context_engine_id,
                context_name,
                version,
                answer,
                max_scoped_pdu,
                state,
                {},
            )

        self._waiting = _Waiting(pdu, bytes(security_name), bytes(context_name), int(max_scoped_pdu), hand_back)

    def _symbol(self, module: str, name: str) -> Any:
        (symbol,) = self._engine.get_mib_builder().import_symbols(module, name)
        return symbol

    def _set(self, name: str, value: bytes | int) -> None:
        symbol = self._symbol("__SNMP-FRAMEWORK-MIB", name)
        symbol.syntax = symbol.syntax.clone(value)


class _Outbox:
    """In the place of pysnmp's transports: keeps the one message that the engine sends."""

    def __init__(self) -> None:
        self.sent: bytes | None = None
        self.tick: Callable[[float], None] = lambda _now: None

    def register_recv_callback(self, receive: Any, _name: Any) -> None:
        """Nothing comes in this way: the agent hands each message to the engine."""

    def register_timer_callback(self, tick: Callable[[float], None]) -> None:
        """Take the engine's clock; one tick a message ages its caches, for nothing in it waits for an answer."""
        self.tick = tick

    def get_timer_resolution(self) -> float:
        """Seconds in a tick, by which the engine reckons the age of its caches."""
        return 0.1

    def send_message(self, message: bytes, _domain: Any, _peer: Any) -> None:
        """Keep what the engine sends."""
        self.sent = bytes(message)


def engine_id(host: str, port: int) -> bytes:
    """The engine ID of the agent at this address: RFC 3411's form 5 (octets), enterprise "example".

    It stays the same when another agent is started at the address, and the boots, taken from the clock, have grown:
    to a client that lives on it is the same engine, restarted.
    """
    place = ip_address(host).packed + port.to_bytes(2, "big")
    return (0x8000_0000 | _ENTERPRISE).to_bytes(4, "big") + b"\x05" + place
