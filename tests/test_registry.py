"""What is known is loaded whole or not at all: every broken form is named by file and field."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlbwiz import registry
from nlbwiz.errors import CheckFileError, ExitCode, NoChecksError
from nlbwiz.judge import judge

CHECK = '''"""A page."""

import nlbwiz.check as nlb

ABOUT = nlb.About(
    id="NLB901",
    title="A title",
    question="A question?",
    severity="critical",
    needs=("os",),
    sources=("KB 1",),
)


def evaluate(facts):
    yield nlb.Clear(where="x", saw="y", evidence=())


EXAMPLES = (("nothing", nlb.Facts(), "unknown"),)
'''

TREE = """
[question.same_switch]
text = "One switch?"
answers = ["yes", "no"]

[symptom.routine]
title = "Routine"
order = [{ cause = "NLB901", because = "it is the only one" }]

[symptom.routine.last_resort]
id = "give-up"
title = "Give up"
after = ["NLB901"]
hides = "everything"
steps = [{ text = "Stop", phrase = "stop", values = { count = "0" } }]
undo = [{ text = "Go on" }]
"""

BOOK = """
[cisco-ios]
mac_form = "dotted"
"show arp" = ["show ip arp {ip}"]
"show odd" = ["show odd"]
unconfirmed = ["show odd"]
impossible = { "show filtering" = "IOS has no such command" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of checks, whole; every test breaks one thing in it."""
    (tmp_path / "made_up_cause.py").write_text(CHECK, encoding="utf-8")
    (tmp_path / "_tree.toml").write_text(TREE, encoding="utf-8")
    (tmp_path / "_commands.toml").write_text(BOOK, encoding="utf-8")
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("nlbwiz.checks.made_up")]:
        del sys.modules[name]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# ---- checks ----


def test_a_check_is_loaded_with_its_page_and_its_file_name(folder: Path) -> None:
    (check,) = registry.checks(folder)
    assert (check.about.id, check.slug, check.page, check.applies) == ("NLB901", "made_up_cause", "A page.", None)
    _, facts, kind = check.examples[0]
    assert judge(check, facts).outcome == kind


def test_files_that_begin_with_an_underscore_are_no_checks(folder: Path) -> None:
    (folder / "_made_up_notes.py").write_text("raise SystemExit(1)", encoding="utf-8")
    assert len(registry.checks(folder)) == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"""A page."""', "", r"has no docstring; it is the page that `nlbwiz explain NLB901`"),
        ("ABOUT = nlb.About(", "OTHER = nlb.About(", r"ABOUT is NoneType; an About\(...\) is expected"),
        ('id="NLB901"', 'id=""', r"ABOUT.id is empty"),
        ('id="NLB901"', 'id="NLB1"', r"ABOUT.id is 'NLB1'; NLB and three digits are expected"),
        ('id="NLB901"', 'id="XYZ901"', r"ABOUT.id is 'XYZ901'"),
        ('id="NLB901"', "id=901", r"ABOUT.id is 901; a text is expected"),
        ('title="A title"', 'title=""', r"ABOUT.title is empty"),
        ('title="A title"', "title=None", r"ABOUT.title is None; a text is expected"),
        ('question="A question?"', 'question=""', r"ABOUT.question is empty"),
        ('severity="critical"', 'severity="fatal"', r"ABOUT.severity is 'fatal'; one of \('critical', 'warning'\)"),
        ('needs=("os",)', "needs=()", r"ABOUT.needs is empty"),
        ('needs=("os",)', 'needs=("os")', r"ABOUT.needs is 'os'; a tuple of texts is expected"),
        ('needs=("os",)', 'needs=("mood",)', r"ABOUT names the need 'mood', which no probe gives"),
        ('needs=("os",)', 'needs=("os",), also=("mood",)', r"ABOUT names the need 'mood', which no probe gives"),
        ('needs=("os",)', 'needs=("os",), also=(1,)', r"ABOUT.also is \(1,\); a tuple of texts is expected"),
        ('needs=("os",)', 'needs=("os",), views=0', r"ABOUT.views is 0; a number from 1 is expected"),
        ('needs=("os",)', 'needs=("os",), views="two"', r"ABOUT.views is 'two'"),
        ('needs=("os",)', 'needs=("os",), table="_no.toml"', r"^_no.toml: .*No such file"),
        ('sources=("KB 1",)', "sources=()", r"ABOUT.sources is empty"),
        ('sources=("KB 1",)', 'sources="KB 1"', r"ABOUT.sources is 'KB 1'; a tuple of texts is expected"),
        ('sources=("KB 1",)', 'sources=("KB 1",), x=1', r"does not load: TypeError: .*'x'"),
        ("def evaluate(facts):", "def assess(facts):", r"has no evaluate\(facts\)"),
        (
            "def evaluate(facts):",
            "applies = True\ndef evaluate(facts):",
            r"applies is bool; a function applies\(facts\)",
        ),
        ('EXAMPLES = (("nothing", nlb.Facts(), "unknown"),)', "", r"has no EXAMPLES"),
        ('EXAMPLES = (("nothing", nlb.Facts(), "unknown"),)', "EXAMPLES = ()", r"has no EXAMPLES"),
        ('EXAMPLES = (("nothing", nlb.Facts(), "unknown"),)', "EXAMPLES = 7", r"has no EXAMPLES"),
        ('nlb.Facts(), "unknown"', 'nlb.Facts(), "odd"', r"a row of EXAMPLES is not \(text, Facts, outcome\)"),
        ('nlb.Facts(), "unknown"', '{}, "unknown"', r"a row of EXAMPLES is not"),
        ('nlb.Facts(), "unknown"', "nlb.Facts()", r"a row of EXAMPLES is not"),
        ("def evaluate(facts):", "def evaluate(facts:", r"does not load: SyntaxError"),
        ("import nlbwiz.check as nlb", "import nlbwiz.chek", r"does not load: ModuleNotFoundError"),
        (
            "import nlbwiz.check as nlb",
            "import nlbwiz.check as nlb\nraise SystemExit(0)",
            r"does not load: SystemExit: 0",
        ),
        ("import nlbwiz.check as nlb", "import nlbwiz.check as nlb\n1 / 0", r"does not load: ZeroDivisionError"),
    ],
)
def test_a_broken_check_file_is_named_with_its_field(folder: Path, old: str, new: str, says: str) -> None:
    change(folder / "made_up_cause.py", old, new)
    with pytest.raises(CheckFileError, match=says) as caught:
        registry.checks(folder)
    assert caught.value.exit_code is ExitCode.SOFTWARE
    assert str(caught.value).startswith(("made_up_cause.py: ", "_no.toml: "))


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "made_up_cause.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckFileError, match=r"^made_up_cause.py: does not load"):
        registry.checks(folder)


def test_a_file_that_does_not_load_leaves_no_module_behind(folder: Path) -> None:
    change(folder / "made_up_cause.py", "def evaluate(facts):", "def evaluate(facts:")
    with pytest.raises(CheckFileError):
        registry.checks(folder)
    assert "nlbwiz.checks.made_up_cause" not in sys.modules


def test_an_id_stands_in_one_file(folder: Path) -> None:
    (folder / "made_up_twin.py").write_text(CHECK, encoding="utf-8")
    with pytest.raises(CheckFileError, match="the id NLB901 stands in more than one file"):
        registry.checks(folder)


@pytest.mark.parametrize("where", ["", "none"])
def test_no_checks_at_all_is_never_healthy(tmp_path: Path, where: str) -> None:
    with pytest.raises(NoChecksError, match="holds no checks: looking at nothing would look healthy"):
        registry.checks(tmp_path / where)


def test_a_check_gets_its_table(folder: Path) -> None:
    (folder / "_rows.toml").write_text("name = 'from the table'", encoding="utf-8")
    change(folder / "made_up_cause.py", 'needs=("os",)', 'needs=("os",), table="_rows.toml"')
    change(folder / "made_up_cause.py", "def evaluate(facts):", "def evaluate(facts, table):")
    change(folder / "made_up_cause.py", 'saw="y"', 'saw=table["name"]')
    (check,) = registry.checks(folder)
    assert [clear.saw for clear in judge(check, check.examples[0][1]).clears] == ["from the table"]


def test_the_shipped_checks_load() -> None:
    assert registry.checks()
    assert registry.shipped_folder().name == "checks"
    assert [check.about.id for check in registry.checks()] == sorted(check.about.id for check in registry.checks())


# ---- the tree ----


def test_the_tree_has_orders_questions_and_a_last_resort(folder: Path) -> None:
    tree = registry.tree(folder)
    routine = tree.symptoms["routine"]
    assert [(branch.cause, branch.because) for branch in routine.order] == [("NLB901", "it is the only one")]
    assert routine.last_resort_after == ("NLB901",)
    assert routine.last_resort is not None
    assert [(step.phrase, step.values) for step in routine.last_resort.steps] == [("stop", (("count", "0"),))]
    assert tree.questions["same_switch"].answers == ("yes", "no")


ORDER = '[{ cause = "NLB901", because = "it is the only one" }]'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (ORDER, "[]", r"symptom routine: order must name every check once; look at NLB901"),
        (ORDER, '[{ cause = "NLB901" }]', r"missing required field `because` - at `\$.order\[0\]`"),
        (ORDER, '["NLB901"]', r"Expected `object`, got `str` - at `\$.order\[0\]`"),
        (ORDER, '[{ cause = "NLB902", because = "b" }]', r"look at NLB901, NLB902"),
        (ORDER, '[{cause="NLB901",because="b"},{cause="NLB901",because="b"}]', r"look at NLB901"),
        (ORDER, "7", r"symptom routine: Expected `array`, got `int` - at `\$.order`"),
        ('title = "Routine"', "", r"symptom routine: .*missing required field `title`"),
        ('title = "Routine"', 'title = "Routine"\ncolour = "red"', r"symptom routine: .*unknown field `colour`"),
        ("[symptom.routine]", "[symptom.flooding]", r"symptom routine|has no symptom routine"),
        ('after = ["NLB901"]', "after = []", r"last_resort.after names nothing"),
        ('after = ["NLB901"]', 'after = ["NLB902"]', r"last_resort.after names NLB902; causes of this folder"),
        ('after = ["NLB901"]', "", r"missing required field `after` - at `\$.last_resort`"),
        ('hides = "everything"', "", r"missing required field `hides` - at `\$.last_resort`"),
        (
            'values = { count = "0" }',
            "values = { count = 0 }",
            r"Expected `str`, got `int` - at `\$.last_resort.steps\[0\].values",
        ),
        ('answers = ["yes", "no"]', "answers = []", r"question same_switch: has no answers"),
        ('answers = ["yes", "no"]', "", r"question same_switch: .*missing required field `answers`"),
        ('text = "One switch?"', "text = 1", r"question same_switch: Expected `str`, got `int` - at `\$.text`"),
        ("[question.same_switch]", "[questions.same_switch]", r"^_tree.toml: .*unknown field `questions`"),
        ("[question.same_switch]", "[question.same_switch", r"^_tree.toml: .*\(at line"),
    ],
)
def test_a_broken_tree_is_named_with_its_place(folder: Path, old: str, new: str, says: str) -> None:
    change(folder / "_tree.toml", old, new)
    with pytest.raises(CheckFileError, match=says) as caught:
        registry.tree(folder)
    assert str(caught.value).startswith("_tree.toml: ")


@pytest.mark.parametrize("text", ["", "[symptom]\n", "symptom = 3\n", "[symptom]\nroutine = 3\n"])
def test_a_tree_without_the_routine_order_is_refused(folder: Path, text: str) -> None:
    (folder / "_tree.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CheckFileError, match=r"^_tree.toml: "):
        registry.tree(folder)


def test_a_folder_without_a_tree_is_refused(folder: Path) -> None:
    (folder / "_tree.toml").unlink()
    with pytest.raises(CheckFileError, match=r"^_tree.toml: .*No such file"):
        registry.tree(folder)


# ---- the phrase book ----


def test_the_phrase_book_has_platforms_with_their_notation(folder: Path) -> None:
    ios = registry.phrase_book(folder)["cisco-ios"]
    assert (ios.mac_form, ios.phrases["show arp"]) == ("dotted", ("show ip arp {ip}",))
    assert ios.unconfirmed == frozenset({"show odd"})
    assert ios.impossible == {"show filtering": "IOS has no such command"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('mac_form = "dotted"', "", r"cisco-ios: mac_form is None; one of dashed, colons"),
        ('mac_form = "dotted"', 'mac_form = "roman"', r"cisco-ios: mac_form is 'roman'"),
        ('mac_form = "dotted"', 'mac_form = ["dotted"]', r"cisco-ios: mac_form is \['dotted'\]"),
        ('["show ip arp {ip}"]', '"show ip arp {ip}"', r"cisco-ios: 'show arp' must be a list of lines"),
        ('["show ip arp {ip}"]', "[]", r"cisco-ios: 'show arp' must be a list of lines"),
        ('["show ip arp {ip}"]', "[7]", r"cisco-ios: 'show arp' must be a list of lines"),
        (
            '["show ip arp {ip}"]',
            '["show ip arp {ip!r}"]',
            r"cisco-ios: 'show arp': 'show ip arp {ip!r}': .*no placeholder",
        ),
        ('["show ip arp {ip}"]', '["show ip arp {"]', r"cisco-ios: 'show arp': 'show ip arp {': "),
        ('["show ip arp {ip}"]', '["show ip arp {0}"]', r"cisco-ios: 'show arp': .*no placeholder"),
        ('["show odd"]\nunc', '["show odd"]\n"show more" = 3\nunc', r"cisco-ios: 'show more' must be a list of lines"),
        ('unconfirmed = ["show odd"]', 'unconfirmed = "show odd"', r"unconfirmed must be a list of phrases"),
        (
            'unconfirmed = ["show odd"]',
            'unconfirmed = ["show even"]',
            r"unconfirmed names 'show even', which has no lines",
        ),
        ('{ "show filtering" = "IOS has no such command" }', '["show filtering"]', r"impossible must be a table"),
        ('{ "show filtering" = "IOS has no such command" }', '{ "show filtering" = 1 }', r"impossible must be a table"),
        ('"show filtering" =', '"show arp" =', r"'show arp' has lines and is impossible"),
        ("[cisco-ios]", "name = 3\n[cisco-ios]", r"name: is int; a table \[name\] of phrases is expected"),
        ("[cisco-ios]", "[cisco-ios", r"\(at line"),
    ],
)
def test_a_broken_phrase_book_is_named_with_its_place(folder: Path, old: str, new: str, says: str) -> None:
    change(folder / "_commands.toml", old, new)
    with pytest.raises(CheckFileError, match=says) as caught:
        registry.phrase_book(folder)
    assert str(caught.value).startswith("_commands.toml: ")


def test_the_shipped_phrase_book_loads() -> None:
    registry.phrase_book()
