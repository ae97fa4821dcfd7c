"""Steps that these scenarios need and YAML cannot say: loops, sums, and an originate of their own."""

from __future__ import annotations

from typing import Annotated, Literal

from callgate.own import ChannelName, Duration, Expected, Field, KnownName, NewName, StepContext


async def heard(context: StepContext, channel: ChannelName, *,
                digits: Annotated[str, Field(description="all of them, in order")],
                within: Annotated[Duration, Field(description="how long each may take")] = 5.0) -> None:
    """Wait until a channel has heard these digits and no others, however many they are."""
    so_far, since = "", 0
    while so_far != digits:
        event = await context.ari_event("ChannelDtmfReceived", channel=channel, since=since, within=within)
        so_far, since = so_far + event.fields["digit"], event.after
        if not digits.startswith(so_far):
            context.fail(f"{channel} heard other digits", expected={"digits": digits}, got={"digits": so_far})


async def call_twice(context: StepContext, endpoint: str, *, app: str, first: NewName, second: NewName) -> None:
    """Originate two calls to the same endpoint, each under a name of its own."""
    for name in (first, second):
        query = {"endpoint": endpoint, "app": app, "channelId": context.new_channel(name)}
        await context.ari("POST", "channels", query=query)


async def count_channels(context: StepContext, *, as_: NewName) -> None:
    """Ask over AMI how many channels there are."""
    answer = await context.ami("CoreShowChannels")
    context.capture(as_, {"number": str(len(answer.events))})


async def differs(context: StepContext, *, of: KnownName, value: Expected, how: Literal["more", "other"] = "other",
                  from_: int = 0) -> None:
    """Compare a number that was captured, less another one, with a matcher of the file."""
    context.note(f"compared as {how}")
    context.compare(f"{of} was counted", value, int(context.fields(of)["number"]) - from_)
