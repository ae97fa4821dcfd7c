"""Steps that fail in every way there is."""

from __future__ import annotations

from twisted.internet.defer import CancelledError

from callgate.own import ChannelName, Duration, Expected, NewName, StepContext


async def heard(context: StepContext, channel: ChannelName, *, digits: str) -> None:
    event = await context.ari_event("ChannelDtmfReceived", channel=channel)
    if event.fields["digit"] != digits:
        context.fail(f"{channel} heard another digit", expected={"digit": digits}, got={"digit": event.fields["digit"]})


async def awaits(context: StepContext, channel: ChannelName, *, within: Duration) -> None:
    await context.ami_event("Hangup", channel=channel, where={"Cause": "17"}, within=within)


async def asks(context: StepContext, channel: str) -> None:
    await context.ari("POST", "channels", channel, "ring")


async def acts(context: StepContext, action: str) -> None:
    await context.ami(action)


async def compares(context: StepContext, *, value: Expected) -> None:
    context.compare("1 and 1 were added", value, 1 + 1)


async def breaks(context: StepContext) -> None:
    found: dict[str, str] = {}
    _look_into(found)


def _look_into(found: dict[str, str]) -> str:
    return found["Channel"]


async def answers_no(context: StepContext) -> bool:
    return False


async def forgets(context: StepContext, *, as_: NewName) -> None:
    context.ami("Ping")  # type: ignore[unused-coroutine]  # this is the mistake


async def stays(context: StepContext) -> None:
    while True:
        try:
            await context.ami_event("Never", within=60.0)
        except CancelledError:
            context.note("not me")
