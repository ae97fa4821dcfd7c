"""Frames of a WebSocket as nobody should send them: every bit of RFC 6455, 5.2, is the sender's to choose. No I/O."""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass

#: The opcodes that RFC 6455 defines, by name (11.8).
OPCODES: Mapping[str, int] = {"continuation": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}

#: The key that frames of a client are masked with: always the same, so that a journal can be read (RFC 6455, 5.7).
_KEY = bytes.fromhex("37fa213d")
#: What a frame with `Mask.WRONG` says that its key was.
_OTHER_KEY = bytes.fromhex("d3120ac8")


class Mask(enum.StrEnum):
    """What becomes of the mask that a client has to use (RFC 6455, 5.3)."""

    OK = "ok"
    #: The frame is not masked, and says so.
    NONE = "none"
    #: It was masked with another key than the one it has.
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a client."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    #: The three reserved bits as a number.
    rsv: int = 0
    mask: Mask = Mask.OK
    #: The length that it says it has; None for that of its payload.
    length: int | None = None

    def encode(self) -> bytes:
        """Its bytes; the length in as few of them as hold it."""
        length = len(self.payload) if self.length is None else self.length
        masked = 0 if self.mask is Mask.NONE else 0x80
        first = (0x80 if self.fin else 0) | self.rsv << 4 | self.opcode
        if length < 126:
            head = struct.pack("!BB", first, masked | length)
        elif length < 1 << 16:
            head = struct.pack("!BBH", first, masked | 126, length)
        else:
            head = struct.pack("!BBQ", first, masked | 127, length)
        if self.mask is Mask.NONE:
            return head + self.payload
        return head + (_KEY if self.mask is Mask.OK else _OTHER_KEY) + _masked(self.payload)


def _masked(payload: bytes) -> bytes:
    return bytes(byte ^ _KEY[index % 4] for index, byte in enumerate(payload))


def close_payload(code: int, reason: str = "") -> bytes:
    """What a Close frame holds (RFC 6455, 5.5.1)."""
    return struct.pack("!H", code) + reason.encode()


def pieces(data: bytes, count: int) -> list[bytes]:
    """The bytes in so many parts, of nearly the same size; in fewer where there are not so many bytes."""
    count = max(1, min(count, len(data)))
    return [data[len(data) * index // count:len(data) * (index + 1) // count] for index in range(count)]
