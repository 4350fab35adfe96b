"""What real devices recorded, seen through `nlbwiz switch`: ports, VLANs, and for rows really there port, VLAN and kind.

Each expectation was read out of the recording itself: the port of an FDB row through dot1dBasePortIfIndex to ifName, its
VLAN by the device's own map (reference: snmp 3 and 4.3), the kind of an ARP row by its type and the device's own addresses.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema
import msgspec
import pytest

from nlbwiz.schemas import schema
from nlbwiz.switch.model import View
from nlbwiz.switch.run import look
from nlbwiz.switch.text import WIDTH, render
from tests.switch.recordings import OPEN, packaged, served, unpack

NOBODY, NO_IP = "02-BF-CB-00-71-09", "203.0.113.9"
"""An NLB MAC and an address that no recording has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A recording, and what must be seen in it. `macs`: MAC -> VLAN, port's name, status; `ips`: address -> MAC, kind."""

    name: str
    platform: str | None
    ports: int
    vlans: tuple[int, ...]
    macs: dict[str, tuple[int | None, str | None, str]] = field(default_factory=dict)
    ips: dict[str, tuple[str, str]] = field(default_factory=dict)
    hides: tuple[str, ...] = ()
    """Facts that it does not expose."""
    unsure: tuple[str, ...] = ()
    """Facts that it exposes, but no list of the places where all of it stands."""
    lags: dict[str, str] = field(default_factory=dict)
    """Some members, each with its LAG."""


PACKAGED = (
    Device(  # fdbId is a running number: 2 is VLAN 50, 7 is VLAN 77; no router, so no ARP rows
        name="hpe-procurve-516733-b21", platform="hpe-procurve", ports=42, vlans=(1, 50, 52, 53, 70, 71, 77, 78),
        macs={
            "00-50-56-93-28-27": (77, "17", "learned"), "00-50-56-93-66-10": (50, "17", "learned"),
            "00-21-28-7E-31-9A": (52, "17", "learned"),
        },
        hides=("arp", "groups"),
    ),
    Device(  # no MAC table by SNMP; 00-00-0C-07-AC is HSRP's: static(4), and nobody typed it
        name="cisco-n5000", platform="cisco-nxos", ports=61,
        vlans=(1, 50, 52, 53, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 4092),
        ips={
            "10.40.1.13": ("8C-60-4F-06-C3-C1", "dynamic"), "10.40.8.47": ("00-50-56-88-73-0C", "dynamic"),
            "222.24.192.254": ("00-00-0C-07-AC-32", "own"),
        },
        hides=("fdb", "groups", "multicast"),
        lags={"Ethernet1/3": "port-channel31", "Ethernet1/5": "port-channel33", "Ethernet1/6": "port-channel41"},
    ),
    Device(  # dot1qVlanFdbId lies: rows are by VLAN id
        name="h3c-wx6103", platform="hpe-comware", ports=44, vlans=(),
        macs={
            "00-18-6E-19-D8-40": (500, "Ten-GigabitEthernet2/0/1", "learned"),
            "00-18-6E-1C-66-C0": (500, "Ten-GigabitEthernet2/0/1", "learned"),
        },
        ips={"10.100.129.247": ("00-0F-E2-25-AA-D7", "dynamic")},
        hides=("groups",),
    ),
    Device(  # not in the vendor table: by the standards alone
        name="bdcom-s5612", platform=None, ports=26, vlans=(),
        macs={
            "0C-0D-AB-AA-E5-FC": (100, "TGigaEthernet1/12", "learned"),
            "FC-AA-14-D4-71-7D": (1797, "TGigaEthernet1/12", "learned"),
        },
        ips={"192.168.88.69": ("F4-F5-DB-3B-7F-25", "dynamic")},
    ),
    Device(
        name="dcrs-5980-28t-dc", platform=None, ports=53, vlans=(),
        macs={
            "D4-83-04-BE-78-A4": (120, "Ethernet1/0/20", "learned"), "B0-E2-35-C7-C6-B6": (117, "Ethernet1/0/17", "learned"),
        },
        ips={"10.209.2.21": ("B0-E2-35-C7-C6-B6", "dynamic")},
    ),
    Device(  # its own MAC table, by MAC and VLAN, whose ports are ifIndexes
        name="huawei-s5720", platform="huawei-vrp", ports=39, vlans=(1, 30, 200),
        macs={
            "F8-32-E4-87-81-EF": (30, "GigabitEthernet0/0/1", "learned"),
            "8C-E7-48-7C-77-EA": (30, "GigabitEthernet0/0/8", "learned"),
            "00-0B-86-A9-9F-00": (None, "XGigabitEthernet0/0/1", "learned"),  # in dot1dTpFdb alone, which has no VLAN
        },
        ips={"10.120.30.50": ("70-E2-84-0D-D3-42", "dynamic")},
    ),
    Device(  # static ARP rows stand under ifIndex 0
        name="huawei-unknown-001", platform="huawei-vrp", ports=102, vlans=(915,),
        ips={"172.168.254.3": ("AC-85-3D-BA-33-F8", "static"), "3.1.1.1": ("2C-55-D3-87-04-EA", "own")},
        hides=("fdb", "vlan-ports"),
    ),
    Device(  # the map says 602 -> 90, rows use 602
        name="dlink-des3038", platform="dlink-des", ports=32, vlans=(1, 602, 2004),
        macs={"74-C3-30-61-F2-B1": (602, "1/16", "learned"), "D8-CB-8A-8F-92-47": (602, "1/28", "learned")},
        ips={"10.1.8.2": ("00-22-B0-75-BB-C0", "own")},
        hides=("vlan-ports",),
    ),
    Device(  # fdbId = 65536 x its own VLAN id
        name="juniper-mx960-16-1r6-7-a", platform="juniper-junos", ports=91, vlans=(100, 701),
        macs={"C0-3F-D5-E4-A7-08": (100, "ge-0/0/5", "learned"), "00-E0-4C-21-A4-E9": (100, "ge-0/0/5", "learned")},
        hides=("arp",),
    ),
    Device(
        name="maipu-sm4200-16gef8ge-ac", platform=None, ports=25, vlans=(1, 1006, 1999),
        macs={
            "80-F6-2E-F4-57-F0": (1999, "Ethernet1/1", "learned"), "00-03-0F-17-C1-D0": (1999, None, "self"),
        },
        ips={"10.3.3.10": ("58-66-BA-DF-E3-C5", "dynamic")},
    ),
)  # fmt: skip

FOUND = (
    Device(
        name="arista-7150s", platform="arista-eos", ports=59, vlans=(1, 40, 41, 80, 90),
        macs={
            "00-50-56-BA-17-74": (41, "Ethernet10", "learned"), "30-E1-71-6E-49-97": (41, "Port-Channel1", "learned"),
        },
        ips={"172.16.98.70": ("", "dynamic")}, lags={"Ethernet47": "Port-Channel1", "Ethernet48": "Port-Channel1"},
    ),
    Device(  # the port of every row is one more than its bridge port
        name="dell-os9-s4048", platform="dell-os9", ports=183, vlans=(),
        macs={"00-50-56-8E-CC-FF": (2201, "", "learned"), "4C-D9-8F-0B-9E-0A": (99, "", "learned")},
        ips={"192.168.240.22": ("00-50-56-88-56-E0", "dynamic")},
    ),
    Device(
        name="radlan-ciscosb-sge2010", platform="cisco-sb", ports=406, vlans=(), macs={"00-18-18-03-CA-82": (1, "", "learned")},
        ips={"172.31.35.61": ("", "dynamic")}, hides=("multicast",),
    ),
    Device(  # each VLAN in a context of its own, and the default one is VLAN 1
        name="cisco-c3750-vlanctx", platform="cisco-ios", ports=79, vlans=(),
        macs={"00-07-0E-60-40-35": (505, "", "learned"), "00-18-B9-0C-EB-19": (1, "", "learned")},
        ips={"10.105.136.120": ("", "dynamic")}, hides=("multicast",), unsure=("fdb",),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("recordings") / "data"
    folder.mkdir()
    for device in PACKAGED:
        unpack(packaged(device.name), folder)
    if OPEN.is_dir():
        for recording in OPEN.glob("*.snmprec"):
            if any(recording.stem.partition("@")[0] == device.name for device in FOUND):
                unpack(recording, folder)
    with served(folder) as at:
        yield at


def seen(device: Device, at: int, monkeypatch: pytest.MonkeyPatch) -> View:
    monkeypatch.setenv("NLBWIZ_COMMUNITY", device.name)
    return look(
        f"127.0.0.1:{at}",
        macs=[*device.macs, NOBODY],
        ips=[*device.ips, NO_IP],
        credential="env:NLBWIZ_COMMUNITY",
        deadline_s=60,
    )


def check(device: Device, view: View) -> None:
    names = {one.ifindex: one.name for one in view.ports}
    hidden = {one.fact for one in view.not_exposed}
    assert (view.platform, len(view.ports)) == (device.platform, device.ports)
    assert not device.vlans or tuple(one.id for one in view.vlans) == device.vlans
    assert set(device.hides) <= hidden
    fdb = {one.mac: (one.vlan, names.get(one.port or 0), one.status) for one in view.fdb}
    for mac, (vlan, port, status) in device.macs.items():
        assert (fdb[mac][0], fdb[mac][2]) == (vlan, status), mac
        assert fdb[mac][1] == port or (port == "" and fdb[mac][1]), mac
    arp = {one.ip: (one.mac, one.kind) for one in view.arp}
    for ip, (mac, kind) in device.ips.items():
        assert arp[ip][1] == kind, ip
        assert arp[ip][0] == mac or (mac == "" and arp[ip][0]), ip
    # what is surely not there is told from what could not be looked up, and each stands in one of the two
    for table, rows, fact in (("fdb", fdb, f"fdb {NOBODY}"), ("arp", arp, f"arp {NO_IP}")):
        wanted = NOBODY if table == "fdb" else NO_IP
        assert (wanted in rows) != (fact in hidden), fact
        assert (fact in hidden) == (table in hidden or table in device.unsure), fact
    for member, lag in device.lags.items():
        found = next(one for one in view.ports if one.name == member)
        assert names[found.lag or 0] == lag
    assert view.cost.pdus < 400
    jsonschema.validate(json.loads(msgspec.json.encode(view)), schema("switch"))
    text = render(view)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(mac in text for mac in device.macs)


@pytest.mark.parametrize("device", PACKAGED, ids=lambda one: one.name)
def test_a_packaged_recording(device: Device, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    check(device, seen(device, port, monkeypatch))


@pytest.mark.skipif(not OPEN.is_dir(), reason="the recordings under other licences are not on this machine")
@pytest.mark.parametrize("device", FOUND, ids=lambda one: one.name)
def test_a_recording_beside_the_repository(device: Device, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    check(device, seen(device, port, monkeypatch))


def test_the_command_prints_what_its_schema_says(port: int) -> None:
    command = [sys.executable, "-m", "nlbwiz", "switch", f"127.0.0.1:{port}", "--credential", "env:COMMUNITY_OF_SWITCH"]
    device = PACKAGED[0]
    mac = next(iter(device.macs))
    environment = {**os.environ, "COMMUNITY_OF_SWITCH": device.name}
    done = subprocess.run(
        [*command, "--mac", mac.lower().replace("-", ":"), "--vlan", "77", "--format", "json"],
        env=environment, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    view = json.loads(done.stdout)
    jsonschema.validate(view, schema("switch"))
    assert [(one["mac"], one["vlan"], one["status"]) for one in view["fdb"]] == [(mac, 77, "learned")]
    assert [one["id"] for one in view["vlans"]] == [77]
    assert device.name not in done.stdout.replace(view["sys_name"], "")
