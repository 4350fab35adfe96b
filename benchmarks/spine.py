"""What a healthy check costs: wall time against the slowest machine alone, PDUs, requests, CPU; and what --help costs.

Run: python benchmarks/spine.py [ROUNDS]. Ratios come from one interleaved run; the lab's own counters are the measure.
"""

import queue
import resource
import statistics
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

from nlbwiz import registry
from nlbwiz.case import Case, Knowledge, wanted
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from nlbwiz.parse.gather import gather
from nlbwiz.plan import plan
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site

WINRM_S, SNMP_S = 0.3, 0.02
KNOWLEDGE = Knowledge(checks=registry.checks(), tree=registry.tree(), symptom="routine")


def whole(site: Site) -> float:
    """Seconds of one whole run."""
    clock = Clock(total_s=60, target_s=60)
    case = Case(site=site, source=Live(site, Vault(site, None), clock, {}), knowledge=KNOWLEDGE, clock=clock)
    for _ in case.events():
        pass
    return clock.now()


def alone(site: Site, name: str) -> tuple[float, float]:
    """One machine asked all it is asked with nobody beside it: seconds in all, and seconds of its sign-in."""
    one = replace(
        site,
        nodes={k: v for k, v in site.nodes.items() if k == name},
        hosts={k: v for k, v in site.hosts.items() if k == name},
        switches={k: v for k, v in site.switches.items() if k == name},
        gateways={k: v for k, v in site.gateways.items() if k == name},
        clusters={},
    )
    clock = Clock(total_s=60, target_s=60)
    source = Live(one, Vault(one, None), clock, {})
    inbox: queue.SimpleQueue[Step | Evidence] = queue.SimpleQueue()
    facts = gather(one, None, [], at=datetime.now(UTC), still_open=True)
    asks = [ask for ask in plan(one, facts, wanted(KNOWLEDGE.checks)) if ask.target == name]
    source.ask(asks, inbox.put)
    waiting, signed_in, began = len(asks), 0.0, 0.0
    while waiting:
        event = inbox.get(timeout=60)
        if isinstance(event, Evidence):
            waiting -= 1
        elif event.text == "signing in":
            began = clock.now()
        elif event.text.startswith("running"):
            signed_in = clock.now() - began
    source.close()
    return clock.now(), signed_in


def slow_site(rounds: int) -> None:
    """The whole site against the slowest machine alone plus the one sign-in, interleaved."""
    print(
        f"healthy-igmp, {WINRM_S * 1000:.0f} ms per WinRM request, {SNMP_S * 1000:.0f} ms per SNMP answer, {rounds} rounds"
    )
    ratios = []
    for _ in range(rounds):
        with Lab(scenario.load("healthy-igmp")) as lab:
            for name in lab.servers:
                lab.set_latency(name, WINRM_S)
            for name in lab.agents:
                lab.set_latency(name, SNMP_S)
            site = load.read(lab.site_file)
            singles = {name: alone(site, name) for name in lab.servers}
            slowest, signed_in = max(s for s, _ in singles.values()), max(i for _, i in singles.values())
            took = whole(site)
        ratios.append(took / (slowest + signed_in))
        print(
            f"  whole {took:.2f} s, slowest alone {slowest:.2f} s + sign-in {signed_in:.2f} s: ratio {ratios[-1]:.2f}"
        )
    print(f"  median ratio {statistics.median(ratios):.2f} (wanted: at most 1.3)")


def cost() -> None:
    """What one run costs each machine, by the lab's counters, and this process in CPU."""
    for rows in (40, 16_384):
        with Lab(scenario.load("healthy-igmp", fdb_rows=rows)) as lab:
            site = load.read(lab.site_file)
            before = resource.getrusage(resource.RUSAGE_SELF)
            took = whole(site)
            after = resource.getrusage(resource.RUSAGE_SELF)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"healthy-igmp, {rows:,} MAC table rows: {took:.2f} s wall, {cpu:.2f} s CPU (the lab's own included)")
            for name, server in lab.servers.items():
                c = server.counts
                print(
                    f"  {name}: {c.requests} requests, {c.shells_created} shell, {c.processes} process, {c.sign_ins} sign-in"
                )
            for name, agent in lab.agents.items():
                print(f"  {name}: {agent.counts.pdus} PDUs, {agent.counts.varbinds} varbinds, {agent.counts.set} SETs")


def start_up(rounds: int = 15) -> None:
    """CPU seconds of `nlbwiz --help` against an empty Python, medians of interleaved runs."""

    def cpu(*command: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    helps, bare = [], []
    for _ in range(rounds):
        bare.append(cpu(sys.executable, "-c", "pass"))
        helps.append(cpu(sys.executable, "-m", "nlbwiz", "--help"))
    ratio = statistics.median(helps) / statistics.median(bare)
    print(
        f"--help {statistics.median(helps) * 1000:.0f} ms CPU, empty Python {statistics.median(bare) * 1000:.0f} ms: {ratio:.1f} x"
    )


def main() -> None:
    """All of it."""
    cost()
    slow_site(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    start_up()


if __name__ == "__main__":
    main()
