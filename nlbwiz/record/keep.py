"""Where runs are kept without being asked to: the newest few, in the user's state folder."""

import itertools
import os
from datetime import datetime
from pathlib import Path

import platformdirs

KEPT = 20
"""Runs that stay: five hours of a check every 15 minutes."""


def runs_folder() -> Path:
    """`runs` in the state folder."""
    return state_folder() / "runs"


def state_folder() -> Path:
    """NLBWIZ_HOME, else the state folder of this system's user (platformdirs)."""
    home = os.environ.get("NLBWIZ_HOME")
    return Path(home) if home else Path(platformdirs.user_state_path("nlbwiz", appauthor=False))


def new_run(started: datetime, folder: Path | None = None) -> Path:
    """A path for a run that begins now; the oldest runs beyond KEPT are removed. Raises OSError where nothing can be kept."""
    where = folder or runs_folder()
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in sorted(where.glob("*.nlbwiz"))[: -(KEPT - 1)]:
        old.unlink(missing_ok=True)
    stem = f"{started:%Y%m%dT%H%M%S}-{os.getpid()}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))  # two runs in one second
    return next(path for name in names if not (path := where / f"{name}.nlbwiz").exists())
