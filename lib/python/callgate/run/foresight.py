"""Refuses tests that look for what the build can't send, before any Asterisk is started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.knowledge import Knowledge
from callgate.asterisk.requirements import missing_in_build, wrong_version
from callgate.errors import MachineError
from callgate.run.needs import needs_of
from callgate.scenario.model import SoughtEvent, Test
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.foresight import unknown_events


def insist_on_known_events(tests: Iterable[Test], build: Build | RemoteBuild) -> list[str]:
    """Check the events that the tests look for, and their fields; returns what could not be checked, for people.

    A test or a scenario that the build can't play anyway is left out. Of an Asterisk that runs elsewhere nothing is
    known. Raises InvalidFilesError with all that is wrong.
    """
    if isinstance(build, RemoteBuild):
        return [f"{build.spec} runs elsewhere: whether it has the events that steps look for is not checked"]
    there = f"{build.spec} (Asterisk {build.version})"
    knowledge = Knowledge(build)
    errors = unknown_events(_playable(tests, build), knowledge, there)
    if errors:
        raise InvalidFilesError(errors)
    return [f"{there} has no documentation of its {name} events: what steps look for in them is not checked"
            for name, known in (("AMI", knowledge.of_ami), ("ARI", knowledge.of_ari)) if not known]


def _playable(tests: Iterable[Test], build: Build) -> Iterator[SoughtEvent]:
    """What is looked for by scenarios that the build can play."""
    for test in tests:
        if test.sought and _can_play(test, build):
            yield from (event for event in test.sought if _is_of(event.versions, build))


def _can_play(test: Test, build: Build) -> bool:
    try:
        return not missing_in_build(needs_of(test), build)
    except MachineError:  # its versions can't be compared, which is the verdict that the test gets
        return False


def _is_of(versions: Sequence[str], build: Build) -> bool:
    try:
        return not wrong_version(versions, build.version, build.spec)
    except MachineError:  # likewise that of the scenario
        return False
