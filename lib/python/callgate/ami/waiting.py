"""Something that happens once, and that many may wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


class Once(Generic[T]):
    """Something that happens at most once; whoever waits, before or after, gets the same outcome.

    Unlike a Deferred it may fail with nobody listening, and one waiter giving up does not disturb the others.
    """

    def __init__(self) -> None:
        #: Hands the outcome to one waiter, once there is an outcome.
        self._tell: Callable[[Deferred[T]], None] | None = None
        self._waiters: list[Deferred[T]] = []

    @property
    def settled(self) -> bool:
        """Whether it has happened, or can no longer happen."""
        return self._tell is not None

    def succeed(self, value: T) -> None:
        """Tell everybody that it has happened; only the first outcome counts."""
        self._settle(lambda waiter: waiter.callback(value))

    def fail(self, error: BaseException) -> None:
        """Tell everybody that it never will; only the first outcome counts."""
        self._settle(lambda waiter: waiter.errback(error))

    def wait(self) -> Deferred[T]:
        """Return a Deferred of the caller's own, which may be cancelled."""
        waiter: Deferred[T] = Deferred(self._forget)
        if self._tell is None:
            self._waiters.append(waiter)
        else:
            self._tell(waiter)
        return waiter

    def _forget(self, waiter: Deferred[T]) -> None:
        self._waiters.remove(waiter)

    def _settle(self, tell: Callable[[Deferred[T]], None]) -> None:
        if self._tell is not None:
            return
        self._tell = tell
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            tell(waiter)
