"""From the test-config.yaml of a test to a `Test`: all of its errors, or the whole of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from callgate.scenario.model import PlannedStep, Requirement, Scenario, SoughtEvent, Test
from callgate.scenario.references import MOST_ASTERISKS, PORT, asterisk_names, predefined
from callgate.scenario.steps.base import Step
from callgate.suite.cases import Table, each_case, read_table
from callgate.suite.configs import check_configs
from callgate.suite.deadlines import TimeLimit, check_scenario_times, check_step_times, time_limits
from callgate.suite.diagnostics import Source
from callgate.suite.knownbug import read_known_bug
from callgate.suite.names import check_names
from callgate.suite.ports import check_ports, listened_on
from callgate.suite.schema import STEP_LISTS, ScenarioSection, TestConfig
from callgate.suite.scope import Room, Scope
from callgate.suite.sense import check_finally, check_sense
from callgate.suite.sought import sought_by
from callgate.suite.steps import Known, ReadStep, StepReader, every
from callgate.suite.validate import validate
from callgate.suite.whereabouts import settle
from callgate.suite.yamlfile import Document
from callgate.suite.yamltree import List, Map, Node, Scalar

#: The parts of a scenario in which `${case.…}` is replaced.
_REPLACED = ("summary", "steps", "finally", "expected-result")


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all tests of a suite when they are read."""

    #: The suite's default, in seconds; None where that can't be known.
    scenario_timeout: float | None = None
    #: Whether it will be asked what their steps look for.
    sought: bool = True
    #: What was read of them so far.
    known: Known = field(default_factory=Known)


def read_test(
    document: Document, test_id: str, directory: Path, registry: Mapping[str, type[Step]],
    terms: Terms | None = None, unread: Collection[str] = (),
) -> Test | None:
    """Make the test that a document describes; None with the errors noted in the document's source.

    `unread` are keywords of steps of the test's own in which errors are noted elsewhere; with any, there is no test
    either.
    """
    terms = terms or Terms()
    root, source = document.root, document.source
    if root is None or not _is_ours(root, source):
        return None
    config = validate(TestConfig, root, source, apart=STEP_LISTS)
    listed = _entries(_below(root, "scenarios"))
    asterisks = asterisk_names(MOST_ASTERISKS if config is None else config.properties.asterisks)
    ports = check_configs(directory, asterisks, predefined(asterisks), source)
    scope = Scope(source, directory, Room(), files=(source.path,), names=predefined(asterisks, sorted(ports)),
                  asterisks=asterisks)
    reader = StepReader(registry, unread, terms.known)
    limits = {} if config is None else time_limits(config, terms.scenario_timeout)
    read = {name: _read_scenario(node, reader, scope, limits.get(name)) for name, (_, node) in listed.items()}
    if config is not None:
        check_scenario_times(config, listed, source)
    if config is None or source.errors or unread:
        return None
    return _test(test_id, config, root, scope, read, terms)


class Steps:
    """The steps of one scenario, read and checked against each other."""

    def __init__(self, scenario: Node, reader: StepReader, scope: Scope, limit: TimeLimit | None,
                 case: str | None = None) -> None:
        #: The row of the scenario's cases.
        self.case = case
        steps = reader.read(_below(scenario, "steps"), scope)
        settled = settle([*steps, *reader.read(_below(scenario, "finally"), replace(scope, last=True))],
                         scope.asterisks)
        self.steps, self.last = settled[:len(steps)], settled[len(steps):]
        #: The summary as it stands, its references to the row replaced.
        self.summary = _below(scenario, "summary")
        self.known_bug = read_known_bug(_entries(scenario).get("expected-result"), scope.source)
        #: The ports that its steps listen on.
        self.ports = listened_on([*self.steps, *self.last])
        if self.ports:
            check_ports([*self.steps, *self.last], scope.names[PORT])
        names = {**scope.names, PORT: sorted({*scope.names[PORT], *self.ports})}
        check_names([*self.steps, *self.last], names)
        check_sense(self.steps)
        check_finally(self.last)
        if limit is not None:
            check_step_times(self.steps, limit)


def _read_scenario(node: Node, reader: StepReader, scope: Scope, limit: TimeLimit | None) -> list[Steps]:
    """Read a scenario: once, or for each of its cases."""
    if _below(node, "cases") is None or not isinstance(node, Map):
        return [Steps(node, reader, scope, limit)]
    table = read_table(_below(node, "cases"), scope.source)
    if table is None:
        return []
    parts = replace(node, entries={name: entry for name, entry in node.entries.items() if name in _REPLACED})
    rows = iter(table.rows)
    made: list[Steps] = []

    def read(row: Node, source: Source) -> None:
        own = replace(scope, source=source, columns=tuple(table.columns))
        made.append(Steps(row, reader, own, limit, next(rows)))
        _check_summary(made[-1].summary, table, source)

    each_case(table, parts, scope.room, scope.source, read)
    return made


def _check_summary(summary: Node | None, table: Table, source: Source) -> None:
    """Note a summary with a reference to a column that is not there; any other `${` is just text in it."""
    if isinstance(summary, Scalar) and "${case." in summary.value:
        what = f"the summary refers to a column that is not there; known: {', '.join(table.known)}"
        source.error(summary.line, summary.column, what, length=summary.length)


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


def _test(test_id: str, config: TestConfig, root: Node, scope: Scope, read: Mapping[str, Sequence[Steps]],
          terms: Terms) -> Test:
    """Put together what was read without an error."""
    source, properties = scope.source, config.properties
    keys = {name: key for name, (key, _) in _entries(_below(root, "scenarios")).items()}
    rows = [steps for each in read.values() for steps in each]
    return Test(
        id=test_id,
        directory=scope.directory,
        summary=_one_line(config.testinfo.summary),
        description=config.testinfo.description,
        tags=tuple(properties.tags),
        issues=tuple(next(iter(issue.items())) for issue in properties.issues),
        requirements=_requirements(root, source),
        modules=properties.modules,
        dialplan=tuple(properties.dialplan),
        scenarios=tuple(_scenario(test_id, section, steps, keys[name], source)
                        for name, section in config.scenarios.items() for steps in read[name]),
        place=source.place(root.line, root.column),
        versions=tuple(properties.versions),
        timeout=properties.timeout,
        asterisks=tuple(scope.asterisks),
        ports=tuple(sorted({*scope.names[PORT], *(port for steps in rows for port in steps.ports)})),
        sought=tuple(_sought(config, read)) if terms.sought else (),
    )


def _sought(config: TestConfig, read: Mapping[str, Sequence[Steps]]) -> Iterator[SoughtEvent]:
    """Yield what all the steps look for."""
    for name, section in config.scenarios.items():
        for steps in read[name]:
            yield from sought_by([*steps.steps, *steps.last], tuple(section.versions))


def _scenario(test_id: str, section: ScenarioSection, steps: Steps, key: Scalar, source: Source) -> Scenario:
    name = key.value if steps.case is None else f"{key.value}[{steps.case}]"
    summary = steps.summary.value if isinstance(steps.summary, Scalar) else section.summary
    return Scenario(
        id=f"{test_id}::{name}",
        name=name,
        summary=_one_line(summary),
        steps=_planned(steps.steps),
        last_steps=_planned(steps.last),
        timeout=section.timeout,
        skip=None if section.skip is None else _one_line(section.skip),
        place=source.place(key.line, key.column),
        known_bug=steps.known_bug,
        versions=tuple(section.versions),
    )


def _planned(steps: Sequence[ReadStep]) -> tuple[PlannedStep, ...]:
    if any(step.planned is None for step in every(steps)):
        raise ValueError("a step was lost without an error")  # law 4: a step nobody ran looks like a pass
    return tuple(step.planned for step in steps if step.planned is not None)


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
