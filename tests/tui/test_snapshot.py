"""The screen as a value: rows, marks and words from a report, a walk and steps, without a screen."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import msgspec
import pytest

from nlbwiz.lab.scenario import names
from nlbwiz.record.evidence import Step
from nlbwiz.tui import drawing, pages
from nlbwiz.tui.news import Told
from nlbwiz.tui.snapshot import (
    MARKS,
    SAID,
    Heard,
    Snapshot,
    changes,
    former,
    hear,
    settled,
    snapshot,
    step_word,
)
from tests.live.scenarios import run

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def told(name: str) -> Told:
    one = run(name)
    return Told(walk=one.walk, report=one.report, evidence=one.evidence)


def shot(name: str, **other: object) -> Snapshot:
    return snapshot(told(name), {}, {}, running=False, now_s=1.0)


def test_every_state_has_a_glyph_and_a_word_of_its_own() -> None:
    assert len({mark for mark, _ in MARKS.values()}) == len(MARKS)
    assert set(MARKS) <= set(SAID)
    assert all(len(mark) == 3 for mark, _ in MARKS.values())


def test_a_confirmed_cause_leads_and_every_row_says_its_reason() -> None:
    one = shot("old-static-arp")
    assert one.leading == ("web", "NLB003")
    asked = [row for row in one.causes if row.state != "not_asked"]
    assert (one.state, one.total, one.final) == ("confirmed", len(asked), True)
    assert one.decided == sum(row.state != "unknown" for row in asked)
    assert all(row.reason for row in one.causes)


def test_unknown_is_not_decided_and_says_who_did_not_answer() -> None:
    one = shot("half-dark")
    assert (one.decided, one.leading) == (0, None)
    assert "nlb2 denied" in one.by_key["web", "NLB001"].reason
    marks = {row.name: row.mark for row in one.targets}
    assert {name: marks[name] for name in ("nlb1", "nlb2", "hv2", "sw2")} == {
        "nlb1": "ok", "nlb2": "NO", "hv2": "NO", "sw2": "NO",
    }  # fmt: skip


def test_what_waits_says_for_whom_at_which_step_and_since_when() -> None:
    before = deepcopy(told("old-static-arp"))  # the others look at the same run
    first, *rest = before.walk.outcomes
    waiting = replace(
        first, outcome="unknown", waiting_for=("vnics@hv1", "events@nlb1"), reason="waiting for vnics@hv1"
    )
    walk = replace(before.walk, outcomes=(waiting, *rest))
    before.report.outcomes[0].outcome = "unknown"
    heard = {"hv1": Heard(text="script", since_s=2.0, last_s=3.0, waiting=4)}
    one = snapshot(replace(before, walk=walk), heard, {"hv1": 20.0}, running=True, now_s=8.0)
    assert (one.causes[0].state, one.causes[0].reason) == ("waiting", "for hv1 6 of 20 s (script), nlb1")
    assert one.causes[0].waits == ("hv1", "nlb1")
    hv1 = next(row for row in one.targets if row.name == "hv1")
    assert (hv1.mark, hv1.running, hv1.took_s, hv1.causes) == ("..", True, 6.0, (first.id,))
    assert not one.final


def test_a_change_is_told_once_and_the_gravest_first() -> None:
    after = shot("old-static-arp")
    waiting = {key: replace(row, word="waiting", waits=("gw1",)) for key, row in after.by_key.items()}
    assert changes(replace(after, by_key=waiting), after)[0] == "NLB003 went from waiting to CONFIRMED, after gw1"
    assert changes(after, after) == []


def test_time_counts_from_where_a_target_begins_anew() -> None:
    heard = hear({}, Step(target="hv1", text="connecting", at=AT, waiting=3), 1.0)
    heard = hear(heard, Step(target="hv1", text="script", at=AT, waiting=3), 2.0)
    assert (heard["hv1"].since_s, heard["hv1"].last_s) == (1.0, 2.0)
    heard = settled(heard, (), 4.0)
    assert (heard["hv1"].waiting, heard["hv1"].last_s) == (0, 4.0)
    assert hear(heard, Step(target="hv1", text="again", at=AT, waiting=1), 9.0)["hv1"].since_s == 9.0


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("name", ["old-static-arp", "half-dark"])
def test_no_row_is_wider_than_the_screen(name: str, width: int) -> None:
    one = shot(name)
    for high in (1, 2, 4):
        for row in drawing.causes(one, width, high=high, problems_only=False):
            assert len(row.lines) == high
            assert all(sum(len(text) for text, _ in line) < width for line in row.lines), row
    for row in (*drawing.target_rows(one.targets, width), *drawing.strip(one.targets, width)):
        assert all(sum(len(text) for text, _ in line) < width for line in row.lines) or width < 60, row


@pytest.mark.parametrize("tab", pages.TABS)
@pytest.mark.parametrize("name", ["old-static-arp", "half-dark"])
def test_every_tab_of_every_cause_says_something(name: str, tab: str) -> None:
    one = told(name)
    for outcome in one.report.outcomes:
        page = list(pages.page(one, (outcome.cluster, outcome.id), tab, None, None))
        assert page or tab == "Verify", outcome.id


def test_the_fix_holds_every_line_of_the_report_in_its_order() -> None:
    one = told("old-static-arp")
    page = list(pages.page(one, ("web", "NLB003"), "Fix", None, None))
    outcome = next(o for o in one.report.outcomes if o.id == "NLB003")
    lines = [line for finding in outcome.findings for step in finding.fix for line in step.lines]
    assert [para.text for para in page if para.command] == lines


def test_a_reason_has_as_many_lines_as_the_screen_gives_it_whatever_it_says() -> None:
    one = shot("old-static-arp")
    heights = [len(row.lines) for row in drawing.causes(one, 60, high=2, extra=3, problems_only=False)]
    assert heights == [3, 3, 3] + [2] * (len(one.causes) - 3)
    for cause, row in zip(one.causes, drawing.causes(one, 60, high=4, problems_only=False), strict=True):
        said = " ".join("".join(text for text, _ in line).strip() for line in row.lines[1:]).strip()
        assert cause.reason.startswith(said.removesuffix("...").rstrip())


def test_no_name_is_cut_where_the_screen_is_80_columns_wide() -> None:
    one = shot("old-static-arp")
    for cause, row in zip(one.causes, drawing.causes(one, 80, high=1, problems_only=False), strict=True):
        text = "".join(text for text, _ in row.lines[0])
        assert cause.short in text
        assert cause.word in text
        assert cause.key[1] in text


def test_the_headline_says_who_was_not_read_before_anything_is_cut() -> None:
    one = shot("half-dark")
    text = "".join(text for text, _ in drawing.headline(one, 80))
    assert text.startswith(" [?] UNKNOWN not read: nlb2, hv2, sw2; ")
    assert text.rstrip().endswith(f"0 of {one.total} decided")
    assert "..." not in text


def test_the_times_of_a_round_stay_when_the_next_one_asks_others() -> None:
    heard = hear({}, Step(target="hv1", text="done", at=AT, waiting=0), 1.5)
    kept = former(heard)
    assert (kept["hv1"].last_s, kept["hv1"].waiting, kept["hv1"].former) == (1.5, 0, True)
    fresh = hear(kept, Step(target="hv1", text="asked", at=AT, waiting=1), 0.2)["hv1"]
    assert (fresh.since_s, fresh.former) == (0.2, False)


@pytest.mark.parametrize(
    ("text", "word"),
    [("3 of 5 answered, 12 PDUs", "3/5"), ("signing in", "signing"), ("asked for sysUpTime at x", "asked"), ("", "")],
)
def test_a_step_is_told_in_a_word(text: str, word: str) -> None:
    assert step_word(text) == word


# ---- what may be pasted in one go ----

SAVING = {"copy running-config startup-config", "write memory", "save"}


def blocks(name: str) -> list[tuple[str, ...]]:
    one = told(name)
    found = []
    for outcome in one.report.outcomes:
        for tab in ("Fix", "Undo"):
            page = list(pages.page(one, (outcome.cluster, outcome.id), tab, None, None))
            found += [para.command.block for para in page if para.command]
    return found


def test_all_lines_that_belong_together_are_copied_and_the_save_step_is_not_among_them() -> None:
    one = told("old-static-arp")
    page = list(pages.page(one, ("web", "NLB003"), "Fix", None, None))
    first = next(para.command for para in page if para.command)
    assert first.block == (
        "configure terminal", "no arp 172.31.1.232", "end",
        "configure terminal", "arp 172.31.1.232 03bf.ac1f.01e8 arpa", "end",
    )  # fmt: skip
    assert first.left == "by themselves: step 3"


@pytest.mark.parametrize("name", names())
def test_nothing_is_pasted_past_a_step_by_hand_another_machine_or_a_condition(name: str) -> None:
    for block in blocks(name):
        assert not (SAVING & set(block)) or len(block) == 1, block
        assert not any("Disconnect-" in line for line in block) or not any(
            line.startswith("Connect-") for line in block
        )
        assert not any("-Reload" in line for line in block) or "misconfigured" not in name or len(block) == 1, block
    one = told(name)
    for outcome in one.report.outcomes:
        for finding in outcome.findings:
            for steps in pages._blocks(finding.fix):
                assert len({finding.fix[at].on for at in steps}) == 1


def test_a_command_that_is_too_long_stays_one_row() -> None:
    command = pages.Command(on="hv1", lines=("Set-Something " + "x" * 200,))
    para = pages.Para(text=command.lines[0], role="command", command=command)
    ((texts, _, found),) = pages.lines([para], 60)
    assert len(texts) > 1
    assert all(len(text) <= 60 for text in texts)
    assert found == command


def many(count: int) -> Told:
    """What was told of a run in which one cause was found at so many places."""
    one = told("old-static-arp")
    found = next(each for each in one.report.outcomes if each.findings)
    more = msgspec.structs.replace(
        found, findings=[msgspec.structs.replace(found.findings[0], where=f"gw{n}") for n in range(count)]
    )
    outcomes = [more if each is found else each for each in one.report.outcomes]
    return replace(one, report=msgspec.structs.replace(one.report, outcomes=outcomes))


@pytest.mark.parametrize("tab", ["Why", "Fix", "Verify", "Undo"])
def test_of_a_page_only_what_is_taken_is_made(tab: str) -> None:
    """2,000 findings are 12,000 paragraphs and more: a screen takes some dozens."""
    made = 0

    def counted(paras: Iterator[pages.Para]) -> Iterator[pages.Para]:
        nonlocal made
        for para in paras:
            made += 1
            yield para

    page = counted(pages.page(many(2000), ("web", "NLB003"), tab, None, None))
    assert len(list(islice(pages.lines(page, 60), 40))) == 40
    assert made <= 40
    assert len(list(page)) > 6000, "and all of it is there"


def test_a_page_rests_on_what_it_says_and_not_on_when_it_was_judged() -> None:
    one, again, more = many(3), many(3), many(4)
    assert one.report.outcomes is not again.report.outcomes
    for tab in pages.TABS:
        assert pages.rests_on(one, ("web", "NLB003"), tab) == pages.rests_on(again, ("web", "NLB003"), tab)
        assert pages.rests_on(one, ("web", "NLB003"), tab) != pages.rests_on(more, ("web", "NLB003"), tab)
        assert pages.rests_on(one, ("web", "NLB001"), tab) == pages.rests_on(more, ("web", "NLB001"), tab)
