"""`log`: lines before, lines to come, lines that must not come."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import step
from self_test.scenario.stand import Stand

from callgate.scenario.journal import Source
from callgate.scenario.verdict import Outcome

WAIT = step("expect", {"ami": "Later"})


@pytest.mark.parametrize(("fields", "what"), [
    ({}, "one of 'has', 'lacks'"), ({"has": "a", "lacks": "b"}, "one of 'has', 'lacks'"),
    ({"lacks": "a", "within": "2s"}, "'within' goes with 'has'"), ({"lacks": "a", "as": "x"}, "'as' goes with 'has'"),
    ({"has": "~("}, "no regular expression"), ({"has": ""}, "at least 1"), ({"has": "~"}, "regular expression"),
    ({"has": "a", "level": "DEBUG"}, "ERROR"), ({"has": "a", "level": "warning"}, "ERROR")])
def test_what_is_refused(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        step("log", fields)


@pytest.mark.parametrize(("fields", "outcome"), [
    ({"has": "tide is"}, Outcome.PASSED), ({"has": r"~is \w+$"}, Outcome.PASSED), ({"has": "is .*"}, Outcome.FAILED),
    ({"has": "tide", "level": "NOTICE"}, Outcome.PASSED), ({"has": "tide", "level": "WARNING"}, Outcome.FAILED)])
@pytest.mark.parametrize("before", [True, False])
def test_a_line_that_has_been_or_comes(fields: dict[str, Any], outcome: Outcome, before: bool) -> None:
    stand = Stand()
    if before:
        stand.asterisk.log("NOTICE", "the tide is high")
    playing = stand.play(step("log", fields))
    if not before:
        assert not playing.done
        stand.asterisk.log("NOTICE", "the tide is high")
    stand.clock.advance(5)
    assert playing.result().outcome is outcome


def test_a_line_that_is_waited_for_is_in_the_journal_and_no_other_is() -> None:
    stand = Stand()
    stand.play(step("log", "tide"))
    for text in ("the moon", "the tide", "the tide again"):
        stand.asterisk.log("VERBOSE", text)
    assert [entry.data for entry in stand.entries(Source.LOG)] == ["the tide"]


def test_what_is_shown_of_a_line_that_did_not_come() -> None:
    stand = Stand()
    for number in range(5):
        stand.asterisk.log("NOTICE", f"line {number}")
    stand.asterisk.log("VERBOSE", "other")
    playing = stand.play(step("log", {"has": "~x+", "level": "NOTICE", "within": "1s"}))
    stand.clock.advance(1)
    assert playing.headline() == "Asterisk has logged no NOTICE /x+/ by 1.0 s"
    why = playing.result().explanation
    assert why is not None
    assert why.got == tuple(("last logged", f"NOTICE line {number}") for number in (2, 3, 4))


def test_a_line_that_was_given_a_name() -> None:
    stand = Stand()
    stand.asterisk.log("NOTICE", "the tide is high")
    stand.play(step("log", {"has": "~is (?P<how>.*)", "as": "line"}),
               step("ami", {"action": "X", "headers": {"A": "${line.level} ${line.how}: ${line.text}"}}))
    assert stand.asterisk.fake_ami.actions == [("X", (("A", "NOTICE high: the tide is high"),))]


@pytest.mark.parametrize("level", ["VERBOSE", "ERROR"])
def test_a_line_that_must_not_come_ends_whatever_waits(level: str) -> None:
    stand = Stand()
    stand.asterisk.log(level, "before, the tide was high")
    playing = stand.play(step("log", {"lacks": "tide"}), WAIT)
    stand.asterisk.log(level, "the moon")
    assert not playing.done
    stand.asterisk.log(level, "the tide is high")
    assert playing.headline() == "Asterisk logged at 0 ms what it must not"
    why = playing.result().explanation
    assert why is not None
    assert (why.expected, why.got) == ((("log", "no line with 'tide'"),), (("log", f"{level} the tide is high"),))


def test_a_line_of_another_level_may_come() -> None:
    stand = Stand()
    playing = stand.play(step("log", {"lacks": "tide", "level": "ERROR"}), WAIT)
    stand.asterisk.log("WARNING", "the tide is high")
    stand.asterisk.ami_event("Later")
    assert playing.result().outcome is Outcome.PASSED


@pytest.mark.parametrize("key", ["has", "lacks"])
def test_without_a_log_there_is_no_judgement(key: str) -> None:
    stand = Stand()
    stand.asterisk.has_log = False
    playing = stand.play(step("log", {key: "tide"}))
    assert playing.result().outcome is Outcome.ENVIRONMENT
    assert "an Asterisk that runs elsewhere" in playing.headline()


@pytest.mark.parametrize("key", ["has", "lacks"])
def test_a_text_that_is_empty_now_is_looked_for_in_nothing(key: str) -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "X", "as": "x"}), step("log", {key: "${x.Value}"}), WAIT)
    stand.asterisk.ami_event("X", ("Value", ""))
    assert playing.headline() == f"'{key}' is empty, and would be found in any text"


@pytest.mark.parametrize("steps", [
    [{"has": "~(a+)+$"}], [{"lacks": "~(a+)+$"}], [{"lacks": "~(a+)+$"}, {"has": "other"}]])
def test_an_expression_that_takes_too_long_ends_the_step_and_nothing_else(steps: list[dict[str, Any]]) -> None:
    stand = Stand()
    playing = stand.play(*(step("log", one) for one in steps), WAIT)
    stand.asterisk.log("NOTICE", "a" * 100 + "!")
    assert playing.result().outcome is Outcome.FAILED
    assert "/(a+)+$/ takes too long" in playing.headline()
    why = playing.result().explanation
    assert why is not None
    assert why.place == "tests/t/test-config.yaml:10:9"
