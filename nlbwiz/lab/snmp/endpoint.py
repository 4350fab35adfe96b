"""Where a simulated machine listens: its own loopback address, the normal port where that is free."""

import errno
import socket
from ipaddress import ip_address

SNMP_PORT = 161
_RECEIVE_BUFFER = (
    1 << 20
)  # octets wished for: what a client sends at once must not get lost here, or a loss means nothing


def bind_udp(host: str, port: int | None = None, *, normal: int = SNMP_PORT) -> socket.socket:
    """A non-blocking UDP socket, bound to a loopback address.

    `port` None takes the normal port when it is free and this process may bind it, else any free one; where the system
    has one loopback address only (macOS), another of 127.0.0.0/8 becomes 127.0.0.1. A given port is taken or fails
    with OSError. ValueError when `host` is not a loopback address: the lab sends nothing to the wire.
    """
    address = ip_address(host)
    if not address.is_loopback:
        raise ValueError(f"{host} is not a loopback address")
    places = [(host, port)] if port is not None else [(host, normal), (host, 0), _only_loopback(address.version)]
    refusal = OSError(errno.EADDRNOTAVAIL, f"no UDP port at {host}")
    for place in places:
        sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            sock.bind(place)
        except OSError as error:
            refusal = error
            sock.close()
        else:
            sock.setblocking(False)
            return sock
    raise refusal


def _only_loopback(version: int) -> tuple[str, int]:
    return ("127.0.0.1", 0) if version == 4 else ("::1", 0)
