"""Places without a process: where a worker's scenarios play in a unit test."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from self_test.scenario.fakes import Answer, FakeAsterisk, Request, response, scenario, step
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from callgate.ari.errors import AriConnectionError
from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskDiedError, CallgateError
from callgate.report.console import Console
from callgate.run.options import RunOptions
from callgate.run.places import Home, Names, Place
from callgate.run.rundir import RunDirectory
from callgate.run.session import Session
from callgate.run.worker import Worker
from callgate.scenario.model import Scenario, Test
from callgate.scenario.verdict import Verdict

BUILD = Build("debian:sid", Path("/tree"), Path("/tree/asterisk"), (), Path("/tree/modules"), Path("/tree/data"),
              "22.10.1")


def passing(name: str) -> Scenario:
    """A scenario that passes at once."""
    return scenario(step("originate", {"endpoint": "good", "app": "a", "as": "call"}), name=name)


def failing(name: str) -> Scenario:
    """A scenario that Asterisk disagrees with."""
    return scenario(step("originate", {"endpoint": "bad", "app": "a", "as": "call"}), name=name)


def crashing(name: str) -> Scenario:
    """A scenario that loses its Asterisk."""
    return scenario(step("originate", {"endpoint": "deadly", "app": "a", "as": "call"}), name=name)


def waiting(name: str) -> Scenario:
    """A scenario that waits for the event Go."""
    return scenario(step("expect", {"ami": "Go"}), name=name)


class FakePlace:
    """The Asterisks of one test."""

    def __init__(self, house: House, homes: Mapping[str, Home]) -> None:
        self._house = house
        self.homes = homes
        self.names: Names = {name: {"address": "127.0.0.1"} for name in homes}
        self.asterisks = {name: FakeAsterisk(house.clock, home.recorder) for name, home in homes.items()}
        self.asterisk = self.asterisks["ast1"]
        answers: dict[str, Answer] = {
            "bad": response(400, "Bad Request", {"message": "Endpoint not found"}),
            "deadly": AriConnectionError("ARI POST /channels: the connection was lost")}

        def answer(asterisk: FakeAsterisk, asked: Request) -> Answer | None:
            if asked.query["endpoint"] == "deadly":
                asterisk.obituary = AsteriskDiedError("Asterisk died: signal 11 (SIGSEGV)")
            return answers.get(asked.query["endpoint"])

        for asterisk in self.asterisks.values():
            asterisk.fake_ari.on("POST", "/channels", partial(answer, asterisk))

    def unmet(self) -> str:
        return self._house.unmet

    async def enter(self, names: Names) -> Mapping[str, Subject]:
        self._house.log.append("enter")
        self._house.told.append(names)
        if self._house.slow is not None:
            await self._house.slow
        if self._house.boot_errors:
            raise self._house.boot_errors.pop(0)
        return self.asterisks

    async def refusal(self) -> str:
        return self._house.refusal

    async def version(self) -> str:
        self._house.asked += 1
        return self._house.version

    async def leave(self) -> None:
        self._house.log.append("leave")
        self._house.clock.advance(0.5)
        if self._house.stop_error is not None:
            raise self._house.stop_error

    async def abandon(self) -> None:
        self._house.log.append("abandon")


class House:
    """Gives a worker its places, and notes how each was used."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log: list[str] = []
        #: The names that templates are filled with, boot by boot.
        self.told: list[Names] = []
        self.places: list[FakePlace] = []
        #: What the next boots raise, why nothing may be played, what a stop raises, what a boot waits for.
        self.boot_errors: list[CallgateError] = []
        self.refusal = ""
        self.unmet = ""
        #: What an Asterisk elsewhere says when it is asked for its version; how often it was.
        self.version = ""
        self.asked = 0
        self.stop_error: CallgateError | None = None
        self.slow: Deferred[None] | None = None

    def place(self, _test: Test, homes: Mapping[str, Home]) -> Place:
        """What a worker asks for a place."""
        self.places.append(FakePlace(self, homes))
        return self.places[-1]

    @property
    def asterisk(self) -> FakeAsterisk:
        """The one that runs now."""
        return self.places[-1].asterisk


class Site:
    """A house, and everything that a worker or a session needs besides."""

    def __init__(self, parent: Path) -> None:
        self.house = House()
        self.directory = RunDirectory.create(parent / "runs", now=datetime(2026, 11, 23, tzinfo=UTC), pid=77)
        self.printed = io.StringIO()
        self.console = Console(self.printed, terminal=False, color=False)
        self.verdicts: list[Verdict] = []
        self._parent = parent

    def options(self, *, keep: bool = False, no_skips: bool = False) -> RunOptions:
        """Options of a run."""
        return RunOptions(root=self._parent, runs=self._parent / "runs", keep=keep, no_skips=no_skips)

    def worker(self, test: Test, build: Build | RemoteBuild = BUILD, *, keep: bool = False,
               no_skips: bool = False) -> Worker:
        """A worker for one test."""
        options = self.options(keep=keep, no_skips=no_skips)
        return Worker(self.house.clock, test, build, self.house.place, options, self.directory,
                      self.console, self.verdicts.append)

    def session(self, *, keep: bool = False) -> Session:
        """A session."""
        return Session(self.house.clock, BUILD, self.options(keep=keep), self.console, self.directory,
                       self.house.place)

    def outcomes(self) -> list[tuple[str, str]]:
        """What the worker has told so far."""
        return [(verdict.id, str(verdict.outcome)) for verdict in self.verdicts]
