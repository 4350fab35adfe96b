"""The vendor table: who a device is, what its fdbIds and port numbers mean, and that every row says where it is from."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbwiz import families
from nlbwiz.facts import Need
from nlbwiz.families import FAMILIES, UNKNOWN, Family, detect, family, ids_of, ifindex_of, port_list, probes, vlan_of
from nlbwiz.probes import PROBES
from nlbwiz.site.form import PLATFORMS

IOS, NXOS, COMWARE, PROCURVE, JUNOS, OS9 = map(
    family, ("cisco-ios", "cisco-nxos", "hpe-comware", "hpe-procurve", "juniper-junos", "dell-os9")
)


@pytest.mark.parametrize("row", [*FAMILIES, UNKNOWN], ids=lambda one: one.slug or "unknown")
def test_every_row_has_its_source_and_only_probes_that_there_are(row: Family) -> None:
    assert "snmp" in row.source or "RFC" in row.source
    for need in get_args(Need):
        for name in probes(row, need):
            assert PROBES[name].gives == need, name
    assert row.fdb
    assert not row.contexts or row.fdb[0] == "fdb-bridge"
    assert {one.what for one in row.hidden} <= set(get_args(Need))
    assert all(one.why and one.instead for one in row.hidden)


def test_every_snmp_probe_is_asked_of_somebody() -> None:
    from nlbwiz.switch.survey import FIRST

    listed = {name for row in (*FAMILIES, UNKNOWN) for need in get_args(Need) for name in probes(row, need)}
    by_hand = {
        "arp", "arp-physical", "arp-find", "arp-physical-find", "arp-interfaces", "bridge-ports", "counters", "counters-32",
        "fdb-find", "fdb-ids", "fdb-length", "fdb-static", "group-table", "pvids", "vlan-static",
    }  # fmt: skip
    assert {name for name, probe in PROBES.items() if probe.via.startswith("snmp")} == listed | by_hand | set(FIRST)


def test_slugs_are_unique_and_the_site_file_knows_those_of_the_vendor_matrix() -> None:
    slugs = [row.slug for row in FAMILIES]
    assert len(slugs) == len(set(slugs))
    assert len(set(slugs) & set(PLATFORMS)) >= 13


@pytest.mark.parametrize(
    ("object_id", "descr", "slug"),
    [
        ("1.3.6.1.4.1.674.10895.3021", "", "dell-powerconnect"),
        ("1.3.6.1.4.1.674.10895.3065", "", "dell-n-series"),
        ("1.3.6.1.4.1.9.1.516", "Cisco IOS Software, C3750 Software", "cisco-ios"),
        ("1.3.6.1.4.1.9.1.1", "Cisco NX-OS(tm) n5000, Software", "cisco-nxos"),
        ("1.3.6.1.4.1.9.6.1.72.2010.2", "", "cisco-sb"),
        ("1.3.6.1.4.1.11.2.3.7.11.107", "ProCurve J9", "hpe-procurve"),
        ("1.3.6.1.4.1.11.2.3.7.11.107", "HPE Comware Platform Software", "hpe-comware"),
        ("1.3.6.1.4.1.674.11000.5000.100.2.1.1", "", "dell-os10"),
        ("", "Dell EMC Networking OS10 Enterprise", "dell-os10"),
        ("1.3.6.1.4.1.8072.3.2.10", "Linux gw 6.1", ""),
        ("1.3.6.1.4.1.90", "", ""),  # arc by arc: 9 is not a prefix of 90
    ],
)
def test_a_device_is_known_by_its_object_id_or_by_what_it_calls_itself(object_id: str, descr: str, slug: str) -> None:
    assert detect(object_id, descr).slug == slug


@pytest.mark.parametrize(
    ("row", "index", "vlans", "map_", "internal", "vlan"),
    [
        (PROCURVE, 2, (1, 50, 52), {1: 1, 50: 2, 52: 3}, {}, 50),
        (PROCURVE, 2, (1, 2, 50), {1: 1, 2: 3, 50: 2}, {}, 50),  # an fdbId that equals another VLAN's id: the map
        (COMWARE, 500, (1, 500), {1: 1, 500: 1}, {}, 500),  # a map that says 1 for all
        (UNKNOWN, 602, (1, 602), {1: 1, 602: 90}, {}, 602),  # D-Link: the map lies
        (UNKNOWN, 7, (1, 77), {1: 1, 77: 7}, {}, 77),
        (UNKNOWN, 31, (), {}, {}, 31),
        (UNKNOWN, 0, (), {}, {}, None),  # RouterOS
        (UNKNOWN, 1, (10, 20), {10: 1, 20: 1}, {}, None),  # one table for all VLANs: the VLAN is lost
        (JUNOS, 196608, (), {}, {3: 100}, 100),
        (JUNOS, 171, (), {}, {171: 669}, 669),
        (JUNOS, 524288, (), {}, {}, None),
        (OS9, 2201, (99, 2201), {}, {}, 2201),
    ],
)
def test_the_vlan_of_an_fdb_id(
    row: Family, index: int, vlans: tuple[int, ...], map_: dict[int, int], internal: dict[int, int], vlan: int | None
) -> None:
    assert vlan_of(index, row, vlans=vlans, map_=map_, internal=internal) == vlan


@pytest.mark.parametrize(
    ("row", "wanted", "present", "map_", "internal", "ids"),
    [
        (PROCURVE, (50,), (), {50: 2}, {}, (2,)),
        (COMWARE, (500,), (), {500: 1}, {}, (500,)),
        (UNKNOWN, (31,), (), {31: 4}, {}, (31, 4)),  # neither is sure: both
        (UNKNOWN, (), (31, 9), {31: 4}, {}, (31, 9, 4)),
        (JUNOS, (100,), (), {}, {3: 100}, (3, 196608)),
    ],
)
def test_where_rows_of_a_vlan_may_stand(
    row: Family, wanted: tuple[int, ...], present: tuple[int, ...], map_: dict[int, int], internal: dict[int, int],
    ids: tuple[int, ...],
) -> None:  # fmt: skip
    assert ids_of(wanted, row, present=present, map_=map_, internal=internal) == ids


@pytest.mark.parametrize(
    ("row", "port", "bridge", "ifindexes", "ifindex"),
    [
        (UNKNOWN, 3, {3: 103}, (103, 3), 103),
        (UNKNOWN, 47, {}, (47,), 47),  # no map: an ifIndex
        (UNKNOWN, 47, {1: 1}, (1,), None),
        (UNKNOWN, 0, {0: 5}, (5,), None),  # the switch itself
        (OS9, 554, {553: 77, 555: 78}, (77, 78), 77),  # one more than the bridge port
        (OS9, 553, {553: 77}, (77,), 77),
        (family("alcatel-aos6"), 1001, {1001: 5}, (1001,), 1001),
        (family("tplink-jetstream"), 4, {}, (49156,), 49156),
    ],
)
def test_the_interface_of_a_port_number(
    row: Family, port: int, bridge: dict[int, int], ifindexes: tuple[int, ...], ifindex: int | None
) -> None:
    assert ifindex_of(port, row, bridge, ifindexes) == ifindex


@pytest.mark.parametrize(
    ("octets", "text", "ports"),
    [
        ("e1eb80", False, (1, 2, 3, 8, 9, 10, 11, 13, 15, 16, 17)),  # REC hpe-procurve-6120xg, VLAN 50
        ("", False, ()),
        ("00", False, ()),
        ("80" + "00" * 224, False, (1,)),
        ("0001", False, (16,)),
        ("30", False, (3, 4)),  # the digit 0 is two ports, where text is not expected
        (b"3,4434,4443".hex(), True, (3, 4434, 4443)),
        (b"21-22".hex(), True, (21, 22)),
        (b"23, ".hex(), True, (23,)),
        ("e0", True, (1, 2, 3)),
    ],
)
def test_a_port_list_of_any_length(octets: str, text: bool, ports: tuple[int, ...]) -> None:
    assert port_list(bytes.fromhex(octets), text=text) == ports


@given(st.binary(max_size=300), st.booleans())
def test_no_octets_make_a_port_list_fail(octets: bytes, text: bool) -> None:
    found = port_list(octets, text=text)
    assert text or all(0 < one <= 8 * len(octets) for one in found)


def test_a_platform_that_the_table_lacks_is_read_by_the_standards() -> None:
    assert family(None) is family("extreme-exos") is families.UNKNOWN


Q, LONG, D, HW = (31, 1, 2, 3, 4, 5, 6), (31, 6, 1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6, 31, 1, 48)


@pytest.mark.parametrize(
    ("slug", "first", "chain"),
    [
        ("",                  None,                                         "fdb fdb-bridge fdb-huawei fdb-find"),
        ("",                  {},                                           "fdb fdb-bridge"),
        ("",                  {"dot1qTpFdbPort": Q, "hwDynFdbPort": HW},    "fdb fdb-bridge fdb-huawei fdb-find"),
        ("",                  {"dot1qTpFdbPort": LONG},                     "fdb-length fdb-bridge fdb-find"),
        ("",                  {"dot1dTpFdbPort": D},                        "fdb fdb-bridge"),
        ("aruba-cx",          {},                                           "fdb fdb-length"),
        ("aruba-cx",          {"dot1qTpFdbPort": Q},                        "fdb fdb-find"),
        ("aruba-cx",          {"dot1qTpFdbPort": LONG},                     "fdb-length fdb-find"),
        ("cisco-ios",         None,                                         "fdb-bridge"),
        ("mikrotik-routeros", {"dot1qTpFdbPort": Q},                        "fdb-bridge fdb fdb-find"),
        ("huawei-vrp",        {"dot1dTpFdbPort": D},                        "fdb-bridge"),
    ],
)  # fmt: skip
def test_the_ways_to_a_mac_follow_the_tables_that_have_rows_and_end_with_the_walk(
    slug: str, first: dict[str, tuple[int, ...]] | None, chain: str
) -> None:
    assert families.ways(families.family(slug), "fdb", first) == tuple(chain.split())


@pytest.mark.parametrize(
    ("first", "chain"),
    [
        (None,                                  "arp arp-physical arp-find arp-physical-find"),
        ({},                                    "arp"),
        ({"ipNetToPhysicalPhysAddress": (3,)},  "arp arp-physical arp-physical-find"),
        ({"ipNetToMediaPhysAddress": (3,)},     "arp arp-find"),
    ],
)  # fmt: skip
def test_the_ways_to_an_address_follow_the_tables_that_have_rows(
    first: dict[str, tuple[int, ...]] | None, chain: str
) -> None:
    assert families.ways(families.UNKNOWN, "arp", first) == tuple(chain.split())
