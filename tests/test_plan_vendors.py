"""How the plan follows the vendor table, and how answers of several MIBs become one: VLAN contexts, own tables, fallbacks."""

from collections.abc import Iterable

from nlbwiz import facts as f
from nlbwiz.known import Facts
from nlbwiz.parse.gather import gather
from nlbwiz.plan import plan
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence
from tests.made import (
    AT,
    IOS,
    MIB2,
    POWERCONNECT_5424,
    Varbind,
    adapter,
    agent,
    answer,
    fdb,
    lost,
    octets,
    oid_end,
    site,
    snmp,
    vlans,
    vnic,
)

VNIC, HUAWEI, RARE = "00-15-5D-03-15-04", "1.3.6.1.4.1.2011.2.23.1", "1.3.6.1.4.1.99999.1"
NODE = answer("nlb1", "adapters", [adapter(VNIC)])
NO_VLANS = lost(
    "sw1", "vlans", status="unsupported", error="the agent does not have dot1qVlanStaticName (noSuchObject)"
)


def known(*evidence: Evidence) -> Facts:
    return gather(site(), None, evidence, at=AT, still_open=True)


def asks(need: f.Need, *evidence: Evidence) -> list[Ask]:
    return sorted(plan(site(), known(*evidence), frozenset({need})))


def vtp(*ids: int) -> Evidence:
    rows: list[Varbind] = [(f"1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.{one}", "int", 1) for one in ids]
    return snmp("sw1", "vlans-cisco", rows)


def ports(*rows: tuple[int, int | None]) -> Evidence:
    """ifIndex and bridge port; an interface without one has none in the default context."""
    found: list[Varbind] = []
    for ifindex, bridge in rows:
        found += [
            (f"{MIB2}.31.1.1.1.1.{ifindex}", "octets", octets(f"Gi{ifindex}")),
            (f"{MIB2}.2.2.1.8.{ifindex}", "int", 1),
        ]
        found.append((f"1.2.840.10006.300.43.1.2.1.1.13.{ifindex}", "int", 0))
        found += [(f"{MIB2}.17.1.4.1.2.{bridge}", "int", ifindex)] if bridge else []
    return snmp("sw1", "ports", found)


def in_context(vlan: int, port: int) -> Evidence:
    end = oid_end(VNIC)
    rows: list[Varbind] = [(f"{MIB2}.17.4.3.1.2.{end}", "int", port), (f"{MIB2}.17.4.3.1.3.{end}", "int", 3)]
    return snmp("sw1", "fdb-bridge", rows, VNIC, str(vlan))


def test_a_catalysts_macs_are_looked_for_in_every_vlans_context() -> None:
    cisco = (agent("sw1", IOS, forwarding=2), NO_VLANS, vtp(1, 10, 20, 1002), NODE)
    assert [(one.probe, one.args) for one in asks("fdb", *cisco)] == [
        ("fdb-bridge", (VNIC, vlan)) for vlan in ("1", "10", "20")
    ]
    assert [one.args for one in asks("ports", *cisco) if one.probe == "bridge-ports"] == [("1",), ("10",), ("20",)]


def test_the_vlans_of_the_virtual_nics_are_enough_where_they_are_known() -> None:
    described = answer("hv1", "vnics", [vnic(vlan=20)])
    found = asks("fdb", agent("sw1", IOS, forwarding=2), NO_VLANS, vtp(1, 10, 20), NODE, described)
    assert {one.args[1] for one in found} == {"20"}


def test_vlans_that_one_mib_has_are_not_lost_for_the_other_that_is_missing() -> None:
    assert known(agent("sw1", IOS, forwarding=2), NO_VLANS).coverage["vlans", "sw1"] == "lost"
    found = known(agent("sw1", IOS, forwarding=2), NO_VLANS, vtp(10))
    assert found.coverage["vlans", "sw1"] == "answered"
    assert [one.id for one in found.vlans] == [10]


def test_a_context_that_timed_out_is_lost_although_another_answered() -> None:
    found = known(
        agent("sw1", IOS, forwarding=2), vtp(10, 20), in_context(10, 7), lost("sw1", "fdb-bridge", VNIC, "20")
    )
    assert found.coverage["fdb", "sw1"] == "lost"
    assert [(one.vlan, one.port) for one in found.fdb] == [(10, 7)]


def test_bridge_ports_of_a_context_complete_those_of_the_default_one() -> None:
    context: list[Varbind] = [(f"{MIB2}.17.1.4.1.2.7", "int", 107), (f"{MIB2}.17.1.4.1.2.1", "int", 101)]
    found = known(
        agent("sw1", IOS, forwarding=2),
        ports((101, 1), (107, None), (108, None)),
        snmp("sw1", "bridge-ports", context, "10"),
    )
    assert [(one.ifindex, one.bridge) for one in found.ports] == [(101, 1), (107, 7), (108, None)]
    assert found.coverage["ports", "sw1"] == "answered"


def test_huaweis_own_mac_table_is_asked_by_mac_and_its_ifindex_becomes_a_bridge_port() -> None:
    huawei = agent("sw1", HUAWEI, forwarding=2)
    assert [(one.probe, one.args) for one in asks("fdb", huawei, vlans("sw1", 30), NODE)] == [("fdb-huawei", (VNIC,))]
    row: list[Varbind] = [(f"1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4.{oid_end(VNIC)}.30.1.48", "int", 107)]
    found = known(huawei, ports((107, 8)), snmp("sw1", "fdb-huawei", row, VNIC))
    assert [(one.vlan, one.port, one.status) for one in found.fdb] == [(30, 8, "learned")]


def test_a_powerconnect_is_asked_as_ever() -> None:
    found = asks("fdb", agent("sw1", POWERCONNECT_5424, forwarding=2), vlans("sw1", 1, 31), NODE)
    assert [(one.probe, one.args) for one in found] == [("fdb", (VNIC, "1", "31"))]
    assert known(fdb("sw1", VNIC, (31, 7, 3))).fdb[0].port == 7


def test_a_device_that_lists_no_vlan_is_skipped_through_only_when_that_is_known() -> None:
    def names(found: Iterable[Ask]) -> set[str]:
        return {one.probe for one in found}

    assert names(asks("vlans")) == {"vlans"}  # nothing is known of it yet
    rare = agent("sw1", RARE, forwarding=2)
    assert names(asks("vlans", rare, vlans("sw1", 31))) == {"vlans"}
    assert names(asks("vlans", rare, NO_VLANS)) == {"vlans", "fdb-ids"}


def test_narrow_counters_are_asked_for_where_the_wide_ones_are_missing() -> None:
    up = (agent("sw1", POWERCONNECT_5424, forwarding=2), ports((1, 1)))
    assert {one.probe for one in asks("counters", *up)} == {"counters"}
    none = lost(
        "sw1", "counters", "1", status="unsupported", error="the agent does not have ifHCInUcastPkts (noSuchObject)"
    )
    assert {one.probe for one in asks("counters", *up, none)} == {"counters-32"}


def test_a_port_list_becomes_interfaces() -> None:
    end = oid_end("03-BF-AC-1F-03-E8")
    rows: list[Varbind] = [
        (f"{MIB2}.17.7.1.3.2.1.3.31.{end}.0", "octets", "e0"),
        (f"{MIB2}.17.7.1.3.2.1.5.31.{end}.0", "int", 3),
    ]
    entry = snmp("sw1", "groups", rows, "03-BF-AC-1F-03-E8", "31")
    found = known(agent("sw1", POWERCONNECT_5424, forwarding=2), ports((101, 1), (102, 2)), entry)
    assert [one.ports for one in found.groups] == [(101, 102)]  # bridge port 3 is no interface
