"""The WinRM source over real sockets: one shell and one process each, answers as they come, and an end for every ask."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlbwiz.collect import ask_text
from nlbwiz.collect.winrm.shell import LONGEST_LINE
from nlbwiz.lab.winrm.faults import Action, Rule
from nlbwiz.lab.winrm.shell import Output
from nlbwiz.probes import Ask
from nlbwiz.site.model import Endpoint
from tests.collect.winrm.site import HOST, NODE, Given, Machines, answer_all, line, sections, wait_for


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    found.close()


# ---- a healthy machine ----


def test_a_healthy_machine_costs_one_shell_one_process_and_eight_requests(machines: Machines) -> None:
    server = machines.add()
    given = machines.ask()
    assert {one.status for one in given.evidence} == {"answered"}
    assert {one.ask.probe: json.loads(one.raw) for one in given.evidence} == {name: [{"seen": True}] for name in NODE}
    wait_for(lambda: server.counts.shells_open == 0)
    counts = server.counts
    assert (counts.shells_created, counts.processes, counts.sign_ins, counts.connections) == (1, 1, 1, 1)
    assert counts.operations == {"Auth": 2, "Prime": 1, "Create": 1, "Command": 1, "Send": 1, "Receive": 1, "Delete": 1}
    assert counts.in_clear == 0
    assert all(exchange.sealed for exchange in server.log if exchange.action not in ("Auth", "Prime"))


def test_a_host_is_asked_with_the_hosts_script(machines: Machines) -> None:
    read: list[str] = []

    def run(script: str, stdin: str) -> Iterator[Output]:
        read.append(stdin)
        return answer_all(script, stdin)

    machines.add("hv1", run, host_role=True)
    machines.add("nlb1", run)
    given = machines.ask()
    assert Counter(one.ask.target for one in given.evidence) == {"hv1": len(HOST), "nlb1": len(NODE)}
    assert sorted(read) == sorted((ask_text.script("node"), ask_text.script("host")))


def test_the_steps_say_how_far_a_machine_is(machines: Machines) -> None:
    def run(script: str, _stdin: str) -> Iterator[Output]:
        for name in sections(script):
            yield "stdout", line(name) + b"\n"
            time.sleep(0.03)  # in pieces, so that more than one Receive is needed

    machines.add(run=run)
    given = machines.ask(probes=NODE[:4])
    texts = [step.text for step in given.steps]
    assert texts[:3] == ["connecting", "signing in", "running 4 questions"]
    assert {"1 of 4 answered"} <= set(texts[3:]) <= {"1 of 4 answered", "2 of 4 answered", "3 of 4 answered", texts[-1]}
    assert texts[-1].startswith("done in ")
    assert given.steps[0].waiting == 4
    assert given.steps[-1].waiting == 0
    assert {step.target for step in given.steps} == {"nlb1"}


def test_the_command_line_stays_below_what_is_sure_to_be_taken() -> None:
    for names in (NODE, HOST):
        assert len(f"{ask_text.COMMAND} {ask_text.bootstrap(names)}") <= LONGEST_LINE


def test_a_script_larger_than_one_send_arrives_whole(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlbwiz.collect.winrm.shell.CHUNK", 3000)
    read: list[str] = []

    def run(script: str, stdin: str) -> Iterator[Output]:
        read.append(stdin)
        return answer_all(script, stdin)

    server = machines.add(run=run)
    assert machines.one().status == "answered"
    assert read == [ask_text.script("node")]
    assert server.counts.operations["Send"] == -(-len(read[0]) // 3000)


# ---- answers as they come ----


def test_each_section_is_evidence_the_moment_it_arrives(machines: Machines) -> None:
    seen = threading.Event()

    def run(script: str, _stdin: str) -> Iterator[Output]:
        first, *rest = sections(script)
        yield "stdout", line(first) + b"\n"
        assert seen.wait(10)
        for name in rest:
            yield "stdout", line(name) + b"\n"

    machines.add(run=run)
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(), given)
        given.until(1)
        assert len(given.evidence) == 1
        seen.set()
        given.until(len(NODE))


def test_empty_and_failed_sections_are_told_apart(machines: Machines) -> None:
    def run(_script: str, _stdin: str) -> Iterator[Output]:
        refused = {"type": "System.UnauthorizedAccessException", "id": "x", "message": "Zugriff verweigert"}
        absent = {
            "type": "System.Management.Automation.CommandNotFoundException",
            "id": "x",
            "message": "no Get-NlbCluster",
        }
        yield "stdout", line("os") + b"\n" + line("dad", []) + b"\n"
        yield "stdout", line("events", error=refused) + b"\n" + line("cluster", [], error=absent) + b"\n"

    machines.add(run=run)
    found = machines.ask(probes=["os", "dad", "events", "cluster"]).by_label()
    assert {label: one.status for label, one in found.items()} == {
        "nlb1/os": "answered",
        "nlb1/dad": "empty",
        "nlb1/events": "denied",
        "nlb1/cluster": "unsupported",
    }
    assert (found["nlb1/dad"].raw, found["nlb1/events"].raw) == ("[]", "")
    assert "Zugriff verweigert" in found["nlb1/events"].error
    assert all(one.resolve for one in found.values() if not one.is_answer)


ERROR = (
    '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    '<S S="Error">{}_x000D__x000A_</S></Objs>'
)


LANGUAGE = "Cannot invoke method. Method invocation is supported only on core types in this language mode."


@pytest.mark.parametrize(
    ("stdout", "stderr", "code", "status", "says"),
    [
        (b"Active code page: 65001\r\n", "", 0, "garbled", "is not JSON; it begins Active code page: 65001"),
        (b"\x1b]0;evil\x07\n", "", 0, "garbled", "it begins \\x1b]0;evil\\x07"),
        (line("dad")[:30], "", 0, "garbled", "ends in the middle of a line"),
        (b"", "", 0, "garbled", "ended (exit code 0) before it answered this: it said nothing"),
        (b"", ERROR.format("No such term"), 1, "garbled", "ended (exit code 1) before it answered this: No such term"),
        (
            b"",
            "The command line is too long.\r\n",
            1,
            "unsupported",
            "did not start PowerShell: The command line is too long.",
        ),
        (b"", ERROR.format(LANGUAGE), 1, "unsupported", "restricted language mode"),
        (b"", ERROR.format("x NotSupportedInConstrainedLanguage"), 1, "unsupported", "AppLocker"),
    ],
)
def test_a_script_that_ends_early_keeps_its_finished_sections(
    machines: Machines, stdout: bytes, stderr: str, code: int, status: str, says: str
) -> None:
    def run(_script: str, _stdin: str) -> Iterator[Output]:
        yield "stdout", line("os") + b"\r\n" + stdout
        yield "stderr", stderr.encode()
        yield code

    server = machines.add(run=run)
    found = machines.ask(probes=["os", "dad"]).by_label()
    assert found["nlb1/os"].status == "answered"
    assert (found["nlb1/dad"].status, found["nlb1/dad"].raw) == (status, "")
    assert says in found["nlb1/dad"].error
    assert found["nlb1/dad"].resolve
    assert server.counts.shells_open == 0


def test_a_strange_line_does_not_cost_the_good_ones(machines: Machines) -> None:
    def run(script: str, stdin: str) -> Iterator[Output]:
        yield "stdout", b"profile says hello\r\n"
        yield from answer_all(script, stdin)

    machines.add(run=run)
    assert {one.status for one in machines.ask().evidence} == {"answered"}


def test_stderr_of_a_script_that_answers_is_not_a_failure(machines: Machines) -> None:
    def run(script: str, stdin: str) -> Iterator[Output]:
        yield "stderr", ERROR.format("Preparing modules").encode()
        yield from answer_all(script, stdin)
        yield 1

    machines.add(run=run)
    assert {one.status for one in machines.ask().evidence} == {"answered"}


def test_a_large_answer_comes_whole(machines: Machines) -> None:
    rows = [
        {"ip": f"172.31.{n // 250}.{n % 250}", "name": "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 40}
        for n in range(3000)
    ]
    server = machines.add(run=lambda _script, _stdin: iter([("stdout", line("neighbors", rows) + b"\n")]))
    found = machines.ask(probes=["neighbors"]).evidence[0]
    assert json.loads(found.raw) == rows
    assert server.counts.operations["Receive"] > 3


# ---- rounds ----


def test_a_later_question_opens_a_new_round_at_its_time(machines: Machines) -> None:
    server = machines.add()
    given = Given()
    asks = [
        *machines.asks(probes=["os", "addresses"]),
        Ask(target="nlb1", probe="addresses", sample=1, not_before_s=0.4),
    ]
    with machines.source() as source:
        source.ask(asks, given)
        given.until(2)
        assert {one.ask.sample for one in given.evidence} == {0}
        given.until(3)
    assert {one.ask for one in given.evidence} == set(asks)
    assert given.at("nlb1") >= 0.39
    assert given.evidence[-1].took_ms < 390, "the time that it had to wait is not counted"
    assert (server.counts.shells_created, server.counts.processes) == (2, 2)


def test_questions_that_come_while_a_machine_is_busy_wait_for_its_next_round(machines: Machines) -> None:
    go = threading.Event()

    def run(script: str, stdin: str) -> Iterator[Output]:
        assert go.wait(10)
        return answer_all(script, stdin)

    server = machines.add(run=run)
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(probes=["os"]), given)
        given.until_step("running")
        source.ask(machines.asks(probes=["dad"]), given)
        source.ask(machines.asks(probes=["rules"]), given)
        go.set()
        given.until(3)
    assert given.evidence[0].ask.probe == "os"
    assert server.counts.processes == 2


def test_a_question_whose_time_never_comes_is_skipped_at_once(machines: Machines) -> None:
    machines.add()
    given = Given()
    with machines.source(total_s=30) as source:
        source.ask([Ask(target="nlb1", probe="os", sample=1, not_before_s=31)], given)
        assert given.until(1, 1)[0].status == "skipped"


def test_the_same_question_twice_is_answered_twice(machines: Machines) -> None:
    machines.add()
    given = Given()
    with machines.source() as source:
        source.ask([Ask(target="nlb1", probe="os"), Ask(target="nlb1", probe="os", sample=1)], given)
        source.ask([Ask(target="nlb1", probe="os")], given)
        given.until(3)
    assert Counter(one.ask.sample for one in given.evidence) == {0: 2, 1: 1}
    assert {one.status for one in given.evidence} == {"answered"}


@pytest.mark.parametrize(
    ("target", "probe"), [("nobody", "os"), ("nlb1", "vms"), ("nlb1", "fdb"), ("nlb1", "no-such-probe")]
)
def test_what_cannot_be_asked_ends_at_once(machines: Machines, target: str, probe: str) -> None:
    machines.enlist("nlb1", Endpoint(host="127.0.0.1", port=1, scheme="http"))
    given = Given()
    with machines.source() as source:
        source.ask([Ask(target=target, probe=probe)], given)
        assert given.evidence[0].status == "unsupported"


# ---- stop, extend, close ----


def hang(script: str, _stdin: str) -> Iterator[Output]:
    """One section, then nothing for long."""
    yield "stdout", line(sections(script)[0]) + b"\n"
    time.sleep(30)


def test_a_stopped_machine_costs_its_own_answers_and_its_shell_is_deleted(machines: Machines) -> None:
    hung, well = machines.add("hung", hang), machines.add("well")
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(), given)
        given.until(len(NODE) + 1)
        began = time.monotonic()
        source.stop("hung")
        assert time.monotonic() - began < 0.5
        given.until(2 * len(NODE), 0.5)
        wait_for(lambda: hung.counts.shells_open == 0)
    by_target = {
        name: Counter(one.status for one in given.evidence if one.ask.target == name) for name in machines.servers
    }
    assert by_target == {"hung": {"answered": 1, "stopped": len(NODE) - 1}, "well": {"answered": len(NODE)}}
    assert well.counts.shells_open == 0


def test_a_stopped_machine_can_be_asked_again(machines: Machines) -> None:
    machines.add("nlb1", hang)
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(probes=["os", "dad"]), given)
        given.until(1)
        source.stop("nlb1")
        source.ask(machines.asks(probes=["os"]), given)
        given.until(3)
    assert [one.status for one in given.evidence] == ["answered", "stopped", "answered"]


def test_more_time_lets_a_slow_machine_answer(machines: Machines) -> None:
    def run(script: str, stdin: str) -> Iterator[Output]:
        time.sleep(0.7)
        return answer_all(script, stdin)

    machines.add("more", run)
    machines.add("none", presence="silent")
    given = Given()
    with machines.source(target_s=0.5) as source:
        source.ask(machines.asks(probes=["os"]), given)
        source.extend("more", 10)
        given.until(2)
    assert {one.ask.target: one.status for one in given.evidence} == {"more": "answered", "none": "timeout"}
    assert given.at("none") < 1.1


@pytest.mark.parametrize("presence", ["silent", "dead"])
def test_close_ends_within_a_second_whatever_hangs(machines: Machines, presence: str) -> None:
    machines.add("asleep", presence=presence)
    hung = machines.add("hung", hang)
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(), given)
        given.until(1)
        began = time.monotonic()
        source.close()
        assert time.monotonic() - began < 1
        came = len(given.all)
        source.ask(machines.asks(probes=["os"]), given)
    assert len(given.evidence) == 2 * len(NODE) + 2
    assert Counter(one.status for one in given.evidence) == {"answered": 1, "stopped": 2 * len(NODE) + 1}
    assert len(given.all) == came + 2, "nothing is given after close but what is asked after it"
    assert hung.counts.shells_open == 0


def test_close_right_after_the_last_answer_still_deletes_the_shell(machines: Machines) -> None:
    server = machines.add(latency_s=0.05)
    assert machines.one().status == "answered"
    assert server.counts.operations["Delete"] == 1
    assert server.counts.shells_open == 0


# ---- the clock ----


def test_every_machine_ends_by_its_time_whatever_it_does(machines: Machines) -> None:
    machines.add("silent", presence="silent")
    machines.add("dead", presence="dead")
    machines.add("refusing", presence="refusing")
    machines.add("hung", hang)
    actions: tuple[Action, ...] = ("Auth", "Create", "Receive")
    for action in actions:
        machines.add(f"trickling-{action}", rules=[Rule(kind="trickle", action=action, seconds=0.1, times=None)])
    given = machines.ask(target_s=1.2)
    assert max(when for when, _ in given.all) < 1.7
    found = {name: {one.status for one in given.evidence if one.ask.target == name} for name in machines.targets}
    assert found["refusing"] == {"unreachable"}
    assert found["hung"] == {"answered", "timeout"}
    assert (
        found["silent"]
        == found["trickling-Auth"]
        == found["trickling-Create"]
        == found["trickling-Receive"]
        == {"timeout"}
    )
    said = {one.ask.target: one.error for one in given.evidence if one.status == "timeout"}
    late = {one.resolve for one in given.evidence if one.ask.target == "silent"}
    assert late == {"it was silent's own limit of 1.2 s: raise limits.target_s in the site file"}
    assert "waiting for its first answer" in said["silent"]
    assert "connecting to http://" in said["dead"]
    assert "running the script, 1 of 17 answered" in said["hung"]
    assert "opening a shell" in said["trickling-Create"]
    wait_for(lambda: machines.servers["hung"].counts.shells_open == 0)


def test_the_runs_deadline_holds_against_a_larger_limit_of_the_target(machines: Machines) -> None:
    machines.add(presence="silent")
    given = machines.ask(total_s=0.5, target_s=20)
    assert given.at("nlb1") < 1.0
    (late,) = {one.resolve for one in given.evidence}
    assert late.startswith("it was the run's limit of 0.5 s: give a later --deadline")
    assert "target_s" not in late


def test_a_question_behind_a_hung_machine_ends_with_the_run(machines: Machines) -> None:
    machines.add(run=hang)
    given = Given()
    with machines.source(total_s=0.6) as source:
        source.ask(machines.asks(probes=["dad", "os"]), given)
        given.until_step("running")
        source.ask(machines.asks(probes=["rules"]), given)
        given.until(3)
    assert given.by_label()["nlb1/rules"].status == "timeout"
    assert max(when for when, _ in given.all) < 1.3


def test_a_machine_that_does_not_answer_the_connection_is_given_up_early(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlbwiz.collect.winrm.wsman.CONNECT_S", 0.3)
    machines.add(presence="dead")
    began = time.monotonic()
    found = machines.one()
    assert time.monotonic() - began < 1
    assert (found.status, "the connection timed out" in found.error) == ("unreachable", True)


def test_many_machines_are_asked_beside_each_other(machines: Machines) -> None:
    for number in range(8):
        machines.add(f"nlb{number}", latency_s=0.06)
    given = machines.ask()
    assert {one.status for one in given.evidence} == {"answered"}
    # alone: 7 requests to the last answer; here they wait for one sign-in (2 requests) before
    assert max(when for when, _ in given.all) < 2.0
    for server in machines.servers.values():
        assert (server.counts.shells_created, server.counts.processes, server.counts.shells_open) == (1, 1, 0)


# ---- what it must not do ----


def test_importing_the_source_imports_no_client_library() -> None:
    code = "import sys, nlbwiz.collect.winrm.source; print(sorted({'winrm', 'requests', 'spnego', 'urllib3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_environment_decides_nothing(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    machines.add()
    assert machines.one().status == "answered"
    assert "no_proxy" not in os.environ


def test_every_thread_is_a_daemon(machines: Machines) -> None:
    machines.add(run=hang)
    before = threading.enumerate()
    given = Given()
    with machines.source() as source:
        source.ask(machines.asks(), given)
        given.until(1)
        ours = [thread for thread in threading.enumerate() if thread not in before]
        assert {"winrm", "winrm nlb1"} <= {thread.name for thread in ours}
        assert all(thread.daemon for thread in ours)


def test_ipv6_endpoints_are_reached(machines: Machines) -> None:
    machines.add(host="::1")
    assert machines.targets["nlb1"].endpoint.host == "::1"
    assert machines.one().status == "answered"


def test_what_a_round_leaves_is_nothing(machines: Machines) -> None:
    server = machines.add()
    assert machines.one().status == "answered"
    wait_for(lambda: server.live_connections == 0)
    wait_for(lambda: not any(thread.name.startswith("winrm") for thread in threading.enumerate()))
