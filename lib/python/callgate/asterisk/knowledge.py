"""Which events, and which of their fields, a build can't send: what a step looks for there would never be found.

The documentation comes with the build. That of ARI is complete. That of AMI is good but not complete, so what it
leaves out is not wrong for that: an event or a header is unknown only if no text of the program and its modules is
called so either. That leaves names that are real, but elsewhere (`Cause` in a Newchannel): there the documentation
decides, for those events of which it is known to be complete.

Measured on 16.28.0, 22.10.1 and 22.11.0-rc2: in the 7,500 AMI events and 4,300 ARI events of our own scenarios nothing
is refused. The source of 22.10.1 has some 25 AMI events that are not documented, such as TestEvent, and of the 75
documented ones that can be compared with their format strings, 6 have headers beyond their documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from callgate.asterisk.amievents import AmiDocumentation
from callgate.asterisk.arievents import ITEMS, AriDocumentation
from callgate.asterisk.build import Build
from callgate.asterisk.texts import Texts

#: Headers of any event (main/manager.c, ast_manager_event_multichan and the functions for lists), in small letters.
_ANYWHERE = frozenset({"event", "privilege", "timestamp", "sequencenumber", "file", "line", "func", "systemname",
                       "actionid", "chanvariable", "eventlist", "listitems"})
#: Events with headers of somebody's choice (apps/app_userevent.c).
_OPEN = frozenset({"userevent"})
#: Events that have no header beyond their documentation, by their code in 16.28, 22.10 and 22.11
#: (main/manager_channels.c, main/manager_bridges.c, main/core_local.c, main/stasis_channels.c); in small letters.
#: HangupRequest and SoftHangupRequest are not among them: their TechCause, in 22, is documented for Hangup alone.
_COMPLETE = frozenset({
    "bridgecreate", "bridgedestroy", "bridgeenter", "bridgeleave", "dialbegin", "dialend", "dialstate", "hangup",
    "localbridge", "newcallerid", "newchannel", "newconnectedline", "newexten", "newstate", "varset"})
#: Headers of all channels that the documentation of none of these events names (main/manager_channels.c of 22).
_BEYOND = frozenset({"tenantid"})
#: A header whose name has anything else is made of values: `Report0SourceSSRC`, `ChanVariable(Local/x@y-1;1)`.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z-]*")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that a build does not have."""

    #: An event, a header, or a dotted path up to the first part that is not there.
    name: str
    #: What there is in its place.
    known: Sequence[str]
    #: Whether the event is one of the other interface: of ARI for AMI, and of AMI for ARI.
    elsewhere: bool = False


class Knowledge:
    """What is known of the events of one build."""

    def __init__(self, build: Build) -> None:
        self._ami = AmiDocumentation(build.data_dir)
        self._ari = AriDocumentation(build.data_dir)
        self._texts = Texts(build)

    @property
    def of_ami(self) -> bool:
        """Whether the build documents AMI events at all."""
        return any(True for _ in self._ami.names)

    @property
    def of_ari(self) -> bool:
        """Whether the build documents ARI events at all; without `make install`'s rest-api/ it does not."""
        return any(True for _ in self._ari.names)

    def event_of_ami(self, name: str) -> Unknown | None:
        """What is wrong with the name of an AMI event, or None."""
        known, others = list(self._ami.names), list(self._ari.names)
        if not known or self._ami.event(name) is not None:
            return None
        if name in others:
            return Unknown(name, known, elsewhere=True)
        return None if self._texts.hold(name) else Unknown(name, known)

    def event_of_ari(self, name: str) -> Unknown | None:
        """What is wrong with the type of an ARI event, or None."""
        known = list(self._ari.names)
        if not known or name in known:
            return None
        if self._ami.event(name) is not None:
            return Unknown(name, known, elsewhere=True)
        return None if self._texts.hold(name) and not _alike(name, known) else Unknown(name, known)

    def header(self, event: str, name: str) -> Unknown | None:
        """What is wrong with a header that an AMI event is to have, or None."""
        found = self._ami.event(event)
        if found is None or found.unclear or event.lower() in _OPEN or not _PLAIN.fullmatch(name):
            return None
        if name.lower() in _ANYWHERE or _alike(name, found.headers):
            return None
        bare = _without(name, found.prefixes)
        told = event.lower() in _COMPLETE and self._ami.says(name) and _BEYOND.isdisjoint(map(str.lower, bare))
        return Unknown(name, found.headers) if told or not any(map(self._texts.hold, bare)) else None

    def field(self, event: str, path: Sequence[str]) -> Unknown | None:
        """What is wrong with a path of keys into an ARI event, or None; `ITEMS` stands for the items of a list."""
        lacks = self._ari.lacks(event, path)
        if lacks is None:
            return None
        index, known = lacks
        return Unknown(_dotted(path[:index + 1]), [_dotted([*path[:index], one]) for one in known])


def _alike(name: str, names: Sequence[str]) -> bool:
    """Whether it is one of the names, but for the case of its letters."""
    return name.lower() in {one.lower() for one in names}


def _without(name: str, prefixes: Sequence[str]) -> list[str]:
    """A header's name, and what is left of it without each prefix that it has."""
    return [name, *(name[len(one):] for one in prefixes if name.lower().startswith(one.lower()))]


def _dotted(path: Sequence[str]) -> str:
    return ".".join(part for part in path if part != ITEMS)
