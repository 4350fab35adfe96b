"""SNMP answers -> facts: Cisco, Radlan, and the traps that recordings of real agents hold."""

from ipaddress import IPv4Address, IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbwiz import facts as f
from nlbwiz.addr import Mac, mac
from nlbwiz.parse.snmp import facts, platform
from nlbwiz.record.evidence import Evidence
from tests.made import (
    IOS,
    MIB2,
    POWERCONNECT_5424,
    Varbind,
    agent,
    answer,
    arp,
    fdb,
    octets,
    oid_end,
    own_addresses,
    snmp,
    vlans,
)

VIP = "172.31.3.232"
CLUSTER, VNIC = mac("01-00-5E-7F-03-E8"), mac("00-15-5D-03-15-04")
IF_NAME, IF_OPER, BASE_PORT = f"{MIB2}.31.1.1.1.1", f"{MIB2}.2.2.1.8", f"{MIB2}.17.1.4.1.2"
LAG = "1.2.840.10006.300.43.1.2.1.1.13"
LLDP = "1.0.8802.1.1.2.1.4.1.1"


# ---- system ----


@pytest.mark.parametrize(("number", "want"), [(1, True), (2, False), (None, None)])
def test_an_agent_says_who_it_is_and_whether_it_routes(number: int | None, want: bool | None) -> None:
    assert facts(agent("sw1", POWERCONNECT_5424, forwarding=number)) == (
        f.Agent(
            target="sw1", platform="dell-powerconnect", descr="a switch", name="sw1", forwarding=want, uptime_s=86_400.0,
            evidence="sw1/agent",
        ),
    )  # fmt: skip


def test_a_description_of_several_lines_stays_whole() -> None:
    descr = "Cisco IOS Software, C3750 Software\r\nTechnical Support: http://www.cisco.com/techsupport"
    (found,) = facts(agent("gw1", IOS, forwarding=1, descr=descr))
    assert isinstance(found, f.Agent)
    assert found.descr == descr


def test_a_description_in_latin_1_is_read_byte_by_byte() -> None:
    rows: list[Varbind] = [
        (f"{MIB2}.1.1.0", "octets", octets("Gebäude".encode("latin-1"))),
        (f"{MIB2}.1.2.0", "oid", "1.3.6.1.4.1.99999"),
    ]
    (found,) = facts(snmp("sw1", "agent", rows))
    assert isinstance(found, f.Agent)
    assert (found.descr, found.name, found.platform, found.uptime_s) == ("Gebäude", "", None, None)


@pytest.mark.parametrize(
    ("object_id", "want"),
    [
        ("1.3.6.1.4.1.674.10895.3020", "dell-powerconnect"),
        ("1.3.6.1.4.1.674.10895.3021", "dell-powerconnect"),
        ("1.3.6.1.4.1.674.10895.30210", None),
        ("1.3.6.1.4.1.674.10895.3065", "dell-n-series"),
        ("1.3.6.1.4.1.9.1.516", "cisco-ios"),
        ("1.3.6.1.4.1.9.12.3.1.3.1084", "cisco-nxos"),
        ("1.3.6.1.4.1.9.6.1.72.2010.2", "cisco-sb"),
        ("1.3.6.1.4.1.6027.1.3.20", "dell-os9"),
        ("1.3.6.1.4.1.11.2.3.7.11.107", "hpe-procurve"),
        ("1.3.6.1.4.1.30065.1.3011.7150.3735.52", "arista-eos"),
        ("1.3.6.1.4.1.8072.3.2.10", None),
        ("", None),
    ],
)
def test_the_platform_follows_from_the_object_id_arc_by_arc(object_id: str, want: str | None) -> None:
    assert platform(object_id) == want


# ---- own addresses ----


def test_a_router_lists_its_own_interfaces() -> None:
    assert facts(own_addresses("gw1", ("172.31.3.1", 3), ("10.0.0.1", 151060530))) == (
        f.OwnAddress(target="gw1", interface=IPv4Interface("172.31.3.1/24"), ifindex=3, evidence="gw1/own-addresses"),
        f.OwnAddress(
            target="gw1", interface=IPv4Interface("10.0.0.1/24"), ifindex=151060530, evidence="gw1/own-addresses"
        ),
    )


def test_addresses_without_any_mask_say_nothing_of_subnets() -> None:
    rows: list[Varbind] = [(f"{MIB2}.4.20.1.2.172.31.3.1", "int", 3)]
    with pytest.raises(ValueError, match="ipAdEntNetMask"):
        facts(snmp("gw1", "own-addresses", rows))


@pytest.mark.parametrize("mask", ["255.0.255.0", "nonsense", "0.0.0.0"])
def test_one_row_with_a_mask_that_is_none_does_not_cost_the_others(mask: str) -> None:
    good: list[Varbind] = [
        (f"{MIB2}.4.20.1.2.172.31.3.1", "int", 3),
        (f"{MIB2}.4.20.1.3.172.31.3.1", "ip", "255.255.255.0"),
    ]
    odd: list[Varbind] = [(f"{MIB2}.4.20.1.2.10.0.0.1", "int", 4), (f"{MIB2}.4.20.1.3.10.0.0.1", "ip", mask)]
    found = facts(snmp("gw1", "own-addresses", [*good, *odd]))
    assert [str(one.interface) for one in found if isinstance(one, f.OwnAddress)] == ["172.31.3.1/24"]


# ---- ARP ----


def views(evidence: Evidence) -> list[tuple[str, Mac | None]]:
    found = facts(evidence)
    assert all(isinstance(v, f.ArpView) and (v.via, v.ip) == ("router", IPv4Address(VIP)) for v in found)
    return [(v.kind, v.mac) for v in found if isinstance(v, f.ArpView)]


@pytest.mark.parametrize(
    ("rows", "want"),
    [
        (((3, "01-00-5E-7F-03-E8", 4),),                             [("static", CLUSTER)]),
        (((3, "00-15-5D-03-15-04", 3),),                             [("dynamic", VNIC)]),
        (((3, "00-15-5D-03-15-04", 1),),                             [("dynamic", VNIC)]),   # other(1)
        (((3, "00-15-5D-03-15-04", 2),),                             [("none", None)]),      # invalid(2) is no row
        (((3, "", 3),),                                              [("none", None)]),      # incomplete, 0 octets
        (((3, "00-00-00-00-00-00", 3),),                             [("none", None)]),      # incomplete, all zero
        (((3, "2F-68-1A-56-21-81", 4),),                             [("static", mac("2f681a562181"))]),  # a 6500's group-bit MAC
        (((3, "00-15-5D-03-15-04", 3), (0, "00-15-5D-03-15-04", 4)), [("dynamic", VNIC), ("static", VNIC)]),  # Ruijie, Huawei: 0
        (((3, "", 3), (0, "01-00-5E-7F-03-E8", 4)),                  [("static", CLUSTER)]),
        ((),                                                         [("none", None)]),
    ],
)  # fmt: skip
def test_an_arp_row_is_typed_or_learned_and_no_row_is_a_fact(
    rows: tuple[tuple[int, str, int], ...], want: list[tuple[str, Mac | None]]
) -> None:
    assert views(arp("gw1", VIP, *rows)) == want


def test_a_row_without_its_type_is_neither_typed_nor_learned() -> None:
    rows: list[Varbind] = [
        (f"{MIB2}.4.22.1.2.3.{VIP}", "octets", octets(bytes.fromhex("01005e7f03e8"))),
        (f"{MIB2}.4.22.1.4.3.{VIP}", "no_such_instance"),
    ]
    with pytest.raises(ValueError, match="ipNetToMediaType"):
        facts(snmp("gw1", "arp", rows, VIP, "3"))


def test_a_mac_in_text_without_leading_zeros_is_read() -> None:
    rows: list[Varbind] = [
        (f"{MIB2}.4.22.1.2.3.{VIP}", "octets", octets("8c-60-4f-19-1c-1")),  # Nexus 5000, NX-OS 6
        (f"{MIB2}.4.22.1.4.3.{VIP}", "int", 3),
    ]
    assert views(snmp("gw1", "arp", rows, VIP, "3")) == [("dynamic", mac("8c604f191c01"))]


@pytest.mark.parametrize("text", ["21-22", "ge-0/0/1", "8c-60-4f-19-1c"])
def test_text_that_is_no_mac_where_octets_are_due_is_refused(text: str) -> None:
    rows: list[Varbind] = [(f"{MIB2}.4.22.1.2.3.{VIP}", "octets", octets(text))]
    with pytest.raises(ValueError, match="is not a MAC address"):
        facts(snmp("gw1", "arp", rows, VIP, "3"))


@pytest.mark.parametrize(
    ("probe", "args"), [("arp", (VIP, "3")), ("fdb", ("00-15-5D-03-15-04", "31"))], ids=["arp", "fdb"]
)
def test_a_table_that_the_agent_does_not_have_is_not_an_empty_one(probe: str, args: tuple[str, ...]) -> None:
    rows: list[Varbind] = [
        (f"{MIB2}.4.22.1.2.3.{VIP}", "no_such_object"),
        (f"{MIB2}.4.22.1.4.3.{VIP}", "no_such_instance"),
    ]
    with pytest.raises(ValueError, match="does not have this table"):
        facts(snmp("gw1", probe, rows, *args))


@pytest.mark.parametrize(
    ("probe", "args"), [("arp", (VIP, "3")), ("fdb", ("00-15-5D-03-15-04", "31"))], ids=["arp", "fdb"]
)
def test_what_was_not_answered_to_its_end_proves_no_absence(probe: str, args: tuple[str, ...]) -> None:
    assert facts(snmp("gw1", probe, [], *args, ended=False)) == ()


# ---- VLANs, ports, LAGs ----


def test_vlans_are_those_with_a_name_and_those_with_a_mac_table() -> None:
    rows: list[Varbind] = [
        (f"{MIB2}.17.7.1.4.3.1.1.31", "octets", octets("NLB")),
        (f"{MIB2}.17.7.1.4.3.1.1.1", "octets", ""),
        (f"{MIB2}.17.7.1.2.1.1.2.31", "counter32", 17),
        (f"{MIB2}.17.7.1.2.1.1.2.11206656", "counter32", 4),  # Junos: 65536 x its internal id
    ]
    found = facts(snmp("sw1", "vlans", rows))
    assert [(v.id, v.name) for v in found if isinstance(v, f.Vlan)] == [(1, ""), (31, "NLB"), (11206656, "")]


@pytest.mark.parametrize("probe", ["vlans", "ports", "agent"])
def test_a_table_without_one_row_is_not_an_empty_table(probe: str) -> None:
    with pytest.raises(ValueError, match=r"does not (show|say)"):
        facts(snmp("sw1", probe, []))


def test_a_switch_that_does_not_show_its_lags_has_not_shown_that_there_are_none() -> None:
    rows: list[Varbind] = [(f"{IF_NAME}.1", "octets", octets("g1")), (f"{BASE_PORT}.1", "int", 1)]
    with pytest.raises(ValueError, match="dot3adAggPortAttachedAggID"):
        facts(snmp("sw1", "ports", rows))


def test_ports_know_their_lag_whose_number_lies_above_1000_on_radlan() -> None:
    rows: list[Varbind] = [
        *(
            (f"{IF_NAME}.{index}", "octets", octets(name))
            for index, name in ((1, "g1"), (2, "g2"), (3, "g3"), (1000, "ch1"))
        ),
        *((f"{IF_OPER}.{index}", "int", state) for index, state in ((1, 1), (2, 2), (3, 6), (1000, 1))),
        *((f"{BASE_PORT}.{port}", "int", index) for port, index in ((1, 1), (2, 2), (57, 1000))),
        *((f"{LAG}.{index}", "int", lag) for index, lag in ((1, 1000), (2, 0), (3, 3))),  # ProCurve: its own number
    ]
    found = [port for port in facts(snmp("sw1", "ports", rows)) if isinstance(port, f.Port)]
    assert [(p.ifindex, p.name, p.up, p.bridge, p.lag) for p in found] == [
        (1, "g1", True, 1, 1000),
        (2, "g2", False, 2, None),
        (3, "g3", False, None, None),
        (1000, "ch1", True, 57, None),
    ]


# ---- the MAC table ----


@pytest.mark.parametrize(
    ("rows", "want"),
    [
        (((31, 57, 3),),              [(31, 57, "learned")]),
        (((31, 57, 5),),              [(31, 57, "static")]),   # mgmt(5)
        (((31, 0, 4),),               [(31, 0, "self")]),
        (((31, 57, 1),),              [(31, 57, "other")]),
        (((31, 57, 2),),              [(None, None, "none")]), # invalid(2) is no row
        (((31, 57, 3), (1, 0, 3)),    [(31, 57, "learned"), (1, 0, "learned")]),
        ((),                          [(None, None, "none")]),
    ],
)  # fmt: skip
def test_a_mac_table_row_keeps_its_status_and_no_row_is_a_fact(
    rows: tuple[tuple[int, int, int], ...], want: list[tuple[int | None, int | None, str]]
) -> None:
    found = [e for e in facts(fdb("sw1", VNIC, *rows, ids=(31, 1))) if isinstance(e, f.FdbEntry)]
    assert [(e.vlan, e.port, e.status) for e in found] == want
    assert {(e.target, e.mac) for e in found} == {("sw1", VNIC)}


def test_a_row_without_the_status_column_is_not_called_learned() -> None:
    rows: list[Varbind] = [(f"{MIB2}.17.7.1.2.2.1.2.31.{oid_end(VNIC)}", "int", 554)]
    (found,) = facts(snmp("sw1", "fdb", rows, VNIC, "31"))
    assert isinstance(found, f.FdbEntry)
    assert found.status == "other"


# ---- LLDP ----


def lldp(
    chassis: tuple[int | None, str | bytes], port: tuple[int | None, str | bytes], mark: int = 0
) -> f.LldpNeighbour:
    end = f"{mark}.47.2"
    rows: list[Varbind] = [
        (f"{LLDP}.5.{end}", "octets", octets(chassis[1])),
        (f"{LLDP}.7.{end}", "octets", octets(port[1])),
        (f"{LLDP}.9.{end}", "octets", octets("hv1")),
    ]
    if chassis[0] is not None:
        rows.append((f"{LLDP}.4.{end}", "int", chassis[0]))
    if port[0] is not None:
        rows.append((f"{LLDP}.6.{end}", "int", port[0]))
    (found,) = facts(snmp("sw1", "lldp", rows))
    assert isinstance(found, f.LldpNeighbour)
    assert (found.port, found.name) == (47, "hv1")
    return found


PNIC, BOARD = bytes.fromhex("a0369f102030"), bytes.fromhex("444ca8313edf")


@pytest.mark.parametrize(
    ("chassis", "port", "want"),
    [
        ((4, BOARD),    (3, PNIC),          "A0-36-9F-10-20-30"),  # a Hyper-V host: port subtype macAddress
        ((4, BOARD),    (5, "Ethernet23"),  "44-4C-A8-31-3E-DF"),
        ((7, "SWITCH"), (5, "Gi1/1"),       None),                 # six letters are not a MAC
        ((7, "SWITCH"), (7, "PORT-1"),      None),
        ((7, "SWITCH"), (3, PNIC),          "A0-36-9F-10-20-30"),
        ((4, BOARD),    (3, "no MAC"),      "6E-6F-20-4D-41-43"),  # six octets that call themselves a MAC
        ((4, BOARD),    (3, "not a MAC"),   "44-4C-A8-31-3E-DF"),
        ((5, b"\x01\xac\x1f\x03\x02"), (5, "g1"), None),           # networkAddress
        ((None, BOARD), (None, PNIC),       None),                 # an agent that leaves the subtypes out
        ((4, b""),      (3, b""),           None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", [0, 1590, 29149053])
def test_a_neighbour_has_a_mac_only_where_its_id_is_one(
    chassis: tuple[int | None, str | bytes], port: tuple[int | None, str | bytes], want: str | None, mark: int
) -> None:
    assert lldp(chassis, port, mark).mac == want


# ---- what is no answer ----


@pytest.mark.parametrize(
    ("probe", "args", "raw"),
    [
        ("agent", (), "{}"),
        ("agent", (), '{"rows": [["1.3", "int"]], "ended": "yes"}'),
        ("agent", (), '{"rows": [["one", "int", 1]]}'),
        ("agent", (), f'{{"rows": [["{MIB2}.1.1.0", "octets", "xyz"]]}}'),
        ("agent", (), f'{{"rows": [["{MIB2}.4.1.0", "int", "many"]]}}'),
        ("arp", (VIP, "3"), f'{{"rows": [["{MIB2}.4.22.1.2.3.{VIP}", "octets", null]]}}'),
        ("arp", ("172.31.3.999", "3"), '{"rows": []}'),
        ("own-addresses", (), f'{{"rows": [["{MIB2}.4.20.1.2.172.31.3.300", "int", 3]]}}'),
        ("vlans", (), "[" * 100),
    ],
)
def test_what_is_no_answer_of_an_agent_is_refused(probe: str, args: tuple[str, ...], raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        facts(answer("sw1", probe, raw, *args))


def test_an_index_that_is_too_short_is_refused() -> None:
    rows: list[Varbind] = [(f"{LLDP}.5.7", "octets", octets(BOARD))]
    with pytest.raises(IndexError):
        facts(snmp("sw1", "lldp", rows))


def test_rows_of_other_tables_are_not_looked_at() -> None:
    with pytest.raises(ValueError, match="dot1qVlanStaticName"):
        facts(snmp("sw1", "vlans", [(f"{MIB2}.17.7.1.4.5.1.1.1", "gauge", 31)]))
    assert facts(vlans("sw1", 31)) == (f.Vlan(target="sw1", id=31, name="VLAN31", evidence="sw1/vlans"),)


@given(
    st.sampled_from(["agent", "own-addresses", "arp", "vlans", "ports", "fdb", "lldp"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                [f"{MIB2}.1.1.0", f"{MIB2}.4.20.1.2.1.2.3.4", f"{IF_NAME}.1", f"{LLDP}.5.0.1.1", "1.3", "0"]
            ),
            st.sampled_from(["int", "octets", "oid", "ip", "no_such_instance", "end_of_view", "other"]),
            st.none() | st.integers(-5, 2**33) | st.text("0123456789abcdefg.", max_size=14),
        ),
        max_size=4,
    ),
)
def test_whatever_an_agent_says_gives_facts_or_an_error_that_gather_knows(
    probe: str, rows: list[tuple[str, str, object]]
) -> None:
    args = {"arp": (VIP, "3"), "fdb": (str(VNIC), "31")}.get(probe, ())
    try:
        found = facts(answer("sw1", probe, {"rows": rows}, *args))
    except (ValueError, IndexError):
        return
    assert all(fact.evidence.startswith(f"sw1/{probe}") for fact in found)
