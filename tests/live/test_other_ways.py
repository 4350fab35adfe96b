"""Switches and routers of no known family that keep a table elsewhere: `check` asks on as `switch` does, over the lab's agents.

The lab's own rows are served under another table or index, by a device with a sysObjectID that nobody knows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pytest

from nlbwiz.case import Case
from nlbwiz.collect.live import Live
from nlbwiz.collect.source import Clock
from nlbwiz.judge import Outcome
from nlbwiz.lab import oids, scenario, tables
from nlbwiz.lab.oids import Oid
from nlbwiz.lab.site import Lab
from nlbwiz.lab.snmp.table import Table
from nlbwiz.lab.snmp.values import ObjectIdentifier
from nlbwiz.probes import PROBES
from nlbwiz.site import load
from nlbwiz.site.credentials import Vault
from nlbwiz.walk import Walk
from tests.live.scenarios import knowledge, run

NOBODYS = ObjectIdentifier(oids.oid("1.3.6.1.4.1.99999.1"))
PHYSICAL_ADDRESS, PHYSICAL_TYPE = (oids.oid(f"1.3.6.1.2.1.4.35.1.{column}") for column in (4, 6))
"""ipNetToPhysicalPhysAddress, ipNetToPhysicalType (RFC 4293): index ifIndex, InetAddressType 1, length 4, address."""

Reindex = Callable[[Oid], Oid]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How a made-up device keeps a table: its columns' new places (None: it has none), and the new index of every row."""

    columns: Mapping[Oid, Oid | None]
    index: Reindex = lambda index: index
    empty: bool = False
    """Its columns are there, without a row."""


FDB = (oids.Q_TP_FDB_PORT, oids.Q_TP_FDB_STATUS)
ARP = (oids.ARP_IF_INDEX, oids.ARP_PHYS_ADDRESS, oids.ARP_NET_ADDRESS, oids.ARP_TYPE)
BY_MAC = Kept(
    columns=dict(zip(FDB, (oids.TP_FDB_PORT, oids.TP_FDB_STATUS), strict=True)), index=lambda index: index[1:]
)
WITH_LENGTH = Kept(columns=dict(zip(FDB, FDB, strict=True)), index=lambda index: (index[0], 6, *index[1:]))
OTHER_IDS = Kept(columns=dict(zip(FDB, FDB, strict=True)), index=lambda index: (index[0] + 5000, *index[1:]))
NEW_ARP = Kept(
    columns=dict(zip(ARP, (None, PHYSICAL_ADDRESS, None, PHYSICAL_TYPE), strict=True)),
    index=lambda index: (index[0], 1, 4, *index[1:]),
)
UNLISTED_INTERFACE = Kept(columns=dict(zip(ARP, ARP, strict=True)), index=lambda index: (index[0] + 7000, *index[1:]))
NO_FDB = Kept(columns=dict.fromkeys(FDB))
NO_ARP = Kept(columns=dict.fromkeys(ARP))
EMPTY_FDB = Kept(columns=dict(zip(FDB, FDB, strict=True)), empty=True)
EMPTY_ARP = Kept(columns=dict(zip(ARP, ARP, strict=True)), empty=True)


def made_up(lab: Lab, device: str, kept: Kept) -> Table:
    """What the device tells in its default context, with one table kept otherwise; of no known family."""
    rows = {}
    for oid, value in tables.tables(lab.world, device)[""]:
        column = next((one for one in kept.columns if oid[: len(one)] == one), None)
        if column is None:
            rows[oid] = NOBODYS if oid == (*oids.SYS_OBJECT_ID, 0) else value
        elif (place := kept.columns[column]) and not kept.empty:
            rows[(*place, *kept.index(oid[len(column) :]))] = value
    implemented = (kept.columns.get(one, one) for one in tables.objects(lab.world, device))
    gained = set(kept.columns.values())
    return Table(rows.items(), objects={one for one in (*implemented, *gained) if one})


def checked(name: str, device: str, kept: Kept) -> tuple[dict[str, Outcome], Case, int]:
    """The outcomes of the cluster `web` by cause, the run, and the PDUs that the device was sent."""
    with Lab(scenario.load(name)) as lab:
        lab.agents[device].tables = {"": made_up(lab, device, kept)}
        site = load.read(lab.site_file)
        clock = Clock(total_s=20.0, target_s=15.0)
        case = Case(site=site, source=Live(site, Vault(site, None), clock, {}), knowledge=knowledge(), clock=clock)
        walks = [event for event in case.events() if isinstance(event, Walk)]
        counts = lab.agents[device].counts
    assert counts.set == 0
    return {one.id: one for one in walks[-1].outcomes if one.cluster == "web"}, case, counts.pdus


def probes(case: Case, device: str) -> set[str]:
    return {one.ask.probe for one in case.evidence.values() if one.ask.target == device and one.is_answer}


@pytest.mark.parametrize("name", ["healthy-unicast", "healthy-igmp", "old-static-arp", "gateway-arp-missing"])
def test_where_the_first_way_answers_nothing_else_is_asked(name: str) -> None:
    found = run(name).evidence
    asked = {one.ask.probe for one in found if PROBES[one.ask.probe].gives in ("fdb", "arp", "tables")}
    assert asked == {"fdb", "arp"}  # the lab's PowerConnect and Catalyst are known to fill these tables


@pytest.mark.parametrize(
    ("name", "device", "kept", "way", "cause", "outcome"),
    [
        ("unicast-mac-learned", "sw1", BY_MAC,             "fdb-bridge",   "NLB013", "confirmed"),
        ("healthy-unicast",     "sw1", BY_MAC,             "fdb-bridge",   "NLB013", "ruled_out"),
        ("unicast-mac-learned", "sw1", WITH_LENGTH,        "fdb-length",   "NLB013", "confirmed"),
        ("healthy-unicast",     "sw1", WITH_LENGTH,        "fdb-length",   "NLB013", "ruled_out"),
        ("unicast-mac-learned", "sw1", OTHER_IDS,          "fdb-find",     "NLB013", "confirmed"),
        ("healthy-unicast",     "sw1", OTHER_IDS,          "fdb-find",     "NLB013", "ruled_out"),
        ("old-static-arp",      "gw1", NEW_ARP,            "arp-physical", "NLB003", "confirmed"),
        ("healthy-multicast",   "gw1", NEW_ARP,            "arp-physical", "NLB003", "ruled_out"),
        ("old-static-arp",      "gw1", UNLISTED_INTERFACE, "arp-find",     "NLB003", "confirmed"),
    ],
)  # fmt: skip
def test_a_table_that_is_kept_elsewhere_is_found(
    name: str, device: str, kept: Kept, way: str, cause: str, outcome: str
) -> None:
    found, case, pdus = checked(name, device, kept)
    assert found[cause].outcome == outcome, found[cause].reason
    assert way in probes(case, device)
    assert pdus <= 60


@pytest.mark.parametrize(
    ("name", "device", "kept", "cause", "named"),
    [
        ("unicast-mac-learned", "sw1", NO_FDB,    "NLB013", ["dot1qTpFdb", "dot1dTpFdb"]),
        ("healthy-unicast",     "sw1", NO_FDB,    "NLB013", ["dot1qTpFdb", "dot1dTpFdb"]),
        ("healthy-unicast",     "sw1", EMPTY_FDB, "NLB013", ["dot1qTpFdb", "dot1dTpFdb", "hwDynFdb", "proves nothing"]),
        ("old-static-arp",      "gw1", NO_ARP,    "NLB003", ["ipNetToMedia", "ipNetToPhysical"]),
        ("healthy-multicast",   "gw1", EMPTY_ARP, "NLB003", ["ipNetToMedia", "ipNetToPhysical", "proves nothing"]),
    ],
)  # fmt: skip
def test_a_table_that_is_kept_nowhere_stays_unknown_and_is_named(
    name: str, device: str, kept: Kept, cause: str, named: Iterable[str]
) -> None:
    found, _, pdus = checked(name, device, kept)
    assert found[cause].outcome == "unknown", found[cause].reason
    assert all(f"{device}: " in found[cause].reason and one in found[cause].reason for one in named), found[
        cause
    ].reason
    assert pdus <= 40
