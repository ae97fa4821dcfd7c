"""Steps under all others, so that nothing of Asterisk is out of reach: `ari`, `cli`; `ami` is in actions.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from callgate.ari.address import path, query_string
from callgate.ari.errors import AriConnectionError
from callgate.errors import UsageError
from callgate.scenario.expected import Expected
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.matchers import ABSENT, compare
from callgate.scenario.requestline import Request
from callgate.scenario.searching import search
from callgate.scenario.steps.asking import insist, insist_on_requests_over
from callgate.scenario.steps.base import Family, Name, Step, Text
from callgate.scenario.steps.texts import Expression, compiled, groups, insist_on_text, other_values, shown

if TYPE_CHECKING:
    from callgate.ari.websocket import EventSocket
    from callgate.scenario.context import Context

Status = Annotated[int, Field(ge=100, le=599)]


def _json_body(given: object) -> object:
    """Read JSON where the body is a text: there, and only there, are numbers and truth values."""
    if not isinstance(given, str):
        return given
    try:
        body = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is neither a mapping, nor a list, nor JSON: {error}") from error
    if not isinstance(body, dict | list):
        raise ValueError("must be a mapping or a list, or one of these in JSON")  # noqa: TRY004 - pydantic takes these
    _no_references_in_keys(body)
    return body


def _no_references_in_keys(body: Any) -> None:
    for key in body if isinstance(body, dict) else ():
        if "${" in key:
            raise ValueError(f"has a key that holds '${{': '{key}'")
    for value in body.values() if isinstance(body, dict) else body:
        if isinstance(value, dict | list):
            _no_references_in_keys(value)


class Ari(Step):
    """Any ARI request, over HTTP or over the WebSocket of a client.

    The path is written below `/ari`. Each part between its slashes is percent-encoded, with the values that were put
    into it, so that `${call.name}` with its '/' is one part. What the request makes is the scenario's own to remove.
    """

    keyword: ClassVar[str] = "ari"
    family: ClassVar[Family] = Family.GENERAL
    shorthand: ClassVar[str | None] = "request"
    example: ClassVar[str] = """\
- ari: {request: POST /asterisk/variable, query: {variable: GREETING, value: hello}, status: 204}
- ari: {request: GET /asterisk/variable, query: {variable: GREETING}, expect: {value: hello}, as: greeting}
- register: Babs
- ari: {request: GET /applications/Babs, over: Babs, expect: {name: Babs}}
"""

    request: Request = Field(description="the method and the path: `POST /channels/${call.id}/ring`")
    query: dict[str, str | list[str]] = Field(
        default_factory=dict, description="parameters; a list becomes one value, joined by commas")
    body: Annotated[Any, BeforeValidator(_json_body)] = Field(
        default=None, description="what is sent as JSON: a mapping or list, whose values are all texts; or JSON in a "
                                  "text, for numbers and truth values: `body: '{\"timeout\": 5}'`")
    over: Name | None = Field(
        default=None, description="the client over whose WebSocket it is sent; default: over HTTP")
    status: Status | Annotated[list[Status], Field(min_length=1)] | None = Field(
        default=None, description="the status that must be answered, or a list; default: any 2xx")
    expect: Expected | None = Field(default=None, description="what the JSON of the answer must hold")
    name: Name | None = Field(default=None, alias="as", description="a name for the answer: `${name.field}`, in a list "
                                                                   "`${name.0.field}`")

    def defines(self) -> set[str]:
        """The answer, if it is given a name."""
        return {self.name} if self.name else set()

    def needs(self) -> set[str]:
        """The client over whose WebSocket it goes."""
        return {self.over} if self.over else set()

    async def run(self, context: Context) -> None:
        """Ask, and look at the status before the body."""
        segments = [context.resolve(segment) for segment in self.request.segments]
        target = self._target(segments)
        socket = await self._socket(context)
        try:
            answer = await context.asterisk.ari.request(self.request.method, target, query=self.query, body=self.body,
                                                        timeout=context.step_timeout, over=socket)
        except AriConnectionError:
            if self.over is not None:
                context.client(self.over)  # and if that is gone, it was the scenario that disconnected it
            raise
        what = f"{self.request.method} /{'/'.join(segments)}" + (f" over {self.over}" if self.over else "")
        insist(answer, what, [self.status] if isinstance(self.status, int) else self.status or ())
        if self.expect is not None:
            got = answer.body if answer.body is not None else answer.text or ABSENT
            mismatches = compare(self.expect, got, "body")
            if mismatches:
                raise other_values(f"Asterisk answered {what} with {answer.status}", mismatches)
        if self.name:
            context.capture(self.name, _fields(answer.body))

    async def _socket(self, context: Context) -> EventSocket | None:
        """The WebSocket that it goes over. Raises MistakenStepError and MachineError where none would answer."""
        if self.over is None:
            return None
        client = context.client(self.over)
        if context.is_stalled(self.over):
            raise MistakenStepError(f"{self.over} is stalled, and would not read the response to {self.request}")
        await insist_on_requests_over(context, self.over)
        return client.socket

    def _target(self, segments: list[str]) -> str:
        """The path as it is sent. Raises MistakenStepError where what was put in does not fit."""
        if "" in segments:
            raise MistakenStepError(f"{self.request} cannot be sent: a part of its path is empty, and Asterisk would "
                                    "stop reading there", expected=(("path", "no empty part"),),
                                    got=(("path", f"/{'/'.join(segments)}"),))
        try:
            query_string(self.query)
            return path(*segments)
        except UsageError as error:
            raise MistakenStepError(f"{self.request} cannot be sent: {error}") from error


def _fields(body: Any) -> Mapping[str, Any]:
    """A body as `${name.field}` reads it: the items of a list are called 0, 1, 2 …."""
    if isinstance(body, Mapping):
        return {str(key): _fields(value) if isinstance(value, Mapping | list) else value for key, value in body.items()}
    return _fields({str(index): value for index, value in enumerate(body)}) if isinstance(body, list) else {}


class Cli(Step):
    """Any command of Asterisk's command line, run through AMI; one that it does not know, or that fails, fails."""

    keyword: ClassVar[str] = "cli"
    family: ClassVar[Family] = Family.GENERAL
    shorthand: ClassVar[str | None] = "command"
    example: ClassVar[str] = """\
- cli: core show uptime
- cli: {command: core show channels, lacks: Acme, matches: '^(?P<calls>\\d+) active call', as: now}
"""

    command: Text = Field(description="the command, as it would be typed")
    contains: Text | Annotated[list[Text], Field(min_length=1)] | None = Field(
        default=None, description="a text that its output must hold, or a list")
    lacks: Text | Annotated[list[Text], Field(min_length=1)] | None = Field(
        default=None, description="a text that its output must not hold, or a list")
    matches: Expression | None = Field(
        default=None, description="a regular expression that is found somewhere in its output; `^` and `$` mean a line")
    name: Name | None = Field(default=None, alias="as", description="a name for the output: `${name.output}`, and "
                                                                   "`${name.group}` for `(?P<group>…)` in `matches`")

    def defines(self) -> set[str]:
        """The output, if it is given a name."""
        return {self.name} if self.name else set()

    async def run(self, context: Context) -> None:
        """Run it through AMI's Command."""
        for key, given in (("contains", self.contains), ("lacks", self.lacks)):
            for text in _texts(given):
                insist_on_text(key, text)
        try:
            response = await context.asterisk.ami.action("Command", [("Command", self.command)],
                                                         timeout=context.step_timeout)
        except UsageError as error:
            raise MistakenStepError(f"'{self.command}' cannot be sent: {error}") from error
        lines = response.message.output
        if not response.success:
            said = next((line.strip() for line in lines if line.strip()), None) or response.message.get("Message")
            got = (("response", str(response.message.response)), *(shown(lines) if len(lines) > 1 else ()))
            raise StepFailedError(f"Asterisk did not run '{self.command}': {said or 'no reason given'}",
                                  expected=(("response", "Success"),), got=got)
        found = self._search(lines)
        if self.name:
            context.capture(self.name, {**found, "output": "\n".join(lines)})

    def _search(self, lines: Sequence[str]) -> dict[str, str]:
        """The groups of `matches`. Raises StepFailedError with all that is wrong with the output."""
        output = "\n".join(lines)
        found = search(compiled(self.matches), output) if self.matches is not None else None
        wrong = [("contains", text) for text in _texts(self.contains) if text not in output]
        wrong += [("lacks", text) for text in _texts(self.lacks) if text in output]
        if self.matches is not None and found is None:
            wrong.append(("matches", f"/{self.matches.removeprefix('~')}/"))
        if wrong:
            raise StepFailedError(f"'{self.command}' printed something else", expected=tuple(wrong), got=shown(lines))
        return groups(found) if found is not None else {}


def _texts(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else given or []
