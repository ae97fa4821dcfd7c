"""Steps for a client that breaks the rules of the WebSocket, and for the end of that: `frame`, `ended`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from callgate.ari.errors import AriConnectionError
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.provoked import is_end, is_open, see_ended
from callgate.scenario.steps.base import Duration, Family, Name, Step

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: Bytes; ten times what Asterisk reads as one frame (AST_WEBSOCKET_MAX_RX_PAYLOAD_SIZE).
_MOST = 655_360


def _bytes(text: str) -> str:
    try:
        bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is no list of bytes in hexadecimal, such as '81 05'") from None
    return text


#: Bytes as pairs of hexadecimal digits, with blanks between them as one likes.
Hex = Annotated[str, AfterValidator(_bytes)]


class SendFrame(Step):
    """Send one frame over a client's WebSocket just as it stands here, or a part of it, or bytes that are no frame.

    It returns when all of it is on its way. What Asterisk does about it is for other steps to say: `ended` that it
    ends the WebSocket, `expect` with `RESTResponse` that it answers. A WebSocket that ends without an `ended` fails the
    scenario. With `pong` it waits for the Pong that answers a Ping: by then all that was sent before has been read.
    """

    keyword: ClassVar[str] = "frame"
    family: ClassVar[Family] = Family.APPLICATIONS
    example: ClassVar[str] = """\
- register: Babs
- frame: {client: Babs, text: '', fin: false}
- frame: {client: Babs, opcode: continuation, size: 300}
- frame: {client: Babs, opcode: ping, text: still there?, pong: true}
- frame: {client: Babs, bytes: 89 80 37 fa 21}
- disconnect: {client: Babs, how: abort}
"""

    client: Name = Field(description="The client.")
    opcode: Literal["text", "binary", "continuation", "close", "ping", "pong"] | Annotated[int, Field(ge=0, le=15)] = (
        Field(default="text", description="`text` (default), `binary`, `continuation`, `close`, `ping`, `pong`, or a "
                                          "number."))
    text: str | None = Field(default=None, description="The payload as text …")
    hex: Hex | None = Field(default=None, description="… or as bytes in hexadecimal: `c3 28`.")
    code: Annotated[int, Field(ge=0, le=0xffff)] | None = Field(
        default=None, description="The code of a Close frame; `text` is its reason.")
    size: Annotated[int, Field(ge=0, le=_MOST)] | None = Field(
        default=None, description="Bytes of the payload, which is cut off there, or repeated until it has so many.")
    fin: bool = Field(default=True, description="`false`: more of the message is to come. Default: `true`.")
    rsv: Annotated[int, Field(ge=0, le=7)] = Field(default=0, description="The three reserved bits as a number.")
    mask: Literal["ok", "none", "wrong"] = Field(
        default="ok", description="`ok` (default); `none`: not masked; `wrong`: masked with another key than it says.")
    length: Annotated[int, Field(ge=0, lt=1 << 64)] | None = Field(
        default=None, description="The length that it says it has, whatever it has.")
    bytes_: Hex | None = Field(default=None, alias="bytes",
                               description="Instead of a frame: these bytes, in hexadecimal.")
    cut: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Only so many bytes of it are sent.")
    pieces: Annotated[int, Field(ge=2, le=1000)] | None = Field(
        default=None, description="Send it in so many pieces …")
    every: Duration | None = Field(
        default=None, description="… with so much time between two of them; default: `10ms`.")
    pong: bool = Field(default=False, description="`true`: wait for a Pong with the same payload.")

    @model_validator(mode="after")
    def _goes_together(self) -> SendFrame:
        given = self.model_fields_set
        if "bytes_" in given and not given <= {"client", "bytes_", "cut", "pieces", "every"}:
            raise ValueError("has 'bytes', which stand for a frame: no other field of one goes with them")
        if self.hex is not None and (self.text is not None or self.code is not None):
            raise ValueError("takes one of 'text' and 'hex', and 'code' with 'text' alone")
        if self.code is not None and self.opcode not in ("close", 8):
            raise ValueError("has a 'code', which goes with 'opcode: close'")
        if self.pong and (self.opcode not in ("ping", 9) or self.cut is not None):
            raise ValueError("waits for a 'pong', which answers a whole 'opcode: ping'")
        if self.every is not None and self.pieces is None:
            raise ValueError("has 'every', which goes with 'pieces'")
        return self

    def needs(self) -> set[str]:
        """The client."""
        return {self.client}

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return self.pong

    async def run(self, context: Context) -> None:
        """Send it, and wait for the Pong if there has to be one."""
        from callgate.ari.frames import pieces  # only who plays needs it, and Twisted
        from callgate.scenario.pausing import pause

        is_open(context, self.client)
        payload = self._payload()
        data = self._data(payload)[:self.cut]
        since = context.journal.mark()
        context.provoked.add(self.client, since)
        for number, piece in enumerate(pieces(data, self.pieces or 1)):
            if number:
                await pause(context, self.every or 0.01)
                if context.provoked.end_of(self.client, context.journal) is not None:
                    return  # Asterisk wants no more of it
            await self._send(context, piece)
        if self.pong:
            await self._see_pong(context, payload, since)

    async def _send(self, context: Context, data: bytes) -> None:
        """Send it. Raises StepFailedError where Asterisk has ended the WebSocket."""
        try:
            await context.client(self.client).socket.send_raw(data)
        except AriConnectionError:
            await context.wait_for(lambda entry: is_end(entry, self.client), timeout=context.step_timeout,
                                   since=context.last_read(self.client))
            is_open(context, self.client)
            raise

    def _payload(self) -> bytes:
        from callgate.ari.frames import close_payload

        payload = bytes.fromhex(self.hex or "") or (self.text or "").encode()
        if self.code is not None:
            payload = close_payload(self.code, self.text or "")
        if self.size is None:
            return payload
        return ((payload or b"x") * (self.size // len(payload or b"x") + 1))[:self.size]

    def _data(self, payload: bytes) -> bytes:
        from callgate.ari.frames import OPCODES, Frame, Mask

        if self.bytes_ is not None:
            return bytes.fromhex(self.bytes_)
        opcode = OPCODES[self.opcode] if isinstance(self.opcode, str) else self.opcode
        return Frame(opcode, payload, self.fin, self.rsv, Mask(self.mask), self.length).encode()

    async def _see_pong(self, context: Context, payload: bytes, since: int) -> None:
        """Wait for it, or for the end of the WebSocket."""
        def wanted(entry: Entry) -> bool:
            return entry.origin == self.client and (entry.source is Source.ARI_SOCKET or (
                entry.source is Source.ARI_FRAME and entry.name == "pong" and entry.data["hex"] == payload.hex()))

        came = await context.wait_for(wanted, since=since, timeout=context.step_timeout)
        if came is None or came.source is Source.ARI_SOCKET:
            context.provoked.tell(self.client)
            how = "" if came is None else f", and its WebSocket has ended: {came.name}"
            raise StepFailedError(f"no Pong with this payload came to {self.client}{how}",
                                  expected=(("pong", payload.hex(" ") or "(empty)"),), got=(("pong", "(none)"),))


class Ended(Step):
    """Asterisk has ended a client's WebSocket, or does so within a time; returns when its applications are inactive.

    That is what a `frame` can bring about: elsewhere a WebSocket that ends by itself is a crash. It may have ended
    before this step is reached.
    """

    keyword: ClassVar[str] = "ended"
    family: ClassVar[Family] = Family.APPLICATIONS
    shorthand: ClassVar[str | None] = "client"
    example: ClassVar[str] = """\
- register: Babs
- frame: {client: Babs, length: 70000}
- ended: {client: Babs, code: 1009}
"""

    client: Name = Field(description="The client.")
    code: Literal["absent"] | Annotated[int, Field(ge=0, le=0xffff)] | None = Field(
        default=None, description="The code of Asterisk's Close frame; `absent`: the connection ends without one.")
    within: Duration | None = Field(
        default=None, description="How long it may take; without it, as long as any step (`step-timeout`).")

    def needs(self) -> set[str]:
        """The client."""
        return {self.client}

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return True

    async def run(self, context: Context) -> None:
        """Wait for the end, and for what comes of it."""
        await see_ended(context, self.client, None if self.code is None else str(self.code),
                        timeout=self.within or context.step_timeout)
