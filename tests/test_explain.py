"""The pages that the knowledge makes of itself: every cause, the list, the catalogue, and everything that is asked."""

from pathlib import Path

import pytest

from nlbwiz import explain, registry
from nlbwiz.errors import ExitCode, UsageError
from nlbwiz.probes import PROBES

IDS = [check.about.id for check in registry.checks()]


@pytest.mark.parametrize("number", IDS)
def test_a_causes_page_says_what_decides_it_and_where_that_is_written(number: str) -> None:
    (check,) = (one for one in registry.checks() if one.about.id == number)
    page = explain.page(number)
    words = " ".join(page.split())
    assert page.startswith(f"{number} {check.about.title}\n")
    assert f"checks/{check.slug}.py" in page
    for text in (check.about.question, *check.about.sources, " ".join(check.page.split("\n\n")[0].split())):
        assert " ".join(text.split()) in words
    assert f"needs: {', '.join(check.about.needs)}" in words


@pytest.mark.parametrize("number", IDS)
def test_a_causes_page_fits_a_screen_of_100_columns_and_is_plain_text(number: str) -> None:
    page = explain.page(number)
    assert page.endswith("\n")
    assert all(
        len(line) <= 100 and line == line.rstrip() and (line.isprintable() or not line) for line in page.split("\n")
    )
    assert "\n\n\n" not in page


def test_a_cause_is_found_by_its_id_in_either_case_and_by_its_file() -> None:
    check = registry.checks()[0]
    short = check.about.id.removeprefix("NLB").lstrip("0")
    names = (check.about.id, check.about.id.lower(), check.slug, f"nlb{short}", short, f"0{short}")
    assert len({explain.page(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("name", "meant"), [("duplicte_ip", "NLB001"), ("NBL003", "NLB003"), ("DUPLICATE-IP", "NLB001")]
)
def test_a_mistyped_cause_is_guessed(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"; did you mean {meant}"):
        explain.page(name)


@pytest.mark.parametrize("name", ["NLB999", "", "arp", "x" * 10_000, "\x1b[31m"])
def test_a_cause_that_does_not_exist_is_a_usage_error_with_those_that_do(name: str) -> None:
    with pytest.raises(UsageError, match=f"there is no cause .*; there are: .*{IDS[0]}") as caught:
        explain.page(name)
    assert caught.value.exit_code is ExitCode.USAGE
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_the_list_has_a_line_per_cause() -> None:
    lines = explain.listing().splitlines()
    assert [line.split()[:2] for line in lines] == [[check.about.id, check.slug] for check in registry.checks()]
    assert all(len(line) <= 100 for line in lines)


def test_the_catalogue_holds_every_page_in_a_fence_that_no_page_closes() -> None:
    text = explain.catalogue()
    for check in registry.checks():
        page = explain.page(check.about.id)
        assert f"## {check.about.id} {check.about.title}\n\n```text\n{page}```\n" in text
        assert "```" not in page
    assert text.count("```") == 2 * len(IDS)


def test_everything_that_can_be_asked_is_listed_with_who_is_asked() -> None:
    text = explain.probes()
    for probe in PROBES.values():
        assert f"\n  {probe.name} " in text
        assert explain.ROLES[probe.at] in text
        assert "".join(probe.text.split()) in "".join(text.split())
    assert all(len(line) <= 80 for line in text.splitlines())
    assert (
        "\\Tcpip\\\n                  Parameters\\Interfaces\\{GUID}\\IPAddress\n" in text
    )  # between two names, not within one


@pytest.mark.parametrize(
    ("page", "want"),
    [
        ("one\ntwo",                          "one two"),
        ("one\n\ntwo",                        "one\n\ntwo"),
        ("why:\n- one\n- two\n  more\nafter", "why:\n- one\n- two more\nafter"),
        ("1. one\n2) two",                    "1. one\n2) two"),
        ("a table\n\n    x  y\n    1  2",     "a table\n\n    x  y\n    1  2"),
        ("- one\n\n    x  y",                 "- one\n\n    x  y"),
        ("-5 degrees\nand more",              "-5 degrees and more"),
        ("",                                  ""),
    ],
)  # fmt: skip
def test_paragraphs_are_filled_and_points_and_tables_keep_their_lines(page: str, want: str) -> None:
    assert "\n".join(explain._filled(page)) == want


def test_a_long_point_hangs_under_its_text() -> None:
    lines = list(explain._filled("- " + "word " * 40))
    assert all(len(line) <= 100 for line in lines)
    assert {line[:2] for line in lines} == {"- ", "  "}


def test_the_catalogue_in_docs_is_what_the_checks_say() -> None:
    """Made anew with: nlbwiz explain --all > docs/causes.md."""
    made = Path(__file__).resolve().parent.parent / "docs" / "causes.md"
    assert made.read_text(encoding="utf-8") == explain.catalogue()
