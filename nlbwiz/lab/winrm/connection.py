"""One TCP connection to a simulated WinRM service: sign-in, encryption, the operation, and what goes wrong with it."""

import contextlib
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, Protocol

from nlbwiz.lab.winrm import wsman
from nlbwiz.lab.winrm.auth import Accounts, SignIn
from nlbwiz.lab.winrm.configuration import Scheme, Settings
from nlbwiz.lab.winrm.doors import Presence
from nlbwiz.lab.winrm.faults import DROPS, PAGES, Action, Kind, Rule, RuleBook
from nlbwiz.lab.winrm.service import Client, Service
from nlbwiz.lab.winrm.wire import Answer, BadRequestError, Request, read_request
from nlbwiz.lab.winrm.wsman import WsmanFaultError

SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_NIL_ID = "uuid:00000000-0000-0000-0000-000000000000"
_LINGER_0 = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # struct linger: closing sends RST
_OTHERS_BYTES = 50  # how much longer a `bad-length` answer says it is


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One HTTP request and what became of it."""

    connection: int
    at: float  # time.monotonic() when it was read
    action: str  # operation; "Auth", "Prime" (signed in, empty body) or "-" when there was none
    path: str
    scheme: str  # of the Authorization header, or empty
    sealed: bool  # encrypted by the client
    bytes_in: int
    status: int = 0  # 0: dropped without an answer
    bytes_out: int = 0
    sign_in: Literal["", "new", "refused"] = ""  # when this request decided it
    in_clear: Literal["", "taken", "refused"] = ""  # SOAP of a signed-in client that anybody on the wire could read


class Machine(Protocol):
    """What a connection needs of its server."""

    name: str
    settings: Settings
    accounts: Accounts
    rules: RuleBook
    service: Service
    latency_s: float
    idle_s: float
    activity_id: bool

    @property
    def presence(self) -> Presence:
        """What clients meet at the address now."""
        ...

    def wait(self, seconds: float | None) -> bool:
        """Wait; True when the server was stopped meanwhile."""
        ...

    def note(self, exchange: Exchange) -> None:
        """Take an exchange into the log, when it is read."""
        ...

    def settle(self, exchange: Exchange) -> None:
        """Count what it was, before its answer goes out."""
        ...


class _DropError(Exception):
    """End the connection without an answer."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class _InsteadError(Exception):
    """Answer with this instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Connection:
    """Serves one client until it goes, is idle too long, or the server stops."""

    def __init__(
        self, machine: Machine, number: int, plain: socket.socket, peer: str, tls: tuple[ssl.SSLContext, bytes] | None
    ) -> None:
        """Take a connection over.

        Args:
            plain: the accepted socket; it is closed at the end.
            tls: the context of an HTTPS listener and its certificate's channel binding data; None for HTTP.
        """
        self._machine = machine
        self._number = number
        self._peer = peer
        self._tls = tls
        self._socket = plain
        self._reset = False
        strict = tls is not None and machine.settings.cbt == "Strict"
        self._sign_in = SignIn(self._schemes(), tls[1] if tls and strict else None)
        self._relates_to = ""
        self._mishaps: dict[Kind, Rule] = {}

    def serve(self) -> None:
        """Serve until the end; never raises."""
        try:
            self._socket.settimeout(self._machine.idle_s)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                # Two steps, so that `abort` finds the TLS socket while a client delays the handshake.
                context = self._tls[0]
                self._socket = tls = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
                self._pause(0)
                tls.do_handshake()
            with self._socket.makefile("rb") as reader, self._socket.makefile("wb") as writer:
                while self._serve_one(reader, writer):
                    pass
        except _DropError as drop:
            self._reset = drop.reset
        except (OSError, ValueError):  # the client went away or the server stops: ssl raises ValueError when closed
            pass
        finally:
            self._close()

    def abort(self) -> None:
        """Wake whatever waits for this connection, from another thread."""
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown: that would pull the TLS state from under the serving thread.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _close(self) -> None:
        if self._reset:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        self._socket.close()

    # ----------------------------------------------------------------------------------------------- one exchange

    def _serve_one(self, reader: BinaryIO, writer: BinaryIO) -> bool:
        """Read and answer one request; False at the end of the connection."""
        try:
            request = read_request(reader, writer)
        except BadRequestError:
            writer.write(Answer(status=400, close=True).head())
            writer.flush()
            return False
        if request is None:
            return False
        exchange = Exchange(
            connection=self._number,
            at=time.monotonic(),
            action="-",
            path=request.path,
            scheme=(request.authorization or "").partition(" ")[0],
            sealed=request.headers.get("Content-Type", "").startswith("multipart/encrypted"),
            bytes_in=len(request.body),
        )
        self._machine.note(exchange)
        self._mishaps.clear()
        self._relates_to = ""
        try:
            self._pause(self._machine.latency_s if self._machine.presence == "open" else None)
            answer = self._answer(request, exchange)
        except _InsteadError as instead:
            answer = instead.answer
        except WsmanFaultError as fault:  # outside an operation: nothing is encrypted yet
            answer = Answer(status=500, content_type=SOAP_TYPE, body=self._fault(fault))
        finally:
            self._machine.settle(exchange)
        if not request.keep_alive:
            answer = replace(answer, close=True)
        exchange.status, exchange.bytes_out = answer.status, len(answer.body)
        return self._deliver(answer, writer)

    def _answer(self, request: Request, exchange: Exchange) -> Answer:
        anonymous = self._anonymous(request, exchange)
        if anonymous:
            return anonymous
        signing = self._sign_in.user is None or exchange.scheme not in ("", "Basic")
        if signing:
            exchange.action = "Auth"
            self._meet("Auth", first_look=True)
        if request.path != "/wsman":
            return Answer(status=404)
        if request.method != "POST":
            return Answer(status=405)
        step = self._sign_in.take(request.authorization, self._machine.accounts)
        if step.result in ("new", "refused"):
            exchange.sign_in = step.result
        if self._sign_in.user is None:
            return Answer(status=401, challenges=step.challenges)
        if not request.body:  # pywinrm and pypsrp sign in with an empty POST before they encrypt
            exchange.action = "Prime"
            return Answer(status=200, challenges=step.challenges)
        answer = self._operate(request, exchange, self._sign_in.user, first_look=not signing)
        return replace(answer, challenges=step.challenges)

    def _anonymous(self, request: Request, exchange: Exchange) -> Answer | None:
        """The answer to Identify without credentials, None when the request is something else."""
        asked = request.headers.get("WSMANIDENTIFY", "").lower() == "unauthenticated" and b"Identify" in request.body
        if not asked and request.path != "/wsman-anon/identify":
            return None
        exchange.action = "Identify"
        self._meet("Identify", first_look=True)
        return Answer(status=200, content_type=SOAP_TYPE, body=wsman.identify_answer(signed_in=False))

    def _operate(self, request: Request, exchange: Exchange, user: str, *, first_look: bool) -> Answer:
        """Answer the SOAP message of a signed-in client, encrypted if it came encrypted."""
        xml = request.body
        if exchange.sealed:
            try:
                xml = self._sign_in.unseal(request.body)
            except ValueError:
                # http.sys: sealed under other keys, e.g. those of a connection that was dropped when idle
                return Answer(status=400, close=True)
        elif self._tls is None:
            exchange.in_clear = "taken" if self._machine.settings.allow_unencrypted else "refused"
        try:
            body = self._soap(xml, exchange, user, request.headers.get("Host", ""), first_look=first_look)
            status = 200
        except WsmanFaultError as fault:
            body, status = self._fault(fault), 500
        if not exchange.sealed:
            return Answer(status=status, content_type=SOAP_TYPE, body=body)
        content_type, body = self._sign_in.seal(body)
        return Answer(status=status, content_type=content_type, body=body)

    def _soap(self, xml: bytes, exchange: Exchange, user: str, host: str, *, first_look: bool) -> bytes:
        if exchange.in_clear == "refused":
            raise WsmanFaultError(wsman.ACCESS_DENIED)
        if len(xml) > self._machine.settings.max_envelope_kb * 1024:
            raise WsmanFaultError(wsman.ENVELOPE_TOO_BIG)
        message = wsman.read(xml)
        self._relates_to = message.message_id
        if message.action is None:
            raise WsmanFaultError(wsman.ACTION_UNKNOWN)
        exchange.action = message.action
        self._meet(message.action, first_look=first_look)
        if message.action == "Identify":
            return wsman.identify_answer(signed_in=True)
        url = f"{'https' if self._tls else 'http'}://{host}/wsman"
        answered = self._machine.service.answer(message, Client(user=user, address=self._peer, url=url))
        relates_to = _NIL_ID if "bad-relates" in self._mishaps else message.message_id
        return wsman.answer(answered.action_uri, relates_to, answered.inner, activity_id=self._machine.activity_id)

    def _fault(self, fault: WsmanFaultError) -> bytes:
        return wsman.fault(fault, self._machine.name, self._relates_to, activity_id=self._machine.activity_id)

    def _schemes(self) -> tuple[Scheme, ...]:
        """What this connection offers: Basic over plain HTTP only where unencrypted traffic is allowed."""
        settings = self._machine.settings
        plain = self._tls is None and not settings.allow_unencrypted
        return tuple(scheme for scheme in settings.auth if scheme != "Basic" or not plain)

    # --------------------------------------------------------------------------------------------------- mishaps

    def _meet(self, action: Action, *, first_look: bool) -> None:
        """Let go wrong what is due to go wrong with this request."""
        for rule in self._machine.rules.meet(action, first_look=first_look):
            if rule.kind == "slow":
                self._pause(rule.pause_s)
            elif rule.kind in DROPS:
                if rule.kind == "hang":
                    self._pause(rule.pause_s)
                raise _DropError(reset=rule.kind == "reset")
            elif rule.kind == "fault":
                raise WsmanFaultError(rule.code or 0)
            elif rule.kind == "http-401":
                self._sign_in.forget()
                raise _InsteadError(Answer(status=401, challenges=self._sign_in.offers))
            elif rule.kind in PAGES:
                page = PAGES[rule.kind]
                raise _InsteadError(
                    Answer(status=page.status, content_type=page.content_type, body=page.body, close=page.close)
                )
            else:
                self._mishaps[rule.kind] = rule

    def _pause(self, seconds: float | None) -> None:
        if self._machine.wait(seconds):
            raise _DropError(reset=False)

    def _deliver(self, answer: Answer, writer: BinaryIO) -> bool:
        """Write the answer, as wrongly as asked for; False at the end of the connection."""
        longer = _OTHERS_BYTES if "bad-length" in self._mishaps else 0
        body = answer.body[: len(answer.body) // 2] if "truncate" in self._mishaps else answer.body
        data = answer.head(longer=longer) + body
        trickle = self._mishaps.get("trickle")
        for part in _bytes_of(data) if trickle else (data,):
            writer.write(part)
            writer.flush()
            if trickle:
                self._pause(trickle.pause_s)
        return not (answer.close or longer or "truncate" in self._mishaps)


def _bytes_of(data: bytes) -> Iterator[bytes]:
    for place in range(len(data)):
        yield data[place : place + 1]
