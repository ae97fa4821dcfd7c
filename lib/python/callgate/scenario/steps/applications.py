"""Steps for the applications that a scenario registers: `register`, `disconnect`, `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from callgate.ari.address import path
from callgate.scenario.failure import StepFailedError
from callgate.scenario.grace import AT_ONCE
from callgate.scenario.journal import Entry, Source
from callgate.scenario.named import Client
from callgate.scenario.steps.base import Duration, Family, Name, Step
from callgate.scenario.steps.filters import EVERYTHING, EventFilter, set_filter

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: The name of an application; not its syntax, which is Asterisk's business.
Application = Annotated[str, StringConstraints(min_length=1)]


class Register(Step):
    """Open an ARI WebSocket and register one or more applications on it; returns when Asterisk knows them."""

    keyword: ClassVar[str] = "register"
    family: ClassVar[Family] = Family.APPLICATIONS
    shorthand: ClassVar[str | None] = "app"
    example: ClassVar[str] = """\
- register: Babs
- register: {app: [Bugs, Buster], subscribe: all, as: client}
- register: {app: Acme, filter: {allowed: [StasisStart, StasisEnd]}, as: picky}
- register: {app: Acme, filter: keep, as: another}
"""

    app: Application | Annotated[list[Application], Field(min_length=1)] = Field(
        description="An application, or a list of them.")
    subscribe: Literal["all"] | None = Field(
        default=None, description="`all`: also receive the events of every channel, bridge and endpoint.")
    filter: EventFilter | Literal["keep"] | None = Field(
        default=None, description="Which events its applications are sent; without it all, whatever was set before. "
                                  "`keep`: what Asterisk has is left as it is.")
    name: Name | None = Field(default=None, alias="as",
                              description="Name of the client; without it, it is called as its first application.")

    @property
    def apps(self) -> tuple[str, ...]:
        """The applications, one or more."""
        return (self.app,) if isinstance(self.app, str) else tuple(self.app)

    @property
    def client(self) -> str:
        """What the scenario calls this WebSocket."""
        return self.name or self.apps[0]

    def may_be_sent(self, event_type: str) -> bool:
        """Whether an event of this type may come to its applications; with `keep` that is not known."""
        return not isinstance(self.filter, EventFilter) or self.filter.sends(event_type)

    @property
    def registers(self) -> bool:
        """It does nothing else."""
        return True

    def defines(self) -> set[str]:
        """The client's name."""
        return {self.client}

    async def run(self, context: Context) -> None:
        """Open the WebSocket, then read back each application that Asterisk may have had before; see to its filter."""
        asterisk, since = context.asterisk, context.journal.mark()
        known = {app for client in context.registered.values() for app in client.apps}
        socket = await asterisk.ari.open_socket(self.apps, subscribe_all=self.subscribe == "all", name=self.client,
                                                timeout=context.step_timeout)
        context.add_client(Client(self.client, self.apps, socket))
        for app in self.apps:
            if app not in known and not isinstance(self.filter, EventFilter) and await _is_new(context, app, since):
                continue
            answer = await asterisk.ari.request("GET", path("applications", app), timeout=context.step_timeout)
            if not answer.ok:
                raise StepFailedError(f"application {app} is not registered although its WebSocket is open: "
                                  f"{answer.summary()}")
            if self.filter != "keep":
                await set_filter(context, app, self.filter or EVERYTHING, answer.body)


async def _is_new(context: Context, app: str, since: int) -> bool:
    """Whether Asterisk logs in this moment that it made the application, which is registered then, and has no filter.

    It does not if it had it before (__stasis_app_register() in res/res_stasis.c).
    """
    def made(entry: Entry) -> bool:
        return entry.source is Source.LOG and str(entry.data).endswith(f"Creating Stasis app '{app}'")

    return context.asterisk.has_log and await context.wait_for(made, since=since, timeout=AT_ONCE) is not None


class Disconnect(Step):
    """Disconnect a client's WebSocket, or end a server; returns when Asterisk has deactivated its applications.

    The close handshake ends before that, so it would be no barrier. An application that another client has
    registered since stays active, and is not waited for. `how: stall` returns at once: the client only stops
    reading, and Asterisk finds out when it cannot write any more, after some megabytes. With `fill` it is sent those.
    See `resume`.
    """

    keyword: ClassVar[str] = "disconnect"
    family: ClassVar[Family] = Family.APPLICATIONS
    shorthand: ClassVar[str | None] = "client"
    example: ClassVar[str] = """\
- register: {app: Buster, as: client}
- disconnect: {client: client, how: abort}
- register: {app: Buster, as: another}
- disconnect: {client: another, how: kill}
- register: {app: Buster, as: third}
- disconnect: {client: third, how: stall, fill: true, within: 20s}
"""

    client: Name = Field(description="The client.")
    how: Literal["close", "abort", "kill", "stall"] = Field(
        default="close", description="`close` (default): with the close handshake; `abort`: by a TCP reset; `kill`: "
                                     "TCP is closed without a Close frame, as the kernel does for a process that is "
                                     "killed; `stall`: it stays open, and reads no more.")
    fill: bool = Field(
        default=False, description="With `how: stall`: send the client events until a write of Asterisk's to it "
                                   "fails.")
    within: Duration | None = Field(
        default=None, description="How long that may take; without it, as long as any step (`step-timeout`).")

    @model_validator(mode="after")
    def _goes_together(self) -> Disconnect:
        if self.fill and self.how != "stall":
            raise ValueError("'fill' goes with 'how: stall'")
        if self.how == "stall" and self.within is not None and not self.fill:
            raise ValueError("'within' does not go with 'how: stall', which takes no time without 'fill'")
        return self

    def needs(self) -> set[str]:
        """The client."""
        return {self.client}

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return True

    async def run(self, context: Context) -> None:
        """Close or abort, then wait for Asterisk's own word; or stall."""
        if self.fill:
            from callgate.scenario.filling import fill

            await fill(context, self.client, timeout=self.within or context.step_timeout)
        elif self.how == "stall":
            context.stall(self.client)
        elif self.client in context.servers:
            from callgate.scenario.serving import end  # brings Twisted, which reading a file can do without

            await end(context, self.client, timeout=self.within or context.step_timeout, abort=self.how == "abort",
                      kill=self.how == "kill")
        else:
            await context.close_client(self.client, timeout=self.within or context.step_timeout,
                                       abort=self.how == "abort", kill=self.how == "kill")


class Resume(Step):
    """Let a client that was stalled read on, beginning with what has piled up.

    If Asterisk has dropped it in the meantime, the scenario fails as soon as that is seen.
    """

    keyword: ClassVar[str] = "resume"
    family: ClassVar[Family] = Family.APPLICATIONS
    shorthand: ClassVar[str | None] = "client"
    example: ClassVar[str] = """\
- register: {app: Buster, as: client}
- disconnect: {client: client, how: stall}
- resume: client
"""

    client: Name = Field(description="The client.")

    def needs(self) -> set[str]:
        """The client."""
        return {self.client}

    async def run(self, context: Context) -> None:
        """Read on."""
        context.resume(self.client)
