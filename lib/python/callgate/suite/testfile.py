"""From the test-config.yaml of a test to a `Test`: all of its errors, or the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from callgate.scenario.model import PlannedStep, Requirement, Scenario, Test
from callgate.scenario.steps.base import Step
from callgate.suite.diagnostics import Source
from callgate.suite.names import check_names
from callgate.suite.schema import ScenarioSection, TestConfig
from callgate.suite.sense import check_sense
from callgate.suite.steps import ReadStep, read_steps
from callgate.suite.validate import validate
from callgate.suite.yamltree import Document, List, Map, Node, Scalar


def read_test(
    document: Document, test_id: str, directory: Path, registry: Mapping[str, type[Step]]
) -> Test | None:
    """Make the test that a document describes; None with the errors noted in the document's source."""
    root, source = document.root, document.source
    if root is None or not _is_ours(root, source):
        return None
    config = validate(TestConfig, root, source)
    listed = _entries(_below(root, "scenarios"))
    steps = {name: _Steps(node, registry, source) for name, (_, node) in listed.items()}
    if config is None or source.errors:
        return None
    properties = config.properties
    scenarios = tuple(
        _scenario(f"{test_id}::{name}", section, steps[name], listed[name][0], source)
        for name, section in config.scenarios.items()
    )
    return Test(
        id=test_id,
        directory=directory,
        summary=_one_line(config.testinfo.summary),
        description=config.testinfo.description,
        tags=tuple(properties.tags),
        issues=tuple(next(iter(issue.items())) for issue in properties.issues),
        requirements=_requirements(root, source),
        modules=properties.modules,
        dialplan=tuple(properties.dialplan),
        scenarios=scenarios,
        place=source.place(root.line, root.column),
    )


class _Steps:
    """The steps of one scenario, read and checked against each other."""

    def __init__(self, scenario: Node, registry: Mapping[str, type[Step]], source: Source) -> None:
        self.steps = read_steps(_below(scenario, "steps"), registry, source)
        self.last = read_steps(_below(scenario, "finally"), registry, source)
        check_names([*self.steps, *self.last], source)
        check_sense(self.steps, source)


def _is_ours(root: Node, source: Source) -> bool:
    """Tell a test of ours from one of the Asterisk Testsuite, and from a file that holds no test at all."""
    if not isinstance(root, Map) or "scenarios" in root.entries:
        return True
    if "test-modules" in root.entries:
        key, _ = root.entries["test-modules"]
        what = "'test-modules' is the Asterisk Testsuite's own dialect, and not supported yet"
        source.error(key.line, key.column, what, length=key.length)
        return False
    return True


def _scenario(
    scenario_id: str, section: ScenarioSection, steps: _Steps, key: Scalar, source: Source
) -> Scenario:
    return Scenario(
        id=scenario_id,
        name=key.value,
        summary=_one_line(section.summary),
        steps=_planned(steps.steps),
        last_steps=_planned(steps.last),
        timeout=section.timeout,
        skip=None if section.skip is None else _one_line(section.skip),
        place=source.place(key.line, key.column),
    )


def _planned(steps: list[ReadStep]) -> tuple[PlannedStep, ...]:
    planned = tuple(step.planned for step in steps if step.planned is not None)
    if len(planned) != len(steps):
        raise ValueError("a step was lost without an error")  # law 4: a step nobody ran looks like a pass
    return planned


def _requirements(root: Node, source: Source) -> tuple[Requirement, ...]:
    listed = _below(_below(root, "properties"), "dependencies")
    pairs = [_entries(item) for item in listed.items] if isinstance(listed, List) else []
    return tuple(
        Requirement(kind, value.value.strip(), source.place(key.line, key.column))
        for pair in pairs
        for kind, (key, value) in pair.items()
        if isinstance(value, Scalar)
    )


def _entries(node: Node | None) -> Mapping[str, tuple[Scalar, Node]]:
    return node.entries if isinstance(node, Map) else {}


def _below(node: Node | None, name: str) -> Node | None:
    entry = _entries(node).get(name)
    return None if entry is None else entry[1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
