"""Which of a test's Asterisks each step plays on, settled before anything starts.

`on` beside the step says it. Without one it is the Asterisk of the names that the step uses: a channel that was
originated on ast2 lives there, and so do a bridge, a client, an event or an answer. A step that uses none plays on
ast1.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence

from callgate.scenario.model import AST1
from callgate.scenario.references import ASTERISK, MalformedReferenceError, references
from callgate.scenario.steps.base import MARK
from callgate.suite.configs import more_asterisks
from callgate.suite.diagnostics import quoted
from callgate.suite.steps import ReadStep, every
from callgate.suite.yamltree import Map, Scalar, texts

#: What says beside a step's keyword where it plays.
ON = "on"


def settle(steps: Sequence[ReadStep], asterisks: Collection[str]) -> list[ReadStep]:
    """The steps, each with its Asterisk; what can't be is noted as an error."""
    if len(asterisks) == 1 and not any(_on(step) for step in every(steps)):
        return list(steps)
    return _Whereabouts(asterisks).settle(steps)


def part_of(steps: Sequence[ReadStep], asterisk: str) -> list[ReadStep]:
    """The steps that play on one Asterisk, with the branches that hold some."""
    found = []
    for step in steps:
        branches = {name: part_of(branch, asterisk) for name, branch in step.branches.items()}
        if any(branches.values()) or (not branches and step.planned is not None and step.planned.asterisk == asterisk):
            found.append(step._replace(branches=branches))
    return found


class _Whereabouts:
    """Where the names live that the steps so far define."""

    def __init__(self, asterisks: Collection[str]) -> None:
        self._asterisks = asterisks
        self._homes: dict[str, str] = {}

    def settle(self, steps: Sequence[ReadStep]) -> list[ReadStep]:
        return [self._settled(step) for step in steps]

    def _settled(self, step: ReadStep) -> ReadStep:
        if step.planned is None:
            return step
        if step.branches:
            branches = {name: self.settle(branch) for name, branch in step.branches.items()}
            played = {name: tuple(one.planned for one in branch if one.planned is not None)
                      for name, branch in branches.items()}
            return step._replace(branches=branches, planned=step.planned._replace(branches=played))
        asterisk = self._asterisk(step, step.planned.step.needs())
        self._homes.update(dict.fromkeys(step.planned.step.defines(), asterisk))
        return step._replace(planned=step.planned._replace(asterisk=asterisk))

    def _asterisk(self, step: ReadStep, needs: Collection[str]) -> str:
        used = {name: self._homes[name] for name in sorted(needs) if name in self._homes and not name.startswith(MARK)}
        if len(set(used.values())) > 1:
            _point(step, f"uses {_listed(used)}, and a step plays on one Asterisk")
            return AST1
        on = _on(step)
        if on is not None:
            self._check(step, on, used)
            return on.value if on.value in self._asterisks else AST1
        if not used:  # what it only mentions
            used = {name: self._homes[name] for name in _mentioned(step) if name in self._homes}
        if len(set(used.values())) > 1:
            _point(step, f"mentions {_listed(used)}: it is not clear on which Asterisk it plays",
                   "write 'on: ast…' beside it")
        return next(iter(used.values()), AST1)

    def _check(self, step: ReadStep, on: Scalar, used: Mapping[str, str]) -> None:
        source = step.scope.source
        if on.value not in self._asterisks:
            hint = f"known: {', '.join(self._asterisks)}"
            if ASTERISK.fullmatch(on.value):
                hint = more_asterisks(on.value)
            source.error(on.line, on.column, f"the test has no Asterisk {quoted(on.value)}", hint=hint,
                         length=on.length)
        for name, asterisk in used.items():
            if asterisk != on.value:
                what = f"{quoted(name)} is of {asterisk}, so this can't play on {quoted(on.value)}"
                source.error(on.line, on.column, what, length=on.length)
                return


def _on(step: ReadStep) -> Scalar | None:
    entry = step.node.entries.get(ON) if isinstance(step.node, Map) else None
    return entry[1] if entry is not None and isinstance(entry[1], Scalar) else None


def _mentioned(step: ReadStep) -> list[str]:
    """The names in the `${…}` of its texts."""
    found: list[str] = []
    for scalar, is_key in texts(step.node):
        if "${" in scalar.value and not is_key:
            with contextlib.suppress(MalformedReferenceError):  # told with the names
                found += [one.name for one in references(scalar.value)]
    return found


def _listed(homes: Mapping[str, str]) -> str:
    return " and ".join(f"{quoted(name)} of {asterisk}" for name, asterisk in homes.items())


def _point(step: ReadStep, what: str, hint: str | None = None) -> None:
    if step.keyword is not None:
        at = step.keyword
        step.scope.source.error(at.line, at.column, f"{quoted(at.value)} {what}", hint=hint, length=at.length)
