"""What every fix keeps to, for every row of every truth table: the order of its steps, and that each change has a way back."""

from collections.abc import Iterator

import pytest

from nlbwiz import registry
from nlbwiz.check import Do, Finding
from nlbwiz.judge import judge

FOUND: list[tuple[str, str, Finding]] = [
    (check.about.id, what, finding)
    for check in registry.checks()
    for what, facts, _ in check.examples
    for finding in judge(check, facts).findings
]
each_finding = pytest.mark.parametrize(
    ("cause", "finding"),
    [(cause, finding) for cause, _, finding in FOUND],
    ids=[f"{cause}: {what} {number}" for number, (cause, what, _) in enumerate(FOUND)],
)


def key(step: Do) -> tuple[str, str, str]:
    """What a step is about: its target, and the address or NIC."""
    values = dict(step.values)
    ip = values.get("ip", "") if step.phrase != "set primary" else ""
    return step.on, ip, values.get("vnic", values.get("port", ""))


def steps(part: tuple[Do, ...], *phrases: str) -> Iterator[tuple[int, Do]]:
    """The steps with one of these phrases, with their places."""
    return ((place, step) for place, step in enumerate(part) if step.phrase in phrases)


@each_finding
def test_what_makes_nodes_converge_anew_is_done_on_a_drained_node(cause: str, finding: Finding) -> None:
    """KB 264645's order: drain, change, start. NLB010's nodes do not serve."""
    if cause == "NLB010":
        return
    for part in (finding.fix, finding.undo):
        for place, step in steps(part, "set mode", "set primary", "reload node", "remove arp retry count", "stop vm"):
            node = step.on if step.phrase != "stop vm" else None
            assert any(at < place and node in (None, one.on) for at, one in steps(part, "drain node")), step.text
        for place, step in steps(part, "set mode", "set primary", "reload node"):
            assert any(at > place and one.on == step.on for at, one in steps(part, "start node")), step.text


@each_finding
def test_routers_are_told_after_the_nodes_have_changed(cause: str, finding: Finding) -> None:
    nodes = [place for place, _ in steps(finding.fix, "drain node", "set mode", "set primary", "start node")]
    for place, _ in steps(finding.fix, "clear arp", "add static arp", "remove static arp"):
        assert place > max(nodes, default=-1), cause


@each_finding
def test_a_router_forgets_before_it_is_told_anew_once_and_saves_last(cause: str, finding: Finding) -> None:
    typed = [(key(step), place) for place, step in steps(finding.fix, "add static arp")]
    assert len(dict(typed)) == len(typed), cause
    for place, step in steps(finding.fix, "clear arp", "remove static arp"):
        assert all(at > place for what, at in typed if what == key(step)), cause
    for place, step in steps(finding.fix, "save config"):
        changed = [at for at, one in steps(finding.fix, *ON_A_DEVICE) if one.on == step.on]
        assert any(at < place for at in changed), cause


ON_A_DEVICE = (
    *("add static arp", "remove static arp", "add ports to group", "add lags to group", "remove ports from group"),
    *("remove lags from group", "multicast filtering on", "look up by mac", "forward unregistered", "querier on"),
    "forward unregistered on lag",
)
"""Phrases that change what a switch or router saves."""
BACK = {
    "add static arp": "remove static arp",
    "remove static arp": "add static arp",
    "remove neighbor": "add neighbor",
    "remove address": "add address",
    "add address": "remove address",
    "disconnect vnic": "connect vnic",
    "shut port": "open port",
    "set mode": "set mode",
    "set primary": "set primary",
    "set static mac": "set dynamic mac",
    "set dynamic mac": "set static mac",
    "add ports to group": "remove ports from group",
    "add lags to group": "remove lags from group",
    "remove ports from group": "add ports to group",
    "remove lags from group": "add lags to group",
    "multicast filtering on": "multicast filtering off",
    "look up by mac": "look up by ip",
    "forward unregistered": "filter unregistered",
    "forward unregistered on lag": "filter unregistered on lag",
    "querier on": "querier off",
    "mask source mac": "unmask source mac",
    "set dad transmits": "set dad transmits",
    "remove arp retry count": "set arp retry count",
    "spoofing on": "spoofing off",
    "iov off": "iov on",
    "add cluster vip": "remove cluster vip",
    "resume node": "suspend node",
    "dhcp off": "dhcp on",
    "set team mode": "set team mode",
    "set team balancing": "set team balancing",
    "set embedded team balancing": "set embedded team balancing",
}
"""A change and what takes it back."""
NO_CHANGE = {
    "show", "clear", "save", "drain", "start", "stop", "reload", "connect", "open", "restart",
}  # fmt: skip
"""First words of phrases that change nothing, heal by themselves, or are the way back themselves."""


@each_finding
def test_every_change_has_its_own_way_back(cause: str, finding: Finding) -> None:
    for step in (step for step in finding.fix if step.phrase and step.phrase.split()[0] not in NO_CHANGE):
        undo = [one for _, one in steps(finding.undo, BACK[step.phrase])]
        assert any(key(one) == key(step) for one in undo), (cause, step)


@each_finding
def test_a_machine_that_was_cut_off_is_connected_again(cause: str, finding: Finding) -> None:
    for place, step in steps(finding.fix, "disconnect vnic", "shut port"):
        again = steps(finding.fix, BACK[step.phrase])
        assert any(at > place + 1 and key(one) == key(step) for at, one in again), cause


@each_finding
def test_a_machine_is_restarted_after_its_drain_and_by_a_step_of_its_own(cause: str, finding: Finding) -> None:
    for part in (finding.fix, finding.undo):
        for place, step in steps(part, "restart machine"):
            drained = any(at < place and one.on == step.on for at, one in steps(part, "drain node"))
            assert drained or "no drain reaches it" in finding.saw, (cause, finding.saw)


@each_finding
def test_a_change_of_the_whole_cluster_is_typed_once_and_the_routers_are_looked_at(
    cause: str, finding: Finding
) -> None:
    if cause == "NLB005":
        assert len(list(steps(finding.fix, "set mode"))) <= 1
        assert not any(step.text in finding.expected for step in finding.fix)


@each_finding
def test_a_stranger_is_looked_for_where_it_was_seen(cause: str, finding: Finding) -> None:
    """A router whose right entry was typed in shows nothing of it."""
    if cause == "NLB001":
        assert {step.on for _, step in steps(finding.verify, "show arp", "show neighbor")} <= set(finding.seen_by)


def test_no_two_findings_of_an_outcome_tell_the_same_long_fix() -> None:
    for check in registry.checks():
        for what, facts, _ in check.examples:
            fixes = [one.fix for one in judge(check, facts).findings if len(one.fix) > 4]
            assert len(fixes) == len(set(fixes)), (check.slug, what)
