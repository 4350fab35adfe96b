"""The active look: what its frames say, octet by octet, and how an answer is read. The wire itself: tests/live."""

import struct
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from nlbwiz.collect.arp import way_to
from nlbwiz.collect.look import (
    ARPING_REPLY,
    AT_ONCE,
    GAP_S,
    MOST_OWNERS,
    Owner,
    Pace,
    by_arping,
    count,
    look,
    reply,
    request,
    unfit,
)
from nlbwiz.collect.neighbours import UnreadableError

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


# ---- from where ----

ONE = [("eth0", IPv4Interface("172.31.3.100/24"))]


@pytest.mark.parametrize(
    ("ip", "own", "dead", "found"),
    [
        ("172.31.3.232", ONE, "", ("eth0", "172.31.3.100")),
        ("172.31.4.232", ONE, "", None),
        ("172.31.3.0", ONE, "", None),  # the subnet's own addresses are nobody's
        ("172.31.3.255", ONE, "", None),
        ("172.31.3.232", ONE, "eth0", ("eth0", "172.31.3.100")),  # the look says why it cannot be used
        (
            "172.31.3.232",
            [("wlan0", IPv4Interface("172.31.3.9/24")), *ONE],
            "wlan0",
            ("eth0", "172.31.3.100"),
        ),
        ("172.31.3.232", [*ONE, ("eth0", IPv4Interface("172.31.3.101/24"))], "", ("eth0", "172.31.3.100")),
        ("172.31.3.232", [("eth0.3", IPv4Interface("172.31.3.7/24"))], "", ("eth0.3", "172.31.3.7")),
        ("172.31.3.1", [("ppp", IPv4Interface("172.31.3.0/31"))], "", ("ppp", "172.31.3.0")),
        ("172.31.3.232", [("lo1", IPv4Interface("172.31.3.232/32"))], "", None),
    ],
)
def test_an_address_is_looked_for_from_its_own_subnet(
    ip: str, own: list[tuple[str, IPv4Interface]], dead: str, found: tuple[str, str] | None
) -> None:
    at = way_to(IPv4Address(ip), own, lambda device: "it is down" if device == dead else "")
    assert (at and (at[0], str(at[1]))) == found


def test_loopback_has_no_arp() -> None:
    assert "no Ethernet" in unfit("lo")
    with pytest.raises(UnreadableError, match="lo is no Ethernet"):
        look("lo", SENDER, [VIP], lambda: False)


@pytest.mark.parametrize("device", ["", "nlbwiz-none", "a-name-longer-than-any-device"])
def test_a_device_that_is_not_there_is_said(device: str) -> None:
    with pytest.raises(UnreadableError):
        look(device, SENDER, [VIP], lambda: False)


def test_a_flood_of_made_up_answers_fills_nothing() -> None:
    owners: list[Owner] = []
    for number in range(5000):
        count(owners, f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}", 1.0, "02:00:00:00:00:01")
        count(owners, "02:00:00:00:00:00", 1.0, f"02:00:00:01:{number >> 8:02x}:{number & 255:02x}")
    assert len(owners) == MOST_OWNERS
    assert len(owners[0].ethernet) == MOST_OWNERS
    assert owners[0].replies == 5001


# ---- by arping ----


def arping(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    """An arping of this version that writes down what it is given; the path of what it wrote."""
    told = folder / "told"
    program = folder / "arping"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -V ] && {{ echo "{version}"; exit; }}\necho "$@" >> {told}\n'
        'for last; do :; done\necho "Unicast reply from $last [00:15:5D:00:00:02]  0.653ms"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return told


@pytest.mark.parametrize("version", ["ARPing 2.21, by Thomas Habets <thomas@habets.se>", "BusyBox v1.36.1", ""])
def test_an_arping_whose_options_mean_something_else_is_not_used(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Habets' `-b` sends from 255.255.255.255."""
    told = arping(tmp_path, monkeypatch, version)
    with pytest.raises(UnreadableError, match="no raw socket"):
        by_arping("eth0", SENDER, [VIP], lambda: False, Pace())
    assert not told.exists()


def test_arping_asks_for_many_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = arping(tmp_path, monkeypatch, "arping from iputils 20221126")
    many = [IPv4Address("172.31.4.1") + number for number in range(AT_ONCE + 5)]
    looked = by_arping("eth0", SENDER, many, lambda: False, Pace())
    assert [owner.replies for owners in looked.owners.values() for owner in owners] == [2] * len(many)
    lines = told.read_text().splitlines()
    assert len(lines) == 2 * len(many)
    assert all(f"-b -c 1 -I eth0 -s {SENDER} 172.31.4." in line for line in lines)


def test_arping_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = arping(tmp_path, monkeypatch, "arping from iputils 20221126")
    by_arping("eth0", SENDER, [VIP], lambda: True, Pace())
    assert not told.exists()


def test_all_looks_together_send_no_more_than_200_requests_a_second() -> None:
    pace = Pace()
    at, sent = 100.0, 0
    while at < 101.0:  # two looks that ask whenever they may
        sent += sum(not pace.take(at) for _ in range(2))
        at += 0.0004
    assert 190 <= sent <= 201
    assert 0 < pace.take(at) <= GAP_S or pace.take(at + GAP_S) == 0
