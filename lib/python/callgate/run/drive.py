"""Drives a session on Twisted's reactor, from the first signal handler to the last file descriptor."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Coroutine, Sequence
from types import FrameType
from typing import Any, TextIO

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from callgate.asterisk.build import Build, RemoteBuild
from callgate.errors import ExitCode
from callgate.report.console import Console
from callgate.run.options import RunOptions
from callgate.run.places import places_for
from callgate.run.rundir import RunDirectory
from callgate.run.session import Session
from callgate.scenario.model import Test


def run_session(tests: Sequence[Test], build: Build | RemoteBuild, options: RunOptions, console: Console,
                directory: RunDirectory) -> ExitCode:
    """Run the tests; raises what the session raises.

    An exception that nobody waited for is a bug of ours: it is printed, and no run that has one is green.
    """
    from twisted.internet import reactor as installed

    reactor: Any = installed
    # Twisted's timers go by the wall clock, which may be set; nothing here wants to know what time it is.
    reactor.seconds = time.monotonic
    lost = _LostErrors()
    session = Session(reactor, tests, build, options, console, directory, places_for(reactor, build, options),
                      bugs=lost.count)
    globalLogPublisher.addObserver(lost)
    restore = _on_signals(reactor, session)
    try:
        return _drive(reactor, session.run())
    finally:
        restore()
        globalLogPublisher.removeObserver(lost)
        lost.print(sys.stderr)


def _drive(reactor: Any, coroutine: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    results: list[ExitCode | Failure] = []

    def done(result: ExitCode | Failure) -> None:
        results.append(result)
        reactor.stop()

    def begin() -> None:
        Deferred.fromCoroutine(coroutine).addBoth(done)

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    result = results[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result


def _on_signals(reactor: Any, session: Session) -> Any:
    """Let SIGINT and SIGTERM end the run in order, and a second one at once; returns the way back.

    At once means: no summary, but nothing is left running either, since each Asterisk dies with its runner.
    """
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if seen:
            os._exit(ExitCode.INTERRUPTED)
        seen.append(number)
        reactor.callFromThread(session.interrupt)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


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
