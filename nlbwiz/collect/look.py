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
import time
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
_OUTGOING = 4  # linux/if_packet.h, PACKET_OUTGOING


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


def look(device: str, sender: IPv4Address, targets: Sequence[IPv4Address], over: Callable[[], bool]) -> Looked:
    """Ask for every target in every round and take all answers. `over` ends it early. Raises UnreadableError.

    By a raw socket where this process may open one, else by the system's `arping`.
    """
    if not sys.platform.startswith("linux"):
        raise UnreadableError(_NO_RIGHT)
    try:
        return _raw(device, sender, targets, over)
    except PermissionError:
        return _arping(device, sender, targets, over)
    except OSError as error:
        why = error.strerror or errno.errorcode.get(error.errno or 0, "OSError")
        raise UnreadableError(
            Cause(status="unreachable", error=f"nothing can be sent on {device}: {why}", resolve=f"look at {device}")
        ) from error


def _raw(device: str, sender: IPv4Address, targets: Sequence[IPv4Address], over: Callable[[], bool]) -> Looked:
    if sys.platform == "win32":
        raise UnreadableError(_NO_RIGHT)
    owners: dict[IPv4Address, list[Owner]] = {one: [] for one in targets}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE)) as wire:
        wire.bind((device, _ETHERTYPE))
        own = wire.getsockname()[4]
        began = time.monotonic()
        due = [
            (began + turn * max(APART_S, GAP_S * len(targets)) + place * GAP_S, request(own, sender, target))
            for turn in range(ROUNDS)
            for place, target in enumerate(targets)
        ]
        sent: dict[bytes, float] = {}
        end = due[-1][0] + SETTLE_S
        while (now := time.monotonic()) < end and not over():
            if due and now >= due[0][0]:
                frame = due.pop(0)[1]
                sent.setdefault(frame[38:42], now)
                wire.send(frame)
                continue
            until = min(due[0][0] if due else end, end, now + 0.1)
            if not select.select([wire], [], [], max(0.0, until - now))[0]:
                continue
            got, origin = wire.recvfrom(2048)
            found = reply(got)
            if found is None or origin[2] == _OUTGOING or found[0] not in owners:
                continue
            at_ms = (time.monotonic() - sent.get(found[0].packed, began)) * 1000
            _count(owners[found[0]], found[1], at_ms, found[2])
    return Looked(method="raw socket", device=device, sender=str(sender), rounds=ROUNDS, owners=owners)


def _count(owners: list[Owner], mac: str, at_ms: float, ethernet: str = "") -> None:
    one = next((each for each in owners if each.mac == mac), None)
    if one is None:
        one = Owner(mac, first_ms=round(at_ms, 2))
        owners.append(one)
    one.replies += 1
    if ethernet and ethernet not in one.ethernet:
        one.ethernet.append(ethernet)


# ---- the system's arping ----

ARPING_REPLY = re.compile(
    r"^\w+ reply from ([0-9.]+) \[((?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2})\]\s+([0-9.]+)ms", re.M
)
"""iputils: `Unicast reply from 172.31.3.50 [00:15:5D:00:00:02]  0.653ms`; the MAC is the payload's."""
ARPING_S = 3.0


def _arping(device: str, sender: IPv4Address, targets: Sequence[IPv4Address], over: Callable[[], bool]) -> Looked:
    """iputils' arping, which a plain user may run where it has the capability; its exit code says nothing of use.

    All targets at once, each as a process of its own. `-b`: broadcast throughout, else it asks the first owner alone;
    without `-w`, since with it the first reply ends it.
    """
    program = shutil.which("arping") or shutil.which("arping", path=PLACES)
    if program is None:
        raise UnreadableError(_NO_RIGHT)
    owners: dict[IPv4Address, list[Owner]] = {one: [] for one in targets}
    began = time.monotonic()
    complaint = ""
    for turn in range(ROUNDS):
        while not over() and time.monotonic() < began + turn * APART_S:
            time.sleep(0.05)
        if over():
            break
        words = (program, "-b", "-c", "1", "-I", device, "-s", str(sender))
        running = [_start((*words, str(target))) for target in targets]
        for target, process in zip(targets, running, strict=True):
            printed, said = _ended(process)
            complaint = complaint or said
            for found in ARPING_REPLY.finditer(printed):
                if found[1] == str(target):
                    mac = ":".join(part.zfill(2) for part in found[2].lower().split(":"))
                    _count(owners[target], mac, float(found[3]))
    if complaint and not any(owners.values()):
        raise UnreadableError(
            Cause(status="denied", error=f"arping cannot look: {complaint[:200]}", resolve=_NO_RIGHT.resolve)
        )
    return Looked(method="arping", device=device, sender=str(sender), rounds=ROUNDS, owners=owners)


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
