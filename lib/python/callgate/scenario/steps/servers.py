"""The step for a WebSocket that Asterisk opens to us: `server`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from callgate.scenario.steps.base import Duration, Family, Name, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: The name of a port of the run; a scenario's client may be called as it.
PortName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=40)]


class Serve(Step):
    """Listen on a port of the run for a WebSocket that Asterisk opens, and receive it; then it is a client like others.

    Asterisk is told to open it by `websocket_client.conf` and `ari.conf`, as templates with `@{port.NAME}`. A server
    takes one WebSocket and then listens no more; one that refuses, drops or is silent does so with all who come, until
    `disconnect` or the end of the scenario. A server that nobody has come to by then fails.
    """

    keyword: ClassVar[str] = "server"
    family: ClassVar[Family] = Family.APPLICATIONS
    shorthand: ClassVar[str | None] = "port"
    example: ClassVar[str] = """\
- server: {port: calls, connection: per-call, as: srv}
- originate: {endpoint: Local/1000@Acme, extension: Daffy, context: Acme, as: call}
- expect: {ari: StasisStart, channel: call, client: srv}
- hangup: call
"""

    port: PortName = Field(description="The port, by its name: `@{port.NAME}` in templates, `${port.NAME}` in steps.")
    how: Literal["accept", "refuse", "silent", "drop"] = Field(
        default="accept", description="`accept` (default); `refuse`: with an HTTP status; `silent`: TCP is accepted, "
                                      "and nothing ever answered; `drop`: TCP is accepted, and reset at once.")
    connection: Literal["persistent", "per-call"] = Field(
        default="persistent", description="`persistent` (default): Asterisk always wants it, and the step returns when "
                                          "it has come; `per-call`: it comes with a call, and the step returns at "
                                          "once.")
    status: Annotated[int, Field(ge=400, le=599)] | None = Field(
        default=None, description="The HTTP status of `how: refuse`; default: 403.")
    username: Text | None = Field(default=None, description="The user name that Asterisk has to send …")
    password: Text | None = Field(default=None, description="… with this password; else it is answered with 401.")
    within: Duration | None = Field(
        default=None, description="How long it may take to come; without it, as long as any step (`step-timeout`).")
    name: Name | None = Field(default=None, alias="as",
                              description="Name of the client; without it, it is called as the port.")

    @model_validator(mode="after")
    def _goes_together(self) -> Serve:
        if self.status is not None and self.how != "refuse":
            raise ValueError("has a 'status', which goes with 'how: refuse'")
        if (self.username is None) != (self.password is None):
            raise ValueError("takes 'username' and 'password' together")
        if self.username is not None and self.how != "accept":
            raise ValueError("has a 'username', which goes with 'how: accept'")
        if self.within is not None and self.connection == "per-call":
            raise ValueError("'within' does not go with 'connection: per-call', which is not waited for")
        return self

    @property
    def client(self) -> str:
        """What the scenario calls its WebSocket."""
        return self.name or self.port

    @property
    def registers(self) -> bool:
        """The WebSocket brings events of the applications that Asterisk's configuration names."""
        return self.how == "accept"

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return self.connection == "persistent"

    def defines(self) -> set[str]:
        """The client's name."""
        return {self.client}

    def listens(self) -> set[str]:
        """The port."""
        return {self.port}

    async def run(self, context: Context) -> None:
        """Listen, and wait for a persistent connection."""
        from callgate.ari.reception import Manner, Reception  # brings wsproto, which reading a file can do without
        from callgate.scenario.serving import serve

        credentials = None if self.username is None else (self.username, self.password or "")
        reception = Reception(Manner(self.how), self.status or 403, credentials)
        seconds = (self.within or context.step_timeout) if self.connection == "persistent" else None
        await serve(context, self.client, context.port(self.port), reception,
                    within_seconds=seconds)
