"""Makes a write of Asterisk's to a WebSocket fail: the fault that STASISSTATUS was made for.

A client that reads no more is found out only when the kernel holds no more for it, after some megabytes. They are sent
as events that ARI lets anybody raise, which go to an application alone (POST /events/user, res/ari/resource_events.c).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.ari.address import path
from callgate.scenario.deactivation import deactivated
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.steps.asking import insist

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: What Asterisk logs then (res/ari/ari_websockets.c).
_FAILED = "Problem occurred during websocket write"
#: The event's name, for who reads a journal.
EVENT = "CallgateFill"
#: Bytes of an event; Asterisk reads bodies of up to 40 kB (main/http.c).
_SIZE = 32_000
#: More than Linux holds for a connection on one machine (tcp_rmem, tcp_wmem: tcp(7)), with room for larger settings.
_MOST = 4000


async def fill(context: Context, name: str, *, timeout: float) -> None:
    """Stall a client, and send it events until a write of Asterisk's to it has failed.

    Versions before 20.21, 22.11 and 23.5 mostly deactivate the applications only when the client goes away. Raises
    StepFailedError when no write has failed after `timeout` seconds, MistakenStepError for a client without
    applications of its own.
    """
    client = context.client(name)
    if not client.apps:
        raise MistakenStepError(f"{name} has registered no application that events could be sent to")
    context.stall(name)
    since, app = context.last_read(name), client.apps[0]
    give_up = context.reactor.seconds() + timeout
    body = {"variables": {"fill": "x" * _SIZE}}
    said = f"{_FAILED} to {client.socket.address},"
    sent = 0
    while sent < _MOST:
        looked, since = since, context.journal.mark()  # what has been looked at is not looked at again
        if await _has_failed(context, app, said, looked, timeout=0):
            return
        if context.reactor.seconds() >= give_up:
            break
        answer = await context.asterisk.ari.request("POST", path("events", "user", EVENT), query={"application": app},
                                                    body=body, timeout=context.step_timeout)
        if answer.status == 404:  # the write has failed: inactive, and forgotten; what is logged is still to come
            if await _has_failed(context, app, said, since, timeout=max(0.0, give_up - context.reactor.seconds())):
                return
            break
        insist(answer, f"Asterisk did not send an event to {app}")
        sent += 1
    raise StepFailedError(f"Asterisk has written {sent * _SIZE / 1e6:.1f} MB to {name}, which reads nothing, "
                          f"and no write has failed after {timeout:g} s",
                          expected=(("log", _FAILED),), got=(("log", "(none)"),))


async def _has_failed(context: Context, app: str, said: str, since: int, *, timeout: float) -> bool:
    """Whether Asterisk says so in its log; elsewhere, where that is not seen, whether the application is inactive."""
    if not context.asterisk.has_log:
        return await deactivated(context, app, since=since, timeout=timeout)

    def wanted(entry: Entry) -> bool:
        return entry.source is Source.LOG and said in str(entry.data)

    if timeout > 0:
        return await context.wait_for(wanted, since=since, timeout=timeout) is not None
    return any(wanted(entry) for entry in context.journal.since(since))
