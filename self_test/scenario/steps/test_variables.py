"""`variable`: getting, setting, and when it is set."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import response, step
from self_test.scenario.stand import LOCAL, Stand

from callgate.scenario.verdict import Outcome

UNSET = response(404, "Variable Not Found", {"message": "Provided variable was not found"})
BLUE = response(200, "OK", {"value": "blue"})


@pytest.mark.parametrize(("fields", "message"), [
    ({}, "needs either 'get' or 'set'"), ({"get": "A", "set": "B"}, "needs either 'get' or 'set'"),
    ({"get": "A"}, "'get' needs 'expect' or 'as'"),
    ({"get": "A", "expect": "1", "value": "1"}, "'value' goes with 'set'"),
    ({"set": "A"}, "'set' needs 'value'"), ({"set": "A", "value": "1", "expect": "1"}, "go with 'get'"),
    ({"set": "A", "value": "1", "as": "v"}, "go with 'get'"), ({"get": "", "as": "v"}, "at least 1 character"),
    ({"get": "A", "expect": "absent"}, "'expect: absent' goes with 'channel'"),
    ({"get": "A", "expect": {"colour": "blue"}}, "can only be meant as a matcher"),
])
def test_what_cannot_be_meant(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("variable", fields)


@pytest.mark.parametrize(("answer", "expected", "got"), [
    (BLUE, "blue", None), (BLUE, "~^b", None), (UNSET, "absent", None),
    (BLUE, "red", "blue"), (BLUE, "absent", "blue"), (UNSET, "red", "(absent)"), (UNSET, "~.*", "(absent)")])
def test_a_value_is_as_expected_or_not(answer: Any, expected: str, got: str | None) -> None:
    stand = Stand()
    stand.ari.on("GET", "/channels/.*/variable", answer)
    playing = stand.play(LOCAL, step("variable", {"get": "COLOUR", "channel": "call", "expect": expected}))
    assert stand.ari.requests[1].query == {"variable": "COLOUR"}
    result = playing.result()
    if got is None:
        assert result.outcome is Outcome.PASSED
    else:
        assert playing.headline() == "COLOUR of call has another value"
        assert result.explanation is not None
        assert result.explanation.got == (("COLOUR", got),)


def test_a_value_can_be_used_later() -> None:
    stand = Stand()
    stand.ari.on("GET", "/asterisk/variable", BLUE)
    one = step("variable", {"get": "COLOUR", "as": "colour"})
    assert (one.defines(), one.needs()) == ({"colour"}, set())
    stand.play(one, step("variable", {"set": "OTHER", "value": "light ${colour.value}"}))
    assert stand.ari.requests[1].body == {"variable": "OTHER", "value": "light blue"}


def test_a_channel_that_is_gone_has_no_absent_variable() -> None:
    stand = Stand()
    stand.ari.on("GET", "/channels/.*", response(404, "Not Found", {"message": "Provided channel was not found"}))
    playing = stand.play(LOCAL, step("variable", {"get": "COLOUR", "channel": "call", "expect": "absent"}))
    assert playing.headline() == "Asterisk did not get COLOUR of call: 404 Provided channel was not found"


def test_a_variable_is_set_when_the_event_says_so() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, step("variable", {"set": "COLOUR", "value": "", "channel": "call"}),
                         step("answer", "call"))
    assert stand.ari.requests[-1].body == {"variable": "COLOUR", "value": ""}
    stand.asterisk.ami_event("VarSet", ("Variable", "OTHER"), channel="call")
    stand.asterisk.ami_event("VarSet", ("Variable", "COLOUR"), channel="call;2")
    assert not stand.ari.asked("POST")[-1].endswith("/answer")
    stand.asterisk.ami_event("VarSet", ("Variable", "COLOUR"), channel="call")
    assert stand.ari.asked("POST")[-1].endswith("/answer")
    assert playing.done


def test_a_function_is_set_when_what_comes_after_it_is() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, step("variable", {"set": "CALLERID(num)", "value": "1", "channel": "call"}))
    assert [request.body["variable"] for request in stand.ari.requests[1:3]] == ["CALLERID(num)", "CALLGATE_SET"]
    stand.asterisk.ami_event("VarSet", ("Variable", "CALLGATE_SET"), channel="call")
    assert playing.result().outcome is Outcome.PASSED


def test_a_variable_that_is_never_set() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, step("variable", {"set": "COLOUR", "value": "blue", "channel": "call"}))
    stand.clock.advance(5)
    assert playing.headline() == "Asterisk did not set COLOUR of call although it accepted to"
