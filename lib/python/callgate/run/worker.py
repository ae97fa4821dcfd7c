"""Plays the scenarios of one test, each when it is asked to, and tells each verdict when it is known.

An Asterisk that dies takes one scenario with it: the next one gets a new Asterisk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.config import LOG_FILE
from callgate.asterisk.ports import reserved
from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskCrashedError, CallgateError, InterruptedRunError, MachineError
from callgate.report.listener import Listener
from callgate.report.results import HARMLESS
from callgate.run.journalfile import JournalFile
from callgate.run.options import RunOptions
from callgate.run.places import AST1, Names, Place, Places
from callgate.run.rundir import RunDirectory
from callgate.scenario.engine import Limit, Player, Result, outcome_of
from callgate.scenario.journal import Journal
from callgate.scenario.model import Scenario, Test
from callgate.scenario.recorder import Recorder
from callgate.scenario.references import PORT
from callgate.scenario.stage import Stage
from callgate.scenario.verdict import Explanation, Outcome, Verdict

#: The name of a scenario's timeline in its directory.
JOURNAL = "journal.jsonl"


class Worker:
    """One test on one build: scenario by scenario, on an Asterisk that is started when the first one needs it."""

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
        #: Scenarios without a verdict that need an Asterisk.
        self._waiting = [scenario.name for scenario in test.scenarios if scenario.skip is None]
        self._directory = directory.path
        self._place: Place | None = None
        self._recorder = Recorder()
        self._asterisk: Subject | None = None
        #: Where the Asterisk is that plays now, or played last.
        self._own = directory.path
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
        if scenario.skip is not None:
            self._skip(scenario, scenario.skip)
            return
        limit = self._limit()
        if limit is not None and limit.left <= 0:
            self._verdict(scenario, _too_late(limit))
        elif (asterisk := await self._ready()) is not None:
            result = await self._play(scenario, asterisk, limit)
            if result.outcome is Outcome.CRASHED:
                await self.abandon()
        elif self._broken is not None:
            self._verdict(scenario, self._broken, asterisk_log=self._log())
        else:
            self._skip(scenario, self._refusal)
        self._waiting.remove(scenario.name)

    async def leave(self) -> None:
        """Part from the Asterisk in peace after the last scenario; if that goes wrong it has a verdict of its own."""
        if self._place is not None and self._asterisk is not None:
            await self._leave(self._place)
        self._give_ports_back()
        if self._well and not self._options.keep:
            self._run.forget(self._test.id)

    async def abandon(self) -> None:
        """Part from the Asterisk at once; after `leave` there is nothing left to do."""
        place, self._place, self._asterisk = self._place, None, None
        if place is not None:
            await place.abandon()

    async def _ready(self) -> Subject | None:
        """The Asterisk, started if need be; None where the test cannot be played, or its Asterisk does not boot."""
        if self._asterisk is not None or self._refusal or self._broken is not None:
            return None if self._refusal else self._asterisk
        self._listener.booting(self._test.id, self._waiting)
        self._boots += 1
        self._directory = self._run.test_directory(self._test.id)
        self._own = self._directory / (AST1 if self._boots == 1 else f"{AST1}.{self._boots}")  # each with its own log
        self._recorder = Recorder()
        self._place = place = self._places(self._test, self._own, self._recorder)
        begun = self._reactor.seconds()
        try:
            self._refusal = place.unmet()
            if not self._refusal:
                self._asterisk = await self._stage.run(place.enter(self._shared_names()))
                self._refusal = await self._stage.run(place.refusal())
        except InterruptedRunError:
            raise
        except CallgateError as error:
            self._broken = _without_asterisk(error)
        finally:
            self.asterisk_seconds += self._reactor.seconds() - begun
        if self._asterisk is None or self._broken is not None:
            await self.abandon()
        return None if self._refusal else self._asterisk

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

    def _log(self) -> str:
        """The log of the Asterisk that played last, relative to the run directory; '' if it has none here."""
        log = self._own / LOG_FILE
        return str(log.relative_to(self._run.path)) if log.exists() else ""

    async def _play(self, scenario: Scenario, asterisk: Subject, limit: Limit | None) -> Result:
        self._listener.playing(scenario.id)
        path = self._directory / scenario.name / JOURNAL
        try:
            file = JournalFile(path, self._cannot_write)
        except MachineError as error:
            result = _without_asterisk(error)
            self._verdict(scenario, result)
            return result
        journal = Journal(self._reactor.seconds, file.write)
        self._recorder.journal = journal
        names = {**self._names, **(self._place.names if self._place is not None else {})}
        self._player = Player(self._reactor, scenario, {AST1: asterisk}, journal, predefined=names,
                              step_timeout=self._options.step_timeout, timeout=self._options.scenario_timeout,
                              limit=limit)
        try:
            result = await self._player.play()
        finally:
            self._recorder.journal = None
            self._player = None
            file.close()
        self._played += result.seconds
        kept = self._options.keep or result.outcome not in HARMLESS
        known_bug = scenario.expected_failure if result.outcome is Outcome.EXPECTED_FAILURE else None
        self._verdict(scenario, result, reason=known_bug or "", asterisk_log=self._log(),
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
                               explanation=Explanation(str(error), log=error.log), asterisk_log=self._log(),
                               rerun=self._options.again(self._test.id)))
        finally:
            self.asterisk_seconds += self._reactor.seconds() - begun

    def _skip(self, scenario: Scenario, reason: str) -> None:
        if self._options.no_skips:
            self._verdict(scenario, Result(Outcome.FAILED, 0.0, Explanation(reason)))
        else:
            self._verdict(scenario, Result(Outcome.SKIPPED, 0.0), reason=reason)

    def _verdict(self, scenario: Scenario, result: Result, *, reason: str = "", journal: str = "",
                 asterisk_log: str = "") -> None:
        if result.outcome not in HARMLESS:
            self._well = False
        self._tell(Verdict(scenario.id, result.outcome, result.seconds, summary=scenario.summary, reason=reason,
                           build=self._build.spec, version=self._version, explanation=result.explanation,
                           journal=journal, asterisk_log=asterisk_log if result.outcome is Outcome.CRASHED else "",
                           rerun=self._options.again(scenario.id)))


def _too_late(limit: Limit) -> Result:
    """The result of a scenario whose turn came when the time of its test was over."""
    return Result(Outcome.FAILED, 0.0, Explanation(
        f"not played: the scenarios before it have used up the {limit.total:g} s of the test"))


def _without_asterisk(error: CallgateError) -> Result:
    """The result of a scenario that never had an Asterisk to play on."""
    log = error.log if isinstance(error, AsteriskCrashedError) else ()
    return Result(outcome_of(error), 0.0, Explanation(str(error), log=log))
