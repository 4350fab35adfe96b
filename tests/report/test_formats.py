"""Every format, byte by byte: the golden files are the contract. NLBWIZ_WRITE_GOLDEN=1 writes them anew, to be read."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from nlbwiz.report.formats import FORMATS, render
from nlbwiz.report.model import Report
from nlbwiz.schemas import NAMES, schema
from tests.report.reports import HOSTILE, LONG, REPORTS

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"text": "txt", "md": "md", "json": "json"}
CASES = [(name, form) for name in REPORTS for form in FORMATS]


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


@pytest.fixture(params=list(REPORTS))
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]()


@pytest.mark.parametrize(("name", "form"), CASES)
def test_a_report_is_written_byte_by_byte_as_it_was(name: str, form: str) -> None:
    report = REPORTS[name]()
    path = GOLDEN / f"{name}-{report.exit_code}.{SUFFIXES[form]}"
    text = render(report, form)
    if os.environ.get("NLBWIZ_WRITE_GOLDEN") == "1":
        path.write_bytes(text.encode("utf-8"))
    assert text == read(path)


def test_every_golden_file_belongs_to_a_case() -> None:
    made = {f"{name}-{REPORTS[name]().exit_code}.{SUFFIXES[form]}" for name, form in CASES}
    assert {path.name for path in GOLDEN.iterdir()} == made


@pytest.mark.parametrize(("name", "code"), [("healthy", 0), ("warning", 1), ("critical", 2), ("unknown", 3)])
def test_the_verdict_gives_the_exit_code(name: str, code: int) -> None:
    report = REPORTS[name]()
    assert (report.verdict, report.exit_code) == (name, code)


# ---- whatever the format ----


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_ends_with_one_line_feed_and_has_no_other_line_ends(report: Report, form: str) -> None:
    text = render(report, form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert len(text.splitlines()) == text.count("\n")


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_a_terminal_acts_on_is_written(report: Report, form: str) -> None:
    text = render(report, form)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert text.encode("utf-8")  # no lone surrogate either


@pytest.mark.parametrize("form", ["text", "md"])
def test_only_a_healthy_run_says_healthy(report: Report, form: str) -> None:
    says = "healthy" in render(report, form).lower()
    assert says is (report.verdict == "healthy")


def test_a_run_with_something_unknown_is_never_healthy(report: Report) -> None:
    if any(outcome.outcome == "unknown" or outcome.missing for outcome in report.outcomes):
        assert report.exit_code in (2, 3)
        assert "every cause" not in report.headline


@pytest.mark.parametrize("form", FORMATS)
def test_every_cause_its_evidence_and_its_fix_are_in_every_format(report: Report, form: str) -> None:
    text = render(report, form).replace("\\", "")
    words = re.sub(r"\s+", "", text)
    for outcome in report.outcomes:
        assert outcome.id in text
        for finding in outcome.findings:
            assert all(label in words for label in finding.evidence)
            for step in (*finding.fix, *finding.verify, *finding.undo):
                assert all(re.sub(r"\s+", "", line).replace("\\", "") in words.replace('"', '"') for line in step.lines)


# ---- text ----


def test_no_line_of_text_is_longer_than_100_columns_except_commands(report: Report) -> None:
    commands = {
        line
        for outcome in report.outcomes
        for f in outcome.findings
        for s in (*f.fix, *f.verify, *f.undo)
        for line in s.lines
    }
    commands |= {line for advice in report.advice for step in (*advice.fix, *advice.undo) for line in step.lines}
    for line in render(report, "text").splitlines():
        assert len(line) <= 100 or line.strip() in commands, line
        assert line == line.rstrip()


def test_text_of_a_crashed_check_says_so_beside_what_is_missing() -> None:
    text = render(REPORTS["unknown"](), "text")
    assert "the check itself failed: RuntimeError: one over nothing" in text
    assert "missing: gw1 did not give arp" in text


def test_an_effect_is_shown_with_its_cause() -> None:
    text = render(REPORTS["critical"](), "text")
    assert "explained by NLB902: fix that first" in text


def test_a_phrase_that_is_not_written_says_so_and_guesses_nothing() -> None:
    text = render(REPORTS["critical"](), "text")
    assert "`add static arp` is not written yet for cisco-ios" in text


# ---- Markdown ----


def test_device_text_in_markdown_is_only_text(report: Report) -> None:
    text = render(report, "md")
    outside = "\n".join(part for number, part in enumerate(re.split(r"(?m)^ *```+(?:text)?$", text)) if number % 2 == 0)
    for line in outside.splitlines():
        ours = re.sub(r"^(#{1,3} |( {2})*- (\*\*(?=.*\*\* \()?)?|)", "", line)
        ours = re.sub(r"`--answer [a-z_]+=[a-z| ]+`", "", ours).replace("\\\\", "")
        ours = re.sub(r"\*\* \((critical|warning|node|host|switch|gateway|jump)\)", "", ours)
        assert not re.search(r"(?<!\\)[`*_\[\]<>|~&$]", ours), line
        assert not re.match(r"[-+#=>]|\d{1,9}[.)]", ours), line
    assert "<script" not in outside.replace("\\<", "")
    assert "://" not in outside


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("# a heading", "\\# a heading"),
        ("- an item", "\\- an item"),
        ("+ an item", "\\+ an item"),
        ("* an item", "\\* an item"),
        ("1. a number", "1\\. a number"),
        ("12) a number", "12\\) a number"),
        ("> a quotation", "\\> a quotation"),
        ("=====", "\\====="),
        ("---", "\\---"),
        ("    code", "code"),
        ("www.evil.example", "www\\.evil.example"),
        ("https://evil.example", "https:\\//evil.example"),
        ("03-BF-AC-1F-03-E8 (172.31.3.232)", "03-BF-AC-1F-03-E8 (172.31.3.232)"),
    ],
)
def test_a_text_that_begins_like_markup_is_still_only_text(text: str, want: str) -> None:
    report = REPORTS["healthy"]()
    report.outcomes[0].clears[0].where = text
    assert f"\n- {want}: the static entry holds" in render(report, "md")


def test_a_command_cannot_close_its_fence() -> None:
    report = REPORTS["critical"]()
    report.outcomes[-1].findings[0].fix[0].lines = ["Write-Output '```'", "````"]
    text = render(report, "md")
    assert "`````text\n    Write-Output '```'\n    ````\n    `````" in text


# ---- JSON ----


def test_json_is_what_its_published_schema_says(report: Report) -> None:
    made = schema("report")
    jsonschema.Draft202012Validator.check_schema(made)
    jsonschema.Draft202012Validator(made, format_checker=jsonschema.FormatChecker()).validate(
        json.loads(render(report, "json"))
    )


def test_json_has_the_fields_that_others_rely_on() -> None:
    data = json.loads(render(REPORTS["critical"](), "json"))
    assert (data["verdict"], data["exit_code"], data["advice"]) == ("critical", 2, [])
    assert [one["id"] for one in data["outcomes"]] == ["NLB901", "NLB902", "NLB904", "NLB905"]  # the tree's order
    keys = {
        "cluster", "id", "slug", "outcome", "severity", "reason", "evidence", "findings", "clears", "notes", "missing"
    }  # fmt: skip
    assert all(keys <= one.keys() for one in data["outcomes"])
    finding = next(one for one in data["outcomes"] if one["id"] == "NLB905")["findings"][0]
    assert finding.keys() >= {"where", "saw", "expected", "severity", "explained_by", "fix", "verify", "undo"}
    assert finding["explained_by"] == "NLB902"
    gap = next(one for one in data["outcomes"] if one["id"] == "NLB904")["missing"][0]
    assert gap.keys() == {"need", "target", "why", "resolve"}


def test_json_keeps_a_hostile_text_readable_and_harmless() -> None:
    data = json.loads(render(REPORTS["critical"](), "json"))
    finding = next(one for one in data["outcomes"] if one["id"] == "NLB905")["findings"][0]
    assert finding["expected"].startswith("\\x1b[31mred\\x1b[0m\\x9b2J\\x07 <script>alert(1)</script>")
    assert LONG in finding["saw"]
    assert HOSTILE not in finding["saw"]


def test_the_schemas_that_are_published_are_schemas() -> None:
    for name in NAMES:
        jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("broken", [{}, {"verdict": "fine"}, {"exit_code": 4}, {"outcomes": [{}]}])
def test_the_schema_refuses_what_is_no_report(broken: dict[str, object]) -> None:
    data = json.loads(render(REPORTS["warning"](), "json"))
    wrong = {**data, **broken} if broken else {}
    assert not jsonschema.Draft202012Validator(schema("report")).is_valid(wrong)
