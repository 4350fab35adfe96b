"""Every SNMP object that is read, by its MIB name: numeric, so that nothing is looked up in a MIB at run time. Pure.

Each block names its MIB; reference/snmp.md tells which devices were seen to fill it. A column stands without its index,
a scalar with its `.0`. Nothing here is ever written to.
"""

Oid = tuple[int, ...]


def oid(dotted: str) -> Oid:
    """An OID from its dotted form."""
    return tuple(int(part) for part in dotted.split("."))


def _columns(entry: str, **columns: int) -> dict[str, Oid]:
    return {name: (*oid(entry), number) for name, number in columns.items()}


_MIB2 = "1.3.6.1.2.1"
_BRIDGE = f"{_MIB2}.17"
_QBRIDGE = f"{_BRIDGE}.7.1"
_LAG = "1.2.840.10006.300.43.1"
_CISCO = "1.3.6.1.4.1.9.9"
_FASTPATH = {"": "1.3.6.1.4.1.674.10895.5000.2.6132.1.1.1", "Edge": "1.3.6.1.4.1.4413.1.1.1"}
"""Broadcom FASTPATH's base: Dell's (the tail under it is inferred, UNCONFIRMED) and Broadcom's own (EdgeSwitch MIBs)."""
_RADLAN = {"rl": "1.3.6.1.4.1.89", "csb": "1.3.6.1.4.1.9.6.1.101"}
"""Radlan's base and that of Cisco Small Business, with the same arcs beneath (snmp 2, CISCOSB-* MIBs)."""

OIDS: dict[str, Oid] = {
    # SNMPv2-MIB (RFC 3418); SNMP-FRAMEWORK-MIB (RFC 3411); IP-MIB ipForwarding: 1 forwarding, 2 notForwarding
    "sysDescr.0": oid(f"{_MIB2}.1.1.0"),
    "sysObjectID.0": oid(f"{_MIB2}.1.2.0"),
    "sysUpTime.0": oid(f"{_MIB2}.1.3.0"),
    "sysName.0": oid(f"{_MIB2}.1.5.0"),
    "snmpEngineTime.0": oid("1.3.6.1.6.3.10.2.1.3.0"),
    "ipForwarding.0": oid(f"{_MIB2}.4.1.0"),
    # IF-MIB (RFC 2863)
    **_columns(
        f"{_MIB2}.2.2.1", ifDescr=2, ifType=3, ifOperStatus=8, ifLastChange=9, ifInUcastPkts=11,
        ifOutUcastPkts=17,
    ),
    **_columns(
        f"{_MIB2}.31.1.1.1", ifName=1, ifInMulticastPkts=2, ifInBroadcastPkts=3, ifOutMulticastPkts=4,
        ifOutBroadcastPkts=5, ifHCInUcastPkts=7, ifHCInMulticastPkts=8, ifHCInBroadcastPkts=9, ifHCOutUcastPkts=11,
        ifHCOutMulticastPkts=12, ifHCOutBroadcastPkts=13,
    ),
    "ifStackStatus": oid(f"{_MIB2}.31.1.2.1.3"),
    "ifTableLastChange.0": oid(f"{_MIB2}.31.1.5.0"),
    "ifStackLastChange.0": oid(f"{_MIB2}.31.1.6.0"),
    # IP-MIB (RFC 4293)
    **_columns(f"{_MIB2}.4.20.1", ipAdEntIfIndex=2, ipAdEntNetMask=3),
    **_columns(f"{_MIB2}.4.22.1", ipNetToMediaPhysAddress=2, ipNetToMediaType=4),
    **_columns(
        f"{_MIB2}.4.35.1", ipNetToPhysicalPhysAddress=4, ipNetToPhysicalType=6,

    ),
    # BRIDGE-MIB (RFC 4188)
    "dot1dBaseBridgeAddress.0": oid(f"{_BRIDGE}.1.1.0"),
    "dot1dBasePortIfIndex": oid(f"{_BRIDGE}.1.4.1.2"),
    "dot1dStpTimeSinceTopologyChange.0": oid(f"{_BRIDGE}.2.3.0"),
    "dot1dStpTopChanges.0": oid(f"{_BRIDGE}.2.4.0"),
    "dot1dTpAgingTime.0": oid(f"{_BRIDGE}.4.2.0"),
    **_columns(f"{_BRIDGE}.4.3.1", dot1dTpFdbPort=2, dot1dTpFdbStatus=3),
    **_columns(f"{_BRIDGE}.5.1.1", dot1dStaticAllowedToGoTo=3, dot1dStaticStatus=4),
    # Q-BRIDGE-MIB (RFC 4363)
    "dot1qFdbDynamicCount": oid(f"{_QBRIDGE}.2.1.1.2"),
    **_columns(f"{_QBRIDGE}.2.2.1", dot1qTpFdbPort=2, dot1qTpFdbStatus=3),
    **_columns(f"{_QBRIDGE}.2.3.1", dot1qTpGroupEgressPorts=2, dot1qTpGroupLearnt=3),
    "dot1qForwardAllPorts": oid(f"{_QBRIDGE}.2.4.1.1"),
    "dot1qForwardUnregisteredPorts": oid(f"{_QBRIDGE}.2.5.1.1"),
    **_columns(f"{_QBRIDGE}.3.1.1", dot1qStaticUnicastAllowedToGoTo=3, dot1qStaticUnicastStatus=4),
    **_columns(
        f"{_QBRIDGE}.3.2.1", dot1qStaticMulticastStaticEgressPorts=3, dot1qStaticMulticastForbiddenEgressPorts=4,
        dot1qStaticMulticastStatus=5,
    ),
    **_columns(f"{_QBRIDGE}.4.2.1", dot1qVlanFdbId=3, dot1qVlanCurrentEgressPorts=4),
    **_columns(f"{_QBRIDGE}.4.3.1", dot1qVlanStaticName=1, dot1qVlanStaticEgressPorts=2, ),
    "dot1qPvid": oid(f"{_QBRIDGE}.4.5.1.1"),
    # IEEE8023-LAG-MIB (IEEE 802.3ad), outside 1.3.6.1
    **_columns(
        f"{_LAG}.2.1.1", dot3adAggPortPartnerOperSystemID=9, dot3adAggPortPartnerOperKey=11, dot3adAggPortSelectedAggID=12,
        dot3adAggPortAttachedAggID=13, dot3adAggPortActorOperState=21, dot3adAggPortPartnerOperState=23,
    ),
    # LLDP-MIB (IEEE 802.1AB), outside 1.3.6.1
    **_columns("1.0.8802.1.1.2.1.3.7.1", lldpLocPortIdSubtype=2, lldpLocPortId=3, lldpLocPortDesc=4),
    **_columns(
        "1.0.8802.1.1.2.1.4.1.1", lldpRemChassisIdSubtype=4, lldpRemChassisId=5, lldpRemPortIdSubtype=6, lldpRemPortId=7,
        lldpRemSysName=9,
    ),
    # ENTITY-MIB (RFC 6933)
    **_columns(f"{_MIB2}.47.1.1.1.1", entPhysicalClass=5, entPhysicalSerialNum=11, entPhysicalModelName=13),
    # CISCO-VTP-MIB, CISCO-VLAN-MEMBERSHIP-MIB, CISCO-PAGP-MIB, CISCO-LAG-MIB
    **_columns(f"{_CISCO}.46.1.3.1.1", vtpVlanState=2, vtpVlanName=4),
    "vmVlan": oid(f"{_CISCO}.68.1.2.2.1.2"),
    "pagpGroupIfIndex": oid(f"{_CISCO}.98.1.1.1.1.8"),
    "clagAggPortListInterfaceIndexList": oid(f"{_CISCO}.225.1.4.1.1.2"),
    # CISCO-IGMP-SNOOPING-MIB: no recording has it, so the support of a model is UNCONFIRMED (snmp 2)
    "cisIgmpSnoopingEnabled.0": oid(f"{_CISCO}.263.1.1.1.0"),
    "cisVlanIgmpSnoopingEnabled": oid(f"{_CISCO}.263.1.4.1.1.2"),
    **_columns(f"{_CISCO}.263.1.4.2.1", cisIgmpQuerierState=3, cisIgmpQuerierAddress=6),
    "cisMcastGroupPortList": oid(f"{_CISCO}.263.1.7.1.1.8"),
    # RADLAN-MIB rlMacMulticast (89.55), rlBrgMulticast (89.116), rlBrgMcMngr (89.117)
    **{
        f"{vendor}{name}": oid(f"{base}.{tail}")
        for vendor, base in _RADLAN.items()
        for name, tail in {
            "MacMulticastEnable.0": "55.1.0", "IgmpSnoopEnable.0": "55.2.2.0", "IgmpSnoopHostAgingTime.0": "55.2.3.0",
            "IgmpSnoopVlanEnable": "55.2.7.1.2", "IgmpSnoopVlanHostTimeOut": "55.2.7.1.4",
            "IgmpSnoopQuerierOperEnable": "55.2.12.1.3", "IgmpSnoopQuerierOperAddr": "55.2.12.1.5",
            "MacMulticastUnregFilterEnable.0": "55.4.1.0", "BrgMcMngrVlanMode": "117.1.1.2",
            "BrgStaticIpMulticastFrwPorts": "116.3.1.4",
            "BrgIpMulticastEgressPorts": "116.4.1.4",
        }.items()
    },
    # EdgeSwitch-SWITCHING-MIB (Broadcom FASTPATH)
    **{
        f"agent{kind}{name}": oid(f"{base}.{tail}")
        for kind, base in _FASTPATH.items()
        for name, tail in {
            "SwitchMFDBForwardingPortMask": "2.8.10.1.1.6", "SwitchMFDBType": "2.8.10.1.1.4",
            "SwitchSnoopingAdminMode": "2.8.6.1.1.2", "SwitchSnoopingVlanAdminMode": "2.8.8.1.1.1",
            "SwitchSnoopingQuerierAdminMode": "2.8.20.1.1.1",
        }.items()
    },
    # HP-SWITCH-CONFIG-MIB (hpSwitchIgmp), ARUBAWIRED-MGMD-SNOOPING-MIB, HH3C-LswIGSP-MIB
    **_columns("1.3.6.1.4.1.11.2.14.11.5.1.7.1.15.1.1", hpSwitchIgmpState=2, hpSwitchIgmpQuerierState=3),
    "arubaWiredMgmdDropUnknownMulticast.0": oid("1.3.6.1.4.1.47196.4.1.1.3.3.1.1.0"),
    **_columns("1.3.6.1.4.1.47196.4.1.1.3.3.1.14.1", arubaWiredMgmdSnoopingFeature=3),
    **_columns("1.3.6.1.4.1.47196.4.1.1.3.3.1.15.1", arubaWiredMgmdGroupType=8, arubaWiredMgmdJoinedPorts=9),
    "hh3cIgmpSnoopingStatus.0": oid("1.3.6.1.4.1.25506.8.35.7.1.1.0"),
    "hh3cIgmpSnoopingNonFloodingStatus.0": oid("1.3.6.1.4.1.25506.8.35.7.1.8.0"),
    "hh3cIgmpSnoopingVlanEnabled": oid("1.3.6.1.4.1.25506.8.35.7.1.9.1.2"),
    # JUNIPER-L2ALD-MIB (ELS), JUNIPER-VLAN-MIB (EX before ELS)
    **_columns("1.3.6.1.4.1.2636.3.48.1.3.1.1", jnxL2aldVlanName=2, jnxL2aldVlanTag=3, jnxL2aldVlanFdbId=5),
    **_columns("1.3.6.1.4.1.2636.3.40.1.5.1.5.1", jnxExVlanName=2, jnxExVlanTag=5),
    # HUAWEI-L2MAM-MIB
    "hwDynFdbPort": oid("1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4"),
}  # fmt: skip
