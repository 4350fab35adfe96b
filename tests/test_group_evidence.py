"""What the causes of the switches do with evidence that is there in part: VLANs, ports and teams that nobody looked at."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nlbwiz import registry
from nlbwiz.addr import mac
from nlbwiz.facts import FdbEntry, Multicast, Uplink, Vlan, VlanPorts
from nlbwiz.judge import Check, judge
from nlbwiz.known import Facts

CHECKS = {check.about.id: check for check in registry.checks()}
Change = Callable[[Facts], Facts]


def told(check: Check, what: str) -> Facts:
    """The facts of one row of a check's own truth table."""
    return next(facts for text, facts, _ in check.examples if text == what)


def contexts(*asked: int, homeless: bool = False) -> Change:
    """02-BF was looked for in these VLANs' own tables; sw1 has VLANs 3 and 5."""

    def change(facts: Facts) -> Facts:
        none = [replace(row, vlan=vlan) for row in facts.fdb for vlan in asked]
        vlans = (*facts.vlans, Vlan(target="sw1", id=5, name="lab", evidence="sw1/vlans"))
        return replace(facts, fdb=tuple(none), vlans=vlans, vnics=() if homeless else facts.vnics)

    return change


def more(facts: Facts) -> Facts:
    """The entry's group has a querier in another VLAN, on another switch."""
    own = tuple(replace(one, querier=False) for one in facts.multicast)
    return replace(facts, multicast=(*own, replace(own[0], target="sw2", vlan=9, querier=True)))


def asked_here(facts: Facts) -> Facts:
    """Another switch is the querier of the cluster's VLAN."""
    own: tuple[Multicast, ...] = tuple(replace(one, querier=False) for one in facts.multicast)
    return replace(facts, multicast=(*own, replace(own[0], target="sw2", vlan=3, querier=True)))


def named(*ports: str) -> Change:
    """hv1's uplinks in the site file."""
    return lambda facts: replace(facts, uplinks=tuple(Uplink(host="hv1", switch="sw1", port=port) for port in ports))


def in_vlan(*ports: int, vlan: int = 3) -> Change:
    """The switch tells the ports of one VLAN."""
    one = VlanPorts(target="sw1", id=vlan, ports=ports, evidence="sw1/vlan-ports")
    return lambda facts: replace(facts, vlan_ports=(one,))


QUIET = "nobody has learned it"
SNOOPED = "learned on every node's port, with a querier"
TEAM = "one port of a team's two is known: a trap"


@pytest.mark.parametrize(
    ("check", "row", "change", "want"),
    [
        ("NLB013", QUIET, contexts(3), "ruled_out"),
        ("NLB013", QUIET, contexts(5), "unknown"),  # not in the cluster's VLAN
        ("NLB013", QUIET, contexts(3, homeless=True), "unknown"),  # which VLAN is the cluster's is not known
        ("NLB013", QUIET, contexts(3, 5, homeless=True), "ruled_out"),
        ("NLB014", SNOOPED, more, "possible"),  # a querier of another VLAN asks nobody here
        ("NLB014", SNOOPED, asked_here, "ruled_out"),
        ("NLB011", TEAM, named("g1"), "unknown"),
        ("NLB011", TEAM, named("g1", "g3"), "ruled_out"),
        ("NLB011", TEAM, named("g1", "g7"), "confirmed"),
        ("NLB012", "flooded by multicast", in_vlan(1, 3, 9), "confirmed"),
        ("NLB012", "flooded by multicast", in_vlan(1, 3), "ruled_out"),  # g9 is in another VLAN
        ("NLB012", "flooded by multicast", in_vlan(1, 3, vlan=7), "confirmed"),  # another VLAN's ports say nothing
        ("NLB012", "a port that was not sampled", in_vlan(1, 3), "ruled_out"),
    ],
)
def test_what_was_not_looked_at_is_not_in_order(check: str, row: str, change: Change, want: str) -> None:
    outcome = judge(CHECKS[check], change(told(CHECKS[check], row)))
    assert outcome.outcome == want, outcome.reason


def test_who_looked_on_the_wire_and_how_is_said() -> None:
    check = CHECKS["NLB001"]
    facts = told(check, "a log and the jump host name one MAC")
    nobody = replace(
        facts,
        coverage={**facts.coverage, ("arp-look", "jump"): "lost"},
        lost={**facts.lost, ("arp-look", "jump"): ("no raw socket", "run as root")},
    )
    looked = replace(facts, arp=tuple(replace(v, how="arping" if v.via == "jump" else "") for v in facts.arp))
    for one, words in ((nobody, "not looked at: no raw socket"), (looked, "by arping")):
        outcome = judge(check, one)
        assert outcome.outcome == "confirmed"
        assert any(words in note.saw for note in outcome.notes)


def test_no_look_alone_leaves_a_duplicate_undecided() -> None:
    check = CHECKS["NLB001"]
    facts = told(check, "nobody sees a stranger")
    assert (
        judge(check, replace(facts, coverage={**facts.coverage, ("arp-look", "jump"): "lost"})).outcome == "ruled_out"
    )


def test_a_row_of_a_vlans_own_table_says_in_which_vlan_it_is_not() -> None:
    from nlbwiz.parse.gather import parse
    from tests.made import snmp

    at = mac("02-BF-0A-14-00-32")
    oid = "1.3.6.1.2.1.17.4.3.1.2." + ".".join(str(int(part, 16)) for part in at.split("-"))
    found, why = parse(snmp("sw1", "fdb-bridge", [(oid, "no_such_instance", "")], at, "3"))
    assert [(one.status, one.vlan) for one in found if isinstance(one, FdbEntry)] == [("none", 3)], why
