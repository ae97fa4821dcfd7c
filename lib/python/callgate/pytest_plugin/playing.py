"""Plays items through the same session and workers as `callgate run`, and tells their verdicts in pytest's words."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
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
from callgate.report.listener import Listener
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
from callgate.suite.load import Settings, load_settings

#: The test's id is the name of a directory that Asterisk's configuration is in, and Asterisk takes `[1]` in the path of
#: a file for a pattern (glob() in main/config.c).
_NO_PATTERN = str.maketrans("[]", "--")


class Heard(Listener):
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
        #: By the id of their test. Scenarios of other tests may come between its own (`--ff`, a random order): what
        #: was used up, booted or went wrong before counts on.
        self._workers: dict[str, Worker] = {}
        #: The test that is on now.
        self._on: str | None = None

    def play(self, test: Test, scenario: Scenario) -> Verdict:
        """Play a scenario of a test, on the Asterisk of those before it if there were any."""
        if test.id not in self._workers:
            self._workers[test.id] = self.session.worker(test)
        self._on = test.id
        worker = self._workers[test.id]
        try:
            self._run(worker.play(scenario))
        except BaseException:  # a bug, Ctrl-C, or the time that pytest-timeout gives an item: others may be played on
            self._heard.take()
            self._loop.run(worker.abandon(), lambda: None)
            worker.resume()
            raise
        verdict = self._heard.take()
        if verdict is None:
            raise AssertionError(f"{scenario.id} was played and has no verdict")
        return verdict

    @property
    def is_on(self) -> bool:
        """Whether an Asterisk is kept for what follows."""
        return self._on is not None

    def leave(self, following: Test | None) -> Verdict | None:
        """Part from the Asterisk unless the next scenario needs it, too; gives what went wrong with it then."""
        if self._on is None or (following is not None and following.id == self._on):
            return None
        worker, self._on = self._workers[self._on], None
        try:
            self._run(worker.leave())
        finally:
            self._loop.run(worker.abandon(), lambda: None)
        return self._heard.take()

    def end(self) -> None:
        """Part from what an interrupt has left running, and write the end of the results."""
        for worker in self._workers.values():
            self._loop.run(worker.abandon(), lambda: None)
            self.session.retire(worker)
        self.session.end()
        self.directory.close()

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
        self._builds: dict[str | None, Build | RemoteBuild] = {}
        self._runs: dict[str | None, BuildRun] = {}
        self._names: Counter[str] = Counter()
        #: What pytest calls a test in Python, and the file it is in, by each id that Callgate gives it.
        self._python: dict[str, str] = {}

    @cached_property
    def _settings(self) -> Settings:
        return load_settings(self.root)

    def get_builds(self, builds: Iterable[str]) -> None:
        """Get these builds; what cannot be had ends pytest, with the exit code of `callgate run`."""
        with _ending_pytest():
            connector(self._driver())
            for build in builds:
                self._resolve(build)

    def prepare(self, items: Sequence[ScenarioItem]) -> None:
        """Begin to play on every build that items are for; what cannot be had ends pytest likewise."""
        with _ending_pytest():
            connector(self._driver())
            for build, selected in Counter(item.build for item in items).items():
                tests = {item.test.id: item.test for item in items if item.build == build}
                self._begin(build, selected, tests.values())

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
        self._insist_on_no_bug()
        return (verdict if verdict.outcome is not Outcome.PASSED else stopped or verdict), run.directory

    def name_python(self, item: pytest.Item, identity: str, name: str) -> tuple[str, str]:
        """Ids for one play of a test in Python, as a test and as its scenario, which no other play in this run has."""
        folded = name.translate(_NO_PATTERN)
        self._names[f"{identity}/{folded}"] += 1
        times = self._names[f"{identity}/{folded}"]
        again = "" if times == 1 else f".{times}"
        ids = f"{identity}/{folded}{again}", f"{identity}::{name}{again}"
        file = os.path.relpath(item.path, self._config.invocation_params.dir)
        self._python.update(dict.fromkeys(ids, "::".join([file, *item.nodeid.split("::")[1:]])))
        return ids

    def leave(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Part from the Asterisk of an item unless the next one needs it, too."""
        if not isinstance(item, ScenarioItem):
            return
        same = isinstance(following, ScenarioItem) and following.build == item.build
        run = self._runs[item.build]
        on = run.is_on
        verdict = run.leave(following.test if same and isinstance(following, ScenarioItem) else None)
        if on and not run.is_on:
            self._insist_on_no_bug()
        if verdict is not None:
            tell(verdict, run.directory)

    def _insist_on_no_bug(self) -> None:
        """Fail here, and not only at the end: what a worker of pytest-xdist hands on is what its items say."""
        if bugs := self._loop.new_bugs():
            said = "nobody handled an exception: a bug in Callgate, unless it is one of a test in Python"
            pytest.fail("\n".join([said, *bugs]), pytrace=False)

    def end(self) -> bool:
        """Write the ends of the results; False if an exception of ours got lost on the way."""
        for run in self._runs.values():
            run.end()
        bugs = self._loop.bugs()
        self._loop.close()
        return not bugs

    def _begin(self, build: str | None, selected: int, tests: Iterable[Test] = ()) -> BuildRun:
        resolved = self._resolve(build)
        insist_on_known_events(tests, resolved)
        self._runs[build] = run = BuildRun(self._loop, resolved, self._options(build))
        run.session.begin(selected)
        return run

    def _resolve(self, build: str | None) -> Build | RemoteBuild:
        if build not in self._builds:
            settings = BuildSettings(os.environ, mirror=self._config.getoption("callgate_mirror"),
                                     remotes=self._settings.builds)
            self._builds[build] = resolve(build, settings, LazyProgress(sys.stderr))
        return self._builds[build]

    def _options(self, build: str | None) -> RunOptions:
        runs = self._config.getoption("callgate_run_dir") or self.root / DEFAULT_PARENT
        return RunOptions(root=self.root, runs=runs.resolve(), argv=self._config.invocation_params.args,
                          again=lambda scenario_id: self._again(build, scenario_id),
                          keep=self._config.getoption("callgate_keep"),
                          no_skips=self._config.getoption("callgate_no_skips"),
                          ami_driver=self._driver(),
                          **self._settings.defaults.model_dump())

    def _driver(self) -> DriverName:
        driver: DriverName | None = self._config.getoption("callgate_ami_driver")
        return driver or self._settings.ami_driver

    def _again(self, build: str | None, scenario_id: str) -> str:
        """What runs a scenario, or a test in Python, again: its file, and its name in it."""
        builds = [] if build is None else [build]
        if scenario_id in self._python:
            words = ["pytest", self._python[scenario_id]]
            builds = self._config.getoption("callgate_asterisk")  # several of them are in its name
        else:
            test, _, name = scenario_id.partition("::")
            file = os.path.relpath(self.root / test / CONFIG_NAME, self._config.invocation_params.dir)
            words = ["pytest", f"{file}::{name}" if name else file]
        words += [word for each in builds for word in ("--asterisk", each)]
        driver = self._config.getoption("callgate_ami_driver")
        words += [] if driver is None else ["--ami-driver", driver]
        return shlex.join(words if self.root == self._config.rootpath else [*words, "--root", str(self.root)])


@contextlib.contextmanager
def _ending_pytest() -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    except CallgateError as error:
        pytest.exit(str(error), returncode=int(error.exit_code))


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
