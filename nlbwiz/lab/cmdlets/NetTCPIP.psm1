# Get-NetIPAddress, Get-NetIPInterface and Get-NetNeighbor: enums with the integers of MSFT_NetIPAddress,
# MSFT_NetIPInterface and MSFT_NetNeighbor. A query that finds nothing is an error, as with the real ones.

enum AddressFamily { IPv4 = 2; IPv6 = 23 }
enum AddressState { Invalid = 0; Tentative = 1; Duplicate = 2; Deprecated = 3; Preferred = 4 }
enum PrefixOrigin { Other = 0; Manual = 1; WellKnown = 2; Dhcp = 3; RouterAdvertisement = 4 }
enum Setting { Disabled = 0; Enabled = 1 }
enum State { Unreachable = 0; Incomplete = 1; Probe = 2; Delay = 3; Stale = 4; Reachable = 5; Permanent = 6 }
enum Store { PersistentStore = 0; ActiveStore = 1 }

function Get-NetIPAddress {
    [CmdletBinding()] param([AddressFamily]$AddressFamily, [Store]$PolicyStore = 'ActiveStore')
    if (Test-Failure $PSCmdlet) { return }
    $rows = @((Get-Machine).addresses | Where-Object { $_.Store -eq [string]$PolicyStore })
    if ($rows.Count -eq 0) { Write-NotFound $PSCmdlet 'MSFT_NetIPAddress' }
    foreach ($row in $rows) {
        [pscustomobject]@{
            IPAddress      = $row.IPAddress
            PrefixLength   = [byte]$row.PrefixLength
            InterfaceIndex = [uint32]$row.InterfaceIndex
            InterfaceAlias = $row.InterfaceAlias
            AddressFamily  = $AddressFamily
            AddressState   = [AddressState]$row.AddressState
            PrefixOrigin   = [PrefixOrigin]$row.PrefixOrigin
            SkipAsSource   = [bool]$row.SkipAsSource
            Store          = $PolicyStore
        }
    }
}

function Get-NetIPInterface {
    [CmdletBinding()] param([AddressFamily]$AddressFamily)
    if (Test-Failure $PSCmdlet) { return }
    $rows = @((Get-Machine).interfaces)
    if ($rows.Count -eq 0) { Write-NotFound $PSCmdlet 'MSFT_NetIPInterface' }
    foreach ($row in $rows) {
        [pscustomobject]@{
            InterfaceIndex  = [uint32]$row.InterfaceIndex
            InterfaceAlias  = $row.InterfaceAlias
            AddressFamily   = $AddressFamily
            DadTransmits    = [uint32]$row.DadTransmits
            Dhcp            = [Setting]$row.Dhcp
            Forwarding      = [Setting]$row.Forwarding
            WeakHostSend    = [Setting]$row.WeakHostSend
            WeakHostReceive = [Setting]$row.WeakHostReceive
        }
    }
}

function Get-NetNeighbor {
    [CmdletBinding()] param([AddressFamily]$AddressFamily)
    if (Test-Failure $PSCmdlet) { return }
    $rows = @((Get-Machine).neighbors)
    if ($rows.Count -eq 0) { Write-NotFound $PSCmdlet 'MSFT_NetNeighbor' }
    foreach ($row in $rows) {
        [pscustomobject]@{
            IPAddress        = $row.IPAddress
            LinkLayerAddress = $row.LinkLayerAddress
            InterfaceIndex   = [uint32]$row.InterfaceIndex
            AddressFamily    = $AddressFamily
            State            = [State]$row.State
        }
    }
}

function Write-NotFound($Cmdlet, [string]$Class) {
    $message = "No matching $Class objects found by CIM query for instances of the ROOT/StandardCimv2/$Class class on the CIM server."
    $exception = New-Object System.InvalidOperationException $message
    $Cmdlet.WriteError((New-Object System.Management.Automation.ErrorRecord -ArgumentList $exception, 'CmdletizationQuery_NotFound', 'ObjectNotFound', $Class))
}
