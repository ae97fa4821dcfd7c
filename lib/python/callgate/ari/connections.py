"""The HTTP connections to one Asterisk: kept for the next request, and an end to all of them.

A connection a request costs twice the time and leaves a port in TIME_WAIT each, which a soak runs out of;
kept ones are reused, but not when they have been idle nearly as long as Asterisk lets them (http.conf's
session_keep_alive, 15 s): a request that meets the closing of its connection could not be told from an Asterisk that
died.
"""

from __future__ import annotations

import re
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from callgate.ari.address import AriAddress
from callgate.ari.answers import RawResponse
from callgate.ari.errors import AriConnectionError, LocalProtocolError
from callgate.ari.exchange import HttpConnection
from callgate.ari.network import CONNECT_ERRORS, describe_connect, endpoint

#: Seconds for which an idle connection is good.
IDLE = 5
#: Idle connections kept: as many as a scenario may have branches that ask at the same time. Asterisk gives each a
#: thread, and 100 in all by default (http.conf's sessionlimit).
KEPT = 6
#: What a request line can hold.
_TARGET = re.compile(r"/[!-~]*")


class Connections:
    """What requests to one Asterisk share."""

    def __init__(self, reactor: Any, address: AriAddress) -> None:
        self._reactor = reactor
        self._address = address
        #: What each request says of who asks whom.
        self._head = f"Host: {address.authority}\r\nAuthorization: {address.authorization.decode()}\r\n"
        self._open: set[HttpConnection] = set()
        #: Those that wait for a request, each with the time since when; the one used last is the last.
        self._idle: dict[HttpConnection, float] = {}
        self._all_gone: Deferred[None] = succeed(None)

    def exchange(self, what: str, method: str, target: str, body: bytes | None) -> Deferred[RawResponse]:
        """Send a request, of which `body` is JSON, and take the whole response; `what` begins the text of an error.

        Fails with AriConnectionError and RemoteProtocolError.
        """
        request = self._encode(what, method, target, body)
        connection = self._take_idle()
        if connection is not None:
            return connection.exchange(what, request)
        return Deferred.fromCoroutine(self._exchange_anew(what, request))

    async def close(self) -> None:
        """Drop every connection, busy or idle; return when all are gone."""
        for connection in list(self._open):
            connection.abort()
        await self._all_gone

    def _encode(self, what: str, method: str, target: str, body: bytes | None) -> bytes:
        if not _TARGET.fullmatch(target):
            raise LocalProtocolError(f"{what}: {target!r} is not percent-encoded")
        length = ""
        if body is not None:
            length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        elif method in ("POST", "PUT"):  # RFC 9110, 8.6: those that have a body say so if it is empty
            length = "Content-Length: 0\r\n"
        return f"{method} {target} HTTP/1.1\r\n{self._head}{length}\r\n".encode("ascii") + (body or b"")

    def _take_idle(self) -> HttpConnection | None:
        while self._idle:
            connection, since = self._idle.popitem()
            if self._reactor.seconds() - since < IDLE:
                return connection
            connection.abort()
        return None

    async def _exchange_anew(self, what: str, request: bytes) -> RawResponse:
        connection = await self._connect(what)
        return await connection.exchange(what, request)

    async def _connect(self, what: str) -> HttpConnection:
        try:
            await endpoint(self._reactor, self._address.host, self._address.port).connect(factory := _Only(self))
        except ConnectingCancelledError as error:  # Twisted's own word for it
            raise CancelledError from error
        except CONNECT_ERRORS as error:
            raise AriConnectionError(f"{what}: {describe_connect(error)}") from error
        return factory.connection

    # What the connections say.

    def opened(self, connection: HttpConnection) -> None:
        """There is one more."""
        if not self._open:
            self._all_gone = Deferred()
        self._open.add(connection)

    def idle(self, connection: HttpConnection) -> None:
        """It may be used again."""
        if len(self._idle) < KEPT:
            self._idle[connection] = self._reactor.seconds()
        else:
            connection.abort()

    def lost(self, connection: HttpConnection) -> None:
        """It is gone."""
        self._open.remove(connection)
        self._idle.pop(connection, None)
        if not self._open:
            self._all_gone.callback(None)


class _Only(Factory):
    """Makes one connection, which is known from its first moment on."""

    noisy = False

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.connection = HttpConnection(connections.idle, connections.lost)

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # noqa: N802, ARG002 - Twisted's names
        self._connections.opened(self.connection)
        return self.connection
