"""Every scenario: that it loads, plain and renumbered, and that its world is broken exactly where its text says."""

from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from nlbwiz.lab import arp, changes, fdb, formulas, scenario, views
from nlbwiz.lab.changes import APPLIANCE_MAC, CHANGES, Site
from nlbwiz.lab.machines import Mac
from nlbwiz.lab.node_sections import TCPIP
from nlbwiz.lab.numbering import seeds_own
from nlbwiz.lab.scenario import CAUSES, Expected, Scenario
from nlbwiz.lab.world import World
from tests.lab.worlds import HEALTHY, NOW, SEEDS, loaded

ISSUE = (
    *("healthy-igmp", "healthy-unicast", "healthy-multicast", "duplicate-ip", "mode-mixed", "mode-just-switched"),
    *("old-static-arp", "secondary-vip-static-arp", "gateway-arp-missing", "pool-change", "primary-changed"),
    *("unicast-one-switch-team", "spoofing-off", "misconfigured-after-migration", "arpretrycount-hides-duplicate"),
    *("false-duplicate-warning", "cluster-mac-differs", "split-brain", "half-dark", "all-dark"),
    *("igmp-group-missing", "igmp-group-old-ports", "flooding", "unicast-mac-learned", "snooping-black-hole"),
    "igmp-collision",
)


def test_these_scenarios_exist_the_healthy_ones_first() -> None:
    assert set(scenario.names()) >= set(ISSUE)
    assert scenario.names()[:3] == tuple(sorted(HEALTHY))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", scenario.names())
def test_a_scenario_says_what_every_cause_comes_to_in_every_cluster(name: str, seed: int | None) -> None:
    made = loaded(name, seed)
    assert set(made.expect.causes) == {cluster.name for cluster in made.world.clusters}
    for outcomes in made.expect.causes.values():
        assert tuple(outcomes) == CAUSES
    assert set(made.faults) <= set(made.world.names())


@pytest.mark.parametrize("name", scenario.names())
def test_the_exit_code_is_what_the_outcomes_add_up_to(name: str) -> None:
    made = loaded(name)
    found = [one for outcomes in made.expect.causes.values() for one in outcomes.values()]
    serious = {one.severity for one in found}
    unknown = any(one.outcome == "unknown" for one in found)
    assert made.expect.exit == (2 if "critical" in serious else 3 if unknown else 1 if "warning" in serious else 0)


@pytest.mark.parametrize("name", scenario.names())
def test_a_mode_excludes_the_same_causes_everywhere(name: str) -> None:
    made = loaded(name)
    modes = {instance.mode for node in made.world.nodes for instance in node.instances}
    for outcomes in made.expect.causes.values():
        if any(one.outcome == "unknown" for one in outcomes.values()):
            continue
        assert (outcomes["NLB007"].outcome == "not_applicable") == ("unicast" not in modes)
        assert (outcomes["NLB023"].outcome == "not_applicable") == (modes == {"unicast"})
        assert (outcomes["NLB011"].outcome == "not_applicable") == (modes == {"unicast"})
        assert (outcomes["NLB013"].outcome == "not_applicable") == ("unicast" not in modes)
        assert (outcomes["NLB014"].outcome == "not_applicable") == ("igmp" not in modes)
        assert outcomes["NLB015"].outcome != "not_applicable"
        assert (outcomes["NLB012"].outcome == "not_asked") == (made.measure_s == 0)


@pytest.mark.parametrize("name", scenario.names())
def test_a_title_is_one_short_line(name: str) -> None:
    assert 10 < len(scenario.title(name)) < 100


def test_an_unknown_scenario_is_a_key_error() -> None:
    for name in ("no-such", "../scenario", "", "a/b"):
        with pytest.raises(KeyError):
            scenario.load(name)


def test_only_one_scenario_has_an_unproven_variant() -> None:
    made = loaded("unicast-one-switch-team", unproven=True)
    assert made.expect.causes["web"]["NLB005"] == Expected(outcome="possible", severity="warning")
    assert made.expect.causes["web"]["NLB007"] == Expected(outcome="ruled_out")
    assert made.expect.exit == 3
    with pytest.raises(ValueError, match="unproven"):
        loaded("healthy-igmp", unproven=True)


def test_the_moment_is_cut_to_whole_seconds_and_is_the_present_by_default() -> None:
    assert scenario.load("healthy-igmp", now=NOW + timedelta(microseconds=5)).world.now == NOW
    assert scenario.load("healthy-igmp").world.now.tzinfo is not None


def test_the_fdb_is_as_large_as_asked_for() -> None:
    made = scenario.load("healthy-igmp", now=NOW, fdb_rows=16_384)
    assert len(fdb.learned(made.world, made.world.switches[0])) == 16_384


def test_outcomes_are_told_with_their_severity_by_the_clusters_names() -> None:
    made = loaded("spoofing-off", 1)
    (outcomes,) = made.expect.outcomes.values()
    assert list(made.expect.outcomes) == [made.numbering.name("web")]
    assert (outcomes["NLB007"], outcomes["NLB023"]) == ("confirmed critical", "not_applicable")


# ---- mistakes in a scenario file ----


@pytest.mark.parametrize("text", ["confirmed", "ruled_out warning", "fine", "confirmed critical by", "ruled_out noted"])
def test_a_mistake_in_an_outcome_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        scenario._one("x", text)


def test_an_outcome_may_name_what_explains_it_and_that_there_is_a_note() -> None:
    expected = Expected(outcome="confirmed", severity="critical", by="NLB007", note=True)
    assert scenario._one("x", "confirmed critical by NLB007 note") == expected


def test_a_mistake_in_a_change_names_the_scenario_and_the_change() -> None:
    site = Site(loaded("healthy-igmp").world, seeds_own())
    for arguments in ({"do": "nothing"}, {"do": "stray"}, {"do": "stray", "ip": "web.nobody"}):
        with pytest.raises(ValueError, match=r"x: "):
            scenario._changed("x", site, dict(arguments))


@pytest.mark.parametrize("text", ["", "unicast", "broadcast web.vip", "masked nlb9 web.vip", "vnic nlb1"])
def test_what_is_no_mac_expression_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Site(loaded("healthy-igmp").world, seeds_own()).mac(text)


def test_every_change_explains_itself() -> None:
    assert all(change.__doc__ for change in CHANGES.values())


# ---- what each world fixes ----


def cluster(made: Scenario) -> tuple[World, IPv4Address, Mac]:
    """World, primary VIP, and the MAC that the first node gives it."""
    first = made.world.clusters[0]
    instance = made.world.node(first.nodes[0]).instance(first.name)
    return made.world, first.primary, views.computed_mac(instance)


def at_gateway(world: World) -> dict[IPv4Address, arp.ArpRow]:
    return {row.ip: row for row in arp.gateway_arp(world, world.gateways[0])}


def at_jump(world: World) -> dict[IPv4Address, Mac]:
    return {ip: mac for _, ip, mac, _ in arp.jump_neighbours(world)}


def conflicts(world: World) -> dict[str, list[tuple[str, ...]]]:
    found = {}
    for node in world.nodes:
        found[node.name] = [event.inserts for log in node.logs for event in log.events if event.provider == TCPIP]
    return {name: inserts for name, inserts in found.items() if inserts}


def codes(world: World) -> list[int]:
    name = world.clusters[0].name
    return [views.state(world, node, name) for node in world.nodes]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stray_is_seen_by_the_nodes_and_the_jump_host_and_hidden_from_the_gateway(seed: int | None) -> None:
    world, vip, right = cluster(loaded("duplicate-ip", seed))
    assert at_jump(world)[vip] == APPLIANCE_MAC
    assert at_gateway(world)[vip].mac == right
    assert set(conflicts(world)) == {node.name for node in world.nodes}
    assert APPLIANCE_MAC in {row.mac for row in fdb.learned(world, world.switches[0])}
    assert all(vip in views.live(nic) for node in world.nodes for nic in node.nics[1:])


@pytest.mark.parametrize("seed", SEEDS)
def test_mixed_modes_make_two_default_hosts_and_keep_the_vip(seed: int | None) -> None:
    world, vip, right = cluster(loaded("mode-mixed", seed))
    assert {node.instances[0].mode for node in world.nodes} == {"unicast", "multicast"}
    assert codes(world).count(views.DEFAULT) == 2
    assert at_gateway(world)[vip].mac == right
    assert conflicts(world) == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_switch_the_gateway_holds_the_unicast_mac_it_had_learned(seed: int | None) -> None:
    world, vip, _ = cluster(loaded("mode-just-switched", seed))
    row = at_gateway(world)[vip]
    assert (row.kind, row.mac) == (arp.DYNAMIC, formulas.cluster_mac("unicast", vip))
    assert at_jump(world)[vip] == formulas.cluster_mac("igmp", vip)
    assert all(any(event.id == 36 for event in node.logs[0].events) for node in world.nodes)


def test_the_seeds_own_line_is_on_the_gateway() -> None:
    world, vip, right = cluster(loaded("old-static-arp"))
    row = at_gateway(world)[vip]
    assert (str(vip), formulas.bare(row.mac), row.kind) == ("172.31.1.232", "03BFBC1F0164", arp.STATIC)
    assert formulas.bare(right) == "03BFAC1F01E8"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_old_typed_entry_is_made_from_no_address_of_the_site(seed: int | None) -> None:
    made = loaded("old-static-arp", seed)
    world, vip, right = cluster(made)
    tail = IPv4Address(at_gateway(world)[vip].mac[2:])
    assert at_gateway(world)[vip].mac != right
    assert all(tail not in subnet.network for subnet in world.subnets)


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_second_vips_entry_is_wrong(seed: int | None) -> None:
    world, vip, right = cluster(loaded("secondary-vip-static-arp", seed))
    second = world.clusters[0].vips[1]
    rows = at_gateway(world)
    assert rows[vip].mac == right
    assert rows[second].mac == formulas.cluster_mac("multicast", second) != right
    assert at_jump(world)[second] == right


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_typed_the_entry_and_the_jump_host_still_sees_the_vip(seed: int | None) -> None:
    world, vip, right = cluster(loaded("gateway-arp-missing", seed))
    assert vip not in at_gateway(world)
    assert at_jump(world)[vip] == right


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stale_dip_mac_is_in_no_pool_and_on_no_port(seed: int | None) -> None:
    made = loaded("pool-change", seed)
    world = made.world
    node = world.node(made.numbering.name("nlb2"))
    row = at_gateway(world)[node.instances[0].dip]
    assert row.kind == arp.DYNAMIC
    assert row.mac[:3] == b"\x00\x15\x5d"
    assert not any(low <= row.mac <= high for low, high in (host.pool for host in world.hosts))
    assert row.mac not in {each.mac for each in fdb.learned(world, world.switches[0])}
    assert at_jump(world)[node.instances[0].dip] == views.nic_mac(world, node, node.nics[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gateway_still_knows_the_former_primary(seed: int | None) -> None:
    made = loaded("primary-changed", seed)
    world, vip, right = cluster(made)
    former = made.numbering.address("web", "former")
    assert at_gateway(world)[vip].mac == formulas.cluster_mac("unicast", former) != right
    assert former not in {ip for each in world.clusters for ip in each.vips}
    assert at_jump(world)[vip] == right


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("unproven", "cables"), [(False, 2), (True, 1)])
def test_the_topology_of_the_team_can_be_proven_unless_the_variant_says_not(
    unproven: bool, cables: int, seed: int | None
) -> None:
    world = loaded("unicast-one-switch-team", seed, unproven=unproven).world
    learned = fdb.learned(world, world.switches[0])
    for host in world.hosts:
        theirs = {nic.port[1] for nic in host.pnics if nic.port}
        assert len(theirs & {row.port for row in learned}) == cables
        assert len({nic.mac for nic in host.pnics} & {row.mac for row in learned}) == cables


@pytest.mark.parametrize("seed", SEEDS)
def test_a_node_without_spoofing_is_heard_by_nobody(seed: int | None) -> None:
    made = loaded("spoofing-off", seed)
    world, vip, right = cluster(made)
    node = world.node(made.numbering.name("nlb2"))
    assert codes(world).count(views.DEFAULT) == 2
    masked = formulas.masked_mac(node.instances[0].priority, vip)
    assert masked not in {row.mac for row in fdb.learned(world, world.switches[0])}
    assert node.instances[0].dip not in at_jump(world)
    assert at_jump(world)[vip] == right
    assert node.address in at_jump(world)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_nodes_are_on_one_host_and_one_of_them_lost_the_vip(seed: int | None) -> None:
    made = loaded("misconfigured-after-migration", seed)
    world, vip, right = cluster(made)
    assert {world.vm(node.vm).host for node in world.nodes} == {made.numbering.name("hv1")}
    without = [node.name for node in world.nodes if vip not in views.live(node.nics[1])]
    assert without == [made.numbering.name("nlb2")]
    assert codes(world).count(views.DEFAULT) == 1
    low, high = world.host(made.numbering.name("hv1")).pool
    moved = world.vm(world.node(without[0]).vm)
    assert not any(low <= vnic.mac <= high for vnic in moved.vnics)
    assert at_jump(world)[vip] == right


@pytest.mark.parametrize("seed", SEEDS)
def test_arp_retry_count_hides_what_two_others_see(seed: int | None) -> None:
    made = loaded("arpretrycount-hides-duplicate", seed)
    world, vip, _ = cluster(made)
    assert {node.arp_retry_count for node in world.nodes} == {0}
    assert conflicts(world) == {}
    other = world.vm(made.numbering.name("other1").upper())
    holder = next(vnic for vnic in other.vnics if vip in vnic.ips)
    assert at_jump(world)[vip] == holder.mac


@pytest.mark.parametrize("seed", SEEDS)
def test_the_false_warning_names_a_members_masked_mac_just_after_the_start(seed: int | None) -> None:
    made = loaded("false-duplicate-warning", seed)
    world, vip, right = cluster(made)
    ((name, ((_, ip, mac),)),) = conflicts(world).items()
    assert name == made.numbering.name("nlb2")
    assert (ip, formulas.mac(mac)) == (str(vip), formulas.masked_mac(1, vip))
    logged = next(event.at for event in world.node(name).logs[0].events if event.provider == TCPIP)
    last = max(node.boot for node in world.nodes)
    assert timedelta() < logged - last < timedelta(seconds=60)
    assert at_gateway(world)[vip].mac == at_jump(world)[vip] == right


@pytest.mark.parametrize("seed", SEEDS)
def test_only_one_drivers_mac_differs(seed: int | None) -> None:
    made = loaded("cluster-mac-differs", seed)
    world, vip, right = cluster(made)
    held = [views.driver_mac(node.instances[0]) for node in world.nodes]
    assert held.count(right) == len(held) - 1
    assert at_gateway(world)[vip].mac == at_jump(world)[vip] == right
    assert codes(world).count(views.DEFAULT) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_split_is_seen_in_the_states_only(seed: int | None) -> None:
    world, vip, right = cluster(loaded("split-brain", seed))
    assert codes(world).count(views.DEFAULT) == 2
    assert at_gateway(world)[vip].mac == at_jump(world)[vip] == right
    assert all(views.sends(world, node, node.instances[0]) for node in world.nodes)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_of_the_site_is_dark_in_three_ways(seed: int | None) -> None:
    made = loaded("half-dark", seed)
    name = made.numbering.name
    dark = {target for target, fault in made.faults.items() if fault.silent or fault.dead}
    assert dark == {name("hv2"), name("sw2")}
    assert [target for target, fault in made.faults.items() if fault.refuse_credentials] == [name("nlb2")]
    assert len(made.world.switches) == 2


def test_everything_is_dark() -> None:
    made = loaded("all-dark")
    assert set(made.faults) == set(made.world.names())
    assert all(fault.silent for fault in made.faults.values())


# ---- changes that no scenario of this list uses in this form ----


def test_a_group_of_nodes_that_is_there_already_does_not_move() -> None:
    made = loaded("healthy-multicast")
    site = changes.moved(Site(made.world, made.numbering), node="nlb1", host="hv1", minutes_ago=5)
    assert site.world == made.world


def test_a_fix_is_a_new_world_and_the_old_one_stays() -> None:
    made = loaded("old-static-arp")
    _, vip, right = cluster(made)
    fixed = changes.typed_arp(Site(made.world, made.numbering), ip="web.vip", mac="multicast web.vip").world
    assert at_gateway(fixed)[vip].mac == right
    assert at_gateway(made.world)[vip].mac != right
