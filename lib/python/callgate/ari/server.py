"""A WebSocket server that Asterisk connects to, and what it does with those who come.

For Asterisk's outbound WebSockets (websocket_client.conf, and `type = outbound_websocket` in ari.conf), which it has
from 20.15, 21.10 and 22.5 on. A server takes one WebSocket, and then listens no more: Asterisk opens a persistent one
again as soon as it is lost, so there would be no telling which of them a scenario means. The next is another server's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from callgate.ari import codec
from callgate.ari.incoming import IncomingSocket, Unanswered
from callgate.ari.observer import AriObserver
from callgate.ari.reception import Manner, Reception
from callgate.ari.websocket import EventSocket
from callgate.errors import CallgateError, MachineError

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort

_LOCALHOST = "127.0.0.1"


class Server(Factory):
    """Listens on one port of 127.0.0.1 until it has accepted a WebSocket, or is stopped."""

    noisy = False

    def __init__(self, reactor: Any, name: str, port: int, reception: Reception, observer: AriObserver,
                 opened: Callable[[EventSocket], None]) -> None:
        """`name` is what the journal calls it and its WebSocket; `opened` is called with that as soon as it is open."""
        self.name = name
        self.port = port
        self._reactor = reactor
        self._reception = reception
        self._observer = observer
        self._opened = opened
        self._listening: IListeningPort | None = None
        self._stopping: Deferred[None] | None = None
        self._met: Deferred[None] = Deferred()
        self._connections: set[IncomingSocket | Unanswered] = set()
        #: Whether somebody has come and was treated as it should be.
        self.has_met = False
        #: What was wrong with the last one who could not be.
        self.problem = ""

    @property
    def listens(self) -> bool:
        """Whether it waits for somebody, or for more of them."""
        return self._listening is not None

    @property
    def accepts(self) -> bool:
        """Whether it takes a WebSocket at all."""
        return self._reception.manner is Manner.ACCEPT

    def listen(self) -> None:
        """Begin. Raises MachineError when the port can't be listened on."""
        try:
            self._listening = self._reactor.listenTCP(self.port, self, interface=_LOCALHOST)
        except CannotListenError as error:
            raise MachineError(f"cannot listen on port {self.port} of {_LOCALHOST}: {error.socketError}") from error

    async def met(self) -> None:
        """Return when somebody has come and was treated as it should be, or could not be: see `problem`.

        To be awaited once.
        """
        await self._met

    async def stop(self) -> int:
        """Listen no more, and drop all connections; returns how many those were.

        A WebSocket that was accepted is its taker's to close.
        """
        self._stop_listening()
        dropped = tuple(self._connections)
        for connection in dropped:
            connection.transport.abortConnection()
        if self._stopping is not None:
            stopped: Deferred[None] = Deferred()
            self._stopping.addCallback(stopped.callback)
            await stopped
        return len(dropped)

    def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            self._stopping = listening.stopListening() or succeed(None)

    # What Twisted calls.

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:  # noqa: N802, ARG002 - Twisted's names
        """Receive one more; None drops it."""
        if self._reception.manner in (Manner.SILENT, Manner.DROP):
            return Unanswered(self._begun, self._connections.discard)
        if not self.listens or (self._reception.manner is Manner.ACCEPT and self._connections):
            return None  # one at a time, and one in all
        socket = IncomingSocket(self.name, self._observer, self._answer)
        self._connections.add(socket)
        Deferred.fromCoroutine(self._receive(socket))
        return socket

    # What becomes of those who come.

    def _begun(self, connection: Unanswered) -> None:
        self._connections.add(connection)
        drops = self._reception.manner is Manner.DROP
        self._observer.ari_socket(self.name, "dropped" if drops else "left without an answer")
        if drops:
            connection.transport.abortConnection()
        self._has_met()

    def _answer(self, request: codec.Requested) -> int | None:
        if self._reception.manner is Manner.REFUSE:
            self._has_met()
            return self._reception.status
        status, self.problem = self._reception.objection(request) or (None, "")
        return status

    async def _receive(self, socket: IncomingSocket) -> None:
        try:
            await socket.opened()
        except CallgateError as error:
            self.problem = self.problem or str(error)
        else:
            self._opened(socket)
            self._stop_listening()
            self._has_met()
        finally:
            self._connections.discard(socket)
        if not self._met.called:
            self._met.callback(None)

    def _has_met(self) -> None:
        self.has_met, self.problem = True, ""
        if not self._met.called:
            self._met.callback(None)
