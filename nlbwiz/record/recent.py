"""Which site file a run belonged to, and how it ended: `recent.json` in the state folder, for its owner alone.

It stands beside the runs and not in them: a run file is given to others as a bundle, and the path of a site file names
users, customers and folders that nobody needs to judge it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from nlbwiz.errors import OutputError
from nlbwiz.record.keep import state_folder
from nlbwiz.record.whole import write_whole

MOST = 60
"""Runs that are remembered."""
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One run: its site file and run file as absolute paths, when it began, and its verdict once it had one."""

    site: str
    run: str
    began: datetime
    verdict: str = ""


_DECODER = msgspec.json.Decoder(list[Recent])


def recent() -> tuple[Recent, ...]:
    """What is remembered, the newest first; nothing where the file is missing or damaged."""
    path = _path()
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        found = _DECODER.decode(path.read_bytes())
    except (OSError, ValueError, msgspec.MsgspecError, RecursionError):
        return ()
    aware = (one if one.began.tzinfo else replace(one, began=one.began.replace(tzinfo=UTC)) for one in found)
    return tuple(sorted(aware, key=lambda one: one.began, reverse=True))


def remember(site: Path, run: Path, began: datetime, verdict: str = "") -> None:
    """Note a run, or its verdict. What cannot be noted costs a line in a list and never the run."""
    own = Recent(site=str(site.absolute()), run=str(run.absolute()), began=began, verdict=verdict)
    rest = [one for one in recent() if one.run != own.run]
    _write([own, *rest][:MOST])


def _write(entries: Sequence[Recent]) -> None:
    path = _path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, msgspec.json.encode(entries).decode(), 0o600)
    except (OSError, OutputError):
        return


def _path() -> Path:
    return state_folder() / "recent.json"
