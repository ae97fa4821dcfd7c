"""The server's side of the WebSocket codec, against our own client's side."""

from __future__ import annotations

import pytest

from callgate.ari.address import basic
from callgate.ari.codec import ClientCodec, Closed, Opened, Ping, Refused, Requested, ServerCodec, Text
from callgate.ari.errors import RemoteProtocolError
from callgate.ari.reception import Reception

REQUEST = Requested("/calls?x=1", ("ari",), basic("bugs", "bunny"))


def a_client(*headers: tuple[bytes, bytes]) -> ClientCodec:
    return ClientCodec("127.0.0.1:4711", "/calls?x=1", list(headers))


def test_it_waits_to_be_asked() -> None:
    assert ServerCodec().begin() == b""


def test_a_request_is_accepted_and_both_talk() -> None:
    client, server = a_client((b"Authorization", basic("bugs", "bunny"))), ServerCodec()
    request = client.begin()
    assert list(server.receive_data(request[:20])) == []
    assert list(server.receive_data(request[20:])) == [REQUEST]
    assert list(client.receive_data(server.accept())) == [Opened()]
    assert list(server.receive_data(client.text("{}"))) == [Text("{}")]
    assert list(client.receive_data(server.text("[]"))) == [Text("[]")]
    assert list(server.receive_data(client.close())) == [Closed(1000, "")]
    assert list(client.receive_data(server.close())) == [Closed(1000, "")]
    assert server.end_of_stream() is None


def test_a_ping_is_answered() -> None:
    client, server = a_client(), ServerCodec()
    list(server.receive_data(client.begin()))
    list(client.receive_data(server.accept()))
    ping = b"\x89\x81\x00\x00\x00\x00?"  # masked, with zeros
    assert list(server.receive_data(ping)) == [Ping(b"?")]
    assert server.pong(b"?") == b"\x8a\x01?"


def test_a_request_is_rejected() -> None:
    client, server = a_client(), ServerCodec()
    [request] = server.receive_data(client.begin())
    assert isinstance(request, Requested)
    assert request.authorization == b""
    answer = server.reject(503)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert list(client.receive_data(answer)) == [Refused(503, "")]
    assert list(server.receive_data(b"x")) == [], "nothing more is heard"


def test_a_frame_that_is_not_masked_is_a_mistake() -> None:
    client, server = a_client(), ServerCodec()
    list(server.receive_data(client.begin()))
    server.accept()
    with pytest.raises(RemoteProtocolError, match="malformed frame"):
        list(server.receive_data(b"\x81\x02{}"))


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\r\n\r\n",
                                  b"POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n"])
def test_what_is_no_request_for_a_websocket(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="malformed request for a WebSocket"):
        list(ServerCodec().receive_data(data))


@pytest.mark.parametrize(("request_", "credentials", "objection"), [
    (REQUEST, None, None), (REQUEST, ("bugs", "bunny"), None),
    (REQUEST, ("bugs", "carrots"), (401, "it sends other credentials")),
    (Requested("/", ("ari",), b""), ("bugs", "bunny"), (401, "it sends no credentials")),
    (Requested("/", (), b""), None, (400, "of sub-protocols it offers none, and not 'ari'")),
    (Requested("/", ("media", "x"), b""), None, (400, "of sub-protocols it offers media, x, and not 'ari'"))])
def test_who_is_accepted(request_: Requested, credentials: tuple[str, str] | None,
                         objection: tuple[int, str] | None) -> None:
    assert Reception(credentials=credentials).objection(request_) == objection
