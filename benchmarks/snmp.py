"""SNMP: exact rows against net-snmp's walk of the same tables, and 200 agents of which a fifth is silent.

Run: python benchmarks/snmp.py [ROUNDS]. Needs snmpbulkwalk (net-snmp). One agent with 16,384 MAC table and 4,096 ARP rows,
in a process of its own; every ratio comes from one interleaved run; PDUs are what the agent counted. Ours is timed in the
process after import, snmpbulkwalk as a whole process with its start and its printing.
"""

import queue
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import big_agent
from nlbwiz.collect.snmp.source import SnmpSource
from nlbwiz.collect.source import Clock
from nlbwiz.parse.gather import parse
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Site

MACS = tuple(big_agent.mac(number) for number in (5, 4_444, 9_999, 16_001))
IPS = tuple(big_agent.FIRST_IP + number for number in (0, 77, 2_048, 4_095))
TABLES = ("1.3.6.1.2.1.17.7.1.2.2.1", "1.3.6.1.2.1.4.22.1")
"""dot1qTpFdbTable (RFC 4363), ipNetToMediaTable (RFC 4293)."""


class Agents:
    """The process with the agents."""

    def __init__(self, count: int, latency_ms: float, silent: int = 0) -> None:
        words = (sys.executable, "-m", "benchmarks.big_agent", str(count), str(latency_ms), str(silent))
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.places = [self._line().replace(" ", ":") for _ in range(count)]

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def counted(self) -> tuple[int, int]:
        """PDUs and variables received so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        pdus, varbinds, _ = self._line().split()
        return int(pdus), int(varbinds)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@dataclass(frozen=True)
class Took:
    """One way of asking: seconds of wall time and of CPU, PDUs, variables, and the facts it came to."""

    wall_s: float
    cpu_s: float
    pdus: int
    varbinds: int
    facts: frozenset[str]


def measured(agents: Agents, who: int, ask: Callable[[], frozenset[str]]) -> Took:
    """`who`: resource.RUSAGE_SELF or RUSAGE_CHILDREN."""
    pdus, varbinds = agents.counted()
    before, began = resource.getrusage(who), time.monotonic()
    facts = ask()
    wall, after = time.monotonic() - began, resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    now = agents.counted()
    return Took(wall, cpu, now[0] - pdus, now[1] - varbinds, facts)


def walked(place: str) -> frozenset[str]:
    """Both tables by snmpbulkwalk -Cr50; which of the MACs and addresses that matter are in them."""
    wanted = {".".join(map(str, one)): one.hex("-") for one in MACS} | {str(ip): str(ip) for ip in IPS}
    found: set[str] = set()
    for oid in TABLES:
        words = ("snmpbulkwalk", "-v2c", "-c", big_agent.COMMUNITY, "-m", "", "-Cr50", "-Onq", place, oid)
        for line in subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines():
            parts = line.partition(" ")[0].split(".")
            found |= {wanted[end] for end in (".".join(parts[-6:]), ".".join(parts[-4:])) if end in wanted}
    return frozenset(found)


def site_of(places: list[str], folder: Path) -> Site:
    """A site of switches at these places."""
    secret = folder / "snmp.secret"
    secret.write_text(big_agent.COMMUNITY)
    secret.chmod(0o600)
    text = "\n".join(
        f'[switch.a{number}]\naddress = "127.0.3.{number + 1}"\nendpoint = "{place}"\nsnmp = "file:{secret}"\n'
        for number, place in enumerate(places)
    )
    return load.load(
        f'{text}\n[node.n1]\naddress = "127.0.0.1"\ncredential = "env:X"\n[cluster.c]\nvip = "172.31.3.232"\nnodes = ["n1"]\n',
        source="bench",
        folder=folder,
    )


def asked(site: Site, asks: list[Ask]) -> list[Evidence]:
    """Everything asked at once through the product's own source."""
    inbox: queue.SimpleQueue[Step | Evidence] = queue.SimpleQueue()
    source = SnmpSource(site, Vault(site, None), Clock(total_s=60, target_s=60))
    source.ask(asks, inbox.put)
    found: list[Evidence] = []
    while len(found) < len(asks):
        one = inbox.get(timeout=60)
        if isinstance(one, Evidence):
            found.append(one)
    source.close()
    return found


def targeted(site: Site) -> frozenset[str]:
    """The rows that matter, by their index: the VLANs are known."""
    vlans = tuple(map(str, big_agent.VLANS))
    asks = [Ask(target="a0", probe="fdb", args=(mac.hex("-").upper(), *vlans)) for mac in MACS]
    asks += [Ask(target="a0", probe="arp", args=(str(ip), str(big_agent.IFINDEX))) for ip in IPS]
    found = set()
    for one in asked(site, asks):
        facts, trouble = parse(one)
        if trouble or not facts:
            raise RuntimeError(f"{one.ask.label}: {trouble or one.error}")
        found.add(one.ask.args[0].lower())
    return frozenset(found)


def against_walk(latency_ms: float, rounds: int) -> None:
    """One agent: the walk of both tables, and our rows."""
    agents = Agents(1, latency_ms)
    with tempfile.TemporaryDirectory() as folder:
        site = site_of(agents.places, Path(folder))
        targeted(site)  # pysnmp is imported
        pairs = [
            (
                measured(agents, resource.RUSAGE_CHILDREN, lambda: walked(agents.places[0])),
                measured(agents, resource.RUSAGE_SELF, lambda: targeted(site)),
            )
            for _ in range(rounds)
        ]
    agents.close()
    assert all(walk.facts == ours.facts and ours.facts for walk, ours in pairs)
    walk, ours = (
        [
            statistics.median(getattr(pair[side], what) for pair in pairs)
            for what in ("wall_s", "cpu_s", "pdus", "varbinds")
        ]
        for side in (0, 1)
    )
    for name, one in (("snmpbulkwalk -Cr50", walk), ("exact rows", ours)):
        print(f"  {name:<19} {one[0]:7.3f} s wall {one[1]:6.3f} s CPU {one[2]:6.0f} PDUs {one[3]:7.0f} varbinds")
    fewer, faster, cpu = walk[2] / ours[2], walk[0] / ours[0], ours[1] / walk[1]
    print(f"  {fewer:.0f} x fewer PDUs, {faster:.1f} x less wall time, {cpu:.2f} x the CPU")


def many(count: int = 200, silent: int = 40) -> None:
    """All agents are asked for their names; those that are silent must cost their own time only."""
    agents = Agents(count, 2, silent)
    with tempfile.TemporaryDirectory() as folder:
        site = site_of(agents.places, Path(folder))
        asks = [Ask(target=f"a{number}", probe="agent") for number in range(count)]
        took = measured(
            agents, resource.RUSAGE_SELF, lambda: frozenset(one.id for one in asked(site, asks) if one.is_answer)
        )
    agents.close()
    budget = 2 * site.limits.snmp_s  # asked, and once more
    print(
        f"{count} agents, {silent} silent: {len(took.facts)} answered, {took.wall_s:.2f} s wall, {took.cpu_s:.2f} s CPU, "
        f"{took.pdus} PDUs; one agent's time-outs are {budget:g} s: {took.wall_s / budget:.2f} x (wanted: at most 1.3)"
    )
    assert len(took.facts) == count - silent


def main() -> None:
    """All of it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{big_agent.FDB_ROWS:,} MAC table rows, {big_agent.ARP_ROWS:,} ARP rows, {rounds} rounds")
    print(f"looked for: {len(MACS)} MACs in {len(big_agent.VLANS)} VLANs, {len(IPS)} IP addresses")
    for latency_ms in (0, 2, 10):
        print(f"{latency_ms} ms an answer")
        against_walk(latency_ms, rounds)
    many()


if __name__ == "__main__":
    main()
