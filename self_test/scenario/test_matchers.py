"""What matches what: text against Asterisk's types, mappings against more, lists against lists."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.scenario.matchers import ABSENT, Mismatch, as_text, compare

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda below: st.lists(below, max_size=3)
                      | st.dictionaries(st.text(max_size=5), below, max_size=3), max_leaves=10)


def written(value: Any) -> Any:
    """A value as a scenario writes it: every scalar as text."""
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    return "" if value == "" else as_text(value)


@given(VALUES)
def test_a_value_matches_the_way_it_is_written(value: Any) -> None:
    assert compare(written(value), value) == []


@given(VALUES)
def test_a_value_matches_itself_and_is_never_absent(value: Any) -> None:
    assert compare(value, value) == []
    if value != {}:
        assert compare(value, ABSENT) != []


@given(st.dictionaries(st.text(max_size=5), SCALARS, max_size=4), st.dictionaries(st.text(max_size=5), SCALARS))
def test_a_mapping_lets_the_rest_be(wanted: dict[str, Any], more: dict[str, Any]) -> None:
    assert compare(wanted, more | wanted) == []


@given(st.lists(SCALARS, max_size=4), SCALARS)
def test_a_list_wants_all_of_a_list(values: list[Any], extra: Any) -> None:
    assert compare(values, [*values, extra]) == [Mismatch("", values, [*values, extra])]


@pytest.mark.parametrize(("expected", "got"), [
    ("16", 16), (16, "16"), ("true", True), ("false", False), ("null", None), ("", ""), ("1.5", 1.5), (True, True)])
def test_types_of_asterisk_do_not_matter(expected: Any, got: Any) -> None:
    assert compare(expected, got) == []


@pytest.mark.parametrize(("expected", "got"), [
    ("", None), ("", "(empty)"), ("(empty)", ""), ("(absent)", ABSENT), ("", ABSENT), ("null", ""), ("null", ABSENT),
    ("1", True), ("True", True), ("16", "17"), ("a", "A"), ("{}", {}), ("[]", []), ("a", ["a"]), (["a"], "a"),
    ({"a": "1"}, "a"), ({"a": "1"}, [1]), ({"a": "1"}, ABSENT), ({}, "text")])
def test_what_does_not_match(expected: Any, got: Any) -> None:
    assert compare(expected, got, "x") == [Mismatch("x", expected, got)]


def test_each_difference_is_told_with_its_path() -> None:
    expected = {"channel": {"id": "u", "state": "Up", "more": "x"}, "args": ["a", "b"]}
    got = {"channel": {"id": "u", "state": "Down"}, "args": ["a", "c"], "type": "StasisStart"}
    assert compare(expected, got) == [Mismatch("channel.state", "Up", "Down"), Mismatch("channel.more", "x", ABSENT),
                                      Mismatch("args[1]", "b", "c")]


def test_lists_of_different_lengths_are_compared_as_a_whole() -> None:
    assert compare({"args": ["a"]}, {"args": []}) == [Mismatch("args", ["a"], [])]


@pytest.mark.parametrize(("value", "text"), [
    (ABSENT, "(absent)"), ("", "(empty)"), (None, "null"), (True, "true"), (False, "false"), (16, "16"), ("x", "x")])
def test_values_as_a_person_reads_them(value: Any, text: str) -> None:
    assert as_text(value) == text
