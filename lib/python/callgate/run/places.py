"""Where the scenarios of one test play: on Asterisks of their own, or on one that runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from callgate.ami.drivers import connector
from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.elsewhere import Elsewhere
from callgate.asterisk.instance import Doors, Instance, Wanted
from callgate.asterisk.requirements import (
    missing_elsewhere,
    missing_here,
    missing_in_build,
    missing_when_running,
    modules_to_load,
    running_version,
)
from callgate.asterisk.subject import Subject
from callgate.asterisk.templates import SUFFIX
from callgate.errors import AsteriskCrashedError
from callgate.run.needs import needs_of
from callgate.run.options import RunOptions
from callgate.scenario.branches import run_together
from callgate.scenario.model import AST1, Test
from callgate.scenario.recorder import Recorder

#: What `${name.field}` stands for.
Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Home:
    """What one Asterisk of a test is given: a directory, which need not exist, and who is told what is seen of it."""

    directory: Path
    recorder: Recorder


class Place(Protocol):
    """The Asterisks of a test, for as long as it needs them."""

    def unmet(self) -> str:
        """Why the test can't be played here, as far as that is known without an Asterisk; '' if nothing is.

        Raises MachineError where that can't be judged.
        """

    async def enter(self, names: Names) -> Mapping[str, Subject]:
        """Have them ready, by name. Raises CallgateError if they are not to be had.

        `names` are those that have nothing to do with them, for the templates among their configuration files.
        """

    @property
    def names(self) -> Names:
        """What can be named of them once they are ready, such as `${ast1.address}`."""

    async def refusal(self) -> str:
        """Why the test can't be played here, although they are ready; '' if it can."""

    async def version(self) -> str:
        """The version of Asterisk, asked for where nothing else tells it."""

    async def leave(self) -> None:
        """Part from them in peace. Raises AsteriskCrashedError if one does not take it well."""

    async def abandon(self) -> None:
        """Part from them at once; after `leave` there is nothing left to do."""


#: Makes the place for a test, with a home for each of its Asterisks by name.
Places = Callable[[Test, Mapping[str, Home]], Place]


def places_for(reactor: Any, build: Build | RemoteBuild, options: RunOptions) -> Places:
    """Where the tests of a run play."""
    def place(test: Test, homes: Mapping[str, Home]) -> Place:
        if isinstance(build, RemoteBuild):
            return RemotePlace(reactor, build, test, options, homes[AST1].recorder)
        return PrivatePlace(reactor, build, test, homes, options)

    return place


class PrivatePlace:
    """Asterisks that are started for this test and stopped after it, all at the same time."""

    def __init__(self, reactor: Any, build: Build, test: Test, homes: Mapping[str, Home], options: RunOptions) -> None:
        self._reactor = reactor
        self._build = build
        self._test = test
        self._homes = homes
        self._options = options
        self._needs = needs_of(test)
        self._doors: dict[str, Doors] = {}
        self._instances: dict[str, Instance] = {}
        self.names: Names = {}

    def unmet(self) -> str:
        """What this machine and the build's files lack."""
        return "; ".join([*missing_here(self._needs), *missing_in_build(self._needs, self._build)])

    async def enter(self, names: Names) -> Mapping[str, Subject]:
        """Boot them; the first that fails ends the others."""
        for name in self._homes:  # each may name the doors of the others, so all are there before one is booted
            self._doors[name] = Doors()
        self.names = {
            name: {"address": "127.0.0.1", "http": str(doors.http.number), "ami": str(doors.ami.number),
                   "dir": str(self._homes[name].directory)} for name, doors in self._doors.items()}
        await run_together(self._boot(name, {**names, **self.names}) for name in self._homes)
        return {name: self._instances[name] for name in self._homes}

    async def _boot(self, name: str, names: Names) -> None:
        home = self._homes[name]
        wanted = Wanted(directory=home.directory, overlay=self._test.directory / "configs" / name,
                        modules=modules_to_load(self._needs, self._build), all_modules=self._test.modules == "all",
                        names=names, doors=self._doors[name], name=name if len(self._homes) > 1 else "")
        self._instances[name] = await Instance.boot(self._reactor, self._build, wanted, home.recorder,
                                                    timeout=self._options.boot_timeout,
                                                    connect=connector(self._options.ami_driver))

    async def refusal(self) -> str:
        """What only the Asterisks themselves can tell."""
        there = f"{self._build.spec} (Asterisk {self._build.version})"
        lacks: dict[str, None] = {}
        for instance in self._instances.values():
            lacks |= dict.fromkeys(await missing_when_running(self._needs, instance.ami, there,
                                                              timeout=self._options.step_timeout))
        return "; ".join(lacks)

    async def version(self) -> str:
        """That of the build."""
        return self._build.version

    async def leave(self) -> None:
        """Stop them, and insist that they stop well: each of them, whatever becomes of the others."""
        crashes: list[AsteriskCrashedError] = []

        async def stop(instance: Instance) -> None:
            try:
                await instance.stop(self._options.stop_timeout)
            except AsteriskCrashedError as crash:
                crashes.append(crash)

        instances, self._instances = self._instances, {}
        await run_together(map(stop, instances.values()))
        if crashes:
            raise crashes[0]

    async def abandon(self) -> None:
        """Kill them."""
        instances, self._instances = self._instances, {}
        for instance in instances.values():
            instance.kill()
        for doors in self._doors.values():  # of what was never booted
            doors.close()


class RemotePlace:
    """An Asterisk that runs elsewhere, with whatever configuration it has."""

    def __init__(self, reactor: Any, build: RemoteBuild, test: Test, options: RunOptions, recorder: Recorder) -> None:
        self._reactor = reactor
        self._build = build
        self._test = test
        self._options = options
        self._recorder = recorder
        self._asterisk: Elsewhere | None = None
        self._needs = needs_of(test)
        #: Its directory is nowhere here.
        self.names: Names = {
            AST1: {"address": build.host, "http": str(build.ari_port), "ami": str(build.ami_port)}}

    def unmet(self) -> str:
        """What this machine lacks; and that there is but one Asterisk."""
        count = len(self._test.asterisks)
        alone = [f"needs {count} Asterisks, and {self._build.spec} is one"] if count > 1 else []
        return "; ".join([*alone, *missing_here(self._needs)])

    async def enter(self, names: Names) -> Mapping[str, Subject]:  # noqa: ARG002 - Place's signature; it is configured
        """Log in."""
        self._asterisk = await Elsewhere.connect(self._reactor, self._build, self._recorder,
                                                 timeout=self._options.boot_timeout,
                                                 connect=connector(self._options.ami_driver))
        return {AST1: self._asterisk}

    async def refusal(self) -> str:
        """Whether it has what the test depends on, and the dialplan that the test says it needs."""
        configuration = self._test.directory / "configs" / AST1
        if configuration.is_dir() and not self._test.dialplan:
            return f"brings its own configuration (configs/{AST1}), which {self._build.spec} does not get"
        if next(configuration.rglob(f"*{SUFFIX}"), None) is not None:
            return f"brings a configuration template (configs/{AST1}), which {self._build.spec} does not get"
        if self._test.ports:
            return f"has ports of this machine ({', '.join(self._test.ports)}), of which {self._build.spec} can't know"
        if self._asterisk is not None:
            lacks = await missing_elsewhere(self._needs, self._asterisk.ami, self._build.spec,
                                            timeout=self._options.step_timeout)
            if lacks:
                return "; ".join(lacks)
            missing = await self._asterisk.missing_dialplan(self._test.dialplan, self._options.step_timeout)
            if missing:
                return f"{self._build.spec} has no {', '.join(missing)} in its dialplan"
        return ""

    async def version(self) -> str:
        """What it says itself."""
        if self._asterisk is None:
            return ""
        return await running_version(self._asterisk.ami, timeout=self._options.step_timeout)

    async def leave(self) -> None:
        """Log off."""
        asterisk, self._asterisk = self._asterisk, None
        if asterisk is not None:
            await asterisk.leave()

    async def abandon(self) -> None:
        """Log off all the same: its connections must not tell the next scenario's journal anything."""
        await self.leave()
