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

#: What gc.set_threshold() takes: a hundred times what Python begins with, which is some hundred scenarios.
_SELDOM = (100_000, 20, 20)


def _as_they_are(places: Places) -> Places:
    return places


def run_session(tests: Sequence[Test], build: Build | RemoteBuild, options: RunOptions, listener: Listener,
                directory: RunDirectory, watched: Callable[[Places], Places] = _as_they_are) -> ExitCode:
    """Run the tests; raises what the session raises. `watched` may put something around the places, to see more."""
    loop = Loop()
    places = watched(places_for(loop.reactor, build, options))
    # To look for cycles takes a tenth of our own time: what was read and imported stays to the end, and is never looked
    # through; for what comes after it there is time while an Asterisk stops, so that in between it is seldom done.
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    gc.enable()  # the command line has switched it off
    session = Session(loop.reactor, build, options, listener, directory, places, loop.bugs)
    try:
        return loop.run(session.run(tests), session.interrupt)
    finally:
        loop.close()
