"""`nlbwiz switch` against simulated agents over real sockets: contexts, quirks, ends, and what it says when nothing comes."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from nlbwiz.cli import run
from nlbwiz.errors import CredentialError, UnavailableError, UsageError
from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.v3 import User
from nlbwiz.lab.snmp.values import (
    Gauge32,
    Integer32,
    IpAddress,
    ObjectIdentifier,
    OctetString,
    Oid,
    TimeTicks,
    Value,
)
from nlbwiz.mibs import OIDS, oid
from nlbwiz.site.model import Endpoint
from nlbwiz.switch.run import look, place
from nlbwiz.switch.text import WIDTH, render

VNIC, OTHER = "00-15-5D-03-15-04", "00-15-5D-03-15-05"
KEYS = ("auth-pass-phrase", "priv-pass-phrase")
IOS, UNKNOWN, NEXUS = "1.3.6.1.4.1.9.1.516", "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.9.12.3.1.3.1084"


Rows = dict[str, dict[tuple[int, ...], Value]]


def octets_of(mac: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(mac.replace("-", "")))


def table(rows: Rows, object_id: str = UNKNOWN) -> Table:
    """Rows by MIB name and index, of an agent that implements these and nothing else."""
    found: list[tuple[Oid, Value]] = [
        (OIDS["sysDescr.0"], OctetString(b"a switch")), (OIDS["sysObjectID.0"], ObjectIdentifier(oid(object_id))),
        (OIDS["sysUpTime.0"], TimeTicks(360_000)), (OIDS["sysName.0"], OctetString(b"sw1")),
    ]  # fmt: skip
    found += [((*OIDS[name], *index), value) for name, column in rows.items() for index, value in column.items()]
    system = {OIDS[name][:-1] for name in ("sysDescr.0", "sysObjectID.0", "sysUpTime.0", "sysName.0")}
    return Table(found, objects=[*system, *(OIDS[name] for name in rows)])


def ports(names: Iterable[str] = ("Gi0/1", "Gi0/2")) -> Rows:
    return {
        "ifName": {(100 + at,): OctetString(name.encode()) for at, name in enumerate(names, 1)},
        "ifOperStatus": {(100 + at,): Integer32(1) for at, _ in enumerate(names, 1)},
        "dot1dBasePortIfIndex": {(at,): Integer32(100 + at) for at, _ in enumerate(names, 1)},
    }


def q_fdb(*rows: tuple[int, str, int, int]) -> Rows:
    """dot1qTpFdb rows: fdbId, MAC, port, status."""
    return {
        "dot1qTpFdbPort": {(key, *octets_of(at)): Integer32(port) for key, at, port, _ in rows},
        "dot1qTpFdbStatus": {(key, *octets_of(at)): Integer32(status) for key, at, _, status in rows},
    }


def d_fdb(*rows: tuple[str, int]) -> Rows:
    return {
        "dot1dTpFdbPort": {octets_of(at): Integer32(port) for at, port in rows},
        "dot1dTpFdbStatus": {octets_of(at): Integer32(3) for at, _ in rows},
    }


@contextmanager
def agent(tables: Mapping[str, Table], *, faults: Faults | None = None, host: str = "127.0.62.1") -> Iterator[str]:
    """An agent on loopback; gives HOST:PORT."""
    user = User(name="watcher", auth="sha256", auth_key=KEYS[0], priv="aes128", priv_key=KEYS[1])
    with AgentLoop() as loop:
        one = SnmpAgent("sw1", tables, community="public", users=[user], host=host, port=0, faults=faults)
        one.start(loop)
        try:
            at, port = one.address
            yield f"[{at}]:{port}" if ":" in at else f"{at}:{port}"
            assert one.counts.set == 0
        finally:
            one.stop()


@pytest.fixture(params=["public", f"watcher:sha256:{KEYS[0]}:aes128:{KEYS[1]}"], ids=["v2c", "v3"])
def ref(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SWITCH_SNMP", request.param)
    return "env:SWITCH_SNMP"


# ---- contexts ----


def catalyst() -> dict[str, Table]:
    """IOS: VLANs 10 and 20 with a MAC table of their own each; the default context is VLAN 1."""
    vtp: dict[str, dict[tuple[int, ...], Value]] = {
        "vtpVlanState": {(1, vlan): Integer32(1) for vlan in (1, 10, 20, 1002)},
        "vtpVlanName": {(1, vlan): OctetString(f"v{vlan}".encode()) for vlan in (1, 10, 20, 1002)},
    }
    in_10: Rows = {"dot1dBasePortIfIndex": {(7,): Integer32(101)}, **d_fdb((VNIC, 7))}
    in_20: Rows = {"dot1dBasePortIfIndex": {(8,): Integer32(102)}, **d_fdb((OTHER, 8))}
    whole: Rows = {**ports(), "dot1dBasePortIfIndex": {(1,): Integer32(101)}, **vtp, **d_fdb(("00-11-22-33-44-55", 1))}
    return {"": table(whole, IOS), "1": table(d_fdb(("00-11-22-33-44-55", 1)) | {"dot1dBasePortIfIndex": {(1,): Integer32(101)}}),
            "10": table(in_10), "20": table(in_20)}  # fmt: skip


def test_a_catalyst_is_asked_in_every_vlans_own_context(ref: str) -> None:
    with agent(catalyst()) as at:
        view = look(at, macs=[VNIC, OTHER, "02-BF-AC-1F-03-E8"], credential=ref)
    assert [(one.mac, one.vlan, one.port, one.status) for one in view.fdb] == [
        (VNIC, 10, 101, "learned"),
        (OTHER, 20, 102, "learned"),
        ("02-BF-AC-1F-03-E8", None, None, "none"),
    ]
    assert [(one.id, one.name, one.ports) for one in view.vlans] == [
        (1, "v1", [101]), (10, "v10", [101]), (20, "v20", [102]),
    ]  # fmt: skip


def test_a_context_that_stays_silent_is_said_and_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH_SNMP", "public")
    tables = catalyst()
    del tables["20"]
    with agent(tables) as at:
        view = look(at, macs=[VNIC, OTHER], credential="env:SWITCH_SNMP")
    assert [(one.mac, one.vlan) for one in view.fdb] == [(VNIC, 10)]
    (why,) = [one.reason for one in view.not_exposed if one.fact == f"fdb {OTHER}"]
    assert why == "in VLAN 20: the agent does not answer in their contexts"


# ---- quirks ----


def seen(rows: Rows, monkeypatch: pytest.MonkeyPatch, **wanted: object) -> list[object]:
    monkeypatch.setenv("SWITCH_SNMP", "public")
    object_id = str(wanted.pop("object_id", UNKNOWN))
    with agent({"": table(rows, object_id)}) as at:
        view = look(at, credential="env:SWITCH_SNMP", **wanted)  # type: ignore[arg-type]  # the test's own words
    assert max(map(len, render(view).splitlines())) <= WIDTH
    return [
        view,
        [(one.vlan, one.port, one.status) for one in view.fdb],
        {one.fact: one.reason for one in view.not_exposed},
    ]


def test_no_map_of_bridge_ports_no_names_and_a_port_that_is_an_ifindex(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows = {
        "ifDescr": {(47,): OctetString(b"port 47")},
        "ifOperStatus": {(47,): Integer32(1)},
        **q_fdb((5, VNIC, 47, 3)),
    }
    view, fdb, _ = seen(rows, monkeypatch, macs=[VNIC])
    assert fdb == [(5, 47, "learned")]
    assert [(one.ifindex, one.name) for one in view.ports] == [(47, "port 47")]  # type: ignore[attr-defined]


def test_a_mac_table_of_one_column_in_the_bridge_mib_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows = {**ports(), "dot1dTpFdbPort": {octets_of(VNIC): Integer32(2)}}
    assert seen(rows, monkeypatch, macs=[VNIC, OTHER])[1] == [(None, 102, "learned"), (None, None, "none")]


def test_a_length_before_the_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    index = (9, 6, *octets_of(VNIC))
    rows: Rows = {**ports(), "dot1qTpFdbPort": {index: Integer32(1)}, "dot1qTpFdbStatus": {index: Integer32(3)}}
    assert seen(rows, monkeypatch, macs=[VNIC, OTHER])[1] == [(9, 101, "learned"), (None, None, "none")]


def test_an_fdb_id_that_no_list_names_is_found_by_skipping_through(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows = {
        **ports(), "dot1qFdbDynamicCount": {(4,): Gauge32(1)}, "dot1qVlanStaticName": {(4,): OctetString(b"four")},
        **q_fdb((4, OTHER, 1, 3), (77, VNIC, 2, 3)),
    }  # fmt: skip
    _, fdb, _ = seen(rows, monkeypatch, macs=[VNIC])
    assert fdb in ([(77, 102, "learned")], [(None, 102, "learned")])


def test_wrong_types_odd_lists_and_missing_columns_cost_their_own_answer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows = {
        **ports(),
        "dot1qVlanCurrentEgressPorts": {
            (0, 5): OctetString(b"\xc0" + bytes(300)), (0, 6): Integer32(9), (0, 7): OctetString(b""),
        },
        "dot1dBasePortIfIndex": {(1,): Integer32(101), (2,): OctetString(b"two"), (3,): Integer32(999)},
        **q_fdb((5, VNIC, 1, 5)),
    }  # fmt: skip
    view, fdb, _ = seen(rows, monkeypatch, macs=[VNIC])
    assert fdb == [(5, 101, "static")]
    assert [(one.id, one.ports) for one in view.vlans] == [(5, [101]), (6, []), (7, [])]  # type: ignore[attr-defined]


def test_arp_static_own_virtual_and_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {
        "172.31.3.232": "03bfac1f03e8",
        "172.31.3.1": "00005e000101",
        "172.31.3.9": "00155d031504",
        "172.31.3.8": "0000000000aa",
    }
    kinds = {"172.31.3.232": 4, "172.31.3.1": 4, "172.31.3.9": 3, "172.31.3.8": 4}
    index = {ip: (7, *map(int, ip.split("."))) for ip in there}
    rows: Rows = {
        **ports(),
        "ipAdEntIfIndex": {(172, 31, 3, 8): Integer32(7)}, "ipAdEntNetMask": {(172, 31, 3, 8): IpAddress("255.255.255.0")},
        "ipNetToMediaPhysAddress": {index[ip]: OctetString(bytes.fromhex(at)) for ip, at in there.items()},
        "ipNetToMediaType": {index[ip]: Integer32(kind) for ip, kind in kinds.items()},
    }  # fmt: skip
    view = seen(rows, monkeypatch, ips=[*there, "172.31.3.77"])[0]
    assert [(one.ip, one.kind) for one in view.arp] == [  # type: ignore[attr-defined]
        ("172.31.3.232", "static"), ("172.31.3.1", "own"), ("172.31.3.9", "dynamic"), ("172.31.3.8", "own"),
        ("172.31.3.77", "none"),
    ]  # fmt: skip


def test_a_static_multicast_group_and_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    group, absent = "03-BF-AC-1F-03-E8", "03-BF-AC-1F-03-E9"
    index = (5, *octets_of(group), 0)
    rows: Rows = {
        **ports(), "dot1qVlanStaticName": {(5,): OctetString(b"nlb")},
        "dot1qStaticMulticastStaticEgressPorts": {index: OctetString(b"\xc0")}, "dot1qStaticMulticastStatus": {index: Integer32(3)},
    }  # fmt: skip
    view = seen(rows, monkeypatch, macs=[group, absent])[0]
    assert [(one.mac_or_group, one.vlan, one.ports, one.source) for one in view.groups] == [  # type: ignore[attr-defined]
        (group, 5, [101, 102], "static"), (absent, None, [], "none"),
    ]  # fmt: skip


def test_nothing_shown_is_said_and_never_taken_for_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    _, fdb, hidden = seen(ports(), monkeypatch, macs=[VNIC], ips=["172.31.3.232"], object_id=NEXUS)
    assert fdb == []
    assert {"fdb", f"fdb {VNIC}", "arp", "arp 172.31.3.232", "vlans", "groups", "multicast", "neighbours"} <= set(
        hidden
    )  # type: ignore[call-overload]


@pytest.mark.parametrize("column", ["ifName", "dot1qTpFdbPort", "ipNetToMediaPhysAddress"])
def test_an_agent_that_repeats_rows_for_ever_is_done_with_in_time(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH_SNMP", "public")
    arp: dict[tuple[int, ...], Value] = {(7, 172, 31, 3, 9): OctetString(bytes(range(6)))}
    rows: Rows = {
        **ports(),
        **q_fdb((5, VNIC, 1, 3)),
        "ipNetToMediaPhysAddress": arp,
        "ipNetToMediaType": {(7, 172, 31, 3, 9): Integer32(3)},
    }
    began = time.monotonic()
    with agent({"": table(rows)}, faults=Faults(loops=(OIDS[column],))) as at:
        view = look(
            at, macs=[VNIC, OTHER], ips=["172.31.3.9", "172.31.3.10"], credential="env:SWITCH_SNMP", deadline_s=20
        )
    assert time.monotonic() - began < 10
    assert view.ports
    assert (VNIC, 101) in {(one.mac, one.port) for one in view.fdb}
    assert view.cost.pdus < 200


# ---- where, who, and when nothing comes ----


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("sw1", "sw1", 161), ("sw1:1161", "sw1", 1161), ("10.0.0.1:99", "10.0.0.1", 99), ("[::1]", "::1", 161),
        ("[2001:db8::1]:1161", "2001:db8::1", 1161),
    ],
)  # fmt: skip
def test_where_a_switch_is(text: str, host: str, port: int) -> None:
    assert place(text) == Endpoint(host=host, port=port)


@pytest.mark.parametrize(
    "text", ["", "::1", "2001:db8::1:161", "sw1:", "sw1:0", "sw1:65536", "[sw1]", "[::g]", "a b", "http://sw1"]
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(UsageError):
        place(text)


def test_it_is_asked_over_ipv6_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH_SNMP", "public")
    with agent({"": table(ports())}, host="::1") as at:
        assert look(at, credential="env:SWITCH_SNMP").sys_name == "sw1"


def test_a_silent_switch_is_unavailable_and_a_refused_user_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    with agent({"": table(ports())}, faults=Faults(silent=True)) as at:
        monkeypatch.setenv("SWITCH_SNMP", "public")
        with pytest.raises(UnavailableError, match="asked twice"):
            look(at, credential="env:SWITCH_SNMP", deadline_s=10, answer_s=0.2)
    with agent({"": table(ports())}) as at:
        monkeypatch.setenv("SWITCH_SNMP", f"watcher:sha256:wrong-{KEYS[0]}:aes128:{KEYS[1]}")
        with pytest.raises(CredentialError, match="wrong authentication key") as caught:
            look(at, credential="env:SWITCH_SNMP", deadline_s=10)
    assert KEYS[0] not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["127.0.62.9:1", "--credential", "env:SWITCH_SNMP", "--mac", "nonsense"], 64),
        (["127.0.62.9:1", "--credential", "env:SWITCH_SNMP", "--ip", "1.2.3"], 64),
        (["127.0.62.9:1", "--credential", "env:SWITCH_SNMP", "--vlan", "5000"], 64),
        (["127.0.62.9:1", "--credential", "env:NOBODY_SET_THIS"], 77),
        (["127.0.62.9:1"], 77),  # no terminal to ask at
        (["127.0.62.9:1", "--credential", "env:SWITCH_SNMP", "--deadline", "1"], 69),
    ],
)
def test_the_command_ends_as_sysexits_says(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SWITCH_SNMP", "my-community")
    began = time.monotonic()
    assert run(["switch", *arguments]) == code
    assert time.monotonic() - began < 4
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
    assert "my-community" not in told.err


def test_what_the_switch_calls_itself_cannot_act_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    evil: Rows = {**ports(["\x1b[31mGi\n"]), "dot1qVlanStaticName": {(5,): OctetString(b"\x1b]0;x\x07" + b"n" * 500)}}
    view = seen(evil, monkeypatch)[0]
    assert "\x1b" not in render(view)  # type: ignore[arg-type]


# ---- cost, causes ----


def test_a_look_costs_as_much_whatever_the_size_of_the_mac_table(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = []
    for size in (40, 16_384):
        rows = [
            (10 + n % 60, f"02-AA-BB-{n >> 16:02X}-{n >> 8 & 255:02X}-{n & 255:02X}", 1 + n % 2, 3) for n in range(size)
        ]
        counts: dict[tuple[int, ...], Value] = {(one,): Gauge32(size // 60 or 1) for one in range(10, 70)}
        named: dict[tuple[int, ...], Value] = {(one,): OctetString(b"v") for one in range(10, 70)}
        whole: Rows = {**ports(), "dot1qFdbDynamicCount": counts, "dot1qVlanStaticName": named, **q_fdb(*rows)}
        view, fdb, _ = seen(whole, monkeypatch, macs=["02-AA-BB-00-00-07"], vlans=[17])
        assert fdb == [(17, 102, "learned")]
        costs.append(view.cost.pdus)  # type: ignore[attr-defined]
    assert costs[0] == costs[1] < 40


def test_what_is_not_exposed_names_the_causes_that_stay_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    view = seen(ports(), monkeypatch, macs=[VNIC])[0]
    causes = {one.fact: one.causes for one in view.not_exposed}  # type: ignore[attr-defined]
    assert "NLB005" in causes["fdb"] == causes[f"fdb {VNIC}"]
    assert "NLB011" in causes["groups"]
    assert "NLB005" in render(view)  # type: ignore[arg-type]
