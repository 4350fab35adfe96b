"""The one table of all that can be asked: need, role of the target, transport, text. Nothing else is ever sent.

Windows probes name a section of `ask/node.ps1` or `ask/host.ps1`; SNMP probes give OIDs, numeric and with their MIB
names (nlbwiz.mibs); the rest are local. Read by plan, the sources, parse, `nlbwiz probes` and redaction.
"""

from dataclasses import dataclass
from typing import Literal

from nlbwiz.addr import Mac, mac_oid
from nlbwiz.facts import Need
from nlbwiz.mibs import OIDS, Oid

Role = Literal["node", "host", "agent", "switch", "router", "jump", "wire", "operator"]
"""Who is asked. agent: every SNMP target; router: gateways, and switches that say ipForwarding; wire: the jump host, where
it may look at the site's own wire.
"""
Via = Literal["winrm", "snmp-get", "snmp-next", "snmp-walk", "snmp-scan", "snmp-find", "file", "wire", "person"]
"""snmp-get: exact rows; snmp-next: the row that follows each object; snmp-walk: whole columns or subtrees; snmp-scan: the
first row under every first arc of the index; snmp-find: whole columns, of which the rows asked for are kept.
"""
Index = Literal[
    "", "ifindex", "context", "ip", "mac", "mac@context", "mac.0@context", "place.ip", "place.1.4.ip", "place.mac",
    "place.mac.0", "place.6.mac",
]  # fmt: skip
"""What an ask's arguments are, and how they end an OID. `place`: ifIndex, VLAN or fdbId; there may be several after the
MAC or address. `.1.4.`: an InetAddress of type IPv4 with its length (RFC 4001); `.6.`: a length that some agents write
before a MAC; `.0`: any receive port (RFC 4363). `@context`: a VLAN's own context, where the device has one for each.
"""
ANY_RECEIVE_PORT = frozenset({
    "dot1qStaticMulticastStaticEgressPorts", "dot1qStaticMulticastForbiddenEgressPorts", "dot1qStaticMulticastStatus",
})  # fmt: skip
"""Columns whose index ends with the receive port, 0 for any: 159 of 160 rows seen (reference: snmp 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing that can be asked. `text`: a script's section, or the OIDs in the order of `oids`."""

    name: str
    gives: Need
    at: Role
    via: Via
    text: str
    oids: tuple[tuple[str, Oid], ...] = ()
    """SNMP only: (MIB name, OID): scalars with their `.0`, columns that the ask's arguments complete."""
    index: Index = ""


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


def _snmp(name: str, gives: Need, at: Role, via: Via, *names: str, index: Index = "") -> Probe:
    chosen = tuple((one, OIDS[one]) for one in names)
    text = ", ".join(f"{label} {'.'.join(map(str, oid))}" for label, oid in chosen)
    return Probe(name=name, gives=gives, at=at, via=via, text=text, oids=chosen, index=index)


_FORWARD = ("dot1qForwardAllPorts", "dot1qForwardUnregisteredPorts")


def _radlan(base: str) -> tuple[str, ...]:
    return (
        f"{base}MacMulticastEnable.0", f"{base}IgmpSnoopEnable.0", f"{base}IgmpSnoopHostAgingTime.0",
        f"{base}IgmpSnoopVlanEnable", f"{base}IgmpSnoopVlanHostTimeOut", f"{base}IgmpSnoopQuerierOperEnable",
        f"{base}IgmpSnoopQuerierOperAddr", f"{base}MacMulticastUnregFilterEnable.0", f"{base}BrgMcMngrVlanMode",
        *_FORWARD,
    )  # fmt: skip


def _fastpath(base: str) -> tuple[str, ...]:
    names = ("SwitchSnoopingAdminMode", "SwitchSnoopingVlanAdminMode", "SwitchSnoopingQuerierAdminMode")
    return (*(f"{base}{name}" for name in names), *_FORWARD)


_SNMP = (
    _snmp("agent", "agent", "agent", "snmp-get",
          "sysDescr.0", "sysObjectID.0", "sysUpTime.0", "sysName.0", "ipForwarding.0"),
    _snmp("own-addresses", "own-addresses", "router", "snmp-walk", "ipAdEntIfIndex", "ipAdEntNetMask"),
    _snmp("arp", "arp", "router", "snmp-get", "ipNetToMediaPhysAddress", "ipNetToMediaType", index="place.ip"),
    _snmp("arp-physical", "arp", "router", "snmp-get", "ipNetToPhysicalPhysAddress", "ipNetToPhysicalType",
          index="place.1.4.ip"),
    _snmp("arp-find", "arp", "router", "snmp-find", "ipNetToMediaPhysAddress", "ipNetToMediaType", index="ip"),
    _snmp("arp-physical-find", "arp", "router", "snmp-find", "ipNetToPhysicalPhysAddress", "ipNetToPhysicalType", index="ip"),
    _snmp("arp-interfaces", "arp", "router", "snmp-scan", "ipNetToMediaPhysAddress"),
    # the VLANs, and the filtering databases that hold MACs
    _snmp("vlans", "vlans", "switch", "snmp-walk", "dot1qVlanStaticName", "dot1qFdbDynamicCount"),
    _snmp("vlans-cisco", "vlans", "switch", "snmp-walk", "vtpVlanState", "vtpVlanName", "vmVlan"),
    _snmp("vlans-juniper", "vlans", "switch", "snmp-walk", "jnxL2aldVlanName", "jnxL2aldVlanTag", "jnxL2aldVlanFdbId",
          "jnxExVlanName", "jnxExVlanTag"),
    _snmp("vlan-ports", "vlan-ports", "switch", "snmp-walk", "dot1qVlanFdbId", "dot1qVlanCurrentEgressPorts"),
    _snmp("vlan-static", "vlan-ports", "switch", "snmp-walk", "dot1qVlanStaticEgressPorts"),
    _snmp("pvids", "vlan-ports", "switch", "snmp-walk", "dot1qPvid"),
    _snmp("fdb-ids", "vlans", "switch", "snmp-scan", "dot1qTpFdbPort"),
    # ports, LAGs
    _snmp("ports", "ports", "switch", "snmp-walk", "ifName", "ifOperStatus", "dot1dBasePortIfIndex",
          "dot3adAggPortAttachedAggID"),
    _snmp("interfaces", "interfaces", "switch", "snmp-walk", "ifDescr", "ifType", "ifLastChange"),
    _snmp("bridge-ports", "ports", "switch", "snmp-walk", "dot1dBasePortIfIndex", index="context"),
    _snmp("lacp", "lags", "switch", "snmp-walk", "dot3adAggPortSelectedAggID", "dot3adAggPortAttachedAggID",
          "dot3adAggPortPartnerOperSystemID", "dot3adAggPortPartnerOperKey", "dot3adAggPortActorOperState",
          "dot3adAggPortPartnerOperState"),
    _snmp("stacked", "lags", "switch", "snmp-walk", "ifStackStatus"),
    _snmp("lags-cisco", "lags", "switch", "snmp-walk", "pagpGroupIfIndex", "clagAggPortListInterfaceIndexList"),
    # where a MAC is: exact rows; in a VLAN's own context; by a walk, where neither can be asked
    _snmp("fdb", "fdb", "switch", "snmp-get", "dot1qTpFdbPort", "dot1qTpFdbStatus", index="place.mac"),
    _snmp("fdb-length", "fdb", "switch", "snmp-get", "dot1qTpFdbPort", "dot1qTpFdbStatus", index="place.6.mac"),
    _snmp("fdb-bridge", "fdb", "switch", "snmp-get", "dot1dTpFdbPort", "dot1dTpFdbStatus", index="mac@context"),
    _snmp("fdb-huawei", "fdb", "switch", "snmp-walk", "hwDynFdbPort", index="mac"),
    _snmp("fdb-find", "fdb", "switch", "snmp-find", "dot1qTpFdbPort", "dot1qTpFdbStatus", index="mac"),
    _snmp("fdb-static", "fdb-static", "switch", "snmp-get", "dot1qStaticUnicastAllowedToGoTo", "dot1qStaticUnicastStatus",
          index="place.mac.0"),
    # multicast: entries, settings
    _snmp("groups", "groups", "switch", "snmp-get", "dot1qTpGroupEgressPorts", "dot1qTpGroupLearnt",
          "dot1qStaticMulticastStaticEgressPorts", "dot1qStaticMulticastForbiddenEgressPorts",
          "dot1qStaticMulticastStatus", index="place.mac"),
    _snmp("groups-bridge", "groups", "switch", "snmp-get", "dot1dStaticAllowedToGoTo", "dot1dStaticStatus",
          index="mac.0@context"),
    _snmp("groups-cisco", "groups", "switch", "snmp-get", "cisMcastGroupPortList", index="place.1.4.ip"),
    _snmp("groups-radlan", "groups", "switch", "snmp-walk", "rlBrgStaticIpMulticastFrwPorts", "rlBrgIpMulticastEgressPorts",
          index="place.ip"),
    _snmp("groups-cisco-sb", "groups", "switch", "snmp-walk", "csbBrgStaticIpMulticastFrwPorts",
          "csbBrgIpMulticastEgressPorts", index="place.ip"),
    _snmp("groups-fastpath", "groups", "switch", "snmp-walk", "agentSwitchMFDBType", "agentSwitchMFDBForwardingPortMask",
          index="place.mac"),
    _snmp("groups-edge", "groups", "switch", "snmp-walk", "agentEdgeSwitchMFDBType", "agentEdgeSwitchMFDBForwardingPortMask",
          index="place.mac"),
    _snmp("groups-cx", "groups", "switch", "snmp-get", "arubaWiredMgmdGroupType", "arubaWiredMgmdJoinedPorts",
          index="place.1.4.ip"),
    _snmp("group-table", "groups", "switch", "snmp-walk", "dot1qTpGroupEgressPorts", "dot1qTpGroupLearnt",
          "dot1qStaticMulticastStaticEgressPorts", "dot1qStaticMulticastStatus"),
    _snmp("multicast", "multicast", "switch", "snmp-walk", *_FORWARD),
    _snmp("multicast-radlan", "multicast", "switch", "snmp-walk", *_radlan("rl")),
    _snmp("multicast-csb", "multicast", "switch", "snmp-walk", *_radlan("csb")),
    _snmp("multicast-cisco", "multicast", "switch", "snmp-walk", "cisIgmpSnoopingEnabled.0", "cisVlanIgmpSnoopingEnabled",
          "cisIgmpQuerierState", "cisIgmpQuerierAddress"),
    _snmp("multicast-fp", "multicast", "switch", "snmp-walk", *_fastpath("agent")),
    _snmp("multicast-edge", "multicast", "switch", "snmp-walk", *_fastpath("agentEdge")),
    _snmp("multicast-hp", "multicast", "switch", "snmp-walk", "hpSwitchIgmpState", "hpSwitchIgmpQuerierState", *_FORWARD),
    _snmp("multicast-cx", "multicast", "switch", "snmp-walk", "arubaWiredMgmdDropUnknownMulticast.0",
          "arubaWiredMgmdSnoopingFeature"),
    _snmp("multicast-h3c", "multicast", "switch", "snmp-walk", "hh3cIgmpSnoopingStatus.0",
          "hh3cIgmpSnoopingNonFloodingStatus.0", "hh3cIgmpSnoopingVlanEnabled", *_FORWARD),
    # a measurement: sampled twice. 64 bits; the second one where the agent does not have them
    _snmp("counters", "counters", "switch", "snmp-get", "sysUpTime.0", "ifHCInUcastPkts", "ifHCInMulticastPkts",
          "ifHCInBroadcastPkts", "ifHCOutUcastPkts", "ifHCOutMulticastPkts", "ifHCOutBroadcastPkts", index="ifindex"),
    _snmp("counters-32", "counters", "switch", "snmp-get", "sysUpTime.0", "ifInUcastPkts", "ifInMulticastPkts",
          "ifInBroadcastPkts", "ifOutUcastPkts", "ifOutMulticastPkts", "ifOutBroadcastPkts", index="ifindex"),
    _snmp("lldp", "lldp", "switch", "snmp-walk", "lldpRemChassisIdSubtype", "lldpRemChassisId", "lldpRemPortIdSubtype",
          "lldpRemPortId", "lldpRemSysName"),
    _snmp("lldp-ports", "lldp-ports", "switch", "snmp-walk", "lldpLocPortIdSubtype", "lldpLocPortId", "lldpLocPortDesc"),
    # the first row of every table that rows are asked of: what has none is not an empty table
    _snmp("tables", "tables", "agent", "snmp-next", "dot1qTpFdbPort", "dot1dTpFdbPort", "ipNetToMediaPhysAddress",
          "ipNetToPhysicalPhysAddress", "dot1qTpGroupEgressPorts", "dot1qStaticMulticastStatus", "dot1dStaticStatus",
          "dot1qStaticUnicastStatus", "hwDynFdbPort"),
    _snmp("age", "age", "agent", "snmp-get", "sysUpTime.0", "snmpEngineTime.0", "ifTableLastChange.0",
          "ifStackLastChange.0", "dot1dStpTimeSinceTopologyChange.0", "dot1dStpTopChanges.0", "dot1dTpAgingTime.0",
          "dot1dBaseBridgeAddress.0"),
    _snmp("chassis", "chassis", "agent", "snmp-next", "entPhysicalClass", "entPhysicalSerialNum", "entPhysicalModelName"),
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
            text="this machine's own neighbour table (ip -j neigh; Windows: Get-NetNeighbor)",
        ),
        Probe(
            name="arp-look",
            gives="arp-look",
            at="wire",
            via="wire",
            text="ordinary ARP requests with the own sender address, twice: who answers for the cluster's addresses",
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
    """What an ask reads: every object of its probe, completed by the ask's arguments as the probe's `index` says.

    snmp-get: exact instances; snmp-walk: subtrees; snmp-find: whole columns, of whose rows those that end as
    `sought(ask)` are kept. Without arguments the objects themselves.
    """
    probe = PROBES[ask.probe]
    objects = [oid for _, oid in probe.oids]
    if probe.via == "snmp-walk":  # GETNEXT finds a scalar's instance behind its object, never behind itself
        objects = [oid[:-1] if oid[-1] == 0 else oid for oid in objects]
    if not ask.args or probe.index in ("", "context") or probe.via == "snmp-find":
        return tuple(objects)
    if probe.index == "ifindex":
        return tuple(one if one[-1] == 0 else (*one, int(port)) for port in ask.args for one in objects)
    if probe.index.startswith("mac"):
        end = mac_oid(Mac(ask.args[0]))
        return tuple((*one, *end, *((0,) if probe.index.startswith("mac.0") else ())) for one in objects)
    what, *places = ask.args
    key = _octets(what) if probe.index.endswith("ip") else mac_oid(Mac(what))
    between = {"place.1.4.ip": (1, 4), "place.6.mac": (6,)}.get(probe.index, ())
    after = (0,) if probe.index == "place.mac.0" else ()
    return tuple(
        (*one, int(place), *between, *key, *after, *((0,) if name in ANY_RECEIVE_PORT else ()))
        for place in places
        for name, one in probe.oids
    )


def sought(ask: Ask) -> tuple[Oid, ...]:
    """How the index of a row ends that an snmp-find ask looks for; empty for every other ask."""
    if PROBES[ask.probe].via != "snmp-find":
        return ()
    return tuple(_octets(one) if PROBES[ask.probe].index == "ip" else mac_oid(Mac(one)) for one in ask.args)


def context(ask: Ask) -> str:
    """The context that an ask is put in: a VLAN's number, or "" for the default one (reference: snmp 5)."""
    match PROBES[ask.probe].index:
        case "context":
            return ask.args[0] if ask.args else ""
        case "mac@context" | "mac.0@context":
            return ask.args[1] if len(ask.args) > 1 else ""
        case _:
            return ""


def _octets(ip: str) -> Oid:
    return tuple(int(part) for part in ip.split("."))
