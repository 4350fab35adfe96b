"""The asks only read: the gate over PowerShell's own tree accepts them, refuses every evasion, and the review is current."""

import hashlib
import json
import re
from typing import Any

import pytest

from nlbwiz.collect import ask_text
from nlbwiz.parse import sections
from tests.collect.readonly import verdict
from tests.collect.review import KINDS, REVIEWED, listing, trees
from tests.engine import Engine

NLB = r'"$env:SystemRoot\System32\nlb.exe"'

# fmt: off
EVASIONS = {
    # ---- commands that change something, and the ways to hide one ----
    "a command that writes": "Set-ItemProperty -LiteralPath 'HKLM:\\x' -Name a -Value 1",
    "the fix of NLB007": "Set-VMNetworkAdapter -VMName a -MacAddressSpoofing On",
    "a node is stopped": "Stop-NlbClusterNode -HostName localhost",
    "an alias": "gci 'HKLM:\\SYSTEM'",
    "another alias": "1 | % { $_ }",
    "iex": "iex 'Stop-Computer'",
    "Invoke-Expression": "Invoke-Expression 'Stop-Computer'",
    "Invoke-Command to another machine": "Invoke-Command -ComputerName nlb2 { 1 }",
    "a module-qualified name": "Microsoft.PowerShell.Management\\Get-Date",
    "a snap-in's name with a wildcard": "& (Get-Command Stop-*)",
    "Start-Process": "Start-Process notepad",
    "Add-Type compiles code": "Add-Type -TypeDefinition 'class A {}'",
    "Import-Module runs a file": "Import-Module 'C:\\a.psm1'",
    "New-Object makes a COM object": "New-Object -ComObject WScript.Shell",
    "New-Object makes a web client": "New-Object Net.WebClient",
    "Get-Credential asks": "Get-Credential",
    "Test-Connection sends packets": "Test-Connection -ComputerName nlb2 -Count 1",
    "a WMI method": "Invoke-CimMethod -Namespace 'root\\MicrosoftNLB' -ClassName MicrosoftNLB_Node -MethodName Stop",
    "a verb that reads, a command nobody listed": "Get-Clipboard",
    "Set-Alias": "Set-Alias Get-Date Stop-Computer",
    "a program by its name": "netsh interface ipv4 show neighbors",
    "a program by its path": "& 'C:\\Windows\\System32\\nlb.exe' query",
    "a job": "Start-Job { 1 }",
    # ---- nlb.exe ----
    "nlb.exe stops": f"& {NLB} stop",
    "nlb.exe reloads": f"& {NLB} reload",
    "nlb.exe with a computed verb": f"& {NLB} $verb",
    "nlb.exe with a second argument": f"& {NLB} query GLOBAL",
    "nlb.exe with a quoted verb": f"& {NLB} 'drainstop'",
    "nlb.exe without a verb": f"& {NLB}",
    "another program in System32": r'& "$env:SystemRoot\System32\shutdown.exe" query',
    # ---- calling what is not written there ----
    "a computed command": "$name = 'Stop-Computer'\n& $name",
    "a block that is not the section's": "& { Get-Date }",
    "$Body gets another meaning": "$Body = 'Stop-Computer'\n& $Body",
    "$Body in a loop": "foreach ($Body in 'Stop-Computer', 'Stop-Service') { & $Body }",
    "$Bodies gets another meaning": "$Bodies = 'Stop-Computer', 'x'\nforeach ($Body in $Bodies) { & $Body }",
    "$Body is a text": "function Write-Section([string]$Name, [string]$Body) { & $Body }",
    "$Body without a type": "function Read-Found($Body) { & $Body }",
    "$Body with an argument": "function Read-Found([scriptblock]$Body) { & $Body 1 }",
    "dot-sourcing a file": ". 'C:\\a.ps1'",
    "dot-sourcing the block": "function Read-Found([scriptblock]$Body) { . $Body }",
    "a script block from text": "[scriptblock]::Create('Stop-Computer')",
    "ForEach-Object with a member's name": "Get-VM | ForEach-Object Stop",
    "ForEach-Object -MemberName": "Get-VM | ForEach-Object -MemberName Delete",
    "ForEach-Object with two blocks": "1 | ForEach-Object { 1 } { 2 }",
    "ForEach-Object -Parallel": "1 | ForEach-Object -Parallel { 1 }",
    "Where-Object by property": "Get-VM | Where-Object State -eq Off",
    "the magic method ForEach": "(Get-VM).ForEach('Stop')",
    "the engine's own interpreter": "$ExecutionContext.InvokeCommand.InvokeScript('Stop-Computer')",
    "a handler for unknown commands": "$ExecutionContext.InvokeCommand.CommandNotFoundAction = { 1 }",
    # ---- methods ----
    "a method of a foreign object": "(Get-VM).Stop()",
    "a method by its PSObject": "(Get-VM).PSObject.Methods['Stop'].Invoke()",
    "a method with a computed name": "$vm.$name()",
    "Add on a foreign collection": "$group.AntiAffinityClassNames.Add('a')",
    "a static method": "[System.IO.File]::Delete('C:\\a')",
    "a constructor of version 5": "[System.Net.WebClient]::new()",
    "a static property": "[Console]::Out",
    "a cast that reads another machine": "[wmi]'\\\\nlb2\\root\\cimv2:Win32_Service.Name=\"WLBS\"'",
    "a type nobody listed": "$a -as [adsi]",
    "reflection": "[Ref].Assembly.GetType('x')",
    # ---- assignments ----
    "a cmdlet is redefined through the function drive": "${function:Get-VM} = { Stop-Computer }",
    "a cmdlet is redefined by a function": "function Get-VM { 1 }",
    "a function in the global scope": "function global:Get-VM { 1 }",
    "a filter": "filter Find-Text { $_ }",
    "the environment is changed": "$env:SystemRoot = 'C:\\evil'",
    "the environment in a loop": "foreach ($env:SystemRoot in 'C:\\evil', 'x') { 1 }",
    "a global variable": "$global:a = 1",
    "a property of a foreign object": "$nic.MacAddressSpoofing = 0",
    "an element of a collection": "$list[0] = 1",
    "counting up a foreign property": "$nic.VlanSetting.AccessVlanId++",
    "two targets at once": "$a, $b = 1, 2",
    "adding to a variable": "$a += 1",
    "default parameters for every command": "$PSDefaultParameterValues = @{ '*:ComputerName' = 'nlb2' }",
    "the same in other case": "$psdefaultparametervalues = @{ '*:ComputerName' = 'nlb2' }",
    "errors are ignored": "$ErrorActionPreference = 'SilentlyContinue'",
    "errors are ignored, in other case": "$erroractionpreference = 'SilentlyContinue'",
    "the caller's list is replaced": "$Ask = 'os'",
    "a typed assignment": "[ValidateScript({ Stop-Computer })]$a = 1",
    "a key path becomes a share": "$path = '\\\\nlb2\\c$'\nTest-Path -LiteralPath $path",
    # ---- parameters ----
    "another machine": "Get-VM -ComputerName hv2",
    "another machine, abbreviated": "Get-VM -Comp hv2",
    "another machine through CIM": "Get-CimInstance -ClassName Win32_OperatingSystem -CimSession nlb2",
    "another machine's NLB": "Get-NlbCluster -HostName nlb2 -InterfaceName a",
    "all nodes of the NLB cluster": "Get-NlbClusterNode -HostName localhost -InterfaceName a",
    "the NLB cluster, wherever": "Get-NlbCluster -InterfaceName a",
    "an error that does not end the section": "Get-NetAdapter",
    "a positional argument": "Get-VM web1",
    "splatting": "$how = @{ ComputerName = 'nlb2' }\nGet-VM @how",
    "-OutVariable writes a variable": "Get-VM -OutVariable Ask",
    "-Parameter:value": "Get-Command -Name 'Get-NlbCluster' -ErrorAction:SilentlyContinue",
    "a parameter in the place of a value": "Get-WinEvent -FilterHashtable $Filter -MaxEvents -ComputerName:nlb2",
    "verbatim arguments": "Get-VM --% -ComputerName nlb2",
    "a class that repairs programs when it is read": "Get-CimInstance -ClassName Win32_Product",
    "a class that is computed": "Get-CimInstance -ClassName $class",
    "a query of one's own": "Get-CimInstance -Query 'SELECT * FROM Win32_Service'",
    "Get-Command finds any command": "Get-Command -Name 'Stop-Computer'",
    "a file": "Get-ItemProperty -LiteralPath 'C:\\a'",
    "an event log file of another machine": "Read-EventLog @{ Path = '\\\\nlb2\\c$\\a.evtx' }",
    "an event log of a computed name": "Read-EventLog $filter",
    "JSON by position": "ConvertTo-Json 1",
    # ---- statements, redirections, hidden places ----
    "output into a file": "Get-VM > 'C:\\a.txt'",
    "output appended to a file": "Get-VM >> a.txt",
    "errors merged into the output": f"& {NLB} query 2>&1",
    "all streams into nothing": "Get-VM *> $null",
    "a command inside a text": '"$(Stop-Computer)"',
    "a command inside a hashtable": "@{ a = Stop-Computer }",
    "a command inside a default value": "function Find-Text($From = (Stop-Computer)) { 1 }",
    "a command inside a calculated property": "1 | Select-Object @{ n = 'a'; e = { Stop-Computer } }",
    "a command inside an attribute": "function Find-Text([ValidateScript({ Stop-Computer })]$From) { 1 }",
    "a class": "class A { static [void] B() { } }",
    "using": "using module C:\\a.psm1",
    "#requires": "#requires -Modules Hyper-V\nGet-VM",
    "a data section": "data { 'a' }",
    "dynamicparam": "dynamicparam { 1 }",
    "a process block": "process { Get-Date }",
    "a trap": "trap { continue }",
    "a loop that may not end": "while ($true) { 1 }",
    "a switch statement": "switch (1) { 1 { 'a' } }",
    "exit": "exit 1",
    "a workflow": "workflow Find-Text { 1 }",
    "typographic quotes and dashes": "Get\u2010VM",
    "a syntax error": "Get-VM |",
    # ---- what only PowerShell 7 reads ----
    "?:": "$a = $true ? 1 : 2",
    "??": "$a = $b ?? 1",
    "??=": "$a ??= 1",
    "?.": "${a}?.Name",
    "?[": "${a}?[0]",
    "&&": "Get-VM && Get-VMHost",
    "||": "Get-VM || Get-VMHost",
    "in the background": "Get-VM &",
    "a line that begins with a pipe": "Get-VM\n    | Out-Null",
    "a binary number": "$a = 0b101",
    "an escape of version 6": '"`u{1F4A9}"',
    "an end block and a clean block": "end { 1 } clean { Stop-Computer }",
}
ACCEPTED = {
    "the preferences": "$ErrorActionPreference = 'Stop'\n$ProgressPreference = 'SilentlyContinue'",
    "a query of a WMI class": "Get-CimInstance -Namespace 'root\\MicrosoftNLB' -ClassName MicrosoftNLB_Node",
    "listed properties": "Get-CimInstance -ClassName Win32_OperatingSystem -Property 'Caption', 'Version'",
    "an NLB cmdlet for this machine": "Get-NlbClusterNode -HostName localhost -InterfaceName $a -NodeName $env:COMPUTERNAME",
    "the driver, which is always local": "Get-NlbClusterDriverInfo -ConvergenceHistory -InterfaceName $a",
    "a registry value": "$values = Get-ItemProperty -LiteralPath 'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters'",
    "a registry key by a variable": "$path = 'HKLM:\\A'\nif (Test-Path -LiteralPath $path) { Get-ChildItem -LiteralPath $path }",
    "nlb.exe reads": f"$lines = @(& {NLB} query | ForEach-Object {{ [string]$_ }})",
    "nlb.exe, its errors thrown away": f"& {NLB} params 2>$null",
    "a filter with a block": "Get-VM | Where-Object { $_.State -ne 'Off' } | Select-Object -First 1",
    "a cast": "[int]$nic.VlanSetting.OperationMode",
    "a record": "[pscustomobject]@{ ip = [string]$a.IPAddress; mask = if ($a) { 1 } else { $null } }",
    "a property that may not exist": "$property = $From.PSObject.Properties[$Name]\nif ($null -ne $property) { $property.Value }",
    "a section": "Write-Section 'vms' { Get-VM }",
    "the helper of the sections": "function Write-Section($Name, [scriptblock]$Body) { if ($Ask -contains $Name) { & $Body } }",
    "one source after the other": "function Use-First([scriptblock[]]$Bodies) { foreach ($Body in $Bodies) { & $Body } }",
    "a time": "(Get-Date).AddDays(-30).ToUniversalTime().ToString('o')",
    "events of one provider": "Read-EventLog @{ LogName = 'System'; ProviderName = 'Tcpip'; Id = 4198, 4199; StartTime = $since }",
    "escapes for JSON": "[regex]::Replace($json, '[^\\x20-\\x7e]', { param($found) '\\u{0:x4}' -f [int][char]$found.Value })",
    "an own collection": "$values = [ordered]@{}\n$values.Add('a', 'b')",
    "a text with values in it": 'throw "no node $env:COMPUTERNAME on $($instance.interface)"',
    "a comment that names a command": "# Stop-Computer\nGet-VM",
}
# fmt: on


@pytest.fixture(scope="module")
def reasons(engine: Engine) -> dict[str, list[str]]:
    """Text -> why the gate refuses it; every text of this module, from one start of the engine."""
    texts = [*EVASIONS.values(), *ACCEPTED.values(), *(ask_text.script(kind) for kind in KINDS)]
    return {text: verdict(tree, text) for text, tree in zip(texts, trees(engine, texts), strict=True)}


@pytest.fixture(scope="module")
def reviewed() -> dict[str, Any]:
    """The committed listing."""
    read: dict[str, Any] = json.loads(REVIEWED.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("kind", KINDS)
def test_a_shipped_ask_only_reads(kind: ask_text.Kind, reasons: dict[str, list[str]]) -> None:
    assert reasons[ask_text.script(kind)] == []


@pytest.mark.parametrize("name", EVASIONS)
def test_an_evasion_is_refused(name: str, reasons: dict[str, list[str]]) -> None:
    assert reasons[EVASIONS[name]]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_an_ask_needs_is_accepted(name: str, reasons: dict[str, list[str]]) -> None:
    assert reasons[ACCEPTED[name]] == []


def test_the_reviewed_listing_is_what_the_asks_do(engine: Engine, reviewed: dict[str, Any]) -> None:
    texts = [ask_text.script(kind) for kind in KINDS]
    derived = {
        f"{kind}.ps1": listing(tree, text) for kind, tree, text in zip(KINDS, trees(engine, texts), texts, strict=True)
    }
    assert derived == reviewed, "run `python -m tests.collect.review` and read what changed"


@pytest.mark.parametrize("kind", KINDS)
def test_the_reviewed_listing_is_for_this_very_text(kind: ask_text.Kind, reviewed: dict[str, Any]) -> None:
    assert reviewed[f"{kind}.ps1"]["sha256"] == ask_text.sha256(kind)
    assert ask_text.sha256(kind) == hashlib.sha256(ask_text.script(kind).encode("ascii")).hexdigest()


@pytest.mark.parametrize(("kind", "contract"), [("node", sections.NODE), ("host", sections.HOST)])
def test_an_ask_has_the_sections_of_the_contract_in_its_order(
    kind: ask_text.Kind, contract: dict[str, type[sections.Record]]
) -> None:
    assert re.findall(r"^Write-Section '([^']+)'", ask_text.script(kind), re.MULTILINE) == list(contract)


def test_both_asks_have_the_same_helpers() -> None:
    node, host = (
        dict(re.findall(r"^function (\S+?)[ (](.*?)^\}$", ask_text.script(kind), re.MULTILINE | re.DOTALL))
        for kind in KINDS
    )
    assert {name: body for name, body in node.items() if name in host} == host


@pytest.mark.parametrize("kind", KINDS)
def test_an_ask_fits_a_windows_reader(kind: ask_text.Kind) -> None:
    text = ask_text.script(kind)
    assert text.isascii()
    assert text.endswith("}\n")
    assert not re.search(r"\t|[ ]$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 170
