"""The active look: what its frames say, octet by octet, and how an answer is read. The wire itself: tests/live."""

import struct
from ipaddress import IPv4Address

import pytest

from nlbwiz.collect.look import ARPING_REPLY, reply, request

ME, SENDER, VIP = bytes.fromhex("00155d030b64"), IPv4Address("172.31.3.100"), IPv4Address("172.31.3.232")


def answer(*, mac: str, ip: str = "172.31.3.232", source: str = "", op: int = 2) -> bytes:
    payload = bytes.fromhex(mac)
    head = ME + bytes.fromhex(source or mac) + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, op)
    return (head + payload + IPv4Address(ip).packed + ME + SENDER.packed).ljust(60, b"\0")


def test_a_request_is_an_ordinary_one_with_our_own_sender() -> None:
    frame = request(ME, SENDER, VIP)
    assert len(frame) == 60
    assert frame[:6] == b"\xff" * 6
    assert frame[6:12] == frame[22:28] == ME
    assert frame[12:22] == bytes.fromhex("0806 0001 0800 06 04 0001")
    assert (frame[28:32], frame[32:38], frame[38:42]) == (SENDER.packed, b"\0" * 6, VIP.packed)


@pytest.mark.parametrize("sender", ["0.0.0.0", str(VIP)])
def test_no_probe_and_nothing_gratuitous_is_ever_made(sender: str) -> None:
    with pytest.raises(ValueError, match="no sender"):
        request(ME, IPv4Address(sender), VIP)


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (answer(mac="03bfac1f03e8", source="00155d030b01"), (VIP, "03:bf:ac:1f:03:e8", "00:15:5d:03:0b:01")),
        (answer(mac="02bfac1f03e8", source="0201ac1f03e8"), (VIP, "02:bf:ac:1f:03:e8", "02:01:ac:1f:03:e8")),
        (answer(mac="0011325a0066"), (VIP, "00:11:32:5a:00:66", "00:11:32:5a:00:66")),
        (answer(mac="0011325a0066", op=1), None),  # somebody's own request
        (answer(mac="0011325a0066")[:41], None),
        (b"", None),
        (answer(mac="0011325a0066").replace(b"\x08\x06", b"\x08\x00", 1), None),
        (answer(mac="0011325a0066").replace(b"\x06\x04", b"\x08\x04", 1), None),  # lengths of another hardware
    ],
)
def test_the_mac_in_the_payload_is_the_owner(frame: bytes, found: tuple[IPv4Address, str, str] | None) -> None:
    assert reply(frame) == found


def test_arpings_lines_are_read_whatever_their_case() -> None:
    text = (
        "ARPING 172.31.3.50 from 172.31.3.100 e0\n"
        "Unicast reply from 172.31.3.50 [00:15:5D:00:00:02]  0.653ms\n"
        "Unicast reply from 172.31.3.50 [0:11:32:5A:0:66] for 172.31.3.100 [00:15:5D:00:00:03]  0.7ms\n"
        "Broadcast reply from 172.31.3.50 [00:11:32:5a:00:66]  1.2ms\n"
        "Sent 1 probes (1 broadcast(s))\nReceived 2 response(s)\n"
    )
    assert [found[2] for found in ARPING_REPLY.finditer(text)] == ["00:15:5D:00:00:02", "00:11:32:5a:00:66"]
