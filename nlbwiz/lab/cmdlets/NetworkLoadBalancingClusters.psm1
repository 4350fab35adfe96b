# The Get-Nlb... cmdlets of NLB's own module on this machine. The integers of its enums are UNCONFIRMED. Whoever asks
# without naming this machine is sent on to the other nodes, where a WinRM session has no rights.

enum ClusterMode { UNICAST = 0; MULTICAST = 1; IGMPMULTICAST = 2 }
enum HostState { Started = 1; Stopped = 2; Suspended = 3 }
enum ConvergencePhase { Unknown; ConvergingPhase1; StablePhase1; ConvergingPhase2; StablePhase2; Converged }
enum RuleProtocol { Tcp = 1; Udp = 2; Both = 3 }
enum RuleMode { Single = 1; Multiple = 2; Disabled = 3 }
enum RuleAffinity { None = 0; Single = 1; Network = 2 }
enum RuleState { NotFound = 0; Enabled = 1; Disabled = 2; Draining = 3 }

function Assert-ThisMachine([string[]]$Names) {
    foreach ($name in $Names) {
        if ('localhost', '.', $env:COMPUTERNAME -notcontains $name) {
            throw (New-Object System.UnauthorizedAccessException 'Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))')
        }
    }
}

function Find-Instance([string]$InterfaceName) {
    $found = @((Get-Machine).nlb | Where-Object { $_.Interface -eq $InterfaceName })
    if ($found.Count -eq 0) { throw 'Failed to get the specified interface or NLB is not bound to the specified interface.' }
    $found
}

function Get-NlbClusterNodeNetworkInterface {
    [CmdletBinding()] param([string]$HostName, [string]$InterfaceName)
    if (Test-Failure $PSCmdlet) { return }
    Assert-ThisMachine $HostName
    foreach ($adapter in (Get-Machine).adapters) {
        $instance = (Get-Machine).nlb | Where-Object { $_.Interface -eq $adapter.Name }
        [pscustomobject]@{
            InterfaceName       = $adapter.Name
            NlbBound            = $null -ne $instance
            Cluster             = if ($instance) { $instance.Name } else { $null }
            DhcpEnabled         = $false
            InterfaceIP         = if ($instance) { [ipaddress]$instance.Dip } else { $null }
            InterfaceSubnetMask = if ($instance) { [ipaddress]$instance.Mask } else { $null }
            ClusterPrimaryIP    = if ($instance) { [ipaddress]$instance.Primary } else { $null }
            ClusterSubnetMask   = if ($instance) { [ipaddress]$instance.Mask } else { $null }
        }
    }
}

function Get-NlbCluster {
    [CmdletBinding()] param([string]$HostName, [string]$InterfaceName)
    if (Test-Failure $PSCmdlet) { return }
    Assert-ThisMachine $HostName
    $instance = Find-Instance $InterfaceName
    [pscustomobject]@{ Name = $instance.Name; IPAddress = [ipaddress]$instance.Primary; SubnetMask = [ipaddress]$instance.Mask; Mode = [ClusterMode]$instance.Mode }
}

function Get-NlbClusterNode {
    [CmdletBinding()] param([string]$HostName, [string]$InterfaceName, [string]$NodeName)
    if (Test-Failure $PSCmdlet) { return }
    Assert-ThisMachine $HostName, $NodeName
    $instance = Find-Instance $InterfaceName
    [pscustomobject]@{
        Cluster                = $instance.Name
        Name                   = $NodeName
        InterfaceName          = $InterfaceName
        Host                   = ''
        State                  = $instance.State
        HostPriority           = [int]$instance.HostPriority
        AdapterGuid            = '{}'
        InitialHostState       = [HostState]$instance.InitialHostState
        PersistSuspendOnReboot = $true
        MaskSourceMac          = [bool]$instance.MaskSourceMac
        FilterIcmp             = 0
        GreDescriptorTimeout   = 10
    }
}

function Get-NlbClusterVip {
    [CmdletBinding()] param([string]$HostName, [string]$InterfaceName, [ipaddress]$IP)
    if (Test-Failure $PSCmdlet) { return }
    Assert-ThisMachine $HostName
    $instance = Find-Instance $InterfaceName
    foreach ($address in $instance.Vips) { [pscustomobject]@{ IPAddress = [ipaddress]$address; SubnetMask = [ipaddress]$instance.Mask } }
}

function Get-NlbClusterNodeDip {
    [CmdletBinding()] param([string]$HostName, [string]$InterfaceName, [string]$NodeName, [ipaddress]$IP)
    if (Test-Failure $PSCmdlet) { return }
    Assert-ThisMachine $HostName, $NodeName
    $instance = Find-Instance $InterfaceName
    [pscustomobject]@{ Node = $NodeName; IPAddress = [ipaddress]$instance.Dip; SubnetMask = [ipaddress]$instance.Mask }
}

function Get-NlbClusterPortRule {
    [CmdletBinding()] param([string]$HostName, [string]$InterfaceName, [string]$NodeName, [uint32]$Port)
    if (Test-Failure $PSCmdlet) { return }
    Assert-ThisMachine $HostName, $NodeName
    $instance = Find-Instance $InterfaceName
    foreach ($rule in $instance.Rules) {
        [pscustomobject]@{
            Cluster          = $instance.Name
            NodeName         = $NodeName
            VirtualIPAddress = [ipaddress]$rule.VirtualIPAddress
            StartPort        = [uint32]$rule.StartPort
            EndPort          = [uint32]$rule.EndPort
            Affinity         = if ($rule.Affinity) { [RuleAffinity]$rule.Affinity } else { $null }
            FilteringMode    = [RuleMode]$rule.FilteringMode
            Protocol         = [RuleProtocol]$rule.Protocol
            EqualLoad        = $true
            LoadWeight       = $null
            PortState        = [RuleState]$rule.PortState
            Priority         = if ($null -ne $rule.Priority) { [uint32]$rule.Priority } else { $null }
            Timeout          = $null
        }
    }
}

function Get-NlbClusterDriverInfo {
    [CmdletBinding(DefaultParameterSetName = 'Params')]
    param(
        [string]$InterfaceName,
        [Parameter(ParameterSetName = 'Params')][switch]$Params,
        [Parameter(ParameterSetName = 'ConvergenceHistory', Mandatory)][switch]$ConvergenceHistory
    )
    if (Test-Failure $PSCmdlet) { return }
    $instance = Find-Instance $InterfaceName
    if ($ConvergenceHistory) {
        foreach ($step in $instance.History) {
            [pscustomobject]@{ Time = ConvertTo-LocalTime $step.Time; FromState = [ConvergencePhase]$step.FromState; ToState = [ConvergencePhase]$step.ToState }
        }
        return
    }
    [pscustomobject]@{
        FullyQualifiedDomainName = $instance.Name
        ParametersVersion        = 6
        EffectiveNlbVersion      = 513
        HostId                   = [uint32]$instance.HostPriority
        ClusterName              = $instance.Name
        ClusterIPAddress         = [ipaddress]$instance.Primary
        ClusterMacAddress        = $instance.DriverMac
        AliveMsgPeriod           = 1000
        MaxConnectionDescriptors = 262144
        IcmpFilteringEnabled     = $false
        InitialHostState         = [HostState]$instance.InitialHostState
        CurrentHostState         = $instance.DriverState
        PersistedHostStates      = $true
    }
}
