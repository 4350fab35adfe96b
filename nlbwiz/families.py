"""The vendor table: how each family of switches shows itself by SNMP, and what it does not show. Data, and look-ups in it.

A row says what its devices were seen to do (in a recording, REC) or what their MIB says; what nobody confirmed is marked
UNCONFIRMED. Sections are those of reference/snmp.md. A device that no row knows is read by the standards alone, and an
empty answer of it proves nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nlbwiz.facts import Need

FdbIndex = Literal["vlan", "map", "internal", "judge"]
"""What a row of dot1qTpFdbTable is indexed by: the VLAN id whatever the map says; the fdbId of dot1qVlanFdbId; an id of
the vendor's own VLAN table; or what the ids that are there suggest.
"""
PortNumber = Literal["bridge", "ifindex", "bridge-off-by-one"]
"""What a port number in FDB rows and PortLists is: a bridge port; an ifIndex; a bridge port, in some releases one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Something that a family does not show by SNMP, why, and where else it can be seen."""

    what: Need
    why: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family. `roots`: prefixes of sysObjectID; `descr`: what sysDescr holds, which comes before the roots."""

    slug: str
    name: str
    roots: tuple[str, ...]
    source: str
    descr: str = ""
    fdb: tuple[str, ...] = ("fdb", "fdb-bridge")
    """Probes that find a MAC, in the order in which they are tried."""
    fdb_index: FdbIndex = "judge"
    contexts: bool = False
    """Each VLAN has an SNMP context of its own: `community@10`, v3 context `vlan-10`. The default one is VLAN 1."""
    port: PortNumber = "bridge"
    port_offset: int = 0
    """What a port number lacks to be an ifIndex, where there is no map of bridge ports."""
    vlans: tuple[str, ...] = ("vlans",)
    lags: tuple[str, ...] = ("lacp", "stacked")
    groups: tuple[str, ...] = ("groups",)
    multicast: str = "multicast"
    lookup: Literal["mac", "ip"] | None = None
    """What multicast frames are looked up by, where the switch itself does not tell it."""
    fills: frozenset[Need] = frozenset()
    """Tables that it is known to fill: there, a row that is not there does not exist."""
    hidden: tuple[Hidden, ...] = field(default=())


_NO_GROUPS = Hidden(
    what="groups",
    why="no recording of this family shows static or snooped multicast entries by SNMP",
    instead="read its multicast table on the device itself",
)
_NO_SETTINGS = Hidden(
    what="multicast",
    why="no MIB of this family tells its snooping, querier and filtering",
    instead="read them in its configuration",
)
_RADLAN_GROUPS = Hidden(
    what="groups",
    why="which of the Q-BRIDGE tables this firmware fills for a Bridge Multicast Group is UNCONFIRMED",
    instead="compare with `show bridge multicast address-table`",
)

FAMILIES: tuple[Family, ...] = (
    Family(
        slug="dell-powerconnect", name="Dell PowerConnect 28xx 35xx 54xx 55xx (Radlan, Marvell)",
        roots=("1.3.6.1.4.1.674.10895.3020", "1.3.6.1.4.1.674.10895.3021", "1.3.6.1.4.1.674.10895.3028",
               "1.3.6.1.4.1.674.10895.3030", "1.3.6.1.4.1.674.10895.3031"),
        source="snmp 2, 2.1, 3 (rows by VLAN id whatever the map says: SI Layer3/Dell); DELL-REF-MIB; RADLAN-MIB 89.55 89.116",
        fdb=("fdb",), fdb_index="vlan", groups=("groups", "groups-radlan"), multicast="multicast-radlan",
        fills=frozenset({"fdb"}), hidden=(_RADLAN_GROUPS,),
    ),
    Family(
        slug="dell-n-series", name="Dell N-series and PowerConnect 62xx 70xx 80xx (Broadcom FASTPATH)",
        roots=tuple(f"1.3.6.1.4.1.674.10895.{n}" for n in (
            3000, 3004, *range(3010, 3016), 3024, *range(3034, 3042), *range(3042, 3047), *range(3053, 3062),
            *range(3063, 3067), 3076, 3077, 3080, 3082, 3084)),
        source="snmp 2, 2.1; DELL-REF-MIB; EdgeSwitch-SWITCHING-MIB, that Dell uses the same tail is UNCONFIRMED",
        groups=("groups", "groups-fastpath"), multicast="multicast-fp", lookup="mac",
    ),
    Family(
        slug="broadcom-fastpath", name="Ubiquiti EdgeSwitch and others (Broadcom FASTPATH)", roots=("1.3.6.1.4.1.4413.1",),
        source="snmp 2 (EdgeSwitch-SWITCHING-MIB), 1.4 (an index with a length octet: REC edgeswitch_10xp)",
        groups=("groups", "groups-edge"), multicast="multicast-edge",
    ),
    Family(
        slug="dell-os9", name="Dell Force10 OS9 (S4810 S4048 MXL Z9000)", roots=("1.3.6.1.4.1.6027.1",),
        source="snmp 2, 3, 4.3 (port one above the bridge port in OS9 9.9: REC dnos_s4048)",
        fdb=("fdb",), port="bridge-off-by-one", fills=frozenset({"arp", "fdb"}), hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="dell-os10", name="Dell OS10", roots=("1.3.6.1.4.1.674.11000.5000.100.2.1",), descr="Dell EMC Networking OS10",
        source="snmp 2.1, 9 (the recording has no FDB row)", hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="cisco-nxos", name="Cisco Nexus (NX-OS)", roots=("1.3.6.1.4.1.9.12.3.1.3",), descr=r"Cisco NX-OS|NX-OS\(tm\)",
        source="snmp 1.6, 2, 3 (Q-BRIDGE in the default context first: netdisco issue 652); switch-cli 1 item 1 (lookup by IP)",
        fdb=("fdb", "fdb-bridge"), vlans=("vlans", "vlans-cisco"), lags=("lacp", "lags-cisco"),
        groups=("groups-cisco",), multicast="multicast-cisco", lookup="ip", fills=frozenset({"arp"}),
        hidden=(
            Hidden(what="groups", why="static multicast MAC entries are not shown, only snooped groups, on some models",
                   instead="show mac address-table multicast"),
            Hidden(what="fdb", why="a Nexus 5000 on NX-OS 6 shows no MAC table by SNMP (REC cisco-n5000)",
                   instead="show mac address-table address MAC"),
        ),
    ),
    Family(
        slug="cisco-sb", name="Cisco Small Business, Linksys SRW and SGE (Radlan, Marvell)",
        roots=("1.3.6.1.4.1.9.6.1", "1.3.6.1.4.1.3955"),
        source="snmp 2, 3 (rows by VLAN id: SI Layer3/Dell; REC ciscosb_sge); CISCOSB-rlBrgMulticast",
        fdb=("fdb",), fdb_index="vlan", groups=("groups", "groups-cisco-sb"), multicast="multicast-csb",
        fills=frozenset({"fdb"}), hidden=(_RADLAN_GROUPS,),
    ),
    Family(
        slug="cisco-ios", name="Cisco IOS and IOS-XE (Catalyst)", roots=("1.3.6.1.4.1.9.1", "1.3.6.1.4.1.9.5"),
        source="snmp 0.7, 3, 5 (MAC table and bridge ports per VLAN context; REC c3750); CISCO-VTP-MIB; CISCO-IGMP-SNOOPING-MIB",
        fdb=("fdb-bridge",), contexts=True, vlans=("vlans-cisco",), lags=("lacp", "stacked", "lags-cisco"),
        groups=("groups-bridge", "groups-cisco"), multicast="multicast-cisco", fills=frozenset({"arp"}),
        hidden=(
            Hidden(what="groups", why="a snooped group's row tells no ports (REC cisco-6500-igmp), and a static multicast "
                   "MAC is shown on some models only", instead="show mac address-table static; show ip igmp snooping groups"),
        ),
    ),
    Family(
        slug="arista-eos", name="Arista EOS", roots=("1.3.6.1.4.1.30065",),
        source="snmp 2, 3 (Q-BRIDGE in the default context covers all VLANs: REC arista-7150s)",
        fdb=("fdb",), fdb_index="vlan", fills=frozenset({"arp", "fdb"}), hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="hpe-comware", name="HPE Comware and H3C", roots=("1.3.6.1.4.1.25506", "1.3.6.1.4.1.43.45"),
        descr=r"Comware",
        source="snmp 2, 3 (dot1qVlanFdbId says 1 for every VLAN, rows are by VLAN id: REC h3c-comware, SI Layer3/H3C)",
        fdb_index="vlan", multicast="multicast-h3c", fills=frozenset({"arp", "fdb"}), hidden=(_NO_GROUPS,),
    ),
    Family(
        slug="hpe-procurve", name="HP ProCurve and ArubaOS-Switch", roots=("1.3.6.1.4.1.11.2.3.7.11", "1.3.6.1.4.1.11.2.3.7.8"),
        source="snmp 2, 3 (fdbId is a running number, the map is needed: REC 6120xg, procurve; hpswitchconfig MIB)",
        fdb=("fdb", "fdb-bridge"), fdb_index="map", multicast="multicast-hp", fills=frozenset({"fdb"}), hidden=(_NO_GROUPS,),
    ),
    Family(
        slug="aruba-cx", name="ArubaOS-CX", roots=("1.3.6.1.4.1.47196",),
        source="snmp 2, 3; ARUBAWIRED-MGMD-SNOOPING-MIB",
        fdb=("fdb", "fdb-length"), groups=("groups-cx",), multicast="multicast-cx", fills=frozenset({"fdb"}),
        hidden=(_NO_GROUPS,),
    ),
    Family(
        slug="juniper-junos", name="Juniper EX, QFX and MX (Junos)", roots=("1.3.6.1.4.1.2636",),
        source="snmp 2, 3 (fdbId = 65536 x jnxL2aldVlanID, or jnxExVlanID; text port lists: REC junos_ex4600mp, SI Layer3/Juniper)",
        fdb_index="internal", vlans=("vlans", "vlans-juniper"), fills=frozenset({"arp"}), hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="mikrotik-routeros", name="MikroTik RouterOS", roots=("1.3.6.1.4.1.14988.1",),
        source="snmp 3 (fdbIds that are no VLANs, ports that are ifIndexes: REC routeros; orb-agent issue 614)",
        fdb=("fdb-bridge", "fdb"), hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="huawei-vrp", name="Huawei VRP", roots=("1.3.6.1.4.1.2011",),
        source="snmp 2, 3 (HUAWEI-L2MAM-MIB hwDynFdbTable, dot1dTpFdb, no Q-BRIDGE FDB; static ARP under ifIndex 0)",
        fdb=("fdb-huawei", "fdb-bridge"), fills=frozenset({"arp"}), hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="alcatel-aos6", name="Alcatel OmniSwitch (AOS 6)", roots=("1.3.6.1.4.1.6486.800",),
        source="snmp 3 (all VLANs in one fdbId, so the VLAN of a MAC is lost; port numbers are ifIndexes: REC aos)",
        port="ifindex", hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="tplink-jetstream", name="TP-Link JetStream", roots=("1.3.6.1.4.1.11863",),
        source="snmp 3 (port + 49152 = ifIndex, rows out of order: LNMS fdb-table/jetstream.inc.php)",
        port_offset=49152, hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
    Family(
        slug="dlink-des", name="D-Link DES", roots=("1.3.6.1.4.1.171.10",),
        source="snmp 3 (DES-30xx: the map says 602 -> 90, rows use 602: REC)",
        fdb_index="judge", hidden=(_NO_GROUPS, _NO_SETTINGS),
    ),
)  # fmt: skip

UNKNOWN = Family(
    slug="", name="a device that no row of the vendor table knows", roots=(), source="RFC 4188, RFC 4363, RFC 4293, RFC 2863",
    vlans=("vlans", "fdb-ids"), fdb=("fdb", "fdb-bridge", "fdb-huawei"),
)  # fmt: skip

_BY_SLUG = {family.slug: family for family in FAMILIES}
_ROOTS = sorted(((root, family) for family in FAMILIES for root in family.roots), key=lambda each: -len(each[0]))


def detect(object_id: str, descr: str = "") -> Family:
    """The family of a sysObjectID, or of what sysDescr names itself; UNKNOWN where neither is in the table.

    sysDescr comes first: HP sells Comware under its own number, and Cisco all kinds of things under 9.1.
    """
    named = next((family for family in FAMILIES if family.descr and re.search(family.descr, descr)), None)
    rooted = next((family for root, family in _ROOTS if f"{object_id}.".startswith(f"{root}.")), None)
    if named and (rooted is None or named.slug in ("cisco-nxos", "hpe-comware")):
        return named
    return rooted or UNKNOWN


def family(slug: str | None) -> Family:
    """The row of a slug; UNKNOWN for one that has none (a platform that the site file may name beside the table)."""
    return _BY_SLUG.get(slug or "", UNKNOWN)


def probes(row: Family, need: Need) -> tuple[str, ...]:
    """The probes that answer a need on this family, in the order in which they are tried; () where one answers for all."""
    match need:
        case "vlans":
            return row.vlans
        case "fdb":
            return row.fdb
        case "lags":
            return row.lags
        case "groups":
            return row.groups
        case "multicast":
            return (row.multicast,)
        case _:
            return ()


# ---- ways of asking ----

COLUMN: dict[str, str] = {
    "fdb": "dot1qTpFdbPort", "fdb-length": "dot1qTpFdbPort", "fdb-bridge": "dot1dTpFdbPort", "fdb-huawei": "hwDynFdbPort",
    "fdb-find": "dot1qTpFdbPort",
    "arp": "ipNetToMediaPhysAddress", "arp-physical": "ipNetToPhysicalPhysAddress", "arp-find": "ipNetToMediaPhysAddress",
    "arp-physical-find": "ipNetToPhysicalPhysAddress",
}  # fmt: skip
"""The column in which a way of asking for a MAC or an address looks."""
_UNSEEN = frozenset({"fdb", "fdb-length", "fdb-bridge", "arp"})
"""Tried also where no first row was seen: an agent whose rows are out of order may hide it from GETNEXT."""


def has_length(index: Sequence[int]) -> bool:
    """Whether a row of dot1qTpFdb has a length before the MAC (reference: snmp 1.4)."""
    return len(index) == 8 and index[1] == 6


def ways(row: Family, need: Need, first: Mapping[str, Sequence[int]] | None) -> tuple[str, ...]:
    """The ways of asking a device for a MAC or an address, in the order in which they are tried; the walk is the last.

    first: the index of the first row of every table that has one (probe `tables`); None while that is not known, or
    where the agent did not tell it.
    """
    match need:
        case "fdb":
            chain = (*row.fdb, *(("fdb-find",) if "fdb" in row.fdb else ()))
        case "arp":
            chain = ("arp", "arp-physical", "arp-find", "arp-physical-find")
        case _:
            return probes(row, need)
    if first is None:
        return chain
    index = first.get("dot1qTpFdbPort", ())
    left_out = "fdb" if has_length(index) else "fdb-length" if index else ""
    if has_length(index):
        chain = tuple("fdb-length" if one == "fdb" else one for one in chain)
    return tuple(dict.fromkeys(one for one in chain if one != left_out and (one in _UNSEEN or COLUMN[one] in first)))


# ---- ids and ports ----

VLANS = range(1, 4095)


def vlan_of(
    index: int, row: Family, *, vlans: Iterable[int], map_: Mapping[int, int], internal: Mapping[int, int]
) -> int | None:
    """The VLAN of an fdbId; None where nothing tells it (reference: snmp 4.3).

    vlans: the ids the switch lists. map_: VLAN -> fdbId as dot1qVlanFdbId says. internal: the vendor's id -> VLAN.
    """
    if row.fdb_index == "internal":
        for key in (index, index // 65536 if index % 65536 == 0 else index):
            if key in internal:
                return internal[key]
    known = set(vlans)
    owners = [vlan for vlan, number in map_.items() if number == index]
    mapped = owners[0] if len(owners) == 1 else None
    match row.fdb_index:
        case "vlan":
            return index if index in VLANS else None
        case "map":
            return mapped if mapped is not None else index if index in known and not map_ else None
        case _:
            if index in known:
                return index
            if mapped is not None:
                return mapped
            return index if index in VLANS and not map_ and row.fdb_index != "internal" else None


def ids_of(
    wanted: Iterable[int], row: Family, *, present: Iterable[int], map_: Mapping[int, int], internal: Mapping[int, int]
) -> tuple[int, ...]:
    """The fdbIds under which rows of these VLANs may stand; both the id and the mapped one where neither is sure.

    present: the fdbIds that the switch itself lists; without a wanted VLAN all of them, and those of every known VLAN.
    """
    asked = tuple(wanted)
    if not asked:
        return tuple(dict.fromkeys([*present, *map_.values()] or internal))
    found: list[int] = []
    for vlan in asked:
        own = [key for key, tag in internal.items() if tag == vlan]
        if row.fdb_index == "internal" and own:
            found += [one for key in own for one in (key, key * 65536)]
        elif row.fdb_index == "map" and vlan in map_:
            found.append(map_[vlan])
        else:
            found.append(vlan)
            if row.fdb_index != "vlan" and vlan in map_:
                found.append(map_[vlan])
    return tuple(dict.fromkeys(found))


def ifindex_of(port: int, row: Family, bridge: Mapping[int, int], ifindexes: Iterable[int]) -> int | None:
    """The ifIndex of a port number; None where it names nothing (0: the switch itself, or not known).

    bridge: dot1dBasePortIfIndex. A number without a row there is an ifIndex on many a device (reference: snmp 4.3); one
    whose row says 0 has no interface (REC juniper-mx960-13-3r9-13).
    """
    if port <= 0:
        return None
    known = set(ifindexes)
    if row.port == "ifindex" and port in known:
        return port
    if port in bridge:
        return bridge[port] or None
    if row.port == "bridge-off-by-one" and port - 1 in bridge:
        return bridge[port - 1] or None
    if port in known:
        return port
    return port + row.port_offset if row.port_offset and port + row.port_offset in known else None


def port_list(octets: bytes, *, text: bool = False) -> tuple[int, ...]:
    """The port numbers of a PortList: the most significant bit of the first octet is port 1 (RFC 4363). Any length.

    text: Junos and some LAG tables write text instead: `3,4434,4443`, `21-22`, `23, `.
    """
    if text and re.fullmatch(rb"[0-9][0-9,\- ]*\x00?", octets):
        found: list[int] = []
        for part in octets.rstrip(b"\x00").split(b","):
            low, _, high = part.strip().partition(b"-")
            if low.isdigit():
                last = int(high) if high.strip().isdigit() else int(low)
                found += range(int(low), min(last, int(low) + 4096) + 1)
        return tuple(found)
    bits = ((place, bit) for place, octet in enumerate(octets) if octet for bit in range(8) if octet & (0x80 >> bit))
    return tuple(8 * place + bit + 1 for place, bit in bits)
