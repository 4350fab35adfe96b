"""Evidence of what is asked here -> facts: the jump host's neighbour table, and the operator's answers. Pure."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Interface
from typing import Literal

import msgspec

from nlbwiz.addr import decode, mac
from nlbwiz.facts import Answer, ArpView, Fact
from nlbwiz.record.evidence import Evidence


class Neighbour(msgspec.Struct, frozen=True):
    """One row of the jump host's table. `state`: the words of `ip neigh` (REACHABLE, STALE, PERMANENT, FAILED ...)."""

    ip: str
    mac: str | None = None
    dev: str = ""
    state: list[str] = []


class Table(msgspec.Struct, frozen=True):
    """`Evidence.raw` of `jump-neighbors`. `addresses`: the own interfaces in CIDR form."""

    neighbours: list[Neighbour]
    addresses: list[str] = []


def jump_interfaces(evidence: Evidence) -> tuple[IPv4Interface, ...]:
    """The jump host's own IPv4 interfaces: outside their subnets its ARP sees nothing. Raises ValueError for no table."""
    table = msgspec.json.decode(evidence.raw, type=Table)
    return tuple(IPv4Interface(one) for one in table.addresses if ":" not in one)


def neighbours(evidence: Evidence) -> Iterator[Fact]:
    """Resolved rows only: a FAILED or INCOMPLETE one says nothing about who has the address.

    The rows that a system makes itself for groups and broadcasts, PERMANENT ones, are no entries of anybody. Raises
    ValueError for what is no table, AddressError (a ValueError) for a MAC that is none.
    """
    table = msgspec.json.decode(evidence.raw, type=Table)
    for row in table.neighbours:
        try:
            ip = IPv4Address(row.ip)
        except AddressValueError:
            continue
        if not row.mac or ip.is_multicast or {"FAILED", "INCOMPLETE", "NOARP"} & set(row.state):
            continue
        at = mac(row.mac)
        if decode(at).kind not in ("zero", "broadcast"):
            yield ArpView(
                device="jump", via="jump", ip=ip, kind="static" if "PERMANENT" in row.state else "dynamic", mac=at,
                evidence=evidence.label,
            )  # fmt: skip


class Owner(msgspec.Struct, frozen=True):
    """One MAC that answered: the one in the ARP payload, and those of the Ethernet frames."""

    mac: str
    replies: int = 1
    first_ms: float = 0.0
    ethernet: list[str] = []


class Look(msgspec.Struct, frozen=True):
    """`Evidence.raw` of `arp-look[IP]`: by which means, from which interface and address, and who answered."""

    method: Literal["raw socket", "arping"]
    device: str
    sender: str
    rounds: int
    owners: list[Owner]


def owners(evidence: Evidence) -> Iterator[Fact]:
    """Every owner that answered for an address. Nobody: no fact, since a host may be silent for a moment."""
    ip = IPv4Address(evidence.ask.args[0])
    look = msgspec.json.decode(evidence.raw, type=Look)
    for one in look.owners:
        at = mac(one.mac)
        if decode(at).kind not in ("zero", "broadcast"):  # nobody's: such an answer names no owner
            yield ArpView(
                device="jump", via="jump", ip=ip, kind="dynamic", mac=at, evidence=evidence.label, how=look.method
            )


def answer(evidence: Evidence) -> Iterator[Fact]:
    """The operator's word, as given."""
    value = msgspec.json.decode(evidence.raw, type=str)
    if value != "not sure":
        yield Answer(question=evidence.ask.args[0], value=value, evidence=evidence.label)
