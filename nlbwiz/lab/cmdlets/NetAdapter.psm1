# Get-NetAdapter (MSFT_NetAdapter and its type extensions). Like the real one a function, deaf to the caller's preferences.

function Get-NetAdapter {
    [CmdletBinding()] param([string[]]$Name, [switch]$IncludeHidden, [switch]$Physical)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).adapters) {
        [pscustomobject]@{
            Name                 = $row.Name
            InterfaceDescription = $row.InterfaceDescription
            InterfaceGuid        = $row.InterfaceGuid
            InterfaceIndex       = [uint32]$row.InterfaceIndex
            ifIndex              = [uint32]$row.InterfaceIndex
            MacAddress           = $row.MacAddress
            PermanentAddress     = $row.PermanentAddress
            Status               = $row.Status
            ConnectorPresent     = [bool]$row.ConnectorPresent
            Speed                = if ($null -ne $row.Speed) { [uint64]$row.Speed } else { $null }
            DriverVersion        = $row.DriverVersion
            DriverDate           = $row.DriverDate
            DriverProvider       = $row.DriverProvider
        }
    }
}
