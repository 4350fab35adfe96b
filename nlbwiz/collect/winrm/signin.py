"""Signing in over HTTP without haste: the unauthenticated answer first, then the account's turn, then the password.

Imports requests and is itself imported late, by `wsman`.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase
from requests_ntlm import HttpNtlmAuth

from nlbwiz.collect.winrm.accounts import Account
from nlbwiz.collect.winrm.causes import NtlmBlockedError

_SCHEMES = ("Negotiate", "NTLM", "Kerberos", "Basic", "CredSSP")


def offers(response: requests.Response) -> tuple[str, ...]:
    """The methods in a 401's WWW-Authenticate headers, in a fixed order."""
    header = response.headers.get("WWW-Authenticate", "")
    return tuple(scheme for scheme in _SCHEMES if re.search(rf"\b{scheme}\b", header, re.IGNORECASE))


@dataclass(slots=True, kw_only=True)
class SignIn:
    """One machine's sign-in to one account, and how far it came on the present connection."""

    account: Account
    target: str
    user: str
    password: str = field(repr=False)
    patience: Callable[[], float]
    alive: Callable[[], bool]
    say: Callable[[str], None]
    connections: Callable[[], int]
    """How many TCP connections were made so far."""
    tried: bool = False
    """The password (or its proof) went out on the present session."""
    taken: bool = False
    """The machine took it."""
    once: bool = False
    """The machine took it on this session or on one before."""
    broken: bool = False
    """The connection did not last from the first to the last step of the sign-in."""

    def start_over(self) -> None:
        """A new session knows nothing of the old one's sign-in."""
        self.tried = self.taken = self.broken = False

    def through(self, exchange: Callable[[], requests.Response]) -> requests.Response:
        """Wait for the account's turn, run the exchange that holds the password, and tell the account what came of it.

        Raises what `Account.enter` and the exchange raise.
        """
        self.account.enter(self.target, self.patience(), self.alive, self._waits)
        self.say("signing in")
        before = self.connections()
        try:
            self.tried = True
            response = exchange()
        except BaseException:
            self.account.leave(self.target)
            raise
        kind = response.headers.get("Content-Type", "")
        self.broken = response.status_code == 401 and self.connections() != before
        if (
            self.broken
        ):  # NTLM's last step came on a connection that knows nothing of the first: no word on the password
            self.account.leave(self.target)
        elif response.status_code == 401:
            self.account.refused(self.target)
        elif response.status_code == 200 or "soap" in kind or "encrypted" in kind:
            self.taken = self.once = True
            self.account.accepted(self.target)
        else:  # an error page: the password was perhaps not looked at
            self.account.leave(self.target)
        return response

    def _waits(self, prover: str) -> None:
        self.say(f"waiting until {prover} has taken the password of {self.user}")


class NtlmSignIn(HttpNtlmAuth):
    """NTLM: pywinrm's first request goes out without credentials, and its 401 starts the handshake."""

    def __init__(self, signing: SignIn, *, seals: bool) -> None:
        super().__init__(signing.user, signing.password, send_cbt=True)
        self.signing = signing
        self._seals = seals

    def response_hook(self, r: requests.Response, **kwargs: Any) -> requests.Response:
        """Called by requests with every answer. Raises NtlmBlockedError when the machine does not take part."""
        if r.status_code != 401 or not {"NTLM", "Negotiate"} & set(offers(r)):
            return r
        if self._seals and r.request.body:
            return r  # sealed with the keys of a sign-in that is gone: signing in again would not open it (HTTP 400)
        # The body must not be read before this: channel binding takes the certificate from the open answer.
        return self.signing.through(lambda: self._handshake(r, kwargs))

    def _handshake(self, r: requests.Response, kwargs: dict[str, Any]) -> requests.Response:
        try:
            return HttpNtlmAuth.response_hook(self, r, **kwargs)
        except (PermissionError, KeyError) as error:  # the answer to the first step holds no challenge
            raise NtlmBlockedError(offers(r)) from error


class BasicSignIn(AuthBase):
    """Basic: the password goes only to a machine that offers Basic, and from then on with every request."""

    def __init__(self, signing: SignIn) -> None:
        self.signing = signing
        pair = f"{signing.user}:{signing.password}".encode()
        self._header = f"Basic {base64.b64encode(pair).decode()}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by requests with every request."""
        if self.signing.taken:
            request.headers["Authorization"] = self._header
        request.register_hook("response", self.response_hook)
        return request

    def response_hook(self, r: requests.Response, **kwargs: Any) -> requests.Response:
        """Called by requests with every answer."""
        if r.status_code != 401 or "Authorization" in r.request.headers or "Basic" not in offers(r):
            return r
        return self.signing.through(lambda: self._again(r, kwargs))

    def _again(self, r: requests.Response, kwargs: dict[str, Any]) -> requests.Response:
        _ = r.content  # read to its end, so that the connection can be used again
        r.close()
        request = r.request.copy()
        request.headers["Authorization"] = self._header
        response = r.connection.send(request, **kwargs)
        response.history.append(r)
        response.request = request
        return response
