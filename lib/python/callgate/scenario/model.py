"""What there is to run: tests, their scenarios and the steps of those. Checked data, which knows no YAML.

Everything here is frozen and made once, before any Asterisk is started.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from callgate.scenario.knownbug import KnownBug
    from callgate.scenario.steps.base import Step

#: What a test calls its first Asterisk, which most tests have alone.
AST1 = "ast1"
#: Which of Asterisk's modules a test's Asterisk loads: those the test names, or all of them.
Modules = Literal["needed", "all"]


class Place(NamedTuple):
    """Where in the suite something was written, for messages that point at it.

    This and a planned step are tuples as there are very many: a frozen dataclass takes three times as long to make.
    """

    #: Relative to the root of the suite, with '/'.
    path: str
    #: Both counted from 1, the column in characters.
    line: int
    column: int
    #: The whole line as it stands in the file, without its line break.
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class PlannedStep(NamedTuple):
    """A step and where it was written."""

    step: Step
    place: Place
    #: Seconds that it may take; None for as long as the step itself allows.
    timeout: float | None = None
    #: Whether its failure is noted, and the scenario goes on.
    soft: bool = False
    #: The Asterisk that it plays on.
    asterisk: str = AST1
    #: For `parallel`: the steps of each branch.
    branches: Mapping[str, tuple[PlannedStep, ...]] = MappingProxyType({})
    #: The `use` that brought it here, and the one that brought that.
    used_by: tuple[Place, ...] = ()

    @property
    def where(self) -> str:
        """Its place, and that of whoever uses the file it stands in."""
        return ", used by ".join(map(str, (self.place, *self.used_by)))

    @property
    def written(self) -> str:
        """The step as a file would have it, with its Asterisk unless that is the first."""
        return self.step.describe() + (f"\non: {self.asterisk}" if self.asterisk != AST1 else "")

    def all(self) -> Iterator[PlannedStep]:
        """Itself, and the steps of its branches."""
        yield self
        for branch in self.branches.values():
            for planned in branch:
                yield from planned.all()


class Word(NamedTuple):
    """A key or a text of a file, for messages that point at it."""

    place: Place
    #: How many characters it has there.
    length: int


class SoughtField(NamedTuple):
    """A field that a step looks at in an event."""

    #: The way to it, key by key (`arievents.ITEMS` for the items of a list); for AMI the one name of a header.
    path: tuple[str, ...]
    at: Word
    #: Whether it is the step's `channel` that looks there.
    by_channel: bool = False


class SoughtEvent(NamedTuple):
    """An event that a step looks for."""

    of_ari: bool
    name: str
    at: Word
    fields: tuple[SoughtField, ...]
    #: As in PlannedStep.
    used_by: tuple[Place, ...] = ()
    #: The ranges of its scenario.
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of a test's `dependencies`: what it needs to run at all."""

    #: What kind of thing is needed, as in the file: 'asterisk' (a module), 'program' ...; see `suite.dependencies`.
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
    #: The one for which it has to fail; None for a scenario that has to pass.
    known_bug: KnownBug | None = None
    #: As those of a `Test`, besides which they hold.
    versions: tuple[str, ...] = ()

    @property
    def deadly(self) -> bool:
        """Whether its Asterisk has to die in it."""
        return self.known_bug is not None and self.known_bug.crash

    @property
    def group(self) -> str:
        """What it is called in the file: `Babs` for the row `Babs[ulaw]` of its cases."""
        return self.name.partition("[")[0]


@dataclass(frozen=True, slots=True)
class Test:
    """One directory with a test-config.yaml: scenarios that share its Asterisks and their configuration."""

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
    #: Seconds for all the scenarios together, without the boot of their Asterisk; None for no such limit.
    timeout: float | None = None
    #: Ranges of Asterisk's versions such as `>=20.15,<21`, one of which must hold; empty for any version.
    versions: tuple[str, ...] = ()
    #: What it calls its Asterisks: ast1, ast2 …
    asterisks: tuple[str, ...] = (AST1,)
    #: Names of the ports that its templates and steps ask for, `${port.NAME}`.
    ports: tuple[str, ...] = ()
    #: What its steps look for, those of all scenarios of its file.
    sought: tuple[SoughtEvent, ...] = ()
