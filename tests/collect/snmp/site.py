"""Simulated agents, the site that lists them, and what a source gave: what the tests of the SNMP source share."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

from nlbwiz.collect.snmp.source import SnmpSource
from nlbwiz.collect.source import Clock
from nlbwiz.lab.snmp.agent import SnmpAgent
from nlbwiz.lab.snmp.faults import Faults
from nlbwiz.lab.snmp.loop import AgentLoop
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.v3 import User
from nlbwiz.lab.snmp.values import (
    Gauge32,
    Integer32,
    IpAddress,
    ObjectIdentifier,
    OctetString,
    Oid,
    TimeTicks,
    Value,
)
from nlbwiz.probes import Ask
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Endpoint, Limits, Site, SnmpTarget

MIB2: Oid = (1, 3, 6, 1, 2, 1)
SYSTEM = (*MIB2, 1)
IF_NAME, IF_OPER = (*MIB2, 31, 1, 1, 1, 1), (*MIB2, 2, 2, 1, 8)
BASE_PORT = (*MIB2, 17, 1, 4, 1, 2)
LAG = (1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 13)
VLAN_NAME, FDB_COUNT = (*MIB2, 17, 7, 1, 4, 3, 1, 1), (*MIB2, 17, 7, 1, 2, 1, 1, 2)
FDB_PORT, FDB_STATUS = (*MIB2, 17, 7, 1, 2, 2, 1, 2), (*MIB2, 17, 7, 1, 2, 2, 1, 3)
ARP_MAC, ARP_TYPE = (*MIB2, 4, 22, 1, 2), (*MIB2, 4, 22, 1, 4)
COMMUNITY = "lab-community"
QUICK = Limits(total_s=20.0, target_s=15.0, snmp_s=0.15)
"""For agents that stay silent: what is waited for in vain."""
PATIENT = Limits(total_s=20.0, target_s=15.0, snmp_s=1.0)
"""For agents that answer: nothing is ever waited for so long, on a busy machine neither."""
KEYS = ("auth-pass-phrase", "priv-pass-phrase")


def switch_table(fdb: Iterable[tuple[int, tuple[int, ...], int]] = (), *, ports: int = 24) -> Table:
    """A PowerConnect's shape: ports, 8 LAGs, VLANs 10 and 20, and FDB rows (fdbId, MAC octets, port)."""
    rows: list[tuple[Oid, Value]] = [
        ((*SYSTEM, 1, 0), OctetString(b"PowerConnect 5424")),
        ((*SYSTEM, 2, 0), ObjectIdentifier((1, 3, 6, 1, 4, 1, 674, 10895, 3008))),
        ((*SYSTEM, 3, 0), TimeTicks(123456)),
        ((*SYSTEM, 5, 0), OctetString(b"sw1")),
        ((*MIB2, 4, 1, 0), Integer32(2)),
    ]
    for port in range(1, ports + 1):
        rows += [((*IF_NAME, port), OctetString(f"g{port}".encode())), ((*IF_OPER, port), Integer32(1 + port % 2))]
        rows += [((*BASE_PORT, port), Integer32(port)), ((*LAG, port), Integer32(0))]
    for lag in range(1, 9):
        rows += [((*IF_NAME, 1000 + lag), OctetString(f"ch{lag}".encode())), ((*IF_OPER, 1000 + lag), Integer32(6))]
        rows += [((*BASE_PORT, 1000 + lag), Integer32(1000 + lag))]
    counts: dict[int, int] = {10: 0, 20: 0}
    for fdb_id, mac, port in fdb:
        counts[fdb_id] = counts.get(fdb_id, 0) + 1
        rows += [((*FDB_PORT, fdb_id, *mac), Integer32(port)), ((*FDB_STATUS, fdb_id, *mac), Integer32(3))]
    for vlan, count in counts.items():
        rows += [((*VLAN_NAME, vlan), OctetString(f"vlan{vlan}".encode())), ((*FDB_COUNT, vlan), Gauge32(count))]
    objects = [(*SYSTEM, 1), (*SYSTEM, 2), (*SYSTEM, 3), (*SYSTEM, 5), (*MIB2, 4, 1)]
    objects += [IF_NAME, IF_OPER, BASE_PORT, LAG, VLAN_NAME, FDB_COUNT, FDB_PORT, FDB_STATUS]
    return Table(rows, objects=objects)


def router_table() -> Table:
    """A gateway with one typed ARP entry for 172.31.3.232 on ifIndex 7, its own addresses, and no switch tables."""
    entry = (7, 172, 31, 3, 232)
    rows: list[tuple[Oid, Value]] = [
        ((*SYSTEM, 3, 0), TimeTicks(99)),
        ((*MIB2, 4, 1, 0), Integer32(1)),
        ((*MIB2, 4, 20, 1, 2, 172, 31, 3, 1), Integer32(7)),
        ((*MIB2, 4, 20, 1, 3, 172, 31, 3, 1), IpAddress("255.255.255.0")),
        ((*ARP_MAC, *entry), OctetString(bytes.fromhex("03bfac1f03e8"))),
        ((*ARP_TYPE, *entry), Integer32(4)),
    ]
    objects = [(*SYSTEM, 3), (*MIB2, 4, 1), (*MIB2, 4, 20, 1, 2), (*MIB2, 4, 20, 1, 3), ARP_MAC, ARP_TYPE]
    return Table(rows, objects=objects)


class Given:
    """What a source gave, from its own thread."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.all: list[tuple[float, Step | Evidence]] = []

    def __call__(self, what: Step | Evidence) -> None:
        with self._news:
            self.all.append((time.monotonic(), what))
            self._news.notify_all()

    @property
    def evidence(self) -> list[Evidence]:
        """Every Evidence so far, in the order of arrival."""
        return [what for _, what in tuple(self.all) if isinstance(what, Evidence)]

    @property
    def steps(self) -> list[Step]:
        """Every progress line so far."""
        return [what for _, what in tuple(self.all) if isinstance(what, Step)]

    def wait(self, count: int, within_s: float = 10.0) -> dict[Ask, Evidence]:
        """The Evidence by ask, as soon as there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.evidence) >= count, within_s), self.all
        found = {each.ask: each for each in self.evidence}
        assert len(found) == len(self.evidence), "two Evidences for one ask"
        return found

    def until(self, seen: Callable[[], bool], within_s: float = 10.0) -> None:
        """Wait until something given makes this true."""
        with self._news:
            assert self._news.wait_for(seen, within_s), self.all


def rows(evidence: Evidence) -> list[list[Any]]:
    """The rows in an Evidence's raw."""
    found: list[list[Any]] = json.loads(evidence.raw)["rows"]
    return found


@contextmanager
def agents(
    tables: Mapping[str, Table],
    *,
    faults: Mapping[str, Faults] | None = None,
    users: Iterable[User] = (),
    community: str | None = COMMUNITY,
) -> Iterator[dict[str, SnmpAgent]]:
    """Running agents by name, each on a loopback address of its own."""
    running: dict[str, SnmpAgent] = {}
    with AgentLoop() as loop:
        for place, (name, table) in enumerate(tables.items(), 1):
            agent = SnmpAgent(
                name,
                {"": table},
                community=community,
                users=users,
                host=f"127.0.61.{place}",
                port=0,
                faults=(faults or {}).get(name),
            )
            agent.start(loop)
            running[name] = agent
        try:
            yield running
        finally:
            for agent in running.values():
                agent.stop()


def site_of(places: Mapping[str, tuple[str, int]], *, snmp: str = "env:NLBWIZ_SNMP", limits: Limits = PATIENT) -> Site:
    """A site whose switches (and gateways: names that begin with `gw`) are at these places."""
    targets = {
        name: SnmpTarget(
            name=name,
            address=ip_address("172.31.3.2"),
            endpoint=Endpoint(host=host, port=port),
            snmp=snmp,
            kind="gateway" if name.startswith("gw") else "switch",
        )
        for name, (host, port) in places.items()
    }
    return Site(
        switches={name: target for name, target in targets.items() if target.kind == "switch"},
        gateways={name: target for name, target in targets.items() if target.kind == "gateway"},
        limits=limits,
    )


@contextmanager
def source_for(site: Site) -> Iterator[SnmpSource]:
    """The source under test, closed at the end."""
    source = SnmpSource(site, Vault(site, None), Clock(site.limits.total_s, site.limits.target_s))
    try:
        yield source
    finally:
        source.close()


def fdb_asks(count: int, *, target: str = "sw1") -> list[Ask]:
    """Asks for so many MACs in the VLANs 10 and 20."""
    return [Ask(target=target, probe="fdb", args=(f"02-BF-AC-1F-03-{n:02X}", "10", "20")) for n in range(count)]
