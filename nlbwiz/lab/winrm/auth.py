"""Signing in to a simulated machine: its accounts, and Basic or NTLM (raw and SPNEGO-wrapped) on one TCP connection.

NTLM is pyspnego's acceptor.  It looks accounts up in the file that the environment variable NTLM_USER_FILE names, and
in nothing else.  The variable is set once per process, to a private file (mode 0600, removed at exit) that is empty
except while one server, under a lock, checks one client's token against its own accounts.  So every server knows its
own accounts only, and two servers may hold different passwords for one name.
"""

import atexit
import base64
import binascii
import contextlib
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import spnego
import spnego.channel_bindings
from spnego.exceptions import SpnegoError

from nlbwiz.lab import folder
from nlbwiz.lab.winrm.configuration import Scheme

# What pyspnego raises on tokens that are refused, cut off or hostile.
_BAD_TOKEN = (SpnegoError, ValueError, struct.error, LookupError, TypeError, AttributeError)

# pyspnego's own acceptors: those of the system (SSPI, GSSAPI) know the system's accounts, not the lab's.
_OWN_NTLM = spnego.NegotiateOptions.use_ntlm
_OWN_NEGOTIATE = spnego.NegotiateOptions.use_negotiate | spnego.NegotiateOptions.wrapping_winrm

_store_lock = threading.Lock()
_store: Path | None = None


class Accounts:
    """The accounts of one machine.

    A name without domain (`admin`) is a local account: clients may write it as `admin` or `MACHINE\\admin`.  Names are
    compared without case, as Windows does.
    """

    def __init__(self, users: Mapping[str, str], machine: str) -> None:
        self._accounts: dict[tuple[str, str], tuple[str, str]] = {}
        for name, password in users.items():
            domain, user = _split(name)
            if not user or not password:
                raise ValueError(f"account {name!r} needs a name and a password")
            for spelling in {domain} if domain else {"", machine}:
                _storable(spelling, user, password)
                self._accounts[spelling.upper(), user.upper()] = (name, password)

    def owner(self, name: str) -> str | None:
        """The machine's own spelling of the account that a client calls `name`; None when it has no such account."""
        domain, user = _split(name)
        account = self._accounts.get((domain.upper(), user.upper()))
        return account[0] if account else None

    def check(self, name: str, password: str) -> str | None:
        """The machine's own spelling of `name` if the password is right."""
        domain, user = _split(name)
        account = self._accounts.get((domain.upper(), user.upper()))
        return account[0] if account and account[1] == password else None

    @contextlib.contextmanager
    def known_to_ntlm(self) -> Iterator[None]:
        """While this lasts, pyspnego's acceptor knows these accounts and no others, in the whole process."""
        lines = [f"{domain}:{user}:{password}\n" for (domain, user), (_, password) in self._accounts.items()]
        with _store_lock:
            store = _store_file()
            store.write_text("".join(lines), encoding="utf-8")
            try:
                yield
            finally:
                store.write_text("", encoding="utf-8")


def _split(name: str) -> tuple[str, str]:
    domain, separator, user = name.partition("\\")
    return (domain, user) if separator else ("", name)


def _storable(*texts: str) -> None:
    """Refuse what a line `domain:user:password` cannot hold."""
    if any(":" in text or len(f"x{text}x".splitlines()) > 1 for text in texts):
        raise ValueError("an account of the lab cannot have ':' or a line break in its name or password")


def _store_file() -> Path:
    """The account file of this process, made on first use; the caller holds the lock."""
    global _store
    if _store is None:
        own = folder.make()
        atexit.register(folder.remove, own)
        _store = own / "ntlm-accounts"
        os.close(os.open(_store, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    if os.environ.get("NTLM_USER_FILE") != str(_store):
        os.environ["NTLM_USER_FILE"] = str(_store)
    return _store


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one request's credentials were taken, and the WWW-Authenticate values that the answer must carry.

    `none`: no credentials on a connection that has not signed in.  `more`: the handshake goes on.  `refused`: wrong.
    `new`: this request signed in.  `known`: the connection had signed in before.
    """

    result: Literal["none", "more", "refused", "new", "known"]
    challenges: tuple[str, ...] = ()


class SignIn:
    """The sign-in of one TCP connection; NTLM authenticates the connection, Basic every request."""

    def __init__(self, schemes: tuple[Scheme, ...], binding: bytes | None) -> None:
        """Prepare a sign-in with these schemes.

        Args:
            schemes: what is offered, in this order.
            binding: channel binding data that an NTLM client must prove, None for no demand.
        """
        self._schemes = schemes
        self._binding = binding
        self._context: spnego.ContextProxy | None = None
        self.user: str | None = None

    @property
    def offers(self) -> tuple[str, ...]:
        """The WWW-Authenticate values of a plain 401, as real Windows writes them: one header each."""
        return tuple('Basic realm="WSMAN"' if scheme == "Basic" else scheme for scheme in self._schemes)

    @property
    def can_seal(self) -> bool:
        """Whether messages can be encrypted with the keys of this sign-in."""
        return self.user is not None and self._context is not None

    def forget(self) -> None:
        """As if the connection were new."""
        self.user = self._context = None

    def take(self, authorization: str | None, accounts: Accounts) -> Step:
        """Take a request's Authorization header."""
        if authorization is None:
            return Step(result="known") if self.user is not None else Step(result="none", challenges=self.offers)
        scheme, _, token = authorization.partition(" ")
        try:
            data = base64.b64decode(token, validate=True)
        except binascii.Error:
            return self._refuse()
        if scheme not in self._schemes:
            return self._refuse()
        return self._basic(data, accounts) if scheme == "Basic" else self._ntlm(scheme, data, accounts)

    def _basic(self, data: bytes, accounts: Accounts) -> Step:
        name, _, password = data.decode("utf-8", "replace").partition(":")
        user = accounts.check(name, password)
        if user is None:
            return self._refuse()
        result: Literal["known", "new"] = "known" if self.user == user else "new"
        self._context = None
        self.user = user
        return Step(result=result)

    def _ntlm(self, scheme: str, token: bytes, accounts: Accounts) -> Step:
        try:
            with accounts.known_to_ntlm():
                if self._context is None or self._context.complete:
                    self.user = None
                    self._context = self._acceptor(token)
                out = self._context.step(token)
        except _BAD_TOKEN:
            return self._refuse()
        challenges = (f"{scheme} {base64.b64encode(out).decode()}",) if out else ()
        if not self._context.complete:
            return Step(result="more", challenges=challenges)
        self.user = accounts.owner(self._context.client_principal or "")
        return Step(result="new", challenges=challenges) if self.user is not None else self._refuse()

    def _acceptor(self, token: bytes) -> spnego.ContextProxy:
        raw = token.startswith(b"NTLMSSP\0")  # pywinrm sends raw NTLM under the name Negotiate, Windows wraps it
        bindings = spnego.channel_bindings.GssChannelBindings(application_data=self._binding) if self._binding else None
        return spnego.server(
            protocol="ntlm" if raw else "negotiate",
            channel_bindings=bindings,
            options=_OWN_NTLM if raw else _OWN_NEGOTIATE,
        )

    def _refuse(self) -> Step:
        self.forget()
        return Step(result="refused", challenges=self.offers)

    # ------------------------------------------------------------------------------------------------ encryption

    def unseal(self, body: bytes) -> bytes:
        """The SOAP text in an encrypted request (MS-WSMV 2.2.9.1); raises ValueError when it is not sealed for us."""
        if self._context is None or self.user is None:
            raise ValueError("there is no sign-in whose keys could open it")
        length, header, data = open_frame(body)
        try:
            text = self._context.unwrap_winrm(header, data)
        except _BAD_TOKEN as error:
            raise ValueError("sealed with other keys") from error
        if len(text) != length:
            raise ValueError(f"{len(text)} bytes in a message that says {length}")
        return text

    def seal(self, text: bytes) -> tuple[str, bytes]:
        """The Content-Type and the body that carry `text` encrypted; `can_seal` says whether that is possible."""
        if self._context is None:
            raise ValueError("there is no sign-in whose keys could close it")
        sealed = self._context.wrap_winrm(text)
        return _FRAME_TYPE, close_frame(len(text) + sealed.padding_length, sealed.header, sealed.data)


_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
_FRAME_TYPE = f'multipart/encrypted;protocol="{_PROTOCOL}";boundary="Encrypted Boundary"'
_BOUNDARY = b"--Encrypted Boundary"
_OCTETS = b"Content-Type: application/octet-stream\r\n"


def open_frame(body: bytes) -> tuple[int, bytes, bytes]:
    """Length of the plain text, signature and sealed data of an encrypted message; raises ValueError."""
    parts = body.split(_BOUNDARY + b"\r\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ValueError("not an encrypted message")
    _, found, length = parts[1].partition(b";Length=")
    _, octets, payload = parts[2].partition(_OCTETS)
    end = _BOUNDARY + b"--\r\n"
    if not found or not octets or not payload.endswith(end) or len(payload) < 4 + len(end):
        raise ValueError("an encrypted message with another frame")
    payload = payload[: -len(end)]
    size = int.from_bytes(payload[:4], "little")
    return int(length.strip()), payload[4 : 4 + size], payload[4 + size :]


def close_frame(length: int, header: bytes, data: bytes) -> bytes:
    """The body of an encrypted message; the leading tabs belong to the format: clients look for them."""
    return b"".join(
        (
            _BOUNDARY,
            f"\r\n\tContent-Type: {_PROTOCOL}\r\n".encode(),
            f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={length}\r\n".encode(),
            _BOUNDARY,
            b"\r\n\t" + _OCTETS,
            len(header).to_bytes(4, "little"),
            header,
            data,
            _BOUNDARY,
            b"--\r\n",
        )
    )
