"""What every step has: durations, names, fields that are checked, and a line that reads like the file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from self_test.scenario.fakes import step

from callgate.scenario.steps import STEPS
from callgate.scenario.steps.base import Duration, Name, parse_duration


@pytest.mark.parametrize(("text", "seconds"), [
    ("500ms", 0.5), ("2s", 2.0), ("1.5m", 90.0), ("1h", 3600.0), ("168h", 604800.0), (3, 3.0), (0.25, 0.25)])
def test_durations(text: object, seconds: float) -> None:
    assert TypeAdapter(Duration).validate_python(text) == pytest.approx(seconds)


@given(st.integers(1, 168), st.sampled_from(["ms", "s", "m", "h"]))
def test_a_duration_is_its_number_times_its_unit(number: int, unit: str) -> None:
    seconds = parse_duration(f"{number}{unit}")
    assert isinstance(seconds, float)
    assert seconds == pytest.approx(number * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit])


@pytest.mark.parametrize(("text", "message"), [
    ("5", "'5' needs a unit: '5s' is seconds, '5ms' milliseconds"),
    ("1.5", "'1.5' needs a unit"),
    ("soon", "'soon' is no duration; write a number and a unit: 500ms, 2s, 1.5m, 1h"),
    ("-1s", "'-1s' is no duration"), ("1 s", "is no duration"), ("1S", "is no duration"), ("", "'' is no duration"),
    ("1s ", "is no duration"), (".5s", "is no duration"), ("1d", "is no duration"), ("2s\n", "is no duration"),
    ("0s", "'0s' is out of bounds: more than 0, and at most 168h"), ("169h", "'169h' is out of bounds"),
    ("9" * 400 + "s", "'99999999999999999999' is out of bounds"),
])
def test_what_is_no_duration(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace(".", r"\.")):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize("name", ["call", "_", "A-1_b"])
def test_names(name: str) -> None:
    assert TypeAdapter(Name).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "1call", "a.b", "a b", "call;2", "ä", "a\n", "${a}"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)


def test_the_steps_of_the_language() -> None:
    assert [kind.keyword for kind in STEPS.values()] == list(STEPS)
    shorthands = {keyword: kind.shorthand for keyword, kind in STEPS.items()}
    assert shorthands.items() >= {
        "register": "app", "disconnect": "client", "originate": None, "answer": "channel", "hangup": "channels",
        "expect": None, "never": None}.items()
    assert all(kind.shorthand is None or kind.shorthand in kind.model_fields for kind in STEPS.values())


@pytest.mark.parametrize(("keyword", "fields", "line"), [
    ("register", "Babs", "register: Babs"),
    ("register", ["a", "b"], "register: [a, b]"),
    ("register", {"app": "a", "subscribe": "all", "as": "client"}, "register: {app: a, subscribe: all, as: client}"),
    ("disconnect", "client", "disconnect: client"),
    ("disconnect", {"client": "a", "within": "2s"}, "disconnect: {client: a, within: 2s}"),
    ("originate", {"endpoint": "Local/x@y", "extension": "x", "context": "y", "variables": {"A": "1"}, "as": "call"},
     "originate: {endpoint: Local/x@y, variables: {A: 1}, extension: x, context: y, as: call}"),
    ("answer", "call;2", "answer: call;2"),
    ("hangup", "call", "hangup: call"),
    ("hangup", ["A", "B"], "hangup: [A, B]"),
    ("hangup", {"channels": ["A", "B"], "missing": "ok"}, "hangup: {channels: [A, B], missing: ok}"),
    ("expect", {"ami": "Hangup", "channel": "call", "variables": {"S": "x"}, "as": "end"},
     "expect: {ami: Hangup, channel: call, variables: {S: x}, as: end}"),
    ("expect", {"ami": "Hangup", "within": "500ms"}, "expect: {ami: Hangup, within: 500ms}"),
    ("expect", {"ami": "VarSet", "Variable": "A"}, "expect: {ami: VarSet, Variable: A}"),
    ("never", {"ari": "StasisEnd", "fields": {"channel.state": "Up"}},
     "never: {ari: StasisEnd, fields: {channel.state: Up}}"),
])
def test_a_step_is_described_as_it_would_be_written(keyword: str, fields: Any, line: str) -> None:
    assert step(keyword, fields).describe() == line


@pytest.mark.parametrize("keyword", ["register", "disconnect", "originate", "answer", "hangup"])
def test_an_unknown_field_is_refused(keyword: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        step(keyword, {"colour": "red"})


def test_a_step_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        step("hangup", "call").channels = "other"  # type: ignore[attr-defined]  # of hangup alone
