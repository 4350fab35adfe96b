"""The SNMP tables of simulated devices: right OIDs, and the same facts as the world they come from."""

from collections.abc import Iterable

import pytest

from nlbwiz.lab import arp, fdb, scenario, tables, tables_common, tables_gateway
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import (
    Counter64,
    Integer32,
    IpAddress,
    NoSuchInstance,
    NoSuchObject,
    ObjectIdentifier,
    OctetString,
    TimeTicks,
    Value,
)
from nlbwiz.lab.world import World
from tests.lab.worlds import SEEDS, world

MIB2 = (1, 3, 6, 1, 2, 1)
Q_FDB_PORT = (*MIB2, 17, 7, 1, 2, 2, 1, 2)
Q_FDB_STATUS = (*MIB2, 17, 7, 1, 2, 2, 1, 3)
ATTACHED = (1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 13)
CLUSTER = (1, 0, 94, 127, 3, 232)


def table(shown: World, device: str, context: str = "") -> Table:
    return tables.agent_tables(shown, device)[context]


def get(where: Table, *oid: int) -> object:
    return where.get(tuple(oid)).value


def column(where: Table, *prefix: int) -> dict[tuple[int, ...], Value]:
    """Index -> value of one column."""
    found: dict[tuple[int, ...], Value] = {}
    for row in range(where.after(prefix), where.after_subtree(prefix)):
        value = where.row(row).value
        assert not isinstance(value, NoSuchInstance | NoSuchObject)
        found[where.oid(row)[len(prefix) :]] = value  # type: ignore[assignment]  # exceptions never stand in rows
    return found


def ports(octets: object) -> set[int]:
    assert isinstance(octets, OctetString)
    bits = ((place, bit) for place, octet in enumerate(octets.value) for bit in range(8) if octet & (0x80 >> bit))
    return {8 * place + bit + 1 for place, bit in bits}


@pytest.mark.parametrize("seed", SEEDS[:3])
@pytest.mark.parametrize("name", scenario.names())
def test_every_device_of_every_scenario_has_tables(name: str, seed: int | None) -> None:
    shown = world(name, seed)
    for device in shown.bridges():
        for context, rows in tables.tables(shown, device.name).items():
            oids = [oid for oid, _ in rows]
            assert oids == sorted(set(oids)), context
            Table(rows, objects=tables.objects(shown, device.name))


def test_a_machine_that_is_no_network_device_has_no_tables() -> None:
    with pytest.raises(KeyError, match="nlb1"):
        tables.tables(world("healthy-igmp"), "nlb1")
    with pytest.raises(KeyError, match="nlb1"):
        tables.objects(world("healthy-igmp"), "nlb1")


# ---- the switch ----


def test_the_switch_is_a_powerconnect_5424_that_does_not_route() -> None:
    where = table(world("healthy-igmp"), "sw1")
    assert get(where, *MIB2, 1, 2, 0) == ObjectIdentifier((1, 3, 6, 1, 4, 1, 674, 10895, 3020))
    assert get(where, *MIB2, 4, 1, 0) == Integer32(2)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fdb_is_indexed_by_vlan_and_mac(seed: int | None) -> None:
    shown = world("healthy-igmp", seed)
    switch = shown.switches[0]
    where = table(shown, switch.name)
    for row in fdb.learned(shown, switch):
        assert get(where, *Q_FDB_PORT, row.vlan, *row.mac) == Integer32(row.port)
        assert get(where, *Q_FDB_STATUS, row.vlan, *row.mac) == Integer32(3)
    assert len(column(where, *Q_FDB_PORT)) == switch.fdb_rows + 1  # and the switch itself


def test_the_dynamic_count_adds_up_to_the_learned_rows() -> None:
    counts = column(table(world("healthy-igmp"), "sw1"), *MIB2, 17, 7, 1, 2, 1, 1, 2)
    assert sorted(index for (index,) in counts) == [1, 5, 10, 20]
    assert sum(count.value for count in counts.values()) == 40  # type: ignore[misc]  # Counter32 all


def test_a_multicast_cluster_mac_is_no_row_of_a_visible_fdb() -> None:
    where = table(world("healthy-igmp"), "sw1")
    assert get(where, *Q_FDB_PORT, 10, *CLUSTER) == NoSuchInstance()
    assert get(where, *MIB2, 17, 4, 3, 1, 2, *CLUSTER) == NoSuchObject()


def test_the_seeds_lags_hold_both_cables_of_a_host() -> None:
    where = table(world("healthy-igmp"), "sw1")
    attached = {index[0]: value.value for index, value in column(where, *ATTACHED).items()}
    assert {port: lag for port, lag in attached.items() if lag} == {1: 1000, 2: 1000, 3: 1001, 4: 1001}
    assert get(where, *MIB2, 31, 1, 1, 1, 1, 1000) == OctetString(b"ch1")
    assert get(where, *MIB2, 17, 1, 4, 1, 2, 1000) == Integer32(1000)
    assert ports(get(where, 1, 2, 840, 10006, 300, 43, 1, 1, 2, 1, 1, 1000)) == {1, 2}


def test_a_host_without_a_team_hangs_on_no_lag() -> None:
    where = table(world("healthy-multicast"), "sw1")
    assert {value.value for value in column(where, *ATTACHED).values()} == {0}


def test_the_static_group_is_in_both_tables_that_may_show_it() -> None:
    where = table(world("healthy-igmp"), "sw1")
    assert ports(get(where, *MIB2, 17, 7, 1, 3, 2, 1, 3, 10, *CLUSTER, 0)) == {1000, 1001}
    assert ports(get(where, *MIB2, 17, 7, 1, 2, 3, 1, 2, 10, *CLUSTER)) == {1000, 1001}
    assert get(where, *MIB2, 17, 7, 1, 3, 2, 1, 5, 10, *CLUSTER, 0) == Integer32(3)


def test_multicast_filtering_and_snooping_are_on_and_unregistered_multicast_is_forwarded() -> None:
    where = table(world("healthy-igmp"), "sw1")
    radlan = (1, 3, 6, 1, 4, 1, 89, 55)
    assert get(where, *radlan, 1, 0) == Integer32(1)
    assert get(where, *radlan, 2, 2, 0) == Integer32(1)
    assert ports(get(where, *radlan, 4, 1, 0)) == set()


def test_the_vlan_ports_are_the_trunks_and_the_strays_access_port() -> None:
    where = table(world("healthy-igmp"), "sw1")
    assert ports(get(where, *MIB2, 17, 7, 1, 4, 2, 1, 4, 0, 10)) == {12, 13, 24, 1000, 1001}
    assert ports(get(where, *MIB2, 17, 7, 1, 4, 2, 1, 5, 0, 10)) == {13}
    assert get(where, *MIB2, 17, 7, 1, 4, 3, 1, 1, 10) == OctetString(b"web")


def test_radlan_keeps_no_map_from_vlan_to_fdb() -> None:
    where = table(world("healthy-igmp"), "sw1")
    assert get(where, *MIB2, 17, 7, 1, 4, 2, 1, 3, 0, 10) == NoSuchObject()


def test_lldp_shows_the_gateway_and_no_host() -> None:
    where = table(world("healthy-igmp"), "sw1")
    names = column(where, 1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 9)
    assert names == {(0, 24, 1): OctetString(b"gw1")}
    assert column(where, 1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 7) == {(0, 24, 1): OctetString(b"Gi1/0/24")}


# ---- the gateway ----


def test_the_gateway_is_a_catalyst_that_routes_and_has_no_q_bridge() -> None:
    where = table(world("healthy-igmp"), "gw1")
    assert get(where, *MIB2, 1, 2, 0) == ObjectIdentifier((1, 3, 6, 1, 4, 1, 9, 1, 516))
    assert get(where, *MIB2, 4, 1, 0) == Integer32(1)
    assert get(where, *Q_FDB_PORT, 10, *CLUSTER) == NoSuchObject()


def test_every_vlan_is_a_context_of_its_own_also_the_empty_ones() -> None:
    shown = world("healthy-igmp")
    made = tables.agent_tables(shown, "gw1")
    assert list(made) == ["", "1", "5", "10", "20", "1002", "1003", "1004", "1005"]
    fdb_port = (*MIB2, 17, 4, 3, 1, 2)
    rows = {context: len(column(where, *fdb_port)) for context, where in made.items()}
    assert rows[""] == rows["1"] == rows["1002"] == 0
    node = shown.vm("NLB1").vnic("NLB web").mac
    assert get(made["10"], *fdb_port, *node) == Integer32(24)
    assert get(made["20"], *fdb_port, *node) == NoSuchInstance()
    assert get(made["10"], *MIB2, 17, 1, 4, 1, 2, 24) == Integer32(10124)


def test_the_arp_table_says_what_was_typed_and_what_was_learned() -> None:
    shown = world("healthy-igmp")
    where = table(shown, "gw1")
    for row in arp.gateway_arp(shown, shown.gateways[0]):
        end = (row.index, *row.ip.packed)
        assert get(where, *MIB2, 4, 22, 1, 2, *end) == OctetString(row.mac)
        assert get(where, *MIB2, 4, 22, 1, 4, *end) == Integer32(row.kind)
    assert get(where, *MIB2, 4, 22, 1, 2, 10, 172, 31, 3, 232) == OctetString(bytes(CLUSTER))
    assert get(where, *MIB2, 4, 22, 1, 4, 10, 172, 31, 3, 232) == Integer32(4)


def test_own_addresses_have_their_interface_and_mask() -> None:
    where = table(world("healthy-igmp"), "gw1")
    assert get(where, *MIB2, 4, 20, 1, 2, 172, 31, 3, 1) == Integer32(10)
    assert get(where, *MIB2, 4, 20, 1, 3, 172, 31, 3, 1) == IpAddress("255.255.255.0")


def test_vtp_lists_the_vlans_with_their_names() -> None:
    names = column(table(world("healthy-igmp"), "gw1"), 1, 3, 6, 1, 4, 1, 9, 9, 46, 1, 3, 1, 1, 4, 1)
    assert names[(10,)] == OctetString(b"web")
    assert {index for (index,) in names} == {1, 5, 10, 20, *tables_gateway.RESERVED_VLANS}


# ---- what moves ----


@pytest.mark.parametrize("device", ["sw1", "gw1"])
def test_uptime_and_counters_run_on(device: str) -> None:
    where = table(world("healthy-igmp"), device)
    up_time, octets = (*MIB2, 1, 3, 0), (*MIB2, 31, 1, 1, 1, 10, 24 if device == "sw1" else 10124)
    first, second = (numbers(get(where, *oid) for oid in (up_time, octets)) for _ in range(2))
    assert first[0] >= 100 * 24 * 3600 * 100
    assert all(later >= earlier for earlier, later in zip(first, second, strict=True))
    assert first[1] > 0


def numbers(values: Iterable[object]) -> list[int]:
    found = []
    for value in values:
        assert isinstance(value, TimeTicks | Counter64)
        found.append(value.value)
    return found


def test_a_port_list_counts_from_the_most_significant_bit() -> None:
    assert tables_common.port_list((1, 8, 9), 2) == OctetString(b"\x81\x80")
