"""The step for bridges: `bridge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from callgate.scenario.steps.asking import Channels, ask, several
from callgate.scenario.steps.base import Family, Name, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: What bridge_create_common() in res/res_stasis.c knows, 16 too; it ignores what it does not know.
Kind = Literal["mixing", "holding", "dtmf_events", "proxy_media", "video_sfu", "video_single"]
#: Each verb, and the field that goes with it: required, but for `title`.
_VERBS: dict[str, tuple[str, ...]] = {"create": ("as",), "add": ("to",), "remove": ("from",), "destroy": ()}


class Bridge(Step):
    """Create a bridge, add channels to it, remove them, destroy it; returns when Asterisk has accepted it.

    Channels have to be in an application. What is left of a scenario's bridges is destroyed after it.
    """

    keyword: ClassVar[str] = "bridge"
    family: ClassVar[Family] = Family.MEDIA
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: A}
- originate: {endpoint: Local/1000@Acme, app: Babs, as: B}
- expect: {ari: StasisStart, channel: A}
- expect: {ari: StasisStart, channel: B}
- bridge: {create: mixing, as: br}
- bridge: {add: [A, B], to: br}
- expect: {ari: ChannelEnteredBridge, channel: B, fields: {bridge.id: '${br.id}'}}
- bridge: {remove: A, from: br}
- bridge: {destroy: br}
"""

    create: Kind | Annotated[list[Kind], Field(min_length=1)] | None = Field(
        default=None, description="the kind of a new bridge, or a list: `mixing`, `holding`, `dtmf_events`, "
                                  "`proxy_media`, `video_sfu`, `video_single`")
    title: Text | None = Field(default=None, description="with `create`: what Asterisk calls it")
    name: Name | None = Field(default=None, alias="as", description="with `create`: its name in the scenario")
    add: Channels | None = Field(default=None, description="a channel to add, or a list")
    to: Name | None = Field(default=None, description="with `add`: the bridge")
    remove: Channels | None = Field(default=None, description="a channel to remove, or a list")
    source: Name | None = Field(default=None, alias="from", description="with `remove`: the bridge")
    destroy: Name | None = Field(default=None, description="a bridge to destroy")

    @model_validator(mode="after")
    def _one_verb(self) -> Bridge:
        values = {"create": self.create, "add": self.add, "remove": self.remove, "destroy": self.destroy,
                  "as": self.name, "to": self.to, "from": self.source, "title": self.title}
        verbs = [verb for verb in _VERBS if values[verb] is not None]
        if len(verbs) != 1:
            raise ValueError("needs one of 'create', 'add', 'remove', 'destroy'")
        for verb, fields in _VERBS.items():
            for field in fields:
                if verb == verbs[0] and values[field] is None:
                    raise ValueError(f"'{verb}' needs '{field}'")
                if verb != verbs[0] and values[field] is not None:
                    raise ValueError(f"'{field}' goes with '{verb}'")
        if self.title is not None and self.create is None:
            raise ValueError("'title' goes with 'create'")
        kinds = several(self.create)
        if kinds and not {"mixing", "holding", "video_sfu"} & set(kinds):
            raise ValueError("'create' needs 'mixing', 'holding' or 'video_sfu': Asterisk makes no bridge without")
        if {"mixing", "holding"} <= set(kinds):
            raise ValueError("'mixing' and 'holding' exclude each other")
        return self

    def defines(self) -> set[str]:
        """A new bridge."""
        return {self.name} if self.name else set()

    def needs(self) -> set[str]:
        """The bridge, and the channels."""
        return {name for name in (self.to, self.source, self.destroy) if name} | {
            *several(self.add), *several(self.remove)}

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        if self.name:
            await self._create(context, self.name)
        elif self.to:
            await _change(context, self.to, "addChannel", several(self.add), "add {} to {}")
        elif self.source:
            await _change(context, self.source, "removeChannel", several(self.remove), "remove {} from {}")
        elif self.destroy:
            await ask(context, "DELETE", ["bridges", context.bridge(self.destroy).unique_id],
                      f"Asterisk did not destroy {self.destroy}")

    async def _create(self, context: Context, name: str) -> None:
        unique_id = context.new_id(name)
        context.add_bridge(name, unique_id)
        answer = await ask(context, "POST", ["bridges"], f"Asterisk did not create {name}",
                           query={"type": several(self.create), "bridgeId": unique_id, "name": self.title})
        context.capture(name, answer.body)


async def _change(context: Context, bridge: str, verb: str, names: tuple[str, ...], words: str) -> None:
    ids = tuple(context.channel(name).unique_id for name in names)
    await ask(context, "POST", ["bridges", context.bridge(bridge).unique_id, verb],
              f"Asterisk did not {words.format(', '.join(names), bridge)}", query={"channel": ids})
