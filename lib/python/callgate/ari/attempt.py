"""One attempt to open a WebSocket by bytes of one's own, and what came of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from callgate.ari.address import AriAddress
from callgate.ari.errors import AriConnectionError, AriRefusedError, AriTimeoutError
from callgate.ari.handshake import Answer, RawCodec
from callgate.ari.observer import AriObserver
from callgate.ari.websocket import EventSocket, connect
from callgate.deadlines import within
from callgate.durations import duration


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it."""

    #: None where the connection ended without one.
    answer: Answer | None
    #: The WebSocket, if it was opened.
    socket: EventSocket | None = None


async def attempt(reactor: IReactorTime, address: AriAddress, data: bytes, *, name: str, observer: AriObserver,
                  timeout: float, drop: bool = False) -> Attempt:
    """Send these bytes and nothing else, and wait for an answer; or `drop` the connection when they are sent.

    `timeout`, in seconds, covers all of it. Raises AriTimeoutError, RemoteProtocolError for what is no HTTP, and
    AriConnectionError where there is no connection at all.
    """
    codec = RawCodec()
    socket = EventSocket(name, codec, observer)
    late = AriTimeoutError(f"{address.authority} did not answer within {duration(timeout)}")
    trying = Deferred.fromCoroutine(_try(reactor, address, socket, data, drop=drop))
    opened = await within(trying, timeout, reactor, lambda: late)
    return Attempt(codec.answer, socket if opened else None)


async def _try(reactor: IReactorTime, address: AriAddress, socket: EventSocket, data: bytes, *, drop: bool) -> bool:
    """Whether a WebSocket is open."""
    await connect(reactor, address, socket)
    try:
        with suppress(AriConnectionError):  # `opened` says it, too
            await socket.send_raw(data)
        if drop:
            socket.abort()
        await socket.opened()
    except (AriRefusedError, AriConnectionError):
        return False
    except CancelledError:
        socket.abort()
        await socket.closed()
        raise
    return True
