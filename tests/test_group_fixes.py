"""What NLB011 and NLB014 tell the operator to type, on the platform that the switch is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nlbwiz import registry
from nlbwiz.check import Do, Finding
from nlbwiz.commands import render
from nlbwiz.judge import Check, judge
from nlbwiz.known import Facts

CHECKS = {check.about.id: check for check in registry.checks()}
GROUP, SNOOPING = CHECKS["NLB011"], CHECKS["NLB014"]


def example(check: Check, what: str) -> Facts:
    return next(facts for text, facts, _ in check.examples if text == what)


def on(platform: str, facts: Facts) -> Facts:
    return replace(facts, agents=tuple(replace(one, platform=platform) for one in facts.agents))


def found(check: Check, facts: Facts) -> Finding:
    (finding,) = judge(check, facts).findings
    return finding


def lines(steps: tuple[Do, ...], platform: str) -> list[str]:
    return [line for step in steps for line in render(step, platform, registry.phrase_book()).lines]


def test_a_powerconnect_is_told_its_ports_with_commas_and_its_lags_by_number() -> None:
    missing = found(GROUP, example(GROUP, "no entry, flooded"))
    assert "bridge multicast address 01:00:5e:7f:03:e8 add ethernet g1,g3" in lines(missing.fix, "dell-powerconnect")
    lag = found(GROUP, example(GROUP, "a host's LAG is missing"))
    assert "bridge multicast address 01:00:5e:7f:03:e8 add port-channel 1" in lines(lag.fix, "dell-powerconnect")
    assert "bridge multicast address 01:00:5e:7f:03:e8 remove port-channel 1" in lines(lag.undo, "dell-powerconnect")


def test_a_catalyst_is_told_all_interfaces_in_one_line() -> None:
    finding = found(GROUP, on("cisco-ios", example(GROUP, "no entry, flooded")))
    assert "mac address-table static 0100.5e7f.03e8 vlan 3 interface g1 g3" in lines(finding.fix, "cisco-ios")


def test_old_ports_go_out_after_the_right_ones_are_in() -> None:
    finding = found(GROUP, example(GROUP, "the old hosts' ports"))
    typed = lines(finding.fix, "dell-powerconnect")
    add, remove = (next(n for n, line in enumerate(typed) if word in line) for word in (" add ", " remove "))
    assert add < remove
    assert "remove ethernet g7,g8" in typed[remove]
    assert "g7, g8, where no listed host is" in finding.saw
    assert "nlb1, nlb2 get nothing" in finding.saw


def test_filtering_is_switched_on_last_and_off_first() -> None:
    finding = found(GROUP, example(GROUP, "filtering off, and no entry"))
    phrases = [step.phrase for step in finding.fix]
    assert phrases.index("multicast filtering on") > phrases.index("add ports to group")
    assert finding.undo[0].phrase == "multicast filtering off"


@pytest.mark.parametrize("what", ["filtering off, a complete entry: a trap", "looked up by IP and flooded: a trap"])
def test_what_was_in_the_entry_before_stays_when_it_is_all_taken_back(what: str) -> None:
    finding = found(GROUP, example(GROUP, what))
    assert not any(
        step.phrase.endswith("group") and "show" not in step.phrase for step in (*finding.fix, *finding.undo)
    )


@pytest.mark.parametrize("what", ["no entry, and all of it is dropped", "a node's port is not learned"])
def test_where_it_is_looked_up_by_mac_a_static_entry_is_the_way_and_the_look_up_stays(what: str) -> None:
    """An entry that snooping made stands before what happens to multicast without one."""
    finding = found(SNOOPING, example(SNOOPING, what))
    add, remove = (f"bridge multicast address 01:00:5e:7f:03:e8 {how} ethernet g1,g3" for how in ("add", "remove"))
    assert add in lines(finding.fix, "dell-powerconnect")
    assert remove in lines(finding.undo, "dell-powerconnect")
    assert not {"look up by ip", "look up by mac"} & {step.phrase for step in (*finding.fix, *finding.undo)}


def test_a_lag_is_opened_as_a_lag() -> None:
    finding = found(SNOOPING, example(SNOOPING, "looked up by IP, and a host is behind a LAG"))
    typed = lines(finding.fix, "dell-powerconnect")
    assert "interface ethernet g1" in typed
    assert "interface port-channel 1" in typed
    assert "interface ethernet ch1" not in typed


@pytest.mark.parametrize(
    ("platform", "mode", "words"),
    [
        ("hpe-comware", "igmp", "refuses a static entry for a 0100-5Exx-xxxx MAC"),
        ("hpe-procurve", "igmp", "floods a static group"),
        ("aruba-cx", "igmp", "floods a static group"),
        ("aruba-cx", "multicast", "floods a static group"),
    ],
)
def test_a_static_entry_is_not_offered_where_it_does_not_help(platform: str, mode: str, words: str) -> None:
    what = "no entry, flooded" if mode == "igmp" else "no entry, dropped"
    finding = found(GROUP, on(platform, example(GROUP, what)))
    assert any(words in step.text for step in finding.fix)
    assert not any(step.phrase.endswith("to group") for step in finding.fix)


def test_comware_takes_a_static_entry_of_the_03_bf_mac() -> None:
    finding = found(GROUP, on("hpe-comware", example(GROUP, "no entry, dropped")))
    assert any(step.phrase == "add ports to group" for step in finding.fix)


def test_a_host_without_a_node_makes_a_short_list_a_warning() -> None:
    facts = example(GROUP, "one host's uplink is missing")
    one_host = replace(facts, instances=facts.instances[:1], nodes=facts.nodes[:1], nics=facts.nics[:1])
    finding = found(GROUP, one_host)
    assert (finding.severity, "a node that moves there gets nothing" in finding.saw) == ("warning", True)


@pytest.mark.parametrize(
    ("what", "phrase"),
    [
        ("learned on every port, looked up by IP: a trap", "look up by mac"),
        ("no querier", "querier on"),
        ("dropped before the next report", "querier on"),
    ],
)
def test_snooping_is_opened_towards_the_hosts_first(what: str, phrase: str) -> None:
    finding = found(SNOOPING, example(SNOOPING, what))
    phrases = [step.phrase for step in finding.fix]
    assert phrases.index("forward unregistered") < phrases.index(phrase)
    assert "bridge multicast unregistered forwarding" in lines(finding.fix, "dell-powerconnect")


def _masked(facts: Facts) -> list[str]:
    return [step.phrase for step in found(CHECKS["NLB013"], facts).fix]


def test_a_node_that_does_not_mask_is_reloaded_with_the_default_and_else_nobody_is_touched() -> None:
    of: Callable[[str], Facts] = lambda what: example(CHECKS["NLB013"], what)  # noqa: E731
    assert "mask source mac" in _masked(of("and the node that does not mask is told"))
    assert "mask source mac" not in _masked(of("learned on a port"))
