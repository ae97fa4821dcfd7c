"""Twisted's reactor, for front ends that do not live on it: they hand it a coroutine and wait for its result.

The reactor stands still in between. What has come meanwhile is seen when it runs again.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from types import FrameType
from typing import Any, TextIO, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from callgate.errors import ExitCode

T = TypeVar("T")


class Loop:
    """The reactor, and the exceptions that nobody handled while it ran: each is a bug of ours."""

    def __init__(self) -> None:
        from twisted.internet import reactor as installed

        reactor: Any = installed
        # Twisted's timers go by the wall clock, which may be set; nothing here wants to know what time it is.
        reactor.seconds = time.monotonic
        self.reactor = reactor
        self._lost = _LostErrors()
        self._told = 0
        globalLogPublisher.addObserver(self._lost)

    def run(self, coroutine: Coroutine[Any, Any, T], interrupt: Callable[[], None]) -> T:
        """Run a coroutine to its end; give its result, or raise what it raises.

        SIGINT and SIGTERM call `interrupt`, which is to end it in order. A second one ends the process at once: no
        summary, but nothing is left running either, since each Asterisk dies with its runner. A handler of SIGALRM that
        was there before (pytest-timeout has one) does what it did; what it raises ends the coroutine likewise, and is
        raised here instead of whatever that ends in.
        """
        results: list[T | Failure] = []

        def done(result: T | Failure) -> None:
            results.append(result)
            self.reactor.crash()  # and not stop(), after which it could not run again

        self.reactor.callWhenRunning(lambda: Deferred.fromCoroutine(coroutine).addBoth(done))
        raised: list[BaseException] = []
        wake = partial(self.reactor.callFromThread, interrupt)
        with _signals(wake), _alarm(wake, raised.append):
            self.reactor.run(installSignalHandlers=False)
        if raised:
            raise raised[0]
        result = results[0]
        if isinstance(result, Failure):
            result.raiseException()
        return result

    def bugs(self) -> int:
        """How many exceptions nobody has handled so far."""
        return self._lost.count()

    def new_bugs(self) -> list[str]:
        """The tracebacks of those that were found since this was asked last."""
        known, self._told = self._told, self.bugs()
        return [failure.getTraceback() for failure in self._lost.failures[known:]]

    def close(self) -> None:
        """Shut the reactor down, for good, and print those exceptions with their tracebacks."""
        self.reactor.callWhenRunning(self.reactor.stop)
        self.reactor.run(installSignalHandlers=False)
        globalLogPublisher.removeObserver(self._lost)
        self._lost.print(sys.stderr)


@contextlib.contextmanager
def _signals(interrupt: Callable[[], None]) -> Iterator[None]:
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if seen:
            os._exit(ExitCode.INTERRUPTED)
        seen.append(number)
        interrupt()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _alarm(interrupt: Callable[[], None], note: Callable[[BaseException], None]) -> Iterator[None]:
    """Keep what a handler of SIGALRM raises out of the reactor, which would log it as a bug and go on."""
    before = signal.getsignal(signal.SIGALRM)
    if not callable(before):
        yield
        return
    theirs: Callable[[int, FrameType | None], object] = before

    def handle(number: int, frame: FrameType | None) -> None:
        try:
            theirs(number, frame)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised again outside of the reactor
            note(error)
            interrupt()

    signal.signal(signal.SIGALRM, handle)
    try:
        yield
    finally:
        # Theirs may have put another one in its place by now, which is to stay.
        if signal.getsignal(signal.SIGALRM) is handle:
            signal.signal(signal.SIGALRM, theirs)


@implementer(ILogObserver)
class _LostErrors:
    """Collects the failures that Twisted logs because nobody handled them."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            self.failures.append(failure)

    def count(self) -> int:
        """How many there are. A Deferred tells what nobody handled when it is collected, so all are collected now."""
        gc.collect()
        return len(self.failures)

    def print(self, stream: TextIO) -> None:
        """Print them with their tracebacks, if there are any."""
        for failure in self.failures:
            print(failure.getTraceback(), file=stream)
        if self.failures:
            print("callgate: this is a bug in Callgate, not in your tests", file=stream)
