import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from random import Random
from time import perf_counter
from typing import Any

import pytest
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto.api import v1, v2c

from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.counts import Counts
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import (
    Counter32,
    Counter64,
    Gauge32,
    Integer32,
    IpAddress,
    Moving,
    ObjectIdentifier,
    OctetString,
    Oid,
    TimeTicks,
    Value,
)
from tests.lab.snmp import client
from tests.lab.snmp.client import END_OF_MIB_VIEW, NO_SUCH_INSTANCE, NO_SUCH_OBJECT, get, get_bulk, get_next, set_

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME = (*SYSTEM, 1, 0), (*SYSTEM, 2, 0), (*SYSTEM, 3, 0)
FDB_PORT = (1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1, 2)
FDB_STATUS = (*FDB_PORT[:-1], 3)
IF_SPEED, IF_IN_ERRORS = (1, 3, 6, 1, 2, 1, 2, 2, 1, 5), (1, 3, 6, 1, 2, 1, 2, 2, 1, 14)
IF_HC_IN_OCTETS = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6)
NET_ADDRESS = (1, 3, 6, 1, 2, 1, 4, 22, 1, 3)
CLUSTER_MAC = (2, 191, 172, 31, 3, 232)
MACS = [(10, 2, 191, 172, 31, number >> 8, number & 255) for number in range(1000)]

MakeAgent = Callable[..., SnmpAgent]


def switch_table() -> Table:
    ticks = count(100)
    scalars: list[tuple[Oid, Value | Moving]] = [
        (SYS_DESCR, OctetString(b"PowerConnect 5424")),
        (SYS_OBJECT_ID, ObjectIdentifier((1, 3, 6, 1, 4, 1, 674, 10895, 3010))),
        (SYS_UPTIME, lambda: TimeTicks(next(ticks))),
        ((*IF_SPEED, 1), Gauge32(1_000_000_000)),
        ((*IF_IN_ERRORS, 1), Counter32(7)),
        ((*IF_HC_IN_OCTETS, 1), Counter64(2**40)),
        ((*NET_ADDRESS, 1, 172, 31, 3, 1), IpAddress("172.31.3.1")),
    ]
    learned: list[tuple[Oid, Value | Moving]] = [
        ((*FDB_PORT, *mac), Integer32(number % 24 + 1)) for number, mac in enumerate(MACS)
    ]
    scalar_objects = [SYS_DESCR[:-1], SYS_OBJECT_ID[:-1], SYS_UPTIME[:-1]]
    return Table(
        [*scalars, *learned],
        objects=[*scalar_objects, IF_SPEED, IF_IN_ERRORS, IF_HC_IN_OCTETS, NET_ADDRESS, FDB_PORT],
    )


SWITCH = switch_table()
VLAN_10 = Table([(SYS_DESCR, OctetString(b"VLAN 10"))], objects=[SYS_DESCR[:-1]])
MGMT = Table([(SYS_DESCR, OctetString(b"VRF MGMT"))], objects=[SYS_DESCR[:-1]])


@pytest.fixture
def make(loop: AgentLoop) -> Iterator[MakeAgent]:
    agents: list[SnmpAgent] = []

    def start(**settings: object) -> SnmpAgent:
        tables = {"": SWITCH, "10": VLAN_10, "MGMT": MGMT}
        agent = SnmpAgent("sw1", tables, **settings)  # type: ignore[arg-type]  # the test's own keywords
        agent.start(loop)
        agents.append(agent)
        return agent

    yield start
    for agent in agents:
        agent.stop()


def test_one_get_reads_every_type(make: MakeAgent) -> None:
    agent = make()
    names = (SYS_DESCR, SYS_OBJECT_ID, (*IF_SPEED, 1), (*IF_IN_ERRORS, 1), (*IF_HC_IN_OCTETS, 1))
    (answer,) = client.v2c(agent.address, get(*names, (*NET_ADDRESS, 1, 172, 31, 3, 1), (*FDB_PORT, *MACS[5])))
    assert answer.values == (
        b"PowerConnect 5424",
        (1, 3, 6, 1, 4, 1, 674, 10895, 3010),
        1_000_000_000,
        7,
        2**40,
        "172.31.3.1",
        6,
    )
    assert agent.counts == Counts(received=1, get=1, varbinds=7, answers=1)


def test_a_moving_value_moves(make: MakeAgent) -> None:
    one, other = client.v2c(make().address, get(SYS_UPTIME), get(SYS_UPTIME))
    assert isinstance(one.values[0], int)
    assert other.values == (one.values[0] + 1,)


def test_no_such_object_and_no_such_instance_are_two_things(make: MakeAgent) -> None:
    (answer,) = client.v2c(
        make().address, get((*FDB_PORT, 10, *CLUSTER_MAC), (*FDB_STATUS, 10, *CLUSTER_MAC), SYS_DESCR)
    )
    assert answer.values == (NO_SUCH_INSTANCE, NO_SUCH_OBJECT, b"PowerConnect 5424")
    assert (answer.error, answer.status) == ("", "noError")


def test_getnext_at_the_end_keeps_the_name(make: MakeAgent) -> None:
    last = (*IF_HC_IN_OCTETS, 1)
    (answer,) = client.v2c(make().address, get_next(SYSTEM, last))
    assert answer.rows == ((SYS_DESCR, b"PowerConnect 5424"), (last, END_OF_MIB_VIEW))


def test_a_walk_of_a_thousand_rows_by_getbulk_is_complete(make: MakeAgent) -> None:
    agent = make()
    seen: list[tuple[Oid, object]] = []
    name: Oid = FDB_PORT
    pdus = 0
    while name[: len(FDB_PORT)] == FDB_PORT:
        (answer,) = client.v2c(agent.address, get_bulk(0, 50, name))
        seen += answer.rows
        name, pdus = answer.rows[-1][0], pdus + 1
    rows = [(oid[len(FDB_PORT) :], value) for oid, value in seen if oid[: len(FDB_PORT)] == FDB_PORT]
    assert rows == [(mac, number % 24 + 1) for number, mac in enumerate(MACS)]
    assert agent.counts == Counts(received=pdus, get_bulk=pdus, varbinds=pdus, answers=pdus)
    assert 20 < pdus < 25  # 50 rows fill more than an Ethernet frame: fewer came with each answer


def test_set_is_refused_and_counted(make: MakeAgent) -> None:
    agent = make()
    (answer,) = client.v2c(agent.address, set_(SYS_DESCR, SYS_UPTIME))
    assert (answer.status, answer.position) == ("noAccess", 1)
    assert answer.rows == ((SYS_DESCR, b"mine"), (SYS_UPTIME, b"mine"))
    client.v2c(agent.address, set_(SYS_DESCR), community="wrong", timeout_s=0.1)
    assert agent.counts == Counts(received=2, set=2, varbinds=3, answers=1, wrong_community=1)


@pytest.mark.parametrize("community", ["Public", "publi", "public ", "", "wrong@10"])
def test_a_wrong_community_is_met_with_silence(make: MakeAgent, community: str) -> None:
    agent = make()
    (answer,) = client.v2c(agent.address, get(SYS_DESCR), community=community, timeout_s=0.1)
    assert "timeout" in answer.error
    assert agent.counts == Counts(received=1, get=1, varbinds=1, wrong_community=1)


def test_an_agent_without_community_speaks_no_v2c(make: MakeAgent) -> None:
    agent = make(community=None)
    (answer,) = client.v2c(agent.address, get(SYS_DESCR), timeout_s=0.1)
    assert "timeout" in answer.error
    assert agent.counts.wrong_community == 1


@pytest.mark.parametrize(
    ("community", "wanted"),
    [("public", b"PowerConnect 5424"), ("public@10", b"VLAN 10"), ("public@MGMT", b"VRF MGMT")],
)
def test_a_suffix_of_the_community_reaches_another_table(make: MakeAgent, community: str, wanted: bytes) -> None:
    (answer,) = client.v2c(make().address, get(SYS_DESCR), community=community)
    assert answer.values == (wanted,)


def test_a_community_may_hold_the_at_sign_itself(make: MakeAgent) -> None:
    address = make(community="s@fe").address
    (plain,) = client.v2c(address, get(SYS_DESCR), community="s@fe")
    (vlan,) = client.v2c(address, get(SYS_DESCR), community="s@fe@10")
    assert (plain.values, vlan.values) == ((b"PowerConnect 5424",), (b"VLAN 10",))


def test_an_unknown_context_is_met_with_silence(make: MakeAgent) -> None:
    agent = make()
    (answer,) = client.v2c(agent.address, get(SYS_DESCR), community="public@11", timeout_s=0.1)
    assert "timeout" in answer.error
    assert agent.counts == Counts(received=1, get=1, varbinds=1, unknown_context=1)


def test_too_many_names_for_one_datagram_are_too_big(make: MakeAgent) -> None:
    agent = make()
    names = [(*FDB_PORT, *mac) for mac in MACS[:60]]
    most, one_more = client.v2c(agent.address, get(*names[:50]), get(*names))
    assert (most.status, len(most.rows)) == ("noError", 50)
    assert (one_more.status, one_more.position, one_more.rows) == ("tooBig", 0, ())
    agent.faults = Faults(max_message=484)
    some, more = client.v2c(agent.address, get(*names[:14]), get(*names[:24]))
    assert (some.status, more.status) == ("noError", "tooBig")


@pytest.mark.parametrize("limit", [484, 500, 900, 1472, 9000])
def test_the_limit_is_kept_and_used_to_the_last_row(make: MakeAgent, limit: int) -> None:
    sizes: list[int] = []
    agent = make(faults=Faults(max_message=limit))
    client.v2c(agent.address, get_bulk(0, 1000, FDB_PORT), sizes=sizes)
    assert limit - 40 < sizes[0] <= limit  # another row of some 30 octets would not have fitted


def test_answers_that_come_late_do_not_wait_for_each_other(make: MakeAgent) -> None:
    agent = make(faults=Faults(latency_s=0.3))
    started = perf_counter()
    answers = client.v2c(agent.address, *[get(SYS_DESCR)] * 20, together=True)
    took = perf_counter() - started
    assert {answer.values for answer in answers} == {(b"PowerConnect 5424",)}
    assert 0.3 <= took < 0.9


def test_loss_takes_every_fourth_answer_in_every_run(make: MakeAgent) -> None:
    agent = make(faults=Faults(loss=0.25))
    answers = [client.v2c(agent.address, get(SYS_DESCR), timeout_s=0.1)[0] for _ in range(8)]
    assert [bool(answer.error) for answer in answers] == [False, False, False, True] * 2
    assert agent.counts == Counts(received=8, get=8, varbinds=8, answers=6, lost=2)


def test_a_retry_overcomes_a_lost_answer(make: MakeAgent) -> None:
    agent = make(faults=Faults(loss=0.5))
    answers = client.v2c(agent.address, get(SYS_DESCR), get(SYS_DESCR), timeout_s=0.1, retries=1)
    assert [answer.error for answer in answers] == ["", ""]
    assert (agent.counts.get, agent.counts.lost) == (3, 1)


def test_silence_can_be_switched_on_and_off(make: MakeAgent) -> None:
    agent = make()
    seen = []
    for silent in (True, False, True):
        agent.faults = replace(agent.faults, silent=silent)
        seen += client.v2c(agent.address, get(SYS_DESCR), timeout_s=0.1)
    assert [bool(answer.error) for answer in seen] == [True, False, True]
    assert agent.counts == Counts(received=3, get=3, varbinds=3, answers=1, silenced=2)


@pytest.mark.parametrize("garble", ["cut", "noise"])
def test_a_spoilt_answer_is_no_message(make: MakeAgent, garble: str) -> None:
    agent = make()
    request = message(v2c.GetRequestPDU(), SYS_DESCR)
    whole = raw(agent, request)
    agent.faults = Faults(garble=garble)  # type: ignore[arg-type]  # one of its two words
    spoilt = raw(agent, request)
    assert decoder.decode(whole, asn1Spec=v2c.Message())[1] == b""
    with pytest.raises(PyAsn1Error):
        decoder.decode(spoilt, asn1Spec=v2c.Message())


def test_an_endless_column_repeats_its_rows(make: MakeAgent) -> None:
    agent = make(faults=Faults(loops=((*FDB_PORT, *MACS[-1]),)))
    (answer,) = client.v2c(agent.address, get_bulk(0, 5, (*FDB_PORT, *MACS[-2])))
    assert [oid for oid, _ in answer.rows] == [(*FDB_PORT, *MACS[-1])] * 5


def test_gen_err_gives_the_names_back(make: MakeAgent) -> None:
    agent = make(faults=Faults(gen_err=(FDB_PORT,)))
    (answer,) = client.v2c(agent.address, get(SYS_DESCR, (*FDB_PORT, *MACS[0])))
    assert (answer.status, answer.position) == ("genErr", 2)
    assert answer.rows == ((SYS_DESCR, None), ((*FDB_PORT, *MACS[0]), None))


def test_an_error_that_does_not_fit_is_too_big(make: MakeAgent) -> None:
    agent = make(faults=Faults(gen_err=(FDB_PORT,), max_message=484))
    (answer,) = client.v2c(agent.address, get(*[(*FDB_PORT, *mac) for mac in MACS[:40]]))
    assert (answer.status, answer.rows) == ("tooBig", ())


def test_a_table_can_be_replaced_while_the_agent_runs(make: MakeAgent) -> None:
    agent = make()
    agent.tables = {"": VLAN_10}
    here, gone = client.v2c(agent.address, get(SYS_DESCR), get(SYS_UPTIME))
    assert (here.values, gone.values) == ((b"VLAN 10",), (NO_SUCH_OBJECT,))


def raw(agent: SnmpAgent, datagram: bytes, timeout_s: float = 1.0) -> bytes:
    """The datagram that comes back; TimeoutError when none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_s)
        sock.connect(agent.address)
        sock.send(datagram)
        return sock.recv(65_535)


def message(pdu: Any, *names: Oid, protocol: Any = v2c) -> bytes:
    """A v1 or v2c message with this PDU, ready to send."""
    protocol.apiPDU.set_defaults(pdu)
    protocol.apiPDU.set_varbinds(pdu, [(name, v2c.null) for name in names])
    whole = protocol.Message()
    protocol.apiMessage.set_defaults(whole)
    protocol.apiMessage.set_community(whole, "public")
    protocol.apiMessage.set_pdu(whole, pdu)
    datagram: bytes = encoder.encode(whole)
    return datagram


GET_DESCR = message(v2c.GetRequestPDU(), SYS_DESCR)


@pytest.mark.parametrize(
    ("datagram", "wanted"),
    [
        pytest.param(b"", Counts(received=1, garbled=1), id="nothing"),
        pytest.param(b"hello", Counts(received=1, garbled=1), id="a text"),
        pytest.param(GET_DESCR[:-5], Counts(received=1, garbled=1), id="cut off"),
        pytest.param(b"\xa5" + GET_DESCR[1:], Counts(received=1, garbled=1), id="another tag"),
        pytest.param(b"\x30\x80" + GET_DESCR[2:], Counts(received=1, garbled=1), id="a length without end"),
        pytest.param(
            message(v1.GetRequestPDU(), SYS_DESCR, protocol=v1), Counts(received=1, other_version=1), id="SNMPv1"
        ),
        pytest.param(
            GET_DESCR.replace(b"\x02\x01\x01", b"\x02\x01\x03", 1), Counts(received=1, other_version=1), id="v3"
        ),
        pytest.param(message(v2c.SNMPv2TrapPDU(), SYS_DESCR), Counts(received=1, other_pdus=1), id="a trap"),
        pytest.param(message(v2c.InformRequestPDU(), SYS_DESCR), Counts(received=1, other_pdus=1), id="an inform"),
    ],
)
def test_what_is_no_request_is_counted_and_not_answered(make: MakeAgent, datagram: bytes, wanted: Counts) -> None:
    agent = make()
    with pytest.raises(TimeoutError):
        raw(agent, datagram, timeout_s=0.05)
    assert agent.counts == wanted


def test_no_damaged_datagram_brings_an_agent_down(make: MakeAgent) -> None:
    agent = make()
    chance = Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(agent.address)
        for _ in range(10):
            for _ in range(50):
                damaged = bytearray(GET_DESCR)
                for _ in range(chance.randint(1, 3)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                sock.send(damaged)
            (answer,) = client.v2c(agent.address, get(SYS_DESCR))
            assert answer.values == (b"PowerConnect 5424",)
    assert agent.counts.received == 510
