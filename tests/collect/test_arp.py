"""The jump host's neighbour table: from the site's file, from `ip`, from /proc; read, and never probed."""

import json
import os
import threading
import time
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from nlbwiz.collect import neighbours
from nlbwiz.collect.arp import JumpSource
from nlbwiz.collect.neighbours import read_addresses, read_neighbours, read_proc_arp
from nlbwiz.collect.source import Clock
from nlbwiz.errors import DataError
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Status, Step
from nlbwiz.site.model import Jump, Site

ASK = Ask(target="jump", probe="jump-neighbors")
NEIGH = json.dumps(
    [
        {"dst": "172.31.3.232", "dev": "eth0", "lladdr": "03:bf:ac:1f:03:e8", "state": ["PERMANENT"]},
        {"dst": "172.31.3.11", "dev": "eth0", "lladdr": "00:15:5d:03:0b:01", "state": ["REACHABLE"]},
        {"dst": "172.31.3.99", "dev": "eth0", "state": ["FAILED"]},
        {"dst": "fe80::1", "dev": "eth0", "lladdr": "00:15:5d:03:01:01", "router": None, "state": ["STALE"]},
    ]
)
ADDR = json.dumps(
    [
        {"ifname": "lo", "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8}]},
        {
            "ifname": "eth0",
            "addr_info": [
                {"family": "inet", "local": "172.31.3.50", "prefixlen": 24},
                {"family": "inet6", "local": "fe80::2", "prefixlen": 64},
            ],
        },
        {"ifname": "eth1", "addr_info": []},
        {},
    ]
)
PROC = """\
IP address       HW type     Flags       HW address            Mask     Device
172.31.3.232     0x1         0x6         03:bf:ac:1f:03:e8     *        eth0
172.31.3.11      0x1         0x2         00:15:5d:03:0b:01     *        eth0
172.31.3.99      0x1         0x0         00:00:00:00:00:00     *        eth0
"""


def evidence(jump: Jump, ask: Ask = ASK, platform: str = "linux", clock: Clock | None = None) -> Evidence:
    """What one ask ends with."""
    given: list[Step | Evidence] = []
    done = threading.Event()

    def give(what: Step | Evidence) -> None:
        given.append(what)
        done.set()

    source = JumpSource(Site(jump=jump), clock or Clock(total_s=20, target_s=20), platform=platform)
    source.ask([ask], give)
    assert done.wait(10)
    source.close()
    (only,) = given
    assert isinstance(only, Evidence)
    return only


def fake_ip(folder: Path, monkeypatch: pytest.MonkeyPatch, neigh: str, addr: str) -> None:
    """An `ip` that does this when asked for the one or the other."""
    program = folder / "ip"
    program.write_text(f'#!/bin/sh\ncase "$*" in\n"-j neigh show") {neigh};;\n"-j addr show") {addr};;\nesac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_the_sites_file_stands_for_the_own_table(tmp_path: Path) -> None:
    file = tmp_path / "neigh.json"
    file.write_text(NEIGH)
    found = evidence(Jump(neighbours=str(file), addresses=("172.31.3.50/24",)), platform="win32")
    assert found.status == "answered"
    assert json.loads(found.raw) == {
        "neighbours": [
            {"ip": "172.31.3.232", "mac": "03:bf:ac:1f:03:e8", "dev": "eth0", "state": ["PERMANENT"]},
            {"ip": "172.31.3.11", "mac": "00:15:5d:03:0b:01", "dev": "eth0", "state": ["REACHABLE"]},
            {"ip": "172.31.3.99", "mac": None, "dev": "eth0", "state": ["FAILED"]},
            {"ip": "fe80::1", "mac": "00:15:5d:03:01:01", "dev": "eth0", "state": ["STALE"]},
        ],
        "addresses": ["172.31.3.50/24"],
    }


def test_a_table_without_entries_is_an_answer(tmp_path: Path) -> None:
    file = tmp_path / "neigh.json"
    file.write_text("")  # what `ip -j neigh show` prints then
    found = evidence(Jump(neighbours=str(file), addresses=("172.31.3.50/24",)))
    assert found.status == "empty"
    assert json.loads(found.raw)["neighbours"] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("172.31.3.232 dev eth0 lladdr 03:bf:ac:1f:03:e8", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"dst": "172.31.3.1"}', "not a JSON list"),
        ("[1]", "entry 1 is not an object"),
        ('[{"dst": "172.31.3.1"}, {"dev": "eth0"}]', "entry 2 has no address under dst"),
        ('[{"dst": "172.31.3.300"}]', "entry 1 has no address under dst"),
        ('[{"dst": 7}]', "entry 1 has no address under dst"),
        ('[{"dst": "172.31.3.1", "lladdr": 7}]', "no text under lladdr"),
        ('[{"dst": "172.31.3.1", "lladdr": "router"}]', "no MAC address under lladdr"),
        ('[{"dst": "172.31.3.1", "state": 7}]', "no list of texts under state"),
        ('[{"dst": "172.31.3.1", "state": [7]}]', "no list of texts under state"),
    ],
)
def test_a_bad_file_is_garbled_and_the_cause_is_named(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "neigh.json"
    file.write_text(text)
    found = evidence(Jump(neighbours=str(file), addresses=("172.31.3.50/24",)))
    assert (found.status, found.raw) == ("garbled", "")
    assert says in found.error
    assert "neigh.json" in found.error
    assert "ip -j neigh show" in found.resolve


def test_a_file_that_is_no_text_is_garbled(tmp_path: Path) -> None:
    file = tmp_path / "neigh.json"
    file.write_bytes(b"\xff\xfe\x00broken")
    assert evidence(Jump(neighbours=str(file), addresses=("172.31.3.50/24",))).status == "garbled"


def test_a_missing_file_is_unreachable(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        found = evidence(Jump(neighbours=str(path), addresses=("172.31.3.50/24",)))
        assert found.status == "unreachable"
        assert str(path) in found.error
        assert "jump.neighbours" in found.resolve


def test_the_own_table_comes_from_ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "neigh").write_text(NEIGH)
    (tmp_path / "addr").write_text(ADDR)
    fake_ip(tmp_path, monkeypatch, f"cat {tmp_path}/neigh", f"cat {tmp_path}/addr")
    found = evidence(Jump())
    assert found.status == "answered"
    table = json.loads(found.raw)
    assert [entry["ip"] for entry in table["neighbours"]] == ["172.31.3.232", "172.31.3.11", "172.31.3.99", "fe80::1"]
    assert table["addresses"] == ["172.31.3.50/24"]


def test_the_site_may_name_the_addresses_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "neigh").write_text(NEIGH)
    fake_ip(tmp_path, monkeypatch, f"cat {tmp_path}/neigh", "exit 9")
    assert json.loads(evidence(Jump(addresses=("10.0.0.5/8",))).raw)["addresses"] == ["10.0.0.5/8"]


@pytest.mark.parametrize(
    ("neigh", "addr", "status", "says"),
    [
        ("echo Object unknown", "echo '[]'", "garbled", "ip -j neigh is not in the form"),
        ("exec sleep 30", "echo '[]'", "timeout", "`ip -j neigh` did not end within 0.3 s"),
        ("echo '[]'", "exec sleep 30", "timeout", "`ip -j addr` did not end"),
        ("echo '[]'", "echo nonsense", "garbled", "`ip -j addr show` has an unknown form"),
    ],
)
def test_an_ip_that_misbehaves_is_named(
    neigh: str, addr: str, status: Status, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "COMMAND_S", 0.3)
    fake_ip(tmp_path, monkeypatch, neigh, addr)
    found = evidence(Jump())
    assert (found.status, says in found.error) == (status, True), found.error


def test_without_a_usable_ip_the_kernels_own_tables_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An iproute2 without -j (before 4.13) or a busybox."""
    (tmp_path / "arp").write_text(PROC)
    monkeypatch.setattr(neighbours, "_PROC_ARP", tmp_path / "arp")
    fake_ip(tmp_path, monkeypatch, "exit 255", "exit 255")
    table: dict[str, list[Any]] = json.loads(evidence(Jump()).raw)
    assert [(entry["ip"], entry["mac"], entry["state"]) for entry in table["neighbours"]] == [
        ("172.31.3.232", "03:bf:ac:1f:03:e8", ["PERMANENT"]),
        ("172.31.3.11", "00:15:5d:03:0b:01", ["COMPLETE"]),
        ("172.31.3.99", None, ["INCOMPLETE"]),
    ]
    assert not [address for address in table["addresses"] if address.startswith("127.")]


@pytest.mark.parametrize(
    ("text", "status"), [(None, "unsupported"), ("a\nb c\n", "garbled"), (PROC.replace("0x2", "two"), "garbled")]
)
def test_a_kernel_table_that_cannot_be_read_is_said(
    text: str | None, status: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (tmp_path / "arp").write_text(text)
    monkeypatch.setattr(neighbours, "_PROC_ARP", tmp_path / "arp")
    fake_ip(tmp_path, monkeypatch, "exit 255", "exit 255")
    assert evidence(Jump()).status == status


def test_this_machines_own_table_can_be_read() -> None:
    found = evidence(Jump())
    assert found.is_answer
    assert set(json.loads(found.raw)) == {"neighbours", "addresses"}


@pytest.mark.parametrize("platform", ["freebsd14", "darwin"])
@pytest.mark.parametrize(("addresses", "says"), [(("10.0.0.5/8",), "neighbour table"), ((), "neighbour table")])
def test_elsewhere_the_own_table_is_not_read_yet(platform: str, addresses: tuple[str, ...], says: str) -> None:
    found = evidence(Jump(addresses=addresses), platform=platform)
    assert found.status == "unsupported"
    assert says in found.error
    assert platform in found.error
    assert "jump.neighbours" in found.resolve


def test_elsewhere_a_file_without_addresses_is_not_enough(tmp_path: Path) -> None:
    """Without the own addresses nobody knows whether the VIP's subnet is attached: that must not read as "is not"."""
    file = tmp_path / "neigh.json"
    file.write_text(NEIGH)
    found = evidence(Jump(neighbours=str(file)), platform="darwin")
    assert found.status == "unsupported"
    assert "jump.addresses" in found.resolve


def test_another_question_is_not_answered() -> None:
    assert evidence(Jump(), Ask(target="jump", probe="arp")).status == "unsupported"


def test_an_ask_waits_for_its_time_and_stops_at_once(tmp_path: Path) -> None:
    file = tmp_path / "neigh.json"
    file.write_text(NEIGH)
    jump = Jump(neighbours=str(file), addresses=("172.31.3.50/24",))
    clock = Clock(total_s=20, target_s=20)
    assert evidence(jump, Ask(target="jump", probe="jump-neighbors", not_before_s=0.2), clock=clock).is_answer
    assert clock.now() >= 0.2
    given: list[Step | Evidence] = []
    source = JumpSource(Site(jump=jump), Clock(total_s=20, target_s=20))
    source.ask([Ask(target="jump", probe="jump-neighbors", not_before_s=5.0)] * 2, given.append)
    began = time.monotonic()
    source.stop("jump")
    source.extend("jump", 1.0)
    assert [each.status for each in given if isinstance(each, Evidence)] == ["stopped", "stopped"]
    source.ask([Ask(target="jump", probe="jump-neighbors", not_before_s=5.0)], given.append)
    source.close()
    source.ask([ASK], given.append)
    assert len(given) == 4
    assert time.monotonic() - began < 0.5


def test_a_file_that_hangs_ends_by_the_clock(tmp_path: Path) -> None:
    pipe = tmp_path / "neigh.json"
    os.mkfifo(pipe)  # nobody ever writes
    found = evidence(Jump(neighbours=str(pipe), addresses=("10.0.0.5/8",)), clock=Clock(total_s=20, target_s=0.2))
    assert found.status == "timeout"
    assert "not complete in time" in found.error
    with pipe.open("w"):  # lets the reader go
        pass


@pytest.mark.parametrize(
    ("lladdr", "mac"),
    [
        ("03:bf:ac:1f:03:e8", "03:bf:ac:1f:03:e8"),
        ("03-BF-AC-1F-03-E8", "03-BF-AC-1F-03-E8"),
        ("", None),
        (None, None),
        ("10.1.2.3", None),  # a GRE or IPIP tunnel
        ("80:00:00:02:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:0a:01", None),  # InfiniBand
    ],
)
def test_only_ethernet_addresses_are_macs(lladdr: str | None, mac: str | None) -> None:
    (found,) = read_neighbours(json.dumps([{"dst": "172.31.3.1", "lladdr": lladdr}]))
    assert found.mac == mac


def test_states_are_a_list_in_capitals_whatever_their_form() -> None:
    found = read_neighbours(
        '[{"dst": "1.2.3.4", "state": "stale"}, {"dst": "1.2.3.5", "state": ["noarp", "PERMANENT"]}]'
    )
    assert [each.state for each in found] == [("STALE",), ("NOARP", "PERMANENT")]


def test_the_pure_readers_say_what_they_cannot_read() -> None:
    assert read_addresses(ADDR) == [("eth0", IPv4Interface("172.31.3.50/24"))]
    assert [each.state for each in read_proc_arp(PROC)] == [("PERMANENT",), ("COMPLETE",), ("INCOMPLETE",)]
    with pytest.raises(DataError):
        read_addresses("{}")
    with pytest.raises(DataError, match="does not appear"):
        read_addresses('[{"addr_info": [{"family": "inet"}]}]')


@pytest.mark.parametrize("asked", ["172.31.3.50", "172.31.3.232"])
def test_a_machine_that_has_one_of_the_addresses_looks_for_none(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a node, or hold the VIP: whatever it would send from."""
    fake_ip(tmp_path, monkeypatch, "echo '[]'", f"echo '{ADDR}'")
    given: list[Step | Evidence] = []
    done = threading.Event()

    def give(what: Step | Evidence) -> None:
        given.append(what)
        if sum(isinstance(one, Evidence) for one in given) == 2:
            done.set()

    source = JumpSource(Site(), Clock(total_s=20, target_s=20), platform="linux")
    other = "172.31.3.11" if asked == "172.31.3.50" else "172.31.3.50"
    source.ask([Ask(target="jump", probe="arp-look", args=(ip,)) for ip in (asked, other)], give)
    assert done.wait(10)
    source.close()
    found = [one for one in given if isinstance(one, Evidence)]
    assert {one.status for one in found} == {"unsupported"}
    assert all("172.31.3.50 is this machine's own address" in one.error for one in found)
