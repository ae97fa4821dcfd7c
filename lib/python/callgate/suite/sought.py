"""The events that steps look for, with the places of their names and fields: to be held against what a build knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callgate.asterisk.arievents import ITEMS
from callgate.scenario.expected import OPERATORS
from callgate.scenario.model import SoughtEvent, SoughtField, Word
from callgate.scenario.steps.events import Event
from callgate.suite.diagnostics import Source
from callgate.suite.scope import Scope
from callgate.suite.steps import ReadStep, every
from callgate.suite.yamltree import List, Map, Node, Scalar

#: Where the channel of an event is looked for (scenario/journal.py, channel_id).
_CHANNEL = {False: ("Uniqueid",), True: ("channel", "id")}
#: The keys of a step that hold fields of the event.
FIELDS = ("fields", "where")
#: Operators whose operand is a value of the same field, or a list of such values.
_ABOUT_THE_SAME = ("any", "not", "is")


def sought_by(steps: Iterable[ReadStep], versions: tuple[str, ...] = ()) -> Iterator[SoughtEvent]:
    """Yield each event that the steps look for; one whose name holds `${` is known only when it is played.

    `versions` are those of the scenario.
    """
    for step in every(steps):
        for node, event in events_of(step):
            yield from _event(node, event, step.scope, versions)


def events_of(step: ReadStep) -> Iterator[tuple[Map, Event]]:
    """Yield each event that one step looks for, with the node that describes it."""
    if step.planned is None or step.keyword is None or not isinstance(step.node, Map):
        return
    for where, event in step.planned.step.sought():
        node = _below(step.node.entries[step.keyword.value][1], where)
        if isinstance(node, Map):
            yield node, event


def _below(node: Node, where: Iterable[str | int]) -> Node | None:
    """Follow the way to an event; the first key is left out where the step is written in its short form."""
    for part in where:
        if isinstance(node, Map) and isinstance(part, str) and part in node.entries:
            node = node.entries[part][1]
        elif isinstance(node, List) and isinstance(part, int):
            node = node.items[part]
        elif not isinstance(node, List):
            return None
    return node


def _event(node: Map, event: Event, scope: Scope, versions: tuple[str, ...]) -> Iterator[SoughtEvent]:
    of_ari = event.ari is not None
    _, name = node.entries["ari" if of_ari else "ami"]
    if not isinstance(name, Scalar) or "${" in name.value:
        return
    fields = [(path, key) for key, value in _entries(node) for path, key in _fields(key, value, of_ari)]
    yield SoughtEvent(of_ari, name.value, _word(name, scope.source), tuple(
        SoughtField(path, _word(key, scope.source), by_channel=key.value == "channel" and path == _CHANNEL[of_ari])
        for path, key in fields), scope.used_by, versions)


def _fields(key: Scalar, value: Node, of_ari: bool) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Yield the fields that one key of a step looks at, each with the way to it and the key that names it."""
    if key.value == "channel":
        yield _CHANNEL[of_ari], key
    elif key.value[:1].isupper():
        yield (key.value,), key
    elif key.value in FIELDS:
        for name, below in _entries(value):
            path = tuple(name.value.split(".")) if of_ari else (name.value,)
            yield path, name
            if of_ari:
                yield from _nested(below, path)


def _nested(value: Node, path: tuple[str, ...], *, literal: bool = False) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Yield the fields inside of what a field is expected to be; `literal` where nothing is a matcher."""
    if isinstance(value, List):
        for item in value.items:
            yield from _nested(item, (*path, ITEMS), literal=literal)
    for key, below in _entries(value):
        if literal or key.value not in OPERATORS:
            yield (*path, key.value), key
            yield from _nested(below, (*path, key.value), literal=literal)
        elif key.value in _ABOUT_THE_SAME:
            alternatives = below.items if key.value == "any" and isinstance(below, List) else [below]
            for one in alternatives:
                yield from _nested(one, path, literal=key.value == "is")


def _entries(node: Node) -> Iterable[tuple[Scalar, Node]]:
    return node.entries.values() if isinstance(node, Map) else ()


def _word(scalar: Scalar, source: Source) -> Word:
    return Word(source.place(scalar.line, scalar.column), scalar.length)
