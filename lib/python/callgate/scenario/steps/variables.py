"""The step that gets and sets variables: `variable`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from callgate.ari.address import path
from callgate.scenario.expected import Absent, ExpectedHeader
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Source
from callgate.scenario.matchers import ABSENT, compare
from callgate.scenario.patterns import Pattern
from callgate.scenario.steps.asking import ChannelName, ask, insist
from callgate.scenario.steps.base import Family, Name, Step, Text

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: How ARI tells a variable without a value from a channel that is gone, both being 404.
_UNSET = "Provided variable was not found"
#: Set after a function, to see when that has been set.
_BARRIER = "CALLGATE_SET"


class Variable(Step):
    """Get or set a channel variable, or a global one without `channel`; also a dialplan function, `CALLERID(num)`.

    To set one, the channel has to be in an application. Returns when it is set.
    """

    keyword: ClassVar[str] = "variable"
    family: ClassVar[Family] = Family.MEDIA
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/1000@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call}
- variable: {set: COLOUR, value: blue, channel: call}
- expect: {ami: VarSet, channel: call, where: {Variable: COLOUR}}
- variable: {get: COLOUR, channel: call, expect: blue, as: colour}
"""

    getting: Text | None = Field(default=None, alias="get", description="the variable to read …")
    expected: ExpectedHeader = Field(default=None, alias="expect", description="… what it must be: see Matchers …")
    name: Name | None = Field(default=None, alias="as", description="… and a name for it: `${NAME.value}`")
    setting: Text | None = Field(default=None, alias="set", description="the variable to set …")
    value: str | None = Field(default=None, description="… and its value")
    channel: ChannelName | None = Field(default=None, description="whose; without it, a global variable")

    @model_validator(mode="after")
    def _get_or_set(self) -> Variable:
        if (self.getting is None) == (self.setting is None):
            raise ValueError("needs either 'get' or 'set'")
        reads = self.name is not None or self.expected is not None
        if self.getting is not None and not reads:
            raise ValueError("'get' needs 'expect' or 'as': a value that nobody looks at shows nothing")
        if self.getting is not None and self.value is not None:
            raise ValueError("'value' goes with 'set'; with 'get' it is 'expect'")
        if self.channel is None and isinstance(self.expected, Absent):
            raise ValueError("'expect: absent' goes with 'channel': a global variable without a value reads ''")
        if self.setting is not None and self.value is None:
            raise ValueError("'set' needs 'value'")
        if self.setting is not None and reads:
            raise ValueError("'expect' and 'as' go with 'get'")
        return self

    def defines(self) -> set[str]:
        """What was read."""
        return {self.name} if self.name else set()

    def needs(self) -> set[str]:
        """The channel."""
        return {self.channel} if self.channel else set()

    async def run(self, context: Context) -> None:
        """Ask through ARI."""
        where = ["channels", context.channel(self.channel).unique_id] if self.channel else ["asterisk"]
        of = f" of {self.channel}" if self.channel else ""
        if self.setting is not None:
            await self._set(context, self.setting, where, f"Asterisk did not set {self.setting}{of}")
        elif self.getting is not None:
            await self._get(context, self.getting, where, of)

    async def _set(self, context: Context, variable: str, where: list[str], otherwise: str) -> None:
        """Set, and see it set: Asterisk 16 answers before it does anything (stasis_app_send_command_async())."""
        since = context.journal.mark()
        await ask(context, "POST", [*where, "variable"], otherwise, body={"variable": variable, "value": self.value})
        if self.channel is None:
            return
        if variable.endswith(")"):  # a function, which no event tells of: what is set after it is set later
            await ask(context, "POST", [*where, "variable"], otherwise, body={"variable": _BARRIER, "value": "1"})
            variable = _BARRIER
        wanted = Pattern(Source.AMI, "VarSet", context.channel(self.channel), {"Variable": variable})
        if await context.wait_for(wanted.selects, timeout=context.step_timeout, since=since,
                                  channel=wanted.channel) is None:
            raise StepFailedError(f"{otherwise} although it accepted to",
                                  expected=(("event", str(wanted)),), got=(("event", "(none)"),))

    async def _get(self, context: Context, variable: str, where: list[str], of: str) -> None:
        answer = await context.asterisk.ari.request("GET", path(*where, "variable"), query={"variable": variable},
                                                    timeout=context.step_timeout)
        value: Any = ABSENT
        if not (answer.status == 404 and answer.error_text() == _UNSET):
            value = insist(answer, f"Asterisk did not get {variable}{of}").body["value"]
        wrong = [] if self.expected is None else compare(self.expected, value, variable)
        if wrong:
            raise StepFailedError(f"{variable}{of} has another value",
                                  expected=tuple((one.path, one.expected_text) for one in wrong),
                                  got=tuple((one.path, one.got_text) for one in wrong))
        if self.name:
            context.capture(self.name, {} if value is ABSENT else {"value": value})
