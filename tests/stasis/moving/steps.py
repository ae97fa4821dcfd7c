"""What an application is told of one channel, all of it and in order: YAML can name events, and not say "and no others"."""

from __future__ import annotations

from typing import Annotated

from callgate.own import ChannelName, Field, StepContext


async def told(context: StepContext, app: Annotated[str, Field(description="the application")], *,
               channel: Annotated[ChannelName, Field(description="the channel that the events are about")],
               events: Annotated[list[str], Field(description="their types, in order: from the first to the last of these")],
               ) -> None:
    """Wait for the last of these events, and see that the application was told these of the channel, and no others."""
    unique_id, since = context.channel_id(channel), 0
    for name in events:
        where = {"application": app, "peer.id" if name == "Dial" else "channel.id": unique_id}
        since = (await context.ari_event(name, where=where, since=since)).after
    heard = [entry.name for entry in context.journal(0)
             if entry.number < since and entry.source == "ari" and entry.data.get("application") == app
             and unique_id in (entry.data.get(party, {}).get("id") for party in ("channel", "peer"))]
    context.compare(f"{app} was told of {channel}", events, heard)
