"""One event of AMI or ARI, as the steps that look for events write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from callgate.durations import duration
from callgate.scenario.expected import Expected, ExpectedVariable, refuse_mapping
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.hints import did_you_mean
from callgate.scenario.journal import Entry, Source, event_field, field_names
from callgate.scenario.patterns import Pattern
from callgate.scenario.steps.asking import ChannelName
from callgate.scenario.steps.base import MARK, Name, Step
from callgate.scenario.timeline import format_entry

if TYPE_CHECKING:
    from pydantic_core import InitErrorDetails

    from callgate.scenario.context import Context


class Event(BaseModel):
    """One event of AMI or ARI.

    Headers of an AMI event may stand beside the other keys: they are those that begin with a capital.
    """

    #: The schema says what `_one_event` and `extra_key_allowed` say.
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, defer_build=True, json_schema_extra={
        "additionalProperties": False, "patternProperties": {"^[A-Z]": {"description": "A header of the AMI event."}},
        "oneOf": [{"required": ["ami"]}, {"required": ["ari"], "propertyNames": {"pattern": "^[^A-Z]"}}]})

    __pydantic_extra__: dict[str, Expected] = Field(init=False)

    ami: str | None = Field(default=None, description="The name of an AMI event, such as `Hangup` …")
    ari: str | None = Field(default=None, description="… or the type of an ARI event, such as `StasisStart`.")
    channel: ChannelName | None = Field(
        default=None, description="The event's channel (AMI `Uniqueid`, ARI `channel.id`).")
    client: Name | None = Field(
        default=None, description="The client over whose WebSocket an ARI event comes (default: any).")
    fields: dict[str, Expected] = Field(
        default_factory=dict, min_length=1,
        description="Fields of the event: AMI headers, or dotted paths such as `channel.state` or `args.0` of ARI. AMI "
                    "headers, which begin with a capital, may also stand in the step itself.")
    variables: dict[str, ExpectedVariable] = Field(
        default_factory=dict, min_length=1,
        description="Channel variables that the event reports (`channelvars`); one that it does not report at all is "
                    "an environment error.")

    @model_validator(mode="after")
    def _one_event(self) -> Event:
        if self.ami is None and self.ari is None:
            raise ValueError("needs either 'ami' or 'ari'")
        if self.ami is not None and self.ari is not None:
            raise ValueError("takes 'ami' or 'ari', not both")
        if self.client is not None and self.ari is None:
            raise ValueError("has a 'client', over which only events of 'ari' come")
        return self

    @model_validator(mode="after")
    def _headers_are_texts(self) -> Event:
        """Refuse mappings where only texts come: in fields of AMI, each error with the place of its field."""
        if self.ami is None:
            return self
        # A key that is no field of this step, and so of any shape, is refused later.
        places: list[tuple[tuple[str, ...], Any]] = [((name,), value) for name, value in self.headers.items()
                                                     if name[:1].isupper()]
        # Not getattr: pydantic takes long to say that there is no such field, and there are many steps.
        places += [((key, name), value) for key in ("fields", "where")
                   for name, value in vars(self).get(key, {}).items()]
        errors: list[InitErrorDetails] = []
        for loc, value in places:
            try:
                refuse_mapping(value)
            except ValueError as error:
                errors.append({"type": "value_error", "loc": loc, "input": value, "ctx": {"error": error}})
        if errors:
            raise ValidationError.from_exception_data(type(self).__name__, errors)
        return self

    @classmethod
    def extra_key_allowed(cls, key: str, given: Mapping[str, Any]) -> bool:
        """Whether a key that is no field of the step names a header of the event."""
        return "ami" in given and key[:1].isupper()

    @property
    def ari_events(self) -> tuple[tuple[str, str], ...]:
        """The event, if it is one of ARI, and its client."""
        return () if self.ari is None else ((self.ari, self.client or ""),)

    @property
    def headers(self) -> dict[str, Any]:
        """The AMI headers that stand in the step itself."""
        return dict(self.model_extra or {})

    def needs(self) -> set[str]:
        """The channel and the client, if they are named."""
        return {name for name in (self.channel, self.client) if name}

    def pattern(self, context: Context, *, where: Mapping[str, Any], fields: Mapping[str, Any],
                variables: Mapping[str, Any]) -> Pattern:
        """The pattern that these parts make."""
        source, name = (Source.AMI, self.ami) if self.ami is not None else (Source.ARI, self.ari)
        channel = context.channel(self.channel) if self.channel else None
        return Pattern(source, name or "", channel, where, fields, variables, self.client or "")

    def selecting(self, context: Context) -> Pattern:
        """The pattern of a step in which everything selects; its variables are left to `is_meant`."""
        return self.pattern(context, where={**self.headers, **self.fields}, fields={}, variables=self.variables)


class PickedEvent(Event):
    """One event that a selector picks (`ami` or `ari`, `channel`, `client`, `where`); the rest asserts."""

    #: What to answer to keys that go one level up; `expect` itself has them.
    unsupported: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("within", "since", "ordered"), "is for all events together, and goes one level up")

    where: dict[str, Expected] = Field(default_factory=dict, min_length=1,
                                       description="Fields that tell this event from others of its name.")
    name: Name | None = Field(default=None, alias="as", description="A name for the event.")

    def defines(self) -> set[str]:
        """The event, if it is given a name."""
        return {self.name} if self.name else set()

    def picking(self, context: Context) -> Pattern:
        """The pattern of selector and body."""
        return self.pattern(context, where=self.where, fields={**self.headers, **self.fields},
                            variables=self.variables)

    def resolved(self, context: Context) -> PickedEvent:
        """The same with each `${name.field}` replaced, for an event below a step; the engine does it for a step."""
        return self.model_copy(update={name: context.resolve(value) for name, value in self})


#: What to answer to `where` in steps that have no body.
EVERYTHING_SELECTS = {"where": "goes with 'expect'; in this step everything selects, so write it under 'fields'"}


class EventStep(Event, Step):
    """What all steps have in common that look for one event, or for several of a kind."""

    model_config = Event.model_config  # and not that of Step, which allows no other keys

    since: Name | None = Field(
        default=None, description="A `mark`: look only at what has come after it.")

    @property
    def must_hear(self) -> bool:
        """Whether it could not fail if nothing were heard of ARI."""
        return False

    def hear(self, context: Context) -> Callable[[], None]:
        """Make sure of that until the function returned is called; raises as `Context.hear` does."""
        return context.hear(self.client or "") if self.must_hear else lambda: None

    def sought(self) -> Sequence[tuple[tuple[str | int, ...], Event]]:
        """The event, which stands right below the keyword."""
        return (((), self),)

    def needs(self) -> set[str]:
        """The channel, the client and the mark, if they are named."""
        return super().needs() | needed_mark(self.since)


def needed_mark(name: str | None) -> set[str]:
    """The mark as a name that must be defined."""
    return {MARK + name} if name else set()


def is_meant(pattern: Pattern, entry: Entry) -> bool:
    """Whether an event is selected, where the variables select as well.

    Raises MachineError when the event does not report them.
    """
    return pattern.selects(entry) and not pattern.mismatches(entry)


def insist_on_fields(pattern: Pattern, entry: Entry, step: str) -> None:
    """Raise MistakenStepError for an event of the kind that is meant, but without a field that selects.

    A step that counts, or that watches for what must not come, could not fail for want of such a field.
    """
    if not pattern.concerns(entry):
        return
    unknown = pattern.unknown_fields(entry)
    if unknown:
        raise MistakenStepError(f"{entry.name} has no {', '.join(unknown)}: this '{step}' could not fail", entry=entry,
                                hint=did_you_mean(unknown[0], field_names(entry)))


def came(entry: Entry, context: Context) -> str:
    """An event that came, in one line."""
    return format_entry(entry, context.channel_names()).strip()


def must_not(pattern: Pattern, entry: Entry, context: Context) -> StepFailedError:
    """The event came, and must not."""
    return StepFailedError(f"{pattern.in_full()} came at {duration(entry.at)}, and must not",
                           expected=(("event", f"never {pattern.in_full()}"),),
                           got=(("event", came(entry, context)),), entry=entry)


def as_mapping(entry: Entry) -> dict[str, Any]:
    """An event as `${name.field}` reads it; the first of repeated AMI headers."""
    if entry.source is Source.ARI:
        return dict(entry.data)
    values = {name: event_field(entry, name) for name, _ in entry.data}
    return {name: value[0] if isinstance(value, list) else value for name, value in values.items()}
