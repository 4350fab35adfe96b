"""Where a cluster's multicast must go: its VLANs, the hosts' ports, a switch's entries and settings."""

from dataclasses import replace

import pytest

from nlbwiz import example as ex
from nlbwiz.addr import Mac, mac
from nlbwiz.facts import Fact, LldpNeighbour, Multicast, Nic, Port, Team, Uplink
from nlbwiz.joins.groups import (
    carries,
    cluster_vlans,
    covered,
    entries,
    groups,
    homeless,
    policy,
    port_names,
    ways,
)
from nlbwiz.known import Facts

VIP = "172.31.3.232"
IGMP = mac("01-00-5E-7F-03-E8")
OWN = "00-15-5D-1F-03-01"
OTHER = "00-15-5D-1F-03-80"
NEEDS = (
    *("cluster", "adapters", "vnics", "vswitches", "teams", "uplinks", "vlans", "ports", "fdb", "groups", "multicast"),
    "lldp",
)


def known(*more: Fact, mode: str = "igmp", silent: str = "") -> Facts:
    node = ex.node("nlb1", mode, VIP, OWN, "172.31.3.11")
    return ex.facts("nlb1 hv1 hv2 sw1", NEEDS, [*node, *more], silent=silent)  # type: ignore[arg-type]  # they are needs


def port(name: str, number: int, lag: int | None = None) -> Port:
    return replace(ex.port("sw1", name, number), lag=lag)


# ---- what the cluster uses ----


@pytest.mark.parametrize(
    ("mode", "want"),
    [("igmp", "01-00-5E-7F-03-E8"), ("multicast", "03-BF-AC-1F-03-E8"), ("unicast", ""), ("unknown", "")],
)
def test_the_groups_are_the_multicast_macs_that_the_nodes_answer_with(mode: str, want: str) -> None:
    found = groups(known(mode=mode))
    assert [one.mac for one in found] == ([want] if want else [])
    assert [str(one.address) for one in found if one.address] == (["239.255.3.232"] if mode == "igmp" else [])


def test_the_vlan_is_that_of_the_virtual_nic() -> None:
    assert cluster_vlans(known()) == {3: ("hv1/vnics",)}


def test_an_untagged_vnic_is_in_the_vlan_where_its_mac_was_learned() -> None:
    facts = known(ex.fdb("sw1", mac(OWN), port=1, vlan=7))
    untagged = replace(facts, vnics=tuple(replace(one, vlan=0) for one in facts.vnics))
    assert list(cluster_vlans(untagged)) == [7]
    assert cluster_vlans(replace(untagged, fdb=())) == {}


def test_a_node_on_a_host_that_is_not_listed_is_homeless_once_all_hosts_have_answered() -> None:
    facts = replace(known(), vnics=())
    assert [one.node for one in homeless(facts)] == ["nlb1"]
    assert list(homeless(known(silent="hv1/vnics"))) == []


# ---- where the hosts are ----


def test_a_host_is_where_the_macs_of_its_vms_are_learned() -> None:
    facts = known(
        ex.vnic("hv2", "FILES", OTHER),
        *(port(f"g{n}", n) for n in (1, 3)),
        ex.fdb("sw1", mac(OWN), port=1),
        ex.fdb("sw1", mac(OTHER), port=3, vlan=5),
    )
    assert {host: set(way) for host, way in ways(facts, "sw1").items()} == {"hv1": {1}, "hv2": {3}}


def test_a_member_of_a_lag_stands_for_the_lag() -> None:
    facts = known(port("g1", 1, 1000), port("ch1", 1000), ex.fdb("sw1", mac(OWN), port=1))
    assert set(ways(facts, "sw1")["hv1"]) == {1000}
    assert covered(facts, [ex.group("sw1", IGMP, "static", 1, 9)]) == {1000, 9}


def test_a_mac_that_two_hosts_have_tells_no_port() -> None:
    facts = known(ex.vnic("hv2", "COPY", OWN), port("g1", 1), ex.fdb("sw1", mac(OWN), port=1))
    assert ways(facts, "sw1") == {"hv1": {}, "hv2": {}}


@pytest.mark.parametrize(("status", "number"), [("static", 1), ("learned", 0), ("none", None)])
def test_only_what_was_learned_on_a_port_tells_one(status: str, number: int | None) -> None:
    row = replace(ex.fdb("sw1", mac(OWN), port=1), status=status, port=number)  # type: ignore[arg-type]  # of its words
    assert ways(known(port("g1", 1), row), "sw1")["hv1"] == {}


def test_members_of_the_team_below_the_nlb_vswitch_count_and_others_do_not() -> None:
    def cable(name: str, own: str) -> Nic:
        return replace(ex.nic("hv1", own, name=name), target="hv1", evidence="hv1/uplinks")

    def team(name: str, vswitch: str, member: str) -> Team:
        return Team(
            host="hv1", name=name, kind="lbfo", mode="switch-independent", balancing="dynamic", members=(member,),
            standby=(), failed=(), vswitch=vswitch, evidence="hv1/teams",
        )  # fmt: skip

    first, second = "A0-36-9F-10-35-01", "A0-36-9F-10-35-02"
    facts = known(
        team("T1", "External", "NIC1"), team("T2", "Backup", "NIC2"), cable("NIC1", first), cable("NIC2", second),
        port("g1", 1), port("g2", 2), ex.fdb("sw1", mac(first), port=1), ex.fdb("sw1", mac(second), port=2),
    )  # fmt: skip
    assert set(ways(facts, "sw1")["hv1"]) == {1}


def test_the_site_files_uplinks_add_to_what_was_learned() -> None:
    facts = known(port("g1", 1), port("g3", 3))
    told = replace(
        facts, uplinks=(Uplink(host="hv2", switch="sw1", port="g3"), Uplink(host="hv1", switch="sw9", port="g1"))
    )
    assert ways(told, "sw1") == {"hv1": {}, "hv2": {3: "operator/site"}}


def test_lldp_names_the_port_of_a_cable_that_no_mac_table_shows() -> None:
    cable = "A0-36-9F-10-35-01"
    team = Team(
        host="hv1", name="T1", kind="lbfo", mode="lacp", balancing="dynamic", members=("NIC1",), standby=(), failed=(),
        vswitch="External", evidence="hv1/teams",
    )  # fmt: skip
    nic = replace(ex.nic("hv1", cable, name="NIC1"), target="hv1", evidence="hv1/uplinks")
    heard = LldpNeighbour(target="sw1", port=3, mac=mac(cable), name="HV1", evidence="sw1/lldp")
    assert ways(known(team, nic, heard, port("g3", 3)), "sw1")["hv1"] == {3: "sw1/lldp"}


def test_ports_are_named_and_an_unknown_one_by_its_number() -> None:
    assert port_names(known(port("g1", 1)), "sw1", {7, 1}) == "g1, ifIndex 7"
    assert port_names(known(), "sw1", ()) == "no port"


# ---- what the switch holds ----


def kinds(facts: Facts, vlan: int = 3) -> list[tuple[str, tuple[int, ...]]]:
    return [(row.status, row.ports) for row in entries(facts, "sw1", vlan, groups(facts)[0])]


def test_entries_are_found_by_mac_or_by_group_address() -> None:
    by_address = replace(ex.group("sw1", IGMP, "learned", 5), mac=None, group=groups(known())[0].address)
    assert kinds(known(ex.group("sw1", IGMP, "static", 1), by_address)) == [("static", (1,)), ("learned", (5,))]
    assert kinds(known(ex.group("sw1", mac("01-00-5E-7F-04-E8"), "static", 1))) == []


def test_a_row_beats_the_proof_that_another_table_has_none() -> None:
    none = replace(ex.group("sw1", IGMP, "none"), vlan=None)
    assert kinds(known(none)) == [("none", ())]
    assert kinds(known(none, ex.group("sw1", IGMP, "static", 1))) == [("static", (1,))]


def test_a_row_in_another_vlan_proves_that_there_is_none_in_this_one() -> None:
    assert kinds(known(ex.group("sw1", IGMP, "static", 1, vlan=9))) == [("none", ())]


def test_what_is_said_of_the_vlan_comes_before_what_is_said_of_the_switch() -> None:
    whole = ex.multicast("sw1", filtering="on", lookup="?", unregistered="forward", snooping=True, querier=None)
    own = replace(whole, vlan=3, lookup="ip", unregistered=None, querier=True, filtering=None)
    other = replace(whole, vlan=4, lookup="mac")
    found = policy(known(whole, own, other), "sw1", 3)
    assert found is not None
    assert (found.filtering, found.lookup, found.unregistered, found.querier) == (True, "ip", "forward", True)
    assert policy(known(), "sw1", 3) is None


@pytest.mark.parametrize(
    ("whole", "own", "want"), [(True, True, True), (True, False, False), (False, True, False), (None, True, True)]
)
def test_snooping_works_where_it_is_on_for_the_switch_and_for_the_vlan(
    whole: bool | None, own: bool, want: bool
) -> None:
    one: Multicast = ex.multicast("sw1", snooping=whole)
    found = policy(known(one, replace(one, vlan=3, snooping=own)), "sw1", 3)
    assert found is not None
    assert found.snooping is want


def test_a_switch_carries_the_vlans_that_it_knows() -> None:
    facts = known(ex.vlan("sw1", 3, "web"))
    assert carries(facts, "sw1", 3)
    assert not carries(facts, "sw1", 4)
    assert not carries(facts, "sw2", 3)


def test_a_mac_is_one_group_however_many_nodes_answer_with_it() -> None:
    facts = known(*ex.node("nlb2", "igmp", VIP, "00-15-5D-1F-03-02", "172.31.3.12"))
    assert [one.mac for one in groups(facts)] == [Mac(IGMP)]
