"""Steps for a call that is there: `answer`, `hangup`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from callgate.ari.address import path
from callgate.scenario.steps.asking import ChannelName, Channels, ask, given, insist, insist_on_parameter, several
from callgate.scenario.steps.base import Family, Step

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: The reasons that ARI has a name for (convert_reason_to_hangup_code() in res/ari/resource_channels.c); 16 has all.
Reason = Literal["normal", "busy", "congestion", "no_answer", "timeout", "rejected", "unallocated",
                 "normal_unspecified", "number_incomplete", "codec_mismatch", "interworking", "failure",
                 "answered_elsewhere"]


class Answer(Step):
    """Answer a channel that is in an application."""

    keyword: ClassVar[str] = "answer"
    family: ClassVar[Family] = Family.CALLS
    shorthand: ClassVar[str | None] = "channel"
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call;2}
- answer: call;2
"""

    channel: ChannelName = Field(description="the channel")

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel}

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        target = context.channel(self.channel)
        await ask(context, "POST", ["channels", target.unique_id, "answer"],
                  f"Asterisk did not answer {self.channel}")


class Hangup(Step):
    """Hang up channels through ARI; returns when Asterisk has accepted it, before the Hangup event."""

    keyword: ClassVar[str] = "hangup"
    family: ClassVar[Family] = Family.CALLS
    shorthand: ClassVar[str | None] = "channels"
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- hangup: {channels: call, reason: busy}
- expect: {ami: Hangup, channel: call, Cause: 17}
"""

    channels: Channels = Field(description="a channel, or a list")
    reason: Reason | None = Field(default=None, description="why, in ARI's words; default: `normal`")
    cause: int | None = Field(default=None, ge=1, le=127,
                              description="why, as the number of a hangup cause; not in every version of Asterisk")
    missing: Literal["ok"] | None = Field(
        default=None, description="`ok`: one that is gone already, or was never originated, is no failure")

    @model_validator(mode="after")
    def _one_reason(self) -> Hangup:
        if self.reason is not None and self.cause is not None:
            raise ValueError("'reason' and 'cause' say the same: give one of them")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The channels, one or more."""
        return several(self.channels)

    def needs(self) -> set[str]:
        """The channels."""
        return set(self.names)

    async def run(self, context: Context) -> None:
        """Hang up one after the other."""
        if self.cause is not None:
            await insist_on_parameter(context, "DELETE", "channels", "/channels/{channelId}", "reason_code")
        query = given({"reason": self.reason, "reason_code": None if self.cause is None else str(self.cause)})
        for name in self.names:
            target = context.channels.get(name)
            if target is None:  # in `finally`, when the scenario failed before it originated this one
                if self.missing != "ok":
                    raise context.missing(name, f"{name} was never originated")
                continue
            answer = await context.asterisk.ari.request("DELETE", path("channels", target.unique_id), query=query,
                                                        timeout=context.step_timeout)
            if not (answer.status == 404 and self.missing == "ok"):
                insist(answer, f"Asterisk did not hang up {name}")
