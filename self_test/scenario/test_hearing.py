"""What must not come has to be heard: steps that watch while their client does not listen."""

from __future__ import annotations

from typing import Any

import pytest
from self_test.scenario.fakes import step
from self_test.scenario.stand import Stand

from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome

A, B = step("register", "a"), step("register", "b")
CLOSE, ABORT, STALL = (step("disconnect", {"client": "a", "how": how}) for how in ("close", "abort", "stall"))
RESUME = step("resume", "a")
GO = step("expect", {"ami": "Go"})
NEVER, NEVER_OVER_A = step("never", {"ari": "X"}), step("never", {"ari": "X", "client": "a"})
FOR_A_WHILE = step("never", {"ari": "X", "for": "1s"})


def count(**more: Any) -> Step:
    return step("count", {"ari": "X", "client": "a", **more})


OVER_A, OVER_ANY = "nothing is heard over a", "nothing is heard over any client"
LATER = "from here on, so the 'never' at tests/t/test-config.yaml:11:9 could not fail"


@pytest.mark.parametrize(("steps", "said"), [
    ([A, CLOSE, NEVER_OVER_A], f"{OVER_A} any more, so this could not fail"), ([A, STALL, NEVER_OVER_A], OVER_A),
    ([A, B, ABORT, NEVER_OVER_A], OVER_A), ([A, STALL, NEVER], f"{OVER_ANY} any more"), ([A, CLOSE, NEVER], OVER_ANY),
    ([A, STALL, FOR_A_WHILE], OVER_ANY), ([A, CLOSE, count(exactly=0, **{"for": "1s"})], OVER_A),
    ([A, STALL, count(**{"at-most": 1, "for": "1s"})], OVER_A),
    ([A, NEVER_OVER_A, CLOSE], f"{OVER_A} {LATER}"), ([A, NEVER, STALL], f"{OVER_ANY} {LATER}"),
    ([A, NEVER, B, STALL, step("disconnect", "b")], OVER_ANY), ([A, NEVER_OVER_A, B, STALL], OVER_A),
    ([A, NEVER_OVER_A, step("register", {"app": "a", "as": "other"})], f"{OVER_A} {LATER}"),
])
def test_a_step_that_could_not_fail(steps: list[Step], said: str) -> None:
    playing = Stand().play(*steps, GO)
    assert playing.result().outcome is Outcome.FAILED
    assert said in playing.headline()


@pytest.mark.parametrize("steps", [
    [A, NEVER, B, STALL], [A, B, STALL, NEVER], [A, STALL, RESUME, NEVER_OVER_A], [A, CLOSE, A, NEVER_OVER_A],
    [A, step("never", {"ami": "X"}), CLOSE], [A, B, CLOSE, step("never", {"ari": "X", "client": "b"})],
    [A, CLOSE, B, NEVER], [A, step("register", {"app": "a", "as": "other"}), NEVER]])
def test_a_step_that_could(steps: list[Step]) -> None:
    stand = Stand()
    playing = stand.play(*steps, GO)
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_what_watched_for_a_while_needs_no_client_afterwards() -> None:
    stand = Stand()
    playing = stand.play(A, FOR_A_WHILE, count(exactly=0, **{"for": "1s"}), CLOSE)
    stand.clock.advance(1)
    stand.clock.advance(1)
    assert playing.result().outcome is Outcome.PASSED


@pytest.mark.parametrize("last", [CLOSE, STALL, ABORT])
def test_nothing_is_watched_for_in_finally(last: Step) -> None:
    stand = Stand()
    playing = stand.play(A, NEVER_OVER_A, GO, last=[last])
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED
