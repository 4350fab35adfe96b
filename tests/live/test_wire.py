"""What a check finds on real wires: frames, a real gateway's ARP table, a switch that serves what it forwards.

Needs root and network namespaces, which it makes for itself; nothing leaves them.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from nlbwiz.record.file import read
from tests.live.wire.fabric import WireLab
from tests.live.wire.namespaces import why_not

MEASURE_S = 10
"""The shortest measurement that NLB012 takes."""


@pytest.fixture(scope="module", autouse=True)
def needed() -> None:
    if reason := why_not():
        pytest.skip(reason)


@contextmanager
def wires(name: str, folder: Path, *, masked: bool = True) -> Iterator[WireLab]:
    with WireLab(name, folder, masked=masked) as lab:
        yield lab


def looked(run: Path) -> dict[str, Any]:
    """What the look saw, by address, from the run file."""
    found = (one for one in read(run).evidence if one.ask.probe == "arp-look" and one.raw)
    return {one.ask.args[0]: json.loads(one.raw) for one in found}


@pytest.mark.parametrize("name", ["healthy-unicast", "healthy-multicast", "healthy-igmp"])
def test_a_healthy_cluster_raises_nothing(name: str, tmp_path: Path) -> None:
    with wires(name, tmp_path) as lab:
        assert lab.pings() == 20
        run = tmp_path / "run.nlbwiz"
        found = lab.check("--save", str(run))
        states = {(one["cluster"], one["id"]): one["outcome"] for one in found.report["outcomes"]}
        assert found.code == 0, {key: state for key, state in states.items() if state not in ("ruled_out",)}
        vip = looked(run)[str(lab.world.clusters[0].primary)]
        (owner,) = vip["owners"]  # every node answers, and all with the one MAC
        assert owner["replies"] == 2 * len(lab.world.nodes)
        assert len(owner["ethernet"]) == len(lab.world.nodes)


def test_a_duplicate_is_found_with_both_owners_and_by_ordinary_requests_only(tmp_path: Path) -> None:
    with wires("duplicate-ip", tmp_path) as lab:
        (_, own, _) = next(one for one in lab.world.jump.devices if one[2] == lab.world.clusters[0].vlan)
        device = next(name for name, interface, _ in lab.world.jump.devices if interface == own)
        sniffer = lab.frames(60.0, device)
        run = tmp_path / "run.nlbwiz"
        found = lab.check("--save", str(run))
        assert (found.code, found["NLB001"]) == (2, "confirmed critical")
        vip, stray = lab.world.clusters[0].primary, lab.world.strays[0]
        owners = {one["mac"] for one in looked(run)[str(vip)]["owners"]}
        assert stray.mac.hex(":") in owners
        assert len(owners) == 2
        assert f"jump/arp-look[{vip}]" in found.text
        assert "it looked on the wire by raw socket" in found.text
        assert sniffer.stdout is not None
        sniffer.terminate()
        frames = [(float(at), bytes.fromhex(text)) for at, text in (line.split() for line in sniffer.stdout)]
        _only_ordinary(frames, own.ip)
        asked = [at for at, frame in frames if frame[38:42] == vip.packed and frame[:6] == b"\xff" * 6]
        assert len(asked) >= 2
        assert max(asked) - min(asked) >= 1.1


def test_without_the_right_to_raw_sockets_arping_sees_both_owners(tmp_path: Path) -> None:
    with wires("duplicate-ip", tmp_path) as lab:
        vip, stray = lab.world.clusters[0].primary, lab.world.strays[0]
        device, own = next((name, one.ip) for name, one, _ in lab.world.jump.devices if vip in one.network)
        seen = lab.as_plain_user(device, str(own), str(vip))
        assert seen["method"] == "arping"
        assert set(seen["owners"]) == {stray.mac.hex(":"), f"01:00:5e:7f:{vip.packed[2:].hex(':')}"}


def _only_ordinary(frames: list[tuple[float, bytes]], own: IPv4Address) -> None:
    """Every request has this machine's own address and MAC as its sender, and asks for somebody else."""
    assert frames
    for _at, frame in frames:
        assert frame[28:32] == own.packed
        assert frame[6:12] == frame[22:28]
        if frame[20:22] == b"\x00\x01":
            assert frame[38:42] != own.packed


def test_an_old_static_entry_in_a_real_gateway_is_found(tmp_path: Path) -> None:
    with wires("old-static-arp", tmp_path) as lab:
        assert (lab.check()["NLB003"]) == "confirmed critical"
        vip = lab.world.clusters[0].primary
        lab.type_arp(str(vip), f"03:bf:{vip.packed.hex(':')}")  # the fix, typed
        mended = lab.check()
        assert (mended.code, mended["NLB003"]) == (0, "ruled_out")


def test_flooding_shows_in_the_counters_and_is_gone_with_the_group_in_place(tmp_path: Path) -> None:
    def measured(name: str) -> str:
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        with wires(name, folder) as lab:
            lab.load(MEASURE_S + 20)
            return lab.check("--measure", str(MEASURE_S))["NLB012"]

    with ThreadPoolExecutor() as both:  # a measurement is mostly waiting, and each lab has its own namespaces
        outcomes = list(both.map(measured, ("igmp-group-missing", "igmp-group-missing/NLB011")))
    assert outcomes == ["confirmed warning", "ruled_out"]


def test_a_stale_port_list_is_a_black_hole_and_is_found(tmp_path: Path) -> None:
    with wires("igmp-group-old-ports", tmp_path) as lab:
        assert lab.pings() == 0
        found = lab.check()
        assert (found.code, found["NLB011"]) == (2, "confirmed critical")


def test_without_masking_the_cluster_mac_flaps_and_is_found(tmp_path: Path) -> None:
    with wires("healthy-unicast", tmp_path, masked=False) as lab:
        assert lab.pings(60) < 60  # half of the time it is at the other node's port
        found = lab.check()
        assert (found.code, found["NLB013"]) == (2, "confirmed critical")
