"""Steps for what is heard on a channel or in a bridge: `dtmf`, `play`, `record`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from callgate.scenario.steps.asking import (
    ChannelName,
    Milliseconds,
    WholeSeconds,
    ask,
    in_milliseconds,
    in_seconds,
    several,
)
from callgate.scenario.steps.base import Family, Name, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context


class Dtmf(Step):
    """Send DTMF to a channel; returns when Asterisk has begun to."""

    keyword: ClassVar[str] = "dtmf"
    family: ClassVar[Family] = Family.MEDIA
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call;2}
- answer: call;2
- expect: {ari: StasisStart, channel: call}
- dtmf: {channel: call, digits: 1#, duration: 60ms, between: 50ms}
- expect: {ari: ChannelDtmfReceived, channel: call;2, where: {digit: '#'}}
"""

    channel: ChannelName = Field(description="the channel that they are sent to")
    # ARI leaves out what is none of these without a word.
    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#A-Da-d]+$|\$\{")] = Field(
        description="`0`-`9`, `*`, `#`, `A`-`D`")
    duration: Milliseconds | None = Field(default=None, description="how long each lasts; default: `100ms`")
    between: Milliseconds | None = Field(default=None, description="the pause between two; default: `100ms`")
    before: Milliseconds | None = Field(default=None, description="the pause before the first")
    after: Milliseconds | None = Field(default=None, description="the pause after the last")

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel}

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        target = context.channel(self.channel)
        await ask(context, "POST", ["channels", target.unique_id, "dtmf"],
                  f"Asterisk did not send DTMF to {self.channel}",
                  query={"dtmf": self.digits, "duration": in_milliseconds(self.duration),
                         "between": in_milliseconds(self.between), "before": in_milliseconds(self.before),
                         "after": in_milliseconds(self.after)})


class _Heard(Step):
    """What `play` and `record` share: a channel or a bridge."""

    channel: ChannelName | None = Field(default=None, description="where: a channel …")
    bridge: Name | None = Field(default=None, description="… or a bridge; needs chan_bridge_media")

    @model_validator(mode="after")
    def _one_place(self) -> _Heard:
        if (self.channel is None) == (self.bridge is None):
            raise ValueError("needs either 'channel' or 'bridge'")
        return self

    def needs(self) -> set[str]:
        """The channel or the bridge."""
        return {name for name in (self.channel, self.bridge) if name}

    def _where(self, context: Context) -> tuple[str, str, str]:
        """The resource, the id and the name of the channel or bridge."""
        if self.channel is not None:
            return "channels", context.channel(self.channel).unique_id, self.channel
        bridge = context.bridge(self.bridge or "")
        return "bridges", bridge.unique_id, bridge.name


class Play(_Heard):
    """Play media to a channel or into a bridge; returns when Asterisk has accepted it.

    What cannot be played is told by PlaybackFinished, with `playback.state: failed`.
    """

    keyword: ClassVar[str] = "play"
    family: ClassVar[Family] = Family.MEDIA
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- play: {channel: call, media: 'tone:1004/100,0/100', as: playback}
- expect: {ari: PlaybackStarted, where: {playback.id: '${playback.id}'}}
"""

    media: Text | Annotated[list[Text], Field(min_length=1)] = Field(
        description="a media URI, or a list: `sound:`, `recording:`, `number:`, `digits:`, `characters:`, `tone:`")
    lang: Text | None = Field(default=None, description="the language of the sounds")
    offset: Milliseconds | None = Field(default=None, description="what to leave out at the beginning")
    name: Name | None = Field(default=None, alias="as", description="name of the playback: `${NAME.id}`")

    def defines(self) -> set[str]:
        """The playback."""
        return {self.name} if self.name else set()

    async def run(self, context: Context) -> None:
        """Ask through ARI, with an id of ours if the playback has a name."""
        resource, unique_id, target = self._where(context)
        answer = await ask(context, "POST", [resource, unique_id, "play"],
                           f"Asterisk did not play {', '.join(several(self.media))} to {target}",
                           body={"media": list(several(self.media))},
                           query={"lang": self.lang, "offsetms": in_milliseconds(self.offset),
                                  "playbackId": context.new_id(self.name) if self.name else None})
        if self.name:
            context.capture(self.name, answer.body)


class Record(_Heard):
    """Record a channel or a bridge; returns when Asterisk has accepted it.

    A recording goes into a directory of the run, and is deleted after the scenario. It ends with the channel, or at
    `max-duration` and the like; RecordingFinished or RecordingFailed tells how.
    """

    keyword: ClassVar[str] = "record"
    family: ClassVar[Family] = Family.MEDIA
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- record: {channel: call, name: '${run.id}', format: wav, max-duration: 1s, as: recording}
- expect: {ari: RecordingStarted, where: {recording.name: '${recording.name}'}}
"""

    recording: Text = Field(alias="name", description="the name that ARI knows it by, and the path of its file")
    format: Text = Field(description="the format of the file, such as `wav`; its module must be loaded")
    max_duration: WholeSeconds | None = Field(default=None, alias="max-duration", description="when it ends by itself")
    max_silence: WholeSeconds | None = Field(default=None, alias="max-silence",
                                             description="how much silence ends it")
    if_exists: Literal["fail", "overwrite", "append"] | None = Field(
        default=None, alias="if-exists", description="`fail` (default), `overwrite` or `append`")
    beep: bool | None = Field(default=None, description="whether to play a beep first")
    terminate_on: Literal["none", "any", "*", "#"] | None = Field(
        default=None, alias="terminate-on", description="the DTMF that ends it: `none` (default), `any`, `*`, `#`")
    handle: Name | None = Field(default=None, alias="as", description="name of the recording: `${NAME.name}`")

    def defines(self) -> set[str]:
        """The recording."""
        return {self.handle} if self.handle else set()

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        resource, unique_id, target = self._where(context)
        beep = None if self.beep is None else str(self.beep).lower()
        context.recordings.add((context.here, self.recording))
        answer = await ask(context, "POST", [resource, unique_id, "record"], f"Asterisk did not record {target}",
                           query={"name": self.recording, "format": self.format, "ifExists": self.if_exists,
                                  "maxDurationSeconds": in_seconds(self.max_duration), "beep": beep,
                                  "maxSilenceSeconds": in_seconds(self.max_silence),
                                  "terminateOn": self.terminate_on})
        if self.handle:
            context.capture(self.handle, answer.body)
