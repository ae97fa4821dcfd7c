"""Values in the place of `${name.field}`: what they may make of a matcher, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from callgate.scenario.expected import read_expected
from callgate.scenario.failure import MistakenStepError
from callgate.scenario.resolving import resolve


def with_value(written: Any, value: str) -> Any:
    return resolve(read_expected(written), lambda name, path: value)


@pytest.mark.parametrize(("written", "value", "message"), [
    ("~^${x.a}", "", "${x.a} is empty, so '~^${x.a}' would be found in any text"),
    ("~${x.a}", "", "would be found in any text"), ("~${x.a}|foo", "", "would be found in any text"),
    ({"not": "~^${x.a}"}, "", "would be found in any text"), ({"any": ["a", "~^${x.a}"]}, "", "found in any text"),
    ({"a": {"b": ["~${x.a}"]}}, "", "would be found in any text"),
    ("~[${x.a}-z]", "~", "is no regular expression"),
    ({"gt": "${x.a}"}, "many", "'gt' compares numbers, and 'many' is none"), ({"le": "${x.a}"}, "", "compares numbers"),
    ({"not": {"gt": "${x.a}"}}, "many", "compares numbers"), ({"len": "${x.a}"}, "", "'len' takes a whole number"),
])
def test_a_value_that_leaves_nothing_to_fail(written: Any, value: str, message: str) -> None:
    with pytest.raises(MistakenStepError) as raised:
        with_value(written, value)
    assert message in str(raised.value)


@pytest.mark.parametrize(("written", "value", "found"), [
    ("~^${x.a}$", "", "~^$"), ("~^foo${x.a}", "", "~^foo"), ("~.${x.a}", "", "~."), ("~^${x.a}", "a.b", r"~^a\.b"),
    ("${x.a}", "", ""), ({"gt": "${x.a}"}, "3", {"gt": "3"}), ({"len": "${x.a}"}, "3", {"len": "3"}),
    ({"len": {"gt": "${x.a}"}}, "3", {"len": {"gt": "3"}}), ({"is": "~${x.a}"}, "", {"is": "~"}),
    ("~.*", "", "~.*"), (["${x.a}"], "~.*", ["~.*"])])
def test_a_value_that_leaves_something(written: Any, value: str, found: Any) -> None:
    assert with_value(written, value) == found
