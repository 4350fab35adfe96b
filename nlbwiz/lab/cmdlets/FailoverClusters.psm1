# Get-ClusterGroup, with the integers of ClusterGroupState and GroupType.

enum ClusterGroupState { Online = 0; Offline = 1; Failed = 2; PartialOnline = 3; Pending = 4; Unknown = -1 }
enum GroupType { Cluster = 1; AvailableStorage = 2; VirtualMachine = 111; ClusterAwareUpdating = 117 }

function Get-ClusterGroup {
    [CmdletBinding()] param([string[]]$Name)
    if (Test-Failure $PSCmdlet) { return }
    foreach ($row in (Get-Machine).groups) {
        $classes = New-Object System.Collections.Specialized.StringCollection
        foreach ($class in $row.AntiAffinityClassNames) { $classes.Add($class) | Out-Null }
        [pscustomobject]@{
            Name                   = $row.Name
            OwnerNode              = [pscustomobject]@{ Name = $row.OwnerNode }
            State                  = [ClusterGroupState]$row.State
            GroupType              = [GroupType]$row.GroupType
            AntiAffinityClassNames = $classes
        }
    }
}
