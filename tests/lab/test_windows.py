"""What both asks answer on a simulated machine, held against the product's structs and the world it came from."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from nlbwiz.lab import scenario, windows
from nlbwiz.lab.machines import Event, Node, Tool
from nlbwiz.lab.node_sections import MOST_EVENTS, TCPIP
from nlbwiz.lab.windows import Failed
from nlbwiz.lab.world import World, with_node, with_vm
from nlbwiz.parse import sections as contract
from tests.lab.worlds import NOW, answer, world

NODE_NAMES = ("nlb1", "nlb2")
HOST_NAMES = ("hv1", "hv2")


def structs(shown: World, machine: str) -> dict[str, type[contract.Record]]:
    return contract.NODE if windows.role(shown, machine) == "node" else contract.HOST


def decoded(shown: World, machine: str, section: str) -> list[Any]:
    return [msgspec.convert(one, structs(shown, machine)[section]) for one in answer(shown, machine, section)]


@pytest.mark.parametrize("machine", [*NODE_NAMES, *HOST_NAMES])
@pytest.mark.parametrize("name", scenario.names())
def test_every_section_is_what_the_contract_says_with_every_field_written(name: str, machine: str) -> None:
    shown = world(name)
    expected = structs(shown, machine)
    lines = [json.loads(line) for line in windows.lines(shown, machine, expected)]
    assert [line["section"] for line in lines] == list(expected)
    for line in lines:
        assert list(line) == ["section", "version", "data", "error", "took_ms"]
        assert line["error"] is None
        record = expected[line["section"]]
        for one in line["data"]:
            msgspec.convert(one, record)
            assert list(one) == [field.name for field in msgspec.structs.fields(record)]


@pytest.mark.parametrize("seed", range(1, 6))
def test_renumbered_machines_answer_in_the_same_form(seed: int) -> None:
    shown = world("healthy-igmp", seed)
    for machine in (*(node.name for node in shown.nodes), *(host.name for host in shown.hosts)):
        for section in structs(shown, machine):
            decoded(shown, machine, section)


def test_only_the_sections_asked_for_are_written_in_the_order_of_the_script() -> None:
    lines = windows.lines(world("healthy-igmp"), "nlb1", ["vips", "os", "nonsense"])
    assert [json.loads(line)["section"] for line in lines] == ["os", "vips"]


def test_a_line_is_ascii_whatever_the_names_are() -> None:
    shown = with_node(world("healthy-igmp"), "nlb1", lambda node: replace(node, domain="köln.example"))
    (line,) = windows.lines(shown, "nlb1", ["os"])
    assert line.isascii()
    assert json.loads(line)["data"][0]["domain"] == "köln.example"


def test_times_are_utc_with_seven_digits_as_dot_net_writes_them() -> None:
    (record,) = answer(world("healthy-igmp"), "nlb1", "os")
    assert record["clock"] == "2026-11-24T22:00:00.0000000Z"
    assert msgspec.convert(record, contract.Os).clock == NOW


def test_a_machine_that_is_neither_node_nor_host_has_no_sections() -> None:
    with pytest.raises(KeyError, match="sw1"):
        windows.sections(world("healthy-igmp"), "sw1")


# ---- nodes ----


def test_a_unicast_node_shows_the_cluster_mac_and_keeps_its_permanent_address() -> None:
    nic = next(one for one in decoded(world("healthy-unicast"), "nlb2", "adapters") if one.name == "NLB web")
    assert (nic.mac, nic.permanent) == ("02-BF-AC-1F-03-E8", "00155D001601")


@pytest.mark.parametrize("name", ["healthy-multicast", "healthy-igmp"])
def test_a_multicast_node_shows_its_own_mac(name: str) -> None:
    for nic in decoded(world(name), "nlb1", "adapters"):
        assert nic.mac.replace("-", "") == nic.permanent


def test_an_igmp_instance_names_its_group_and_the_others_none() -> None:
    assert [one.group for one in decoded(world("healthy-igmp"), "nlb1", "cluster")] == [
        "239.255.3.232",
        "239.255.4.232",
    ]
    assert [one.group for one in decoded(world("healthy-unicast"), "nlb1", "cluster")] == ["0.0.0.0"]


def test_the_persistent_store_says_invalid_of_every_address_it_has() -> None:
    rows = decoded(world("healthy-igmp"), "nlb1", "addresses")
    assert {row.state for row in rows if row.store == "PersistentStore"} == {"Invalid"}
    assert {row.state for row in rows if row.store == "ActiveStore"} == {"Preferred"}


def test_a_lost_vip_is_in_the_persistent_store_and_the_registry_and_not_active() -> None:
    shown = world("misconfigured-after-migration")
    stores = {row.store for row in decoded(shown, "nlb2", "addresses") if row.ip == "172.31.3.232"}
    assert stores == {"PersistentStore"}
    assert any("172.31.3.232" in nic.addresses for nic in decoded(shown, "nlb2", "address-order"))
    vnic = next(one for one in decoded(shown, "hv1", "vnics") if (one.vm, one.name) == ("NLB2", "NLB web"))
    assert vnic.ips == ["172.31.3.12"]


def test_the_loopback_interface_has_no_duplicate_detection_on_a_healthy_node() -> None:
    transmits = {row.alias: row.dad_transmits for row in decoded(world("healthy-igmp"), "nlb1", "dad")}
    assert transmits.pop("Loopback Pseudo-Interface 1") == 0
    assert set(transmits.values()) == {3}


def test_the_dedicated_address_comes_first_in_the_registry() -> None:
    orders = [row.addresses for row in decoded(world("secondary-vip-static-arp"), "nlb1", "address-order")]
    assert orders == [["172.31.0.11"], ["172.31.3.11", "172.31.3.232", "172.31.3.233"]]


def test_the_newest_events_are_listed_first_and_the_rest_is_said_to_be_cut() -> None:
    events = tuple(
        Event(provider=TCPIP, id=4199, at=NOW - timedelta(minutes=number), inserts=("", "10.0.0.1", ""))
        for number in range(MOST_EVENTS + 1)
    )
    shown = with_node(
        world("healthy-igmp"),
        "nlb1",
        lambda node: replace(node, logs=(replace(node.logs[0], events=events[::-1]),)),
    )
    log = next(log for log in decoded(shown, "nlb1", "events") if log.provider == TCPIP)
    assert (log.truncated, len(log.events), log.events[0].at) == (True, MOST_EVENTS, NOW)


@pytest.mark.parametrize(
    ("tools", "source", "vips", "dips"),
    [
        (("module", "wmi", "registry", "nlb.exe"), "module", 2, 1),
        (("wmi", "registry", "nlb.exe"), "wmi", 1, 1),
        (("registry", "nlb.exe"), "registry", 1, 0),
    ],
)
def test_without_the_module_less_is_known(tools: tuple[Tool, ...], source: str, vips: int, dips: int) -> None:
    shown = with_node(world("secondary-vip-static-arp"), "nlb1", lambda node: replace(node, tools=tools))
    assert [one.source for one in decoded(shown, "nlb1", "cluster")] == [source]
    roles = [one.role for one in decoded(shown, "nlb1", "vips")]
    assert (roles.count("vip"), roles.count("dip")) == (vips, dips)


def test_without_the_module_the_driver_is_known_by_the_lines_of_nlb_exe_only() -> None:
    shown = with_node(world("cluster-mac-differs"), "nlb2", lambda node: replace(node, tools=("wmi", "nlb.exe")))
    (driver,) = decoded(shown, "nlb2", "driver")
    assert (driver.source, driver.mac) == ("nlb.exe", None)
    assert any(line.split() == ["ClusterNetworkAddress", "=", "02-bf-ac-1f-03-e7"] for line in driver.lines)


@pytest.mark.parametrize("section", ["cluster", "vips", "state", "driver", "query", "rules", "convergence"])
def test_without_any_way_to_read_nlb_its_sections_fail_and_the_others_do_not(section: str) -> None:
    shown = with_node(world("healthy-igmp"), "nlb1", lambda node: replace(node, tools=()))
    found = windows.sections(shown, "nlb1")
    assert isinstance(found[section], Failed)
    assert isinstance(found["adapters"], list)


def test_a_broken_section_keeps_what_it_had_read_and_says_why() -> None:
    broken = Failed("System.Exception", "Gone", "gone", ({"value": 0},))
    (line,) = windows.lines(world("healthy-igmp"), "nlb1", ["arp-retry-count"], broken={"arp-retry-count": broken})
    said = json.loads(line)
    assert said["data"] == [{"value": 0}]
    assert said["error"] == {"type": "System.Exception", "id": "Gone", "message": "gone"}


# ---- hosts ----


def test_on_is_0_and_off_is_1() -> None:
    spoofing = {vm: one.spoofing for one in decoded(world("spoofing-off"), "hv1", "vnics") if (vm := one.vm) == "NLB1"}
    assert spoofing == {"NLB1": 0}
    assert {one.spoofing for one in decoded(world("spoofing-off"), "hv2", "vnics") if one.vm == "NLB2"} == {1}


def test_a_host_lists_its_own_vms_only() -> None:
    shown = world("misconfigured-after-migration")
    assert [vm.name for vm in decoded(shown, "hv1", "vms")] == ["NLB1", "NLB2", "FILES1"]
    assert [vm.name for vm in decoded(shown, "hv2", "vms")] == ["PRINT1"]


def test_the_vswitch_of_a_team_hangs_on_the_team_nic() -> None:
    shown = world("healthy-igmp")
    (vswitch,), (team,) = decoded(shown, "hv1", "vswitches"), decoded(shown, "hv1", "teams")
    assert vswitch.uplinks == team.nics
    physical = [nic.description for nic in decoded(shown, "hv1", "uplinks") if nic.physical]
    assert [member.description for member in team.members] == physical
    assert (team.mode, team.balancing) == (2, 5)


def test_without_a_team_the_vswitch_hangs_on_the_physical_nic() -> None:
    shown = world("healthy-multicast")
    (vswitch,) = decoded(shown, "hv1", "vswitches")
    assert vswitch.uplinks == [nic.description for nic in decoded(shown, "hv1", "uplinks") if nic.physical]
    assert decoded(shown, "hv1", "teams") == []


def test_both_hosts_have_logged_a_live_migration() -> None:
    shown = world("misconfigured-after-migration")
    for host in HOST_NAMES:
        ended = [event for log in decoded(shown, host, "migrations") for event in log.events]
        assert [(event.id, event.inserts[0]) for event in ended] == [(20415, "NLB2")]


def test_every_host_of_the_failover_cluster_lists_all_its_groups() -> None:
    shown = world("healthy-igmp")
    assert decoded(shown, "hv1", "failover") == decoded(shown, "hv2", "failover")


def test_a_disconnected_virtual_nic_has_no_switch() -> None:
    shown = with_vm(
        world("healthy-igmp"),
        "FILES1",
        lambda vm: replace(vm, vnics=tuple(replace(vnic, vswitch=None) for vnic in vm.vnics)),
    )
    vnic = next(one for one in decoded(shown, "hv1", "vnics") if one.vm == "FILES1")
    assert (vnic.switch, vnic.connected) == (None, False)


def test_no_data_exchange_leaves_the_guest_without_a_word_of_its_host() -> None:
    def without(node: Node) -> Node:
        return replace(node, kvp_host=None)

    assert decoded(with_node(world("healthy-igmp"), "nlb1", without), "nlb1", "guest") == []
