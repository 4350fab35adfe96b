"""How the plan follows the vendor table, and how answers of several MIBs become one: VLAN contexts, own tables, fallbacks."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from nlbwiz import facts as f
from nlbwiz.known import Facts
from nlbwiz.parse.gather import gather
from nlbwiz.plan import plan
from nlbwiz.probes import Ask, oids
from nlbwiz.record.evidence import Evidence
from tests.made import (
    AT,
    IOS,
    MIB2,
    POWERCONNECT_5424,
    Varbind,
    adapter,
    agent,
    answer,
    arp,
    fdb,
    lost,
    octets,
    oid_end,
    own_addresses,
    site,
    snmp,
    vlans,
    vnic,
)

VNIC, HUAWEI, RARE = "00-15-5D-03-15-04", "1.3.6.1.4.1.2011.2.23.1", "1.3.6.1.4.1.99999.1"
NODE = answer("nlb1", "adapters", [adapter(VNIC)])
NO_VLANS = lost(
    "sw1", "vlans", status="unsupported", error="the agent does not have dot1qVlanStaticName (noSuchObject)"
)


def known(*evidence: Evidence) -> Facts:
    return gather(site(), None, evidence, at=AT, still_open=True)


def asks(need: f.Need, *evidence: Evidence) -> list[Ask]:
    return sorted(plan(site(), known(*evidence), frozenset({need})))


def vtp(*ids: int) -> Evidence:
    rows: list[Varbind] = [(f"1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.{one}", "int", 1) for one in ids]
    return snmp("sw1", "vlans-cisco", rows)


def ports(*rows: tuple[int, int | None]) -> Evidence:
    """ifIndex and bridge port; an interface without one has none in the default context."""
    found: list[Varbind] = []
    for ifindex, bridge in rows:
        found += [
            (f"{MIB2}.31.1.1.1.1.{ifindex}", "octets", octets(f"Gi{ifindex}")),
            (f"{MIB2}.2.2.1.8.{ifindex}", "int", 1),
        ]
        found.append((f"1.2.840.10006.300.43.1.2.1.1.13.{ifindex}", "int", 0))
        found += [(f"{MIB2}.17.1.4.1.2.{bridge}", "int", ifindex)] if bridge else []
    return snmp("sw1", "ports", found)


def in_context(vlan: int, port: int) -> Evidence:
    end = oid_end(VNIC)
    rows: list[Varbind] = [(f"{MIB2}.17.4.3.1.2.{end}", "int", port), (f"{MIB2}.17.4.3.1.3.{end}", "int", 3)]
    return snmp("sw1", "fdb-bridge", rows, VNIC, str(vlan))


def in_bridge(at: str, port: int) -> Evidence:
    """A row of dot1dTpFdbTable in the default context."""
    end = oid_end(at)
    rows: list[Varbind] = [(f"{MIB2}.17.4.3.1.2.{end}", "int", port), (f"{MIB2}.17.4.3.1.3.{end}", "int", 3)]
    return snmp("sw1", "fdb-bridge", rows, at)


def test_a_catalysts_macs_are_looked_for_in_every_vlans_context() -> None:
    cisco = (agent("sw1", IOS, forwarding=2), NO_VLANS, vtp(1, 10, 20, 1002), NODE)
    assert [(one.probe, one.args) for one in asks("fdb", *cisco)] == [
        ("fdb-bridge", (VNIC, vlan)) for vlan in ("1", "10", "20")
    ]
    assert [one.args for one in asks("ports", *cisco) if one.probe == "bridge-ports"] == [("1",), ("10",), ("20",)]


def test_the_vlans_of_the_virtual_nics_are_enough_where_they_are_known() -> None:
    described = answer("hv1", "vnics", [vnic(vlan=20)])
    found = asks("fdb", agent("sw1", IOS, forwarding=2), NO_VLANS, vtp(1, 10, 20), NODE, described)
    assert {one.args[1] for one in found} == {"20"}


def test_vlans_that_one_mib_has_are_not_lost_for_the_other_that_is_missing() -> None:
    assert known(agent("sw1", IOS, forwarding=2), NO_VLANS).coverage["vlans", "sw1"] == "lost"
    found = known(agent("sw1", IOS, forwarding=2), NO_VLANS, vtp(10))
    assert found.coverage["vlans", "sw1"] == "answered"
    assert [one.id for one in found.vlans] == [10]


def test_a_context_that_timed_out_is_lost_although_another_answered() -> None:
    found = known(
        agent("sw1", IOS, forwarding=2), vtp(10, 20), in_context(10, 7), lost("sw1", "fdb-bridge", VNIC, "20")
    )
    assert found.coverage["fdb", "sw1"] == "lost"
    assert [(one.vlan, one.port) for one in found.fdb] == [(10, 7)]


def test_bridge_ports_of_a_context_complete_those_of_the_default_one() -> None:
    context: list[Varbind] = [(f"{MIB2}.17.1.4.1.2.7", "int", 107), (f"{MIB2}.17.1.4.1.2.1", "int", 101)]
    found = known(
        agent("sw1", IOS, forwarding=2),
        ports((101, 1), (107, None), (108, None)),
        snmp("sw1", "bridge-ports", context, "10"),
    )
    assert [(one.ifindex, one.bridge) for one in found.ports] == [(101, 1), (107, 7), (108, None)]
    assert found.coverage["ports", "sw1"] == "answered"


def test_huaweis_own_mac_table_is_asked_by_mac_and_its_ifindex_becomes_a_bridge_port() -> None:
    huawei = agent("sw1", HUAWEI, forwarding=2)
    assert [(one.probe, one.args) for one in asks("fdb", huawei, vlans("sw1", 30), NODE)] == [("fdb-huawei", (VNIC,))]
    row: list[Varbind] = [(f"1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4.{oid_end(VNIC)}.30.1.48", "int", 107)]
    found = known(huawei, ports((107, 8)), snmp("sw1", "fdb-huawei", row, VNIC))
    assert [(one.vlan, one.port, one.status) for one in found.fdb] == [(30, 8, "learned")]


def test_a_powerconnect_is_asked_as_ever() -> None:
    found = asks("fdb", agent("sw1", POWERCONNECT_5424, forwarding=2), vlans("sw1", 1, 31), NODE)
    assert [(one.probe, one.args) for one in found] == [("fdb", (VNIC, "1", "31"))]
    assert known(fdb("sw1", VNIC, (31, 7, 3))).fdb[0].port == 7


def test_a_device_that_lists_no_vlan_is_skipped_through_only_when_that_is_known() -> None:
    def names(found: Iterable[Ask]) -> set[str]:
        return {one.probe for one in found}

    assert names(asks("vlans")) == {"vlans"}  # nothing is known of it yet
    rare = agent("sw1", RARE, forwarding=2)
    assert names(asks("vlans", rare, vlans("sw1", 31))) == {"vlans"}
    assert names(asks("vlans", rare, NO_VLANS)) == {"vlans", "fdb-ids"}


def test_narrow_counters_are_asked_for_where_the_wide_ones_are_missing() -> None:
    up = (agent("sw1", POWERCONNECT_5424, forwarding=2), ports((1, 1)))
    assert {one.probe for one in asks("counters", *up)} == {"counters"}
    none = lost(
        "sw1", "counters", "1", status="unsupported", error="the agent does not have ifHCInUcastPkts (noSuchObject)"
    )
    assert {one.probe for one in asks("counters", *up, none)} == {"counters-32"}


def test_a_port_list_becomes_interfaces() -> None:
    end = oid_end("03-BF-AC-1F-03-E8")
    rows: list[Varbind] = [
        (f"{MIB2}.17.7.1.3.2.1.3.31.{end}.0", "octets", "e0"),
        (f"{MIB2}.17.7.1.3.2.1.5.31.{end}.0", "int", 3),
    ]
    entry = snmp("sw1", "groups", rows, "03-BF-AC-1F-03-E8", "31")
    found = known(agent("sw1", POWERCONNECT_5424, forwarding=2), ports((101, 1), (102, 2)), entry)
    assert [one.ports for one in found.groups] == [(101, 102)]  # bridge port 3 is no interface


# ---- from one way of asking to the next ----

FDB_Q, FDB_D, FDB_HW = f"{MIB2}.17.7.1.2.2.1.2", f"{MIB2}.17.4.3.1.2", "1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4"
ARP_OLD, ARP_NEW = f"{MIB2}.4.22.1.2", f"{MIB2}.4.35.1.4"
STRANGER = "1.2.3.4.5.6"
Q_ROW, LONG_ROW, D_ROW, HW_ROW = (
    f"{FDB_Q}.31.{STRANGER}", f"{FDB_Q}.31.6.{STRANGER}", f"{FDB_D}.{STRANGER}", f"{FDB_HW}.{STRANGER}.31.1.48"
)  # fmt: skip
ODD_ROW = f"{FDB_D}.1.{STRANGER}"
"""A row of dot1dTpFdbTable with more in its index than the MAC: by the MAC alone no row of this agent is found."""
ARP_OLD_ROW, ARP_NEW_ROW = f"{ARP_OLD}.3.10.0.0.1", f"{ARP_NEW}.3.1.4.10.0.0.1"
RARE_SWITCH = (agent("sw1", RARE, forwarding=2), vlans("sw1", 31), NODE)
RARE_ROUTER = (agent("gw1", RARE, forwarding=1), own_addresses("gw1", ("172.31.3.1", 3)))
IPS = ("172.31.3.11", "172.31.3.12", "172.31.3.232")


def tables(target: str, *first: str) -> Evidence:
    """Which tables have a row at all."""
    rows: list[Varbind] = [(one, "octets", "001122334455") if ".4." in one else (one, "int", 7) for one in first]
    return snmp(target, "tables", rows)


def no_table(target: str, probe: str, *args: str) -> Evidence:
    """The agent does not have the table at all."""
    return lost(target, probe, *args, status="unsupported", error=f"the agent does not have {probe} (noSuchObject)")


def no_row(target: str, probe: str, *args: str) -> Evidence:
    """The table may be there: noSuchInstance for every row that was asked for."""
    return snmp(
        target,
        probe,
        [(".".join(map(str, one)), "no_such_instance") for one in oids(Ask(target=target, probe=probe, args=args))],
        *args,
    )


def walked(target: str, probe: str, *args: str) -> Evidence:
    """The whole table was read, and none of these is in it."""
    return snmp(target, probe, [], *args)


def ways(need: f.Need, *evidence: Evidence) -> set[str]:
    """The probes that are asked now for MACs or addresses, or to learn where they could be."""
    return {one.probe for one in asks(need, *evidence) if one.target in ("sw1", "gw1")}


Q_ABSENT, D_ABSENT = no_row("sw1", "fdb", VNIC, "31"), no_row("sw1", "fdb-bridge", VNIC)
OLD_ABSENT = tuple(no_row("gw1", "arp", ip, "3", "0") for ip in IPS)
CUT = replace(walked("sw1", "fdb-find", VNIC), error="broken off after 60,000 rows: the table is longer")
LONG_ABSENT = no_row("sw1", "fdb-length", VNIC, "31")
ARUBA_CX, NEXUS = "1.3.6.1.4.1.47196.4.1.1.1.1", "1.3.6.1.4.1.9.12.3.1.3.1084"
NEW_ABSENT = tuple(no_row("gw1", "arp-physical", ip, "3", "0") for ip in IPS)
NEW_WALKED = walked("gw1", "arp-physical-find", *IPS)


@pytest.mark.parametrize(
    ("evidence", "next_", "state"),
    [
        #  what the switch has told so far                                                     asked now        coverage
        ([],                                                                                   {"fdb"},         "pending"),
        ([fdb("sw1", VNIC, (31, 7, 3))],                                                       {"fdb"},         "answered"),
        ([lost("sw1", "fdb", VNIC, "31")],                                                     {"fdb"},         "lost"),  # silence
        ([no_table("sw1", "fdb", VNIC, "31")],                                                 {"fdb", "tables"}, "pending"),
        ([Q_ABSENT],                                                                           {"fdb", "tables"}, "pending"),
        ([Q_ABSENT, tables("sw1")],                                                            {"fdb-bridge"},  "pending"),
        ([Q_ABSENT, tables("sw1", D_ROW)],                                                     {"fdb-bridge"},  "pending"),
        ([Q_ABSENT, tables("sw1", LONG_ROW, D_ROW)],                                           {"fdb-length"},  "pending"),
        ([Q_ABSENT, tables("sw1", D_ROW), in_bridge(VNIC, 7)],                                 {"fdb-bridge"},  "answered"),
        ([Q_ABSENT, tables("sw1", D_ROW), D_ABSENT],                                           {"fdb-bridge"},  "answered"),
        ([Q_ABSENT, tables("sw1", ODD_ROW), D_ABSENT],                                         {"fdb"},         "lost"),
        ([Q_ABSENT, tables("sw1"), D_ABSENT],                                                  {"fdb"},         "lost"),
        ([Q_ABSENT, tables("sw1", HW_ROW), D_ABSENT],                                          {"fdb-huawei"},  "pending"),
        ([Q_ABSENT, tables("sw1", HW_ROW), D_ABSENT, walked("sw1", "fdb-huawei", VNIC)],       {"fdb-huawei"},  "answered"),
        ([Q_ABSENT, tables("sw1", Q_ROW, D_ROW), D_ABSENT],                                    {"fdb-find"},    "pending"),
        ([Q_ABSENT, tables("sw1", Q_ROW), D_ABSENT, walked("sw1", "fdb-find", VNIC)],          {"fdb-find"},    "answered"),
        ([Q_ABSENT, tables("sw1", Q_ROW), D_ABSENT, CUT],                                      {"fdb-find"},    "lost"),
        ([Q_ABSENT, tables("sw1", Q_ROW), D_ABSENT, lost("sw1", "fdb-find", VNIC)],            {"fdb-find"},    "lost"),
        ([Q_ABSENT, lost("sw1", "tables"), D_ABSENT],                                          {"fdb-huawei"},  "pending"),
        ([no_table("sw1", "fdb", VNIC, "31"), tables("sw1"), no_table("sw1", "fdb-bridge", VNIC)], {"fdb"},     "lost"),
    ],
)  # fmt: skip
def test_a_mac_is_looked_for_in_the_next_table_when_the_first_one_told_nothing(
    evidence: list[Evidence], next_: set[str], state: str
) -> None:
    assert ways("fdb", *RARE_SWITCH, *evidence) == next_
    assert known(*RARE_SWITCH, *evidence).coverage["fdb", "sw1"] == state


@pytest.mark.parametrize(
    ("evidence", "next_", "state"),
    [
        #  what the router has told so far                                                     asked now            coverage
        ([],                                                                                   {"arp"},             "pending"),
        ([*OLD_ABSENT[1:], arp("gw1", IPS[0], (3, VNIC, 3))],                                  {"arp"},             "answered"),
        (OLD_ABSENT,                                                                           {"arp", "tables"},   "pending"),
        ([no_table("gw1", "arp", ip, "3", "0") for ip in IPS],                                 {"arp", "tables"},   "pending"),
        ([*OLD_ABSENT, tables("gw1")],                                                         {"arp"},             "lost"),
        ([*OLD_ABSENT, tables("gw1", ARP_NEW_ROW)],                                            {"arp-physical"},    "pending"),
        ([*OLD_ABSENT, tables("gw1", ARP_NEW_ROW), *NEW_ABSENT],                               {"arp-physical-find"}, "pending"),
        ([*OLD_ABSENT, tables("gw1", ARP_NEW_ROW), *NEW_ABSENT, NEW_WALKED], {"arp-physical-find"}, "answered"),
        ([*OLD_ABSENT, tables("gw1", ARP_OLD_ROW)],                                            {"arp-find"},        "pending"),
        ([*OLD_ABSENT, tables("gw1", ARP_OLD_ROW, ARP_NEW_ROW), *NEW_ABSENT],                  {"arp-find"},        "pending"),
        ([*OLD_ABSENT, tables("gw1", ARP_OLD_ROW), walked("gw1", "arp-find", *IPS)],           {"arp-find"},        "answered"),
    ],
)  # fmt: skip
def test_an_address_is_looked_for_in_the_newer_table_and_then_in_all_of_it(
    evidence: Iterable[Evidence], next_: set[str], state: str
) -> None:
    told = (*RARE_ROUTER, answer("nlb1", "cluster", []), answer("nlb2", "cluster", []), *evidence)
    assert ways("arp", *told) == next_
    assert known(*told).coverage["arp", "gw1"] == state


def test_a_walk_waits_for_everything_that_tells_what_to_look_for() -> None:
    told = (*RARE_SWITCH, Q_ABSENT, tables("sw1", Q_ROW), D_ABSENT)
    wanted: frozenset[f.Need] = frozenset({"fdb", "adapters"})  # nlb2 has not told its adapters yet
    assert "fdb-find" not in {one.probe for one in plan(site(), known(*told), wanted)}
    both = known(*told, answer("nlb2", "adapters", []))
    assert [one.args for one in plan(site(), both, wanted) if one.probe == "fdb-find"] == [(VNIC,)]


@pytest.mark.parametrize(
    ("router", "goes"),
    [
        ([],                                                            False),  # its ARP table may name a stranger
        ([lost("gw1", "own-addresses")],                                True),   # it is silent: nothing will come
        ([*RARE_ROUTER, *OLD_ABSENT],                                   False),
        ([*RARE_ROUTER, *OLD_ABSENT, tables("gw1")],                    True),   # it shows no ARP table at all
        ([*RARE_ROUTER, *OLD_ABSENT, tables("gw1", ARP_OLD_ROW)],       False),
        ([agent("gw1", IOS, forwarding=1), *RARE_ROUTER[1:], *OLD_ABSENT], True),
    ],
)  # fmt: skip
def test_a_walk_waits_for_a_router_only_as_long_as_its_table_may_still_name_a_stranger(
    router: list[Evidence], goes: bool
) -> None:
    told = (*RARE_SWITCH, answer("nlb2", "adapters", []), Q_ABSENT, tables("sw1", Q_ROW), D_ABSENT, *router)
    wanted: frozenset[f.Need] = frozenset({"fdb", "adapters", "arp", "own-addresses"})
    assert ("fdb-find" in {one.probe for one in plan(site(), known(*told), wanted)}) == goes


def test_a_switch_without_any_vlan_is_asked_by_mac_alone() -> None:
    told = (agent("sw1", RARE, forwarding=2), NODE, NO_VLANS)
    assert ways("fdb", *told) == set()  # the scan for fdbIds may still give some
    assert ways("fdb", *told, snmp("sw1", "fdb-ids", [])) == {"tables"}
    assert ways("fdb", *told, snmp("sw1", "fdb-ids", []), tables("sw1", D_ROW)) == {"fdb-bridge"}


@pytest.mark.parametrize(
    ("object_id", "evidence", "next_", "state"),
    [
        # Huawei's own table has rows and is looked up by MAC: that is a proof, although nobody says that it fills it
        (HUAWEI,   [walked("sw1", "fdb-huawei", VNIC)],                           {"fdb-huawei", "tables"}, "pending"),
        (HUAWEI,   [walked("sw1", "fdb-huawei", VNIC), tables("sw1", HW_ROW)],    {"fdb-huawei"},    "answered"),
        (HUAWEI,   [walked("sw1", "fdb-huawei", VNIC), tables("sw1", D_ROW)],     {"fdb-bridge"},    "pending"),
        # ArubaOS-CX writes a length before the MAC in some releases: no proof before the index is seen
        (ARUBA_CX, [Q_ABSENT],                                                    {"fdb", "tables"}, "pending"),
        (ARUBA_CX, [Q_ABSENT, tables("sw1", Q_ROW)],                              {"fdb"},           "answered"),
        (ARUBA_CX, [Q_ABSENT, tables("sw1", LONG_ROW)],                           {"fdb-length"},    "pending"),
        (ARUBA_CX, [Q_ABSENT, tables("sw1", LONG_ROW), LONG_ABSENT],              {"fdb-length"},    "answered"),
        (NEXUS,    [no_table("sw1", "fdb", VNIC, "31"), tables("sw1")],           {"fdb-bridge"},    "pending"),
        # a Catalyst has the contexts of its VLANs, and nothing behind them
        (IOS,      [no_table("sw1", "fdb-bridge", VNIC, "31")],                   {"fdb-bridge"},    "lost"),
    ],
)  # fmt: skip
def test_every_family_has_its_own_order(object_id: str, evidence: list[Evidence], next_: set[str], state: str) -> None:
    told = (agent("sw1", object_id, forwarding=2), vlans("sw1", 31), NODE, *evidence)
    assert ways("fdb", *told) == next_
    assert known(*told).coverage["fdb", "sw1"] == state


def test_a_device_that_is_known_to_fill_its_table_is_asked_no_further() -> None:
    told = (agent("sw1", POWERCONNECT_5424, forwarding=2), vlans("sw1", 31), NODE, Q_ABSENT)
    assert ways("fdb", *told) == {"fdb"}
    assert known(*told).coverage["fdb", "sw1"] == "answered"


def test_what_an_earlier_table_did_not_show_is_no_absence_beside_a_later_one() -> None:
    found = known(*RARE_SWITCH, Q_ABSENT, tables("sw1", D_ROW), in_bridge(VNIC, 7))
    assert [(one.vlan, one.port, one.status) for one in found.fdb] == [(None, 7, "learned")]


def test_a_walk_tells_each_mac_apart_and_keeps_an_id_for_a_vlan_only_where_it_is_one() -> None:
    rows: list[Varbind] = []
    for place in ("31", "5031"):
        rows += [(f"{FDB_Q}.{place}.{oid_end(VNIC)}", "int", 7), (f"{FDB_Q[:-1]}3.{place}.{oid_end(VNIC)}", "int", 3)]
    other = "00-15-5D-03-16-04"
    walk = snmp("sw1", "fdb-find", rows, VNIC, other)
    found = known(*RARE_SWITCH, Q_ABSENT, tables("sw1", Q_ROW), D_ABSENT, walk)
    assert [(one.mac, one.vlan, one.port, one.status) for one in found.fdb] == [
        (VNIC, 31, 7, "learned"), (VNIC, None, 7, "learned"), (other, None, None, "none"),
    ]  # fmt: skip
    assert {one.evidence for one in found.fdb} == {walk.label}


def test_when_no_way_told_anything_all_that_was_tried_is_named() -> None:
    over = gather(site(), None, [*RARE_SWITCH, Q_ABSENT, tables("sw1"), D_ABSENT], at=AT)
    assert over.fdb == ()
    assert all(one in over.lost["fdb", "sw1"][0] for one in ("dot1qTpFdbTable", "dot1dTpFdbTable", "proves nothing"))
    failed = [no_table("sw1", "fdb", VNIC, "31"), tables("sw1"), no_table("sw1", "fdb-bridge", VNIC)]
    assert gather(site(), None, [*RARE_SWITCH, *failed], at=AT).lost["fdb", "sw1"][0] == (
        "the agent does not have fdb (noSuchObject); the agent does not have fdb-bridge (noSuchObject); "
        "no row at all in hwDynFdbTable"
    )
