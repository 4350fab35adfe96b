"""Looks on the wire for many addresses: prints what came of it as JSON.  DEVICE SENDER FIRST HOW-MANY"""

import json
import sys
import time
from ipaddress import IPv4Address

from nlbwiz.collect.look import look
from nlbwiz.collect.neighbours import UnreadableError


def main(device: str, sender: str, first: str, many: str) -> None:
    """Every address after `first`, itself included."""
    targets = [IPv4Address(first) + number for number in range(int(many))]
    began = time.monotonic()
    try:
        found = look(device, IPv4Address(sender), targets, lambda: False)
    except UnreadableError as unreadable:
        print(json.dumps({"error": unreadable.cause.error, "status": unreadable.cause.status}))
    else:
        owners = {str(ip): [one.mac for one in all_] for ip, all_ in found.owners.items() if all_}
        print(json.dumps({"method": found.method, "owners": owners, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
