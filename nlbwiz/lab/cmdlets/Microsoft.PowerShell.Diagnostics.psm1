# Get-WinEvent over the logs of machine.json, the newest record first. Its errors have the real ones' ids.

function Get-WinEvent {
    [CmdletBinding(DefaultParameterSetName = 'Hash')]
    param(
        [Parameter(ParameterSetName = 'Hash', Mandatory)][hashtable]$FilterHashtable,
        [Parameter(ParameterSetName = 'Log', Mandatory)][string]$LogName,
        [long]$MaxEvents = 1000000,
        [Parameter(ParameterSetName = 'Log')][switch]$Oldest
    )
    if (Test-Failure $PSCmdlet) { return }
    $name = if ($PSCmdlet.ParameterSetName -eq 'Hash') { $FilterHashtable.LogName } else { $LogName }
    $log = (Get-Machine).logs.PSObject.Properties[$name]
    if ($null -eq $log) {
        Write-WinEventError $PSCmdlet "There is not an event log on the localhost computer that matches `"$name`"." 'NoMatchingLogsFound'
        return
    }
    $rows = @($log.Value.events)
    if ($PSCmdlet.ParameterSetName -eq 'Hash') {
        $provider = $FilterHashtable.ProviderName
        if ((Get-Machine).providers -notcontains $provider) {
            Write-WinEventError $PSCmdlet "There is not an event provider on the localhost computer that matches `"$provider`"." 'NoMatchingProvidersFound'
            return
        }
        $rows = @($rows | Where-Object {
                $_.provider -eq $provider -and (-not $FilterHashtable.ContainsKey('Id') -or $FilterHashtable.Id -contains $_.id) -and
                (ConvertTo-LocalTime $_.at) -ge $FilterHashtable.StartTime
            })
    }
    $rows = @($rows | Sort-Object -Property { ConvertTo-LocalTime $_.at } -Descending:(-not $Oldest) | Select-Object -First $MaxEvents)
    if ($rows.Count -eq 0) {
        Write-WinEventError $PSCmdlet 'No events were found that match the specified selection criteria.' 'NoMatchingEventsFound'
        return
    }
    foreach ($row in $rows) {
        [pscustomobject]@{
            Id           = [int]$row.id
            ProviderName = $row.provider
            LogName      = $name
            TimeCreated  = ConvertTo-LocalTime $row.at
            Properties   = @($row.inserts | ForEach-Object { if ($_ -is [array]) { [pscustomobject]@{ Value = [byte[]]$_ } } else { [pscustomobject]@{ Value = $_ } } })
        }
    }
}

function Write-WinEventError($Cmdlet, [string]$Message, [string]$Id) {
    Write-CmdletError $Cmdlet (New-Object System.Exception $Message) $Id 'ObjectNotFound'
}
