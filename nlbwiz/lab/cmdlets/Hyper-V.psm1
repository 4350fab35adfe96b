# The Hyper-V cmdlets that an ask uses, with the types and integers of Microsoft.HyperV.PowerShell (OnOffState: On = 0).

enum OnOffState { On = 0; Off = 1 }
enum VMState { Other = 1; Running = 2; Off = 3; Stopping = 4; Saved = 6; Paused = 9; Starting = 10; Reset = 11 }
enum VMOperationalStatus { Ok = 2; Degraded = 3; InService = 11; Dormant = 15; MigratingVirtualMachine = 32774; CommunicationFailed = 32784 }
enum VMNetworkAdapterOperationalStatus { Ok = 2; Degraded = 3; Error = 6; NoContact = 12; LostCommunication = 13; ProtocolVersion = 32775 }
enum VMNetworkAdapterVlanMode { Untagged = 0; Access = 1; Trunk = 2; Private = 3 }
enum VMNetworkAdapterIsolationMode { None = 0; NativeVirtualSubnet = 1; ExternalVirtualSubnet = 2; Vlan = 3 }
enum VMSwitchType { Private = 0; Internal = 1; External = 2 }
enum VMSwitchTeamingMode { SwitchIndependent = 1 }
enum VMSwitchLoadBalancingAlgorithm { HyperVPort = 4; Dynamic = 5 }

function Get-VMHost {
    [CmdletBinding()] param()
    if (Test-Failure $PSCmdlet) { return }
    $row = (Get-Machine).vmhost
    [pscustomobject]@{
        Name                            = $env:COMPUTERNAME
        FullyQualifiedDomainName        = $row.Domain
        MacAddressMinimum               = $row.MacAddressMinimum
        MacAddressMaximum               = $row.MacAddressMaximum
        VirtualMachineMigrationEnabled  = [bool]$row.VirtualMachineMigrationEnabled
        MaximumVirtualMachineMigrations = [uint32]$row.MaximumVirtualMachineMigrations
    }
}

function Get-VM {
    [CmdletBinding()] param([string[]]$Name)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).vms) {
        [pscustomobject]@{
            Name              = $row.Name
            Id                = [guid]$row.Id
            State             = [VMState]$row.State
            OperationalStatus = [VMOperationalStatus[]]@($row.OperationalStatus)
            IsClustered       = [bool]$row.IsClustered
            ComputerName      = $env:COMPUTERNAME
        }
    }
}

# The host's own adapters are of another class: without DynamicMacAddressEnabled, Connected and IPAddresses.
function Get-VMNetworkAdapter {
    [CmdletBinding()] param([string[]]$VMName, [switch]$ManagementOS, [switch]$All)
    if (Test-Failure $PSCmdlet) { return }
    if (-not $All) { throw 'this stub answers -All only' }
    foreach ($row in (Get-Machine).vnics) {
        $found = [ordered]@{
            Name                 = $row.Name
            Id                   = "Microsoft:$($row.Name)"
            IsManagementOs       = $null -eq $row.VMId
            IsExternalAdapter    = $false
            VMName               = $row.VMName
            VMId                 = if ($null -ne $row.VMId) { [guid]$row.VMId } else { [guid]::Empty }
            MacAddress           = $row.MacAddress
            MacAddressSpoofing   = [OnOffState]$row.MacAddressSpoofing
            AllowTeaming         = [OnOffState]$row.AllowTeaming
            SwitchName           = $row.SwitchName
            Status               = if ($null -ne $row.Status) { [VMNetworkAdapterOperationalStatus[]]@($row.Status) } else { $null }
            VlanSetting          = [pscustomobject]@{
                OperationMode = [VMNetworkAdapterVlanMode]$row.OperationMode
                AccessVlanId  = [int]$row.AccessVlanId
                ParentAdapter = [pscustomobject]@{ Name = $row.Name }
            }
            CurrentIsolationMode = [VMNetworkAdapterIsolationMode]$row.CurrentIsolationMode
            VFDataPathActive     = [bool]$row.VFDataPathActive
        }
        if ($null -ne $row.VMId) {
            $found.DynamicMacAddressEnabled = [bool]$row.DynamicMacAddressEnabled
            $found.Connected = [bool]$row.Connected
            $found.IPAddresses = [string[]]@($row.IPAddresses)
        }
        [pscustomobject]$found
    }
}

# Before Server 2016 a switch has no EmbeddedTeamingEnabled.
function Get-VMSwitch {
    [CmdletBinding()] param([string[]]$Name)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).vswitches) {
        $found = [ordered]@{
            Name                           = $row.Name
            Id                             = [guid]$row.Id
            SwitchType                     = [VMSwitchType]$row.SwitchType
            AllowManagementOS              = [bool]$row.AllowManagementOS
            NetAdapterInterfaceDescription = $row.NetAdapterInterfaceDescription
        }
        if ($null -ne $row.EmbeddedTeamingEnabled) { $found.EmbeddedTeamingEnabled = [bool]$row.EmbeddedTeamingEnabled }
        [pscustomobject]$found
    }
}

function Get-VMSwitchTeam {
    [CmdletBinding()] param([string[]]$Name, [psobject[]]$VMSwitch)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).vswitches | Where-Object { $VMSwitch.Name -contains $_.Name }) {
        [pscustomobject]@{
            Name                           = $row.Name
            Id                             = [guid]$row.Id
            NetAdapterInterfaceDescription = [string[]]@($row.TeamMembers)
            TeamingMode                    = [VMSwitchTeamingMode]::SwitchIndependent
            LoadBalancingAlgorithm         = if ($null -ne $row.LoadBalancingAlgorithm) { [VMSwitchLoadBalancingAlgorithm]$row.LoadBalancingAlgorithm } else { $null }
        }
    }
}
