"""From the nodes under `steps` and `finally` to steps, checked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.base import Step
from callgate.suite.diagnostics import Source, did_you_mean, quoted
from callgate.suite.validate import enclosed, validate
from callgate.suite.yamltree import List, Map, Node, Scalar


@dataclass(frozen=True, slots=True)
class ReadStep:
    """A step as it stands in the file; `planned` is None where it holds errors."""

    #: The whole step, and its keyword when it has one.
    node: Node
    keyword: Scalar | None
    planned: PlannedStep | None


def read_steps(node: Node | None, registry: Mapping[str, type[Step]], source: Source) -> list[ReadStep]:
    """Read a list of steps; what is no list is somebody else's error."""
    if not isinstance(node, List):
        return []
    return [_read_step(item, registry, source) for item in node.items]


def _read_step(node: Node, registry: Mapping[str, type[Step]], source: Source) -> ReadStep:
    keyword = _keyword(node, registry, source)
    if keyword is None or not isinstance(node, Map):
        return ReadStep(node, None, None)
    step_class = registry.get(keyword.value)
    if step_class is None:
        what = f"unknown step {quoted(keyword.value)}"
        hint = did_you_mean(keyword.value, registry) or f"known: {', '.join(registry)}"
        source.error(keyword.line, keyword.column, what, hint=hint, length=keyword.length)
        return ReadStep(node, keyword, None)
    step = _step(step_class, keyword, node.entries[keyword.value][1], source)
    if step is None:
        return ReadStep(node, keyword, None)
    return ReadStep(node, keyword, PlannedStep(step, source.place(keyword.line, keyword.column)))


def _keyword(node: Node, registry: Mapping[str, type[Step]], source: Source) -> Scalar | None:
    """Return the one key of a step, or None with the error noted."""
    if isinstance(node, Map) and len(node.entries) == 1:
        return next(key for key, _ in node.entries.values())
    if isinstance(node, Map) and node.entries:
        first, second, *_ = (key for key, _ in node.entries.values())
        what = f"a step has one key, its keyword, and this one has {quoted(second.value)} as well"
        hint = f"to belong to {quoted(first.value)} it must be indented more"
        source.error(second.line, second.column, what, hint=hint, length=second.length)
    elif isinstance(node, Scalar) and not node.length:
        pass  # an empty item: that was reported when the file was read
    else:
        what = "a step is a keyword with a value, such as 'hangup: call'"
        if isinstance(node, Scalar) and node.value in registry:
            what = f"step {quoted(node.value)} has no value"
        source.error(node.line, node.column, what, length=node.length)
    return None


def _step(step_class: type[Step], keyword: Scalar, value: Node, source: Source) -> Step | None:
    if isinstance(value, Map):
        return validate(step_class, value, source, keyword)
    if step_class.shorthand is None:
        if not isinstance(value, Scalar) or value.length:  # else it was reported when the file was read
            what = f"{quoted(keyword.value)} takes a mapping: '{keyword.value}: {{...}}'"
            source.error(keyword.line, keyword.column, what, length=keyword.length)
        return None
    field = step_class.model_fields[step_class.shorthand]
    # The keyword stands in for the key that was left out, and so is what messages point at.
    left_out = field.alias or step_class.shorthand
    stand_in = Scalar(left_out, keyword.line, keyword.column, keyword.start, keyword.end)
    return validate(step_class, enclosed(value, stand_in), source, keyword)
