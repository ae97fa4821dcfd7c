"""A scenario is played step by step: when it passes, when it fails, and what a failure says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from self_test.scenario.fakes import response, step
from self_test.scenario.stand import HANGUP, LOCAL, ORIGINATE, Playing, Stand

from callgate.ari.observer import AriResponse
from callgate.scenario.grace import GRACE
from callgate.scenario.journal import Source
from callgate.scenario.verdict import Outcome


def test_a_scenario_that_holds_passes_and_leaves_nothing() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), LOCAL, step("expect", {"ari": "StasisStart", "channel": "call"}),
                         step("hangup", "call"), HANGUP)
    assert not playing.done
    stand.clock.advance(0.25)
    stand.asterisk.ari_event("StasisStart", channel="call")
    result = playing.result()
    assert (result.outcome, result.explanation, result.seconds) == (Outcome.PASSED, None, 0.25)
    assert stand.asterisk.up == {}
    assert stand.asterisk.socket("a").is_closed
    assert stand.clock.getDelayedCalls() == []
    assert stand.names(Source.STEP) == [
        "register: a", "originate: {endpoint: Local/x@y, app: a, as: call}",
        "expect: {ari: StasisStart, channel: call}", "hangup: call", "expect: {ami: Hangup, channel: call}",
        "clean up", "passed"]
    assert [json.loads(line)["n"] for line in stand.lines] == list(range(len(stand.lines)))


def test_an_event_that_came_before_it_was_expected_is_not_lost() -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels/.*/answer", lambda _: stand.asterisk.hang_up("call"))
    playing = stand.play(ORIGINATE, step("answer", "call"), HANGUP)
    assert playing.result().outcome is Outcome.PASSED


def test_a_wrong_value_fails_at_once_with_both_values() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "Hangup", "channel": "call", "Cause": "17",
                                                    "variables": {"STASISSTATUS": "FAILED"}}))
    stand.clock.advance(0.5)
    stand.asterisk.hang_up("call")
    result = playing.result()
    assert (result.outcome, result.seconds) == (Outcome.FAILED, 0.5)
    why = result.explanation
    assert why is not None
    assert why.headline == "Hangup of call came at 500 ms, with other values"
    assert why.expected == (("Cause", "17"), ("variables.STASISSTATUS", "FAILED"))
    assert why.got == (("Cause", "16"), ("variables.STASISSTATUS", "SUCCESS"))
    assert (why.place, why.at) == ("tests/t/test-config.yaml:11:9", 0.5)
    assert why.step == "expect: {ami: Hangup, channel: call, variables: {STASISSTATUS: FAILED}, Cause: 17}"
    assert "Hangup" in why.before[-1], "what is shown before a failure ends with what was wrong"
    assert "callgate-" not in "\n".join(why.before), "channels are called as the scenario calls them"
    assert why.also == ()


def test_a_missing_event_fails_when_the_deadline_passes_and_not_before() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "Hangup", "channel": "call", "within": "2s"}))
    stand.clock.advance(1.999)
    assert not playing.done
    stand.clock.advance(0.001)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "no Hangup of call by 2.0 s"
    assert stand.asterisk.pings, "a silent Asterisk has to be told from a scenario that is wrong"


def test_a_step_that_names_no_time_has_that_of_the_suite() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP, step_timeout=3.0)
    stand.clock.advance(2.9)
    assert not playing.done
    stand.clock.advance(0.1)
    assert playing.result().outcome is Outcome.FAILED


def test_what_came_instead_of_a_missing_event_is_shown() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, HANGUP)
    stand.asterisk.hang_up("call;2")
    stand.clock.advance(5)
    why = playing.result().explanation
    assert why is not None
    assert why.expected == (("event", "Hangup of call"),)
    [(label, text)] = why.got
    assert label == "other Hangup"
    assert "call;2" in text


def test_after_a_hangup_little_time_is_left_for_what_the_channel_can_still_send() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ari": "ChannelDestroyed", "channel": "call", "within": "1m"}),
                         timeout=120)
    stand.clock.advance(10)
    assert not playing.done
    stand.asterisk.hang_up("call")
    stand.clock.advance(GRACE - 0.1)
    assert not playing.done
    stand.clock.advance(0.1)
    assert playing.headline() == "no ChannelDestroyed of call by 11.0 s, and call is hung up"


def test_the_same_holds_for_a_channel_that_was_hung_up_before() -> None:
    stand = Stand()
    destroyed = step("expect", {"ari": "ChannelDestroyed", "channel": "call", "within": "1m"})
    playing = stand.play(ORIGINATE, HANGUP, destroyed)
    stand.asterisk.hang_up("call")
    stand.clock.advance(GRACE)
    assert playing.result().outcome is Outcome.FAILED


def test_an_event_within_the_grace_is_in_time() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ari": "ChannelDestroyed", "channel": "call"}))
    stand.asterisk.hang_up("call")
    stand.clock.advance(GRACE / 2)
    stand.asterisk.ari_event("ChannelDestroyed", channel="call")
    assert playing.result().outcome is Outcome.PASSED


def test_the_hangup_of_another_channel_takes_no_time_away() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, step("expect", {"ari": "ChannelDestroyed", "channel": "call"}))
    stand.asterisk.hang_up("call;2")
    stand.clock.advance(GRACE * 2)
    assert not playing.done
    stand.asterisk.ari_event("ChannelDestroyed", channel="call")
    assert playing.result().outcome is Outcome.PASSED


def test_never_ends_the_step_that_waits() -> None:
    stand = Stand()
    never = step("never", {"ami": "VarSet", "channel": "call", "Variable": "STASISSTATUS", "Value": "FAILED"})
    playing = stand.play(ORIGINATE, never, HANGUP)
    stand.asterisk.ami_event("VarSet", ("Variable", "STASISSTATUS"), ("Value", ""), channel="call")
    assert not playing.done
    stand.clock.advance(1)
    stand.asterisk.ami_event("VarSet", ("Variable", "STASISSTATUS"), ("Value", "FAILED"), channel="call")
    assert playing.result().outcome is Outcome.FAILED
    why = playing.result().explanation
    assert why is not None
    assert why.headline == ("VarSet of call with Variable STASISSTATUS with Value FAILED came at 1.0 s, and must not")
    assert why.place == "tests/t/test-config.yaml:11:9", "the 'never', and not the step that waited"
    assert stand.asterisk.pings == [], "there is an event to blame"


def test_never_on_a_channel_finds_what_has_happened_to_it_already() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP, step("never", {"ami": "Hangup", "channel": "call"}))
    stand.asterisk.hang_up("call")
    assert playing.headline() == "Hangup of call came at 0 ms, and must not"


def test_never_without_a_channel_begins_where_it_stands() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP, step("never", {"ami": "Hangup"}), step("expect", {"ami": "Go"}))
    stand.asterisk.hang_up("call")
    assert not playing.done
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_never_does_not_hold_for_finally_and_clean_up() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("never", {"ami": "Hangup", "channel": "call"}))
    assert playing.result().outcome is Outcome.PASSED
    assert "Hangup" in stand.names(Source.AMI)


def test_never_with_variables_selects_by_them() -> None:
    stand = Stand()
    never = step("never", {"ami": "Hangup", "channel": "call", "variables": {"STASISSTATUS": "FAILED"}})
    playing = stand.play(ORIGINATE, never, HANGUP)
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.PASSED


def test_a_scenario_has_a_time_limit_of_its_own() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "Hangup", "within": "1h"}), timeout=7)
    stand.clock.advance(6.9)
    assert not playing.done
    stand.clock.advance(0.1)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "the scenario did not end within 7 s"


def test_what_one_step_captures_a_later_one_can_use() -> None:
    stand = Stand()
    playing = stand.play(
        ORIGINATE, step("expect", {"ami": "Newchannel", "channel": "call", "as": "new"}),
        step("expect", {"ami": "Dial", "where": {"DestUniqueid": "${new.Uniqueid}"}, "fields": {"Run": "${run.id}"},
                        "Text": "${call.dialplan.exten} $${x}"}))
    stand.asterisk.ami_event("Newchannel", channel="call")
    stand.asterisk.ami_event("Dial", ("DestUniqueid", "another"))
    assert not playing.done
    stand.asterisk.ami_event("Dial", ("DestUniqueid", stand.asterisk.ids["call"]), ("Run", "20261123-081500-77"),
                             ("Text", "x ${x}"))
    assert playing.result().outcome is Outcome.PASSED


def test_headers_that_stand_in_a_step_survive_the_replacement_of_references() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "Dial", "DestUniqueid": "${call.id}", "Cause": "1"}))
    stand.asterisk.ami_event("Dial", ("DestUniqueid", stand.asterisk.ids["call"]), ("Cause", "2"))
    why = playing.result().explanation
    assert why is not None
    assert (why.expected, why.got) == ((("Cause", "1"),), (("Cause", "2"),))


@pytest.mark.parametrize("reference", ["${call.nothing}", "${call.dialplan}", "${call.id.more}"])
def test_a_reference_to_nothing_fails_the_step(reference: str) -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect", {"ami": "X", "Y": reference}))
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline().startswith(f"{reference} stands for nothing: 'call' has no field '")


def test_a_request_that_asterisk_turns_down_fails_the_step_with_its_words() -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels", response(400, "Bad Request", {"message": "Endpoint not found"}))
    playing = stand.play(ORIGINATE)
    why = playing.result().explanation
    assert why is not None
    assert why.headline == "Asterisk did not originate PJSIP/alice: 400 Endpoint not found"
    assert (why.expected, why.got) == ((("status", "2xx"),), (("status", "400 Bad Request"),))


# -- what is still under way ---------------------------------------------------------------------------

def test_what_was_under_way_at_the_last_step_still_counts() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("never", {"ami": "Hangup", "channel": "call"}), step("expect", {"ami": "Go"}))
    stand.asterisk.fake_ami.tells = False
    stand.asterisk.ami_event("Go")
    assert not playing.done
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "Hangup of call came at 0 ms, and must not"


def test_an_asterisk_that_does_not_say_that_all_is_said_has_fallen_silent() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("never", {"ami": "Busy"}), step("expect", {"ami": "Go"}))
    stand.asterisk.fake_ami.tells = False
    stand.asterisk.ami_event("Go")
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert "did not say within 5 s" in playing.headline()


def settled(stand: Stand, *registers: dict[str, Any]) -> Playing:
    """A scenario that watches for something, up to its end."""
    playing = stand.play(*(step("register", one) for one in registers), step("never", {"ami": "Busy"}),
                         step("expect", {"ami": "Go"}))
    stand.ari.sockets[0].hears = False
    stand.asterisk.ami_event("Go")
    return playing


SHOWN = {"events_disallowed": [{"type": "ChannelUserevent"}]}


@pytest.mark.parametrize(("registers", "shown"), [
    ([{"app": "a", "filter": {"disallowed": ["ChannelUserevent"]}}], response(200, "OK", SHOWN)),
    ([{"app": "a"}, {"app": "a", "as": "heir"}], response(200, "OK", {}))])
def test_who_is_not_sent_the_last_event_is_not_waited_for(registers: list[dict[str, Any]], shown: AriResponse) -> None:
    stand = Stand()
    stand.ari.on("GET", "/applications/a", shown)
    assert settled(stand, *registers).result().outcome is Outcome.PASSED


def test_who_is_not_known_any_more_is_not_waited_for() -> None:
    stand = Stand()
    stand.ari.on("GET", "/applications/a", response(404, "Not Found", {"message": "Application not found"}))
    assert settled(stand, {"app": "a"}).result().outcome is Outcome.PASSED


@pytest.mark.parametrize("register", [{"app": "a"}, {"app": "a", "subscribe": "all"}, {"app": ["b", "a"]}])
def test_each_application_is_waited_for(register: dict[str, Any]) -> None:
    stand = Stand()
    playing = settled(stand, register)
    assert not playing.done
    stand.clock.advance(5)
    assert "did not say within 5 s" in playing.headline()


@pytest.mark.parametrize("never", [{"ami": "VarSet"}, {"ari": "ChannelUserevent"}])
def test_nobody_watches_for_what_marks_the_end(never: dict[str, str]) -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("never", never), step("expect", {"ami": "Go"}))
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_nothing_is_settled_where_nothing_is_watched_for() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.tells = False
    assert stand.play(ORIGINATE).result().outcome is Outcome.PASSED


def test_a_never_that_could_not_fail_fails() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("never", {"ami": "VarSet", "channel": "call", "Variabel": "X"}),
                         step("expect", {"ami": "Go"}))
    stand.asterisk.ami_event("VarSet", ("Variable", "X"), ("Value", "1"), channel="call")
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "VarSet has no Variabel: this 'never' could not fail"


def test_a_never_about_an_item_of_a_list_may_hold_for_a_shorter_one() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("never", {"ari": "X", "fields": {"args.1": "b"}}),
                         step("expect", {"ami": "Go"}), step("expect", {"ami": "Stop"}))
    stand.asterisk.ari_event("X", {"args": ["a"]})
    stand.asterisk.ami_event("Go")
    stand.asterisk.ari_event("X", {"args": ["a", "b"]})
    assert playing.headline() == "X with args.1 b came at 0 ms, and must not"


def test_a_header_that_is_repeated_is_found_by_any_of_its_values() -> None:
    stand = Stand()
    never = step("never", {"ami": "hangup", "ChanVariable": "B=2"})
    playing = stand.play(ORIGINATE, never, step("expect", {"ami": "Go"}))
    stand.asterisk.hang_up("call", A="1", B="2")
    assert playing.result().outcome is Outcome.FAILED


def test_a_value_that_makes_no_regular_expression_fails_the_step_and_nothing_else() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "First", "as": "first"}),
                         step("expect", {"ami": "Second", "X": "~[${first.Value}-z]"}))
    stand.asterisk.ami_event("First", ("Value", "~"))
    assert playing.result().outcome is Outcome.FAILED
    assert "is no regular expression: bad character range" in playing.headline()


def test_a_client_that_is_stalled_is_not_waited_for() -> None:
    stand = Stand()
    playing = stand.play(step("register", {"app": "a", "subscribe": "all"}), step("never", {"ami": "Busy"}),
                         step("expect", {"ami": "Go"}), step("disconnect", {"client": "a", "how": "stall"}))
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


@pytest.mark.parametrize("steps", [
    [{"expect": {"ami": "X", "where": {"Value": "~(a+)+$"}}}], [{"expect": {"ami": "X", "Value": "~(a+)+$"}}],
    [{"never": {"ami": "X", "Value": "~(a+)+$"}}, {"expect": {"ami": "Go"}}],
    [{"count": {"ami": "X", "Value": "~(a+)+$", "at-least": 1}}], [{"expect_all": [{"ami": "X", "Value": "~(a+)+$"}]}]])
@pytest.mark.parametrize("before", [True, False])
def test_an_expression_that_takes_too_long_ends_the_step_and_nothing_else(steps: list[dict[str, Any]],
                                                                           before: bool) -> None:
    stand = Stand()
    if before:
        steps = [{"expect": {"ami": "First"}}, *steps]
    playing = stand.play(*(step(*next(iter(one.items()))) for one in steps))
    stand.asterisk.ami_event("X", ("Value", "a" * 100 + "!"))
    if before and not playing.done:
        stand.asterisk.ami_event("First")
    if not playing.done:  # a 'never' looks at what comes, and not at what was
        stand.asterisk.ami_event("X", ("Value", "a" * 100 + "!"))
    assert playing.result().outcome is Outcome.FAILED
    assert "/(a+)+$/ takes too long" in playing.headline()
