"""Steps that say what must happen, and what must not: `expect`, `never`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from callgate.durations import duration
from callgate.scenario.failure import StepFailedError
from callgate.scenario.hints import did_you_mean, hint_for_missing, hint_for_wrong
from callgate.scenario.journal import Entry, Source, event_field, field_names
from callgate.scenario.matchers import Mismatch
from callgate.scenario.patterns import Pattern
from callgate.scenario.steps.base import Duration, Name, Step
from callgate.scenario.steps.calls import ChannelName
from callgate.scenario.timeline import format_entry

if TYPE_CHECKING:
    from callgate.scenario.context import Context


class EventStep(Step):
    """What `expect` and `never` share: one event of AMI or ARI.

    Headers of an AMI event may stand in the step itself: they are the keys that begin with a capital.
    """

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    #: The name of an AMI event, such as Hangup …
    ami: str | None = None
    #: … or the type of an ARI event, such as StasisStart.
    ari: str | None = None
    channel: ChannelName | None = None
    #: Fields of the event; for ARI a dotted path such as `channel.state`.
    fields: dict[str, Any] = Field(default_factory=dict)
    #: Channel variables, as `channelvars` reports them with the event.
    variables: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_event(self) -> EventStep:
        if self.ami is None and self.ari is None:
            raise ValueError("needs either 'ami' or 'ari'")
        if self.ami is not None and self.ari is not None:
            raise ValueError("takes 'ami' or 'ari', not both")
        return self

    @classmethod
    def extra_key_allowed(cls, key: str, given: Mapping[str, Any]) -> bool:
        """Whether a key that is no field of the step names a header of the event."""
        return "ami" in given and key[:1].isupper()

    @property
    def hears_ari(self) -> bool:
        """Whether it is about an ARI event."""
        return self.ari is not None

    @property
    def headers(self) -> dict[str, Any]:
        """The AMI headers that stand in the step itself."""
        return dict(self.model_extra or {})

    def needs(self) -> set[str]:
        """The channel, if one is named."""
        return {self.channel} if self.channel else set()

    def pattern(self, context: Context, *, where: Mapping[str, Any], fields: Mapping[str, Any],
                variables: Mapping[str, Any]) -> Pattern:
        """The pattern that these parts make."""
        source, name = (Source.AMI, self.ami) if self.ami is not None else (Source.ARI, self.ari)
        channel = context.channel(self.channel) if self.channel else None
        return Pattern(source, name or "", channel, where, fields, variables)


class Expect(EventStep):
    """One event has happened or will: the first that the selector picks, from the start of the scenario.

    `ami` or `ari`, `channel` and `where` pick it; headers, `fields` and `variables` assert. If the event picked is
    not as it should be the step fails at once. Only an event that is missing is waited for.
    """

    keyword: ClassVar[str] = "expect"
    awaits: ClassVar[bool] = True

    #: More of the selector: fields that tell this event from others of its name.
    where: dict[str, Any] = Field(default_factory=dict)
    within: Duration | None = None
    name: Name | None = Field(default=None, alias="as")

    def defines(self) -> set[str]:
        """The event, if it is given a name."""
        return {self.name} if self.name else set()

    async def run(self, context: Context) -> None:
        """Find the event or wait for it, then look at its body."""
        pattern = self.pattern(context, where=self.where, fields={**self.headers, **self.fields},
                               variables=self.variables)
        timeout = self.within or context.step_timeout
        entry = await context.wait_for(pattern.selects, timeout=timeout, channel=pattern.channel)
        if entry is None:
            raise self._missing(context, pattern)
        mismatches = pattern.mismatches(entry)
        if mismatches:
            raise pattern.failure(entry, mismatches, hint_for_wrong(pattern, entry, mismatches, context.journal))
        if self.name:
            context.capture(self.name, _as_mapping(entry))

    def _missing(self, context: Context, pattern: Pattern) -> StepFailedError:
        waited = f"no {pattern} by {duration(context.journal.elapsed())}"
        if pattern.channel and context.is_hung_up(pattern.channel) and pattern.name != "Hangup":
            waited += f", and {pattern.channel.name} is hung up"
        names = context.channel_names()
        same = [format_entry(entry, names).strip() for entry in context.journal.since()
                if entry.source is pattern.source and entry.name == pattern.name]
        got = tuple((f"other {pattern.name}", text) for text in same[-3:])
        return StepFailedError(waited, expected=(("event", str(pattern)),), got=got or (("event", "(none)"),),
                               hint=hint_for_missing(pattern, context.journal))


class Never(EventStep):
    """No such event from here to the end of the steps; with `channel`, from that channel's first moment.

    Everything in this step selects. The scenario fails as soon as the event comes, whatever else it waits for.
    `finally` and the clean-up are free to cause it.
    """

    keyword: ClassVar[str] = "never"
    guards: ClassVar[bool] = True

    async def run(self, context: Context) -> None:
        """Look at what has been, and keep watching."""
        pattern = self.pattern(context, where={**self.headers, **self.fields}, fields={}, variables=self.variables)

        planned = context.playing

        def check(entry: Entry) -> None:
            if not pattern.concerns(entry):
                return
            unknown = pattern.unknown_fields(entry)
            if unknown:
                raise StepFailedError(f"{entry.name} has no {', '.join(unknown)}: this 'never' could not fail",
                                      entry=entry, hint=did_you_mean(unknown[0], field_names(entry)), planned=planned)
            if pattern.selects(entry) and not _variables_differ(pattern, entry):
                raise StepFailedError(
                    f"{pattern} came at {duration(entry.at)}, and must not", entry=entry, planned=planned,
                    expected=(("event", f"never {pattern}"),),
                    got=(("event", format_entry(entry, context.channel_names()).strip()),))

        since = pattern.channel.mark if pattern.channel else context.journal.mark()
        context.guard(check, since=since)


def _variables_differ(pattern: Pattern, entry: Entry) -> list[Mismatch]:
    return pattern.mismatches(entry) if pattern.variables else []


def _as_mapping(entry: Entry) -> dict[str, Any]:
    """An event as `${name.field}` reads it; the first of repeated AMI headers."""
    if entry.source is Source.ARI:
        return dict(entry.data)
    values = {name: event_field(entry, name) for name, _ in entry.data}
    return {name: value[0] if isinstance(value, list) else value for name, value in values.items()}
