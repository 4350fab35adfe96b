"""The one door for text: harmless, in this terminal's characters, in cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nlbwiz.tui.words import brief, cut, padded, shown, wrapped


@given(st.text(st.characters(codec=None), max_size=60))
def test_in_ascii_mode_nothing_is_above_0x7e_or_below_a_blank(text: str) -> None:
    assert all(" " <= char <= "~" for char in shown(text, ascii_only=True))


@given(st.text(max_size=60))
def test_what_is_shown_is_shown_again_unchanged(text: str) -> None:
    once = shown(text, ascii_only=False)
    assert shown(once, ascii_only=False) == once


@pytest.mark.parametrize(
    ("text", "cells", "want"),
    [("short", 9, "short"), ("a longer text", 9, "a long..."), ("ab", 2, "ab"), ("abc", 2, ".."), ("見出し語", 7, "見出...")],
)  # fmt: skip
def test_what_does_not_fit_ends_in_dots(text: str, cells: int, want: str) -> None:
    assert cut(text, cells) == want
    assert cell_len(padded(text, cells)) == cells


@pytest.mark.parametrize(
    ("text", "cells", "want"),
    [
        ("nlb1: in order", 14, "nlb1: in order"),
        ("nlb1: in order; nlb2: in order", 24, "nlb1: in order; ..."),
        ("the MAC is 03-BF-AC-1F-01-E8 there", 24, "the MAC is ..."),
        ("an address: 172.31.1.232", 20, "an address ..."),
        ("172.31.1.232 has it", 10, "172.31...."),
    ],
)
def test_a_reason_is_cut_behind_a_clause_or_a_word_where_there_is_one(text: str, cells: int, want: str) -> None:
    assert brief(text, cells) == want


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=200), st.integers(4, 60))
def test_a_cut_reason_is_no_wider_than_it_may_be_and_begins_like_the_whole(text: str, cells: int) -> None:
    kept = brief(text, cells)
    assert cell_len(kept) <= cells
    assert kept == text or (kept.endswith("...") and text.startswith(kept.removesuffix("...").rstrip()))


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=200), st.integers(8, 60))
def test_no_line_is_wider_than_it_may_be_and_no_word_is_lost(text: str, cells: int) -> None:
    lines = wrapped(text, cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
