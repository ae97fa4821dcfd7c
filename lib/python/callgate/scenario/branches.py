"""Lets several coroutines run at the same time: all of them end well, or the first that does not ends the others."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from callgate.scenario.running import Running


async def run_together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run them; when this returns or raises, every one of them has ended.

    Raises what the first of them raised that did not end well, or CancelledError when this is cancelled itself.
    """
    await _Together().run(list(coroutines))


class _Together:
    """Coroutines that run, and the first failure among them."""

    def __init__(self) -> None:
        self._running: list[Running[None]] = []
        self._first: Failure | None = None
        self._begun = False
        self._ended: Deferred[None] = Deferred(self._cancelled)

    async def run(self, coroutines: list[Coroutine[Any, Any, None]]) -> None:
        for coroutine in coroutines:
            if self._first is not None:  # one before it has failed already, without having had to wait
                coroutine.close()
                continue
            running = Running(coroutine)
            self._running.append(running)
            running.ended.addBoth(self._one_ended, running)
        self._begun = True
        try:
            if self._running:
                await self._ended
        except CancelledError:
            self._cancel_all()
            if self._running:  # one of them has something to do before it ends
                self._ended = Deferred()
                await self._ended
            raise
        if self._first is not None:
            self._first.raiseException()

    def _one_ended(self, result: Failure | None, which: Running[None]) -> None:
        self._running.remove(which)
        if isinstance(result, Failure) and self._first is None:
            self._first = result
            self._cancel_all()
        if self._begun and not self._running and not self._ended.called:
            self._ended.callback(None)

    def _cancel_all(self) -> None:
        for running in tuple(self._running):
            running.cancel()

    def _cancelled(self, _ended: Deferred[None]) -> None:
        self._cancel_all()
