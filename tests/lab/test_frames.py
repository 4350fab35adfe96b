"""Where the lab's switches send a frame, and what every port counts for it."""

from dataclasses import replace

import pytest

from nlbwiz.lab import changes, fdb, formulas, frames, traffic, views
from nlbwiz.lab.changes import Site
from nlbwiz.lab.network import Switch
from nlbwiz.lab.traffic import HEARTBEATS, OWN, QUIET_MULTICAST, REQUESTS, rates
from nlbwiz.lab.wires import cables
from nlbwiz.lab.world import World, with_switch
from tests.lab.worlds import SEEDS, loaded, world

GROUP = b"\x01\x00\x5e\x7f\x03\xe8"
"""The seed's VIP 172.31.3.232 in IGMP mode."""
WEB = 10


def switched(shown: World, **settings: object) -> World:
    return with_switch(shown, "sw1", lambda one: replace(one, **settings))  # type: ignore[arg-type]  # its own fields


def out(shown: World, mac: bytes = GROUP, *, ip: bool = True) -> set[int]:
    """The ports where a frame to the MAC leaves sw1, in VLAN 10."""
    switch = shown.switch("sw1")
    return set(frames.leaves(shown, WEB, mac, ip=ip)(switch))


def everywhere(shown: World) -> set[int]:
    return {port.number for port in shown.switch("sw1").ports if port.up and WEB in port.vlans}


def test_a_static_group_limits_and_without_filtering_nothing_does() -> None:
    shown = world("healthy-igmp")
    assert out(shown) == {1000, 1001}
    assert out(switched(shown, filtering=False)) == everywhere(shown) > {1000, 1001}


def test_what_has_no_entry_leaves_everywhere_or_where_it_is_not_filtered() -> None:
    shown = switched(world("healthy-igmp"), groups=(), snooping=False)
    assert out(shown) == everywhere(shown)
    assert out(switched(shown, unregistered=(1000, 12))) == everywhere(shown) - {1000, 12}


def test_snooping_hears_the_nodes_where_their_hosts_are() -> None:
    shown = switched(world("healthy-igmp"), groups=())
    assert frames.snooped(shown, shown.switch("sw1"))[WEB, GROUP] == {1000, 1001}
    assert out(shown) == {1000, 1001}
    assert frames.snooped(switched(shown, snooping=False), switched(shown, snooping=False).switch("sw1")) == {}


def test_multicast_mode_reports_nothing() -> None:
    shown = world("healthy-multicast")
    assert frames.snooped(shown, shown.switch("sw1")) == {}


def test_looked_up_by_ip_no_entry_matches_a_packet_to_the_vip_and_heartbeats_pass() -> None:
    shown = switched(world("healthy-igmp"), lookup="ip", unregistered=tuple(range(1, 1008)))
    assert out(shown) == set()
    assert out(switched(shown, groups=()), ip=False) == everywhere(shown)


def test_a_broadcast_leaves_everywhere_whatever_is_filtered() -> None:
    shown = switched(world("healthy-igmp"), groups=(), unregistered=tuple(range(1, 1008)))
    assert out(shown, frames.BROADCAST) == everywhere(shown)


def test_a_frame_goes_on_to_the_next_switch_and_comes_back_to_none() -> None:
    shown = world("half-dark")
    mac = formulas.cluster_mac("igmp", shown.clusters[0].primary)
    (start,) = cables(shown, shown.host("hv1"))
    reached = frames.reached(shown, start, frames.leaves(shown, WEB, mac, ip=True))
    assert set(cables(shown, shown.host("hv2"))) <= reached
    assert start not in reached


# ---- heartbeats ----


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_with_other_ports_cuts_the_heartbeats_off_between_hosts_only(seed: int | None) -> None:
    shown = world("igmp-group-old-ports", seed)
    name = shown.clusters[0].name
    by_host: dict[str, set[int]] = {}
    for node in shown.nodes:
        by_host.setdefault(shown.vm(node.vm).host, set()).add(node.instance(name).priority)
    for node in shown.nodes:
        assert set(views.members(shown, node, name)) == by_host[shown.vm(node.vm).host]


@pytest.mark.parametrize("name", ["igmp-group-missing", "snooping-black-hole", "igmp-collision", "flooding"])
def test_elsewhere_all_nodes_hear_each_other(name: str) -> None:
    shown = world(name)
    for cluster in shown.clusters:
        assert {views.members(shown, node, cluster.name) for node in shown.nodes} == {(1, 2)}


# ---- what the ports count ----


def load(shown: World, number: int, kind: str) -> float:
    return float(getattr(rates(shown)["sw1", number], kind))


def port_of(shown: World, name: str) -> int:
    return cables(shown, shown.host(name))[0][1]


def test_unicast_floods_every_port_of_its_vlan_and_multicast_with_a_group_only_the_hosts() -> None:
    unicast = world("flooding")
    assert load(unicast, 13, "out_ucast") == REQUESTS + OWN
    assert load(unicast, port_of(unicast, "hv1"), "out_ucast") == REQUESTS + OWN
    igmp = changes.bystander(Site(world("healthy-igmp"), loaded("healthy-igmp").numbering), network="web").world
    assert load(igmp, 13, "out_mcast") == QUIET_MULTICAST
    assert load(igmp, 1000, "out_mcast") > REQUESTS


def test_a_missing_group_floods_its_vlan_and_not_the_other_clusters() -> None:
    shown = world("igmp-group-missing")
    assert load(shown, 13, "out_mcast") >= REQUESTS
    assert load(shown, port_of(shown, "hv1"), "out_mcast") >= 2 * REQUESTS


def test_a_dropped_group_brings_nobody_anything_and_nobody_answers() -> None:
    shown = world("snooping-black-hole")
    switch = shown.switch("sw1")
    for port in (one for one in switch.ports if one.up and not one.members):
        assert load(shown, port.number, "out_mcast") <= QUIET_MULTICAST + 2 * HEARTBEATS
    assert load(shown, port_of(shown, "hv1"), "in_ucast") == OWN


def test_a_switch_that_has_learned_the_unicast_mac_sends_it_to_that_port_alone() -> None:
    shown = world("unicast-mac-learned")
    assert load(shown, port_of(shown, "hv2"), "out_ucast") == REQUESTS + OWN
    assert load(shown, port_of(shown, "hv1"), "out_ucast") == OWN


def test_without_an_entry_in_the_gateway_clients_send_nothing() -> None:
    shown = world("gateway-arp-missing")
    assert load(shown, port_of(shown, "hv1"), "out_mcast") < REQUESTS


def test_a_lags_members_share_its_load_and_a_port_that_is_down_counts_nothing() -> None:
    shown = world("healthy-igmp")
    assert 2 * load(shown, 1, "out_mcast") == load(shown, 1000, "out_mcast")
    assert rates(shown)["sw1", 20] == traffic.Rates()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_collision_shares_one_mac_one_vlan_and_one_group(seed: int | None) -> None:
    shown = world("igmp-collision", seed)
    first, second = shown.clusters
    assert first.vlan == second.vlan
    assert first.primary != second.primary
    assert len({formulas.cluster_mac("igmp", one.primary) for one in shown.clusters}) == 1
    (group,) = shown.switches[0].groups
    assert len(group.ports) == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_unmasked_nodes_mac_is_learned(seed: int | None) -> None:
    made = loaded("unicast-mac-learned", seed)
    shown, switch = made.world, made.world.switches[0]
    cluster = shown.clusters[0]
    rows = [row for row in fdb.learned(shown, switch) if row.mac == formulas.cluster_mac("unicast", cluster.primary)]
    host = shown.vm(shown.node(made.numbering.name("nlb2")).vm).host
    assert [(row.vlan, row.port) for row in rows] == [(cluster.vlan, port_of_switch(shown, switch, host))]


def port_of_switch(shown: World, switch: Switch, host: str) -> int:
    return next(number for name, number in cables(shown, shown.host(host)) if name == switch.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_old_ports_lead_nowhere(seed: int | None) -> None:
    shown = world("igmp-group-old-ports", seed)
    switch = shown.switches[0]
    (group,) = switch.groups
    assert len(group.ports) == 2
    assert not any(switch.port(number).up for number in group.ports)
