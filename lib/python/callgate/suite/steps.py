"""From the nodes under `steps` and `finally` to steps, checked one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.base import Step, parse_duration, write_duration
from callgate.scenario.steps.structure import Parallel, Use
from callgate.suite.diagnostics import did_you_mean, quoted
from callgate.suite.schema import StepOptions
from callgate.suite.scope import Scope
from callgate.suite.use import UsedFiles
from callgate.suite.validate import Made, enclosed, validate
from callgate.suite.yamltree import List, Map, Node, Scalar

#: The keys that may stand beside a step's keyword.
OPTIONS = tuple(StepOptions.model_fields)
_NO_OPTIONS = StepOptions()


class ReadStep(NamedTuple):
    """A step as it stands in the file; `planned` is None where it holds errors."""

    #: The whole step, and its keyword when it has one.
    node: Node
    keyword: Scalar | None
    planned: PlannedStep | None
    scope: Scope
    #: For `parallel`: the steps of each branch.
    branches: Mapping[str, Sequence[ReadStep]] = MappingProxyType({})


def every(steps: Iterable[ReadStep]) -> Iterator[ReadStep]:
    """Each step, followed by those of its branches."""
    for step in steps:
        yield step
        for branch in step.branches.values():
            yield from every(branch)


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of a suite's steps so far, which is the same wherever it stands."""

    made: Made = field(default_factory=dict)
    files: UsedFiles = field(default_factory=UsedFiles)


class StepReader:
    """Reads the steps of one test."""

    def __init__(self, registry: Mapping[str, type[Step]], unread: Collection[str] = (),
                 known: Known | None = None) -> None:
        """`unread` are keywords of steps in which errors are noted elsewhere: they are not told to be unknown."""
        self._registry = registry
        self._unread = unread
        self._known = known or Known()

    def read(self, node: Node | None, scope: Scope) -> list[ReadStep]:
        """Read a list of steps, with those of other files for `use`; what is no list is somebody else's error."""
        if not isinstance(node, List):
            return []
        return [step for item in node.items for step in self._read(item, scope)]

    def _read(self, node: Node, scope: Scope) -> list[ReadStep]:
        keyword = self._keyword(node, scope)
        if keyword is None or not isinstance(node, Map):
            return [ReadStep(node, None, None, scope)]
        step_class = self._registry.get(keyword.value)
        if step_class is None:
            self._unknown(keyword, scope)
            return [ReadStep(node, keyword, None, scope)]
        options = _options(node, keyword, scope)
        value = node.entries[keyword.value][1]
        step = self._step(step_class, keyword, value, scope)
        if step is None or options is None:
            return [ReadStep(node, keyword, None, scope)]
        if isinstance(step, Use):
            expanded = None if _has_options(node, scope) else self._known.files.expand(step, keyword, value, scope)
            return [ReadStep(node, keyword, None, scope)] if expanded is None else self.read(*expanded)
        planned = PlannedStep(step, scope.source.place(keyword.line, keyword.column), options.timeout, options.soft,
                              used_by=scope.used_by)
        if not isinstance(step, Parallel):
            return [ReadStep(node, keyword, planned, scope)]
        if options.on is not None:
            key = node.entries["on"][0]
            what = "'on' cannot stand beside 'parallel': it goes with the steps of its branches"
            scope.source.error(key.line, key.column, what, length=key.length)
        branches = self._branches(value, scope)
        played = {name: tuple(one.planned for one in steps if one.planned is not None)
                  for name, steps in branches.items()}
        return [ReadStep(node, keyword, planned._replace(branches=played), scope, branches)]

    def _step(self, step_class: type[Step], keyword: Scalar, value: Node, scope: Scope) -> Step | None:
        if isinstance(value, Map):
            return validate(step_class, value, scope.source, keyword, before=self._known.made)
        if step_class.shorthand is None:
            if not isinstance(value, Scalar) or value.length:  # else it was reported when the file was read
                what = f"{quoted(keyword.value)} takes a mapping: '{keyword.value}: {{...}}'"
                scope.source.error(keyword.line, keyword.column, what, length=keyword.length)
            return None
        field_info = step_class.model_fields[step_class.shorthand]
        # The keyword stands in for the key that was left out, and so is what messages point at.
        left_out = field_info.alias or step_class.shorthand
        stand_in = Scalar(keyword.begins, left_out, keyword.ends)
        return validate(step_class, enclosed(value, stand_in), scope.source, keyword, before=self._known.made)

    def _unknown(self, keyword: Scalar, scope: Scope) -> None:
        if keyword.value in self._unread:
            return
        what = f"unknown step {quoted(keyword.value)}"
        hint = did_you_mean(keyword.value, self._registry) or f"known: {', '.join(self._registry)}"
        scope.source.error(keyword.line, keyword.column, what, hint=hint, length=keyword.length)

    def _branches(self, value: Node, scope: Scope) -> dict[str, list[ReadStep]]:
        entries = value.entries if isinstance(value, Map) else {}
        listed = entries["branches"][1] if "branches" in entries else None
        if not isinstance(listed, Map):
            raise TypeError("a 'parallel' that was checked has branches")
        return {name: self.read(node, scope) for name, (_, node) in listed.entries.items()}

    def _keyword(self, node: Node, scope: Scope) -> Scalar | None:
        """Return the one key of a step that is no option, or None with the error noted."""
        source = scope.source
        keys = [one[0] for name, one in node.entries.items() if name not in OPTIONS] if isinstance(node, Map) else []
        if len(keys) == 1:
            return keys[0]
        if keys:
            first, second, *_ = keys
            what = f"a step has one key, its keyword, and this one has {quoted(second.value)} as well"
            hint = f"to belong to {quoted(first.value)} it must be indented more"
            source.error(second.line, second.column, what, hint=hint, length=second.length)
        elif isinstance(node, Scalar) and not node.length:
            pass  # an empty item: that was reported when the file was read
        else:
            what = "a step is a keyword with a value, such as 'hangup: call'"
            if isinstance(node, Map) and node.entries:
                what = f"{quoted(next(iter(node.entries)))} stands beside a step's keyword, and here is none"
            if isinstance(node, Scalar) and node.value in self._registry:
                what = f"step {quoted(node.value)} has no value"
            source.error(node.line, node.column, what, length=node.length)
        return None


def _options(node: Map, keyword: Scalar, scope: Scope) -> StepOptions | None:
    """What stands beside the keyword; None with the error noted."""
    if len(node.entries) == 1:
        return _NO_OPTIONS
    entries = {name: node.entries[name] for name in OPTIONS if name in node.entries}
    options = validate(StepOptions, Map(node.begins, entries), scope.source, keyword)
    if options is not None and options.soft and scope.last:
        key = entries["soft"][0]
        what = "'soft' means nothing in 'finally': each of its steps is attempted anyway"
        scope.source.error(key.line, key.column, what, length=key.length)
        return None
    within = _within(node.entries[keyword.value][1])
    if options is None or options.timeout is None or within is None:
        return options
    try:
        longest = parse_duration(within.value)
    except ValueError:
        return options  # told with the step
    if isinstance(longest, float) and longest > options.timeout:
        what = f"'within: {within.value}' is longer than the step's 'timeout: {write_duration(options.timeout)}'"
        scope.source.error(within.line, within.column, what, length=within.length)
        return None
    return options


def _within(value: Node) -> Scalar | None:
    found = value.entries.get("within") if isinstance(value, Map) else None
    return found[1] if found is not None and isinstance(found[1], Scalar) else None


def _has_options(node: Map, scope: Scope) -> bool:
    """Whether there is something beside `use`, with the error noted."""
    for name in OPTIONS:
        if name in node.entries:
            key = node.entries[name][0]
            what = f"{quoted(name)} cannot stand beside 'use': it goes with the steps in that file"
            scope.source.error(key.line, key.column, what, length=key.length)
            return True
    return False
