"""Writes a simulated Windows machine to a folder, so that PowerShell's engine runs the shipped asks against it.

The folder becomes the machine's `SystemRoot`: `machine.json` holds what its cmdlets answer, `System32/nlb.exe` prints
what NLB's own program prints, `modules` are the stub modules of `nlbwiz/lab/cmdlets`: functions named like the cmdlets,
with typed values and Microsoft's integers. A node without NLB's module does not get that module. For every machine of
every scenario an ask run this way must answer what `nlbwiz.lab.windows` answers.
"""

import json
import re
import shlex
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from nlbwiz.lab import nlb_exe, stub_host, stub_node, windows
from nlbwiz.lab.world import World

MACHINE = "NlbwizMachine"
"""The stub module that must be imported before an ask runs; the others are found by PowerShell itself."""
_COMMON = (MACHINE, "CimCmdlets", "NetAdapter", "NetTCPIP", "Microsoft.PowerShell.Diagnostics")
_NLB_MODULE = "NetworkLoadBalancingClusters"
_HYPERV = ("Hyper-V", "NetLbfo", "FailoverClusters")


def modules(world: World, machine: str) -> tuple[str, ...]:
    """The stub modules that a machine has. Raises KeyError."""
    if windows.role(world, machine) == "host":
        return (*_COMMON, *_HYPERV)
    return (*_COMMON, *((_NLB_MODULE,) if "module" in world.node(machine).tools else ()))


def write(world: World, machine: str, folder: Path) -> dict[str, str]:
    """Write a machine and its modules. Returns the environment in which its ask runs. Raises KeyError."""
    write_modules(modules(world, machine), folder / "modules")
    return {**write_machine(world, machine, folder), "PSModulePath": str(folder / "modules")}


def write_modules(names: Iterable[str], folder: Path) -> None:
    """Write stub modules, each with the manifest by which PowerShell finds a command's module."""
    source = resources.files("nlbwiz.lab") / "cmdlets"
    for name in names:
        text = (source / f"{name}.psm1").read_text(encoding="ascii")
        found = re.findall(r"^function ([\w-]+)", text, re.MULTILINE)
        exported = ", ".join(f"'{command}'" for command in found)
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{name}.psm1").write_text(text, encoding="ascii")
        (target / f"{name}.psd1").write_text(
            f"@{{ RootModule = '{name}.psm1'; ModuleVersion = '1.0'; FunctionsToExport = {exported} }}\n",
            encoding="ascii",
        )


def write_machine(world: World, machine: str, folder: Path) -> dict[str, str]:
    """Write a machine without modules. Returns its SystemRoot and COMPUTERNAME. Raises KeyError."""
    system32 = folder / "System32"
    system32.mkdir(parents=True, exist_ok=True)
    if windows.role(world, machine) == "host":
        host = world.host(machine)
        computer, held = host.computer, stub_host.machine(world, host)
    else:
        node = world.node(machine)
        computer, held = node.computer, stub_node.machine(world, node)
        if "nlb.exe" in node.tools:
            said = {"query": nlb_exe.query(world, node), "params": nlb_exe.params(world, node)}
            _write_program(system32 / "nlb.exe", said)
    (folder / "machine.json").write_text(json.dumps(held), encoding="utf-8")
    return {"SystemRoot": str(folder), "COMPUTERNAME": computer}


def _write_program(path: Path, said: dict[str, list[str]]) -> None:
    """A program that prints the lines of a verb and knows no other."""
    cases = "".join(f"{verb}) printf '%s\\n' {shlex.join(lines)};;\n" for verb, lines in said.items())
    path.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}*) echo "unexpected: $*" >&2; exit 1;;\nesac\n', encoding="utf-8")
    path.chmod(0o755)
