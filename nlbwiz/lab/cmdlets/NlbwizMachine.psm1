# The simulated machine that the other stub modules read ($env:SystemRoot/machine.json), and those parts of Windows that
# have a command in PowerShell on every system: registry, clock, culture. Imported first; the others load by themselves.

$machine = $null
$loaded = $null

function Get-Machine {
    if ($loaded -ne $env:SystemRoot) {
        $script:machine = Get-Content -Raw -Path "$env:SystemRoot/machine.json" | ConvertFrom-Json
        $script:loaded = $env:SystemRoot
    }
    $script:machine
}

# Local time, as CIM and the event log give it.
function ConvertTo-LocalTime($Text) {
    $time = if ($Text -is [datetime]) { $Text } else { [datetime]::Parse($Text, [cultureinfo]::InvariantCulture, 'RoundtripKind') }
    $time.ToLocalTime()
}

# An error as a compiled cmdlet raises it: it obeys the preference of the caller, which a module's function does not see.
function Write-CmdletError($Cmdlet, $Exception, [string]$Id, [string]$Category) {
    $record = New-Object System.Management.Automation.ErrorRecord -ArgumentList $Exception, $Id, $Category, $null
    $bound = $Cmdlet.MyInvocation.BoundParameters
    $preference = if ($bound.ContainsKey('ErrorAction')) { $bound.ErrorAction } else { $Cmdlet.SessionState.PSVariable.GetValue('ErrorActionPreference') }
    if ([string]$preference -eq 'Stop') { $Cmdlet.ThrowTerminatingError($record) } else { $Cmdlet.WriteError($record) }
}

# Whether a command is to fail on this machine (`fail` of machine.json: command -> message); then the error is written.
# The Get-Net... commands are functions on Windows too: nothing but -ErrorAction makes their errors end the caller.
function Test-Failure($Cmdlet) {
    $name = $Cmdlet.MyInvocation.MyCommand.Name
    $failures = (Get-Machine).PSObject.Properties['fail']
    $message = if ($null -ne $failures) { $failures.Value.PSObject.Properties[$name] } else { $null }
    if ($null -eq $message) { return $false }
    $exception = New-Object System.UnauthorizedAccessException $message.Value
    if ($name -like 'Get-Net*') {
        $Cmdlet.WriteError((New-Object System.Management.Automation.ErrorRecord -ArgumentList $exception, 'AccessDenied', 'PermissionDenied', $null))
    } else {
        Write-CmdletError $Cmdlet $exception 'AccessDenied' 'PermissionDenied'
    }
    $true
}

function Get-UICulture { [CmdletBinding()] param() [pscustomobject]@{ Name = (Get-Machine).culture } }

function Get-Date { [CmdletBinding()] param() ConvertTo-LocalTime (Get-Machine).now }

# ---- registry ----

$provider = 'Microsoft.PowerShell.Core\Registry'

function Find-Key([string]$Path) {
    $name = $Path -replace '^(Microsoft\.PowerShell\.Core\\)?Registry::HKEY_LOCAL_MACHINE\\', 'HKLM:\'
    if ($name -notlike 'HKLM:\*') { throw "not a registry key: $Path" }
    $name.TrimEnd('\')
}

function Test-Path {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$LiteralPath)
    $name = Find-Key $LiteralPath
    @((Get-Machine).registry.PSObject.Properties.Name | Where-Object { $_ -eq $name -or $_ -like "$name\*" }).Count -gt 0
}

function Get-ChildItem {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$LiteralPath)
    $name = Find-Key $LiteralPath
    if (-not (Test-Path -LiteralPath $name)) { Write-NoKey $PSCmdlet $name; return }
    foreach ($key in (Get-Machine).registry.PSObject.Properties.Name | Where-Object { $_ -like "$name\*" -and $_.Substring($name.Length + 1) -notlike '*\*' }) {
        [pscustomobject]@{
            Property    = @((Get-Machine).registry.$key.PSObject.Properties.Name)
            PSPath      = "$provider::" + $key.Replace('HKLM:', 'HKEY_LOCAL_MACHINE')
            PSChildName = $key.Substring($name.Length + 1)
        }
    }
}

# A key without values gives nothing at all.
function Get-ItemProperty {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$LiteralPath)
    $name = Find-Key $LiteralPath
    if (-not (Test-Path -LiteralPath $name)) { Write-NoKey $PSCmdlet $name; return }
    $key = (Get-Machine).registry.PSObject.Properties[$name]
    $values = @(if ($null -ne $key) { $key.Value.PSObject.Properties })
    if ($values.Count -eq 0) { return }
    $found = [ordered]@{}
    foreach ($value in $values) { $found[$value.Name] = if ($value.Value -is [array]) { [string[]]$value.Value } else { $value.Value } }
    $path = "$provider::" + $name.Replace('HKLM:', 'HKEY_LOCAL_MACHINE')
    $found.PSPath = $path
    $found.PSParentPath = $path.Substring(0, $path.LastIndexOf('\'))
    $found.PSChildName = $path.Substring($path.LastIndexOf('\') + 1)
    $found.PSDrive = 'HKLM'
    $found.PSProvider = $provider
    [pscustomobject]$found
}

function Write-NoKey($Cmdlet, [string]$Name) {
    $exception = New-Object System.Management.Automation.ItemNotFoundException "Cannot find path '$Name' because it does not exist."
    Write-CmdletError $Cmdlet $exception 'PathNotFound' 'ObjectNotFound'
}
