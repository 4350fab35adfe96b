"""The simulated Windows machines that the asks are tried on: they must have what Windows has, and Microsoft's integers."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from nlbwiz.lab import scenario, stubs
from nlbwiz.lab.world import with_node
from tests.collect.allowed import COMMANDS

WORLD = scenario.load("healthy-igmp", now=datetime(2026, 11, 24, 12, 0, tzinfo=UTC)).world
NODE, HOST = WORLD.nodes[0].name, WORLD.hosts[0].name
OWN_OF_POWERSHELL = {"ConvertTo-Json", "Get-Command", "Out-Null", "Select-Object", "Sort-Object"}
"""Commands that PowerShell's engine has itself."""

ENUMS = {
    # Microsoft.HyperV.PowerShell, type dump of module 2.0.0.0 (HyperVDsc)
    "OnOffState": {"On": 0, "Off": 1},
    "VMNetworkAdapterVlanMode": {"Untagged": 0, "Access": 1, "Trunk": 2, "Private": 3},
    "VMSwitchType": {"Private": 0, "Internal": 1, "External": 2},
    "VMSwitchTeamingMode": {"SwitchIndependent": 1},
    "VMSwitchLoadBalancingAlgorithm": {"HyperVPort": 4, "Dynamic": 5},
    # win32: MSFT_NetLbfoTeam, MSFT_NetLbfoTeamMember
    "TeamingModes": {"Static": 0, "SwitchIndependent": 1, "Lacp": 2},
    "LBAlgos": {"TransportPorts": 0, "IPAddresses": 2, "MacAddresses": 3, "HyperVPort": 4, "Dynamic": 5},
    "TeamStatus": {"Up": 0, "Down": 1, "Degraded": 2},
    "MemberMode": {"Active": 0, "Standby": 1, "Failed": 4096},
    # win32: MSFT_NetIPAddress, MSFT_NetNeighbor, MSFT_NetIPInterface
    "AddressState": {"Invalid": 0, "Tentative": 1, "Duplicate": 2, "Deprecated": 3, "Preferred": 4},
    "State": {"Unreachable": 0, "Incomplete": 1, "Probe": 2, "Delay": 3, "Stale": 4, "Reachable": 5, "Permanent": 6},
    "Setting": {"Disabled": 0, "Enabled": 1},
    # win32: MicrosoftNLB_PortRuleEx
    "RuleProtocol": {"Tcp": 1, "Udp": 2, "Both": 3},
    "RuleMode": {"Single": 1, "Multiple": 2, "Disabled": 3},
    "RuleAffinity": {"None": 0, "Single": 1, "Network": 2},
    "RuleState": {"NotFound": 0, "Enabled": 1, "Disabled": 2, "Draining": 3},
    # FailoverClusters, type dump (FailoverClusterDsc)
    "ClusterGroupState": {"Online": 0, "Offline": 1, "Failed": 2, "PartialOnline": 3, "Pending": 4, "Unknown": -1},
}


def texts() -> dict[str, str]:
    folder = resources.files("nlbwiz.lab") / "cmdlets"
    return {file.name: file.read_text(encoding="ascii") for file in folder.iterdir() if file.name.endswith(".psm1")}


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_microsofts_integers(name: str) -> None:
    (body,) = re.findall(rf"^enum {name} {{ (.*) }}$", "\n".join(texts().values()), re.MULTILINE)
    members = (member.split(" = ") for member in body.split("; "))
    assert {member: int(value) for member, value in members} == ENUMS[name]


def test_every_command_that_an_ask_may_use_is_simulated() -> None:
    simulated = set(re.findall(r"^function ([\w-]+)", "\n".join(texts().values()), re.MULTILINE))
    assert set(COMMANDS) - OWN_OF_POWERSHELL <= simulated


@pytest.mark.parametrize(("machine", "some"), [(NODE, "NetworkLoadBalancingClusters"), (HOST, "Hyper-V")])
def test_a_machine_has_the_modules_of_its_role(machine: str, some: str, tmp_path: Path) -> None:
    environment = stubs.write(WORLD, machine, tmp_path)
    assert environment == {
        "SystemRoot": str(tmp_path),
        "COMPUTERNAME": machine.upper(),
        "PSModulePath": str(tmp_path / "modules"),
    }
    found = {path.name for path in (tmp_path / "modules").iterdir()}
    assert found == set(stubs.modules(WORLD, machine))
    assert some in found
    assert not {"NetworkLoadBalancingClusters", "Hyper-V"} <= found
    manifest = (tmp_path / "modules" / some / f"{some}.psd1").read_text(encoding="ascii")
    functions = re.findall(r"^function ([\w-]+)", texts()[f"{some}.psm1"], re.MULTILINE)
    assert re.findall(r"'([\w-]+)'", manifest.partition("FunctionsToExport")[2]) == functions


def test_a_node_without_nlbs_module_does_not_get_it(tmp_path: Path) -> None:
    world = with_node(WORLD, NODE, lambda node: replace(node, tools=("registry",)))
    stubs.write(world, NODE, tmp_path)
    assert not (tmp_path / "modules" / "NetworkLoadBalancingClusters").exists()
    assert not (tmp_path / "System32" / "nlb.exe").exists()
    held = json.loads((tmp_path / "machine.json").read_text(encoding="utf-8"))
    assert "root\\MicrosoftNLB" not in held["cim"]


@pytest.mark.parametrize(("verb", "said"), [("query", "converged as DEFAULT"), ("params", "ClusterNetworkAddress")])
def test_nlb_exe_prints_what_a_verb_that_reads_prints(verb: str, said: str, tmp_path: Path) -> None:
    stubs.write_machine(WORLD, NODE, tmp_path)
    done = subprocess.run([tmp_path / "System32" / "nlb.exe", verb], capture_output=True, text=True, check=True)
    assert said in done.stdout


def test_nlb_exe_knows_no_other_verb(tmp_path: Path) -> None:
    stubs.write_machine(WORLD, NODE, tmp_path)
    done = subprocess.run([tmp_path / "System32" / "nlb.exe", "stop"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_an_unknown_machine_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        stubs.write(WORLD, "no-such-machine", tmp_path)
