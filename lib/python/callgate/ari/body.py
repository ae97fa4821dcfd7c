"""The bodies of requests and responses, on twisted.web's terms: known reactor, bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IBodyProducer, IResponse
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IConsumer

#: Bytes in one response. The largest that ARI gives, a listing or a recording, stays below.
MAX_BODY = 16 << 20


@implementer(IBodyProducer)
class BytesBody:
    """A request's body, written at once; Twisted's own producer would borrow the global reactor."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """Write everything."""
        consumer.write(self._data)
        return succeed(None)

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing is left to stop."""

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing is left to pause."""

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing is left to resume."""


class _Collector(Protocol):
    """Gathers one response's body; drops the connection when it is too long or no longer wanted."""

    def __init__(self, limit: int) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._drop())
        self._limit = limit
        self._data = bytearray()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._data += data
        if len(self._data) > self._limit and not self.done.called:
            self.done.errback(ValueError(f"the response is longer than {self._limit} bytes"))
            self._drop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        if self.done.called:
            return
        # Without a Content-Length, which Asterisk always sends, a response ends with its connection.
        if isinstance(reason.value, ResponseDone | PotentialDataLoss):
            self.done.callback(bytes(self._data))
        else:
            self.done.errback(reason)

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


async def read_body(response: IResponse, limit: int = MAX_BODY) -> bytes:
    """The whole body; raises ValueError past `limit` bytes. Then, or when cancelled, it drops the connection.

    Unlike Twisted's readBody(), which leaves the connection open when it is cancelled.
    """
    collector = _Collector(limit)
    response.deliverBody(collector)
    return await collector.done
