"""A Windows machine's own neighbour table and addresses: Get-NetNeighbor and Get-NetIPAddress, read and never probed.

Both exist from Windows Server 2012 on (reference: winrm-lab 5). UNCONFIRMED: not seen on Windows by us; the text runs in
PowerShell's own engine against stubs of both cmdlets.
"""

import json
import os
import shutil
import subprocess
from ipaddress import IPv4Interface, ip_address
from pathlib import Path
from typing import Any

from nlbwiz.collect.neighbours import Neighbour, UnreadableError
from nlbwiz.collect.ticket import Cause

COMMAND_S = 15.0
"""How long PowerShell may take: a cold start with its network modules takes several seconds on an old server."""
NEIGHBOURS = (
    "Get-NetNeighbor -AddressFamily IPv4 | ForEach-Object { ConvertTo-Json -Compress -InputObject @{ "
    "ip = [string]$_.IPAddress; mac = [string]$_.LinkLayerAddress; dev = [string]$_.InterfaceAlias; "
    "state = [string]$_.State } }"
)
ADDRESSES = (
    "Get-NetIPAddress -AddressFamily IPv4 -PolicyStore ActiveStore | ForEach-Object { ConvertTo-Json -Compress "
    "-InputObject @{ ip = [string]$_.IPAddress; prefix = [int]$_.PrefixLength; dev = [string]$_.InterfaceAlias } }"
)
"""One JSON object a line, as the scripts of `ask/` write them."""


def table() -> list[Neighbour]:
    """The IPv4 entries. Raises UnreadableError."""
    return read_table(_run(NEIGHBOURS))


def interfaces() -> list[tuple[str, IPv4Interface]]:
    """(interface alias, address) of every IPv4 address, loopback left out. Raises UnreadableError."""
    return read_interfaces(_run(ADDRESSES))


def read_table(text: str) -> list[Neighbour]:
    """The lines of NEIGHBOURS. A state is one of Unreachable Incomplete Probe Delay Stale Reachable Permanent."""
    try:
        return [
            Neighbour(
                ip=str(ip_address(row["ip"])),
                mac=row["mac"] or None,
                dev=row["dev"],
                state=("FAILED" if row["state"] == "Unreachable" else row["state"].upper(),),
            )
            for row in _rows(text)
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableError(_garbled("Get-NetNeighbor", error)) from error


def read_interfaces(text: str) -> list[tuple[str, IPv4Interface]]:
    """The lines of ADDRESSES."""
    try:
        found = [(str(row["dev"]), IPv4Interface(f"{row['ip']}/{row['prefix']}")) for row in _rows(text)]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(_garbled("Get-NetIPAddress", error)) from error
    return [(dev, one) for dev, one in found if not one.is_loopback]


def _rows(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _run(command: str) -> str:
    """What PowerShell prints for it. UTF-8 is asked for, since the console's own code page differs from system to system."""
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "WindowsPowerShell", "v1.0")
    program = shutil.which("powershell.exe", path=str(system)) or shutil.which("powershell.exe")
    if program is None:
        raise UnreadableError(_none("there is no powershell.exe here"))
    text = f"[Console]::OutputEncoding = [System.Text.Encoding]::UTF8; {command}"
    try:
        done = subprocess.run(  # noqa: S603  # fixed words, no shell
            [program, "-NoProfile", "-NonInteractive", "-Command", text],
            capture_output=True,
            timeout=COMMAND_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreadableError(_none(f"PowerShell did not end properly: {type(error).__name__}")) from error
    if done.returncode:
        raise UnreadableError(_none(f"PowerShell ended with exit code {done.returncode}"))
    return done.stdout.decode("utf-8-sig", "replace")


def _none(error: str) -> Cause:
    return Cause(
        status="unsupported",
        error=f"this machine's own network tables were not read: {error}",
        resolve="give them in the site file: jump.neighbours and jump.addresses",
    )


def _garbled(cmdlet: str, error: Exception) -> Cause:
    return Cause(
        status="garbled",
        error=f"{cmdlet} printed something unknown: {type(error).__name__}",
        resolve="give the table in the site file: jump.neighbours and jump.addresses",
    )
