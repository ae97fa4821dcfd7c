"""Drives a whole session on Twisted's reactor, from the first signal handler to the last file descriptor."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence

from callgate.asterisk.build import Build, RemoteBuild
from callgate.errors import ExitCode
from callgate.report.listener import Listener
from callgate.run.loop import Loop
from callgate.run.options import RunOptions
from callgate.run.places import Places, places_for
from callgate.run.rundir import RunDirectory
from callgate.run.session import Session
from callgate.scenario.model import Test


def _as_they_are(places: Places) -> Places:
    return places


def run_session(tests: Sequence[Test], build: Build | RemoteBuild, options: RunOptions, listener: Listener,
                directory: RunDirectory, watched: Callable[[Places], Places] = _as_they_are) -> ExitCode:
    """Run the tests; raises what the session raises. `watched` may put something around the places, to see more."""
    loop = Loop()
    places = watched(places_for(loop.reactor, build, options))
    # What was read and imported stays to the end: to look through it for cycles takes a tenth of our own time.
    gc.freeze()
    gc.enable()  # the command line has switched it off
    session = Session(loop.reactor, build, options, listener, directory, places, loop.bugs)
    try:
        return loop.run(session.run(tests), session.interrupt)
    finally:
        loop.close()
