"""What a build's own documentation says of its AMI events: `documentation/*-en_US.xml`, as main/xmldoc.c finds it.

The file that is installed is not expanded: a `<channel_snapshot prefix="Dest"/>` stands for the headers of a channel,
and an XInclude for those of another event. Only events that are asked for are parsed.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_FILES = ("documentation/*-en_US.xml", "documentation/thirdparty/*-en_US.xml")
_BEGIN, _END = re.compile(rb'<managerEvent\b[^>]*?\bname="([^"]+)"'), b"</managerEvent>"
#: Of XInclude. The element's prefix is cut off: what declares it is at the top of the file, which is not parsed.
_INCLUDE, _PREFIX = "include", b"xi:"
#: What an include in a syntax points at: a parameter of an event or action, or all of an event's.
_POINTER = re.compile(r"xpointer\(/?docs/(managerEvent|manager)\[@name='([^']+)'\]/.*?parameter"
                      r"(?:\[@name='([^']+)'\])?\)")
#: documentation/appdocsxml.xslt, the same in 16.28 and 22.11; main/manager_channels.c and manager_bridges.c.
_SNAPSHOTS = {
    "channel_snapshot": ("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName",
                         "ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode", "Context", "Exten",
                         "Priority", "Uniqueid", "Linkedid"),
    "bridge_snapshot": ("BridgeUniqueid", "BridgeType", "BridgeTechnology", "BridgeCreator", "BridgeName",
                        "BridgeNumChannels", "BridgeVideoSourceMode", "BridgeVideoSource"),
}


@dataclass(slots=True)
class AmiEvent:
    """One documented event."""

    #: Its headers, in the order of the documentation.
    headers: list[str] = field(default_factory=list)
    #: What may come before the name of a channel's or bridge's header, such as `Dest`; '' is not among them.
    prefixes: list[str] = field(default_factory=list)
    #: Whether the documentation says something of its headers that we do not understand.
    unclear: bool = False

    def take(self, other: AmiEvent) -> None:
        """Add what another one has."""
        self.headers += other.headers
        self.prefixes += other.prefixes
        self.unclear |= other.unclear


class AmiDocumentation:
    """The AMI events of one build. Names of events and headers are compared without regard to case, as AMI does."""

    def __init__(self, data_dir: Path) -> None:
        """`data_dir` is what asterisk.conf calls astdatadir; documentation that can't be read has no events."""
        self._data_dir = data_dir
        self._parsed: dict[str, AmiEvent] = {}

    @property
    def names(self) -> Iterable[str]:
        """All events; empty where nothing is known."""
        return (name for name, _ in self._texts.values())

    def event(self, name: str) -> AmiEvent | None:
        """An event; None for one that is not documented."""
        return self._event(name, ())

    def says(self, header: str) -> bool:
        """Whether any event is documented to have this header."""
        return header.lower() in self._all_headers

    def _event(self, name: str, above: tuple[str, ...]) -> AmiEvent | None:
        small = name.lower()
        if small not in self._texts or small in above:  # an event that includes itself adds nothing to itself
            return None
        if small not in self._parsed:
            self._parsed[small] = self._parse(self._texts[small][1], (*above, small))
        return self._parsed[small]

    @cached_property
    def _texts(self) -> dict[str, tuple[str, list[bytes]]]:
        """The XML of each event by its name in small letters, with its name; some events are documented twice."""
        found: dict[str, tuple[str, list[bytes]]] = {}
        for path in (path for pattern in _FILES for path in sorted(self._data_dir.glob(pattern))):
            text = _read(path)
            for event in _BEGIN.finditer(text):
                name = event[1].decode(errors="replace")
                end = text.find(_END, event.end()) + len(_END)
                found.setdefault(name.lower(), (name, []))[1].append(text[event.start():end])
        return found

    @cached_property
    def _all_headers(self) -> frozenset[str]:
        events = [event for name in self._texts if (event := self.event(name)) is not None]
        return frozenset(header.lower() for event in events for header in event.headers)

    def _parse(self, texts: list[bytes], above: tuple[str, ...]) -> AmiEvent:
        event = AmiEvent()
        for text in texts:
            try:
                # One element without a DTD, so there are no entities that could be made to grow.
                root = ET.fromstring(text.replace(_PREFIX, b""))  # noqa: S314 - see above
            except ET.ParseError:
                event.unclear = True
                continue
            for part in (part for syntax in root.iter("syntax") for part in syntax):
                event.take(self._part(part, above))
        return event

    def _part(self, part: ET.Element, above: tuple[str, ...]) -> AmiEvent:
        """What one element of a syntax adds."""
        if part.tag == "parameter":
            return AmiEvent([part.get("name", "")])
        if part.tag in _SNAPSHOTS:
            prefix = part.get("prefix", "")
            return AmiEvent([prefix + name for name in _SNAPSHOTS[part.tag]], [prefix] if prefix else [])
        pointer = _POINTER.match(part.get("xpointer", "")) if part.tag == _INCLUDE else None
        if pointer is None:
            return AmiEvent(unclear=True)
        if pointer[3]:
            return AmiEvent([pointer[3]])
        included = self._event(pointer[2], above) if pointer[1] == "managerEvent" else None
        return included or AmiEvent(unclear=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # Asterisk says so itself, if it matters to it
        return b""
