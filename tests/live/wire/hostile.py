"""Answers ARP requests with everything that is no answer, and with made-up owners, as fast as it can.

Prints "ready"; once its stdin ends (or after its time) one line of JSON: every request that it heard, `[SECONDS, HEX]`.
"""

import json
import select
import socket
import struct
import sys
import time
from ipaddress import IPv4Address

ARP = struct.Struct("!HHBBH")


def reply(
    to: bytes, mac: bytes, ip: bytes, *, kind: bytes = b"\x08\x06", sizes: tuple[int, int] = (6, 4), op: int = 2
) -> bytes:
    """An ARP frame to `to`: `mac` has `ip`."""
    return to + mac + kind + ARP.pack(1, 0x0800, *sizes, op) + mac + ip + to + b"\0" * 22


def main(device: str, seconds: str, target: str) -> None:
    """The target's owners are made up; the rest says nothing that anybody may believe."""
    ip = IPv4Address(target).packed
    heard: list[tuple[float, str]] = []
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # it hears all, however busy the machine is
        wire.bind((device, 0x0806))
        own = wire.getsockname()[4]
        print("ready", flush=True)
        asker, number, end = b"", 0, time.monotonic() + float(seconds)
        while time.monotonic() < end and not select.select([sys.stdin], [], [], 0)[0]:
            while select.select([wire], [], [], 0)[0]:
                frame, origin = wire.recvfrom(2048)
                if origin[2] != 4:  # PACKET_OUTGOING
                    heard.append((time.monotonic(), frame.hex()))
                    asker = frame[6:12]
            if not asker:
                time.sleep(0.001)
                continue
            number += 1
            made_up = b"\x06\x00" + number.to_bytes(4, "big")
            tagged = reply(asker, own, ip, kind=b"\x81\x00\x00\x07\x08\x06")
            for bad in (
                reply(asker, made_up, ip),
                reply(asker, own, ip)[:30],
                tagged,
                reply(asker, own, ip, sizes=(8, 4)),
                reply(asker, own, ip, op=1),
                reply(b"\x02\x00\x00\x00\x00\x99", own, ip),  # meant for somebody else
            ):
                try:
                    wire.send(bad)
                except OSError:  # its queue is full: that is fast enough
                    time.sleep(0.001)
    print(json.dumps(heard))


if __name__ == "__main__":
    main(*sys.argv[1:])
