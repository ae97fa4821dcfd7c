"""The connections that Asterisk opens to a server of ours, each a protocol of Twisted's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone

from callgate.ari import codec
from callgate.ari.observer import AriObserver
from callgate.ari.websocket import ABNORMAL_CLOSURE, EventSocket, SocketEnd

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class IncomingSocket(EventSocket):
    """A WebSocket that Asterisk asks for; `answer` gives the status to refuse it with, or None to accept it."""

    def __init__(self, name: str, observer: AriObserver, answer: Callable[[codec.Requested], int | None]) -> None:
        self._server_side = codec.ServerCodec()
        super().__init__(name, self._server_side, observer)
        self._answer = answer

    def _take(self, event: codec.Event) -> None:
        if not isinstance(event, codec.Requested):
            super()._take(event)
            return
        status = self._answer(event)
        if status is None:
            self.transport.write(self._server_side.accept())
            self._open()
        else:
            self._end = SocketEnd(clean=False, code=ABNORMAL_CLOSURE, what=f"refused with {status}")
            self.transport.write(self._server_side.reject(status))
            self.transport.loseConnection()


class Unanswered(Protocol):
    """A connection on which nothing is ever said; `made` and `lost` are told of its beginning and its end."""

    transport: ITCPTransport

    def __init__(self, made: Callable[[Unanswered], None], lost: Callable[[Unanswered], None]) -> None:
        self._made = made
        self._lost = lost

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Tell."""
        self._made(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802, ARG002 - Twisted's names
        """Tell."""
        self._lost(self)
