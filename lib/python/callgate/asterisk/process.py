"""The process of one Asterisk: started so that it cannot outlive the runner, watched through its pidfd.

The kernel sends SIGKILL to the Asterisk when the runner dies, however the runner dies (PR_SET_PDEATHSIG,
prctl(2)). Its end is an event of the reactor (pidfd_open(2)), so nobody polls for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from callgate.asterisk.mortal import dies_with_us
from callgate.errors import MachineError


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: an exit code, or the signal that ended it."""

    code: int | None
    signal: int | None

    @property
    def clean(self) -> bool:
        """Whether it says itself that all was well."""
        return self.code == 0

    def __str__(self) -> str:
        if self.signal is None:
            return f"exit code {self.code}"
        try:
            return f"signal {self.signal} ({signal.Signals(self.signal).name})"
        except ValueError:
            return f"signal {self.signal}"


@implementer(IReadDescriptor)
class Process:
    """A child that dies with us. Register interest in its end with `on_exit` or `wait`."""

    def __init__(self, reactor: Any, popen: subprocess.Popen[bytes], pidfd: int) -> None:
        self._reactor = reactor
        self._popen = popen
        self.pid = popen.pid
        self.exit: Exit | None = None
        self._callbacks: list[Callable[[Exit], None]] = []
        self._pidfd = pidfd
        reactor.addReader(self)

    @classmethod
    def start(cls, reactor: Any, argv: Sequence[str], *, directory: Path, environment: Mapping[str, str],
              output: Path) -> Process:
        """Start a program in `directory`, with what it prints in the file `output`.

        It gets a session of its own, so that Ctrl-C at the terminal reaches the runner alone. Raises MachineError
        when it can't be started.
        """
        try:
            with output.open("ab") as sink:
                popen = subprocess.Popen(
                    argv, cwd=directory, env=dict(environment), stdin=subprocess.DEVNULL, stdout=sink,
                    stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=dies_with_us())
        except (OSError, subprocess.SubprocessError) as error:
            raise MachineError(f"cannot start {argv[0]}: {error}") from error
        try:
            return cls(reactor, popen, os.pidfd_open(popen.pid))
        except OSError as error:
            popen.kill()
            popen.wait()
            raise MachineError(f"cannot watch process {popen.pid}: {error.strerror}") from error

    def fileno(self) -> int:
        """The pidfd: readable once the process has ended."""
        return self._pidfd

    def doRead(self) -> None:  # noqa: N802 - IReadDescriptor's name
        """The process has ended, unless what is said is meant for another one: see `Growth.doRead`."""
        if self.exit is None and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            self.reap()

    def reap(self) -> None:
        """Collect the exit status, waiting for it if need be, and tell everybody.

        What it has started itself (AGI scripts, say) ends with it: its process group is still its own as long as its
        status has not been collected.
        """
        if self.exit is not None:
            return
        self._reactor.removeReader(self)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        status = self._popen.wait()
        os.close(self._pidfd)
        self._pidfd = -1
        self.exit = Exit(status, None) if status >= 0 else Exit(None, -status)
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self.exit)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - IReadDescriptor's name
        """Nothing to close: the reactor calls this when it stops."""

    def logPrefix(self) -> str:  # noqa: N802 - IReadDescriptor's name
        """Part of IReadDescriptor."""
        return f"process {self.pid}"

    def on_exit(self, callback: Callable[[Exit], None]) -> None:
        """Call back once it has ended; at once if it has."""
        if self.exit is not None:
            callback(self.exit)
        else:
            self._callbacks.append(callback)

    async def wait(self, timeout: float) -> Exit | None:
        """How it ended, or None if it has not after `timeout` seconds."""
        ended: Deferred[Exit | None] = Deferred()

        def tell(result: Exit | None) -> None:
            if not ended.called:
                ended.callback(result)

        self.on_exit(tell)
        deadline = self._reactor.callLater(timeout, tell, None)
        try:
            return await ended
        finally:
            if deadline.active():
                deadline.cancel()
            if tell in self._callbacks:
                self._callbacks.remove(tell)

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens if it has ended."""
        if self.exit is None:
            os.kill(self.pid, number)

    def state(self) -> str:
        """The kernel's one-letter state (proc_pid_stat(5)): R, S, D, T for stopped, Z …; '' if it has ended."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return ""
        return stat.rpartition(")")[2].split()[0]
