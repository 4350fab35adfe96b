"""SNMPv3: every pair of protocols works, and every mistake in a credential is named."""

import pytest

from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.v3 import Auth, Priv, User
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site.model import Site
from tests.collect.snmp.site import KEYS, QUICK, Given, agents, site_of, source_for, switch_table

AGENT = Ask(target="sw1", probe="agent")
USER = User(name="watcher", auth="sha256", auth_key=KEYS[0], priv="aes128", priv_key=KEYS[1])


def ask(site: Site, asks: tuple[Ask, ...] = (AGENT,)) -> tuple[dict[Ask, Evidence], Given]:
    with source_for(site) as source:
        given = Given()
        source.ask(asks, given)
        return given.wait(len(asks)), given


@pytest.mark.parametrize(
    ("auth", "priv", "spelled"),
    [
        ("md5", "des", "md5:{}:des:{}"),
        ("sha1", "none", "sha:{}"),
        ("sha1", "aes128", "SHA:{}:AES:{}"),
        ("sha224", "3des", "sha224:{}:3des:{}"),
        ("sha256", "aes192", "sha256:{}:aes192:{}"),
        ("sha384", "aes256", "sha384:{}:aes256:{}"),
        ("sha512", "aes128", "SHA-512:{}:AES-128:{}"),
    ],
)
def test_every_protocol_is_spoken(auth: Auth, priv: Priv, spelled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", "watcher:" + spelled.format(*KEYS))
    user = User(name="watcher", auth=auth, auth_key=KEYS[0], priv=priv, priv_key=KEYS[1] if priv != "none" else "")
    with agents({"sw1": switch_table()}, users=[user], community=None) as running:
        found, _ = ask(site_of({"sw1": running["sw1"].address}))
        counts = running["sw1"].counts
    assert found[AGENT].status == "answered"
    assert counts.pdus == 2
    assert counts.set == 0
    assert counts.auth_failures == 0


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        (
            f"watcher:sha256:not-the-auth-key:aes128:{KEYS[1]}",
            "wrong authentication key or protocol for v3 user watcher",
        ),
        (f"watcher:sha512:{KEYS[0]}:aes128:{KEYS[1]}", "wrong authentication key or protocol for v3 user watcher"),
        (f"watcher:sha256:{KEYS[0]}:aes128:not-the-priv-key", "wrong privacy key or protocol for v3 user watcher"),
        (f"stranger:sha256:{KEYS[0]}:aes128:{KEYS[1]}", "does not know the v3 user stranger"),
        (f"watcher:sha256:{KEYS[0]}", "does not take v3 user watcher at this security level"),
    ],
    ids=["authentication key", "authentication protocol", "privacy key", "user", "level"],
)
def test_a_wrong_credential_is_denied_at_once_and_named(
    secret: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", secret)
    asks = (AGENT, Ask(target="sw1", probe="ports"))
    with agents({"sw1": switch_table()}, users=[USER]) as running:
        found, given = ask(site_of({"sw1": running["sw1"].address}), asks)
        counts = running["sw1"].counts
    for evidence in found.values():
        assert evidence.status == "denied"
        assert says in evidence.error
        assert "env:NLBWIZ_SNMP" in evidence.resolve
        assert evidence.took_ms < 900
    assert counts.auth_failures == 1  # one message is enough to know: no lock-out, no noise in its log
    texts = [what.text if isinstance(what, Step) else what.error + what.resolve for _, what in given.all]
    assert not [text for text in texts for key in (*KEYS, "not-the") if key in text]


def test_a_wrong_privacy_key_is_seen_also_when_the_agent_does_not_report_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", f"watcher:sha256:{KEYS[0]}:aes128:not-the-priv-key")
    faults = {"sw1": Faults(hides_decryption_errors=True)}
    with agents({"sw1": switch_table()}, users=[USER], faults=faults) as running:
        found, _ = ask(site_of({"sw1": running["sw1"].address}, limits=QUICK))
    assert found[AGENT].status == "denied"
    assert "answers SNMPv3, but no request of user watcher" in found[AGENT].error
    assert "wrong privacy key" in found[AGENT].error


def test_one_user_name_may_have_other_keys_on_another_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_A", f"watcher:sha256:{KEYS[0]}:aes128:{KEYS[1]}")
    monkeypatch.setenv("NLBWIZ_B", f"watcher:sha1:{KEYS[1]}:aes128:{KEYS[0]}")
    other = User(name="watcher", auth="sha1", auth_key=KEYS[1], priv="aes128", priv_key=KEYS[0])
    with AgentLoop() as loop:
        places = {}
        for name, user in {"sw1": USER, "sw2": other, "sw3": USER}.items():
            agent = SnmpAgent(name, {"": switch_table()}, users=[user], host="127.0.61.1", port=0)
            agent.start(loop)
            places[name] = agent.address
        one, two = (
            site_of({name: place for name, place in places.items() if name in names}, snmp=f"env:{variable}")
            for names, variable in ((("sw1", "sw3"), "NLBWIZ_A"), (("sw2",), "NLBWIZ_B"))
        )
        site = Site(switches={**one.switches, **two.switches}, limits=one.limits)
        found, _ = ask(site, tuple(Ask(target=name, probe="agent") for name in places))
    assert {each.label: each.status for each in found.values()} == {
        "sw1/agent": "answered",
        "sw2/agent": "answered",
        "sw3/agent": "answered",
    }


def test_v2c_and_v3_are_asked_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_A", f"watcher:sha256:{KEYS[0]}:aes128:{KEYS[1]}")
    monkeypatch.setenv("NLBWIZ_B", "public")
    with agents({"sw1": switch_table(), "sw2": switch_table()}, users=[USER], community="public") as running:
        one = site_of({"sw1": running["sw1"].address}, snmp="env:NLBWIZ_A")
        two = site_of({"sw2": running["sw2"].address}, snmp="env:NLBWIZ_B")
        site = Site(switches={**one.switches, **two.switches}, limits=one.limits)
        found, _ = ask(site, (AGENT, Ask(target="sw2", probe="agent")))
    assert {each.status for each in found.values()} == {"answered"}


def test_silence_of_v3_is_told_without_a_community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", f"watcher:sha256:{KEYS[0]}:aes128:{KEYS[1]}")
    with agents({"sw1": switch_table()}, users=[USER], faults={"sw1": Faults(silent=True)}) as running:
        found, _ = ask(site_of({"sw1": running["sw1"].address}, limits=QUICK))
    assert found[AGENT].status == "timeout"
    assert "community" not in found[AGENT].error


def test_many_v3_switches_with_one_user_cost_one_key_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLBWIZ_SNMP", f"watcher:sha256:{KEYS[0]}:aes128:{KEYS[1]}")
    tables = {f"sw{number}": switch_table(ports=2) for number in range(1, 6)}
    with agents(tables, users=[USER]) as running:
        site = site_of({name: each.address for name, each in running.items()})
        found, _ = ask(site, tuple(Ask(target=name, probe="agent") for name in tables))
        reports = {each.counts.reports for each in running.values()}
    assert {each.status for each in found.values()} == {"answered"}
    assert reports == {1}  # the discovery of its engine ID, once for each agent
