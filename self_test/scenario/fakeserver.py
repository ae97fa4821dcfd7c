"""A server to which no Asterisk comes but in a test's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from callgate.ari.reception import Manner, Reception

if TYPE_CHECKING:
    from self_test.scenario.fakesocket import FakeSocket

#: What Asterisk logs of a WebSocket that it has opened and lost.
RECONNECTING = "ari/ari_websockets.c: x: Websocket disconnected.  Reconnecting"


def given_up(port: int) -> str:
    """What it logs when it tries no more to open one for a call."""
    return (f"res_websocket_client.c: x: Websocket connection to ws://127.0.0.1:{port}/x failed after 2 tries: Client "
            "start error.  Hanging up after exhausting retries.")


class FakeServer:
    """As `Server`; tests call `open` and `turn_away`."""

    def __init__(self, name: str, port: int, reception: Reception, opened: Callable[[bool], FakeSocket]) -> None:
        self.name, self.port, self.reception = name, port, reception
        self._opened = opened
        self._met: Deferred[None] = Deferred()
        self.listens = True
        self.has_met = False
        self.problem = ""
        #: Connections that are open and will not be answered.
        self.unanswered = 0

    @property
    def accepts(self) -> bool:
        """As `Server.accepts`."""
        return self.reception.manner is Manner.ACCEPT

    async def met(self) -> None:
        """As `Server.met`."""
        await self._met

    async def stop(self) -> int:
        """As `Server.stop`."""
        self.listens = False
        return self.unanswered

    def open(self, *, says_so: bool = True) -> FakeSocket:
        """Asterisk opens its WebSocket, and logs that unless it does not say so."""
        self.listens, self.has_met = False, True
        socket = self._opened(says_so)
        self._met.callback(None)
        return socket

    def turn_away(self, problem: str = "") -> None:
        """Somebody comes who is not accepted: as it should be, unless that is a problem."""
        self.has_met, self.problem = not problem, problem
        self._met.callback(None)
