"""The step that asks for a WebSocket in ways that nobody should: `upgrade`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from callgate.scenario.deactivation import see_inactive
from callgate.scenario.expected import Expected
from callgate.scenario.failure import StepFailedError
from callgate.scenario.matchers import ABSENT, compare
from callgate.scenario.named import Client
from callgate.scenario.ourdoing import broken_off
from callgate.scenario.steps.base import Family, Name, Step, Text
from callgate.scenario.steps.texts import other_values

if TYPE_CHECKING:
    from callgate.ari.handshake import Answer, Upgrade
    from callgate.ari.websocket import EventSocket
    from callgate.scenario.context import Context

#: What the journal calls a WebSocket that becomes no client.
_NOBODY = "(upgrade)"
_STATUS = 101

_HeaderName = Annotated[str, StringConstraints(pattern=r"^[^:\r\n]+$")]
_HeaderValue = Annotated[str, StringConstraints(pattern=r"^[^\r\n]*$")]


class AskToUpgrade(Step):
    """Ask for a WebSocket by an HTTP request with whatever is wrong with it, and see what is answered.

    Without fields it is what `register` sends, but for the application. What is accepted is closed again, and its
    applications are inactive when the step returns; with `as` it becomes a client instead.
    """

    keyword: ClassVar[str] = "upgrade"
    family: ClassVar[Family] = Family.APPLICATIONS
    example: ClassVar[str] = """\
- upgrade: {query: {app: Babs}, headers: {Sec-WebSocket-Version: '12'}, status: 400, times: 3}
- upgrade: {query: {app: Babs}, headers: {Sec-WebSocket-Protocol: absent}, expect: {Sec-WebSocket-Protocol: absent}}
- upgrade: {query: {app: Babs}, headers: {sec-websocket-protocol: 'chat, ari'}, as: client}
- upgrade: {raw: "GET /ari/events?app=Bugs HTTP/1.1\\r\\nUpgr", drop: true}
"""

    method: Annotated[str, StringConstraints(pattern=r"^\S+$")] = Field(
        default="GET", description="The method; default: `GET`.")
    path: Annotated[str, StringConstraints(pattern=r"^\S+$")] = Field(
        default="/ari/events", description="The path, as it is sent; default: `/ari/events`.")
    query: dict[str, str | list[str]] = Field(
        default_factory=dict, description="Parameters; a list becomes one value, joined by commas.")
    headers: dict[_HeaderName, _HeaderValue] = Field(
        default_factory=dict, description="Headers in the place of those that belong there, and others; `absent` "
                                          "leaves one out. `Authorization` is that of Callgate's ARI user.")
    body: str | None = Field(default=None, description="What follows the headers.")
    raw: Text | None = Field(default=None, description="Instead of a request: this text, as it is sent.")
    cut: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Only so many bytes of it are sent.")
    drop: bool = Field(default=False, description="`true`: the connection is reset when that is sent, and nothing is "
                                                  "waited for.")
    status: Annotated[int, Field(ge=100, le=599)] | Literal["absent"] | None = Field(
        default=None, description="The status that must be answered; default: 101. `absent`: the connection is closed "
                                  "without an answer.")
    expect: Mapping[str, Expected] | None = Field(
        default=None, min_length=1, description="Headers that the answer must have.")
    times: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=1, description="How often, one after the other, each over a connection of its own.")
    name: Name | None = Field(default=None, alias="as",
                              description="Name of the client; its applications are those of `query: {app: …}`.")

    @model_validator(mode="after")
    def _goes_together(self) -> AskToUpgrade:
        given = self.model_fields_set
        if self.raw is not None and given & {"method", "path", "query", "headers", "body"}:
            raise ValueError("has 'raw', which stands for the whole request")
        if self.drop and given & {"status", "expect", "name"}:
            raise ValueError("has 'drop', after which nothing is answered")
        if self.name is not None and (self.times != 1 or self.status not in (None, _STATUS)):
            raise ValueError("takes 'as' for one WebSocket that is accepted")
        return self

    @property
    def _apps(self) -> tuple[str, ...]:
        """The applications that it asks for, if any can be."""
        app = self.query.get("app", "")
        names = (name.strip() for part in ([app] if isinstance(app, str) else app) for name in part.split(","))
        return tuple(name for name in names if name)

    @property
    def registers(self) -> bool:
        """A client that it gives a name to receives events."""
        return self.name is not None and bool(self._apps)

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return not self.drop

    def defines(self) -> set[str]:
        """The client, if it becomes one."""
        return {self.name} if self.name else set()

    async def run(self, context: Context) -> None:
        """Ask as often as it has to, and stop at the first answer that is not as it should be."""
        if self.drop:
            context.journal.log.announce(broken_off)
        for _ in range(self.times):
            since = context.journal.mark()
            attempt = await context.asterisk.ari.attempt(self._request(), name=self.name or _NOBODY, drop=self.drop,
                                                         timeout=context.step_timeout, cut=self.cut)
            if attempt.socket is not None:
                await self._accepted(context, attempt.socket, since)
            if not self.drop:
                self._look_at(attempt.answer)

    def _request(self) -> bytes | Upgrade:
        from callgate.ari.handshake import Upgrade  # brings wsproto, which reading a file can do without

        if self.raw is not None:
            return self.raw.encode()
        headers = {name: None if value == "absent" else value for name, value in self.headers.items()}
        return Upgrade(self.method, self.path, self.query, headers, self.body)

    async def _accepted(self, context: Context, socket: EventSocket, since: int) -> None:
        """Make a client of it, or close it again."""
        if self.name is not None:
            context.add_client(Client(self.name, self._apps, socket))
            return
        await socket.close(context.reactor, timeout=context.step_timeout)
        await see_inactive(context, Client(_NOBODY, self._apps, socket), since=since, timeout=context.step_timeout)

    def _look_at(self, answer: Answer | None) -> None:
        """Raise StepFailedError for another status, then for another header."""
        wanted = _STATUS if self.status is None else self.status
        got = "absent" if answer is None else answer.status
        if got != wanted:
            said = "(the connection was closed)" if answer is None else f"{answer.status} {answer.reason}"
            raise StepFailedError("Asterisk answered the request for a WebSocket in another way",
                                  expected=(("status", str(wanted)),), got=(("status", said),))
        if answer is not None and self.expect is not None:
            mismatches = [one for name, value in self.expect.items()
                          for one in compare(value, _value(answer, name), name)]
            if mismatches:
                raise other_values(f"Asterisk answered the request for a WebSocket with {answer.status}", mismatches)


def _value(answer: Answer, name: str) -> object:
    value = answer.header(name)
    return ABSENT if value is None else value
