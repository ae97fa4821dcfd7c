"""Deadlines that are fair to a runner that was held up.

Twisted runs what is due before it reads what has arrived. A runner that was stopped for a while, by a debugger or a
busy machine, would so find every deadline past and the answer unread. So a deadline that is due lets the reactor go
round once more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class Deadline:
    """Calls `expired` after `seconds`, unless it is cancelled before."""

    def __init__(self, reactor: Any, seconds: float, expired: Callable[[], None]) -> None:
        self._reactor = reactor
        self._expired = expired
        self._call = reactor.callLater(max(0.0, seconds), self._due)

    def _due(self) -> None:
        self._call = self._reactor.callLater(0, self._expired)

    def shorten(self, seconds: float) -> None:
        """Leave no more than `seconds` from now."""
        if self._call.active() and self._call.getTime() > self._reactor.seconds() + seconds:
            self._call.reset(seconds)

    def cancel(self) -> None:
        """It is met, or does not matter any more."""
        if self._call.active():
            self._call.cancel()


def within(deferred: Deferred[T], seconds: float, reactor: Any, late: Callable[[], Exception]) -> Deferred[T]:
    """The same Deferred, cancelled when its time is up, which then fails with what `late` gives.

    What the cancelled call makes of it does not matter.
    """
    expired: list[bool] = []

    def expire() -> None:
        expired.append(True)
        deferred.cancel()

    deadline = Deadline(reactor, seconds, expire)

    def settle(result: T | Failure) -> T | Failure:
        deadline.cancel()
        if expired:
            raise late()
        return result

    deferred.addBoth(settle)
    return deferred
