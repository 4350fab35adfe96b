"""Hostile text becomes visible text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbwiz.plain import line, plain


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("sw1", "sw1"),
        ("Anschluß", "Anschluß"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("a\tb\rc\x00", "a\\x09b\\x0dc\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_control_and_format_characters_are_shown(text: str, want: str) -> None:
    assert plain(text) == want


def test_long_text_is_cut_and_says_so() -> None:
    assert plain("x" * 10_000, 10) == "xxxxxxxxxx... (10,000 characters)"


def test_a_line_is_one_line() -> None:
    assert line("two\nlines") == "two lines"


@given(st.text())
def test_nothing_a_terminal_acts_on_is_left(text: str) -> None:
    assert all(char == "\n" or (char.isprintable() or ord(char) > 0x9F) for char in plain(text))
