"""A test's own steps while they are played: what they may do, and that none of their mistakes looks like a pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from self_test.scenario.fakes import planned, response, scenario, step
from self_test.scenario.stand import LOCAL, RUN, Playing, Stand, why

from callgate.ami.codec import Message
from callgate.errors import InterruptedRunError
from callgate.scenario.engine import Player
from callgate.scenario.foreign import GRACE
from callgate.scenario.journal import Source
from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome
from callgate.suite.ownsteps import read_own_steps

HEAD = """\
from twisted.internet.defer import CancelledError, Deferred
from callgate.own import ChannelName, Expected, NewName, StepContext

"""
#: Makes a step of the only function in a code.
Own = Callable[..., Step]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Make a step of a function, with values for its fields."""
    def make(code: str, **fields: Any) -> Step:
        (tmp_path / "steps.py").write_text(HEAD + code)
        read = read_own_steps(tmp_path, "tests/t", {})
        assert [error.render() for error in read.errors] == []
        [kind] = read.steps.values()
        return kind.model_validate(fields, by_alias=True, by_name=False)

    return make


def play(stand: Stand, step: PlannedStep) -> Playing:
    """Play one step with what stands beside it, or below it."""
    return Playing(Player(stand.clock, replace(scenario(), steps=(step,)), {"ast1": stand.asterisk}, stand.journal,
                          step_timeout=5.0, timeout=30.0, predefined=RUN))


def ami_event(stand: Stand, name: str, *headers: tuple[str, str]) -> None:
    stand.recorder.ami_event(Message((("Event", name), *headers)))


# -- what it may do ------------------------------------------------------------------------------------

def test_it_passes_without_waiting_for_anything(own: Own) -> None:
    playing = Stand().play(own("async def nothing(context: StepContext) -> None: ...\n"))
    assert playing.result().outcome is Outcome.PASSED


def test_it_asks_ari_with_parts_that_stay_one(own: Own) -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels/.*/ring", response(204, "No Content"))
    code = (
        "async def ring(context: StepContext, channel: ChannelName) -> None:\n"
        "    answer = await context.ari('POST', 'channels', 'a/b', 'ring')\n"
        "    assert answer.status == 204\n")
    assert stand.play(LOCAL, own(code, channel="call")).result().outcome is Outcome.PASSED
    assert "/channels/a%2Fb/ring" in stand.ari.asked("POST")


REFUSED = "async def ring(context: StepContext) -> None:\n    {}await context.ari('POST', 'channels', 'x', 'ring'{})\n"


def test_an_answer_that_is_no_success_fails_it(own: Own) -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels/x/ring", response(409, "Conflict", {"message": "Channel not in Stasis"}))
    playing = stand.play(own(REFUSED.format("", "")))
    assert playing.result().outcome is Outcome.FAILED
    assert why(playing).headline == "Asterisk refused POST /channels/x/ring: 409 Channel not in Stasis"


def test_unless_it_looks_at_the_answer_itself(own: Own) -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels/x/ring", response(409, "Conflict", {"message": "Channel not in Stasis"}))
    code = REFUSED.format("answer = ", ", insist=False") + "    context.compare('it said', 204, answer.status)\n"
    playing = stand.play(own(code))
    assert (why(playing).expected, why(playing).got) == ((("value", "204"),), (("value", "409"),))


WAIT = (
    "async def wait(context: StepContext) -> None:\n"
    "    event = await context.ami_event('UserEvent', where={'UserEvent': 'b'}, within=2.0)\n"
    "    context.note(f\"{event.fields['X']} at {event.at} before {event.after}\")\n")


def test_it_waits_for_an_event_and_finds_one_that_has_come(own: Own) -> None:
    stand = Stand()
    playing = stand.play(own(WAIT))
    ami_event(stand, "UserEvent", ("UserEvent", "a"), ("X", "1"))
    assert not playing.done
    ami_event(stand, "UserEvent", ("UserEvent", "b"), ("X", "2"))
    assert playing.result().outcome is Outcome.PASSED
    assert [entry.data for entry in stand.entries(Source.STEP) if entry.name == "note"] == ["2 at 0.0 before 4"]


def test_what_it_waits_for_is_in_the_journal_and_what_was_there_is_not(own: Own) -> None:
    stand = Stand()
    playing = stand.play(own(WAIT))
    ami_event(stand, "UserEvent", ("UserEvent", "b"), ("X", "2"))
    remarks = [(entry.name, entry.data) for entry in stand.entries(Source.STEP) if entry.name in ("waits for", "came")]
    assert playing.result().outcome is Outcome.PASSED
    assert remarks == [("waits for", "ami UserEvent"), ("came", "ami UserEvent")]
    stand = Stand()
    ami_event(stand, "UserEvent", ("UserEvent", "b"), ("X", "2"))
    assert stand.play(own(WAIT)).result().outcome is Outcome.PASSED
    assert "waits for" not in stand.names(Source.STEP)


LINES = (
    "async def wait(context: StepContext) -> None:\n"
    "    since = context.mark()\n"
    "    for _ in range(2):\n"
    "        line = await context.log_line('no such', since=since, within=2.0)\n"
    "        since = line.after\n"
    "    context.note(f\"{line.name} {line.fields['text']}\")\n")


def test_it_waits_for_lines_of_the_log_of_any_level(own: Own) -> None:
    stand = Stand()
    stand.asterisk.log("WARNING", "no such thing, before")
    playing = stand.play(own(LINES))
    stand.asterisk.log("VERBOSE", "no such thing")
    stand.asterisk.log("WARNING", "something else")
    assert not playing.done
    stand.asterisk.log("WARNING", "and no such other")
    assert playing.result().outcome is Outcome.PASSED
    assert [entry.data for entry in stand.entries(Source.STEP) if entry.name == "note"] == ["WARNING and no such other"]


def test_a_line_that_does_not_come_fails_it(own: Own) -> None:
    stand = Stand()
    playing = stand.play(own(LINES))
    stand.asterisk.log("WARNING", "no such thing")
    stand.clock.pump([2.0, 0.0, 0.0])
    assert why(playing).headline == "Asterisk has not logged 'no such' by 2.0 s"
    assert stand.names(Source.STEP).count("did not come") == 1


def test_an_event_that_does_not_come_fails_it_at_its_deadline(own: Own) -> None:
    stand = Stand()
    playing = stand.play(own(WAIT))
    stand.clock.pump([2.0, 0.0, 0.0])
    assert why(playing).headline == "no UserEvent with UserEvent b by 2.0 s"


def test_what_it_captures_is_there_for_later_steps(own: Own) -> None:
    stand = Stand()
    code = (
        "async def ask(context: StepContext, *, as_: NewName) -> None:\n"
        "    context.capture(as_, {'endpoint': 'PJSIP/bob'})\n")
    originate = step("originate", {"endpoint": "${answer.endpoint}", "app": "a", "as": "c"})
    stand.play(own(code, **{"as": "answer"}), originate)
    assert [one.query["endpoint"] for one in stand.ari.requests if one.path == "/channels"] == ["PJSIP/bob"]


def test_a_channel_that_it_makes_is_hung_up(own: Own) -> None:
    stand = Stand()
    code = (
        "async def call(context: StepContext, *, as_: NewName) -> None:\n"
        "    new = context.new_channel(as_)\n"
        "    await context.ari('POST', 'channels', query={'endpoint': 'PJSIP/bob', 'app': 'a', 'channelId': new})\n"
        "    assert context.channel_id(as_) == new == context.fields(as_)['id']\n")
    playing = stand.play(own(code, **{"as": "mine"}))
    assert playing.result().outcome is Outcome.PASSED
    assert [path.rpartition("-")[2] for path in stand.ari.asked("DELETE")] == ["mine"]


def test_it_says_what_is_wrong(own: Own) -> None:
    code = (
        "async def look(context: StepContext) -> None:\n"
        "    context.fail('two differ', expected={'a': 1}, got={'a': 2})\n")
    playing = Stand().play(own(code))
    assert playing.result().outcome is Outcome.FAILED
    assert (why(playing).headline, why(playing).expected, why(playing).got) == (
        "two differ", (("a", "1"),), (("a", "2"),))


def test_what_the_file_expects_has_matchers_and_what_the_code_does_has_none(own: Own) -> None:
    code = "async def look(context: StepContext, *, value: Expected) -> None:\n    context.compare('it is', value, 4)\n"
    assert Stand().play(own(code, value={"gt": "3"})).result().outcome is Outcome.PASSED
    assert why(Stand().play(own(code, value={"gt": "5"}))).expected == (("value", "more than 5"),)


# -- its own mistakes ----------------------------------------------------------------------------------

@pytest.mark.parametrize(("body", "said"), [
    ("{}['x']", "'own' of tests/t/steps.py broke: KeyError: 'x'"),
    ("raise SystemExit(0)", "'own' of tests/t/steps.py broke: SystemExit: 0"),
    ("assert False", "'own' of tests/t/steps.py broke: AssertionError"),
    ("raise CancelledError", "'own' of tests/t/steps.py broke: RuntimeError: it was cancelled by nobody but itself"),
    ("import asyncio; await asyncio.sleep(1)", "'own' of tests/t/steps.py broke: RuntimeError: no running event loop"),
    ("context.capture('call', {})", ("'own' of tests/t/steps.py broke: ValueError: 'call' is no name that this step "
                                     "was given to define: let it be a NewName")),
    ("return False", "'own' of tests/t/steps.py returns False, where a step says by context.fail() what is wrong"),
    ("context.ami_event('Hangup'); context.ari('GET', 'x')",
     "'own' of tests/t/steps.py does not await context.ami_event() and does not await context.ari()"),
])
def test_it_forbids_a_judgement(own: Own, body: str, said: str) -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {}))
    playing = stand.play(own(f"async def own(context: StepContext) -> None:\n    {body}\n"), LOCAL)
    assert (playing.result().outcome, why(playing).headline) == (Outcome.ENVIRONMENT, said)
    assert stand.ari.asked("POST") == [], "the next step was played"


def test_a_name_that_it_leaves_undefined(own: Own) -> None:
    playing = Stand().play(own("async def own(context: StepContext, *, as_: NewName) -> None: ...\n", **{"as": "x"}))
    assert why(playing).headline == "'own' of tests/t/steps.py has not captured 'x', which it was given to define"


def test_the_lines_that_led_to_it_are_told(own: Own) -> None:
    code = (
        "async def own(context: StepContext) -> None:\n    _look({})\n\n"
        "def _look(found: dict) -> None:\n    found['x']\n")
    stand = Stand()
    playing = stand.play(own(code))
    assert why(playing).traceback == ("tests/t/steps.py:5 in own: _look({})", "tests/t/steps.py:8 in _look: found['x']")
    [broken] = [entry for entry in stand.entries(Source.STEP) if entry.name == "broken"]
    assert broken.data.startswith("Traceback")


def test_a_soft_step_that_breaks_ends_the_scenario_all_the_same(own: Own) -> None:
    stand = Stand()
    [broken] = planned([own("async def own(context: StepContext) -> None:\n    {}['x']\n")])
    assert play(stand, broken._replace(soft=True)).result().outcome is Outcome.ENVIRONMENT


# -- its end -------------------------------------------------------------------------------------------

def test_it_ends_with_its_scenario_and_may_clean_up(own: Own) -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/own", response(204, "No Content"))
    code = (
        "async def own(context: StepContext) -> None:\n    try:\n        await Deferred()\n"
        "    finally:\n        await context.ari('DELETE', 'own')\n")
    playing = stand.play(own(code), timeout=3.0)
    stand.clock.pump([3.0, 0.0, 0.0])
    assert why(playing).headline == "the scenario did not end within 3 s"
    assert stand.ari.asked("DELETE") == ["/own"]


def test_one_that_does_not_end_is_left_behind(own: Own) -> None:
    stand = Stand()
    code = (
        "async def own(context: StepContext) -> None:\n    while True:\n        try:\n"
        "            await context.ami_event('Never', within=100.0)\n"
        "        except CancelledError:\n            context.note('not me')\n")
    playing = stand.play(own(code), timeout=3.0)
    stand.clock.pump([3.0, 0.0, 0.0])
    assert not playing.done, "it may have something to clean up"
    stand.clock.pump([GRACE, 0.0, 0.0])
    assert why(playing).headline == "the scenario did not end within 3 s"
    assert stand.names(Source.STEP).count("note") == 1
    assert "left behind" in stand.names(Source.STEP)
    stand.clock.pump([100.0, 0.0, 0.0])
    assert stand.names(Source.STEP).count("note") == 1, "nothing comes to it any more"


def test_one_that_returns_instead_of_ending_has_not_passed(own: Own) -> None:
    stand = Stand()
    code = (
        "async def own(context: StepContext) -> None:\n    try:\n        await Deferred()\n"
        "    except CancelledError:\n        return\n")
    playing = stand.play(own(code), timeout=3.0)
    stand.clock.pump([3.0, 0.0, 0.0])
    assert why(playing).headline == "the scenario did not end within 3 s"


STAYS = (
    "async def own(context: StepContext) -> None:\n    while True:\n        try:\n"
    "            await Deferred()\n        except CancelledError:\n            pass\n")


def test_one_that_does_not_end_with_its_own_time_is_left_behind_too(own: Own) -> None:
    stand = Stand()
    [stays] = planned([own(STAYS)])
    playing = play(stand, stays._replace(timeout=0.5))
    stand.clock.pump([0.5, 0.0, 0.0, 0.1, GRACE, 0.0, 0.0])
    assert why(playing).headline == "the step did not end within 500 ms"


def test_an_interrupt_does_not_wait_for_it_for_ever(own: Own) -> None:
    stand = Stand()
    playing = stand.play(own(STAYS))
    playing.player.abort(InterruptedRunError("the run was interrupted"))
    assert not playing.done
    stand.clock.pump([GRACE, 0.0, 0.0])
    assert playing.result().outcome is Outcome.INTERRUPTED


def test_the_failure_of_another_branch_ends_it(own: Own) -> None:
    stand = Stand()
    stays, fails = planned([own(STAYS), step("expect", {"ami": "Never", "within": "1s"})])
    both = PlannedStep(step("parallel", {"branches": {"one": ["x"], "two": ["x"]}}), stays.place,
                       branches={"one": (stays,), "two": (fails,)})
    playing = play(stand, both)
    stand.clock.pump([1.0, 0.0, 0.0, 0.0, GRACE, 0.0, 0.0])
    assert why(playing).headline == "branch two: no Never by 1.0 s"


def test_one_that_never_ends_in_finally_does_not_hold_up_the_run(own: Own) -> None:
    stand = Stand()
    endless = own("async def endless(context: StepContext) -> None:\n    await Deferred()\n")
    playing = stand.play(last=[endless])
    for _ in range(40):
        assert not playing.done or playing.headline()
        stand.clock.advance(1)
    assert playing.headline() == "what follows the steps did not end within 30 s"
