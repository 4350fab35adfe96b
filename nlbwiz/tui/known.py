"""What lies on this disk for the start screen: site files in the current folder, the kept runs, and one file on request.

Files only, never the network. Bounded: the newest few runs, of each the first line and the last 4 KiB.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nlbwiz.errors import DataError, InputMissingError, NlbwizError
from nlbwiz.plain import line
from nlbwiz.record import file as runs
from nlbwiz.record.keep import runs_folder
from nlbwiz.record.recent import Recent, recent
from nlbwiz.site import load
from nlbwiz.site.model import Site
from nlbwiz.tui.reading import Known

MOST_SITES, MOST_RUNS = 8, 8
MOST_FIRST = 2_000_000
"""Octets of a run's first line: the largest site file and its quotes."""


def known(now: datetime, folder: Path | None = None) -> tuple[Known, ...]:
    """Site files, those of the last runs first, then those of the folder (the current one by default); then the kept runs.

    A file that has vanished is not among them.
    """
    remembered = recent()
    return (*_sites(folder or Path(), remembered, now), *_runs(now, remembered))


def _sites(folder: Path, remembered: Sequence[Recent], now: datetime) -> list[Known]:
    found: list[Known] = []
    last: dict[str, Recent] = {}
    for one in remembered:
        last.setdefault(one.site, one)
    try:
        here = [path for path in sorted(folder.glob("*.toml")) if path.is_file()][:200]
    except OSError:
        here = []
    by_full = {str(path.absolute()): path for path in here}
    asked = [by_full.pop(full) if full in by_full else Path(full) for full in last]
    for path in (*asked, *by_full.values()):
        run = last.get(str(path.absolute()))
        age, verdict = (ago(now - run.began), run.verdict) if run else ("", "")
        try:
            if path.stat().st_size > load.LARGEST or b"[cluster" not in path.read_bytes():
                continue
            found.append(replace(_of(load.read(path), path, live=True), age=age, verdict=verdict))
        except OSError:
            continue
        except NlbwizError as error:
            note = line(str(error).partition("\n")[0], 200)
            found.append(Known(name=path.name, path=str(path), live=True, note=note, age=age, verdict=verdict))
        if len(found) == MOST_SITES:
            break
    return found


def _runs(now: datetime, remembered: Sequence[Recent]) -> list[Known]:
    found: list[Known] = []
    verdicts = {one.run: one.verdict for one in remembered}
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
        open_by = "" if closed else _writer(path)
        note = "" if closed else open_by or "was not closed: it holds what was answered until then"
        known = _of(site, path, live=False, symptom=symptom, age=age, note=note)
        found.append(replace(known, verdict=verdicts.get(str(path.absolute()), ""), killed=not (closed or open_by)))
    return found


def _writer(path: Path) -> str:
    """That its run goes on, where the process which its name gives still lives. UNCONFIRMED on Windows: not looked at."""
    number = path.stem.split("-")[1] if path.stem.count("-") else ""
    if os.name != "posix" or not number.isdecimal() or int(number[:18]) == os.getpid():
        return ""
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return ""
    except (OSError, OverflowError):  # somebody else's process has the number by now
        return ""
    return f"goes on: process {number} writes it"


def _of(site: Site, path: Path, *, live: bool, symptom: str = "", age: str = "", note: str = "") -> Known:
    machines = {one.name: str(one.address) for kind in (site.nodes, site.hosts) for one in kind.values()}
    machines |= {one.name: str(one.address) for kind in (site.switches, site.gateways) for one in kind.values()}
    vips = {name: str(one.vip) for name, one in site.clusters.items()}
    name = path.name if live else ", ".join(vips)
    references = [one.credential for kind in (site.nodes, site.hosts) for one in kind.values()]
    references += [one.snmp for kind in (site.switches, site.gateways) for one in kind.values()]
    asked = tuple(dict.fromkeys(ref for ref in references if ref.startswith("prompt:")))
    return Known(
        name=name,
        path=str(path),
        live=live,
        machines=machines,
        vips=vips,
        symptom=symptom,
        age=age,
        note=note,
        asked=asked,
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
    elif path.suffix.lower() == ".nlbwiz":
        raise DataError(
            f"{line(written, 200)}: is neither a run file nor a site file: it ends in .nlbwiz, but does not begin with "
            "a line of JSON, as every run file does; a site file ends in .toml"
        )
    else:
        load.read(path)
    return path, is_run
