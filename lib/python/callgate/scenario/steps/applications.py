"""Steps for the applications that a scenario registers: `register`, `disconnect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from callgate.ari.address import path
from callgate.scenario.failure import StepFailedError
from callgate.scenario.steps.base import Duration, Name, Step

if TYPE_CHECKING:
    from callgate.scenario.context import Context


#: The name of an application; not its syntax, which is Asterisk's business.
Application = Annotated[str, StringConstraints(min_length=1)]


class Register(Step):
    """Open an ARI WebSocket and register one or more applications on it.

    Returns when Asterisk knows the applications. Without `as`, the client is called as its first application.
    """

    keyword: ClassVar[str] = "register"
    registers: ClassVar[bool] = True
    shorthand: ClassVar[str | None] = "app"

    app: Application | Annotated[list[Application], Field(min_length=1)]
    #: `all` also asks for the events of every channel, bridge and endpoint (subscribeAll).
    subscribe: Literal["all"] | None = None
    name: Name | None = Field(default=None, alias="as")

    @property
    def apps(self) -> tuple[str, ...]:
        """The applications, one or more."""
        return (self.app,) if isinstance(self.app, str) else tuple(self.app)

    @property
    def client(self) -> str:
        """What the scenario calls this WebSocket."""
        return self.name or self.apps[0]

    def defines(self) -> set[str]:
        """The client's name."""
        return {self.client}

    async def run(self, context: Context) -> None:
        """Open the WebSocket, then read each application back."""
        from callgate.scenario.context import Client  # brings Twisted, which reading a file can do without

        asterisk = context.asterisk
        socket = await asterisk.ari.open_socket(self.apps, subscribe_all=self.subscribe == "all", name=self.client,
                                                timeout=context.step_timeout)
        context.add_client(Client(self.client, self.apps, socket, self.subscribe == "all"))
        for app in self.apps:
            answer = await asterisk.ari.request("GET", path("applications", app), timeout=context.step_timeout)
            if not answer.ok:
                raise StepFailedError(f"application {app} is not registered although its WebSocket is open: "
                                  f"{answer.summary()}")


class Disconnect(Step):
    """Close a client's WebSocket with the close handshake; returns when Asterisk has deactivated its applications.

    The handshake ends before that, so it would be no barrier.
    """

    keyword: ClassVar[str] = "disconnect"
    shorthand: ClassVar[str | None] = "client"

    client: Name
    within: Duration | None = None

    def needs(self) -> set[str]:
        """The client."""
        return {self.client}

    async def run(self, context: Context) -> None:
        """Close, then wait for Asterisk's own word."""
        await context.close_client(self.client, timeout=self.within or context.step_timeout)
