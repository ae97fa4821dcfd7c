"""A coroutine that can be cancelled at any moment, also by what it does itself.

A Deferred made of a coroutine can be cancelled only while the coroutine waits for something. But what must end a step
may come out of that very step: it writes to a journal whose disk is full, or causes what must never happen.
"""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


class Cancellable(Generic[T]):
    """One coroutine, for somebody to await: who does waits for what the coroutine itself waits for."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        #: What it waits for, while it does.
        self._waits_for: Deferred[Any] | None = None
        self._cancelled = False
        self._cancel_next = False

    def cancel(self) -> None:
        """Let it end with CancelledError: now if it waits, else as soon as it does. The first call counts."""
        if self._cancelled:
            return
        self._cancelled = True
        if self._waits_for is not None:
            self._waits_for.cancel()
        else:
            self._cancel_next = True

    @types.coroutine
    def result(self) -> Generator[Deferred[Any], Any, T]:
        """Hand on what the coroutine waits for, and what comes of it; to be awaited once."""
        result: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = self._coroutine.send(result) if error is None else self._coroutine.throw(error)
            except StopIteration as end:
                value: T = end.value
                return value
            self._waits_for = waits_for
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
            finally:
                self._waits_for = None


class Running(Cancellable[T]):
    """One that is started by the constructor, and has a Deferred of its own: several run at the same time."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        super().__init__(coroutine)
        #: Its result, when it has one.
        self.ended: Deferred[T] = Deferred.fromCoroutine(self.result())
