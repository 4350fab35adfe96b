"""One NLB node as the others on the wire see it: ARP answers with the cluster MAC, masked sources, heartbeats, reports.

Unicast: the NIC's own MAC is replaced, so every address answers with the cluster MAC, and frames leave from the masked
MAC 02-<priority>-<primary IP> (MaskSourceMAC; without it from the cluster MAC). Multicast: the VIP answers with 03-BF, or
in IGMP mode with 01-00-5E-7F and a report for 239.255.y.z every minute; frames leave from the NIC's own MAC
(reference: windows-nlb 1 to 3, winrm-lab 4.2). The heartbeat's payload (EtherType 0x886F) is a stub.
"""

import argparse
import select
import signal
import socket
import struct
import sys
import time
from ipaddress import IPv4Address

HEARTBEAT_S, REPORT_S = 1.0, 60.0
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PROMISC, _PACKET_IGNORE_OUTGOING = 263, 1, 1, 23  # linux/if_packet.h
_ARP, _IP, _NLB = b"\x08\x06", b"\x08\x00", b"\x88\x6f"
_ARP_HEAD = struct.Struct("!HHBBH6s4s6s4s")  # RFC 826
_REQUEST, _REPLY, _ECHO = 1, 2, 8


class Node:
    """What one node sends and answers on one interface."""

    def __init__(self, wire: socket.socket, given: argparse.Namespace) -> None:
        self._wire, self._mode = wire, given.mode
        self._primary = IPv4Address(given.primary).packed
        self._own = wire.getsockname()[4]
        self._mac = {
            "unicast": b"\x02\xbf" + self._primary,
            "multicast": b"\x03\xbf" + self._primary,
            "igmp": b"\x01\x00\x5e\x7f" + self._primary[2:],
        }[given.mode]
        masked = bytes((2, given.priority)) + self._primary
        source = masked if given.masked else self._mac
        self._source = source if given.mode == "unicast" else self._own
        self._priority, self._answers_echo = given.priority, given.echo
        mine = (given.primary, *given.also) if given.mode == "unicast" else (given.primary,)
        self._addresses = {IPv4Address(one).packed for one in mine}

    def heartbeat(self) -> None:
        """To all hosts of the cluster: by broadcast in unicast mode, else to the cluster MAC."""
        target = b"\xff" * 6 if self._mode == "unicast" else self._mac
        body = b"\xbf\x01\xde\xc0" + self._primary + bytes((self._priority,)) + b"\0" * 80
        self._wire.send(target + self._source + _NLB + body)

    def report(self) -> None:
        """An IGMPv2 membership report (RFC 2236) for 239.255.y.z, with the router alert option (RFC 2113)."""
        group = b"\xef\xff" + self._primary[2:]
        igmp = struct.pack("!BBH4s", 0x16, 0, 0, group)
        igmp = igmp[:2] + _checksum(igmp) + igmp[4:]
        self._wire.send(self._mac + self._own + _IP + _ip(2, self._primary, group, igmp, 1, b"\x94\x04\0\0"))

    def take(self, frame: bytes) -> None:
        """Answer what is asked of the cluster's addresses."""
        if frame[12:14] == _ARP and len(frame) >= 42:
            head = _ARP_HEAD.unpack_from(frame, 14)
            operation, asker, asker_ip, target = head[4], head[5], head[6], head[8]
            if operation == _REQUEST and target in self._addresses and asker[:2] not in (b"\x02\xbf", b"\x03\xbf"):
                answer = _ARP_HEAD.pack(1, 0x0800, 6, 4, _REPLY, self._mac, target, asker, asker_ip)
                self._wire.send((asker + self._source + _ARP + answer).ljust(60, b"\0"))
        elif self._is_echo(frame):
            echo = b"\0\0\0\0" + frame[38 : 14 + int.from_bytes(frame[16:18], "big")]
            echo = echo[:2] + _checksum(echo) + echo[4:]
            self._wire.send(frame[6:12] + self._source + _IP + _ip(1, frame[30:34], frame[26:30], echo))

    def _is_echo(self, frame: bytes) -> bool:
        to_us = frame[:6] == self._mac and frame[12:14] == _IP and frame[30:34] in self._addresses
        return self._answers_echo and to_us and frame[23] == 1 and frame[34] == _ECHO


def _checksum(octets: bytes) -> bytes:
    """RFC 1071."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total >> 16) + (total & 0xFFFF)
    return struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF)


def _ip(protocol: int, source: bytes, target: bytes, body: bytes, ttl: int = 64, options: bytes = b"") -> bytes:
    """An IPv4 packet (RFC 791)."""
    first, length = 0x45 + len(options) // 4, 20 + len(options) + len(body)
    head = struct.pack("!BBHHHBBH4s4s", first, 0, length, 0, 0, ttl, protocol, 0, source, target) + options
    return head[:10] + _checksum(head) + head[12:] + body


def main(words: list[str]) -> None:
    """Run until SIGTERM."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("device")
    arguments.add_argument("mode", choices=["unicast", "multicast", "igmp"])
    arguments.add_argument("primary")
    arguments.add_argument("priority", type=int)
    arguments.add_argument("--also", action="append", default=[])
    arguments.add_argument("--masked", type=int, default=1)
    arguments.add_argument("--echo", type=int, default=0)
    given = arguments.parse_args(words)
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as wire:
        wire.bind((given.device, 0))
        index = socket.if_nametoindex(given.device)
        wire.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", index, _PROMISC, 0, b""))
        wire.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        node = Node(wire, given)
        print("ready", flush=True)
        beat = reported = 0.0
        while not stop:
            now = time.monotonic()
            if now >= beat:
                node.heartbeat()
                beat = now + HEARTBEAT_S
            if given.mode == "igmp" and now >= reported:
                node.report()
                reported = now + REPORT_S
            if select.select([wire], [], [], max(0.0, min(beat, now + 0.2) - now))[0]:
                node.take(wire.recv(65535))


if __name__ == "__main__":
    main(sys.argv[1:])
