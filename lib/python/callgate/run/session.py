"""One run: its directory, its tests one after another, its verdicts in the order in which they occur."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from callgate import __version__
from callgate.asterisk.build import Build, RemoteBuild
from callgate.errors import ExitCode, InterruptedRunError
from callgate.memory import peak_mib
from callgate.report.listener import Listener
from callgate.report.results import RunEnd, RunHeader, is_scenario
from callgate.run.options import RunOptions
from callgate.run.places import Places
from callgate.run.rundir import RunDirectory
from callgate.run.worker import Worker
from callgate.scenario.model import Test
from callgate.scenario.verdict import Tally, Verdict


class Session:
    """One run. A front end hands it all tests at once (`run`), or asks for a worker for each (`begin` to `end`)."""

    def __init__(self, reactor: Any, build: Build | RemoteBuild, options: RunOptions, listener: Listener,
                 directory: RunDirectory, places: Places, bugs: Callable[[], int] = lambda: 0) -> None:
        """`bugs` counts the exceptions that nobody handled: no run that has one is green."""
        self._reactor = reactor
        self._build = build
        self._version = build.version if isinstance(build, Build) else ""
        self._options = options
        self._listener = listener
        self._places = places
        self._bugs = bugs
        self._begun = 0.0
        self._workers: list[Worker] = []
        self._asterisk_seconds = 0.0
        self._interrupted = False
        self._tally = Tally()
        self._judged = 0
        self.directory = directory

    def interrupt(self) -> None:
        """End the run now: what plays is cut short, what waits does not begin."""
        self._interrupted = True
        for worker in self._workers:
            worker.interrupt(InterruptedRunError("the run was interrupted"))

    async def run(self, tests: Sequence[Test]) -> ExitCode:
        """Run everything; the verdicts are in the run directory when this returns, also if it raises."""
        selected = sum(len(test.scenarios) for test in tests)
        self.begin(selected)
        try:
            for test in tests:
                if self._interrupted:
                    break
                await self._work(test)
        finally:
            self._listener.clear()
        self._insist_on_every_verdict(selected)
        return self.end()

    async def _work(self, test: Test) -> None:
        worker = self.worker(test)
        try:
            await worker.work()
        except InterruptedRunError:
            self._interrupted = True
        finally:
            self.retire(worker)

    def begin(self, selected: int) -> None:
        """Write the head of the results; `selected` scenarios are to have a verdict."""
        self._begun = self._reactor.seconds()
        begun_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.directory.append(RunHeader(
            callgate=__version__, started=begun_at, argv=tuple(self._options.argv), build=self._build.spec,
            version=self._version, selected=selected, ami_driver=self._options.ami_driver).record())
        self._listener.started(build=self._build.spec, version=self._version, selected=selected,
                               run_directory=self._options.shown(self.directory.path))

    def worker(self, test: Test) -> Worker:
        """Make what plays the scenarios of one test; each verdict is written as it occurs."""
        self._workers.append(Worker(self._reactor, test, self._build, self._places, self._options, self.directory,
                                    self._listener, self._tell))
        return self._workers[-1]

    def retire(self, worker: Worker) -> None:
        """Forget a worker that has parted from its Asterisk."""
        self._workers.remove(worker)
        self._asterisk_seconds += worker.asterisk_seconds

    def end(self) -> ExitCode:
        """Write the end of the results, and say how the run went."""
        seconds = self._reactor.seconds() - self._begun
        code = self._tally.exit_code(interrupted=self._interrupted)
        if self._bugs() and code is ExitCode.PASSED:
            code = ExitCode.ENVIRONMENT
        counts = {str(outcome): number for outcome, number in self._tally.counts.items()}
        self.directory.append(RunEnd(seconds, self._asterisk_seconds, code, counts, peak_mib()).record())
        self._listener.finished(self._tally, seconds, asterisk_seconds=self._asterisk_seconds,
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
        self._listener.verdict(verdict)
