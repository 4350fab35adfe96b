import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pysnmp.hlapi.v3arch import asyncio as v3arch
from pysnmp.proto import errind

from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.counts import Counts
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.v3 import User, engine_id
from nlbwiz.lab.snmp.values import Integer32, OctetString
from tests.lab.snmp import client
from tests.lab.snmp.client import END_OF_MIB_VIEW, NO_SUCH_INSTANCE, NO_SUCH_OBJECT, get, get_bulk, get_next, set_

SYS_DESCR, SYS_NAME, FDB = (1, 3, 6, 1, 2, 1, 1, 1, 0), (1, 3, 6, 1, 2, 1, 1, 5, 0), (1, 3, 6, 1, 2, 1, 17, 4, 3, 1, 2)
ROWS = [((*FDB, 2, 191, 172, 31, 3, number), Integer32(number % 24)) for number in range(200)]
TABLES = {
    "": Table([(SYS_DESCR, OctetString(b"a switch")), *ROWS], objects=[SYS_DESCR[:-1], FDB]),
    "10": Table([(SYS_DESCR, OctetString(b"VLAN 10"))], objects=[SYS_DESCR[:-1]]),
    "MGMT": Table([(SYS_DESCR, OctetString(b"VRF MGMT"))], objects=[SYS_DESCR[:-1]]),
}
USERS = (
    User(name="reader", auth_key="authentic-7", priv_key="private-77"),
    User(name="sha512", auth="sha512", auth_key="authentic-7", priv="aes256", priv_key="private-77"),
    User(name="old", auth="md5", auth_key="authentic-7", priv="des", priv_key="private-77"),
    User(name="signed", auth="sha1", auth_key="authentic-7", priv="none"),
    User(name="open", auth="none", priv="none"),
)

SHA256, AES128 = v3arch.USM_AUTH_HMAC192_SHA256, v3arch.USM_PRIV_CFB128_AES


def who(name: str = "reader", auth_key: str = "authentic-7", priv_key: str = "private-77", **protocols: Any) -> Any:
    usual = {"authProtocol": SHA256, "privProtocol": AES128}
    return v3arch.UsmUserData(name, auth_key or None, priv_key or None, **(protocols or usual))


@pytest.fixture(scope="module")
def running(loop: AgentLoop) -> Iterator[SnmpAgent]:
    agent = SnmpAgent("sw1", TABLES, community=None, users=USERS)
    agent.start(loop)
    yield agent
    agent.stop()


@pytest.fixture
def agent(running: SnmpAgent) -> Iterator[SnmpAgent]:
    yield running
    running.faults = Faults()


def since(agent: SnmpAgent, before: Counts) -> Counts:
    """What was counted since `before`."""
    names = Counts.__slots__
    return Counts(**{name: getattr(agent.counts, name) - getattr(before, name) for name in names})


def test_discovery_and_every_kind_of_request(agent: SnmpAgent) -> None:
    before = agent.counts
    last = ROWS[-1][0]
    one, two, three, four = client.v3(
        agent.address,
        who(),
        get(SYS_DESCR, SYS_NAME, (*FDB, 1)),
        get_next(SYS_DESCR, last),
        get_bulk(0, 3, FDB),
        set_(SYS_DESCR),
    )
    assert one.values == (b"a switch", NO_SUCH_OBJECT, NO_SUCH_INSTANCE)
    assert two.rows == ((ROWS[0][0], 0), (last, END_OF_MIB_VIEW))
    assert three.rows == tuple((oid, number) for number, (oid, _) in enumerate(ROWS[:3]))
    assert (four.status, four.position, four.rows) == ("noAccess", 1, ((SYS_DESCR, b"mine"),))
    kinds = Counts(received=5, get=1, get_next=1, get_bulk=1, set=1, varbinds=7, answers=5)
    assert since(agent, before) == replace(kinds, reports=1, unknown_engine_ids=1)


@pytest.mark.parametrize(
    "user",
    [
        who("sha512", authProtocol=v3arch.USM_AUTH_HMAC384_SHA512, privProtocol=v3arch.USM_PRIV_CFB256_AES),
        who("old", authProtocol=v3arch.USM_AUTH_HMAC96_MD5, privProtocol=v3arch.USM_PRIV_CBC56_DES),
        who("signed", priv_key="", authProtocol=v3arch.USM_AUTH_HMAC96_SHA),
        who("open", auth_key="", priv_key=""),
    ],
    ids=["SHA-512 and AES-256", "MD5 and DES", "SHA-1 without privacy", "neither"],
)
def test_other_levels_and_protocols(agent: SnmpAgent, user: Any) -> None:
    (answer,) = client.v3(agent.address, user, get(SYS_DESCR))
    assert answer.values == (b"a switch",)


@pytest.mark.parametrize(
    ("user", "complaint", "count"),
    [
        (who("nobody"), errind.unknownUserName, "unknown_users"),
        (who(auth_key="something-else"), errind.wrongDigest, "wrong_digests"),
        (who(authProtocol=v3arch.USM_AUTH_HMAC96_SHA, privProtocol=AES128), errind.wrongDigest, "wrong_digests"),
        (who(priv_key="something-else"), errind.decryptionError, "decryption_errors"),
        (who(priv_key="", authProtocol=SHA256), errind.unsupportedSecurityLevel, "unsupported_levels"),
        (who(auth_key="", priv_key=""), errind.unsupportedSecurityLevel, "unsupported_levels"),
    ],
    ids=["user", "authentication key", "authentication protocol", "privacy key", "no privacy", "nothing"],
)
def test_what_is_wrong_is_reported_at_once(agent: SnmpAgent, user: Any, complaint: Any, count: str) -> None:
    before = agent.counts
    (answer,) = client.v3(agent.address, user, get(SYS_DESCR))
    assert answer.error == str(complaint)
    seen = since(agent, before)
    assert (getattr(seen, count), seen.auth_failures, seen.pdus) == (1, 1, 0)
    assert seen.reports == seen.received == seen.answers


def test_a_wrong_privacy_key_can_be_met_with_silence_as_net_snmp_does(agent: SnmpAgent) -> None:
    agent.faults = Faults(hides_decryption_errors=True)
    before = agent.counts
    (answer,) = client.v3(agent.address, who(priv_key="something-else"), get(SYS_DESCR), timeout_s=0.1)
    assert answer.error == str(errind.requestTimedOut)
    assert since(agent, before).decryption_errors == 1


@pytest.mark.parametrize(("context", "wanted"), [("vlan-10", b"VLAN 10"), ("MGMT", b"VRF MGMT")])
def test_a_context_reaches_another_table(agent: SnmpAgent, context: str, wanted: bytes) -> None:
    (answer,) = client.v3(agent.address, who(), get(SYS_DESCR), context=context)
    assert answer.values == (wanted,)


@pytest.mark.parametrize("context", ["vlan-11", "10", "mgmt"])
def test_an_unknown_context_is_met_with_silence(agent: SnmpAgent, context: str) -> None:
    before = agent.counts
    (answer,) = client.v3(agent.address, who(), get(SYS_DESCR), context=context, timeout_s=0.1)
    assert answer.error == str(errind.requestTimedOut)
    assert since(agent, before).unknown_context == 1


@pytest.mark.parametrize("limit", [484, 1472])
def test_the_limit_is_kept(agent: SnmpAgent, limit: int) -> None:
    agent.faults = Faults(max_message=limit)
    sizes: list[int] = []
    names = [oid for oid, _ in ROWS[: limit // 20]]
    bulk, many, refused = client.v3(agent.address, who(), get_bulk(0, 100, FDB), get(*names), set_(*names), sizes=sizes)
    assert limit - 100 < sizes[1] <= limit
    assert len(bulk.rows) < 100
    assert (
        (many.status, many.position, many.rows) == (refused.status, refused.position, refused.rows) == ("tooBig", 0, ())
    )


def test_faults_hold_for_v3_too(agent: SnmpAgent) -> None:
    agent.faults = Faults(gen_err=(FDB,), unimplemented=(SYS_DESCR,))
    broken, missing = client.v3(agent.address, who(), get(SYS_DESCR, ROWS[0][0]), get(SYS_DESCR))
    assert (broken.status, broken.position) == ("genErr", 2)
    assert missing.values == (NO_SUCH_OBJECT,)


def test_a_silent_agent_does_not_even_report(agent: SnmpAgent) -> None:
    agent.faults = Faults(silent=True)
    before = agent.counts
    (answer,) = client.v3(agent.address, who(), get(SYS_DESCR), timeout_s=0.1)
    assert answer.error == str(errind.requestTimedOut)
    assert since(agent, before) == Counts(received=1, silenced=1, reports=1, unknown_engine_ids=1)


def test_a_restarted_agent_is_found_again_by_a_client_that_knew_it(loop: AgentLoop) -> None:
    agent = SnmpAgent("sw1", TABLES, users=USERS[:1])

    async def run() -> tuple[client.Answer, client.Answer]:
        engine = v3arch.SnmpEngine()
        try:
            agent.start(loop)
            address = agent.address
            (before,) = await client.v3_with(engine, address, who(), get(SYS_DESCR))
            agent.stop()
            again = SnmpAgent("another", TABLES, users=USERS[:1], host=address[0], port=address[1])
            again.start(loop)
            (after,) = await client.v3_with(engine, address, who(), get(SYS_DESCR))
            again.stop()
            return before, after
        finally:
            engine.close_dispatcher()

    before, after = asyncio.run(run())
    assert (before.values, after.values) == ((b"a switch",), (b"a switch",))


def test_the_engine_leaves_no_file_behind(loop: AgentLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    agent = SnmpAgent("sw1", TABLES, users=USERS[:1])
    agent.start(loop)
    agent.stop()
    assert list(tmp_path.iterdir()) == []


def test_counts_outlive_a_stop(loop: AgentLoop) -> None:
    agent = SnmpAgent("sw1", TABLES, users=USERS[:1])
    agent.start(loop)
    client.v3(agent.address, who("nobody"), get(SYS_DESCR))
    agent.stop()
    assert (agent.counts.unknown_users, agent.counts.received) == (1, 2)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"auth_key": "short", "priv_key": "private-77"}, "user u: the pass phrase for sha256 is shorter"),
        ({"auth_key": "authentic-7"}, "user u: the pass phrase for aes128 is shorter"),
        ({"auth": "none", "priv_key": "private-77"}, "user u: privacy needs authentication"),
    ],
)
def test_an_impossible_user_is_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}"):
        User(name="u", **settings)


def test_keys_are_not_shown() -> None:
    assert not any(key in repr(USERS) for key in ("authentic-7", "private-77"))


def test_an_engine_id_belongs_to_one_address() -> None:
    ids = {engine_id(host, port) for host in ("127.0.2.1", "127.0.2.2", "::1") for port in (161, 1161)}
    assert len(ids) == 6
    assert {each[:5] for each in ids} == {bytes.fromhex("80007ed905")}
    assert all(5 <= len(each) <= 32 for each in ids)  # RFC 3411: SnmpEngineID
