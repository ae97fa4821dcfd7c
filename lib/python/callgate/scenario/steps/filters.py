"""Which events Asterisk sends to an application: the filter of `register`, and setting it.

The filter belongs to the application, not to the WebSocket: it stays when another client registers the application, and
for as long as the application is remembered (app_update() in res/stasis/app.c leaves it alone).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from callgate.scenario.failure import StepFailedError
from callgate.scenario.steps.asking import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callgate.scenario.context import Context

#: The type of an ARI event. A `${...}` in it would hide from the checks before a run what the filter keeps.
EventType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+$")]
EventTypes = Annotated[list[EventType], Field(min_length=1)]


class EventFilter(BaseModel):
    """ARI's event filter: an event is sent if it is allowed, or nothing is listed there, and it is not disallowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed: EventTypes | None = Field(default=None, description="The only types of events that are sent.")
    disallowed: EventTypes | None = Field(default=None, description="Types of events that are not sent.")

    @model_validator(mode="after")
    def _lists_something(self) -> EventFilter:
        if self.allowed is None and self.disallowed is None:
            raise ValueError("needs 'allowed' or 'disallowed'")
        return self

    def sends(self, event_type: str) -> bool:
        """Whether it lets events of this type pass; Asterisk compares with regard to case."""
        allowed = self.allowed is None or event_type in self.allowed
        return allowed and event_type not in (self.disallowed or ())


#: No filter; the model has no words for it, since a file just leaves `filter` out.
EVERYTHING = EventFilter.model_construct(allowed=None, disallowed=None)


async def set_filter(context: Context, app: str, wanted: EventFilter, before: Any) -> None:
    """Give an application this filter, and no other; `before` is what Asterisk has answered about the application.

    Both lists are sent, as one that is missing would leave what is there. Raises StepFailedError when Asterisk refuses,
    or does not show afterwards what was asked for.
    """
    if _lists(wanted) == _shown(before):
        return
    body = {which: [{"type": one} for one in types] for which, types in _lists(wanted).items()}
    answer = await ask(context, "PUT", ["applications", app, "eventFilter"],
                       f"Asterisk did not set the event filter of {app}", body=body)
    expected, got = _lists(wanted), _shown(answer.body)
    if expected != got:
        raise StepFailedError(f"Asterisk took the event filter of {app}, and has another one",
                              expected=_told(expected), got=_told(got))


def _lists(wanted: EventFilter) -> dict[str, list[str]]:
    return {"allowed": list(wanted.allowed or ()), "disallowed": list(wanted.disallowed or ())}


def _shown(application: Any) -> dict[str, list[str]]:
    """The filter in ARI's Application (rest-api/api-docs/applications.json); empty lists for what is not there."""
    body: Mapping[str, Any] = application if isinstance(application, dict) else {}
    return {which: [str(one.get("type")) for one in body.get(f"events_{which}") or ()]
            for which in ("allowed", "disallowed")}


def sends(application: Any, event_type: str) -> bool:
    """Whether an application is sent events of this type, by what Asterisk answers about it."""
    shown = _shown(application)
    found = EventFilter.model_construct(allowed=shown["allowed"] or None, disallowed=shown["disallowed"])
    return found.sends(event_type)


def _told(lists: Mapping[str, list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((which, ", ".join(types) or "(empty)") for which, types in lists.items())
