"""The static checks for scenarios that could not fail, or never pass: right in every step, and wrong as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.expectations import Expect
from callgate.suite.diagnostics import seen_from
from callgate.suite.filters import check_filters
from callgate.suite.hearing import check_hearing
from callgate.suite.registered import check_registered
from callgate.suite.steps import ReadStep, every
from callgate.suite.whereabouts import part_of

#: A step as it was read, and as it will be played.
_Good = tuple[ReadStep, PlannedStep]


def check_sense(steps: Sequence[ReadStep]) -> None:
    """Note ARI events that nobody is registered for, a `never` that nothing follows, and an `expect` said twice."""
    good = _good(steps)
    if good is None:
        return  # what is wrong with that one may be why
    _never_needs_an_end(steps)
    asterisks = {planned.asterisk for _, planned in good}
    if len(asterisks) == 1:
        _check_of_one(steps, good)
        return
    for asterisk in sorted(asterisks):  # what one sends is nothing to another
        part = part_of(steps, asterisk)
        _check_of_one(part, _good(part) or [])


def _check_of_one(steps: Sequence[ReadStep], good: Sequence[_Good]) -> None:
    _ari_needs_an_application(good)
    check_registered(good)
    check_filters(good, _point)
    check_hearing(steps, _point)
    _nothing_is_said_twice([(step, step.planned) for step in steps if step.planned is not None])


def check_finally(steps: Sequence[ReadStep]) -> None:
    """Note what watches to the end of the steps, in `finally`, which comes after that end."""
    for step in every(steps):
        if step.planned is not None and step.planned.step.guards:
            _point(step, "nothing is watched for in 'finally', so this could not fail", "put it under 'steps'")


def _good(steps: Sequence[ReadStep]) -> list[_Good] | None:
    """All of them, those of branches too; None if one of them holds errors."""
    good: list[_Good] = []
    for step in every(steps):
        if step.planned is None:
            return None
        good.append((step, step.planned))
    return good


def _point(step: ReadStep, what: str, hint: str) -> None:
    if step.keyword is not None:
        step.scope.source.error(step.keyword.line, step.keyword.column, what, hint=hint, length=step.keyword.length)


def _ari_needs_an_application(steps: Sequence[_Good]) -> None:
    registered = False
    for step, planned in steps:
        registered = registered or planned.step.registers
        if planned.step.ari_events and not registered:
            _point(step, "ARI events come to registered applications only", "put a 'register' before this")
            return


def _never_needs_an_end(steps: Sequence[ReadStep], *, awaited: bool = False) -> None:
    """Note each that nothing is waited for after: in its branch, or after all branches (`awaited`).

    What other branches wait for may be over before. A `count` may wait for those events itself that there should be.
    """
    for step in reversed(steps):
        for branch in step.branches.values():
            _never_needs_an_end(branch, awaited=awaited)
        if step.planned is not None and step.planned.step.guards and not step.planned.step.awaits and not awaited:
            _point(step, "nothing is waited for after this, so what must never come has no time to",
                   "put it before an 'expect'")
        awaited = awaited or any(one.planned is not None and one.planned.step.awaits for one in every([step]))


def _nothing_is_said_twice(steps: Sequence[_Good]) -> None:
    expected = [(step, planned, planned.step) for step, planned in steps if isinstance(planned.step, Expect)]
    # Few are about the same event of the same channel, and only those are worth writing out, which takes its time.
    alike = Counter((one.ami, one.ari, one.channel) for _, _, one in expected)
    seen: dict[str, PlannedStep] = {}
    for step, planned, one in expected:
        if alike[one.ami, one.ari, one.channel] == 1:
            continue
        text = one.describe()
        if text in seen:
            first = seen_from(seen[text].place.line, seen[text].place.path, planned.place.path)
            _point(step, f"the same stands on {first}, and both would find the same event",
                   "an 'expect' searches from the start of the scenario, or from a 'mark'")
        seen[text] = planned
