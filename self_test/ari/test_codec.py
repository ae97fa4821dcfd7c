"""The WebSocket codec, against wsproto in the server's role."""

from __future__ import annotations

from itertools import pairwise

import pytest
import wsproto
from hypothesis import given
from hypothesis import strategies as st
from wsproto import events as ws

from callgate.ari import codec
from callgate.ari.codec import ClientCodec, Closed, Event, Opened, Ping, Refused, Text
from callgate.ari.errors import LocalProtocolError, RemoteProtocolError


class Server:
    """A client codec, and the server that it asked for a WebSocket."""

    def __init__(self) -> None:
        self.client = ClientCodec("127.0.0.1:8088", "/ari/events?app=a", [(b"Authorization", b"Basic eA==")])
        self.ws = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
        self.ws.receive_data(self.client.begin())
        (request,) = self.ws.events()
        assert isinstance(request, ws.Request)
        self.request = request

    def accept(self) -> bytes:
        return self.ws.send(ws.AcceptConnection(subprotocol="ari"))

    def says(self, *events: ws.Event) -> bytes:
        return b"".join(self.ws.send(event) for event in events)

    def hears(self, data: bytes) -> list[ws.Event]:
        self.ws.receive_data(data)
        return list(self.ws.events())


@pytest.fixture
def server() -> Server:
    """A WebSocket that is open."""
    server = Server()
    assert list(server.client.receive_data(server.accept())) == [Opened()]
    return server


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def test_the_request_is_what_asterisk_asks_for() -> None:
    request = Server().request
    assert request.target == "/ari/events?app=a"
    assert request.host == "127.0.0.1:8088"
    assert request.subprotocols == ["ari"]
    assert (b"authorization", b"Basic eA==") in request.extra_headers


#: The fragments of a text, or the payload of a ping.
MESSAGES = st.lists(st.one_of(st.lists(st.text(max_size=200), min_size=1, max_size=4), st.binary(max_size=125)),
                    max_size=6)


@given(messages=MESSAGES, places=st.lists(st.integers(min_value=0), max_size=30), close=st.booleans())
def test_however_the_bytes_are_cut_the_events_are_the_same(
        messages: list[list[str] | bytes], places: list[int], close: bool) -> None:
    server = Server()
    data = server.accept()
    expected: list[Event] = [Opened()]
    for content in messages:
        if isinstance(content, bytes):
            data += server.says(ws.Ping(content))
            expected.append(Ping(content))
        else:
            data += server.says(*(ws.TextMessage(part, message_finished=number == len(content))
                                  for number, part in enumerate(content, 1)))
            expected.append(Text("".join(content)))
    if close:
        data += server.says(ws.CloseConnection(1001, "bye")) + b"\x81\x01x"
        expected.append(Closed(1001, "bye"))
    found = [event for chunk in cut(data, places) for event in server.client.receive_data(chunk)]
    assert found == expected


@given(data=st.binary(), places=st.lists(st.integers(min_value=0), max_size=5), opened=st.booleans())
def test_whatever_comes_the_only_error_is_the_peers(data: bytes, places: list[int], opened: bool) -> None:
    server = Server()
    if opened:
        list(server.client.receive_data(server.accept()))
    try:
        for chunk in cut(data, places):
            list(server.client.receive_data(chunk))
    except RemoteProtocolError:
        assert list(server.client.receive_data(b"\x81\x01x")) == []


REFUSAL = (b"HTTP/1.1 401 Unauthorized\r\nContent-type: application/json\r\nContent-Length: 37\r\n\r\n"
           b'{"message":"Authentication required"}')


@given(places=st.lists(st.integers(min_value=0), max_size=5))
def test_a_refusal_comes_with_its_body(places: list[int]) -> None:
    client = Server().client
    # Asterisk answers a registration that failed twice over; the second answer says nothing.
    data = REFUSAL + b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    found = [event for chunk in cut(data, places) for event in client.receive_data(chunk)]
    assert found == [Refused(401, '{"message":"Authentication required"}')]
    assert client.end_of_stream() is None


def test_a_refusal_cut_short_is_still_a_refusal() -> None:
    client = Server().client
    assert list(client.receive_data(REFUSAL[:-11])) == []
    assert client.end_of_stream() == Refused(401, '{"message":"Authentication')
    assert client.end_of_stream() is None


def test_a_refusal_of_endless_length_is_kept_in_part() -> None:
    client = Server().client
    head = b"HTTP/1.1 500 Oops\r\nContent-Length: 200000\r\n\r\n"
    (refused,) = client.receive_data(head + b"x" * 200000)
    assert refused == Refused(500, "x" * codec.MAX_REFUSAL)


@pytest.mark.parametrize("answer", [
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     b"Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmU=\r\n\r\n"),
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: \xff\r\n\r\n",
    b"Asterisk Call Manager/9.0.0\r\n\r\n",
])
def test_an_answer_that_is_none_is_the_peers_mistake(answer: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="malformed answer"):
        list(Server().client.receive_data(answer))


def test_another_sub_protocol_is_refused() -> None:
    server = Server()
    answer = server.accept().replace(b"Protocol: ari", b"Protocol: sip")
    with pytest.raises(RemoteProtocolError, match="sip"):
        list(server.client.receive_data(answer))


@pytest.mark.parametrize(("frame", "why"), [
    (b"\x81\x81\x00\x00\x00\x00x", "masked"),
    (b"\x83\x00", "opcode"),
    (b"\x81\x02\xff\xff", "utf-8"),
    (b"\x80\x00", "CONTINUATION"),
    (b"\xc1\x00", "Reserved bit"),
    (b"\x88\x01x", "CLOSE"),
    (b"\x82\x01x", "ARI sends text only"),
])
def test_a_mistake_comes_after_the_events_before_it(server: Server, frame: bytes, why: str) -> None:
    events = server.client.receive_data(server.says(ws.TextMessage("{}")) + b"\x81\x02[]" + frame)
    assert [next(events), next(events)] == [Text("{}"), Text("[]")]
    with pytest.raises(RemoteProtocolError, match=why):
        next(events)
    assert list(server.client.receive_data(b"\x81\x00")) == []


def test_a_message_without_end_is_stopped(server: Server) -> None:
    part = ws.TextMessage("x" * (codec.MAX_MESSAGE // 2), message_finished=False)
    for _ in range(2):
        assert list(server.client.receive_data(server.says(part))) == []
    with pytest.raises(RemoteProtocolError, match="longer than"):
        list(server.client.receive_data(server.says(part)))


def test_the_longest_message_passes(server: Server) -> None:
    text = "x" * codec.MAX_MESSAGE
    assert list(server.client.receive_data(server.says(ws.TextMessage(text)))) == [Text(text)]


def test_a_ping_is_answered_with_its_payload(server: Server) -> None:
    (ping,) = server.client.receive_data(server.says(ws.Ping(b"here?")))
    assert isinstance(ping, Ping)
    assert server.hears(server.client.pong(ping.payload)) == [ws.Pong(b"here?")]


def test_our_close_lets_events_through_until_the_answer(server: Server) -> None:
    ours = server.client.close()
    assert server.client.close() == b""
    assert server.client.pong(b"") == b""
    data = server.says(ws.TextMessage("{}"))
    assert server.hears(ours) == [ws.CloseConnection(1000, "")]
    data += server.says(ws.CloseConnection(1000))
    assert list(server.client.receive_data(data)) == [Text("{}"), Closed(1000, "")]


def test_their_close_is_answered_with_the_same_code(server: Server) -> None:
    assert list(server.client.receive_data(server.says(ws.CloseConnection(1001)))) == [Closed(1001, "")]
    assert server.hears(server.client.close(1001)) == [ws.CloseConnection(1001, "")]
    assert server.client.close() == b""


def test_a_close_without_code_is_answered_with_a_normal_one(server: Server) -> None:
    assert list(server.client.receive_data(b"\x88\x00")) == [Closed(1005, "")]
    assert server.hears(server.client.close(1005)) == [ws.CloseConnection(1000, "")]


def test_to_connect_twice_is_our_mistake(server: Server) -> None:
    with pytest.raises(LocalProtocolError):
        server.client.begin()
