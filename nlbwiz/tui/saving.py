"""Writing what is known to a file: a report, or the bundle. Never half a file, never over another one unasked."""

import contextlib
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nlbwiz.errors import OutputError
from nlbwiz.record.file import RunFile
from nlbwiz.report.formats import render
from nlbwiz.tui.follow import Follow
from nlbwiz.tui.news import Opened, Told

BUNDLE = "bundle"
_ENDINGS = {"text": "txt", BUNDLE: "nlbwiz"}
"""Where a file's ending is not the format's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is written where. `kept`: the run file of this run, if it has one."""

    kind: str
    path: Path
    told: Told
    opened: Opened
    kept: str
    running: bool


def proposed(follow: Follow, kind: str) -> Path:
    """A name in the current folder that is not taken: the clusters, and when it was judged."""
    at = follow.told.report.ended if follow.told else datetime.now(UTC)
    clusters = "-".join(follow.opened.site.clusters) if follow.opened else ""
    name = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "_" for char in clusters)[:40]
    return Path(f"nlbwiz-{name or 'run'}-{at:%Y%m%dT%H%M%SZ}.{_ENDINGS.get(kind, kind)}")


def save_bundle(follow: Follow, said: Callable[[str, str], None]) -> None:
    """The bundle, at once, to the proposed name. `said` gets (text, role), from a thread: the screen waits for nothing."""
    if not (follow.told and follow.opened):
        follow.say("nothing has come yet: there is nothing to write", "maybe")
        return
    job = Job(
        kind=BUNDLE, path=proposed(follow, BUNDLE), told=follow.told, opened=follow.opened, kept=follow.engine.kept,
        running=follow.running,
    )  # fmt: skip

    def write() -> None:
        try:
            said(save(job, replaces=False), "good")
        except FileExistsError:
            said(f"not written: {job.path} is there already; s asks for another name", "maybe")
        except OutputError as error:
            said(f"not written: {error}", "bad")

    threading.Thread(target=write, name="bundle", daemon=True).start()
    follow.say(f"writing {job.path}")


def save(job: Job, *, replaces: bool) -> str:
    """Write it, and say what was written. Raises OutputError; FileExistsError for a file that is there already."""
    try:
        there = os.path.lexists(job.path)
    except ValueError as error:  # a NUL in the path
        raise OutputError(f"{job.path}: cannot be written: {error}") from error
    if there and not replaces:
        raise FileExistsError(job.path)
    temporary = job.path.with_name(f".{job.path.name[:100]}.{secrets.token_hex(4)}")
    try:
        said = _bundle(job, temporary) if job.kind == BUNDLE else _report(job, temporary)
        if replaces and job.path.is_file():
            temporary.replace(Path(os.path.realpath(job.path)))
        else:
            _appear(temporary, job.path)
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        raise OutputError(f"{job.path}: cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return f"{said}: {job.path.absolute()}"


def _appear(temporary: Path, path: Path) -> None:
    """Give it its name; another that came meanwhile stays. Not every share has links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(path) from None
        temporary.replace(path)


def _put(path: Path, octets: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)


def _report(job: Job, path: Path) -> str:
    _put(path, render(job.told.report, job.kind).encode("utf-8", "backslashreplace"))
    return f"the report as {job.kind} is written" + (", as it stands up to now" if job.running else "")


def _bundle(job: Job, path: Path) -> str:
    """What the run file holds, up to its last whole line; where none is kept, the same from what is known."""
    told, report = job.told, job.told.report
    if job.kept:
        with Path(job.kept).open("rb") as file:
            octets = file.read()
        _put(path, octets[: octets.rfind(b"\n") + 1])
    else:
        with RunFile(path, job.opened.site, report.symptom, report.started) as run:
            for one in told.evidence:
                run.add(one)
            run.end(report.ended)
    count = f"the bundle is written, {len(told.evidence)} asks"
    return count + (", what was got up to now: the run goes on" if job.running else "")
