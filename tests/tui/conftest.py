"""Every test of the wizard has its own home, its own current folder (reports are saved there), no wish about colours."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NLBWIZ_HOME", str(tmp_path / "home"))
    here = tmp_path / "current"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    return tmp_path / "home"
