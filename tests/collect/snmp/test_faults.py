"""Whatever an agent does wrong, every ask ends with exactly one Evidence, and what can be had is had."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.v3 import User
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Status
from nlbwiz.site.model import Limits
from tests.collect.snmp.site import (
    BASE_PORT,
    COMMUNITY,
    FDB_PORT,
    FDB_STATUS,
    IF_NAME,
    KEYS,
    LAG,
    MIB2,
    PATIENT,
    QUICK,
    SYSTEM,
    Given,
    agents,
    fdb_asks,
    rows,
    site_of,
    source_for,
    switch_table,
)

ASKS = [Ask(target="sw1", probe=probe) for probe in ("agent", "vlans", "ports", "lldp")] + fdb_asks(6)
FDB = [(10, (2, 0xBF, 0xAC, 0x1F, 3, number), number + 1) for number in range(6)]
USER = User(name="watcher", auth="sha256", auth_key=KEYS[0], priv="aes128", priv_key=KEYS[1])
V3 = f"watcher:sha256:{KEYS[0]}:aes128:{KEYS[1]}"


@pytest.fixture(params=["v2c", "v3"])
def secret(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    secret = COMMUNITY if request.param == "v2c" else V3
    monkeypatch.setenv("NLBWIZ_SNMP", secret)
    return secret


def run(
    faults: Faults, asks: list[Ask] | None = None, *, limits: Limits = PATIENT
) -> tuple[dict[str, Evidence], SnmpAgent]:
    asked = ASKS if asks is None else asks
    users = [USER] if os.environ["NLBWIZ_SNMP"] == V3 else []
    with agents({"sw1": switch_table(FDB)}, faults={"sw1": faults}, users=users) as running:
        with source_for(site_of({"sw1": running["sw1"].address}, limits=limits)) as source:
            given = Given()
            source.ask(asked, given)
            found = given.wait(len(asked), within_s=15)
        assert len(given.evidence) == len(asked)
        return {each.label: each for each in found.values()}, running["sw1"]


def statuses(found: dict[str, Evidence]) -> dict[str, Status]:
    """By probe; the six FDB rows must agree."""
    by_probe: dict[str, set[Status]] = {}
    for each in found.values():
        by_probe.setdefault(each.ask.probe, set()).add(each.status)
    assert all(len(each) == 1 for each in by_probe.values()), by_probe
    return {probe: each.pop() for probe, each in by_probe.items()}


WELL: dict[str, Status] = {
    "agent": "answered", "vlans": "answered", "ports": "answered", "lldp": "empty", "fdb": "answered",
}  # fmt: skip


FAULTS: dict[str, tuple[Faults, dict[str, Status]]] = {
    "none": (Faults(), {}),
    "small": (Faults(max_message=484), {}),
    "silent": (Faults(silent=True), dict.fromkeys(WELL, "timeout")),
    "cut": (Faults(garble="cut"), dict.fromkeys(WELL, "garbled")),
    "repeats": (Faults(loops=(IF_NAME,)), {}),  # the other columns came, and the reason stands beside them
    "genErr": (Faults(gen_err=((*SYSTEM, 5),)), {}),  # what else was asked for came, and the reason stands beside it
    "noSuchName": (Faults(no_such_name=True), {}),
    "no GETBULK": (Faults(drops_bulk=True), {}),
    "no table": (Faults(unimplemented=((*MIB2, 17, 7),)), {"fdb": "unsupported", "vlans": "empty"}),
}
ONLY_V2C: dict[str, tuple[Faults, dict[str, Status]]] = {
    "slow": (Faults(latency_s=0.05), {}),
    "noise": (Faults(garble="noise"), dict.fromkeys(WELL, "garbled")),
    "repeats at its end": (Faults(loops=(LAG,)), {}),
    "genErr for every row": (Faults(gen_err=(FDB_STATUS,)), {}),
    "genErr in a walk": (Faults(gen_err=((*BASE_PORT, 20),)), {}),
    "no columns": (Faults(unimplemented=(FDB_PORT, FDB_STATUS)), {"fdb": "unsupported"}),
    # the proof of life asks for sysUpTime: noSuchObject and genErr are signs of life too
    "no sysUpTime": (Faults(unimplemented=((*SYSTEM, 3),)), {}),
    "genErr for sysUpTime": (Faults(gen_err=((*SYSTEM, 3),)), {}),
}


@pytest.mark.parametrize(
    ("secret", "fault"),
    [*(("v2c", fault) for fault in FAULTS | ONLY_V2C), *(("v3", fault) for fault in FAULTS)],
    indirect=["secret"],
)
@pytest.mark.usefixtures("secret")
def test_every_fault_ends_every_ask_once(fault: str) -> None:
    faults, differs = (FAULTS | ONLY_V2C)[fault]
    found, _ = run(faults, limits=QUICK if faults.silent or faults.garble != "no" else PATIENT)
    assert statuses(found) == WELL | differs
    for each in found.values():
        assert each.is_answer or (each.error and each.resolve)
        assert each.is_answer == bool(each.raw)
        assert not any(key in each.error + each.resolve for key in (*KEYS, COMMUNITY))


def test_a_small_agent_gets_small_pdus_and_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    small, agent = run(Faults(max_message=484))
    large, _ = run(Faults())
    assert {label: rows(each) for label, each in small.items()} == {label: rows(each) for label, each in large.items()}
    assert agent.counts.get_next == 0


@pytest.mark.parametrize("share", [0.15, 0.25])
def test_lost_answers_are_asked_for_again(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    found, agent = run(Faults(loss=share), limits=QUICK)
    assert statuses(found) == WELL
    assert agent.counts.lost >= 1
    assert all(json.loads(each.raw)["ended"] for each in found.values())


def test_the_cause_is_in_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    found, _ = run(Faults(loops=(IF_NAME,), gen_err=((*SYSTEM, 5),)), ASKS[:4])
    assert "the agent repeats rows: after 1.3.6.1.2.1.31.1.1.1.1.1008" in found["sw1/ports"].error
    assert not json.loads(found["sw1/ports"].raw)["ended"]
    assert "genErr" in found["sw1/agent"].error
    assert "1.3.6.1.2.1.1.5.0" in found["sw1/agent"].error
    garbled, _ = run(Faults(garble="cut"), ASKS[:1], limits=QUICK)
    assert "not SNMP, or is cut off" in garbled["sw1/agent"].error


def test_an_agent_that_dies_in_between_ends_everything_after_one_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    with (
        agents({"sw1": switch_table(FDB)}) as running,
        source_for(site_of({"sw1": running["sw1"].address}, limits=QUICK)) as source,
    ):
        given = Given()
        source.ask(ASKS[:1], given)
        given.wait(1)
        running["sw1"].faults = Faults(silent=True)
        source.ask(ASKS[1:], given)
        found = given.wait(len(ASKS), within_s=2.0)
    assert {each.status for each in found.values()} == {"answered", "timeout"}
    assert sum(each.status == "answered" for each in found.values()) == 1


def test_an_agent_that_drops_large_requests_is_asked_in_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some agents drop what is too big for them instead of saying tooBig."""
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    with (
        agents({"sw1": switch_table(FDB)}) as running,
        choosy(running["sw1"].address, largest=200) as place,
        source_for(site_of({"sw1": place}, limits=QUICK)) as source,
    ):
        given = Given()
        source.ask(fdb_asks(6), given)
        found = given.wait(6, within_s=10)
    assert {each.status for each in found.values()} == {"answered"}


def test_a_variable_that_is_never_answered_costs_its_own_ask_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", COMMUNITY)
    name = bytes([*SYSTEM[2:], 5, 0])  # sysName.0 as it stands in a request
    with (
        agents({"sw1": switch_table(FDB)}) as running,
        choosy(running["sw1"].address, without=name) as place,
        source_for(site_of({"sw1": place}, limits=QUICK)) as source,
    ):
        given = Given()
        source.ask(ASKS, given)
        found = {each.label: each for each in given.wait(len(ASKS), within_s=10).values()}
    assert statuses(found) == WELL | {"agent": "timeout"}
    assert "answers, but not when asked for 1.3.6.1.2.1.1.5.0" in found["sw1/agent"].error


NONSENSE = {
    "nothing": b"",
    "one octet": b"\x30",
    "indefinite length": b"\x30\x80\x00\x00",
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "answer to another request": bytes.fromhex(
        "302602010104067075626c6963a219020100020100020100300e300c06082b060102010103000500"
    ),
    "broken v3": bytes.fromhex("300d020103300802010102010204010002010304000400"),
    "huge length": b"\x30\x84\xff\xff\xff\xff" + bytes(60),
    "zeros": bytes(1400),
    "a list of nothing": b"\x30\x00",
    "nested": b"\x30\x82\x03\xe8" + b"\x30\x80" * 500,
}


@pytest.mark.usefixtures("secret")
def test_nonsense_from_a_port_never_hangs_an_ask() -> None:
    with ExitStack() as stack:
        places = {f"sw{n}": stack.enter_context(answering(octets)) for n, octets in enumerate(NONSENSE.values())}
        source = stack.enter_context(source_for(site_of(places, limits=QUICK)))
        asks = [replace(ask, target=name) for name in places for ask in ASKS]
        given = Given()
        source.ask(asks, given)
        found = given.wait(len(asks), within_s=5)
    assert {each.status for each in found.values()} <= {"garbled", "timeout"}
    odd = {name: found[Ask(target=f"sw{n}", probe="agent")].status for n, name in enumerate(NONSENSE)}
    assert [name for name, status in odd.items() if status == "timeout"] in (
        [],
        ["answer to another request"],
        ["answer to another request", "broken v3"],
    ), odd


@contextmanager
def answering(octets: bytes) -> Iterator[tuple[str, int]]:
    """A UDP port that answers everything with the same octets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.61.100", 0))

        def serve() -> None:
            while True:
                try:
                    datagram, peer = sock.recvfrom(65_535)
                except OSError:
                    return
                if datagram == b"end":
                    return
                sock.sendto(octets, peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield sock.getsockname()
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"end", sock.getsockname())
            thread.join(2)


@contextmanager
def choosy(agent: tuple[str, int], *, largest: int = 65_535, without: bytes = b"\0no") -> Iterator[tuple[str, int]]:
    """A way to an agent on which requests get lost: larger ones, or those that hold certain octets."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as front,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back,
    ):
        front.bind(("127.0.61.101", 0))
        back.settimeout(2)

        def serve() -> None:
            while True:
                datagram, peer = front.recvfrom(65_535)
                if datagram == b"end":
                    return
                if len(datagram) <= largest and without not in datagram:
                    back.sendto(datagram, agent)
                    front.sendto(back.recv(65_535), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield front.getsockname()
        finally:
            back.sendto(b"end", front.getsockname())
            thread.join(3)
