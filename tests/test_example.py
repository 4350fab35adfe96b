"""The facts that rows are made of: what nobody asked for and what was lost is not there, and a node in order is in order."""

from nlbwiz import example as ex
from nlbwiz import registry
from nlbwiz.facts import Need
from nlbwiz.judge import judge
from tests.taken import places

NODE = ex.node("nlb1", "unicast", "10.20.0.50", "00-15-5D-14-00-11", "10.20.0.11", vips="10.20.0.51")


def test_a_fact_that_nobody_was_asked_for_or_that_was_lost_is_left_out() -> None:
    needs: tuple[Need, ...] = ("cluster", "vips", "vnics")
    facts = ex.facts("nlb1 hv1", needs, NODE, silent="nlb1/vips")
    assert places(facts) == {("cluster", "nlb1"), ("vnics", "hv1")}
    assert places(ex.facts("nlb1", needs, NODE)) == {("cluster", "nlb1"), ("vips", "nlb1")}


def test_in_unicast_the_nic_uses_the_cluster_mac_and_in_the_others_its_own() -> None:
    needs: tuple[Need, ...] = ("cluster", "adapters")
    for mode, held in (("unicast", "02-BF-0A-14-00-32"), ("igmp", "00-15-5D-14-00-11"), ("?", "00-15-5D-14-00-11")):
        given = ex.node("nlb1", mode, "10.20.0.50", "00-15-5D-14-00-11", "10.20.0.11")
        assert [nic.mac for nic in ex.facts("nlb1", needs, given).nics] == [held]


def test_a_node_in_order_is_found_in_order_by_the_checks_of_one_node() -> None:
    for slug in ("arp_retry_count", "mac_spoofing"):
        check = next(one for one in registry.checks() if one.slug == slug)
        facts = ex.facts("nlb1 hv1", check.about.needs, NODE)
        assert judge(check, facts).outcome == "ruled_out"
