"""A Windows jump host's own tables: the shipped text in PowerShell's own engine, and what it prints as a table."""

import json
import shlex
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from nlbwiz.collect import neighbours, windows_neighbours
from nlbwiz.collect.neighbours import Neighbour, UnreadableError
from nlbwiz.site.model import Jump
from tests import engine

MACHINE = {
    "neighbors": [
        {"IPAddress": "172.31.3.232", "LinkLayerAddress": "03-BF-AC-1F-03-E8", "State": "Permanent"},
        {"IPAddress": "172.31.3.11", "LinkLayerAddress": "00-15-5D-03-0B-01", "State": "Reachable"},
        {"IPAddress": "172.31.3.99", "LinkLayerAddress": "", "State": "Unreachable"},
    ],
}
NET = """
enum NudState {{ Unreachable; Incomplete; Probe; Delay; Stale; Reachable; Permanent }}
function Get-NetNeighbor {{
    param([string]$AddressFamily)
    {rows}
}}
function Get-NetIPAddress {{
    param([string]$AddressFamily, [string]$PolicyStore)
    [pscustomobject]@{{ IPAddress = '172.31.3.50'; PrefixLength = [byte]24; InterfaceAlias = 'Ethernet 2' }}
    [pscustomobject]@{{ IPAddress = '127.0.0.1'; PrefixLength = [byte]8; InterfaceAlias = 'Loopback' }}
}}
"""


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A powershell.exe on PATH: the real engine, with both cmdlets as stubs that give Microsoft's types."""
    found = engine.find()
    if found is None:
        pytest.skip(engine.HOW_TO_GET_ONE)
    rows = "\n    ".join(
        f"[pscustomobject]@{{ IPAddress = '{one['IPAddress']}'; LinkLayerAddress = '{one['LinkLayerAddress']}'; "
        f"InterfaceAlias = 'Ethernet 2'; State = [NudState]::{one['State']} }}"
        for one in MACHINE["neighbors"]
    )
    module = tmp_path / "modules" / "NetTCPIP"
    module.mkdir(parents=True)
    (module / "NetTCPIP.psm1").write_text(NET.format(rows=rows), encoding="ascii")
    exported = "FunctionsToExport = 'Get-NetNeighbor', 'Get-NetIPAddress'"
    (module / "NetTCPIP.psd1").write_text(f"@{{ RootModule = 'NetTCPIP.psm1'; ModuleVersion = '1.0'; {exported} }}\n")
    program = tmp_path / "powershell.exe"
    program.write_text(
        f'#!/bin/sh\nPSModulePath={shlex.quote(str(tmp_path / "modules"))} exec {shlex.quote(found.program)} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


@pytest.mark.usefixtures("windows")
def test_the_shipped_text_gives_the_table_and_the_addresses() -> None:
    assert neighbours.table(Jump(), "win32") == [
        Neighbour(ip="172.31.3.232", mac="03-BF-AC-1F-03-E8", dev="Ethernet 2", state=("PERMANENT",)),
        Neighbour(ip="172.31.3.11", mac="00-15-5D-03-0B-01", dev="Ethernet 2", state=("REACHABLE",)),
        Neighbour(ip="172.31.3.99", mac=None, dev="Ethernet 2", state=("FAILED",)),
    ]
    assert neighbours.interfaces("win32") == [("Ethernet 2", IPv4Interface("172.31.3.50/24"))]


@pytest.mark.parametrize(
    "text", ["no JSON", "[1]", '{"ip": "172.31.3.11"}', json.dumps({"ip": "x", "mac": "", "dev": "", "state": ""}), "1"]
)
def test_what_is_no_table_is_garbled(text: str) -> None:
    with pytest.raises(UnreadableError) as trouble:
        windows_neighbours.read_table(text)
    assert trouble.value.cause.status == "garbled"


def test_without_powershell_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableError) as trouble:
        neighbours.table(Jump(), "win32")
    assert trouble.value.cause.status == "unsupported"
    assert "jump.neighbours" in trouble.value.cause.resolve


def test_a_powershell_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "powershell.exe"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(UnreadableError) as trouble:
        neighbours.interfaces("win32")
    assert "exit code 3" in trouble.value.cause.error
