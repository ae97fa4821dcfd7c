"""Plays the scenarios of one test, each when it is asked to, and tells each verdict when it is known.

An Asterisk that dies takes one scenario with it: the next one gets a new Asterisk; where a test has several, new ones,
as they may hold connections to each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.config import LOG_FILE, outbound_applications
from callgate.asterisk.ports import reserved
from callgate.asterisk.requirements import wrong_version
from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskCrashedError, CallgateError, InterruptedRunError, MachineError
from callgate.report.listener import Listener
from callgate.report.results import HARMLESS
from callgate.run.journalfile import JournalFile
from callgate.run.options import RunOptions
from callgate.run.places import Home, Names, Place, Places
from callgate.run.rundir import RunDirectory
from callgate.scenario.belongings import Belongings
from callgate.scenario.engine import Limit, Player, Result, outcome_of
from callgate.scenario.journal import Journal
from callgate.scenario.model import AST1, Scenario, Test
from callgate.scenario.recorder import Recorder
from callgate.scenario.references import PORT
from callgate.scenario.stage import Stage
from callgate.scenario.verdict import Explanation, Outcome, Verdict

#: What follows the name of a scenario in that of its timeline.
JOURNAL = ".jsonl"


class Worker:
    """One test on one build: scenario by scenario, on Asterisks that are started when the first one needs them."""

    def __init__(self, reactor: Any, test: Test, build: Build | RemoteBuild, places: Places, options: RunOptions,
                 directory: RunDirectory, listener: Listener, tell: Callable[[Verdict], None]) -> None:
        self._reactor = reactor
        self._test = test
        self._build = build
        self._version = build.version if isinstance(build, Build) else ""
        self._places = places
        self._options = options
        self._run = directory
        self._listener = listener
        self._tell = tell
        self._stage = Stage()
        self._player: Player | None = None
        self._interrupted: InterruptedRunError | None = None
        self._well = True
        self._boots = 0
        #: Which Asterisk it is; None for one that has still to be asked.
        self._known_version = build.version if isinstance(build, Build) else None
        #: Scenarios without a verdict that need an Asterisk.
        self._waiting = [scenario.name for scenario in test.scenarios if self._left_out(scenario) is None]
        self._directory = directory.path
        self._place: Place | None = None
        #: Those that play now, or played last; and the same when they are ready.
        self._homes: Mapping[str, Home] = {}
        self._asterisks: Mapping[str, Subject] = {}
        #: What they hold while no scenario plays.
        self._belongings = Belongings()
        #: Why no scenario of the test can be played here; '' if they can.
        self._refusal = ""
        #: What became of the boot, if nothing did.
        self._broken: Result | None = None
        #: The ports of the test, once they are reserved, and what `${run.…}` and `${port.…}` stand for then.
        self._ports = contextlib.ExitStack()
        self._names: Names = {}
        #: Seconds that the scenarios have played.
        self._played = 0.0
        #: Seconds spent in booting and stopping.
        self.asterisk_seconds = 0.0

    def interrupt(self, reason: InterruptedRunError) -> None:
        """End whatever goes on now, with a verdict for what was playing."""
        self._interrupted = reason
        self._stage.abort(reason)
        if self._player is not None:
            self._player.abort(reason)

    def resume(self) -> None:
        """Be ready to play on after `interrupt`, which was meant for one scenario alone."""
        self._interrupted = None
        self._stage = Stage()

    async def work(self) -> None:
        """Play the whole test. Raises InterruptedRunError after `interrupt`; nothing is left running either way."""
        try:
            for scenario in self._test.scenarios:
                await self.play(scenario)
            await self.leave()
        finally:
            await self.abandon()
            self._give_ports_back()

    async def play(self, scenario: Scenario) -> None:
        """Play one scenario of the test and tell its verdict. Raises InterruptedRunError after `interrupt`."""
        limit = self._limit()
        if left_out := self._left_out(scenario):
            self._verdict(scenario, *left_out)
        elif limit is not None and limit.left <= 0:
            self._verdict(scenario, _too_late(limit))
        elif not (asterisks := await self._ready()):
            self._verdict(scenario, *((self._broken,) if self._broken is not None else self._skipped(self._refusal)))
        elif left_out := self._left_out(scenario):  # now that Asterisk has been asked
            self._verdict(scenario, *left_out)
        else:
            result = await self._play(scenario, asterisks, limit)
            if result.crashed:
                await self.abandon()
        self._waiting = [name for name in self._waiting if name != scenario.name]  # it may be played once more

    async def leave(self) -> None:
        """Part from the Asterisk in peace after the last scenario; if that goes wrong it has a verdict of its own."""
        if self._place is not None and self._asterisks:
            await self._leave(self._place)
        self._give_ports_back()
        if self._well and not self._options.keep:
            self._run.forget(self._test.id)

    async def abandon(self) -> None:
        """Part from the Asterisk at once; after `leave` there is nothing left to do."""
        place, self._place, self._asterisks = self._place, None, {}
        if place is not None:
            await place.abandon()

    async def _ready(self) -> Mapping[str, Subject]:
        """The Asterisks, started if need be; none where the test cannot be played, or one of them does not boot."""
        if self._asterisks or self._refusal or self._broken is not None:
            return {} if self._refusal else self._asterisks
        self._listener.booting(self._test.id, self._waiting)
        self._boots += 1
        self._directory = self._run.test_directory(self._test.id)
        again = "" if self._boots == 1 else f".{self._boots}"  # each with its own log
        self._homes = {name: Home(self._directory / f"{name}{again}", Recorder()) for name in self._test.asterisks}
        self._place = place = self._places(self._test, self._homes)
        begun = self._reactor.seconds()
        try:
            self._refusal = place.unmet()
            if not self._refusal:
                self._asterisks = await self._stage.run(place.enter(self._shared_names()))
                self._refusal = await self._stage.run(place.refusal())
            if not self._refusal:
                self._belongings = await self._stage.run(
                    Belongings.of(self._asterisks, timeout=self._options.step_timeout, configured={
                        name: outbound_applications(home.directory) for name, home in self._homes.items()}))
                if self._known_version is None and _tells_versions_apart(self._test):
                    self._known_version = await self._stage.run(place.version())
        except InterruptedRunError:
            raise
        except CallgateError as error:
            self._broken = _without_asterisk(error)
        finally:
            self.asterisk_seconds += self._reactor.seconds() - begun
        if not self._asterisks or self._broken is not None:
            await self.abandon()
        return {} if self._refusal else self._asterisks

    def _shared_names(self) -> Names:
        """The names that all Asterisks of the test share. Raises MachineError when there are no ports to be had."""
        if not self._names:
            ports = self._ports.enter_context(reserved(self._test.ports))
            self._names = {"run": {"id": self._run.path.name, "dir": str(self._run.path)},
                           PORT: {name: str(port.number) for name, port in ports.items()}}
        return self._names

    def _give_ports_back(self) -> None:
        self._ports.close()
        self._names = {}

    def _limit(self) -> Limit | None:
        total = self._test.timeout
        return None if total is None else Limit(total, total - self._played)

    def _log(self, asterisk: str) -> str:
        """The log of an Asterisk, '' being the only one, relative to the run directory; '' if it has none here."""
        home = self._homes.get(asterisk or AST1)
        log = home.directory / LOG_FILE if home is not None else None
        return str(log.relative_to(self._run.path)) if log is not None and log.exists() else ""

    def _record(self, journal: Journal | None) -> None:
        """Put what is seen of the Asterisks into a journal, each into its part; None: nowhere."""
        for name, home in self._homes.items():
            several = len(self._homes) > 1
            home.recorder.journal = journal.of(name) if journal is not None and several else journal

    async def _play(self, scenario: Scenario, asterisks: Mapping[str, Subject], limit: Limit | None) -> Result:
        self._listener.playing(scenario.id)
        path = self._directory / f"{scenario.name}{JOURNAL}"
        try:
            file = JournalFile(path, self._cannot_write)
        except MachineError as error:
            result = _without_asterisk(error)
            self._verdict(scenario, result)
            return result
        journal = Journal(self._reactor.seconds, file.write)
        self._record(journal)
        names = {**self._names, **(self._place.names if self._place is not None else {})}
        self._player = Player(self._reactor, scenario, asterisks, journal, predefined=names,
                              step_timeout=self._options.step_timeout, timeout=self._options.scenario_timeout,
                              limit=limit, belongings=self._belongings)
        try:
            result = await self._player.play()
        finally:
            self._record(None)
            self._player = None
            file.close()
        self._played += result.seconds
        kept = self._options.keep or result.outcome not in HARMLESS
        known_bug = scenario.known_bug if result.outcome is Outcome.EXPECTED_FAILURE else None
        self._verdict(scenario, result, reason=known_bug.reason if known_bug is not None else "",
                      journal=str(path.relative_to(self._run.path)) if kept else "")
        if self._interrupted is not None:  # whatever the verdict: it may have been known before
            raise self._interrupted
        return result

    def _cannot_write(self, error: MachineError) -> None:
        if self._player is not None:
            self._player.abort(error)

    async def _leave(self, place: Place) -> None:
        begun = self._reactor.seconds()
        try:
            await self._stage.run(place.leave())
        except AsteriskCrashedError as error:
            self._well = False
            self._tell(Verdict(self._test.id, Outcome.CRASHED, self._reactor.seconds() - begun,
                               summary="The Asterisk of this test.", build=self._build.spec, version=self._version,
                               explanation=Explanation(str(error), log=error.log),
                               asterisk_log=self._log(error.asterisk),
                               rerun=self._options.again(self._test.id)))
        finally:
            self.asterisk_seconds += self._reactor.seconds() - begun

    def _left_out(self, scenario: Scenario) -> tuple[Result, str] | None:
        """The result of a scenario that is not to be played, as far as is known by now, and its reason if skipped."""
        try:
            known = self._known_version
            lacks = [] if known is None else wrong_version(scenario.versions, known, self._build.spec)
        except MachineError as error:
            return _without_asterisk(error), ""
        if scenario.deadly and isinstance(self._build, RemoteBuild):
            lacks.append(f"is to crash its Asterisk, and {self._build.spec} is somebody else's")
        reason = "; ".join(lacks) if scenario.skip is None else scenario.skip
        return self._skipped(reason) if reason else None

    def _skipped(self, reason: str) -> tuple[Result, str]:
        if self._options.no_skips:
            return Result(Outcome.FAILED, 0.0, Explanation(reason)), ""
        return Result(Outcome.SKIPPED, 0.0), reason

    def _verdict(self, scenario: Scenario, result: Result, reason: str = "", *, journal: str = "") -> None:
        if result.outcome not in HARMLESS:
            self._well = False
        told = result.outcome is Outcome.CRASHED or (result.crashed and self._options.keep)
        asterisk_log = self._log(result.asterisk) if told else ""
        self._tell(Verdict(scenario.id, result.outcome, result.seconds, summary=scenario.summary, reason=reason,
                           build=self._build.spec, version=self._version, explanation=result.explanation,
                           journal=journal, asterisk_log=asterisk_log,
                           rerun=self._options.again(scenario.id)))


def _tells_versions_apart(test: Test) -> bool:
    return any(scenario.versions for scenario in test.scenarios)


def _too_late(limit: Limit) -> Result:
    """The result of a scenario whose turn came when the time of its test was over."""
    return Result(Outcome.FAILED, 0.0, Explanation(
        f"not played: the scenarios before it have used up the {limit.total:g} s of the test"))


def _without_asterisk(error: CallgateError) -> Result:
    """The result of a scenario that never had an Asterisk to play on."""
    crash = error if isinstance(error, AsteriskCrashedError) else None
    return Result(outcome_of(error), 0.0, Explanation(str(error), log=crash.log if crash else ()),
                  crash.asterisk if crash else "", crash is not None)
