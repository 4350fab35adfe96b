"""The contract of the two PowerShell asks: what each section's `data` list holds, field by field.

`ask/node.ps1` and `ask/host.ps1` write one line of JSON per section:
`{"section": NAME, "version": 1, "data": [RECORD...], "error": null | {"type", "id", "message"}, "took_ms": N}`.
`data` beside an error holds what was read before it. Text is as Windows gives it (MAC addresses in whatever notation the
cmdlet uses, enums cast to text unless a field says `int`), times are ISO 8601 UTC with a trailing `Z`. A value that
could not be had is null. Every field is always written.
Sources: the cmdlet and WMI property tables of MicrosoftDocs/windows-powershell-docs and MicrosoftDocs/win32 (WlbsProv,
HyperV_v2, netadaptercimprov, nettcpipprov, ndisimplatcimprov).
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its offset: one without it cannot be compared with any other."""
OnOff = Literal[0, 1]
"""Hyper-V's OnOffState: 0 = On, 1 = Off (HyperVDsc's listing of the Hyper-V module 2.0.0.0)."""


class Record(msgspec.Struct, kw_only=True):
    """One object of a section's `data`. Unknown fields are ignored: a newer script may say more."""


# ---- node.ps1 ----


class Os(Record):
    """Section `os` (Win32_OperatingSystem, Win32_ComputerSystem): one record."""

    computer: str
    domain: str | None
    caption: str
    version: str
    boot: Time
    clock: Time
    culture: str
    powershell: str
    language_mode: str
    nlb_installed: bool
    """HKLM\\SYSTEM\\CurrentControlSet\\Services\\WLBS exists."""
    nlb_module: bool
    """Get-NlbCluster can be found (RSAT-NLB)."""


class Guest(Record):
    """Section `guest` (HKLM\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters): where the VM says it runs; a hint only."""

    host: str | None
    host_fqdn: str | None
    vm: str | None


class NlbInstance(Record):
    """Section `cluster`: one per NLB instance of this node. `source`: module, wmi or registry (the fallback taken)."""

    source: str
    name: str | None
    primary: str
    mask: str | None
    mode: str | None
    """UNICAST, MULTICAST or IGMPMULTICAST, whatever the source."""
    interface: str | None
    guid: str | None
    """Adapter GUID in braces, as MSFT_NetAdapter.InterfaceGuid writes it."""
    mac: str | None
    """MicrosoftNLB_ClusterSetting.ClusterMACAddress, or the registry's ClusterNetworkAddress."""
    group: str | None
    """MulticastIPAddress; 0.0.0.0 or null outside IGMP mode."""


class NlbAddress(Record):
    """Section `vips`: what NLB has in its own list. Only source `module` knows the additional VIPs."""

    source: str
    primary: str
    role: str
    """vip or dip."""
    ip: str
    mask: str | None


class NlbState(Record):
    """Section `state`: this node in one instance. `code` is MicrosoftNLB_Node.StatusCode (1005 stopped, 1007, 1008 ...)."""

    source: str
    primary: str
    name: str
    priority: int | None
    code: int | None
    text: str
    initial: str | None
    masked: bool | None
    """MaskSourceMAC."""


class NlbDriver(Record):
    """Section `driver`: what the running driver holds (Get-NlbClusterDriverInfo), or the lines of `nlb.exe params`."""

    source: str
    primary: str | None
    mac: str | None
    host_id: int | None
    state: str | None
    lines: list[str]
    """Only with source nlb.exe: its output, to be read by pattern (it is localised)."""


class NlbQuery(Record):
    """Section `query`: the lines of `nlb.exe query` (this host's instances only); localised, read by pattern."""

    lines: list[str]


class NlbRule(Record):
    """Section `rules`: port rules (Get-NlbClusterPortRule, MicrosoftNLB_PortRuleEx)."""

    source: str
    primary: str | None
    vip: str
    start: int
    end: int
    protocol: str
    filtering: str
    affinity: str | None
    priority: int | None
    state: str | None


class Convergence(Record):
    """Section `convergence`: Get-NlbClusterDriverInfo -ConvergenceHistory, the last 20 rows."""

    at: Time
    before: str
    after: str


class RegistryInstance(Record):
    """Section `registry`: one per WLBS\\Parameters\\Interface\\{GUID} key, its values as text (DWORDs in decimal)."""

    guid: str
    values: dict[str, str]


class Adapter(Record):
    """Sections `adapters` (node) and `uplinks` (host): Get-NetAdapter."""

    name: str
    description: str
    guid: str
    index: int
    mac: str
    permanent: str | None
    status: str
    physical: bool
    """ConnectorPresent."""
    speed: int | None
    """bit/s."""
    driver_version: str | None
    driver_date: str | None
    driver_provider: str | None


class Address(Record):
    """Section `addresses`: Get-NetIPAddress, from both stores."""

    ip: str
    prefix: int
    index: int
    alias: str
    state: str
    """Invalid, Tentative, Duplicate, Deprecated or Preferred."""
    store: str
    """ActiveStore or PersistentStore."""
    skip_as_source: bool
    origin: str


class AddressOrder(Record):
    """Section `address-order`: Tcpip\\Parameters\\Interfaces\\{GUID}\\IPAddress (REG_MULTI_SZ), first = the NIC's primary."""

    guid: str
    addresses: list[str]


class IpInterface(Record):
    """Section `dad`: Get-NetIPInterface, or MSFT_NetIPInterface where the module is missing; IPv4 only."""

    source: str
    index: int
    alias: str
    dad_transmits: int
    dhcp: str
    forwarding: str
    weak_send: str
    weak_receive: str


class ArpRetry(Record):
    """Section `arp-retry-count`: Tcpip\\Parameters\\ArpRetryCount; null = the value is absent, which is the default."""

    value: int | None


class Neighbor(Record):
    """Sections `neighbors` (node) and `host-neighbors` (host): Get-NetNeighbor, IPv4, without Unreachable rows."""

    ip: str
    mac: str
    index: int
    state: str
    """Incomplete, Probe, Delay, Stale, Reachable or Permanent."""


class LogEvent(Record):
    """One event. `inserts` are the event's Properties as text, in order: never the localised message."""

    id: int
    at: Time
    inserts: list[str]


class EventLog(Record):
    """Sections `events` (node) and `migrations` (host): one per provider asked for. `oldest`: the log's oldest record."""

    log: str
    provider: str
    oldest: Time | None
    truncated: bool
    """More events matched than are listed (the newest are)."""
    events: list[LogEvent]


# ---- host.ps1 ----


class Hypervisor(Record):
    """Section `hypervisor` (Get-VMHost, Win32_OperatingSystem): one record. The pool is inclusive, 12 hex digits each."""

    computer: str
    domain: str | None
    caption: str
    version: str
    boot: Time
    clock: Time
    pool_low: str
    pool_high: str
    migration_enabled: bool
    max_migrations: int


class Vm(Record):
    """Section `vms` (Get-VM): every VM registered on this host. `state` 2 = Running; `operational` 32774 = migrating."""

    name: str
    id: str
    state: int
    operational: list[int]
    clustered: bool


class VNicRecord(Record):
    """Section `vnics` (Get-VMNetworkAdapter -All): every VM's virtual NICs, and the host's own (vm null)."""

    vm: str | None
    vm_id: str | None
    name: str
    mac: str
    dynamic: bool
    spoofing: OnOff
    """MacAddressSpoofing."""
    teaming: OnOff
    """AllowTeaming."""
    switch: str | None
    connected: bool
    status: list[int]
    ips: list[str]
    vlan_mode: int
    """Untagged 0, Access 1, Trunk 2, Private 3."""
    vlan: int
    """AccessVlanId; 0 when untagged."""
    isolation: int
    sriov: bool | None
    """VFDataPathActive; null for the host's own virtual NICs, and where this version of Windows has no such property."""


class VSwitchRecord(Record):
    """Section `vswitches` (Get-VMSwitch, Get-VMSwitchTeam). `uplinks`: descriptions of the NICs or the team NIC below it."""

    name: str
    id: str
    type: int
    """Private 0, Internal 1, External 2."""
    management: bool
    uplinks: list[str]
    embedded: bool
    """EmbeddedTeamingEnabled (SET); false where the property does not exist (2012 R2)."""
    mode: int | None
    """VMSwitchTeam.TeamingMode: SwitchIndependent 1. Null without SET."""
    balancing: Literal[4, 5] | None
    """VMSwitchTeam.LoadBalancingAlgorithm: HyperVPort 4, Dynamic 5. Null without SET."""


class TeamMemberRecord(Record):
    """A member of an LBFO team: AdministrativeMode and OperationalMode (Active 0, Standby 1, Failed 4096)."""

    name: str
    description: str
    admin: int
    operational: int


class TeamRecord(Record):
    """Section `teams` (Get-NetLbfoTeam, -TeamMember, -TeamNic). Mode Static 0, SwitchIndependent 1, Lacp 2."""

    name: str
    mode: Literal[0, 1, 2]
    balancing: Literal[0, 2, 3, 4, 5]
    """TransportPorts 0, IPAddresses 2, MacAddresses 3, HyperVPort 4, Dynamic 5."""
    status: int
    members: list[TeamMemberRecord]
    nics: list[str]
    """Interface descriptions of the team NICs: the join to VSwitchRecord.uplinks."""


class FailoverGroup(Record):
    """Section `failover` (Get-ClusterGroup, GroupType VirtualMachine): where a clustered VM may run."""

    name: str
    owner: str
    state: int
    anti_affinity: list[str]


NODE: dict[str, type[Record]] = {
    "os": Os,
    "guest": Guest,
    "cluster": NlbInstance,
    "vips": NlbAddress,
    "state": NlbState,
    "driver": NlbDriver,
    "query": NlbQuery,
    "adapters": Adapter,
    "addresses": Address,
    "address-order": AddressOrder,
    "dad": IpInterface,
    "arp-retry-count": ArpRetry,
    "neighbors": Neighbor,
    "events": EventLog,
    "registry": RegistryInstance,
    "rules": NlbRule,
    "convergence": Convergence,
}
"""Sections of node.ps1, in the order in which the script runs them."""

HOST: dict[str, type[Record]] = {
    "hypervisor": Hypervisor,
    "vms": Vm,
    "vnics": VNicRecord,
    "vswitches": VSwitchRecord,
    "teams": TeamRecord,
    "uplinks": Adapter,
    "host-neighbors": Neighbor,
    "migrations": EventLog,
    "failover": FailoverGroup,
}
"""Sections of host.ps1, in the order in which the script runs them."""
