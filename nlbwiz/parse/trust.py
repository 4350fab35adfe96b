"""What of a device's answers proves anything: its own addresses are not typed in, and an empty table need not be empty. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from nlbwiz import facts as f
from nlbwiz import families
from nlbwiz.addr import decode
from nlbwiz.facts import Coverage, Need
from nlbwiz.parse.ways import Ways


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
    ways: Ways,
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> tuple[f.ArpView, ...]:
    """ARP entries without the absences that prove nothing: where nothing else came, the need is lost, with the reason."""
    kept = tuple(view for view in views if view.kind != "none" or ways.trusts(view.device, view.evidence))
    doubted = {view.device for view in views} - {view.device for view in kept}
    _doubt("arp", {target: ways.silence("arp", target, "ARP table") for target in doubted}, coverage, lost)
    return kept


def trusted_fdb(
    rows: tuple[f.FdbEntry, ...],
    ways: Ways,
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> tuple[f.FdbEntry, ...]:
    """MAC table rows without the absences that prove nothing: where nothing else came, the need is lost, with the reason."""
    kept = tuple(row for row in rows if row.status != "none" or ways.trusts(row.target, row.evidence))
    doubted = {row.target for row in rows} - {row.target for row in kept}
    _doubt("fdb", {target: ways.silence("fdb", target, "MAC table") for target in doubted}, coverage, lost)
    return kept


def trusted_groups(
    rows: tuple[f.GroupEntry, ...],
    agents: tuple[f.Agent, ...],
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> tuple[f.GroupEntry, ...]:
    """Group entries without the absences that prove nothing: there the need is lost, with the reason."""
    shown = {row.target for row in rows if row.status != "none"}
    doubted = {row.target for row in rows if row.status == "none" and not _fills(row.target, agents, shown)}
    none = "shows no row at all in its tables of multicast groups, and its platform is not known to fill it"
    _doubt("groups", {target: f"{target} {none}" for target in doubted}, coverage, lost)
    return tuple(row for row in rows if row.status != "none" or row.target not in doubted)


def _fills(target: str, agents: tuple[f.Agent, ...], shown: Collection[str]) -> bool:
    return target in shown or any("groups" in families.family(a.platform).fills for a in agents if a.target == target)


def _doubt(
    need: Need,
    why: Mapping[str, str],
    coverage: dict[tuple[Need, str], Coverage],
    lost: dict[tuple[Need, str], tuple[str, str]],
) -> None:
    """An empty table of a platform that is not known to fill it proves nothing: unsupported, not empty."""
    for target, silence in why.items():
        if coverage.get((need, target)) == "answered":
            coverage[need, target] = "lost"
            lost[need, target] = (
                f"{silence}: absence proves nothing",
                f"name the platform of {target} in the site file, or look on the device itself",
            )
