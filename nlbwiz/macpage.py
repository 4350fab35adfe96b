"""The data of the page that `nlbwiz mac TEXT` prints: what an IP gives as a primary IP, or what a MAC is.

In a pasted text (a line of `show ip arp`, an event, a Hex-STRING) the addresses are looked for, and each has its page.
Pure: strings, numbers, tuples and dicts only, so msgspec writes it as JSON; `mactext` sets it as text. Sources: those
of `addr`; KB 193601 for a MAC set by hand.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

from nlbwiz import addr
from nlbwiz.addr import AddressError, Mac, MacForm, MacKind, Mode

MODE_NAMES: dict[Mode, str] = {"unicast": "unicast", "multicast": "multicast", "igmp": "IGMP multicast"}
TITLES: dict[MacKind, str] = {
    "cluster": "NLB cluster MAC",
    "masked": "masked source MAC of an NLB node",
    "hyper-v": "Hyper-V vNIC",
    "vmm": "SCVMM vNIC",
    "hsrp": "HSRP virtual router",
    "vrrp": "VRRP virtual router",
    "multicast": "group address",
    "local": "locally administered address",
    "vendor": "address of a NIC",
    "unknown": "unknown",
    "zero": "all zero",
    "broadcast": "broadcast address",
}
_LONGEST = 64  # characters: no address is longer
_READ = 4000  # characters of a pasted text
_MOST = 8  # addresses of a pasted text
_TOKEN = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2} ){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])|[0-9A-Za-z.:/%-]+")
"""Six octets with blanks (net-snmp's Hex-STRING), or whatever else could be an address."""
_SSDP_TAIL = bytes((255, 250))
_SSDP = (
    "WARNING: 239.255.255.250 is SSDP's group, which most Windows machines join. In IGMP multicast mode the cluster's "
    "traffic goes to all of them, and a snooping entry for the group proves nothing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """One MAC address and what it is, in every notation."""

    name: str
    """What stands above its column: a mode, `host 1`, or `asked`."""
    mac: Mac
    mode: Mode | None = None
    priority: int | None = None
    derived: bool = False
    """Not documented: inferred, so a node's reported MAC goes before it."""
    spelled: dict[MacForm, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IpPage:
    """What follows from an IP address if it is the primary IP of a cluster."""

    subject: Literal["primary_ip"] = "primary_ip"
    asked: str
    primary: str
    impossible: str
    """Why it cannot be a primary IP; empty when it can."""
    cluster: tuple[Spelled, ...]
    """A MAC a mode; none when it cannot be a primary IP, but for a group 239.255.y.z that of IGMP multicast mode."""
    masked: tuple[Spelled, ...]
    """Host priorities 1 to 32; none for IPv6, and when it cannot be a primary IP."""
    igmp_group: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MacPage:
    """What a MAC address is, and the cluster MACs of the primary IP that it names."""

    subject: Literal["mac"] = "mac"
    asked: str
    mac: Mac
    kind: MacKind
    mode: Mode | None
    primary: str | None
    tail: tuple[int, int] | None
    priority: int | None
    pool_host_tail: tuple[int, int] | None
    vendor: str | None
    group_address: bool
    meaning: str
    spelled: dict[MacForm, str]
    cluster: tuple[Spelled, ...]
    """Of `primary`, one a mode; empty when the MAC names none, or one that no cluster can have."""
    igmp_group: str | None
    notes: tuple[str, ...]
    fit: str = ""
    """Whether it fits the IP addresses of the text that it was found in; empty without any."""


def page(text: str) -> IpPage | MacPage:
    """What an IP or MAC address in any notation means to NLB; AddressError when the text is neither."""
    asked = text.strip() if len(text) <= _LONGEST else ""
    if ip := _ip(asked):
        return _ip_page(asked, ip)
    if mac := _mac(asked):
        return _mac_page(asked, mac)
    hint = ""
    if "/" in text[:_LONGEST]:
        hint = " without a prefix length"
    elif "%" in text[:_LONGEST]:
        hint = " without a zone"
    wrong = _wrong(asked)
    example = addr.mac(b"\x02\xbf\xac\x1f\x03\xe8")
    forms = ", ".join(addr.spell(example, form) for form in addr.FORM_PLATFORMS)
    raise AddressError(
        f"{addr.shown(text)} is neither an IP nor a MAC address: {wrong}expected a primary cluster IP{hint} (172.31.3.232) "
        f"or a MAC address ({forms})"
    )


def pages(text: str) -> tuple[IpPage | MacPage, ...]:
    """The page of an address, or those of the addresses in a pasted text, each once: 8 of its first 4,000 characters.

    Every MAC says whether it fits the IP addresses beside it. AddressError when there is none.
    """
    words = _TOKEN.findall(text[:_READ]) if len(text[:_READ].split()) > 1 else []
    asked = {one: word for word in words if (one := _address(word)) is not None}
    try:
        return (page(text),)
    except AddressError:
        if not asked:
            raise
    found = list(asked)[:_MOST]
    ips = [one for one in found if not isinstance(one, str)]
    return tuple(
        replace(_mac_page(asked[one], one), fit=_fit(one, ips)) if isinstance(one, str) else _ip_page(asked[one], one)
        for one in found
    )


# ---- data ----------------------------------------------------------------------------------------------------------


def _ip(asked: str) -> IPv4Address | IPv6Address | None:
    if "%" in asked:  # ipaddress lets any character into a zone
        return None
    try:
        ip = ip_address(asked)
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _mac(asked: str) -> Mac | None:
    try:
        return addr.mac(asked)
    except AddressError:
        return None


def _address(word: str) -> IPv4Address | IPv6Address | Mac | None:
    """What a word of a pasted text is: a bare number of 12 decimal digits is taken for a number, not for a MAC."""
    bare = word.strip(".:-/%").partition("/")[0]
    if not any(char in "0123456789abcdefABCDEF" for char in bare) or (bare.isdecimal() and len(bare) == 12):
        return None
    return _ip(bare) or _mac(bare)


def _wrong(text: str) -> str:
    """How a text that looks like an address is none, for the message; empty for any other text."""
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9}){1,9}", text):
        parts = text.split(".")
        large = next((part for part in parts if int(part) > 255), None)
        if len(parts) in (4, 6):
            return f"octet {large} is above 255; " if large else "an octet has a leading zero; "
        return f"{len(parts)} numbers with dots, an IPv4 address has 4; "
    digits = re.sub("[.: -]", "", text.removeprefix("0x"))
    if len(digits) > 3 and re.fullmatch("[0-9A-Fa-f]+", digits):
        size = "short" if len(digits) < 12 else "long"
        return f"too {size}: {len(digits)} digits; " if len(digits) != 12 else "its groups are no device's; "
    return ""


def _fit(mac: Mac, ips: Sequence[IPv4Address | IPv6Address]) -> str:
    """Whether the MAC is one that NLB makes from one of the addresses."""
    found = addr.decode(mac)
    possible = [ip for ip in ips if not addr.not_a_primary(ip)]
    for ip in possible:
        for mode, own in addr.all_cluster_macs(ip).items():
            if own == mac:
                return f"{mac} fits {ip}: the cluster MAC in {MODE_NAMES[mode]} mode if {ip} is the primary IP."
        if found.kind == "masked" and found.primary == ip:
            return f"{mac} fits {ip}: the masked MAC of host {found.priority} if {ip} is the primary IP."
    if not possible:
        return ""
    names = " or ".join(map(str, possible))
    if found.kind != "cluster" or found.mode is None:
        return f"{mac} does not fit {names}: it is no cluster MAC ({TITLES[found.kind]})."
    whose = (
        str(found.primary)
        if found.primary
        else f"a primary IP that ends in .{found.tail[0]}.{found.tail[1]}"
        if found.tail
        else "?"
    )
    fitting = ", ".join(addr.all_cluster_macs(ip).get(found.mode, "none") for ip in possible)
    return (
        f"{mac} DOES NOT FIT {names}: it is the cluster MAC of {whose} in {MODE_NAMES[found.mode]} mode, where "
        f"{names} would have {fitting}. It is right all the same if {names} is an additional VIP of that cluster."
    )


def _spelled(mac: Mac) -> dict[MacForm, str]:
    return {form: addr.spell(mac, form) for form in addr.FORM_PLATFORMS}


def _cluster(primary: IPv4Address | IPv6Address) -> tuple[Spelled, ...]:
    return tuple(
        Spelled(name=MODE_NAMES[mode], mac=mac, mode=mode, derived=primary.version == 6, spelled=_spelled(mac))
        for mode, mac in addr.all_cluster_macs(primary).items()
    )


def _masked(primary: IPv4Address) -> Iterator[Spelled]:
    for priority in range(1, 33):
        mac = addr.masked_mac(priority, primary)
        yield Spelled(name=f"host {priority}", mac=mac, priority=priority, spelled=_spelled(mac))


def _ip_page(asked: str, primary: IPv4Address | IPv6Address) -> IpPage:
    v4 = primary if isinstance(primary, IPv4Address) else None
    if why := addr.not_a_primary(primary):
        return _no_primary(asked, primary, why)
    return IpPage(
        asked=asked,
        primary=str(primary),
        impossible="",
        cluster=_cluster(primary),
        masked=tuple(_masked(v4)) if v4 else (),
        igmp_group=str(addr.igmp_group(v4)) if v4 else None,
        notes=tuple(_ip_notes(primary)),
    )


def _no_primary(asked: str, ip: IPv4Address | IPv6Address, why: str) -> IpPage:
    """An address that no cluster can have as its primary IP; a group 239.255.y.z is that of clusters that end so."""
    *start, y, z = ip.packed
    group = isinstance(ip, IPv4Address) and start == [239, 255]
    notes: list[str] = []
    if group:
        notes.append(
            f"It is the IGMP group of every cluster whose primary IP ends in .{y}.{z}, in IGMP multicast mode."
        )
        notes += [_SSDP] if bytes((y, z)) == _SSDP_TAIL else []
        notes += _igmp_notes(y, z)
    mac = addr.mac(bytes((0x01, 0x00, 0x5E, 0x7F, y, z)))
    columns = (Spelled(name=MODE_NAMES["igmp"], mac=mac, mode="igmp", spelled=_spelled(mac)),)
    return IpPage(
        asked=asked,
        primary=str(ip),
        impossible=f"{ip} is {why}",
        cluster=columns if group else (),
        masked=(),
        igmp_group=str(ip) if group else None,
        notes=tuple(notes),
    )


def _ip_notes(primary: IPv4Address | IPv6Address) -> Iterator[str]:
    if isinstance(primary, IPv4Address) and primary.packed[2:] == _SSDP_TAIL:
        yield _SSDP
    yield (
        f"Every VIP of a cluster answers with the MAC of the PRIMARY IP. If {primary} is an additional VIP, nobody "
        'uses these MACs: ask for the primary IP. (NLB Manager shows a "network address" for each VIP, and '
        "`nlb ip2mac` computes from whatever it is given.)"
    )
    if isinstance(primary, IPv6Address):
        yield (
            "Derived: the last four octets are the XOR of the address's four 32-bit words. That agrees with the one "
            "sample in Microsoft's documentation, but no document says so; a node's reported MAC goes before it."
        )
        yield "UNCONFIRMED: whether IGMP multicast mode can have an IPv6 primary IP, and how the nodes mask their MAC."
    else:
        yield from _igmp_notes(*primary.packed[2:])
    yield (
        "The MAC follows from primary IP and mode alone. A Hyper-V MAC pool, a live migration or another NIC does not "
        "change it; a MAC set by hand (registry IPToMACEnable = 0) does: what a node reports goes before all of these."
    )


def _igmp_notes(y: int, z: int) -> Iterator[str]:
    yield (
        f"The MAC of IGMP multicast mode keeps two octets: every cluster whose primary IP ends in .{y}.{z} has it, and "
        f"31 other groups than 239.255.{y}.{z} too. Two such clusters in one VLAN get each other's traffic."
    )


def _mac_page(asked: str, mac: Mac) -> MacPage:
    found = addr.decode(mac)
    primary = found.primary
    if primary and addr.not_a_primary(primary):
        primary = None
    return MacPage(
        asked=asked,
        mac=mac,
        kind=found.kind,
        mode=found.mode,
        primary=str(found.primary) if found.primary else None,
        tail=found.tail,
        priority=found.priority,
        pool_host_tail=found.pool_host_tail,
        vendor=found.vendor,
        group_address=addr.is_group_mac(mac),
        meaning=found.note,
        spelled=_spelled(mac),
        cluster=_cluster(primary) if primary else (),
        igmp_group=_group(found, primary),
        notes=tuple(_mac_notes(found, primary)),
    )


def _group(found: addr.Decoded, primary: IPv4Address | None) -> str | None:
    if primary:
        return str(addr.igmp_group(primary))
    return f"239.255.{found.tail[0]}.{found.tail[1]}" if found.tail else None


def _mac_notes(found: addr.Decoded, primary: IPv4Address | None) -> Iterator[str]:
    if found.tail and bytes(found.tail) == _SSDP_TAIL:
        yield _SSDP
    if primary:
        yield (
            f"Right for a VIP only if {primary} is the PRIMARY IP of its cluster: every VIP answers with the primary's "
            "MAC. Compare with the MAC that a node reports."
        )
    if found.tail:
        y, z = found.tail
        yield (
            f"In the other modes: unicast 02-BF-w-x-{y:02X}-{z:02X}, multicast 03-BF-w-x-{y:02X}-{z:02X}, where w and "
            "x are the first two octets of the primary IP in hex. Give `nlbwiz mac` the primary IP to see them."
        )
        yield from _igmp_notes(y, z)
    if primary and found.mode == "unicast":
        yield (
            "On a switch this MAC must not be learned on a port: the nodes send with masked MACs "
            "(MaskSourceMAC is on by default), and the traffic reaches all of them because it is flooded."
        )
    if found.kind == "cluster" and addr.is_group_mac(found.mac):
        yield "Many routers learn no group MAC for a unicast IP: they need a static ARP entry with this MAC."
