"""Times that can never run out, as what is around them ends before: a step's in its scenario, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from callgate.scenario.steps.base import write_duration
from callgate.suite.diagnostics import Source
from callgate.suite.schema import TestConfig
from callgate.suite.steps import ReadStep
from callgate.suite.yamltree import Map, Node, Scalar


class _Steps(Protocol):
    @property
    def steps(self) -> Sequence[ReadStep]: ...


def check_deadlines(
    config: TestConfig, listed: Mapping[str, tuple[Scalar, Node]], read: Mapping[str, Iterable[_Steps]], source: Source
) -> None:
    """Note each time that is longer than the one around it, where both are written in the file."""
    whole = config.properties.timeout
    for name, section in config.scenarios.items():
        if section.timeout is not None and whole is not None and section.timeout > whole:
            entry = _entry(listed[name][1], "timeout")
            _longer(source, entry, f"is longer than the test's 'timeout: {write_duration(whole)}'")
        limit = section.timeout if section.timeout is not None else whole
        if limit is not None:
            around = "scenario" if section.timeout is not None else "test"
            for rows in read[name]:
                for step in rows.steps:
                    _check_step(step, limit, around)


def _check_step(step: ReadStep, limit: float, around: str) -> None:
    for one in step.all():
        if one.planned is None or one.keyword is None or not isinstance(one.node, Map):
            continue
        beyond = f"is longer than the {around}'s 'timeout: {write_duration(limit)}'"
        if one.planned.timeout is not None and one.planned.timeout > limit:
            _longer(one.scope.source, _entry(one.node, "timeout"), beyond)
        within = getattr(one.planned.step, "within", None)
        if isinstance(within, float) and within > limit:
            _longer(one.scope.source, _entry(one.node.entries[one.keyword.value][1], "within"), beyond)


def _entry(node: Node, name: str) -> tuple[Scalar, Node] | None:
    return node.entries.get(name) if isinstance(node, Map) else None


def _longer(source: Source, entry: tuple[Scalar, Node] | None, beyond: str) -> None:
    if entry is not None:
        key, value = entry
        text = value.value if isinstance(value, Scalar) else ""
        source.error(value.line, value.column, f"'{key.value}: {text}' {beyond}", length=value.length)
