"""What the language has no word for: how Asterisk asks a proxy, and through it for a WebSocket."""

from __future__ import annotations

from typing import Annotated, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol

from callgate.own import Expected, Field, StepContext


async def asked_through(context: StepContext, *, port: Annotated[str, Field(description="where the proxy listens")],
                        proxy: Annotated[Expected, Field(description="its first line, `request`, and its headers")],
                        server: Annotated[Expected, Field(description="likewise, of what follows")]) -> None:
    """Be the proxy that Asterisk asks for a tunnel, and its other end, which refuses the WebSocket."""
    taken = _Proxy(int(port))
    try:
        context.compare("Asterisk asked the proxy", proxy, await taken.request())
        taken.answer(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context.compare("Asterisk asked the server", server, await taken.request())
        taken.answer(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    finally:
        await taken.end()


class _Proxy(Factory):
    """Takes one connection, on a port of 127.0.0.1."""

    noisy = False

    def __init__(self, port: int) -> None:
        from twisted.internet import reactor

        given: Any = reactor
        self._taken: _Connection | None = None
        self.asked: Deferred[bytes] = Deferred()
        self._port = given.listenTCP(port, self, interface="127.0.0.1")

    def buildProtocol(self, addr: object) -> Protocol | None:  # noqa: N802, ARG002 - Twisted's names
        if self._taken:
            return None
        self._taken = _Connection(self)
        return self._taken

    async def request(self) -> dict[str, str]:
        """Its next request, by its headers."""
        lines = (await self.asked).decode().split("\r\n")
        self.asked = Deferred()
        return {"request": lines[0]} | dict(line.split(": ", 1) for line in lines[1:])

    def answer(self, data: bytes) -> None:
        assert self._taken
        self._taken.transport.write(data)

    async def end(self) -> None:
        if self._taken:
            self._taken.transport.loseConnection()
        await self._port.stopListening()


class _Connection(Protocol):
    transport: Any

    def __init__(self, proxy: _Proxy) -> None:
        self._proxy = proxy
        self._data = b""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._data += data
        request, end, rest = self._data.partition(b"\r\n\r\n")
        if end:
            self._data = rest
            self._proxy.asked.callback(request)
