"""What a scenario gives names to, and what it knows of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callgate.scenario.model import AST1

if TYPE_CHECKING:
    from callgate.ari.websocket import EventSocket

#: What follows the name of a Local channel in the name of its other half.
OTHER_HALF = ";2"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that the scenario originated, under the unique id that we gave it (law 3)."""

    name: str
    unique_id: str
    #: Where the journal stood when it was originated: nothing about it can be earlier.
    mark: int
    #: The Asterisk that it is in.
    asterisk: str = AST1


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge that the scenario created, under the unique id that we gave it."""

    name: str
    unique_id: str
    asterisk: str = AST1


@dataclass(frozen=True, slots=True)
class Client:
    """An ARI WebSocket that the scenario opened, or took as a server."""

    name: str
    #: The applications that it registered; none for one that Asterisk opened, whose configuration names them.
    apps: tuple[str, ...]
    socket: EventSocket
    asterisk: str = AST1
    #: Whether Asterisk opened it for one call, and will close it when that is over.
    for_a_call: bool = False
