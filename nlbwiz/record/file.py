"""The run file: one JSON line for the start, one per Evidence as it arrives, one for the end. A bundle is this file.

Append-only and flushed line by line: a killed process loses nothing that was already answered. The site stands in the
first line, with credential references only, so nothing in the file is secret; it is written for its owner alone.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from nlbwiz.errors import DataError, InputMissingError, OutputError, SiteError
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence, writable
from nlbwiz.site import load
from nlbwiz.site.model import Site
from nlbwiz.version import VERSION

FORMAT = 1
MOST_LINE = 32 * 1024 * 1024
MOST_FILE = 1024 * 1024 * 1024
"""Octets: a longer line or file is not read. The largest real answer, 200 events, is below 1 MiB."""


class _Start(msgspec.Struct, frozen=True, tag_field="line", tag="start"):
    format: int
    version: str
    started: datetime
    symptom: str
    site: str
    source: str


class _Got(msgspec.Struct, frozen=True, tag_field="line", tag="evidence"):
    id: str
    evidence: Evidence


class _End(msgspec.Struct, frozen=True, tag_field="line", tag="end"):
    ended: datetime


_DECODER = msgspec.json.Decoder(_Start | _Got | _End)


class _Peek(msgspec.Struct, frozen=True):
    line: str = ""
    format: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A saved run. `ended` is `now` for whoever judges it; a file that was cut has its last answer's time."""

    site: Site
    symptom: str
    started: datetime
    ended: datetime
    evidence: tuple[Evidence, ...]
    cut: str
    """Where and how the file ends too early; empty for a run that was closed properly."""
    version: str

    @property
    def complete(self) -> bool:
        """True when the run was closed properly."""
        return not self.cut


class RunFile:
    """Writes a run as it happens. Mode 0600; raises OutputError when the file cannot be written."""

    def __init__(self, path: Path, site: Site, symptom: str, started: datetime) -> None:
        self.path = path
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
        self._file = os.fdopen(handle, "wb")
        try:
            self._put(_Start(FORMAT, VERSION, started, symptom, load.dump(site), writable(path.name)))
        except OutputError:
            self._close()
            raise

    def add(self, evidence: Evidence) -> None:
        """One answer, on disk before this returns."""
        self._put(_Got(evidence.id, evidence))

    def end(self, ended: datetime) -> None:
        """Close the run properly."""
        self._put(_End(ended))

    def _put(self, line: msgspec.Struct) -> None:
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _close(self) -> None:
        with contextlib.suppress(OSError):  # what could not be written was said when it was added
            self._file.close()

    def __enter__(self) -> "RunFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def read(path: Path) -> Run:
    """Read a run file. Raises InputMissingError or DataError; a file that stops in the middle keeps what it holds."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputMissingError(f"{path}: is not a file; a bundle written by `nlbwiz check --save` is expected")
        if size > MOST_FILE:
            raise DataError(f"{path}: {size:,} octets; a bundle of at most {MOST_FILE:,} is expected")
        with path.open("rb") as file:
            return _read(path, file)
    except OSError as error:
        raise InputMissingError(f"{path}: cannot be read: {error.strerror}") from error


def _read(path: Path, file: BufferedReader) -> Run:
    start: _Start | None = None
    ended: datetime | None = None
    found: dict[str, Evidence] = {}
    number, torn = 0, False
    for number, line in _lines(path, file):
        try:
            one = _DECODER.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            if start is None:
                raise DataError(_not_ours(path, line)) from error
            if not line.endswith(b"\n"):
                torn = True  # the process was killed while it wrote this line
                break
            raise DataError(f"{path}: line {number} is damaged: {error}") from error
        match one:
            case _Start():
                if start is not None:
                    raise DataError(f"{path}: line {number} begins a second run; one run per bundle is expected")
                if one.format != FORMAT:
                    raise DataError(_other_version(path, one.format, one.version))
                start = one
            case _Got(id=written):
                if one.evidence.ask.probe not in PROBES:
                    raise DataError(
                        f"{path}: line {number}: {one.evidence.ask.probe!r:.80} is no probe of this version"
                    )
                if one.evidence.id != written:
                    raise DataError(
                        f"{path}: line {number} was changed after it was written (its hash is not {written!r:.40})"
                    )
                found[written] = one.evidence
            case _End():
                ended = one.ended
    if start is None:
        raise DataError(f"{path}: is empty; a bundle written by `nlbwiz check --save` is expected")
    try:
        site = load.load(start.site, source=f"{path} (its site)", folder=path.parent)
    except SiteError as error:
        raise DataError(str(error)) from error
    stray = sorted(
        {one.ask.target for one in found.values()}
        - {*site.nodes, *site.hosts, *site.switches, *site.gateways, "jump", "operator"}
    )
    if stray:
        raise DataError(f"{path}: holds evidence of {stray[0]!r:.80}, which its site does not list")
    evidence = tuple(found.values())
    last = max((one.at for one in evidence), default=start.started)
    return Run(
        site=site, symptom=start.symptom, started=start.started, ended=(ended or last).astimezone(UTC), evidence=evidence,
        cut=_cut(path, number, torn=torn, ended=ended is not None), version=start.version,
    )  # fmt: skip


def _cut(path: Path, number: int, *, torn: bool, ended: bool) -> str:
    """What is wrong with the end of the file, in a sentence."""
    if ended:
        return ""
    where = f"in the middle of line {number}" if torn else f"after line {number}, without the run's own end"
    return f"{path.name} ends {where}: the run was killed, or the file was cut; what stands before it counts"


def _lines(path: Path, file: BufferedReader) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(MOST_LINE + 1):
        number += 1
        if len(line) > MOST_LINE:
            raise DataError(f"{path}: line {number} is longer than {MOST_LINE:,} octets; this is no bundle of nlbwiz")
        yield number, line


def _not_ours(path: Path, line: bytes) -> str:
    """What the file is instead, as far as its first octets tell."""
    for magic, kind in (
        (b"PK", "a zip archive"),
        (b"\x1f\x8b", "a gzip file"),
        (b"<", "XML or HTML"),
        (b"[", "TOML or a JSON list"),
    ):
        if line.startswith(magic):
            return (
                f"{path}: is {kind}, not a bundle; bundles are written by `nlbwiz check --save FILE` and are not packed"
            )
    try:
        peek = msgspec.json.decode(line, type=_Peek)
    except (msgspec.MsgspecError, RecursionError):
        return f"{path}: is not a bundle of nlbwiz: a first line of JSON is expected, found {line[:40]!r}"
    if peek.line == "start" and peek.format != FORMAT:
        return _other_version(path, peek.format, "another version")
    return f"{path}: is JSON, but not a bundle of nlbwiz: its first line does not begin a run"


def _other_version(path: Path, found: object, version: str) -> str:
    return (
        f"{path}: is a bundle of format {found!r:.40} (written by nlbwiz {version:.40}); this nlbwiz reads format {FORMAT}:"
        " use the version that wrote it"
    )
