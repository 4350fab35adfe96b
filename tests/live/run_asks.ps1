# Runs the shipped asks, verbatim, against many simulated machines in one process.
# stdin: { modules, scripts: { node, host }, machines: [{ name, kind, ask, powershell, environment: { NAME: value } }] }
# stdout: a JSON object, machine -> the lines that its ask wrote; stderr: errors that an ask let pass.
# The preferences of this scope stay as they are on Windows: the functions of a module see them, not those of the ask.
$job = ConvertFrom-Json ([Console]::In.ReadToEnd())
$env:PSModulePath = $job.modules
Import-Module NlbwizMachine -ErrorAction Stop

function Invoke-Ask($Machine, [string]$Text) {
    foreach ($variable in $Machine.environment.PSObject.Properties) { [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value) }
    if ($Machine.powershell) { $PSVersionTable['PSVersion'] = $Machine.powershell }
    $Ask = @($Machine.ask)
    Set-StrictMode -Version Latest
    & ([ScriptBlock]::Create($Text))
}

$said = [ordered]@{}
foreach ($machine in $job.machines) { $said[$machine.name] = @(Invoke-Ask $machine $job.scripts.($machine.kind)) }
ConvertTo-Json -InputObject $said -Depth 4 -Compress
