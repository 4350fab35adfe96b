"""A saved run judged again: with its own words, or with the operator's of today."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nlbwiz.headless import Options, check
from nlbwiz.record.file import RunFile, read
from nlbwiz.report.model import OutcomeText, Report
from nlbwiz.site.model import Accept
from tests.made import AT, adapter, answer, cluster, host, instance, node, site, team, vnic, vswitch, word

TEAM_NIC = "Microsoft Network Adapter Multiplexor Driver"
QUESTION = "same_switch"
LABEL = f"operator/answer[{QUESTION}]"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A unicast node above a switch independent team whose cables nobody has seen: only the operator can tell."""
    return saved(tmp_path)


def saved(folder: Path, *said: str) -> Path:
    described = site(
        nodes=[node("nlb1", "172.31.3.11")],
        hosts=[host("hv1", "172.31.3.21")],
        clusters=[cluster("web", "172.31.3.232", "nlb1")],
    )
    with RunFile(folder / "run", described, "routine", AT) as file:
        file.add(answer("nlb1", "cluster", [instance(mode="UNICAST")]))
        file.add(answer("nlb1", "adapters", [adapter("00-15-5D-03-15-04")]))
        file.add(answer("hv1", "vnics", [vnic()]))
        file.add(answer("hv1", "vswitches", [vswitch(TEAM_NIC)]))
        file.add(answer("hv1", "teams", [team(mode=1, balancing=5)]))
        file.add(answer("hv1", "uplinks", [adapter("A0-36-9F-10-20-30", "NIC1", description="Intel(R) X520 #1")]))
        for one in said:
            file.add(word(QUESTION, one))
        file.end(AT)
    return folder / "run"


def teaming(report: Report) -> OutcomeText:
    (found,) = (one for one in report.outcomes if one.id == "NLB005")
    return found


def test_without_an_answer_the_question_is_asked(bundle: Path) -> None:
    report = check(Options(bundle=bundle))
    assert [question.id for question in report.questions] == [QUESTION]
    assert LABEL not in teaming(report).evidence


@pytest.mark.parametrize("value", ["yes", "no"])
def test_an_answer_that_is_given_now_counts_as_evidence(bundle: Path, value: str) -> None:
    report = check(Options(bundle=bundle, answers={QUESTION: value}))
    assert report.questions == []
    assert LABEL in teaming(report).evidence


def test_an_answer_of_today_comes_before_the_saved_one(tmp_path: Path) -> None:
    path = saved(tmp_path, "no")
    no, yes = check(Options(bundle=path)), check(Options(bundle=path, answers={QUESTION: "yes"}))
    assert LABEL in teaming(no).evidence
    assert f"{LABEL}'" in teaming(yes).evidence
    assert teaming(no).reason != teaming(yes).reason


def test_not_sure_takes_a_saved_answer_back(tmp_path: Path) -> None:
    path = saved(tmp_path, "no")
    report = check(Options(bundle=path, answers={QUESTION: "not sure"}))
    assert [question.id for question in report.questions] == [QUESTION]
    assert LABEL not in teaming(report).evidence


def test_the_operators_word_alone_confirms_nothing(bundle: Path) -> None:
    for value in ("yes", "no"):
        assert teaming(check(Options(bundle=bundle, answers={QUESTION: value}))).outcome != "confirmed"


def test_a_bundle_is_judged_as_of_its_own_end(bundle: Path) -> None:
    report = check(Options(bundle=bundle))
    assert (report.started, report.ended, report.symptom) == (AT, AT, "routine")


def test_an_exception_that_counts_for_nothing_is_said(bundle: Path, tmp_path: Path) -> None:
    run = read(bundle)
    accepts = tuple(
        Accept(cause=cause, cluster="web", reason="known", until=until)
        for cause, until in (("NLB099", date(2999, 1, 1)), ("NLB005", date(2020, 1, 1)), ("NLB006", date(2999, 1, 1)))
    )
    with RunFile(tmp_path / "accepts.nlbwiz", replace(run.site, accepts=accepts), run.symptom, run.started) as file:
        for one in run.evidence:
            file.add(one)
        file.end(run.ended)
    said: list[str] = []
    check(Options(bundle=tmp_path / "accepts.nlbwiz", warn=said.append))
    assert said == [
        "the exception of NLB099 for web counts for nothing: there is no such cause",
        "the exception of NLB005 for web ended on 2020-01-01: it counts no longer",
    ]
