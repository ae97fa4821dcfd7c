"""Plays the scenarios of one test, one after another, on one Asterisk, and tells each verdict when it is known.

An Asterisk that dies takes one scenario with it: the next one gets a new Asterisk.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.config import LOG_FILE
from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskCrashedError, CallgateError, InterruptedRunError, MachineError
from callgate.report.console import Console
from callgate.report.results import HARMLESS
from callgate.run.journalfile import JournalFile
from callgate.run.options import RunOptions
from callgate.run.places import AST1, Place, Places
from callgate.run.rundir import RunDirectory
from callgate.scenario.engine import Limit, Player, Result, outcome_of
from callgate.scenario.journal import Journal
from callgate.scenario.model import Scenario, Test
from callgate.scenario.recorder import Recorder
from callgate.scenario.stage import Stage
from callgate.scenario.verdict import Explanation, Outcome, Verdict

#: The name of a scenario's timeline in its directory.
JOURNAL = "journal.jsonl"


class Worker:
    """One test on one build."""

    def __init__(self, reactor: Any, test: Test, build: Build | RemoteBuild, places: Places, options: RunOptions,
                 directory: RunDirectory, console: Console, tell: Callable[[Verdict], None]) -> None:
        self._reactor = reactor
        self._test = test
        self._build = build
        self._version = build.version if isinstance(build, Build) else ""
        self._places = places
        self._options = options
        self._run = directory
        self._console = console
        self._tell = tell
        self._stage = Stage()
        self._player: Player | None = None
        self._interrupted: InterruptedRunError | None = None
        self._well = True
        self._boots = 0
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
        """Play the test. Raises InterruptedRunError after `interrupt`; nothing is left running either way."""
        waiting = []
        for scenario in self._test.scenarios:
            if scenario.skip is not None:
                self._skip(scenario, scenario.skip)
            else:
                waiting.append(scenario)
        directory = self._run.test_directory(self._test.id)
        while waiting:
            self._boots += 1
            own = directory / (AST1 if self._boots == 1 else f"{AST1}.{self._boots}")  # each with its own log
            recorder = Recorder()
            place = self._places(self._test, own, recorder)
            try:
                waiting = await self._on_one_asterisk(place, recorder, waiting, directory, own)
            finally:
                await place.abandon()
        if self._well and not self._options.keep:
            self._run.forget(self._test.id)

    async def _on_one_asterisk(self, place: Place, recorder: Recorder, waiting: Sequence[Scenario],
                               directory: Path, own: Path) -> list[Scenario]:
        """Play until all is played or the Asterisk is lost; returns what is left to play."""
        self._console.booting(self._test.id, [scenario.name for scenario in waiting])
        begun = self._reactor.seconds()
        try:
            refusal = place.unmet()
            if refusal:
                return self._skip_all(waiting, refusal)
            asterisk = await self._stage.run(place.enter())
            refusal = await self._stage.run(place.refusal())
        except InterruptedRunError:
            raise
        except CallgateError as error:
            for scenario in waiting:
                self._verdict(scenario, _without_asterisk(error), asterisk_log=self._log_of(own))
            return []
        finally:
            self.asterisk_seconds += self._reactor.seconds() - begun
        if refusal:
            waiting = self._skip_all(waiting, refusal)
        for index, scenario in enumerate(waiting):
            limit = self._limit()
            if limit is not None and limit.left <= 0:
                self._verdict(scenario, _too_late(limit))
                continue
            result = await self._play(scenario, asterisk, recorder, directory / scenario.name, limit, self._log_of(own))
            if result.outcome is Outcome.CRASHED:
                return list(waiting[index + 1:])
        await self._leave(place, self._log_of(own))
        return []

    def _limit(self) -> Limit | None:
        total = self._test.timeout
        return None if total is None else Limit(total, total - self._played)

    def _log_of(self, own: Path) -> str:
        """The log of the Asterisk in this directory, relative to the run directory; '' if it has none here."""
        log = own / LOG_FILE
        return str(log.relative_to(self._run.path)) if log.exists() else ""

    async def _play(self, scenario: Scenario, asterisk: Subject, recorder: Recorder, directory: Path,
                    limit: Limit | None, asterisk_log: str) -> Result:
        self._console.playing(scenario.id)
        path = directory / JOURNAL
        try:
            file = JournalFile(path, self._cannot_write)
        except MachineError as error:
            result = _without_asterisk(error)
            self._verdict(scenario, result)
            return result
        journal = Journal(self._reactor.seconds, file.write)
        recorder.journal = journal
        predefined = {"run": {"id": self._run.path.name, "dir": str(self._run.path)}}
        self._player = Player(self._reactor, scenario, asterisk, journal, predefined=predefined,
                              step_timeout=self._options.step_timeout, timeout=self._options.scenario_timeout,
                              limit=limit)
        try:
            result = await self._player.play()
        finally:
            recorder.journal = None
            self._player = None
            file.close()
        self._played += result.seconds
        kept = self._options.keep or result.outcome not in HARMLESS
        known_bug = scenario.expected_failure if result.outcome is Outcome.EXPECTED_FAILURE else None
        self._verdict(scenario, result, reason=known_bug or "", asterisk_log=asterisk_log,
                      journal=str(path.relative_to(self._run.path)) if kept else "")
        if self._interrupted is not None:  # whatever the verdict: it may have been known before
            raise self._interrupted
        return result

    def _cannot_write(self, error: MachineError) -> None:
        if self._player is not None:
            self._player.abort(error)

    async def _leave(self, place: Place, asterisk_log: str) -> None:
        begun = self._reactor.seconds()
        try:
            await self._stage.run(place.leave())
        except AsteriskCrashedError as error:
            self._well = False
            self._tell(Verdict(self._test.id, Outcome.CRASHED, self._reactor.seconds() - begun,
                               summary="The Asterisk of this test.", build=self._build.spec, version=self._version,
                               explanation=Explanation(str(error), log=error.log), asterisk_log=asterisk_log,
                               rerun=f"{self._options.again} {self._test.id}"))
        finally:
            self.asterisk_seconds += self._reactor.seconds() - begun

    def _skip_all(self, scenarios: Sequence[Scenario], reason: str) -> list[Scenario]:
        """Skip these; returns what is left to play, which is nothing."""
        for scenario in scenarios:
            self._skip(scenario, reason)
        return []

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
                           rerun=f"{self._options.again} {shlex.quote(scenario.id)}"))


def _too_late(limit: Limit) -> Result:
    """The result of a scenario whose turn came when the time of its test was over."""
    return Result(Outcome.FAILED, 0.0, Explanation(
        f"not played: the scenarios before it have used up the {limit.total:g} s of the test"))


def _without_asterisk(error: CallgateError) -> Result:
    """The result of a scenario that never had an Asterisk to play on."""
    log = error.log if isinstance(error, AsteriskCrashedError) else ()
    return Result(outcome_of(error), 0.0, Explanation(str(error), log=log))
