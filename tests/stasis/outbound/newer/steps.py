"""What the language has no word for: how Asterisk asks a proxy, and through it for a WebSocket."""

from __future__ import annotations

from typing import Annotated

from callgate.own import Connection, Expected, Field, StepContext


async def asked_through(context: StepContext, *, port: Annotated[str, Field(description="where the proxy listens")],
                        proxy: Annotated[Expected, Field(description="its first line, `request`, and its headers")],
                        server: Annotated[Expected, Field(description="likewise, of what follows")]) -> None:
    """Be the proxy that Asterisk asks for a tunnel, and its other end, which refuses the WebSocket."""
    taken = await context.accept(port)
    context.compare("Asterisk asked the proxy", proxy, await _request(taken))
    taken.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
    context.compare("Asterisk asked the server", server, await _request(taken))
    taken.say(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")


async def _request(taken: Connection) -> dict[str, str]:
    """The next request, by its headers."""
    lines = (await taken.until(b"\r\n\r\n")).decode().split("\r\n")
    return {"request": lines[0]} | dict(line.split(": ", 1) for line in lines[1:] if line)
