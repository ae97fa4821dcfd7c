"""For how long a call was offered, which is between two events; YAML has no word for a time that is too short."""

from __future__ import annotations

from typing import Annotated

from callgate.own import ChannelName, Duration, Field, StepContext


async def offered_for(context: StepContext, *, channel: ChannelName,
                      at_least: Annotated[Duration, Field(description="how long it must have been")]) -> None:
    """Compare the time from CallBroadcast to NEXT, which the dialplan sets behind StasisBroadcast()."""
    begun = await context.ari_event("CallBroadcast", channel=channel)
    ended = await context.ami_event("VarSet", channel=channel, where={"Variable": "NEXT"})
    if ended.at - begun.at < at_least:
        context.fail("It was offered for too short a time", expected={"seconds": f"{at_least} at least"},
                     got={"seconds": f"{ended.at - begun.at:.3f}"})
