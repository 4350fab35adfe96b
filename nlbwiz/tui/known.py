"""What lies on this disk for the start screen: site files in the current folder, the kept runs, and one file on request.

Files only, never the network. Bounded: the newest few runs, of each the first line and the last 4 KiB.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nlbwiz.errors import InputMissingError, NlbwizError
from nlbwiz.plain import line
from nlbwiz.record import file as runs
from nlbwiz.record.keep import runs_folder
from nlbwiz.site import load
from nlbwiz.site.model import Site
from nlbwiz.tui.reading import Known

MOST_SITES, MOST_RUNS = 8, 8
MOST_FIRST = 2_000_000
"""Octets of a run's first line: the largest site file and its quotes."""


def known(now: datetime, folder: Path | None = None) -> tuple[Known, ...]:
    """Site files of the folder (the current one by default), then the kept runs, the newest first."""
    return (*_sites(folder or Path()), *_runs(now))


def _sites(folder: Path) -> list[Known]:
    found: list[Known] = []
    try:
        files = [path for path in sorted(folder.glob("*.toml")) if path.is_file()][:200]
    except OSError:
        return found
    for path in files:
        try:
            if path.stat().st_size > load.LARGEST or b"[cluster" not in path.read_bytes():
                continue
            found.append(_of(load.read(path), path, live=True))
        except OSError:
            continue
        except NlbwizError as error:
            note = line(str(error).partition("\n")[0], 200)
            found.append(Known(name=path.name, path=str(path), live=True, note=note))
        if len(found) == MOST_SITES:
            break
    return found


def _runs(now: datetime) -> list[Known]:
    found: list[Known] = []
    try:
        files = sorted(runs_folder().glob("*.nlbwiz"), reverse=True)[:MOST_RUNS]
    except OSError:
        return found
    for path in files:
        try:
            with path.open("rb") as file:
                first = file.readline(MOST_FIRST)
                file.seek(max(0, path.stat().st_size - 4096))
                closed = b'"line":"end"' in file.read().rstrip().rpartition(b"\n")[2]
            start = json.loads(first)
            site = load.load(start["site"], source=path.name, folder=path.parent)
            started, symptom = datetime.fromisoformat(start["started"]), str(start["symptom"])
            age = ago(now - started if started.tzinfo else now - started.replace(tzinfo=UTC))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, NlbwizError):
            continue  # what cannot be read is not offered; giving its path says why
        note = "" if closed else "was not closed: it holds what was answered until then"
        found.append(_of(site, path, live=False, symptom=symptom, age=age, note=note))
    return found


def _of(site: Site, path: Path, *, live: bool, symptom: str = "", age: str = "", note: str = "") -> Known:
    machines = {one.name: str(one.address) for kind in (site.nodes, site.hosts) for one in kind.values()}
    machines |= {one.name: str(one.address) for kind in (site.switches, site.gateways) for one in kind.values()}
    vips = {name: str(one.vip) for name, one in site.clusters.items()}
    name = path.name if live else ", ".join(vips)
    return Known(
        name=name, path=str(path), live=live, machines=machines, vips=vips, symptom=symptom, age=age, note=note
    )


def ago(age: timedelta) -> str:
    """How long ago, in one unit."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"


def opened(written: str) -> tuple[Path, bool]:
    """(path, whether it is a saved run) of a file that reads without a mistake. Raises NlbwizError with what is wrong."""
    path = Path(written).expanduser()
    try:
        with path.open("rb") as file:
            is_run = file.read(64).lstrip().startswith(b"{")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputMissingError(f"{line(written, 200)}: cannot be read: {why}") from error
    if is_run:
        runs.read(path)
    else:
        load.read(path)
    return path, is_run
