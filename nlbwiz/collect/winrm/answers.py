"""What the two scripts write, line by line: bytes in, one finished section out for every whole line of JSON.

A line is `{"section": NAME, "version": 1, "data": [RECORD...], "error": null | {"type", "id", "message"}, "took_ms": N}`
in ASCII, written when its section is done; so an answer that is cut off keeps its finished sections.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from nlbwiz.collect.ticket import Cause
from nlbwiz.plain import line as one_line

VERSION = 1
"""The form of a line that this reads."""
LARGEST = 64_000_000
"""Bytes of all lines together; a node with thousands of neighbours writes less than one."""

_SHOWN = 60
_BOM = b"\xef\xbb\xbf"


class _Error(msgspec.Struct, frozen=True):
    type: str = ""
    id: str = ""
    message: str = ""


class _Line(msgspec.Struct, frozen=True):
    section: str
    version: int
    data: msgspec.Raw
    error: _Error | None = None


_DECODER = msgspec.json.Decoder(_Line)
"""Made while this is imported, by one thread: msgspec 0.22.0 crashes the process (a null pointer) where several threads
are the first to decode a type, and all machines of a site answer at once.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section's answer: `raw` is the JSON text of its `data` list, or `cause` says why there is none."""

    name: str
    raw: str = ""
    cause: Cause | None = None

    @property
    def is_empty(self) -> bool:
        """An answer without a record: that is one, too."""
        return self.cause is None and not self.raw[1:-1].strip()


class Answers:
    """Reads one script's output as it comes."""

    def __init__(self) -> None:
        self.junk = ""
        """How the first line begins that is none of ours, safe to show; empty when there was none."""
        self._rest = bytearray()
        self._taken = 0

    @property
    def cut(self) -> str:
        """How the unfinished last line begins, safe to show; empty when the output ended with a whole line."""
        return first_bytes(bytes(self._rest)) if self._rest.strip() else ""

    @property
    def too_much(self) -> bool:
        """True when more came than anybody needs; what follows is not looked at."""
        return self._taken > LARGEST

    def feed(self, data: bytes) -> Iterator[Section]:
        """The sections that are whole now. Bytes of a line may come in any number of pieces."""
        self._taken += len(data)
        if self.too_much:
            self._rest.clear()
            return
        self._rest += data
        if b"\n" not in data:
            return
        *lines, last = bytes(self._rest).split(b"\n")
        self._rest = bytearray(last)
        for line in lines:
            yield from self._section(line)

    def end(self) -> Iterator[Section]:
        """The last section, if only its line's end is missing."""
        if self._rest.strip():
            junk = self.junk
            found = list(self._section(bytes(self._rest)))
            if found:
                self._rest.clear()
            self.junk = junk
            yield from found

    def _section(self, line: bytes) -> Iterator[Section]:
        line = line.removeprefix(_BOM).strip()
        if not line:
            return
        try:
            found = _DECODER.decode(line)
            data = bytes(found.data)
            ours = found.version == VERSION and data.startswith(b"[")
            raw = data.decode() if ours else ""
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            ours = False
        if not ours:
            self.junk = self.junk or first_bytes(line)
        elif found.error:
            yield Section(
                name=found.section, cause=section_cause(found.error.type, found.error.id, found.error.message)
            )
        else:
            yield Section(name=found.section, raw=raw)


def first_bytes(data: bytes) -> str:
    """How an answer begins, safe to show in one line."""
    text = " ".join(data[: 8 * _SHOWN].decode("utf-8", "replace").split())
    return one_line(text[:_SHOWN]) + ("..." if len(text) > _SHOWN else "")


# What a section's error is by its type or id: never by its message, which Windows writes in its own language.
_DENIED = re.compile(
    r"UnauthorizedAccess|AccessDenied|SecurityException|PermissionDenied"
    r"|0x80070005|0x80041003|0x80041006|-2147024891|-2147217405",  # E_ACCESSDENIED, WBEM_E_ACCESS_DENIED
    re.IGNORECASE,
)
_ABSENT_COMMAND = re.compile(r"CommandNotFound|CouldNotAutoloadMatchingModule|ModuleNotFound", re.IGNORECASE)
_ABSENT_THING = re.compile(
    r"ItemNotFound|PathNotFound|ObjectNotFound|NoMatchingLogsFound|FileNotFound|DriveNotFound|PropertyNotFound"
    r"|0x80041002|0x8004100e|0x80041010",  # WBEM_E_NOT_FOUND, WBEM_E_INVALID_NAMESPACE, WBEM_E_INVALID_CLASS
    re.IGNORECASE,
)


def section_cause(type_: str, id_: str, message: str) -> Cause:
    """Why one section failed while the others did not.

    Args:
        type_: the exception's full .NET name, e.g. `System.Management.Automation.CommandNotFoundException`.
        id_: its FullyQualifiedErrorId; CIM errors put the HRESULT there (`HRESULT 0x80041003,...`).
        message: what Windows says, in its own language.
    """
    short = one_line(type_.rpartition(".")[2] or "error", _SHOWN)
    said = f"{short}: {one_line(' '.join(message.split()), 200)}"
    if _DENIED.search(f"{type_} {id_}"):
        return Cause(
            status="denied",
            error=f"access denied on the machine itself: {said}",
            resolve="use an account that is a local administrator there (on a Hyper-V host: or in Hyper-V Administrators)",
        )
    if _ABSENT_COMMAND.search(f"{type_} {id_}"):
        return Cause(
            status="unsupported",
            error=f"the machine does not have the command: {said}",
            resolve="install the PowerShell module of that role there (RSAT-NLB, Hyper-V-PowerShell), or read it by hand",
        )
    if _ABSENT_THING.search(f"{type_} {id_}"):
        return Cause(
            status="unsupported",
            error=f"the machine does not have what was asked for: {said}",
            resolve="see whether the role is installed there, or read it by hand",
        )
    return Cause(status="unsupported", error=said, resolve="read it on the machine itself")
