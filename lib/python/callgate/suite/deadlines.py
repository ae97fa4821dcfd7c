"""Times that can never run out, as what is around them ends before: a step's in its scenario, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callgate.scenario.steps.base import write_duration
from callgate.suite.diagnostics import Source
from callgate.suite.schema import TestConfig
from callgate.suite.steps import ReadStep, every
from callgate.suite.yamltree import Map, Node, Scalar

#: Fields of steps that say how long they may wait, or have to watch, with their keys in a file.
_TIMES = (("within", "within"), ("watch", "for"))


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long the steps of a scenario may take together."""

    seconds: float
    #: Where that is said, for a message.
    said: str


def time_limits(config: TestConfig, default: float | None) -> dict[str, TimeLimit]:
    """The limit of each scenario, by its name: its own, or else what ends first, the suite's default or the test.

    `default` is None where it can't be known.
    """
    whole = config.properties.timeout
    limits: dict[str, TimeLimit] = {}
    for name, section in config.scenarios.items():
        if section.timeout is not None:
            limits[name] = TimeLimit(section.timeout, f"the scenario's 'timeout: {write_duration(section.timeout)}'")
        elif whole is not None and (default is None or whole < default):
            limits[name] = TimeLimit(whole, f"the test's 'timeout: {write_duration(whole)}'")
        elif default is not None:
            limits[name] = TimeLimit(default, f"the suite's 'scenario-timeout: {write_duration(default)}'")
    return limits


def check_scenario_times(config: TestConfig, listed: Mapping[str, tuple[Scalar, Node]], source: Source) -> None:
    """Note each scenario that is given more time than its test has for all of them."""
    whole = config.properties.timeout
    if whole is None:
        return
    for name, section in config.scenarios.items():
        if section.timeout is not None and section.timeout > whole:
            _longer(source, listed[name][1], "timeout", f"the test's 'timeout: {write_duration(whole)}'")


def check_step_times(steps: Iterable[ReadStep], limit: TimeLimit) -> None:
    """Note each time of a step that is longer than what its scenario has for all of them."""
    for step in every(steps):
        if step.planned is None or step.keyword is None or not isinstance(step.node, Map):
            continue
        if step.planned.timeout is not None and step.planned.timeout > limit.seconds:
            _longer(step.scope.source, step.node, "timeout", limit.said)
        for field, key in _TIMES:
            # Not getattr: pydantic takes long to say that there is no such field, and there are many steps.
            seconds = vars(step.planned.step).get(field)
            if isinstance(seconds, float) and seconds > limit.seconds:
                _longer(step.scope.source, step.node.entries[step.keyword.value][1], key, limit.said)


def _longer(source: Source, node: Node, name: str, said: str) -> None:
    entry = node.entries.get(name) if isinstance(node, Map) else None
    if entry is None:
        return
    key, value = entry
    text = value.value if isinstance(value, Scalar) else ""
    source.error(value.line, value.column, f"'{key.value}: {text}' is longer than {said}", length=value.length)
