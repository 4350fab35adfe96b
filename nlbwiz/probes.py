"""The one table of all that can be asked: need, role of the target, transport, text. Nothing else is ever sent.

Windows probes name a section of `ask/node.ps1` or `ask/host.ps1`; SNMP probes give OIDs, numeric and with their MIB
names; the rest are local. Read by plan, the sources, parse, `nlbwiz probes` and redaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nlbwiz.addr import Mac, mac_oid
from nlbwiz.facts import Need

Role = Literal["node", "host", "agent", "switch", "router", "jump", "operator"]
"""Who is asked. agent: every SNMP target; router: gateways, and switches that say ipForwarding."""
Via = Literal["winrm", "snmp-get", "snmp-walk", "file", "person"]
Oid = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing that can be asked. `text`: a script's section, or the OIDs in the order of `oids`."""

    name: str
    gives: Need
    at: Role
    via: Via
    text: str
    oids: tuple[tuple[str, Oid], ...] = ()
    """SNMP only: (MIB name, OID). snmp-get: prefixes that the ask's arguments complete; snmp-walk: columns."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ask:
    """One question to one target. Knows no cluster; asking again is the same ask with a higher `sample`."""

    target: str
    probe: str
    args: tuple[str, ...] = ()
    sample: int = 0
    not_before_s: float = 0.0
    """Not before this many seconds after the run began."""

    @property
    def label(self) -> str:
        """How evidence is named everywhere: `gw1/arp[172.31.3.232]`."""
        return f"{self.target}/{self.probe}" + (f"[{self.args[0]}]" if self.args else "") + ("'" * self.sample)


def _section(name: Need, at: Role, text: str) -> Probe:
    return Probe(name=name, gives=name, at=at, via="winrm", text=text)


_NODE = (
    _section("os", "node", "Win32_OperatingSystem, Win32_ComputerSystem: version, boot time, clock"),
    _section("guest", "node", r"HKLM\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters"),
    _section("cluster", "node", "Get-NlbCluster; else MicrosoftNLB_ClusterSetting; else WLBS registry"),
    _section(
        "vips", "node", "Get-NlbClusterVip, Get-NlbClusterNodeDip; else MicrosoftNLB_ClusterSetting (primary only)"
    ),
    _section("state", "node", "MicrosoftNLB_Node (StatusCode), Get-NlbClusterNode -NodeName of this computer"),
    _section("driver", "node", "Get-NlbClusterDriverInfo; else nlb.exe params"),
    _section("query", "node", "nlb.exe query, without arguments: this host's instances only"),
    _section("adapters", "node", "Get-NetAdapter"),
    _section("addresses", "node", "Get-NetIPAddress, ActiveStore and PersistentStore, IPv4"),
    _section(
        "address-order", "node", r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{GUID}\IPAddress"
    ),
    _section("dad", "node", "Get-NetIPInterface; else MSFT_NetIPInterface: DadTransmits, Dhcp, Forwarding, WeakHost*"),
    _section("arp-retry-count", "node", r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\ArpRetryCount"),
    _section("neighbors", "node", "Get-NetNeighbor, IPv4"),
    _section(
        "events", "node", "System log: Tcpip 4198 4199, Microsoft-Windows-NLB, Netvsc 12 13 14; 30 days, oldest record"
    ),
    _section("registry", "node", r"HKLM\SYSTEM\CurrentControlSet\Services\WLBS\Parameters\Interface\*"),
    _section("rules", "node", "Get-NlbClusterPortRule; else MicrosoftNLB_PortRuleEx"),
    _section("convergence", "node", "Get-NlbClusterDriverInfo -ConvergenceHistory, last 20"),
)
_HOST = (
    _section("hypervisor", "host", "Get-VMHost (MAC pool, migrations), Win32_OperatingSystem"),
    _section("vms", "host", "Get-VM: state, operational status (32774 = migrating)"),
    _section("vnics", "host", "Get-VMNetworkAdapter -All: MAC, spoofing, VLAN, switch, addresses of every VM"),
    _section("vswitches", "host", "Get-VMSwitch, Get-VMSwitchTeam"),
    _section("teams", "host", "Get-NetLbfoTeam, Get-NetLbfoTeamMember, Get-NetLbfoTeamNic"),
    _section("uplinks", "host", "Get-NetAdapter: physical NICs, their MACs and drivers"),
    _section("host-neighbors", "host", "Get-NetNeighbor, IPv4"),
    _section("migrations", "host", "Hyper-V-VMMS-Admin 20415 20417; MsLbfoSysEvtProvider 16945-16950"),
    _section("failover", "host", "Get-ClusterGroup: owner, AntiAffinityClassNames"),
)


def _snmp(name: Need, at: Role, via: Literal["snmp-get", "snmp-walk"], *oids: tuple[str, Oid]) -> Probe:
    text = ", ".join(f"{label} {'.'.join(map(str, oid))}" for label, oid in oids)
    return Probe(name=name, gives=name, at=at, via=via, text=text, oids=oids)


_MIB2: Oid = (1, 3, 6, 1, 2, 1)
_FDB: Oid = (*_MIB2, 17, 7, 1, 2)
_LLDP: Oid = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1)
_SNMP = (
    _snmp(  # SNMPv2-MIB (RFC 3418), IP-MIB ipForwarding (RFC 4293): 1 forwarding, 2 notForwarding
        "agent", "agent", "snmp-get",
        ("sysDescr.0", (*_MIB2, 1, 1, 0)), ("sysObjectID.0", (*_MIB2, 1, 2, 0)), ("sysUpTime.0", (*_MIB2, 1, 3, 0)),
        ("sysName.0", (*_MIB2, 1, 5, 0)), ("ipForwarding.0", (*_MIB2, 4, 1, 0)),
    ),
    _snmp(  # IP-MIB ipAddrTable (RFC 4293)
        "own-addresses", "router", "snmp-walk",
        ("ipAdEntIfIndex", (*_MIB2, 4, 20, 1, 2)), ("ipAdEntNetMask", (*_MIB2, 4, 20, 1, 3)),
    ),
    _snmp(  # IP-MIB ipNetToMediaTable, index ifIndex.address; args: address, ifIndexes to try
        "arp", "router", "snmp-get",
        ("ipNetToMediaPhysAddress", (*_MIB2, 4, 22, 1, 2)), ("ipNetToMediaType", (*_MIB2, 4, 22, 1, 4)),
    ),
    _snmp(  # Q-BRIDGE-MIB (RFC 4363): the VLANs, and the filtering databases that hold MACs
        "vlans", "switch", "snmp-walk",
        ("dot1qVlanStaticName", (*_MIB2, 17, 7, 1, 4, 3, 1, 1)), ("dot1qFdbDynamicCount", (*_FDB, 1, 1, 2)),
    ),
    _snmp(  # IF-MIB (RFC 2863), BRIDGE-MIB (RFC 4188), IEEE8023-LAG-MIB
        "ports", "switch", "snmp-walk",
        ("ifName", (*_MIB2, 31, 1, 1, 1, 1)), ("ifOperStatus", (*_MIB2, 2, 2, 1, 8)),
        ("dot1dBasePortIfIndex", (*_MIB2, 17, 1, 4, 1, 2)),
        ("dot3adAggPortAttachedAggID", (1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 13)),
    ),
    _snmp(  # Q-BRIDGE-MIB dot1qTpFdbTable, index fdbId.MAC; args: MAC, fdbIds to try
        "fdb", "switch", "snmp-get",
        ("dot1qTpFdbPort", (*_FDB, 2, 1, 2)), ("dot1qTpFdbStatus", (*_FDB, 2, 1, 3)),
    ),
    _snmp(  # LLDP-MIB (IEEE 802.1AB)
        "lldp", "switch", "snmp-walk",
        ("lldpRemChassisIdSubtype", (*_LLDP, 4)), ("lldpRemChassisId", (*_LLDP, 5)),
        ("lldpRemPortIdSubtype", (*_LLDP, 6)), ("lldpRemPortId", (*_LLDP, 7)), ("lldpRemSysName", (*_LLDP, 9)),
    ),
)  # fmt: skip

PROBES: dict[str, Probe] = {
    probe.name: probe
    for probe in (
        *_NODE,
        *_HOST,
        *_SNMP,
        Probe(
            name="jump-neighbors",
            gives="jump-neighbors",
            at="jump",
            via="file",
            text="this machine's own neighbour table (ip -j neigh)",
        ),
        Probe(
            name="answer",
            gives="answer",
            at="operator",
            via="person",
            text="a question of the tree, answered by the operator",
        ),
    )
}


def oids(ask: Ask) -> tuple[Oid, ...]:
    """The exact instances that an `snmp-get` ask reads: every prefix completed by the ask's arguments.

    `arp`: args (IPv4 address, ifIndex...); `fdb`: args (MAC, fdbId...); without arguments the prefixes themselves.
    """
    prefixes = [oid for _, oid in PROBES[ask.probe].oids]
    if not ask.args:
        return tuple(prefixes)
    what, *places = ask.args
    ends: Iterable[Oid]
    if ask.probe == "arp":
        octets = tuple(int(part) for part in what.split("."))
        ends = ((int(place), *octets) for place in places)
    else:
        ends = ((int(place), *mac_oid(Mac(what))) for place in places)
    return tuple((*prefix, *end) for end in ends for prefix in prefixes)
