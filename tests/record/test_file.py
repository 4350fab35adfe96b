"""The run file: what was answered is kept whatever happens, and what comes from elsewhere is not trusted."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from nlbwiz.errors import DataError, InputMissingError, OutputError
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence
from nlbwiz.record.file import RunFile, read
from nlbwiz.site.model import Cluster, Endpoint, Node, Site

STARTED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SITE = Site(
    nodes={
        "nlb1": Node(
            name="nlb1",
            address=IPv4Address("172.31.3.11"),
            endpoint=Endpoint(scheme="http", host="172.31.3.11", port=5985),
            credential="env:NLBWIZ_WIN",
        )
    },
    clusters={"web": Cluster(name="web", vip=IPv4Address("172.31.3.232"), nodes=("nlb1",))},
)


def evidence(probe: str = "os", raw: str = "[]", target: str = "nlb1") -> Evidence:
    return Evidence(
        ask=Ask(target=target, probe=probe), at=STARTED + timedelta(seconds=1), took_ms=900, status="answered", raw=raw
    )


def saved(path: Path, *some: Evidence, end: bool = True) -> Path:
    with RunFile(path, SITE, "routine", STARTED) as file:
        for one in some:
            file.add(one)
        if end:
            file.end(STARTED + timedelta(seconds=5))
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    run = read(saved(tmp_path / "run", evidence(), evidence("cluster", '[{"hostile": "\\u001b[31m"}]')))
    assert run.site == SITE
    assert [one.ask.probe for one in run.evidence] == ["os", "cluster"]
    assert run.evidence[1] == evidence("cluster", '[{"hostile": "\\u001b[31m"}]')
    assert (run.started, run.ended, run.complete, run.symptom) == (
        STARTED,
        STARTED + timedelta(seconds=5),
        True,
        "routine",
    )


def test_a_killed_process_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    path = saved(tmp_path / "run", evidence(), evidence("cluster"), end=False)
    path.write_bytes(path.read_bytes()[:-20])
    run = read(path)
    assert ([one.ask.probe for one in run.evidence], run.complete) == (["os"], False)
    assert run.ended == evidence().at


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    assert saved(tmp_path / "run").stat().st_mode & 0o077 == 0


def test_an_unwritable_place_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        RunFile(tmp_path / "no" / "such", SITE, "routine", STARTED)


def test_a_full_disk_is_an_output_error_and_leaves_nothing_open() -> None:
    with pytest.raises(OutputError, match="No space left"):
        RunFile(Path("/dev/full"), SITE, "routine", STARTED)


GOOD_START = (
    '{"line":"start","format":1,"version":"0","started":"2026-11-24T03:00:00Z","symptom":"a","site":"","source":""}\n'
)


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04../../etc/passwd", "is a zip archive"),
        (b"\x1f\x8b\x08\x00", "is a gzip file"),
        (b"<html>", "is XML or HTML"),
        (b"[node.nlb1]\n", "is TOML"),
        (b"\xff\xfe\x00\x00", "is not a bundle"),
        (b"{}\n", "its first line does not begin a run"),
        (b"[" * 100_000 + b"\n", "is TOML or a JSON list"),
        (b'{"line":' + b"[" * 100_000 + b"\n", "is not a bundle"),
        (b'{"line":"start","format":99}\n', "format 99"),
        (GOOD_START.replace('"format":1', '"format":2').encode(), "format 2"),
        (GOOD_START.encode() * 2, "begins a second run"),
        (GOOD_START.encode() + b"nonsense\n", "line 2 is damaged"),
    ],
)
def test_what_is_no_bundle_of_ours_is_said_in_a_sentence(tmp_path: Path, octets: bytes, says: str) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(octets)
    with pytest.raises(DataError, match=says):
        read(path)


def test_a_changed_answer_is_found_out(tmp_path: Path) -> None:
    path = saved(tmp_path / "run", evidence("os", '["absent"]'))
    path.write_bytes(path.read_bytes().replace(b"absent", b"preset"))
    with pytest.raises(DataError, match="was changed after it was written"):
        read(path)


@pytest.mark.parametrize("target", ["../../etc/passwd", "nlb2"])
def test_evidence_of_a_machine_that_the_site_does_not_list_is_refused(tmp_path: Path, target: str) -> None:
    with pytest.raises(DataError, match="which its site does not list"):
        read(saved(tmp_path / "run", evidence(target=target)))


def test_a_folder_or_nothing_is_a_missing_input(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputMissingError):
            read(path)
