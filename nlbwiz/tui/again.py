"""Whom to ask again, and for what, to see whether one cause is still there. Pure."""

from collections.abc import Iterable, Mapping

from nlbwiz.check import About
from nlbwiz.facts import Need
from nlbwiz.plain import line
from nlbwiz.probes import PROBES
from nlbwiz.report.model import OutcomeText
from nlbwiz.tui.news import Told


def asked_again(told: Told, one: OutcomeText, about: About) -> dict[str, frozenset[Need]]:
    """Target -> needs: not the whole site, only the machines whose answer can change what this cause came to.

    Of whoever saw it, is changed by the fix, or did not answer: all that the check needs of it. Of the others that a
    finding rests on: just what it cites. Without a finding the outcome rests on everything that it cites.
    """
    asked: dict[str, set[Need]] = {}
    by_label: dict[str, tuple[str, Need]] = {}
    for each in told.evidence:
        if each.ask.probe in PROBES and each.ask.target != "operator":
            need = PROBES[each.ask.probe].gives
            asked.setdefault(line(each.ask.target), set()).add(need)
            by_label[line(each.label)] = (line(each.ask.target), need)
    found: dict[str, set[Need]] = {}
    labels = [label for finding in one.findings for label in finding.evidence] or one.evidence
    for label in labels:
        if label in by_label:
            target, need = by_label[label]
            found.setdefault(target, set()).add(need)
    for target in _whole(one):
        found.setdefault(target, set()).update(need for need in about.needs if need in asked.get(target, ()))
    return {target: frozenset(needs) for target, needs in found.items() if needs}


def _whole(one: OutcomeText) -> list[str]:
    changed = (
        step.on for finding in one.findings for step in (*finding.fix, *finding.verify) if step.on and step.lines
    )
    saw = (target for finding in one.findings for target in finding.seen_by)
    lost = (missing.target for missing in one.missing if missing.target)
    return list(dict.fromkeys([*saw, *changed, *lost]))


def answers(told: Told, targets: Iterable[str]) -> Mapping[str, int]:
    """How many answers each of these targets has given, former ones included: more of them is news."""
    counts = dict.fromkeys(targets, 0)
    for each in told.evidence:
        if (name := line(each.ask.target)) in counts:
            counts[name] += 1
    return counts
