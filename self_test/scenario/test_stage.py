"""What runs on a stage ends by itself, or for the first reason that is given."""

from __future__ import annotations

import pytest
from self_test.scenario.stand import Awaited
from twisted.internet.defer import CancelledError, Deferred

from callgate.errors import MachineError
from callgate.scenario.stage import Stage

REASON = MachineError("first")


async def wait(what: Deferred[str]) -> str:
    return await what


def test_a_result_and_an_error_come_out() -> None:
    stage = Stage()
    first, second = Deferred[str](), Deferred[str]()
    running = Awaited(stage.run(wait(first)))
    first.callback("done")
    assert running.result() == "done"
    failing = Awaited(stage.run(wait(second)))
    second.errback(ValueError("bug"))
    with pytest.raises(ValueError, match="bug"):
        failing.result()


def test_the_first_reason_ends_what_runs_and_all_that_would() -> None:
    stage = Stage()
    running = Awaited(stage.run(wait(Deferred())))
    stage.abort(REASON)
    stage.abort(MachineError("second"))
    for one in (running, Awaited(stage.run(wait(Deferred())))):
        with pytest.raises(MachineError, match="first"):
            one.result()


def test_what_runs_may_tidy_up() -> None:
    stage = Stage()
    tidied: list[str] = []

    async def tidy() -> None:
        try:
            await wait(Deferred())
        finally:
            tidied.append("tidied")

    running = Awaited(stage.run(tidy()))
    stage.abort(REASON)
    assert running.done
    assert tidied == ["tidied"]


def test_a_result_in_the_moment_of_the_abort_does_not_count() -> None:
    stage = Stage()

    async def abort_and_end() -> str:
        stage.abort(REASON)
        return "done"

    with pytest.raises(MachineError, match="first"):
        Awaited(stage.run(abort_and_end())).result()


def test_an_abort_by_what_is_just_beginning_is_not_lost() -> None:
    stage = Stage()

    async def abort_and_wait() -> str:
        stage.abort(REASON)
        return await wait(Deferred())

    with pytest.raises(MachineError, match="first"):
        Awaited(stage.run(abort_and_wait())).result()


def test_a_cancellation_from_elsewhere_stays_one() -> None:
    what: Deferred[str] = Deferred()
    running = Awaited(Stage().run(wait(what)))
    what.cancel()
    with pytest.raises(CancelledError):
        running.result()
