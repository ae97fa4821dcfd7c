"""Clients over whose WebSockets something was sent that may end them: `frame` provokes it, `ended` wants to see it.

The end may come before the step that waits for it is reached. So it ends no scenario by itself, as it does elsewhere;
but one that nobody has asked for is told when the client is closed, at the latest by the clean-up.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from callgate.durations import duration
from callgate.scenario.deactivation import see_inactive
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Journal, Source

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: The code of an end without a Close frame, as `ended` writes it.
NO_CODE = "absent"
#: Seconds that Asterisk has to notice the end of a WebSocket that it should have ended itself.
_PATIENCE = 0.5


class Provoked:
    """Since when each of them is one."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        #: Those whose end a step has told.
        self._told: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._since

    def add(self, name: str, mark: int) -> None:
        """Note a client, with where the journal stands, before it does it."""
        self._since.setdefault(name, mark)

    def forget(self, name: str) -> None:
        """That client is gone."""
        self._since.pop(name, None)
        self._told.discard(name)

    def tell(self, name: str) -> None:
        """A step fails since its WebSocket has ended: that need not be said twice."""
        self._told.add(name)

    def is_silent_on(self, name: str) -> bool:
        """Whether its end would be told by nobody."""
        return name in self._since and name not in self._told

    def since(self, name: str, otherwise: int) -> int:
        """Where the journal stood when it began, if it has."""
        return self._since.get(name, otherwise)

    def end_of(self, name: str, journal: Journal) -> Entry | None:
        """How its WebSocket has ended by itself, if it has."""
        if name not in self._since:
            return None
        return next((entry for entry in journal.since(self._since[name]) if is_end(entry, name)), None)


def is_end(entry: Entry, name: str) -> bool:
    """Whether an entry is the end of the WebSocket of a client."""
    return entry.source is Source.ARI_SOCKET and entry.origin == name


def is_open(context: Context, name: str) -> None:
    """Raise StepFailedError for a client whose WebSocket has ended, and another one as `Context.client` for none."""
    context.client(name)
    end = context.provoked.end_of(name, context.journal)
    if end is not None:
        context.provoked.tell(name)
        raise StepFailedError(f"the WebSocket of {name} has ended: {end.name}", entry=end)


async def see_ended(context: Context, name: str, code: str | None, *, timeout: float) -> None:
    """Wait until Asterisk has ended a client's WebSocket, and deactivated its applications; then look at the code.

    `code` is that of its Close frame, `NO_CODE` for none, and None for either. Raises StepFailedError when it is
    another one, or there is no such end within `timeout` seconds; MistakenStepError for a client that was sent nothing.
    """
    context.client(name)
    if name not in context.provoked:
        raise MistakenStepError(f"no 'frame' was sent over the WebSocket of {name}: Asterisk has no reason to end it")
    since, give_up = context.last_read(name), context.reactor.seconds() + timeout
    expected = (("end", "without a Close frame" if code == NO_CODE else f"closed: {code or '(any code)'}"),)
    end = await context.wait_for(lambda entry: is_end(entry, name), since=since, timeout=timeout)
    if end is None:
        await _give_up(context, name, since)
        raise StepFailedError(f"Asterisk has not ended the WebSocket of {name} within {duration(timeout)}",
                              expected=expected, got=(("end", "(none)"),))
    client = context.drop_client(name)
    await see_inactive(context, client, since=since, timeout=max(0.0, give_up - context.reactor.seconds()))
    if not _is(end.name, code):
        raise StepFailedError(f"Asterisk has ended the WebSocket of {name} in another way",
                              expected=expected, got=(("end", end.name),), entry=end)


async def _give_up(context: Context, name: str, since: int) -> None:
    """End what Asterisk has not ended, as a client does that is killed, and let it have the time to notice that."""
    client = context.drop_client(name)
    client.socket.kill()
    await client.socket.closed()
    with contextlib.suppress(StepFailedError):
        await see_inactive(context, client, since=since, timeout=_PATIENCE)


def _is(how: str, code: str | None) -> bool:
    closed = re.match(r"closed: (\d+)", how)
    if code is None or code == NO_CODE:
        return code is None or how.startswith("lost: ")
    return closed is not None and closed[1] == code
