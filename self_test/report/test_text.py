"""Text made fit to print: escapes and widths."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.report.text import cells, count, one_line, quoted_if_needed, shortened, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(("raw", "shown"), [
    ("plain ✓ ü 中", "plain ✓ ü 中"),
    ("thin\u00a0space", "thin\u00a0space"),
    ("\x1b[31m", r"\x1b[31m"),
    ("a\nb\tc\r", r"a\nb\tc\r"),
    ("\x9b", r"\x9b"),
    ("\u202e\u2066", r"\u202e\u2066"),
    ("\u2028", r"\u2028"),
    ("\udc80", r"\udc80"),
    ("\ufffe", r"\ufffe"),
])
def test_what_does_not_print_becomes_an_escape(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@given(ANY_TEXT)
def test_nothing_that_steers_a_terminal_or_breaks_xml_is_left(text: str) -> None:
    categories = {unicodedata.category(char) for char in visible(text)}
    assert not categories & {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(("value", "shown"), [
    ("SUCCESS", "SUCCESS"), ("", "''"), ("SUCCESS ", "'SUCCESS '"), (" x", "' x'"), ("a b", "a b")])
def test_a_value_whose_edges_cannot_be_seen_is_quoted(value: str, shown: str) -> None:
    assert quoted_if_needed(value) == shown


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("中文", 4), ("e\u0301", 1), ("✓", 1), ("", 0)])
def test_cells_are_the_columns_of_a_terminal(text: str, width: int) -> None:
    assert cells(text) == width


@given(st.text(), st.integers(min_value=0, max_value=40), st.sampled_from(["…", "..."]))
def test_a_shortened_text_fits(text: str, width: int, ellipsis: str) -> None:
    cut = shortened(text, width, ellipsis)
    assert cells(cut) <= width
    assert cut == text if cells(text) <= width else cut.endswith(ellipsis[:width])


def test_a_wide_character_is_not_cut_in_half() -> None:
    assert shortened("中文字", 4, "…") == "中…"


def test_a_folded_summary_is_one_line() -> None:
    assert one_line(" A call\n  ends.\n") == "A call ends."


def test_numbers_have_their_noun() -> None:
    assert [count(number, "scenario") for number in (0, 1, 2)] == ["0 scenarios", "1 scenario", "2 scenarios"]
