"""Which event a step means, and what has to be true of it (law 2: a selector picks, a body asserts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callgate.durations import duration
from callgate.errors import MachineError
from callgate.scenario.expected import Regex
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source, channel_id, channel_variables, event_field, may_have
from callgate.scenario.matchers import ABSENT, Mismatch, as_text, compare
from callgate.scenario.repeats import compare_header

if TYPE_CHECKING:
    from callgate.scenario.named import Channel


@dataclass(frozen=True, slots=True)
class Pattern:
    """A selector (source, name, channel, client, where) and a body (fields, variables)."""

    source: Source
    #: The event's name: AMI's Event header, ARI's type.
    name: str
    channel: Channel | None = None
    #: More of the selector: fields that have to match for an event to be the one that is meant.
    where: Mapping[str, Any] = field(default_factory=dict)
    #: The body: fields of that event.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: The body: channel variables, as `channelvars` reports them.
    variables: Mapping[str, Any] = field(default_factory=dict)
    #: More of the selector: the client over whose WebSocket an ARI event comes; '' for any.
    client: str = ""

    def __str__(self) -> str:
        of = f" of {self.channel.name}" if self.channel else ""
        to = f" to {self.client}" if self.client else ""
        return f"{self.name}{of}{to}" + "".join(_with(name, value) for name, value in self.where.items())

    def in_full(self) -> str:
        """The same, with all that is asserted."""
        body = {**self.fields, **{f"variables.{name}": value for name, value in self.variables.items()}}
        return f"{self}" + "".join(_with(name, value) for name, value in body.items())

    def selects(self, entry: Entry) -> bool:
        """Whether this is the event that is meant."""
        return self.concerns(entry) and not self._differences(entry, self.where)

    def concerns(self, entry: Entry) -> bool:
        """Whether it is an event of that name and channel; AMI does not tell `Varset` from `VarSet`."""
        if entry.source is not self.source:
            return False
        if self.client and entry.origin != self.client:
            return False
        if entry.name != self.name and (self.source is Source.ARI or entry.name.lower() != self.name.lower()):
            return False
        return self.channel is None or channel_id(entry) == self.channel.unique_id

    def unknown_fields(self, entry: Entry) -> list[str]:
        """Which fields of the selector an event of this kind does not have: nothing can ever be picked by them."""
        return [name for name in self.where if not may_have(entry, name)]

    def mismatches(self, entry: Entry) -> list[Mismatch]:
        """What the body finds wrong with the event.

        Raises MachineError when variables are asserted and the event reports none, or not these: `channelvars` names
        every variable in every event, also those without a value, so the configuration is at fault.
        """
        found = self._differences(entry, self.fields)
        if not self.variables:
            return found
        reported = channel_variables(entry)
        missing = [name for name in self.variables if name not in (reported or {})]
        if reported is None or missing:
            file = "manager.conf" if self.source is Source.AMI else "ari.conf"
            what = "any channel variable" if reported is None else ", ".join(missing)
            raise MachineError(f"{self} does not report {what}: 'channelvars' is missing from [general] in {file}, "
                               f"or does not name {', '.join(missing)}")
        return found + compare(dict(self.variables), reported, "variables")

    @staticmethod
    def _differences(entry: Entry, wanted: Mapping[str, Any]) -> list[Mismatch]:
        found: list[Mismatch] = []
        for name, value in wanted.items():
            got = event_field(entry, name, ABSENT)
            found += compare_header(value, got, name) if entry.source is Source.AMI else compare(value, got, name)
        return found

    def failure(self, entry: Entry, mismatches: list[Mismatch], hint: str) -> StepFailedError:
        """The event came and is not as it should be."""
        return StepFailedError(
            f"{self} came at {duration(entry.at)}, with {'another value' if len(mismatches) == 1 else 'other values'}",
            expected=tuple((one.path, one.expected_text) for one in mismatches),
            got=tuple((one.path, one.got_text) for one in mismatches), entry=entry, hint=hint)


def _with(name: str, value: Any) -> str:
    return f" with {name} " + (f"matching /{value.expression}/" if isinstance(value, Regex) else as_text(value))
