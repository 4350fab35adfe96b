"""What can be made to go wrong with a WinRM server of the lab: the rules, and which request each of them meets."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Action = Literal["*", "Auth", "Identify", "Get", "Create", "Command", "Receive", "Send", "Signal", "Delete"]
"""Which requests a rule counts: every HTTP request (`*`), those of a connection that is not signed in yet (`Auth`: the
unauthenticated first one and the legs of the NTLM handshake), or those with this operation."""

Kind = Literal[
    "slow",  # answer `seconds` later
    "hang",  # take the request, answer nothing for `seconds` (None: until the server stops), then close
    "close",  # close the connection (FIN) instead of answering
    "reset",  # reset the connection (RST) instead of answering
    "http-400",  # http.sys "Bad Request" page, connection closed
    "http-401",  # forget the sign-in and refuse
    "http-500-html",  # an HTML page where a SOAP fault belongs
    "http-503",  # http.sys "Service Unavailable" page: the WinRM service is stopped behind a reserved URL
    "non-utf8-fault",  # HTTP 500 with a page in code page 1252
    "garbage",  # HTTP 200 with bytes that are not XML
    "empty",  # HTTP 200 with nothing
    "fault",  # SOAP fault `code`
    "bad-relates",  # the answer relates to another message
    "truncate",  # half of the body, then the connection is closed
    "bad-length",  # Content-Length says 50 bytes more than come
    "trickle",  # the whole answer, status line first, one byte every `seconds`
]

DROPS = frozenset[Kind]({"hang", "close", "reset"})
_DEFAULT_SECONDS: dict[Kind, float | None] = {"slow": 1.0, "trickle": 1.0, "hang": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Do `kind` to the `nth` request with this action and the `times` - 1 after it (None: to all after it)."""

    kind: Kind
    action: Action = "*"
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None
    code: int | None = None

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError(f"requests are counted from 1: nth={self.nth} times={self.times}")
        if (self.code is None) == (self.kind == "fault"):
            raise ValueError(f"a code belongs to kind 'fault' and to it alone: kind={self.kind!r} code={self.code}")
        if self.seconds is not None and self.kind not in _DEFAULT_SECONDS:
            raise ValueError(f"kind {self.kind!r} takes no seconds")

    @property
    def pause_s(self) -> float | None:
        """Seconds of `slow`, seconds per byte of `trickle`, seconds until `hang` ends (None: only with the server)."""
        return self.seconds if self.seconds is not None else _DEFAULT_SECONDS.get(self.kind)


class RuleBook:
    """The rules of one server with the number of requests that each has seen; safe to change while it serves."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._lock = threading.Lock()
        self._seen: list[tuple[Rule, int]] = [(rule, 0) for rule in rules]

    def add(self, rule: Rule) -> None:
        """Count this rule's requests from now on."""
        with self._lock:
            self._seen.append((rule, 0))

    def clear(self) -> None:
        """Forget every rule: from now on nothing goes wrong."""
        with self._lock:
            self._seen.clear()

    def meet(self, action: Action, *, first_look: bool) -> tuple[Rule, ...]:
        """The rules that this request meets, in the order they were added.

        Args:
            action: what the request is known to be.
            first_look: whether the HTTP request is looked at for the first time; one request may be looked at as `Auth`
                and, once its sender is known, as an operation, but counts only once for the rules of `*`.
        """
        met = []
        with self._lock:
            for place, (rule, seen) in enumerate(self._seen):
                if rule.action == action or (rule.action == "*" and first_look):
                    self._seen[place] = (rule, seen + 1)
                    if seen + 1 >= rule.nth and (rule.times is None or seen + 1 < rule.nth + rule.times):
                        met.append(rule)
        return tuple(met)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An HTTP answer that is no SOAP."""

    status: int
    content_type: str
    body: bytes
    close: bool = False


PAGES: dict[Kind, Page] = {
    "http-400": Page(
        status=400,
        content_type="text/html; charset=us-ascii",
        body=b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
        b"<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD>\r\n<BODY><h2>Bad Request - Invalid Header</h2>\r\n"
        b"<hr><p>HTTP Error 400. The request has an invalid header name.</p>\r\n</BODY></HTML>\r\n",
        close=True,
    ),
    "http-500-html": Page(
        status=500,
        content_type="text/html",
        body=b"<html><head><title>500</title></head><body>Internal Server Error<br></body></html>",
    ),
    "http-503": Page(
        status=503,
        content_type="text/html; charset=us-ascii",
        body=b"<HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD>\r\n<BODY><h2>Service Unavailable</h2>\r\n"
        b"<hr><p>HTTP Error 503. The service is unavailable.</p>\r\n</BODY></HTML>\r\n",
        close=True,
    ),
    "non-utf8-fault": Page(
        status=500,
        content_type="text/html",
        body="<html><body>Der Zugriff wurde verweigert: ungültige Anmeldung</body></html>".encode("cp1252"),
    ),
    "garbage": Page(status=200, content_type="application/soap+xml;charset=UTF-8", body=b"\x00\x01 not xml"),
    "empty": Page(status=200, content_type="application/soap+xml;charset=UTF-8", body=b""),
}
