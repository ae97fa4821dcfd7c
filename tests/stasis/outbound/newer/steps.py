"""What the language has no word for: how Asterisk asks a proxy, and through it for a WebSocket."""

from __future__ import annotations

from typing import Annotated, Any

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from callgate.own import Expected, Field, StepContext

#: Seconds between two looks.
_MOMENT = 0.005


async def asked_through(context: StepContext, *, port: Annotated[str, Field(description="where the proxy listens")],
                        proxy: Annotated[Expected, Field(description="its first line, `request`, and its headers")],
                        server: Annotated[Expected, Field(description="likewise, of what follows")]) -> None:
    """Be the proxy that Asterisk asks for a tunnel, and its other end, which refuses the WebSocket."""
    taken = _Proxy(int(port))
    try:
        context.compare("Asterisk asked the proxy", proxy, await taken.request(context))
        taken.answer(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context.compare("Asterisk asked the server", server, await taken.request(context))
        taken.answer(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    finally:
        await taken.end()


class _Proxy(Factory):
    """Takes one connection, on a port of 127.0.0.1."""

    noisy = False

    def __init__(self, port: int) -> None:
        from twisted.internet import reactor

        given: Any = reactor
        self._reactor = given
        self._taken: _Connection | None = None
        self._port = given.listenTCP(port, self, interface="127.0.0.1")

    def buildProtocol(self, addr: object) -> Protocol | None:  # noqa: N802, ARG002 - Twisted's names
        if self._taken:
            return None
        self._taken = _Connection()
        return self._taken

    async def request(self, context: StepContext) -> dict[str, str]:
        """Its next request, by its headers."""
        for _ in range(int(context.timeout / _MOMENT)):
            if self._taken and b"\r\n\r\n" in self._taken.data:
                break
            await deferLater(self._reactor, _MOMENT)
        else:
            context.fail("Asterisk has not asked for anything more")
        assert self._taken
        request, _, self._taken.data = self._taken.data.partition(b"\r\n\r\n")
        lines = request.decode().split("\r\n")
        return {"request": lines[0]} | dict(line.split(": ", 1) for line in lines[1:])

    def answer(self, data: bytes) -> None:
        """Send it back."""
        assert self._taken
        self._taken.transport.write(data)

    async def end(self) -> None:
        """End the connection, and listen no more."""
        if self._taken:
            self._taken.transport.loseConnection()
        await self._port.stopListening()


class _Connection(Protocol):
    transport: Any

    def __init__(self) -> None:
        self.data = b""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.data += data
