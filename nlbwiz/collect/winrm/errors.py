"""Every exception of pywinrm and of what it stands on becomes one of the named causes; none is left over.

Imports winrm and requests and is itself imported late, by `winrm`.
"""

import errno
import http.client
import socket
import ssl
import struct
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

import requests
from spnego.exceptions import SpnegoError
from urllib3.exceptions import IncompleteRead, InvalidChunkLength
from winrm import exceptions as winrm

from nlbwiz.collect.ticket import Cause
from nlbwiz.collect.winrm.accounts import PasswordRefusedError
from nlbwiz.collect.winrm.answers import first_bytes
from nlbwiz.collect.winrm.causes import (
    AuthMissingError,
    BasicInClearError,
    CertificateFileError,
    MixedUpError,
    NotWinRmError,
    NtlmBlockedError,
    SignInRefusedError,
    TooMuchError,
    Where,
    say,
)
from nlbwiz.plain import line as one_line

_SHOWN = 200

# WSMan fault codes (winerror.h), as they stand in WSManFault/@Code or MSFT_WmiError/error_Code
_SHELL_GONE = 2150858843
_SHELL_QUOTA = 2150859173
_OPERATION_QUOTA = 2150859174
_ACCESS_DENIED = {5, 0x80070005}


def cause_of(error: BaseException, where: Where) -> Cause:
    """The named cause of whatever was raised while a machine was asked."""
    for found in (_ours(error, where), _connection(error, where), _winrm(error, where), _kerberos(error, where)):
        if found:
            return found
    return say("bug", where, said=one_line(f"{type(error).__name__}: {error}", _SHOWN))


def _ours(error: BaseException, where: Where) -> Cause | None:
    match error:
        case PasswordRefusedError(by=by):
            return say("not tried", where, by=by)
        case SignInRefusedError():
            return _refused(error, where)
        case NtlmBlockedError(offered=offered):
            return say("ntlm blocked", where, offered=", ".join(offered))
        case TooMuchError():
            return say("too much", where)
        case MixedUpError():
            return say("mixed up", where)
        case NotWinRmError(answer=answer):
            return _not_winrm(where, answer)
        case AuthMissingError():
            return say("no kerberos", where)
        case CertificateFileError(reason=reason):
            return say("tls ca", where, said=one_line(reason, _SHOWN))
        case BasicInClearError():
            return say("basic in clear", where)
        case ValueError() if str(error).endswith("is no host"):
            return say("no host", where, said=one_line(str(error), _SHOWN))
        case _:
            return None


def _refused(error: SignInRefusedError, where: Where) -> Cause:
    if error.taken:
        return say("sign-in lost", where)
    if error.broken:
        return say("sign-in broken", where)
    wanted = {"ntlm": ("NTLM", "Negotiate"), "kerberos": ("Negotiate", "Kerberos"), "basic": ("Basic",)}[where.method]
    known = error.tried or set(wanted) & set(error.offered)
    return say("refused account" if known else "not offered", where, offered=", ".join(error.offered) or "nothing")


def _not_winrm(where: Where, answer: bytes) -> Cause:
    begins = first_bytes(answer)
    return say("not winrm", where, said=f"; it begins {begins}" if begins else ": it is empty")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 keep the real one in `args`, `reason` or the cause."""
    waiting: list[BaseException] = [error]
    seen: list[BaseException] = []
    while waiting and len(seen) < 20:
        one = waiting.pop(0)
        if any(one is other for other in seen):
            continue
        seen.append(one)
        yield one
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        waiting += [other for other in inner if isinstance(other, BaseException)]


# OpenSSL's X509_V_ERR_*: x509_vfy.h
_TLS_NAME, _TLS_DATE = {62, 64}, {9, 10, 13, 14}


def names_another(error: BaseException) -> bool:
    """Whether a certificate was refused for its name alone."""
    return any(isinstance(one, ssl.SSLCertVerificationError) and one.verify_code in _TLS_NAME for one in _chain(error))


def _connection(error: BaseException, where: Where) -> Cause | None:
    """Name, TCP, TLS, and connections that end: requests' families by what is at their bottom."""
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            said = one_line(one.verify_message, _SHOWN)
            known = _TLS_NAME | _TLS_DATE
            if one.verify_code in known:
                return say("tls name" if one.verify_code in _TLS_NAME else "tls expired", where, said=said)
            return say("tls unknown", where, said=said)
        if isinstance(one, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return say("cut", where)
        if isinstance(one, ssl.SSLError):
            plain = one.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
            return say("plain here", where) if plain else say("tls other", where, said=one.reason or "handshake failed")
        if isinstance(one, socket.gaierror):
            return say("name", where, said=one.strerror or "not found")
        if isinstance(one, ConnectionRefusedError):
            return say("refused", where)
        if isinstance(one, requests.exceptions.ConnectTimeout) or getattr(one, "errno", None) == errno.ETIMEDOUT:
            return say("no answer", where)
        if isinstance(one, OSError) and one.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL):
            return say("no route", where, said=one.strerror)
        if isinstance(one, IncompleteRead | InvalidChunkLength):
            return say("answer cut", where)
        if isinstance(one, http.client.BadStatusLine) and not isinstance(one, http.client.RemoteDisconnected):
            return _tls_or_other(where, str(one.args[0] if one.args else "").strip("'").encode("latin-1", "replace"))
        if isinstance(one, requests.exceptions.ReadTimeout):
            return say("silent", where)
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return say("answer cut", where)
    if isinstance(error, requests.exceptions.InvalidURL):
        return say("no host", where, said=one_line(str(error), _SHOWN))
    if isinstance(error, requests.exceptions.ConnectionError | ConnectionError):
        return say("cut", where)
    return None


def _tls_or_other(where: Where, answer: bytes) -> Cause:
    """A plain HTTP request was answered with no HTTP: a TLS alert (RFC 8446 5.1: type 21, version 3.x), or another protocol."""
    return say("tls here", where) if answer.startswith(b"\x15\x03") else _not_winrm(where, answer)


def _winrm(error: BaseException, where: Where) -> Cause | None:
    """pywinrm's families, and what its parsing lets through."""
    match error:
        case winrm.WSManFaultError():
            return _fault(error, where)
        case winrm.WinRMOperationTimeoutError():
            return say("service slow", where)
        case winrm.WinRMTransportError():
            return _http(error.code, error.response_text, where)
        case winrm.AuthenticationError():
            return say("refused account", where, offered="nothing")
        case ParseError() | AssertionError() | StopIteration() | UnicodeError() | LookupError() | struct.error():
            return _not_winrm(where, where.answer)
        case SpnegoError():
            return say("not winrm", where, said=": its sign-in tokens do not make sense")
        case winrm.WinRMError() | ValueError() | TypeError() | AttributeError():
            return _not_winrm(where, where.answer)
        case _:
            return None


def _fault(error: Exception, where: Where) -> Cause:
    codes = {getattr(error, "wsman_fault_code", None), getattr(error, "wmierror_code", None)}
    if codes & _ACCESS_DENIED or getattr(error, "fault_subcode", "") == "w:AccessDenied":
        return say("access", where)
    for code, name in (
        (_SHELL_QUOTA, "shell quota"),
        (_OPERATION_QUOTA, "operation quota"),
        (_SHELL_GONE, "shell gone"),
    ):
        if code in codes:
            return say(name, where)
    shown: object = next((one for one in codes if one is not None), "without a code")
    reason = str(getattr(error, "reason", "") or "no reason given")
    return say("fault", where, code=shown, said=one_line(" ".join(reason.split()), _SHOWN))


def _http(code: int, text: str, where: Where) -> Cause:
    name = {400: "http 400", 404: "http 404", 503: "http 503"}.get(code, "http")
    begins = first_bytes(text.encode("utf-8", "replace"))
    return say(name, where, code=code, said=f"it begins {begins}" if begins else "an empty page")


def _kerberos(error: BaseException, where: Where) -> Cause | None:
    if where.method != "kerberos":
        return None
    return say("kerberos", where, said=one_line(f"{type(error).__name__}: {error}", _SHOWN))
