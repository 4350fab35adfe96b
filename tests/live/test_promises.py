"""What the product promises, measured on the lab's own counters and on a clock: streaming, deadlines, cost, reading only."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.spine import alone
from nlbwiz.case import Case
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab
from nlbwiz.lab.winrm.faults import Rule
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from tests.live.scenarios import knowledge, run

HV2_FREE = {"NLB002", "NLB003", "NLB006", "NLB008", "NLB009", "NLB010", "NLB012", "NLB013", "NLB023"}
"""Causes of healthy-igmp that no Hyper-V host decides."""
HV2_NEEDED = {"NLB001", "NLB004", "NLB005", "NLB011", "NLB014", "NLB015"}


def nlbwiz(*arguments: str, timeout: float = 60, home: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """The command as it is installed, in a process of its own."""
    environment = {
        "NLBWIZ_HOME": str(home or "/nonexistent"),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-c", TIMED, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)


TIMED = """
import sys, time
from nlbwiz.cli import main
began = time.monotonic()
try:
    main(sys.argv[1:])
finally:
    print(f"took {time.monotonic() - began:.3f} s", file=sys.stderr)
"""
"""The command, which says last how long it ran: without Python's own start, which a busy machine makes long."""


def took_s(done: "subprocess.CompletedProcess[str]") -> float:
    """Seconds from the command's first line to its last."""
    return float(done.stderr.splitlines()[-1].split()[1])


@pytest.fixture
def healthy() -> Iterator[Lab]:
    with Lab(scenario.load("healthy-igmp")) as lab:
        yield lab


def asked(lab: Lab, *, total_s: float = 30.0) -> tuple[Case, float]:
    """One whole run in this process, and how long it took in seconds."""
    site = load.read(lab.site_file)
    clock = Clock(total_s=total_s, target_s=total_s)
    case = Case(site=site, source=Live(site, Vault(site, None), clock, {}), knowledge=knowledge(), clock=clock)
    for _ in case.events():
        pass
    return case, clock.now()


def test_what_does_not_need_a_slow_host_is_told_within_two_seconds(healthy: Lab) -> None:
    healthy.servers["hv2"].inject(Rule(kind="slow", action="Receive", seconds=5.0, times=None))
    done = nlbwiz("check", "--site", str(healthy.site_file), "--deadline", "20")
    said = re.findall(r"^\[ *([\d.]+)\] (\w+): (NLB\d{3}) ", done.stderr, re.MULTILINE)
    first = min(float(at) for at in re.findall(r"^\[ *([\d.]+)\] \w+: (?:connecting|asked)", done.stderr, re.MULTILINE))
    early = {(cluster, cause) for at, cluster, cause in said if float(at) - first < 2.0}
    late = {(cluster, cause) for at, cluster, cause in said if float(at) - first >= 4.0}
    assert early == {(cluster, cause) for cluster in ("web", "shop") for cause in HV2_FREE | {"NLB007"}}, done.stderr
    assert late == {(cluster, cause) for cluster in ("web", "shop") for cause in HV2_NEEDED}, done.stderr
    assert done.returncode == 0, done.stdout


def test_a_site_where_nothing_answers_ends_by_the_deadline_and_is_unknown() -> None:
    done = nlbwiz("check", "--demo", "all-dark", "--deadline", "5")
    assert took_s(done) < 6.0
    assert done.returncode == 3
    assert "HEALTHY" not in done.stdout


def test_servers_that_trickle_a_byte_a_second_hold_nobody_beyond_the_deadline(healthy: Lab) -> None:
    for server in healthy.servers.values():
        server.inject(Rule(kind="trickle", action="*", seconds=1.0, times=None))
    for agent in healthy.agents:
        healthy.silence(agent)
    done = nlbwiz("check", "--site", str(healthy.site_file), "--deadline", "5")
    assert took_s(done) < 6.0
    assert done.returncode == 3


def test_a_healthy_run_costs_one_shell_and_one_process_per_machine_and_changes_nothing(healthy: Lab) -> None:
    asked(healthy)
    for name, server in healthy.servers.items():
        counts = server.counts
        assert (counts.shells_created, counts.processes, counts.sign_ins) == (1, 1, 1), name
        assert (counts.shells_open, counts.refused_sign_ins, counts.in_clear) == (0, 0, 0), name
    assert [agent.counts.set for agent in healthy.agents.values()] == [0, 0]


@pytest.mark.parametrize("name", scenario.names())
def test_no_scenario_ever_sees_a_set_or_a_clear_text(name: str) -> None:
    with Lab(scenario.load(name)) as lab:
        asked(lab, total_s=3.0)
        assert [agent.counts.set for agent in lab.agents.values()] == [0] * len(lab.agents)
        assert [server.counts.in_clear for server in lab.servers.values()] == [0] * len(lab.servers)


def pdus(rows: int | None) -> int:
    with Lab(scenario.load("healthy-igmp", fdb_rows=rows)) as lab:
        case, _ = asked(lab)
        assert case.ended is not None
        return lab.agents["sw1"].counts.pdus


def test_a_switch_costs_few_pdus_whatever_the_size_of_its_mac_table() -> None:
    assert pdus(40) <= 20
    assert pdus(16_384) <= 20


def test_machines_are_asked_side_by_side(healthy: Lab) -> None:
    """The whole site takes at most 1.3 x (the slowest machine alone + the one sign-in that proves the account)."""
    for server in healthy.servers:
        healthy.set_latency(server, 0.3)
    for agent in healthy.agents:
        healthy.set_latency(agent, 0.02)
    site = load.read(healthy.site_file)
    _, whole_s = asked(healthy)
    singles = [alone(site, name) for name in ("nlb1", "hv1")]  # a node and a host: their peers are the same
    slowest_s, sign_in_s = max(took for took, _ in singles), max(signed_in for _, signed_in in singles)
    assert whole_s <= 1.3 * (slowest_s + sign_in_s), (whole_s, slowest_s, sign_in_s)


@pytest.mark.parametrize("name", ["old-static-arp", "healthy-igmp", "half-dark", "duplicate-ip"])
def test_a_saved_run_is_judged_again_byte_for_byte(name: str, tmp_path: Path) -> None:
    bundle = tmp_path / "run.nlbwiz"
    live = nlbwiz("check", "--demo", name, "--deadline", "4", "--save", str(bundle), "--format", "json")
    again = nlbwiz("check", "--bundle", str(bundle), "--format", "json")
    assert (again.returncode, again.stdout) == (live.returncode, live.stdout), live.stderr
    assert json.loads(live.stdout)["exit_code"] == live.returncode


def test_no_secret_of_the_lab_is_in_anything_that_is_kept(tmp_path: Path) -> None:
    with Lab(scenario.load("half-dark")) as lab:
        secrets = [
            part
            for file in lab.folder.glob("*.secret")
            for part in file.read_text(encoding="utf-8").strip().split(":")[-1:]
        ]
        bundle = tmp_path / "run.nlbwiz"
        done = nlbwiz("check", "--site", str(lab.site_file), "--deadline", "4", "--save", str(bundle))
    kept = done.stdout + done.stderr + bundle.read_text(encoding="utf-8")
    assert secrets
    assert not [secret for secret in secrets if secret in kept]


def test_the_last_resort_is_offered_only_for_its_symptom_and_says_what_it_hides() -> None:
    asked_for = run("false-duplicate-warning", symptom="duplicate-ip").report
    assert [one.id for one in asked_for.advice] == ["set-arpretrycount"]
    assert "will not report a real duplicate" in asked_for.advice[0].hides
    assert run("false-duplicate-warning").report.advice == []
    assert run("arpretrycount-hides-duplicate", symptom="duplicate-ip").report.advice == []
