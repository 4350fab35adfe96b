# nlbwiz, ask "node", version 1: what one NLB node says about itself. It changes nothing and asks no other machine.
# The caller sets $Ask to the names of the sections to run; other names mean nothing here. Every section fails alone and
# writes one line of ASCII JSON when it is done. What a section read before it failed stays in its data.
# For Windows PowerShell 4.0 and 5.1 (Server 2012 R2 and later). What each section reads: docs/asks.md.

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

# ---- the machine ----

Write-Section 'os' {
    $system = Get-CimInstance -ClassName Win32_OperatingSystem -Property 'Caption', 'Version', 'LastBootUpTime'
    $machine = Get-CimInstance -ClassName Win32_ComputerSystem -Property 'Domain', 'PartOfDomain'
    [pscustomobject]@{
        computer      = [string]$env:COMPUTERNAME
        domain        = if ($machine.PartOfDomain) { [string]$machine.Domain } else { $null }
        caption       = [string]$system.Caption
        version       = [string]$system.Version
        boot          = $system.LastBootUpTime.ToUniversalTime().ToString('o')
        clock         = (Get-Date).ToUniversalTime().ToString('o')
        culture       = [string](Get-UICulture).Name
        powershell    = [string]$PSVersionTable.PSVersion
        language_mode = [string]$ExecutionContext.SessionState.LanguageMode
        nlb_installed = Test-Path -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Services\WLBS'
        nlb_module    = $null -ne (Get-Command -Name 'Get-NlbCluster' -ErrorAction SilentlyContinue)
    }
}

Write-Section 'guest' {
    $path = 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters'
    if (Test-Path -LiteralPath $path) {
        $values = Get-ItemProperty -LiteralPath $path
        [pscustomobject]@{
            host      = Find-Text $values 'PhysicalHostName'
            host_fqdn = Find-Text $values 'PhysicalHostNameFullyQualified'
            vm        = Find-Text $values 'VirtualMachineName'
        }
    }
}

# ---- Network Load Balancing: the instances of this node, from NLB's module, else from WMI, else from the registry ----

# What the first of several sources answers completely. When none does: the first error that is not merely "no such cmdlet".
function Use-First([scriptblock[]]$Bodies) {
    $failure = $null
    $wasAbsent = $false
    foreach ($Body in $Bodies) {
        try { return @(& $Body) } catch {
            $absent = $_.Exception -is [System.Management.Automation.CommandNotFoundException]
            if ($null -eq $failure -or ($wasAbsent -and -not $absent)) {
                $failure = $_
                $wasAbsent = $absent
            }
        }
    }
    throw $failure
}

# Rows of a source that has at least one for sure: none at all is a failure, not an answer.
function Read-Some([string]$Source, [scriptblock]$Body) {
    $some = @(& $Body)
    if ($some.Count -eq 0) { throw "$Source answered nothing" }
    $some
}

# Adapters are named by a GUID, with braces or without.
function Test-Guid($Left, $Right) {
    ([string]$Left).Trim('{', '}') -eq ([string]$Right).Trim('{', '}')
}

function Find-Mode($Multicast, $Igmp) {
    if (-not $Multicast) { 'UNICAST' } elseif ($Igmp) { 'IGMPMULTICAST' } else { 'MULTICAST' }
}

function Find-WmiInstance {
    $adapters = @(Get-NetAdapter -ErrorAction Stop)
    foreach ($setting in Get-CimInstance -Namespace 'root\MicrosoftNLB' -ClassName MicrosoftNLB_ClusterSetting) {
        $adapter = $adapters | Where-Object { Test-Guid $_.InterfaceGuid $setting.AdapterGuid } | Select-Object -First 1
        [pscustomobject]@{
            source    = 'wmi'
            name      = Find-Text $setting 'ClusterName'
            primary   = [string]$setting.ClusterIPAddress
            mask      = Find-Text $setting 'ClusterNetworkMask'
            mode      = Find-Mode $setting.MulticastSupportEnabled $setting.IGMPSupport
            interface = if ($null -ne $adapter) { [string]$adapter.Name } else { $null }
            guid      = if ($null -ne $adapter) { [string]$adapter.InterfaceGuid } else { Find-Text $setting 'AdapterGuid' }
            mac       = Find-Text $setting 'ClusterMACAddress'
            group     = Find-Text $setting 'MulticastIPAddress'
        }
    }
}

# NLB's own keys; one stays behind when NLB is unbound from a NIC or when the NIC goes.
function Read-NlbKey {
    $path = 'HKLM:\SYSTEM\CurrentControlSet\Services\WLBS\Parameters\Interface'
    if (Test-Path -LiteralPath $path) { Get-ChildItem -LiteralPath $path }
}

function Find-RegistryInstance {
    $adapters = @(Get-NetAdapter -ErrorAction Stop)
    foreach ($key in Read-NlbKey) {
        $adapter = $adapters | Where-Object { Test-Guid $_.InterfaceGuid $key.PSChildName } | Select-Object -First 1
        $values = Get-ItemProperty -LiteralPath $key.PSPath
        $primary = Find-Text $values 'ClusterIPAddress'
        if ($null -ne $adapter -and $null -ne $primary) {
            [pscustomobject]@{
                source    = 'registry'
                name      = Find-Text $values 'ClusterName'
                primary   = $primary
                mask      = Find-Text $values 'ClusterNetworkMask'
                mode      = Find-Mode (Find-Value $values 'MulticastSupportEnable') (Find-Value $values 'IGMPSupport')
                interface = [string]$adapter.Name
                guid      = [string]$adapter.InterfaceGuid
                mac       = Find-Text $values 'ClusterNetworkAddress'
                group     = Find-Text $values 'McastIPAddress'
            }
        }
    }
}

# Every NLB cmdlet is told this machine: without -HostName and -NodeName it would go on to the other nodes.
# The module does not tell the cluster's MAC and group: WMI does, else the registry, else they stay null.
function Find-ModuleInstance {
    $bound = @(Get-NlbClusterNodeNetworkInterface -HostName localhost | Where-Object { $_.NlbBound })
    $adapters = @(Get-NetAdapter -ErrorAction Stop)
    $known = @(try { Use-First { Find-WmiInstance }, { Find-RegistryInstance } } catch { })
    foreach ($nic in $bound) {
        foreach ($cluster in Read-Some 'Get-NlbCluster' { Get-NlbCluster -HostName localhost -InterfaceName $nic.InterfaceName }) {
            $adapter = $adapters | Where-Object { $_.Name -eq $nic.InterfaceName } | Select-Object -First 1
            $same = $known | Where-Object { $_.primary -eq [string]$cluster.IPAddress } | Select-Object -First 1
            [pscustomobject]@{
                source    = 'module'
                name      = Find-Text $cluster 'Name'
                primary   = [string]$cluster.IPAddress
                mask      = Find-Text $cluster 'SubnetMask'
                mode      = ([string]$cluster.Mode).ToUpperInvariant()
                interface = [string]$nic.InterfaceName
                guid      = if ($null -ne $adapter) { [string]$adapter.InterfaceGuid } else { $null }
                mac       = if ($null -ne $same) { $same.mac } else { $null }
                group     = if ($null -ne $same) { $same.group } else { $null }
            }
        }
    }
}

$instances = @()
$lost = $null
if ($Ask | Where-Object { 'cluster', 'vips', 'state', 'driver', 'rules', 'convergence' -contains $_ }) {
    try { $instances = @(Use-First { Find-ModuleInstance }, { Find-WmiInstance }, { Find-RegistryInstance }) } catch { $lost = $_ }
}

function Use-Instance {
    if ($null -ne $lost) { throw $lost }
    $instances
}

function Read-NodeSetting($Instance) {
    Get-CimInstance -Namespace 'root\MicrosoftNLB' -ClassName MicrosoftNLB_NodeSetting | Where-Object { Test-Guid $_.AdapterGuid $Instance.guid }
}

# Where remote control is on, MicrosoftNLB_Node lists the other nodes too, with StatusCode 0. Name is "primary:priority".
function Read-Node($Instance) {
    Get-CimInstance -Namespace 'root\MicrosoftNLB' -ClassName MicrosoftNLB_Node |
        Where-Object { $_.StatusCode -ne 0 -and ([string]$_.Name -replace ':\d+$', '') -eq $Instance.primary }
}

Write-Section 'cluster' { Use-Instance }

# WMI tells the primary, but no additional VIP; the registry is read for the primary only.
Write-Section 'vips' {
    foreach ($instance in Use-Instance) {
        $pairs = @(
            if ($instance.source -eq 'module') {
                foreach ($vip in Read-Some 'Get-NlbClusterVip' { Get-NlbClusterVip -HostName localhost -InterfaceName $instance.interface }) {
                    @{ role = 'vip'; ip = [string]$vip.IPAddress; mask = Find-Text $vip 'SubnetMask' }
                }
                foreach ($dip in Get-NlbClusterNodeDip -HostName localhost -InterfaceName $instance.interface -NodeName $env:COMPUTERNAME) {
                    @{ role = 'dip'; ip = [string]$dip.IPAddress; mask = Find-Text $dip 'SubnetMask' }
                }
            } else {
                @{ role = 'vip'; ip = $instance.primary; mask = $instance.mask }
            }
            if ($instance.source -eq 'wmi') {
                foreach ($setting in Read-NodeSetting $instance) {
                    $masks = @($setting.DedicatedNetworkMasks)
                    $place = 0
                    foreach ($ip in $setting.DedicatedIPAddresses) {
                        @{ role = 'dip'; ip = [string]$ip; mask = if ($place -lt $masks.Count) { [string]$masks[$place] } else { $null } }
                        $place = $place + 1
                    }
                }
            }
        )
        foreach ($pair in $pairs) {
            [pscustomobject]@{ source = $instance.source; primary = $instance.primary; role = $pair.role; ip = $pair.ip; mask = $pair.mask }
        }
    }
}

Write-Section 'state' {
    foreach ($instance in Use-Instance) {
        if ($instance.source -eq 'module') {
            $own = @(try { Read-Node $instance } catch { })
            foreach ($node in Read-Some 'Get-NlbClusterNode' {
                    Get-NlbClusterNode -HostName localhost -InterfaceName $instance.interface -NodeName $env:COMPUTERNAME
                }) {
                [pscustomobject]@{
                    source   = 'module'
                    primary  = $instance.primary
                    name     = [string]$node.Name
                    priority = [int]$node.HostPriority
                    code     = if ($own.Count -gt 0) { [int]$own[0].StatusCode } else { $null }
                    text     = [string]$node.State
                    initial  = Find-Text $node 'InitialHostState'
                    masked   = [bool]$node.MaskSourceMac
                }
            }
        } else {
            $settings = @(Read-NodeSetting $instance)
            foreach ($node in Read-Some 'MicrosoftNLB_Node' { Read-Node $instance }) {
                [pscustomobject]@{
                    source   = 'wmi'
                    primary  = $instance.primary
                    name     = [string]$node.ComputerName
                    priority = [int]$node.HostPriority
                    code     = [int]$node.StatusCode
                    text     = [string]$node.Status
                    initial  = if ($settings.Count -eq 0) { $null } elseif ($settings[0].ClusterModeOnStart) { 'Started' } else { 'Stopped' }
                    masked   = if ($settings.Count -eq 0) { $null } else { [bool]$settings[0].MaskSourceMAC }
                }
            }
        }
    }
}

Write-Section 'driver' {
    $found = @(Use-Instance)
    foreach ($instance in $found | Where-Object { $_.source -eq 'module' }) {
        foreach ($driver in Read-Some 'Get-NlbClusterDriverInfo' { Get-NlbClusterDriverInfo -InterfaceName $instance.interface }) {
            [pscustomobject]@{
                source  = 'module'
                primary = Find-Text $driver 'ClusterIPAddress'
                mac     = Find-Text $driver 'ClusterMacAddress'
                host_id = [int]$driver.HostId
                state   = Find-Text $driver 'CurrentHostState'
                lines   = @()
            }
        }
    }
    if (@($found | Where-Object { $_.source -ne 'module' }).Count -gt 0) {
        $lines = @(& "$env:SystemRoot\System32\nlb.exe" params | ForEach-Object { [string]$_ })
        [pscustomobject]@{ source = 'nlb.exe'; primary = $null; mac = $null; host_id = $null; state = $null; lines = $lines }
    }
}

Write-Section 'query' {
    [pscustomobject]@{ lines = @(& "$env:SystemRoot\System32\nlb.exe" query | ForEach-Object { [string]$_ }) }
}

# ---- TCP/IP ----

Write-Section 'adapters' { Read-Adapter }

Write-Section 'addresses' {
    foreach ($store in 'ActiveStore', 'PersistentStore') {
        foreach ($address in Read-Found { Get-NetIPAddress -AddressFamily IPv4 -PolicyStore $store -ErrorAction Stop }) {
            [pscustomobject]@{
                ip             = [string]$address.IPAddress
                prefix         = [int]$address.PrefixLength
                index          = [int]$address.InterfaceIndex
                alias          = [string]$address.InterfaceAlias
                state          = [string]$address.AddressState
                store          = $store
                skip_as_source = [bool]$address.SkipAsSource
                origin         = [string]$address.PrefixOrigin
            }
        }
    }
}

Write-Section 'address-order' {
    foreach ($key in Get-ChildItem -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces') {
        $typed = Find-Value (Get-ItemProperty -LiteralPath $key.PSPath) 'IPAddress'
        [pscustomobject]@{ guid = [string]$key.PSChildName; addresses = @($typed | Where-Object { $_ } | ForEach-Object { [string]$_ }) }
    }
}

Write-Section 'dad' {
    $texts = 'Disabled', 'Enabled'
    Use-First {
        foreach ($row in Get-NetIPInterface -AddressFamily IPv4 -ErrorAction Stop) {
            [pscustomobject]@{
                source        = 'module'
                index         = [int]$row.InterfaceIndex
                alias         = [string]$row.InterfaceAlias
                dad_transmits = [int]$row.DadTransmits
                dhcp          = [string]$row.Dhcp
                forwarding    = [string]$row.Forwarding
                weak_send     = [string]$row.WeakHostSend
                weak_receive  = [string]$row.WeakHostReceive
            }
        }
    }, {
        foreach ($row in Read-Some 'MSFT_NetIPInterface' {
                Get-CimInstance -Namespace 'root\StandardCimv2' -ClassName MSFT_NetIPInterface -Filter 'AddressFamily = 2 AND Store = 1'
            }) {
            [pscustomobject]@{
                source        = 'wmi'
                index         = [int]$row.InterfaceIndex
                alias         = [string]$row.InterfaceAlias
                dad_transmits = [int]$row.DadTransmits
                dhcp          = $texts[[int]$row.Dhcp]
                forwarding    = $texts[[int]$row.Forwarding]
                weak_send     = $texts[[int]$row.WeakHostSend]
                weak_receive  = $texts[[int]$row.WeakHostReceive]
            }
        }
    }
}

Write-Section 'arp-retry-count' {
    $count = Find-Value (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters') 'ArpRetryCount'
    [pscustomobject]@{ value = if ($null -ne $count) { [int]$count } else { $null } }
}

Write-Section 'neighbors' { Read-Neighbor }

# ---- what happened, and the configuration behind it ----

Write-Section 'events' {
    $since = (Get-Date).AddDays(-30)
    Read-EventLog @{ LogName = 'System'; ProviderName = 'Tcpip'; Id = 4198, 4199; StartTime = $since }
    Read-EventLog @{ LogName = 'System'; ProviderName = 'Microsoft-Windows-NLB'; StartTime = $since }
    Read-EventLog @{ LogName = 'System'; ProviderName = 'Microsoft-Windows-Hyper-V-Netvsc'; Id = 12, 13, 14; StartTime = $since }
}

Write-Section 'registry' {
    $added = 'PSPath', 'PSParentPath', 'PSChildName', 'PSDrive', 'PSProvider'
    foreach ($key in Read-NlbKey) {
        $values = [ordered]@{}
        foreach ($item in Get-ItemProperty -LiteralPath $key.PSPath) {
            foreach ($value in $item.PSObject.Properties | Where-Object { $added -notcontains $_.Name }) {
                $values.Add([string]$value.Name, [string]($value.Value -join ','))
            }
        }
        [pscustomobject]@{ guid = [string]$key.PSChildName; values = $values }
    }
}

Write-Section 'rules' {
    $protocols = '', 'Tcp', 'Udp', 'Both'
    $filterings = '', 'Single', 'Multiple', 'Disabled'
    $affinities = 'None', 'Single', 'Network'
    $states = 'NotFound', 'Enabled', 'Disabled', 'Draining'
    foreach ($instance in Use-Instance) {
        if ($instance.source -eq 'module') {
            foreach ($rule in Get-NlbClusterPortRule -HostName localhost -InterfaceName $instance.interface -NodeName $env:COMPUTERNAME) {
                $priority = Find-Text $rule 'Priority'
                [pscustomobject]@{
                    source    = 'module'
                    primary   = $instance.primary
                    vip       = [string]$rule.VirtualIPAddress
                    start     = [int]$rule.StartPort
                    end       = [int]$rule.EndPort
                    protocol  = [string]$rule.Protocol
                    filtering = [string]$rule.FilteringMode
                    affinity  = Find-Text $rule 'Affinity'
                    priority  = if ($null -ne $priority) { [int]$priority } else { $null }
                    state     = Find-Text $rule 'PortState'
                }
            }
        } else {
            foreach ($rule in Get-CimInstance -Namespace 'root\MicrosoftNLB' -ClassName MicrosoftNLB_PortRuleEx |
                    Where-Object { Test-Guid $_.AdapterGuid $instance.guid }) {
                $filtering = $filterings[[int]$rule.FilteringMode]
                [pscustomobject]@{
                    source    = 'wmi'
                    primary   = $instance.primary
                    vip       = [string]$rule.VirtualIpAddress
                    start     = [int]$rule.StartPort
                    end       = [int]$rule.EndPort
                    protocol  = $protocols[[int]$rule.Protocol]
                    filtering = $filtering
                    affinity  = if ($filtering -eq 'Multiple') { $affinities[[int]$rule.Affinity] } else { $null }
                    priority  = if ($filtering -eq 'Single') { [int]$rule.Priority } else { $null }
                    state     = $states[[int]$rule.PortState]
                }
            }
        }
    }
}

Write-Section 'convergence' {
    $steps = foreach ($instance in Use-Instance) {
        foreach ($step in Get-NlbClusterDriverInfo -ConvergenceHistory -InterfaceName $instance.interface) {
            [pscustomobject]@{ at = $step.Time.ToUniversalTime().ToString('o'); before = [string]$step.FromState; after = [string]$step.ToState }
        }
    }
    $steps | Sort-Object -Property at | Select-Object -Last 20
}
