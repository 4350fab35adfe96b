"""The one rule, as a table: what a check says x what was answered -> the outcome."""

from collections.abc import Iterable

import pytest

from nlbwiz.check import About, Clear, Finding, Gap, Kind, Need, Note, Said, Severity
from nlbwiz.facts import Coverage
from nlbwiz.judge import Check, judge
from nlbwiz.known import Facts

ANSWERED: dict[tuple[Need, str], Coverage] = {("cluster", "nlb1"): "answered", ("arp", "gw1"): "answered"}


def finding(*seen_by: str, possible: str = "", severity: Severity | None = None) -> Finding:
    return Finding(
        where="x",
        saw="y",
        expected="z",
        seen_by=seen_by,
        evidence=("x/y",),
        possible=possible,
        severity=severity,
    )


CLEAR = Clear(where="gw1", saw="holds the right MAC", evidence=("gw1/arp",))
GAP = Gap(where="nlb1", why="duplicate detection is off", resolve="switch it on", evidence=())
NOTE = Note(where="nlb1", saw="worth saying", evidence=())


def check(
    *said: Said, views: int = 1, needs: tuple[Need, ...] = ("cluster", "arp"), also: tuple[Need, ...] = ()
) -> Check:
    about = About(
        id="NLB999",
        title="t",
        question="q",
        severity="critical",
        needs=needs,
        also=also,
        sources=("s",),
        views=views,
    )
    return Check(about=about, slug="test", page="p", evaluate=lambda _: said)


def facts(changes: dict[tuple[Need, str], Coverage] | None = None) -> Facts:
    return Facts(cluster="web", coverage={**ANSWERED, **(changes or {})})


@pytest.mark.parametrize(
    ("said", "views", "want"),
    [
        ((CLEAR,), 1, "ruled_out"),
        ((CLEAR, NOTE), 1, "ruled_out"),
        ((NOTE,), 1, "unknown"),
        ((), 1, "unknown"),
        ((CLEAR, GAP), 1, "unknown"),
        ((finding("a"),), 1, "confirmed"),
        ((finding("a"), CLEAR, GAP), 1, "confirmed"),
        ((finding("a"), finding("b")), 2, "possible"),
        ((finding("a", "b"),), 2, "confirmed"),
        ((finding("a", "a"),), 2, "possible"),
        ((finding("a", "operator"),), 2, "possible"),
        ((finding("operator"),), 1, "possible"),
        ((finding("a", "b", possible="a guess"),), 1, "possible"),
        ((finding("a", possible="a guess"), finding("b")), 1, "confirmed"),
    ],
)
def test_what_a_check_says_gives_its_outcome(said: Iterable[Said], views: int, want: Kind) -> None:
    assert judge(check(*said, views=views), facts()).outcome == want


@pytest.mark.parametrize("state", ["lost", "pending"])
def test_nothing_is_ruled_out_while_a_needed_answer_is_not_there(state: Coverage) -> None:
    out = judge(check(CLEAR), facts({("arp", "gw1"): state}))
    assert out.outcome == "unknown"
    assert out.final is (state == "lost")
    assert [(m.need, m.target) for m in out.missing] == ([("arp", "gw1")] if state == "lost" else [])
    assert "gw1" in out.reason


def test_a_need_that_nobody_can_be_asked_is_missing_not_fine() -> None:
    out = judge(check(CLEAR, needs=("cluster", "fdb")), facts())
    assert out.outcome == "unknown"
    assert [(m.need, m.target) for m in out.missing] == [("fdb", "")]


def test_what_is_only_also_wanted_is_never_missing_and_nobody_waits_for_it() -> None:
    pending = judge(check(CLEAR, also=("jump-neighbors",)), facts({("jump-neighbors", "jump"): "pending"}))
    assert (pending.outcome, pending.final) == ("ruled_out", True)
    lost = judge(check(CLEAR, also=("jump-neighbors",)), facts({("jump-neighbors", "jump"): "lost"}))
    assert (lost.outcome, lost.missing) == ("ruled_out", ())


def test_ruled_out_says_what_was_seen() -> None:
    assert judge(check(CLEAR), facts()).reason == "gw1: holds the right MAC"


def test_missing_evidence_stays_beside_a_confirmed_finding() -> None:
    out = judge(check(finding("a")), facts({("arp", "gw1"): "lost"}))
    assert (out.outcome, len(out.missing)) == ("confirmed", 1)


def test_the_worst_sure_finding_gives_the_severity() -> None:
    assert judge(check(finding("a", severity="warning")), facts()).severity == "warning"
    assert judge(check(finding("a", severity="warning"), finding("b")), facts()).severity == "critical"
    assert (
        judge(check(finding("a", severity="warning"), finding("b", possible="a guess")), facts()).severity == "warning"
    )


def test_a_crash_of_the_check_is_unknown_with_its_text() -> None:
    def broken(_: Facts) -> Iterable[Said]:
        yield CLEAR
        raise ZeroDivisionError("one over nothing")

    about = check().about
    out = judge(Check(about=about, slug="s", page="p", evaluate=broken), facts())
    assert out.outcome == "unknown"
    assert out.reason == "the check itself failed: ZeroDivisionError: one over nothing"


def test_what_does_not_apply_needs_nothing() -> None:
    about = check().about
    one = Check(about=about, slug="s", page="p", evaluate=lambda _: (), applies=lambda _: "no node runs unicast")
    out = judge(one, facts({("arp", "gw1"): "lost"}))
    assert (out.outcome, out.reason, out.missing) == ("not_applicable", "no node runs unicast", ())
