"""What of a device's answers proves anything: its own addresses are not typed in, and an empty table need not be empty. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from nlbwiz import facts as f
from nlbwiz import families
from nlbwiz.addr import decode
from nlbwiz.facts import Coverage, Need

FILLS: dict[str, frozenset[str]] = {
    need: frozenset(row.slug for row in families.FAMILIES if need in row.fills) for need in ("arp", "fdb", "groups")
}
"""Platforms known from recordings to fill ipNetToMediaTable / dot1qTpFdbTable (no recording has a group's row): only
there, or beside another row of the same table, is a row that is not there the proof that it does not exist."""


def classified(views: Iterable[f.ArpView], own: tuple[f.OwnAddress, ...]) -> list[f.ArpView]:
    """Tell what a router lists for itself from what a person typed: its own, HSRP and VRRP addresses; not link-local."""
    mine = {(one.target, one.interface.ip) for one in own}
    found = []
    for view in views:
        if view.ip.is_link_local:
            continue
        if view.via == "router" and view.mac:
            virtual = decode(view.mac).kind in ("hsrp", "vrrp")
            if (view.device, view.ip) in mine or (view.kind == "static" and virtual):
                view = replace(view, kind="own")
        found.append(view)
    return found


def trusted_arp(
    views: list[f.ArpView],
    agents: tuple[f.Agent, ...],
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> tuple[f.ArpView, ...]:
    """ARP entries without the absences that prove nothing: there the need is lost, with the reason."""
    rows = {view.device for view in views if view.kind != "none"}
    doubted = {view.device for view in views if view.kind == "none" and not _fills("arp", view.device, agents, rows)}
    _doubt("arp", doubted, "ARP table (ipNetToMediaTable)", coverage, lost)
    return tuple(view for view in views if view.kind != "none" or view.device not in doubted)


def trusted_fdb(
    rows: tuple[f.FdbEntry, ...],
    agents: tuple[f.Agent, ...],
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> tuple[f.FdbEntry, ...]:
    """MAC table rows without the absences that prove nothing: there the need is lost, with the reason."""
    shown = {row.target for row in rows if row.status != "none"}
    doubted = {row.target for row in rows if row.status == "none" and not _fills("fdb", row.target, agents, shown)}
    _doubt("fdb", doubted, "MAC table (dot1qTpFdbTable)", coverage, lost)
    return tuple(row for row in rows if row.status != "none" or row.target not in doubted)


def trusted_groups(
    rows: tuple[f.GroupEntry, ...],
    agents: tuple[f.Agent, ...],
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> tuple[f.GroupEntry, ...]:
    """Group entries without the absences that prove nothing: there the need is lost, with the reason."""
    shown = {row.target for row in rows if row.status != "none"}
    doubted = {row.target for row in rows if row.status == "none" and not _fills("groups", row.target, agents, shown)}
    _doubt("groups", doubted, "tables of multicast groups", coverage, lost)
    return tuple(row for row in rows if row.status != "none" or row.target not in doubted)


def _fills(table: str, target: str, agents: tuple[f.Agent, ...], shown: Collection[str]) -> bool:
    return target in shown or any(a.target == target and a.platform in FILLS[table] for a in agents)


def _doubt(
    need: Need,
    targets: Collection[str],
    table: str,
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> None:
    """An empty table of a platform that is not known to fill it proves nothing: unsupported, not empty."""
    for target in targets:
        if coverage.get((need, target)) == "answered":
            coverage[need, target] = "lost"
            lost[need, target] = (
                f"{target} shows no row at all in its {table}, and its platform is not known to fill it: absence proves nothing",
                f"name the platform of {target} in the site file, or look on the device itself",
            )
