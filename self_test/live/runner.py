"""Runs the real command as its users do: what it says, what it leaves behind, and what it leaves running.

Processes are told apart by their id and by their working directory, which is inside the test's own, never by name.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from callgate.report.results import RunEnd, RunResults, split_id
from callgate.run.rundir import LATEST
from callgate.scenario.verdict import Verdict

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[2]
#: Seconds; far more than anything here takes: a suite takes 10 s, and six times as long where five others play, too.
ENOUGH = 300.0
#: On which AMI driver the tests run that name none; to run all of them on the other one.
_DRIVER = ["--ami-driver", name] if (name := os.environ.get("CALLGATE_TEST_AMI_DRIVER")) else []
#: Seconds between two looks at what a runner has written; its end cuts them short.
_GLANCE = 0.01


class Watched:
    """A process that this object cannot mistake for another one, also after its end (pidfd_open(2))."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError if there is no such process any more."""
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)

    def gone_within(self, seconds: float) -> bool:
        """Wait for its end; False if it has not come after so many seconds."""
        poller = select.poll()
        poller.register(self._pidfd, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens if it has ended."""
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            return

    def close(self) -> None:
        """Watch no longer."""
        os.close(self._pidfd)


@dataclass(frozen=True)
class Result:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str
    #: Where its run directories were to be made; need not be there.
    runs: Path

    @property
    def directory(self) -> Path:
        """The run directory."""
        return self.runs / LATEST

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts by the name of their scenario; '' is a test's Asterisk as a whole."""
        verdicts = RunResults.read(self.directory).verdicts
        named = {split_id(verdict.id)[1]: verdict for verdict in verdicts}
        assert len(named) == len(verdicts), f"several verdicts on one scenario: {verdicts}"
        return named

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of each scenario, by its name, in the order of the verdicts."""
        return {name: str(verdict.outcome) for name, verdict in self.verdicts.items()}

    @property
    def end(self) -> RunEnd | None:
        """The last record of the run, if it came to that."""
        return RunResults.read(self.directory).end

    def why(self, name: str) -> str:
        """All that the explanation of a verdict holds, as text."""
        return str(self.verdicts[name].explanation)

    def error_line(self) -> str:
        """What was said on standard error, which has to be one line."""
        lines = self.err.splitlines()
        assert len(lines) == 1, f"not one line:\n{self.err}"
        return lines[0]


class Runner:
    """One `runtests.py`, started by the constructor."""

    def __init__(self, directory: Path, arguments: Sequence[str], *, root: Path, prefix: Sequence[str] = (),
                 environment: Mapping[str, str] | None = None) -> None:
        """`directory` takes its output and its run directories, `prefix` goes before its command line."""
        directory.mkdir()
        self.runs = directory / "runs"
        self._out, self._err = directory / "out", directory / "err"
        inherited = {name: value for name, value in os.environ.items() if name != "CALLGATE_ASTERISK"}
        argv = [*prefix, sys.executable, str(REPOSITORY / "runtests.py"), "--root", str(root), "--run-dir",
                str(self.runs), *_DRIVER, *arguments]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(argv, cwd=directory, env={**inherited, **(environment or {})},
                                             stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.watched = Watched(self._process.pid)
        self._all_watched = [self.watched]

    @property
    def out(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(errors="replace")

    @property
    def err(self) -> str:
        """What it has complained about so far."""
        return self._err.read_text(errors="replace")

    def wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        """Wait until `look` finds something; fail as soon as the run has ended without it."""
        give_up = time.monotonic() + ENOUGH
        ended = False
        while (found := look()) is None:
            if ended:
                self._fail(f"the run ended without {what}")
            if time.monotonic() > give_up:
                self._fail(f"no {what} within {ENOUGH:g} s")
            ended = self.watched.gone_within(_GLANCE)
        return found

    def wait_for_line(self, text: str) -> str:
        """Wait for a line of the output with this text in it."""
        return self.wait_for(f"a line with {text!r}", lambda: _line_with(text, self.out))

    def wait_for_step(self, test: str, scenario: str, step: str) -> None:
        """Wait until a scenario plays the step that is described so."""
        path = self.runs / LATEST / test / f"{scenario}.jsonl"
        self.wait_for(f"the step {step!r} of {scenario}",
                      lambda: _line_with(f'"{step}', path.read_text()) if path.exists() else None)

    def asterisk(self, test: str) -> Watched:
        """The Asterisk of a test, as soon as it has written down its process id."""
        path = self.runs / LATEST / test / "ast1" / "run" / "asterisk.pid"
        return self.watch(int(self.wait_for("process id of Asterisk", lambda: _whole_line(path))))

    def watch(self, pid: int) -> Watched:
        """Watch a process that it has started, until `kill`."""
        self._all_watched.append(Watched(pid))
        return self._all_watched[-1]

    def children(self) -> list[int]:
        """The processes that it has started and that have not ended (proc_pid_children(5))."""
        pid = self.watched.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def send(self, number: signal.Signals) -> None:
        """Send the runner a signal."""
        self.watched.send(number)

    def finish(self, timeout: float = ENOUGH) -> Result:
        """Wait for its end; fail when it has not come after `timeout` seconds."""
        if not self.watched.gone_within(timeout):
            self._fail(f"the run did not end within {timeout:g} s")
        return Result(self._process.wait(), self.out, self.err, self.runs)

    def kill(self) -> None:
        """End it, if need be."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for each in self._all_watched:
            each.close()

    def _fail(self, message: str) -> NoReturn:
        pytest.fail(f"{message}\n--- output\n{self.out}\n--- errors\n{self.err}")


class Command:
    """Starts runners for one test, each with a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._runners: list[Runner] = []

    def start(self, *arguments: str, root: Path = REPOSITORY, asterisk: str | Path = "debian:sid",
              prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Runner:
        """Start `runtests.py --asterisk BUILD ARGUMENTS`."""
        directory = self.directory / f"runner{len(self._runners)}"
        runner = Runner(directory, ["--asterisk", str(asterisk), *arguments], root=root, prefix=prefix,
                        environment=environment)
        self._runners.append(runner)
        return runner

    def run(self, *arguments: str, root: Path = REPOSITORY, asterisk: str | Path = "debian:sid",
            prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Result:
        """Likewise, and wait for its end."""
        return self.start(*arguments, root=root, asterisk=asterisk, prefix=prefix, environment=environment).finish()

    def end(self) -> list[int]:
        """End what still runs; gives the ids of processes that their runner has left behind."""
        for runner in self._runners:
            runner.kill()
        left = running_in(self.directory)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return left


def running_in(directory: Path) -> list[int]:
    """The processes whose working directory is this one, or below it; also one that has been removed since."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                where = str((entry / "cwd").readlink())
            except OSError:  # it has ended, or is not ours to look at
                continue
            if where.startswith(f"{directory}/"):
                found.append(int(entry.name))
    return found


def _line_with(text: str, lines: str) -> str | None:
    return next((line for line in lines.splitlines() if text in line), None)


def _whole_line(path: Path) -> str | None:
    """The one line of a file, or None while it is being written."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    return text.strip() if text.endswith("\n") else None
