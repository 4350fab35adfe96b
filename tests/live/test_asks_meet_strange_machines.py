"""What the asks say of machines that no scenario has: errors, missing rights, old Windows, odd names, nothing at all."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from nlbwiz.lab import scenario
from nlbwiz.parse.sections import HOST, NODE
from tests.engine import Engine
from tests.live.simulated import NOW, Job, Line, Values, read, run

WORLD = scenario.load("healthy-igmp", now=NOW).world
NODE_NAME, HOST_NAME = WORLD.nodes[0].name, WORLD.hosts[0].name
TCPIP = "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"
INTERFACES = "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\WLBS\\Parameters\\Interface"
DENIED = "System.UnauthorizedAccessException"
RUNTIME = "System.Management.Automation.RuntimeException"


def data(line: Line) -> list[dict[str, Any]]:
    """The records of a section that did not fail."""
    assert line["error"] is None, line
    records: list[dict[str, Any]] = line["data"]
    return records


def failed(line: Line, kind: str) -> list[dict[str, Any]]:
    """What a section that failed for this reason had read before."""
    assert line["error"]["type"] == kind, line
    assert line["error"]["message"]
    records: list[dict[str, Any]] = line["data"]
    return records


@dataclass(frozen=True, slots=True)
class Case:
    """A machine, what is strange about it, the section to look at and what that must say."""

    machine: str
    section: str
    patch: Callable[[Values], None]
    check: Callable[[Line], object]


def fails(*commands: str) -> Callable[[Values], None]:
    """These commands are denied."""

    def patch(held: Values) -> None:
        held["fail"] = dict.fromkeys(commands, "Zugriff verweigert für Jürgen")

    return patch


def both(*patches: Callable[[Values], None]) -> Callable[[Values], None]:
    """Several things at once."""

    def patch(held: Values) -> None:
        for each in patches:
            each(held)

    return patch


def put(key: str, value: Any) -> Callable[[Values], None]:
    """Another value for a key of machine.json."""

    def patch(held: Values) -> None:
        held[key] = value

    return patch


def each(key: str, **values: Any) -> Callable[[Values], None]:
    """Other values for every row of a key; a list gives the rows theirs in turn."""

    def patch(held: Values) -> None:
        for number, row in enumerate(held[key]):
            row |= {
                name: value[number % len(value)] if isinstance(value, list) else value for name, value in values.items()
            }

    return patch


def keys(**changes: dict[str, Any] | None) -> Callable[[Values], None]:
    """Registry keys, by the last part of their path under WLBS's interfaces or Tcpip's; None removes one."""

    def patch(held: Values) -> None:
        for name, values in changes.items():
            path = {"tcpip": TCPIP, "interface": f"{TCPIP}\\Interfaces\\{{0}}", "orphan": f"{INTERFACES}\\{{1}}"}.get(
                name, name
            )
            held["registry"].pop(path, None)
            if values is not None:
                held["registry"][path] = values

    return patch


def event(number: int, at: str, *inserts: Any, provider: str = "Tcpip") -> dict[str, Any]:
    """A record of an event log."""
    return {"provider": provider, "id": number, "at": at, "inserts": list(inserts)}


def logged(log: str, *events: dict[str, Any]) -> Callable[[Values], None]:
    """An event log that holds these records only."""

    def patch(held: Values) -> None:
        held["logs"][log] = {"events": list(events)}

    return patch


def without_log(log: str) -> Callable[[Values], None]:
    """An event log that does not exist."""

    def patch(held: Values) -> None:
        del held["logs"][log]

    return patch


def guids_without_braces(held: Values) -> None:
    """NLB's WMI provider names the adapters in another form than the adapters themselves."""
    for row in held["cim"]["root\\MicrosoftNLB"]["MicrosoftNLB_ClusterSetting"]:
        row["AdapterGuid"] = row["AdapterGuid"].strip("{}").lower()


def only_others(held: Values) -> None:
    """NLB's WMI provider lists other nodes only."""
    for row in held["cim"]["root\\MicrosoftNLB"]["MicrosoftNLB_Node"]:
        row["StatusCode"] = 0


def no_cim_interface(held: Values) -> None:
    """CIM has the class, and no row in it."""
    held["cim"]["root\\StandardCimv2"]["MSFT_NetIPInterface"] = []


def check(test: Callable[[list[dict[str, Any]]], object]) -> Callable[[Line], object]:
    """A section that did not fail, and whose records pass the test."""

    def look(line: Line) -> object:
        assert test(data(line)), line
        return None

    return look


def fails_with(kind: str, kept: int = 0) -> Callable[[Line], object]:
    """A section that failed for this reason, after it had read so many records."""

    def look(line: Line) -> object:
        assert len(failed(line, kind)) == kept, line
        return None

    return look


RECENT, OLDER, ANCIENT = "2026-11-24T11:00:00Z", "2026-11-20T11:00:00Z", "2026-10-01T00:00:00Z"
FLOOD = [event(4199, f"2026-11-23T{number // 60:02}:{number % 60:02}:00Z", "", "10.0.0.1") for number in range(230)]

# fmt: off
CASES = {
    # ---- an error is never an empty answer ----
    "Get-NetAdapter is denied": Case(NODE_NAME, "adapters", fails("Get-NetAdapter"), fails_with(DENIED)),
    "Get-NetIPAddress is denied": Case(NODE_NAME, "addresses", fails("Get-NetIPAddress"), fails_with(DENIED)),
    "Get-NetNeighbor is denied": Case(NODE_NAME, "neighbors", fails("Get-NetNeighbor"), fails_with(DENIED)),
    "Get-WinEvent is denied": Case(NODE_NAME, "events", fails("Get-WinEvent"), fails_with(DENIED)),
    "Get-CimInstance is denied": Case(NODE_NAME, "os", fails("Get-CimInstance"), fails_with(DENIED)),
    "Get-NlbClusterNode is denied": Case(NODE_NAME, "state", fails("Get-NlbClusterNode"), fails_with(DENIED)),
    "Get-NlbClusterVip is denied": Case(NODE_NAME, "vips", fails("Get-NlbClusterVip"), fails_with(DENIED)),
    "Get-NetLbfoTeam is denied": Case(HOST_NAME, "teams", fails("Get-NetLbfoTeam"), fails_with(DENIED)),
    "Get-NetLbfoTeamMember is denied": Case(HOST_NAME, "teams", fails("Get-NetLbfoTeamMember"), fails_with(DENIED)),
    "Get-NetLbfoTeamNic is denied": Case(HOST_NAME, "teams", fails("Get-NetLbfoTeamNic"), fails_with(DENIED)),
    "Get-VMHost is denied": Case(HOST_NAME, "hypervisor", fails("Get-VMHost"), fails_with(DENIED)),
    "Get-ClusterGroup is denied": Case(HOST_NAME, "failover", fails("Get-ClusterGroup"), fails_with(DENIED)),
    "no right to see VMs": Case(HOST_NAME, "vms", both(put("vms", []), fails("Get-VMHost")), fails_with(DENIED)),
    "no right to see virtual NICs": Case(HOST_NAME, "vnics", both(put("vnics", []), fails("Get-VMHost")), fails_with(DENIED)),
    "the NLB module is denied, WMI is not": Case(
        NODE_NAME, "cluster", fails("Get-NlbCluster"), check(lambda rows: {row["source"] for row in rows} == {"wmi"})),
    "NLB is denied, the registry is not": Case(
        NODE_NAME, "cluster", fails("Get-NlbCluster", "Get-CimInstance"),
        check(lambda rows: {row["source"] for row in rows} == {"registry"})),
    "live state does not come from the registry": Case(
        NODE_NAME, "state", fails("Get-NlbCluster", "Get-CimInstance"), fails_with(DENIED)),
    "Get-NetIPInterface is denied, CIM is not": Case(
        NODE_NAME, "dad", fails("Get-NetIPInterface"),
        check(lambda rows: [(r["source"], r["dad_transmits"], r["dhcp"]) for r in rows] ==
              [("wmi", 3, "Disabled")] * 3 + [("wmi", 0, "Disabled")])),
    # ---- nothing, where there must be something, is an error ----
    "NLB names no VIP": Case(NODE_NAME, "vips", each("nlb", Vips=[[]]), fails_with(RUNTIME)),
    "WMI knows only other nodes": Case(NODE_NAME, "state", both(fails("Get-NlbCluster"), only_others), fails_with(RUNTIME)),
    "CIM names no interface": Case(
        NODE_NAME, "dad", both(fails("Get-NetIPInterface"), no_cim_interface), fails_with(DENIED)),
    # ---- nothing is an answer ----
    "no VM at all": Case(HOST_NAME, "vms", put("vms", []), check(lambda rows: rows == [])),
    "no virtual NIC at all": Case(HOST_NAME, "vnics", put("vnics", []), check(lambda rows: rows == [])),
    "no team": Case(HOST_NAME, "teams", put("teams", []), check(lambda rows: rows == [])),
    "no neighbour": Case(NODE_NAME, "neighbors", put("neighbors", []), check(lambda rows: rows == [])),
    "no address": Case(NODE_NAME, "addresses", put("addresses", []), check(lambda rows: rows == [])),
    "NLB is bound to nothing": Case(NODE_NAME, "cluster", put("nlb", []), check(lambda rows: rows == [])),
    "an empty log": Case(
        NODE_NAME, "events", logged("System"),
        check(lambda rows: [(row["oldest"], row["truncated"], row["events"]) for row in rows] == [(None, False, [])] * 3)),
    "NLB never wrote an event": Case(
        NODE_NAME, "events", put("providers", ["Tcpip"]), check(lambda rows: [row["events"] for row in rows] == [[], [], []])),
    "not a virtual machine": Case(
        NODE_NAME, "guest", keys(**{"HKLM:\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters": None}),
        check(lambda rows: rows == [])),
    "no failover cluster": Case(
        HOST_NAME, "failover", both(put("registry", {}), fails("Get-ClusterGroup")), check(lambda rows: rows == [])),
    "failover clustering installed, no cluster": Case(
        HOST_NAME, "failover",
        both(keys(**{"HKLM:\\SYSTEM\\CurrentControlSet\\Services\\ClusSvc": {"Start": 4}}), fails("Get-ClusterGroup")),
        check(lambda rows: rows == [])),
    "a registry key without values": Case(
        NODE_NAME, "address-order", keys(interface={}),
        check(lambda rows: {"guid": "{0}", "addresses": []} in rows)),
    "Tcpip has no values": Case(NODE_NAME, "arp-retry-count", keys(tcpip={}), check(lambda rows: rows == [{"value": None}])),
    "the KVP key has no values": Case(
        NODE_NAME, "guest", keys(**{"HKLM:\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters": {}}),
        check(lambda rows: rows == [{"host": None, "host_fqdn": None, "vm": None}])),
    # ---- one is a list of one ----
    "one VM with one state": Case(
        HOST_NAME, "vms", put("vms", [{"Name": "A", "Id": "11111111-1111-1111-1111-111111111111", "State": 2,
                                       "OperationalStatus": [32774], "IsClustered": False}]),
        check(lambda rows: rows[0]["operational"] == [32774])),
    "one address on a virtual NIC": Case(
        HOST_NAME, "vnics", each("vnics", IPAddresses=["10.0.0.1"]), check(lambda rows: rows[0]["ips"] == ["10.0.0.1"])),
    "one event with one insert": Case(
        NODE_NAME, "events", logged("System", event(4199, RECENT, "10.0.0.1")),
        check(lambda rows: rows[0]["events"] == [{"id": 4199, "at": "2026-11-24T11:00:00.0000000Z", "inserts": ["10.0.0.1"]}])),
    "one typed address": Case(
        NODE_NAME, "address-order", keys(interface={"IPAddress": ["10.0.0.1"]}),
        check(lambda rows: {"guid": "{0}", "addresses": ["10.0.0.1"]} in rows)),
    # ---- odd values ----
    "a VM that is off": Case(
        HOST_NAME, "vnics", each("vnics", Status=None, IPAddresses=[[]]),
        check(lambda rows: all(row["status"] == [] and row["ips"] == [] for row in rows))),
    "a virtual NIC that is not connected": Case(
        HOST_NAME, "vnics", each("vnics", SwitchName=None, Connected=False),
        check(lambda rows: {(row["switch"], row["connected"]) for row in rows} == {(None, False)})),
    "spoofing On is 0": Case(
        HOST_NAME, "vnics", each("vnics", MacAddressSpoofing="On"), check(lambda rows: {row["spoofing"] for row in rows} == {0})),
    "a trunk": Case(
        HOST_NAME, "vnics", each("vnics", OperationMode="Trunk"), check(lambda rows: {row["vlan_mode"] for row in rows} == {2})),
    "names in other alphabets": Case(
        HOST_NAME, "vswitches", each("vswitches", Name="vSwitch für Büro \u2013 “Nord” \U0001f600\u2028"),
        check(lambda rows: rows[0]["name"] == "vSwitch für Büro \u2013 “Nord” \U0001f600\u2028")),
    "quotes, backslashes and angle brackets": Case(
        HOST_NAME, "vms", each("vms", Name='a"b\\c<d>&\'e\u007f'), check(lambda rows: rows[0]["name"] == 'a"b\\c<d>&\'e\u007f')),
    "an internal vSwitch": Case(
        HOST_NAME, "vswitches", each("vswitches", SwitchType="Internal", NetAdapterInterfaceDescription=""),
        check(lambda rows: (rows[0]["type"], rows[0]["uplinks"]) == (1, []))),
    "SET before anything was set": Case(
        HOST_NAME, "vswitches",
        each("vswitches", EmbeddedTeamingEnabled=True, TeamMembers=[["X1", "X2"]], LoadBalancingAlgorithm=None),
        check(lambda rows: (rows[0]["embedded"], rows[0]["mode"], rows[0]["balancing"], rows[0]["uplinks"]) ==
              (True, 1, None, ["X1", "X2"]))),
    "a failed team member": Case(
        HOST_NAME, "teams", each("teams", Status="Degraded", Members=[[
            {"Name": "N", "InterfaceDescription": "D", "AdministrativeMode": "Active", "OperationalMode": "Failed"}]]),
        check(lambda rows: (rows[0]["status"], rows[0]["members"][0]["operational"]) == (2, 4096))),
    "a disconnected adapter": Case(
        NODE_NAME, "adapters", each("adapters", Speed=None, Status="Disconnected", MacAddress=None, PermanentAddress=""),
        check(lambda rows: (rows[0]["speed"], rows[0]["mac"], rows[0]["permanent"]) == (None, "", None))),
    "400 Gbit/s": Case(
        NODE_NAME, "adapters", each("adapters", Speed=400_000_000_000), check(lambda rows: rows[0]["speed"] == 400_000_000_000)),
    "anti-affinity classes": Case(
        HOST_NAME, "failover", each("groups", AntiAffinityClassNames=[["web", "büro"]]),
        check(lambda rows: rows[0]["anti_affinity"] == ["web", "büro"])),
    "a workgroup": Case(
        NODE_NAME, "os",
        lambda held: held["cim"]["root\\cimv2"]["Win32_ComputerSystem"][0].update(PartOfDomain=False, Domain="WORKGROUP"),
        check(lambda rows: rows[0]["domain"] is None)),
    "ArpRetryCount 0": Case(
        NODE_NAME, "arp-retry-count", keys(tcpip={"ArpRetryCount": 0}), check(lambda rows: rows == [{"value": 0}])),
    # ---- NLB ----
    "a key that NLB left behind": Case(
        NODE_NAME, "registry", keys(orphan={"ClusterIPAddress": "10.9.9.9", "HostPriority": 1, "A": ["a", "b"]}),
        check(lambda rows: {"guid": "{1}", "values": {"ClusterIPAddress": "10.9.9.9", "HostPriority": "1", "A": "a,b"}} in rows)),
    "a key that NLB left behind is no instance": Case(
        NODE_NAME, "cluster", both(fails("Get-NlbCluster", "Get-CimInstance"), keys(orphan={"ClusterIPAddress": "10.9.9.9"})),
        check(lambda rows: [row["primary"] for row in rows] == [str(c.primary) for c in WORLD.clusters])),
    "another node is listed, its state is not": Case(
        NODE_NAME, "state", fails("Get-NlbCluster"), check(lambda rows: [row["code"] for row in rows] == [1008, 1008])),
    "the driver says nothing of its state": Case(
        NODE_NAME, "driver", each("nlb", DriverState="", DriverMac=None),
        check(lambda rows: (rows[0]["state"], rows[0]["mac"], rows[0]["lines"]) == (None, None, []))),
    "GUIDs without braces in WMI": Case(
        NODE_NAME, "cluster",
        both(fails("Get-NlbCluster"), guids_without_braces),
        check(lambda rows: [row["interface"] for row in rows] == [i.nic for i in WORLD.nodes[0].instances])),
    "more than 20 steps of convergence": Case(
        NODE_NAME, "convergence", each("nlb", History=[[
            {"Time": f"2026-11-24T10:{number:02}:00Z", "FromState": "Unknown", "ToState": "Converged"}
            for number in range(29, -1, -1)]]),
        check(lambda rows: (len(rows), rows[-1]["at"]) == (20, "2026-11-24T10:29:00.0000000Z"))),
    # ---- events ----
    "the newest event is the first": Case(
        NODE_NAME, "events", logged("System", event(4199, OLDER, "b"), event(4198, RECENT, "a")),
        check(lambda rows: ([e["inserts"] for e in rows[0]["events"]], rows[0]["oldest"]) ==
              ([["a"], ["b"]], "2026-11-20T11:00:00.0000000Z"))),
    "more than 200 events": Case(
        NODE_NAME, "events", logged("System", *FLOOD),
        check(lambda rows: (len(rows[0]["events"]), rows[0]["truncated"], rows[0]["events"][0]["at"]) ==
              (200, True, "2026-11-23T03:49:00.0000000Z"))),
    "an event of last month": Case(
        NODE_NAME, "events", logged("System", event(4199, ANCIENT, "x")),
        check(lambda rows: (rows[0]["events"], rows[0]["oldest"]) == ([], "2026-10-01T00:00:00.0000000Z"))),
    "another event of the provider": Case(
        NODE_NAME, "events", logged("System", event(4202, RECENT, "x")), check(lambda rows: rows[0]["events"] == [])),
    "a binary insert keeps its place": Case(
        NODE_NAME, "events", logged("System", event(4199, RECENT, "", "10.0.0.1", [0, 21, 93, 1, 2, 3], "end")),
        check(lambda rows: rows[0]["events"][0]["inserts"] == ["", "10.0.0.1", "", "end"])),
    "no Hyper-V log": Case(
        HOST_NAME, "migrations", without_log("Microsoft-Windows-Hyper-V-VMMS-Admin"), fails_with("System.Exception")),
    "what was read before an error stays": Case(
        HOST_NAME, "migrations", without_log("System"), fails_with("System.Exception", kept=1)),
}
# fmt: on


@pytest.fixture(scope="module")
def answered(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Case -> the one line of its section."""
    jobs = {
        name: Job(world=WORLD, machine=case.machine, ask=(case.section,), patch=case.patch)
        for name, case in CASES.items()
    }
    return run(engine, tmp_path_factory.mktemp("strange"), jobs)


@pytest.mark.parametrize("name", CASES)
def test_a_strange_machine(name: str, answered: dict[str, list[str]]) -> None:
    (line,) = read(answered[name])
    assert line["section"] == CASES[name].section
    CASES[name].check(line)


@pytest.mark.parametrize("name", CASES)
def test_every_record_keeps_the_contract(name: str, answered: dict[str, list[str]]) -> None:
    (line,) = answered[name]
    contract = {**NODE, **HOST}[CASES[name].section]
    msgspec.convert(json.loads(line)["data"], list[contract])  # type: ignore[valid-type]  # a type that is a value here
    assert line.isascii()


def test_sections_that_nobody_knows_mean_nothing(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    jobs = {
        "odd": Job(world=WORLD, machine=NODE_NAME, ask=("arp-retry-count", "no-such-section", "os", "vms", "os")),
        "none": Job(world=WORLD, machine=NODE_NAME, ask=()),
    }
    said = run(engine, tmp_path_factory.mktemp("odd"), jobs)
    assert [line["section"] for line in read(said["odd"])] == ["os", "arp-retry-count"]
    assert said["none"] == []


def test_a_machine_without_any_of_it_says_so_section_by_section(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    jobs = {"host": Job(world=WORLD, machine=HOST_NAME)}
    missing = ("Hyper-V", "NetLbfo", "FailoverClusters", "NetAdapter", "NetTCPIP")
    lines = read(run(engine, tmp_path_factory.mktemp("bare"), jobs, without=missing)["host"])
    assert [line["section"] for line in lines] == list(HOST)
    errors = {line["section"]: line["error"]["type"].rpartition(".")[2] for line in lines if line["error"]}
    assert errors == dict.fromkeys([name for name in HOST if name != "migrations"], "CommandNotFoundException")
