"""A step found something else than it asks for: what the reader of the verdict needs to know about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.errors import CallgateError, ScenarioFailedError
from callgate.scenario.journal import Entry

if TYPE_CHECKING:
    from callgate.scenario.model import PlannedStep


class StepFailedError(ScenarioFailedError):
    """Asterisk disagrees with a step."""

    def __init__(self, headline: str, *, expected: tuple[tuple[str, str], ...] = (),
                 got: tuple[tuple[str, str], ...] = (), entry: Entry | None = None, hint: str = "",
                 planned: PlannedStep | None = None) -> None:
        """`expected` and `got` are pairs of (field, value); `entry` is the event that is wrong, if there is one.

        `hint` says what may have been meant. `planned` is the step to blame where it is not the one that plays.
        """
        super().__init__(headline)
        self.headline = headline
        self.expected = expected
        self.got = got
        self.entry = entry
        self.hint = hint
        self.planned = planned


class MistakenStepError(StepFailedError):
    """The scenario is wrong, and not Asterisk, which shows only as it plays: no known bug excuses that."""


class BrokenStepError(CallgateError):
    """A test's own step has a mistake of its own: no judgement on Asterisk is possible (`environment`).

    It is no `usage`, since that is what is found before anything starts.
    """

    def __init__(self, message: str, traceback: tuple[str, ...] = ()) -> None:
        """`traceback` has the lines of the test's file that led to it, the innermost last."""
        super().__init__(message)
        self.traceback = traceback
