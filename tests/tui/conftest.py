"""Every test of the wizard has its own home, its own current folder (reports are saved there), no wish about colours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlbwiz.tui import words


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NLBWIZ_HOME", str(tmp_path / "home"))
    here = tmp_path / "current"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    yield tmp_path / "home"
    words.masked_by(None)  # the mask is the process's, and the next test's app has not begun
