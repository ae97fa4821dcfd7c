"""Plays one scenario against a booted Asterisk and says how it went.

Steps run one after the other under two deadlines, their own and the scenario's. Whatever ends a scenario early (an
event that must never come, the death of its Asterisk, Ctrl-C) does so through one door, `Stage.abort`.
"""

from __future__ import annotations

import secrets
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from callgate.asterisk.subject import Subject
from callgate.deadlines import Deadline
from callgate.errors import (
    AsteriskCrashedError,
    AsteriskDiedError,
    CallgateError,
    InterruptedRunError,
    ScenarioFailedError,
)
from callgate.scenario.aftermath import insist_as_before, insist_on_quiet
from callgate.scenario.belongings import Belongings
from callgate.scenario.blame import also_lost, blame
from callgate.scenario.cleaning import clean_up
from callgate.scenario.context import Context
from callgate.scenario.failure import BrokenStepError, MistakenStepError, StepFailedError
from callgate.scenario.journal import Journal, Source
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.model import PlannedStep, Scenario
from callgate.scenario.playing import Problem, StepPlayer
from callgate.scenario.settling import settle
from callgate.scenario.stage import Stage
from callgate.scenario.timeline import format_entry, tells
from callgate.scenario.verdict import Explanation, Outcome

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


def _foreign(known_bug: KnownBug, problems: Sequence[Problem]) -> Iterator[tuple[Problem, str]]:
    """Those that are not the bug that is known, each with the reason. Asterisk dies once of it, and of nothing else."""
    for number, one in enumerate(problems):
        why = known_bug.why_not(one.error, one.headline, one.planned.written if one.planned is not None else "")
        if why is not None or (known_bug.crash and number):
            yield one, why or ""


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario ended, and why if not well."""

    outcome: Outcome
    seconds: float
    explanation: Explanation | None = None
    #: The Asterisk that crashed, where that is known.
    asterisk: str = ""
    #: Whether one has, whatever the outcome is called.
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What the scenarios of a test may take together, and what is left of it; in seconds."""

    total: float
    left: float


class Player:
    """Plays one scenario, once."""

    def __init__(self, reactor: Any, scenario: Scenario, asterisks: Mapping[str, Subject], journal: Journal, *,
                 step_timeout: float, timeout: float, predefined: Mapping[str, Mapping[str, str]],
                 limit: Limit | None = None, belongings: Belongings | None = None) -> None:
        """Times are in seconds; `predefined` holds `${run.…}`, `limit` is that of the test if it has one.

        `belongings` knows what the Asterisks held before; without it, nobody asks what is left or was logged.
        """
        self._reactor = reactor
        self._scenario = scenario
        self._journal = journal
        self._timeout = scenario.timeout or timeout
        self._limit = limit
        self._belongings = belongings
        #: What plays now: first the steps, then each step of `finally`, then the clean-up.
        self._stage = Stage()
        self._ended = False
        prefix = f"callgate-{secrets.token_hex(4)}-{scenario.name[:40].replace('[', '-').replace(']', '')}"
        self._asterisks = asterisks
        self._context = Context(reactor, journal, asterisks, prefix=prefix, predefined=predefined,
                                step_timeout=step_timeout)
        self._steps = StepPlayer(self._context, partial(blame, asterisks=asterisks))

    def abort(self, reason: CallgateError) -> None:
        """End what plays now for this reason; after an interrupt, nothing more is played."""
        self._ended = self._ended or isinstance(reason, InterruptedRunError)
        self._stage.abort(reason)

    async def play(self) -> Result:
        """Play steps, then `finally`, then clean up behind the scenario."""
        ended: list[Problem] = []
        stage, steps = self._stage, self._steps
        deadline = self._deadline(stage)
        leave = self._context.enter(stage.abort)
        try:
            for planned in self._scenario.steps:
                await stage.run(steps.play(planned))
            await stage.run(settle(self._context))
        except CallgateError as error:
            ended.append(await steps.problem(error, steps.current))
        finally:
            leave()
            self._context.end_guards()
            deadline.cancel()
        during = [*steps.soft, *ended]
        after = await self._afterwards(during, ended)
        return self._result(during, [*after, *await self._also_lost([*during, *after])])

    def _deadline(self, stage: Stage) -> Deadline:
        """The end of the time for all steps: the scenario's, or the test's if that is over before."""
        seconds, reason = self._timeout, f"the scenario did not end within {self._timeout:g} s"
        if self._limit is not None and self._limit.left < seconds:
            seconds = self._limit.left
            reason = f"the scenarios of the test did not end within {self._limit.total:g} s together"
        return Deadline(self._reactor, seconds, partial(stage.abort, MistakenStepError(reason)))

    # -- afterwards ----------------------------------------------------------------------------------

    async def _afterwards(self, during: Sequence[Problem], ended: Sequence[Problem]) -> list[Problem]:
        """Every step of `finally`, then our own clean-up, then a look at what is left; what goes wrong is collected."""
        context, problems = self._context, list[Problem]()
        for planned, job in self._jobs(during):
            if self._ended or any(isinstance(one.error, AsteriskCrashedError) for one in (*ended, *problems)):
                job.close()
                break  # there is no time left, or nobody to do it with
            self._stage = Stage()
            forget = context.enter(self._stage.abort)
            deadline = Deadline(self._reactor, self._timeout, partial(self._stage.abort, MistakenStepError(
                f"what follows the steps did not end within {self._timeout:g} s")))
            try:
                await self._stage.run(job)
            except CallgateError as error:
                problems.append(await self._steps.problem(error, planned))
            finally:
                deadline.cancel()
                forget()
        for serving in context.servers.values():  # whatever happened: the port is for the next scenario
            await serving.server.stop()
        return problems

    async def _also_lost(self, problems: Sequence[Problem]) -> list[Problem]:
        """The other Asterisks that are gone where one was to die: of those, nobody is to think that they were, too."""
        died = next((one.error for one in problems if isinstance(one.error, AsteriskDiedError)), None)
        if died is None or not self._scenario.deadly:
            return []
        at, mark = self._journal.elapsed(), self._journal.mark()
        return [Problem(error, None, at, mark) for error in await also_lost(self._asterisks, died.asterisk)]

    def _jobs(self, during: Sequence[Problem]) -> Iterator[tuple[PlannedStep | None, Coroutine[Any, Any, None]]]:
        """What is to be done afterwards, each when it is its turn."""
        for planned in self._scenario.last_steps:
            yield planned, self._steps.play(planned)
        for part in clean_up(self._context):
            yield None, part(self._context)
        if self._belongings is not None:
            yield None, insist_as_before(self._context, self._belongings)
            if not during:  # steps that were not reached could not announce anything
                yield None, insist_on_quiet(self._context)

    # -- the result ----------------------------------------------------------------------------------

    def _result(self, during: list[Problem], after: list[Problem]) -> Result:
        """The verdict on what went wrong while the steps played, and on what went wrong after them."""
        seconds, problems, known_bug = self._journal.elapsed(), [*during, *after], self._scenario.known_bug
        if not problems and known_bug is not None:
            self._journal.append(Source.STEP, "passed, unexpectedly")
            return Result(Outcome.FAILED, seconds, Explanation(
                "unexpectedly passed", expected=(("known bug", known_bug.reason),), got=(("result", "passed"),)))
        if not problems:
            self._journal.append(Source.STEP, "passed")
            return Result(Outcome.PASSED, seconds)
        dies = self._scenario.deadly
        foreign = [] if known_bug is None else list(_foreign(known_bug, problems if dies else during))
        first, hint = foreign[0] if foreign else (problems[0], "")
        # An Asterisk that died afterwards is no less dead because something else had failed before.
        crash = next((one.error for one in (first, *problems) if isinstance(one.error, AsteriskCrashedError)), None)
        outcome = Outcome.CRASHED if crash else outcome_of(first.error)
        # What fails in `finally` or at clean-up is not the bug that is known; a death that is known may come as late.
        if known_bug is not None and not foreign and (dies or (outcome is Outcome.FAILED and not after)):
            outcome = Outcome.EXPECTED_FAILURE
        explanation = self._explanation(first, [one for one in problems if one is not first], hint)
        return Result(outcome, seconds, explanation if crash is None else replace(explanation, log=crash.log),
                      crash.asterisk if crash else "", crash is not None)

    def _explanation(self, first: Problem, others: Sequence[Problem], hint: str) -> Explanation:
        compared = first.error if isinstance(first.error, StepFailedError) else None
        return Explanation(
            headline=first.headline, at=first.at, before=self._before(first),
            expected=compared.expected if compared else (), got=compared.got if compared else (),
            hint="; ".join(filter(None, (compared.hint if compared else "", hint))), said=self._said(),
            traceback=first.error.traceback if isinstance(first.error, BrokenStepError) else (),
            place=first.planned.where if first.planned else "",
            step=first.planned.written if first.planned else "",
            also=tuple(other.line() for other in others))

    def _before(self, problem: Problem) -> tuple[str, ...]:
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
