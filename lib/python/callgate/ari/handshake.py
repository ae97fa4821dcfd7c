"""Requests for a WebSocket as nobody should write them, and whatever is answered. No I/O.

wsproto writes and reads correct ones alone: so the request is made here, byte for byte, and its answer read as HTTP.
Only the frames that follow a 101 are wsproto's again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import wsproto
from wsproto.connection import Connection

from callgate.ari.address import AriAddress, query_string
from callgate.ari.codec import MAX_REFUSAL, SUBPROTOCOL, Codec, Event, Opened, Refused
from callgate.ari.errors import RemoteProtocolError
from callgate.ari.observer import Query

#: Bytes of an answer's head; Asterisk's have some hundreds.
_LONGEST_HEAD = 64 * 1024
#: The 16 bytes that RFC 6455, 1.3, has as its example.
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response: to a request for a WebSocket, or to something that resembles one."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    text: str = ""

    def header(self, name: str) -> str | None:
        """The value of a header; None without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def length(self) -> int:
        """Bytes of its body, as it says; where it does not, as many as are kept."""
        said = self.header("Content-Length") or ""
        return int(said) if said.isascii() and said.isdigit() else MAX_REFUSAL


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A request for ARI's WebSocket, in which each header may be replaced, or left out by None."""

    method: str
    path: str
    query: Query
    headers: Mapping[str, str | None]
    body: str | None = None

    def encode(self, address: AriAddress) -> bytes:
        """Its bytes. Raises UsageError for a query that cannot be written."""
        default = {"Host": address.authority, "Upgrade": "websocket", "Connection": "Upgrade",
                   "Sec-WebSocket-Key": _KEY, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": SUBPROTOCOL,
                   "Authorization": address.authorization.decode()}
        if self.body is not None:
            default["Content-Length"] = str(len(self.body.encode()))
        given = {name.lower() for name in self.headers}
        lines = {**{name: value for name, value in default.items() if name.lower() not in given}, **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
        return f"{self.method} {self.path}{query_string(self.query)} HTTP/1.1\r\n{head}\r\n{self.body or ''}".encode()


class RawCodec(Codec):
    """A WebSocket that we ask for by bytes of our own; whoever opens it sends those."""

    _handshake = "answer to a request for a WebSocket"

    def __init__(self) -> None:
        super().__init__(wsproto.ConnectionType.CLIENT)
        #: What was answered, as soon as its head has come.
        self.answer: Answer | None = None
        self._came = bytearray()
        self._left = 0

    def receive_data(self, data: bytes) -> Iterator[Event]:
        """What `data` completes: first the answer, and after a 101 what the WebSocket brings."""
        if self.answer is not None and self.answer.status == 101:
            yield from super().receive_data(data)
            return
        if self._over:
            return
        self._came += data
        head, found, rest = bytes(self._came).partition(b"\r\n\r\n")
        if not found:
            if len(self._came) > _LONGEST_HEAD:
                self._over = True
                raise RemoteProtocolError(f"malformed {self._handshake}: a head of more than {_LONGEST_HEAD} bytes")
            return
        self.answer = self._read(head)
        if self.answer.status == 101:
            self._ws = Connection(wsproto.ConnectionType.CLIENT)
            yield Opened()
            yield from super().receive_data(rest)
        elif len(rest) >= self.answer.length:
            yield self._refused(self.answer, rest[:self.answer.length])

    def end_of_stream(self) -> Refused | None:
        """The refusal whose end was that of its connection."""
        if self._over or self.answer is None or self.answer.status == 101:
            return None
        return self._refused(self.answer, bytes(self._came).partition(b"\r\n\r\n")[2])

    def _refused(self, answer: Answer, body: bytes) -> Refused:
        self._over = True
        text = body.decode(errors="replace")
        self.answer = replace(answer, text=text)
        return Refused(answer.status, text or answer.reason)

    def _read(self, head: bytes) -> Answer:
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        status, _, reason = rest.partition(" ")
        if not version.startswith("HTTP/") or not status.isascii() or not status.isdigit():
            self._over = True
            raise RemoteProtocolError(f"malformed {self._handshake}: {first[:100]!r}")
        pairs = (line.partition(":") for line in lines)
        return Answer(int(status), reason, tuple((name.strip(), value.strip()) for name, _, value in pairs))
