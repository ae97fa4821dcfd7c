"""Steps that say what must happen, and what must not, one event at a time: `expect`, `never`, and `mark`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from callgate.durations import duration
from callgate.scenario.failure import StepFailedError
from callgate.scenario.hints import hint_for_missing, hint_for_wrong
from callgate.scenario.journal import Entry
from callgate.scenario.patterns import Pattern
from callgate.scenario.search import Search
from callgate.scenario.steps.base import MARK, Duration, Family, Name, Step
from callgate.scenario.steps.events import (
    EVERYTHING_SELECTS,
    EventStep,
    PickedEvent,
    as_mapping,
    came,
    insist_on_fields,
    is_meant,
    must_not,
)

if TYPE_CHECKING:
    from callgate.scenario.context import Context


class Expect(PickedEvent, EventStep):
    """One event has happened or will: the first that the selector picks, from the start of the scenario.

    `ami` or `ari`, `channel`, `client` and `where` pick it; headers, `fields` and `variables` assert. If the event
    picked is not as it should be the step fails at once. Only an event that is missing is waited for, until `within`
    is over or one second after its channel was hung up.
    """

    keyword: ClassVar[str] = "expect"
    family: ClassVar[Family] = Family.EVENTS
    unsupported: ClassVar[Mapping[str, str]] = {}
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call;2}
- answer: call;2
- expect: {ari: StasisStart, channel: call, fields: {application: Babs}, within: 2s, as: start}
- expect: {ami: VarSet, channel: call, where: {Variable: STASISSTATUS}, Value: ''}
- hangup: call
- expect: {ami: Hangup, channel: call, Cause: {any: [0, 16]}, variables: {STASISSTATUS: ~^SUCC}}
"""

    within: Duration | None = Field(
        default=None, description="How long it may take; without it, as long as any step (`step-timeout`).")

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return True

    async def run(self, context: Context) -> None:
        """Find the event or wait for it, then look at its body."""
        pattern = self.picking(context)
        since = context.marked(self.since) if self.since else 0
        timeout = self.within or context.step_timeout
        entry = await context.wait_for(pattern.selects, timeout=timeout, since=since, channel=pattern.channel)
        if entry is None:
            raise self._missing(context, pattern, since)
        mismatches = pattern.mismatches(entry)
        if mismatches:
            raise pattern.failure(entry, mismatches, hint_for_wrong(pattern, entry, mismatches, context.journal))
        if self.name:
            context.capture(self.name, as_mapping(entry))

    def _missing(self, context: Context, pattern: Pattern, since: int) -> StepFailedError:
        after = f" since {self.since}" if self.since else ""
        waited = f"no {pattern}{after} by {duration(context.journal.elapsed())}"
        if pattern.channel and context.is_hung_up(pattern.channel) and pattern.name != "Hangup":
            waited += f", and {pattern.channel.name} is hung up"
        same = [came(entry, context) for entry in context.journal.since(since)
                if entry.source is pattern.source and entry.name == pattern.name]
        got = tuple((f"other {pattern.name}", text) for text in same[-3:])
        return StepFailedError(waited, expected=(("event", str(pattern)),), got=got or (("event", "(none)"),),
                               hint=hint_for_missing(pattern, context.journal))


class Never(EventStep):
    """No such event from here to the end of the steps; with `channel`, from that channel's first moment.

    Everything in this step selects. The scenario fails as soon as the event comes, whatever else it waits for.
    `finally` and the clean-up are free to cause it. With `for`, the step watches for so long, and what comes later is
    no longer its business.
    """

    keyword: ClassVar[str] = "never"
    family: ClassVar[Family] = Family.EVENTS
    unsupported: ClassVar[Mapping[str, str]] = EVERYTHING_SELECTS
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- never: {ami: VarSet, channel: call, Variable: STASISSTATUS, Value: FAILED}
- expect: {ari: StasisStart, channel: call;2}
- answer: call;2
- expect: {ari: StasisStart, channel: call}
- never: {ami: Hangup, channel: call, for: 200ms}
- hangup: call
- expect: {ami: Hangup, channel: call}
"""

    watch: Duration | None = Field(
        default=None, alias="for", description="How long to watch; without it, to the end of the steps.")

    @property
    def awaits(self) -> bool:
        """Whether it watches for a time of its own."""
        return self.watch is not None

    @property
    def guards(self) -> bool:
        """Whether it watches to the end of the steps."""
        return self.watch is None

    @property
    def must_hear(self) -> bool:
        """Whether it is about an ARI event."""
        return self.ari is not None

    async def run(self, context: Context) -> None:
        """Look at what has been, and keep watching."""
        pattern = self.selecting(context)
        enough = self.hear(context)
        since = pattern.channel.mark if pattern.channel else context.journal.mark()
        if self.since:
            since = context.marked(self.since)
        if self.watch is None:
            self._guard(context, pattern, since, enough)
            return
        try:
            await self._watch(context, pattern, Search(context, since=since, timeout=self.watch))
        finally:
            enough()

    async def _watch(self, context: Context, pattern: Pattern, search: Search) -> None:
        while entry := await search.next(pattern.concerns):
            self._look_at(entry, context, pattern)
        search.insist_on_its_end()

    def _guard(self, context: Context, pattern: Pattern, since: int, enough: Callable[[], None]) -> None:
        def check(entry: Entry) -> None:
            try:
                self._look_at(entry, context, pattern)
            except StepFailedError:
                enough()  # a soft step that has found something has nothing more to hear
                raise

        context.guard(check, since=since)

    def _look_at(self, entry: Entry, context: Context, pattern: Pattern) -> None:
        insist_on_fields(pattern, entry, self.keyword)
        if is_meant(pattern, entry):
            raise must_not(pattern, entry, context)


class Mark(Step):
    """Give this moment a name; steps with `since` look only at what has come after it.

    Marks have names of their own: a mark and a channel may be called the same.
    """

    keyword: ClassVar[str] = "mark"
    family: ClassVar[Family] = Family.EVENTS
    shorthand: ClassVar[str | None] = "name"
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call;2}
- mark: answering
- answer: call;2
- expect: {ami: Newstate, channel: call;2, since: answering, ChannelStateDesc: Up}
"""

    name: Name = Field(description="Name of the mark.")

    def defines(self) -> set[str]:
        """The mark, which is no name that `${...}` could refer to."""
        return {MARK + self.name}

    async def run(self, context: Context) -> None:
        """Remember where the journal stands."""
        context.marks[self.name] = context.journal.mark()
