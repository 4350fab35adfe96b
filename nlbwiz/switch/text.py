"""What is seen on one switch, for a terminal: at most 100 columns, what was asked for first. Pure."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from nlbwiz.plain import line
from nlbwiz.switch.model import LagRow, View

WIDTH = 100
MOST_PORTS = 64
"""Interfaces that are listed; the JSON has all of them."""


def render(view: View) -> str:
    """The view as text that ends with a line feed. What the switch says of itself is made harmless."""
    names = {port.ifindex: line(port.name, 40) for port in view.ports}

    def port(ifindex: int | None) -> str:
        return "-" if ifindex is None else names.get(ifindex, str(ifindex))

    def ports(indexes: Iterable[int]) -> str:
        return ", ".join(map(port, indexes)) or "none"

    rows: list[str] = [
        *_wrap(f"{line(view.sys_name, 60) or 'no name'}: {view.platform or 'platform not recognised'}"),
        *_wrap(line(view.sys_descr, 180), "  "),
        *_wrap(_age(view), "  "),
    ]
    if view.fdb:
        found = [
            f"{one.mac}  {'not there' if one.status == 'none' else f'{port(one.port)}  VLAN {_or(one.vlan)}  {one.status}'}"
            for one in view.fdb
        ]
        rows += _section("MAC table", found)
    if view.arp:
        found = [
            f"{one.ip:<15}  {'not there' if one.kind == 'none' else f'{one.mac}  {one.kind}  {port(one.port)}'}"
            for one in view.arp
        ]
        rows += _section("ARP table", found)
    if view.groups:
        found = [
            f"{one.mac_or_group:<17}  "
            + ("not there" if one.source == "none" else f"VLAN {_or(one.vlan)}  {one.source}  {ports(one.ports)}")
            for one in view.groups
        ]
        rows += _section("Multicast entries", found)
    rows += _section("Multicast handling", _multicast(view))
    rows += _section(
        "VLANs",
        [
            f"{one.id:>4}  {line(one.name, 32) or '-'}: {'ports not told' if one.ports is None else ports(one.ports)}"
            for one in view.vlans
        ],
    )
    rows += _section("LAGs", [_lag(lag, port) for lag in view.lags if lag.members])
    up = [one for one in view.ports if one.oper_status == "up"]
    shown = [names[one.ifindex] for one in up[:MOST_PORTS]]
    more = [f"and {len(up) - MOST_PORTS} more"] if len(up) > MOST_PORTS else []
    rows += _section(f"Ports: {len(view.ports)}, up {len(up)}", [", ".join((*shown, *more))] if up else [])
    heard = [
        f"{port(one.port)}: {line(one.name, 40) or one.mac or '-'}, {line(one.port_id, 40)}" for one in view.neighbours
    ]
    rows += _section("Neighbours (LLDP)", heard)
    open_ = []
    for one in view.not_exposed:
        use = f" (use: {one.instead})" if one.instead else ""
        stays = f"; stays unknown: {', '.join(one.causes)}" if one.causes else ""
        open_.append(f"{one.fact}: {line(one.reason, 400)}{use}{stays}")
    rows += _section("Not exposed", open_)
    cost = view.cost
    rows += ["", f"{cost.pdus} PDUs, {cost.varbinds} variables, {cost.seconds:.1f} s"]
    return "\n".join(rows) + "\n"


def _section(title: str, rows: Sequence[str]) -> Iterator[str]:
    if rows:
        yield ""
        yield title
        for row in rows:
            yield from _wrap(row, "  ", "      ")


def _wrap(text: str, first: str = "", later: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later or f"{first}  ", break_on_hyphens=False
    )


def _or(number: int | None) -> str:
    return "?" if number is None else str(number)


def _age(view: View) -> str:
    parts = []
    if view.age.uptime_s is not None:
        parts.append(f"up {_span(view.age.uptime_s)}")
    if view.age.topology_changed_s is not None:
        parts.append(f"topology changed {_span(view.age.topology_changed_s)} ago")
    if view.chassis.bridge_address:
        parts.append(f"bridge {view.chassis.bridge_address}")
    if view.chassis.serial:
        parts.append(f"serial {line(view.chassis.serial, 40)}")
    return ", ".join(parts)


def _span(seconds: float) -> str:
    whole = int(seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if whole >= 2 * size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def _multicast(view: View) -> list[str]:
    rows: dict[str, list[str]] = {}
    for one in view.multicast:
        words = [
            f"{name} {'on' if value else 'off'}"
            for name, value in (("filtering", one.filtering), ("snooping", one.snooping), ("querier", one.querier))
            if value is not None
        ]
        if one.unregistered:
            words.append(f"unregistered: {one.unregistered}")
        if one.lookup:
            words.append(f"looked up by {one.lookup.upper()}")
        if words:
            rows.setdefault(", ".join(words), []).append("all" if one.vlan is None else str(one.vlan))
    return [f"VLAN {', '.join(vlans)}: {words}" for words, vlans in rows.items()]


def _lag(lag: LagRow, port: object) -> str:
    assert callable(port)
    words = []
    for one in lag.members:
        state = "" if one.working is None else " (LACP works)" if one.working else " (LACP does not work)"
        words.append(f"{port(one.port)}{state}")
    return f"{line(lag.name, 40)}: {', '.join(words)}"
