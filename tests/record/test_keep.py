"""Runs are kept, and only the newest few."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nlbwiz.record.keep import KEPT, new_run, runs_folder

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_only_the_newest_runs_stay(tmp_path: Path) -> None:
    for minute in range(KEPT + 5):
        new_run(NOW + timedelta(minutes=minute), tmp_path).touch()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == KEPT
    assert kept[-1].startswith("20261124T0324")


def test_other_files_of_the_folder_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    for minute in range(KEPT + 5):
        new_run(NOW + timedelta(minutes=minute), tmp_path).touch()
    assert (tmp_path / "mine.txt").exists()


def test_the_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_HOME", str(tmp_path))
    assert runs_folder() == tmp_path / "runs"
    assert new_run(NOW).parent.stat().st_mode & 0o077 == 0
