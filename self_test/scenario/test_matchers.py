"""What matches what: text against Asterisk's types, mappings against more, lists against lists."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.scenario.expected import read_expected
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


# -- matchers --------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("expected", "got"), [
    ("~^16$", 16), ("~6", "16"), ("~^$", ""), ("~^null$", None), ("absent", ABSENT), ({"is": "~x"}, "~x"),
    ({"is": "absent"}, "absent"), ({"is": "16"}, 16), ({"is": {"a": "1"}}, {"a": 1}), ({"is": ["1"]}, [1]),
    ({"gt": "3"}, 4), ({"gt": "3"}, "3.5"), ({"ge": "3"}, "3.0"), ({"lt": "3"}, -1), ({"le": "3"}, 3),
    ({"gt": "1", "lt": "5"}, "3"), ({"gt": "9007199254740992"}, "9007199254740993"),
    ({"any": ["a", "~^b"]}, "bc"), ({"any": ["a", "absent"]}, ABSENT), ({"any": [{"gt": "3"}, "none"]}, "none"),
    ({"not": "a"}, "b"), ({"not": "~a"}, ""), ({"not": "absent"}, ""), ({"not": {"any": ["a", "b"]}}, "c"),
    ({"not": {"gt": "3"}}, "3"), ({"len": "2"}, ["a", "b"]), ({"len": "3"}, "abc"), ({"len": "1"}, {"a": 1}),
    ({"len": {"gt": "1"}}, ["a", "b"]), ({"a": {"gt": "1"}}, {"a": 2, "b": 3}), (["~a", {"gt": "1"}], ["ba", 2]),
    ({"a": "absent"}, {}), ({"not": {"a": "1"}}, {"a": "2"}), ({"1": "b"}, ["a", "b"]), ({"2": "absent"}, ["a", "b"]),
    ({"0": {"id": "~x"}}, [{"id": "x", "a": "b"}]), ({"not": {"1": "a"}}, ["a", "b"])])
def test_what_a_matcher_takes(expected: Any, got: Any) -> None:
    assert compare(read_expected(expected), got) == []


@pytest.mark.parametrize(("expected", "got", "expected_text", "got_text"), [
    ("~^16$", "17", "matches /^16$/", "17"), ("~x", ABSENT, "matches /x/", "(absent)"),
    ("~x", ["x"], "matches /x/", "[x]"), ("absent", "", "(absent)", "(empty)"),
    ("absent", "absent", "(absent)", "absent"),
    ({"is": "~x"}, "ax", "~x", "ax"), ({"is": {}}, {"a": None}, "{}", "{a: null}"), ({"is": ["a"]}, "a", "[a]", "a"),
    ({"gt": "3"}, "3", "more than 3", "3"), ({"ge": "3"}, 2, "at least 3", "2"), ({"lt": "3"}, 3, "less than 3", "3"),
    ({"le": "3"}, "3.1", "at most 3", "3.1"), ({"gt": "1", "lt": "5"}, 7, "more than 1 and less than 5", "7"),
    ({"gt": "3"}, "many", "more than 3", "many, which is no number"), ({"gt": "3"}, ABSENT, "more than 3", "(absent)"),
    ({"gt": "3"}, "", "more than 3", "(empty), which is no number"),
    ({"gt": "3"}, True, "more than 3", "true, which is no number"),
    ({"any": ["a", "~^b", ""]}, "c", "any of a, /^b/, (empty)", "c"), ({"not": "a"}, "a", "not a", "a"),
    ({"0": "a", "x": "b"}, ["a"], "{0: a, x: b}", "[a]"), ({"is": {"0": "a"}}, ["a"], "{0: a}", "[a]"),
    ({"not": "a"}, ABSENT, "not a", "(absent)"), ({"not": "absent"}, ABSENT, "(present)", "(absent)"),
    ({"not": "~a"}, "a", "not /a/", "a"), ({"not": "~a"}, ["b"], "not /a/", "[b]"),
    ({"not": {"gt": "3"}}, "many", "not more than 3", "many"), ({"not": {"len": "3"}}, 5, "not of length 3", "5"),
    ({"not": {"any": [{"gt": "3"}]}}, "many", "not any of more than 3", "many"),
    ({"not": {"not": "a"}}, ABSENT, "not not a", "(absent)"),
    ({"len": "2"}, ["a"], "of length 2", "[a], which has length 1"),
    ({"len": {"gt": "2"}}, "ab", "of length more than 2", "ab, which has length 2"),
    ({"len": "2"}, 10, "of length 2", "10, which has no length"), ({"len": "0"}, ABSENT, "of length 0", "(absent)")])
def test_what_a_matcher_refuses(expected: Any, got: Any, expected_text: str, got_text: str) -> None:
    (mismatch,) = compare(read_expected(expected), got, "x")
    assert (mismatch.path, mismatch.expected_text, mismatch.got_text) == ("x", expected_text, got_text)


@pytest.mark.parametrize("text", ["~.*", "absent"])
def test_what_was_not_read_from_a_file_is_no_matcher(text: str) -> None:
    assert compare(text, text) == []
    assert compare(text, "x") != []
    assert compare(text, ABSENT) != []


def test_a_difference_inside_of_a_mapping_is_told_with_its_path() -> None:
    (mismatch,) = compare(read_expected({"a": [{"b": "~^x"}]}), {"a": [{"b": "y"}]})
    assert (mismatch.path, mismatch.expected_text, mismatch.got_text) == ("a[0].b", "matches /^x/", "y")


def test_an_item_that_is_another_is_told_with_its_number() -> None:
    (mismatch,) = compare(read_expected({"args": {"1": "b"}}), {"args": ["a", "c"]})
    assert (mismatch.path, mismatch.expected_text, mismatch.got_text) == ("args.1", "b", "c")


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_numbers_are_in_order(bound: int, value: int) -> None:
    held = {name: not compare(read_expected({name: str(bound)}), value) for name in ("gt", "ge", "lt", "le")}
    assert held == {"gt": value > bound, "ge": value >= bound, "lt": value < bound, "le": value <= bound}


@pytest.mark.parametrize(("expected", "got"), [
    ({"nosuch": "x"}, {"name": "y"}), ({"1": "x"}, ["y"]), ({"first": "x"}, ["y"]), ("a", ["b"]),
    ("a", {"b": "c"}), (["a"], "b")])
def test_the_opposite_of_what_cannot_be_compared_does_not_hold(expected: object, got: object) -> None:
    assert compare(read_expected({"not": expected}), got)


def test_the_opposite_of_a_mapping_that_can_be_compared() -> None:
    assert not compare(read_expected({"not": {"name": "x"}}), {"name": "y", "other": "z"})
