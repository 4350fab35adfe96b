"""One WinRM shell and one PowerShell process in it: opened, fed, read and deleted, by requests that are counted.

Create, Command, Send (one while the script is below 200 kB), Receive until done, Delete: a Signal is left out, since the
shell is deleted at once. Imports winrm and is itself imported late, by `winrm`.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import requests
from urllib3.exceptions import ProtocolError
from winrm.exceptions import WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError
from winrm.protocol import Protocol

from nlbwiz.collect.winrm.causes import NotWinRmError, SignInRefusedError
from nlbwiz.collect.winrm.wsman import HardTransport

T = TypeVar("T")

CODE_PAGE = 65001
"""UTF-8. Without it the shell's output is in code page 437 (pywinrm 357, 288)."""
IDLE = "PT60S"
"""After this a shell that nobody deleted ends by itself; an xs:duration (a number is a schema fault: pywinrm 377)."""
LONGEST_LINE = 2900
"""Characters of a command line; cmd.exe takes 8191, field reports end near 3,000 for an encoded command (WinRM 41)."""
CHUNK = 200_000
"""Bytes of one Send, whose envelope may be 500 kB."""

_OPERATION_S = 20
_RECEIVE_S = 10
_IDLE_PACE_S = 0.2
_BUSY = 170  # ERROR_BUSY: the stdin pipe is not there yet
_SENDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one Receive brought. `exit_code` is set when the process has ended and all its output is here."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = None


class Shell:
    """A shell on one machine. Not for two threads. Every `open` must be followed by `delete`, whatever happens."""

    def __init__(self, protocol: Protocol, transport: HardTransport, room: Callable[[], float]) -> None:
        """A shell that is not open yet.

        Args:
            room: seconds left for the script; below zero no further output is waited for.
        """
        self._protocol = protocol
        self._transport = transport
        self._room = room
        self._id = ""
        self._command = ""
        self._primed_again = False
        self._broken = False

    def open(self) -> None:
        """Sign in and make the shell."""
        self._id = self._send(
            lambda: self._protocol.open_shell(noprofile=True, codepage=CODE_PAGE, idle_timeout=IDLE), _OPERATION_S
        )

    def start(self, line: str, stdin: bytes) -> None:
        """Start a process and give it its whole standard input."""
        if len(line) > LONGEST_LINE:
            raise ValueError(f"a command line of {len(line)} characters; {LONGEST_LINE} are sure to be taken")
        self._command = self._send(
            lambda: self._protocol.run_command(self._id, line, console_mode_stdin=False), _OPERATION_S
        )
        starts = range(0, len(stdin), CHUNK) or range(1)
        for at in starts:
            self._feed(stdin[at : at + CHUNK], end=at == starts[-1])

    def outputs(self) -> Iterator[Output]:
        """What the process writes, as it writes it; ends when it has ended, or when there is no room left."""
        while self._room() > 0:
            asked = time.monotonic()
            try:
                out, err, code, done = self._send(
                    lambda: self._protocol.get_command_output_raw(self._id, self._command), _RECEIVE_S
                )
            except WinRMOperationTimeoutError:  # nothing was written for so long; the process goes on
                out, err, code, done = b"", b"", -1, False
            yield Output(stdout=out, stderr=err, exit_code=code if done else None)
            if done:
                return
            if not out and not err:  # a server that answers "nothing yet" at once must not be asked in a tight loop
                time.sleep(max(0.0, _IDLE_PACE_S - (time.monotonic() - asked)))

    def delete(self) -> None:
        """Delete the shell, with whatever runs in it; failing at that is not told. Ends the connection."""
        if self._id:
            if self._broken:  # a message sealed for the connection that broke would be refused (HTTP 400)
                self._transport.close_session()
            self._protocol.operation_timeout_sec = 1
            with contextlib.suppress(Exception):
                self._protocol.close_shell(self._id, close_session=False)
        self._id = ""
        self._transport.close_session()

    # ---- one request ----

    def _feed(self, data: bytes, *, end: bool) -> None:
        for attempt in range(1, _SENDS + 1):
            try:
                self._send(
                    lambda: self._protocol.send_command_input(self._id, self._command, data, end=end), _OPERATION_S
                )
                if b"SendResponse" not in self._transport.answer:  # pywinrm does not look
                    self._broken = True
                    raise NotWinRmError(self._transport.answer)
            except WinRMOperationTimeoutError:
                return  # a busy machine says so although the data has arrived; if it has not, the script says nothing
            except WSManFaultError as fault:
                if fault.wsman_fault_code != _BUSY or attempt == _SENDS:
                    raise
                time.sleep(_IDLE_PACE_S)
            else:
                return

    def _send(self, operation: Callable[[], T], longest_s: int) -> T:
        """One operation; once per shell, one that certainly was not looked at is sent again on a new connection."""
        self._protocol.operation_timeout_sec = max(1, min(longest_s, int(self._room() - 0.2)))
        try:
            try:
                return operation()
            except (WinRMTransportError, SignInRefusedError, requests.exceptions.ConnectionError) as error:
                if self._primed_again or not self._unheard(error):
                    raise
            self._primed_again = True
            self._transport.close_session()
            return operation()
        except (WinRMOperationTimeoutError, WSManFaultError):
            raise  # a whole answer, on a connection that works
        except BaseException:
            self._broken = True
            raise

    def _unheard(self, error: Exception) -> bool:
        """Sealed for another connection (HTTP 400, or a 401 in the middle), or broken before any password went out."""
        if isinstance(error, WinRMTransportError):
            return bool(error.code == 400)
        if isinstance(error, SignInRefusedError):
            return error.taken and self._transport.seals  # without seals the sign-in was repeated already
        dropped = bool(error.args) and isinstance(error.args[0], ProtocolError)
        return dropped and not self._id and not self._transport.signing.tried
