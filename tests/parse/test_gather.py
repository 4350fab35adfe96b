"""All evidence of a run -> the facts of one cluster: coverage, order of arrival, trust, and whose fact is whose."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbwiz.facts import Coverage, Need
from nlbwiz.known import Facts
from nlbwiz.parse.coverage import targets
from nlbwiz.parse.gather import gather, newest, parse
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence
from nlbwiz.site.model import Site
from tests.made import (
    AT,
    IOS,
    POWERCONNECT_5424,
    adapter,
    address,
    agent,
    answer,
    arp,
    cluster,
    fdb,
    gateway,
    host,
    instance,
    listed,
    lost,
    node,
    own_addresses,
    site,
    snmp,
    switch,
    team,
    vlans,
    vnic,
    vswitch,
    word,
)

VIP, DIP1 = "172.31.3.232", "172.31.3.11"
IGMP, VNIC = "01-00-5E-7F-03-E8", "00-15-5D-03-15-04"
UNKNOWN_BRAND = "1.3.6.1.4.1.99999.1"


def known(
    *evidence: Evidence,
    described: Site | None = None,
    name: str | None = "web",
    pending: Sequence[Ask] = (),
    still_open: bool = False,
) -> Facts:
    return gather(described or site(), name, evidence, at=AT, pending=pending, still_open=still_open)


# ---- coverage ----


def test_before_anything_is_asked_everything_is_pending_while_the_run_goes_on() -> None:
    facts = known(still_open=True)
    assert set(facts.coverage.values()) == {"pending", "lost"}
    assert [need for need, state in facts.coverage.items() if state == "lost"] == [("answer", "operator")]


def test_what_was_not_asked_in_a_finished_run_is_lost_and_says_so() -> None:
    facts = known()
    assert set(facts.coverage.values()) == {"lost"}
    assert facts.lost["os", "nlb1"] == ("no answer to it is recorded", "ask again")
    assert facts.lost.keys() == facts.coverage.keys()


def test_coverage_names_every_need_of_every_target_of_the_cluster_and_of_nobody_else() -> None:
    facts = known(still_open=True)
    roles = {
        "node": ("nlb1", "nlb2"), "host": ("hv1", "hv2"), "agent": ("sw1", "gw1"), "switch": ("sw1",),
        "router": ("gw1", "sw1"), "jump": ("jump",), "wire": ("jump",), "operator": ("operator",),
    }  # fmt: skip
    assert set(facts.coverage) == {(probe.gives, target) for probe in PROBES.values() for target in roles[probe.at]}


OTHER_IP = "172.31.3.233"


@pytest.mark.parametrize(
    ("evidence", "pending", "want"),
    [
        ([arp("gw1", VIP, (3, IGMP, 4))],                                        [],      "answered"),
        ([arp("gw1", VIP, (3, IGMP, 4)), arp("gw1", OTHER_IP, (3, IGMP, 4))],    [],      "answered"),
        ([arp("gw1", VIP, (3, IGMP, 4)), lost("gw1", "arp", OTHER_IP, "3")],     [],      "lost"),
        ([lost("gw1", "arp", VIP, "3"), arp("gw1", OTHER_IP, (3, IGMP, 4))],     [],      "lost"),
        ([arp("gw1", VIP, (3, IGMP, 4))],                                        ["arp"], "pending"),
        ([lost("gw1", "arp", VIP, "3")],                                         ["arp"], "pending"),
        ([],                                                                     ["arp"], "pending"),
        ([],                                                                     ["own-addresses"], "lost"),
        ([arp("gw1", VIP, (3, IGMP, 4)), answer("gw1", "arp", "garbage", OTHER_IP, "3")], [], "lost"),
    ],
)  # fmt: skip
def test_one_need_over_several_asks_is_pending_before_lost_before_answered(
    evidence: list[Evidence], pending: list[str], want: Coverage
) -> None:
    facts = known(*evidence, pending=[Ask(target="gw1", probe=probe, args=("172.31.3.234", "3")) for probe in pending])
    assert facts.coverage["arp", "gw1"] == want


def test_the_reason_of_what_is_lost_is_the_evidences_own() -> None:
    facts = known(lost("nlb1", "cluster", status="denied", error="access denied"))
    assert facts.lost["cluster", "nlb1"] == ("access denied", "look at the machine")
    (missing,) = (m for m in facts.missing("cluster") if m.target == "nlb1")
    assert (missing.why, missing.resolve) == ("access denied", "look at the machine")


def test_an_empty_answer_is_an_answer() -> None:
    assert known(answer("hv1", "vms", "[]", status="empty")).coverage["vms", "hv1"] == "answered"


@pytest.mark.parametrize(
    "one",
    [
        answer("hv1", "vnics", [vnic(spoofing=5)]),
        answer("hv1", "vnics", "not JSON"),
        answer("hv1", "vnics", "[" * 100_000),
        answer("hv1", "vnics", [{"name": "half"}]),
    ],
    ids=["an enum that does not exist", "no JSON", "lists without end", "half a record"],
)
def test_an_answer_that_cannot_be_understood_is_lost_with_the_reason(one: Evidence) -> None:
    facts = known(one)
    assert facts.coverage["vnics", "hv1"] == "lost"
    assert facts.lost["vnics", "hv1"][0].startswith("the answer is not what vnics gives: ")
    assert facts.vnics == ()
    assert parse(one)[0] == ()


def test_a_walk_that_was_broken_off_counts_for_what_it_holds_and_clears_nothing() -> None:
    whole = vlans("sw1", 31)
    cut = Evidence(
        ask=whole.ask, at=AT, took_ms=1, status="answered", raw=whole.raw.replace("true", "false"),
        error="broken off after 20,000 rows: the table is longer",
    )  # fmt: skip
    facts = known(cut)
    assert [vlan.id for vlan in facts.vlans] == [31]
    assert facts.coverage["vlans", "sw1"] == "lost"
    assert facts.lost["vlans", "sw1"][0] == "broken off after 20,000 rows: the table is longer"


# ---- order of arrival, samples ----

RUN = (
    answer("nlb1", "cluster", [instance()]),
    answer("nlb2", "cluster", [instance()]),
    answer("nlb1", "vips", [listed(VIP), listed("172.31.3.233"), listed(DIP1, role="dip")]),
    answer("nlb1", "adapters", [adapter(VNIC)]),
    answer("nlb1", "addresses", [address(VIP, "Tentative")]),
    answer("nlb1", "addresses", [address(VIP)], sample=1, after_s=5),
    answer("nlb1", "addresses", [address(VIP, "Duplicate")], sample=1, after_s=5),
    answer("hv1", "vnics", [vnic()]),
    answer("hv1", "teams", [team()]),
    answer("hv1", "vswitches", [vswitch("Microsoft Network Adapter Multiplexor Driver")]),
    agent("sw1", POWERCONNECT_5424, forwarding=2),
    agent("gw1", IOS, forwarding=1),
    own_addresses("gw1", ("172.31.3.1", 3)),
    arp("gw1", VIP, (3, IGMP, 4)),
    arp("gw1", DIP1),
    vlans("sw1", 31),
    fdb("sw1", VNIC, (31, 57, 3)),
    lost("hv2", "vnics"),
    lost("nlb2", "vips", status="denied"),
    word("same_switch", "yes"),
)


@given(st.randoms(use_true_random=False), st.sampled_from([None, "web"]))
def test_the_order_of_arrival_never_shows(order: random.Random, name: str | None) -> None:
    shuffled = list(RUN)
    order.shuffle(shuffled)
    assert known(*shuffled, name=name) == known(*RUN, name=name)


def test_a_twin_of_the_same_moment_is_chosen_by_its_hash_and_not_by_its_place() -> None:
    twins = [one for one in RUN if one.ask.probe == "addresses" and one.ask.sample == 1]
    assert newest(twins) == newest(reversed(twins))


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        ([("Tentative", 0, 0.0), ("Preferred", 1, 5.0)], "Preferred"),
        ([("Preferred", 1, 5.0), ("Tentative", 0, 9.0)], "Preferred"),
        ([("Tentative", 0, 0.0), ("Preferred", 0, 1.0)], "Preferred"),
        ([("Tentative", 1, 5.0), ("Tentative", 0, 0.0), ("Duplicate", 2, 6.0)], "Duplicate"),
    ],
)
def test_the_newest_sample_of_an_ask_wins(evidence: list[tuple[str, int, float]], state: str) -> None:
    facts = known(
        *(
            answer("nlb1", "addresses", [address(VIP, text)], sample=sample, after_s=after)
            for text, sample, after in evidence
        )
    )
    assert [a.state for a in facts.addresses] == [state]


def test_a_second_look_that_failed_is_a_lost_answer_whatever_the_first_said() -> None:
    facts = known(answer("nlb1", "addresses", [address(VIP, "Tentative")]), lost("nlb1", "addresses", sample=1))
    assert facts.coverage["addresses", "nlb1"] == "lost"
    assert facts.addresses == ()


# ---- when "not there" is believed ----


def absences(facts: Facts) -> tuple[int, int]:
    return sum(view.kind == "none" for view in facts.arp), sum(row.status == "none" for row in facts.fdb)


@pytest.mark.parametrize(
    ("object_id", "platform", "other_row", "believed"),
    [
        (IOS,           None,        False, True),   # known from recordings to fill the table
        (UNKNOWN_BRAND, None,        False, False),
        (UNKNOWN_BRAND, None,        True,  True),   # another row of that table is the control
        (UNKNOWN_BRAND, "cisco-ios", False, True),   # the operator's word for the platform comes first
        (IOS,           "mikrotik-routeros", False, False),
        (None,          None,        False, False),  # the agent did not say who it is
    ],
)  # fmt: skip
def test_an_arp_row_that_is_not_there_is_believed_where_the_table_is_known_to_be_filled(
    object_id: str | None, platform: str | None, other_row: bool, believed: bool
) -> None:
    described = site(gateways=[gateway("gw1", "172.31.3.1", platform)])
    evidence = [arp("gw1", VIP)]
    evidence += [agent("gw1", object_id, forwarding=1)] if object_id else []
    evidence += [arp("gw1", DIP1, (3, VNIC, 3))] if other_row else []
    facts = known(*evidence, described=described)
    assert absences(facts) == (int(believed), 0)
    assert facts.coverage["arp", "gw1"] == ("answered" if believed else "lost")
    if not believed:
        assert "absence proves nothing" in facts.lost["arp", "gw1"][0]
        assert "platform" in facts.lost["arp", "gw1"][1]


@pytest.mark.parametrize(
    ("object_id", "other_row", "believed"),
    [
        (POWERCONNECT_5424, False, True),
        (IOS,               False, False),  # Catalyst: no Q-BRIDGE table; the default context is VLAN 1
        (IOS,               True,  True),
        (UNKNOWN_BRAND,     False, False),
    ],
)  # fmt: skip
def test_a_mac_that_is_not_there_is_believed_where_the_table_is_known_to_be_filled(
    object_id: str, other_row: bool, believed: bool
) -> None:
    evidence = [agent("sw1", object_id, forwarding=2), fdb("sw1", VNIC)]
    evidence += [fdb("sw1", "00-15-5D-03-16-04", (31, 57, 3))] if other_row else []
    facts = known(*evidence)
    assert absences(facts) == (0, int(believed))
    assert facts.coverage["fdb", "sw1"] == ("answered" if believed else "lost")


def test_a_table_that_the_agent_does_not_have_is_lost_and_holds_no_absence() -> None:
    one = snmp("gw1", "arp", [(f"1.3.6.1.2.1.4.22.1.2.3.{VIP}", "no_such_object")], VIP, "3")
    facts = known(agent("gw1", IOS, forwarding=1), one)
    assert absences(facts) == (0, 0)
    assert facts.coverage["arp", "gw1"] == "lost"


# ---- what a router lists for itself ----


@pytest.mark.parametrize(
    ("ip", "at", "number", "kind"),
    [
        (VIP,            IGMP,                4, "static"),
        (VIP,            VNIC,                3, "dynamic"),
        ("172.31.3.1",   "00-11-22-33-44-55", 4, "own"),      # Cisco and Junos list every own address as static
        ("172.31.3.1",   "00-11-22-33-44-55", 3, "own"),
        ("172.31.3.254", "00-00-0C-07-AC-1F", 4, "own"),      # HSRP 1
        ("172.31.3.254", "00-00-0C-9F-F0-1F", 4, "own"),      # HSRP 2
        ("172.31.3.254", "00-00-5E-00-01-1F", 4, "own"),      # VRRP
        ("172.31.3.254", "00-00-0C-07-AC-1F", 3, "dynamic"),  # another router's
        ("169.254.0.1",  "00-11-22-33-44-55", 4, None),       # Cumulus, Fortinet: their own business
    ],
)  # fmt: skip
def test_static_is_typed_only_without_own_virtual_and_link_local_addresses(
    ip: str, at: str, number: int, kind: str | None
) -> None:
    facts = known(own_addresses("gw1", ("172.31.3.1", 3)), arp("gw1", ip, (3, at, number)))
    assert [view.kind for view in facts.arp] == ([kind] if kind else [])


def test_an_address_of_one_router_is_not_another_ones_own() -> None:
    described = site(gateways=[gateway("gw1", "172.31.3.1"), gateway("gw2", "172.31.3.3")])
    facts = known(
        own_addresses("gw2", ("172.31.3.1", 3)),
        arp("gw1", "172.31.3.1", (3, "00-11-22-33-44-55", 4)),
        described=described,
    )
    assert [view.kind for view in facts.arp] == ["static"]


def test_the_typed_neighbour_of_a_node_is_nobodys_own() -> None:
    row = {"ip": "172.31.3.1", "mac": "00-11-22-33-44-55", "index": 12, "state": "Permanent"}
    facts = known(own_addresses("gw1", ("172.31.3.1", 3)), answer("nlb1", "neighbors", [row]))
    assert [(view.device, view.kind) for view in facts.arp] == [("nlb1", "static")]


# ---- who routes ----


def test_a_switch_that_forwards_is_a_router() -> None:
    facts = known(agent("sw1", POWERCONNECT_5424, forwarding=1))
    assert facts.routers == ("gw1", "sw1")
    assert facts.coverage["arp", "sw1"] == "lost"
    assert known(agent("sw1", POWERCONNECT_5424, forwarding=2)).routers == ("gw1",)


@pytest.mark.parametrize(("number", "want"), [(1, "pending"), (2, None), (None, None)])
def test_a_switch_is_waited_for_until_it_says_whether_it_routes(number: int | None, want: Coverage | None) -> None:
    assert known(still_open=True).coverage["arp", "sw1"] == "pending"
    facts = known(agent("sw1", POWERCONNECT_5424, forwarding=number), still_open=True)
    assert facts.coverage.get(("arp", "sw1")) == want
    silent = known(lost("sw1", "agent"), still_open=True)
    assert ("arp", "sw1") not in silent.coverage
    assert silent.coverage["agent", "sw1"] == "lost"


@pytest.mark.parametrize(
    ("role", "want"),
    [
        ("node", ("nlb1", "nlb2")),
        ("host", ("hv1", "hv2")),
        ("agent", ("sw1", "gw1")),
        ("switch", ("sw1",)),
        ("router", ("gw1", "sw1")),
        ("jump", ("jump",)),
        ("operator", ("operator",)),
    ],
)
def test_every_role_has_its_targets(role: str, want: tuple[str, ...]) -> None:
    assert targets(site(), role, {"sw1"}) == want  # type: ignore[arg-type]  # the table's text is a role


# ---- whose fact is whose ----

TWO = site(
    nodes=[node("nlb1", DIP1), node("nlb2", "172.31.3.12"), node("nlb3", "172.31.3.13")],
    clusters=[cluster("web", VIP, "nlb1", "nlb2"), cluster("mail", "172.24.1.202", "nlb1", "nlb2")],
)
MAIL = "172.24.1.201"


def both(name: str, first: str = VIP, second: str = MAIL) -> list[Evidence]:
    """What a node with two instances says; mail is listed in the site file by its additional VIP."""
    state = {"source": "module", "name": name, "priority": 1, "text": "Converged", "initial": None, "masked": None}
    driver: dict[str, object] = {"source": "module", "mac": None, "host_id": 1, "state": None, "lines": []}
    return [
        answer(name, "cluster", [instance(first), instance(second, "UNICAST")]),
        answer(name, "vips", [listed(first, first), listed(second, second), listed("172.24.1.202", second)]),
        answer(name, "state", [{**state, "primary": first, "code": 1007}, {**state, "primary": second, "code": 1008}]),
        answer(name, "driver", [{**driver, "primary": first}, {**driver, "primary": second}]),
        answer(name, "query", [{"lines": [f"Cluster {first}", "1, 2", f"Cluster {second}", "1"]}]),
    ]


def told(facts: Facts) -> set[tuple[str, str]]:
    """(node, primary) of everything that belongs to an instance."""
    kinds = (facts.instances, facts.vips, facts.states, facts.drivers, facts.memberships)
    return {(one.node, str(one.primary)) for kind in kinds for one in kind}


def test_two_clusters_on_the_same_nodes_are_kept_apart() -> None:
    evidence = [*both("nlb1"), *both("nlb2")]
    web, mail = (known(*evidence, described=TWO, name=name) for name in ("web", "mail"))
    assert told(web) == {("nlb1", VIP), ("nlb2", VIP)}
    assert told(mail) == {("nlb1", MAIL), ("nlb2", MAIL)}
    assert [s.code for s in web.states] == [1007, 1007]
    assert [m.hosts for m in mail.memberships] == [(1,), (1,)]
    assert (web.modes(), mail.modes()) == ({"igmp": ("nlb1", "nlb2")}, {"unicast": ("nlb1", "nlb2")})
    assert mail.vip_addresses() == (IPv4Address(MAIL), IPv4Address("172.24.1.202"))
    assert web.other_primaries == {IPv4Address(MAIL): "mail", IPv4Address("172.24.1.202"): "mail"}
    assert mail.other_primaries == {IPv4Address(VIP): "web"}


def test_a_node_whose_primary_differs_belongs_to_the_cluster_that_is_left_over() -> None:
    evidence = [*both("nlb1"), *both("nlb2", first="172.31.3.99")]
    web, mail = (known(*evidence, described=TWO, name=name) for name in ("web", "mail"))
    assert told(web) == {("nlb1", VIP), ("nlb2", "172.31.3.99")}
    assert told(mail) == {("nlb1", MAIL), ("nlb2", MAIL)}


def test_of_two_instances_that_nobody_knows_none_is_guessed() -> None:
    evidence = [*both("nlb1"), *both("nlb2", first="172.31.3.99", second="172.24.1.99")]
    web = known(*(one for one in evidence if one.ask.probe != "vips"), described=TWO, name="web")
    assert told(web) == {("nlb1", VIP)}


def test_on_a_node_with_one_instance_everything_is_that_ones() -> None:
    driver: dict[str, object] = {
        "source": "module",
        "primary": "172.31.3.99",
        "mac": None,
        "host_id": 1,
        "state": None,
        "lines": [],
    }
    facts = known(
        answer("nlb1", "cluster", [instance()]),
        answer("nlb1", "driver", [driver]),
        answer("nlb1", "query", [{"lines": ["1, 2"]}]),
    )
    assert [str(d.primary) for d in facts.drivers] == ["172.31.3.99"]  # not reloaded since the primary was changed
    assert [m.hosts for m in facts.memberships] == [(1, 2)]


def test_with_two_instances_a_membership_that_names_none_belongs_to_none() -> None:
    facts = known(*both("nlb1")[:2], answer("nlb1", "query", [{"lines": ["1, 2"]}]), described=TWO)
    assert facts.memberships == ()


def test_another_clusters_nodes_neither_speak_nor_count() -> None:
    facts = known(answer("nlb3", "addresses", [address("172.31.3.13")]), lost("nlb3", "cluster"), described=TWO)
    assert facts.addresses == ()
    assert ("cluster", "nlb3") not in facts.coverage
    assert facts.dips == {"nlb1": IPv4Address(DIP1), "nlb2": IPv4Address("172.31.3.12")}


def test_hosts_and_switches_are_everybodys() -> None:
    for name in ("web", "mail"):
        facts = known(answer("hv1", "vnics", [vnic()]), vlans("sw1", 31), described=TWO, name=name)
        assert (len(facts.vnics), len(facts.vlans), facts.hosts) == (1, 1, ("hv1", "hv2"))


# ---- joins ----


@pytest.mark.parametrize(
    ("switches", "want"),
    [
        ([("hv1", vswitch("Multiplexor"))],                                   "External"),
        ([("hv1", vswitch("Multiplexor #2", name="Other")), ("hv1", vswitch("Multiplexor"))], "External"),
        ([("hv2", vswitch("Multiplexor"))],                                   ""),
        ([("hv1", vswitch("Intel(R) X520 #1"))],                              ""),
        ([],                                                                  ""),
    ],
)  # fmt: skip
def test_a_teams_vswitch_is_the_one_that_hangs_on_the_teams_nic(
    switches: list[tuple[str, dict[str, object]]], want: str
) -> None:
    by_host = {name: [record for at, record in switches if at == name] for name, _ in switches}
    facts = known(
        answer("hv1", "teams", [team(nics=["Multiplexor"])]),
        *(answer(name, "vswitches", records) for name, records in by_host.items()),
    )
    assert [one.vswitch for one in facts.teams] == [want]


def test_a_switch_embedded_team_is_its_own_vswitch() -> None:
    facts = known(answer("hv1", "vswitches", [vswitch("A", "B", embedded=True, mode=1, balancing=4)]))
    assert [(one.kind, one.vswitch) for one in facts.teams] == [("set", "External")]


def test_the_cables_are_the_operators_word() -> None:
    described = site(hosts=[host("hv1", "172.31.3.21", "sw1:ch1", "sw1:g3"), host("hv2", "172.31.3.22")])
    facts = known(described=described)
    assert [(u.host, u.switch, u.port, u.evidence) for u in facts.uplinks] == [
        ("hv1", "sw1", "ch1", "operator/site"),
        ("hv1", "sw1", "g3", "operator/site"),
    ]


def test_the_jump_hosts_own_subnets_come_with_its_neighbours() -> None:
    table = {"neighbours": [], "addresses": ["172.31.3.50/24"]}
    assert known(answer("jump", "jump-neighbors", table)).jump_attached == (IPv4Interface("172.31.3.50/24"),)
    assert known(lost("jump", "jump-neighbors")).jump_attached == ()
    assert known(answer("jump", "jump-neighbors", {**table, "addresses": ["x"]})).jump_attached == ()


def test_an_answer_of_the_operator_is_evidence_and_none_is_missing() -> None:
    facts = known(word("same_switch", "yes"))
    assert [(a.question, a.value) for a in facts.answers] == [("same_switch", "yes")]
    assert facts.coverage["answer", "operator"] == "answered"
    assert known(still_open=True).coverage["answer", "operator"] == "lost"


def test_a_site_without_a_switch_has_nobody_to_ask_and_says_so() -> None:
    facts = known(described=site(switches=[], hosts=[host("hv1", "172.31.3.21")]))
    needs: list[Need] = ["fdb", "vlans", "ports"]
    for need in needs:
        (missing,) = facts.missing(need)
        assert (missing.target, missing.need) == ("", need)


def test_the_facts_stand_at_the_time_that_is_given() -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert gather(site(), "web", RUN, at=later).now == later


def test_every_fact_names_evidence_that_is_there() -> None:
    facts = known(*RUN)
    labels = {one.label for one in RUN}
    kinds = (facts.instances, facts.vips, facts.nics, facts.addresses, facts.vnics, facts.teams, facts.arp, facts.fdb)
    assert {one.evidence for kind in kinds for one in kind} <= labels
    assert all(kinds)


def test_a_switch_in_the_site_without_a_platform_keeps_what_its_agent_says() -> None:
    described = site(switches=[switch("sw1", "172.31.3.2", "dell-n-series")])
    assert known(agent("sw1", POWERCONNECT_5424, forwarding=2), described=described).platform("sw1") == "dell-n-series"
    assert known(agent("sw1", POWERCONNECT_5424, forwarding=2)).platform("sw1") == "dell-powerconnect"
    assert known(agent("sw1", UNKNOWN_BRAND, forwarding=2)).platform("sw1") == "unknown"
