# Get-CimInstance over the classes that machine.json holds, by namespace. A property that -Property leaves out is null.

$times = 'LastBootUpTime', 'LocalDateTime'

function Get-CimInstance {
    [CmdletBinding()]
    param([string]$Namespace = 'root\cimv2', [Parameter(Mandatory)][string]$ClassName, [string[]]$Property, [string]$Filter)
    if (Test-Failure $PSCmdlet) { return }
    $classes = (Get-Machine).cim.PSObject.Properties[$Namespace]
    if ($null -eq $classes) { Write-CimError $PSCmdlet 'Invalid namespace ' 'HRESULT 0x8004100e'; return }
    $rows = $classes.Value.PSObject.Properties[$ClassName]
    if ($null -eq $rows) { Write-CimError $PSCmdlet 'Invalid class ' 'HRESULT 0x80041010'; return }
    foreach ($row in $rows.Value) {
        $wanted = $true
        foreach ($term in $Filter -split ' AND ' | Where-Object { $_ }) {
            $name, $value = $term -split ' = '
            if ([string]$row.$name -ne $value) { $wanted = $false }
        }
        if ($wanted) {
            $found = [ordered]@{}
            foreach ($each in $row.PSObject.Properties) {
                $value = if ($times -contains $each.Name) { ConvertTo-LocalTime $each.Value } else { $each.Value }
                $found[$each.Name] = if ($Property -and $Property -notcontains $each.Name) { $null } else { $value }
            }
            [pscustomobject]$found
        }
    }
}

function Write-CimError($Cmdlet, [string]$Message, [string]$Id) {
    $exception = New-Object Microsoft.Management.Infrastructure.CimException $Message
    Write-CmdletError $Cmdlet $exception "$Id,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand" 'NotSpecified'
}
