"""What the tests of ARI talk to: servers on 127.0.0.1 that do as they are told, and an observer that notes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import wsproto
from self_test.conftest import the_reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from wsproto import events as ws
from wsproto.connection import ConnectionState

from callgate.ari.observer import AriResponse, Query


class Notes:
    """An AriObserver that keeps everything, and wakes who waits for more."""

    def __init__(self) -> None:
        self.requests: list[tuple[int, str, str, Any, Any]] = []
        self.responses: list[tuple[int, AriResponse | str]] = []
        #: What each request went over.
        self.origins: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.sockets: list[tuple[str, str]] = []
        self.frames: list[tuple[str, str, bytes]] = []
        self._waiting: list[tuple[Callable[[dict[str, Any]], bool], Deferred[dict[str, Any]]]] = []

    def ari_request(self, number: int, method: str, path: str, query: Query, body: Any, over: str) -> None:
        self.origins.append(over)
        self.requests.append((number, method, path, dict(query), body))

    def ari_response(self, number: int, response: AriResponse | str, over: str) -> None:
        self.responses.append((number, response))

    def ari_event(self, name: str, event: dict[str, Any]) -> None:
        self.events.append(event)
        for waiting in list(self._waiting):
            if waiting[0](event):
                self._waiting.remove(waiting)
                waiting[1].callback(event)

    def ari_socket(self, name: str, what: str) -> None:
        self.sockets.append((name, what))

    def ari_frame(self, name: str, what: str, data: bytes) -> None:
        self.frames.append((name, what, data))

    async def event(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event that is wanted, whether it has come or is still to come."""
        for event in self.events:
            if wanted(event):
                return event
        deferred: Deferred[dict[str, Any]] = Deferred()
        self._waiting.append((wanted, deferred))
        return await deferred


class Peer(Protocol):
    """One connection of a server; `script` is called with every chunk that comes."""

    transport: ITCPTransport

    def __init__(self, script: Callable[[Peer, bytes], None]) -> None:
        self._script = script
        #: How the connection ended: the name of Twisted's exception.
        self.lost: Deferred[str] = Deferred()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._script(self, data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self.lost.callback(type(reason.value).__name__)


class Peers(Factory):
    """A server: all its connections follow one script."""

    noisy = False

    def __init__(self, script: Callable[[Peer, bytes], None]) -> None:
        self._script = script
        self.all: list[Peer] = []

    def buildProtocol(self, addr: object) -> Peer:  # noqa: N802 - Twisted's name
        self.all.append(Peer(self._script))
        return self.all[-1]


@asynccontextmanager
async def serving(factory: Any) -> AsyncIterator[int]:
    """The port that `factory` listens on, as long as the block runs."""
    port = the_reactor().listenTCP(0, factory, interface="127.0.0.1")
    try:
        yield port.getHost().port
    finally:
        await port.stopListening()
        for peer in getattr(factory, "all", []):
            if not peer.lost.called:
                peer.transport.abortConnection()
                await peer.lost


class WsScript:
    """Answers the handshake as Asterisk does, sends `frames` at once, and follows the protocol.

    `answer` gives the frames that follow a text message, the text in hand.
    """

    def __init__(self, *frames: ws.Event, answers_close: bool = True,
                 answer: Callable[[str], list[ws.Event]] | None = None) -> None:
        self.frames = frames
        self.answer = answer
        self.answers_close = answers_close
        self.received: list[ws.Event] = []
        self.request = b""
        self._connections: dict[Peer, wsproto.WSConnection] = {}

    def __call__(self, peer: Peer, data: bytes) -> None:
        if peer not in self._connections:
            self._connections[peer] = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
            self.request = data
        connection = self._connections[peer]
        connection.receive_data(data)
        for event in connection.events():
            self.received.append(event)
            if isinstance(event, ws.Request):
                peer.transport.write(connection.send(ws.AcceptConnection(subprotocol="ari")))
                for frame in self.frames:
                    peer.transport.write(connection.send(frame))
            elif isinstance(event, ws.TextMessage) and self.answer is not None:
                for frame in self.answer(event.data):
                    peer.transport.write(connection.send(frame))
            elif isinstance(event, ws.CloseConnection) and self.answers_close:
                if connection.state is ConnectionState.REMOTE_CLOSING:
                    peer.transport.write(connection.send(event.response()))
                peer.transport.loseConnection()
