"""pywinrm's Protocol for one machine, with what it lacks: sockets that can be cut, bounded waits, a sign-in that waits.

Imports winrm and requests (130 ms and more) and is itself imported late, by `winrm`. Sources for what is hardened here:
pywinrm 0.5.0, its issues 274, 277, 323 and 377, and MS-WSMV 2.2.9.1 (message encryption).
"""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from winrm.exceptions import WinRMTransportError
from winrm.protocol import Protocol
from winrm.transport import HAVE_KERBEROS, Transport

from nlbwiz.collect.winrm.accounts import GivenUpError
from nlbwiz.collect.winrm.causes import (
    AuthMissingError,
    BasicInClearError,
    CertificateFileError,
    Method,
    MixedUpError,
    NotWinRmError,
    SignInRefusedError,
    TooMuchError,
)
from nlbwiz.collect.winrm.signin import BasicSignIn, NtlmSignIn, SignIn, offers
from nlbwiz.site.model import Endpoint, WindowsTarget

CONNECT_S = 2.0
"""Seconds for a TCP connection: a first SYN that is lost is sent again after one (RFC 6298)."""

LARGEST_ANSWER = 4_000_000
"""Bytes of one answer. pywinrm's MaxEnvelopeSize asks for 153,600 at most, and Windows keeps to it."""

# xmltodict writes the one; what an answer relates to, with whatever prefix (MS-WSMV 2.2.5.1)
_MESSAGE_ID = re.compile(r"<a:MessageID>uuid:([0-9A-Fa-f-]+)</a:MessageID>")
_RELATES_TO = re.compile(r"RelatesTo>\s*uuid:([0-9A-Fa-f-]+)\s*</")

have_kerberos: bool = HAVE_KERBEROS
"""pykerberos (Linux) or winkerberos (Windows) is installed."""


def url(endpoint: Endpoint) -> str:
    """The service's address; IPv6 in brackets, its zone escaped (RFC 6874). Raises ValueError for what is no host."""
    host = endpoint.host
    if not host or re.search(r"[\s/@?#\\\[\]]", host):
        raise ValueError(f"{host!r} is no host")
    if ":" in host:
        host = f"[{host.replace('%', '%25')}]"
    return f"{endpoint.scheme or 'http'}://{host}:{endpoint.port}/wsman"


class Sockets:
    """The TCP connection of one Protocol, held so that another thread can cut it under a read that never ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._closed = False
        self.made = 0
        """How many TCP connections there were."""

    def hold(self, made: socket.socket) -> socket.socket:
        """Take note of a new connection; the one before it is dead. Raises OSError after `close`."""
        with self._lock:
            self._release()
            if self._closed:
                made.close()
                raise OSError("given up")
            # A duplicate shuts the connection down also while TLS has taken the socket itself away.
            self._held.append(made.dup())
            self.made += 1
        return made

    def cut(self) -> None:
        """End the present connection at once; a later one is allowed."""
        with self._lock:
            for held in self._held:
                with contextlib.suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go of the present connection, which its owner closes."""
        with self._lock:
            self._release()

    def close(self) -> None:
        """End the present connection, and every later one before it begins."""
        with self._lock:
            self._closed = True
            self._release()

    def _release(self) -> None:
        for held in self._held:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
            held.close()
        self._held.clear()


class _Adapter(HTTPAdapter):
    """One connection at a time, its socket held, TLS by a context of ours and nothing from the environment."""

    def __init__(self, sockets: Sockets, tls: ssl.SSLContext | None) -> None:
        self._sockets = sockets
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by HTTPAdapter's constructor."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        sockets = self._sockets

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return sockets.hold(super()._new_conn())

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return sockets.hold(super()._new_conn())

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """The context has decided; requests would load its own bundle of authorities on top."""


class HardTransport(Transport):
    """pywinrm's Transport with our adapter and sign-in, no redirects, and never a plain message where a sealed one belongs."""

    def __init__(
        self, target: WindowsTarget, method: Method, signing: SignIn, left: Callable[[], float], sockets: Sockets
    ) -> None:
        endpoint = url(target.endpoint)
        secure = target.endpoint.scheme == "https"
        self.seals = not secure and method != "basic"
        super().__init__(
            endpoint,
            username=signing.user,
            password=signing.password,
            auth_method=method,
            message_encryption="always" if self.seals else "never",
            server_cert_validation="ignore" if target.insecure else "validate",
            service="HTTP",
            ca_trust_path=target.ca or "",  # not the default, which reads the environment
            proxy=None,
        )
        self.method = method
        self.signing = signing
        self.sockets = sockets
        self.left = left
        self.answer = b""
        """The last answer's body, decrypted."""
        self._tls = _tls(target) if secure else None

    # ---- pywinrm's own steps, one by one ----

    def build_session(self) -> requests.Session:
        """The session; a new one is prepared and, over HTTP, signed in before it is used."""
        if self.session:
            return self.session
        self.encryption = None
        self.signing.start_over()
        try:
            session = super().build_session()
            if not self.seals:
                self._prepare(session)
        except BaseException:
            # pywinrm would keep the half-made session, and send the next message in clear.
            self.close_session()
            raise
        return session

    def setup_encryption(self, session: requests.Session) -> None:
        """Sign in with an empty message; called by pywinrm before the session is used."""
        self._prepare(session)
        super().setup_encryption(session)
        if self.method == "ntlm" and not self.signing.taken:  # a 200 that asked for no password
            raise NotWinRmError(self.answer)

    def close_session(self) -> None:
        """Close the connection; the next message makes a new one. The shell's id stays valid."""
        super().close_session()
        self.encryption = None
        self.sockets.release()

    def send_message(self, message: str | bytes) -> bytes:
        """Send one SOAP message and return the answer's."""
        self.build_session()
        if self.seals and self.encryption is None:
            self.close_session()
            raise NotWinRmError(b"")
        answer = super().send_message(message)
        asked, told = _MESSAGE_ID.search(str(message)), _RELATES_TO.search(answer.decode("utf-8", "replace"))
        if asked and told and asked[1].lower() != told[1].lower():
            raise MixedUpError
        return answer

    def _send_message_request(
        self, session: requests.Session, prepared_request: requests.PreparedRequest
    ) -> requests.Response:
        if not self.signing.alive():
            raise GivenUpError
        left = max(0.05, self.left())
        waits = (min(CONNECT_S, left), left)
        response = session.send(prepared_request, timeout=waits, allow_redirects=False, stream=True)
        self.answer = _bounded(response)
        if response.status_code == 401:
            raise SignInRefusedError(
                offered=offers(response), tried=self.signing.tried, taken=self.signing.taken, broken=self.signing.broken
            )
        if response.status_code >= 300:
            text = self._get_message_response_text(response).decode("utf-8", "replace")
            raise WinRMTransportError("http", response.status_code, text)
        return response

    def _get_message_response_text(self, response: requests.Response) -> bytes:
        sealed = response.headers.get("Content-Type", "").startswith("multipart/encrypted")
        if sealed and self.encryption:
            self.answer = self.encryption.parse_encrypted_response(response)
        elif self.encryption and response.status_code == 200:
            raise NotWinRmError(response.content)  # whoever sent this does not have the keys
        return self.answer

    def _prepare(self, session: requests.Session) -> None:
        session.trust_env = False
        session.proxies = {}
        session.verify = self.server_cert_validation == "validate"
        for prefix in list(session.adapters):
            session.mount(prefix, _Adapter(self.sockets, self._tls))
        if self.method == "ntlm":
            session.auth = NtlmSignIn(self.signing, seals=self.seals)
        elif self.method == "basic":
            session.auth = BasicSignIn(self.signing)
        else:
            self.signing.say("signing in")


def _bounded(response: requests.Response) -> bytes:
    """Read the answer to its end, and no more than anybody may send: `content` alone would fill the memory."""
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            response.close()
            raise TooMuchError
    response._content = bytes(body)  # what `content` gives from now on; pywinrm reads it again
    return response.content


def connect(
    target: WindowsTarget, method: Method, signing: SignIn, left: Callable[[], float], sockets: Sockets
) -> tuple[Protocol, HardTransport]:
    """A Protocol for one machine and one thread, with its transport; nothing is sent yet.

    Args:
        method: resolved, never `auto`.
        left: seconds that a socket may wait for anything; asked anew for every request.
        sockets: what another thread cuts.

    Raises AuthMissingError, BasicInClearError, CertificateFileError, and ValueError for an endpoint that is no host.
    """
    if method == "basic" and target.endpoint.scheme != "https" and not target.insecure:
        raise BasicInClearError
    if method == "kerberos" and not have_kerberos:
        raise AuthMissingError
    # Its own transport, which would sign in at once, is replaced before it is used.
    protocol = Protocol(url(target.endpoint), transport="kerberos", username=signing.user)
    protocol.transport = transport = HardTransport(target, method, signing, left, sockets)
    return protocol, transport


def _tls(target: WindowsTarget) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=target.ca)
    except OSError as error:  # ssl.SSLError is one
        raise CertificateFileError(target.ca or "", error.strerror or str(error)) from error
    if target.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    # Certificates of `winrm quickconfig` and of older authorities lack what RFC 5280 asks for (Python 3.13's default).
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def speaks_tls(endpoint: Endpoint, seconds: float, sockets: Sockets) -> bool:
    """Whether a TLS handshake succeeds there, within about so many seconds; nothing is verified, nothing sent."""
    return _certificate(endpoint, seconds, sockets) is not None


def certificate_names(endpoint: Endpoint, seconds: float, sockets: Sockets) -> tuple[str, ...]:
    """The names in the certificate that is shown there, as it says; none when that cannot be read. Nothing is sent."""
    from cryptography import x509  # late: for this failure alone

    try:
        found = x509.load_der_x509_certificate(_certificate(endpoint, seconds, sockets) or b"")
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return tuple(str(one.value) for one in held if isinstance(one, x509.DNSName | x509.IPAddress))
    except x509.ExtensionNotFound:
        return tuple(str(one.value) for one in found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME))
    except ValueError:  # no certificate, or none that RFC 5280 allows
        return ()


def _certificate(endpoint: Endpoint, seconds: float, sockets: Sockets) -> bytes | None:
    """The certificate of a TLS handshake that verifies nothing (b"": none was shown); None where there is no TLS."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    until = time.monotonic() + seconds
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=seconds) as plain:
            sockets.hold(plain)
            plain.settimeout(max(0.05, until - time.monotonic()))
            with context.wrap_socket(plain, server_hostname=endpoint.host) as secure:
                return secure.getpeercert(binary_form=True) or b""
    except (OSError, ValueError):  # ValueError: a host that cannot be a server's name
        return None
    finally:
        sockets.release()
