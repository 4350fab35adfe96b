"""What holds for every check: its truth table, that nothing is ruled out without evidence, its form, and its commands."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from nlbwiz import registry
from nlbwiz.check import Do, Finding, Kind, Said
from nlbwiz.commands import render
from nlbwiz.judge import Check, Outcome, judge
from nlbwiz.known import Facts
from tests.taken import Place, place, places, without

CHECKS = registry.checks()
ROWS = [(check, what, facts, want) for check in CHECKS for what, facts, want in check.examples]
RULED_OUT = [(check, what, facts) for check, what, facts, want in ROWS if want == "ruled_out"]
FOUND = ("confirmed", "possible")

PURE = frozenset(
    {
        "collections", "collections.abc", "dataclasses", "datetime", "enum", "fractions", "functools", "ipaddress",
        "itertools", "math", "operator", "re", "statistics", "string", "textwrap", "typing",
    }
)  # fmt: skip
"""What a check may import besides nlbwiz.check: standard library that reads nothing and writes nothing."""

each_check = pytest.mark.parametrize("check", CHECKS, ids=[check.slug for check in CHECKS])
each_ruled_out = pytest.mark.parametrize(
    ("check", "facts"),
    [(check, facts) for check, _, facts in RULED_OUT],
    ids=[f"{check.about.id}: {what}" for check, what, _ in RULED_OUT],
)


def needed(check: Check, facts: Facts) -> list[Place]:
    return [where for where in facts.coverage if where[0] in check.about.needs]


def named(outcome: Outcome) -> set[tuple[str, str]]:
    return {(one.need, one.target) for one in outcome.missing}


# ---- the truth tables ----


@pytest.mark.parametrize(
    ("check", "facts", "want"),
    [(check, facts, want) for check, _, facts, want in ROWS],
    ids=[f"{check.about.id}: {what}" for check, what, _, _ in ROWS],
)
def test_each_row_of_a_truth_table_gives_its_outcome(check: Check, facts: Facts, want: Kind) -> None:
    outcome = judge(check, facts)
    assert outcome.outcome == want, outcome.reason


@each_check
def test_a_truth_table_has_rows_that_pass_fail_and_cannot_tell(check: Check) -> None:
    wanted = {want for _, _, want in check.examples}
    assert "ruled_out" in wanted
    assert "unknown" in wanted
    assert wanted & set(FOUND)
    if check.applies:
        assert "not_applicable" in wanted


@each_check
def test_no_two_rows_of_a_truth_table_say_the_same(check: Check) -> None:
    texts = [what for what, _, _ in check.examples]
    assert len(texts) == len(set(texts))


@each_check
def test_every_fact_of_a_row_comes_from_an_answer_of_that_row(check: Check) -> None:
    for what, facts, _ in check.examples:
        answered = {where for where, state in facts.coverage.items() if state == "answered"}
        assert places(facts) <= answered, what


@each_check
def test_a_row_answers_all_that_its_check_asks_for(check: Check) -> None:
    """Else taking an answer away would try nothing."""
    for what, facts, want in check.examples:
        if want == "ruled_out":
            assert {need for need, _ in facts.coverage} >= set(check.about.needs), what


# ---- not looked at is never healthy ----


@each_ruled_out
def test_taking_any_needed_answer_away_makes_it_unknown_and_names_it(check: Check, facts: Facts) -> None:
    for where in needed(check, facts):
        outcome = judge(check, without(facts, where.__eq__))
        assert outcome.outcome == "unknown", (where, outcome.reason)
        assert where in named(outcome)
        assert where[1] in outcome.reason


@each_ruled_out
def test_a_need_that_nobody_can_be_asked_is_unknown_not_fine(check: Check, facts: Facts) -> None:
    for need in check.about.needs:
        bare = without(facts, lambda where, need=need: where[0] == need, state=None)  # type: ignore[misc]  # bound early
        outcome = judge(check, bare)
        assert outcome.outcome == "unknown", (need, outcome.reason)
        assert (need, "") in named(outcome)


@each_ruled_out
def test_while_anything_it_needs_is_pending_it_is_provisional(check: Check, facts: Facts) -> None:
    for where in (where for where in facts.coverage if where[0] in check.about.needs):
        outcome = judge(check, without(facts, where.__eq__, state="pending"))
        assert outcome.outcome not in ("ruled_out", *FOUND), (where, outcome.reason)
        assert not outcome.final
        assert f"{where[0]}@{where[1]}" in outcome.waiting_for


@each_ruled_out
def test_what_it_does_not_need_decides_nothing(check: Check, facts: Facts) -> None:
    before = judge(check, facts)
    after = judge(check, without(facts, lambda where: where[0] not in check.about.needs))
    assert (after.outcome, after.missing) == (before.outcome, before.missing), after.reason


@each_ruled_out
def test_no_single_answer_that_it_does_not_need_decides_anything(check: Check, facts: Facts) -> None:
    for where in (where for where in facts.coverage if where[0] not in check.about.needs):
        outcome = judge(check, without(facts, where.__eq__))
        assert (outcome.outcome, outcome.missing) == ("ruled_out", ()), (where, outcome.reason)


@each_ruled_out
def test_ruled_out_is_nothing_but_the_list_of_what_was_seen_in_order(check: Check, facts: Facts) -> None:
    outcome = judge(check, facts)
    assert outcome.clears
    assert outcome.reason == "; ".join(dict.fromkeys(f"{one.where}: {one.saw}" for one in outcome.clears))
    assert (outcome.findings, outcome.gaps) == ((), ())


@each_check
def test_a_site_that_told_nothing_is_unknown(check: Check) -> None:
    """Every machine silent: the check neither crashes nor finds nor clears anything."""
    for what, facts, want in check.examples:
        if want == "not_asked":
            continue
        outcome = judge(check, without(facts, lambda _: True))
        assert (outcome.outcome, outcome.findings, outcome.clears) == ("unknown", (), ()), what
        assert outcome.missing
        assert not outcome.reason.startswith("the check itself failed"), what


@each_check
def test_a_check_that_crashes_is_unknown_with_the_text(check: Check) -> None:
    def crash(_: Facts) -> Iterable[Finding]:
        raise RuntimeError("it broke here")

    for what, facts, want in check.examples:
        if want not in ("not_applicable", "not_asked"):
            outcome = judge(replace(check, evaluate=crash), facts)
            assert outcome.outcome == "unknown", what
            assert outcome.reason == "the check itself failed: RuntimeError: it broke here"


@each_check
def test_the_same_facts_give_the_same_words(check: Check) -> None:
    for what, facts, _ in check.examples:
        assert judge(check, facts) == judge(check, facts), what


# ---- the form of a check file ----


@each_check
def test_a_check_imports_its_vocabulary_and_nothing_that_touches_the_world(check: Check) -> None:
    source = (registry.shipped_folder() / f"{check.slug}.py").read_text(encoding="utf-8")
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.append(node.module or "")
    assert [name for name in names if name != "nlbwiz.check" and name not in PURE] == []
    assert "nlbwiz.check" in names


def test_ids_and_titles_are_unique() -> None:
    for texts in ([check.about.id for check in CHECKS], [check.about.title for check in CHECKS]):
        assert len(texts) == len(set(texts))


@each_check
def test_a_check_says_where_its_knowledge_is_written(check: Check) -> None:
    assert check.about.sources
    assert all(len(source.split()) >= 2 for source in check.about.sources)


@each_check
def test_a_page_begins_with_the_fault_in_one_sentence_and_holds_nothing_of_this_machine(check: Check) -> None:
    first, _, rest = check.page.partition("\n")
    assert first.endswith(".")
    assert len(rest.split()) > 50
    assert not re.search(r"/work\b|/tmp\b|/home/|/root\b|[A-Z]:\\Users|TODO|FIXME", check.page)


@each_check
def test_a_check_needs_and_also_asks_for_different_things(check: Check) -> None:
    both = (*check.about.needs, *check.about.also)
    assert len(both) == len(set(both))


# ---- what it says, and what it tells the operator to do ----


def findings() -> Iterator[tuple[Check, Facts, Finding]]:
    for check, _, facts, _ in ROWS:
        for finding in judge(check, facts).findings:
            yield check, facts, finding


def steps(finding: Finding) -> tuple[Do, ...]:
    return (*finding.fix, *finding.verify, *finding.undo)


def test_a_finding_tells_where_what_and_who_saw_it() -> None:
    for check, facts, finding in findings():
        known = {target for _, target in facts.coverage} | {"operator"}
        assert finding.where, check.slug
        assert finding.saw, check.slug
        assert finding.expected, check.slug
        assert finding.seen_by, check.slug
        assert set(finding.seen_by) <= known, (check.slug, finding.seen_by)


@each_check
def test_everything_said_names_evidence_that_was_there(check: Check) -> None:
    for what, facts, _ in check.examples:
        outcome = judge(check, facts)
        there = {where for where, state in facts.coverage.items() if state == "answered"}
        for label in outcome.evidence:
            assert place(label) is None or place(label) in there, (what, label)
        said: tuple[Said, ...] = (*outcome.findings, *outcome.clears, *outcome.notes)
        assert all(one.evidence for one in said), what


def test_a_finding_has_something_to_do_to_verify_and_to_undo() -> None:
    for check, _, finding in findings():
        assert finding.fix, (check.slug, finding.saw)
        assert finding.verify, (check.slug, finding.saw)
        assert finding.undo, (check.slug, finding.saw)
        assert all(step.text for step in steps(finding))


@each_check
def test_a_check_has_an_exact_command_to_fix_to_verify_and_to_undo(check: Check) -> None:
    own = [finding for _, facts, _ in check.examples for finding in judge(check, facts).findings]
    for part in ("fix", "verify", "undo"):
        assert any(step.phrase for finding in own for step in getattr(finding, part)), part


@cache
def written() -> frozenset[str]:
    return frozenset(registry.phrase_book())


def platforms(facts: Facts, target: str) -> Collection[str]:
    """The written platforms that a step on this target may be rendered for: a switch may be any of the others."""
    return ("windows",) if facts.platform(target) == "windows" else written() - {"windows"}


def test_every_phrase_is_written_or_impossible_on_every_platform_that_is_written() -> None:
    book = registry.phrase_book()
    for check, facts, finding in findings():
        for step in (step for step in steps(finding) if step.phrase):
            assert step.on in {target for _, target in facts.coverage}, (check.slug, step)
            for platform in platforms(facts, step.on):
                known = book[platform]
                assert step.phrase in known.phrases or step.phrase in known.impossible, (check.slug, platform, step)


def test_every_step_gives_its_phrase_all_the_values_it_takes() -> None:
    book = registry.phrase_book()
    for check, facts, finding in findings():
        for step in (step for step in steps(finding) if step.phrase):
            for platform in platforms(facts, step.on):
                rendered = render(step, platform, book)
                assert bool(rendered.lines) != (step.phrase in book[platform].impossible), (check.slug, rendered)
                assert all("{" not in value for _, value in step.values), (check.slug, step)


def test_the_undo_of_a_removed_entry_is_its_exact_text() -> None:
    """What `remove static arp` and `remove neighbor` take out stands in the undo, with its MAC."""
    back = {"remove static arp": "add static arp", "remove neighbor": "add neighbor"}
    tried = 0
    for check, _, finding in findings():
        for step in (step for step in finding.fix if step.phrase in back):
            undo = [one for one in finding.undo if one.phrase == back[step.phrase] and one.on == step.on]
            values = dict(step.values)
            assert any(dict(one.values)["ip"] == values["ip"] and "mac" in dict(one.values) for one in undo), check.slug
            tried += 1
    assert tried


def test_every_phrase_of_the_last_resort_is_written() -> None:
    book = registry.phrase_book()
    for symptom in registry.tree().symptoms.values():
        for step in (*symptom.last_resort.steps, *symptom.last_resort.undo) if symptom.last_resort else ():
            assert not step.phrase or render(step, "windows", book).lines, step


def test_every_phrase_of_the_book_is_used() -> None:
    """A line that no step can lead to is a line that nobody reviews."""
    tree = registry.tree()
    used = {step.phrase for _, _, finding in findings() for step in steps(finding)}
    used |= {
        step.phrase
        for symptom in tree.symptoms.values()
        if symptom.last_resort
        for step in (*symptom.last_resort.steps, *symptom.last_resort.undo)
    }
    for platform in registry.phrase_book().values():
        assert {*platform.phrases, *platform.impossible} <= used, platform.name


def test_a_platform_says_of_each_phrase_one_thing_only() -> None:
    for platform in registry.phrase_book().values():
        assert not set(platform.phrases) & set(platform.impossible), platform.name
        assert platform.unconfirmed <= set(platform.phrases), platform.name
