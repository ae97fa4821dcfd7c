"""Leaves the Asterisk as it was before a scenario: no channel and no WebSocket of ours."""

from __future__ import annotations

from callgate.ari.address import path
from callgate.scenario.context import Channel, Context
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Source


async def clean_up_channels(context: Context) -> None:
    """Hang up what is left, and see it gone. Raises StepFailedError for what stays."""
    context.journal.append(Source.STEP, "clean up")
    left = [channel for channel in context.channels.values() if not context.is_hung_up(channel)]
    existing = [channel for channel in left if await _hang_up(context, channel)]
    for channel in existing:
        if not await context.hung_up(channel, timeout=context.step_timeout):
            raise StepFailedError(f"{channel.name} is not gone {context.step_timeout:g} s after it was hung up")


async def _hang_up(context: Context, channel: Channel) -> bool:
    """Whether there was something to hang up."""
    answer = await context.asterisk.ari.request("DELETE", path("channels", channel.unique_id),
                                                timeout=context.step_timeout)
    if not answer.ok and answer.status != 404:
        raise StepFailedError(f"Asterisk did not hang up {channel.name}: {answer.status} {answer.error_text()}")
    return answer.ok


async def clean_up_clients(context: Context) -> None:
    """Close every WebSocket, and see its applications inactive. Raises StepFailedError for those that are not."""
    active: list[str] = []
    for name in list(context.clients):
        try:
            await context.close_client(name, timeout=context.step_timeout)
        except StepFailedError as error:
            active.append(str(error))
    if active:
        raise StepFailedError("; ".join(active))
