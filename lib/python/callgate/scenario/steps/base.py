"""What every step is: a checked piece of data that knows how to play itself.

A step is a pydantic model, so that its fields are at once the validation of the YAML, the JSON Schema and
the reference. It knows nothing of YAML: a second dialect can build the same objects.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

if TYPE_CHECKING:
    from callgate.scenario.context import Context
    from callgate.scenario.steps.events import Event

#: Seconds for each unit a duration may be written in.
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
#: Seconds; nothing that a scenario waits for takes a week.
_LONGEST = 7 * 24 * 3600.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def parse_duration(text: object) -> object:
    """Seconds from `500ms`, `2s`, `1.5m` or `1h`; the unit must be written.

    Raises ValueError with a hint when there is no unit or the text is no duration at all.
    """
    if isinstance(text, int | float):
        return _bounded(float(text), text)
    found = _DURATION.fullmatch(str(text))
    if found is None:
        if re.fullmatch(r"\d+(\.\d+)?", str(text)):
            raise ValueError(f"'{text}' needs a unit: '{text}s' is seconds, '{text}ms' milliseconds")
        raise ValueError(f"'{text}' is no duration; write a number and a unit: 500ms, 2s, 1.5m, 1h")
    return _bounded(float(found[1]) * _UNITS[found[2]], text)


def _bounded(seconds: float, text: object) -> float:
    if not 0 < seconds <= _LONGEST:
        raise ValueError(f"'{str(text)[:20]}' is out of bounds: more than 0, and at most {_LONGEST / 3600:g}h")
    return seconds


def write_duration(seconds: float) -> str:
    """A duration as a file would have it, in the largest unit that keeps it whole."""
    for unit, length in reversed(_UNITS.items()):
        count = seconds / length
        if unit == "ms" or (count >= 1 and count == round(count)):
            return f"{count:g}{unit}"
    raise AssertionError("unreachable")


#: Seconds, written in a file with a unit.
Duration = Annotated[
    float, BeforeValidator(parse_duration), PlainSerializer(write_duration, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "title": "duration"}),
]

#: What `as:` may be: a name that `${name.field}` can refer to.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=40), Field(title="name")]

#: A text with something in it.
Text = Annotated[str, StringConstraints(min_length=1)]

#: Begins the name of a mark where names are defined and needed: marks have names of their own.
MARK = "mark:"

#: Stands for the schema of a step, which only `suite/` can give: the steps are not all known here.
STEP_MARK = "a step"
#: A step inside something else, not read yet.
AnyStep = Annotated[Any, WithJsonSchema({"$comment": STEP_MARK})]


class Family(enum.StrEnum):
    """What a step is about: a chapter of the reference, in this order."""

    APPLICATIONS = "Applications"
    NEW_CALLS = "New calls"
    CALLS = "Calls"
    MEDIA = "Media, bridges and variables"
    EVENTS = "What has to happen"
    GENERAL = "All of Asterisk"
    STRUCTURE = "Structure"


class Step(BaseModel):
    """One step of a scenario: `keyword: {field: value}` or, with a shorthand, `keyword: value`."""

    #: A model is built when it is first used: a run uses some of the steps, and to build them all takes 50 ms.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    #: The key that names this step in a file.
    keyword: ClassVar[str]
    #: Where the reference has it.
    family: ClassVar[Family]
    #: The field that a bare scalar (or list) fills: `hangup: call` is `hangup: {channel: call}`.
    shorthand: ClassVar[str | None] = None
    #: One working example, a list of steps in YAML: shown in the reference and by editors, and played by a live test.
    example: ClassVar[str] = ""
    #: More for the reference, in Markdown, below the table of fields.
    details: ClassVar[str] = ""

    @classmethod
    def short_key(cls) -> str | None:
        """The shorthand's field as a file spells it."""
        return None if cls.shorthand is None else cls.model_fields[cls.shorthand].alias or cls.shorthand

    # What a scenario can be checked for as a whole.

    @property
    def registers(self) -> bool:
        """Whether it registers an application."""
        return False

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return False

    @property
    def guards(self) -> bool:
        """Whether it watches, to the end of the steps, for something that must not happen."""
        return False

    @property
    def ari_events(self) -> tuple[tuple[str, str], ...]:
        """The events of ARI that it looks at: each with its type, and the client over which it is to come or ''."""
        return ()

    def sought(self) -> Sequence[tuple[tuple[str | int, ...], Event]]:
        """The events that it looks for, each with where it stands below the keyword."""
        return ()

    def defines(self) -> set[str]:
        """Names that later steps may use once this one has run (its `as:`)."""
        return set()

    def needs(self) -> set[str]:
        """Names that an earlier step must have defined, besides those in `${...}`."""
        return set()

    def listens(self) -> set[str]:
        """Names of ports of the run on which it listens: `${port.NAME}`, and `@{port.NAME}` in templates."""
        return set()

    async def run(self, context: Context) -> None:
        """Play the step; return when it holds.

        Raises StepFailedError where Asterisk disagrees, AsteriskCrashedError where it is gone.
        """
        raise NotImplementedError

    def describe(self) -> str:
        """One line for the console and the journal, as the step would be written in a file."""
        given = self.model_dump(exclude_unset=True, by_alias=True, mode="json")
        short = self.short_key()
        if short is not None and list(given) == [short]:
            return f"{self.keyword}: {_flow(given[short])}"
        if "as" in given:
            given["as"] = given.pop("as")  # last, where people write it
        return f"{self.keyword}: {_flow(given)}"


def _flow(value: Any) -> str:
    """A value in YAML's flow style, without the quotes that a reader does not need."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
