"""One event of ARI that comes several times: Asterisk sends it to each application that is subscribed to it.

The messages differ in `application` alone: the time is that of the event (res/stasis/app.c). Two events that are the
same to the millisecond, such as two digits, come twice over the *same* application.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from callgate.scenario.journal import Entry, Source

#: The field that tells to which application a message was sent (res/ari/ari_websockets.c sets it).
APPLICATION = "application"


def are_twins(one: Entry, other: Entry) -> bool:
    """Whether it is the same event, sent to two applications."""
    if one.source is not Source.ARI or other.source is not Source.ARI:
        return False
    return _application(one) != _application(other) and _event(one) == _event(other)


class EventCounter:
    """Counts events, however many messages told of each: the most that one application was sent."""

    def __init__(self) -> None:
        self._sent: Counter[tuple[str, Any]] = Counter()
        self._most: Counter[str] = Counter()

    def is_new(self, entry: Entry) -> bool:
        """Whether an entry tells of an event that none before it has told of; each entry is to be shown once."""
        if entry.source is not Source.ARI:
            return True
        event = json.dumps(_event(entry), sort_keys=True)
        sent = event, _application(entry)
        self._sent[sent] += 1
        if self._sent[sent] <= self._most[event]:
            return False
        self._most[event] = self._sent[sent]
        return True


def _application(entry: Entry) -> Any:
    return entry.data.get(APPLICATION)


def _event(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.data.items() if name != APPLICATION}
