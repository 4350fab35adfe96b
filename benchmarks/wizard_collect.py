"""What it costs to look: collecting with the wizard open against `check`, over one lab in another process.

Run: python benchmarks/wizard_collect.py [PAIRS]. Median of interleaved pairs (at least 7). The wizard runs on a real
pseudo-terminal. Both times are the run's own, by the saved runs, from its first ask to its last answer (without what
either takes to start); the lab's servers answer each request 150 ms later. Beside them stand what was asked, and the
processor's time of the whole process, its start included. Wanted: at most 1.1.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this checkout, installed or not

from nlbwiz.record.file import read
from tests.tui.ptys import on_pty

ROOT = Path(__file__).resolve().parents[1]
LAB = """
import json, sys
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
with Lab(scenario.load("healthy-igmp")) as lab:
    for name in (*lab.servers, *lab.agents):
        lab.set_latency(name, 0.15 if name in lab.servers else 0.01)
    print(lab.site_file, flush=True)
    for line in sys.stdin:
        servers = sum(one.counts.requests for one in lab.servers.values())
        print(json.dumps([servers, sum(one.counts.pdus for one in lab.agents.values())]), flush=True)
"""


def took(path: Path) -> float:
    """Seconds from the first ask of a saved run to its last answer: without what either takes to start."""
    answers = [one for one in read(path).evidence if one.is_answer and one.took_ms]
    return (
        max(one.at for one in answers) - min(one.at - timedelta(milliseconds=one.took_ms) for one in answers)
    ).total_seconds()


def cpu() -> float:
    """Seconds of the processor that every ended child has taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """All of it."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    lab = subprocess.Popen(
        [sys.executable, "-c", LAB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert lab.stdin
    assert lab.stdout
    site = lab.stdout.readline().strip()

    def asked() -> list[int]:
        assert lab.stdin
        assert lab.stdout
        lab.stdin.write("\n")
        lab.stdin.flush()
        servers, pdus = lab.stdout.readline().strip("[]\n").split(",")
        return [int(servers), int(pdus)]

    ratios, checks, wizards = [], [], []
    try:
        with tempfile.TemporaryDirectory() as name:
            home = Path(name)
            for number in range(pairs):
                before, cpus = asked(), [cpu()]
                saved = home / f"check{number}"
                subprocess.run(
                    [sys.executable, "-m", "nlbwiz", "check", "--site", site, "--save", str(saved)],
                    env=environment | {"NLBWIZ_HOME": name}, cwd=ROOT, capture_output=True, check=False, timeout=60,
                )  # fmt: skip
                between = asked()
                cpus.append(cpu())
                opened = home / f"wizard{number}"
                command = [sys.executable, "-m", "nlbwiz", "wizard", "--site", site, "--save", str(opened)]
                with on_pty(command, home=home, size=(120, 40)) as terminal:
                    terminal.until("HEALTHY", 60)
                    terminal.type("q")
                    terminal.ended(5)
                after = asked()
                cpus.append(cpu())
                checks.append(took(saved))
                wizards.append(took(opened))
                ratios.append(wizards[-1] / checks[-1])
                costs = [
                    f"{new[0] - old[0]} requests, {new[1] - old[1]} PDUs, CPU {cpus[n + 1] - cpus[n]:.2f} s"
                    for n, (old, new) in enumerate(((before, between), (between, after)))
                ]
                print(f"  check {checks[-1]:.2f} s ({costs[0]})   wizard {wizards[-1]:.2f} s ({costs[1]})")
                time.sleep(0.1)
    finally:
        lab.stdin.close()
        lab.wait(10)
    print(f"median ratio {statistics.median(ratios):.2f} of {pairs} pairs (wanted: at most 1.1)")


if __name__ == "__main__":
    main()
