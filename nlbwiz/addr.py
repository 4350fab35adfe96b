"""The address algebra of NLB: a MAC in every notation, the MACs that follow from mode and primary IP, and back.

Sources: KB 4494444 and KB 283028 (cluster MACs, IGMP group), Microsoft networking blog 2008-12-11 (every VIP answers
with the primary's MAC), KB 2804678 (Hyper-V's pool), SCVMM documentation (its pool), Q-BRIDGE-MIB (a MAC as an index).
netaddr reads and spells the addresses and brings the IEEE registry, which is loaded at the first vendor look-up.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from types import MappingProxyType
from typing import Literal, NewType

import netaddr  # type: ignore[import-untyped]  # ships no types

Mode = Literal["unicast", "multicast", "igmp"]
Mac = NewType("Mac", str)
"""Always Windows' form: upper case, dashes: "02-BF-AC-1F-03-E8". Made by `mac`, so equal addresses are equal texts."""

MacForm = Literal["dashed", "colons", "dotted", "hhh", "procurve", "bare", "octets", "oid"]
MODES: tuple[Mode, ...] = ("unicast", "multicast", "igmp")

FORM_PLATFORMS: Mapping[MacForm, str] = MappingProxyType(
    {
        "dashed": "Windows (ipconfig, arp -a, Get-NetAdapter), Extreme S/K",
        "colons": "Dell PowerConnect, OS9 and OS10, Junos, AOS-CX, OmniSwitch, EXOS, Linux; MikroTik in upper case",
        "dotted": "Cisco IOS, IOS-XE and NX-OS, Arista EOS, AlliedWare Plus; Junos accepts it",
        "hhh": "HPE/H3C Comware, Huawei VRP, 3Com (H-H-H)",
        "procurve": "HPE ProCurve, ArubaOS-Switch",
        "bare": "Hyper-V PowerShell (Get-VMNetworkAdapter, Set-VMNetworkAdapter -StaticMacAddress)",
        "octets": "SNMP values: six octets, as SNMP tools print them in hex",
        "oid": "SNMP indexes: six sub-identifiers, as in dot1qTpFdbPort.<fdbId>.<MAC>",
    }
)
"""Which devices write which form (vendor manuals, captured outputs), in the order of a table for people."""


class AddressError(ValueError):
    """A text, index or number is no address of the kind asked for; the message says what was found and expected."""


class _Comware(netaddr.mac_eui48):  # type: ignore[misc]  # untyped base
    """Three groups of four digits with dashes: 02bf-ac1f-03e8."""

    word_size, num_words, max_word, word_sep, word_fmt = 16, 3, 0xFFFF, "-", "%.4x"


class _ProCurve(netaddr.mac_eui48):  # type: ignore[misc]  # untyped base
    """Two groups of six digits with a dash: 02bfac-1f03e8."""

    word_size, num_words, max_word, word_sep, word_fmt = 24, 2, 0xFFFFFF, "-", "%.6x"


class _Octets(netaddr.mac_eui48):  # type: ignore[misc]  # untyped base
    """The hex text of six octets: 0x02bfac1f03e8."""

    word_size, num_words, max_word, word_sep, word_fmt = 48, 1, 0xFFFFFFFFFFFF, "", "0x%.12x"


class _Oid(netaddr.mac_eui48):  # type: ignore[misc]  # untyped base
    """Six decimal sub-identifiers: 2.191.172.31.3.232."""

    word_sep, word_fmt, word_base = ".", "%d", 10


_DIALECTS: Mapping[MacForm, type] = MappingProxyType(
    {
        "dashed": netaddr.mac_eui48,
        "colons": netaddr.mac_unix_expanded,
        "dotted": netaddr.mac_cisco,
        "hhh": _Comware,
        "procurve": _ProCurve,
        "bare": netaddr.mac_bare,
        "octets": _Octets,
        "oid": _Oid,
    }
)

# netaddr alone also takes eleven bare digits, short groups between dots ("172.31.3" would be a MAC) and pairs with and
# without leading zeros in one text (a lost last digit): such a slip would become a wrong address, so only what a device
# writes gets as far as netaddr.
_H = "[0-9A-Fa-f]"
_SHORT = f"(?:0|[1-9A-Fa-f]{_H}?)"  # a pair whose leading zero is left out
_WRITTEN = re.compile(
    f"{_H}{{2}}([: -]){_H}{{2}}(?:\\1{_H}{{2}}){{4}}|{_SHORT}([:-]){_SHORT}(?:\\2{_SHORT}){{4}}"
    f"|{_H}{{4}}([.:-]){_H}{{4}}\\3{_H}{{4}}|{_H}{{6}}[:-]{_H}{{6}}|(?:0[xX])?{_H}{{12}}"
)
_SIX_DECIMALS = re.compile(r"\.?((?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){5})")
_EXPECTED = (
    "expected 12 hex digits (02-BF-AC-1F-03-E8, 02:bf:ac:1f:03:e8, 02bf.ac1f.03e8, 02bf-ac1f-03e8, 02bfac-1f03e8, "
    "0x02bfac1f03e8) or an SNMP index (2.191.172.31.3.232)"
)
_LONGEST = 64  # characters; no notation of an address is longer, so a pasted file is refused unread


def shown(text: str | bytes) -> str:
    """A text from outside, safe in a message: quoted, ASCII, control characters escaped, cut after 40 characters."""
    quoted = ascii(text[:40])
    if len(text) <= 40 and len(quoted) <= 80:  # one character may take ten to escape
        return quoted
    return f"{quoted[:80]}... ({len(text)} {'octets' if isinstance(text, bytes) else 'characters'})"


def mac(text: str | bytes) -> Mac:
    """Read a MAC address in any notation of FORM_PLATFORMS, in either case; anything else raises AddressError.

    `bytes` are SNMP octets: exactly six. Six decimal numbers with dots are an SNMP index. Pairs between `:` or `-` may
    all lack leading zeros; longer groups must be complete (`172.31.3` is half an IP address, not a MAC).
    """
    if isinstance(text, bytes):
        if len(text) != 6:
            hint = " (no octets: an incomplete ARP entry)" if not text else ""
            raise AddressError(f"{shown(text)} is not a MAC address: expected 6 octets, found {len(text)}{hint}")
        return _from_value(int.from_bytes(text))
    if len(text) > _LONGEST:
        raise AddressError(f"{shown(text)} is not a MAC address: {_EXPECTED}")
    stripped = text.strip()
    if decimals := _SIX_DECIMALS.fullmatch(stripped):
        return mac_from_oid([int(part) for part in decimals[1].split(".")])
    if not _WRITTEN.fullmatch(stripped):
        raise AddressError(f"{shown(text)} is not a MAC address: {_found(stripped)}, {_EXPECTED}")
    return _from_value(int(netaddr.EUI(stripped.lower().removeprefix("0x").replace(" ", "-"), version=48)))


def _from_value(value: int) -> Mac:
    return Mac(str(netaddr.EUI(value, version=48)))


def _found(text: str) -> str:
    """What is wrong with a text that is no MAC address, for the message."""
    digits = re.sub("[.: -]", "", text.lower().removeprefix("0x"))
    if alien := re.search("[^0-9a-f]", digits):
        return f"found {alien[0]!a}"
    if len(digits) != 12:
        return f"found {len(digits)} digit{'s' if len(digits) != 1 else ''}"
    return "found 12 digits in groups that no device writes"


def mac_from_oid(parts: Sequence[int]) -> Mac:
    """The MAC in the last six sub-identifiers of an OID or index, as in dot1qTpFdbPort.<fdbId>.<MAC> (Q-BRIDGE-MIB)."""
    octets = tuple(parts[-6:])
    if len(octets) < 6:
        raise AddressError(f"expected 6 sub-identifiers of a MAC address, found {len(octets)}")
    for octet in octets:
        if not 0 <= octet <= 255:
            raise AddressError(f"expected sub-identifiers of a MAC address from 0 to 255, found {octet}")
    return _from_value(int.from_bytes(bytes(octets)))


def mac_octets(mac: Mac) -> bytes:
    """The six octets, as SNMP carries them in a value."""
    return bytes.fromhex(mac.replace("-", ""))


def mac_oid(mac: Mac) -> tuple[int, ...]:
    """The six sub-identifiers, as SNMP carries the MAC in an index."""
    return tuple(mac_octets(mac))


def spell(mac: Mac, form: MacForm) -> str:
    """The MAC as the devices of FORM_PLATFORMS[form] write it."""
    return str(netaddr.EUI(mac, version=48, dialect=_DIALECTS[form]))


def in_pool(mac: Mac, low: Mac, high: Mac) -> bool:
    """Whether the MAC lies in the pool, both ends included; a pool whose ends are swapped holds nothing."""
    return low <= mac <= high  # of one form and case, texts sort as the numbers do


def is_group_mac(mac: Mac) -> bool:
    """Whether the I/G bit is set: a group address, no NIC's own and no frame's source (IEEE 802)."""
    return bool(mac_octets(mac)[0] & 0x01)


# ---- from mode and primary IP --------------------------------------------------------------------------------------


def cluster_mac(mode: Mode, primary: IPv4Address | IPv6Address) -> Mac:
    """The one MAC that NLB answers ARP with, for every VIP of the cluster whose PRIMARY IP is `primary` (KB 4494444).

    IPv6: the four octets are the XOR of the address's four 32-bit words. Derived from one sample in Microsoft's
    documentation of Get-NlbClusterDriverInfo, so a node's reported MAC goes before it. IGMP multicast with an IPv6
    primary is UNCONFIRMED and raises AddressError.
    """
    match mode:
        case "unicast":
            return mac(b"\x02\xbf" + _tail(primary))
        case "multicast":
            return mac(b"\x03\xbf" + _tail(primary))
        case "igmp":
            if isinstance(primary, IPv6Address):
                raise AddressError(f"IGMP multicast mode needs an IPv4 primary IP, found {shown(primary.compressed)}")
            return mac(b"\x01\x00\x5e\x7f" + primary.packed[2:])


def masked_mac(priority: int, primary: IPv4Address | IPv6Address) -> Mac:
    """The source MAC of a unicast node's frames while MaskSourceMAC is on; `priority` is its host priority, 1 to 32.

    With an IPv6 primary the tail is derived as in `cluster_mac`; that NLB masks in that way there is UNCONFIRMED.
    """
    if not 1 <= priority <= 32:
        raise AddressError(f"expected a host priority from 1 to 32, found {priority}")
    return mac(bytes((0x02, priority)) + _tail(primary))


def igmp_group(primary: IPv4Address) -> IPv4Address:
    """The group that nodes join in IGMP multicast mode: 239.255 and the primary's last two octets (KB 283028)."""
    return IPv4Address(b"\xef\xff" + primary.packed[2:])


def all_cluster_macs(primary: IPv4Address | IPv6Address) -> dict[Mode, Mac]:
    """The cluster MAC of every mode that the primary IP can have; no `igmp` for IPv6."""
    return {mode: cluster_mac(mode, primary) for mode in MODES if mode != "igmp" or primary.version == 4}


def not_a_primary(ip: IPv4Address | IPv6Address) -> str | None:
    """Why no cluster can have this primary IP ("a multicast group"), or None when one can."""
    if ip.is_multicast:
        return "a multicast group"
    if ip.is_loopback:
        return "a loopback address"
    if ip.is_unspecified or (isinstance(ip, IPv4Address) and ip in IPv4Network("0.0.0.0/8")):
        return "of the network that means 'this host'"
    if isinstance(ip, IPv4Address) and ip.is_reserved:
        return "reserved or the broadcast address"
    return None


def _tail(primary: IPv4Address | IPv6Address) -> bytes:
    """The last four octets of every MAC that NLB makes from the address."""
    if isinstance(primary, IPv4Address):
        return primary.packed
    packed = primary.packed
    return bytes(packed[i] ^ packed[i + 4] ^ packed[i + 8] ^ packed[i + 12] for i in range(4))


# ---- and back ------------------------------------------------------------------------------------------------------

MacKind = Literal[
    "cluster",
    "masked",
    "hyper-v",
    "vmm",
    "hsrp",
    "vrrp",
    "multicast",
    "local",
    "vendor",
    "unknown",
    "zero",
    "broadcast",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a MAC address is by its bits alone; whether the cluster that it names exists, only evidence can say."""

    mac: Mac
    kind: MacKind
    mode: Mode | None = None
    """Of the cluster, for `cluster` only."""
    primary: IPv4Address | None = None
    """For `masked` and `cluster`, but not in IGMP multicast mode, whose MAC keeps two octets only: see `tail`."""
    tail: tuple[int, int] | None = None
    """The last two octets of the primary IP, for a cluster in IGMP multicast mode."""
    priority: int | None = None
    """The host priority, 1 to 32, for `masked`."""
    pool_host_tail: tuple[int, int] | None = None
    """For `hyper-v`, a hint: the last two octets of an IP that the host had when its Hyper-V role was installed."""
    vendor: str | None = None
    """By the IEEE registry, ASCII; None for locally administered addresses."""
    note: str
    """One or two sentences for people."""


_VMM_POOL = (Mac("00-1D-D8-B7-1C-00"), Mac("00-1D-D8-F4-1F-FF"))  # SCVMM's default pool for Hyper-V


def decode(mac: Mac) -> Decoded:
    """Say what a MAC address is: which mode and primary IP, which host priority, which pool, or whose prefix."""
    match mac_oid(mac):
        case (0, 0, 0, 0, 0, 0):
            return Decoded(mac=mac, kind="zero", note="All zero: an incomplete ARP entry, not an address.")
        case (0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF):
            note = "The broadcast address; the heartbeats of a unicast cluster go to it."
            return Decoded(mac=mac, kind="broadcast", note=note)
        case (0x02, 0xBF, *tail):
            return _cluster(mac, "unicast", tail)
        case (0x03, 0xBF, *tail):
            return _cluster(mac, "multicast", tail)
        case (0x01, 0x00, 0x5E, 0x7F, y, z):
            return _igmp_cluster(mac, y, z)
        case (0x02, priority, *tail) if 1 <= priority <= 32:
            return _masked(mac, priority, IPv4Address(bytes(tail)))
        case (0x00, 0xBF, *tail):
            return _copied_typo(mac, IPv4Address(bytes(tail)))
        case (0x00, 0x15, 0x5D, p, q, _):
            note = (
                "Hyper-V vNIC, from a dynamic pool unless somebody typed it. A pool follows from an IP that the host "
                f"had when its Hyper-V role was installed: it ended in .{p}.{q}, unless the pool was set by hand."
            )
            return Decoded(mac=mac, kind="hyper-v", pool_host_tail=(p, q), vendor="Microsoft Corporation", note=note)
        case (0x00, 0x1D, 0xD8, *_) if in_pool(mac, *_VMM_POOL):
            note = "vNIC with a static MAC out of SCVMM's default pool for Hyper-V."
            return Decoded(mac=mac, kind="vmm", vendor="Microsoft Corporation", note=note)
        case (0x00, 0x00, 0x0C, 0x07, 0xAC, group):
            return _virtual_router(mac, "hsrp", f"HSRP version 1, group {group}")
        case (0x00, 0x00, 0x0C, 0x9F, high, low) if high >= 0xF0:
            return _virtual_router(mac, "hsrp", f"HSRP version 2, group {(high & 0x0F) << 8 | low}")
        case (0x00, 0x05, 0x73, 0xA0, high, low) if high <= 0x0F:
            return _virtual_router(mac, "hsrp", f"HSRP for IPv6, group {high << 8 | low}")
        case (0x00, 0x00, 0x5E, 0x00, (1 | 2) as family, vrid):
            return _virtual_router(mac, "vrrp", f"VRRP for IPv{'4' if family == 1 else '6'}, virtual router {vrid}")
        case (first, *_) if first & 0x01:
            return Decoded(mac=mac, kind="multicast", note=_group_note(mac))
        case (first, *_) if first & 0x02:
            note = "Locally administered: made by software, so no vendor stands behind it; not a form that NLB makes."
            return Decoded(mac=mac, kind="local", note=note)
        case _:
            return _by_registry(mac)


def _cluster(mac: Mac, mode: Mode, tail: Sequence[int]) -> Decoded:
    primary = IPv4Address(bytes(tail))
    note = f"NLB cluster MAC in {mode} mode of the primary IP {primary}."
    if why := not_a_primary(primary):
        note = (
            f"Has the form of an NLB cluster MAC in {mode} mode, but {primary} is {why} and no primary IP: "
            "the primary is an IPv6 address, whose octets cannot be read back, or this is not NLB's."
        )
    return Decoded(mac=mac, kind="cluster", mode=mode, primary=primary, note=note)


def _igmp_cluster(mac: Mac, y: int, z: int) -> Decoded:
    note = (
        f"NLB cluster MAC in IGMP multicast mode of any primary IP that ends in .{y}.{z}; group 239.255.{y}.{z}. "
        "31 other groups have this MAC, and every cluster with that ending."
    )
    if (y, z) == (0xFF, 0xFA):
        note += " One is SSDP's 239.255.255.250, which most Windows machines join: ambiguous, no proof of a cluster."
    return Decoded(mac=mac, kind="cluster", mode="igmp", tail=(y, z), note=note)


def _masked(mac: Mac, priority: int, primary: IPv4Address) -> Decoded:
    note = (
        f"Source MAC of the node with host priority {priority} in a unicast cluster with the primary IP {primary} "
        "(MaskSourceMAC). Any locally administered address can look like this: compare the IP."
    )
    if why := not_a_primary(primary):
        note += f" {primary} is {why} and no primary IP, so it is hardly NLB's."
    return Decoded(mac=mac, kind="masked", primary=primary, priority=priority, note=note)


def _copied_typo(mac: Mac, primary: IPv4Address) -> Decoded:
    note = (
        "Not an NLB MAC, but it looks like one copied from documentation that prints the unicast prefix as 00-BF: "
        f"NLB uses {cluster_mac('unicast', primary)} for the primary IP {primary}."
    )
    vendor = vendor_of(mac)
    return Decoded(mac=mac, kind="vendor" if vendor else "unknown", vendor=vendor, note=note)


def _virtual_router(mac: Mac, kind: Literal["hsrp", "vrrp"], whose: str) -> Decoded:
    """Prefixes: Cisco's HSRP configuration guides; RFC 9568 section 7.3 for VRRP."""
    note = f"{whose}: routers share it, so one MAC at several of them is in order."
    return Decoded(mac=mac, kind=kind, vendor="Cisco Systems, Inc" if kind == "hsrp" else None, note=note)


def _group_note(mac: Mac) -> str:
    match mac_oid(mac):
        case (0x01, 0x00, 0x5E, b, c, d) if b < 0x80:
            return (
                f"IPv4 multicast: the group 224.{b}.{c}.{d} or one of 31 others (RFC 1112). NLB's only if the cluster "
                "has a multicast IP set by hand (MulticastIPAddress)."
            )
        case (0x33, 0x33, *group):
            return f"IPv6 multicast: a group that ends in {bytes(group[:2]).hex()}:{bytes(group[2:]).hex()} (RFC 2464)."
        case _:
            return "A group address, so no NIC's own; not a form that NLB makes."


def _by_registry(mac: Mac) -> Decoded:
    vendor = vendor_of(mac)
    if vendor is None:
        return Decoded(
            mac=mac, kind="unknown", note="Globally administered, but its prefix is not in the IEEE registry here."
        )
    note = f"Its prefix {mac[:8]} is registered to {vendor.rstrip('.')}."
    if vendor == "IEEE Registration Authority":
        note = f"The IEEE lets out {mac[:8]} in smaller blocks; whose this one is, the registry here does not tell."
    return Decoded(mac=mac, kind="vendor", vendor=vendor, note=note)


@lru_cache(maxsize=4096)
def vendor_of(mac: Mac) -> str | None:
    """The holder of the prefix in the IEEE registry (netaddr's copy), in ASCII; None for local and group addresses."""
    if mac_octets(mac)[0] & 0x03:
        return None
    eui = netaddr.EUI(mac, version=48)
    for prefix in ("iab", "oui"):  # an IAB is a small block within an OUI, so it knows better
        with suppress(netaddr.NotRegisteredError):
            if block := getattr(eui, prefix):
                holder = unicodedata.normalize("NFKD", block.registration().org)
                return " ".join(holder.encode("ascii", "ignore").decode().split())
    return None
