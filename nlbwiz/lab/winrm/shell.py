"""Remote shells and their commands: standard input coming in, output going out while the process still runs."""

import codecs
import re
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from nlbwiz.lab.winrm.commandline import Failure, PowerShell

Stream = Literal["stdout", "stderr"]
Output = tuple[Stream, bytes] | int
"""A piece of output, or the exit code that ends the process (0 when none comes)."""
Run = Callable[[str, str], Iterable[Output]]
"""What executes a PowerShell process: `run(script, stdin)`.

`script` is the text that the command line carries (decoded from -EncodedCommand), `stdin` the whole of the standard
input if the script reads it, else empty.  Every piece can be received as soon as it is yielded, so a generator streams.
An exception is a crash of the process: its traceback on stderr, exit code 0xE0434352.
"""

CONTROL_C_EXIT = -1073741510  # STATUS_CONTROL_C_EXIT 0xC000013A
UNHANDLED_EXCEPTION = -532462766  # 0xE0434352, a .NET process that ended with an unhandled exception

_PIECE = 32768  # bytes; the largest rsp:Stream that one answer holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What one Receive gets: output in its order, and the exit code once everything was handed out."""

    pieces: tuple[tuple[Stream, bytes], ...]
    exit_code: int | None


class Command:
    """One process in a shell."""

    def __init__(self, command_id: str, encoding: str) -> None:
        self.id = command_id
        self._encoding = encoding
        self._changed = threading.Condition()
        self._stdin = bytearray()
        self._stdin_ended = False
        self._output: deque[tuple[Stream, bytes]] = deque()
        self._exit_code: int | None = None

    def start(self, what: PowerShell | Failure, run: Run) -> None:
        """Start the process; returns at once."""
        if isinstance(what, Failure):
            self._write("stderr", what.stderr.encode("ascii", "replace"))
            self._end(what.exit_code)
        else:
            threading.Thread(target=self._process, args=(what, run), name="lab-winrm-process", daemon=True).start()

    def send(self, data: bytes, *, end: bool) -> None:
        """Append to the standard input; `end` closes it."""
        with self._changed:
            self._stdin += data
            self._stdin_ended = self._stdin_ended or end
            self._changed.notify_all()

    def receive(self, wait_s: float, room: int) -> Received | None:
        """Output of at most about `room` bytes, waited for at most `wait_s`; None when nothing came by then."""
        pieces: list[tuple[Stream, bytes]] = []
        with self._changed:
            if not self._changed.wait_for(lambda: self._output or self._exit_code is not None, wait_s):
                return None
            while self._output and room > 0:
                stream, data = self._output.popleft()
                head, tail = data[: min(room, _PIECE)], data[min(room, _PIECE) :]
                if tail:
                    self._output.appendleft((stream, tail))
                pieces.append((stream, head))
                room -= len(head) + 150  # the element around it
            return Received(pieces=tuple(pieces), exit_code=None if self._output else self._exit_code)

    def interrupt(self, exit_code: int = CONTROL_C_EXIT) -> None:
        """End the process now; what it writes afterwards is lost."""
        self._end(exit_code)

    def _process(self, what: PowerShell, run: Run) -> None:
        with self._changed:
            if what.reads_stdin:
                self._changed.wait_for(lambda: self._stdin_ended or self._exit_code is not None)
            if self._exit_code is not None:
                return
            text = self._stdin.decode(self._encoding, "replace") if what.reads_stdin else ""
        script, stdin = (text, "") if what.from_stdin else (what.script, text)
        try:
            for piece in run(script, stdin):
                if self._exit_code is not None:
                    return
                if isinstance(piece, int):
                    self._end(piece)
                    return
                self._write(*piece)
            self._end(0)
        except Exception:  # noqa: BLE001 (whatever the executor raises is a crashed process, never a hanging one)
            self._write("stderr", traceback.format_exc().encode(self._encoding, "replace"))
            self._end(UNHANDLED_EXCEPTION)

    def _write(self, stream: Stream, data: bytes) -> None:
        with self._changed:
            if data and self._exit_code is None:
                self._output.append((stream, data))
                self._changed.notify_all()

    def _end(self, exit_code: int) -> None:
        with self._changed:
            if self._exit_code is None:
                self._exit_code = exit_code
            self._changed.notify_all()


@dataclass(slots=True, kw_only=True)
class Shell:
    """A shell as Create made it, with the commands that were not terminated."""

    id: str
    owner: str
    client: str
    environment: dict[str, str]
    folder: str | None
    idle_s: float
    encoding: str
    input_streams: str
    output_streams: str
    made: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    operations: int = 0
    commands: dict[str, Command] = field(default_factory=dict)

    @property
    def expired(self) -> bool:
        """Whether nobody used it for longer than its idle time-out."""
        return time.monotonic() - self.used > self.idle_s

    def end(self) -> None:
        """End every process in it."""
        for command in list(self.commands.values()):
            command.interrupt()


def encoding_of(code_page: str) -> str:
    """Python's name of a Windows code page (WINRS_CODEPAGE); 437 where none or an unknown one is asked for."""
    if code_page == "65001":
        return "utf-8"
    if not re.fullmatch(r"\d{3,5}", code_page, re.ASCII):
        return "cp437"
    try:
        return codecs.lookup(f"cp{code_page}").name
    except LookupError:
        return "cp437"
