"""Plays steps: one after the other, each under its own deadline, branches at the same time.

A soft step that fails is noted, and the next one follows. Who is to blame for a failure is somebody else's question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from callgate.deadlines import Deadline
from callgate.durations import duration
from callgate.errors import AsteriskSilentError, CallgateError, ScenarioFailedError, UsageError
from callgate.scenario.branches import run_together
from callgate.scenario.context import Context
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Source
from callgate.scenario.model import PlannedStep
from callgate.scenario.stage import Stage

#: Seconds in which a step whose time is up is still heard. What it waits for was given what was left of that time, and
#: ends a little after it where the processor was taken away between reading the clock and setting the deadline.
_LAST_WORD = 0.02


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong, the step that was playing (None: our clean-up), and when."""

    error: CallgateError
    planned: PlannedStep | None
    at: float
    mark: int
    #: The branch of the step, or '' outside of `parallel`.
    branch: str = ""

    @property
    def headline(self) -> str:
        """What is wrong, with the branch in which it is."""
        return f"branch {self.branch}: {self.error}" if self.branch else str(self.error)

    def line(self) -> str:
        """For the list of what else went wrong."""
        where = "clean-up"
        if self.planned is not None:
            where = f"{self.planned.where}: {', '.join(self.planned.written.splitlines())}"
        error = self.error
        values = ""
        if isinstance(error, StepFailedError) and error.entry is not None and error.expected:
            pairs = [", ".join(f"{name} {value}" for name, value in side) for side in (error.expected, error.got)]
            values = f" (expected {pairs[0]}; got {pairs[1]})"
        return f"{where}: {self.headline}{values}"


class StepPlayer:
    """Plays the steps of one scenario, and knows which of them failed."""

    def __init__(self, context: Context, blame: Callable[[CallgateError], Awaitable[CallgateError]]) -> None:
        """`blame` finds out who is to blame for an error, as another error."""
        self._context = context
        self._blame = blame
        #: The error that a step raised last, that step, and its branch.
        self._failed: tuple[CallgateError, PlannedStep, str] | None = None
        #: The step that plays, or played last; `parallel`, and none of its branches.
        self.current: PlannedStep | None = None
        #: What each branch plays.
        self._branches: dict[str, PlannedStep] = {}
        #: What soft steps found wrong.
        self.soft: list[Problem] = []

    async def play(self, planned: PlannedStep) -> None:
        """Play one. Raises CallgateError if it fails and is not soft."""
        self.current = planned
        await self._one(planned, self._context, "")

    async def problem(self, error: CallgateError, planned: PlannedStep | None) -> Problem:
        """What is to be said of an error, which `planned` is to be named for unless a step of a branch raised it."""
        journal, branch = self._context.journal, ""
        if self._failed is not None and self._failed[0] is error:
            _, planned, branch = self._failed
        if isinstance(error, StepFailedError) and error.planned is not None:
            planned = error.planned
        at, mark = journal.elapsed(), journal.mark()
        journal.append(Source.STEP, "failed", str(error), origin=branch)
        return Problem(await self._blame(error), planned, at, mark, branch)

    async def _one(self, planned: PlannedStep, context: Context, branch: str) -> None:
        def note(error: ScenarioFailedError) -> None:
            journal = context.journal
            self.soft.append(Problem(error, planned, journal.elapsed(), journal.mark(), branch))
            journal.append(Source.STEP, "failed", str(error), origin=branch)

        # What branches wait for goes on until the time of all of them is up: which of them was late is chance.
        timeout = None if planned.branches else planned.timeout
        own = context.for_step(planned, timeout=timeout, soft=note if planned.soft else None)
        try:
            await self._in_time(planned, own, branch)
        except CallgateError as error:
            if self._failed is None or self._failed[0] is not error:
                self._failed = error, planned, branch
            if not planned.soft or not isinstance(error, ScenarioFailedError | AsteriskSilentError):
                raise
            problem = await self.problem(error, planned)
            if not isinstance(problem.error, ScenarioFailedError):
                self._failed = problem.error, problem.planned or planned, problem.branch
                raise problem.error from error
            self.soft.append(problem)
            context.lost.update(*(one.step.defines() for one in planned.all()))

    async def _in_time(self, planned: PlannedStep, context: Context, branch: str) -> None:
        """Play one step, and end it when its time is up."""
        if planned.timeout is None:
            await self._step(planned, context, branch)
            return
        reactor, stage = context.reactor, Stage()
        late = f"the step did not end within {duration(planned.timeout)}"

        def time_is_up() -> None:
            plays = [f"branch {name} plays '{step.step.describe()}'" for name, step in self._branches.items()]
            # What the step itself waits for ends in this moment, too; it knows better what was missing.
            last_word = 0.0 if planned.branches else _LAST_WORD
            deadlines.append(Deadline(reactor, last_word,
                                      partial(stage.abort, StepFailedError(", ".join([late, *plays])))))

        deadlines = [Deadline(reactor, planned.timeout, time_is_up)]
        try:
            await stage.run(self._step(planned, context, branch))
        finally:
            for deadline in deadlines:
                deadline.cancel()

    async def _step(self, planned: PlannedStep, context: Context, branch: str) -> None:
        context.journal.append(Source.STEP, planned.step.describe(), origin=branch)
        if planned.branches:
            await run_together(self._branch(steps, context, f"{branch}.{name}" if branch else name)
                               for name, steps in planned.branches.items())
            return
        step = planned.step
        fields = {name: resolved for name, value in step if (resolved := context.resolve(value)) is not value}
        try:
            await (step.model_copy(update=fields) if fields else step).run(context)
        except UsageError as error:  # a name stood for something that can't be sent
            raise MistakenStepError(str(error)) from error

    async def _branch(self, steps: Iterable[PlannedStep], context: Context, name: str) -> None:
        try:
            for planned in steps:
                self._branches[name] = planned
                await self._one(planned, context, name)
        finally:
            self._branches.pop(name, None)
