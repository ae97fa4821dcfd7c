"""`expect`, `never`: their fields, what they select by, what they assert, what they leave behind."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import planned, step
from self_test.scenario.stand import ORIGINATE, RUN, Awaited, Stand

from callgate.scenario.context import Context
from callgate.scenario.failure import StepFailedError
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
    playing = stand.play(step("register", "a"), ORIGINATE, step("never", {"ari": "StasisStart", "channel": "call"}),
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
    ("${event.args.0}", "x"),
])
def test_fields_of_an_ari_event_that_was_given_a_name(reference: str, value: str) -> None:
    assert captured(reference, {"ari": "StasisStart"}) == value


@pytest.mark.parametrize("reference", [
    "${event.channel}", "${event.nothing}",
    "${event.args}", "${event.args.1}",
    "${event}",
])
def test_what_is_no_text_stands_for_nothing(reference: str) -> None:
    assert str(captured(reference, {"ari": "StasisStart"})).startswith(f"{reference} stands for nothing")


# -- matchers in steps -----------------------------------------------------------------------------------

def test_what_is_put_in_is_no_matcher() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "A", "as": "event"}),
                         step("expect", {"ami": "B", "Value": "${event.Value}"}))
    stand.asterisk.ami_event("A", ("Value", "~.*"))
    stand.asterisk.ami_event("B", ("Value", "anything"))
    assert playing.headline() == "B came at 0 ms, with another value"


def test_matchers_select_and_assert() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "VarSet", "where": {"Variable": "~^STASIS"}, "Value": "~^S"}))
    stand.asterisk.ami_event("VarSet", ("Variable", "OTHER"), ("Value", "F"))
    stand.asterisk.ami_event("VarSet", ("Variable", "STASISSTATUS"), ("Value", "FAILED"))
    why = playing.result().explanation
    assert why is not None
    assert (why.headline, why.expected, why.got) == (
        "VarSet with Variable matching /^STASIS/ came at 0 ms, with another value", (("Value", "matches /^S/"),),
        (("Value", "FAILED"),))


def test_a_step_with_matchers_is_described_as_it_was_written() -> None:
    one = step("expect", {"ami": "A", "Value": "~^${x.y}", "Cause": {"not": "absent"}, "fields": {"X": {"gt": "3"}}})
    assert one.describe() == "expect: {ami: A, fields: {X: {gt: 3}}, Value: ~^${x.y}, Cause: {not: absent}}"


@pytest.mark.parametrize(("fields", "message"), [
    ({"ami": "A", "Value": {"id": "x"}}, "is a text"),
    ({"ami": "A", "fields": {"Value": {"id": "x"}}}, "fields.Value\n.*is a text"),
    ({"ami": "A", "variables": {"V": "absent"}}, "is never absent"),
    ({"ami": "A", "client": "a"}, "has a 'client', over which only events of 'ari' come"),
    ({"ari": "A", "where": {"channel": {"id": {"gt": "x"}}}}, "'gt' compares numbers"),
])
def test_what_cannot_match(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Expect.model_validate(fields)


def test_only_the_events_of_a_client() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("register", "b"), step("expect", {"ari": "X", "client": "b"}))
    stand.asterisk.ari_event("X", socket="a")
    assert not playing.done
    stand.asterisk.ari_event("X", socket="b")
    assert playing.result().outcome is Outcome.PASSED


def context_of(stand: Stand) -> Context:
    return Context(stand.clock, stand.journal, {"ast1": stand.asterisk}, prefix="x", predefined=RUN, step_timeout=5.0)


# -- never for, mark, since ------------------------------------------------------------------------------

def test_a_never_for_a_while_ends_with_it() -> None:
    stand = Stand()
    playing = stand.play(step("never", {"ami": "A", "for": "1s"}), step("expect", {"ami": "B"}))
    stand.clock.advance(0.99)
    assert not playing.done
    stand.asterisk.ami_event("B")
    assert not playing.done, "it still watches"
    stand.clock.advance(0.01)
    assert playing.result().outcome is Outcome.PASSED


def test_a_never_for_a_while_fails_at_once() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "B"}), step("never", {"ami": "A", "channel": "call",
                                                                                "for": "1s"}))
    stand.asterisk.ami_event("A", channel="call")
    assert not playing.done
    stand.asterisk.ami_event("B")
    assert playing.headline() == "A of call came at 0 ms, and must not"


def test_what_a_never_for_a_while_did_not_watch_is_not_its_business() -> None:
    stand = Stand()
    playing = stand.play(step("never", {"ami": "A", "for": "1s"}), step("expect", {"ami": "B"}))
    stand.clock.advance(1)
    stand.asterisk.ami_event("A")
    stand.asterisk.ami_event("B")
    assert playing.result().outcome is Outcome.PASSED


@pytest.mark.parametrize("fields", [{"ami": "A", "for": "1s"}, {"ami": "A", "exactly": "0", "for": "1s"}])
def test_a_watch_that_is_cut_short_is_no_watch(fields: dict[str, str]) -> None:
    stand = Stand()
    one = step("count" if "exactly" in fields else "never", fields)
    playing = Awaited(one.run(context_of(stand).for_step(planned([one])[0], timeout=0.5, soft=None)))
    stand.clock.advance(0.5)
    with pytest.raises(StepFailedError, match="was up before it had watched for as long as it should"):
        playing.result()


def test_only_what_comes_after_a_mark() -> None:
    stand = Stand()
    stand.asterisk.ami_event("A", ("Value", "old"))
    playing = stand.play(step("mark", "here"), step("expect", {"ami": "A", "since": "here", "Value": "new"}))
    assert not playing.done
    stand.asterisk.ami_event("A", ("Value", "new"))
    assert playing.result().outcome is Outcome.PASSED


def test_a_missing_event_is_told_with_the_mark() -> None:
    stand = Stand()
    stand.asterisk.ami_event("A")
    playing = stand.play(step("mark", "here"), step("expect", {"ami": "A", "since": "here", "within": "1s"}))
    stand.clock.advance(1)
    why = playing.result().explanation
    assert why is not None
    assert (why.headline, why.got) == ("no A since here by 1.0 s", (("event", "(none)"),))


def test_every_step_that_looks_for_events_can_begin_at_a_mark() -> None:
    stand = Stand()
    stand.asterisk.ami_event("A")
    playing = stand.play(
        ORIGINATE, step("mark", "here"), step("never", {"ami": "A", "since": "here"}),
        step("never", {"ami": "A", "since": "here", "for": "1s"}),
        step("count", {"ami": "A", "exactly": 0, "since": "here", "for": "1s"}),
        step("expect_all", {"events": [{"ami": "A"}], "since": "here", "within": "1s"}))
    stand.clock.pump([1, 1, 1])
    assert playing.headline() == "1 of 1 events did not come by 3.0 s"


def test_a_mark_between_a_channel_and_a_never() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "B"}), step("mark", "here"),
                         step("never", {"ami": "A", "channel": "call", "since": "here"}))
    stand.asterisk.ami_event("A", channel="call")
    stand.asterisk.ami_event("B")
    assert playing.result().outcome is Outcome.PASSED


def test_a_mark_that_was_never_set() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "A", "within": "1s"}), step("mark", "here"),
                         last=[step("expect", {"ami": "B", "since": "here"})])
    stand.clock.advance(1)
    why = playing.result().explanation
    assert why is not None
    assert [line.rpartition(": ")[2] for line in why.also] == ["mark here was never set"]


def test_marks_have_names_of_their_own() -> None:
    assert step("mark", "call").defines() == {"mark:call"}
    assert step("never", {"ami": "A", "since": "call", "channel": "call"}).needs() == {"mark:call", "call"}
