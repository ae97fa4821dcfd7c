"""How a host is reached, and Twisted's errors on the way there in words for a person."""

from __future__ import annotations

from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.error import ConnectionRefusedError as RefusedError
from twisted.internet.interfaces import IPullProducer, IStreamClientEndpoint, ITransport
from zope.interface import implementer

#: What Twisted raises when a connection does not come about.
CONNECT_ERRORS = (ConnectError, DNSLookupError)


def endpoint(reactor: Any, host: str, port: int) -> IStreamClientEndpoint:
    """Where to connect to.

    A HostnameEndpoint asks the resolver, in a thread, even for an address; where there is nothing to look up,
    as with every Asterisk that Callgate starts, no thread is.
    """
    if isIPAddress(host):
        return TCP4ClientEndpoint(reactor, host, port)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port)
    return HostnameEndpoint(reactor, host, port)


def describe_connect(error: Exception) -> str:
    """Why there is no connection."""
    if isinstance(error, RefusedError):
        return "connection refused"
    if isinstance(error, DNSLookupError):
        return f"no such host ({error})"
    return f"cannot connect ({error})"


@implementer(IPullProducer)
class _Once:
    """Gives a transport some bytes when it first wants some, and is done when it wants more."""

    def __init__(self, transport: Any, data: bytes) -> None:
        self.done: Deferred[None] = Deferred()
        self._transport = transport
        self._data = data

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Twisted asks at once, and then whenever nothing is left to be written."""
        data, self._data = self._data, b""
        if data:
            self._transport.write(data)
        else:
            self._transport.unregisterProducer()
            self.stopProducing()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """All is written, or the connection is lost."""
        if not self.done.called:
            self.done.callback(None)


async def written(transport: ITransport, data: bytes) -> None:
    """Write bytes, and return when the kernel has them all, or the connection is lost.

    What `abortConnection` would throw away otherwise.
    """
    once = _Once(transport, data)
    transport.registerProducer(once, False)  # type: ignore[attr-defined]  # IConsumer's
    await once.done
