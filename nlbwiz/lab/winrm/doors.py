"""The TCP address of a simulated machine: open, silent, refusing, or dead, changeable while clients are connected."""

import contextlib
import errno
import ipaddress
import os
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Literal

Presence = Literal["open", "silent", "refusing", "dead"]
"""What a client meets at the address.

`open`: served.  `silent`: TCP connects, nothing is ever answered (a hung service).  `refusing`: the port is closed, the
connection is refused at once.  `dead`: the connection attempt itself gets no answer (a machine that is switched off, or
a firewall that drops).  `dead` fills the port's accept queue, so that the kernel drops further attempts: Linux only,
other systems refuse instead.
"""

HTTP_PORT = 5985
HTTPS_PORT = 5986

_ANOTHER_ATTEMPT = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_QUEUE_FILLERS = 8
_FILLED_AFTER_S = 0.05


def loopback_address(number: int) -> str:
    """The loopback address of the simulated machine `number`, counted from 1: 127.0.1.1, 127.0.1.2, ...

    Linux and Windows own all of 127.0.0.0/8; where a system has 127.0.0.1 only, `bind` falls back to that.
    """
    if not 1 <= number <= 254 * 254:
        raise ValueError(f"a lab has machines 1 to {254 * 254}, not {number}")
    return f"127.0.{(number - 1) // 254 + 1}.{(number - 1) % 254 + 1}"


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket bound to `host` and `port` if that is free and allowed, else to a free port there (not listening).

    Args:
        host: an IP address, of the loopback or of a test's own network namespace; one that this system does not have
            becomes 127.0.0.1 with a free port.
        port: the wished port; 0 is any free one.
    """
    address = ipaddress.ip_address(host)  # a name would ask the resolver
    if address.is_unspecified:
        raise ValueError(f"a machine of the lab has one address, not every address of this system ({host})")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Exclusive first: two labs started at the same time must not share a port.  SO_REUSEADDR second: it gets back a
    # port on which only old connections linger.
    attempts = [(host, port, False), (host, port, True), (host, 0, False), ("127.0.0.1", 0, False)]
    for number, (place, wished, reuse) in enumerate(attempts, 1):
        try:
            return _bound(family if place == host else socket.AF_INET, place, wished, reuse=reuse)
        except OSError as error:
            expected = error.errno in _ANOTHER_ATTEMPT
            if not expected or number == len(attempts):
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


class Door:
    """A bound address with the presence that it shows; `enter` gets every accepted connection while it is open."""

    def __init__(self, host: str, port: int, enter: Callable[[socket.socket, str], None]) -> None:
        self._enter = enter
        self._lock = threading.Lock()
        self._presence: Presence = "refusing"
        self._held: list[socket.socket] = []
        self._doorman: _Doorman | None = None
        self._socket = bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]

    @property
    def presence(self) -> Presence:
        """What a client meets now."""
        return self._presence

    def become(self, presence: Presence) -> None:
        """Show another presence to every connection attempt from now on; connections already served are not touched."""
        with self._lock:
            if presence == self._presence:
                return
            if self._presence != "refusing":
                self._clear()
                self._socket = self._bind_again()
            self._presence = presence
            if presence == "refusing":
                return
            _reuse(self._socket)  # accepted connections must not block a later bind of the same port
            self._socket.listen(0 if presence == "dead" else 128)
            if presence == "dead":
                self._held = _fill_queue(self.host, self.port, self._socket.family)
            else:
                self._doorman = _Doorman(self._socket, self._enter if presence == "open" else self._hold)

    def close(self) -> None:
        """Free the address; what is held silently is closed."""
        with self._lock:
            self._clear()
            self._presence = "refusing"

    def _bind_again(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return _bound(family, self.host, self.port, reuse=False)
        except OSError:
            return _bound(family, self.host, self.port, reuse=True)

    def _hold(self, connection: socket.socket, _peer: str) -> None:
        self._held.append(connection)

    def _clear(self) -> None:
        if self._doorman:
            self._doorman.stop()
            self._doorman = None
        self._socket.close()
        for connection in self._held:
            connection.close()
        self._held = []


class _Doorman:
    """The thread that accepts connections; a socket pair wakes it, so that it neither polls nor outlives its door."""

    def __init__(self, listener: socket.socket, enter: Callable[[socket.socket, str], None]) -> None:
        listener.setblocking(False)
        self._listener, self._enter = listener, enter
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="lab-winrm-door", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._wake.send(b"x")
        self._thread.join()
        self._wake.close()
        self._woken.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    return
                # The client may have gone between readiness and accept.
                with contextlib.suppress(OSError):
                    connection, peer = self._listener.accept()
                    connection.setblocking(True)
                    self._enter(connection, str(peer[0]))


def _bound(family: socket.AddressFamily, host: str, port: int, *, reuse: bool) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if reuse:
            _reuse(made)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def _reuse(made: socket.socket) -> None:
    if os.name == "posix":  # on Windows the same option would let another process steal the port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _fill_queue(host: str, port: int, family: socket.AddressFamily) -> list[socket.socket]:
    """Connections that fill the accept queue of a listener nobody serves; the first that does not get in ends it."""
    fillers: list[socket.socket] = []
    for _ in range(_QUEUE_FILLERS):
        filler = socket.socket(family, socket.SOCK_STREAM)
        fillers.append(filler)
        filler.settimeout(_FILLED_AFTER_S)
        try:
            filler.connect((host, port))
        except OSError:
            break
    return fillers
