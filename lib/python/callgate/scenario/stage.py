"""Runs one coroutine at a time, and can end it early with a reason, at any moment.

A Deferred made of a coroutine can be cancelled only while the coroutine waits for something. But what must end a step
may come out of that very step: it writes to a journal whose disk is full, or causes what must never happen. And such a
Deferred is a stop more on the way of each result that comes: here whoever awaits the stage waits for what the coroutine
itself waits for.
"""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred

from callgate.errors import CallgateError

T = TypeVar("T")


class Stage:
    """Where something runs that may have to end before its time."""

    def __init__(self) -> None:
        self._reason: CallgateError | None = None
        #: What the coroutine waits for, while it does.
        self._waits_for: Deferred[Any] | None = None
        self._cancel_next = False

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end; raises the reason if it is aborted, or was before."""
        try:
            self._check()
        except CallgateError:
            coroutine.close()
            raise
        try:
            result = await self._steps(coroutine)
        except CancelledError:
            self._check()
            raise
        finally:
            self._cancel_next = False
        self._check()  # aborted in the moment in which it ended
        return result

    def abort(self, reason: CallgateError) -> None:
        """End what runs now, and let nothing more run; the first reason counts."""
        if self._reason is not None:
            return
        self._reason = reason
        if self._waits_for is not None:
            self._waits_for.cancel()
        else:
            self._cancel_next = True

    def _check(self) -> None:
        if self._reason is not None:
            raise self._reason from None

    @types.coroutine
    def _steps(self, coroutine: Coroutine[Any, Any, T]) -> Generator[Deferred[Any], Any, T]:
        """Hand on what the coroutine waits for, and what comes of it."""
        result: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = coroutine.send(result) if error is None else coroutine.throw(error)
            except StopIteration as end:
                value: T = end.value
                return value
            self._waits_for = waits_for
            if self._cancel_next:  # by what it did before it had to wait
                self._cancel_next = False
                waits_for.cancel()
            try:
                result, error = (yield waits_for), None
            except GeneratorExit:  # nobody waits for it any more, and it may be gone already
                coroutine.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - it is the coroutine's own business, whatever it is
                error = thrown
            finally:
                self._waits_for = None
