"""One run: its directory, its tests one after another, its verdicts in the order in which they occur."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from callgate import __version__
from callgate.asterisk.build import Build, RemoteBuild
from callgate.errors import ExitCode, InterruptedRunError
from callgate.memory import peak_mib
from callgate.report.console import Console
from callgate.report.results import RunEnd, RunHeader, is_scenario
from callgate.run.options import RunOptions
from callgate.run.places import Places
from callgate.run.rundir import RunDirectory
from callgate.run.worker import Worker
from callgate.scenario.model import Test
from callgate.scenario.verdict import Tally, Verdict


class Session:
    """Runs tests. One is made for one run."""

    def __init__(self, reactor: Any, tests: Sequence[Test], build: Build | RemoteBuild, options: RunOptions,
                 console: Console, directory: RunDirectory, places: Places,
                 bugs: Callable[[], int] = lambda: 0) -> None:
        """`bugs` counts the exceptions that nobody handled: no run that has one is green."""
        self._reactor = reactor
        self._tests = tests
        self._build = build
        self._version = build.version if isinstance(build, Build) else ""
        self._options = options
        self._console = console
        self._places = places
        self._bugs = bugs
        self._worker: Worker | None = None
        self._interrupted = False
        self._tally = Tally()
        self._judged = 0
        self.directory = directory

    def interrupt(self) -> None:
        """End the run now: what plays is cut short, what waits does not begin."""
        self._interrupted = True
        if self._worker is not None:
            self._worker.interrupt(InterruptedRunError("the run was interrupted"))

    async def run(self) -> ExitCode:
        """Run everything; the verdicts are in the run directory when this returns, also if it raises."""
        begun = self._reactor.seconds()
        selected = sum(len(test.scenarios) for test in self._tests)
        self._begin(selected)
        asterisk_seconds = 0.0
        try:
            for test in self._tests:
                if self._interrupted:
                    break
                asterisk_seconds += await self._work(test)
        finally:
            self._console.clear()
        self._insist_on_every_verdict(selected)
        return self._end(self._reactor.seconds() - begun, asterisk_seconds)

    def _begin(self, selected: int) -> None:
        begun_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.directory.append(RunHeader(
            callgate=__version__, started=begun_at, argv=tuple(self._options.argv), build=self._build.spec,
            version=self._version, selected=selected).record())
        self._console.started(build=self._build.spec, version=self._version, selected=selected,
                              run_directory=self._options.shown(self.directory.path))

    async def _work(self, test: Test) -> float:
        """Play one test; gives the seconds that its Asterisk took to boot and stop."""
        worker = Worker(self._reactor, test, self._build, self._places, self._options, self.directory,
                        self._console, self._tell)
        self._worker = worker
        try:
            await worker.work()
        except InterruptedRunError:
            self._interrupted = True
        finally:
            self._worker = None
        return worker.asterisk_seconds

    def _end(self, seconds: float, asterisk_seconds: float) -> ExitCode:
        code = self._tally.exit_code(interrupted=self._interrupted)
        if self._bugs() and code is ExitCode.PASSED:
            code = ExitCode.ENVIRONMENT
        counts = {str(outcome): number for outcome, number in self._tally.counts.items()}
        self.directory.append(RunEnd(seconds, asterisk_seconds, code, counts, peak_mib()).record())
        self._console.finished(self._tally, seconds, asterisk_seconds=asterisk_seconds,
                               interrupted=self._interrupted)
        return code

    def _insist_on_every_verdict(self, selected: int) -> None:
        """A scenario that nobody judged must not pass for a green one (law 4)."""
        if not self._interrupted and self._judged != selected:
            raise AssertionError(f"{selected} scenarios were selected, {self._judged} have a verdict")

    def _tell(self, verdict: Verdict) -> None:
        self.directory.append(verdict.record())
        self._tally.add(verdict.outcome)
        self._judged += is_scenario(verdict.id)
        self._console.verdict(verdict)
