"""The SNMP source against simulated agents over real sockets: what comes back, how many PDUs, whose time it costs."""

import contextlib
import json
import socket
import threading
import time

import pytest

from nlbwiz.collect.snmp.budget import Cost
from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.probes import Ask, oids
from nlbwiz.record.evidence import Evidence, Status, Step
from nlbwiz.site.model import Limits
from tests.collect.snmp.site import (
    COMMUNITY,
    FDB_PORT,
    FDB_STATUS,
    LAG,
    MIB2,
    QUICK,
    Given,
    agents,
    fdb_asks,
    router_table,
    rows,
    site_of,
    source_for,
    switch_table,
)


def _hosts() -> list[tuple[str, str]]:
    """Where an agent listens, and how the site names it; IPv6 where this machine has it."""
    hosts = [("127.0.61.7", "127.0.61.7"), ("127.0.0.1", "localhost")]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        hosts.append(("::1", "::1"))
    return hosts


HOSTS = _hosts()
HERE = (2, 0xBF, 0xAC, 0x1F, 3, 5)


@pytest.fixture(autouse=True)
def _credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)


def ask(target: str, probe: str, *args: str, sample: int = 0, not_before_s: float = 0.0) -> Ask:
    return Ask(target=target, probe=probe, args=args, sample=sample, not_before_s=not_before_s)


def test_a_get_gives_every_row_in_the_order_asked_with_its_type() -> None:
    with agents({"gw1": router_table()}) as running, source_for(site_of({"gw1": running["gw1"].address})) as source:
        given = Given()
        wanted = ask("gw1", "arp", "172.31.3.232", "7", "0")
        source.ask([wanted], given)
        evidence = given.wait(1)[wanted]
    assert evidence.status == "answered"
    assert json.loads(evidence.raw) == {
        "rows": [
            ["1.3.6.1.2.1.4.22.1.2.7.172.31.3.232", "octets", "03bfac1f03e8"],
            ["1.3.6.1.2.1.4.22.1.4.7.172.31.3.232", "int", 4],
            ["1.3.6.1.2.1.4.22.1.2.0.172.31.3.232", "no_such_instance", None],
            ["1.3.6.1.2.1.4.22.1.4.0.172.31.3.232", "no_such_instance", None],
        ],
        "ended": True,
    }
    assert evidence.error == evidence.resolve == ""
    assert 0 <= evidence.took_ms < 5000
    assert [tuple(map(int, row[0].split("."))) for row in rows(evidence)] == list(oids(wanted))


def test_scalars_come_with_the_types_of_their_mib() -> None:
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        (evidence,) = given.wait(1).values()
    assert [row[1:] for row in rows(evidence)] == [
        ["octets", b"PowerConnect 5424".hex()],
        ["oid", "1.3.6.1.4.1.674.10895.3008"],
        ["ticks", 123456],
        ["octets", b"sw1".hex()],
        ["int", 2],
    ]


def test_a_walk_gives_column_after_column_to_its_end() -> None:
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        source.ask([ask("sw1", "ports"), ask("sw1", "vlans")], given)
        found = given.wait(2)
    ports = rows(found[ask("sw1", "ports")])
    assert len(ports) == 32 + 32 + 32 + 24
    assert [row[2] for row in ports[:2]] == [b"g1".hex(), b"g2".hex()]
    assert ports[-1] == [".".join(map(str, (*LAG, 24))), "int", 0]
    assert [row[1] for row in rows(found[ask("sw1", "vlans")])] == ["octets", "octets", "gauge", "gauge"]
    assert all(json.loads(each.raw)["ended"] is True for each in found.values())


@pytest.mark.parametrize(
    ("unimplemented", "wanted", "status", "says"),
    [
        ((), ask("sw1", "fdb", "02-BF-AC-1F-03-05", "10"), "answered", ""),
        ((), ask("sw1", "fdb", "02-BF-AC-1F-03-06", "10", "20"), "empty", ""),
        (((*MIB2, 17),), ask("sw1", "fdb", "02-BF-AC-1F-03-05", "10"), "unsupported", "dot1qTpFdbPort"),
        (((*MIB2, 17),), ask("sw1", "vlans"), "empty", ""),  # a walk cannot tell no rows from no table
        ((), ask("sw1", "lldp"), "empty", ""),
        (((*MIB2, 4, 1),), ask("sw1", "agent"), "answered", ""),  # the rest of it came
        ((), ask("sw1", "fdb", "02-BF-AC-1F-03-05"), "skipped", "no place"),
        ((), ask("sw1", "fdb", "no mac", "10"), "unsupported", "does not work"),
        ((), ask("sw1", "jump-neighbors"), "unsupported", "no SNMP question"),
        ((), ask("nobody", "agent"), "unsupported", "no SNMP target"),
    ],
)
def test_no_object_no_row_and_no_question_stay_apart(
    unimplemented: tuple[tuple[int, ...], ...], wanted: Ask, status: Status, says: str
) -> None:
    table = switch_table([(10, HERE, 3)])
    with (
        agents({"sw1": table}, faults={"sw1": Faults(unimplemented=unimplemented)}) as running,
        source_for(site_of({"sw1": running["sw1"].address})) as source,
    ):
        given = Given()
        source.ask([wanted], given)
        evidence = given.wait(1)[wanted]
    assert (evidence.status, says in evidence.error) == (status, True)
    assert bool(evidence.raw) == evidence.is_answer
    assert evidence.is_answer or evidence.error


@pytest.mark.parametrize("size", [40, 16_384])
def test_a_powerconnect_costs_at_most_20_pdus_whatever_its_fdb_holds(size: int) -> None:
    many = ((10 + 10 * (n % 2), (0, 0x15, 0x5D, *divmod(n, 256), 1), 1 + n % 24) for n in range(size - 1))
    table = switch_table([*many, (10, HERE, 3)])
    with agents({"sw1": table}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        macs = fdb_asks(20)
        source.ask([ask("sw1", probe) for probe in ("agent", "vlans", "ports")], given)
        given.wait(3)
        source.ask(macs[:8], given)
        given.wait(11)
        source.ask(macs[8:], given)
        found = given.wait(23)
        counts = running["sw1"].counts
        cost = source.cost("sw1")
    assert counts.pdus <= 20
    assert counts.pdus == 11  # the same with either size
    assert (cost.pdus, cost.variables) == (counts.pdus, counts.varbinds)
    assert counts.set == counts.get_next == 0
    hit = found[macs[5]]
    assert hit.status == "answered"
    assert [row[2] for row in rows(hit)] == [3, 3, None, None]
    assert sum(each.status == "empty" for each in found.values()) == 19


def test_port_and_status_of_a_row_travel_in_one_pdu() -> None:
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        source.ask([ask("sw1", "fdb", "02-BF-AC-1F-03-05", *map(str, range(1, 40)))], given)
        (evidence,) = given.wait(1).values()
        counts = running["sw1"].counts
    assert len(rows(evidence)) == 78
    assert counts.get == 1 + 4  # the probe, then 24 variables four times: all were sent before the first answer came
    prefixes = [tuple(map(int, row[0].split(".")))[: len(FDB_PORT)] for row in rows(evidence)]
    assert prefixes == [FDB_PORT, FDB_STATUS] * 39


def test_at_most_four_pdus_are_in_flight_to_one_agent() -> None:
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        given.wait(1)
        before = running["sw1"].counts.received
        running["sw1"].faults = Faults(silent=True)
        source.ask([ask("sw1", "fdb", "02-BF-AC-1F-03-05", *map(str, range(1, 201))), ask("sw1", "ports")], given)
        threading.Event().wait(0.3)  # less than the limit: what is in flight now waits for its answer
        assert running["sw1"].counts.received - before == 4


def test_a_silent_agent_costs_two_times_its_limit_and_nobody_elses_time() -> None:
    tables = {"dead": switch_table(), "sw1": switch_table(), "gw1": router_table()}
    with agents(tables, faults={"dead": Faults(silent=True)}) as running:
        site = site_of({name: each.address for name, each in running.items()}, limits=Limits(snmp_s=0.3))
        with source_for(site) as source:
            given, began = Given(), time.monotonic()
            dead = [ask("dead", "agent"), ask("dead", "ports"), *fdb_asks(5, target="dead")]
            source.ask([*dead, ask("sw1", "agent"), ask("gw1", "own-addresses")], given)
            given.wait(len(dead) + 2)
            arrived = {what.ask: at - began for at, what in given.all if isinstance(what, Evidence)}
            received = running["dead"].counts.received
            cost = source.cost("dead")
            # a later ask of the same run gets the verdict; one that is asked again proves it anew
            later, again = ask("dead", "vlans"), ask("dead", "agent", sample=1)
            source.ask([later], given)
            at_once = given.wait(len(dead) + 3)[later]
            running["dead"].faults = Faults()
            source.ask([again], given)
            risen = given.wait(len(dead) + 4)[again]
    found = {each.ask: each for each in given.evidence}
    assert arrived[ask("sw1", "agent")] < 0.3
    assert arrived[ask("gw1", "own-addresses")] < 0.3
    for each in dead:
        assert found[each].status == "timeout"
        assert "a wrong community, an access list and a dead device look alike" in found[each].error
        assert "env:NLBWIZ_SNMP" in found[each].resolve
        assert 0.6 <= arrived[each] < 1.2
    assert received == 2
    assert cost == Cost(pdus=2, variables=2)
    assert at_once.status == "timeout"
    assert at_once.took_ms < 200
    assert risen.status == "answered"


def test_many_dead_agents_cost_as_much_as_one() -> None:
    tables = {f"sw{number}": switch_table(ports=2) for number in range(1, 61)}
    faults = {name: Faults(silent=True) for name in list(tables)[::3]}
    with agents(tables, faults=faults) as running:
        site = site_of({name: each.address for name, each in running.items()}, limits=Limits(snmp_s=0.3))
        with source_for(site) as source:
            given, began = Given(), time.monotonic()
            source.ask([ask(name, "agent") for name in tables], given)
            found = given.wait(60)
            took_s = time.monotonic() - began
    assert {each.ask.target for each in found.values() if each.status == "timeout"} == set(faults)
    assert sum(each.status == "answered" for each in found.values()) == 40
    assert took_s < 0.6 + 1.5


def test_an_agent_that_answers_later_than_the_limit_is_alive() -> None:
    """Its first probe is answered while the second is under way; from then on it has three times what it took."""
    with (
        agents({"sw1": switch_table()}, faults={"sw1": Faults(latency_s=0.35)}) as running,
        source_for(site_of({"sw1": running["sw1"].address}, limits=Limits(snmp_s=0.25))) as source,
    ):
        given = Given()
        source.ask([ask("sw1", "agent"), ask("sw1", "vlans")], given)
        found = given.wait(2)
        pdus = source.cost("sw1").pdus
    assert {each.status for each in found.values()} == {"answered"}
    assert pdus == 4  # two probes, no retry after them


def test_an_ask_waits_for_its_time() -> None:
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given, began = Given(), time.monotonic()
        later = ask("sw1", "vlans", not_before_s=0.4)
        source.ask([ask("sw1", "agent"), later], given)
        given.wait(2)
        arrived = {what.ask: at - began for at, what in given.all if isinstance(what, Evidence)}
    assert arrived[ask("sw1", "agent")] < 0.35
    assert arrived[later] >= 0.38
    assert given.wait(2)[later].took_ms < 300  # the waiting is not the agent's


def test_progress_is_told_with_what_still_waits() -> None:
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        source.ask([ask("sw1", "agent"), ask("sw1", "lldp")], given)
        given.until(lambda: any("2 of 2" in step.text for step in given.steps))
    texts = [step.text for step in given.steps]
    assert texts[0].startswith("asked for sysUpTime at 127.0.61.1:")
    assert texts[1].startswith("answers after ")
    assert texts[-1].endswith("2 of 2 answered, 3 PDUs")
    assert (given.steps[0].waiting, given.steps[-1].waiting) == (2, 0)
    assert {step.target for step in given.steps} == {"sw1"}


def test_a_stopped_target_ends_and_the_others_go_on() -> None:
    tables = {"slow": switch_table(), "sw1": switch_table()}
    with agents(tables, faults={"slow": Faults(latency_s=5)}) as running:
        site = site_of({name: each.address for name, each in running.items()}, limits=Limits(snmp_s=5.0))
        with source_for(site) as source:
            given = Given()
            source.ask([ask("slow", "agent"), ask("slow", "ports"), ask("sw1", "agent")], given)
            given.until(lambda: any(step.target == "slow" for step in given.steps))
            source.stop("slow")
            found = given.wait(3, within_s=2)
    assert {label: each.status for each in found.values() for label in [each.label]} == {
        "slow/agent": "stopped",
        "slow/ports": "stopped",
        "sw1/agent": "answered",
    }


@pytest.mark.parametrize(("target_s", "total_s"), [(0.3, 60.0), (60.0, 0.3)])
def test_a_targets_limit_and_the_runs_deadline_both_end_an_ask(target_s: float, total_s: float) -> None:
    limits = Limits(snmp_s=5.0, target_s=target_s, total_s=total_s)
    with (
        agents({"sw1": switch_table()}, faults={"sw1": Faults(silent=True)}) as running,
        source_for(site_of({"sw1": running["sw1"].address}, limits=limits)) as source,
    ):
        given, began = Given(), time.monotonic()
        source.ask([ask("sw1", "agent"), ask("sw1", "ports")], given)
        found = given.wait(2, within_s=2)
        took_s = time.monotonic() - began
    assert {each.status for each in found.values()} == {"timeout"}
    assert all("not answered in full within 0.3 s" in each.error for each in found.values())
    assert 0.3 <= took_s < 1.0


def test_more_time_lets_a_slow_target_answer() -> None:
    limits = Limits(snmp_s=5.0, target_s=0.4, total_s=60.0)
    with (
        agents({"sw1": switch_table()}, faults={"sw1": Faults(latency_s=0.3)}) as running,
        source_for(site_of({"sw1": running["sw1"].address}, limits=limits)) as source,
    ):
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        given.until(lambda: bool(given.steps))
        source.extend("sw1", 10)
        (evidence,) = given.wait(1).values()
    assert evidence.status == "answered"
    assert evidence.took_ms >= 580  # the probe, then the ask itself


def test_close_ends_what_hangs_within_a_second_and_later_asks_at_once() -> None:
    with agents({"sw1": switch_table()}, faults={"sw1": Faults(silent=True)}) as running:
        site = site_of({"sw1": running["sw1"].address}, limits=Limits(snmp_s=30.0))
        with source_for(site) as source:
            given = Given()
            source.ask([ask("sw1", "agent"), ask("sw1", "ports")], given)
            given.until(lambda: bool(given.steps))
            began = time.monotonic()
            source.close()
            took_s = time.monotonic() - began
            assert len(given.evidence) == 2
            source.ask([ask("sw1", "lldp")], given)
            assert len(given.evidence) == 3
            source.close()
    assert took_s < 1.0
    assert {each.status for each in given.evidence} == {"stopped"}
    assert not [thread for thread in threading.enumerate() if thread.name == "snmp"]


def test_a_source_that_was_never_asked_starts_no_thread_and_closes() -> None:
    with source_for(site_of({})) as source:
        assert not [thread for thread in threading.enumerate() if thread.name == "snmp"]
        assert source.cost("sw1") == Cost()


def test_a_credential_that_cannot_be_had_is_said_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NLBWIZ_SNMP")
    with agents({"sw1": switch_table()}) as running, source_for(site_of({"sw1": running["sw1"].address})) as source:
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        (evidence,) = given.wait(1).values()
        assert running["sw1"].counts.received == 0
    assert evidence.status == "denied"
    assert "NLBWIZ_SNMP" in evidence.error


def test_a_wrong_community_looks_like_silence_and_is_in_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", "s3cret-guess")
    with (
        agents({"sw1": switch_table()}) as running,
        source_for(site_of({"sw1": running["sw1"].address}, limits=QUICK)) as source,
    ):
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        (evidence,) = given.wait(1).values()
        assert running["sw1"].counts.wrong_community == 2
    assert evidence.status == "timeout"
    assert "wrong community" in evidence.error
    texts = [what.text if isinstance(what, Step) else f"{what.error}{what.resolve}{what.raw}" for _, what in given.all]
    assert not [text for text in texts if "s3cret" in text or COMMUNITY in text]


def test_a_closed_port_ends_like_silence() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.61.200", 0))
        place = taken.getsockname()
    with source_for(site_of({"sw1": place}, limits=QUICK)) as source:
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        (evidence,) = given.wait(1, within_s=3).values()
    assert evidence.status == "timeout"


def test_a_name_without_an_address_is_unreachable() -> None:
    with source_for(site_of({"sw1": ("sw1..example", 161)})) as source:  # refused before any name server is asked
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        (evidence,) = given.wait(1).values()
    assert evidence.status == "unreachable"
    assert "the name sw1..example has no address" in evidence.error


@pytest.mark.parametrize(("host", "endpoint"), HOSTS)
def test_an_endpoint_may_be_a_name_or_an_address_of_either_family(host: str, endpoint: str) -> None:
    with AgentLoop() as loop:
        agent = SnmpAgent("sw1", {"": switch_table()}, community=COMMUNITY, host=host, port=0)
        agent.start(loop)
        with source_for(site_of({"sw1": (endpoint, agent.address[1])})) as source:
            given = Given()
            source.ask([ask("sw1", "agent")], given)
            (evidence,) = given.wait(1).values()
    assert evidence.status == "answered"


def test_a_datagram_that_cannot_be_sent_is_unreachable() -> None:
    with source_for(site_of({"sw1": ("127.0.61.1", 0)})) as source:  # no system sends to port 0
        given = Given()
        source.ask([ask("sw1", "agent")], given)
        (evidence,) = given.wait(1).values()
    assert evidence.status == "unreachable"
    assert "cannot send to 127.0.61.1:0" in evidence.error


def test_two_names_for_one_machine_are_two_agents() -> None:
    """A layer-3 switch that is listed under [switch] and under [gateway]."""
    with agents({"sw1": switch_table()}) as running:
        place = running["sw1"].address
        with source_for(site_of({"sw1": place, "gw1": place})) as source:
            given = Given()
            source.ask([ask("sw1", "agent"), ask("gw1", "agent")], given)
            found = given.wait(2)
    assert {each.status for each in found.values()} == {"answered"}
