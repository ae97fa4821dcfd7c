"""Steps for what an application hears of, besides the channels that are in it: `subscribe`, `unsubscribe`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, model_validator

from callgate.scenario.failure import MistakenStepError
from callgate.scenario.steps.asking import Channels, Texts, ask, several
from callgate.scenario.steps.base import Family, Name, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context


class _Subscription(Step):
    """What both share: an application, and the sources of events."""

    client: Name = Field(description="the client whose application it is")
    app: Text | None = Field(default=None, description="which of its applications; default: the first")
    channel: Channels | None = Field(default=None, description="a channel, or a list")
    bridge: Name | Annotated[list[Name], Field(min_length=1)] | None = Field(default=None,
                                                                             description="a bridge, or a list")
    endpoint: Texts | None = Field(default=None, description="such as `PJSIP/alice`, or `PJSIP` for all, or a list")
    device_state: Texts | None = Field(default=None, alias="device-state",
                                       description="such as `Stasis:door`, or a list; needs res_stasis_device_state")

    @model_validator(mode="after")
    def _some_source(self) -> _Subscription:
        if not any((self.channel, self.bridge, self.endpoint, self.device_state)):
            raise ValueError("needs 'channel', 'bridge', 'endpoint' or 'device-state'")
        return self

    def needs(self) -> set[str]:
        """The client, the channels, the bridges."""
        return {self.client, *several(self.channel), *several(self.bridge)}

    async def _ask(self, context: Context, method: str, words: str) -> None:
        client = context.client(self.client)
        if not client.apps and self.app is None:
            raise MistakenStepError(f"the applications of {self.client} are named in Asterisk's configuration: 'app' "
                                    "has to say which is meant")
        app = self.app or client.apps[0]
        if client.apps and app not in client.apps:
            raise MistakenStepError(f"{self.client} has no application {app}: it registered {', '.join(client.apps)}")
        sources = (*(f"channel:{context.channel(name).unique_id}" for name in several(self.channel)),
                   *(f"bridge:{context.bridge(name).unique_id}" for name in several(self.bridge)),
                   *(f"endpoint:{name}" for name in several(self.endpoint)),
                   *(f"deviceState:{name}" for name in several(self.device_state)))
        await ask(context, method, ["applications", app, "subscription"], f"Asterisk did not {words} {app}",
                  query={"eventSource": sources})


class Subscribe(_Subscription):
    """Subscribe an application to the events of channels, bridges, endpoints or device states."""

    keyword: ClassVar[str] = "subscribe"
    family: ClassVar[Family] = Family.APPLICATIONS
    example: ClassVar[str] = """\
- register: Babs
- register: Onlooker
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- subscribe: {client: Onlooker, channel: call}
- hangup: call
- expect: {ari: ChannelDestroyed, channel: call, where: {application: Onlooker}}
"""

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        await self._ask(context, "POST", "subscribe")


class Unsubscribe(_Subscription):
    """End such a subscription. An application cannot unsubscribe from a channel that is in it."""

    keyword: ClassVar[str] = "unsubscribe"
    family: ClassVar[Family] = Family.APPLICATIONS
    example: ClassVar[str] = """\
- register: Babs
- register: Onlooker
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- subscribe: {client: Onlooker, channel: call}
- unsubscribe: {client: Onlooker, channel: call}
- hangup: call
- expect: {ari: ChannelDestroyed, channel: call, where: {application: Babs}}
"""

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        await self._ask(context, "DELETE", "unsubscribe")
