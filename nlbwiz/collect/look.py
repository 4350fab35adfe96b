"""Looking at the wire: who answers an ARP request for an address, every owner of it and not only the first.

Ordinary requests (RFC 826) with this machine's own sender address. Never a probe with sender 0.0.0.0: a node that checks
its VIP anew must read it as a conflict (RFC 5227 2.1.1). Never gratuitous, never with a cluster's address as the sender.
Owners are told apart by the sender hardware address *inside* the ARP payload: in a healthy unicast cluster every node
answers for the VIP, from Ethernet addresses of its own, with the one cluster MAC in the payload (reference: winrm-lab 4.1).
"""

import errno
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from nlbwiz.collect.neighbours import PLACES, UnreadableError
from nlbwiz.collect.ticket import Cause

ROUNDS = 2
APART_S = 1.2
"""Between two rounds: Linux takes no second answer for an entry within 1 s (neighbour locktime), so a second owner that
answers later is seen in the second round at last (reference: winrm-lab 5)."""
SETTLE_S = 0.6
"""How long answers are awaited after the last request; on one segment they take less than a millisecond."""
GAP_S = 0.005
"""Between two requests: 200 a second, so that no broadcast limit of a switch port is met."""
_ETHERTYPE = 0x0806
_BROADCAST = b"\xff" * 6
_HEAD = struct.Struct("!HHBBH")  # RFC 826: hardware 1 (Ethernet), protocol 0x0800, lengths 6 and 4, opcode
_REQUEST, _REPLY = 1, 2
_FOR_US = (0, 1, 2)
"""PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST of linux/if_packet.h: not our own frames, nor those for somebody else,
which are also what a tagged frame of a VLAN that this machine is not in counts as."""
_ETHERNET = 1  # ARPHRD_ETHER of linux/if_arp.h
_SIOCGIFFLAGS, _SIOCGIFHWADDR = 0x8913, 0x8927  # linux/sockios.h
_UP, _RUNNING, _NOARP = 0x1, 0x40, 0x80  # IFF_ of linux/if.h
MOST_OWNERS = 32
"""Kept for one address, and Ethernet addresses of one owner; a flood of made-up answers fills no memory."""


@dataclass(slots=True)
class Owner:
    """One MAC that answered for an address. `ethernet`: where its frames came from, which may be masked MACs."""

    mac: str
    replies: int = 0
    first_ms: float = 0.0
    ethernet: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look saw. `owners`: address -> those who answered, in the order of their first answer."""

    method: str
    device: str
    sender: str
    rounds: int
    owners: dict[IPv4Address, list[Owner]]


def request(hardware: bytes, sender: IPv4Address, target: IPv4Address) -> bytes:
    """An ordinary ARP request as an Ethernet frame, broadcast. ValueError for a sender that nobody may use."""
    if sender.is_unspecified or sender == target:
        raise ValueError(f"{sender} is no sender of an ordinary request for {target}")
    head = _BROADCAST + hardware + struct.pack("!H", _ETHERTYPE) + _HEAD.pack(1, 0x0800, 6, 4, _REQUEST)
    return (head + hardware + sender.packed + b"\0" * 6 + target.packed).ljust(60, b"\0")


def reply(frame: bytes) -> tuple[IPv4Address, str, str] | None:
    """(address, MAC in the payload, MAC of the frame) of an ARP reply; None for every other frame."""
    if len(frame) < 42 or frame[12:14] != b"\x08\x06" or _HEAD.unpack_from(frame, 14) != (1, 0x0800, 6, 4, _REPLY):
        return None
    return IPv4Address(frame[28:32]), frame[22:28].hex(":"), frame[6:12].hex(":")


class Pace:
    """GAP_S between any two requests of this machine, whatever looks run at once and whatever device they leave by."""

    def __init__(self) -> None:
        self._lock, self._free = threading.Lock(), 0.0

    def take(self, now: float) -> float:
        """0 when a request may leave now, which then counts; else how long to wait, in seconds."""
        with self._lock:
            if now < self._free:
                return self._free - now
            self._free = now + GAP_S
            return 0.0


def look(
    device: str, sender: IPv4Address, targets: Sequence[IPv4Address], over: Callable[[], bool], pace: Pace | None = None
) -> Looked:
    """Ask for every target in every round and take all answers. `over` ends it early. Raises UnreadableError.

    By a raw socket where this process may open one, else by the system's `arping`.
    """
    if not sys.platform.startswith("linux"):
        raise UnreadableError(_NOT_HERE)
    try:
        if dead := unfit(device):
            raise UnreadableError(Cause(status="unreachable", error=dead, resolve=f"look at {device}"))
        return _raw(device, sender, targets, over, pace or Pace())
    except PermissionError:
        return by_arping(device, sender, targets, over, pace or Pace())
    except OSError as error:
        why = error.strerror or errno.errorcode.get(error.errno or 0, "OSError")
        raise UnreadableError(
            Cause(status="unreachable", error=f"nothing can be sent on {device}: {why}", resolve=f"look at {device}")
        ) from error


def unfit(device: str) -> str:
    """Why nobody can be looked for on a device; empty where they can. Raises OSError for a device that is not there.

    A frame to one that has no carrier is dropped without a word, and a tunnel would carry it as something else: silence
    there says nothing about who has an address.
    """
    if sys.platform == "win32":
        return _NOT_HERE.error
    import fcntl

    name = device.encode()
    if len(name) > 15:  # IFNAMSIZ
        return f"{device} is no name of a device"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        told = fcntl.ioctl(sock, _SIOCGIFFLAGS, name.ljust(40, b"\0"))
        flags: int = struct.unpack_from("H", told, 16)[0]
        kind: int = struct.unpack_from("H", fcntl.ioctl(sock, _SIOCGIFHWADDR, name.ljust(40, b"\0")), 16)[0]
    if kind != _ETHERNET or flags & _NOARP:
        return f"nobody was looked for on the wire: {device} is no Ethernet, or has no ARP"
    if not (flags & _UP and flags & _RUNNING):
        return f"nobody was looked for on the wire: {device} is down, or has no carrier"
    return ""


def _raw(
    device: str, sender: IPv4Address, targets: Sequence[IPv4Address], over: Callable[[], bool], pace: Pace
) -> Looked:
    if sys.platform == "win32":
        raise UnreadableError(_NOT_HERE)
    owners: dict[IPv4Address, list[Owner]] = {one: [] for one in targets}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:  # hears nothing before it is bound to its device
        wire.bind((device, _ETHERTYPE))
        own = wire.getsockname()[4]
        began = time.monotonic()
        due = deque((began, target) for target in targets)
        sent: dict[IPv4Address, list[float]] = {target: [] for target in targets}
        end = began + SETTLE_S
        while (due or time.monotonic() < end) and not over():
            now, wait = time.monotonic(), 0.1
            if due and now >= due[0][0] and not (wait := pace.take(now)):
                target = due.popleft()[1]
                wire.send(request(own, sender, target))
                sent[target].append(now)
                end = now + SETTLE_S
                if len(sent[target]) < ROUNDS:  # counted from here: a machine that was held up hurries nothing
                    due.append((now + APART_S, target))
                continue
            left = wait if due and now >= due[0][0] else (due[0][0] if due else end) - now
            if not select.select([wire], [], [], max(0.0, min(left, 0.1)))[0]:
                continue
            got, origin = wire.recvfrom(2048)
            found = reply(got)
            if found is None or origin[2] not in _FOR_US or found[0] not in owners:
                continue
            at_ms = (time.monotonic() - (sent[found[0]] or [began])[0]) * 1000
            count(owners[found[0]], found[1], at_ms, found[2])
    return Looked(method="raw socket", device=device, sender=str(sender), rounds=ROUNDS, owners=owners)


def count(owners: list[Owner], mac: str, at_ms: float, ethernet: str = "") -> None:
    """One more answer, of an owner that is known or new; those beyond MOST_OWNERS are left out."""
    one = next((each for each in owners if each.mac == mac), None)
    if one is None:
        if len(owners) >= MOST_OWNERS:
            return
        one = Owner(mac, first_ms=round(at_ms, 2))
        owners.append(one)
    one.replies += 1
    if ethernet and ethernet not in one.ethernet and len(one.ethernet) < MOST_OWNERS:
        one.ethernet.append(ethernet)


# ---- the system's arping ----

ARPING_REPLY = re.compile(
    r"^\w+ reply from ([0-9.]+) \[((?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2})\]\s+([0-9.]+)ms", re.M
)
"""iputils: `Unicast reply from 172.31.3.50 [00:15:5D:00:00:02]  0.653ms`; the MAC is the payload's."""
ARPING_S = 3.0
AT_ONCE = 40
"""Processes of arping that run together; each waits a second for its answers."""


def by_arping(
    device: str, sender: IPv4Address, targets: Sequence[IPv4Address], over: Callable[[], bool], pace: Pace
) -> Looked:
    """iputils' arping, which a plain user may run where it has the capability; its exit code says nothing of use.

    Every target is a process of its own. `-b`: broadcast throughout, else it asks the first owner alone; without `-w`,
    since with it the first reply ends it.
    """
    program = shutil.which("arping") or shutil.which("arping", path=PLACES)
    if program is None or not _is_iputils(program):
        raise UnreadableError(_NO_RIGHT)
    owners: dict[IPv4Address, list[Owner]] = {one: [] for one in targets}
    began = time.monotonic()
    complaint = ""
    for turn in range(ROUNDS):
        while not over() and time.monotonic() < began + turn * APART_S:
            time.sleep(0.05)
        for place in range(0, len(targets), AT_ONCE):
            if over():
                break
            printed, said = _batch(program, device, sender, targets[place : place + AT_ONCE], pace)
            complaint = complaint or said
            for found in ARPING_REPLY.finditer(printed):
                if (ip := _address(found[1])) in owners:
                    mac = ":".join(part.zfill(2) for part in found[2].lower().split(":"))
                    count(owners[ip], mac, float(found[3]))
    if complaint and not any(owners.values()):
        raise UnreadableError(
            Cause(status="denied", error=f"arping cannot look: {complaint[:200]}", resolve=_NO_RIGHT.resolve)
        )
    return Looked(method="arping", device=device, sender=str(sender), rounds=ROUNDS, owners=owners)


def _is_iputils(program: str) -> bool:
    """Whether it is iputils' arping: with another one (Habets') `-b` means a sender that nobody may use."""
    return "iputils" in "".join(_ended(_start((program, "-V"))))


def _batch(
    program: str, device: str, sender: IPv4Address, targets: Sequence[IPv4Address], pace: Pace
) -> tuple[str, str]:
    """One request for each of some targets; what they printed, and the first complaint."""
    running = []
    for target in targets:
        while wait := pace.take(time.monotonic()):
            time.sleep(wait)
        running.append(_start((program, "-b", "-c", "1", "-I", device, "-s", str(sender), str(target))))
    ended = [_ended(process) for process in running]
    return "\n".join(printed for printed, _ in ended), next((said for _, said in ended if said), "")


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def _start(words: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603  # fixed words and an address, no shell
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )


def _ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it printed, and its complaint."""
    try:
        printed, said = process.communicate(timeout=ARPING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        printed, said = process.communicate()
    return printed, said.strip()


_NO_RIGHT = Cause(
    status="denied",
    error="nobody was looked for on the wire: this account may open no raw socket, and there is no arping here",
    resolve="run as root, or give the interpreter CAP_NET_RAW, or install iputils-arping; the neighbour table was read",
)
_NOT_HERE = Cause(
    status="unsupported",
    error="nobody was looked for on the wire: that is done on Linux only",
    resolve="run nlbwiz on a Linux machine of that subnet too; the neighbour table was read",
)
