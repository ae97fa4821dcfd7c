"""Steps for the life of a call: `originate`, `answer`, `hangup`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from callgate.ari.address import path
from callgate.ari.observer import AriResponse
from callgate.scenario.failure import StepFailedError
from callgate.scenario.steps.base import Name, Step

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: A channel by its name: `call`, or `call;2` for the other half of a Local channel.
ChannelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*(;2)?$")]


def _is_local(endpoint: str) -> bool:
    return endpoint.lower().startswith("local/")


class Originate(Step):
    """Originate a call through ARI, with unique ids of ours.

    A `Local/extension@context` endpoint makes two channels. The first is called as `as` says and goes into the
    application, or to the extension given here; the second, `NAME;2`, runs the dialplan of the endpoint.
    """

    keyword: ClassVar[str] = "originate"

    endpoint: str
    #: The application that the (first) channel enters once it is answered …
    app: str | None = None
    args: str | None = None
    #: … or where it enters the dialplan.
    extension: str | None = None
    context: str | None = None
    #: Channel variables, set before anything else happens.
    variables: dict[str, str] = Field(default_factory=dict)
    name: Name = Field(alias="as")

    @model_validator(mode="after")
    def _one_destination(self) -> Originate:
        if self.app is None and self.extension is None:
            raise ValueError("needs either 'app' or 'extension'")
        if self.app is not None and self.extension is not None:
            raise ValueError("takes 'app' or 'extension', not both")
        if self.context is not None and self.extension is None:
            raise ValueError("'context' goes with 'extension'")
        if self.args is not None and self.app is None:
            raise ValueError("'args' goes with 'app'")
        return self

    def defines(self) -> set[str]:
        """The channel, and the second half of a Local channel."""
        return {self.name, f"{self.name};2"} if _is_local(self.endpoint) else {self.name}

    async def run(self, context: Context) -> None:
        """Ask Asterisk for the call; it is not answered yet when this returns."""
        unique_id = context.new_id(self.name)
        query: dict[str, str] = {"endpoint": self.endpoint, "channelId": unique_id}
        context.add_channel(self.name, unique_id)
        if _is_local(self.endpoint):
            # A name has no dot, so this is no other channel's id.
            query["otherChannelId"] = f"{unique_id}.2"
            context.add_channel(f"{self.name};2", f"{unique_id}.2")
        wanted = {"app": self.app, "appArgs": self.args, "extension": self.extension, "context": self.context}
        query |= {name: value for name, value in wanted.items() if value is not None}
        body = {"variables": self.variables} if self.variables else None
        answer = await context.asterisk.ari.request("POST", path("channels"), query=query, body=body,
                                                    timeout=context.step_timeout)
        _insist(answer, f"Asterisk did not originate {self.endpoint}")
        context.capture(self.name, answer.body)


class Answer(Step):
    """Answer a channel that is in an application."""

    keyword: ClassVar[str] = "answer"
    shorthand: ClassVar[str | None] = "channel"

    channel: ChannelName

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel}

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        target = context.channel(self.channel)
        answer = await context.asterisk.ari.request("POST", path("channels", target.unique_id, "answer"),
                                                    timeout=context.step_timeout)
        _insist(answer, f"Asterisk did not answer {self.channel}")


class Hangup(Step):
    """Hang up channels through ARI; returns when Asterisk has accepted it, before the Hangup event."""

    keyword: ClassVar[str] = "hangup"
    shorthand: ClassVar[str | None] = "channels"

    channels: ChannelName | Annotated[list[ChannelName], Field(min_length=1)]
    #: `ok`: a channel that is gone already is no failure; one that was never originated neither.
    missing: Literal["ok"] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The channels, one or more."""
        return (self.channels,) if isinstance(self.channels, str) else tuple(self.channels)

    def needs(self) -> set[str]:
        """The channels."""
        return set(self.names)

    async def run(self, context: Context) -> None:
        """Hang up one after the other."""
        for name in self.names:
            target = context.channels.get(name)
            if target is None:  # in `finally`, when the scenario failed before it originated this one
                if self.missing != "ok":
                    raise StepFailedError(f"{name} was never originated")
                continue
            answer = await context.asterisk.ari.request("DELETE", path("channels", target.unique_id),
                                                        timeout=context.step_timeout)
            if not (answer.status == 404 and self.missing == "ok"):
                _insist(answer, f"Asterisk did not hang up {name}")


def _insist(answer: AriResponse, otherwise: str) -> None:
    if not answer.ok:
        raise StepFailedError(f"{otherwise}: {answer.summary()}",
                          expected=(("status", "2xx"),), got=(("status", f"{answer.status} {answer.reason}"),))
