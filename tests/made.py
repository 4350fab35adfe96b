"""Sites and evidence made by hand: what tests of the pure core start from. All addresses are data; nobody is asked."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Status
from nlbwiz.site.model import Cluster, Endpoint, Host, Node, Site, SnmpTarget

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""When everything that is made here was answered, unless a test says otherwise."""

Varbind = tuple[str, str] | tuple[str, str, int | str]
"""Dotted OID, type, value: one row of an SNMP answer."""


def answer(
    target: str,
    probe: str,
    data: object,
    *args: str,
    sample: int = 0,
    after_s: float = 0.0,
    status: Status = "answered",
) -> Evidence:
    """An answer whose raw text is `data` as JSON; a text stands as it is."""
    raw = data if isinstance(data, str) else json.dumps(data)
    ask = Ask(target=target, probe=probe, args=args, sample=sample)
    return Evidence(ask=ask, at=AT + timedelta(seconds=after_s), took_ms=40, status=status, raw=raw)


def snmp(target: str, probe: str, rows: Sequence[Varbind], *args: str, ended: bool = True) -> Evidence:
    """An agent's answer."""
    return answer(target, probe, {"rows": rows, "ended": ended}, *args)


def word(question: str, value: str) -> Evidence:
    """The operator's answer to a question."""
    return answer("operator", "answer", json.dumps(value), question)


def lost(
    target: str, probe: str, *args: str, status: Status = "timeout", error: str = "no answer", sample: int = 0
) -> Evidence:
    """An ask that brought nothing."""
    ask = Ask(target=target, probe=probe, args=args, sample=sample)
    return Evidence(ask=ask, at=AT, took_ms=40, status=status, error=error, resolve="look at the machine")


def endpoint(address: str, port: int) -> Endpoint:
    """Where WinRM or SNMP would listen."""
    return Endpoint(host=address, port=port, scheme="http" if port == 5985 else None)


def node(name: str, address: str) -> Node:
    """An NLB node."""
    return Node(name=name, address=IPv4Address(address), endpoint=endpoint(address, 5985), credential="env:WIN")


def host(name: str, address: str, *uplinks: str) -> Host:
    """A Hyper-V host."""
    return Host(
        name=name, address=IPv4Address(address), endpoint=endpoint(address, 5985), credential="env:WIN", uplinks=uplinks
    )


def switch(name: str, address: str, platform: str | None = None) -> SnmpTarget:
    """A switch."""
    return SnmpTarget(
        name=name, address=IPv4Address(address), endpoint=endpoint(address, 161), snmp="env:SNMP", kind="switch",
        platform=platform,
    )  # fmt: skip


def gateway(name: str, address: str, platform: str | None = None) -> SnmpTarget:
    """A gateway."""
    return SnmpTarget(
        name=name, address=IPv4Address(address), endpoint=endpoint(address, 161), snmp="env:SNMP", kind="gateway",
        platform=platform,
    )  # fmt: skip


def cluster(name: str, vip: str, *nodes: str) -> Cluster:
    """An NLB cluster."""
    return Cluster(name=name, vip=IPv4Address(vip), nodes=nodes)


def site(
    *,
    nodes: Sequence[Node] = (node("nlb1", "172.31.3.11"), node("nlb2", "172.31.3.12")),
    hosts: Sequence[Host] = (host("hv1", "172.31.3.21", "sw1:ch1"), host("hv2", "172.31.3.22")),
    switches: Sequence[SnmpTarget] = (switch("sw1", "172.31.3.2"),),
    gateways: Sequence[SnmpTarget] = (gateway("gw1", "172.31.3.1"),),
    clusters: Sequence[Cluster] = (cluster("web", "172.31.3.232", "nlb1", "nlb2"),),
) -> Site:
    """Two nodes, two hosts, a switch, a gateway and one cluster, where the test does not say otherwise."""
    return Site(
        nodes={one.name: one for one in nodes},
        hosts={one.name: one for one in hosts},
        switches={one.name: one for one in switches},
        gateways={one.name: one for one in gateways},
        clusters={one.name: one for one in clusters},
    )


# ---- records of the PowerShell asks, every field written as Windows PowerShell 5.1 gives it ----

GUID = "{8B1E6F2C-5A0D-4E3B-9C77-0D1A2B3C4D5E}"


def instance(primary: str = "172.31.3.232", mode: str | None = "IGMPMULTICAST", **other: object) -> dict[str, object]:
    """One record of the section `cluster`."""
    record: dict[str, object] = {
        "source": "module", "name": "web.example", "primary": primary, "mask": "255.255.255.0", "mode": mode,
        "interface": "NLB", "guid": GUID, "mac": None, "group": None,
    }  # fmt: skip
    return record | other


def listed(ip: str, primary: str = "172.31.3.232", role: str = "vip", **other: object) -> dict[str, object]:
    """One record of the section `vips`."""
    record = {"source": "module", "primary": primary, "role": role, "ip": ip, "mask": "255.255.255.0"}
    return record | other


def adapter(mac: str, name: str = "NLB", **other: object) -> dict[str, object]:
    """One record of the sections `adapters` and `uplinks`."""
    record: dict[str, object] = {
        "name": name, "description": "Microsoft Hyper-V Network Adapter #2", "guid": GUID, "index": 12, "mac": mac,
        "permanent": mac.replace("-", ""), "status": "Up", "physical": True, "speed": 10_000_000_000,
        "driver_version": "6.3.9600.16384", "driver_date": "2006-06-21", "driver_provider": "Microsoft",
    }  # fmt: skip
    return record | other


def address(ip: str, state: str = "Preferred", **other: object) -> dict[str, object]:
    """One record of the section `addresses`."""
    record: dict[str, object] = {
        "ip": ip, "prefix": 24, "index": 12, "alias": "NLB", "state": state, "store": "ActiveStore",
        "skip_as_source": False, "origin": "Manual",
    }  # fmt: skip
    return record | other


def vm(name: str = "NLB1", operational: Sequence[int] = (2,), **other: object) -> dict[str, object]:
    """One record of the section `vms`."""
    record = {"name": name, "id": f"{name}-id", "state": 2, "operational": list(operational), "clustered": True}
    return record | other


def team(mode: int = 2, balancing: int = 5, **other: object) -> dict[str, object]:
    """One record of the section `teams`."""
    members = [
        {"name": f"NIC{number}", "description": f"Intel(R) X520 #{number}", "admin": 0, "operational": 0}
        for number in (1, 2)
    ]
    record: dict[str, object] = {
        "name": "Team1", "mode": mode, "balancing": balancing, "status": 0, "members": members,
        "nics": ["Microsoft Network Adapter Multiplexor Driver"],
    }  # fmt: skip
    return record | other


def vswitch(*uplinks: str, **other: object) -> dict[str, object]:
    """One record of the section `vswitches`."""
    record: dict[str, object] = {
        "name": "External", "id": "0d1a", "type": 2, "management": True, "uplinks": list(uplinks), "embedded": False,
        "mode": None, "balancing": None,
    }  # fmt: skip
    return record | other


def vnic(mac: str = "00155D031504", vm_name: str | None = "NLB1", **other: object) -> dict[str, object]:
    """One record of the section `vnics`."""
    record: dict[str, object] = {
        "vm": vm_name, "vm_id": vm_name and f"{vm_name}-id", "name": "NLB", "mac": mac, "dynamic": True, "spoofing": 1,
        "teaming": 1, "switch": "External", "connected": True, "status": [2], "ips": ["172.31.3.11", "172.31.3.232"],
        "vlan_mode": 1, "vlan": 31, "isolation": 0, "sriov": False,
    }  # fmt: skip
    return record | other


# ---- rows of SNMP tables ----

MIB2 = "1.3.6.1.2.1"
IOS, POWERCONNECT_5424 = "1.3.6.1.4.1.9.1.516", "1.3.6.1.4.1.674.10895.3020"


def octets(text: str | bytes) -> str:
    """Octets as evidence writes them: hex digits."""
    return (text.encode() if isinstance(text, str) else text).hex()


def oid_end(mac: str) -> str:
    """A MAC address as the end of an OID."""
    return ".".join(str(octet) for octet in bytes.fromhex(mac.replace("-", "")))


def agent(target: str, object_id: str, *, forwarding: int | None, descr: str = "a switch") -> Evidence:
    """The system group; `forwarding` None: the agent has no ipForwarding."""
    rows: list[Varbind] = [
        (f"{MIB2}.1.1.0", "octets", octets(descr)),
        (f"{MIB2}.1.2.0", "oid", object_id),
        (f"{MIB2}.1.3.0", "ticks", 8_640_000),
        (f"{MIB2}.1.5.0", "octets", octets(target)),
        (f"{MIB2}.4.1.0", "no_such_object") if forwarding is None else (f"{MIB2}.4.1.0", "int", forwarding),
    ]
    return snmp(target, "agent", rows)


def own_addresses(target: str, *interfaces: tuple[str, int], mask: str = "255.255.255.0") -> Evidence:
    """ipAdEntIfIndex and ipAdEntNetMask of (address, ifIndex) pairs."""
    rows: list[Varbind] = [(f"{MIB2}.4.20.1.2.{ip}", "int", index) for ip, index in interfaces]
    rows += [(f"{MIB2}.4.20.1.3.{ip}", "ip", mask) for ip, _ in interfaces]
    return snmp(target, "own-addresses", rows)


def arp(target: str, ip: str, *found: tuple[int, str, int], indexes: Sequence[int] = (3, 0)) -> Evidence:
    """ARP rows (ifIndex, MAC, ipNetToMediaType) of one address; every other index that was asked for has none."""
    rows: list[Varbind] = []
    for index, at, kind in found:
        end = f"{index}.{ip}"
        rows += [
            (f"{MIB2}.4.22.1.2.{end}", "octets", at.replace("-", "").lower()),
            (f"{MIB2}.4.22.1.4.{end}", "int", kind),
        ]
    there = {index for index, _, _ in found}
    for index in indexes:
        if index not in there:
            rows += [(f"{MIB2}.4.22.1.{column}.{index}.{ip}", "no_such_instance") for column in (2, 4)]
    return snmp(target, "arp", rows, ip, *map(str, indexes))


def fdb(target: str, at: str, *found: tuple[int, int, int], ids: Sequence[int] = (31,)) -> Evidence:
    """MAC table rows (fdbId, port, dot1qTpFdbStatus) of one MAC; every other id that was asked for has none."""
    rows: list[Varbind] = []
    for number, port, status in found:
        end = f"{number}.{oid_end(at)}"
        rows += [(f"{MIB2}.17.7.1.2.2.1.2.{end}", "int", port), (f"{MIB2}.17.7.1.2.2.1.3.{end}", "int", status)]
    there = {number for number, _, _ in found}
    for number in ids:
        if number not in there:
            rows += [(f"{MIB2}.17.7.1.2.2.1.{column}.{number}.{oid_end(at)}", "no_such_instance") for column in (2, 3)]
    return snmp(target, "fdb", rows, at, *map(str, ids))


def vlans(target: str, *ids: int) -> Evidence:
    """dot1qVlanStaticName of the VLANs."""
    rows: list[Varbind] = [(f"{MIB2}.17.7.1.4.3.1.1.{number}", "octets", octets(f"VLAN{number}")) for number in ids]
    return snmp(target, "vlans", rows)
