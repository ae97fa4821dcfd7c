"""Waits for an entry of the journal, with a deadline that the end of a channel can bring forward."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred

from callgate.deadlines import Deadline
from callgate.errors import CallgateError
from callgate.scenario.grace import GRACE
from callgate.scenario.journal import Entry, Journal


class Waiter:
    """Looks at each entry to come until one is wanted or the time is up."""

    def __init__(self, reactor: Any, wanted: Callable[[Entry], bool], over: Callable[[Entry], bool],
                 timeout: float) -> None:
        """`over` recognises the entry after which no more than `GRACE` seconds are left; `timeout` is in seconds."""
        self._wanted = wanted
        self._over = over
        self._found: Deferred[Entry | None] = Deferred()
        self._deadline = Deadline(reactor, timeout, partial(self._found.callback, None))

    def look(self, entry: Entry) -> None:
        """Take a look at an entry."""
        if self._found.called:
            return
        try:
            found = self._wanted(entry)
        except CallgateError:  # whoever waits has to know, and not whoever brings the entry
            self._found.errback()
            return
        if found:
            self._found.callback(entry)
        elif self._over(entry):
            self.hurry()

    def hurry(self) -> None:
        """Leave no more than `GRACE` seconds."""
        self._deadline.shorten(GRACE)

    async def wait(self, journal: Journal) -> Entry | None:
        """The entry, or None when the time is up; raises what `wanted` raises, if that is a CallgateError."""
        unwatch = journal.watch(self.look)
        try:
            return await self._found
        finally:
            unwatch()
            self._deadline.cancel()
