"""A coroutine is cancelled once, at a moment at which that can be done."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred

from callgate.scenario.running import Running


def outcome_of(running: Running[str]) -> list[Any]:
    found: list[Any] = []
    running.ended.addBoth(found.append)
    return found


def test_the_result_comes_out() -> None:
    first: Deferred[str] = Deferred()

    async def work() -> str:
        return await first + "!"

    found = outcome_of(Running(work()))
    assert found == []
    first.callback("done")
    assert found == ["done!"]


def test_an_error_comes_out() -> None:
    async def work() -> str:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        outcome_of(Running(work()))[0].raiseException()


@pytest.mark.parametrize("by_itself", [False, True])
def test_it_is_cancelled_while_it_waits_or_as_soon_as_it_does(by_itself: bool) -> None:
    first: Deferred[None] = Deferred()
    seen: list[str] = []

    async def work() -> str:
        await first
        if by_itself:
            running.cancel()
            seen.append("goes on")
        try:
            await Deferred()
        except CancelledError:
            seen.append("cancelled")
            raise
        return ""

    running = Running(work())
    found = outcome_of(running)
    first.callback(None)
    running.cancel()
    assert seen == ["goes on", "cancelled"][not by_itself:]
    assert found[0].check(CancelledError)


def test_what_it_does_before_it_ends_is_not_cancelled() -> None:
    last: Deferred[None] = Deferred()

    async def work() -> str:
        try:
            await Deferred()
        finally:
            await last
        return ""

    running = Running(work())
    found = outcome_of(running)
    running.cancel()
    running.cancel()
    assert found == []
    last.callback(None)
    assert found[0].check(CancelledError)


def test_one_that_nobody_waits_for_any_more_goes_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)

    async def work() -> str:
        await Deferred()
        return ""

    Running(work())
    gc.collect()
    assert said == []
