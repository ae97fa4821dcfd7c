"""Timeouts of steps and tests, soft steps, and branches, without real time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from self_test.scenario.fakes import place, scenario, step
from self_test.scenario.planning import NOTHING, WRONG, also, parallel, play, soft
from self_test.scenario.stand import HANGUP, ORIGINATE, RUN, Playing, Stand
from twisted.internet.defer import Deferred

from callgate.deadlines import within
from callgate.errors import InterruptedRunError, MachineError
from callgate.scenario.context import Context
from callgate.scenario.engine import Limit, Player
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome

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
