"""What tests look for, held against what a build knows: an event or a field that it can't send is a mistake.

Such a step could never pass, or, if it says what must not come, never fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callgate.asterisk.knowledge import Knowledge, Unknown
from callgate.scenario.model import SoughtEvent, SoughtField, Word
from callgate.suite.diagnostics import Diagnostic, did_you_mean, quoted

#: With no more fields than this, a message can name them all.
_FEW = 12


def unknown_events(sought: Iterable[SoughtEvent], knowledge: Knowledge, there: str) -> list[Diagnostic]:
    """Every event and field that is looked for and the build can't send; messages call the build `there`."""
    return [_diagnostic(at, f"{there}{what}{_used(event)}", hint)
            for event in sought for at, what, hint in _judge(event, knowledge)]


def _diagnostic(at: Word, message: str, hint: str | None) -> Diagnostic:
    place = at.place
    return Diagnostic(place.path, place.line, place.column, message, hint, at.length, place.text)


def _used(event: SoughtEvent) -> str:
    """Who uses the file that the event stands in, for a message."""
    return f" ({', '.join(f'used at {place}' for place in event.used_by)})" if event.used_by else ""


def _judge(event: SoughtEvent, knowledge: Knowledge) -> Iterator[tuple[Word, str, str | None]]:
    """What is wrong with an event: with its name, or else with its fields."""
    unknown = knowledge.event_of_ari(event.name) if event.of_ari else knowledge.event_of_ami(event.name)
    if unknown is not None:
        yield event.at, *_no_event(event, unknown)
        return
    for field in event.fields:
        lacks = knowledge.field(event.name, field.path) if event.of_ari else knowledge.header(event.name, field.path[0])
        if lacks is not None:
            yield field.at, *_no_field(event, field, lacks)


def _no_event(event: SoughtEvent, unknown: Unknown) -> tuple[str, str | None]:
    own, other = ("ARI", "AMI") if event.of_ari else ("AMI", "ARI")
    what = f" has no {own} event {quoted(event.name)}"
    if unknown.elsewhere:
        return what, f"it is one of {other}: write '{other.lower()}: {event.name}'"
    return what, did_you_mean(event.name, unknown.known)


def _no_field(event: SoughtEvent, field: SoughtField, unknown: Unknown) -> tuple[str, str | None]:
    what = f": {event.name} has no {'field' if event.of_ari else 'header'} {quoted(unknown.name)}"
    if field.by_channel:
        return f"{what}, by which 'channel' picks it", "pick it by another field"
    if not unknown.known:
        return what, f"{quoted(unknown.name.rpartition('.')[0])} has no fields"
    hint = did_you_mean(unknown.name, unknown.known)
    return what, hint or (f"known: {', '.join(unknown.known)}" if len(unknown.known) <= _FEW else None)
