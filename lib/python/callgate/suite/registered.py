"""The static check for ARI events of an application that no client of the scenario registers: none can come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.applications import Register
from callgate.suite.diagnostics import did_you_mean, listed, quoted
from callgate.suite.sought import FIELDS, events_of
from callgate.suite.steps import ReadStep
from callgate.suite.yamltree import Map, Scalar

#: The field of every ARI event that names the application it is sent to (rest-api/api-docs/events.json, Event).
_APPLICATION = "application"


def check_registered(steps: Sequence[tuple[ReadStep, PlannedStep]]) -> None:
    """Note each such event: an `expect` of it could never pass, a `never` or `count` of it never fail.

    The whole scenario counts, whatever its order, as a `never` may well stand before its `register`.
    """
    clients = {planned.step.client: planned.step.apps for _, planned in steps if isinstance(planned.step, Register)}
    # What Asterisk's configuration lets come over a WebSocket that it opens is not known here.
    others = any(planned.step.registers and not isinstance(planned.step, Register) for _, planned in steps)
    anywhere = None if others else tuple(dict.fromkeys(app for apps in clients.values() for app in apps))
    for read, planned in steps:
        if not planned.step.ari_events:
            continue
        for node, event in events_of(read):
            apps = clients.get(event.client) if event.client else anywhere
            if event.ari is None or not apps or any("${" in app for app in apps):
                continue
            for named in _named(node):
                if named.value not in apps:
                    _note(read, named, event.client, apps)


def _named(event: Map) -> Iterator[Scalar]:
    """Yield the applications of which an event has to be, where that is plain text."""
    for key in FIELDS:
        _, fields = event.entries.get(key, (None, None))
        _, value = fields.entries.get(_APPLICATION, (None, None)) if isinstance(fields, Map) else (None, None)
        if isinstance(value, Scalar) and value.value != "absent" and value.value[:1] != "~" and "${" not in value.value:
            yield value


def _note(step: ReadStep, named: Scalar, client: str | None, apps: Collection[str]) -> None:
    who = f"{client} does not register" if client else "no client of the scenario registers"
    hint = did_you_mean(named.value, apps) or f"registered: {listed(apps)}"
    step.scope.source.error(named.line, named.column, f"{who} the application {quoted(named.value)}", hint=hint,
                            length=named.length)
