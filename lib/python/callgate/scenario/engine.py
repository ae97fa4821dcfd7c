"""Plays one scenario against a booted Asterisk and says how it went.

Steps run one after the other under two deadlines, their own and the scenario's. Whatever ends a scenario early (an
event that must never come, the death of its Asterisk, Ctrl-C) does so through one door, `Stage.abort`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from callgate.asterisk.subject import Subject
from callgate.deadlines import Deadline
from callgate.errors import (
    AsteriskCrashedError,
    AsteriskSilentError,
    CallgateError,
    InterruptedRunError,
    ScenarioFailedError,
)
from callgate.scenario.cleaning import clean_up_channels, clean_up_clients
from callgate.scenario.context import Context
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Journal, Source
from callgate.scenario.model import PlannedStep, Scenario
from callgate.scenario.settling import settle
from callgate.scenario.stage import Stage
from callgate.scenario.steps.base import Step
from callgate.scenario.timeline import format_entry, tells
from callgate.scenario.verdict import Explanation, Outcome

#: Seconds that an Asterisk is given to answer when a step ran out of time.
_PING = 1.0
#: Seconds between the loss of a connection and the end of the process that explains it.
_LAST_WORDS = 1.0
#: How many lines of the journal an explanation shows.
_BEFORE = 8
#: How many lines of Asterisk's log.
_SAID = 5

_OUTCOMES: tuple[tuple[type[CallgateError], Outcome], ...] = (
    (ScenarioFailedError, Outcome.FAILED), (AsteriskCrashedError, Outcome.CRASHED),
    (InterruptedRunError, Outcome.INTERRUPTED))


def outcome_of(error: CallgateError) -> Outcome:
    """Whose fault an expected error is; what is neither the scenario's nor Asterisk's forbids a judgement."""
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), Outcome.ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario ended, and why if not well."""

    outcome: Outcome
    seconds: float
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class _Problem:
    """Something that went wrong, the step that was playing (None: our clean-up), and when."""

    error: CallgateError
    planned: PlannedStep | None
    at: float
    mark: int

    def line(self) -> str:
        """For the list of what else went wrong."""
        where = f"{self.planned.place}: {self.planned.step.describe()}" if self.planned else "clean-up"
        return f"{where}: {self.error}"


class Player:
    """Plays one scenario, once."""

    def __init__(self, reactor: Any, scenario: Scenario, asterisk: Subject, journal: Journal, *, step_timeout: float,
                 timeout: float, predefined: Mapping[str, Mapping[str, str]]) -> None:
        """Times are in seconds; `predefined` holds `${run.…}`."""
        self._reactor = reactor
        self._scenario = scenario
        self._asterisk = asterisk
        self._journal = journal
        self._timeout = scenario.timeout or timeout
        #: What plays now: first the steps, then each step of `finally`, then the clean-up.
        self._stage = Stage()
        self._ended = False
        prefix = f"callgate-{secrets.token_hex(4)}-{scenario.name[:40]}"
        self._context = Context(reactor, journal, asterisk, prefix=prefix, predefined=predefined,
                                step_timeout=step_timeout)

    def abort(self, reason: CallgateError) -> None:
        """End what plays now for this reason; after an interrupt, nothing more is played."""
        self._ended = self._ended or isinstance(reason, InterruptedRunError)
        self._stage.abort(reason)

    async def play(self) -> Result:
        """Play steps, then `finally`, then clean up behind the scenario."""
        problems: list[_Problem] = []
        stage = self._stage
        late = StepFailedError(f"the scenario did not end within {self._timeout:g} s")
        deadline = Deadline(self._reactor, self._timeout, partial(stage.abort, late))
        leave = self._context.enter(stage.abort)
        planned: PlannedStep | None = None
        try:
            for planned in self._scenario.steps:
                await stage.run(self._step(planned))
            await stage.run(settle(self._context))
        except CallgateError as error:
            problems.append(await self._problem(error, planned))
        finally:
            leave()
            deadline.cancel()
        return self._result(problems + await self._afterwards(problems))

    async def _problem(self, error: CallgateError, planned: PlannedStep | None) -> _Problem:
        at, mark = self._journal.elapsed(), self._journal.mark()
        self._journal.append(Source.STEP, "failed", str(error))
        if isinstance(error, StepFailedError) and error.planned is not None:
            planned = error.planned
        return _Problem(await self._blame(error), planned, at, mark)

    async def _step(self, planned: PlannedStep) -> None:
        self._journal.append(Source.STEP, planned.step.describe())
        self._context.playing = planned
        fields = {name: self._context.resolve(value) for name, value in planned.step}
        await _checked(planned.step, fields).run(self._context)

    async def _blame(self, error: CallgateError) -> CallgateError:
        """Find out who is to blame: a step that got nothing can mean a scenario, a death or a silence."""
        if isinstance(error, AsteriskCrashedError) and not isinstance(error, AsteriskSilentError):
            return await self._asterisk.death(_LAST_WORDS) or error
        if isinstance(error, AsteriskSilentError) or (isinstance(error, StepFailedError) and error.entry is None):
            if not await self._asterisk.answers(_PING):
                state = self._asterisk.state()
                return AsteriskCrashedError(f"Asterisk does not answer{f': it is {state}' if state else ''} ({error})",
                                            self._asterisk.log_tail())
            if isinstance(error, AsteriskSilentError):
                return StepFailedError(f"{error}, but it answers other requests")
        return error

    # -- afterwards ----------------------------------------------------------------------------------

    async def _afterwards(self, before: Sequence[_Problem]) -> list[_Problem]:
        """Every step of `finally`, then our own clean-up; what goes wrong is collected."""
        context = self._context
        jobs: list[tuple[PlannedStep | None, Callable[[], Coroutine[Any, Any, None]]]] = [
            *((planned, partial(self._step, planned)) for planned in self._scenario.last_steps),
            (None, partial(clean_up_channels, context)), (None, partial(clean_up_clients, context))]
        problems: list[_Problem] = []
        for planned, job in jobs:
            if self._ended or any(isinstance(one.error, AsteriskCrashedError) for one in (*before, *problems)):
                break  # there is no time left, or nobody to do it with
            self._stage = Stage()
            forget = context.enter(self._stage.abort, guards=False)
            try:
                await self._stage.run(job())
            except CallgateError as error:
                problems.append(await self._problem(error, planned))
            finally:
                forget()
        return problems

    # -- the result ----------------------------------------------------------------------------------

    def _result(self, problems: list[_Problem]) -> Result:
        seconds = self._journal.elapsed()
        if not problems:
            self._journal.append(Source.STEP, "passed")
            return Result(Outcome.PASSED, seconds)
        first, *others = problems
        # An Asterisk that died afterwards is no less dead because something else had failed before.
        crash = next((one.error for one in problems if isinstance(one.error, AsteriskCrashedError)), None)
        outcome = Outcome.CRASHED if crash else outcome_of(first.error)
        compared = first.error if isinstance(first.error, StepFailedError) else None
        return Result(outcome, seconds, Explanation(
            headline=str(first.error), at=first.at, before=self._before(first),
            expected=compared.expected if compared else (), got=compared.got if compared else (),
            hint=compared.hint if compared else "", said=self._said(),
            place=str(first.planned.place) if first.planned else "",
            step=first.planned.step.describe() if first.planned else "",
            log=crash.log if crash else (),
            also=tuple(other.line() for other in others)))

    def _before(self, problem: _Problem) -> tuple[str, ...]:
        """The last telling lines of the journal up to and including what was wrong."""
        end = problem.mark
        if isinstance(problem.error, StepFailedError) and problem.error.entry is not None:
            end = problem.error.entry.number + 1
        names = self._context.channel_names()
        telling = [entry for entry in self._journal.last(end, end) if tells(entry)]
        return tuple(format_entry(entry, names) for entry in telling[-_BEFORE:])

    def _said(self) -> tuple[str, ...]:
        """What Asterisk has logged, apart, since it explains more than its place among the events."""
        names = self._context.channel_names()
        logged = [entry for entry in self._journal.since() if entry.source is Source.LOG and entry.name != "VERBOSE"]
        return tuple(format_entry(entry, names) for entry in logged[-_SAID:])


def _checked(step: Step, fields: Mapping[str, Any]) -> Step:
    """The step with its texts filled in, held to the same rules as when it was read."""
    try:
        return type(step).model_validate(fields, by_alias=True, by_name=True)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise StepFailedError(f"'{step.keyword}' can't be played with what its names stand for: {wrong}") from error
