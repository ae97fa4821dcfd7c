"""Drives a whole session on Twisted's reactor, from the first signal handler to the last file descriptor."""

from __future__ import annotations

from collections.abc import Sequence

from callgate.asterisk.build import Build, RemoteBuild
from callgate.errors import ExitCode
from callgate.report.listener import Listener
from callgate.run.loop import Loop
from callgate.run.options import RunOptions
from callgate.run.places import places_for
from callgate.run.rundir import RunDirectory
from callgate.run.session import Session
from callgate.scenario.model import Test


def run_session(tests: Sequence[Test], build: Build | RemoteBuild, options: RunOptions, listener: Listener,
                directory: RunDirectory) -> ExitCode:
    """Run the tests; raises what the session raises."""
    loop = Loop()
    session = Session(loop.reactor, build, options, listener, directory, places_for(loop.reactor, build, options),
                      loop.bugs)
    try:
        return loop.run(session.run(tests), session.interrupt)
    finally:
        loop.close()
