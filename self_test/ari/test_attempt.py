"""An attempt to open a WebSocket, against a server on 127.0.0.1: what was sent, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from self_test.ari.peers import Notes, Peer, Peers, WsScript, serving
from self_test.conftest import the_reactor
from wsproto import events as ws

from callgate.ari.errors import AriConnectionError, AriTimeoutError, RemoteProtocolError
from callgate.ari.handshake import Upgrade
from callgate.ari.http import AriClient

InReactor = Callable[..., Any]
ODD = Upgrade("GET", "/ari/events", {"app": "Babs"}, {"Sec-WebSocket-Version": "13"})


async def trying(port: int, request: bytes | Upgrade, notes: Notes, **more: Any) -> Any:
    client = AriClient(the_reactor(), "127.0.0.1", port, "callgate", "hush", notes)
    return await client.attempt(request, name="odd", **{"timeout": 10.0, **more})


def answering(data: bytes, *, and_close: bool = False) -> Callable[[Peer, bytes], None]:
    def script(peer: Peer, _request: bytes) -> None:
        peer.transport.write(data)
        if and_close:
            peer.transport.loseConnection()
    return script


def test_what_is_accepted_is_a_websocket(in_reactor: InReactor) -> None:
    notes, script = Notes(), WsScript(ws.TextMessage('{"type": "A"}'))

    async def scenario() -> Any:
        async with serving(Peers(script)) as port:
            attempt = await trying(port, ODD, notes)
            await notes.event(lambda event: event["type"] == "A")
            assert attempt.answer.status == 101
            return await attempt.socket.close(the_reactor(), 10)

    assert in_reactor(scenario()).code == 1000
    assert notes.sockets == [("odd", "opened"), ("odd", "closed: 1000")]
    assert notes.frames == [], "the request is no frame, and has credentials"


def test_what_is_refused_is_answered(in_reactor: InReactor) -> None:
    async def scenario() -> Any:
        async with serving(Peers(answering(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"))) as port:
            return await trying(port, b"GET / HTTP/1.1\r\n\r\n", Notes())

    attempt = in_reactor(scenario())
    assert (attempt.answer.status, attempt.socket) == (401, None)


def test_a_connection_that_is_closed_has_no_answer(in_reactor: InReactor) -> None:
    async def scenario() -> Any:
        async with serving(Peers(answering(b"", and_close=True))) as port:
            return await trying(port, b"?", Notes())

    attempt = in_reactor(scenario())
    assert (attempt.answer, attempt.socket) == (None, None)


def test_what_is_dropped_has_been_sent(in_reactor: InReactor) -> None:
    came: list[bytes] = []
    peers = Peers(lambda _peer, data: came.append(data))

    async def scenario() -> Any:
        async with serving(peers) as port:
            attempt = await trying(port, b"GET /ari" + b"x" * 1_000, Notes(), cut=8, drop=True)
            while not peers.all:
                await the_reactor_turns()
            assert await peers.all[0].lost == "ConnectionLost"
            return attempt

    attempt = in_reactor(scenario())
    assert (attempt.answer, attempt.socket) == (None, None)
    assert b"".join(came) == b"GET /ari"


async def the_reactor_turns() -> None:
    from twisted.internet.task import deferLater

    await deferLater(the_reactor(), 0.001)


def test_a_server_that_says_nothing_meets_the_deadline(in_reactor: InReactor) -> None:
    peers = Peers(lambda _peer, _data: None)

    async def scenario() -> None:
        async with serving(peers) as port:
            with pytest.raises(AriTimeoutError, match=r"did not answer within 50 ms"):
                await trying(port, ODD, Notes(), timeout=0.05)
            assert await peers.all[0].lost == "ConnectionLost"

    in_reactor(scenario())


def test_what_is_no_http_is_asterisks_mistake(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with serving(Peers(answering(b"Hello\r\n\r\n"))) as port:
            with pytest.raises(RemoteProtocolError, match="malformed answer"):
                await trying(port, ODD, Notes())

    in_reactor(scenario())


def test_a_port_where_nobody_listens(in_reactor: InReactor) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(lambda _peer, _data: None)) as port:
            pass
        with pytest.raises(AriConnectionError, match="refused"):
            await trying(port, ODD, notes)

    in_reactor(scenario())
    assert notes.sockets == [("odd", "failed: connection refused")]
