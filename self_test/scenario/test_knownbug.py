"""Which failures are those of a bug that is known, without real time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from self_test.scenario.fakes import place, planned, step
from self_test.scenario.planning import NOTHING, WRONG, also, play, soft
from self_test.scenario.stand import HANGUP, ORIGINATE, Playing, Stand, why

from callgate.ari.errors import AriConnectionError
from callgate.errors import AsteriskDiedError, CallgateError, InterruptedRunError, MachineError
from callgate.scenario.engine import Limit
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome
from callgate.suite.schema import ExpectedResult

DIED = AsteriskDiedError("Asterisk died: signal 11 (SIGSEGV)")


def bug(*says: str) -> KnownBug:
    """As the suite reads it."""
    section = ExpectedResult.model_validate({"fail": "ASTERISK-1", "says": list(says) or None})
    return KnownBug(section.reason, tuple(section.says or ()))


def test_a_known_bug_that_is_there_is_no_failure() -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, WRONG, known_bug="ASTERISK-1")
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.EXPECTED_FAILURE
    assert playing.headline(), "why it fails stays"


def test_a_known_bug_that_is_gone_is_a_failure() -> None:
    playing = play(Stand(), ORIGINATE, known_bug="ASTERISK-1")
    assert (playing.result().outcome, playing.headline()) == (Outcome.FAILED, "unexpectedly passed")


@pytest.mark.parametrize(("says", "missing"), [
    (("Hangup of call came",), ""), (("~^Cause 16$", "another value"), ""), (("Cause 17",), "'Cause 17'"),
    (("Hangup of call", "~^no ", "Cause 3"), "/^no / and 'Cause 3'"),
])
def test_a_known_bug_is_told_by_what_its_failure_says(says: tuple[str, ...], missing: str) -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, WRONG, known_bug=bug(*says))
    stand.asterisk.hang_up("call")
    explanation = playing.result().explanation
    assert explanation is not None
    assert playing.result().outcome is (Outcome.FAILED if missing else Outcome.EXPECTED_FAILURE)
    assert explanation.hint == (f"the failure of the known bug says {missing}" if missing else "")


def test_the_hint_of_the_failure_itself_comes_before_that_of_the_known_bug() -> None:
    stand = Stand()
    playing = play(stand, step("expect", {"ami": "VarSte", "within": "1s"}), known_bug=bug("Cause 17"))
    stand.asterisk.ami_event(*VARSET)
    stand.clock.advance(1)
    assert why(playing).hint.endswith("; the failure of the known bug says 'Cause 17'")
    assert "VarSet" in why(playing).hint


def test_a_failure_that_no_known_bug_has_needs_no_hint() -> None:
    playing = play(Stand(), step("hangup", "other"), known_bug=bug("Cause 17"))
    assert (playing.result().outcome, why(playing).hint) == (Outcome.FAILED, "")


def test_each_failure_has_to_be_that_of_the_known_bug_and_the_first_other_one_is_told() -> None:
    stand = Stand()
    late = step("expect", {"ami": "X", "within": "1s"})
    playing = play(stand, ORIGINATE, soft(WRONG, 11), soft(late, 12), known_bug=bug("Cause 16"))
    stand.asterisk.hang_up("call")
    stand.clock.advance(1)
    assert (playing.result().outcome, playing.headline()) == (Outcome.FAILED, "no X by 1.0 s")
    assert "Hangup of call came" in also(playing)[0]


def test_a_regular_expression_of_a_known_bug_that_takes_too_long_turns_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callgate.scenario.searching.LIMIT", 0.01)
    stand = Stand()
    playing = play(stand, ORIGINATE, WRONG, known_bug=bug("~(([a-zA-Z ]+)+)+#"))
    stand.asterisk.hang_up("call")
    explanation = playing.result().explanation
    assert explanation is not None
    assert playing.result().outcome is Outcome.FAILED
    assert "takes too long" in explanation.hint


def test_a_known_bug_excuses_nothing_in_finally() -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, WRONG, last=(step("hangup", "call"),), known_bug="ASTERISK-1")
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.FAILED


def test_a_known_bug_hides_no_death() -> None:
    stand = Stand()
    stand.asterisk.well = False
    playing = play(stand, step("expect", {"ami": "X", "within": "1s"}), known_bug="ASTERISK-1")
    stand.clock.advance(1)
    assert playing.result().outcome is Outcome.CRASHED


# -- a bug that Asterisk dies of -----------------------------------------------------------------------

def deadly(*says: str) -> KnownBug:
    return replace(bug(*says), crash=True)


def dying(*steps: Step | PlannedStep, bug: KnownBug) -> Playing:
    """Its Asterisk dies while these steps play."""
    stand = Stand()
    playing = play(stand, ORIGINATE, *steps, known_bug=bug)
    stand.asterisk.ami_event(*VARSET)
    stand.asterisk.obituary = DIED
    stand.recorder.ami_lost("closed by the peer")
    return playing


@pytest.mark.parametrize(("says", "hint"), [
    ((), ""), (("SIGSEGV",), ""), (("SIGSEGV", "~^expect: "), ""),
    (("SIGABRT",), "the failure of the known bug says 'SIGABRT'"),
    (("SIGSEGV", "POST /bridges"), "the failure of the known bug says 'POST /bridges'")])
def test_a_death_that_is_known_is_no_crash_and_still_costs_the_asterisk(says: tuple[str, ...], hint: str) -> None:
    playing = dying(HANGUP, bug=deadly(*says))
    assert playing.result().outcome is (Outcome.CRASHED if hint else Outcome.EXPECTED_FAILURE)
    assert playing.result().crashed
    assert (why(playing).headline, why(playing).hint) == (str(DIED), hint)


def test_a_death_that_is_known_may_come_at_clean_up() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", AriConnectionError("ARI DELETE: the connection was lost"))
    stand.asterisk.obituary = DIED
    playing = play(stand, ORIGINATE, known_bug=deadly())
    assert playing.result().outcome is Outcome.EXPECTED_FAILURE
    assert playing.result().crashed


def test_an_asterisk_that_does_not_die_of_what_it_is_to_die_of_is_a_failure() -> None:
    playing = play(Stand(), ORIGINATE, known_bug=deadly())
    assert (playing.result().outcome, playing.headline()) == (Outcome.FAILED, "unexpectedly passed")
    assert not playing.result().crashed
    stand = Stand()
    playing = play(stand, ORIGINATE, WRONG, known_bug=deadly())
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.FAILED
    assert why(playing).hint == "Asterisk dies of the known bug"


def test_who_falls_silent_or_hangs_up_has_not_died() -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, HANGUP, known_bug=deadly())
    stand.recorder.ami_lost("closed by the peer")
    assert playing.result().outcome is Outcome.CRASHED
    assert why(playing).hint == "Asterisk dies of the known bug"
    stand = Stand()
    stand.asterisk.well = False
    playing = play(stand, step("expect", {"ami": "X", "within": "1s"}), known_bug=deadly())
    stand.clock.advance(1)
    assert playing.result().outcome is Outcome.CRASHED


@pytest.mark.parametrize("reason", [InterruptedRunError("the run was interrupted"), MachineError("no space left")])
def test_what_forbids_a_judgement_is_told_as_ever(reason: CallgateError) -> None:
    playing = play(Stand(), NOTHING, known_bug=deadly())
    playing.player.abort(reason)
    assert (playing.headline(), why(playing).hint) == (str(reason), "")


def test_a_bug_that_asterisk_dies_of_excuses_nothing_that_fails_afterwards() -> None:
    playing = play(Stand(), ORIGINATE, last=(step("hangup", "other"),), known_bug=deadly())
    assert playing.result().outcome is Outcome.FAILED


def test_a_death_that_is_known_excuses_nothing_before_it() -> None:
    playing = dying(soft(step("expect", {"ami": "VarSet", "Value": "2"})), HANGUP, bug=deadly())
    assert playing.result().outcome is Outcome.CRASHED
    assert playing.headline() != str(DIED)
    assert why(playing).hint == "Asterisk dies of the known bug"


def test_a_known_bug_hides_no_configuration_that_forbids_a_judgement() -> None:
    stand = Stand()
    stand.asterisk.variables = {}
    playing = play(stand, ORIGINATE, step("expect", {"ami": "Hangup", "channel": "call", "variables": {"X": "y"}}),
                   known_bug="ASTERISK-1")
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.ENVIRONMENT


VARSET = ("VarSet", ("Variable", "X"), ("Value", "1"))


@pytest.mark.parametrize(("steps", "said"), [
    ([step("never", {"ami": "VarSet", "Variabel": "X", "for": "1s"})], "VarSet has no Variabel"),
    ([step("count", {"ami": "VarSet", "Variabel": "X", "exactly": 1, "for": "1s"})], "VarSet has no Variabel"),
    ([step("never", {"ami": "VarSet", "Variabel": "X"}), HANGUP], "VarSet has no Variabel"),
    ([step("hangup", "other")], "other was never originated"),
    ([step("expect", {"ami": "VarSet", "channel": "call;2"})], "call;2 was never originated"),
    ([step("expect", {"ami": "VarSet", "as": "x"}), step("cli", "core show ${x.Wert}")], "'x' has no field 'Wert'"),
    ([step("expect", {"ami": "VarSet", "as": "x"}), step("cli", "core show ${x}")], "stands for nothing by itself"),
    ([step("expect", {"ami": "Odd", "as": "x"}), step("expect", {"ami": "VarSet", "X": "~[${x.Value}-z]"})],
     "is no regular expression"),
    ([step("resume", "client")], "client is not registered"),
    ([step("register", "a"), step("resume", "a")], "a is not stalled"),
    ([step("expect", {"ami": "VarSet", "as": "x"}), step("ari", "GET /channels/${x.Empty}")], "cannot be sent"),
    ([step("expect", {"ami": "Odd", "as": "x"}), step("ami", {"action": "X", "headers": {"A": "${x.Lines}"}})],
     "cannot be sent"),
    ([PlannedStep(step("never", {"ami": "Busy", "for": "2s"}), place(11), timeout=1.0)], "before it had watched"),
])
def test_a_known_bug_excuses_no_mistake_of_the_scenario(steps: list[Step], said: str) -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, *steps, known_bug="ASTERISK-1")
    stand.asterisk.ami_event("Odd", ("Value", "~"), ("Lines", "a\nb"))
    stand.asterisk.ami_event(*VARSET, ("Empty", ""))
    stand.clock.advance(1)
    assert playing.result().outcome is Outcome.FAILED
    assert said in playing.headline()


def test_a_known_bug_excuses_a_step_that_hangs_and_no_scenario_that_does() -> None:
    stand = Stand()
    playing = play(stand, PlannedStep(step("parallel", {"branches": {"a": ["x"], "b": ["x"]}}), place(30), timeout=2.0,
                                      branches={name: planned([NOTHING]) for name in "ab"}), known_bug="ASTERISK-1")
    stand.clock.advance(2)
    assert playing.result().outcome is Outcome.EXPECTED_FAILURE
    playing = play(stand, NOTHING, NOTHING, limit=Limit(10.0, 10.0), known_bug="ASTERISK-1")
    stand.clock.advance(10)
    assert playing.result().outcome is Outcome.FAILED


def test_what_follows_from_a_soft_step_that_failed_is_no_mistake() -> None:
    stand = Stand()
    playing = play(stand, soft(step("expect", {"ami": "X", "Value": "1", "as": "x"})), step("cli", "core show ${x.A}"),
                   known_bug="ASTERISK-1")
    stand.asterisk.ami_event("X", ("Value", "2"))
    assert playing.result().outcome is Outcome.EXPECTED_FAILURE
    assert "${x} stands for nothing: its step was not played, or failed" in also(playing)[0]


def test_a_known_bug_excuses_no_scenario_that_cannot_be_judged() -> None:
    """The mark that everything has been heard does not come back, though Asterisk answers."""
    stand = Stand()
    stand.asterisk.fake_ami.tells = False
    playing = play(stand, step("never", {"ami": "Hangup"}), step("expect", {"ami": "Go"}), known_bug="ASTERISK-1")
    stand.asterisk.ami_event("Go")
    stand.clock.advance(5)
    stand.clock.advance(5)
    assert playing.result().outcome is Outcome.FAILED
    assert "may still be under way" in playing.headline()


def test_a_soft_never_that_has_found_something_has_nothing_more_to_hear() -> None:
    stand = Stand()
    playing = play(stand, step("register", {"app": "a", "as": "client"}),
                   soft(step("never", {"ari": "StasisEnd", "client": "client"})),
                   step("expect", {"ami": "Go"}), step("disconnect", "client"), step("expect", {"ami": "End"}),
                   known_bug="ASTERISK-1")
    stand.asterisk.ari_event("StasisEnd", {"application": "a"}, socket="client")
    stand.asterisk.ami_event("Go")
    stand.asterisk.ami_event("End")
    assert playing.result().outcome is Outcome.EXPECTED_FAILURE, playing.headline()
