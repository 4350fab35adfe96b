"""The wizard over a run that never rests, for `wizard_keys.py`: 500 targets, 50 of them changing a second, and 2,000 findings.

Run: python benchmarks/wizard_load.py [targets] [findings]. The engine judges and reports as in a real run, each time anew:
only the asking is left out, and one finding is said 2,000 times of different places.
"""

import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this checkout, installed or not

from nlbwiz import headless
from nlbwiz.case import Case, settle
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.record.evidence import Step
from nlbwiz.site.credentials import Vault
from nlbwiz.tui import terminal
from nlbwiz.tui.app import NlbwizApp
from nlbwiz.tui.engine import Engine
from nlbwiz.tui.news import Began, Opened
from nlbwiz.walk import Walk
from tests.live.scenarios import Run, run

TARGETS, CHANGING, FINDINGS = 500, 50, 2000
TURN_S = 0.1


class Loaded(Engine):
    """A run whose answers change for ever; nobody is asked. Everything but the asking is the engine's own."""

    loads: frozenset[str] = frozenset()

    def start(self) -> None:
        """Begin to tell."""
        threading.Thread(target=self._tell, name="telling", daemon=True).start()

    def _tell(self) -> None:
        one = run("old-static-arp")
        case = self._large(one)
        self.case = case
        self.news.put(Opened(site=case.site, knowledge=case.knowledge, total_s=600.0, target_s=600.0, live=True))
        self.news.put(Began())
        threading.Thread(target=self._report_newest, name="reports", daemon=True).start()
        threading.Thread(target=self._judge, args=(case,), name="run", daemon=True).start()
        machines = [*case.site.nodes, *case.site.hosts, *case.site.switches, *case.site.gateways]
        of = {each.ask.target: key for key, each in case.evidence.items()}
        number = 0
        while not self._closing:
            for _ in range(round(CHANGING * TURN_S)):
                number += 1
                name = machines[number * 7 % len(machines)]
                self.news.put(Step(target=name, text=f"script, part {number}", at=datetime.now(UTC), waiting=1))
                if name in of:
                    case.evidence[of[name]] = replace(case.evidence[of[name]], at=datetime.now(UTC), took_ms=number)
            time.sleep(TURN_S)

    def _judge(self, case: Case) -> None:
        """As the run's own thread does after each batch of answers, one after the other."""
        while not self._closing:
            began = time.monotonic()
            evidence, at = tuple(case.evidence.values()), datetime.now(UTC)
            self._judged(self._many(settle(case.site, case.knowledge, evidence, at=at)))
            time.sleep(max(0.0, TURN_S - (time.monotonic() - began)))

    def _large(self, one: Run) -> Case:
        """The scenario's site, with as many hosts more as TARGETS lacks: each answers like hv1."""
        site, evidence = one.site, list(one.evidence)
        if "targets" in self.loads:
            more = TARGETS - len([*site.nodes, *site.hosts, *site.switches, *site.gateways, "jump"])
            names = [f"t{number}" for number in range(more)]
            site = replace(
                site, hosts={**site.hosts, **{name: replace(site.hosts["hv1"], name=name) for name in names}}
            )
            like = [each for each in evidence if each.ask.target == "hv1"]
            evidence += [replace(each, ask=replace(each.ask, target=name)) for name in names for each in like]
        clock = Clock(total_s=600.0, target_s=600.0)
        case = Case(
            site=site, source=Live(site, Vault(site, None), clock, {}), knowledge=one.case.knowledge, clock=clock
        )
        case.evidence.update((str(number), each) for number, each in enumerate(evidence))
        return case

    def _many(self, walk: Walk) -> Walk:
        if "findings" not in self.loads:
            return walk
        found = next(each for each in walk.outcomes if each.findings)
        many = tuple(replace(found.findings[0], where=f"gw{number}") for number in range(FINDINGS))
        more = replace(found, findings=many, explained_by=("",) * FINDINGS)
        return replace(walk, outcomes=tuple(more if each is found else each for each in walk.outcomes))


def main() -> None:
    """Until q."""
    engine = Loaded(headless.Options(demo="old-static-arp"))
    engine.loads = frozenset(sys.argv[1:]) or frozenset({"targets", "findings"})
    with terminal.quick_turns():
        NlbwizApp(engine).run()


if __name__ == "__main__":
    main()
