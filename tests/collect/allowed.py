"""What the PowerShell asks may do, by name: commands with their parameters, programs with their verbs, methods, types.

Read by the gate (`tests.collect.readonly`). A name is added here only with the knowledge that it reads and nothing else.
"""

import re

SWITCH, ANY = "switch", "any value"
OWN_HOST = frozenset({"localhost"})
OWN_NODE = frozenset({"$env:COMPUTERNAME"})
IPV4 = frozenset({"IPv4"})
STOP = frozenset({"Stop"})
NLB = "'root\\MicrosoftNLB'"

COMMANDS: dict[str, dict[str, object]] = {
    "ConvertTo-Json": {"InputObject": ANY, "Depth": ANY, "Compress": SWITCH},
    "Get-ChildItem": {"LiteralPath": re.compile(r"'HKLM:\\[^']+'|\$path")},
    "Get-CimInstance": {
        "Namespace": frozenset({NLB, "'root\\StandardCimv2'"}),
        "ClassName": frozenset(
            {
                "Win32_OperatingSystem",
                "Win32_ComputerSystem",
                "MicrosoftNLB_ClusterSetting",
                "MicrosoftNLB_NodeSetting",
                "MicrosoftNLB_Node",
                "MicrosoftNLB_PortRuleEx",
                "MSFT_NetIPInterface",
            }
        ),
        "Property": re.compile(r"'\w+'(, '\w+')*"),
        "Filter": frozenset({"'AddressFamily = 2 AND Store = 1'"}),
    },
    "Get-ClusterGroup": {},
    "Get-Command": {
        "Name": frozenset({"'Get-NlbCluster'"}),
        "ErrorAction": frozenset({"SilentlyContinue"}),
    },
    "Get-Date": {},
    "Get-ItemProperty": {"LiteralPath": re.compile(r"'HKLM:\\[^']+'|\$path|\$service|\$key\.PSPath")},
    "Get-NetAdapter": {"ErrorAction": STOP},
    "Get-NetIPAddress": {"AddressFamily": IPV4, "PolicyStore": frozenset({"$store"}), "ErrorAction": STOP},
    "Get-NetIPInterface": {"AddressFamily": IPV4, "ErrorAction": STOP},
    "Get-NetLbfoTeam": {"ErrorAction": STOP},
    "Get-NetLbfoTeamMember": {"ErrorAction": STOP},
    "Get-NetLbfoTeamNic": {"ErrorAction": STOP},
    "Get-NetNeighbor": {"AddressFamily": IPV4, "ErrorAction": STOP},
    "Get-NlbCluster": {"HostName": OWN_HOST, "InterfaceName": ANY},
    "Get-NlbClusterDriverInfo": {"InterfaceName": ANY, "ConvergenceHistory": SWITCH},
    "Get-NlbClusterNode": {"HostName": OWN_HOST, "InterfaceName": ANY, "NodeName": OWN_NODE},
    "Get-NlbClusterNodeDip": {"HostName": OWN_HOST, "InterfaceName": ANY, "NodeName": OWN_NODE},
    "Get-NlbClusterNodeNetworkInterface": {"HostName": OWN_HOST},
    "Get-NlbClusterPortRule": {"HostName": OWN_HOST, "InterfaceName": ANY, "NodeName": OWN_NODE},
    "Get-NlbClusterVip": {"HostName": OWN_HOST, "InterfaceName": ANY},
    "Get-UICulture": {},
    "Get-VM": {},
    "Get-VMHost": {},
    "Get-VMNetworkAdapter": {"All": SWITCH},
    "Get-VMSwitch": {},
    "Get-VMSwitchTeam": {"VMSwitch": frozenset({"$vswitch"})},
    "Get-WinEvent": {
        "FilterHashtable": frozenset({"$Filter"}),
        "LogName": frozenset({"$Filter.LogName"}),
        "MaxEvents": ANY,
        "Oldest": SWITCH,
    },
    "Out-Null": {},
    "Select-Object": {"First": re.compile(r"\d+"), "Last": re.compile(r"\d+")},
    "Sort-Object": {"Property": re.compile(r"\w+")},
    "Test-Path": {"LiteralPath": re.compile(r"'HKLM:\\[^']+'|\$path|\$service")},
}
"""Cmdlet -> parameter -> what may follow it. Positional arguments, abbreviations and `-Parameter:value` are refused."""
NEEDS: dict[str, dict[str, str]] = {
    "Get-Nlb": {
        "HostName": "asks other machines without -HostName",
        "NodeName": "asks other machines without -NodeName",
    },
    "Get-Net": {
        "ErrorAction": "goes on after an error without -ErrorAction: a module's function has its own preference"
    },
}
"""Beginning of a cmdlet's name -> parameter it must be given if it has it -> what it does without."""
FILTERS = frozenset({"Where-Object", "ForEach-Object"})
"""Only with one literal script block: `ForEach-Object Delete` calls a method of that name."""
FUNCTIONS = frozenset(
    {
        "Find-ModuleInstance", "Find-Mode", "Find-RegistryInstance", "Find-Text", "Find-Value", "Find-WmiInstance",
        "Read-Adapter", "Read-EventLog", "Read-Found", "Read-Neighbor", "Read-NlbKey", "Read-Node", "Read-NodeSetting",
        "Read-Some", "Test-Guid", "Use-First", "Use-Instance", "Write-Section",
    }
)  # fmt: skip
"""What an ask may define; none is the name of a command of Windows."""
PROGRAMS = {'"$env:SystemRoot\\System32\\nlb.exe"': frozenset({"params", "query"})}
"""Program -> its verbs that only read. nlb.exe: KB 242242, `nlb help`; start, stop, drain, reload ... change things."""
STATIC_METHODS = frozenset({("regex", "Replace"), ("System.Diagnostics.Stopwatch", "StartNew")})
METHODS = frozenset({"AddDays", "GetType", "ToString", "ToUniversalTime", "ToUpperInvariant", "Trim"})
OWN_COLLECTIONS = frozenset({("$values", "Add")})
"""Methods that change what they are called on, allowed on a collection that the ask itself made."""
TYPES = frozenset(
    {
        "string", "int", "uint64", "bool", "char", "byte[]", "regex", "ordered", "pscustomobject", "hashtable",
        "System.Diagnostics.Stopwatch", "System.Management.Automation.CommandNotFoundException",
    }
)  # fmt: skip
PARAMETER_TYPES = TYPES | {"scriptblock", "scriptblock[]"}
PREFERENCES = {
    "ErrorActionPreference": "'Stop'",
    "ProgressPreference": "'SilentlyContinue'",
    "WarningPreference": "'SilentlyContinue'",
}
ENVIRONMENT = frozenset({"env:COMPUTERNAME", "env:SystemRoot"})
RESERVED = frozenset(
    {
        "$", "?", "^", "_", "args", "ask", "bodies", "body", "confirmpreference", "consolefilename",
        "debugpreference", "error", "erroractionpreference", "errorview", "event", "eventargs", "eventsubscriber",
        "executioncontext", "false", "foreach", "formatenumerationlimit", "home", "host", "informationpreference",
        "input", "iscoreclr", "islinux", "ismacos", "iswindows", "lastexitcode", "logcommandhealthevent",
        "logenginehealthevent", "logproviderhealthevent", "matches", "maximumaliascount", "maximumdrivecount",
        "maximumerrorcount", "maximumfunctioncount", "maximumhistorycount", "maximumvariablecount", "myinvocation",
        "nestedpromptlevel", "null", "ofs", "outputencoding", "pid", "profile", "progresspreference",
        "psboundparameters", "pscmdlet", "pscommandpath", "psculture", "psdebugcontext", "psdefaultparametervalues",
        "psemailserver", "pshome", "psitem", "psmoduleautoloadingpreference", "psnativecommandargumentpassing",
        "psnativecommanduseerroractionpreference", "psscriptroot", "pssenderinfo", "pssessionapplicationname",
        "pssessionconfigurationname", "pssessionoption", "psstyle", "psuiculture", "psversiontable", "pwd", "sender",
        "shellid", "stacktrace", "switch", "this", "transcript", "true", "verbosepreference", "warningpreference",
        "whatifpreference",
    }
)  # fmt: skip
"""Variables (lower case) that mean something to PowerShell or to the gate: never assigned, but for `PREFERENCES`."""
OPERATORS = frozenset(
    {
        "And", "Or", "Plus", "Minus", "Format", "As", "Is", "IsNot", "Join", "Ieq", "Ine", "Ige", "Igt", "Ile", "Ilt",
        "Ilike", "Inotlike", "Imatch", "Inotmatch", "Icontains", "Inotcontains", "Ireplace",
    }
)  # fmt: skip
PLAIN = frozenset(
    {
        "ScriptBlockAst", "StatementBlockAst", "CommandExpressionAst", "StringConstantExpressionAst",
        "ExpandableStringExpressionAst", "CommandParameterAst", "HashtableAst", "ArrayExpressionAst", "ArrayLiteralAst",
        "ParenExpressionAst", "SubExpressionAst", "IfStatementAst", "TryStatementAst", "ThrowStatementAst",
        "ReturnStatementAst", "ParamBlockAst", "ScriptBlockExpressionAst",
    }
)  # fmt: skip
"""Kinds of nodes that do nothing by themselves: what they hold is looked at on its own."""
PATHS = frozenset({"path", "service"})
"""Variables that name a registry key: assigned a literal key of this machine, never a share of another one."""
EVENT_FILTER = re.compile(
    r"@\{ LogName = '[^'\\/]+'; ProviderName = '[^']+'; (Id = \d+(, \d+)*; )?StartTime = \$since \}"
)
"""What Read-EventLog is given: Get-WinEvent takes other machines' log files by other keys."""
