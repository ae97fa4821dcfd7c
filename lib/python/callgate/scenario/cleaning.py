"""Leaves each Asterisk as it was before a scenario: no channel, bridge, recording or WebSocket of ours.

One that can't be cleaned up does not keep the others from it; one that is dead keeps all from it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from callgate.ari.address import path
from callgate.errors import AsteriskSilentError, ScenarioFailedError
from callgate.scenario.context import Context
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Source
from callgate.scenario.named import Bridge, Channel, Client
from callgate.scenario.serving import end

T = TypeVar("T")


async def clean_up_channels(context: Context) -> None:
    """Hang up what is left, and see it gone. Raises StepFailedError for what stays."""
    context.journal.append(Source.STEP, "clean up")
    left = [channel for channel in context.channels.values() if not context.is_hung_up(channel)]

    async def hang_up(channel: Channel) -> None:
        here = context.on(channel.asterisk)
        answer = await here.asterisk.ari.request("DELETE", path("channels", channel.unique_id),
                                                 timeout=context.step_timeout)
        if answer.status == 404:
            return
        if not answer.ok:
            raise StepFailedError(f"Asterisk did not hang up {channel.name}: {answer.summary()}")
        if not await here.hung_up(channel, timeout=context.step_timeout):
            raise StepFailedError(f"{channel.name} is not gone {context.step_timeout:g} s after it was hung up")

    await _each(left, hang_up)


async def clean_up_bridges(context: Context) -> None:
    """Destroy what is left. Raises StepFailedError for what Asterisk does not destroy."""
    async def destroy(bridge: Bridge) -> None:
        asterisk = context.on(bridge.asterisk).asterisk
        answer = await asterisk.ari.request("DELETE", path("bridges", bridge.unique_id), timeout=context.step_timeout)
        if not answer.ok and answer.status != 404:
            raise StepFailedError(f"Asterisk did not destroy {bridge.name}: {answer.summary()}")

    await _each(list(context.bridges.values()), destroy)


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
        await end(context.on(serving.asterisk), name, timeout=context.step_timeout, abort=abort)

    await _each(list(context.servers), stop)


#: All of it, in order: what plays or records ends with its channel or bridge.
CLEAN_UP = (clean_up_channels, clean_up_bridges, clean_up_recordings, clean_up_clients, clean_up_servers)


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
