"""Every way in which a machine can fail to answer has a name, a reason and a next step; nothing is left over."""

import gzip
import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pytest
import requests
from spnego.exceptions import InvalidTokenError
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import IncompleteRead, MaxRetryError, NameResolutionError, ProtocolError
from winrm import exceptions as winrm

from nlbwiz.collect.winrm import causes
from nlbwiz.collect.winrm.accounts import PasswordRefusedError
from nlbwiz.collect.winrm.clixml import Streams
from nlbwiz.collect.winrm.errors import cause_of
from nlbwiz.collect.winrm.wsman import url
from nlbwiz.record.evidence import ANSWERS, Status
from nlbwiz.site.model import Endpoint, Host, WindowsTarget
from tests.collect.winrm.site import Machines

WHERE = causes.Where(
    target=WindowsTarget(
        name="nlb1",
        address=ip_address("172.31.3.11"),
        endpoint=Endpoint(host="nlb1.lab.example", port=5985, scheme="http"),
        credential="env:NLBWIZ_WIN",
    ),
    user="LAB\\operator",
    answer=b"<html>",
)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    found.close()


# ---- the addresses that are asked ----


@pytest.mark.parametrize(
    ("host", "scheme", "expected"),
    [
        ("nlb1", "http", "http://nlb1:5985/wsman"),
        ("172.31.3.11", "https", "https://172.31.3.11:5985/wsman"),
        ("::1", "http", "http://[::1]:5985/wsman"),
        ("fe80::1%eth0", "https", "https://[fe80::1%25eth0]:5985/wsman"),
        ("h\N{LATIN SMALL LETTER O WITH DIAERESIS}st", "http", "http://höst:5985/wsman"),
    ],
)
def test_an_endpoint_becomes_a_url(host: str, scheme: str, expected: str) -> None:
    assert url(Endpoint(host=host, port=5985, scheme="https" if scheme == "https" else "http")) == expected


@pytest.mark.parametrize("host", ["", "a/b", "user@host", "[::1]", "a b", "a?b", "a#b", "a\\b", "a\nb"])
def test_what_is_no_host_is_not_asked(machines: Machines, host: str) -> None:
    machines.enlist("nlb1", Endpoint(host=host, port=5985, scheme="http"))
    found = machines.one()
    assert (found.status, "is no address to connect to" in found.error) == ("unreachable", True)


# ---- servers that are something else ----


@contextmanager
def raw(answer: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[Endpoint, list[bytes]]]:
    """A server that answers every connection with these bytes, whatever it is asked; and what it was asked."""
    asked: list[bytes] = []

    def serve() -> None:
        while True:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(5)
                    asked.append(connection.recv(65536))
                    if callable(answer):
                        answer(connection)
                    else:
                        connection.sendall(answer)
                continue
            return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield Endpoint(host="127.0.0.1", port=listener.getsockname()[1], scheme="http"), asked
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def page(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "".join(f"{header}\r\n" for header in (*headers, f"Content-Length: {len(body)}", "Connection: close"))
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "garbled", "is not WinRM; it begins SSH-2.0-OpenSSH_9.2"),
        (b"\x15\x03\x01\x00\x02\x02\x16", "unreachable", "speaks TLS, not plain HTTP"),
        (b"", "unreachable", "closed the connection"),
        (reset, "unreachable", "closed the connection"),
        (page("200 OK", b"<html><h1>It works!</h1>"), "garbled", "is not WinRM; it begins <html><h1>It works!</h1>"),
        (page("204 No Content"), "garbled", "is not WinRM: it is empty"),
        (page("403 Forbidden", b"no\x1b[2J"), "garbled", "HTTP 403 instead of WinRM: it begins no\\x1b[2J"),
        (page("404 Not Found", b"x"), "unsupported", "has no WinRM at /wsman (HTTP 404)"),
        (page("405 Method Not Allowed"), "garbled", "HTTP 405 instead of WinRM: an empty page"),
        (page("502 Bad Gateway", b"proxy"), "garbled", "HTTP 502 instead of WinRM: it begins proxy"),
        (page("401 Unauthorized"), "denied", "does not offer NTLM; it offers nothing"),
        (
            page("401 Unauthorized", b"", "WWW-Authenticate: Basic realm=x"),
            "denied",
            "does not offer NTLM; it offers Basic",
        ),
        (page("401 Unauthorized", b"", "WWW-Authenticate: Negotiate !!!"), "garbled", "not WinRM"),
        (page("401 Unauthorized", b"", "WWW-Authenticate: Negotiate"), "denied", "does not begin an NTLM sign-in"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "garbled", "ends in the middle"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "garbled", "ends in the middle"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: multipart/encrypted\r\nContent-Length: 2\r\n\r\nab",
            "garbled",
            "not WinRM",
        ),
    ],
)
def test_other_servers_are_told_apart(
    machines: Machines, answer: bytes | Callable[[socket.socket], None], status: Status, says: str
) -> None:
    with raw(answer) as (endpoint, _):
        machines.enlist("nlb1", endpoint)
        found = machines.one(target_s=5)
    assert (found.status, says in found.error) == (status, True), found
    assert found.resolve


@pytest.mark.parametrize("encoding", ["", "Content-Encoding: gzip\r\n"])
def test_an_answer_without_end_does_not_fill_the_memory(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr("nlbwiz.collect.winrm.wsman.LARGEST_ANSWER", 1_000_000)
    piece = gzip.compress(b"x" * 20_000_000) if encoding else b"x" * 100_000
    sent: list[int] = []

    def flood(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\n{encoding}Content-Length: {10**12}\r\n\r\n".encode())
        with suppress(OSError):
            while len(sent) < 10_000:
                connection.sendall(piece)
                sent.append(len(piece))

    with raw(flood) as (endpoint, _):
        machines.enlist("nlb1", endpoint)
        found = machines.one()
    assert (found.status, "answers more than" in found.error) == ("garbled", True), found.error
    assert len(sent) < 1_000


def test_a_redirect_is_not_followed(machines: Machines) -> None:
    with raw(page("401 Unauthorized", b"", "WWW-Authenticate: Negotiate")) as (elsewhere, asked_there):
        location = f"Location: http://127.0.0.1:{elsewhere.port}/wsman"
        with raw(page("302 Found", b"moved", location)) as (endpoint, asked):
            machines.enlist("nlb1", endpoint)
            found = machines.one()
    assert (found.status, "HTTP 302" in found.error) == ("garbled", True)
    assert (len(asked), asked_there) == (1, [])


def test_a_closed_port_is_told(machines: Machines) -> None:
    machines.add(presence="refusing")
    found = machines.one()
    assert (found.status, "nothing listens on" in found.error) == ("unreachable", True)


# ---- exceptions ----


def verification(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


def wrapped(
    inner: Exception, outer: type[requests.exceptions.ConnectionError] = requests.exceptions.ConnectionError
) -> Exception:
    """As requests and urllib3 wrap it."""
    return outer(MaxRetryError(HTTPConnectionPool("nlb1"), "/wsman", inner))


def unresolved() -> Exception:
    reason = NameResolutionError("nlb1", HTTPConnection("nlb1"), socket.gaierror(-2, "Name or service not known"))
    reason.__cause__ = socket.gaierror(-2, "Name or service not known")
    return wrapped(reason)


def fault(code: int | None, wmi: int | None = None, reason: str = "the reason") -> winrm.WSManFaultError:
    return winrm.WSManFaultError(
        code=500, message="", response="", reason=reason, wsman_fault_code=code, wmierror_code=wmi
    )


def refused(*offered: str, tried: bool = False, taken: bool = False, broken: bool = False) -> Exception:
    return causes.SignInRefusedError(offered=offered, tried=tried, taken=taken, broken=broken)


EXCEPTIONS: tuple[tuple[BaseException, str], ...] = (
    (wrapped(ConnectionRefusedError(111, "refused")), "refused"),
    (wrapped(OSError(113, "No route to host")), "no route"),
    (wrapped(TimeoutError(110, "timed out")), "no answer"),
    (requests.exceptions.ConnectTimeout("x"), "no answer"),
    (requests.exceptions.ReadTimeout("x"), "silent"),
    (unresolved(), "name"),
    (requests.exceptions.InvalidURL("x"), "no host"),
    (ValueError("'a b' is no host"), "no host"),
    (wrapped(verification(62, "Hostname mismatch"), requests.exceptions.SSLError), "tls name"),
    (wrapped(verification(64, "IP address mismatch"), requests.exceptions.SSLError), "tls name"),
    (wrapped(verification(10, "certificate has expired"), requests.exceptions.SSLError), "tls expired"),
    (wrapped(verification(9, "certificate is not yet valid"), requests.exceptions.SSLError), "tls expired"),
    (wrapped(verification(18, "self-signed certificate"), requests.exceptions.SSLError), "tls unknown"),
    (wrapped(verification(20, "unable to get local issuer"), requests.exceptions.SSLError), "tls unknown"),
    (wrapped(tls("WRONG_VERSION_NUMBER"), requests.exceptions.SSLError), "plain here"),
    (wrapped(tls("TLSV1_ALERT_PROTOCOL_VERSION"), requests.exceptions.SSLError), "tls other"),
    (wrapped(ssl.SSLEOFError(8, "eof"), requests.exceptions.SSLError), "cut"),
    (requests.exceptions.ConnectionError(ProtocolError("aborted", http.client.RemoteDisconnected("x"))), "cut"),
    (requests.exceptions.ConnectionError(ProtocolError("aborted", ConnectionResetError(104, "x"))), "cut"),
    (requests.exceptions.ConnectionError(ProtocolError("aborted", http.client.BadStatusLine("SSH-2.0"))), "not winrm"),
    (requests.exceptions.ChunkedEncodingError(ProtocolError("x", IncompleteRead(3, 5))), "answer cut"),
    (requests.exceptions.ChunkedEncodingError("x"), "answer cut"),
    (requests.exceptions.ContentDecodingError("x"), "answer cut"),
    (requests.exceptions.ProxyError("x"), "cut"),
    (ConnectionAbortedError(103, "x"), "cut"),
    (fault(5), "access"),
    (fault(0x80070005), "access"),
    (fault(2150859173), "shell quota"),
    (fault(2150859174), "operation quota"),
    (fault(None, 0x803381A6), "operation quota"),
    (fault(2150858843), "shell gone"),
    (fault(2150858817), "fault"),
    (fault(None), "fault"),
    (winrm.WinRMOperationTimeoutError(), "service slow"),
    (winrm.WinRMTransportError("http", 400, ""), "http 400"),
    (winrm.WinRMTransportError("http", 404, ""), "http 404"),
    (winrm.WinRMTransportError("http", 503, ""), "http 503"),
    (winrm.WinRMTransportError("http", 500, "<html>"), "http"),
    (winrm.InvalidCredentialsError("x"), "refused account"),
    (winrm.WinRMError("x"), "not winrm"),
    (UnicodeDecodeError("utf-8", b"x", 0, 1, "x"), "not winrm"),
    (ParseError("x"), "not winrm"),
    (AssertionError(), "not winrm"),
    (StopIteration(), "not winrm"),
    (KeyError("Content-Type"), "not winrm"),
    (struct.error("x"), "not winrm"),
    (InvalidTokenError(context_msg="x"), "not winrm"),
    (causes.NotWinRmError(b"x"), "not winrm"),
    (causes.MixedUpError(), "mixed up"),
    (causes.TooMuchError(), "too much"),
    (refused("Negotiate", tried=True), "refused account"),
    (refused("Negotiate"), "refused account"),
    (refused("Basic"), "not offered"),
    (refused(), "not offered"),
    (refused("Negotiate", tried=True, broken=True), "sign-in broken"),
    (refused("Negotiate", tried=True, taken=True), "sign-in lost"),
    (PasswordRefusedError("LAB\\operator", "nlb2"), "not tried"),
    (causes.NtlmBlockedError(("Negotiate",)), "ntlm blocked"),
    (causes.AuthMissingError(), "no kerberos"),
    (causes.BasicInClearError(), "basic in clear"),
    (causes.CertificateFileError("ca.pem", "no such file"), "tls ca"),
    (RuntimeError("what nobody thought of"), "bug"),
    (MemoryError(), "bug"),
)


@pytest.mark.parametrize(
    ("error", "name"), EXCEPTIONS, ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else one
)
def test_every_exception_has_its_cause(error: BaseException, name: str) -> None:
    status, sentence, _ = causes.CAUSES[name]
    found = cause_of(error, WHERE)
    assert found.status == status
    assert found.error.startswith(sentence.partition("{")[0])
    ending = sentence.rpartition("}")[2]
    assert found.error.endswith(ending)
    assert found.resolve


def test_kerberos_errors_of_any_class_are_told_as_such() -> None:
    class GSSError(Exception):  # kerberos.GSSError is such a class of the module that is not installed here
        pass

    where = causes.Where(target=WHERE.target, user="operator@LAB.EXAMPLE", method="kerberos")
    found = cause_of(GSSError("No Kerberos credentials available"), where)
    assert (found.status, "GSSError: No Kerberos credentials available" in found.error) == ("denied", True)
    assert "HTTP/nlb1.lab.example" in found.resolve


@pytest.mark.parametrize("name", causes.CAUSES)
def test_every_cause_is_one_sentence_with_a_next_step(name: str) -> None:
    values = dict.fromkeys(("said", "code", "by", "offered"), "X")
    found = causes.say(name, WHERE, **values)
    assert found.status not in ANSWERS
    assert found.error
    assert found.resolve
    for text in (found.error, found.resolve):
        assert "{" not in text
        assert not text.endswith(".")
    assert "nlb1" in found.error or name in ("tls ca", "not installed", "not tried"), "it says which machine"


@pytest.mark.parametrize(
    ("streams", "code", "junk", "cut", "name"),
    [
        (Streams(), 0, "", "", "script"),
        (Streams(error="x"), 1, "", "", "script"),
        (Streams(error="x"), 1, "junk", "", "not json"),
        (Streams(), 0, "junk", "cut", "script cut"),
        (Streams(plain="'powershell.exe' is not recognized"), 1, "", "", "no powershell"),
        (Streams(plain="a program's warning"), 0, "", "", "script"),
        (Streams(error="MethodInvocationNotSupportedInConstrainedLanguage"), 1, "junk", "", "language mode"),
    ],
)
def test_a_scripts_end_is_told_by_the_strongest_sign(
    streams: Streams, code: int, junk: str, cut: str, name: str
) -> None:
    found = causes.script_end(WHERE, streams, code, junk, cut)
    status, sentence, _ = causes.CAUSES[name]
    assert found.status == status
    assert sentence.partition("{name}")[2].partition("{")[0] in found.error


def test_what_a_machine_says_is_shortened_and_harmless() -> None:
    found = cause_of(fault(1, reason="\x1b]0;evil\x07" + "very " * 1000), WHERE)
    assert len(found.error) < 400
    assert "\x1b" not in found.error
    assert causes.say("name", WHERE, said="{braces}").error.endswith("{braces}")


@pytest.mark.parametrize("name", ["script", "language mode"])
def test_the_script_that_ran_is_named(name: str) -> None:
    host = Host(
        name="hv1", address=ip_address("172.31.3.21"), endpoint=WHERE.target.endpoint, credential="env:NLBWIZ_WIN"
    )
    assert "`nlbwiz probes --script node`" in causes.say(name, WHERE, code=1).resolve
    assert "`nlbwiz probes --script host`" in causes.say(name, replace(WHERE, target=host), code=1).resolve


def test_a_certificate_of_many_names_is_told_harmlessly() -> None:
    names = ("nlb9\x1b[2J", *(f"n{number}" for number in range(100)))
    error = causes.say("tls name", replace(WHERE, names=names), said="mismatch").error
    assert "for another name (it holds nlb9\\x1b[2J, n0, n1, n2, n3, n4 and 95 more): mismatch" in error
