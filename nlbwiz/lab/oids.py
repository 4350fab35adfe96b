"""The objects that the lab's agents implement, by their MIB names: the lab's own copy, so that a wrong OID shows.

Sources: SNMPv2-MIB (RFC 3418), SNMP-FRAMEWORK-MIB (RFC 3411), IF-MIB (RFC 2863), IP-MIB (RFC 4293), BRIDGE-MIB (RFC
4188), Q-BRIDGE-MIB (RFC 4363), IEEE8023-LAG-MIB, LLDP-MIB (IEEE 802.1AB), RADLAN-MIB rlMacMulticast (89.55), rlBrgMulticast
(89.116), rlBrgMcMngr (89.117), CISCO-VTP-MIB,
CISCO-VLAN-MEMBERSHIP-MIB. A column is named without an index, a scalar without its `.0`.
"""

Oid = tuple[int, ...]


def oid(text: str) -> Oid:
    """An OID from its dotted form."""
    return tuple(int(part) for part in text.split("."))


MIB2 = oid("1.3.6.1.2.1")
SYSTEM = (*MIB2, 1)
SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES = (
    (*SYSTEM, number) for number in range(1, 8)
)
SNMP_ENGINE_TIME = oid("1.3.6.1.6.3.10.2.1.3")

IF_NUMBER = (*MIB2, 2, 1)
IF_ENTRY = (*MIB2, 2, 2, 1)
IF_INDEX, IF_DESCR, IF_TYPE, IF_MTU, IF_SPEED, IF_PHYS_ADDRESS, IF_ADMIN_STATUS, IF_OPER_STATUS, IF_LAST_CHANGE = (
    (*IF_ENTRY, number) for number in range(1, 10)
)
IF_X_ENTRY = (*MIB2, 31, 1, 1, 1)
IF_NAME = (*IF_X_ENTRY, 1)
IF_HC_IN_OCTETS, IF_HC_IN_UCAST, IF_HC_IN_MULTICAST, IF_HC_IN_BROADCAST = (
    (*IF_X_ENTRY, number) for number in range(6, 10)
)
IF_HC_OUT_OCTETS, IF_HC_OUT_UCAST, IF_HC_OUT_MULTICAST, IF_HC_OUT_BROADCAST = (
    (*IF_X_ENTRY, number) for number in range(10, 14)
)
IF_HIGH_SPEED, IF_CONNECTOR_PRESENT, IF_ALIAS = ((*IF_X_ENTRY, number) for number in (15, 17, 18))

IP_FORWARDING = (*MIB2, 4, 1)
IP_AD_ENT_ADDR, IP_AD_ENT_IF_INDEX, IP_AD_ENT_NET_MASK = ((*MIB2, 4, 20, 1, number) for number in (1, 2, 3))
ARP_IF_INDEX, ARP_PHYS_ADDRESS, ARP_NET_ADDRESS, ARP_TYPE = ((*MIB2, 4, 22, 1, number) for number in range(1, 5))

BRIDGE = (*MIB2, 17)
BASE_BRIDGE_ADDRESS, BASE_NUM_PORTS, BASE_TYPE = ((*BRIDGE, 1, number) for number in (1, 2, 3))
BASE_PORT, BASE_PORT_IF_INDEX = ((*BRIDGE, 1, 4, 1, number) for number in (1, 2))
STP_TIME_SINCE_CHANGE, STP_TOP_CHANGES = ((*BRIDGE, 2, number) for number in (3, 4))
TP_AGING_TIME = (*BRIDGE, 4, 2)
TP_FDB_ADDRESS, TP_FDB_PORT, TP_FDB_STATUS = ((*BRIDGE, 4, 3, 1, number) for number in (1, 2, 3))
STATIC_ALLOWED, STATIC_STATUS = ((*BRIDGE, 5, 1, 1, number) for number in (3, 4))

QBRIDGE = (*BRIDGE, 7, 1)
Q_VERSION, Q_MAX_VLAN_ID, Q_MAX_SUPPORTED, Q_NUM_VLANS = ((*QBRIDGE, 1, number) for number in range(1, 5))
Q_FDB_DYNAMIC_COUNT = (*QBRIDGE, 2, 1, 1, 2)
Q_TP_FDB_PORT, Q_TP_FDB_STATUS = ((*QBRIDGE, 2, 2, 1, number) for number in (2, 3))
Q_TP_GROUP_EGRESS, Q_TP_GROUP_LEARNT = ((*QBRIDGE, 2, 3, 1, number) for number in (2, 3))
Q_FORWARD_UNREGISTERED = (*QBRIDGE, 2, 5, 1, 1)
Q_STATIC_UNICAST_ALLOWED, Q_STATIC_UNICAST_STATUS = ((*QBRIDGE, 3, 1, 1, number) for number in (3, 4))
Q_STATIC_MULTICAST_EGRESS, Q_STATIC_MULTICAST_FORBIDDEN, Q_STATIC_MULTICAST_STATUS = (
    (*QBRIDGE, 3, 2, 1, number) for number in (3, 4, 5)
)
Q_VLAN_CURRENT_EGRESS, Q_VLAN_CURRENT_UNTAGGED, Q_VLAN_STATUS = ((*QBRIDGE, 4, 2, 1, number) for number in (4, 5, 6))
Q_VLAN_STATIC_NAME, Q_VLAN_STATIC_EGRESS, Q_VLAN_STATIC_FORBIDDEN, Q_VLAN_STATIC_UNTAGGED, Q_VLAN_STATIC_ROW_STATUS = (
    (*QBRIDGE, 4, 3, 1, number) for number in range(1, 6)
)
Q_PVID = (*QBRIDGE, 4, 5, 1, 1)

LAG = oid("1.2.840.10006.300.43.1")
AGG_ACTOR_KEY, AGG_PARTNER_SYSTEM, AGG_PARTNER_KEY = ((*LAG, 1, 1, 1, number) for number in (6, 8, 10))
AGG_PORT_LIST = (*LAG, 1, 2, 1, 1)
AGG_PORT = (*LAG, 2, 1, 1)
AGG_PORT_PARTNER_SYSTEM, AGG_PORT_PARTNER_KEY = ((*AGG_PORT, number) for number in (9, 11))
AGG_PORT_SELECTED, AGG_PORT_ATTACHED = ((*AGG_PORT, number) for number in (12, 13))
AGG_PORT_ACTOR_STATE, AGG_PORT_PARTNER_STATE = ((*AGG_PORT, number) for number in (21, 23))

LLDP = oid("1.0.8802.1.1.2.1")
LLDP_LOC_CHASSIS_SUBTYPE, LLDP_LOC_CHASSIS_ID, LLDP_LOC_SYS_NAME = ((*LLDP, 3, number) for number in (1, 2, 3))
LLDP_LOC_PORT_SUBTYPE, LLDP_LOC_PORT_ID, LLDP_LOC_PORT_DESC = ((*LLDP, 3, 7, 1, number) for number in (2, 3, 4))
(
    LLDP_REM_CHASSIS_SUBTYPE,
    LLDP_REM_CHASSIS_ID,
    LLDP_REM_PORT_SUBTYPE,
    LLDP_REM_PORT_ID,
    LLDP_REM_PORT_DESC,
    LLDP_REM_SYS_NAME,
    LLDP_REM_SYS_DESC,
) = ((*LLDP, 4, 1, 1, number) for number in range(4, 11))

RADLAN = oid("1.3.6.1.4.1.89")
RL_MAC_MULTICAST_ENABLE = (*RADLAN, 55, 1)
RL_IGMP_SNOOP_ENABLE = (*RADLAN, 55, 2, 2)
RL_IGMP_HOST_AGING, RL_IGMP_ROUTER_AGING = ((*RADLAN, 55, 2, number) for number in (3, 4))
RL_IGMP_VLAN_ENABLE = (*RADLAN, 55, 2, 7, 1, 2)
RL_IGMP_VLAN_HOST_TIMEOUT = (*RADLAN, 55, 2, 7, 1, 4)
RL_QUERIER_ENABLED, RL_QUERIER_ADDRESS = ((*RADLAN, 55, 2, 12, 1, number) for number in (3, 5))
RL_UNREGISTERED_FILTER = (*RADLAN, 55, 4, 1)
RL_STATIC_IP_GROUP_PORTS, RL_STATIC_IP_GROUP_STATUS = ((*RADLAN, 116, 3, 1, number) for number in (4, 6))
RL_IP_GROUP_EGRESS, RL_IP_GROUP_LEARNT = ((*RADLAN, 116, 4, 1, number) for number in (4, 5))
RL_VLAN_MODE = (*RADLAN, 117, 1, 1, 2)

CISCO = oid("1.3.6.1.4.1.9.9")
VTP_DOMAIN_NAME = (*CISCO, 46, 1, 2, 1, 1, 2)
VTP_VLAN_STATE, VTP_VLAN_TYPE, VTP_VLAN_NAME = ((*CISCO, 46, 1, 3, 1, 1, number) for number in (2, 3, 4))
VM_VLAN = (*CISCO, 68, 1, 2, 2, 1, 2)
