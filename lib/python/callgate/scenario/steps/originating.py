"""Steps that make channels: `originate`, `create`, `dial`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source, channel_id, event_field
from callgate.scenario.steps.asking import (
    ChannelName,
    Text,
    Texts,
    WholeSeconds,
    act,
    ask,
    in_milliseconds,
    in_seconds,
    several,
)
from callgate.scenario.steps.base import Name, Step
from callgate.scenario.waiting import GRACE

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


def _defined(name: str, endpoint: str) -> set[str]:
    return {name, f"{name};2"} if _is_local(endpoint) else {name}


def _add_channels(context: Context, name: str, endpoint: str) -> tuple[str, str | None]:
    """Name the channels of an endpoint before they are there; the second is the other half of a Local channel."""
    unique_id = context.new_id(name)
    context.add_channel(name, unique_id)
    if not _is_local(endpoint):
        return unique_id, None
    other = f"{unique_id}.2"  # a name has no dot, so this is no other channel's id
    context.add_channel(f"{name};2", other)
    return unique_id, other


class Originate(Step):
    """Originate a call, with unique ids of ours. It need not be answered when the step ends.

    A `Local/extension@context` endpoint makes two channels. The first is called as `as` says and goes into the
    application, or to the extension given here; the second, `NAME;2`, runs the dialplan of the endpoint.

    Through AMI (`through: ami`) it is the action Originate, asynchronous; the step ends when the channel is there.
    """

    keyword: ClassVar[str] = "originate"
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, args: 'a,b', caller-id: Bugs <1234>, timeout: 20s, as: call}
- expect: {ari: StasisStart, channel: call, fields: {args: [a, b]}}
"""

    #: What to call, such as `Local/1000@Acme` or `PJSIP/alice`.
    endpoint: str = Field(description="what to call, such as `Local/1000@Acme` or `PJSIP/alice`")
    #: The ARI application that the (first) channel enters once it is answered …
    app: str | None = Field(default=None, description="the ARI application that the channel enters once it is answered")
    #: … and its arguments, separated by commas.
    args: str | None = Field(default=None, description="arguments of the application, separated by commas")
    #: … or where it enters the dialplan.
    extension: str | None = Field(default=None, description="instead of `app`: where it enters the dialplan")
    #: With `extension`; without one it is `default`.
    context: str | None = Field(default=None, description="with `extension`; default: `default`")
    #: With `extension`: a number, 1 by default.
    priority: int | None = Field(default=None, ge=1, description="with `extension`; default: 1")
    #: With `extension`, instead of `priority`.
    label: Text | None = Field(default=None, description="with `extension`, instead of `priority`")
    #: … or, through AMI, the application of the dialplan that it runs …
    application: Text | None = Field(default=None, description="instead of `app`, through AMI: a dialplan application")
    #: … and what that is given.
    data: str | None = Field(default=None, description="what `application` is given")
    #: Such as `Bugs <1234>`, `Bugs` or `1234`.
    caller_id: Text | None = Field(default=None, alias="caller-id", description="such as `Bugs <1234>`")
    #: How long it may ring; Asterisk's default is 30 s. Whole seconds.
    timeout: WholeSeconds | None = Field(default=None, description="how long it may ring; default: `30s`")
    #: Media formats that it may use; otherwise those of `originator`, or slin.
    formats: Texts | None = Field(default=None, description="a media format, or a list")
    #: The channel that it is linked to and takes formats from; not through AMI.
    originator: ChannelName | None = Field(default=None, description="a channel that it belongs to; through ARI")
    #: Channel variables, set before anything else happens.
    variables: dict[str, str] = Field(default_factory=dict, description="channel variables, set first")
    #: The interface that is asked for it.
    through: Literal["ari", "ami"] = Field(default="ari", description="`ari` (default) or `ami`")
    #: The channel's name.
    name: Name = Field(alias="as", description="name of the channel")

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
        if self.formats is not None and self.originator is not None:
            raise ValueError("'formats' and 'originator' exclude each other: ARI takes the originator's formats")
        for name in _NOT_OVER[self.through]:
            if getattr(self, name) is not None:
                other = {"ari": "ami", "ami": "ari"}[self.through]
                raise ValueError(f"'{name}' needs 'through: {other}'")
        return self

    def defines(self) -> set[str]:
        """The channel, and the second half of a Local channel."""
        return _defined(self.name, self.endpoint)

    def needs(self) -> set[str]:
        """The originator."""
        return {self.originator} if self.originator else set()

    async def run(self, context: Context) -> None:
        """Ask Asterisk for the call; it is not answered yet when this returns."""
        originator = context.channel(self.originator).unique_id if self.originator else None
        unique_id, other = _add_channels(context, self.name, self.endpoint)
        if self.through == "ami":
            await self._through_ami(context, unique_id, other)
            return
        query = {"endpoint": self.endpoint, "channelId": unique_id, "otherChannelId": other, "app": self.app,
                 "appArgs": self.args, "extension": self.extension, "context": self.context,
                 "priority": None if self.priority is None else str(self.priority), "label": self.label,
                 "callerId": self.caller_id, "timeout": in_seconds(self.timeout), "originator": originator,
                 "formats": several(self.formats)}
        body = {"variables": self.variables} if self.variables else None
        answer = await ask(context, "POST", ["channels"], self._otherwise(), query=query, body=body)
        context.capture(self.name, answer.body)

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

    async def _through_ami(self, context: Context, unique_id: str, other: str | None) -> None:
        """Originate, and see the channel: one that only comes after the end of the scenario would be left behind."""
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


class Create(Step):
    """Create a channel that is in an application, without dialing it yet: see `dial`."""

    keyword: ClassVar[str] = "create"
    example: ClassVar[str] = """\
- register: Babs
- create: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- dial: {channel: call, timeout: 10s}
- expect: {ari: Dial, where: {peer.id: '${call.id}', dialstatus: ANSWER}}
"""

    #: What it will call, such as `Local/1000@Acme` or `PJSIP/alice`.
    endpoint: str = Field(description="what it will call, such as `Local/1000@Acme` or `PJSIP/alice`")
    #: The application that it is in.
    app: Text = Field(description="the ARI application that it is in")
    #: Arguments of the application, separated by commas.
    args: str | None = Field(default=None, description="arguments of the application, separated by commas")
    #: Media formats that it may use; otherwise those of `originator`.
    formats: Texts | None = Field(default=None, description="a media format, or a list")
    #: The channel that it is linked to and takes formats from.
    originator: ChannelName | None = Field(default=None, description="a channel that it belongs to")
    #: Channel variables, set before anything else happens.
    variables: dict[str, str] = Field(default_factory=dict, description="channel variables, set first")
    #: The channel's name.
    name: Name = Field(alias="as", description="name of the channel; `NAME;2` is the other half of a Local channel")

    @model_validator(mode="after")
    def _formats_once(self) -> Create:
        if self.formats is not None and self.originator is not None:
            raise ValueError("'formats' and 'originator' exclude each other: ARI takes the originator's formats")
        return self

    def defines(self) -> set[str]:
        """The channel, and the second half of a Local channel."""
        return _defined(self.name, self.endpoint)

    def needs(self) -> set[str]:
        """The originator."""
        return {self.originator} if self.originator else set()

    async def run(self, context: Context) -> None:
        """Ask for the channel."""
        originator = context.channel(self.originator).unique_id if self.originator else None
        unique_id, other = _add_channels(context, self.name, self.endpoint)
        query = {"endpoint": self.endpoint, "app": self.app, "appArgs": self.args, "channelId": unique_id,
                 "otherChannelId": other, "originator": originator, "formats": several(self.formats)}
        body = {"variables": self.variables} if self.variables else None
        answer = await ask(context, "POST", ["channels", "create"], f"Asterisk did not create {self.endpoint}",
                           query=query, body=body)
        context.capture(self.name, answer.body)


class Dial(Step):
    """Dial a channel that was created; returns when Asterisk has begun to."""

    keyword: ClassVar[str] = "dial"
    shorthand: ClassVar[str | None] = "channel"
    example: ClassVar[str] = Create.example

    #: The channel that was created.
    channel: ChannelName = Field(description="the channel that was created")
    #: The channel that calls it.
    caller: ChannelName | None = Field(default=None, description="the channel that calls it")
    #: How long it may ring; for ever without one. Whole seconds.
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
