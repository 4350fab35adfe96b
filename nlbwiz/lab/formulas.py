"""The MAC formulas of Windows NLB and the MAC notations, the lab's own copy: lab and product must not share a mistake.

Sources: KB 4494444 (cluster MAC per mode, group 239.255.y.z); KB 193601 (host priority in the masked source MAC);
TechNet networking blog 2008-12-11 (every VIP answers with the MAC of the primary).
"""

from ipaddress import IPv4Address

from nlbwiz.lab.machines import Mac, Mode


def cluster_mac(mode: Mode, primary: IPv4Address) -> Mac:
    """What NLB answers ARP with, for every VIP: 02-BF-w-x-y-z, 03-BF-w-x-y-z or 01-00-5E-7F-y-z (KB 4494444)."""
    octets = primary.packed
    match mode:
        case "unicast":
            return b"\x02\xbf" + octets
        case "multicast":
            return b"\x03\xbf" + octets
        case "igmp":
            return b"\x01\x00\x5e\x7f" + octets[2:]


def masked_mac(priority: int, primary: IPv4Address) -> Mac:
    """The Ethernet source of a unicast node's frames with MaskSourceMAC: 02-<priority>-w-x-y-z (KB 193601)."""
    return bytes((2, priority)) + primary.packed


def igmp_group(primary: IPv4Address) -> IPv4Address:
    """The IP multicast group of IGMP mode: 239.255.y.z (KB 4494444, KB 283028)."""
    return IPv4Address(b"\xef\xff" + primary.packed[2:])


def dashes(mac: Mac) -> str:
    """`00-15-5D-0A-0B-0C`, as Get-NetAdapter and nlb.exe write it."""
    return mac.hex("-").upper()


def bare(mac: Mac) -> str:
    """`00155D0A0B0C`, as Hyper-V's cmdlets and PermanentAddress write it."""
    return mac.hex().upper()


def colons(mac: Mac) -> str:
    """`00:15:5d:0a:0b:0c`, as iproute2 writes it."""
    return mac.hex(":")


def mac(text: str) -> Mac:
    """A MAC from hex digits with any of `-`, `:`, `.` between them. Raises ValueError when they are not 6 octets."""
    octets = bytes.fromhex(text.translate(str.maketrans("", "", "-:.")))
    if len(octets) != 6:
        raise ValueError(f"not a MAC address: {text}")
    return octets
