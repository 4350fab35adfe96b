"""What an installation holds: every package by name, every data file, the checks inside nlbwiz."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from nlbwiz.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_of_the_tree_is_listed() -> None:
    tree = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "nlbwiz").rglob("__init__.py")}
    assert {*tree, "nlbwiz.checks"} == set(PROJECT["tool"]["setuptools"]["packages"])


def test_the_version_stands_in_one_value() -> None:
    assert PROJECT["project"]["version"] == VERSION


def test_every_init_is_empty() -> None:
    assert [path for path in (ROOT / "nlbwiz").rglob("__init__.py") if path.read_text(encoding="utf-8").strip()] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_checks_inside_the_package_and_every_data_file(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    checks = {f"nlbwiz/checks/{path.name}" for path in (ROOT / "checks").iterdir() if path.is_file()}
    data = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "nlbwiz").rglob("*")
        if path.suffix in {".ps1", ".psm1", ".psd1", ".toml", ".typed", ".tcss", ".j2"} or path.name == "py.typed"
    }
    assert checks <= names
    assert data <= names
    assert not [name for name in names if name.startswith("checks/")]
