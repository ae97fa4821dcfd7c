"""What the language has no word for: how Asterisk asks for a WebSocket, and that it closes one."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Annotated, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from callgate.own import Duration, Expected, Field, KnownName, StepContext

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"   # RFC 6455, 1.3


async def closed(context: StepContext, server: KnownName) -> None:
    """Wait until Asterisk has closed the WebSocket of a server, in order."""
    from twisted.internet import reactor

    ends: list[str] = []
    while not ends:
        await deferLater(reactor, 0.005)
        ends = [entry.name for entry in context.journal()
                if entry.source == "ari-socket" and entry.origin == server and entry.name != "opened"]
    context.compare(f"the WebSocket of {server} ended", "closed: 1000", ends[0])


async def asked(context: StepContext, *, port: Annotated[str, Field(description="where to listen")],
                request: Annotated[Expected, Field(description="`request`, the line, and headers")]) -> None:
    """Listen for Asterisk's request for a WebSocket, and refuse it."""
    got = await _Server(int(port)).request(b"")
    context.compare("Asterisk asked", request, got)


async def answers_and_asks(context: StepContext, *, port: Annotated[str, Field(description="where to listen")],
                           uri: Annotated[str, Field(description="what to GET")],
                           within: Annotated[Duration, Field(description="how long the response may take")]) -> None:
    """Accept Asterisk's WebSocket, with a request in the same packet as the answer; a response has to come."""
    message = json.dumps({"type": "RESTRequest", "request_id": "first", "method": "GET", "uri": uri}).encode()
    server = _Server(int(port))
    try:
        await server.request(bytes([0x81, len(message)]) + message)
        if not await server.sent(b'"request_id":"first"', within):
            context.fail("no response to the request", expected={"request_id": "first"}, got={"request_id": "(none)"})
    finally:
        server.end()


class _Server(Factory):
    """Takes one connection, on a port of 127.0.0.1."""

    noisy = False

    def __init__(self, port: int) -> None:
        from twisted.internet import reactor

        self._reactor: Any = reactor
        self.first = b""
        self.taken: _Connection | None = None
        self.asked: Deferred[bytes] = Deferred()
        self._port = self._reactor.listenTCP(port, self, interface="127.0.0.1")

    def buildProtocol(self, addr: object) -> Protocol | None:  # noqa: N802, ARG002 - Twisted's names
        if self.taken is not None:
            return None
        self.taken = _Connection(self)
        return self.taken

    async def request(self, first: bytes) -> dict[str, str]:
        """The request, by its headers. It is accepted with what is to be sent first, or refused if that is nothing."""
        self.first = first
        try:
            lines = (await self.asked).decode().split("\r\n")
        finally:
            await self._port.stopListening()
        return {"request": lines[0]} | dict(line.split(": ", 1) for line in lines[1:])

    async def sent(self, what: bytes, within: float) -> bool:
        """Whether Asterisk sends this in time."""
        until = self._reactor.seconds() + within
        while self.taken is not None and what not in self.taken.data and self._reactor.seconds() < until:
            await deferLater(self._reactor, 0.005)
        return self.taken is not None and what in self.taken.data

    def end(self) -> None:
        if self.taken is not None and self.taken.transport is not None:
            self.taken.transport.abortConnection()


class _Connection(Protocol):
    transport: Any

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.data = b""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.data += data
        head, end, _ = self.data.partition(b"\r\n\r\n")
        if not end or self._server.asked.called:
            return
        if self._server.first:
            key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0].decode()
            accept = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()  # noqa: S324
            self.transport.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  f"Sec-WebSocket-Protocol: ari\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode()
                                 + self._server.first)
        else:
            self.transport.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            self.transport.loseConnection()
        self._server.asked.callback(head)
