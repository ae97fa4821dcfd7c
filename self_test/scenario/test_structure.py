"""Timeouts of steps and tests, soft steps, branches, and known bugs, without real time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from self_test.scenario.fakes import place, planned, scenario, step
from self_test.scenario.stand import HANGUP, ORIGINATE, RUN, Playing, Stand, why
from twisted.internet.defer import Deferred

from callgate.deadlines import within
from callgate.errors import InterruptedRunError, MachineError
from callgate.scenario.context import Context
from callgate.scenario.engine import Limit, Player
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.model import PlannedStep, Scenario
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.structure import Parallel
from callgate.scenario.verdict import Outcome
from callgate.suite.schema import ExpectedResult

WRONG = step("expect", {"ami": "Hangup", "channel": "call", "Cause": "17"})
NOTHING = step("expect", {"ami": "Nothing", "within": "20s"})


def play(stand: Stand, *steps: PlannedStep | Step, last: tuple[Step, ...] = (), known_bug: str | KnownBug | None = None,
         limit: Limit | None = None) -> Playing:
    lines = [one if isinstance(one, PlannedStep) else PlannedStep(one, place(10 + index))
             for index, one in enumerate(steps)]
    base: Scenario = scenario(last=last, timeout=100)
    bug = KnownBug(known_bug) if isinstance(known_bug, str) else known_bug
    made = replace(base, steps=tuple(lines), known_bug=bug)
    return Playing(Player(stand.clock, made, {"ast1": stand.asterisk}, stand.journal, step_timeout=5.0, timeout=30.0,
                          predefined=RUN, limit=limit))


def soft(one: Step, line: int = 50) -> PlannedStep:
    return PlannedStep(one, place(line), soft=True)


def parallel(timeout: float | None = None, **branches: list[Step | PlannedStep]) -> PlannedStep:
    made = {name: tuple(one if isinstance(one, PlannedStep) else planned([one])[0] for one in steps)
            for name, steps in branches.items()}
    return PlannedStep(Parallel.model_validate({"branches": {name: ["x"] for name in branches}}), place(30),
                       timeout=timeout, branches=made)


def bug(*says: str) -> KnownBug:
    """As the suite reads it."""
    section = ExpectedResult.model_validate({"fail": "ASTERISK-1", "says": list(says)})
    assert isinstance(section.says, list)
    return KnownBug(section.fail, tuple(section.says))


def also(playing: Playing) -> tuple[str, ...]:
    explanation = playing.result().explanation
    assert explanation is not None
    return explanation.also


# -- timeout

class Preempted(Step):
    """Loses the processor for a millisecond between reading the clock and beginning to wait."""

    keyword = "preempted"

    async def run(self, context: Context) -> None:
        left = context.step_timeout
        context.reactor.rightNow += 0.001
        await within(Deferred(), left, context.reactor, lambda: StepFailedError("it waited in vain"))


def test_a_step_ends_with_its_timeout_and_says_itself_what_was_missing() -> None:
    stand = Stand()
    playing = play(stand, PlannedStep(NOTHING, place(10), timeout=2.0))
    stand.clock.advance(1.9)
    assert not playing.done
    stand.clock.advance(0.1)
    assert playing.headline() == "no Nothing by 2.0 s"
    assert stand.clock.getDelayedCalls() == []


@pytest.mark.parametrize("rounds", [[0.001] * 30, [0.0, 0.03, 0.0, 0.0]], ids=["in time", "held up"])
def test_a_step_still_says_so_where_the_clock_goes_on_while_it_begins_to_wait(rounds: list[float]) -> None:
    stand = Stand()
    playing = play(stand, PlannedStep(Preempted(), place(10), timeout=2.0))
    stand.clock.pump([1.999, *rounds])
    assert playing.headline() == "it waited in vain"
    assert stand.clock.getDelayedCalls() == []


def test_a_step_whose_time_was_enough_leaves_no_deadline() -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, PlannedStep(HANGUP, place(11), timeout=60.0))
    stand.asterisk.hang_up("call")
    assert playing.result().outcome is Outcome.PASSED
    assert stand.clock.getDelayedCalls() == []


def test_the_timeout_of_branches_ends_all_of_them_and_says_what_they_played() -> None:
    stand = Stand()
    playing = play(stand, parallel(2.0, left=[NOTHING], right=[ORIGINATE, HANGUP]))
    stand.clock.advance(2.0)
    assert playing.headline() == ("the step did not end within 2.0 s, branch left plays 'expect: {ami: Nothing, "
                                  "within: 20s}', branch right plays 'expect: {ami: Hangup, channel: call}'")
    assert stand.asterisk.up == {}, "it was cleaned up"


def test_the_time_of_a_test_can_end_a_scenario_before_its_own() -> None:
    stand = Stand()
    playing = play(stand, NOTHING, limit=Limit(total=9.0, left=3.0))
    stand.clock.advance(3.0)
    assert playing.headline() == "the scenarios of the test did not end within 9 s together"


# -- soft

def test_soft_failures_end_nothing_and_are_all_told() -> None:
    stand = Stand()
    go = step("expect", {"ami": "Go"})
    playing = play(stand, ORIGINATE, soft(WRONG, 11), soft(step("expect", {"ami": "X", "within": "1s"}), 12), go)
    stand.asterisk.hang_up("call")
    assert not playing.done
    stand.clock.advance(1)
    assert not playing.done
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "Hangup of call came at 0 ms, with another value"
    assert also(playing) == ("tests/t/test-config.yaml:12:9: expect: {ami: X, within: 1s}: no X by 1.0 s",)


def test_what_ends_the_scenario_is_told_after_what_was_soft() -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, soft(WRONG), WRONG, last=(step("hangup", "call"),))
    stand.asterisk.hang_up("call")
    assert [line.partition(": ")[0] for line in also(playing)] == [
        "tests/t/test-config.yaml:12:9", "tests/t/test-config.yaml:90:9"]
    assert "(expected Cause 17; got Cause 16)" in also(playing)[0]


def test_a_soft_never_is_noted_once_and_goes_on() -> None:
    stand = Stand()
    playing = play(stand, soft(step("never", {"ami": "X"}), 10), step("expect", {"ami": "Go"}))
    stand.asterisk.ami_event("X")
    stand.asterisk.ami_event("X")
    assert not playing.done
    stand.asterisk.ami_event("Go")
    assert playing.headline() == "X came at 0 ms, and must not"
    assert also(playing) == ()


def test_softness_is_for_disagreement_alone() -> None:
    stand = Stand()
    stand.asterisk.well = False
    playing = play(stand, soft(step("expect", {"ami": "X", "within": "1s"})), step("expect", {"ami": "Go"}))
    stand.clock.advance(1)
    assert playing.result().outcome is Outcome.CRASHED


# -- parallel

def test_branches_play_at_the_same_time_and_their_names_stay() -> None:
    stand = Stand()
    later = step("expect", {"ami": "Dial", "DestUniqueid": "${call.id}"})
    both = parallel(left=[step("expect", {"ami": "A"}), ORIGINATE], right=[step("expect", {"ami": "B"})])
    playing = play(stand, both, later)
    stand.asterisk.ami_event("B")
    stand.asterisk.ami_event("A")
    assert not playing.done
    stand.asterisk.ami_event("Dial", ("DestUniqueid", stand.asterisk.ids["call"]))
    assert playing.result().outcome is Outcome.PASSED


def test_the_first_branch_that_fails_ends_the_others() -> None:
    stand = Stand()
    playing = play(stand, parallel(left=[NOTHING], right=[ORIGINATE, WRONG], third=[NOTHING]))
    stand.asterisk.hang_up("call")
    why = playing.result().explanation
    assert why is not None
    assert why.headline == "branch right: Hangup of call came at 0 ms, with another value"
    assert why.expected == (("Cause", "17"),)
    assert stand.clock.getDelayedCalls() == []


def test_a_branch_that_fails_at_once_keeps_the_next_from_beginning() -> None:
    stand = Stand()
    playing = play(stand, ORIGINATE, parallel(left=[step("never", {"ami": "Newchannel"}), step("expect", {
        "ami": "X", "Y": "${call.nothing}"})], right=[step("answer", "call")]))
    assert playing.headline().startswith("branch left: ${call.nothing} stands for nothing")
    assert "/answer" not in "".join(stand.ari.asked("POST"))


def test_a_soft_step_of_a_branch() -> None:
    stand = Stand()
    playing = play(stand, parallel(left=[ORIGINATE, soft(WRONG), HANGUP], right=[step("expect", {"ami": "Go"})]))
    stand.asterisk.hang_up("call")
    assert not playing.done
    stand.asterisk.ami_event("Go")
    assert playing.headline() == "branch left: Hangup of call came at 0 ms, with another value"


@pytest.mark.parametrize("source", [Source.AMI, Source.STEP])
def test_branches_end_when_the_scenario_is_ended_also_by_themselves(source: Source) -> None:
    stand = Stand()
    playings: list[Playing] = []

    def full(entry: Entry) -> None:
        if entry.source is source and "Second" in entry.name:
            playings[0].player.abort(MachineError("No space left on device"))

    stand.journal.watch(full)
    waits = [step("expect", {"ami": "First"}), step("expect", {"ami": "Second"}), NOTHING]
    playings.append(play(stand, parallel(left=[NOTHING], right=list(waits))))
    stand.asterisk.ami_event("First")
    if source is Source.AMI:
        stand.asterisk.ami_event("Second")
    assert playings[0].result().outcome is Outcome.ENVIRONMENT
    assert stand.clock.getDelayedCalls() == []


def test_an_interrupt_ends_branches() -> None:
    stand = Stand()
    playing = play(stand, parallel(left=[NOTHING], right=[NOTHING]))
    playing.player.abort(InterruptedRunError("the run was interrupted"))
    assert playing.result().outcome is Outcome.INTERRUPTED


def test_branches_in_finally() -> None:
    stand = Stand()
    base = scenario(ORIGINATE, HANGUP)
    made = replace(base, last_steps=(parallel(left=[step("expect", {"ami": "A"})], right=[WRONG]),))
    playing = Playing(Player(stand.clock, made, {"ast1": stand.asterisk}, stand.journal, step_timeout=5.0, timeout=30.0,
                             predefined=RUN))
    stand.asterisk.hang_up("call")
    assert playing.headline() == "branch right: Hangup of call came at 0 ms, with another value"


# -- expected-result

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
