# Get-NetLbfoTeam, -TeamMember and -TeamNic, with the integers of MSFT_NetLbfoTeam and MSFT_NetLbfoTeamMember.

enum TeamingModes { Static = 0; SwitchIndependent = 1; Lacp = 2 }
enum LBAlgos { TransportPorts = 0; IPAddresses = 2; MacAddresses = 3; HyperVPort = 4; Dynamic = 5 }
enum TeamStatus { Up = 0; Down = 1; Degraded = 2 }
enum MemberMode { Active = 0; Standby = 1; Failed = 4096 }

function Get-NetLbfoTeam {
    [CmdletBinding()] param([string[]]$Name)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).teams) {
        [pscustomobject]@{
            Name                   = $row.Name
            TeamingMode            = [TeamingModes]$row.TeamingMode
            LoadBalancingAlgorithm = [LBAlgos]$row.LoadBalancingAlgorithm
            Status                 = [TeamStatus]$row.Status
            Members                = @($row.Members.Name)
            TeamNics               = $row.TeamNic.Name
        }
    }
}

function Get-NetLbfoTeamMember {
    [CmdletBinding()] param([string[]]$Name, [string[]]$Team)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).teams) {
        foreach ($member in $row.Members) {
            [pscustomobject]@{
                Name                 = $member.Name
                InterfaceDescription = $member.InterfaceDescription
                Team                 = $row.Name
                AdministrativeMode   = [MemberMode]$member.AdministrativeMode
                OperationalMode      = [MemberMode]$member.OperationalMode
            }
        }
    }
}

function Get-NetLbfoTeamNic {
    [CmdletBinding()] param([string[]]$Name, [string[]]$Team)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).teams) {
        [pscustomobject]@{ Name = $row.TeamNic.Name; InterfaceDescription = $row.TeamNic.InterfaceDescription; Team = $row.Name; VlanID = $null; Primary = $true; Default = $true }
    }
}
