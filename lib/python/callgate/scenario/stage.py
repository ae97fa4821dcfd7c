"""Runs one coroutine at a time, and can end it early with a reason."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError

from callgate.errors import CallgateError
from callgate.scenario.running import Cancellable

T = TypeVar("T")


class Stage:
    """Where something runs that may have to end before its time."""

    def __init__(self) -> None:
        self._running: Cancellable[Any] | None = None
        self._reason: CallgateError | None = None

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end; raises the reason if it is aborted, or was before."""
        try:
            self._check()
        except CallgateError:
            coroutine.close()
            raise
        running: Cancellable[T] = Cancellable(coroutine)
        self._running = running
        try:
            result = await running.result()
        except CancelledError:
            self._check()
            raise
        finally:
            self._running = None
        self._check()  # aborted in the moment in which it ended
        return result

    def _check(self) -> None:
        if self._reason is not None:
            raise self._reason from None

    def abort(self, reason: CallgateError) -> None:
        """End what runs now, and let nothing more run; the first reason counts."""
        if self._reason is None:
            self._reason = reason
            if self._running is not None:
                self._running.cancel()
