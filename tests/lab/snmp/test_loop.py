import socket
import threading
from time import perf_counter

import pytest

from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import OctetString, Value
from tests.lab.snmp import client
from tests.lab.snmp.client import get

SYS_DESCR = (1, 3, 6, 1, 2, 1, 1, 1, 0)
TABLES = {"": Table([(SYS_DESCR, OctetString(b"a switch"))], objects=[SYS_DESCR[:-1]])}


def test_one_daemon_thread_runs_forty_agents() -> None:
    before = set(threading.enumerate())
    with AgentLoop() as loop:
        agents = [SnmpAgent(f"sw{number}", TABLES) for number in range(40)]
        for agent in agents:
            agent.start(loop)
        (thread,) = set(threading.enumerate()) - before
        assert thread.daemon
        assert len({agent.address for agent in agents}) == 40
        assert {client.v2c(agent.address, get(SYS_DESCR))[0].values for agent in agents} == {(b"a switch",)}
    assert not thread.is_alive()


def test_stopping_is_quick_with_answers_under_way_and_agents_running() -> None:
    with AgentLoop() as loop:
        agent = SnmpAgent("sw1", TABLES, faults=Faults(latency_s=30))
        agent.start(loop)
        (answer,) = client.v2c(agent.address, get(SYS_DESCR), timeout_s=0.1)
        assert "timeout" in answer.error
        started = perf_counter()
    assert perf_counter() - started < 0.3
    agent.stop()  # afterwards, and twice: nothing more to do
    agent.stop()


def test_a_stopped_agent_closes_its_port_and_can_be_started_again() -> None:
    with AgentLoop() as loop:
        agent = SnmpAgent("sw1", TABLES, port=0, faults=Faults(latency_s=0.05))
        agent.start(loop)
        address = agent.address
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(1)
            sock.connect(address)
            agent.stop()
            with pytest.raises(RuntimeError, match="agent sw1 is not running"):
                _ = agent.address
            sock.send(b"x")
            with pytest.raises(ConnectionRefusedError):  # the system's word that the port is closed
                sock.recv(10)
        agent.start(loop)
        (answer,) = client.v2c(agent.address, get(SYS_DESCR))
        assert answer.values == (b"a switch",)
        with pytest.raises(RuntimeError, match="agent sw1 is already running"):
            agent.start(loop)


def test_an_agent_may_be_started_before_the_thread() -> None:
    loop = AgentLoop()
    agent = SnmpAgent("sw1", TABLES)
    agent.start(loop)
    with loop:
        (answer,) = client.v2c(agent.address, get(SYS_DESCR))
    assert answer.values == (b"a switch",)


def test_a_loop_that_never_ran_can_be_stopped() -> None:
    loop = AgentLoop()
    SnmpAgent("sw1", TABLES).start(loop)
    loop.stop()
    loop.stop()


def test_a_bug_in_the_lab_does_not_pass_unseen() -> None:
    def broken() -> Value:
        raise ZeroDivisionError("no uptime")

    tables = {"": Table([(SYS_DESCR, broken)], objects=[SYS_DESCR[:-1]])}
    loop = AgentLoop().start()
    agent = SnmpAgent("sw1", tables)
    agent.start(loop)
    (answer,) = client.v2c(agent.address, get(SYS_DESCR), timeout_s=0.1)
    assert "timeout" in answer.error
    with pytest.raises(RuntimeError, match="a simulated SNMP agent failed") as failure:
        loop.stop()
    assert isinstance(failure.value.__cause__, ZeroDivisionError)
