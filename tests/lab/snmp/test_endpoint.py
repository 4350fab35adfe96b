import errno
import socket

import pytest

from nlbwiz.lab.snmp.endpoint import bind_udp


def bound(sock: socket.socket) -> tuple[str, int]:
    host, port = sock.getsockname()[:2]
    return host, port


def test_a_taken_normal_port_gives_a_free_one() -> None:
    with bind_udp("127.0.0.1", 0) as first:
        taken = bound(first)[1]
        with bind_udp("127.0.0.1", normal=taken) as second:
            assert bound(second)[0] == "127.0.0.1"
            assert bound(second)[1] != taken


def test_a_free_normal_port_is_taken() -> None:
    with bind_udp("127.0.0.1", 0) as probe:
        port = bound(probe)[1]
    with bind_udp("127.0.0.1", normal=port) as sock:
        assert bound(sock) == ("127.0.0.1", port)
        assert not sock.getblocking()


def test_a_given_port_is_taken_or_fails() -> None:
    with bind_udp("127.0.0.1", 0) as first, pytest.raises(OSError, match=r".") as refused:
        bind_udp("127.0.0.1", bound(first)[1])
    assert refused.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1"])
def test_nothing_but_loopback_is_bound(host: str) -> None:
    with pytest.raises(ValueError, match="is not a loopback address"):
        bind_udp(host)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 in this Python")
def test_the_other_loopback_works_too() -> None:
    try:
        sock = bind_udp("::1", 0)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with sock:
        assert bound(sock)[0] == "::1"
