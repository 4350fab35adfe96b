"""The one background thread in which all simulated agents of a lab receive and answer."""

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

_STOP_S = 1.0


class AgentLoop:
    """A selector loop in a daemon thread: sockets to read, answers to send later, all of it one after the other.

    A context manager. A selector loop on Windows too: the other one stops reading UDP after an ICMP error
    (python/cpython 91227, 127057).
    """

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()
        self._loop.set_exception_handler(self._failed)
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab-snmp", daemon=True)
        self._sockets: set[socket.socket] = set()
        self._failure: BaseException | None = None

    def start(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and close every socket; answers under way are dropped.

        Raises RuntimeError when an agent's own code has failed in the meantime: a lab with a bug proves nothing.
        """
        if not self._loop.is_closed():
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(_STOP_S)
            for sock in self._sockets:
                sock.close()
            self._loop.close()
        if self._failure is not None:
            raise RuntimeError("a simulated SNMP agent failed") from self._failure

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def watch(self, sock: socket.socket, readable: Callable[[], None]) -> None:
        """Call `readable` in the loop's thread whenever a datagram waits in the (non-blocking) socket."""
        self._sockets.add(sock)
        self._do(lambda: self._loop.add_reader(sock, readable))

    def close(self, sock: socket.socket) -> None:
        """Read from the socket no more and close it."""
        if sock in self._sockets:
            self._sockets.discard(sock)
            self._do(lambda: self._loop.remove_reader(sock))
            sock.close()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Call `act` in the loop's thread after so many seconds. To be called in that thread only."""
        self._loop.call_later(seconds, act)

    def _do(self, act: Callable[[], object]) -> None:
        """Run `act` in the loop's thread and wait for it; at once while there is no thread."""
        if self._loop.is_closed():
            return
        if not self._thread.is_alive():
            act()
            return
        done = threading.Event()
        self._loop.call_soon_threadsafe(act)
        self._loop.call_soon_threadsafe(done.set)
        done.wait(_STOP_S)

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._failure = self._failure or context.get("exception") or RuntimeError(context["message"])
