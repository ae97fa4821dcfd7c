"""The one ordered record of what was seen and done while a scenario played (law 1).

No reactor and no clock: whoever appends says where an entry comes from, and a function handed in tells the
time. Searching starts at an entry's number, so that nothing is lost because nobody was listening yet. Where several
Asterisks play, `of` gives the part of the journal that is about one of them; the numbers are those of the whole.
"""

from __future__ import annotations

import copy
import enum
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from callgate.ami.codec import Message, unescape
from callgate.paths import is_number, part_of
from callgate.scenario.loglines import LogLines

#: Stands for a field that is not there, where nothing of it leaves the module.
_NOWHERE = object()


class Source(enum.StrEnum):
    """Where an entry comes from."""

    #: An AMI event; `name` is the event, `data` its headers as [name, value] pairs.
    AMI = "ami"
    #: An AMI action of ours, and the response to it.
    AMI_ACTION = "ami-action"
    AMI_RESPONSE = "ami-response"
    #: The AMI connection is gone; `data` says why.
    AMI_LOST = "ami-lost"
    #: An ARI event; `name` is its type, `data` the event.
    ARI = "ari"
    #: An ARI request of ours, and the response to it.
    ARI_REQUEST = "ari-request"
    ARI_RESPONSE = "ari-response"
    #: What happened to a WebSocket of ours: opened, closed, lost.
    ARI_SOCKET = "ari-socket"
    #: Bytes that went over one as they stand (`sent`), or a control frame that came (`pong`).
    ARI_FRAME = "ari-frame"
    #: A line of Asterisk's own log, from NOTICE up; `name` is its level.
    LOG = "log"
    #: What happened to the process of an Asterisk.
    PROCESS = "process"
    #: What the runner did: a step begun, ended or failed; clean-up.
    STEP = "step"


class Entry(NamedTuple):
    """One thing seen or done. There are very many of them, and nothing frozen is made as fast as a tuple."""

    #: 0, 1, 2 … within the journal.
    number: int
    #: Seconds since the journal was begun.
    at: float
    source: Source
    #: What it is called: an event's name, a request's method and path, a step's keyword.
    name: str
    #: JSON data; its shape depends on the source.
    data: Any
    #: Which WebSocket, for ARI events and sockets, and for requests and responses over one; otherwise ''.
    origin: str = ""
    #: Which Asterisk it is about, where the test has several; otherwise ''.
    asterisk: str = ""

    def line(self) -> bytes:
        """The entry as one line of JSON, with its line break."""
        record: dict[str, Any] = {"n": self.number, "t": round(self.at, 6), "source": self.source, "name": self.name}
        if self.asterisk:
            record["asterisk"] = self.asterisk
        if self.origin:
            record["origin"] = self.origin
        record["data"] = self.data
        return _as_json(record) + b"\n"


def _as_json(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, default=str)
    except TypeError:  # half a character, as Asterisk may cut one, or a number of more than 64 bits
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
        return text.encode("utf-8", "backslashreplace")  # which happens to write lone surrogates as JSON does


class Journal:
    """Entries in the order in which they occurred; each is written, kept and shown to the watchers."""

    def __init__(self, now: Callable[[], float], write: Callable[[bytes], None] | None = None) -> None:
        """`now` gives seconds on any steady scale; `write` takes each entry's line as it occurs."""
        self._now = now
        self._begun = now()
        self._write = write
        self._entries: list[Entry] = []
        self._watchers: list[Callable[[Entry], None]] = []
        self._asterisk = ""
        self._logs = {"": LogLines()}

    def of(self, asterisk: str) -> Journal:
        """The entries about one Asterisk, those that were appended through this, and those about none.

        It shares everything with the whole journal, which `of("")` is.
        """
        if asterisk == self._asterisk:
            return self
        part = copy.copy(self)
        part._asterisk = asterisk
        self._logs.setdefault(asterisk, LogLines())
        return part

    @property
    def log(self) -> LogLines:
        """All that Asterisk logs, of which the journal has only what matters."""
        return self._logs[self._asterisk]

    def shows(self, entry: Entry) -> bool:
        """Whether an entry of the whole journal belongs to this part."""
        return not self._asterisk or entry.asterisk in ("", self._asterisk)

    def append(self, source: Source, name: str, data: Any = None, *, origin: str = "") -> Entry:
        """Record one more, now."""
        entry = Entry(len(self._entries), self.elapsed(), source, name, data, origin, self._asterisk)
        self._entries.append(entry)
        if self._write is not None:
            self._write(entry.line())
        for watcher in tuple(self._watchers):
            watcher(entry)
        return entry

    def elapsed(self) -> float:
        """Seconds since the journal was begun."""
        return self._now() - self._begun

    def mark(self) -> int:
        """The number that the next entry will have: a place to search from."""
        return len(self._entries)

    def since(self, mark: int = 0) -> Iterator[Entry]:
        """The entries from a mark on."""
        entries = self._entries[mark:]
        return filter(self.shows, entries) if self._asterisk else iter(entries)

    def last(self, count: int, before: int | None = None) -> list[Entry]:
        """The `count` entries that come before entry `before` (or before the end)."""
        earlier = list(filter(self.shows, self._entries[:before]))
        return earlier[max(0, len(earlier) - count):]

    def watch(self, watcher: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `watcher` with each entry to come; the function returned ends that."""
        def look_at_part(entry: Entry) -> None:
            if self.shows(entry):
                watcher(entry)

        look = look_at_part if self._asterisk else watcher
        self._watchers.append(look)

        def unwatch() -> None:
            if look in self._watchers:
                self._watchers.remove(look)

        return unwatch


def headers(entry: Entry, name: str) -> list[str]:
    """All values that an AMI entry has under a header; names are compared without regard to case."""
    wanted = name.lower()
    return [value for key, value in entry.data if key.lower() == wanted]


def event_field(entry: Entry, name: str, default: Any = None) -> Any:
    """A field of an AMI or ARI event: the header's value (all of them, if repeated), or a dotted path.

    In a path, items of lists are numbered: `args.0`. `default` where the event has no such field. AMI writes the Value
    of a VarSet with C escapes, which are undone.
    """
    if entry.source is Source.AMI:
        values = headers(entry, name)
        if entry.name == "VarSet" and name.lower() == "value":
            values = [unescape(value) for value in values]
        if not values:
            return default
        return values[0] if len(values) == 1 else values
    value: Any = entry.data
    for part in name.split("."):
        value = part_of(value, part, _NOWHERE)
        if value is _NOWHERE:
            return default
    return value


def may_have(entry: Entry, name: str) -> bool:
    """Whether another event of the same kind could have a field: this one does, or a list in it could be longer."""
    value: Any = entry.data
    for part in name.split(".") if entry.source is Source.ARI else ():
        if isinstance(value, list) and is_number(part) and int(part) >= len(value):
            return True
        value = part_of(value, part)
    return event_field(entry, name, _NOWHERE) is not _NOWHERE


def field_names(entry: Entry) -> list[str]:
    """The names of an event's fields, each once; of an ARI event, those at its top."""
    return list(entry.data) if entry.source is Source.ARI else list(dict.fromkeys(name for name, _ in entry.data))


def channel_id(entry: Entry) -> str | None:
    """The unique id of the channel that an event is about.

    AMI: the header Uniqueid. ARI: the field channel.id (the models' "channel"), with `playback` and the like
    left to their own fields.
    """
    value = event_field(entry, "Uniqueid" if entry.source is Source.AMI else "channel.id")
    return value if isinstance(value, str) else None


def channel_variables(entry: Entry) -> dict[str, str] | None:
    """The channel variables that an event reports because of `channelvars` in manager.conf or ari.conf.

    AMI sends one `ChanVariable: NAME=value` header a variable (main/manager_channels.c); ARI puts them into
    `channel.channelvars`. None where the event carries no such thing at all, which is not the same as a
    variable without a value.
    """
    if entry.source is Source.AMI:
        return Message(tuple((name, value) for name, value in entry.data)).variables()
    found = event_field(entry, "channel.channelvars")
    return dict(found) if isinstance(found, Mapping) else None
