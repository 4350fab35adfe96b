"""Multicast entries, settings and counters. No public recording has such rows: these are written by hand from the MIBs."""

from ipaddress import IPv4Address

import pytest

from nlbwiz import facts as f
from nlbwiz.mibs import Oid
from nlbwiz.parse.snmp import facts
from nlbwiz.probes import PROBES
from nlbwiz.record.evidence import Evidence
from tests.made import Varbind, oid_end, snmp

MAC, GROUP = "01-00-5E-7F-03-E8", "239.255.3.232"
END = oid_end(MAC)


def rows(probe: str, *found: tuple[str, str, str | int]) -> list[Varbind]:
    """Rows of a probe's objects: name, index, value; a text is octets in hex."""
    oids: dict[str, Oid] = dict(PROBES[probe].oids)
    made: list[Varbind] = []
    for name, index, value in found:
        dotted = ".".join(map(str, oids[name])) + (f".{index}" if index else "")
        made.append((dotted, "octets" if isinstance(value, str) else "int", value))
    return made


def groups(
    probe: str, *found: tuple[str, str, str | int], args: tuple[str, ...] = (MAC, "31")
) -> list[tuple[object, ...]]:
    entries = facts(snmp("sw1", probe, rows(probe, *found), *args))
    assert all(isinstance(one, f.GroupEntry) for one in entries)
    return [(one.status, one.vlan, one.ports) for one in entries if isinstance(one, f.GroupEntry)]


EGRESS, LEARNT = "dot1qTpGroupEgressPorts", "dot1qTpGroupLearnt"
TYPED, STATE = "dot1qStaticMulticastStaticEgressPorts", "dot1qStaticMulticastStatus"


@pytest.mark.parametrize(
    ("found", "want"),
    [
        (((TYPED, f"31.{END}.0", "c0"), (STATE, f"31.{END}.0", 3)), [("static", 31, (1, 2))]),
        (((EGRESS, f"31.{END}", "c0"), (LEARNT, f"31.{END}", "00")), [("static", 31, (1, 2))]),  # nothing of it was learnt
        (((EGRESS, f"31.{END}", "c0"), (LEARNT, f"31.{END}", "40")), [("learned", 31, (1, 2))]),
        (((EGRESS, f"31.{END}", "c0"),), [("learned", 31, (1, 2))]),
        (  # configured on port 1, and port 2 joined
            ((TYPED, f"31.{END}.0", "80"), (STATE, f"31.{END}.0", 3), (EGRESS, f"31.{END}", "c0"), (LEARNT, f"31.{END}", "40")),
            [("static", 31, (1,)), ("learned", 31, (1, 2))],
        ),
        (  # the same row in both tables is one entry
            ((TYPED, f"31.{END}.0", "80"), (STATE, f"31.{END}.0", 3), (EGRESS, f"31.{END}", "80"), (LEARNT, f"31.{END}", "")),
            [("static", 31, (1,))],
        ),
        (((TYPED, f"31.{END}.0", "80"), (STATE, f"31.{END}.0", 2)), [("none", None, ())]),  # invalid: being taken out
        ((), [("none", None, ())]),
    ],
)  # fmt: skip
def test_an_entry_is_configured_or_learnt_and_no_row_is_a_fact(
    found: tuple[tuple[str, str, str | int], ...], want: list[tuple[object, ...]]
) -> None:
    assert groups("groups", *found) == want


def test_without_the_tables_there_is_no_entry_and_no_proof() -> None:
    missing: list[Varbind] = [(".".join(map(str, (*oid, 31))), "no_such_object") for _, oid in PROBES["groups"].oids]
    with pytest.raises(ValueError, match="does not have these tables"):
        facts(snmp("sw1", "groups", missing, MAC, "31"))


@pytest.mark.parametrize(
    ("probe", "args", "found", "want"),
    [
        (
            "groups-bridge", (MAC, "10"),
            (("dot1dStaticAllowedToGoTo", f"{END}.0", "c0"), ("dot1dStaticStatus", f"{END}.0", 3)), [("static", 10, (1, 2))],
        ),
        (
            "groups-bridge", (MAC, "10"),
            (("dot1dStaticAllowedToGoTo", f"{END}.0", "c0"), ("dot1dStaticStatus", f"{END}.0", 4)), [("learned", 10, (1, 2))],
        ),
        ("groups-cisco", (GROUP, "10"), (("cisMcastGroupPortList", f"10.1.4.{GROUP}", "80"),), [("learned", 10, (1,))]),
        (
            "groups-radlan", (GROUP, "10"),
            (("rlBrgStaticIpMulticastFrwPorts", f"10.{GROUP}.0.0.0.0", "80"),), [("static", 10, (1,))],
        ),
        ("groups-radlan", (GROUP, "10"), (("rlBrgIpMulticastEgressPorts", f"10.{GROUP}.0.0.0.0", "80"),), [("learned", 10, (1,))]),
        (
            "groups-fastpath", (MAC, "10"),
            (("agentSwitchMFDBType", f"10.{END}.1", 1), ("agentSwitchMFDBForwardingPortMask", f"10.{END}.1", "80")),
            [("static", 10, (1,))],
        ),
        (
            "groups-cx", (GROUP, "10"),
            (("arubaWiredMgmdGroupType", f"10.1.4.{GROUP}", 2), ("arubaWiredMgmdJoinedPorts", f"10.1.4.{GROUP}", "80")),
            [("static", 10, (1,))],
        ),
    ],
)  # fmt: skip
def test_every_vendors_table_gives_the_same_kind_of_entry(
    probe: str, args: tuple[str, ...], found: tuple[tuple[str, str, str | int], ...], want: list[tuple[object, ...]]
) -> None:
    assert groups(probe, *found, args=args) == want


def test_a_snooped_entry_without_ports_is_not_a_blocked_group() -> None:
    row = rows("groups-bridge", ("dot1dStaticAllowedToGoTo", f"{END}.0", ""), ("dot1dStaticStatus", f"{END}.0", 4))
    with pytest.raises(ValueError, match="tells no ports"):
        facts(snmp("sw1", "groups-bridge", row, MAC, "10"))


# ---- settings ----


def settings(probe: str, *found: tuple[str, str, str | int]) -> dict[int | None, f.Multicast]:
    return {one.vlan: one for one in facts(snmp("sw1", probe, rows(probe, *found))) if isinstance(one, f.Multicast)}


@pytest.mark.parametrize(
    ("enable", "filters", "unregistered"),
    [(2, "ff", "forward"), (1, "", "forward"), (1, "00", "forward"), (1, "40", "drop")],
)
def test_a_powerconnect_floods_until_filtering_is_on_and_a_port_filters(
    enable: int, filters: str, unregistered: str
) -> None:
    found = settings(
        "multicast-radlan", ("rlMacMulticastEnable.0", "", enable), ("rlIgmpSnoopEnable.0", "", 1),
        ("rlIgmpSnoopHostAgingTime.0", "", 260), ("rlIgmpSnoopVlanEnable", "31", 1), ("rlIgmpSnoopVlanEnable", "32", 2),
        ("rlMacMulticastUnregFilterEnable.0", "", filters),
    )  # fmt: skip
    assert (found[None].filtering, found[None].unregistered, found[None].lookup) == (enable == 1, unregistered, "mac")
    assert [(vlan, one.snooping, one.host_timeout_s) for vlan, one in found.items() if vlan] == [
        (31, True, 260.0),
        (32, False, 260.0),
    ]


@pytest.mark.parametrize(("mode", "lookup"), [(1, "mac"), (2, "ip"), (3, "ip")])
def test_what_a_vlan_is_looked_up_by(mode: int, lookup: str) -> None:
    found = settings("multicast-csb", ("csbMacMulticastEnable.0", "", 1), ("csbBrgMcMngrVlanMode", "31", mode))
    assert found[31].lookup == lookup


def test_the_other_vendors_settings() -> None:
    cisco = settings("multicast-cisco", ("cisIgmpSnoopingEnabled.0", "", 1), ("cisVlanIgmpSnoopingEnabled", "10", 1),
                     ("cisIgmpQuerierState", "10", 3), ("cisIgmpQuerierAddress", "10", "0a000001"))  # fmt: skip
    assert (cisco[10].snooping, cisco[10].querier, cisco[10].querier_address) == (True, True, IPv4Address("10.0.0.1"))
    h3c = settings("multicast-h3c", ("hh3cIgmpSnoopingStatus.0", "", 1), ("hh3cIgmpSnoopingNonFloodingStatus.0", "", 1))
    assert (h3c[None].snooping, h3c[None].unregistered) == (True, "drop")
    procurve = settings("multicast-hp", ("hpSwitchIgmpState", "50", 2), ("hpSwitchIgmpQuerierState", "50", 1))
    assert (procurve[50].snooping, procurve[50].querier) == (False, True)
    fastpath = settings(
        "multicast-fp", ("agentSwitchSnoopingAdminMode", "1", 1), ("agentSwitchSnoopingVlanAdminMode", "10.1", 0)
    )
    assert (fastpath[None].snooping, fastpath[10].snooping) == (True, False)
    plain = settings(
        "multicast", ("dot1qForwardUnregisteredPorts", "10", "ff"), ("dot1qForwardUnregisteredPorts", "11", "00")
    )
    assert [one.unregistered for one in plain.values()] == ["forward", None]


@pytest.mark.parametrize("probe", [name for name, probe in PROBES.items() if probe.gives == "multicast"])
def test_a_switch_that_shows_nothing_of_it_leaves_it_unknown(probe: str) -> None:
    with pytest.raises(ValueError, match="does not show"):
        facts(snmp("sw1", probe, []))


# ---- counters ----


def counted(probe: str, prefix: str) -> Evidence:
    found: list[tuple[str, str, str | int]] = [
        (f"{prefix}{way}{cast}Pkts", "7", 10 * w + c)
        for w, way in enumerate(("In", "Out"))
        for c, cast in enumerate(("Ucast", "Multicast", "Broadcast"))
    ]
    uptime: Varbind = ("1.3.6.1.2.1.1.3.0", "ticks", 4200)
    return snmp("sw1", probe, [uptime, *rows(probe, *found)], "7", "8")


@pytest.mark.parametrize(("probe", "prefix"), [("counters", "ifHC"), ("counters-32", "if")])
def test_a_port_that_counts_is_a_fact_with_the_agents_own_time(probe: str, prefix: str) -> None:
    (one,) = facts(counted(probe, prefix))
    assert isinstance(one, f.PortCounters)
    assert (one.port, one.uptime_s) == (7, 42.0)
    assert (one.in_ucast, one.in_mcast, one.in_bcast, one.out_ucast, one.out_mcast, one.out_bcast) == (
        0,
        1,
        2,
        10,
        11,
        12,
    )


def test_an_agent_without_wide_counters_says_so() -> None:
    with pytest.raises(ValueError, match="does not count packets"):
        facts(snmp("sw1", "counters", [("1.3.6.1.2.1.1.3.0", "ticks", 4200)], "7"))
