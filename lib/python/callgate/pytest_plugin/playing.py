"""Plays items through the same session and workers as `callgate run`, and tells their verdicts in pytest's words."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from callgate.ami.driver import DriverName
from callgate.ami.drivers import connector
from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.catalog import resolve
from callgate.asterisk.progress import LazyProgress
from callgate.asterisk.settings import BuildSettings
from callgate.errors import CallgateError, InterruptedRunError, UsageError
from callgate.pytest_plugin.collecting import ScenarioItem, root_of
from callgate.report.explain import as_text, headline
from callgate.report.listener import Nobody
from callgate.run.foresight import insist_on_known_events
from callgate.run.loop import Loop
from callgate.run.options import RunOptions
from callgate.run.places import places_for
from callgate.run.rundir import DEFAULT_PARENT, RunDirectory
from callgate.run.session import Session
from callgate.run.worker import Worker
from callgate.scenario.model import Scenario, Test
from callgate.scenario.verdict import Outcome, Verdict
from callgate.suite.find import CONFIG_NAME
from callgate.suite.load import load_settings


class Heard(Nobody):
    """Keeps the verdict that came last."""

    def __init__(self) -> None:
        self.last: Verdict | None = None

    def verdict(self, verdict: Verdict) -> None:
        """Keep it."""
        self.last = verdict

    def take(self) -> Verdict | None:
        """The verdict, once."""
        taken, self.last = self.last, None
        return taken


class BuildRun:
    """What is played on one build: a session with a run directory of its own, and the test that is on now."""

    def __init__(self, loop: Loop, build: Build | RemoteBuild, options: RunOptions) -> None:
        """Raises MachineError where there can be no run directory."""
        self._loop = loop
        self._heard = Heard()
        self.directory = RunDirectory.create(options.runs, now=datetime.now(UTC), pid=os.getpid())
        self.session = Session(loop.reactor, build, options, self._heard, self.directory,
                               places_for(loop.reactor, build, options), loop.bugs)
        self._test: Test | None = None
        self._worker: Worker | None = None

    def play(self, test: Test, scenario: Scenario) -> Verdict:
        """Play a scenario of a test, on the Asterisk of those before it if there were any."""
        if self._worker is None:
            self._test, self._worker = test, self.session.worker(test)
        self._run(self._worker.play(scenario))
        verdict = self._heard.take()
        if verdict is None:
            raise AssertionError(f"{scenario.id} was played and has no verdict")
        return verdict

    def leave(self, following: Test | None) -> Verdict | None:
        """Part from the Asterisk unless the next scenario needs it, too; gives what went wrong with it then."""
        worker = self._worker
        if worker is None or self._test is following:
            return None
        self._test = self._worker = None
        try:
            self._run(worker.leave())
        finally:
            self._loop.run(worker.abandon(), lambda: None)
            self.session.retire(worker)
        return self._heard.take()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            self._loop.run(coroutine, self.session.interrupt)
        except InterruptedRunError as error:
            raise KeyboardInterrupt from error


class Playing:
    """All that is played in one run of pytest."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        #: The root of the suite.
        self.root = root_of(config)
        self._loop = Loop()
        self._runs: dict[str | None, BuildRun] = {}

    def prepare(self, items: Sequence[ScenarioItem]) -> None:
        """Get every build that is asked for; what cannot be had ends pytest, with the exit code of `callgate run`."""
        try:
            connector(self._driver())
            for build, selected in Counter(item.build for item in items).items():
                tests = {item.test.id: item.test for item in items if item.build == build}
                self._begin(build, selected, tests.values())
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        except CallgateError as error:
            pytest.exit(str(error), returncode=int(error.exit_code))

    def play(self, item: ScenarioItem) -> None:
        """Play an item; raises what pytest takes for its outcome."""
        run = self._runs[item.build]
        tell(run.play(item.test, item.scenario), run.directory)

    def play_alone(self, test: Test, build: str | None) -> tuple[Verdict, RunDirectory]:
        """Play a test of one scenario, on an Asterisk that is stopped after it; gives what is worse of the two."""
        run = self._runs[build] if build in self._runs else self._begin(build, 0)
        [scenario] = test.scenarios
        try:
            verdict = run.play(test, scenario)
        finally:
            stopped = run.leave(None)
        return (verdict if verdict.outcome is not Outcome.PASSED else stopped or verdict), run.directory

    def leave(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Part from the Asterisk of an item unless the next one needs it, too."""
        if not isinstance(item, ScenarioItem):
            return
        same = isinstance(following, ScenarioItem) and following.build == item.build
        run = self._runs[item.build]
        verdict = run.leave(following.test if same and isinstance(following, ScenarioItem) else None)
        if verdict is not None:
            tell(verdict, run.directory)

    def end(self) -> bool:
        """Write the ends of the results; False if an exception of ours got lost on the way."""
        bugs = self._loop.bugs()
        for run in self._runs.values():
            run.session.end()
            run.directory.close()
        self._loop.close()
        return not bugs

    def _begin(self, build: str | None, selected: int, tests: Iterable[Test] = ()) -> BuildRun:
        resolved = self._resolve(build)
        insist_on_known_events(tests, resolved)
        self._runs[build] = run = BuildRun(self._loop, resolved, self._options(build))
        run.session.begin(selected)
        return run

    def _resolve(self, build: str | None) -> Build | RemoteBuild:
        settings = BuildSettings(os.environ, mirror=self._config.getoption("callgate_mirror"),
                                 remotes=load_settings(self.root).builds)
        return resolve(build, settings, LazyProgress(sys.stderr))

    def _options(self, build: str | None) -> RunOptions:
        runs = self._config.getoption("callgate_run_dir") or self.root / DEFAULT_PARENT
        return RunOptions(root=self.root, runs=runs.resolve(), argv=self._config.invocation_params.args,
                          again=lambda scenario_id: self._again(build, scenario_id),
                          keep=self._config.getoption("callgate_keep"),
                          no_skips=self._config.getoption("callgate_no_skips"),
                          ami_driver=self._driver(),
                          **load_settings(self.root).defaults.model_dump())

    def _driver(self) -> DriverName:
        driver: DriverName | None = self._config.getoption("callgate_ami_driver")
        return driver or load_settings(self.root).ami_driver

    def _again(self, build: str | None, scenario_id: str) -> str:
        """What runs a scenario, or a test in Python, again: its file, and its name in it."""
        test, _, name = scenario_id.partition("::")
        python = self.root / f"{test}.py"
        path = python if python.exists() else self.root / test / CONFIG_NAME
        file = os.path.relpath(path, self._config.invocation_params.dir)
        words = ["pytest", f"{file}::{name}" if name else file]
        words += [] if build is None else ["--asterisk", build]
        driver = self._config.getoption("callgate_ami_driver")
        words += [] if driver is None else ["--ami-driver", driver]
        return shlex.join(words if self.root == self._config.rootpath else [*words, "--root", str(self.root)])


def tell(verdict: Verdict, directory: RunDirectory) -> None:
    """Raise what pytest takes for the outcome of a verdict; nothing for one that passed."""
    if verdict.outcome is Outcome.PASSED:
        return
    if verdict.outcome is Outcome.SKIPPED:
        pytest.skip(verdict.reason)
    if verdict.outcome is Outcome.EXPECTED_FAILURE:
        pytest.xfail(verdict.reason)
    text = f"{verdict.outcome}: {headline(verdict)}\n\n{as_text(verdict, os.path.relpath(directory.path))}"
    pytest.fail(text, pytrace=False)  # pytest's summary shows the first line
