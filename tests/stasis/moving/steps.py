"""All that an application is told of a channel, in order: YAML can name events, and not say "and no others"."""

from __future__ import annotations

from typing import Annotated

from callgate.own import ChannelName, Field, StepContext


async def told(context: StepContext, app: Annotated[str, Field(description="the application")], *,
               channel: Annotated[ChannelName, Field(description="the channel that the events are about")],
               events: Annotated[list[str], Field(description="their types, in order")]) -> None:
    """Wait for the last of these events; the application was told these, no others, at times in order."""
    unique_id, since = context.channel_id(channel), 0
    for name in events:
        where = {"application": app, "peer.id" if name == "Dial" else "channel.id": unique_id}
        since = (await context.ari_event(name, where=where, since=since)).after
    heard = [entry for entry in context.journal(0)
             if entry.number < since and entry.source == "ari" and entry.data.get("application") == app
             and unique_id in (entry.data.get(party, {}).get("id") for party in ("channel", "peer"))]
    context.compare(f"{app} was told of {channel}", events, [entry.name for entry in heard])
    times = [entry.data["timestamp"] for entry in heard]
    context.compare(f"the times that it was told of {channel}", sorted(times), times)
