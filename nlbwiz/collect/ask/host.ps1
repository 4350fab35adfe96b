# nlbwiz, ask "host", version 1: what one Hyper-V host says about its VMs, its vSwitches and its network. It changes
# nothing and asks no other machine. The caller sets $Ask to the names of the sections to run; other names mean nothing
# here. Every section fails alone and writes one line of ASCII JSON when it is done. What a section read before it failed
# stays in its data. For Windows PowerShell 4.0 and 5.1 (Server 2012 R2 and later). What each section reads: docs/asks.md.

# An error ends a section. The Get-Net... cmdlets are functions, which do not see this preference: they are told each time.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'

function Write-Section([string]$Name, [scriptblock]$Body) {
    if ($Ask -notcontains $Name) { return }
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $failure = $null
    $problem = $null
    $rows = @(try { & $Body } catch { $failure = $_ })
    if ($null -ne $failure) {
        $problem = [ordered]@{
            type    = $failure.Exception.GetType().FullName
            id      = [string]$failure.FullyQualifiedErrorId
            message = [string]$failure.Exception.Message
        }
    }
    $line = [ordered]@{ section = $Name; version = 1; data = $rows; error = $problem; took_ms = [int]$watch.ElapsedMilliseconds }
    $json = ConvertTo-Json -InputObject $line -Depth 6 -Compress
    [regex]::Replace($json, '[^\x20-\x7e]', { param($found) '\u{0:x4}' -f [int][char]$found.Value })
}

# A property's value, or null where this version of Windows does not have the property (or a registry key has no values).
function Find-Value($From, [string]$Name) {
    $property = if ($null -ne $From) { $From.PSObject.Properties[$Name] } else { $null }
    if ($null -ne $property) { $property.Value } else { $null }
}

# The same as text; an empty text is no value.
function Find-Text($From, [string]$Name) {
    $text = [string](Find-Value $From $Name)
    if ($text -ne '') { $text } else { $null }
}

# The cmdlets of NetTCPIP raise an error when a query finds nothing. Nothing is an answer.
function Read-Found([scriptblock]$Body) {
    try { & $Body } catch { if ($_.FullyQualifiedErrorId -notlike 'CmdletizationQuery_NotFound*') { throw } }
}

function Read-Neighbor {
    foreach ($neighbor in Read-Found { Get-NetNeighbor -AddressFamily IPv4 -ErrorAction Stop }) {
        if ([string]$neighbor.State -ne 'Unreachable') {
            [pscustomobject]@{
                ip    = [string]$neighbor.IPAddress
                mac   = [string]$neighbor.LinkLayerAddress
                index = [int]$neighbor.InterfaceIndex
                state = [string]$neighbor.State
            }
        }
    }
}

function Read-Adapter {
    foreach ($nic in Get-NetAdapter -ErrorAction Stop) {
        $speed = Find-Value $nic 'Speed'
        [pscustomobject]@{
            name            = [string]$nic.Name
            description     = [string]$nic.InterfaceDescription
            guid            = [string]$nic.InterfaceGuid
            index           = [int]$nic.InterfaceIndex
            mac             = [string]$nic.MacAddress
            permanent       = Find-Text $nic 'PermanentAddress'
            status          = [string]$nic.Status
            physical        = [bool]$nic.ConnectorPresent
            speed           = if ($null -ne $speed) { [uint64]$speed } else { $null }
            driver_version  = Find-Text $nic 'DriverVersion'
            driver_date     = Find-Text $nic 'DriverDate'
            driver_provider = Find-Text $nic 'DriverProvider'
        }
    }
}

# The newest 200 events of one provider, and how far back the log reaches. A provider that is not registered here, or that
# does not write to this log, has logged nothing. A binary insert becomes empty text, so that the others keep their place.
function Read-EventLog([hashtable]$Filter) {
    $nothing = '^(NoMatchingEventsFound|NoMatchingProvidersFound|LogsAndProvidersDontOverlap)\b'
    $events = @(try { Get-WinEvent -FilterHashtable $Filter -MaxEvents 201 } catch { if ($_.FullyQualifiedErrorId -notmatch $nothing) { throw } })
    $oldest = @(try { Get-WinEvent -LogName $Filter.LogName -Oldest -MaxEvents 1 } catch { if ($_.FullyQualifiedErrorId -notmatch $nothing) { throw } })
    [pscustomobject]@{
        log       = [string]$Filter.LogName
        provider  = [string]$Filter.ProviderName
        oldest    = if ($oldest.Count -gt 0) { $oldest[0].TimeCreated.ToUniversalTime().ToString('o') } else { $null }
        truncated = $events.Count -gt 200
        events    = @(
            foreach ($record in $events | Select-Object -First 200) {
                [pscustomobject]@{
                    id      = [int]$record.Id
                    at      = $record.TimeCreated.ToUniversalTime().ToString('o')
                    inserts = @(foreach ($insert in $record.Properties) { if ($insert.Value -is [byte[]]) { '' } else { [string]$insert.Value } })
                }
            }
        )
    }
}

# ---- Hyper-V ----

Write-Section 'hypervisor' {
    $hypervisor = Get-VMHost
    $system = Get-CimInstance -ClassName Win32_OperatingSystem -Property 'Caption', 'Version', 'LastBootUpTime'
    $machine = Get-CimInstance -ClassName Win32_ComputerSystem -Property 'Domain', 'PartOfDomain'
    [pscustomobject]@{
        computer          = [string]$env:COMPUTERNAME
        domain            = if ($machine.PartOfDomain) { [string]$machine.Domain } else { $null }
        caption           = [string]$system.Caption
        version           = [string]$system.Version
        boot              = $system.LastBootUpTime.ToUniversalTime().ToString('o')
        clock             = (Get-Date).ToUniversalTime().ToString('o')
        pool_low          = [string]$hypervisor.MacAddressMinimum
        pool_high         = [string]$hypervisor.MacAddressMaximum
        migration_enabled = [bool]$hypervisor.VirtualMachineMigrationEnabled
        max_migrations    = [int]$hypervisor.MaximumVirtualMachineMigrations
    }
}

# Without the right to see VMs the list is empty, not an error. Get-VMHost is an error then.
Write-Section 'vms' {
    $machines = @(Get-VM)
    if ($machines.Count -eq 0) { Get-VMHost | Out-Null }
    foreach ($vm in $machines) {
        [pscustomobject]@{
            name        = [string]$vm.Name
            id          = [string]$vm.Id
            state       = [int]$vm.State
            operational = @($vm.OperationalStatus | Where-Object { $null -ne $_ } | ForEach-Object { [int]$_ })
            clustered   = [bool]$vm.IsClustered
        }
    }
}

# The host's own virtual NICs have no dynamic MAC, and no addresses here: those are in the host's TCP/IP.
Write-Section 'vnics' {
    $nics = @(Get-VMNetworkAdapter -All)
    if ($nics.Count -eq 0) { Get-VMHost | Out-Null }
    foreach ($nic in $nics) {
        $own = [bool]$nic.IsManagementOs
        $active = Find-Value $nic 'VFDataPathActive'
        $addresses = Find-Value $nic 'IPAddresses'
        [pscustomobject]@{
            vm        = if ($own) { $null } else { [string]$nic.VMName }
            vm_id     = if ($own) { $null } else { [string]$nic.VMId }
            name      = [string]$nic.Name
            mac       = [string]$nic.MacAddress
            dynamic   = [bool](Find-Value $nic 'DynamicMacAddressEnabled')
            spoofing  = [int]$nic.MacAddressSpoofing
            teaming   = [int]$nic.AllowTeaming
            'switch'  = Find-Text $nic 'SwitchName'
            connected = if ($own) { $null -ne (Find-Text $nic 'SwitchName') } else { [bool]$nic.Connected }
            status    = @($nic.Status | Where-Object { $null -ne $_ } | ForEach-Object { [int]$_ })
            ips       = @($addresses | Where-Object { $_ } | ForEach-Object { [string]$_ })
            vlan_mode = [int]$nic.VlanSetting.OperationMode
            vlan      = [int]$nic.VlanSetting.AccessVlanId
            isolation = [int]$nic.CurrentIsolationMode
            sriov     = if ($own -or $null -eq $active) { $null } else { [bool]$active }
        }
    }
}

# Switch embedded teaming came with Server 2016: before, neither the property nor the cmdlet exists.
Write-Section 'vswitches' {
    foreach ($vswitch in Get-VMSwitch) {
        $embedded = [bool](Find-Value $vswitch 'EmbeddedTeamingEnabled')
        $team = if ($embedded) { Get-VMSwitchTeam -VMSwitch $vswitch } else { $null }
        $mode = if ($embedded) { $team.TeamingMode } else { $null }
        $balancing = if ($embedded) { $team.LoadBalancingAlgorithm } else { $null }
        $uplinks = if ($embedded) { $team.NetAdapterInterfaceDescription } else { $vswitch.NetAdapterInterfaceDescription }
        [pscustomobject]@{
            name       = [string]$vswitch.Name
            id         = [string]$vswitch.Id
            type       = [int]$vswitch.SwitchType
            management = [bool]$vswitch.AllowManagementOS
            uplinks    = @($uplinks | Where-Object { $_ } | ForEach-Object { [string]$_ })
            embedded   = $embedded
            mode       = if ($null -ne $mode) { [int]$mode } else { $null }
            balancing  = if ($null -ne $balancing) { [int]$balancing } else { $null }
        }
    }
}

# ---- the host's own network ----

Write-Section 'teams' {
    $members = @(Get-NetLbfoTeamMember -ErrorAction Stop)
    $nics = @(Get-NetLbfoTeamNic -ErrorAction Stop)
    foreach ($team in Get-NetLbfoTeam -ErrorAction Stop) {
        [pscustomobject]@{
            name      = [string]$team.Name
            mode      = [int]$team.TeamingMode
            balancing = [int]$team.LoadBalancingAlgorithm
            status    = [int]$team.Status
            members   = @(
                foreach ($member in $members | Where-Object { $_.Team -eq $team.Name }) {
                    [pscustomobject]@{
                        name        = [string]$member.Name
                        description = [string]$member.InterfaceDescription
                        admin       = [int]$member.AdministrativeMode
                        operational = [int]$member.OperationalMode
                    }
                }
            )
            nics      = @($nics | Where-Object { $_.Team -eq $team.Name } | ForEach-Object { [string]$_.InterfaceDescription })
        }
    }
}

Write-Section 'uplinks' { Read-Adapter }

Write-Section 'host-neighbors' { Read-Neighbor }

# ---- what happened, and where VMs may run ----

# 20415 and 20417 end a live migration; 16945 to 16950 are about LBFO teams and their members.
Write-Section 'migrations' {
    $since = (Get-Date).AddDays(-30)
    Read-EventLog @{ LogName = 'Microsoft-Windows-Hyper-V-VMMS-Admin'; ProviderName = 'Microsoft-Windows-Hyper-V-VMMS'; Id = 20415, 20417; StartTime = $since }
    Read-EventLog @{ LogName = 'System'; ProviderName = 'Microsoft-Windows-MsLbfoSysEvtProvider'; Id = 16945, 16946, 16947, 16948, 16949, 16950; StartTime = $since }
}

# No cluster service, or a disabled one (Start 4): this host is in no failover cluster. 111 = GroupType VirtualMachine.
Write-Section 'failover' {
    $service = 'HKLM:\SYSTEM\CurrentControlSet\Services\ClusSvc'
    if ((Test-Path -LiteralPath $service) -and (Find-Value (Get-ItemProperty -LiteralPath $service) 'Start') -ne 4) {
        foreach ($group in Get-ClusterGroup | Where-Object { [int]$_.GroupType -eq 111 }) {
            [pscustomobject]@{
                name          = [string]$group.Name
                owner         = [string]$group.OwnerNode.Name
                state         = [int]$group.State
                anti_affinity = @($group.AntiAffinityClassNames | Where-Object { $_ } | ForEach-Object { [string]$_ })
            }
        }
    }
}
