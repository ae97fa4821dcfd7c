"""Under all other steps that speak AMI: any action, with any response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from callgate.ami.codec import Message
from callgate.ami.driver import Response
from callgate.errors import UsageError
from callgate.scenario.expected import Expected, refuse_mapping
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.matchers import ABSENT, Mismatch, as_text, compare
from callgate.scenario.repeats import compare_header
from callgate.scenario.steps.asking import refused
from callgate.scenario.steps.base import Family, Name, Step, Text
from callgate.scenario.steps.texts import other_values, shown

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: Actions that would end Callgate's own AMI connection, or keep events from it: what is not seen may be a false green.
_OUR_OWN = frozenset({"login", "logoff", "challenge", "events", "filter", "waitevent"})
#: Headers that Callgate sets itself.
_OUR_HEADERS = frozenset({"action", "actionid"})


def check_action(name: str) -> str:
    """Refuse an action that Callgate's own connection would not survive unharmed."""
    if name.strip().lower() in _OUR_OWN:
        raise ValueError(f"cannot be '{name.strip()}': it would change what Callgate itself is told")
    return name


def _insist_on_action(name: str) -> None:
    try:
        check_action(name)
    except ValueError as error:
        raise MistakenStepError(f"an action {error}") from error


def _check_headers(headers: dict[str, Any]) -> dict[str, Any]:
    for name, value in headers.items():
        if name.strip().lower() in _OUR_HEADERS:
            raise ValueError(f"cannot hold '{name}', which Callgate sets itself")
        texts = [name, *([value] if isinstance(value, str) else value)]
        if not name.strip() or ":" in name or any(char in text for text in texts for char in "\r\n\0"):
            raise ValueError("must be names without a colon, and values without line breaks")
    return headers


#: What headers must be; they are texts.
_Headers = Annotated[dict[str, Annotated[Expected, AfterValidator(refuse_mapping)]], Field(min_length=1)]


class EventList(BaseModel):
    """The list of events that an action is answered with, without the event that ends it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Expected | None = Field(default=None, description="how many events there are: a number or a matcher")
    contains: _Headers | Annotated[list[_Headers], Field(min_length=1)] | None = Field(
        default=None, description="headers that one of the events has; of a list, each item must be held by some event")

    @model_validator(mode="after")
    def _says_something(self) -> EventList:
        if self.count is None and self.contains is None:
            raise ValueError("needs 'count' or 'contains'")
        return self

    def resolved(self, context: Context) -> EventList:
        """The same with values put in; the engine does so only for what stands in the step itself."""
        return self.model_copy(update={name: context.resolve(value) for name, value in self})

    def check(self, response: Response, what: str) -> None:
        """Raise StepFailedError if the list is another one, or there is none."""
        if (response.message.get("EventList") or "").lower() != "start":
            raise StepFailedError(f"{what}, and not with a list of events", expected=(("EventList", "start"),),
                                  got=shown([f"{name}: {value}" for name, value in response.message.headers
                                             if name != "ActionID"], "header"))
        mismatches = [] if self.count is None else compare(self.count, len(response.events), "events.count")
        if mismatches:
            raise other_values(what, mismatches)
        wanted = [self.contains] if isinstance(self.contains, dict) else self.contains or []
        for one in wanted:
            if all(_differences(one, event) for event in response.events):
                came = [", ".join(f"{name} {_header(event, name)}" for name in ("Event", *one)
                                  if _header(event, name) is not ABSENT) for event in response.events]
                raise StepFailedError(f"{what}, and no event of its list is as it should be",
                                      expected=tuple((name, as_text(value)) for name, value in one.items()),
                                      got=shown(came, "event"))


class Ami(Step):
    """Any AMI action. Where it is answered with a list of events, the step waits for the whole of it.

    What the action makes is the scenario's own to remove. Login, Logoff, Challenge, Events, Filter and WaitEvent are
    refused: they would change what Callgate itself is told.
    """

    keyword: ClassVar[str] = "ami"
    family: ClassVar[Family] = Family.GENERAL
    shorthand: ClassVar[str | None] = "action"
    example: ClassVar[str] = """\
- ami: {action: Setvar, headers: {Variable: GREETING, Value: hello}}
- ami: {action: Getvar, headers: {Variable: GREETING}, expect: {Value: hello}, as: greeting}
- ami: {action: CoreShowChannels, events: {count: 0}}
"""

    action: Annotated[Text, AfterValidator(check_action)] = Field(description="the name of the action")
    headers: Annotated[dict[str, str | list[str]], AfterValidator(_check_headers)] = Field(
        default_factory=dict, description="its headers, without ActionID; a list repeats one")
    response: Literal["Success", "Error", "any"] = Field(
        default="Success", description="what the response must be: `Success` (default), `Error` or `any`")
    expect: _Headers = Field(default_factory=dict, description="headers that the response has")
    events: EventList | None = Field(
        default=None, description="the list of events: `count` (a number or a matcher), `contains` (headers "
                                  "of one of them, or a list of such)")
    name: Name | None = Field(default=None, alias="as", description="a name for the response: `${name.Header}`, and "
                                                                   "for its list of events `${name.0.Header}`")

    def defines(self) -> set[str]:
        """The response, if it is given a name."""
        return {self.name} if self.name else set()

    async def run(self, context: Context) -> None:
        """Send it, and look at the response before its headers and events."""
        headers = [(name, value) for name, values in self.headers.items()
                   for value in ([values] if isinstance(values, str) else values)]
        try:
            _insist_on_action(self.action)  # once more, with values put in
            response = await context.asterisk.ami.action(self.action, headers, timeout=context.step_timeout)
        except UsageError as error:
            raise MistakenStepError(f"{self.action} cannot be sent: {error}") from error
        message = response.message
        what = f"Asterisk answered {self.action} with {message.response}"
        if not self._is_wanted(response):
            raise refused(response, what, self.response)
        mismatches = _differences(self.expect, message)
        if mismatches:
            raise other_values(what, mismatches)
        if self.events is not None:
            self.events.resolved(context).check(response, what)
        if self.name:
            events = {str(index): _as_mapping(event) for index, event in enumerate(response.events)}
            context.capture(self.name, {**_as_mapping(message), **events})

    def _is_wanted(self, response: Response) -> bool:
        if self.response == "Error":
            return (response.message.response or "").lower() == "error"
        return self.response == "any" or response.success


def _header(message: Message, name: str) -> Any:
    """A header as a scenario sees it: all values, if it is repeated."""
    values = message.get_all(name)
    if not values:
        return ABSENT
    return values[0] if len(values) == 1 else list(values)


def _differences(wanted: Mapping[str, Any], message: Message) -> list[Mismatch]:
    return [one for name, value in wanted.items() for one in compare_header(value, _header(message, name), name)]


def _as_mapping(message: Message) -> dict[str, str]:
    return dict(reversed(message.headers))  # the first of those that repeat
