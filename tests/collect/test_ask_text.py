"""What is sent to Windows: the asks' texts, and the command that starts one."""

import base64

import pytest

from nlbwiz.collect import ask_text
from nlbwiz.parse import sections

LONGEST_COMMAND = 8191
"""What cmd.exe takes (KB 830473)."""


def decoded(argument: str) -> str:
    return base64.b64decode(argument).decode("utf-16-le")


@pytest.mark.parametrize("contract", [sections.NODE, sections.HOST, {}], ids=["node", "host", "nothing"])
def test_a_bootstrap_names_the_sections_and_fits_a_command_line(contract: dict[str, type[sections.Record]]) -> None:
    argument = ask_text.bootstrap(contract)
    assert "$Ask=@(" + ",".join(f"'{name}'" for name in contract) + ");" in decoded(argument)
    assert len(argument) <= 2000
    assert len(f"{ask_text.COMMAND} {argument}") < LONGEST_COMMAND


def test_both_scripts_begin_with_the_same_helpers() -> None:
    """Each script stands alone, to be read and run by hand; what both need must not drift apart."""

    def helpers(kind: ask_text.Kind) -> str:
        text = ask_text.script(kind)
        return text[text.index("$ErrorActionPreference") : text.index("\n# ---- ")]

    assert helpers("node") == helpers("host")
    assert "function Write-Section" in helpers("node")


def test_a_bootstrap_reads_stdin_itself() -> None:
    text = decoded(ask_text.bootstrap(("os",)))
    assert "[Console]::In.ReadToEnd()" in text
    assert "$input" not in text.lower()


@pytest.mark.parametrize("name", ["", "OS", "os'", "os','x", "a b", "$x", "-os", "os;Stop-Computer", "os\n", "\u00f6s"])
def test_what_is_no_section_never_becomes_part_of_a_command(name: str) -> None:
    with pytest.raises(ValueError, match="not a section's name"):
        ask_text.bootstrap(("os", name))


@pytest.mark.parametrize("kind", ["node", "host"])
def test_the_command_keeps_away_from_profiles_and_questions(kind: ask_text.Kind) -> None:
    assert ask_text.COMMAND.split()[1:4] == ["-NoLogo", "-NoProfile", "-NonInteractive"]
    assert "\r" not in ask_text.script(kind)
    assert len(ask_text.sha256(kind)) == 64


def test_the_two_asks_are_two_texts() -> None:
    assert ask_text.sha256("node") != ask_text.sha256("host")
