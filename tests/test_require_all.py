"""With NLBWIZ_REQUIRE_ALL=1 nothing is skipped: a skip is a failure, an expected failure is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIPS = {
    "a skipped test": "import pytest\n\n\n@pytest.mark.skip(reason='the reason')\ndef test_it() -> None: ...\n",
    "a test that skips itself": "import pytest\n\n\ndef test_it() -> None:\n    pytest.skip('the reason')\n",
    "a fixture that skips": (
        "import pytest\n\n\n@pytest.fixture\ndef it() -> None:\n    pytest.skip('the reason')\n\n\n"
        "def test_it(it: None) -> None: ...\n"
    ),
    "a module that skips itself": "import pytest\n\npytest.skip('the reason', allow_module_level=True)\n",
}
FAILS_AS_EXPECTED = "import pytest\n\n\n@pytest.mark.xfail\ndef test_it() -> None:\n    raise AssertionError\n"


def run(text: str, folder: Path, require: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "test_inner.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NLBWIZ_REQUIRE_ALL": require},
    )


@pytest.mark.parametrize("name", SKIPS)
def test_a_skip_is_a_failure_where_nothing_may_be_skipped(name: str, tmp_path: Path) -> None:
    done = run(SKIPS[name], tmp_path, "1")
    assert done.returncode != 0
    assert "NLBWIZ_REQUIRE_ALL=1, but this was skipped: " in done.stdout
    assert "the reason" in done.stdout


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    assert run(SKIPS["a skipped test"], tmp_path, "").returncode == 0


def test_an_expected_failure_stays_one(tmp_path: Path) -> None:
    assert run(FAILS_AS_EXPECTED, tmp_path, "1").returncode == 0
