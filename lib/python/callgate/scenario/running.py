"""A coroutine that can be cancelled at any moment, also by what it does itself.

As on a stage (`stage.py`), but with a Deferred of its own: several of these run at the same time.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


class Running(Generic[T]):
    """One coroutine, started by the constructor."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._executes = False
        self._cancelled = False
        self._cancel_next = False
        #: Its result, when it has one.
        self.ended: Deferred[T] = Deferred.fromCoroutine(self._steps())

    def cancel(self) -> None:
        """Let it end with CancelledError: now if it waits, else as soon as it does. The first call counts."""
        if self._cancelled:
            return
        self._cancelled = True
        if self._executes:
            self._cancel_next = True
        else:
            self.ended.cancel()

    def _steps(self) -> Generator[Deferred[Any], Any, T]:
        """Hand on what the coroutine waits for, and what comes of it."""
        result: Any = None
        error: BaseException | None = None
        while True:
            self._executes = True
            try:
                waits_for = self._coroutine.send(result) if error is None else self._coroutine.throw(error)
            except StopIteration as end:
                value: T = end.value
                return value
            finally:
                self._executes = False
            if self._cancel_next:
                self._cancel_next = False
                waits_for.cancel()
            try:
                result, error = (yield waits_for), None
            except GeneratorExit:  # nobody waits for it any more, and it may be gone already
                self._coroutine.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - it is the coroutine's own business, whatever it is
                error = thrown
