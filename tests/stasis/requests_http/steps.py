"""Requests that no well-behaved client sends: byte for byte, as whoever one likes, over HTTP or a WebSocket."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, Request, TextMessage

from callgate.own import Connection, Expected, Field, StepContext

Port = Annotated[str, Field(description="the port of HTTP, `${ast1.http}`")]
User = Annotated[str, Field(description="`name:password`, sent as Basic; without it nobody")]


async def http(context: StepContext, *,
               request: Annotated[str, Field(description="method and path as they go over the wire, in Latin-1")],
               port: Port,
               user: User = "",
               headers: Annotated[dict[str, str] | None, Field(description="more headers")] = None,
               body: Annotated[str, Field(description="in Latin-1: \\xff is this one byte")] = "",
               fill: Annotated[str, Field(description="what @@ in path and body stands for, so often")] = "y 1",
               status: Annotated[int, Field(description="what must be answered")],
               expect: Annotated[Expected | None, Field(description="`headers`, in lower case, and `body`")] = None,
               ) -> None:
    """Send an HTTP request exactly as it is written, and read the answer."""
    sign, _, times = fill.partition(" ")
    method, _, target = request.replace("@@", sign * int(times)).partition(" ")
    payload = body.replace("@@", sign * int(times)).encode("latin-1")
    lines = {"Host": "127.0.0.1", "Connection": "close", **_credentials(user)}
    if payload:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(payload))}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | (headers or {})).items())
    context.note(f"{method} {target[:200]} as {user.partition(':')[0] or 'nobody'}")
    client = await _connected(context, port, f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + payload)
    answer = b""
    while not answer.startswith(b"HTTP/1.1 101") and (data := await client.more()):
        answer += data
    client.leave()
    if not answer:
        context.fail(f"no answer to {method} {target[:200]}")
    got, said = _read(answer)
    context.note(f"{got} {said['body']}")
    answered = f"{method} {target[:200]} was answered with {got}, {str(said['body'])[:200]}"
    context.compare(answered, str(status), str(got))
    if expect is not None:
        context.compare(answered, expect, said)


async def over_websocket(context: StepContext, *,
                         path: Annotated[str, Field(description="of the WebSocket, `/ari/events?app=Babs`")],
                         port: Port,
                         user: User = "",
                         method: str, uri: str,
                         status: Annotated[int, Field(description="what must be answered")]) -> None:
    """Open a WebSocket, send one request over it, and close it when the response has come."""
    socket = WSConnection(ConnectionType.CLIENT)
    extra = [(name.encode(), value.encode()) for name, value in _credentials(user).items()]
    client = await _connected(context, port, socket.send(
        Request(host="127.0.0.1", target=path, subprotocols=["ari"], extra_headers=extra)))
    message = json.dumps({"type": "RESTRequest", "request_id": "1", "method": method, "uri": uri})
    text = ""
    try:
        while data := await client.more():
            socket.receive_data(data)
            for event in socket.events():
                if isinstance(event, RejectConnection):
                    context.fail(f"no WebSocket: HTTP status {event.status_code}")
                if isinstance(event, AcceptConnection):
                    client.say(socket.send(TextMessage(data=message)))
                if isinstance(event, TextMessage):
                    text += event.data
                if isinstance(event, TextMessage) and event.message_finished:
                    came, text = json.loads(text), ""
                    if came["type"] == "RESTResponse":
                        context.compare(f"{method} {uri} was answered", str(status), str(came["status_code"]))
                        return
        context.fail(f"no answer to {method} {uri}")
    finally:
        client.leave()


async def ami_login(context: StepContext, *,
                    port: Annotated[str, Field(description="the port of AMI, `${ast1.ami}`")],
                    user: User,
                    action: str,
                    headers: Annotated[dict[str, str], Field(description="of the action")],
                    expect: Annotated[str, Field(description="the message of the response")]) -> None:
    """Log in to AMI as somebody else, send one action, and log off."""
    name, _, secret = user.partition(":")
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    client = await _connected(context, port, (
        f"Action: Login\r\nUsername: {name}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
        f"Action: {action}\r\nActionID: it\r\n{lines}\r\nAction: Logoff\r\n\r\n").encode())
    answer = b""
    while data := await client.more():
        answer += data
    for block in answer.decode().split("\r\n\r\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line)
        if fields.get("ActionID") == "it":
            context.compare(f"{action} was answered", expect, fields.get("Message", ""))
            return
    context.fail(f"no response to {action}", got={"all": answer.decode()})


async def _connected(context: StepContext, port: str, greeting: bytes) -> Connection:
    client = await context.connect(port)
    client.say(greeting)
    return client


def _credentials(user: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"} if user else {}


def _read(answer: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    text = body.decode("utf-8", "replace")
    is_json = headers.get("content-type", "").startswith("application/json") and text
    return int(first.split()[1]), {"headers": headers, "body": json.loads(text) if is_json else text}
