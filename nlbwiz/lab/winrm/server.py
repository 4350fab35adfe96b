"""A simulated machine's WinRM service on a loopback address, for the real pywinrm and any other client.

It speaks the text-shell subset of WS-Management (MS-WSMV): Identify, Get, Create, Command, Receive, Send, Signal,
Delete, over HTTP and HTTPS, with Basic, NTLM (raw and SPNEGO-wrapped), channel binding, message encryption and a
user's quotas, and it counts what clients really did.  Not covered: Kerberos, CredSSP, client certificates, PowerShell
remoting (PSRP) shells, WQL, Enumerate, subscriptions.
"""

import socket
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Self

from nlbwiz.lab.winrm.auth import Accounts
from nlbwiz.lab.winrm.certificates import Certificate
from nlbwiz.lab.winrm.configuration import CbtHardening, Scheme, Settings
from nlbwiz.lab.winrm.connection import Connection, Exchange
from nlbwiz.lab.winrm.doors import Door, Presence
from nlbwiz.lab.winrm.faults import Rule, RuleBook
from nlbwiz.lab.winrm.service import Service
from nlbwiz.lab.winrm.shell import Run

_LOG_LENGTH = 10_000
_STOP_S = 0.3  # what stop() waits for its threads, all together


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What clients did since the server started."""

    connections: int
    requests: int  # HTTP requests, the legs of a sign-in included
    shells_created: int
    shells_open: int  # now
    processes: int  # PowerShell processes started
    sign_ins: int  # successful, counted once per connection and account
    refused_sign_ins: int
    in_clear: int  # SOAP messages of signed-in clients over plain HTTP without encryption
    in_clear_refused: int  # of those
    operations: Mapping[str, int]  # by name: Create, Command, ...; also Auth and Prime


class WinRmServer:
    """The WinRM service of one machine."""

    def __init__(
        self,
        name: str,
        users: Mapping[str, str],
        run: Run,
        *,
        host: str = "127.0.1.1",
        port: int = 0,
        tls: Certificate | None = None,
        auth: tuple[Scheme, ...] = ("Negotiate", "Basic"),
        allow_unencrypted: bool = False,
        cbt: CbtHardening = "Relaxed",
        latency_s: float = 0.0,
        idle_s: float = 120.0,
        presence: Presence = "open",
        rules: Iterable[Rule] = (),
        max_shells: int = 30,
        max_operations: int = 1500,
        max_envelope_kb: int = 500,
        activity_id: bool = True,
    ) -> None:
        """A server that is not started yet.

        Args:
            name: the computer name, as faults tell it.
            users: passwords by account: `LAB\\admin`, `admin` (a local account) or `admin@lab.example`.
            run: executes every PowerShell process, see `nlbwiz.lab.winrm.shell.Run`.
            host: a loopback address.
            port: the wished port, e.g. 5985 or 5986; `address` says which it became.
            tls: the certificate of an HTTPS listener; None for HTTP.
            allow_unencrypted: Service\\AllowUnencrypted: Basic and unencrypted SOAP over plain HTTP.
            latency_s: seconds that every request waits before it is looked at; may be assigned while it serves.
            idle_s: seconds after which an idle connection is dropped, about 120 on Windows.
            presence: what clients meet at the address, see `nlbwiz.lab.winrm.doors.Presence`.
            rules: what goes wrong, see `nlbwiz.lab.winrm.faults.Rule`.
            max_shells: MaxShellsPerUser.
            max_operations: MaxConcurrentOperationsPerUser.
            max_envelope_kb: MaxEnvelopeSizekb.
            activity_id: whether answers carry p:ActivityId, as those of newer Windows do.
        """
        self.name = name
        self.settings = Settings(
            auth=auth,
            allow_unencrypted=allow_unencrypted,
            cbt=cbt,
            max_shells=max_shells,
            max_operations=max_operations,
            max_envelope_kb=max_envelope_kb,
        )
        self.accounts = Accounts(users, name)
        self.rules = RuleBook(rules)
        self.service = Service(run, self.settings)
        self.latency_s = latency_s
        self.idle_s = idle_s
        self.activity_id = activity_id
        self._wished = (host, port)
        self._first_presence = presence
        self._tls = _tls(tls)
        self._door: Door | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._connections: dict[Connection, threading.Thread] = {}
        self._accepted = 0
        self._requests = 0
        self._log: deque[Exchange] = deque(maxlen=_LOG_LENGTH)
        self._tally: Counter[str] = Counter()
        self._operations: Counter[str] = Counter()

    # ------------------------------------------------------------------------------------------- life and address

    def start(self) -> Self:
        """Bind the address and show the presence; returns self."""
        if self._door is not None:
            raise RuntimeError(f"the WinRM server of {self.name} was started before")
        self._door = Door(*self._wished, self._enter)
        self._door.become(self._first_presence)
        return self

    def stop(self) -> None:
        """End everything within half a second, whatever hangs: connections, waiting Receives, pauses."""
        if self._door is None or self._stopped.is_set():
            return
        self._stopped.set()
        self._door.close()
        with self._lock:
            connections = dict(self._connections)
        for connection in connections:
            connection.abort()
        self.service.end()
        deadline = time.monotonic() + _STOP_S
        for thread in connections.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where it listens."""
        if self._door is None:
            raise RuntimeError(f"the WinRM server of {self.name} has no address before it is started")
        return self._door.host, self._door.port

    @property
    def url(self) -> str:
        """The endpoint, e.g. `http://127.0.1.1:5985/wsman`."""
        host, port = self.address
        return f"{'https' if self._tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}/wsman"

    # ---------------------------------------------------------------------------------------- changes while it runs

    @property
    def presence(self) -> Presence:
        """What clients meet at the address now."""
        return self._door.presence if self._door else self._first_presence

    def become(self, presence: Presence) -> None:
        """Be open, silent, refusing or dead from now on.

        Connections that exist are cut off when it becomes refusing; else they hang from their next request on.
        """
        if self._door is None:
            self._first_presence = presence
            return
        self._door.become(presence)
        if presence == "refusing":
            with self._lock:
                connections = list(self._connections)
            for connection in connections:
                connection.abort()

    def inject(self, rule: Rule) -> None:
        """Let something go wrong; requests are counted from now on."""
        self.rules.add(rule)

    def clear_rules(self) -> None:
        """Let nothing go wrong any more."""
        self.rules.clear()

    def present(self, certificate: Certificate) -> None:
        """Show another certificate to every new connection (HTTPS only)."""
        if self._tls is None:
            raise RuntimeError(f"the WinRM server of {self.name} speaks plain HTTP")
        self._tls = _tls(certificate)

    def change_users(self, users: Mapping[str, str]) -> None:
        """Replace the accounts; connections that signed in stay signed in, as on Windows."""
        self.accounts = Accounts(users, self.name)

    # ------------------------------------------------------------------------------------------------ what happened

    @property
    def counts(self) -> Counts:
        """A snapshot of what clients did."""
        created, open_now, processes = self.service.used
        with self._lock:
            return Counts(
                connections=self._accepted,
                requests=self._requests,
                shells_created=created,
                shells_open=open_now,
                processes=processes,
                sign_ins=self._tally["sign-in new"],
                refused_sign_ins=self._tally["sign-in refused"],
                in_clear=self._tally["in clear taken"] + self._tally["in clear refused"],
                in_clear_refused=self._tally["in clear refused"],
                operations=MappingProxyType(dict(self._operations)),
            )

    @property
    def live_connections(self) -> int:
        """How many connections it serves now."""
        with self._lock:
            return len(self._connections)

    @property
    def log(self) -> tuple[Exchange, ...]:
        """The last exchanges, oldest first; one that is under way changes until it is answered."""
        with self._lock:
            return tuple(self._log)

    # ------------------------------------------------------------------------------------------- for its connections

    def wait(self, seconds: float | None) -> bool:
        """Wait; True when the server was stopped meanwhile."""
        return self._stopped.wait(seconds)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange into the log."""
        with self._lock:
            self._requests += 1
            self._log.append(exchange)

    def settle(self, exchange: Exchange) -> None:
        """Count what it was."""
        with self._lock:
            self._operations[exchange.action] += 1
            if exchange.sign_in:
                self._tally[f"sign-in {exchange.sign_in}"] += 1
            if exchange.in_clear:
                self._tally[f"in clear {exchange.in_clear}"] += 1

    def _enter(self, connection: socket.socket, peer: str) -> None:
        with self._lock:
            self._accepted += 1
            served = Connection(self, self._accepted, connection, peer, self._tls)
            thread = threading.Thread(target=self._serve, args=(served,), name="lab-winrm-connection", daemon=True)
            self._connections[served] = thread
        thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._lock:
                self._connections.pop(connection, None)


def _tls(certificate: Certificate | None) -> tuple[ssl.SSLContext, bytes] | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context, certificate.binding
