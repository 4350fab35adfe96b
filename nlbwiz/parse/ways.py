"""What every way of asking a device for MACs and addresses came to, and whether there is another one. Pure.

A family has several ways for one need (`families.ways`): exact rows of one table, of another, and last a walk. A way that
the device does not have, or whose silence proves nothing, is over; the next one is asked (`nlbwiz.plan`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from nlbwiz import facts as f
from nlbwiz import families
from nlbwiz.facts import Fact, Need
from nlbwiz.families import COLUMN, Family, has_length
from nlbwiz.mibs import Oid
from nlbwiz.parse.snmp_rows import columns
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence

Way = tuple[str, str]
"""A target and a probe."""
INDEXING = frozenset({"vlans", "vlans-cisco", "vlans-juniper", "fdb-ids", "own-addresses"})
"""What tells the indexes of exact rows: where all of it is over without one, no exact row can be asked for."""
WHOLE = frozenset({"fdb-find", "arp-find", "arp-physical-find"})
"""Ways that read a table through: what they did not come upon is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What the ways came to, of all targets."""

    rows: Mapping[str, Family]
    """Each target's row of the vendor table; a silent agent has none."""
    first: Mapping[str, Mapping[str, Oid] | None]
    """Which tables have a row, and the index of the first one; None where the agent did not tell. Not asked: no entry."""
    believed: frozenset[Way]
    """Where a row that is not there does not exist."""
    passed: frozenset[Way]
    """What is over and told nothing: the device does not have it, or its silence proves nothing."""
    asked: frozenset[Way]
    """What was asked at all, answered or not."""

    def row(self, target: str) -> Family:
        """The target's row of the vendor table."""
        return self.rows.get(target, families.UNKNOWN)

    def open(self, need: Need, target: str) -> bool:
        """Whether another way is still to come: all that were gone have passed, and the last one was not gone yet."""
        mine = {probe for of, probe in self.asked if of == target and probe in COLUMN and PROBES[probe].gives == need}
        if not mine or any((target, one) not in self.passed for one in mine):
            return False
        chain = families.ways(self.row(target), need, self.first.get(target))
        return bool(chain) and chain[-1] not in mine

    def silence(self, need: Need, target: str, table: str) -> str:
        """Why a row that is not there may exist all the same, with the names of the tables that were looked at."""
        first = self.first.get(target)
        mine = [one for one in COLUMN if PROBES[one].gives == need]
        if shown := [COLUMN[one] for one in mine if first and COLUMN[one] in first]:
            return f"{target} has rows in its {table} ({_named(shown)}), but none was found where they were looked for"
        looked = (COLUMN[one] for one in mine if first is not None or (target, one) in self.asked)
        return (
            f"{target} shows no row at all in its {table} ({_named(looked)}), and its platform is not known to fill it"
        )

    def unshown(self, need: Need, target: str) -> str:
        """The tables that were not asked for rows, since they show none; by their names."""
        asked = {COLUMN[probe] for of, probe in self.asked if of == target and probe in COLUMN}
        first = self.first.get(target)
        mine = (COLUMN[one] for one in COLUMN if PROBES[one].gives == need)
        return "" if first is None else _named(one for one in mine if one not in asked and one not in first)

    def trusts(self, target: str, evidence: str) -> bool:
        """Whether a row that is not there does not exist, by the label of the evidence that says so."""
        return (target, evidence.removeprefix(f"{target}/").partition("[")[0].rstrip("'")) in self.believed


def ways(
    parsed: Iterable[tuple[Evidence, tuple[Fact, ...], str]], agents: Iterable[f.Agent], pending: Collection[Ask]
) -> Ways:
    """What the answers so far say of every way. An answer that was broken off, or never came, ends no way."""
    rows = {agent.target: families.family(agent.platform) for agent in agents}
    by_way: dict[Way, list[tuple[Evidence, tuple[Fact, ...], str]]] = defaultdict(list)
    first: dict[str, Mapping[str, Oid] | None] = {}
    for each in parsed:
        ask = each[0].ask
        if each[0].status == "skipped":
            continue
        if ask.probe == "tables":
            first[ask.target] = _first(each[0])
        elif ask.probe in COLUMN or ask.probe in INDEXING:
            by_way[ask.target, ask.probe].append(each)
    shown = {way for way, answers in by_way.items() if any(_is_row(fact) for _, found, _ in answers for fact in found)}
    known = {way for way in by_way if _proves(way, rows.get(way[0], families.UNKNOWN), first.get(way[0]))}
    waiting = {(ask.target, ask.probe) for ask in pending}
    quiet = {
        way
        for way, answers in by_way.items()
        if way not in shown
        and all(
            trouble or one.status == "unsupported" or (one.is_answer and not one.error) for one, _, trouble in answers
        )
    }
    proved = {way for way in quiet & known if any(found for _, found, _ in by_way[way])}
    return Ways(
        rows=rows,
        first=first,
        believed=frozenset(shown | known),
        passed=frozenset(quiet - proved - waiting),
        asked=frozenset(by_way) | waiting,
    )


def _named(columns_: Iterable[str]) -> str:
    """The tables of these columns."""
    names = dict.fromkeys(one.removesuffix("Port").removesuffix("PhysAddress") for one in columns_)
    return ", ".join(f"{name}Table" for name in names)


def _first(tables: Evidence) -> Mapping[str, Oid] | None:
    if not tables.is_answer or tables.error:
        return None
    try:
        return {name: next(iter(rows)) for name, rows in columns(tables).items() if rows}
    except ValueError:
        return None


def _is_row(fact: Fact) -> bool:
    """Whether it says that something is there; "not there" is a fact of its own."""
    match fact:
        case f.FdbEntry():
            return fact.status != "none"
        case f.ArpView():
            return fact.kind != "none"
        case _:
            return True


def _proves(way: Way, row: Family, first: Mapping[str, Oid] | None) -> bool:
    """Whether silence of a way is proof: its family fills that table, or it has rows and was looked through.

    Exact rows by VLAN or interface are no look through the table: the index may be another one than ours. A bridge's
    table by MAC alone is, unless the table by VLAN has rows, too.
    """
    probe = way[1]
    if probe not in COLUMN:
        return False
    need = PROBES[probe].gives
    index = (first or {}).get(COLUMN[probe], ())
    if need in row.fills and probe == families.ways(row, need, None)[0]:
        return "fdb-length" not in row.fdb or (bool(index) and not has_length(index))
    if need in row.fills and probe == "fdb-length":
        return has_length(index)
    if first is None or not _is_standard(COLUMN[probe], index):
        return False
    by_mac = COLUMN[probe] in ("dot1dTpFdbPort", "hwDynFdbPort")
    return probe in WHOLE or (by_mac and COLUMN["fdb"] not in first and not row.contexts)


def _is_standard(column: str, index: Oid) -> bool:
    """Whether the index of a table's first row is what its MIB says: rows of another one are not found by it."""
    match column:
        case "dot1qTpFdbPort":
            return (len(index) == 7 or has_length(index)) and max(index[-6:]) < 256
        case "dot1dTpFdbPort":
            return len(index) == 6 and max(index) < 256
        case "hwDynFdbPort":
            return len(index) > 6 and max(index[:6]) < 256
        case "ipNetToPhysicalPhysAddress":
            return len(index) == 7 and index[1:3] == (1, 4) and max(index[-4:]) < 256
        case _:
            return len(index) >= 5 and max(index[-4:]) < 256
