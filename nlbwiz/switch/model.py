"""What is seen on one switch, as `nlbwiz switch --format json` prints it; published by a schema."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

IfIndex = Annotated[int, Meta(description="ifIndex of a port or LAG; its name stands in `ports`")]
Oper = Literal["up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown"]
OPER: dict[int, Oper] = {
    1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown",
}  # fmt: skip
"""ifOperStatus (RFC 2863)."""


class PortRow(msgspec.Struct, frozen=True, kw_only=True):
    """An interface. `lag`: the LAG that it is a member of."""

    ifindex: IfIndex
    name: Annotated[str, Meta(description="ifName; ifDescr, or the ifIndex, where the agent has none")]
    oper_status: Oper | None
    lag: IfIndex | None
    changed_s: Annotated[
        float | None, Meta(description="seconds since oper_status changed; null: not since the agent began")
    ]


class VlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A VLAN. `ports`: null where the agent does not tell them."""

    id: int
    name: str
    ports: list[IfIndex] | None


class LagMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member with what LACP says of it (IEEE 802.3ad). null: no LACP is told of it."""

    port: IfIndex
    actor_state: Annotated[str | None, Meta(description="the bits that are set, e.g. `activity aggregation`")]
    partner_state: str | None
    partner_system: str | None
    working: Annotated[
        bool | None, Meta(description="in sync, collecting and distributing, not defaulted, not expired")
    ]


class LagRow(msgspec.Struct, frozen=True, kw_only=True):
    """A LAG and its members."""

    ifindex: IfIndex
    name: str
    members: list[LagMember]


class FdbView(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the MAC table. `none`: surely not there. `other`: a row that the switch calls neither of the kinds."""

    mac: str
    vlan: int | None
    port: IfIndex | None
    status: Literal["learned", "static", "self", "other", "none"]


class ArpRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ARP table. `static`: typed in; `own`: the device's own or a virtual address; `none`: surely not there."""

    ip: str
    mac: str | None
    kind: Literal["static", "dynamic", "own", "none"]
    port: IfIndex | None


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A multicast entry. `none`: surely not there."""

    mac_or_group: str
    vlan: int | None
    ports: list[IfIndex]
    source: Literal["static", "learned", "none"]


class SettingsRow(msgspec.Struct, frozen=True, kw_only=True):
    """How multicast is handled, in one VLAN or (null) in all; null: the agent does not tell it."""

    vlan: int | None
    filtering: bool | None
    unregistered: Literal["forward", "drop"] | None
    snooping: bool | None
    lookup: Literal["mac", "ip"] | None
    querier: bool | None


class NeighbourRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who is heard by LLDP. `mac`: its port's MAC, else its chassis'."""

    port: IfIndex | None
    name: str
    port_id: str
    mac: str | None


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """How long things have been as they are, in seconds; null: not told."""

    uptime_s: float | None
    topology_changed_s: float | None
    topology_changes: int | None
    fdb_aging_s: int | None
    interfaces_changed_s: float | None


class Chassis(msgspec.Struct, frozen=True, kw_only=True):
    """What proves that two ports are on one chassis: its bridge address, and the serial number of its first entity."""

    bridge_address: str | None
    serial: str | None
    model: str | None


class NotExposed(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be looked up. `fact`: `fdb MAC`, `arp IP`, `group MAC` for one that was asked for, else a key of this."""

    fact: str
    reason: str
    instead: str = ""
    causes: Annotated[list[str], Meta(description="the causes that need it: they stay unknown on this switch")] = []


class CostRow(msgspec.Struct, frozen=True, kw_only=True):
    """What it took, retries included."""

    pdus: int
    varbinds: int
    seconds: float


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One switch. Every port in it is an ifIndex: `ports` has the names."""

    platform: Annotated[str | None, Meta(description="slug of the vendor table; null: not recognised")]
    sys_name: str
    sys_descr: str
    ports: list[PortRow]
    vlans: list[VlanRow]
    lags: list[LagRow]
    fdb: list[FdbView]
    arp: list[ArpRow]
    groups: list[GroupRow]
    multicast: list[SettingsRow]
    neighbours: list[NeighbourRow]
    age: Age
    chassis: Chassis
    not_exposed: list[NotExposed]
    cost: CostRow


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a View."""
    made = msgspec.json.schema(View)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "nlbwiz switch", **made}
