"""What there is to run: tests, their scenarios and the steps of those. Checked data, which knows no YAML.

Everything here is frozen and made once, before any Asterisk is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from callgate.scenario.steps.base import Step

#: Which of Asterisk's modules a test's Asterisk loads: those the test names, or all of them.
Modules = Literal["needed", "all"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the suite something was written, for messages that point at it."""

    #: Relative to the root of the suite, with '/'.
    path: str
    #: Both counted from 1, the column in characters.
    line: int
    column: int
    #: The whole line as it stands in the file, without its line break.
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step and where it was written."""

    step: Step
    place: Place


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of a test's `dependencies`: what it needs to run at all."""

    #: What kind of thing is needed: 'asterisk' (a module), 'python' (a package), 'app' (a program).
    kind: str
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Scenario:
    """One verdict: steps played in order against a running Asterisk."""

    #: `TEST::NAME`, unique in the suite.
    id: str
    name: str
    summary: str
    steps: tuple[PlannedStep, ...]
    #: The steps under `finally`, played however the others ended.
    last_steps: tuple[PlannedStep, ...]
    #: Seconds for all the steps together; None is the default of the suite.
    timeout: float | None
    #: Why it is not to be run; None to run it.
    skip: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Test:
    """One directory with a test-config.yaml: scenarios that share one Asterisk and its configuration."""

    #: Tells pytest that this is none of its own, in spite of the name.
    __test__: ClassVar[bool] = False

    #: Its directory relative to the root of the suite, with '/'.
    id: str
    directory: Path
    summary: str
    description: str
    tags: tuple[str, ...]
    #: Issues it belongs to, as (tracker, number).
    issues: tuple[tuple[str, str], ...]
    requirements: tuple[Requirement, ...]
    modules: Modules
    #: `exten@context` that its own configuration defines; an Asterisk that runs elsewhere must have them.
    dialplan: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    place: Place
