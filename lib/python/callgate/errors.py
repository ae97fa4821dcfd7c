"""The exceptions a user may meet, and whose fault each of them is.

Law 7: blame is a type. Every leaf below ends in one line for the user and in one exit code; any other
exception is a bug in Callgate and keeps its traceback.

    CallgateError
    ├── UsageError            a mistake in a file or an option               exit 4
    ├── NothingSelectedError  the selection is empty                         exit 5
    ├── MachineError          this machine cannot do it                      exit 3
    ├── InterruptedRunError   Ctrl-C or SIGTERM                              exit 2
    ├── AsteriskCrashedError  an Asterisk died, would not boot or fell silent   exit 1
    │   ├── AsteriskDiedError     its process has ended
    │   └── AsteriskSilentError   it did not answer in time
    └── ScenarioFailedError   a scenario disagrees with Asterisk             exit 1
"""

from __future__ import annotations

import enum
from collections.abc import Sequence


class ExitCode(enum.IntEnum):
    """What the process answers its caller with; the numbers are pytest's."""

    #: Everything that was selected ran and passed, or was skipped with a reason.
    PASSED = 0
    #: A scenario failed, or the build under test crashed.
    FAILED = 1
    #: Ctrl-C or SIGTERM ended the run before its time.
    INTERRUPTED = 2
    #: The machine cannot do it, or Callgate itself has a bug.
    ENVIRONMENT = 3
    #: A mistake in a file or on the command line; nothing was started.
    USAGE = 4
    #: The selection holds no scenario.
    NOTHING_SELECTED = 5


class CallgateError(Exception):
    """Something the user can act on: its text is the message, without a traceback."""

    exit_code = ExitCode.ENVIRONMENT


class UsageError(CallgateError):
    """A mistake in a file or an option, found before anything was started."""

    exit_code = ExitCode.USAGE


class NothingSelectedError(CallgateError):
    """Paths and options are well formed, and no scenario is left to run."""

    exit_code = ExitCode.NOTHING_SELECTED


class MachineError(CallgateError):
    """The machine cannot do it: no network, no space, no permission, no such program."""

    exit_code = ExitCode.ENVIRONMENT


class InterruptedRunError(CallgateError):
    """Somebody asked the run to end."""

    exit_code = ExitCode.INTERRUPTED


class AsteriskCrashedError(CallgateError):
    """The Asterisk under test died, would not boot, or stopped answering.

    `log` is the end of its log, if any, and `asterisk` what the test calls it, where that is known.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, log: Sequence[str] = (), *, asterisk: str = "") -> None:
        super().__init__(message)
        self.log = tuple(log)
        self.asterisk = asterisk


class AsteriskDiedError(AsteriskCrashedError):
    """The process of the Asterisk under test has ended, though nobody had asked for it."""


class AsteriskSilentError(AsteriskCrashedError):
    """A request or an action has had no answer in time; whether Asterisk is to blame is found out by asking it."""


class ScenarioFailedError(CallgateError):
    """A step of a scenario found something else than it asks for."""

    exit_code = ExitCode.FAILED
