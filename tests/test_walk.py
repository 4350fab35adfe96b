"""The tree over outcomes: order, explanation, exceptions, roll-up, advice."""

from datetime import date

import pytest

from nlbwiz.check import Finding, Kind, Missing, Severity
from nlbwiz.judge import Outcome
from nlbwiz.site.model import Accept
from nlbwiz.walk import Advice, Branch, Symptom, Tree, walk

LAST = Advice(id="set-arpretrycount", title="t", hides="a real duplicate", steps=(), undo=())
TREE = Tree(
    symptoms={
        "duplicate-ip": Symptom(
            id="duplicate-ip",
            title="t",
            order=(Branch(cause="NLB003", because="b"), Branch(cause="NLB001", because="b")),
            last_resort=LAST,
            last_resort_after=("NLB001", "NLB003"),
        ),
        "routine": Symptom(id="routine", title="t", order=(Branch(cause="NLB001", because="b"),)),
    },
    questions={},
)
LOST = (Missing(need="arp", target="gw1", why="silent", resolve="look"),)


def out(
    id_: str,
    kind: Kind,
    severity: Severity | None = None,
    missing: tuple[Missing, ...] = (),
    effect_of: tuple[str, ...] = (),
) -> Outcome:
    found = Finding(where="x", saw="y", expected="z", seen_by=("x",), evidence=(), effect_of=effect_of)
    findings = (found,) if kind in ("confirmed", "possible") else ()
    return Outcome(
        cluster="web",
        id=id_,
        slug="s",
        title="t",
        outcome=kind,
        severity=severity,
        reason="r",
        findings=findings,
        missing=missing,
    )


@pytest.mark.parametrize(
    ("outcomes", "verdict", "code"),
    [
        ([out("NLB001", "ruled_out"), out("NLB003", "not_applicable")], "healthy", 0),
        ([out("NLB001", "possible", "warning"), out("NLB003", "ruled_out")], "warning", 1),
        ([out("NLB001", "confirmed", "warning")], "warning", 1),
        ([out("NLB001", "confirmed", "critical"), out("NLB003", "unknown")], "critical", 2),
        ([out("NLB001", "unknown"), out("NLB003", "confirmed", "warning")], "unknown", 3),
        ([out("NLB001", "confirmed", "warning", missing=LOST)], "unknown", 3),
        ([out("NLB001", "confirmed", "critical", missing=LOST)], "critical", 2),
        ([out("NLB001", "not_asked"), out("NLB003", "ruled_out")], "healthy", 0),
        ([out("NLB001", "not_asked")], "unknown", 3),
        ([], "unknown", 3),
    ],
)
def test_the_roll_up(outcomes: list[Outcome], verdict: str, code: int) -> None:
    done = walk(TREE, "routine", outcomes)
    assert (done.verdict, done.exit_code) == (verdict, code)


def test_the_symptom_gives_the_order_and_strangers_come_last() -> None:
    done = walk(
        TREE, "duplicate-ip", [out("NLB009", "ruled_out"), out("NLB001", "ruled_out"), out("NLB003", "ruled_out")]
    )
    assert [o.id for o in done.outcomes] == ["NLB003", "NLB001", "NLB009"]


def test_an_effect_is_tied_to_its_cause_only_where_that_is_confirmed() -> None:
    effect = out("NLB010", "confirmed", "critical", effect_of=("NLB002", "NLB007"))
    alone = walk(TREE, "routine", [effect, out("NLB007", "possible", "critical")])
    assert [o.explained_by for o in alone.outcomes if o.id == "NLB010"] == [("",)]
    tied = walk(TREE, "routine", [effect, out("NLB007", "confirmed", "critical")])
    assert [o.explained_by for o in tied.outcomes if o.id == "NLB010"] == [("NLB007",)]
    leading = tied.leading()
    assert leading is not None
    assert leading.id == "NLB007"


@pytest.mark.parametrize(
    ("kind", "until", "want"),
    [
        ("confirmed", date(2026, 11, 24), "accepted"),
        ("possible", date(2026, 11, 25), "accepted"),
        ("confirmed", date(2026, 11, 23), "confirmed"),
        ("unknown", date(2027, 1, 1), "unknown"),
    ],
)
def test_an_exception_holds_until_the_end_of_its_day_and_never_covers_the_unknown(
    kind: Kind, until: date, want: Kind
) -> None:
    accepts = [Accept(cause="NLB001", cluster="web", reason="CHG-1234", until=until)]
    done = walk(TREE, "routine", [out("NLB001", kind, "critical")], accepts=accepts, today=date(2026, 11, 24))
    assert done.outcomes[0].outcome == want
    assert done.exit_code == {"accepted": 0, "confirmed": 2, "unknown": 3}[want]


@pytest.mark.parametrize(
    ("first", "second", "offered"),
    [
        ("ruled_out", "ruled_out", True),
        ("not_applicable", "ruled_out", True),
        ("ruled_out", "unknown", False),
        ("confirmed", "ruled_out", False),
    ],
)
def test_the_last_resort_is_offered_only_when_nothing_before_it_is_left(
    first: Kind, second: Kind, offered: bool
) -> None:
    done = walk(TREE, "duplicate-ip", [out("NLB001", first), out("NLB003", second)])
    assert bool(done.advice) is offered
    assert not walk(TREE, "routine", [out("NLB001", first), out("NLB003", second)]).advice
