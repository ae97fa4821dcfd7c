"""Steps that send a channel somewhere else: `continue`, `move`, `redirect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from callgate.scenario.steps.asking import ChannelName, act, ask
from callgate.scenario.steps.base import Family, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context


class Continue(Step):
    """Let a channel leave its application and go on in the dialplan; without any field, where it came from.

    Returns when Asterisk has accepted it; StasisEnd comes later.
    """

    keyword: ClassVar[str] = "continue"
    family: ClassVar[Family] = Family.CALLS
    shorthand: ClassVar[str | None] = "channel"
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- continue: {channel: call, context: Acme, extension: '1000'}
- expect: {ari: StasisEnd, channel: call}
"""

    channel: ChannelName = Field(description="the channel")
    context: Text | None = Field(default=None, description="where to go on; default: the channel's own")
    extension: Text | None = Field(default=None, description="where to go on; default: the channel's own")
    priority: int | None = Field(default=None, ge=1, description="where to go on; default: the channel's own, or 1")
    label: Text | None = Field(default=None, description="instead of `priority`")

    @model_validator(mode="after")
    def _one_priority(self) -> Continue:
        if self.priority is not None and self.label is not None:
            raise ValueError("'priority' and 'label' say the same: give one of them")
        return self

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel}

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        target = context.channel(self.channel)
        await ask(context, "POST", ["channels", target.unique_id, "continue"],
                  f"Asterisk did not let {self.channel} continue",
                  query={"context": self.context, "extension": self.extension, "label": self.label,
                         "priority": None if self.priority is None else str(self.priority)})


class Move(Step):
    """Move a channel from its application to another one, with its own StasisEnd and StasisStart."""

    keyword: ClassVar[str] = "move"
    family: ClassVar[Family] = Family.CALLS
    example: ClassVar[str] = """\
- register: Babs
- register: Bugs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- move: {channel: call, app: Bugs}
- expect: {ari: StasisStart, channel: call, where: {application: Bugs}}
"""

    channel: ChannelName = Field(description="the channel")
    app: Text = Field(description="the application that it enters")
    args: str | None = Field(default=None, description="arguments of the application, separated by commas")

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel}

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        target = context.channel(self.channel)
        await ask(context, "POST", ["channels", target.unique_id, "move"],
                  f"Asterisk did not move {self.channel} to {self.app}",
                  query={"app": self.app, "appArgs": self.args})


class Redirect(Step):
    """Redirect a channel: through ARI to another endpoint, which its far end is told; through AMI in the dialplan.

    ARI's redirect is for channels whose technology can tell it to the far end, such as PJSIP.
    """

    keyword: ClassVar[str] = "redirect"
    family: ClassVar[Family] = Family.CALLS
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- redirect: {channel: call, through: ami, context: Acme, extension: '1000', priority: 1}
- expect: {ari: StasisEnd, channel: call}
"""

    channel: ChannelName = Field(description="the channel")
    through: Literal["ari", "ami"] = Field(default="ari", description="`ari` (default) or `ami`")
    endpoint: Text | None = Field(default=None, description="through ARI: the endpoint, of the channel's technology")
    context: Text | None = Field(default=None, description="through AMI: the context to go on in")
    extension: Text | None = Field(default=None, description="through AMI: the extension to go on at")
    priority: Text | None = Field(default=None, description="through AMI: the priority, or its label; default: 1")

    @model_validator(mode="after")
    def _one_way(self) -> Redirect:
        of = {"ari": ("endpoint",), "ami": ("context", "extension", "priority")}
        other: Literal["ari", "ami"] = "ami" if self.through == "ari" else "ari"
        for name in of[other]:
            if getattr(self, name) is not None:
                raise ValueError(f"'{name}' needs 'through: {other}'")
        for name in of[self.through][:2]:
            if getattr(self, name) is None:
                raise ValueError(f"needs '{name}' through {self.through.upper()}")
        return self

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel}

    async def run(self, context: Context) -> None:
        """Ask through ARI or AMI."""
        target = context.channel(self.channel)
        otherwise = f"Asterisk did not redirect {self.channel}"
        if self.through == "ari":
            await ask(context, "POST", ["channels", target.unique_id, "redirect"], otherwise,
                      query={"endpoint": self.endpoint})
            return
        # Channel takes a unique id as well (ast_channel_get_by_name() in main/channel.c).
        headers = [("Channel", target.unique_id), ("Context", self.context or ""), ("Exten", self.extension or ""),
                   ("Priority", self.priority or "1")]
        await act(context, "Redirect", headers, otherwise)
