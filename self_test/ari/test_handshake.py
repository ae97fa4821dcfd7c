"""Odd requests for a WebSocket, byte for byte, and their answers, however they come."""

from __future__ import annotations

import pytest

from callgate.ari.address import AriAddress
from callgate.ari.codec import Event, Opened, Refused, Text
from callgate.ari.errors import RemoteProtocolError
from callgate.ari.handshake import RawCodec, Upgrade

ADDRESS = AriAddress("127.0.0.1", 8088, "callgate", "hush")
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: ari\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"


def events(codec: RawCodec, data: bytes, size: int = 1 << 20) -> list[Event]:
    """What comes of the data in parts of this size."""
    return [event for start in range(0, len(data), size) for event in codec.receive_data(data[start:start + size])]


def lines(request: Upgrade) -> list[str]:
    return request.encode(ADDRESS).decode().split("\r\n")


def test_a_request_without_anything_odd() -> None:
    first, *rest = lines(Upgrade("GET", "/ari/events", {"app": "B b"}, {}))
    assert first == "GET /ari/events?app=B%20b HTTP/1.1"
    assert rest == ["Host: 127.0.0.1:8088", "Upgrade: websocket", "Connection: Upgrade",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Protocol: ari", "Authorization: Basic Y2FsbGdhdGU6aHVzaA==", "", ""]


def test_headers_are_replaced_in_any_case_left_out_and_added() -> None:
    found = lines(Upgrade("POST", "/x", {}, {"sec-websocket-version": "7", "Upgrade": None, "X": "y"}, "é"))
    assert "Sec-WebSocket-Version: 13" not in found
    assert {"sec-websocket-version: 7", "X: y", "Content-Length: 2"} < set(found)
    assert not any(line.startswith("Upgrade") for line in found)
    assert found[-1] == "é"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_accepted_brings_frames_at_once(size: int) -> None:
    codec = RawCodec()
    assert events(codec, ACCEPTED + b"\x81\x02{}", size) == [Opened(), Text("{}")]
    assert codec.answer is not None
    assert (codec.answer.status, codec.answer.header("sec-websocket-protocol")) == (101, "ari")
    assert codec.answer.header("x") is None
    assert codec.end_of_stream() is None
    assert codec.close() != b""


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_refusal_with_a_length_ends_by_itself(size: int) -> None:
    codec = RawCodec()
    assert events(codec, REFUSED + b"HTTP/1.1 400 Again\r\n\r\n", size) == [Refused(400, "no")]
    assert codec.answer is not None
    assert (codec.answer.reason, codec.answer.text) == ("Bad Request", "no")
    assert codec.end_of_stream() is None


def test_a_refusal_without_a_length_ends_with_its_connection() -> None:
    codec = RawCodec()
    assert events(codec, b"HTTP/1.1 500 Oh\r\n\r\nno") == []
    assert codec.end_of_stream() == Refused(500, "no")


def test_a_connection_that_ends_without_an_answer() -> None:
    codec = RawCodec()
    assert events(codec, b"HTTP/1.1 400") == []
    assert (codec.end_of_stream(), codec.answer) == (None, None)


@pytest.mark.parametrize("data", [b"Asterisk Call Manager/9.0.0\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 65537])
def test_what_is_no_http(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="malformed answer"):
        events(RawCodec(), data)
