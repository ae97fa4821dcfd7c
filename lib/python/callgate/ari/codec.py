"""Both sides of ARI's WebSocket, without I/O: bytes in, frozen events out.

A thin layer on wsproto that knows what Asterisk does with it. It joins fragments, bounds what it keeps, and
tells a Close frame that Asterisk sent from a mistake that Asterisk made, which wsproto reports alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import wsproto
from wsproto import events as ws
from wsproto.connection import Connection, ConnectionState
from wsproto.utilities import LocalProtocolError as WsLocalProtocolError
from wsproto.utilities import RemoteProtocolError as WsRemoteProtocolError

from callgate.ari.errors import LocalProtocolError, RemoteProtocolError

#: The sub-protocol that ARI registers (res/ari/ari_websockets.c).
SUBPROTOCOL = "ari"

#: Characters in one message. Asterisk builds each outgoing frame on the stack of a thread
#: (ast_websocket_write() in res/res_http_websocket.c), so that a real event stays far below this.
MAX_MESSAGE = 1 << 20

#: Bytes kept of the body of a refusal; the rest says nothing new.
MAX_REFUSAL = 64 * 1024

NORMAL_CLOSURE = 1000


@dataclass(frozen=True, slots=True)
class Opened:
    """Asterisk answered 101: its applications are registered, events may follow."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Asterisk answered with another status; nothing follows."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Requested:
    """Asterisk asks for a WebSocket, as a client: `accept` or `reject` answers."""

    #: Path and query, as they came.
    target: str
    subprotocols: tuple[str, ...]
    #: The value of the Authorization header; empty without one.
    authorization: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """One whole text message: for ARI a JSON object."""

    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Asterisk wants a Pong with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """Asterisk answers a Ping, with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """A Close frame; nothing follows. `code` is 1005 where the frame held none (RFC 6455, 7.1.5)."""

    code: int
    reason: str


Event = Opened | Refused | Requested | Text | Ping | Pong | Closed


class Codec:
    """What both sides have in common: messages, Ping and Pong, the Close frames."""

    #: What a mistake in the handshake is a mistake in.
    _handshake = "the handshake"

    def __init__(self, side: wsproto.ConnectionType) -> None:
        self._ws: wsproto.WSConnection | Connection = wsproto.WSConnection(side)
        self._fragments: list[str] = []
        self._size = 0
        self._over = False

    def begin(self) -> bytes:
        """The first bytes to write, if it is for us to begin."""
        return b""

    def text(self, text: str) -> bytes:
        """A text message. Raises LocalProtocolError when the WebSocket is not open."""
        return self._send(ws.TextMessage(text))

    def pong(self, payload: bytes) -> bytes:
        """The answer to a Ping; nothing once the WebSocket is closing."""
        return self._send(ws.Pong(payload)) if self._ws.state is ConnectionState.OPEN else b""

    def close(self, code: int = NORMAL_CLOSURE) -> bytes:
        """A Close frame: ours, or the answer to Asterisk's; nothing when ours is already out."""
        if self._ws.state not in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            return b""
        return self._send(ws.CloseConnection(code))

    def receive_data(self, data: bytes) -> Iterator[Event]:
        """What `data` completes, in order.

        Raises RemoteProtocolError after the events that came before the mistake. What comes after Refused,
        Closed or a mistake is ignored.
        """
        if self._over or not data:
            return
        try:
            self._ws.receive_data(data)
            yield from self._translated()
        except (WsRemoteProtocolError, UnicodeDecodeError) as error:
            # UnicodeDecodeError: a header that is not ASCII, which wsproto does not expect.
            self._over = True
            raise RemoteProtocolError(f"malformed {self._handshake}: {error}") from error

    def end_of_stream(self) -> Refused | None:
        """What the end of the connection completes."""
        return None

    def _translated(self) -> Iterator[Event]:
        for event in self._ws.events():
            found = self._translate(event)
            if found is not None:
                self._over = isinstance(found, Refused | Closed)
                yield found

    def _translate(self, event: ws.Event) -> Event | None:
        match event:
            case ws.TextMessage():
                return self._join(event)
            case ws.Ping():
                return Ping(bytes(event.payload))
            case ws.Pong():
                return Pong(bytes(event.payload))
            case ws.CloseConnection():
                return self._closed(event)
        self._over = True
        raise RemoteProtocolError(f"unexpected {type(event).__name__}: ARI sends text only")

    def _join(self, message: ws.TextMessage) -> Text | None:
        self._fragments.append(message.data)
        self._size += len(message.data)
        if self._size > MAX_MESSAGE:
            self._over = True
            raise RemoteProtocolError(f"a message is longer than {MAX_MESSAGE} characters")
        if not message.message_finished:
            return None
        text = "".join(self._fragments)
        self._fragments.clear()
        self._size = 0
        return Text(text)

    def _closed(self, event: ws.CloseConnection) -> Closed:
        # For a frame that it cannot parse wsproto gives the Close that we should send, and stays open.
        if self._ws.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            self._over = True
            raise RemoteProtocolError(f"malformed frame: {event.reason}")
        return Closed(int(event.code), event.reason or "")

    def _send(self, event: ws.Event) -> bytes:
        try:
            return bytes(self._ws.send(event))
        except WsLocalProtocolError as error:
            raise LocalProtocolError(str(error)) from error


class ClientCodec(Codec):
    """A WebSocket that we open, from its request to its Close frame."""

    _handshake = "answer to the request for a WebSocket"

    def __init__(self, host: str, target: str, headers: list[tuple[bytes, bytes]]) -> None:
        """`host` is the value of the Host header, `target` the path and query, percent-encoded."""
        super().__init__(wsproto.ConnectionType.CLIENT)
        self._request = ws.Request(host=host, target=target, extra_headers=headers,
                                   subprotocols=[SUBPROTOCOL])
        self._status = 0
        self._refusal = bytearray()

    def begin(self) -> bytes:
        """The request that opens the WebSocket."""
        return self._send(self._request)

    def end_of_stream(self) -> Refused | None:
        """The refusal whose body was still coming, if there is one; the connection has ended."""
        if self._over or not self._status:
            return None
        self._over = True
        return self._refused()

    def _translate(self, event: ws.Event) -> Event | None:
        match event:
            case ws.AcceptConnection():
                return Opened()
            case ws.RejectConnection() | ws.RejectData():
                return self._reject(event)
        return super()._translate(event)

    def _reject(self, event: ws.RejectConnection | ws.RejectData) -> Refused | None:
        if isinstance(event, ws.RejectConnection):
            self._status = event.status_code
            return None if event.has_body else self._refused()
        self._refusal += event.data[: MAX_REFUSAL - len(self._refusal)]
        return self._refused() if event.body_finished else None

    def _refused(self) -> Refused:
        return Refused(self._status, self._refusal.decode(errors="replace"))


class ServerCodec(Codec):
    """A WebSocket that Asterisk opens to us; after Requested, `accept` or `reject`."""

    _handshake = "request for a WebSocket"

    def __init__(self) -> None:
        super().__init__(wsproto.ConnectionType.SERVER)

    def accept(self) -> bytes:
        """The answer that opens the WebSocket, for ARI."""
        return self._send(ws.AcceptConnection(subprotocol=SUBPROTOCOL))

    def reject(self, status: int) -> bytes:
        """The answer that refuses it, with an empty body."""
        self._over = True
        length = (b"Content-Length", b"0")
        return self._send(ws.RejectConnection(status_code=status, headers=[length, (b"Connection", b"close")]))

    def _translate(self, event: ws.Event) -> Event | None:
        if not isinstance(event, ws.Request):
            return super()._translate(event)
        authorization = [value for name, value in event.extra_headers if name.lower() == b"authorization"]
        return Requested(event.target, tuple(event.subprotocols), bytes(authorization[0]) if authorization else b"")
