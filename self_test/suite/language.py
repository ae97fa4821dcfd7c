"""A small language for the tests of the loader: steps as the real ones are made, that do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callgate.scenario.steps.base import Duration, Name, Step


class Originate(Step):
    keyword: ClassVar[str] = "originate"

    endpoint: str
    app: str | None = None
    variables: dict[str, str] = Field(default_factory=dict)
    name: Name = Field(alias="as")

    def defines(self) -> set[str]:
        return {self.name, f"{self.name};2"}


class Expect(Step):
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    keyword: ClassVar[str] = "expect"

    ami: str | None = None
    ari: str | None = None
    channel: str | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    within: Duration | None = None
    name: Name | None = Field(default=None, alias="as")

    @model_validator(mode="after")
    def _one_event(self) -> Expect:
        if (self.ami is None) == (self.ari is None):
            raise ValueError("needs either 'ami' or 'ari'")
        return self

    @classmethod
    def extra_key_allowed(cls, key: str, given: Mapping[str, Any]) -> bool:
        return "ami" in given and key[:1].isupper()

    def needs(self) -> set[str]:
        return {self.channel} if self.channel else set()

    def defines(self) -> set[str]:
        return {self.name} if self.name else set()


class Hangup(Step):
    keyword: ClassVar[str] = "hangup"
    shorthand: ClassVar[str | None] = "channels"

    channels: str | list[Name]
    missing: Literal["ok", "fail"] | None = None

    def needs(self) -> set[str]:
        return {self.channels} if isinstance(self.channels, str) else set(self.channels)


class Leg(BaseModel):
    model_config = ConfigDict(extra="forbid")

    codec: str
    mute: bool = False
    gain: int = 0


class Mix(Step):
    keyword: ClassVar[str] = "mix"

    record: bool = False
    times: int = Field(default=1, gt=0)
    ratio: float = 1.0
    expected_result: Literal["one", "two"] = Field(default="one", alias="expected-result")
    leg: Leg | None = None
    legs: list[Leg] = Field(default_factory=list)
    named: dict[str, Leg] = Field(default_factory=dict)
    either: Leg | str | None = None


STEPS: Mapping[str, type[Step]] = {step.keyword: step for step in (Originate, Expect, Hangup, Mix)}

#: A test without a mistake, and the beginning of one that lacks nothing but its steps.
GOOD = """\
testinfo:
  summary: Stasis() says in STASISSTATUS how the channel left it.
properties:
  dependencies: [{asterisk: app_stasis}, {asterisk: res_ari_channels}]
  tags: [ARI, stasis]
  issues: [{github: '12'}]
  dialplan: [Babs@Acme]

scenarios:
  Babs:
    summary: A call hung up by its registered app ends with SUCCESS.
    timeout: 1.5m
    steps:
      - originate: {endpoint: 'Local/Babs@${run.id}', as: call}
      - expect: {ami: Hangup, channel: call;2, Cause: 16, within: 500ms, as: gone}
      - expect: {ari: ChannelDestroyed, variables: {id: '${gone.Uniqueid}', literal: '$${x}'}}
    finally:
      - hangup: {channels: [call], missing: ok}
  Bugs:
    summary: A call into an app that was never registered ends with FAILED.
    skip: Not yet.
    steps: [{hangup: []}]
"""
HEAD = "testinfo: {summary: S.}\nscenarios:\n  Babs:\n    summary: S.\n    steps:\n"
