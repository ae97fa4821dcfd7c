"""Runs a coroutine that is not ours: when it has to end and does not, it is left behind."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from callgate.deadlines import Deadline
from callgate.scenario.running import Running

T = TypeVar("T")

#: Seconds that it has to clean up behind itself once it was told to end.
GRACE = 1.0


class LeftBehindError(CancelledError):
    """It was told to end, and has not done so in time; whatever it still waits for is nobody's business."""


async def run_foreign(coroutine: Coroutine[Any, Any, T], reactor: Any) -> T:
    """Its result, or what it raises.

    Raises CancelledError when this is cancelled and it has ended, LeftBehindError when it has not done so within
    `GRACE` seconds, and RuntimeError for a CancelledError of its own making, which would pass for ours.
    """
    return await _Foreign(coroutine, reactor).run()


class _Foreign(Generic[T]):
    def __init__(self, coroutine: Coroutine[Any, Any, T], reactor: Any) -> None:
        self._coroutine = coroutine
        self._reactor = reactor
        #: What waits for its end, which may come when nobody does any more.
        self._ended: Deferred[T] = Deferred()
        self._over = False

    async def run(self) -> T:
        running = Running(self._coroutine)
        running.ended.addBoth(self._end)
        try:
            return await self._ended
        except CancelledError:
            if self._over:
                raise RuntimeError("it was cancelled by nobody but itself") from None
            self._ended = Deferred()
            running.cancel()
            await self._last_moment()
            raise

    def _end(self, result: T | Failure) -> None:
        self._over = True
        if not self._ended.called:
            self._ended.callback(result)

    async def _last_moment(self) -> None:
        """Wait for its end; how it ends does not matter now."""
        ended = self._ended
        ended.addErrback(_forget)
        late: list[bool] = []

        def give_up() -> None:
            late.append(True)
            ended.cancel()

        deadline = Deadline(self._reactor, GRACE, give_up)
        try:
            await ended
        finally:
            deadline.cancel()
        if late:
            raise LeftBehindError


def _forget(_failure: Failure) -> None:
    return
