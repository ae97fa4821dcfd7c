"""Steps that make channels: `originate`, `create`, `dial`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from callgate.scenario.failure import StepFailedError
from callgate.scenario.grace import GRACE
from callgate.scenario.journal import Entry, Source, channel_id, event_field
from callgate.scenario.named import OTHER_HALF
from callgate.scenario.steps.asking import (
    ChannelName,
    Texts,
    WholeSeconds,
    act,
    ask,
    in_milliseconds,
    in_seconds,
    several,
)
from callgate.scenario.steps.base import Family, Name, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: What AMI's `Variable` header splits at, groups by or strips (__ast_app_separate_args() in main/app.c).
_SPECIAL = re.compile(r'[,\\"()\[\]]')
#: Where ARI lets a channel enter the dialplan when it is not told; AMI wants to be told.
_CONTEXT = "default"
#: Which fields each way does not have.
_NOT_OVER: dict[str, tuple[str, ...]] = {"ari": ("application", "data"), "ami": ("originator",)}


def _is_local(endpoint: str) -> bool:
    return endpoint.lower().startswith("local/")


class _New(Step):
    """What `originate` and `create` share: a channel, and with `Local/` the second half of it."""

    endpoint: str = Field(description="what to call, such as `Local/1000@Acme` or `PJSIP/alice`")
    app: str | None = Field(default=None, description="the ARI application that the channel enters once it is answered")
    args: str | None = Field(default=None, description="arguments of the application, separated by commas")
    formats: Texts | None = Field(
        default=None, description="a media format, or a list; default: those of `originator`, or Asterisk's own choice")
    originator: ChannelName | None = Field(default=None, description="a channel that it belongs to; through ARI")
    variables: dict[str, str] = Field(default_factory=dict, description="channel variables, set first")
    name: Name = Field(alias="as", description="name of the channel; `NAME;2` is the other half of a Local channel")

    @model_validator(mode="after")
    def _formats_once(self) -> _New:
        if self.formats is not None and self.originator is not None:
            raise ValueError("'formats' and 'originator' exclude each other: ARI takes the originator's formats")
        return self

    def defines(self) -> set[str]:
        """The channel, and the second half of a Local channel."""
        return {self.name, f"{self.name}{OTHER_HALF}"} if _is_local(self.endpoint) else {self.name}

    def needs(self) -> set[str]:
        """The originator."""
        return {self.originator} if self.originator else set()

    def _add_channels(self, context: Context) -> tuple[str, str | None]:
        """Name the channels before they are there; give their unique ids."""
        unique_id = context.new_id(self.name)
        context.add_channel(self.name, unique_id)
        if not _is_local(self.endpoint):
            return unique_id, None
        other = f"{unique_id}.2"  # a name has no dot, so this is no other channel's id
        context.add_channel(f"{self.name}{OTHER_HALF}", other)
        return unique_id, other

    async def _ask(self, context: Context, segments: list[str], otherwise: str,
                   query: Mapping[str, str | None]) -> None:
        """Ask ARI for the channels, with what both steps have besides their own `query`."""
        originator = context.channel(self.originator).unique_id if self.originator else None
        unique_id, other = self._add_channels(context)
        common = {"endpoint": self.endpoint, "appArgs": self.args, "channelId": unique_id, "otherChannelId": other,
                  "originator": originator, "formats": several(self.formats)}
        answer = await ask(context, "POST", segments, otherwise, query={**common, **query},
                           body={"variables": self.variables} if self.variables else None)
        context.capture(self.name, answer.body)


class Originate(_New):
    """Originate a call, with unique ids of ours. It need not be answered when the step ends.

    A `Local/extension@context` endpoint makes two channels. The first is called as `as` says and goes into the
    application, or to the extension given here; the second, `NAME;2`, runs the dialplan of the endpoint.

    Through AMI (`through: ami`) it is the action Originate, asynchronous; the step ends when the channel is there.
    """

    keyword: ClassVar[str] = "originate"
    family: ClassVar[Family] = Family.NEW_CALLS
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, args: 'a,b', caller-id: Bugs <1234>, timeout: 20s, as: call}
- expect: {ari: StasisStart, channel: call, fields: {args: [a, b]}}
"""

    extension: str | None = Field(default=None, description="instead of `app`: where it enters the dialplan")
    context: str | None = Field(default=None, description="with `extension`; default: `default`")
    priority: int | None = Field(default=None, ge=1, description="with `extension`; default: 1")
    label: Text | None = Field(default=None, description="with `extension`, instead of `priority`")
    application: Text | None = Field(default=None, description="instead of `app`, through AMI: a dialplan application")
    data: str | None = Field(default=None, description="what `application` is given")
    caller_id: Text | None = Field(default=None, alias="caller-id",
                                   description="such as `Bugs <1234>`, `Bugs` or `1234`")
    timeout: WholeSeconds | None = Field(default=None, description="how long it may ring; default: `30s`")
    through: Literal["ari", "ami"] = Field(default="ari", description="`ari` (default) or `ami`")

    @model_validator(mode="after")
    def _one_destination(self) -> Originate:
        ways = [self.app, self.extension, self.application]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("takes 'app' or 'extension', not both" if self.through == "ari" else
                             "takes one of 'app', 'extension' and 'application'")
        if not any(way is not None for way in ways):
            raise ValueError("needs either 'app' or 'extension'" + (", or 'application'" * (self.through == "ami")))
        goes_with = {"context": ("extension", self.extension), "priority": ("extension", self.extension),
                     "label": ("extension", self.extension), "args": ("app", self.app),
                     "data": ("application", self.application)}
        for name, (owner, there) in goes_with.items():
            if getattr(self, name) is not None and there is None:
                raise ValueError(f"'{name}' goes with '{owner}'")
        if self.priority is not None and self.label is not None:
            raise ValueError("'priority' and 'label' say the same: give one of them")
        for name in _NOT_OVER[self.through]:
            if getattr(self, name) is not None:
                other = {"ari": "ami", "ami": "ari"}[self.through]
                raise ValueError(f"'{name}' needs 'through: {other}'")
        return self

    async def run(self, context: Context) -> None:
        """Ask Asterisk for the call; it is not answered yet when this returns."""
        if self.through == "ami":
            await self._through_ami(context)
            return
        await self._ask(context, ["channels"], self._otherwise(), {
            "app": self.app, "extension": self.extension, "context": self.context, "label": self.label,
            "priority": None if self.priority is None else str(self.priority), "callerId": self.caller_id,
            "timeout": in_seconds(self.timeout)})

    def _otherwise(self) -> str:
        return f"Asterisk did not originate {self.endpoint}"

    def _headers(self, unique_id: str, other: str | None) -> list[tuple[str, str]]:
        where: dict[str, str | None]
        if self.extension is not None:
            where = {"Exten": self.extension, "Context": self.context or _CONTEXT,
                     "Priority": self.label or str(self.priority or 1)}
        elif self.app is not None:
            where = {"Application": "Stasis", "Data": ",".join(filter(None, (self.app, self.args)))}
        else:
            where = {"Application": self.application, "Data": self.data}
        headers = {"Channel": self.endpoint, **where, "ChannelId": unique_id, "OtherChannelId": other,
                   "CallerID": self.caller_id, "Timeout": in_milliseconds(self.timeout),
                   "Codecs": ",".join(several(self.formats)) or None, "Async": "true"}
        return [(name, value) for name, value in headers.items() if value is not None] + [
            ("Variable", f"{name}={_SPECIAL.sub(_escaped, value)}") for name, value in self.variables.items()]

    async def _through_ami(self, context: Context) -> None:
        """Originate, and see the channel: one that only comes after the end of the scenario would be left behind."""
        unique_id, other = self._add_channels(context)
        since = context.journal.mark()
        response = await act(context, "Originate", self._headers(unique_id, other), self._otherwise())
        action_id = response.message.action_id

        def made(entry: Entry) -> bool:
            return entry.source is Source.AMI and entry.name == "Newchannel" and channel_id(entry) == unique_id

        def failed(entry: Entry) -> bool:
            return (entry.source is Source.AMI and entry.name == "OriginateResponse"
                    and event_field(entry, "ActionID") == action_id and event_field(entry, "Response") == "Failure")

        entry = await context.wait_for(lambda one: made(one) or failed(one), timeout=context.step_timeout, since=since)
        if entry is not None and failed(entry):
            # It may overtake the Newchannel of a channel that was made, and is gone again.
            entry = await context.wait_for(made, timeout=min(GRACE, context.step_timeout), since=since) or entry
        if entry is None or failed(entry):
            reason = [] if entry is None else [("OriginateResponse", "Failure"),
                                               ("Reason", str(event_field(entry, "Reason", "(none)")))]
            raise StepFailedError(f"{self._otherwise()}: no channel was made",
                                  expected=(("event", f"Newchannel of {self.name}"),),
                                  got=tuple(reason or [("event", "(none)")]), entry=entry)
        context.capture(self.name, {"id": unique_id, "name": event_field(entry, "Channel", "")})


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


class Create(_New):
    """Create a channel that is in an application, without dialing it yet: see `dial`."""

    keyword: ClassVar[str] = "create"
    family: ClassVar[Family] = Family.NEW_CALLS
    example: ClassVar[str] = """\
- register: Babs
- create: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- dial: {channel: call, timeout: 10s}
- expect: {ari: Dial, where: {peer.id: '${call.id}', dialstatus: ANSWER}}
"""

    app: Text = Field(description="the ARI application that it is in")

    async def run(self, context: Context) -> None:
        """Ask for the channel."""
        await self._ask(context, ["channels", "create"], f"Asterisk did not create {self.endpoint}", {"app": self.app})


class Dial(Step):
    """Dial a channel that was created; returns when Asterisk has begun to."""

    keyword: ClassVar[str] = "dial"
    family: ClassVar[Family] = Family.NEW_CALLS
    shorthand: ClassVar[str | None] = "channel"
    example: ClassVar[str] = Create.example

    channel: ChannelName = Field(description="the channel that was created")
    caller: ChannelName | None = Field(default=None, description="the channel that calls it")
    timeout: WholeSeconds | None = Field(default=None, description="how long it may ring; default: for ever")

    def needs(self) -> set[str]:
        """The channels."""
        return {self.channel} | ({self.caller} if self.caller else set())

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        target = context.channel(self.channel)
        caller = context.channel(self.caller).unique_id if self.caller else None
        await ask(context, "POST", ["channels", target.unique_id, "dial"], f"Asterisk did not dial {self.channel}",
                  query={"caller": caller, "timeout": in_seconds(self.timeout)})
