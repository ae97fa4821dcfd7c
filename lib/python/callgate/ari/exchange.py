"""One HTTP connection to Asterisk: a request out of it, the whole response back, one after the other.

llhttp reads the responses, as it does for Node.js (through httptools).
"""

from __future__ import annotations

from collections.abc import Callable

from httptools import HttpParserError, HttpResponseParser
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionClosed, ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from callgate.ari.answers import RawResponse
from callgate.ari.errors import AriConnectionError, LocalProtocolError, RemoteProtocolError
from callgate.sending import send

#: Bytes in one response. The largest that ARI gives, a listing or a recording, stays below.
MAX_BODY = 16 << 20


class _Response:
    """What has come of one response; the parser calls it."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.reason = b""
        self.content_type = b""
        self.body = bytearray()
        #: Whether its end is to be told from it, and not that of the connection alone.
        self.bounded = False
        self.headed = False
        self.complete = False
        self.keep_alive = False
        #: Whether something came behind it.
        self.followed = False

    # What httptools calls.

    def on_message_begin(self) -> None:
        self.followed = self.complete

    def on_status(self, status: bytes) -> None:
        self.reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"content-type" if not self.content_type:
                self.content_type = value
            case b"content-length" | b"transfer-encoding":
                self.bounded = True

    def on_headers_complete(self) -> None:
        self.headed = True

    def on_body(self, data: bytes) -> None:
        if len(self.body) <= MAX_BODY:
            self.body += data

    def on_message_complete(self) -> None:
        if self.followed:
            return
        if self.parser.get_status_code() < 200:  # an interim response (RFC 9110, 15.2): another one follows
            self.reason, self.content_type, self.bounded, self.headed = b"", b"", False, False
        else:
            self.complete, self.keep_alive = True, self.parser.should_keep_alive()

    # What the connection asks.

    @property
    def reusable(self) -> bool:
        """Whether the connection is good for another one."""
        return self.keep_alive and not self.followed

    def raw(self) -> RawResponse:
        """All of it."""
        return RawResponse(self.parser.get_status_code(), self.reason.decode(errors="replace"),
                           self.content_type.decode("latin-1"), bytes(self.body))


class HttpConnection(Protocol):
    """One connection; `idle` is called when another request may be sent, `lost` when it is gone."""

    transport: ITCPTransport

    def __init__(self, idle: Callable[[HttpConnection], None], lost: Callable[[HttpConnection], None]) -> None:
        self._idle = idle
        self._lost = lost
        self._what = ""
        self._response: _Response | None = None
        self._answer: Deferred[RawResponse] | None = None

    def exchange(self, what: str, request: bytes) -> Deferred[RawResponse]:
        """Send a request; gives the response to it. Cancelling it drops the connection.

        Fails with AriConnectionError and RemoteProtocolError, of which `what` begins the text.
        """
        if self._answer is not None:
            raise LocalProtocolError(f"{what}: its connection waits for another response")
        self._what, self._response = what, _Response()
        answer = self._answer = Deferred(lambda _: self._fail(CancelledError()))
        send(self.transport, request)
        return answer

    def abort(self) -> None:
        """Drop it."""
        self.transport.abortConnection()

    # What Twisted calls.

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Send each request when it is written."""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take in what Asterisk sent."""
        response = self._response
        if response is None:  # nobody has asked for anything
            self.abort()
            return
        try:
            response.parser.feed_data(data)
        except HttpParserError as error:
            if not response.complete:
                self._fail(RemoteProtocolError(f"{self._what}: the response is not HTTP: {error}"))
                return
            response.followed = True
        if len(response.body) > MAX_BODY:
            self._fail(RemoteProtocolError(f"{self._what}: the response is longer than {MAX_BODY} bytes"))
        elif response.complete:
            self._finish(response)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Tell who waits; a response of which the connection's end is the end is whole now."""
        self._lost(self)
        response, answer = self._response, self._answer
        if response is None or answer is None:
            return
        if isinstance(reason.value, ConnectionDone) and response.headed and not response.bounded:
            self._response = self._answer = None
            answer.callback(response.raw())
        elif reason.value is None or isinstance(reason.value, ConnectionClosed):
            self._fail(AriConnectionError(f"{self._what}: the connection was lost before the response was complete"))
        else:  # a bug of ours, which Twisted hands on
            self._fail(reason.value)

    def _finish(self, response: _Response) -> None:
        answer, self._response, self._answer = self._answer, None, None
        if response.reusable:
            self._idle(self)
        else:
            self.abort()
        if answer is not None:
            answer.callback(response.raw())

    def _fail(self, error: BaseException) -> None:
        answer, self._response, self._answer = self._answer, None, None
        self.abort()
        if answer is not None and not answer.called:
            answer.errback(error)
