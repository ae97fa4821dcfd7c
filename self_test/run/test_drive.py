"""A session on a reactor of its own, in a process of its own: Twisted starts its reactor once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import callgate
from callgate.errors import ExitCode

PROGRAM = """
import gc
import sys
from twisted.internet.defer import Deferred, fail
from twisted.internet import task
from callgate.errors import ExitCode, UsageError
from callgate.run import drive

class Session:
    def __init__(self, reactor, *rest):
        self.reactor = reactor
        *_, places, self.bugs = rest
        if what == "watched":
            print(places, gc.get_freeze_count() > 10_000, gc.isenabled())
        self.interrupted = Deferred()

    def interrupt(self):
        print("interrupted", flush=True)
        if what != "deaf":
            self.interrupted.callback(None)

    async def run(self, tests):
        if what in ("wait", "deaf"):
            print("running", flush=True)
            await self.interrupted
            return ExitCode.INTERRUPTED
        if what == "error":
            raise UsageError("no such thing")
        if what.startswith("lost"):
            fail(ValueError("a bug"))
        if what == "later":
            await task.deferLater(self.reactor, 0)
        if self.bugs() and what != "lost-failed":
            return ExitCode.ENVIRONMENT
        return ExitCode.FAILED if what == "lost-failed" else ExitCode.PASSED

what = sys.argv[1]
drive.Session = Session
try:
    around = {"watched": lambda places: f"around {type(places).__name__}"}
    sys.exit(drive.run_session([], None, None, None, None, around.get(what, lambda places: places)))
except UsageError as error:
    sys.exit(f"told: {error}")
"""


def start(what: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(callgate.__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, what], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env=environment)


@pytest.mark.parametrize(("what", "code"), [("at-once", ExitCode.PASSED), ("later", ExitCode.PASSED)])
def test_the_result_of_the_session_comes_out(what: str, code: ExitCode) -> None:
    with start(what) as process:
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == code


def test_what_is_recorded_may_be_watched_and_what_was_read_is_not_looked_through() -> None:
    with start("watched") as process:
        assert process.communicate(timeout=60) == ("around function True True\n", "")


def test_an_error_of_the_session_comes_out() -> None:
    with start("error") as process:
        assert process.communicate(timeout=60) == ("", "told: no such thing\n")
    assert process.returncode == 1


@pytest.mark.parametrize(("what", "code"), [("lost", ExitCode.ENVIRONMENT), ("lost-failed", ExitCode.FAILED)])
def test_an_error_that_nobody_waited_for_is_shown_and_no_run_with_one_is_green(what: str, code: ExitCode) -> None:
    with start(what) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "ValueError: a bug" in said
    assert said.endswith("callgate: this is a bug in Callgate, not in your tests\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_order(number: int) -> None:
    with start("wait") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(number)
        assert process.communicate(timeout=60) == ("interrupted\n", "")
    assert process.returncode == ExitCode.INTERRUPTED


def test_a_second_signal_ends_it_at_once() -> None:
    with start("deaf") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == ExitCode.INTERRUPTED
