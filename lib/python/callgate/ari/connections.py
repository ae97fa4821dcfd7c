"""The HTTP connections to one Asterisk: Twisted's agent over a pool of our own, and an end to all of them.

A connection a request costs twice the time and leaves a port in TIME_WAIT each, which a soak runs out of;
kept ones are reused, and dropped long before Asterisk would (http.conf's session_keep_alive, 15 s): a request
that meets the closing of its connection could not be told from an Asterisk that died.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import (
    URI,
    Agent,
    HTTPConnectionPool,
    RequestTransmissionFailed,
    ResponseFailed,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from callgate.ari.answers import RawResponse
from callgate.ari.body import BytesBody, read_body
from callgate.ari.errors import AriConnectionError, RemoteProtocolError
from callgate.ari.network import CONNECT_ERRORS, describe_connect, endpoint

#: Seconds that an idle connection is kept.
IDLE = 5
#: Idle connections kept: as many as there are requests at the same time when a scenario is over. Asterisk gives each a
#: thread, and 100 in all by default (http.conf's sessionlimit).
KEPT = 6


class _Watch(WrappingFactory):
    """Puts each connection into a set for as long as it is open.

    HTTP11ClientProtocol.abort() is no help: called while its connection is being lost, it never fires.
    """

    noisy = False

    def __init__(self, factory: IProtocolFactory, connections: Connections) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]  # an __init__ of Twisted's
        self._connections = connections

    def registerProtocol(self, p: ProtocolWrapper) -> None:  # noqa: N802 - Twisted's name
        self._connections.opened(p)

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:  # noqa: N802 - Twisted's name
        self._connections.lost(p)


@implementer(IStreamClientEndpoint)
class _Watched:
    """An endpoint whose connections are watched."""

    def __init__(self, inner: IStreamClientEndpoint, connections: Connections) -> None:
        self._inner = inner
        self._connections = connections

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803 - Twisted's name
        return self._inner.connect(_Watch(protocolFactory, self._connections)).addCallback(_unwrap)


def _unwrap(wrapper: Any) -> IProtocol:
    protocol: IProtocol = wrapper.wrappedProtocol
    return protocol


@implementer(IAgentEndpointFactory)
class Connections:
    """What requests to one Asterisk share."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._pool.cachedConnectionTimeout = IDLE
        self._pool.maxPersistentPerHost = KEPT
        # Not the plain Agent: it sets up TLS, which takes time and is not used.
        self._agent = Agent.usingEndpointFactory(reactor, self, self._pool)
        self._open: set[Any] = set()
        self._all_gone: Deferred[None] = succeed(None)

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:  # noqa: N802 - Twisted's name
        """Where a request goes."""
        return _Watched(endpoint(self._reactor, uri.host.decode().strip("[]"), uri.port), self)

    def opened(self, connection: ProtocolWrapper) -> None:
        """Note a connection."""
        if not self._open:
            self._all_gone = Deferred()
        self._open.add(connection)

    def lost(self, connection: ProtocolWrapper) -> None:
        """Forget a connection."""
        self._open.remove(connection)
        if not self._open:
            self._all_gone.callback(None)

    async def exchange(self, what: str, method: str, url: str, headers: Headers,
                       data: bytes | None) -> RawResponse:
        """Send a request and take the whole response; `what` begins the text of an error.

        Raises AriConnectionError and RemoteProtocolError.
        """
        try:
            response = await self._agent.request(method.encode(), url.encode("ascii"), headers,
                                                 None if data is None else BytesBody(data))
            body = await read_body(response)
        except CONNECT_ERRORS as error:
            raise AriConnectionError(f"{what}: {describe_connect(error)}") from error
        except (ResponseFailed, RequestTransmissionFailed, ConnectionClosed) as error:
            raise _blame(what, error) from error
        except ValueError as error:
            raise RemoteProtocolError(f"{what}: {error}") from error
        types = response.headers.getRawHeaders("content-type") or [""]
        return RawResponse(response.code, response.phrase.decode(errors="replace"), types[0], body)

    async def close(self) -> None:
        """Drop every connection, busy or idle; return when all are gone."""
        self._pool.closeCachedConnections()
        for connection in list(self._open):
            if not connection.disconnecting:
                connection.abortConnection()
        await self._all_gone


def _blame(what: str, error: Exception) -> Exception:
    reasons = [failure.value for failure in getattr(error, "reasons", [])]
    cancelled = [reason for reason in reasons if isinstance(reason, CancelledError)]
    if cancelled:
        return cancelled[0]
    if not reasons or any(isinstance(reason, ConnectionClosed) for reason in reasons):
        return AriConnectionError(f"{what}: the connection was lost before the response was complete")
    return RemoteProtocolError(f"{what}: the response is not HTTP: {'; '.join(map(repr, reasons))}")
