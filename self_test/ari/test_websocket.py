"""The event WebSocket against a server on 127.0.0.1: how it opens, what it delivers, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from self_test.ari.peers import Notes, Peer, Peers, WsScript, serving
from self_test.conftest import the_reactor
from twisted.internet.testing import StringTransport
from wsproto import events as ws

from callgate.ari.address import AriAddress
from callgate.ari.codec import ClientCodec
from callgate.ari.errors import (
    AriAccessError,
    AriConnectionError,
    AriRefusedError,
    AriRegistrationError,
    AriTimeoutError,
    RemoteProtocolError,
)
from callgate.ari.websocket import EventSocket, SocketEnd, open_event_socket
from callgate.errors import ExitCode, UsageError

InReactor = Callable[..., Any]


async def open_to(port: int, notes: Notes, *, timeout: float = 10, **more: Any) -> EventSocket:
    address = AriAddress("127.0.0.1", port, "callgate", "hush")
    return await open_event_socket(the_reactor(), address, ["Babs", "B b"], name="client",
                                   observer=notes, timeout=timeout, **more)


def test_events_arrive_in_order_and_keep_theirs(in_reactor: InReactor) -> None:
    notes = Notes()
    script = WsScript(ws.TextMessage('{"type": "A", "z": 1,', message_finished=False),
                      ws.TextMessage(' "a": 2}'), ws.Ping(b"?"), ws.TextMessage('{"type": "B"}'))

    async def scenario() -> SocketEnd:
        async with serving(Peers(script)) as port:
            socket = await open_to(port, notes, subscribe_all=True)
            await notes.event(lambda event: event["type"] == "B")
            return await socket.close(the_reactor(), 10)

    end = in_reactor(scenario())
    assert end == SocketEnd(clean=True, code=1000, what="closed: 1000")
    assert notes.events == [{"type": "A", "z": 1, "a": 2}, {"type": "B"}]
    assert list(notes.events[0]) == ["type", "z", "a"]
    assert notes.sockets == [("client", "opened"), ("client", "closed: 1000")]
    assert script.request.startswith(b"GET /ari/events?app=Babs,B%20b&subscribeAll=true HTTP/1.1\r\n")
    assert b"Authorization: Basic Y2FsbGdhdGU6aHVzaA==" in script.request
    assert ws.Pong(b"?") in script.received


def test_to_close_twice_is_no_error(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with serving(Peers(WsScript())) as port:
            socket = await open_to(port, Notes())
            first = await socket.close(the_reactor(), 10)
            assert await socket.close(the_reactor(), 10) is first
            socket.abort()
            assert await socket.closed() is first

    in_reactor(scenario())


def test_a_close_that_is_not_answered_ends_in_an_abort(in_reactor: InReactor) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(WsScript(answers_close=False))) as port:
            socket = await open_to(port, notes)
            with pytest.raises(AriTimeoutError, match=r"WebSocket 'client': no answer .* within 50 ms"):
                await socket.close(the_reactor(), 0.05)
            assert (await socket.closed()).what == "aborted"

    in_reactor(scenario())
    assert notes.sockets[-1] == ("client", "aborted")


def test_abort_resets_the_connection(in_reactor: InReactor) -> None:
    peers = Peers(WsScript())

    async def scenario() -> SocketEnd:
        async with serving(peers) as port:
            socket = await open_to(port, Notes())
            socket.abort()
            end = await socket.closed()
            assert await peers.all[0].lost == "ConnectionLost"
            return end

    assert in_reactor(scenario()) == SocketEnd(clean=False, code=1006, what="aborted")


def test_asterisks_close_is_answered(in_reactor: InReactor) -> None:
    script = WsScript(ws.CloseConnection(1001, "going away"), answers_close=True)

    peers = Peers(script)

    async def scenario() -> SocketEnd:
        async with serving(peers) as port:
            end = await (await open_to(port, Notes())).closed()
            assert await peers.all[0].lost == "ConnectionDone"
            return end

    assert in_reactor(scenario()) == SocketEnd(clean=True, code=1001, what="closed: 1001 going away")
    assert any(isinstance(event, ws.CloseConnection) and event.code == 1001 for event in script.received)


@pytest.mark.parametrize(("how", "what"), [
    ("loseConnection", "lost: the connection was closed without a Close frame"),
    ("abortConnection", "lost: the connection was reset"),
])
def test_a_server_that_vanishes_is_noticed(in_reactor: InReactor, how: str, what: str) -> None:
    notes, peers = Notes(), Peers(WsScript())

    async def scenario() -> SocketEnd:
        async with serving(peers) as port:
            socket = await open_to(port, notes)
            getattr(peers.all[0].transport, how)()
            return await socket.closed()

    assert in_reactor(scenario()) == SocketEnd(clean=False, code=1006, what=what)
    assert notes.sockets[-1] == ("client", what)


@pytest.mark.parametrize(("text", "why"), [
    ("{", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "not a JSON object but list"),
])
def test_an_event_that_is_none_ends_the_socket(in_reactor: InReactor, text: str, why: str) -> None:
    notes = Notes()
    script = WsScript(ws.TextMessage("{}"), ws.TextMessage(text), ws.TextMessage("{}"))

    async def scenario() -> SocketEnd:
        async with serving(Peers(script)) as port:
            return await (await open_to(port, notes)).closed()

    assert why in in_reactor(scenario()).what
    assert notes.events == [{}]
    assert notes.sockets[-1][1].startswith("protocol error: ")


class BuggyNotes(Notes):
    def ari_event(self, name: str, event: dict[str, Any]) -> None:
        raise KeyError(event["type"])


def test_a_bug_in_the_observer_comes_out_of_closed(in_reactor: InReactor, capfd: Any) -> None:
    async def scenario() -> None:
        async with serving(Peers(WsScript(ws.TextMessage('{"type": "A"}')))) as port:
            socket = await open_to(port, BuggyNotes())
            with pytest.raises(KeyError, match="A"):
                await socket.closed()
            with pytest.raises(KeyError, match="A"):
                await socket.closed()

    in_reactor(scenario())


def answering(data: bytes) -> Callable[[Peer, bytes], None]:
    return lambda peer, _request: peer.transport.write(data)


@pytest.mark.parametrize(("status", "error", "code"), [
    ("401 Unauthorized", AriAccessError, ExitCode.ENVIRONMENT),
    ("404 Not Found", AriAccessError, ExitCode.ENVIRONMENT),
    ("400 Bad Request", AriRegistrationError, ExitCode.FAILED),
    ("500 Internal Server Error", AriRegistrationError, ExitCode.FAILED),
])
def test_a_refusal_says_status_and_body(in_reactor: InReactor, status: str, error: type[AriRefusedError],
                                        code: ExitCode) -> None:
    notes, body = Notes(), '{"message":"No"}'
    answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    peers = Peers(answering(answer))

    async def scenario() -> None:
        async with serving(peers) as port:
            with pytest.raises(error, match=rf"'client': Asterisk refused it: {status[:3]} .*No") as caught:
                await open_to(port, notes)
            assert (caught.value.status, caught.value.text) == (int(status[:3]), body)
            assert caught.value.exit_code == code
            await peers.all[0].lost

    in_reactor(scenario())
    assert notes.sockets == [("client", f"refused: {status[:3]} No")]
    assert "hush" not in str(notes.sockets)


def test_a_refusal_that_ends_with_its_connection(in_reactor: InReactor) -> None:
    def script(peer: Peer, _request: bytes) -> None:
        peer.transport.write(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nno")
        peer.transport.loseConnection()

    async def scenario() -> None:
        async with serving(Peers(script)) as port:
            with pytest.raises(AriAccessError, match="403 no"):
                await open_to(port, Notes())

    in_reactor(scenario())


def test_an_answer_that_is_not_http(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with serving(Peers(answering(b"Asterisk Call Manager/9.0.0\r\n\r\n"))) as port:
            with pytest.raises(RemoteProtocolError, match="malformed answer"):
                await open_to(port, Notes())

    in_reactor(scenario())


def test_a_server_that_hangs_up_on_the_request(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with serving(Peers(lambda peer, _: peer.transport.loseConnection())) as port:
            with pytest.raises(AriConnectionError, match="'client': lost"):
                await open_to(port, Notes())

    in_reactor(scenario())


def test_a_silent_server_meets_the_deadline_and_the_connection_is_gone(in_reactor: InReactor) -> None:
    peers = Peers(lambda _peer, _data: None)

    async def scenario() -> None:
        async with serving(peers) as port:
            with pytest.raises(AriTimeoutError, match=rf"127.0.0.1:{port} did not answer within 50 ms"):
                await open_to(port, Notes(), timeout=0.05)
            await peers.all[0].lost

    in_reactor(scenario())


def test_nobody_listens(in_reactor: InReactor) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(WsScript())) as port:
            pass
        with pytest.raises(AriConnectionError, match="connection refused"):
            await open_to(port, notes)

    in_reactor(scenario())
    assert notes.sockets == [("client", "failed: connection refused")]


def test_a_socket_needs_an_application(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        with pytest.raises(UsageError, match="names no application"):
            await open_event_socket(the_reactor(), AriAddress("127.0.0.1", 1, "u", "p"), [],
                                    name="client", observer=Notes(), timeout=1)

    in_reactor(scenario())


class TcpTransport(StringTransport):
    """With what Twisted's own has no need of."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted's
        self.no_delay = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802 - Twisted's name
        self.no_delay = enabled


def test_what_is_written_is_sent_at_once() -> None:
    socket = EventSocket("client", ClientCodec("h", "/", []), Notes())
    transport = TcpTransport()
    socket.makeConnection(transport)  # type: ignore[no-untyped-call]  # Twisted's
    assert transport.no_delay


def test_pause_stops_reading_and_resume_reads_again() -> None:
    socket = EventSocket("client", ClientCodec("h", "/", []), Notes())
    transport = TcpTransport()
    socket.makeConnection(transport)  # type: ignore[no-untyped-call]  # Twisted's
    socket.pause()
    assert transport.producerState == "paused"
    socket.resume()
    assert transport.producerState == "producing"


def test_close_reads_again_after_a_pause(in_reactor: InReactor) -> None:
    async def scenario() -> SocketEnd:
        async with serving(Peers(WsScript())) as port:
            socket = await open_to(port, Notes())
            socket.pause()
            return await socket.close(the_reactor(), 10)

    assert in_reactor(scenario()).clean


def test_bytes_go_past_the_codec_and_control_frames_are_told(in_reactor: InReactor) -> None:
    notes = Notes()
    answers = [ws.TextMessage('{"type": "RESTResponse", "request_id": "", "status_code": 400, "reason_phrase": "no"}')]
    script = WsScript(answer=lambda _: list[ws.Event](answers))

    async def scenario() -> SocketEnd:
        async with serving(Peers(script)) as port:
            socket = await open_to(port, notes)
            await socket.send_raw(bytes.fromhex("8a8237fa213d5893"))  # a Pong, "oi"
            await socket.send_raw(bytes.fromhex("818137fa213d4c"))  # a text, "{"
            await notes.event(lambda event: event["type"] == "RESTResponse")
            return await socket.close(the_reactor(), 10)

    assert in_reactor(scenario()).code == 1000
    assert ws.Pong(b"oi") in script.received
    assert notes.frames == [("client", "sent", bytes.fromhex("8a8237fa213d5893")),
                            ("client", "sent", bytes.fromhex("818137fa213d4c"))]


def test_a_pong_is_told(in_reactor: InReactor) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(WsScript(ws.Pong(b"x"), ws.TextMessage('{"type": "A"}')))) as port:
            socket = await open_to(port, notes)
            await notes.event(lambda event: event["type"] == "A")
            socket.abort()
            with pytest.raises(AriConnectionError, match="has ended"):
                await socket.send_raw(b"x")
            await socket.closed()

    in_reactor(scenario())
    assert notes.frames == [("client", "pong", b"x")]


def test_much_is_with_the_kernel_before_an_abort(in_reactor: InReactor) -> None:
    came: list[bytes] = []
    handshake = WsScript()

    def script(peer: Peer, data: bytes) -> None:
        if handshake.request:
            came.append(data)
        else:
            handshake(peer, data)

    peers = Peers(script)

    async def scenario() -> None:
        async with serving(peers) as port:
            socket = await open_to(port, Notes())
            await socket.send_raw(b"x" * 50_000)
            socket.abort()
            await socket.closed()
            await peers.all[0].lost

    in_reactor(scenario())
    assert sum(map(len, came)) == 50_000
