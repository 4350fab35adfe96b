"""An instance and its NIC: by which keys the lists are joined, and what is said when something is not there."""

from dataclasses import replace
from ipaddress import IPv4Address

from nlbwiz import example as ex
from nlbwiz.facts import AddressOrder, Fact, Need
from nlbwiz.joins.binding import Binding, at_home, bind, in_migration
from nlbwiz.known import Facts

NEEDS: tuple[Need, ...] = ("cluster", "vips", "adapters", "addresses", "address-order", "vms", "vnics")
PRIMARY, OWN, MAC = "10.20.0.50", "10.20.0.11", "00-15-5D-14-00-11"
GUID = "{5E2B7B8C-0000-4000-8000-00000000000C}"


def site(*more: Fact, nics: bool = True, vips: bool = True) -> Facts:
    order = (IPv4Address(OWN), IPv4Address(PRIMARY))
    given: list[Fact] = [
        replace(ex.instance("nlb1", PRIMARY, "multicast"), guid=GUID.lower(), interface="renamed since"),
        AddressOrder(node="nlb1", guid=GUID.strip("{}"), addresses=order, evidence="nlb1/address-order"),
        ex.address("nlb1", PRIMARY, index=12),
        replace(ex.address("nlb1", PRIMARY, index=13), alias="LAN"),
        replace(ex.address("nlb1", OWN, index=12), store="persistent", state="Invalid"),
        replace(ex.address("nlb1", "10.9.0.1", index=13), store="persistent", state="Invalid"),
        *more,
    ]
    given += [replace(ex.nic("nlb1", MAC, index=12), guid=GUID)] if nics else []
    given += [ex.vip("nlb1", PRIMARY, PRIMARY), ex.vip("nlb1", PRIMARY, OWN, role="dip")] if vips else []
    return ex.facts("nlb1 hv1", NEEDS, given)


def bound(facts: Facts) -> Binding:
    got = bind(facts, facts.instances[0])
    assert isinstance(got, Binding), got
    return got


def test_the_lists_are_joined_by_guid_and_interface_index_however_the_guid_is_written() -> None:
    got = bound(site())
    assert got.where == "nlb1, NLB"
    assert got.order == (IPv4Address(OWN), IPv4Address(PRIMARY))
    assert got.persistent == {IPv4Address(OWN)}
    assert [one.ip for one in got.vips] == [IPv4Address(PRIMARY)]
    assert [one.ip for one in got.dips] == [IPv4Address(OWN)]


def test_an_address_on_the_nlb_nic_and_the_same_on_another_are_kept_apart() -> None:
    got, ip = bound(site()), IPv4Address(PRIMARY)
    here = got.here(ip)
    assert here is not None
    assert (here.index, [one.alias for one in got.elsewhere(ip)]) == (12, ["LAN"])


def test_what_is_not_there_is_said_in_words() -> None:
    for facts, words in (
        (site(nics=False), "the NIC of the NLB instance 10.20.0.50 is not among the node's adapters"),
        (site(vips=False), "NLB's own list does not hold the instance 10.20.0.50"),
    ):
        assert bind(facts, facts.instances[0]) == words


def test_a_node_is_in_migration_when_its_vm_is() -> None:
    moving = replace(ex.vm("hv1", "NLB1"), migrating=True)
    assert in_migration(site(ex.vnic("hv1", "NLB1", MAC), moving)) == {"nlb1"}
    assert in_migration(site(ex.vnic("hv1", "NLB1", MAC), ex.vm("hv1", "NLB1"))) == set()
    assert in_migration(site(ex.vnic("hv1", "OTHER", "00-15-5D-14-00-77"), moving)) == set()


def test_each_host_is_named_with_the_nodes_that_are_on_it_now() -> None:
    given = [
        *ex.node("nlb1", "unicast", PRIMARY, "00-15-5D-14-00-11", "10.20.0.11"),
        *ex.node("nlb2", "unicast", PRIMARY, "00-15-5D-14-00-12", "10.20.0.12"),
        *ex.node("nlb3", "unicast", PRIMARY, "00-15-5D-14-00-13", "10.20.0.13", host="hv2"),
    ]
    facts = ex.facts("nlb1 nlb2 nlb3 hv1 hv2", NEEDS, given)
    assert at_home(facts) == {"hv1": {"nlb1": "hv1/vnics", "nlb2": "hv1/vnics"}, "hv2": {"nlb3": "hv2/vnics"}}
    assert at_home(ex.facts("nlb1 nlb2 nlb3 hv1 hv2", NEEDS, given, silent="hv1/vnics")) == {
        "hv2": {"nlb3": "hv2/vnics"}
    }
