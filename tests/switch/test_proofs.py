"""What only looks like proof: a MAC or an address that may be there all the same is never called surely not there."""

from collections.abc import Mapping

import pytest

from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import Integer32, OctetString, Value
from nlbwiz.mibs import OIDS
from nlbwiz.switch.model import View
from nlbwiz.switch.run import look
from tests.switch.test_switch import (
    IOS,
    NEXUS,
    OTHER,
    UNKNOWN,
    VNIC,
    Rows,
    agent,
    d_fdb,
    octets_of,
    ports,
    q_fdb,
    table,
)

IP, ABSENT = "172.31.3.232", "172.31.3.77"
INDEX = (172, 31, 3, 232)


def seen(
    tables: Mapping[str, Table], monkeypatch: pytest.MonkeyPatch, faults: Faults | None = None, **wanted: object
) -> tuple[View, dict[str, str]]:
    """The view, and what it does not show with the reason."""
    monkeypatch.setenv("SWITCH_SNMP", "public")
    with agent(tables, faults=faults) as at:
        view = look(at, credential="env:SWITCH_SNMP", **wanted)  # type: ignore[arg-type]  # the test's own words
    return view, {one.fact: one.reason for one in view.not_exposed}


def test_vlans_that_only_interface_names_tell_are_not_all_vlans(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Catalyst without VTP-MIB: VLAN 20 has no routed interface, so nobody knows that it is there (REC c3750)."""
    whole = {**ports(("Gi0/1", "Vlan10")), **d_fdb(("00-11-22-33-44-55", 1))}
    tables = {"": table(whole, IOS), "10": table({"dot1dBasePortIfIndex": {(7,): Integer32(101)}, **d_fdb((VNIC, 7))})}
    view, hidden = seen(tables, monkeypatch, macs=[VNIC, OTHER])
    assert [(one.mac, one.vlan) for one in view.fdb] == [(VNIC, 10)]
    assert "interfaces' names" in hidden[f"fdb {OTHER}"]


def test_a_bridge_port_that_belongs_to_no_interface_is_no_ifindex(monkeypatch: pytest.MonkeyPatch) -> None:
    """Junos MX: dot1dBasePortIfIndex.12 = 0, and ifIndex 12 is another port (REC juniper-mx960-13-3r9-13)."""
    rows: Rows = {**ports(), "ifDescr": {(12,): OctetString(b"dsc")}, **q_fdb((5, VNIC, 12, 3), (5, OTHER, 1, 3))}
    rows["dot1dBasePortIfIndex"][(12,)] = Integer32(0)
    view, _ = seen({"": table(rows)}, monkeypatch, macs=[VNIC, OTHER])
    assert [(one.mac, one.port) for one in view.fdb] == [(VNIC, None), (OTHER, 101)]


def test_mac_rows_in_q_bridge_of_a_family_that_has_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wireless controller under Cisco's root shows them in the default context (REC cisco-controller)."""
    rows = {**ports(), **q_fdb((1, VNIC, 2, 3))}
    view, hidden = seen({"": table(rows, IOS)}, monkeypatch, macs=[VNIC, OTHER])
    assert [(one.mac, one.vlan, one.port) for one in view.fdb] == [(VNIC, 1, 102)]
    assert f"fdb {OTHER}" in hidden


@pytest.mark.parametrize(
    ("index", "name"),
    [((5, 1, 0), "dot1qTpFdbPort"), ((1,), "dot1dTpFdbPort"), ((5, 1, 2, 3, 4, 5, 999), "dot1qTpFdbPort")],
)
def test_a_mac_table_without_the_mac_in_its_index(
    index: tuple[int, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: Rows = {**ports(), name: {index: Integer32(1)}}
    view, hidden = seen({"": table(rows)}, monkeypatch, macs=[VNIC])
    assert view.fdb == []
    assert "index" in hidden[f"fdb {VNIC}"]


def test_an_arp_table_without_the_address_in_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall whose index is a running number (REC venus-vsos-v0600r0705b20180507)."""
    at = OctetString(bytes(octets_of(VNIC)))
    rows: Rows = {**ports(), "ipNetToMediaPhysAddress": {(1,): at, (2,): at}, "ipNetToMediaType": {(1,): Integer32(3)}}
    view, hidden = seen({"": table(rows)}, monkeypatch, ips=[IP])
    assert view.arp == []
    assert "index" in hidden[f"arp {IP}"]


@pytest.mark.parametrize("interface", [7, 70_000])
def test_the_newer_arp_table_alone_is_read_through(interface: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ipAdEntTable tells on which interfaces rows may stand; IPv6 neighbours stand among them."""
    six = (interface, 2, 16, *bytes.fromhex("fe80000000000000021122fffe334455"))
    alike = (interface, 2, 16, *bytes.fromhex("fe800000000000000000000000"), *bytes((31, 3, 77)))
    index = (interface, 1, 4, *INDEX)
    at = OctetString(bytes(octets_of(VNIC)))
    rows: Rows = {
        **ports(),
        "ipNetToPhysicalPhysAddress": {index: at, six: at, alike: at},
        "ipNetToPhysicalType": {index: Integer32(4), six: Integer32(3), alike: Integer32(3)},
    }
    view, hidden = seen({"": table(rows, UNKNOWN)}, monkeypatch, ips=[IP, ABSENT])
    assert [(one.ip, one.mac, one.kind) for one in view.arp] == [(IP, VNIC, "static"), (ABSENT, None, "none")]
    assert not [fact for fact in hidden if fact.startswith("arp")]


def test_ipv6_neighbours_alone_are_no_arp_table(monkeypatch: pytest.MonkeyPatch) -> None:
    six = (7, 2, 16, *bytes.fromhex("fe80000000000000021122fffe334455"))
    rows: Rows = {**ports(), "ipNetToPhysicalPhysAddress": {six: OctetString(bytes(octets_of(VNIC)))}}
    view, hidden = seen({"": table(rows)}, monkeypatch, ips=[ABSENT])
    assert view.arp == []
    assert f"arp {ABSENT}" in hidden


def test_a_reason_is_a_whole_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Nexus with rows in the BRIDGE-MIB alone (REC cisco-ucs-6100)."""
    _, hidden = seen({"": table({**ports(), **d_fdb((VNIC, 1))}, NEXUS)}, monkeypatch, macs=[OTHER])
    assert not [reason for reason in hidden.values() if reason.strip().endswith(":") or ": :" in reason]


def test_fdb_ids_that_the_table_itself_lists_are_all_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 VLANs, rows in three: what was skipped through holds every fdbId (REC zte-zxr10-5250)."""
    rows: Rows = {
        **ports(), "dot1qVlanStaticName": {(vlan,): OctetString(b"") for vlan in range(1, 1001)},
        **q_fdb((5, OTHER, 1, 3), (600, "00-15-5D-00-00-01", 1, 3), (900, VNIC, 2, 3)),
    }  # fmt: skip
    view, hidden = seen({"": table(rows)}, monkeypatch, macs=[VNIC, "02-BF-AC-1F-03-E8"])
    assert [(one.mac, one.vlan, one.status) for one in view.fdb] == [
        (VNIC, 900, "learned"), ("02-BF-AC-1F-03-E8", None, "none"),
    ]  # fmt: skip
    assert "fdb" not in hidden
    assert view.cost.pdus < 100


# ---- rows of a wrong type; agents that refuse one variable, or a kind of request ----


def test_a_row_whose_port_is_no_number_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows = {**ports(), "dot1qTpFdbPort": {(5, *octets_of(VNIC)): OctetString(b"1")}}
    view, _ = seen({"": table(rows)}, monkeypatch, macs=[VNIC, OTHER])
    assert [(one.mac, one.vlan, one.port, one.status) for one in view.fdb] == [
        (VNIC, 5, None, "learned"), (OTHER, None, None, "none"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", [OctetString(b"\x00\x15\x5d\x03\x15"), Integer32(7), OctetString(b"no mac here")])
def test_an_arp_row_whose_mac_is_none_is_no_proof(value: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows = {
        **ports(), "ipNetToMediaPhysAddress": {(0, *INDEX): value}, "ipNetToMediaType": {(0, *INDEX): Integer32(3)},
    }  # fmt: skip
    view, hidden = seen({"": table(rows)}, monkeypatch, ips=[IP, ABSENT])
    assert [(one.ip, one.kind) for one in view.arp] == [(ABSENT, "none")]
    assert "no MAC address" in hidden[f"arp {IP}"]


@pytest.mark.parametrize(
    "faults", [Faults(no_such_name=True), Faults(gen_err=(OIDS["dot1qTpFdbStatus"],)), Faults(drops_bulk=True)],
    ids=["noSuchName", "genErr for one column", "no GETBULK"],
)  # fmt: skip
def test_what_else_was_asked_with_a_refused_variable_counts(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**ports(), **q_fdb((5, VNIC, 2, 3), (9, "00-15-5D-00-00-01", 1, 3))}
    view, hidden = seen({"": table(rows)}, monkeypatch, faults, macs=[VNIC, OTHER], answer_s=0.3)
    assert (VNIC, 5, 102, "learned") in [(one.mac, one.vlan, one.port, one.status) for one in view.fdb]
    assert (f"fdb {OTHER}" in hidden) == (not faults.drops_bulk)
    assert [one.name for one in view.ports] == ["Gi0/1", "Gi0/2"]
    assert view.sys_name == "sw1"


def test_a_vlan_whose_context_is_silent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {"": table({**ports(), **d_fdb(("00-11-22-33-44-55", 1))}, IOS)}
    view, hidden = seen(tables, monkeypatch, macs=[VNIC], vlans=[505], answer_s=0.3)
    assert view.fdb == []
    assert "505" in hidden[f"fdb {VNIC}"]


def test_what_the_deadline_cut_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Faults(latency_s=0.2)
    rows = {**ports(), **q_fdb((5, VNIC, 2, 3))}
    view, hidden = seen({"": table(rows)}, monkeypatch, slow, macs=[VNIC], ips=[IP], deadline_s=1.0)
    assert not view.fdb
    assert not view.arp
    assert {"deadline" in hidden[f"fdb {VNIC}"], "deadline" in hidden[f"arp {IP}"]} == {True}
    assert view.cost.seconds < 2
