"""What every test may use: PowerShell's engine, and the rule that makes a skip visible where nothing may be skipped."""

import os
import random
from collections.abc import Generator

import pytest

from tests.engine import HOW_TO_GET_ONE, Engine, find

REQUIRE_ALL = "NLBWIZ_REQUIRE_ALL"
SEED = "NLBWIZ_SEED"
"""What the renumbered scenarios are drawn from. Set once, here: every process of one run collects the same tests."""
os.environ.setdefault(SEED, str(random.SystemRandom().randrange(1_000_000)))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """PowerShell's real engine; the test is skipped where there is none (a failure with NLBWIZ_REQUIRE_ALL=1)."""
    found = find()
    if found is None:
        pytest.skip(HOW_TO_GET_ONE)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With NLBWIZ_REQUIRE_ALL=1 a skipped test has failed. An expected failure stays what it is."""
    report = yield
    if _counts_as_failure(report) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ALL}=1, but this was skipped: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself while it is collected."""
    report = yield
    if _counts_as_failure(report):
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ALL}=1, but this was skipped: {_reason(report)}"
    return report


def _counts_as_failure(report: pytest.TestReport | pytest.CollectReport) -> bool:
    return report.outcome == "skipped" and os.environ.get(REQUIRE_ALL) == "1"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
