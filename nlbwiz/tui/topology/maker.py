"""What every part of the picture is made with: its words, why something is not there, the findings that name it. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache

from nlbwiz.facts import FdbEntry, Need
from nlbwiz.joins.cabling import port_at
from nlbwiz.joins.ownership import own_macs
from nlbwiz.joins.sightings import Sighting, sightings
from nlbwiz.judge import Outcome
from nlbwiz.known import Facts
from nlbwiz.plain import line
from nlbwiz.tui.topology.parts import Part, Words

_KINDS = {
    "Instance": "NLB instance", "Vip": "in NLB's list", "NodeState": "state", "Nic": "adapter", "Address": "TCP/IP address",
    "ArpView": "ARP", "MacPool": "MAC pool", "VNic": "virtual NIC", "VSwitch": "vSwitch", "FdbEntry": "MAC table row",
    "LldpNeighbour": "LLDP neighbour", "Uplink": "uplink (site file)",
}  # fmt: skip


_IN_LABEL = frozenset({"evidence", "guid", "target", "device", "via"})
"""Values that the evidence label names, or that nobody reads."""


@lru_cache(maxsize=16_384)
def spelled(fact: object) -> tuple[str, str]:
    """A fact as (words, evidence label): every value it holds, by its name. Cached: facts stay the same."""
    name = type(fact).__name__
    values = [
        f"{one.name.replace('_', ' ')} {_value(value)}"
        for one in fields(fact)  # type: ignore[arg-type]  # every fact is a dataclass
        if one.name not in _IN_LABEL and (value := getattr(fact, one.name)) not in (None, "", ())
    ]
    return line(f"{_KINDS.get(name, name.lower())}: {', '.join(values)}", 400), line(getattr(fact, "evidence", ""))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def sight(one: Sighting) -> Words:
    """What became of a MAC that somebody sees for an address of the cluster: `joins.ownership` has decided."""
    if one.undecided:
        return f"not decided: {one.undecided}", "unknown"
    if one.owner == "own":
        return "as computed" if not one.node else "its own", "good"
    if one.owner in ("start", "past", "probe"):
        return one.why, "quiet"
    return f"DIFFERS: {one.owner}", "maybe" if one.possible or one.old else "bad"


def seen_mac(one: Sighting) -> list[Words]:
    """The MAC with what became of it; a wrong one in its colour, and the words beside it."""
    said = sight(one)
    return [(one.mac, said[1] if said[1] in ("bad", "maybe") else "text"), said]


class Maker:
    """One cluster's facts and outcomes, and what several parts need, computed once."""

    def __init__(self, facts: Facts, outcomes: Sequence[Outcome], silent: Mapping[tuple[str, str], str]) -> None:
        self.facts = facts
        self.outcomes = outcomes
        self.silent = silent
        self.sights = sightings(facts)
        self.own = own_macs(facts)

    def part(
        self, kind: str, *names: str, name: str, lines: Iterable[Words], told: Iterable[object] = (),
        phrases: Sequence[str] = (), targets: Sequence[str] = (),
    ) -> Part:  # fmt: skip
        """A part with the findings that name it in their `where` (`phrases`), and the causes that lack its answers."""
        marks: list[Words] = []
        causes: list[Words] = []
        for outcome in self.outcomes:
            word = {"confirmed": "CONFIRMED", "accepted": "accepted"}.get(outcome.outcome, "possible")
            role = {"CONFIRMED": "bad", "accepted": "quiet"}.get(word, "maybe")
            for finding in outcome.findings:
                named = any(re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", finding.where) for one in phrases)
                if named:
                    marks.append((f"{outcome.id} {word}", role))
                if named or not set(targets).isdisjoint(finding.seen_by):
                    causes.append((f"{outcome.id} {word}: {finding.where}: {finding.saw}", role))
            if outcome.outcome == "not_applicable":
                continue
            missing = [one for one in outcome.missing if one.target in targets]
            if needs := [one for one in missing if one.need]:
                lacks = ", ".join(one.need for one in needs)
                causes.append((f"{outcome.id} is not decided without it: {needs[0].target}: {lacks}", "unknown"))
            causes += [
                (f"{outcome.id} is left open: {one.target}: {one.why}", "unknown") for one in missing if not one.need
            ]
        return Part(
            key=(self.facts.cluster, kind, *names),
            kind=kind,
            name=line(name, 60),
            lines=tuple((line(text, 300), role) for text, role in _joined(lines, marks)),
            told=tuple(dict.fromkeys(map(spelled, told))),
            causes=tuple(dict.fromkeys((line(text, 600), role) for text, role in causes)),
        )

    def unread(self, *needs: Need, of: str) -> list[Words]:
        """Who did not give it, in short, and why; nothing where all is there."""
        found: list[Words] = []
        for need in needs:
            match self.facts.coverage.get((need, of)):
                case "answered":
                    continue
                case "pending":
                    found.append((f"waiting for {of}: {need}", "waiting"))
                case _:
                    why, _ = self.facts.lost.get((need, of), ("nobody is listed who could be asked", ""))
                    status = self.silent.get((need, of), "")
                    same = any(text == why for text, _ in found)
                    found += (
                        []
                        if same
                        else [
                            (f"not read: {of}, {need}" + (f": {status}" if status else ""), "unknown"),
                            (why, "quiet"),
                        ]
                    )
        return found

    def port_name(self, row: FdbEntry) -> str:
        """The port of a MAC table row, by its name where the port table was read."""
        port = port_at(self.facts, row.target, row.port or 0)
        return port.name if port else f"port {row.port}"


def _joined(lines: Iterable[Words], marks: Sequence[Words]) -> Iterator[Words]:
    """The lines with their findings: one that is named already stands at its place, with its state."""
    left = list(dict.fromkeys(marks))
    for text, role in lines:
        same = next((one for one in left if text == f"DIFFERS: {one[0].partition(' ')[0]}"), None)
        if same:
            left.remove(same)
        yield (f"DIFFERS: {same[0]}", same[1]) if same else (text, role)
    yield from left


def some(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    each = list(dict.fromkeys(names))
    return " ".join(each[:4]) + (f" and {len(each) - 4} more" if len(each) > 4 else "")
