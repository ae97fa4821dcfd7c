"""`runtests.py run`: plays the selected scenarios on one build.

Everything that can be wrong without an Asterisk is found first: the files, then the build, then the run directory.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from callgate.ami.driver import DriverName
from callgate.asterisk.catalog import resolve
from callgate.asterisk.progress import LazyProgress
from callgate.asterisk.settings import BuildSettings
from callgate.errors import CallgateError, ExitCode
from callgate.report.console import console_for
from callgate.report.junit import write_junit
from callgate.report.results import RunResults
from callgate.run.foresight import insist_on_known_events
from callgate.run.options import RunOptions
from callgate.run.rundir import DEFAULT_PARENT, RunDirectory
from callgate.scenario.steps import STEPS
from callgate.suite.load import load_suite


def run(options: argparse.Namespace) -> ExitCode:
    """Run, report, and say how it went. Raises CallgateError."""
    suite = load_suite(options.root, options.selectors, options.keyword, STEPS)
    driver: DriverName = options.ami_driver or suite.settings.ami_driver
    _insist_on(driver)
    builds = BuildSettings(os.environ, mirror=options.mirror, remotes=suite.settings.builds)
    build = resolve(options.asterisk, builds, LazyProgress(sys.stderr))
    unchecked = insist_on_known_events(suite.tests, build)
    if options.verbose:
        sys.stderr.writelines(f"callgate: {line}\n" for line in unchecked)
    run_options = RunOptions(
        root=options.root, runs=options.run_dir or options.root / DEFAULT_PARENT, argv=sys.argv[1:],
        again=partial(_again, _words(options)), keep=options.keep, no_skips=options.no_skips, ami_driver=driver,
        **suite.settings.defaults.model_dump())
    directory = RunDirectory.create(run_options.runs.resolve(), now=datetime.now(UTC), pid=os.getpid())
    console = console_for(sys.stdout, os.environ, verbose=options.verbose, color=options.color)
    with contextlib.closing(directory), _reported(directory, options.junit_xml):
        from callgate.run import drive  # brings Twisted, which a mistake in a file need not wait for

        return drive.run_session(suite.tests, build, run_options, console, directory)


def _insist_on(driver: DriverName) -> None:
    """Raise MachineError for an AMI driver that is not installed, before a build is fetched for it."""
    if driver != "builtin":
        from callgate.ami.drivers import connector  # brings Twisted

        connector(driver)


@contextlib.contextmanager
def _reported(directory: RunDirectory, target: Path | None) -> Iterator[None]:
    """Write the JUnit report after the run, also after one that broke; what broke it is the error to be told then."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(CallgateError):
            _report(directory, target)
        raise
    _report(directory, target)


def _report(directory: RunDirectory, target: Path | None) -> None:
    if target is not None:
        write_junit(RunResults.read(directory.path), target)


def _again(words: Sequence[str], scenario_id: str) -> str:
    """The command that runs a scenario again on the same build."""
    return shlex.join([*words, scenario_id])


def _words(options: argparse.Namespace) -> list[str]:
    """What it begins with, whatever the scenario."""
    words = [_program()]
    if options.root != Path():
        words += ["--root", str(options.root)]
    if options.asterisk is not None:
        words += ["--asterisk", options.asterisk]
    if options.ami_driver is not None:
        words += ["--ami-driver", options.ami_driver]
    return words


def _program() -> str:
    """What was typed to start us; a script in the current directory needs its dot."""
    program = sys.argv[0]
    return f"./{program}" if Path(program).name == program and Path(program).exists() else program
