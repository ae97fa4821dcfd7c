"""ARI requests over HTTP or a WebSocket, each with one deadline, from connecting to the last byte of the body.

What speaks HTTP is imported when the first request is sent: checking a scenario does without.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred

from callgate.ari import messages
from callgate.ari.address import ROOT, AriAddress, path, query_string
from callgate.ari.answers import RawResponse, read
from callgate.ari.attempt import Attempt, attempt
from callgate.ari.errors import AriConnectionError, AriTimeoutError, LocalProtocolError
from callgate.ari.handshake import Upgrade
from callgate.ari.observer import AriObserver, AriResponse, Query
from callgate.ari.reception import Reception
from callgate.ari.server import Server
from callgate.ari.websocket import EventSocket, open_event_socket
from callgate.deadlines import within
from callgate.durations import duration
from callgate.errors import CallgateError

if TYPE_CHECKING:
    from callgate.ari.connections import Connections

__all__ = ["AriClient", "AriResponse", "path"]

_NO_QUERY: Query = MappingProxyType({})


class AriClient:
    """One ARI user's requests to one Asterisk, and the WebSockets opened for it."""

    def __init__(self, reactor: Any, host: str, port: int, username: str, password: str,
                 observer: AriObserver) -> None:
        self._reactor = reactor
        self._address = AriAddress(host, port, username, password)
        self._observer = observer
        self._numbers = itertools.count(1)
        self._connections: Connections | None = None
        self._pending: set[Deferred[RawResponse]] = set()
        self._closed = False

    async def request(self, method: str, path: str, *, query: Query = _NO_QUERY, body: Any = None,
                      timeout: float, over: EventSocket | None = None) -> AriResponse:
        """Send one request, over HTTP or `over` a WebSocket, and give the response, whatever its status.

        `path` is below `/ari` and comes from `path()` where it holds data; `body`, if not None, is sent as
        JSON. `timeout`, in seconds, covers the whole call. Asterisk reads request lines of up to 4 kB and
        bodies of up to 40 kB (main/http.c): many channel variables belong in `body`.

        Raises AriTimeoutError, AriConnectionError, RemoteProtocolError, and UsageError for a query that
        cannot be written.
        """
        what = f"ARI {method} {path}" + (f" over {over.name}" if over else "")
        origin = over.name if over else ""
        if self._closed:
            raise LocalProtocolError(f"{what}: its client is closed")
        target = path + query_string(query)
        number = next(self._numbers)
        self._observer.ari_request(number, method, path, query, body, origin)
        if over is None:
            sending = self._send(what, method, ROOT + target, body)
        else:
            sending = Deferred.fromCoroutine(over.exchange(number, messages.encode_request(number, method, target,
                                                                                           body)))
        try:
            response = read(what, method, path, await self._in_time(what, sending, timeout))
        except CallgateError as error:
            self._observer.ari_response(number, str(error), origin)
            raise
        except CancelledError as error:
            self._observer.ari_response(number, f"{what}: given up", origin)
            if self._closed:
                raise AriConnectionError(f"{what}: given up, since its client was closed") from error
            raise
        self._observer.ari_response(number, response, origin)
        return response

    async def open_socket(self, apps: Sequence[str], *, name: str, timeout: float,
                          subscribe_all: bool = False) -> EventSocket:
        """Register `apps` by a WebSocket of their own: see `open_event_socket`."""
        return await open_event_socket(self._reactor, self._address, apps, name=name, observer=self._observer,
                                       timeout=timeout, subscribe_all=subscribe_all)

    async def attempt(self, request: bytes | Upgrade, *, name: str, timeout: float, drop: bool = False,
                      cut: int | None = None) -> Attempt:
        """Ask for a WebSocket by bytes of one's own, or the first `cut` of them: see `attempt`.

        `name` is what the journal calls it. Raises UsageError for a query that cannot be written.
        """
        data = request if isinstance(request, bytes) else request.encode(self._address)
        return await attempt(self._reactor, self._address, data[:cut], name=name, observer=self._observer,
                             timeout=timeout, drop=drop)

    def serve(self, port: int, reception: Reception, *, name: str, opened: Callable[[EventSocket], None]) -> Server:
        """A server for a WebSocket that Asterisk opens to this port, listening: see `Server`. Its user stops it.

        Raises MachineError when the port can't be listened on.
        """
        server = Server(self._reactor, name, port, reception, self._observer, opened)
        server.listen()
        return server

    async def close(self) -> None:
        """Drop every HTTP connection and return when all are gone; pending requests fail.

        WebSockets are their opener's to close.
        """
        self._closed = True
        for call in list(self._pending):
            call.cancel()
        if self._connections is not None:
            await self._connections.close()

    async def _in_time(self, what: str, sending: Deferred[RawResponse], timeout: float) -> RawResponse:
        """Wait for a response, so many seconds and no longer than until `close`."""
        call = within(sending, timeout, self._reactor,
                      lambda: AriTimeoutError(f"{what}: no response within {duration(timeout)}"))
        self._pending.add(call)
        try:
            return await call
        finally:
            self._pending.discard(call)

    def _send(self, what: str, method: str, target: str, body: Any) -> Deferred[RawResponse]:
        from callgate.ari.connections import Connections

        if self._connections is None:
            self._connections = Connections(self._reactor, self._address)
        data = None if body is None else json.dumps(body).encode()
        return self._connections.exchange(what, method, target, data)
