"""One second MAC has one owner: the rule as a table, and that what was not read never makes anybody guilty."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from typing import get_args

import pytest

from nlbwiz import example as ex
from nlbwiz.addr import mac
from nlbwiz.facts import Fact, Need
from nlbwiz.joins.ownership import alive, cluster_addresses, own_macs, unread
from nlbwiz.joins.sightings import Sighting, ago, sightings, span, whereabouts
from nlbwiz.known import Facts

VIP, SECOND = "172.31.3.232", "172.31.3.233"
DIPS = "172.31.3.11 172.31.3.12"
NEEDS: tuple[Need, ...] = get_args(Need)
STRANGER = "00-11-32-5A-00-66"
RIGHT = {"unicast": "02-BF-AC-1F-03-E8", "multicast": "03-BF-AC-1F-03-E8", "igmp": "01-00-5E-7F-03-E8"}


def site(mode: str, *more: Fact, silent: str = "", boots: Sequence[int] = (10 * 86_400, 9 * 86_400)) -> Facts:
    """Two nodes with two VIPs on two hosts, a gateway, a switch; `boots`: seconds since each node was started."""
    given: list[Fact] = [ex.own_address("gw1", "172.31.3.1/24")]
    for number, boot in enumerate(boots, start=1):
        node, host, own = f"nlb{number}", f"hv{number}", f"00-15-5D-1F-0{number}-01"
        lan, dip = f"00-15-5D-1F-0{number}-02", DIPS.split()[number - 1]
        given += [
            ex.instance(node, VIP, mode),
            ex.vip(node, VIP, VIP),
            ex.vip(node, VIP, SECOND),
            ex.state(node, VIP, number),
            ex.nic(node, own, now=RIGHT[mode] if mode == "unicast" else ""),
            ex.nic(node, lan, name="LAN", index=14),
            ex.address(node, dip),
            ex.address(node, VIP),
            ex.dad(node),
            ex.retry(node),
            ex.started(node, timedelta(seconds=boot)),
            ex.vnic(host, node.upper(), own, ips=f"{dip} {VIP}"),
            ex.vnic(host, node.upper(), lan, name="LAN"),
        ]
    names = "nlb1 nlb2 hv1 hv2 sw1 gw1 jump"
    return ex.facts(names, NEEDS, [*given, *more], silent=silent, dips=DIPS, other="172.31.3.240")


def sighting(facts: Facts, by: str) -> Sighting:
    (found,) = [one for one in sightings(facts) if one.by == by and one.via != "vnic"]
    return found


# fmt: off
HELD = (
    # a VIP
    ("igmp",      VIP,    "learned 01-00-5E-7F-03-E8", "own"),
    ("igmp",      SECOND, "learned 01-00-5E-7F-03-E8", "own"),
    ("igmp",      VIP,    "static 01-00-5E-7F-03-E8",  "own"),
    ("igmp",      VIP,    "static 02-BF-AC-1F-03-E8",  "NLB003"),
    ("igmp",      VIP,    "static 00-11-32-5A-00-66",  "NLB003"),
    ("igmp",      VIP,    "learned 02-BF-AC-1F-03-E8", "NLB002"),
    ("igmp",      VIP,    "learned 03-BF-AC-1F-03-E8", "NLB002"),
    ("unicast",   VIP,    "learned 01-00-5E-7F-03-E8", "NLB002"),
    ("unicast",   VIP,    "learned 02-BF-AC-1F-03-E7", "NLB004"),
    ("unicast",   VIP,    "learned 03-BF-AC-1F-03-E7", "NLB004"),
    ("unicast",   VIP,    "learned 01-00-5E-7F-03-E7", "NLB004"),
    ("multicast", SECOND, "learned 03-BF-AC-1F-03-E9", "NLB004"),
    ("unicast",   VIP,    "learned 02-BF-AC-1F-03-F0", "NLB001"),
    ("unicast",   VIP,    "learned 02-BF-E0-00-00-01", "NLB001"),
    ("igmp",      VIP,    "learned 00-15-5D-1F-02-01", "NLB008"),
    ("igmp",      VIP,    "learned 00-15-5D-1F-02-02", "NLB008"),
    ("igmp",      VIP,    "learned 00-15-5D-0A-01-07", "NLB001"),
    ("igmp",      VIP,    "learned 00-11-32-5A-00-66", "NLB001"),
    ("igmp",      VIP,    "learned 00-00-0C-07-AC-01", "NLB001"),
    ("igmp",      VIP,    "own 00-1A-6D-37-50-C0",     "NLB001"),
    # a node's own address
    ("igmp",    "172.31.3.11", "learned 00-15-5D-1F-01-01", "own"),
    ("unicast", "172.31.3.11", "learned 02-BF-AC-1F-03-E8", "own"),
    ("unicast", "172.31.3.11", "learned 00-15-5D-1F-01-01", "own"),
    ("igmp",    "172.31.3.11", "learned 00-15-5D-1F-01-02", "own"),
    ("igmp",    "172.31.3.11", "learned 00-15-5D-1F-02-01", "NLB001"),
    ("igmp",    "172.31.3.11", "learned 00-11-32-5A-00-66", "NLB001"),
    ("igmp",    "172.31.3.11", "learned 02-BF-AC-1F-03-E8", "NLB002"),
    ("igmp",    "172.31.3.11", "learned 01-00-5E-7F-03-E8", "NLB008"),
    ("unicast", "172.31.3.11", "learned 02-BF-AC-1F-03-E7", "NLB004"),
    ("igmp",    "172.31.3.11", "learned 00-15-5D-0A-01-07", "NLB004"),
    ("igmp",    "172.31.3.11", "static 00-15-5D-0A-01-07",  "NLB003"),
    ("unicast", "172.31.3.11", "learned 02-01-AC-1F-03-E8", "own"),
    ("unicast", "172.31.3.11", "learned 02-02-AC-1F-03-E8", "NLB001"),
)
# fmt: on


@pytest.mark.parametrize(("mode", "ip", "held", "owner"), HELD)
def test_what_a_gateway_holds_has_one_owner(mode: str, ip: str, held: str, owner: str) -> None:
    """A strange pool MAC is proved to be on no switch, so that it is a former one."""
    gone = ex.fdb("sw1", mac("00-15-5D-0A-01-07"))
    seen = sighting(site(mode, gone, ex.view("gw1", ip, held)), "gw1")
    assert (seen.owner, seen.undecided) == (owner, "")


# fmt: off
LOGGED = (
    ((7200, 7190), 7171, "02-01-AC-1F-03-E8", "start",  False),  # 19 s after the later start
    ((7200, 7190), 7130, "02-01-AC-1F-03-E8", "start",  False),  # 60 s
    ((7200, 7190), 7129, "02-01-AC-1F-03-E8", "NLB001", True),   # 61 s
    ((7200, 9000), 7171, "02-01-AC-1F-03-E8", "start",  False),  # the member's start is the later one
    ((7200, 7190), 7171, "02-07-AC-1F-03-E8", "NLB001", True),   # nobody has that priority
    ((7200, 7190), 7171, "02-01-AC-1F-03-E7", "NLB001", False),  # of another cluster
    ((7200, 7190), 60,   "02-BF-AC-1F-03-E8", "NLB001", True),   # the cluster's own MAC
    ((7200, 7190), 60,   STRANGER,            "NLB001", False),
    ((7200, 7190), 8000, STRANGER,            "past",   False),  # nlb2's last start looked again
    ((7200, 7190), 8000, "02-01-AC-1F-03-E8", "past",   False),
    ((7200, 7190), 60,   "03-BF-AC-1F-03-E8", "NLB002", False),
    ((7200, 7190), 60,   "02-BF-AC-1F-03-E7", "NLB004", False),
)
# fmt: on


@pytest.mark.parametrize(("boots", "seconds_ago", "at", "owner", "possible"), LOGGED)
def test_what_a_log_names_has_one_owner(
    boots: tuple[int, int], seconds_ago: int, at: str, owner: str, possible: bool
) -> None:
    event = ex.event("nlb2", timedelta(seconds=seconds_ago), ip=VIP, at=at)
    seen = sighting(site("unicast", event, boots=boots), "nlb2")
    assert (seen.owner, bool(seen.possible), seen.undecided) == (owner, possible, "")


def test_a_live_machine_with_a_pool_mac_is_no_former_one() -> None:
    event = ex.event("nlb1", timedelta(minutes=5), ip="172.31.3.11", at="00-15-5D-0A-01-07")
    assert sighting(site("igmp", event), "nlb1").owner == "NLB001"


def test_a_device_tracking_probe_is_no_duplicate() -> None:
    event = ex.event("nlb1", timedelta(minutes=5), ip="0.0.0.0", at="00-1A-6D-37-50-C0")
    assert sighting(site("igmp", event), "nlb1").owner == "probe"


def test_other_events_and_other_addresses_are_not_looked_at() -> None:
    some = (
        ex.event("nlb1", timedelta(minutes=5), ip="10.9.9.9", at=STRANGER),
        ex.event("nlb1", timedelta(minutes=5), ip=VIP, at=STRANGER, number=4201),
        ex.event("nlb1", timedelta(minutes=5), ip=VIP, at=STRANGER, provider="Microsoft-Windows-NLB"),
        ex.view("gw1", "10.9.9.9", f"learned {STRANGER}"),
    )
    assert [one for one in sightings(site("igmp", *some)) if one.via != "vnic"] == []


def test_of_one_node_and_mac_the_newest_event_counts() -> None:
    old, new = (ex.event("nlb1", timedelta(hours=hours), ip=VIP, at=STRANGER) for hours in (50, 2))
    seen = sighting(site("igmp", new, old), "nlb1")
    assert (seen.age, seen.old) == (timedelta(hours=2), False)


@pytest.mark.parametrize(
    ("mode", "held", "silent"),
    [
        ("multicast", "learned 02-BF-AC-1F-03-E8", "nlb2/cluster"),
        ("multicast", "learned 03-BF-AC-1F-03-E7", "nlb2/cluster"),
        ("multicast", "static 02-BF-AC-1F-03-E8", "nlb2/cluster"),
        ("multicast", f"static {STRANGER}", "nlb2/cluster"),
        ("unicast", "learned 02-02-AC-1F-03-E8", "nlb2/state"),
        ("igmp", f"static {STRANGER}", "gw1/own-addresses"),
        ("igmp", f"learned {STRANGER}", "nlb2/adapters hv2/vnics"),
    ],
)
def test_what_was_not_read_leaves_it_open_instead_of_making_it_wrong(mode: str, held: str, silent: str) -> None:
    seen = sighting(site(mode, ex.view("gw1", VIP, held), silent=silent), "gw1")
    assert seen.owner != "own"
    assert seen.undecided


@pytest.mark.parametrize(("how", "owner"), [("static", "NLB003"), ("learned", "NLB004")])
def test_a_primary_of_no_subnet_of_the_cluster_is_possible_although_a_node_was_not_read(how: str, owner: str) -> None:
    seen = sighting(site("multicast", ex.view("gw1", VIP, f"{how} 03-BF-BC-1F-01-64"), silent="nlb2/cluster"), "gw1")
    assert (seen.owner, seen.undecided) == (owner, "")
    assert seen.possible == "nlb2 was not read: its primary might be 188.31.1.100"


def test_the_right_mac_is_not_called_wrong_while_no_node_was_read() -> None:
    nobody = "nlb1/cluster nlb2/cluster nlb1/vips nlb2/vips"
    facts = site("multicast", ex.view("gw1", VIP, "static 03-BF-AC-1F-03-E8"), silent=nobody)
    seen = sighting(replace(facts, vip=IPv4Address(VIP)), "gw1")
    assert seen.undecided
    assert seen.why == f"the multicast MAC of {VIP}, right if that is the primary address and the mode"


@pytest.mark.parametrize("need", ["os", "addresses", "dad", "arp-retry-count"])
def test_an_event_from_before_a_start_that_is_not_understood_stays_open(need: Need) -> None:
    event = ex.event("nlb2", timedelta(days=20), ip=VIP, at=STRANGER)
    assert sighting(site("igmp", event, silent=f"nlb2/{need}"), "nlb2").undecided


def test_a_start_that_did_not_look_again_clears_nothing() -> None:
    event = ex.event("nlb2", timedelta(days=20), ip=SECOND, at=STRANGER)
    assert sighting(site("igmp", event), "nlb2").owner == "NLB001", "the second VIP is not in TCP/IP there"


@pytest.mark.parametrize("silent", ["nlb1/adapters", "nlb1/addresses"])
@pytest.mark.parametrize(("how", "owner"), [("learned", "NLB004"), ("static", "NLB003")])
def test_a_nodes_address_whose_adapter_is_not_known_stays_open(silent: str, how: str, owner: str) -> None:
    facts = site("igmp", ex.view("gw1", "172.31.3.11", f"{how} {STRANGER}"), silent=silent)
    (seen,) = (one for one in sightings(facts) if one.by == "gw1")
    assert (seen.owner, seen.undecided) == (owner, "which adapter of nlb1 has 172.31.3.11 is not known")


def test_a_node_that_was_not_read_is_found_among_the_vms_by_its_address() -> None:
    """Its second NIC is a member's, so a VIP there is on the wrong NIC and no stranger's."""
    seen = sighting(site("igmp", ex.view("gw1", VIP, "learned 00-15-5D-1F-02-02"), silent="nlb2/adapters"), "gw1")
    assert (seen.owner, seen.undecided) == ("NLB008", "")


@pytest.mark.parametrize(
    ("vm", "ips", "owner"),
    [
        ("FILES", VIP, "NLB001"),
        ("FILES", "172.31.3.11", "NLB001"),
        ("NLB2", SECOND, "NLB008"),
        ("NLB2", "172.31.3.11", "NLB001"),
        ("NLB2", "172.31.3.12", "own"),
    ],
)
def test_what_a_vm_reports_has_one_owner(vm: str, ips: str, owner: str) -> None:
    extra = ex.vnic("hv2", vm, "00-15-5D-1F-02-81", ips=ips, name="third")
    (seen,) = [one for one in sightings(site("igmp", extra)) if one.vnic and one.vnic.name == "third"]
    assert seen.owner == owner


def test_the_nodes_own_vnics_are_in_order() -> None:
    assert {one.owner for one in sightings(site("unicast")) if one.via == "vnic"} == {"own"}


def test_the_clusters_addresses_are_its_vips_and_its_nodes_own() -> None:
    facts = site("igmp", ex.vip("nlb1", VIP, "172.31.3.21", role="dip"))
    assert cluster_addresses(facts) == {
        IPv4Address("172.31.3.11"): "nlb1",
        IPv4Address("172.31.3.12"): "nlb2",
        IPv4Address("172.31.3.21"): "nlb1",
        IPv4Address(VIP): "",
        IPv4Address(SECOND): "",
    }


def test_a_mac_that_every_node_reports_is_the_clusters_own() -> None:
    facts = site("multicast")
    custom = [replace(one, mac=mac("03-BF-01-02-03-04")) for one in facts.instances]
    assert set(own_macs(replace(facts, instances=tuple(custom)))) == {"03-BF-01-02-03-04", RIGHT["multicast"]}
    assert set(own_macs(replace(facts, instances=(custom[0], facts.instances[1])))) == {RIGHT["multicast"]}


def test_a_mac_that_one_node_reports_is_nobodys_while_the_other_was_not_read() -> None:
    """The other node may report another one: an event that names it must not be called the cluster's own."""
    log = ex.event("nlb1", timedelta(minutes=40), ip=VIP, at=RIGHT["unicast"])
    facts = site("igmp", log, silent="nlb1/cluster")
    odd = replace(facts, instances=tuple(replace(one, mac=mac(RIGHT["unicast"])) for one in facts.instances))
    assert set(own_macs(odd)) == {RIGHT["igmp"]}
    (seen,) = (one for one in sightings(odd) if one.via == "event")
    assert (seen.owner, seen.undecided) == ("NLB002", "what nlb1 answers with is not known")


def test_a_node_that_did_not_tell_its_mode_is_unread() -> None:
    facts = site("igmp")
    assert unread(facts) == ()
    assert unread(site("igmp", silent="nlb2/cluster")) == ("nlb2",)
    assert unread(replace(facts, instances=(facts.instances[0], ex.instance("nlb2", VIP, "?")))) == ("nlb2",)
    assert unread(replace(facts, instances=())) == ("nlb1", "nlb2")


def test_a_mac_is_gone_only_when_every_switch_says_so() -> None:
    at = mac(STRANGER)
    assert alive(site("igmp"), at) is None
    assert alive(site("igmp", ex.fdb("sw1", at)), at) is False
    assert alive(site("igmp", ex.fdb("sw1", at, port=7)), at) is True
    two = replace(site("igmp", ex.fdb("sw1", at)), switches=("sw1", "sw2"))
    assert alive(two, at) is None


# ---- where a MAC is ----


def test_a_port_is_named_and_a_machine_alone_on_it_is_known() -> None:
    at = mac(STRANGER)
    facts = site("igmp", ex.port("sw1", "g7", 7), ex.fdb("sw1", at, port=7))
    (spot,) = whereabouts(facts, at)
    assert (spot.words, spot.target, spot.port, spot.vlan, spot.alone) == ("sw1, VLAN 3, port g7", "sw1", "g7", 3, True)


def test_a_port_with_others_behind_it_is_not_one_to_shut() -> None:
    at, port = mac(STRANGER), ex.port("sw1", "ch1", 7)
    row = ex.fdb("sw1", at, port=7)
    alone = site("igmp", port, row)
    member = replace(ex.port("sw1", "g1", 1), lag=7)
    for crowded in (
        site("igmp", port, row, ex.fdb("sw1", mac("00-15-5D-1F-01-01"), port=7)),
        site("igmp", port, member, row),
        site("igmp", row),
    ):
        assert [spot.alone for spot in whereabouts(crowded, at)] == [False]
    assert [spot.alone for spot in whereabouts(alone, at)] == [True]


def test_a_listed_vnic_comes_before_the_switches() -> None:
    at = mac("00-15-5D-1F-02-01")
    facts = site("igmp", ex.port("sw1", "g2", 2), ex.fdb("sw1", at, port=2))
    assert [spot.words for spot in whereabouts(facts, at)] == ["hv2, VM NLB2, vNIC NLB", "sw1, VLAN 3, port g2"]


# ---- words ----


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 minutes"),
        (-5, "0 minutes"),
        (60, "1 minute"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (2 * 86_400 - 1, "47 hours"),
        (2 * 86_400, "2 days"),
    ],
)
def test_a_length_of_time_is_rounded_down(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words
    assert ago(timedelta(seconds=seconds)) == f"{words} ago"


def test_who_saw_it_is_told_in_words() -> None:
    facts = site(
        "igmp",
        ex.view("gw1", VIP, f"learned {STRANGER}"),
        ex.view("jump", VIP, f"static {STRANGER}"),
        ex.event("nlb1", timedelta(minutes=40), ip=VIP, at=STRANGER),
        ex.vnic("hv1", "FILES", STRANGER, ips=VIP, name="LAN"),
    )
    told = [one.told for one in sightings(facts) if one.mac == STRANGER]
    assert told == ["gw1: learned", "jump: typed in", "nlb1: event 4199, 40 minutes ago", "hv1: VM FILES, vNIC LAN"]
