"""Leaves each Asterisk as it was before a scenario: no channel, bridge, recording or WebSocket of ours.

One that can't be cleaned up does not keep the others from it; one that is dead keeps all from it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from callgate.ari.address import path
from callgate.errors import AsteriskSilentError, ScenarioFailedError
from callgate.scenario.context import Context
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source, channel_id, event_field
from callgate.scenario.named import OTHER_HALF, Bridge, Channel, Client
from callgate.scenario.serving import end
from callgate.scenario.timeline import CAME, DID_NOT_COME, WAITS
from callgate.scenario.twins import APPLICATION

T = TypeVar("T")

#: Seconds in which one half of a Local channel follows the other, on a machine that is not busy. More would be wasted
#: where it does not; it is hung up then.
_FOLLOWS = 0.05
#: Seconds in which an application loses its subscription to a bridge, if it does.
_UNSUBSCRIBING = 0.5
#: Seconds in which a server is told that a call has ended, if it is told that.
_TOLD = 0.5
_END = "ari StasisEnd"
#: Seconds between two looks, if nothing comes.
_BETWEEN = 0.01


async def clean_up_channels(context: Context) -> None:
    """Hang up what is left, and see it gone. Raises StepFailedError for what stays."""
    context.journal.append(Source.STEP, "clean up")

    async def hang_up(channel: Channel) -> None:
        here = context.on(channel.asterisk)
        if await _goes_by_itself(here, channel):
            return
        answer = await here.asterisk.ari.request("DELETE", path("channels", channel.unique_id),
                                                 timeout=context.step_timeout)
        if answer.status == 404:
            return
        if not answer.ok:
            raise StepFailedError(f"Asterisk did not hang up {channel.name}: {answer.summary()}")
        if not await here.hung_up(channel, timeout=context.step_timeout):
            raise StepFailedError(f"{channel.name} is not gone {context.step_timeout:g} s after it was hung up")

    await _each(list(context.channels.values()), hang_up)


async def _goes_by_itself(here: Context, channel: Channel) -> bool:
    """Whether a channel is gone, or goes since the other half of it is gone."""
    if here.is_hung_up(channel):
        return True
    other = here.channels.get(channel.name.removesuffix(OTHER_HALF))
    if other is None or other is channel or not here.is_hung_up(other):
        return False
    return await here.hung_up(channel, timeout=_FOLLOWS)


async def clean_up_bridges(context: Context) -> None:
    """Destroy what is left. Raises StepFailedError for what Asterisk does not destroy."""
    destroyed: list[Bridge] = []

    async def destroy(bridge: Bridge) -> None:
        asterisk = context.on(bridge.asterisk).asterisk
        answer = await asterisk.ari.request("DELETE", path("bridges", bridge.unique_id), timeout=context.step_timeout)
        if not answer.ok and answer.status != 404:
            raise StepFailedError(f"Asterisk did not destroy {bridge.name}: {answer.summary()}")
        if answer.ok:
            destroyed.append(bridge)

    await _each(list(context.bridges.values()), destroy)
    for here in context.each():
        gone = {bridge.unique_id for bridge in destroyed if bridge.asterisk == here.here}
        for client in here.clients.values():
            for app in here.own_apps(client) if gone and client.asterisk == here.here else ():
                await _unsubscribed(here, app, gone)


async def _unsubscribed(here: Context, app: str, gone: set[str]) -> None:
    """Wait until an application has lost its subscriptions to bridges that are gone, which takes a moment.

    If it were deactivated in that moment, Asterisk would keep it until another application comes or goes.
    """
    give_up = here.reactor.seconds() + _UNSUBSCRIBING
    while here.reactor.seconds() < give_up:
        since = here.journal.mark()
        answer = await here.asterisk.ari.request("GET", path("applications", app), timeout=here.step_timeout)
        if not isinstance(answer.body, Mapping) or gone.isdisjoint(answer.body.get("bridge_ids") or ()):
            return
        await here.wait_for(lambda entry: entry.source is Source.ARI, since=since, timeout=_BETWEEN)


async def clean_up_recordings(context: Context) -> None:
    """Delete what was recorded. Raises StepFailedError for what Asterisk does not delete."""
    async def delete(recording: tuple[str, str]) -> None:
        asterisk, name = recording
        answer = await context.on(asterisk).asterisk.ari.request("DELETE", path("recordings", "stored", name),
                                                                 timeout=context.step_timeout)
        if not answer.ok and answer.status != 404:
            raise StepFailedError(f"Asterisk did not delete the recording {name}: {answer.summary()}")

    await _each(sorted(context.recordings), delete)


async def clean_up_clients(context: Context) -> None:
    """Close every WebSocket, and see its applications inactive. Raises StepFailedError for those that are not."""
    async def close(client: Client) -> None:
        await context.on(client.asterisk).close_client(client.name, timeout=context.step_timeout,
                                                       abort=context.is_stalled(client.name))

    await _each([client for name, client in context.clients.items() if name not in context.servers], close)


async def clean_up_servers(context: Context) -> None:
    """End every server. Raises StepFailedError for those that nobody has come to, or of which Asterisk is not rid."""
    async def stop(name: str) -> None:
        serving = context.servers[name]
        # A WebSocket that was opened for a call may be so new that Asterisk misses a Close frame.
        abort = context.is_stalled(name) or not serving.persistent
        here = context.on(serving.asterisk)
        if not abort and name in context.clients:
            await _told_of_ends(here, name)
        await end(here, name, timeout=context.step_timeout, abort=abort)

    await _each(list(context.servers), stop)


async def _told_of_ends(here: Context, server: str) -> None:
    """Wait until a server has been told of the end of each call in its applications, those that it still has.

    An Asterisk that writes an event to a WebSocket which it finds ended in that moment dies
    (docs/findings/event-to-a-server-that-has-gone.md).
    """
    calls, mark = set[tuple[object, str | None]](), here.journal.mark()
    events = [entry for entry in here.journal.since() if entry.source is Source.ARI]
    apps = {event_field(entry, APPLICATION) for entry in events if entry.origin == server}

    def ended(entry: Entry) -> bool:
        app = event_field(entry, APPLICATION) if entry.source is Source.ARI else None
        if app in apps and entry.name == "StasisStart":
            calls.add((app, channel_id(entry)))
        elif app in apps and entry.name == "StasisEnd":
            calls.discard((app, channel_id(entry)))
        elif app in apps and entry.name == "ApplicationUnregistered":
            calls.difference_update([call for call in calls if call[0] == app])
        return not calls

    for entry in events:
        ended(entry)
    if calls:
        here.journal.append(Source.STEP, WAITS, _END)
        last = await here.wait_for(ended, since=mark, timeout=_TOLD)
        here.journal.append(Source.STEP, DID_NOT_COME if last is None else CAME, _END)


def clean_up(context: Context) -> Iterator[Callable[[Context], Coroutine[Any, Any, None]]]:
    """What there is to do, in order: what plays or records ends with its channel or bridge. Each is asked for late."""
    yield clean_up_channels  # always: it says in the journal that the steps are over
    if context.bridges:
        yield clean_up_bridges
    if context.recordings:
        yield clean_up_recordings
    if context.clients.keys() - context.servers.keys():
        yield clean_up_clients
    if context.servers:
        yield clean_up_servers


async def _each(things: Iterable[T], job: Callable[[T], Coroutine[Any, Any, None]]) -> None:
    """Do it for each; then raise what went wrong, all of it."""
    wrong: list[ScenarioFailedError | AsteriskSilentError] = []
    for thing in things:
        try:
            await job(thing)
        except (ScenarioFailedError, AsteriskSilentError) as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise StepFailedError("; ".join(map(str, wrong)))
