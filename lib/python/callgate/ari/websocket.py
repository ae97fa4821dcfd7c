"""A WebSocket that ARI's events come over: the codec on a Twisted transport.

Opening it registers its applications, so that an application is there from the moment `open_event_socket`
returns. Its end, by a Close frame, by `abort()` or by a loss, deactivates them, but later: the close
handshake is done before Asterisk gets to that (res/ari/ari_websockets.c), so `close()` is no barrier.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError, ConnectionClosed, ConnectionDone
from twisted.internet.interfaces import IAddress, IPushProducer, IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from callgate.ari import codec, messages
from callgate.ari.address import ROOT, AriAddress, query_string
from callgate.ari.answers import RawResponse
from callgate.ari.errors import (
    AriAccessError,
    AriConnectionError,
    AriRegistrationError,
    AriTimeoutError,
    RemoteProtocolError,
)
from callgate.ari.network import CONNECT_ERRORS, describe_connect, endpoint, written
from callgate.ari.observer import AriObserver
from callgate.ari.words import said
from callgate.deadlines import within
from callgate.durations import duration
from callgate.errors import UsageError
from callgate.sending import send

#: No Close frame was seen (RFC 6455, 7.1.5).
ABNORMAL_CLOSURE = 1006


@dataclass(frozen=True, slots=True)
class SocketEnd:
    """How a WebSocket ended."""

    #: Whether a Close frame of Asterisk's was seen.
    clean: bool
    #: The code in that frame; 1006 without one.
    code: int
    #: In words: `closed: 1000`, `lost: …`, `aborted`, `protocol error: …`.
    what: str

    @property
    def answered(self) -> bool:
        """Whether it is the end that Asterisk gives a WebSocket that we close."""
        return self.clean and self.code == codec.NORMAL_CLOSURE


class EventSocket(Protocol):
    """One WebSocket; made by `open_event_socket`."""

    transport: ITCPTransport

    def __init__(self, name: str, side: codec.Codec, observer: AriObserver) -> None:
        #: What the journal calls it.
        self.name = name
        self._label = f"ARI WebSocket '{name}'"
        self._codec = side
        self._observer = observer
        #: The requests that wait for their responses, by their ids, and those that were given up.
        self._requests: dict[str, Deferred[RawResponse]] = {}
        self._opened: Deferred[None] = Deferred()
        #: How it ends, as soon as that is settled; the connection may take another moment.
        self._end: SocketEnd | None = None
        #: Why it could not be opened, or the bug of ours that ended it.
        self._error: BaseException | None = None
        self._ended: SocketEnd | None = None
        #: Whether something was sent past the codec: then a response may come to what is no request of ours.
        self._raw = False
        self._waiting: list[Deferred[SocketEnd]] = []

    async def opened(self) -> None:
        """Return when Asterisk has accepted the WebSocket; to be awaited once.

        Raises AriRefusedError, AriConnectionError or RemoteProtocolError when it has not; the connection is
        gone then.
        """
        await self._opened

    async def closed(self) -> SocketEnd:
        """Return when the connection is gone, and say how it went.

        An exception in the observer, which is a bug of ours and ends the connection, comes out here.
        """
        if self._ended is None:
            waiting: Deferred[SocketEnd] = Deferred(self._waiting.remove)
            self._waiting.append(waiting)
            return await waiting
        if self._error is not None:
            raise self._error
        return self._ended

    async def exchange(self, number: int, message: str) -> RawResponse:
        """Send a request, whose id is `number`, and wait for its response.

        Raises AriConnectionError when the WebSocket ends before.
        """
        if self._end is not None or self._ended is not None:
            raise AriConnectionError(f"{self._label} has ended")
        answer = self._requests[str(number)] = Deferred()
        send(self.transport, self._codec.text(message))
        return await answer

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they stand, past the codec; return when they are with the kernel, or the connection is gone.

        Raises AriConnectionError when the WebSocket has ended before.
        """
        if self._end is not None or self._ended is not None:
            raise AriConnectionError(f"{self._label} has ended")
        if self._opened.called:
            self._raw = True
            self._observer.ari_frame(self.name, "sent", data)
        await written(self.transport, data)

    async def close(self, reactor: IReactorTime, timeout: float) -> SocketEnd:
        """Close with code 1000 and wait for Asterisk's Close frame; at once when it is gone already.

        Raises AriTimeoutError after `timeout` seconds; the connection has been aborted then.
        """
        if self._end is None and self._ended is None:
            self.resume()
            send(self.transport, self._codec.close())
        late = AriTimeoutError(f"{self._label}: no answer to the Close frame within {duration(timeout)}")
        try:
            return await within(Deferred.fromCoroutine(self.closed()), timeout, reactor, lambda: late)
        except AriTimeoutError:
            self.abort()
            await self.closed()
            raise

    def abort(self) -> None:
        """Drop the connection without a word: Asterisk gets a TCP reset."""
        self._break("aborted")

    def failed(self, what: str) -> None:
        """There is no connection at all."""
        self._observer.ari_socket(self.name, f"failed: {what}")

    def kill(self) -> None:
        """Close the connection without a Close frame, as the kernel does for a process that is killed."""
        if self._end is None and self._ended is None:
            self._end = SocketEnd(clean=False, code=ABNORMAL_CLOSURE, what="killed")
        self.resume()
        self.transport.loseConnection()

    @property
    def address(self) -> str:
        """Its own end, as Asterisk names it: `127.0.0.1:40000`."""
        host = self.transport.getHost()
        return f"{host.host}:{host.port}"

    def pause(self) -> None:
        """Stop reading: Asterisk's writes pile up and at last fail. A loss goes unseen meanwhile."""
        IPushProducer(self.transport).pauseProducing()

    def resume(self) -> None:
        """Read again."""
        IPushProducer(self.transport).resumeProducing()

    # What Twisted calls.

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Ask for the WebSocket, if it is ours to open; from now on whatever is written is sent at once.

        Nagle's algorithm would hold a second frame back until Asterisk's kernel has acknowledged the first, 40 ms.
        """
        self.transport.setTcpNoDelay(True)
        send(self.transport, self._codec.begin())

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take in what Asterisk sent."""
        try:
            for event in self._codec.receive_data(data):
                self._take(event)
                if self._end is not None:
                    return
        except RemoteProtocolError as error:
            self._error = None if self._opened.called else error
            self._break(f"protocol error: {error}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Settle how it ended and tell everybody."""
        refused = self._codec.end_of_stream()
        if refused is not None:
            self._refuse(refused)
        self._ended = self._end or self._lost(reason)
        self._observer.ari_socket(self.name, self._ended.what)
        if not self._opened.called:
            self._opened.errback(self._error or AriConnectionError(f"{self._label}: {self._ended.what}"))
            self._error = None
        requests, self._requests = self._requests, {}
        for answer in requests.values():
            answer.errback(AriConnectionError(f"{self._label}: {self._ended.what}, before a response came"))
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            if self._error is not None:
                deferred.errback(self._error)
            else:
                deferred.callback(self._ended)

    # What it means.

    def _take(self, event: codec.Event) -> None:
        match event:
            case codec.Opened():
                self._open()
            case codec.Text(text):
                self._deliver(text)
            case codec.Ping(payload):
                self.transport.write(self._codec.pong(payload))
            case codec.Pong(payload):
                self._observer.ari_frame(self.name, "pong", payload)
            case codec.Closed(code, reason):
                self._end = SocketEnd(clean=True, code=code, what=f"closed: {code} {reason}".rstrip())
                self.transport.write(self._codec.close(code))
                self.transport.loseConnection()
            case codec.Refused():
                self._refuse(event)
                self.transport.loseConnection()

    def _open(self) -> None:
        self._observer.ari_socket(self.name, "opened")
        self._opened.callback(None)

    def _deliver(self, text: str) -> None:
        try:
            event = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RemoteProtocolError(f"an event is not JSON: {error}") from error
        if not isinstance(event, dict):
            raise RemoteProtocolError(f"an event is not a JSON object but {type(event).__name__}")
        if event.get("type") == messages.RESPONSE:
            self._respond(event)
        else:
            self._observer.ari_event(self.name, event)

    def _respond(self, message: dict[str, Any]) -> None:
        request_id, raw = messages.decode_response(message)
        answer = self._requests.pop(request_id, None)
        if answer is not None and answer.called:  # given up long ago
            self._observer.ari_response(int(request_id), f"too late: {raw.status} {raw.reason}", self.name)
        elif answer is not None:
            answer.callback(raw)
        elif self._raw:
            self._observer.ari_event(self.name, message)
        else:
            raise RemoteProtocolError(f"a response to request {request_id!r}, which was not sent")

    def _refuse(self, refused: codec.Refused) -> None:
        answer = f"{refused.status} {said(refused.text)}".rstrip()
        self._end = SocketEnd(clean=False, code=ABNORMAL_CLOSURE, what=f"refused: {answer}")
        blame = AriAccessError if refused.status in (401, 403, 404) else AriRegistrationError
        self._error = blame(f"{self._label}: Asterisk refused it: {answer}",
                            status=refused.status, text=refused.text)

    def _break(self, what: str) -> None:
        if self._end is None and self._ended is None:
            self._end = SocketEnd(clean=False, code=ABNORMAL_CLOSURE, what=what)
        self.transport.abortConnection()

    def _lost(self, reason: Failure) -> SocketEnd:
        if isinstance(reason.value, ConnectionDone):
            what = "lost: the connection was closed without a Close frame"
        elif isinstance(reason.value, ConnectionClosed):
            what = "lost: the connection was reset"
        else:
            # Twisted hands the exception that came out of dataReceived to connectionLost.
            what, self._error = f"lost: {reason.value!r}", reason.value
        return SocketEnd(clean=False, code=ABNORMAL_CLOSURE, what=what)


async def open_event_socket(
    reactor: IReactorTime,
    address: AriAddress,
    apps: Sequence[str],
    *,
    name: str,
    observer: AriObserver,
    timeout: float,
    subscribe_all: bool = False,
) -> EventSocket:
    """Register `apps` by opening a WebSocket; each event goes to `observer`.

    `timeout`, in seconds, covers the connection and the handshake. Raises UsageError for a name that cannot
    be an application's, AriTimeoutError, AriConnectionError, AriRefusedError and RemoteProtocolError.
    """
    if not apps:
        raise UsageError(f"ARI WebSocket '{name}' names no application")
    query = query_string({"app": list(apps), "subscribeAll": "true" if subscribe_all else "false"})
    client = codec.ClientCodec(address.authority, f"{ROOT}/events{query}",
                               [(b"Authorization", address.authorization)])
    socket = EventSocket(name, client, observer)
    late = AriTimeoutError(f"ARI WebSocket '{name}': {address.authority} did not answer within {duration(timeout)}")
    connecting = Deferred.fromCoroutine(_open(reactor, address, socket))
    await within(connecting, timeout, reactor, lambda: late)
    return socket


class _Only(Factory):
    """Gives the one protocol it was made for."""

    noisy = False

    def __init__(self, socket: EventSocket) -> None:
        self._socket = socket

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # noqa: N802, ARG002 - Twisted's names
        return self._socket


async def connect(reactor: IReactorTime, address: AriAddress, socket: EventSocket) -> None:
    """Give a WebSocket its connection, over which it is asked for. Raises AriConnectionError where there is none."""
    try:
        await endpoint(reactor, address.host, address.port).connect(_Only(socket))
    except ConnectingCancelledError as error:  # Twisted's own word for it
        raise CancelledError from error
    except CONNECT_ERRORS as error:
        what = describe_connect(error)
        socket.failed(what)
        raise AriConnectionError(f"ARI WebSocket '{socket.name}': {address.authority}: {what}") from error


async def _open(reactor: IReactorTime, address: AriAddress, socket: EventSocket) -> None:
    await connect(reactor, address, socket)
    try:
        await socket.opened()
    except CancelledError:
        socket.abort()
        await socket.closed()
        raise
