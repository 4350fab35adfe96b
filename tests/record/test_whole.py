"""A report is there whole or not at all, and writing it changes nothing else."""

import os
import threading
from pathlib import Path

import pytest

from nlbwiz.errors import ExitCode, OutputError
from nlbwiz.record.whole import write_whole


def test_a_text_is_written_as_utf_8_with_its_own_line_ends(tmp_path: Path) -> None:
    write_whole(tmp_path / "report", "Gebäude\r\nzwei\n")
    assert (tmp_path / "report").read_bytes() == "Gebäude\r\nzwei\n".encode()


def test_a_lone_surrogate_is_spelled_out(tmp_path: Path) -> None:
    write_whole(tmp_path / "report", "\udcff")
    assert (tmp_path / "report").read_bytes() == rb"\udcff"


def test_an_older_report_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    write_whole(path, "new")
    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == ("new", 0o640)


def test_a_new_report_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    write_whole(tmp_path / "report", "new")
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_link_keeps_pointing_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "report")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "report").read_text(encoding="utf-8") == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    write_whole(pipe, "through")
    reader.join(10)
    assert read == ["through"]
    assert pipe.is_fifo()


def test_a_device_stays_a_device() -> None:
    write_whole(Path("/dev/null"), "nothing")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["none/report", ".", "", "nul\0", "x" * 300])
def test_what_cannot_be_written_is_an_output_error_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OutputError, match="cannot be written: ") as caught:
        write_whole(tmp_path / name, "new")
    assert caught.value.exit_code is ExitCode.CANNOT_CREATE
    assert sorted(tmp_path.iterdir()) == before


def test_a_full_disk_leaves_nothing_half_written() -> None:
    with pytest.raises(OutputError, match="No space left on device"):
        write_whole(Path("/dev/full"), "x")


def test_a_folder_that_may_not_be_written_to_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_whole(Path("/proc/report"), "x")
