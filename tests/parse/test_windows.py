"""Sections of the PowerShell asks -> facts: what Windows says, in the form in which it says it."""

import json
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbwiz import facts as f
from nlbwiz.addr import mac
from nlbwiz.facts import Need
from nlbwiz.parse import sections
from nlbwiz.parse.windows import NEVER_EMPTY, facts
from tests.made import GUID, adapter, address, answer, instance, listed, team, vm, vnic, vswitch

T = datetime(2026, 11, 24, 2, 59, 58, 123457, tzinfo=UTC)
TEXT_T = "2026-11-24T02:59:58.1234567Z"
"""How .NET's round-trip format writes it: seven decimals."""
VIP, DIP = IPv4Address("172.31.3.232"), IPv4Address("172.31.3.11")

OS: dict[str, object] = {
    "computer": "NLB1", "domain": "example.test", "caption": "Microsoft Windows Server 2012 R2 Standard",
    "version": "6.3.9600", "boot": TEXT_T, "clock": TEXT_T, "culture": "de-DE", "powershell": "4.0",
    "language_mode": "FullLanguage", "nlb_installed": True, "nlb_module": True,
}  # fmt: skip
HYPERVISOR: dict[str, object] = {
    "computer": "HV1", "domain": None, "caption": "Microsoft Windows Server 2016 Datacenter", "version": "10.0.14393",
    "boot": TEXT_T, "clock": TEXT_T, "pool_low": "00155D031500", "pool_high": "00155D0315FF", "migration_enabled": True,
    "max_migrations": 2,
}  # fmt: skip
STATE: dict[str, object] = {
    "source": "module", "primary": "172.31.3.232", "name": "nlb1", "priority": 1, "code": 1008,
    "text": "Converged(default)", "initial": "Started", "masked": True,
}  # fmt: skip
DRIVER: dict[str, object] = {
    "source": "module", "primary": "172.31.3.232", "mac": "01-00-5e-7f-03-e8", "host_id": 1, "state": "Started",
    "lines": [],
}  # fmt: skip
INTERFACE: dict[str, object] = {
    "source": "module", "index": 12, "alias": "NLB", "dad_transmits": 3, "dhcp": "Disabled", "forwarding": "Enabled",
    "weak_send": "Disabled", "weak_receive": "Disabled",
}  # fmt: skip


def read(target: str, section: str, *records: object) -> tuple[f.Fact, ...]:
    return facts(answer(target, section, list(records)))


@pytest.mark.parametrize(
    ("target", "section", "record", "want"),
    [
        ("nlb1", "os", OS,
         [f.Machine(target="nlb1", computer="NLB1", caption="Microsoft Windows Server 2012 R2 Standard", version="6.3.9600",
                    boot=T, clock=T, nlb_installed=True, evidence="nlb1/os")]),
        ("nlb1", "guest", {"host": "HV1", "host_fqdn": "hv1.example.test", "vm": "NLB1"},
         [f.Guest(node="nlb1", host="HV1", vm="NLB1", evidence="nlb1/guest")]),
        ("nlb1", "guest", {"host": None, "host_fqdn": None, "vm": None},
         [f.Guest(node="nlb1", host=None, vm=None, evidence="nlb1/guest")]),
        ("nlb1", "cluster", instance(mac="01-00-5e-7f-03-e8", group="239.255.3.232"),
         [f.Instance(node="nlb1", primary=VIP, mode="igmp", mac=mac("01005e7f03e8"), name="web.example", interface="NLB",
                     guid=GUID, source="module", evidence="nlb1/cluster")]),
        ("nlb1", "cluster", instance(mode=None, source="nlb.exe", name=None, interface=None, guid=None),
         [f.Instance(node="nlb1", primary=VIP, mode=None, mac=None, name="", interface="", guid="", source="nlb.exe",
                     evidence="nlb1/cluster")]),
        ("nlb1", "cluster", instance(primary="2001:db8::1"), []),
        ("nlb1", "vips", listed("172.31.3.233"),
         [f.Vip(node="nlb1", primary=VIP, role="vip", ip=IPv4Address("172.31.3.233"), prefix=24, complete=True,
                evidence="nlb1/vips")]),
        ("nlb1", "vips", listed("172.31.3.11", role="dip", source="wmi", mask=None),
         [f.Vip(node="nlb1", primary=VIP, role="dip", ip=DIP, prefix=None, complete=False, evidence="nlb1/vips")]),
        ("nlb1", "vips", listed("2001:db8::232", mask="::"), []),
        ("nlb1", "state", STATE,
         [f.NodeState(node="nlb1", primary=VIP, code=1008, text="Converged(default)", priority=1, initial="Started",
                      masked=True, evidence="nlb1/state")]),
        ("nlb1", "state", STATE | {"code": None, "initial": None, "masked": None, "text": "Misconfigured?"},
         [f.NodeState(node="nlb1", primary=VIP, code=None, text="Misconfigured?", priority=1, initial=None, masked=None,
                      evidence="nlb1/state")]),
        ("nlb1", "driver", DRIVER,
         [f.Driver(node="nlb1", primary=VIP, mac=mac("01005e7f03e8"), priority=1, state="Started", evidence="nlb1/driver")]),
        ("nlb1", "driver", DRIVER | {"primary": None, "mac": None, "state": None},
         [f.Driver(node="nlb1", primary=None, mac=None, priority=1, state=None, evidence="nlb1/driver")]),
        ("nlb1", "adapters", adapter("00-15-5D-03-15-04"),
         [f.Nic(target="nlb1", name="NLB", description="Microsoft Hyper-V Network Adapter #2", guid=GUID, index=12,
                mac=mac("00155d031504"), permanent=mac("00155d031504"), status="Up", physical=True,
                driver="Microsoft 6.3.9600.16384 2006-06-21", evidence="nlb1/adapters")]),
        ("nlb1", "adapters", adapter("", permanent=None, driver_date=None, driver_provider=None, driver_version=None),
         [f.Nic(target="nlb1", name="NLB", description="Microsoft Hyper-V Network Adapter #2", guid=GUID, index=12,
                mac=None, permanent=None, status="Up", physical=True, driver="", evidence="nlb1/adapters")]),
        ("nlb1", "addresses", address("172.31.3.11", "Tentative"),
         [f.Address(node="nlb1", ip=DIP, prefix=24, index=12, alias="NLB", state="Tentative", store="active",
                    evidence="nlb1/addresses")]),
        ("nlb1", "addresses", address("172.31.3.11", store="PersistentStore"),
         [f.Address(node="nlb1", ip=DIP, prefix=24, index=12, alias="NLB", state="Preferred", store="persistent",
                    evidence="nlb1/addresses")]),
        ("nlb1", "addresses", address("fe80::215:5dff:fe03:1504%12"), []),
        ("nlb1", "address-order", {"guid": GUID, "addresses": ["172.31.3.11", "fe80::1", "172.31.3.232"]},
         [f.AddressOrder(node="nlb1", guid=GUID, addresses=(DIP, VIP), evidence="nlb1/address-order")]),
        ("nlb1", "address-order", {"guid": GUID, "addresses": []},
         [f.AddressOrder(node="nlb1", guid=GUID, addresses=(), evidence="nlb1/address-order")]),
        ("nlb1", "dad", INTERFACE,
         [f.IpInterface(node="nlb1", index=12, alias="NLB", dad_transmits=3, dhcp="Disabled", forwarding="Enabled",
                        weak_send="Disabled", evidence="nlb1/dad")]),
        ("nlb1", "arp-retry-count", {"value": None},
         [f.ArpRetryCount(node="nlb1", value=None, evidence="nlb1/arp-retry-count")]),
        ("nlb1", "arp-retry-count", {"value": 0},
         [f.ArpRetryCount(node="nlb1", value=0, evidence="nlb1/arp-retry-count")]),
        ("hv1", "hypervisor", HYPERVISOR,
         [f.Machine(target="hv1", computer="HV1", caption="Microsoft Windows Server 2016 Datacenter", version="10.0.14393",
                    boot=T, clock=T, nlb_installed=None, evidence="hv1/hypervisor"),
          f.MacPool(host="hv1", low=mac("00155d031500"), high=mac("00155d0315ff"), max_migrations=2,
                    evidence="hv1/hypervisor")]),
        ("hv1", "vms", vm(),
         [f.Vm(host="hv1", name="NLB1", id="NLB1-id", running=True, migrating=False, evidence="hv1/vms")]),
        ("hv1", "vms", vm(operational=(2, 32774)),
         [f.Vm(host="hv1", name="NLB1", id="NLB1-id", running=True, migrating=True, evidence="hv1/vms")]),
        ("hv1", "vms", vm(operational=(), state=3),
         [f.Vm(host="hv1", name="NLB1", id="NLB1-id", running=False, migrating=False, evidence="hv1/vms")]),
        ("hv1", "vnics", vnic(spoofing=0),
         [f.VNic(host="hv1", vm="NLB1", vm_id="NLB1-id", name="NLB", mac=mac("00155d031504"), dynamic=True, spoofing=True,
                 switch="External", vlan=31, ips=(DIP, VIP), evidence="hv1/vnics", sriov=False)]),
        ("hv1", "vnics", vnic("000000000000", spoofing=1, switch=None, status=[], ips=["fe80::1", "172.31.3.11"]),
         [f.VNic(host="hv1", vm="NLB1", vm_id="NLB1-id", name="NLB", mac=None, dynamic=True, spoofing=False, switch="",
                 vlan=31, ips=(DIP,), evidence="hv1/vnics", sriov=False)]),
        ("hv1", "vnics", vnic(vm_name=None, name="Management", sriov=None, ips=[]),
         [f.VNic(host="hv1", vm="", vm_id="", name="Management", mac=mac("00155d031504"), dynamic=True, spoofing=False,
                 switch="External", vlan=31, ips=(), evidence="hv1/vnics")]),
        ("hv1", "vswitches", vswitch("Intel(R) X520 #1"),
         [f.VSwitch(host="hv1", name="External", external=True, uplinks=("Intel(R) X520 #1",), evidence="hv1/vswitches")]),
        ("hv1", "vswitches", vswitch(type=0),
         [f.VSwitch(host="hv1", name="External", external=False, uplinks=(), evidence="hv1/vswitches")]),
        ("hv1", "vswitches", vswitch("A", "B", embedded=True, mode=1, balancing=4),
         [f.VSwitch(host="hv1", name="External", external=True, uplinks=("A", "B"), evidence="hv1/vswitches"),
          f.Team(host="hv1", name="External", kind="set", mode="switch-independent", balancing="hyper-v-port",
                 members=("A", "B"), standby=(), failed=(), vswitch="External", evidence="hv1/vswitches")]),
        ("hv1", "teams", team(),
         [f.Team(host="hv1", name="Team1", kind="lbfo", mode="lacp", balancing="dynamic",
                 members=("Intel(R) X520 #1", "Intel(R) X520 #2"), standby=(), failed=(),
                 vswitch="Microsoft Network Adapter Multiplexor Driver", evidence="hv1/teams")]),
        ("hv1", "uplinks", adapter("A0-36-9F-10-20-30", "NIC1", physical=True),
         [f.Nic(target="hv1", name="NIC1", description="Microsoft Hyper-V Network Adapter #2", guid=GUID, index=12,
                mac=mac("a0369f102030"), permanent=mac("a0369f102030"), status="Up", physical=True,
                driver="Microsoft 6.3.9600.16384 2006-06-21", evidence="hv1/uplinks")]),
    ],
)  # fmt: skip
def test_a_record_becomes_these_facts(target: str, section: str, record: object, want: list[f.Fact]) -> None:
    assert list(read(target, section, record)) == want


@pytest.mark.parametrize(
    ("mode", "want"),
    [
        ("UNICAST", "unicast"),
        ("Unicast", "unicast"),
        ("MULTICAST", "multicast"),
        ("IGMPMULTICAST", "igmp"),
        ("IgmpMulticast", "igmp"),
        (" IGMPMULTICAST ", "igmp"),
        ("", None),
        ("ANYCAST", None),
    ],
)
def test_a_mode_that_is_not_known_stays_unknown(mode: str, want: str | None) -> None:
    (found,) = read("nlb1", "cluster", instance(mode=mode))
    assert isinstance(found, f.Instance)
    assert found.mode == want


@pytest.mark.parametrize(
    ("mask", "want"), [("255.255.255.0", 24), ("255.255.255.255", 32), ("", None), ("::", None), ("nonsense", None)]
)
def test_a_mask_that_is_none_is_no_prefix(mask: str, want: int | None) -> None:
    (found,) = read("nlb1", "vips", listed("172.31.3.233", mask=mask))
    assert isinstance(found, f.Vip)
    assert found.prefix == want


@pytest.mark.parametrize(("number", "want"), [(0, "static"), (1, "switch-independent"), (2, "lacp")])
def test_the_teaming_mode_is_an_enum(number: int, want: str) -> None:
    (found,) = read("hv1", "teams", team(mode=number))
    assert isinstance(found, f.Team)
    assert found.mode == want


@pytest.mark.parametrize(
    ("number", "want"),
    [(0, "transport-ports"), (2, "ip-addresses"), (3, "mac-addresses"), (4, "hyper-v-port"), (5, "dynamic")],
)
def test_load_balancing_is_an_enum_without_a_one(number: int, want: str) -> None:
    (found,) = read("hv1", "teams", team(balancing=number))
    assert isinstance(found, f.Team)
    assert found.balancing == want


def test_a_switch_embedded_team_without_a_setting_balances_by_dynamic() -> None:
    _, found = read("hv1", "vswitches", vswitch("A", "B", embedded=True, mode=None, balancing=None))
    assert isinstance(found, f.Team)
    assert (found.kind, found.balancing) == ("set", "dynamic")


def test_members_on_standby_and_failed_ones_are_told_apart() -> None:
    members = [
        {"name": name, "description": name, "admin": admin, "operational": operational}
        for name, admin, operational in (("active", 0, 0), ("standby", 1, 1), ("failed", 0, 4096))
    ]
    (found,) = read("hv1", "teams", team(members=members, nics=["Multiplexor", "Multiplexor #2"]))
    assert isinstance(found, f.Team)
    assert (found.members, found.standby, found.failed) == (("active", "standby", "failed"), ("standby",), ("failed",))
    assert found.vswitch == "Multiplexor\nMultiplexor #2"  # parse.gather joins the vSwitch


# ---- neighbours ----


def neighbour(ip: str, at: str, state: str) -> dict[str, object]:
    return {"ip": ip, "mac": at, "index": 12, "state": state}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (neighbour("172.31.3.232", "01-00-5E-7F-03-E8", "Reachable"), "dynamic"),
        (neighbour("172.31.3.232", "01-00-5E-7F-03-E8", "Stale"), "dynamic"),
        (neighbour("172.31.3.232", "01-00-5E-7F-03-E8", "Permanent"), "static"),
        (neighbour("172.31.3.232", "", "Incomplete"), None),
        (neighbour("172.31.3.232", "00-00-00-00-00-00", "Incomplete"), None),
        (neighbour("172.31.3.232", "01-00-5E-7F-03-E8", "Unreachable"), None),
        (neighbour("172.31.3.232", "00-00-00-00-00-00", "Permanent"), None),
        (neighbour("224.0.0.22", "01-00-5E-00-00-16", "Permanent"), None),
        (neighbour("172.31.3.255", "FF-FF-FF-FF-FF-FF", "Permanent"), None),
        (neighbour("255.255.255.255", "FF-FF-FF-FF-FF-FF", "Permanent"), None),
        (neighbour("fe80::1", "00-15-5D-03-15-04", "Reachable"), None),
    ],
)
@pytest.mark.parametrize(
    ("target", "section", "via"), [("nlb1", "neighbors", "node"), ("hv1", "host-neighbors", "host")]
)
def test_a_neighbour_counts_when_it_has_an_address_of_its_own(
    row: dict[str, object], kind: str | None, target: str, section: str, via: str
) -> None:
    found = read(target, section, row)
    assert [(v.device, v.via, v.kind) for v in found if isinstance(v, f.ArpView)] == (
        [(target, via, kind)] if kind else []
    )
    assert len(found) == bool(kind)


# ---- events ----


def log(*events: dict[str, object], provider: str = "Tcpip", oldest: str | None = TEXT_T) -> dict[str, object]:
    return {"log": "System", "provider": provider, "oldest": oldest, "truncated": False, "events": list(events)}


def event(number: int, *inserts: str) -> dict[str, object]:
    return {"id": number, "at": TEXT_T, "inserts": list(inserts)}


@pytest.mark.parametrize(
    ("inserts", "ip", "at"),
    [
        (("", "172.31.3.232", "00:15:5D:09:09:09"), "172.31.3.232", "00-15-5D-09-09-09"),  # Tcpip 4199: %2 and %3
        (("172.31.3.232", "00-15-5D-09-09-09"),     "172.31.3.232", "00-15-5D-09-09-09"),
        (("0.0.0.0", "0015 5D09 0909"),             "0.0.0.0",      None),
        (("", "172.31.3.232", "00155D090909"),      "172.31.3.232", "00-15-5D-09-09-09"),
        (("NLB1", "172.31.3.256", "1"),             None,           None),
        (("2001:db8::1", "not a MAC"),              None,           None),
        ((),                                        None,           None),
    ],
)  # fmt: skip
def test_an_insert_that_parses_as_an_address_is_one(inserts: tuple[str, ...], ip: str | None, at: str | None) -> None:
    window, found = read("nlb1", "events", log(event(4199, *inserts)))
    assert window == f.LogWindow(target="nlb1", provider="Tcpip", oldest=T, truncated=False, evidence="nlb1/events")
    assert found == f.Event(
        target="nlb1", provider="Tcpip", id=4199, at=T, ip=IPv4Address(ip) if ip else None, mac=mac(at) if at else None,
        inserts=inserts, evidence="nlb1/events",
    )  # fmt: skip


def test_a_log_without_events_still_tells_how_far_back_it_reaches() -> None:
    found = read("hv1", "migrations", log(provider="MsLbfo"), log(provider="VMMS", oldest=None))
    assert [(w.provider, w.oldest) for w in found if isinstance(w, f.LogWindow)] == [("MsLbfo", T), ("VMMS", None)]


# ---- nlb.exe: what it prints is localised ----

PARAMS = """
WLBS Cluster Control Utility V2.6 (c) 1997-2013 Microsoft Corporation.
Cluster 172.31.3.232
Parameter werden abgerufen
Aktuelle Zeit             = 24.11.2026 02:59:58
HostName                  = NLB1
ParametersVersion         = 6
CurrentVersion            = 00000204
HostPriority              = 1
ClusterIPAddress          = 172.31.3.232
ClusterNetworkMask        = 255.255.255.0
McastIPAddress            = 239.255.3.232
ClusterName               = web.example
ClusterNetworkAddress     = 01-00-5e-7f-03-e8
MulticastSupportEnable    = AKTIVIERT
PortRules (1):

Cluster 172.24.1.201
HostName                  = NLB1
ParametersVersion         = 6
HostPriority              = 7
ClusterIPAddress          = 172.24.1.201
ClusterNetworkAddress     = 02-bf-ac-18-01-c9
Statistics:
  Number of active connections        = 0
"""


def test_nlb_params_of_two_instances_in_another_language_are_two_drivers() -> None:
    record = DRIVER | {"source": "nlb.exe", "primary": None, "mac": None, "lines": PARAMS.splitlines()}
    found = read("nlb1", "driver", record)
    assert [(d.primary, d.mac, d.priority) for d in found if isinstance(d, f.Driver)] == [
        (VIP, "01-00-5E-7F-03-E8", 1),
        (IPv4Address("172.24.1.201"), "02-BF-AC-18-01-C9", 7),
    ]


@pytest.mark.parametrize("lines", [[], ["WLBS ist nicht installiert."], ["ParametersVersion = 6", "HostPriority = 1"]])
def test_nlb_params_that_tell_nothing_are_no_driver(lines: list[str]) -> None:
    assert read("nlb1", "driver", DRIVER | {"source": "nlb.exe", "lines": lines}) == ()


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (
            "Cluster 172.31.3.232\nHost 1 converged as DEFAULT with the following host(s) as part of the cluster:\n2, 1",
            [("172.31.3.232", (1, 2))],
        ),
        (
            "Cluster 172.31.3.232.\nDer Host 1 ist als STANDARD zusammengeführt. Hosts im Cluster:\n  1,2 , 32  ",
            [("172.31.3.232", (1, 2, 32))],
        ),
        ("Cluster 172.31.3.232\n1, 2\nCluster 172.24.1.201\n7", [("172.31.3.232", (1, 2)), ("172.24.1.201", (7,))]),
        ("Cluster 172.31.3.232\nHost 1 is stopped.\nCluster 172.24.1.201\n7", [("172.24.1.201", (7,))]),
        ("Cluster 172.31.3.232\n1, 2\nCluster [2001:db8::1]\n3", [("172.31.3.232", (1, 2)), (None, (3,))]),
        ("Cluster 172.31.3.232\nHost 1 is stopped.\nCluster 2001:db8::1\n3", [(None, (3,))]),
        ("1, 2", [(None, (1, 2))]),
        ("WLBS Cluster Control Utility V2.6 (10.0.17763.1)\nCluster 999.1.1.1\n", []),
        ("", []),
    ],
)
def test_nlb_query_is_read_by_pattern(text: str, want: list[tuple[str | None, tuple[int, ...]]]) -> None:
    found = read("nlb1", "query", {"lines": text.splitlines()})
    told = [(str(m.primary) if m.primary else None, m.hosts) for m in found if isinstance(m, f.Membership)]
    assert told == want


# ---- forms that Windows PowerShell gives arrays ----


def wrapped(data: object) -> object:
    """The same with every list as Windows PowerShell 3.0 to 5.1 may write it."""
    if isinstance(data, list):
        return {"value": [wrapped(each) for each in data], "Count": len(data)}
    if isinstance(data, dict):
        return {key: wrapped(value) for key, value in data.items()}
    return data


@pytest.mark.parametrize(
    ("section", "record"),
    [
        ("vnics", vnic()),
        ("vms", vm()),
        ("teams", team()),
        ("vswitches", vswitch("A", "B", embedded=True, mode=1, balancing=5)),
        ("migrations", log(event(20415, "a", "b"))),
        ("vnics", vnic(status=[], ips=[])),
    ],
)
def test_an_array_that_powershell_wrapped_reads_as_its_list(section: str, record: dict[str, object]) -> None:
    whole = answer("hv1", section, wrapped([record]))
    inside = answer("hv1", section, [wrapped(record)])
    assert facts(whole) == facts(inside) == read("hv1", section, record)


def test_a_registry_value_with_such_names_stays_what_it_is() -> None:
    assert read("nlb1", "registry", {"guid": GUID, "values": {"value": "1", "Count": "2"}}) == ()


@pytest.mark.parametrize("raw", ["", "[]", '{"value": [], "Count": 0}'])
@pytest.mark.parametrize("section", sorted({*sections.NODE, *sections.HOST} - NEVER_EMPTY))
def test_an_empty_answer_has_no_facts(section: str, raw: str) -> None:
    assert facts(answer("x", section, raw, status="empty")) == ()


@pytest.mark.parametrize("raw", ["", "[]", '{"value": [], "Count": 0}'])
@pytest.mark.parametrize("section", sorted(NEVER_EMPTY))
def test_a_section_that_no_machine_answers_with_nothing_was_not_read(section: str, raw: str) -> None:
    with pytest.raises(ValueError, match="holds no record"):
        facts(answer("x", section, raw, status="empty"))


# ---- what is not as agreed is refused, with the place ----


@pytest.mark.parametrize(
    ("section", "data", "says"),
    [
        ("os", {**OS, "boot": "yesterday"}, r"Invalid RFC3339 .*\$\[0\].boot"),
        ("os", {**OS, "boot": "2026-11-24T02:59:58"}, r"with a timezone component .*\$\[0\].boot"),
        ("os", {**OS, "boot": "\\/Date(1326441600000)\\/"}, r"\$\[0\].boot"),
        ("os", {"computer": "NLB1"}, r"missing required field `domain` .*\$\[0\]"),
        ("cluster", instance() | {"primary": None}, r"Expected `str`, got `null` .*\$\[0\].primary"),
        ("cluster", instance(primary="172.31.3"), "172.31.3"),
        ("cluster", instance(primary=""), "Address cannot be empty"),
        ("cluster", instance(mac="03-bf-ac-1f"), "is not a MAC address"),
        ("cluster", None, r"Expected `object`, got `null` .*\$\[0\]"),
        ("vnics", vnic(spoofing=2), r"Invalid enum value 2 .*\$\[0\].spoofing"),
        ("vnics", vnic(spoofing="On"), r"\$\[0\].spoofing"),
        ("vnics", vnic(spoofing=None), r"\$\[0\].spoofing"),
        ("vnics", vnic(spoofing=False), r"\$\[0\].spoofing"),
        ("vnics", vnic(ips="172.31.3.11"), r"Expected `array`, got `str` .*\$\[0\].ips"),
        ("vnics", vnic(ips={"value": ["172.31.3.11"], "Count": 2}), r"Expected `array`, got `object` .*\$\[0\].ips"),
        ("vms", vm() | {"operational": 2}, r"Expected `array`, got `int` .*\$\[0\].operational"),
        ("teams", team(mode=3), r"Invalid enum value 3 .*\$\[0\].mode"),
        ("teams", team(balancing=1), r"Invalid enum value 1 .*\$\[0\].balancing"),
        ("vswitches", vswitch("A", embedded=True, mode=1, balancing=0), r"Invalid enum value 0 .*\$\[0\].balancing"),
        ("arp-retry-count", {"value": "three"}, r"\$\[0\].value"),
        ("arp-retry-count", {"value": 0.5}, r"Expected `int.*\$\[0\].value"),
        ("hypervisor", {**HYPERVISOR, "pool_low": ""}, "is not a MAC address"),
        ("neighbors", neighbour("", "00-15-5D-03-15-04", "Reachable"), "Address cannot be empty"),
        ("neighbors", neighbour("172.31.3.232", "00-15-5D-03-15-04-00-00", "Reachable"), "is not a MAC address"),
        ("addresses", address("172.31.3.300"), "172.31.3.300"),
    ],
)
def test_a_record_that_is_not_as_agreed_is_refused_with_its_place(section: str, data: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read("x", section, data)


@pytest.mark.parametrize("raw", ["{}", "null", '"text"', "[[", "[{]", "\x00", '{"data": []}', '[{"value": 1}, 2]'])
def test_text_that_is_no_list_of_records_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        facts(answer("nlb1", "arp-retry-count", raw))


def test_a_single_object_where_a_list_is_due_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected `array`, got `object`"):
        facts(answer("nlb1", "arp-retry-count", {"value": 3}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(
        [
            ("cluster", instance()),
            ("vips", listed("172.31.3.233")),
            ("addresses", address("172.31.3.11")),
            ("adapters", adapter("00-15-5D-03-15-04")),
            ("neighbors", neighbour("172.31.3.232", "01-00-5E-7F-03-E8", "Stale")),
            ("events", log(event(4199, "", "172.31.3.232", "00155D090909"))),
            ("vnics", vnic()),
            ("teams", team()),
            ("vswitches", vswitch("A", embedded=True)),
            ("driver", DRIVER | {"source": "nlb.exe", "lines": ["ClusterIPAddress = 172.31.3.232"]}),
            ("query", {"lines": ["Cluster 172.31.3.232", "1, 2"]}),
        ]
    ),
    st.data(),
)
def test_whatever_stands_in_a_field_gives_facts_or_a_value_error(
    what: tuple[str, dict[str, object]], data: st.DataObject
) -> None:
    section, record = what
    field = data.draw(st.sampled_from(sorted(record)))
    odd = {**record, field: data.draw(JSON)}
    try:
        found = facts(answer("x", section, json.dumps([odd])))
    except ValueError:
        return
    assert all(fact.evidence == f"x/{section}" for fact in found)


def test_every_section_of_the_scripts_gives_a_need() -> None:
    assert set(sections.NODE) | set(sections.HOST) <= set(get_args(Need))
