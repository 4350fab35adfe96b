"""A simulated machine's address: where it listens, and what a client meets there."""

import socket
import sys
import time
from collections.abc import Iterator

import pytest
import requests

from nlbwiz.lab.winrm.doors import Door, Presence, bind, loopback_address
from tests.lab.winrm.conftest import Connect, Serve


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door("127.0.0.1", 0, lambda connection, peer: connection.close())
    yield made
    made.close()


def meet(door: Door) -> str:
    """What a client meets within 0.2 seconds."""
    try:
        with socket.create_connection((door.host, door.port), timeout=0.2) as client:
            client.sendall(b"x")
            return "closed" if client.recv(1) == b"" else "answered"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "closed"
    except TimeoutError:
        return "no answer"


def connects(door: Door) -> bool:
    with socket.socket() as client:
        client.settimeout(0.2)
        return client.connect_ex((door.host, door.port)) == 0


def test_every_presence_can_follow_every_other(door: Door) -> None:
    port = door.port
    expected: dict[Presence, tuple[str, bool]] = {
        "open": ("closed", True),
        "silent": ("no answer", True),
        "refusing": ("refused", False),
        "dead": ("no answer" if sys.platform == "linux" else "refused", False),
    }
    order: tuple[Presence, ...] = (
        "open",
        "silent",
        "open",
        "dead",
        "open",
        "refusing",
        "silent",
        "dead",
        "refusing",
        "open",
    )
    for presence in order:
        door.become(presence)
        assert (meet(door), connects(door)) == expected[presence]
    assert door.port == port


def test_a_new_door_refuses_until_it_is_opened(door: Door) -> None:
    assert meet(door) == "refused"


def test_a_closed_door_gives_its_port_back(door: Door) -> None:
    door.become("open")
    door.close()
    with socket.socket() as other:
        other.bind((door.host, door.port))


def test_a_taken_port_becomes_a_free_one() -> None:
    with bind("127.0.0.1", 0) as first:
        taken = first.getsockname()[1]
        first.listen()
        with bind("127.0.0.1", taken) as second:
            assert second.getsockname()[1] not in (0, taken)


def test_a_free_port_is_taken_as_wished() -> None:
    with bind("127.0.0.1", 0) as first:
        wished = first.getsockname()[1]
    with bind("127.0.0.1", wished) as second:
        assert second.getsockname() == ("127.0.0.1", wished)


def test_an_address_that_is_not_here_becomes_the_plain_loopback() -> None:
    with bind("192.0.2.1", 0) as made:  # TEST-NET-1; binding sends nothing
        assert made.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "what"), [("localhost", "does not appear to be"), ("0.0.0.0", "not every"), ("::", "not every")]
)
def test_a_machine_has_one_address_and_it_is_a_number(host: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        bind(host, 0)


@pytest.mark.parametrize(
    ("number", "address"), [(1, "127.0.1.1"), (2, "127.0.1.2"), (254, "127.0.1.254"), (255, "127.0.2.1")]
)
def test_every_machine_has_a_loopback_address_of_its_own(number: int, address: str) -> None:
    assert loopback_address(number) == address


@pytest.mark.parametrize("number", [0, -1, 254 * 254 + 1])
def test_there_is_no_machine_beyond_the_loopback_network(number: int) -> None:
    with pytest.raises(ValueError, match="machines 1 to"):
        loopback_address(number)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has 127.0.0.1 only")
def test_two_machines_listen_on_one_port_at_their_own_addresses(serve: Serve, connect: Connect) -> None:
    one = serve(name="NLB1", host=loopback_address(1))
    two = serve(name="NLB2", host=loopback_address(2), port=one.address[1])
    assert one.address == ("127.0.1.1", two.address[1])
    assert two.address[0] == "127.0.1.2"
    connect(two).open_shell()
    assert (one.counts.shells_open, two.counts.shells_open) == (0, 1)


def test_a_machine_can_fall_silent_under_a_client(serve: Serve, connect: Connect) -> None:
    server = serve(allow_unencrypted=True)
    client = connect(server, "basic")
    shell = client.open_shell()
    client.transport.read_timeout_sec = 0.2
    server.become("silent")
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.run_command(shell, "powershell -c 1")
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 0.5


def test_a_machine_that_refuses_cuts_its_clients_off_and_may_come_back(serve: Serve, connect: Connect) -> None:
    server = serve(presence="refusing", allow_unencrypted=True)
    client = connect(server, "basic")
    with pytest.raises(requests.exceptions.ConnectionError):
        client.open_shell()
    server.become("open")
    shell = client.open_shell()
    server.become("refusing")
    with pytest.raises(requests.exceptions.ConnectionError):
        client.run_command(shell, "powershell -c 1")
    server.become("open")
    client.run_command(shell, "powershell -c 1")
    assert server.presence == "open"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops attempts on a full accept queue")
def test_a_dead_machine_is_a_connect_timeout(serve: Serve, connect: Connect) -> None:
    server = serve(presence="dead")
    client = connect(server)
    client.transport.read_timeout_sec = 0.2
    with pytest.raises(requests.exceptions.ConnectTimeout):
        client.open_shell()
    assert server.counts.requests == 0


def test_an_ipv6_loopback_serves_too(serve: Serve, connect: Connect) -> None:
    server = serve(host="::1")
    if server.address[0] != "::1":
        assert server.address[0] == "127.0.0.1"  # a system without IPv6
    connect(server).open_shell()
