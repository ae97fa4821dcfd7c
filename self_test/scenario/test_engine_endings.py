"""How a scenario ends that is not left to end by itself; and what is done afterwards, whatever happened."""

from __future__ import annotations

import gc
import warnings

import pytest
from self_test.scenario.fakes import Silence, response, step
from self_test.scenario.stand import HANGUP, LOCAL, ORIGINATE, Playing, Stand, why

from callgate.ami.errors import AmiTimeoutError
from callgate.ari.errors import AriConnectionError, AriRegistrationError, AriTimeoutError
from callgate.errors import (
    AsteriskCrashedError,
    AsteriskDiedError,
    AsteriskSilentError,
    InterruptedRunError,
    MachineError,
    UsageError,
)
from callgate.scenario.journal import Entry, Source
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.calls import Answer
from callgate.scenario.verdict import Outcome

MISSING_OK = step("hangup", {"channels": ["call", "other"], "missing": "ok"})
DIED = AsteriskDiedError("Asterisk died: signal 11 (SIGSEGV)", ("last", "words"))


# -- Asterisk is lost ----------------------------------------------------------------------------------

def test_the_death_of_asterisk_ends_the_scenario_as_crashed_with_its_log() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP, last=[MISSING_OK])
    stand.asterisk.obituary = DIED
    stand.recorder.ami_lost("closed by the peer")
    assert playing.result().outcome is Outcome.CRASHED
    assert (why(playing).headline, why(playing).log) == ("Asterisk died: signal 11 (SIGSEGV)", ("last", "words"))
    assert stand.ari.asked("DELETE") == [], "there is nobody to clean up with"


def test_an_abort_from_outside_is_such_an_end_too() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP)
    playing.player.abort(DIED)
    playing.player.abort(MachineError("too late"))
    assert playing.result().outcome is Outcome.CRASHED


def test_a_lost_ami_connection_is_a_crash_though_the_process_lives() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP)
    stand.recorder.ami_lost("closed by the peer")
    assert playing.result().outcome is Outcome.CRASHED
    assert playing.headline() == "the AMI connection was lost: closed by the peer"


def test_a_websocket_that_ends_by_itself_is_a_crash() -> None:
    stand = Stand()
    playing = stand.play(step("register", {"app": "a", "as": "client"}), step("expect", {"ami": "Go"}))
    stand.asterisk.socket("client").break_off()
    assert playing.result().outcome is Outcome.CRASHED
    assert playing.headline() == "the WebSocket of client ended by itself: lost: the connection was reset"


def test_a_websocket_that_the_scenario_closes_is_none() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("disconnect", "a"))
    assert playing.result().outcome is Outcome.PASSED


SILENT = [AsteriskSilentError, AmiTimeoutError, AriTimeoutError]


@pytest.mark.parametrize("kind", SILENT)
def test_an_asterisk_that_answers_nothing_has_crashed(kind: type[AsteriskCrashedError]) -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels", Silence(kind("ARI POST /channels: no response within 5 s")))
    stand.asterisk.well, stand.asterisk.condition, stand.asterisk.tail = False, "stopped by a signal", ("words",)
    playing = stand.play(ORIGINATE)
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.CRASHED
    assert playing.headline() == ("Asterisk does not answer: it is stopped by a signal "
                                  "(ARI POST /channels: no response within 5 s)")
    assert why(playing).log == ("words",)


@pytest.mark.parametrize("kind", SILENT)
def test_one_that_answers_others_has_not(kind: type[AsteriskCrashedError]) -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels", Silence(kind("ARI POST /channels: no response within 5 s")))
    playing = stand.play(ORIGINATE)
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "ARI POST /channels: no response within 5 s, but it answers other requests"


def test_a_missing_event_of_a_silent_asterisk_is_its_fault() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP)
    stand.asterisk.well = False
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.CRASHED
    assert playing.headline() == "Asterisk does not answer (no Hangup of call by 5.0 s)"


def test_a_lost_connection_is_a_crash() -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels", AriConnectionError("ARI POST /channels: connection refused"))
    assert stand.play(ORIGINATE).result().outcome is Outcome.CRASHED


# -- nobody's fault but the machine's, the user's, ours ------------------------------------------------

@pytest.mark.parametrize(("expected", "file"), [
    (step("expect", {"ami": "Hangup", "channel": "call", "variables": {"STASISSTATUS": ""}}), "manager.conf"),
    (step("expect", {"ari": "ChannelDestroyed", "channel": "call", "variables": {"STASISSTATUS": ""}}), "ari.conf"),
])
def test_an_event_without_any_channel_variable_is_the_configurations_fault(expected: Step, file: str) -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, expected)
    stand.asterisk.variables = {}
    stand.asterisk.ari_event("ChannelDestroyed", channel="call")
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.ENVIRONMENT
    assert file in playing.headline()
    assert "STASISSTATUS" in playing.headline()


def test_an_interrupt_ends_it_without_finally() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, HANGUP, last=[MISSING_OK])
    playing.player.abort(InterruptedRunError("the run was interrupted"))
    assert playing.result().outcome is Outcome.INTERRUPTED
    assert stand.ari.asked("DELETE") == []
    assert stand.clock.getDelayedCalls() == []


def test_an_interrupt_before_the_first_step_lets_nothing_begin() -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "Go"}))
    playing.player.abort(InterruptedRunError("the run was interrupted"))
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.INTERRUPTED


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Answer, context: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(Answer, "run", broken)
    stand = Stand()
    playing = stand.play(ORIGINATE, step("answer", "call"))
    with pytest.raises(ValueError, match="a bug") as caught:
        playing.result()
    assert "broken" in [entry.name for entry in caught.traceback]
    assert stand.clock.getDelayedCalls() == []


def test_a_bug_in_finally_leaves_no_coroutine_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Answer, context: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(Answer, "run", broken)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ValueError, match="a bug"):
            Stand().play(ORIGINATE, last=[step("answer", "call"), step("hangup", "call")]).result()
        gc.collect()
    assert [str(one.message) for one in caught] == []


@pytest.mark.parametrize(("error", "outcome"), [
    (AriRegistrationError("ARI WebSocket 'a': Asterisk refused it: 400", status=400, text=""), Outcome.FAILED),
    (UsageError("'a,b' cannot be in the list 'app', which ARI splits at commas"), Outcome.FAILED),
])
def test_every_expected_error_has_an_outcome(error: Exception, outcome: Outcome) -> None:
    stand = Stand()
    stand.ari.refusal = error
    playing = stand.play(step("register", "a"))
    assert playing.result().outcome is outcome


# -- finally -------------------------------------------------------------------------------------------

def test_every_step_of_finally_is_attempted_and_the_first_failure_stays_the_headline() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*-call", response(500, "Internal Server Error", {"message": "Allocation"}))
    absent = step("expect", {"ami": "Nothing", "within": "2s"})
    playing = stand.play(ORIGINATE, step("expect", {"ami": "First", "within": "1s"}),
                         last=[step("hangup", "call"), absent, step("expect", {"ami": "Second"})])
    stand.clock.advance(1)
    stand.clock.advance(2)
    assert not playing.done, "the third step of finally waits"
    stand.asterisk.ami_event("Second")
    assert playing.result().outcome is Outcome.FAILED
    assert why(playing).headline == "no First by 1.0 s"
    assert why(playing).place == "tests/t/test-config.yaml:11:9"
    first, second, *_ = why(playing).also
    assert first == "tests/t/test-config.yaml:90:9: hangup: call: Asterisk did not hang up call: 500 Allocation"
    assert second.startswith("tests/t/test-config.yaml:91:9: expect: ")
    assert second.endswith(": no Nothing by 3.0 s")


def test_a_failure_in_finally_fails_a_scenario_that_passed_until_then() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, last=[step("expect", {"ami": "Nothing", "within": "2s"})])
    stand.clock.advance(2)
    assert playing.result().outcome is Outcome.FAILED
    assert (playing.headline(), why(playing).also) == ("no Nothing by 2.0 s", ())


def test_hanging_up_what_was_never_originated() -> None:
    stand = Stand()
    playing = stand.play(last=[MISSING_OK, step("hangup", "call")])
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "call was never originated"


@pytest.mark.parametrize("last", [
    step("answer", "call"), step("disconnect", "client"), step("expect", {"ami": "Hangup", "channel": "call"}),
    step("expect", {"ami": "Hangup", "Uniqueid": "${call.id}"}), step("never", {"ami": "Hangup", "channel": "call"}),
], ids=lambda one: one.describe())
def test_finally_may_meet_names_that_were_never_defined(last: Step) -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "Nothing"}), ORIGINATE, last=[last])
    stand.clock.advance(5)
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "no Nothing by 5.0 s"


# -- clean-up ------------------------------------------------------------------------------------------

def test_clean_up_hangs_up_what_is_left_and_closes_every_websocket() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("register", "b"), LOCAL, step("expect", {"ami": "Nothing"}))
    stand.asterisk.hang_up("call;2")
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert why(playing).also == ()
    assert stand.asterisk.up == {}
    [path] = stand.ari.asked("DELETE")
    assert path.endswith("-call"), "the half that is gone already is not asked for"
    assert [socket.is_closed for socket in stand.ari.sockets] == [True, True]


def test_a_half_of_a_local_channel_is_hung_up_only_if_it_does_not_follow_the_other() -> None:
    for together, asked in ((True, ["-call"]), (False, ["-call", "-call.2"])):
        stand = Stand()
        stand.asterisk.together = together
        playing = stand.play(LOCAL)
        stand.clock.advance(0.05)
        assert playing.result().outcome is Outcome.PASSED
        assert stand.asterisk.up == {}
        assert [path[path.rindex("-"):] for path in stand.ari.asked("DELETE")] == asked


def test_a_channel_that_is_gone_at_clean_up_is_well() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", response(404, "Not Found", {"message": "Channel not found"}))
    assert stand.play(ORIGINATE).result().outcome is Outcome.PASSED


def test_a_channel_that_will_not_go_fails_a_scenario_that_passed() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", response(204, "No Content"))
    playing = stand.play(ORIGINATE)
    stand.clock.advance(4.9)
    assert not playing.done
    stand.clock.advance(0.1)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "call is not gone 5 s after it was hung up"
    assert (why(playing).place, why(playing).step) == ("", "")


def test_an_application_that_stays_active_fails_a_scenario_that_passed() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("expect", {"ami": "Go"}))
    stand.asterisk.socket("a").deactivates = False
    stand.asterisk.ami_event("Go")
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "a is still active 5.0 s after its WebSocket was closed"


def test_a_channel_that_will_not_go_keeps_no_websocket_open() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", response(204, "No Content"))
    playing = stand.play(step("register", "a"), step("register", "b"), ORIGINATE)
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert [socket.is_closed for socket in stand.ari.sockets] == [True, True]


def test_a_channel_that_asterisk_fails_to_hang_up_is_not_taken_for_gone() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", response(500, "Internal Server Error", {"message": "Allocation failed"}))
    playing = stand.play(ORIGINATE)
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED


def test_a_channel_that_asterisk_fails_to_hang_up_keeps_no_other_up() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*-call", response(500, "Internal Server Error", {"message": "Allocation"}))
    playing = stand.play(ORIGINATE, step("originate", {"endpoint": "PJSIP/b", "app": "a", "as": "other"}))
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert set(stand.asterisk.up) == {"call"}


def test_what_ends_a_scenario_and_not_the_run_leaves_nothing_behind() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), ORIGINATE, HANGUP)
    playing.player.abort(MachineError("cannot write journal.jsonl: No space left on device"))
    assert playing.result().outcome is Outcome.ENVIRONMENT
    assert stand.asterisk.up == {}
    assert stand.asterisk.socket("a").is_closed


def test_asterisk_dying_at_clean_up_is_a_crash() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", AriConnectionError("ARI DELETE: the connection was lost"))
    stand.asterisk.obituary = DIED
    playing = stand.play(ORIGINATE)
    assert playing.result().outcome is Outcome.CRASHED
    assert why(playing).log == ("last", "words")


def test_asterisk_dying_after_a_failure_is_told_by_the_outcome() -> None:
    """The next scenario needs another Asterisk: `failed` would let it have this one."""
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", AriConnectionError("ARI DELETE: the connection was lost"))
    stand.asterisk.obituary = DIED
    playing = stand.play(ORIGINATE, HANGUP)
    stand.clock.advance(5)
    assert playing.headline() == "no Hangup of call by 5.0 s"
    assert playing.result().outcome is Outcome.CRASHED


@pytest.mark.parametrize("reason", [InterruptedRunError("the run was interrupted"), MachineError("disk full")])
def test_finally_and_clean_up_can_be_ended_too(reason: InterruptedRunError | MachineError) -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, last=[step("expect", {"ami": "Go"})])
    playing.player.abort(reason)
    stand.clock.advance(5)
    outcome = Outcome.INTERRUPTED if isinstance(reason, InterruptedRunError) else Outcome.ENVIRONMENT
    assert playing.result().outcome is outcome
    assert "passed" not in stand.names(Source.STEP)


def test_a_journal_that_cannot_be_written_ends_the_step_that_it_was_about_to_record() -> None:
    stand = Stand()
    playings: list[Playing] = []

    def full(entry: Entry) -> None:
        if entry.source is Source.STEP and "Second" in entry.name:
            playings[0].player.abort(MachineError("cannot write journal.jsonl: No space left on device"))

    stand.journal.watch(full)
    playings.append(stand.play(step("expect", {"ami": "First"}), step("expect", {"ami": "Second"})))
    stand.asterisk.ami_event("First")
    assert playings[0].result().outcome is Outcome.ENVIRONMENT
