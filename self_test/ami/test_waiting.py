"""Things that happen once, and deadlines."""

from __future__ import annotations

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from callgate.ami.waiting import Once
from callgate.deadlines import within


def test_everybody_gets_the_first_outcome() -> None:
    once: Once[int] = Once()
    seen: list[int] = []
    once.wait().addCallback(seen.append)
    assert seen == []
    once.succeed(1)
    once.succeed(2)
    once.fail(ValueError())
    once.wait().addCallback(seen.append)
    assert once.settled
    assert seen == [1, 1]


def test_a_failure_that_nobody_waits_for_harms_nobody() -> None:
    once: Once[int] = Once()
    once.fail(ValueError("gone"))
    seen: list[int | Failure] = []
    once.wait().addBoth(seen.append)
    assert isinstance(seen[0], Failure)
    assert str(seen[0].value) == "gone"


def test_one_waiter_giving_up_does_not_disturb_the_others() -> None:
    once: Once[int] = Once()
    seen: list[int] = []
    given_up: list[Failure] = []
    impatient = once.wait()
    impatient.addErrback(given_up.append)
    once.wait().addCallback(seen.append)
    impatient.cancel()
    once.succeed(1)
    assert seen == [1]
    assert isinstance(given_up[0].value, CancelledError)


@pytest.mark.parametrize("seconds", [2.0, 0.0, -1.0])
def test_too_late(seconds: float) -> None:
    clock = Clock()
    seen: list[int | Failure] = []
    never: Deferred[int] = Deferred()
    within(never, seconds, clock, lambda: LookupError("late")).addBoth(seen.append)
    clock.advance(max(seconds, 0))
    assert isinstance(seen[0], Failure)
    assert isinstance(seen[0].value, LookupError)
    assert clock.getDelayedCalls() == []


def test_in_time_leaves_no_timer_behind() -> None:
    clock = Clock()
    soon: Deferred[int] = Deferred()
    seen: list[int] = []
    within(soon, 2.0, clock, LookupError).addCallback(seen.append)
    soon.callback(3)
    assert seen == [3]
    assert clock.getDelayedCalls() == []
