"""Where the scenarios of one test play: on an Asterisk of their own, or on one that runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.elsewhere import Elsewhere
from callgate.asterisk.instance import Doors, Instance, Wanted
from callgate.asterisk.requirements import (
    Needs,
    missing_elsewhere,
    missing_here,
    missing_in_build,
    missing_when_running,
    modules_to_load,
)
from callgate.asterisk.subject import Subject
from callgate.asterisk.templates import SUFFIX
from callgate.run.options import RunOptions
from callgate.scenario.model import Test
from callgate.scenario.recorder import Recorder

#: The first, and so far the only, Asterisk of a test.
AST1 = "ast1"
#: What `${name.field}` stands for.
Names = Mapping[str, Mapping[str, str]]


class Place(Protocol):
    """One Asterisk, for as long as a test needs it."""

    def unmet(self) -> str:
        """Why the test can't be played here, as far as that is known without an Asterisk; '' if nothing is.

        Raises MachineError where that can't be judged.
        """

    async def enter(self, names: Names) -> Subject:
        """Have it ready. Raises CallgateError if it is not to be had.

        `names` are those that have nothing to do with it, for the templates among its configuration files.
        """

    @property
    def names(self) -> Names:
        """What can be named of it once it is ready, such as `${ast1.address}`."""

    async def refusal(self) -> str:
        """Why the test can't be played here, although the Asterisk is ready; '' if it can."""

    async def leave(self) -> None:
        """Part from it in peace. Raises AsteriskCrashedError if it does not take it well."""

    async def abandon(self) -> None:
        """Part from it at once; after `leave` there is nothing left to do."""


#: Makes the place for a test: the test, a directory for that one Asterisk, and who is told what is seen of it.
Places = Callable[[Test, Path, Recorder], Place]


def places_for(reactor: Any, build: Build | RemoteBuild, options: RunOptions) -> Places:
    """Where the tests of a run play."""
    def place(test: Test, directory: Path, recorder: Recorder) -> Place:
        if isinstance(build, RemoteBuild):
            return RemotePlace(reactor, build, test, options, recorder)
        return PrivatePlace(reactor, build, test, directory, options, recorder)

    return place


class PrivatePlace:
    """An Asterisk that is started for this test and stopped after it."""

    def __init__(self, reactor: Any, build: Build, test: Test, directory: Path, options: RunOptions,
                 recorder: Recorder) -> None:
        """`directory` is for this Asterisk alone; it need not exist."""
        self._reactor = reactor
        self._build = build
        self._options = options
        self._recorder = recorder
        self._instance: Instance | None = None
        self._needs = _needs(test)
        self._test = test
        self._directory = directory
        self.names: Names = {}

    def unmet(self) -> str:
        """What this machine and the build's files lack."""
        return "; ".join([*missing_here(self._needs), *missing_in_build(self._needs, self._build)])

    async def enter(self, names: Names) -> Subject:
        """Boot it."""
        doors = Doors()
        self.names = {AST1: {"address": "127.0.0.1", "http": str(doors.http.number), "ami": str(doors.ami.number),
                             "dir": str(self._directory)}}
        wanted = Wanted(directory=self._directory, overlay=self._test.directory / "configs" / AST1,
                        modules=modules_to_load(self._needs, self._build), all_modules=self._test.modules == "all",
                        names={**names, **self.names}, doors=doors)
        self._instance = await Instance.boot(self._reactor, self._build, wanted, self._recorder,
                                             timeout=self._options.boot_timeout)
        return self._instance

    async def refusal(self) -> str:
        """What only the Asterisk itself can tell."""
        if self._instance is None:
            return ""
        there = f"{self._build.spec} (Asterisk {self._build.version})"
        return "; ".join(await missing_when_running(self._needs, self._instance.ami, there,
                                                    timeout=self._options.step_timeout))

    async def leave(self) -> None:
        """Stop it, and insist that it stops well."""
        instance, self._instance = self._instance, None
        if instance is not None:
            await instance.stop(self._options.stop_timeout)

    async def abandon(self) -> None:
        """Kill it."""
        instance, self._instance = self._instance, None
        if instance is not None:
            instance.kill()


class RemotePlace:
    """An Asterisk that runs elsewhere, with whatever configuration it has."""

    def __init__(self, reactor: Any, build: RemoteBuild, test: Test, options: RunOptions, recorder: Recorder) -> None:
        self._reactor = reactor
        self._build = build
        self._test = test
        self._options = options
        self._recorder = recorder
        self._asterisk: Elsewhere | None = None
        self._needs = _needs(test)
        #: Its directory is nowhere here.
        self.names: Names = {
            AST1: {"address": build.host, "http": str(build.ari_port), "ami": str(build.ami_port)}}

    def unmet(self) -> str:
        """What this machine lacks."""
        return "; ".join(missing_here(self._needs))

    async def enter(self, names: Names) -> Subject:  # noqa: ARG002 - Place's signature; it has its configuration
        """Log in."""
        self._asterisk = await Elsewhere.connect(self._reactor, self._build, self._recorder,
                                                 timeout=self._options.boot_timeout)
        return self._asterisk

    async def refusal(self) -> str:
        """Whether it has what the test depends on, and the dialplan that the test says it needs."""
        configuration = self._test.directory / "configs" / AST1
        if configuration.is_dir() and not self._test.dialplan:
            return f"brings its own configuration (configs/{AST1}), which {self._build.spec} does not get"
        if next(configuration.rglob(f"*{SUFFIX}"), None) is not None:
            return f"brings a configuration template (configs/{AST1}), which {self._build.spec} does not get"
        if self._asterisk is not None:
            lacks = await missing_elsewhere(self._needs, self._asterisk.ami, self._build.spec,
                                            timeout=self._options.step_timeout)
            if lacks:
                return "; ".join(lacks)
            missing = await self._asterisk.missing_dialplan(self._test.dialplan, self._options.step_timeout)
            if missing:
                return f"{self._build.spec} has no {', '.join(missing)} in its dialplan"
        return ""

    async def leave(self) -> None:
        """Log off."""
        asterisk, self._asterisk = self._asterisk, None
        if asterisk is not None:
            await asterisk.leave()

    async def abandon(self) -> None:
        """Log off all the same: its connections must not tell the next scenario's journal anything."""
        await self.leave()


def _needs(test: Test) -> Needs:
    return Needs.of(((need.kind, need.value) for need in test.requirements), test.versions)
