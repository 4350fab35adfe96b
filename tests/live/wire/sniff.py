"""Records the ARP frames that one interface sends, for as long as it is told: one line each, `SECONDS HEX`."""

import select
import socket
import sys
import time

_OUTGOING = 4  # linux/if_packet.h, PACKET_OUTGOING


def main(device: str, seconds: str) -> None:
    """Print "ready", then every frame, then end."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)) as wire:
        wire.bind((device, 0x0003))  # ETH_P_ALL: what is sent is seen by nothing less
        print("ready", flush=True)
        end = time.monotonic() + float(seconds)
        while (left := end - time.monotonic()) > 0:
            if not select.select([wire], [], [], left)[0]:
                break
            frame, origin = wire.recvfrom(2048)
            if origin[2] == _OUTGOING and frame[12:14] == b"\x08\x06":
                print(f"{time.monotonic():.3f} {frame.hex()}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
