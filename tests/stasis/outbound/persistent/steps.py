"""What the language has no word for: how Asterisk asks for a WebSocket, and what it reads of one."""

from __future__ import annotations

import json
from typing import Annotated

import wsproto
import wsproto.events as ws

from callgate.own import Duration, Expected, Field, StepContext


async def asked(context: StepContext, *, port: Annotated[str, Field(description="where to listen")],
                request: Annotated[Expected, Field(description="its first line, `request`, and its headers")]) -> None:
    """Take Asterisk's request for a WebSocket, and refuse it."""
    connection = await context.accept(port)
    lines = (await connection.until(b"\r\n\r\n")).decode().split("\r\n")
    connection.say(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    context.compare("Asterisk asked", request, {"request": lines[0]} | headers)


async def accepts_and_asks(context: StepContext, *, port: Annotated[str, Field(description="where to listen")],
                           app: Annotated[str, Field(description="the application of that connection")],
                           within: Annotated[Duration, Field(description="how long the response may take")]) -> None:
    """Accept Asterisk's WebSocket and send a request, both at once; a response has to come.

    An event that waits for the WebSocket comes first: Asterisk sends it before it reads anything.
    """
    connection = await context.accept(port)
    socket = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    socket.receive_data(await connection.until(b"\r\n\r\n"))
    await context.ari("POST", "events", "user", "Waits", query={"application": app})
    asks = json.dumps({"type": "RESTRequest", "request_id": "first", "method": "GET", "uri": f"applications/{app}"})
    connection.say(socket.send(ws.AcceptConnection(subprotocol="ari")) + socket.send(ws.TextMessage(asks)))
    heard = ""
    try:
        while "RESTResponse" not in heard:
            data = await connection.more(within if "Waits" in heard else None)
            if not data:
                context.fail("Asterisk has closed the WebSocket")
            socket.receive_data(data)
            heard += "".join(event.data for event in socket.events() if isinstance(event, ws.TextMessage))
    finally:
        connection.say(socket.send(ws.CloseConnection(1000)))


async def tried_in_vain(context: StepContext, name: Annotated[str, Field(description="the connection")], *,
                        times: Annotated[int, Field(description="how often, from now on")]) -> None:
    """Wait until Asterisk has said so often that nobody serves a connection."""
    since = context.mark()
    for _ in range(times):
        since = (await context.log_line(f"{name}: Websocket connection to ", since=since)).after
