"""The simulated world: formulas, and that all views of one thing agree wherever nothing makes them disagree."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest

from nlbwiz.lab import arp, build, fdb, formulas, neighbours, views
from nlbwiz.lab.layout import Layout
from nlbwiz.lab.machines import Mode
from nlbwiz.lab.network import ArpEntry, Switch
from nlbwiz.lab.numbering import RELEASES, drawn, seeds_own
from nlbwiz.lab.wires import bridge_port
from nlbwiz.lab.world import World, with_gateway, with_host, with_instance, with_switch
from tests.lab.worlds import HEALTHY, NOW, SEEDS, world

MODES: tuple[Mode, ...] = ("unicast", "multicast", "igmp")

# ---- formulas: the rows of KB 4494444, the TechNet networking blog (2008-12-11) and the seed ----


@pytest.mark.parametrize(
    ("primary", "unicast", "multicast", "igmp", "group", "masked"),
    [
        ("172.24.1.201", "02BFAC1801C9", "03BFAC1801C9", "01005E7F01C9", "239.255.1.201", "0201AC1801C9"),
        ("199.99.20.70", "02BFC7631446", "03BFC7631446", "01005E7F1446", "239.255.20.70", "0201C7631446"),
        ("172.31.3.232", "02BFAC1F03E8", "03BFAC1F03E8", "01005E7F03E8", "239.255.3.232", "0201AC1F03E8"),
        ("10.0.0.1", "02BF0A000001", "03BF0A000001", "01005E7F0001", "239.255.0.1", "02010A000001"),
    ],
)
def test_the_cluster_macs_are_those_of_the_documents(
    primary: str, unicast: str, multicast: str, igmp: str, group: str, masked: str
) -> None:
    ip = IPv4Address(primary)
    assert [formulas.bare(formulas.cluster_mac(mode, ip)) for mode in MODES] == [unicast, multicast, igmp]
    assert formulas.igmp_group(ip) == IPv4Address(group)
    assert formulas.bare(formulas.masked_mac(1, ip)) == masked


@pytest.mark.parametrize("text", ["00-15-5D-0A-0B-0C", "00155D0A0B0C", "00:15:5d:0a:0b:0c", "0015.5d0a.0b0c"])
def test_a_mac_is_read_in_every_notation_the_lab_writes(text: str) -> None:
    read = formulas.mac(text)
    assert text in (formulas.dashes(read), formulas.bare(read), formulas.colons(read), "0015.5d0a.0b0c")
    assert read == bytes.fromhex("00155d0a0b0c")


def test_what_is_not_six_octets_is_no_mac() -> None:
    with pytest.raises(ValueError, match="not a MAC"):
        formulas.mac("00-15-5D")


# ---- views agree ----


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", HEALTHY)
def test_every_virtual_nic_is_learned_on_its_hosts_uplink(name: str, seed: int | None) -> None:
    shown = world(name, seed)
    (switch,) = shown.switches
    rows = {(row.vlan, row.mac): row.port for row in fdb.learned(shown, switch)}
    for vm in shown.vms:
        cables = {nic.port for nic in shown.host(vm.host).pnics if nic.port}
        uplinks = {bridge_port(switch, number).number for _, number in cables}
        node = views.node_of(shown, vm)
        for vnic in vm.vnics:
            source = vnic.mac
            instance = views.bound(node, views.nic_of(node, vnic)) if node else None
            if instance is not None and instance.mode == "unicast":
                source = formulas.masked_mac(instance.priority, instance.primary)
            assert rows[vnic.vlan, source] in uplinks


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", HEALTHY)
def test_everybody_who_knows_the_vip_knows_the_cluster_mac(name: str, seed: int | None) -> None:
    shown = world(name, seed)
    gateway = {row.ip: row for row in arp.gateway_arp(shown, shown.gateways[0])}
    jump = {ip: mac for _, ip, mac, _ in arp.jump_neighbours(shown)}
    for cluster in shown.clusters:
        instances = [shown.node(node).instance(cluster.name) for node in cluster.nodes]
        (right,) = {views.computed_mac(instance) for instance in instances}
        assert jump[cluster.primary] == right
        assert gateway[cluster.primary].mac == right
        typed = gateway[cluster.primary].kind == arp.STATIC
        assert typed == (instances[0].mode != "unicast")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", HEALTHY)
def test_every_dip_is_known_by_the_mac_its_nic_shows(name: str, seed: int | None) -> None:
    shown = world(name, seed)
    gateway = {row.ip: row.mac for row in arp.gateway_arp(shown, shown.gateways[0])}
    jump = {ip: mac for _, ip, mac, _ in arp.jump_neighbours(shown)}
    for node in shown.nodes:
        for nic in node.nics:
            own = nic.addresses[0].ip
            assert gateway[own] == jump[own] == views.nic_mac(shown, node, nic)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_cluster_has_one_default_host_that_all_members_agree_on(name: str, seed: int | None) -> None:
    shown = world(name, seed)
    for cluster in shown.clusters:
        nodes = [shown.node(node) for node in cluster.nodes]
        codes = [views.state(shown, node, cluster.name) for node in nodes]
        assert codes == [views.DEFAULT, *[views.CONVERGED] * (len(nodes) - 1)]
        everybody = tuple(node.instance(cluster.name).priority for node in nodes)
        assert {views.members(shown, node, cluster.name) for node in nodes} == {everybody}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["healthy-igmp", "healthy-multicast"])
def test_the_static_group_covers_every_uplink_and_nothing_else(name: str, seed: int | None) -> None:
    shown = world(name, seed)
    (switch,) = shown.switches
    uplinks = {
        bridge_port(switch, nic.port[1]).number for host in shown.hosts for nic in host.pnics if nic.port is not None
    }
    for cluster in shown.clusters:
        mac = views.computed_mac(shown.node(cluster.nodes[0]).instance(cluster.name))
        (group,) = [each for each in switch.groups if each.vlan == cluster.vlan]
        assert (group.mac, set(group.ports)) == (mac, uplinks)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_address_mac_or_name_is_used_twice_in_a_healthy_world(seed: int | None) -> None:
    shown = world("healthy-igmp", seed)
    for subnet in shown.subnets:
        assert all(len(macs) == 1 for macs in views.answers(shown, subnet.vlan).values())
        assert all(ip in subnet.network for ip in views.answers(shown, subnet.vlan))
    vnics = [vnic.mac for vm in shown.vms for vnic in vm.vnics] + [
        vnic.mac for host in shown.hosts for vnic in host.vnics
    ]
    pnics = [nic.mac for host in shown.hosts for nic in host.pnics]
    assert len({*vnics, *pnics}) == len(vnics) + len(pnics)
    names = [*shown.names(), *(cluster.name for cluster in shown.clusters)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_virtual_nic_has_a_mac_of_its_hosts_pool(seed: int | None) -> None:
    shown = world("healthy-igmp", seed)
    for vm in shown.vms:
        low, high = shown.host(vm.host).pool
        assert all(low <= vnic.mac <= high for vnic in vm.vnics)


def test_the_gateway_sees_the_nodes_through_its_uplink() -> None:
    shown = world("healthy-igmp")
    ports = {row.port for row in fdb.learned(shown, shown.gateways[0])}
    assert ports == {24}


def test_no_bridge_learns_its_own_mac() -> None:
    shown = world("half-dark")
    for bridge in shown.bridges():
        own = {bridge.mac} if isinstance(bridge, Switch) else {svi.mac for svi in bridge.svis}
        assert not own & {row.mac for row in fdb.learned(shown, bridge)}


def test_a_second_switch_is_seen_behind_the_link_to_it() -> None:
    shown = world("half-dark")
    link = next(port.number for port in shown.switch("sw1").ports if port.link and port.link[0] == "sw2")
    mac = shown.vm("NLB2").vnic("NLB web").mac
    ports = {
        switch.name: next(row.port for row in fdb.learned(shown, switch) if row.mac == mac) for switch in shown.switches
    }
    assert ports == {"sw1": link, "sw2": 3}
    assert {group.ports for group in shown.switch("sw1").groups} == {(1, link)}


# ---- teams: where source MACs are learned (Microsoft, NIC Teaming MAC address use) ----


def ports_of_host(shown: World, macs: set[bytes]) -> set[int]:
    return {row.port for row in fdb.learned(shown, shown.switches[0]) if row.mac in macs}


def test_lacp_traffic_is_learned_on_the_lag_and_no_physical_nic_shows() -> None:
    shown = world("healthy-igmp")
    host = shown.host("hv1")
    assert ports_of_host(shown, {vnic.mac for vm in shown.vms if vm.host == "hv1" for vnic in vm.vnics}) == {1000}
    assert ports_of_host(shown, {nic.mac for nic in host.pnics}) == set()


def test_dynamic_balancing_shows_each_physical_nic_on_its_own_port() -> None:
    shown = world("unicast-one-switch-team")
    for nic in shown.host("hv2").pnics:
        assert nic.port is not None
        assert ports_of_host(shown, {nic.mac}) == {nic.port[1]}


@pytest.mark.parametrize(
    ("balancing", "rewritten", "own"),
    [(5, {3, 4}, {3, 4}), (4, set(), {3, 4}), (0, {3, 4}, {3}), (2, {3, 4}, {3}), (3, {3, 4}, {3})],
)
def test_each_balancing_of_a_switch_independent_team_has_its_own_traces(
    balancing: int, rewritten: set[int], own: set[int]
) -> None:
    shown = with_host(
        world("unicast-one-switch-team"),
        "hv2",
        lambda host: replace(host, teams=tuple(replace(team, balancing=balancing) for team in host.teams)),
    )
    host = shown.host("hv2")
    assert ports_of_host(shown, {nic.mac for nic in host.pnics}) == rewritten
    sources = {vnic.mac for vnic in host.vnics} | {
        vnic.mac for vm in shown.vms if vm.host == "hv2" for vnic in vm.vnics
    }
    assert ports_of_host(shown, sources | {formulas.masked_mac(2, IPv4Address("172.31.3.232"))}) == own


def test_a_standby_member_carries_nothing() -> None:
    shown = with_host(
        world("unicast-one-switch-team"),
        "hv2",
        lambda host: replace(host, teams=tuple(replace(team, standby=("NIC2",)) for team in host.teams)),
    )
    assert {row.port for row in fdb.learned(shown, shown.switches[0])} & {3, 4} == {3}


def test_embedded_teaming_leaves_the_same_traces_as_a_team() -> None:
    def embed(balancing: int) -> set[int]:
        shown = with_host(
            world("unicast-one-switch-team"),
            "hv2",
            lambda host: replace(
                host,
                teams=(),
                vswitches=tuple(
                    replace(one, uplinks=("NIC1", "NIC2"), embedded=True, balancing=balancing) for one in host.vswitches
                ),
            ),
        )
        return ports_of_host(shown, {nic.mac for nic in shown.host("hv2").pnics})

    assert (embed(5), embed(4)) == ({3, 4}, set())


# ---- ARP ----


def test_a_gateway_lists_its_own_addresses_as_static() -> None:
    shown = world("healthy-unicast")
    gateway = shown.gateways[0]
    static = {row.ip for row in arp.gateway_arp(shown, gateway) if row.kind == arp.STATIC}
    assert static == {svi.interface.ip for svi in gateway.svis}


def test_ios_does_not_believe_a_multicast_mac_and_another_router_may() -> None:
    shown = world("gateway-arp-missing")
    vip = shown.clusters[0].primary
    assert vip not in {row.ip for row in arp.gateway_arp(shown, shown.gateways[0])}
    learning = with_gateway(shown, "gw1", lambda gateway: replace(gateway, learns_multicast=True))
    kinds = {row.ip: row.kind for row in arp.gateway_arp(learning, learning.gateways[0])}
    assert kinds[vip] == arp.DYNAMIC


def test_a_typed_entry_outside_every_interfaces_network_shows_nowhere() -> None:
    elsewhere = ArpEntry(ip=IPv4Address("203.0.113.9"), mac=b"\x02" * 6)
    shown = with_gateway(world("healthy-unicast"), "gw1", lambda gateway: replace(gateway, typed=(elsewhere,)))
    assert elsewhere.ip not in {row.ip for row in arp.gateway_arp(shown, shown.gateways[0])}


def test_a_node_never_has_its_own_addresses_in_its_cache_nor_its_peers_in_unicast() -> None:
    shown = world("healthy-unicast")
    for node in shown.nodes:
        cached = {row.ip for row in arp.node_neighbors(shown, node) if row.index == node.nic("NLB web").index}
        dips = {each.instance("web").dip for each in shown.nodes}
        assert not cached & (dips | {shown.clusters[0].primary})


def test_every_interface_has_the_built_in_permanent_rows() -> None:
    shown = world("healthy-igmp")
    rows = list(arp.node_neighbors(shown, shown.nodes[0]))
    for nic in shown.nodes[0].nics:
        built_in = {str(row.ip) for row in rows if row.index == nic.index and row.state == "Permanent"}
        assert {"224.0.0.22", "255.255.255.255"} <= built_in


def test_the_jump_host_is_in_every_vips_subnet() -> None:
    shown = world("healthy-igmp")
    interfaces = [interface for _, interface, _ in shown.jump.devices]
    for cluster in shown.clusters:
        assert any(cluster.primary in interface.network for interface in interfaces)


def test_the_neighbour_file_has_the_form_of_ip_j_neigh() -> None:
    shown = world("healthy-multicast")
    found = neighbours.rows(shown)
    vip = next(row for row in found if row["dst"] == "172.31.3.232")
    assert vip == {"dst": "172.31.3.232", "dev": "eth0.10", "lladdr": "03:bf:ac:1f:03:e8", "state": ["STALE"]}
    assert [row["state"] for row in found if "lladdr" not in row] == [["FAILED"], ["FAILED"]]
    assert any(":" in row["dst"] for row in found)


# ---- nodes that do not hear each other ----


def test_different_modes_or_primaries_split_a_cluster() -> None:
    shown = world("healthy-multicast")
    for change in ({"mode": "igmp"}, {"vips": (IPv4Address("172.31.3.240"),)}):
        other = with_instance(shown, "nlb2", "web", lambda one, change=change: replace(one, **change))  # type: ignore[misc]
        assert [views.state(other, node, "web") for node in other.nodes] == [views.DEFAULT] * 2


def test_a_stopped_node_is_nobodys_member() -> None:
    shown = with_instance(world("healthy-multicast"), "nlb1", "web", lambda one: replace(one, code=1005))
    assert [views.state(shown, node, "web") for node in shown.nodes] == [1005, views.DEFAULT]
    assert views.members(shown, shown.node("nlb2"), "web") == (2,)


# ---- sizes and numbers ----


@pytest.mark.parametrize("rows", [40, 1_000, 16_384])
def test_the_fdb_has_as_many_learned_rows_as_asked_for(rows: int) -> None:
    shown = with_switch(world("healthy-igmp"), "sw1", lambda switch: replace(switch, fdb_rows=rows))
    assert len(fdb.learned(shown, shown.switches[0])) == rows


def test_machines_of_the_site_are_never_pushed_out_of_the_fdb() -> None:
    shown = with_switch(world("healthy-igmp"), "sw1", lambda switch: replace(switch, fdb_rows=1))
    macs = {row.mac for row in fdb.learned(shown, shown.switches[0])}
    assert {vnic.mac for vm in shown.vms for vnic in vm.vnics} <= macs


def test_one_seed_is_always_one_numbering_and_others_differ() -> None:
    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


@pytest.mark.parametrize("seed", range(200))
def test_a_drawn_numbering_is_sound(seed: int) -> None:
    numbering = drawn(seed)
    assert 2 <= numbering.nodes <= 4
    assert len(set(numbering.vlans.values())) == len(numbering.vlans)
    assert len(set(numbering.last.values())) == len(numbering.last)
    assert len(set(numbering.names.values())) == len(numbering.names)
    assert len(set(numbering.ports.values())) == len(numbering.ports)
    assert len(set(numbering.networks.values())) == len(numbering.networks)
    for network in numbering.networks.values():
        assert network.is_private
        assert numbering.old_primary not in network
        assert numbering.foreign_host not in network
    pools = {numbering.pool(numbering.address("management", host)) for host in ("hv1", "hv2")}
    assert len({*pools, numbering.pool(numbering.foreign_host)}) == 3


@pytest.mark.parametrize("release", RELEASES)
def test_a_base_is_built_for_every_release(release: object) -> None:
    numbering = replace(seeds_own(), release=release)  # type: ignore[arg-type]  # from RELEASES
    shown = build.base(numbering, Layout(mode="igmp"), NOW)
    assert {node.version for node in shown.nodes} == {host.version for host in shown.hosts}


def test_a_machine_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(KeyError, match="hv9"):
        with_host(world("healthy-igmp"), "hv9", lambda host: host)


def test_the_seeds_addresses_are_the_seeds() -> None:
    shown = world("healthy-igmp")
    assert [cluster.primary for cluster in shown.clusters] == [IPv4Address("172.31.3.232"), IPv4Address("172.31.4.232")]
    assert IPv4Interface("172.31.3.50/24") in [interface for _, interface, _ in shown.jump.devices]
