"""The servers of a scenario, to which Asterisk opens WebSockets: their beginning, and their end.

When Asterisk has come that far, it says in its log alone (res/ari/ari_websockets.c, res/res_websocket_client.c).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from callgate.ari.reception import Reception
from callgate.ari.server import Server
from callgate.ari.websocket import EventSocket
from callgate.deadlines import within
from callgate.durations import duration
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.named import Client
from callgate.scenario.ourdoing import not_opened
from callgate.scenario.search import Search

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: What Asterisk logs of a WebSocket that it has opened and lost (outbound_session_handler_thread() in
#: res/ari/ari_websockets.c).
_NOTICED = "Websocket disconnected.  Reconnecting"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server, and whether Asterisk keeps its WebSocket open, or opens it for one call."""

    server: Server
    persistent: bool
    asterisk: str

    @property
    def may_be_heard(self) -> bool:
        """Whether a WebSocket may still come that is accepted."""
        return self.server.listens and self.server.accepts


async def serve(context: Context, name: str, port: int, reception: Reception, *, within_seconds: float | None) -> None:
    """Listen on a port; return when Asterisk has come and was received, or at once if `within_seconds` is None.

    Then the WebSocket is for one call, and opened when there is one. Raises StepFailedError when nobody has come in
    time or who came could not be accepted, and MistakenStepError when another server still listens on the port.
    """
    await _free(context, port)
    context.journal.log.announce(not_opened)  # while it refuses, and as soon as it listens no more
    persistent = within_seconds is not None

    def opened(socket: EventSocket) -> None:
        context.add_client(Client(name, (), socket, for_a_call=not persistent))

    since = context.journal.mark()
    server = context.asterisk.ari.serve(port, reception, name=name, opened=opened)
    context.servers[name] = Serving(server, persistent, context.here)
    if within_seconds is not None:
        give_up = context.reactor.seconds() + within_seconds
        try:
            await _met(context, server, within_seconds)
        except StepFailedError:
            del context.servers[name]  # there is nothing more to say of it
            await server.stop()
            raise
        if name in context.clients:
            await _taken(context, server, since, give_up - context.reactor.seconds())


async def end(context: Context, name: str, *, timeout: float, abort: bool = False, kill: bool = False) -> None:
    """End a server, and its WebSocket; return when Asterisk has done with that.

    One that it keeps open, it has noticed to be gone then; one for a call, it does not try to open again any more: a
    server of the next scenario would take it for that scenario's. Raises StepFailedError when nobody has ever come, or
    when Asterisk has not noticed after `timeout` seconds.
    """
    serving, since = context.servers.pop(name), context.last_read(name)
    give_up = context.reactor.seconds() + timeout
    dropped, taken = await serving.server.stop(), name in context.clients
    if taken:
        await context.close_client(name, timeout=timeout, abort=abort, kill=kill)
    if not serving.server.has_met:
        raise StepFailedError(_nobody(serving.server))
    if not context.asterisk.has_log:
        return
    left = max(0.0, give_up - context.reactor.seconds())
    if not serving.persistent:
        await _given_up(context, serving.server.port, dropped + taken, since, left)
    elif taken and await context.wait_for(_logged(_NOTICED), since=since, timeout=left) is None:
        raise StepFailedError(f"Asterisk has not noticed within {duration(timeout)} that the WebSocket of {name} is "
                              "gone")


async def _given_up(context: Context, port: int, count: int, since: int, seconds: float) -> None:
    """Wait until Asterisk says of so many WebSockets that it tries no more to open them to this port.

    Not for ever: of one that it was about to close itself it says nothing.
    """
    search = Search(context, since=since, timeout=seconds)
    wanted = _logged(rf"Websocket connection to \S*:{port}\b.* Hanging up after exhausting retries")
    while count and await search.next(wanted) is not None:
        count -= 1


def _logged(expression: str) -> Callable[[Entry], bool]:
    """Whether an entry is a line of Asterisk's log in which the regular expression is found."""
    return lambda entry: entry.source is Source.LOG and re.search(expression, str(entry.data)) is not None


async def _free(context: Context, port: int) -> None:
    """Let servers that have had their WebSocket give the port free."""
    for serving in context.servers.values():
        if serving.server.port == port:
            if serving.server.listens:
                raise MistakenStepError(f"{serving.server.name} still listens on this port, and each server takes one "
                                        "WebSocket: let it come first, or disconnect that server")
            await serving.server.stop()


async def _met(context: Context, server: Server, seconds: float) -> None:
    def late() -> StepFailedError:
        return StepFailedError(f"{_nobody(server)} within {duration(seconds)}")

    await within(Deferred.fromCoroutine(server.met()), seconds, context.reactor, late)
    if not server.has_met:
        raise StepFailedError(_nobody(server))


async def _taken(context: Context, server: Server, since: int, seconds: float) -> None:
    """Wait until Asterisk has read our answer to its handshake, as it says in its log.

    What we send before that it may never see: it reads it together with the answer, and then waits for more
    (session_read() in res/ari/ari_websockets.c polls the socket, and not what is left of what was read).
    """
    wanted = _logged(rf"Outbound websocket connected to \S*:{server.port}\b")
    if context.asterisk.has_log and await context.wait_for(wanted, since=since, timeout=max(0.0, seconds)) is None:
        raise StepFailedError(f"Asterisk has not said that the WebSocket of {server.name} is open")


def _nobody(server: Server) -> str:
    if server.problem:
        return f"what Asterisk wanted to open to {server.name} could not be accepted: {server.problem}"
    return f"Asterisk has not connected to {server.name}"
