"""When an application is really gone: Asterisk says so after the close handshake, never in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from callgate.ami.errors import AmiRefusedError
from callgate.ari.address import path
from callgate.durations import duration
from callgate.errors import MachineError
from callgate.scenario.failure import StepFailedError
from callgate.scenario.grace import AT_ONCE
from callgate.scenario.journal import Entry, Source, channel_id, event_field
from callgate.scenario.twins import APPLICATION

if TYPE_CHECKING:
    from callgate.scenario.context import Context
    from callgate.scenario.named import Client

#: Seconds between two looks at an Asterisk whose log we don't see.
_PAUSE = 0.05
#: Seconds in which an application is forgotten, if it is; nearly all are at once.
_FORGETTING = 0.5
#: What an application can be subscribed to, as ARI's model of it says, and what each item is.
SUBSCRIPTIONS = {"channel_ids": "channel", "bridge_ids": "bridge", "endpoint_ids": "endpoint", "device_names": "device"}
#: Events after which a call is in no application.
_LEAVES = frozenset({"StasisEnd", "Hangup"})
_SESSIONS = "ari show websocket sessions"


async def see_inactive(context: Context, client: Client, *, since: int, timeout: float) -> None:
    """Wait until the applications of a client that is gone are inactive, but for those that another one has now.

    Raises StepFailedError when one of them is still active after `timeout` seconds.
    """
    give_up = context.reactor.seconds() + timeout
    for app in context.own_apps(client):
        left = max(0.0, give_up - context.reactor.seconds())
        if not await deactivated(context, app, since=since, timeout=left):
            raise StepFailedError(f"{app} is still active {duration(timeout)} after its WebSocket was closed")


async def deactivated(context: Context, app: str, *, since: int, timeout: float) -> bool:
    """Wait until Asterisk has deactivated `app`; False if it has not after `timeout` seconds.

    An Asterisk that the runner started says it in its log: "Deactivating Stasis app", with the application locked
    until it is inactive (res/stasis/app.c, app_deactivate), from entry `since` on. Any other is asked for its
    WebSocket sessions, which versions before 20.15, 21.10 and 22.5 cannot tell: MachineError.
    """
    if context.asterisk.has_log:
        said = f"Deactivating Stasis app '{app}'"

        def wanted(entry: Entry) -> bool:
            return entry.source is Source.LOG and said in str(entry.data)

        if await context.wait_for(wanted, since=since, timeout=timeout) is None:
            return False
        await _forgotten(context, app, since)
        return True
    from twisted.internet.task import deferLater  # which reading a file, and this with it, can do without

    give_up = context.reactor.seconds() + timeout
    while app in await _apps_with_sessions(context, timeout):
        if context.reactor.seconds() >= give_up:
            return False
        await deferLater(context.reactor, _PAUSE)
    return True


async def _forgotten(context: Context, app: str, since: int) -> None:
    """Wait until an application that nothing is subscribed to is gone, which is a moment after it was deactivated.

    Who registers it in that moment has a WebSocket, and no application: Asterisk finds the old one, and forgets it
    (__stasis_app_register() and cleanup() in res/res_stasis.c). Before 22.4 one with subscribeAll is never forgotten.
    From then on it is taken off the list even with calls in it, and destroyed after the last of them: nobody waits for
    that.
    """
    def wanted(entry: Entry) -> bool:
        return entry.source is Source.LOG and str(entry.data).endswith(f"Destroying Stasis app {app}")

    give_up = context.reactor.seconds() + _FORGETTING
    if _has_calls(context, app) or await context.wait_for(wanted, since=since, timeout=AT_ONCE) is not None:
        return
    answer = await context.asterisk.ari.request("GET", path("applications", app), timeout=context.step_timeout)
    if not (isinstance(answer.body, Mapping) and any(answer.body.get(sources) for sources in SUBSCRIPTIONS)):
        if answer.ok and context.playing is None:  # a step's reminder would be one more application to the scenario
            await remind(context)
        await context.wait_for(wanted, since=since, timeout=max(0.0, give_up - context.reactor.seconds()))


async def remind(here: Context) -> None:
    """Let Asterisk forget the applications that nobody needs: it looks for them when another one comes or goes.

    It keeps one that was still subscribed to something, a channel that was just going, say, when it was deactivated.

    "We lazily clean up the apps_registry, because it's good enough to prevent memory leaks" (res/res_stasis.c).
    """
    name = here.new_id("-reminder")
    socket = await here.asterisk.ari.open_socket([name], name=name, timeout=here.step_timeout)
    await socket.close(here.reactor, timeout=here.step_timeout)


def _has_calls(context: Context, app: str) -> bool:
    """Whether a call that has come to it is neither gone nor told to have left."""
    inside: set[str | None] = set()
    for entry in context.journal.since():
        if entry.source is Source.ARI and entry.name == "StasisStart" and event_field(entry, APPLICATION) == app:
            inside.add(channel_id(entry))
        elif entry.name in _LEAVES:
            inside.discard(channel_id(entry))
    return bool(inside)


async def _apps_with_sessions(context: Context, timeout: float) -> set[str]:
    try:
        lines = await context.asterisk.ami.command(_SESSIONS, timeout=timeout)
    except AmiRefusedError as error:
        raise MachineError("this Asterisk cannot tell when an application is inactive: its log is not here, and "
                           f"it has no '{_SESSIONS}'") from error
    return {word for line in lines for word in line.replace(",", " ").split()}
