"""The measurement: asked for only where a run measures, sampled twice, and said where it was not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from nlbwiz import example as ex
from nlbwiz import registry
from nlbwiz.addr import mac
from nlbwiz.case import Case, Knowledge, settle, wanted
from nlbwiz.collect.source import Clock
from nlbwiz.errors import UsageError
from nlbwiz.facts import Need, PortCounters, VlanPorts
from nlbwiz.headless import BESIDES_S, MEASURE_S, Options, check, knowledge_of, measure_of, refuse
from nlbwiz.judge import judge
from nlbwiz.known import Facts
from nlbwiz.parse.gather import gather
from nlbwiz.plan import MOST_OF_A_HOST, idle, measured_ports, plan, sought
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence
from nlbwiz.record.file import RunFile
from tests.made import (
    AT,
    POWERCONNECT_5424,
    adapter,
    agent,
    answer,
    cluster,
    instance,
    listed,
    lost,
    site,
    snmp,
    vlans,
    vnic,
)

FLOODING = next(check for check in registry.checks() if check.about.measurement)
IF = "1.3.6.1.2.1.31.1.1.1"


def counters(*ports: int, sample: int = 0, uptime_s: float = 100.0, sent: int = 0) -> Evidence:
    """The 64-bit counters of these ports, all of them `sent`."""
    rows: list[tuple[str, str, int]] = [("1.3.6.1.2.1.1.3.0", "ticks", int(uptime_s * 100))]
    rows += [(f"{IF}.{column}.{port}", "int", sent) for port in ports for column in (7, 8, 9, 11, 12, 13)]
    said = snmp("sw1", "counters", rows, *map(str, ports))
    return replace(said, ask=replace(said.ask, sample=sample))


def known(*evidence: Evidence, measured: bool = False) -> Facts:
    return gather(site(), None, evidence, at=AT, still_open=True, measured=measured)


def planned(facts: Facts, *needs: Need, elapsed_s: float = 0.0, measure_s: float = 10.0) -> dict[str, Ask]:
    return {ask.label: ask for ask in plan(site(), facts, frozenset(needs), elapsed_s=elapsed_s, measure_s=measure_s)}


# ---- asked for only where a run measures ----


def test_only_the_flooding_check_is_a_measurement() -> None:
    assert [one.about.id for one in registry.checks() if one.about.measurement] == ["NLB012"]


def test_counters_are_wanted_only_by_a_run_that_measures() -> None:
    assert "counters" not in wanted(registry.checks())
    assert "counters" in wanted(registry.checks(), measured=True)
    assert "counters" not in knowledge_of("routine", {}).wanted
    assert "counters" in knowledge_of("routine", {}, measure_s=10).wanted


def test_a_cause_that_was_not_measured_is_not_asked_and_decides_nothing() -> None:
    facts = ex.facts("nlb1 sw1", FLOODING.about.needs, [])
    outcome = judge(FLOODING, facts)
    assert (outcome.outcome, outcome.missing, outcome.final) == ("not_asked", (), True)
    assert "--measure" in outcome.reason
    assert judge(FLOODING, replace(facts, measured=True)).outcome == "unknown"


def test_samples_in_the_evidence_say_that_the_run_measured_and_a_bundle_without_them_that_it_did_not() -> None:
    assert known(counters(1)).measured
    assert known(lost("sw1", "counters", "1")).measured
    assert not known().measured
    measuring = knowledge_of("routine", {}, measure_s=10.0)
    for evidence, want in (((), "not_asked"), ((lost("sw1", "counters", "1"),), "unknown")):
        walk = settle(site(), measuring, evidence, at=AT)
        assert {one.outcome for one in walk.outcomes if one.id == "NLB012"} == {want}


# ---- sampled twice ----


PORTS = answer("sw1", "ports", {"rows": [
    ["1.3.6.1.2.1.31.1.1.1.1.1", "octets", b"g1".hex()], ["1.3.6.1.2.1.31.1.1.1.1.2", "octets", b"g2".hex()],
    ["1.3.6.1.2.1.31.1.1.1.1.3", "octets", b"g3".hex()], ["1.3.6.1.2.1.31.1.1.1.1.1000", "octets", b"ch1".hex()],
    *[[f"1.3.6.1.2.1.2.2.1.8.{n}", "int", 2 if n == 2 else 1] for n in (1, 2, 3, 1000)],
    *[[f"1.3.6.1.2.1.17.1.4.1.2.{n}", "int", n] for n in (1, 2, 3, 1000)],
    *[[f"1.2.840.10006.300.43.1.2.1.1.13.{n}", "int", 1000 if n == 3 else 0] for n in (1, 2, 3)],
]})  # fmt: skip


def test_the_first_sample_waits_for_the_ports_only_and_reads_those_that_are_up_a_lag_for_its_members() -> None:
    assert "counters" not in {ask.probe for ask in planned(known(), "counters").values()}
    facts = known(PORTS)
    assert measured_ports(facts, "sw1") == (1, 1000)
    first = planned(facts, "counters")
    assert list(first) == ["sw1/counters[1]"]
    assert first["sw1/counters[1]"].args == ("1", "1000")
    assert first["sw1/counters[1]"].not_before_s == 0.0


def test_the_second_sample_comes_so_long_after_the_first_one_was_answered() -> None:
    facts = known(PORTS, counters(1, 1000))
    asks = planned(facts, "counters", elapsed_s=2.5, measure_s=12.0)
    assert set(asks) == {"sw1/counters[1]", "sw1/counters[1]'"}
    assert asks["sw1/counters[1]'"].not_before_s == 14.5


def test_every_sample_is_kept_in_the_order_in_which_it_was_taken() -> None:
    later, first = counters(1, sample=1, uptime_s=112.0, sent=900), counters(1, uptime_s=100.0, sent=100)
    facts = known(later, first)
    assert [(one.uptime_s, one.out_ucast) for one in facts.counters] == [(100.0, 100), (112.0, 900)]
    assert facts.coverage["counters", "sw1"] == "answered"
    assert known(first, replace(lost("sw1", "counters", "1"), ask=later.ask)).coverage["counters", "sw1"] == "lost"


class Quiet:
    """A source that answers nothing, and notes what it was asked."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []

    def ask(self, asks: Sequence[Ask], give: object) -> None:
        self.asks += asks

    def stop(self, target: str) -> None:
        pass

    def extend(self, target: str, seconds: float) -> None:
        pass

    def close(self) -> None:
        pass


def test_measured_again_means_two_new_samples() -> None:
    """A verify compares two samples after the change, not one before it with one after."""
    knowledge = knowledge_of("routine", {}, measure_s=10.0)
    case = Case(site=site(), source=Quiet(), knowledge=knowledge, clock=Clock(total_s=30, target_s=30))  # type: ignore[arg-type]  # any Source will do
    samples = (counters(1, 1000), counters(1, 1000, sample=1, uptime_s=112.0))
    for one in (PORTS, *samples):
        case.evidence[one.id] = one
        case.known.add((one.ask.target, one.ask.probe, one.ask.args, one.ask.sample))
    case.want({"counters"}, again=True)
    found = list(iter(lambda: None if case.inbox.empty() else case.inbox.get_nowait(), None))
    asked = sorted((one.sample, one.not_before_s > 9.0) for one in found if isinstance(one, Ask))
    assert asked == [(2, False), (3, True)]


# ---- the rate ----


def flooded(*samples: tuple[float, int], port: int = 9) -> Facts:
    row = next(facts for what, facts, _ in FLOODING.examples if what == "flooded by multicast")
    kept = tuple(one for one in row.counters if one.port != port)
    made = (
        PortCounters(
            target="sw1", port=port, uptime_s=at, in_ucast=0, in_mcast=0, in_bcast=0, out_ucast=0, out_mcast=sent,
            out_bcast=0, evidence="sw1/counters[9]",
        )
        for at, sent in samples
    )  # fmt: skip
    return replace(row, counters=(*kept, *made))


@pytest.mark.parametrize(
    ("samples", "want"),
    [
        (((1000, 0), (1012, 4800)), "confirmed"),
        (((1000, 0), (1012, 2500)), "confirmed"),  # a little more than half
        (((1000, 0), (1012, 2300)), "ruled_out"),
        (((900, 0), (1000, 90_000), (1012, 90_060)), "ruled_out"),  # the last two count, a fix lies before them
        (((1000, 0), (1003, 4), (1012, 4800)), "confirmed"),  # the last one long enough before
        (((1000, 500_000), (1012, 20)), "unknown"),  # began anew
    ],
)  # fmt: skip
def test_a_bystanders_rate_is_that_of_its_last_two_samples(samples: tuple[tuple[float, int], ...], want: str) -> None:
    outcome = judge(FLOODING, flooded(*samples))
    assert outcome.outcome == want, outcome.reason


def test_a_port_outside_the_clusters_vlan_is_no_bystander() -> None:
    facts = flooded((1000, 0), (1012, 4800))
    inside = VlanPorts(target="sw1", id=3, ports=(1, 3, 24), evidence="sw1/vlan-ports")
    assert judge(FLOODING, replace(facts, vlan_ports=(inside,))).outcome == "ruled_out"
    assert judge(FLOODING, replace(facts, vlan_ports=(replace(inside, ports=(1, 3, 9)),))).outcome == "confirmed"


def test_multicast_flooding_is_explained_by_the_group() -> None:
    (finding,) = judge(FLOODING, flooded((1000, 0), (1012, 4800))).findings
    assert finding.effect_of == ("NLB011",)


# ---- what the switches are asked for the other causes ----


def test_groups_are_asked_for_once_mode_and_vlans_are_known_by_mac_and_by_address() -> None:
    mode, facts = answer("nlb1", "cluster", [instance()]), agent("sw1", POWERCONNECT_5424, forwarding=2)
    for evidence in ((facts, mode), (facts, vlans("sw1", 10)), (mode, vlans("sw1", 10))):
        assert not [ask for ask in planned(known(*evidence), "groups").values() if ask.target == "sw1"]
    asks = planned(known(facts, mode, vlans("sw1", 10, 20)), "groups")
    assert {label: ask.args[1:] for label, ask in asks.items()} == {
        "sw1/groups[01-00-5E-7F-03-E8]": ("10", "20"),
        "sw1/groups-radlan[239.255.3.232]": ("10", "20"),
    }


@pytest.mark.parametrize(
    ("mode", "want"), [("UNICAST", set()), ("MULTICAST", {"sw1/groups[03-BF-AC-1F-03-E8]"}), (None, set())]
)
def test_unicast_has_no_group_to_ask_for_and_multicast_mode_none_by_address(mode: str | None, want: set[str]) -> None:
    said = (
        agent("sw1", POWERCONNECT_5424, forwarding=2),
        vlans("sw1", 10),
        answer("nlb1", "cluster", [instance(mode=mode)]),
    )
    assert set(planned(known(*said), "groups")) == want


def test_in_a_unicast_site_nothing_is_missing_for_the_groups_that_were_not_asked() -> None:
    nodes = tuple(answer(name, "cluster", [instance(mode="UNICAST")]) for name in ("nlb1", "nlb2"))
    assert idle(PROBES["groups"], known(*nodes))
    assert not idle(PROBES["groups"], known(nodes[0]))
    assert not idle(PROBES["fdb"], known(*nodes))


def test_a_unicast_clusters_own_mac_is_looked_for_and_a_multicast_one_is_not() -> None:
    for mode, want in (("UNICAST", True), ("MULTICAST", False), ("IGMPMULTICAST", False)):
        found = sought(site(), known(answer("nlb1", "cluster", [instance(mode=mode)])))
        assert (mac("02-BF-AC-1F-03-E8") in found) is want


def test_a_host_without_a_node_is_looked_for_by_a_few_of_its_virtual_nics() -> None:
    facts = known()
    many = tuple(ex.vnic("hv2", f"VM{n}", f"00-15-5D-99-00-{n:02X}") for n in range(40))
    assert len(sought(site(), replace(facts, vnics=many))) == MOST_OF_A_HOST


def test_the_machine_that_nlbwiz_runs_on_is_looked_for_in_a_measurement_only() -> None:
    ours = ex.view("nlb1", "172.31.3.50", "learned 52-54-00-4A-55-4D")
    facts = replace(known(vlans("sw1", 10)), arp=(ours,), jump_attached=(IPv4Interface("172.31.3.50/24"),))
    facts = replace(facts, coverage={})
    for needs, want in ((("fdb",), False), (("fdb", "counters"), True)):
        asks = plan(site(), facts, frozenset(needs))  # type: ignore[arg-type]  # they are needs
        assert any(ask.args[:1] == ("52-54-00-4A-55-4D",) for ask in asks) is want


# ---- what the operator asks for ----


def test_the_symptom_flooding_is_measured_and_so_is_a_demo_that_is_about_it() -> None:
    assert measure_of(Options(demo="healthy-igmp")) == 0.0
    assert measure_of(Options(demo="healthy-igmp", symptom="flooding")) == MEASURE_S
    assert measure_of(Options(demo="flooding")) == 10.0
    assert measure_of(Options(demo="healthy-igmp", measure_s=30.0)) == 30.0


def test_a_measurement_that_does_not_fit_into_the_deadline_is_said() -> None:
    said: list[str] = []
    assert measure_of(Options(demo="flooding", deadline_s=5.0, warn=said.append)) == 0.0
    assert len(said) == 1
    assert f"takes {MEASURE_S + BESIDES_S:g} s" in said[0]
    with pytest.raises(UsageError, match="does not fit"):
        refuse(Options(demo="flooding", measure_s=20.0, deadline_s=21.0))


def test_a_saved_run_is_not_measured_again(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--measure"):
        refuse(Options(bundle=tmp_path / "run", measure_s=10.0))
    with RunFile(tmp_path / "run", site(), "routine", AT) as file:
        file.end(AT)
    report = check(Options(bundle=tmp_path / "run", symptom="flooding"))
    assert {one.outcome for one in report.outcomes if one.id == "NLB012"} == {"not_asked"}
    assert "not measured: NLB012" in report.headline


def test_another_clusters_nodes_tell_what_it_may_collide_with() -> None:
    shop = "172.30.3.232"
    guid = "{00000000-0000-0000-0000-000000000002}"
    said = (
        answer("nlb1", "cluster", [instance(), instance(shop, guid=guid, interface="Shop")]),
        answer("nlb1", "vips", [listed("172.31.3.232"), listed(shop, primary=shop)]),
        answer("nlb1", "adapters", [adapter("00-15-5D-03-15-04"), adapter("00-15-5D-03-15-05", "Shop", guid=guid)]),
        answer("hv1", "vnics", [vnic(), vnic("00155D031505", vlan=44)]),
    )
    described = site(clusters=[cluster("web", "172.31.3.232", "nlb1"), cluster("shop", shop, "nlb1", "nlb2")])
    facts = gather(described, "web", said, at=AT)
    (other,) = facts.others
    assert (other.name, other.primary, other.mode, other.vlans) == ("shop", IPv4Address(shop), "igmp", (44,))
    assert other.unread == ("nlb2",)
    (unread,) = gather(described, "web", (), at=AT).others
    assert (unread.primary, unread.mode, unread.unread) == (None, None, ("nlb1", "nlb2"))


def test_knowledge_that_does_not_measure_is_the_default() -> None:
    assert Knowledge(checks=(), tree=registry.tree(), symptom="routine").measure_s == 0.0


def test_samples_stand_in_the_order_of_their_time_also_when_a_port_came_up_between() -> None:
    early, late = AT, AT + timedelta(seconds=60)
    taken = [
        replace(counters(2, 30, uptime_s=100.0), at=early),
        replace(counters(2, 30, sample=1, uptime_s=112.0), at=early + timedelta(seconds=12)),
        replace(counters(10, 2, 30, uptime_s=160.0), at=late),
        replace(counters(10, 2, 30, sample=1, uptime_s=172.0), at=late + timedelta(seconds=12)),
    ]
    for order in (taken, taken[::-1]):
        facts = known(*order, measured=True)
        assert [one.uptime_s for one in facts.counters if one.port == 2] == [100.0, 112.0, 160.0, 172.0]
