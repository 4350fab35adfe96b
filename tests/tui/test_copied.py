"""A copy is a file of its owner's alone, and what is said about it names machine, first line, count and file."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlbwiz.errors import OutputError
from nlbwiz.tui.copied import message, write

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_a_copy_is_for_its_owner_alone_and_never_replaces_another(home: Path) -> None:
    one, other = (write(["conf t", "end"], "gw1", AT) for _ in range(2))
    assert one != other
    assert one.read_text(encoding="utf-8") == "conf t\nend\n"
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert one.parent == home / "copied"


def test_a_name_from_the_site_file_cannot_leave_the_folder(home: Path) -> None:
    assert write(["x"], "../../etc/passwd", AT).parent == home / "copied"


def test_what_is_said_never_claims_more_than_was_done() -> None:
    said = message(["no arp 1.2.3.4", "end"], "gw1", Path("/h/f.txt"))
    assert said == "for gw1, 2 lines, first: no arp 1.2.3.4\nsent to the terminal, also in /h/f.txt"
    assert "in no file: disk full" in message(["end"], "gw1", None, "disk full")


def test_a_folder_that_cannot_be_made_is_said(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write(["x"], "gw1", AT)
