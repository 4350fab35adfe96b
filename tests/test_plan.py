"""What is asked when: small tables at once, exact rows once their index is known, and nothing that nobody wants."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbwiz.facts import Need
from nlbwiz.known import Facts
from nlbwiz.parse.gather import gather
from nlbwiz.plan import MOST_INTERFACES, plan, sought, watched
from nlbwiz.probes import Ask, oids
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Cluster, Node, Site
from tests.made import (
    AT,
    IOS,
    POWERCONNECT_5424,
    adapter,
    address,
    agent,
    answer,
    arp,
    endpoint,
    fdb,
    host,
    instance,
    listed,
    lost,
    own_addresses,
    site,
    snmp,
    team,
    vlans,
    vm,
)

EVERYTHING: frozenset[Need] = frozenset(get_args(Need))
VIP, VNIC, PNIC = "172.31.3.232", "00-15-5D-03-15-04", "A0-36-9F-10-20-30"


def known(*evidence: Evidence, described: Site | None = None) -> Facts:
    return gather(described or site(), None, evidence, at=AT, still_open=True)


def asked(
    *evidence: Evidence, want: Iterable[Need] = EVERYTHING, described: Site | None = None, elapsed_s: float = 0.0
) -> frozenset[Ask]:
    chosen = described or site()
    return plan(chosen, known(*evidence, described=chosen), frozenset(want), elapsed_s=elapsed_s)


def names(asks: Iterable[Ask], *probes: str) -> set[str]:
    return {ask.label for ask in asks if not probes or ask.probe in probes}


# ---- at once ----


def test_small_tables_wait_for_nobody() -> None:
    first = asked()
    assert names(first, "agent", "own-addresses", "vlans", "ports", "lldp", "jump-neighbors", "cluster", "vnics") == {
        "sw1/agent", "gw1/agent", "gw1/own-addresses", "sw1/vlans", "sw1/ports", "sw1/lldp", "jump/jump-neighbors",
        "nlb1/cluster", "nlb2/cluster", "hv1/vnics", "hv2/vnics",
    }  # fmt: skip
    assert {ask.not_before_s for ask in first} == {0.0}
    assert {ask.sample for ask in first} == {0}


def test_exact_rows_wait_for_their_index() -> None:
    assert names(asked(), "arp", "fdb") == set()


def test_only_what_is_wanted_is_asked() -> None:
    assert {(ask.target, ask.probe) for ask in asked(want=["arp-retry-count", "vms"])} == {
        ("nlb1", "arp-retry-count"), ("nlb2", "arp-retry-count"), ("hv1", "vms"), ("hv2", "vms"),
    }  # fmt: skip
    assert asked(want=[]) == frozenset()


def test_the_operator_is_not_asked_by_the_plan() -> None:
    assert names(asked(), "answer") == set()


WAYS: dict[Need, set[str]] = {
    "groups": {"groups", "groups-radlan"},
    "multicast": {"multicast-radlan"},
    "lags": {"lacp", "stacked"},
    "arp-look": set(),
    "answer": set(),
}
"""The probes of a need on a PowerConnect, where they are not of its name. The wire is looked at only where a site says so."""
PORTS = snmp(
    "sw1",
    "ports",
    [
        ("1.3.6.1.2.1.31.1.1.1.1.1", "octets", b"g1".hex()),
        ("1.3.6.1.2.1.2.2.1.8.1", "int", 1),
        ("1.3.6.1.2.1.17.1.4.1.2.1", "int", 1),
        ("1.2.840.10006.300.43.1.2.1.1.13.1", "int", 0),
    ],
)


@pytest.mark.parametrize("need", get_args(Need))
def test_each_need_is_asked_for_itself_alone(need: Need) -> None:
    everything = (
        own_addresses("gw1", ("172.31.3.1", 3)),
        vlans("sw1", 31),
        answer("nlb1", "adapters", [adapter(VNIC)]),
        answer("nlb1", "cluster", [instance()]),
        agent("sw1", POWERCONNECT_5424, forwarding=2),
        PORTS,
    )
    assert {ask.probe for ask in asked(*everything, want=[need])} == WAYS.get(need, {need})


# ---- ARP ----


def test_the_vips_of_the_site_file_and_the_nodes_own_addresses_are_looked_up_as_soon_as_the_interfaces_are_known() -> (
    None
):
    found = asked(own_addresses("gw1", ("172.31.3.1", 3), ("10.0.0.1", 7)))
    assert {ask.args for ask in found if ask.probe == "arp"} == {
        (ip, "3", "7", "0") for ip in (VIP, "172.31.3.11", "172.31.3.12")
    }


def test_the_interface_in_the_addresss_own_subnet_comes_first_and_0_last() -> None:
    interfaces = [("10.0.0.1", 1), ("172.31.3.1", 9), ("10.9.0.1", 4)]
    (ask,) = (ask for ask in asked(own_addresses("gw1", *interfaces), want=["arp"]) if ask.args[0] == VIP)
    assert ask.args[1:] == ("9", "1", "4", "0")
    assert oids(ask)[0] == (1, 3, 6, 1, 2, 1, 4, 22, 1, 2, 9, 172, 31, 3, 232)


def test_two_addresses_on_one_interface_make_it_one_place() -> None:
    (ask,) = (
        ask
        for ask in asked(own_addresses("gw1", ("172.31.3.1", 3), ("172.31.4.1", 3)), want=["arp"])
        if ask.args[0] == VIP
    )
    assert ask.args[1:] == ("3", "0")


def test_a_router_with_a_thousand_interfaces_is_asked_for_the_likeliest() -> None:
    many = [(f"10.{number // 250}.{number % 250}.1", number) for number in range(1, 1000)]
    found = asked(own_addresses("gw1", *many, ("172.31.3.1", 5000)), want=["arp"])
    assert {len(ask.args) - 1 for ask in found} == {MOST_INTERFACES}
    assert {ask.args[1] for ask in found} == {"5000"}


def test_vips_that_a_node_lists_are_looked_up_too() -> None:
    found = asked(
        own_addresses("gw1", ("172.31.3.1", 3)),
        answer("nlb1", "cluster", [instance("172.31.3.230")]),
        answer("nlb1", "vips", [listed("172.31.3.233"), listed("172.31.3.41", role="dip")]),
        want=["arp"],
    )
    assert {ask.args[0] for ask in found} == {
        VIP, "172.31.3.230", "172.31.3.233", "172.31.3.41", "172.31.3.11", "172.31.3.12"
    }  # fmt: skip


@pytest.mark.parametrize(("forwarding", "want"), [(1, {"gw1", "sw1"}), (2, {"gw1"}), (None, {"gw1"})])
def test_a_switch_that_routes_is_asked_like_a_gateway(forwarding: int | None, want: set[str]) -> None:
    evidence = [agent("sw1", POWERCONNECT_5424, forwarding=forwarding), own_addresses("gw1", ("172.31.3.1", 3))]
    assert {ask.target for ask in asked(*evidence, want=["own-addresses"])} == want
    evidence.append(own_addresses("sw1", ("172.31.3.2", 100_000)))
    assert {ask.target for ask in asked(*evidence, want=["arp"])} == want


def test_without_the_interfaces_no_arp_row_is_asked_for() -> None:
    assert asked(lost("gw1", "own-addresses"), want=["arp"]) == frozenset()
    assert asked(own_addresses("gw1"), want=["arp"]) == frozenset()


def test_an_ipv6_address_is_watched_by_nobody() -> None:
    six = IPv6Address("2001:db8::232")
    described = Site(
        nodes={"nlb1": Node(name="nlb1", address=six, endpoint=endpoint("nlb1", 5985), credential="env:WIN")},
        clusters={"web": Cluster(name="web", vip=six, nodes=("nlb1",))},
    )
    assert watched(described, known(described=described)) == ()


# ---- FDB ----


def test_macs_are_looked_for_in_every_vlan_once_both_are_known() -> None:
    nic, teamed = answer("nlb1", "adapters", [adapter(VNIC)]), answer("hv1", "teams", [team()])
    uplinks = answer("hv1", "uplinks", [adapter(PNIC, "NIC1"), adapter(PNIC, "Team1", physical=False)])
    assert names(asked(nic), "fdb") == set()
    assert names(asked(vlans("sw1", 31)), "fdb") == set()
    found = asked(nic, vlans("sw1", 1, 31), teamed, uplinks, want=["fdb"])
    assert {ask.args for ask in found if ask.probe == "fdb"} == {(VNIC, "1", "31"), (PNIC, "1", "31")}


def test_macs_are_looked_for_together_once_every_machine_has_answered_or_failed() -> None:
    first, vlan = answer("nlb1", "adapters", [adapter(VNIC)]), vlans("sw1", 31)
    assert names(asked(first, vlan, want=["adapters", "fdb"]), "fdb") == set()
    found = asked(first, vlan, lost("nlb2", "adapters"), want=["adapters", "fdb"])
    assert {ask.args for ask in found if ask.probe == "fdb"} == {(VNIC, "31")}


def test_the_uplinks_of_a_host_without_a_team_are_not_looked_for() -> None:
    facts = known(answer("hv1", "uplinks", [adapter(PNIC, "NIC1")]), answer("hv2", "teams", [team()]))
    assert sought(site(), facts) == ()


def test_in_unicast_the_vnics_permanent_mac_is_looked_for_and_not_the_cluster_mac() -> None:
    record = adapter("02-BF-AC-1F-03-E8", permanent=VNIC.replace("-", ""))
    assert sought(site(), known(answer("nlb1", "adapters", [record]))) == (VNIC,)


@pytest.mark.parametrize(
    ("at", "looked_for"),
    [
        ("00-1B-21-AA-BB-CC", True),    # a stranger
        ("00-15-5D-09-09-09", True),    # a Hyper-V vNIC
        ("00-00-0C-07-AC-1F", True),
        ("01-00-5E-7F-03-E8", False),   # a cluster MAC is never learned as a source
        ("03-BF-AC-1F-03-E8", False),
        ("02-BF-AC-1F-03-E8", False),
        ("02-01-AC-1F-03-E8", False),   # masked
        ("33-33-00-00-00-01", False),
        ("2F-68-1A-56-21-81", False),
    ],
)  # fmt: skip
def test_a_stranger_for_a_watched_address_is_looked_for(at: str, looked_for: bool) -> None:
    row = {"ip": VIP, "mac": at, "index": 12, "state": "Stale"}
    conflict = {"id": 4199, "at": AT.isoformat(), "inserts": ["", VIP, at]}
    log = {"log": "System", "provider": "Tcpip", "oldest": None, "truncated": False, "events": [conflict]}
    for one in (
        answer("hv1", "host-neighbors", [row]),
        answer("jump", "jump-neighbors", {"neighbours": [{"ip": VIP, "mac": at}]}),
        answer("nlb1", "events", [log]),
    ):
        assert sought(site(), known(one)) == ((at,) if looked_for else ()), one.label
    typed = known(agent("gw1", IOS, forwarding=1), arp("gw1", VIP, (3, at, 3)))
    assert sought(site(), typed) == ((at,) if looked_for else ())


def test_a_neighbour_with_another_address_is_nobodys_business() -> None:
    row = {"ip": "172.31.3.77", "mac": "00-1B-21-AA-BB-CC", "index": 12, "state": "Stale"}
    assert sought(site(), known(answer("hv1", "host-neighbors", [row]))) == ()


# ---- once more, a little later ----


def test_an_address_that_is_still_tentative_is_asked_for_once_more_after_five_seconds() -> None:
    found = asked(answer("nlb1", "addresses", [address(VIP, "Tentative")]), want=["addresses"], elapsed_s=2.5)
    assert Ask(target="nlb1", probe="addresses", sample=1, not_before_s=7.5) in found
    assert {ask.target for ask in found if ask.sample} == {"nlb1"}


def test_a_vm_in_migration_is_asked_for_once_more() -> None:
    found = asked(answer("hv2", "vms", [vm(operational=(2, 32774))]), want=["vms", "vnics"])
    assert {ask.label for ask in found if ask.sample} == {"hv2/vms'"}


@pytest.mark.parametrize("state", ["Preferred", "Duplicate", "Deprecated", "Invalid"])
def test_any_other_state_is_final(state: str) -> None:
    assert all(ask.sample == 0 for ask in asked(answer("nlb1", "addresses", [address(VIP, state)])))


# ---- the plan as a whole ----

PARTS = (
    own_addresses("gw1", ("172.31.3.1", 3)),
    vlans("sw1", 31),
    answer("nlb1", "adapters", [adapter(VNIC)]),
    answer("nlb1", "cluster", [instance()]),
    answer("nlb1", "vips", [listed("172.31.3.233")]),
    answer("hv1", "teams", [team()]),
    answer("hv1", "uplinks", [adapter(PNIC, "NIC1")]),
    agent("sw1", POWERCONNECT_5424, forwarding=1),
    agent("gw1", IOS, forwarding=1),
    arp("gw1", VIP, (3, "00-1B-21-AA-BB-CC", 3)),
    fdb("sw1", VNIC, (31, 57, 3)),
)


@given(st.sets(st.sampled_from(PARTS)), st.sets(st.sampled_from(PARTS)))
def test_to_know_more_never_takes_an_ask_back(some: set[Evidence], more: set[Evidence]) -> None:
    assert asked(*some) <= asked(*some, *more)


def test_a_site_of_one_node_is_asked_what_it_has() -> None:
    one = site(hosts=[host("hv1", "172.31.3.21")], switches=[], gateways=[])
    assert {ask.target for ask in asked(described=one)} == {"nlb1", "nlb2", "hv1", "jump"}
    assert watched(one, known(described=one)) == tuple(map(IPv4Address, ("172.31.3.11", "172.31.3.12", VIP)))
