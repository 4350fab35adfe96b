"""Looks on the wire as an account that may open no raw socket: prints the method and the owners as JSON."""

import json
import os
import sys
from ipaddress import IPv4Address

from nlbwiz.collect.look import look
from nlbwiz.collect.neighbours import UnreadableError

NOBODY = 65534


def main(device: str, sender: str, target: str) -> None:
    """Everything is imported before the account changes: it need not be able to read this checkout."""
    os.setresuid(NOBODY, NOBODY, NOBODY)
    try:
        found = look(device, IPv4Address(sender), [IPv4Address(target)], lambda: False)
    except UnreadableError as unreadable:
        print(json.dumps({"method": "none", "error": unreadable.cause.error, "status": unreadable.cause.status}))
    else:
        macs = [one.mac for one in found.owners[IPv4Address(target)]]
        print(json.dumps({"method": found.method, "owners": macs}))


if __name__ == "__main__":
    main(*sys.argv[1:])
