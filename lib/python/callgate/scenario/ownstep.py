"""A step that a test brings itself: a function of its `steps.py`, with fields made of the function's parameters."""

from __future__ import annotations

import reprlib
import traceback
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from callgate.errors import CallgateError
from callgate.scenario.failure import BrokenStepError
from callgate.scenario.journal import Source
from callgate.scenario.owntypes import Role
from callgate.scenario.stepcontext import StepContext
from callgate.scenario.steps.base import Step
from callgate.scenario.timeline import BROKEN

if TYPE_CHECKING:
    from callgate.scenario.context import Context


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the function."""

    name: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class OwnFunction:
    """A function of a test, and where it is."""

    call: Callable[..., Coroutine[Any, Any, object]]
    #: What Python calls the file, and what messages call it: its path relative to the root of the suite.
    file: str
    shown: str
    #: By the fields of the model, whose names cannot be those of the parameters: a `copy` would hide a method.
    parameters: Mapping[str, Parameter]


class OwnStep(Step):
    """What all such steps have in common."""

    #: What is wrong with a test's types has to be told with them, and not when a step is first used.
    model_config = ConfigDict(defer_build=False)

    own: ClassVar[OwnFunction]

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen: nobody can know, and it may."""
        return True

    def needs(self) -> set[str]:
        """The names in fields of such a type."""
        return set(self._names(Role.NEEDED))

    def defines(self) -> set[str]:
        """Likewise."""
        return set(self._names(Role.DEFINED))

    def _names(self, role: Role) -> Iterable[str]:
        for field, parameter in self.own.parameters.items():
            if parameter.role is role:
                yield from _texts(getattr(self, field))

    async def run(self, context: Context) -> None:
        """Call the function. Raises BrokenStepError for what it does and no step may do."""
        # At `list`, which has no use for Twisted, nothing is played.
        from twisted.internet.defer import CancelledError

        from callgate.scenario.foreign import LeftBehindError, run_foreign

        own, face = self.own, StepContext(context, self.defines())
        values = {parameter.name: getattr(self, field) for field, parameter in own.parameters.items()}
        try:
            returned = await run_foreign(own.call(face, **values), context.reactor)
        except LeftBehindError:
            face.leave_behind()
            context.journal.append(Source.STEP, "left behind", f"{self.keyword} went on after it had been told to end")
            raise
        except (CallgateError, CancelledError):
            raise
        except (Exception, SystemExit) as error:  # whatever it is, it is the test's mistake
            context.journal.append(Source.STEP, BROKEN, traceback.format_exc())
            raise self._broken(error) from error
        finally:
            face.leave_all()
        wrong = face.shortcomings()
        if returned is not None:
            wrong.append(f"returns {reprlib.repr(returned)}, where a step says by context.fail() what is wrong")
        if wrong:
            raise BrokenStepError(f"'{self.keyword}' of {own.shown} {' and '.join(wrong)}")

    def _broken(self, error: BaseException) -> BrokenStepError:
        """What happened, and where in the test's file."""
        frames = traceback.extract_tb(error.__traceback__)
        first = next((index for index, frame in enumerate(frames) if frame.filename == self.own.file), len(frames))
        shown = tuple(f"{self.own.shown if frame.filename == self.own.file else frame.filename}:{frame.lineno} "
                      f"in {frame.name}: {frame.line}" for frame in frames[first:])
        said = traceback.format_exception_only(error)[-1].strip()
        return BrokenStepError(f"'{self.keyword}' of {self.own.shown} broke: {said}", shown)


def _texts(value: Any) -> Iterable[str]:
    """The texts in a value of a field: one, several in a list or mapping, or none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
