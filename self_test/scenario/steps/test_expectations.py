"""`expect`, `never`: their fields, what they select by, what they assert, what they leave behind."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import step
from self_test.scenario.stand import ORIGINATE, Stand

from callgate.scenario.steps.expectations import Expect, Never
from callgate.scenario.verdict import Outcome


@pytest.mark.parametrize("kind", [Expect, Never])
@pytest.mark.parametrize("fields", [{}, {"ami": "Hangup", "ari": "StasisEnd"}, {"channel": "call"}])
def test_one_event_is_named(kind: type[Expect | Never], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"'ami' or 'ari'"):
        kind.model_validate(fields)


def test_needs_and_defines() -> None:
    assert step("expect", {"ami": "X"}).needs() == set()
    assert step("expect", {"ami": "X", "channel": "call;2"}).needs() == {"call;2"}
    assert step("never", {"ari": "X", "channel": "call"}).needs() == {"call"}
    assert step("expect", {"ami": "X"}).defines() == set()
    assert step("expect", {"ami": "X", "as": "event"}).defines() == {"event"}
    assert step("never", {"ami": "X"}).defines() == set()


@pytest.mark.parametrize(("key", "given", "allowed"), [
    ("Cause", {"ami": "Hangup"}, True), ("cause", {"ami": "Hangup"}, False), ("Cause", {"ari": "X"}, False),
    ("", {"ami": "Hangup"}, False)])
def test_which_keys_are_headers(key: str, given: dict[str, Any], allowed: bool) -> None:
    assert Expect.extra_key_allowed(key, given) is allowed


def test_headers_in_the_step_are_told_from_its_fields() -> None:
    one = Expect.model_validate({"ami": "Hangup", "Cause": "16", "fields": {"Cause-txt": "x"}})
    assert (one.headers, one.fields) == ({"Cause": "16"}, {"Cause-txt": "x"})


def test_an_expectation_asserts_on_the_first_event_that_its_selector_picks() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "VarSet", "where": {"Variable": "A"}, "Value": "2"}))
    stand.asterisk.ami_event("VarSet", ("Variable", "B"), ("Value", "2"))
    assert not playing.done
    stand.asterisk.ami_event("VarSet", ("Variable", "A"), ("Value", "1"))
    assert playing.result().outcome is Outcome.FAILED


def test_a_never_selects_by_everything_in_it() -> None:
    stand = Stand()
    never = step("never", {"ami": "VarSet", "Variable": "A", "fields": {"Value": "2"}})
    playing = stand.play(never, step("expect", {"ami": "End"}))
    stand.asterisk.ami_event("VarSet", ("Variable", "A"), ("Value", "1"))
    stand.asterisk.ami_event("VarSet", ("Variable", "B"), ("Value", "2"))
    assert not playing.done
    stand.asterisk.ami_event("VarSet", ("Variable", "A"), ("Value", "2"))
    why = playing.result().explanation
    assert why is not None
    assert why.headline == "VarSet with Variable A with Value 2 came at 0 ms, and must not"


def test_a_never_over_ari() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("never", {"ari": "StasisStart", "channel": "call"}),
                         step("expect", {"ami": "End"}))
    stand.asterisk.ari_event("StasisStart", channel="call")
    assert playing.headline() == "StasisStart of call came at 0 ms, and must not"


def test_without_any_such_event_nothing_is_shown_instead() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "Hangup"}))
    stand.clock.advance(5)
    why = playing.result().explanation
    assert why is not None
    assert (why.expected, why.got) == ((("event", "Hangup"),), (("event", "(none)"),))


def captured(reference: str, send: Any) -> Any:
    """What `${event.…}` becomes, as a query of an originate has it."""
    stand = Stand()
    playing = stand.play(step("expect", {**send, "as": "event"}),
                         step("originate", {"endpoint": "PJSIP/b", "app": reference, "as": "call"}))
    if "ami" in send:
        stand.asterisk.ami_event("VarSet", ("Variable", "A"), ("Value", r"a\?b"), ("Repeated", "first"),
                                 ("Repeated", "second"))
    else:
        stand.asterisk.ari_event("StasisStart", {"channel": {"caller": {"number": 100}}, "args": ["x"], "ok": True})
    assert playing.done
    requests = [one for one in stand.ari.requests if one.method == "POST"]
    return requests[0].query["app"] if requests else playing.headline()


@pytest.mark.parametrize(("reference", "value"), [
    ("${event.Variable}", "A"), ("${event.Repeated}", "first"), ("<${event.Event}>", "<VarSet>"),
    ("${event.Value}", "a?b"),
])
def test_headers_of_an_event_that_was_given_a_name(reference: str, value: str) -> None:
    assert captured(reference, {"ami": "VarSet"}) == value


@pytest.mark.parametrize(("reference", "value"), [
    ("${event.channel.caller.number}", "100"),
    ("${event.ok}", "true"),
])
def test_fields_of_an_ari_event_that_was_given_a_name(reference: str, value: str) -> None:
    assert captured(reference, {"ari": "StasisStart"}) == value


@pytest.mark.parametrize("reference", [
    "${event.channel}", "${event.nothing}",
    "${event.args}",
    "${event}",
])
def test_what_is_no_text_stands_for_nothing(reference: str) -> None:
    assert str(captured(reference, {"ari": "StasisStart"})).startswith(f"{reference} stands for nothing")
