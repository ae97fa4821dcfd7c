"""One deadline over a whole call, however many awaits it has."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

T = TypeVar("T")


async def within(reactor: IReactorTime, seconds: float, call: Coroutine[Any, Any, T], late: Exception) -> T:
    """The result of `call`, or `late` raised after `seconds`, when `call` has been cancelled."""

    def give_up(_result: T | Failure | None, _seconds: float) -> NoReturn:
        # What the cancelled call made of it does not matter: twisted.web wraps it in errors of its own.
        raise late

    return await Deferred.fromCoroutine(call).addTimeout(seconds, reactor, give_up)
