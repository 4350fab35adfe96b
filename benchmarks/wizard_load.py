"""The wizard over a run that never rests, for `wizard_keys.py`: `targets` (500, 50 of them change a second) or `findings`."""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this checkout, installed or not

from nlbwiz import headless
from nlbwiz.record.evidence import Step
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.engine import Began, Engine, Opened, Told
from tests.live.scenarios import run

TARGETS, CHANGING, FINDINGS = 500, 50, 2000


class Loaded(Engine):
    """Tells the same report again and again, with many targets or findings; nobody is asked."""

    load = "targets"

    def start(self) -> None:
        """Begin to tell."""
        threading.Thread(target=self._tell, name="telling", daemon=True).start()

    @property
    def elapsed_s(self) -> float:
        """Since the process began."""
        return time.process_time()

    def _tell(self) -> None:
        one = run("old-static-arp")
        self.news.put(Opened(site=one.site, knowledge=one.case.knowledge, total_s=60.0, target_s=60.0, live=True))
        report = one.report
        if self.load == "targets":
            some = report.targets
            many = [msgspec.structs.replace(some[n % len(some)], target=f"t{n}") for n in range(TARGETS)]
            report = msgspec.structs.replace(report, targets=many)
        else:
            found = next(each for each in report.outcomes if each.findings)
            finding = found.findings[0]
            many_found = [msgspec.structs.replace(finding, where=f"gw{n}") for n in range(FINDINGS)]
            more = msgspec.structs.replace(found, findings=many_found)
            report = msgspec.structs.replace(
                report, outcomes=[more if each is found else each for each in report.outcomes]
            )
        self.news.put(Began())
        number = 0
        while True:
            for _ in range(CHANGING // 10):
                number += 7
                text, at = f"running the script, step {number}", datetime.now(UTC)
                self.news.put(Step(target=f"t{number % TARGETS}", text=text, at=at, waiting=1))
            self.news.put(Told(walk=one.walk, report=report, evidence=one.evidence))
            time.sleep(0.1)


def main() -> None:
    """Until q."""
    engine = Loaded(headless.Options(demo="old-static-arp"))
    engine.load = sys.argv[1]
    NlbwizApp(engine).run()


if __name__ == "__main__":
    main()
