"""The static checks for scenarios that could not fail, or never pass: right in every step, and wrong as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from callgate.scenario.model import PlannedStep
from callgate.suite.diagnostics import Source
from callgate.suite.steps import ReadStep

#: A step as it was read, and as it will be played.
_Good = tuple[ReadStep, PlannedStep]


def check_sense(steps: Sequence[ReadStep], source: Source) -> None:
    """Note ARI events that nobody is registered for, a `never` that nothing follows, and an `expect` said twice."""
    good = [(step, step.planned) for step in steps if step.planned is not None]
    if len(good) < len(steps):
        return  # what is wrong with that one may be why
    _ari_needs_an_application(good, source)
    _never_needs_an_end(good, source)
    _nothing_is_said_twice(good, source)


def _point(step: ReadStep, what: str, hint: str, source: Source) -> None:
    if step.keyword is not None:
        source.error(step.keyword.line, step.keyword.column, what, hint=hint, length=step.keyword.length)


def _ari_needs_an_application(steps: Sequence[_Good], source: Source) -> None:
    registered = False
    for step, planned in steps:
        registered = registered or planned.step.registers
        if planned.step.hears_ari and not registered:
            _point(step, "ARI events come to registered applications only", "put a 'register' before this", source)
            return


def _never_needs_an_end(steps: Sequence[_Good], source: Source) -> None:
    for step, planned in reversed(steps):
        if planned.step.awaits:
            return
        if planned.step.guards:
            _point(step, "nothing is waited for after this, so what must never come has no time to",
                   "put it before an 'expect'", source)


def _nothing_is_said_twice(steps: Sequence[_Good], source: Source) -> None:
    seen: dict[str, int] = {}
    for step, planned in steps:
        text = planned.step.describe()
        if planned.step.awaits and text in seen:
            _point(step, f"the same stands on line {seen[text]}, and both would find the same event",
                   "an 'expect' searches from the start of the scenario", source)
        seen[text] = planned.place.line
