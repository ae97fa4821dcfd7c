"""How the steps ask Asterisk: what it does not do becomes an error that says who has to do something about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from callgate.ari.address import path
from callgate.ari.observer import AriResponse
from callgate.errors import MachineError
from callgate.scenario.failure import StepFailedError
from callgate.scenario.steps.base import Duration

if TYPE_CHECKING:
    from callgate.ami.driver import Headers, Response
    from callgate.scenario.context import Context

#: A channel by its name: `call`, or `call;2` for the other half of a Local channel.
ChannelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*(;2)?$"), Field(title="channel")]
#: One text or several; ARI splits its lists at commas, and so would split such a text.
Listed = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^,]*$")]
Texts = Listed | Annotated[list[Listed], Field(min_length=1)]
Channels = ChannelName | Annotated[list[ChannelName], Field(min_length=1)]

#: How ARI answers for a path that no loaded module serves (ast_ari_invoke() in res/res_ari.c).
_NOT_SERVED = "Resource not found"


def _whole(seconds: float) -> float:
    if seconds != int(seconds):
        raise ValueError("must be whole seconds: ARI counts no others")
    return seconds


def _milliseconds(seconds: float) -> float:
    if seconds < 0.001:
        raise ValueError("must be one millisecond or more")
    return seconds


#: A duration that ARI takes in whole seconds.
WholeSeconds = Annotated[Duration, AfterValidator(_whole)]
#: A duration that ARI takes in milliseconds.
Milliseconds = Annotated[Duration, AfterValidator(_milliseconds)]


def several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """One text, several, or none, as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def in_seconds(duration: float | None) -> str | None:
    """A duration as ARI's parameters have it."""
    return None if duration is None else str(int(duration))


def in_milliseconds(duration: float | None) -> str | None:
    """The same for those in milliseconds."""
    return None if duration is None else str(round(duration * 1000))


def given(parameters: Mapping[str, str | Sequence[str] | None]) -> dict[str, str | Sequence[str]]:
    """The parameters that have a value."""
    return {name: value for name, value in parameters.items() if value is not None and value != ()}


async def ask(context: Context, method: str, segments: Sequence[str], otherwise: str, *,
              query: Mapping[str, str | Sequence[str] | None] | None = None, body: Any = None) -> AriResponse:
    """Send an ARI request that has to succeed; `otherwise` begins the text when it does not.

    Parameters without a value are left out. Raises as `insist` does.
    """
    answer = await context.asterisk.ari.request(method, path(*segments), query=given(query or {}), body=body,
                                                timeout=context.step_timeout)
    return insist(answer, otherwise)


def insist(answer: AriResponse, otherwise: str, statuses: Sequence[int] = ()) -> AriResponse:
    """Give the answer back if its status is one of these; without any, if it is of 2xx.

    Raises MachineError where no module serves the resource, otherwise StepFailedError.
    """
    if answer.status in statuses if statuses else answer.ok:
        return answer
    if answer.status == 404 and answer.error_text() == _NOT_SERVED:
        resource = answer.path.split("/")[1]
        raise MachineError(f"{otherwise}: this Asterisk does not serve {answer.method} of such a path below "
                           f"/{resource}. If res_ari_{resource} is not loaded, name it: "
                           f"'dependencies: [{{asterisk: res_ari_{resource}}}]'")
    raise StepFailedError(f"{otherwise}: {answer.summary()}",
                          expected=(("status", " or ".join(map(str, statuses)) or "2xx"),),
                          got=(("status", f"{answer.status} {answer.reason}"),))


async def act(context: Context, action: str, headers: Headers, otherwise: str) -> Response:
    """Send an AMI action that has to succeed. Raises StepFailedError when it does not."""
    response = await context.asterisk.ami.action(action, headers, timeout=context.step_timeout)
    if not response.success:
        raise refused(response, otherwise, "Success")
    return response


def refused(response: Response, headline: str, expected: str) -> StepFailedError:
    """The response to an AMI action is another one than expected."""
    said = response.message.get("Message") or "no reason given"
    return StepFailedError(f"{headline}: {said}", expected=(("Response", expected),),
                           got=(("Response", response.message.response or "(none)"), ("Message", said)))


async def insist_on_parameter(context: Context, method: str, resource: str, pattern: str, parameter: str) -> None:
    """Make sure that this version of ARI has a parameter: one that it does not know it ignores without a word.

    `pattern` is the path as ARI's own models, which Asterisk serves below /api-docs, write it. Raises MachineError.
    """
    model = await _model(context, resource, f"has '{parameter}' for {method} {pattern}")
    known = {one["name"] for api in model.get("apis", []) if api["path"] == pattern
             for operation in api["operations"] if operation["httpMethod"] == method
             for one in operation.get("parameters", [])}
    if parameter not in known:
        raise MachineError(f"this Asterisk has no '{parameter}' for {method} {pattern}")


async def insist_on_requests_over(context: Context, client: str) -> None:
    """Make sure that Asterisk takes requests over the WebSocket of a client: a version that does not says nothing.

    Raises MachineError.
    """
    if client in context.takes_requests:
        return
    model = await _model(context, "events", "takes requests over a WebSocket")
    if "RESTRequest" not in model.get("models", {}):
        raise MachineError("this Asterisk takes no ARI requests over a WebSocket. Others do from 20.14, 21.9 and 22.4 "
                           "on: let the test say 'versions: [\">=20.14,<21\", \">=21.9,<22\", \">=22.4\"]'")
    context.takes_requests.add(client)


async def _model(context: Context, resource: str, question: str) -> Mapping[str, Any]:
    answer = await context.asterisk.ari.request("GET", path("api-docs", f"{resource}.json"),
                                                timeout=context.step_timeout)
    if not answer.ok or not isinstance(answer.body, Mapping):
        raise MachineError(f"cannot tell whether this Asterisk {question}: it does not serve the model of its ARI "
                           f"({answer.summary()})")
    return answer.body
