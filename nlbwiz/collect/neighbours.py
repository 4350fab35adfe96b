"""This machine's own neighbour table and addresses, read from its system or from a file; nothing is sent anywhere.

Linux: `ip -j neigh` and `ip -j addr` (iproute2, ip-neighbour(8), ip-address(8)), else /proc/net/arp (arp(7)) and the
ioctls of netdevice(7). Windows: Get-NetNeighbor and Get-NetIPAddress (`windows_neighbours`). Any system: the file that
the site names, in the form of `ip -j neigh show`:

    [{"dst": "172.31.3.232", "dev": "eth0", "lladdr": "03:bf:ac:1f:03:e8", "state": ["REACHABLE"]}, ...]
"""

import json
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_address, ip_interface
from pathlib import Path
from typing import Any

from nlbwiz.collect.ticket import Cause
from nlbwiz.errors import DataError
from nlbwiz.site.model import Jump

COMMAND_S = 2.0
"""How long `ip` may take; it takes milliseconds."""
PLACES = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin"
"""A plain user's PATH often lacks the sbin directories."""
_PROC_ARP = Path("/proc/net/arp")
_LARGEST = 64 << 20
# include/uapi/linux/if_arp.h; SIOCGIFADDR and SIOCGIFNETMASK of include/uapi/linux/sockios.h
_COMPLETE, _PERMANENT = 0x02, 0x04
_SIOCGIFADDR, _SIOCGIFNETMASK = 0x8915, 0x891B


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One entry. `mac` is None where the address did not resolve; `state`: the words of `ip neigh`, in capitals."""

    ip: str
    mac: str | None
    dev: str
    state: tuple[str, ...]


class UnreadableError(Exception):
    """No table, and why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.error)
        self.cause = cause


def table(jump: Jump, platform: str = sys.platform) -> list[Neighbour]:
    """The entries: those of the site's file where it names one, else this system's. Raises UnreadableError."""
    if jump.neighbours is not None:
        return _from_file(Path(jump.neighbours))
    if platform == "win32":
        from nlbwiz.collect import windows_neighbours

        return windows_neighbours.table()
    if not platform.startswith("linux"):
        raise UnreadableError(
            _elsewhere(platform, "neighbour table", "jump.neighbours = a file in the form of `ip -j neigh`")
        )
    text = _run_ip("neigh", "show")
    return _from_proc(_PROC_ARP) if text is None else _checked(text, "ip -j neigh")


def addresses(jump: Jump, platform: str = sys.platform) -> list[str]:
    """The own IPv4 addresses, `172.31.3.50/24`: without them nobody knows which subnets are attached.

    Raises UnreadableError.
    """
    return list(jump.addresses) or [str(one) for _, one in interfaces(platform)]


def interfaces(platform: str = sys.platform) -> list[tuple[str, IPv4Interface]]:
    """(device, address) of every IPv4 address of this system, loopback left out. Raises UnreadableError."""
    if platform == "win32":
        from nlbwiz.collect import windows_neighbours

        return windows_neighbours.interfaces()
    if not platform.startswith("linux"):
        raise UnreadableError(_elsewhere(platform, "interface addresses", 'jump.addresses = ["ADDRESS/PREFIX"]'))
    text = _run_ip("addr", "show")
    if text is None:
        return _from_interfaces()
    try:
        return read_addresses(text)
    except DataError as error:
        raise UnreadableError(_garbled(f"`ip -j addr show` has an unknown form: {error}")) from error


def read_neighbours(text: str | bytes) -> list[Neighbour]:
    """The entries in the output of `ip -j neigh show`. Raises DataError, naming what is wrong with it."""
    entries = _json_list(text)
    found = []
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise DataError(f"entry {place} is not an object")
        address, mac, state = entry.get("dst"), entry.get("lladdr"), entry.get("state", [])
        try:
            ip = str(ip_address(address)) if isinstance(address, str) else ""
        except ValueError:
            ip = ""
        if not ip:
            raise DataError(f"entry {place} has no address under dst")
        if mac is not None and not isinstance(mac, str):
            raise DataError(f"entry {place} ({ip}) has no text under lladdr")
        states = [state] if isinstance(state, str) else state
        if not isinstance(states, list) or not all(isinstance(each, str) for each in states):
            raise DataError(f"entry {place} ({ip}) has no list of texts under state")
        words = tuple(each.upper() for each in states)
        found.append(Neighbour(ip=ip, mac=_ethernet(mac, place, ip), dev=str(entry.get("dev", "")), state=words))
    return found


def read_addresses(text: str | bytes) -> list[tuple[str, IPv4Interface]]:
    """(device, IPv4 address) in the output of `ip -j addr show`; loopback left out. Raises DataError."""
    found = []
    for interface in _json_list(text):
        for entry in interface.get("addr_info", []) if isinstance(interface, dict) else []:
            if not isinstance(entry, dict) or entry.get("family") != "inet":
                continue
            try:
                address = ip_interface(f"{entry.get('local')}/{entry.get('prefixlen')}")
            except ValueError as error:
                raise DataError(str(error)) from error
            if isinstance(address, IPv4Interface) and not address.is_loopback:
                found.append((str(interface.get("ifname", "")), address))
    return found


def read_proc_arp(text: str) -> list[Neighbour]:
    """The entries of /proc/net/arp (arp(7)): address, type, flags, MAC, mask, device; IPv4 only.

    IP address       HW type     Flags       HW address            Mask     Device
    192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
    """
    found = []
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) != 6:
            raise DataError(f"a line with {len(parts)} instead of 6 columns")
        flags = int(parts[2], 16)
        state = "PERMANENT" if flags & _PERMANENT else "COMPLETE" if flags & _COMPLETE else "INCOMPLETE"
        found.append(
            Neighbour(
                ip=str(ip_address(parts[0])), mac=parts[3] if flags & _COMPLETE else None, dev=parts[5], state=(state,)
            )
        )
    return found


def _ethernet(mac: str | None, place: int, ip: str) -> str | None:
    """A MAC as it stands; None for no address and for those of tunnels (an IP address) and other links (not 6 octets)."""
    if not mac:
        return None
    if not re.fullmatch(r"[0-9A-Fa-f.]+([:-][0-9A-Fa-f.]+)*", mac):
        raise DataError(f"entry {place} ({ip}) has no MAC address under lladdr")
    return mac if re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", mac) else None


def _json_list(text: str | bytes) -> list[Any]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is not JSON ({error})") from error
    if not isinstance(found, list):
        raise DataError("it is not a JSON list")
    return found


def _from_file(path: Path) -> list[Neighbour]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise UnreadableError(
            Cause(
                status="unreachable",
                error=f"the file of jump.neighbours, {path}, cannot be read: {error.strerror}",
                resolve="write it with `ip -j neigh show > FILE`, or leave jump.neighbours out",
            )
        ) from error
    if len(text) > _LARGEST:
        raise UnreadableError(_garbled(f"{path} is larger than {_LARGEST >> 20} MB"))
    return _checked(text, str(path))


def _checked(text: str | bytes, where: str) -> list[Neighbour]:
    try:
        return read_neighbours(text)
    except DataError as error:
        raise UnreadableError(_garbled(f"{where} is not in the form of `ip -j neigh show`: {error}")) from error


def _from_proc(path: Path) -> list[Neighbour]:
    try:
        return read_proc_arp(path.read_text(encoding="ascii"))
    except OSError as error:
        raise UnreadableError(_unsupported(f"neither `ip` nor {path} is here")) from error
    except (ValueError, DataError) as error:
        raise UnreadableError(_garbled(f"{path} has an unknown form: {error}")) from error


def _run_ip(*words: str) -> str | None:
    """What `ip -j` prints; None when this machine has no iproute2 that can, so that /proc is read instead."""
    program = shutil.which("ip") or shutil.which("ip", path=PLACES)
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # fixed words, no shell
            [program, "-j", *words],
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableError(
            Cause(status="timeout", error=f"`ip -j {words[0]}` did not end within {COMMAND_S:g} s", resolve="ask again")
        ) from error
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _from_interfaces() -> list[tuple[str, IPv4Interface]]:
    """The first IPv4 address of every interface, asked of the kernel (netdevice(7))."""
    if sys.platform == "win32":
        return []
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            request = name.encode()[:15].ljust(40, b"\0")
            try:
                address, mask = (
                    socket.inet_ntoa(fcntl.ioctl(sock, number, request)[20:24])
                    for number in (_SIOCGIFADDR, _SIOCGIFNETMASK)
                )
            except OSError:  # an interface without an address
                continue
            interface = IPv4Interface(f"{address}/{mask}")
            if not interface.is_loopback:
                found.append((name, interface))
    return found


def _garbled(error: str) -> Cause:
    return Cause(status="garbled", error=error, resolve="write it anew with `ip -j neigh show`")


def _unsupported(error: str) -> Cause:
    return Cause(
        status="unsupported", error=error, resolve="name a file in the form of `ip -j neigh` as jump.neighbours"
    )


def _elsewhere(platform: str, what: str, instead: str) -> Cause:
    return Cause(
        status="unsupported",
        error=f"the own {what} is read on Linux and Windows, and this is {platform}",
        resolve=f"give it in the site file: {instead}",
    )
