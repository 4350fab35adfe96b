"""HTTP/1.1 as http.sys speaks it: reading one request, and the exact bytes of an answer, wrong ones on demand."""

import http.client
from dataclasses import dataclass
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from typing import BinaryIO

_LINE_LIMIT = 65536
_BODY_LIMIT = 64 * 1024 * 1024


class BadRequestError(Exception):
    """What came is no HTTP request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request."""

    method: str
    path: str
    headers: Message
    body: bytes
    keep_alive: bool

    @property
    def authorization(self) -> str | None:
        """The Authorization header."""
        return self.headers.get("Authorization")


def read_request(reader: BinaryIO, writer: BinaryIO) -> Request | None:
    """The next request on a connection, None at its end.

    Raises:
        BadRequestError: it is no HTTP request, or one without a Content-Length for its body.
        OSError: the connection broke, or nothing came in time.
    """
    line = reader.readline(_LINE_LIMIT + 1)
    if not line.strip():
        return None
    words = line.decode("latin-1").split()
    if len(line) > _LINE_LIMIT or len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError("the request line")
    try:
        headers = http.client.parse_headers(reader)
    except http.client.HTTPException as error:
        raise BadRequestError("the headers") from error
    length = headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > _BODY_LIMIT or headers.get("Transfer-Encoding"):
        raise BadRequestError("the length of the body")
    if headers.get("Expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.flush()
    body = reader.read(int(length))
    if len(body) < int(length):
        return None
    return Request(
        method=words[0],
        path=words[1].partition("?")[0],
        headers=headers,
        body=body,
        keep_alive=words[2] != "HTTP/1.0" and headers.get("Connection", "").lower() != "close",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = ""
    challenges: tuple[str, ...] = ()
    close: bool = False

    def head(self, *, longer: int = 0) -> bytes:
        """Status line and headers; Content-Length says `longer` more than there is."""
        # http.sys sends no reason phrase with a 401 (logs of jborean93/omi issue 29).
        reason = "" if self.status == 401 else HTTPStatus(self.status).phrase
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append("Server: Microsoft-HTTPAPI/2.0")
        lines += [f"WWW-Authenticate: {challenge}" for challenge in self.challenges]
        lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.close:
            lines.append("Connection: close")
        lines.append(f"Content-Length: {len(self.body) + longer}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
