"""`check`: what it repeats, when, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import answered, response, step
from self_test.scenario.stand import Stand

from callgate.errors import AsteriskCrashedError
from callgate.scenario.verdict import Outcome

CHECK = {"step": {"ari": {"request": "GET /x", "expect": {"state": "Up"}}}, "within": "1s"}


def test_what_holds_is_read_once() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {"state": "Up"}))
    assert stand.play(step("check", CHECK)).result().outcome is Outcome.PASSED
    assert len(stand.ari.requests) == 1


def test_it_reads_again_when_something_happens() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {"state": "Ring"}))
    playing = stand.play(step("check", CHECK))
    stand.asterisk.ami_event("Newstate")
    assert len(stand.ari.requests) == 1, "there is a shortest time between two reads"
    stand.clock.advance(0.01)
    assert len(stand.ari.requests) == 2
    stand.clock.advance(0.01)
    stand.ari.on("GET", "/x", response(200, "OK", {"state": "Up"}))
    stand.asterisk.ari_event("ChannelStateChange")
    assert playing.result().outcome is Outcome.PASSED


def test_it_reads_again_every_tenth_of_a_second_and_at_the_end() -> None:
    stand = Stand()
    playing = stand.play(step("check", CHECK))
    assert len(stand.ari.requests) == 1  # its own request and response are no news
    stand.clock.pump([1 / 128] * 130)  # each wait ends with a tick, so that there are 14 of them between two reads
    assert len(stand.ari.requests) == 11
    assert playing.headline() == (
        "Asterisk answered GET /x with 200, with another value (still so after 1.0 s, 11 reads)")
    why = playing.result().explanation
    assert why is not None
    assert (why.expected, why.got) == ((("body.state", "Up"),), (("body.state", "(absent)"),))


def test_a_crash_is_not_repeated() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", AsteriskCrashedError("it died"))
    assert stand.play(step("check", CHECK)).result().outcome is Outcome.CRASHED
    assert len(stand.ari.requests) == 1


def test_a_name_that_stands_for_nothing_is_not_repeated() -> None:
    stand = Stand()
    stand.ari.on("GET", "/y", response(200, "OK", {}))
    playing = stand.play(step("ari", {"request": "GET /y", "as": "y"}),
                         step("check", {"step": {"cli": {"command": "core show ${y.z}", "lacks": "x"}}}))
    assert playing.result().outcome is Outcome.FAILED
    assert "still so" not in playing.headline()


def test_the_other_two_and_what_they_define() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Getvar", answered("Success", ("Value", "0")), answered("Success", ("Value", "1")))
    stand.asterisk.fake_ami.on("Command", answered("Success", ("Output", "no")), answered("Success", ("Output", "yes")))
    one = step("check", {"step": {"ami": {"action": "Getvar", "headers": {"Variable": "A"}, "expect": {"Value": "1"},
                                          "as": "a"}}})
    assert (one.defines(), one.needs()) == ({"a"}, set())
    playing = stand.play(one, step("check", {"step": {"cli": {"command": "core show x${a.Value}", "contains": "yes"}}}))
    for _ in range(2):
        stand.clock.advance(0.01)
        stand.asterisk.ami_event("News")
    assert playing.result().outcome is Outcome.PASSED
    assert stand.asterisk.fake_ami.actions[-1] == ("Command", (("Command", "core show x1"),))


@pytest.mark.parametrize(("inner", "what"), [
    ({"ari": "POST /x"}, "only with GET, and this is a POST"), ({"ari": {"request": "DELETE /x"}}, "only with GET"),
    ({"ami": "Originate"}, "'Originate' is not"), ({"ami": {"action": "${a.b}"}}, "is not"),
    ({"ami": {"action": "Getvar", "headers": {"variable": "SHELL(x)"}}}, "of a function is not"),
    ({"cli": "core stop now"}, "'core stop now' is none"), ({}, "needs one of"), ({"hangup": "call"}, "Extra inputs"),
    ({"ari": "GET /x", "ami": "Ping"}, "needs one of"),
    ({"cli": "core show x"}, "needs .contains., .lacks. or .matches.")])
def test_only_reads_may_be_repeated(inner: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        step("check", {"step": inner})


def test_answers_to_another_check_are_no_news() -> None:
    stand = Stand()
    playing = stand.play(step("check", CHECK))
    stand.clock.advance(0.01)
    stand.ari.on("GET", "/x", response(200, "OK", {"state": "Up"}))
    stand.asterisk.ami_event("CoreShowChannel", ("ActionID", "callgate-7"))
    assert not playing.done
    stand.asterisk.ami_event("Newstate")
    assert playing.result().outcome is Outcome.PASSED


def test_what_is_no_read_with_values_put_in_is_not_played() -> None:
    stand = Stand()
    getvar = {"action": "Getvar", "headers": {"Variable": "${x.Value}"}}
    playing = stand.play(step("expect", {"ami": "X", "as": "x"}), step("check", {"step": {"ami": getvar}}))
    stand.asterisk.ami_event("X", ("Value", "SHELL(reboot)"))
    assert playing.headline() == ("'ami' may be repeated only with an action that is known to read, and 'Getvar' of a "
                                  "function is not")
    assert [name for name, _ in stand.asterisk.fake_ami.actions] == []
