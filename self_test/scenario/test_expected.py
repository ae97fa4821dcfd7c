"""What is a matcher and what is not, and what is refused before anything is started."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from callgate.scenario.expected import (
    Absent,
    Expected,
    ExpectedHeader,
    ExpectedVariable,
    Operators,
    Regex,
    number,
    read_expected,
)


@pytest.mark.parametrize(("value", "kind"), [
    ("~^a", Regex), ("absent", Absent), ({"gt": "3"}, Operators), ({"gt": "1", "lt": "5"}, Operators),
    ({"any": ["a", "~b"]}, Operators), ({"not": "absent"}, Operators), ({"len": "2"}, Operators),
    ({"len": {"gt": "2"}}, Operators), ({"is": "~x"}, Operators), ({"gt": "${call.number}"}, Operators),
    ("a", str), ("a~b", str), ("Absent", str), (16, int), ({"id": "x"}, dict), (["a"], list)])
def test_what_is_recognised(value: Any, kind: type) -> None:
    assert type(read_expected(value)) is kind
    assert read_expected(value) == value, "it is described as it was written"
    assert type(read_expected(read_expected(value))) is kind


def test_matchers_are_found_at_any_depth_but_below_is() -> None:
    read = read_expected({"channel": {"name": "~^Local/", "args": ["~a", {"any": ["absent", {"is": {"gt": "~a"}}]}]}})
    assert type(read["channel"]["name"]) is Regex
    assert type(read["channel"]["args"][0]) is Regex
    operators = read["channel"]["args"][1]
    assert type(operators["any"][0]) is Absent
    literal = operators["any"][1]["is"]
    assert (type(literal), type(literal["gt"])) == (dict, str)


@pytest.mark.parametrize(("value", "message"), [
    ("~", "'~' is followed by a regular expression; the text itself is '{is: ~}'"),
    ("~[", "'~[' is no regular expression: unterminated character set"),
    ("~a{99999999999999999999}", "is no regular expression: the repetition number is too large"),
    ("~[[a]", "is no regular expression: Possible nested set"),
    ("~" + "(" * 999, "is no regular expression"), ("~" + "a" * 1000, "is longer than a regular expression may be"),
    ({"gt": "x"}, "'gt' compares numbers, and 'x' is none"), ({"le": ""}, "'le' compares numbers, and '' is none"),
    ({"lt": "~1"}, "'lt' compares numbers"), ({"ge": ["1"]}, "'ge' compares numbers, and a list is none"),
    ({"any": "a"}, "'any' takes a list"), ({"any": []}, "'any' takes a list"), ({"any": ["~["]}, "no regular expr"),
    ({"len": "x"}, "'len' takes a whole number or a matcher"), ({"len": "~1"}, "'len' takes"),
    ({"len": "-1"}, "'len' takes"), ({"len": {"x": "1"}}, "'len' takes"), ({"not": "~["}, "no regular expression"),
    ({"gt": "1", "id": "x"}, "'gt' is a matcher, and 'id' beside it is none; matchers are gt, ge, lt, le, any, not"),
    ({"gt": "1", "lte": "2"}, "'lte' beside it is none; write 'le'"),
    ({"is": "1", "not": "2"}, "'is' says all there is to say"),
    ({"gte": "3"}, "'gte' is no matcher; write 'ge'"), ({"GT": "3"}, "'GT' is no matcher; write 'gt'"),
    ({"regex": "a"}, "'regex' is no matcher; write the plain value ~regex, without a mapping"),
    ({"exists": "false"}, "write the plain value absent"), ({"a": {"ne": "b"}}, "'ne' is no matcher; write 'not'"),
    ({}, "is empty, and so asks for nothing"), ({"channel": {}}, "is empty"), ({"not": {}}, "is empty"),
])
def test_what_cannot_be_meant(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("{", r"\{").replace("[", r"\[").replace("(", r"\(")):
        read_expected(value)


def test_a_regular_expression_is_checked_with_what_is_put_in_later() -> None:
    assert type(read_expected("~^${call.id}$")) is Regex
    with pytest.raises(ValueError, match="no regular expression"):
        read_expected("~^${call.id}[")
    assert type(read_expected("~${")) is Regex  # the check of names points at the '${'


def test_what_is_put_into_a_regular_expression_means_itself() -> None:
    put_in = Regex("~^${call.name}.$").resolved(lambda name, path: "a.+(")
    assert put_in.found_in("a.+(!")
    assert not put_in.found_in("abbb(!")


@pytest.mark.parametrize(("value", "message"), [
    ({"gte2": "3"}, "is a text, so 'gte2' can only be meant as a matcher")])
@pytest.mark.parametrize("kind", [ExpectedHeader, ExpectedVariable])
def test_a_text_has_no_keys(kind: Any, value: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(kind).validate_python(value)
    assert TypeAdapter(Expected).validate_python(value) == value


@pytest.mark.parametrize("value", ["absent", {"not": "absent"}, {"any": ["a", "absent"]}])
def test_a_variable_is_never_absent(value: Any) -> None:
    with pytest.raises(ValidationError, match="is never absent: an event reports each variable"):
        TypeAdapter(ExpectedVariable).validate_python(value)
    assert TypeAdapter(ExpectedVariable).validate_python({"is": "absent"}) == {"is": "absent"}
    assert TypeAdapter(Expected).validate_python(value) == value


@pytest.mark.parametrize(("value", "text"), [
    ("16", "16"), (16, "16"), ("-1.5", "-1.5"), (1.5, "1.5"), ("1e3", "1E+3"), (None, "None"), (True, "None"),
    ("", "None"), ("0x10", "None"), ("nan", "None"), ("1_0", "None"), ("00:00:05", "None"), (" 1", "None"),
    ("9" * 101, "None"), (float("inf"), "None"), ([], "None")])
def test_numbers(value: Any, text: str) -> None:
    assert str(number(value)) == text
