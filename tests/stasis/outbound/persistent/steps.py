"""What the language has no word for: how Asterisk asks for a WebSocket, and what it reads of one."""

from __future__ import annotations

import json
from typing import Annotated, Any

import wsproto
import wsproto.events as ws
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from callgate.own import Duration, Expected, Field, StepContext


async def asked(context: StepContext, *, port: Annotated[str, Field(description="where to listen")],
                request: Annotated[Expected, Field(description="its first line, `request`, and its headers")]) -> None:
    """Take Asterisk's request for a WebSocket, and refuse it."""
    server = _Server(int(port))
    lines = (await server.request(context)).decode().split("\r\n")
    server.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", end=True)
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    context.compare("Asterisk asked", request, {"request": lines[0]} | headers)


async def accepts_and_asks(context: StepContext, *, port: Annotated[str, Field(description="where to listen")],
                           uri: Annotated[str, Field(description="what to GET")],
                           within: Annotated[Duration, Field(description="how long the response may take")]) -> None:
    """Accept Asterisk's WebSocket and send a request, both at once; a response has to come."""
    server = _Server(int(port))
    socket = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    socket.receive_data(await server.request(context))
    asks = json.dumps({"type": "RESTRequest", "request_id": "first", "method": "GET", "uri": uri})
    server.write(socket.send(ws.AcceptConnection(subprotocol="ari")) + socket.send(ws.TextMessage(asks)))
    try:
        for _ in range(int(within / _MOMENT)):
            await _moment()
            socket.receive_data(server.read())
            if any(isinstance(event, ws.TextMessage) and "RESTResponse" in event.data for event in socket.events()):
                return
        context.fail("Asterisk has not answered", expected={"type": "RESTResponse"}, got={"type": "(none)"})
    finally:
        server.write(socket.send(ws.CloseConnection(1000)), end=True)


#: Seconds between two looks.
_MOMENT = 0.005


async def _moment() -> None:
    from twisted.internet import reactor

    await deferLater(reactor, _MOMENT)


class _Server(Factory):
    """Takes one connection, on a port of 127.0.0.1."""

    noisy = False

    def __init__(self, port: int) -> None:
        from twisted.internet import reactor

        given: Any = reactor
        self._taken: _Connection | None = None
        self._port = given.listenTCP(port, self, interface="127.0.0.1")

    def buildProtocol(self, addr: object) -> Protocol | None:  # noqa: N802, ARG002 - Twisted's names
        if self._taken:
            return None
        self._taken = _Connection()
        return self._taken

    async def request(self, context: StepContext) -> bytes:
        """Wait for the request, and listen no more."""
        try:
            for _ in range(int(context.timeout / _MOMENT)):
                if self._taken and b"\r\n\r\n" in self._taken.data:
                    break
                await _moment()
            else:
                context.fail("Asterisk has not asked for a WebSocket")
        finally:
            await self._port.stopListening()
        return self.read()

    def read(self) -> bytes:
        """What has come since."""
        assert self._taken
        data, self._taken.data = self._taken.data, b""
        return data

    def write(self, data: bytes, *, end: bool = False) -> None:
        """Send, and perhaps end the connection."""
        assert self._taken
        self._taken.transport.write(data)
        if end:
            self._taken.transport.loseConnection()


class _Connection(Protocol):
    transport: Any

    def __init__(self) -> None:
        self.data = b""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.data += data
