from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.errors import UsageError
from callgate.suite.keyword import parse_keyword

TEXTS = ("tests/stasis/stasisstatus::babs", "ari")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("babs", True),
        ("BABS", True),
        ("bugs", False),
        ("ari and stasis", True),
        ("ari and bugs", False),
        ("bugs or ari", True),
        ("not bugs", True),
        ("not not babs", True),
        ("not bugs and not ari", False),
        ("bugs and ari or babs", True),
        ("bugs and (ari or babs)", False),
        ("not (bugs or ari)", False),
        ("stasis/stasisstatus::babs", True),
        ("android", False),
    ],
)
def test_what_is_selected(expression: str, expected: bool) -> None:
    assert parse_keyword(expression)(TEXTS) is expected


@pytest.mark.parametrize(
    ("expression", "column", "expected"),
    [
        ("", 1, "a word"),
        ("a and", 6, "a word"),
        ("or a", 1, "a word"),
        ("a b", 3, "'and', 'or' or the end"),
        ("(a", 3, "')'"),
        ("a)", 2, "'(' before this ')'"),
        ("()", 2, "a word"),
        ("not", 4, "a word"),
        ("(" * 5000 + "a", 51, "fewer levels"),
        ("not " * 5000 + "a", 201, "fewer levels"),
    ],
)
def test_bad_expressions_are_shown_with_their_place(expression: str, column: int, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_keyword(expression)
    first, _, pointer = str(caught.value).split("\n")
    assert first == f"-k: expected {expected} at column {column}"
    assert pointer.index("^") == column + 1


@given(st.lists(st.sampled_from(["and", "or", "not", "(", ")", "a", "b", " ", "\t"])).map(" ".join))
def test_any_expression_is_answered(expression: str) -> None:
    try:
        wanted = parse_keyword(expression)
    except UsageError:
        return
    text = " ".join(expression.split()) or "a"
    assert wanted(("a",)) is bool(eval(text.replace("a", "True").replace("b", "False").replace("Truend", "and")))


def test_many_words_are_no_depth() -> None:
    assert parse_keyword(" or ".join(["no"] * 5000 + ["babs"]))(TEXTS)
