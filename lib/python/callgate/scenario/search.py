"""Goes through the journal for several entries, one after the other, under one deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callgate.scenario.failure import MistakenStepError
from callgate.scenario.grace import GRACE
from callgate.scenario.journal import Entry, Source
from callgate.scenario.patterns import Pattern
from callgate.scenario.twins import APPLICATION

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: Seconds; clocks count in fractions, and those have rounding errors.
_CLOSE = 0.001


class Search:
    """Finds what is wanted among the entries that are there, then among those to come."""

    def __init__(self, context: Context, *, since: int, timeout: float) -> None:
        """`since` is the first entry to look at, `timeout` is in seconds from now."""
        self._context = context
        self._next = since
        self._deadline = context.reactor.seconds() + timeout

    @property
    def position(self) -> int:
        """Behind the entry found last: where to go on."""
        return self._next

    async def next(self, wanted: Callable[[Entry], bool]) -> Entry | None:
        """The first entry after the one found last that is wanted; None when the time is up."""
        left = max(0.0, self._deadline - self._context.reactor.seconds())
        entry = await self._context.wait_for(wanted, timeout=left, since=self._next)
        if entry is not None:
            self._next = entry.number + 1
        return entry

    def insist_on_its_end(self) -> None:
        """Raise MistakenStepError if the step's own time was up before: what was not watched may have happened."""
        if self._deadline - self._context.reactor.seconds() > _CLOSE:
            raise MistakenStepError("the time of the step was up before it had watched for as long as it should")

    def hurry(self) -> None:
        """Leave no more than `GRACE` seconds from the first call on."""
        self._deadline = min(self._deadline, self._context.reactor.seconds() + GRACE)


def insist_on_an_order(context: Context, patterns: list[Pattern]) -> None:
    """Raise MistakenStepError where events of ARI can come to several applications: there is no order between two.

    Each application has a queue of its own (res/stasis/app.c), also where several share a WebSocket.
    """
    apps = sorted({app for pattern in patterns if pattern.source is Source.ARI for app in _apps(context, pattern)})
    if len(apps) > 1:
        raise MistakenStepError(f"there is no order between events that come to several applications "
                                f"({', '.join(apps)}): 'client', or 'where: {{application: …}}', says which is meant")


def _apps(context: Context, pattern: Pattern) -> set[str]:
    """The applications that such an event may be sent to."""
    only = pattern.where.get(APPLICATION)
    if type(only) is str:  # and no matcher
        return {only}
    return {app for client in context.registered.values()
            if pattern.client in ("", client.name) and client.asterisk == context.here
            for app in client.apps or (client.name,)}
