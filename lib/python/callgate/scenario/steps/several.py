"""Steps for more than one event: `expect_all`, `count`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, model_validator

from callgate.durations import duration
from callgate.scenario.assignment import Assignment
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.patterns import Pattern
from callgate.scenario.search import Search, insist_on_an_order
from callgate.scenario.steps.base import Duration, Family, Name, Step
from callgate.scenario.steps.events import (
    EVERYTHING_SELECTS,
    Event,
    EventStep,
    PickedEvent,
    as_mapping,
    came,
    insist_on_fields,
    is_meant,
    needed_mark,
)
from callgate.scenario.twins import EventCounter

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: How many of the events that were counted a message shows.
_SHOWN = 5


class ExpectAll(Step):
    """Several events have happened or will, in any order, each of them another one.

    The selectors pick the first events that can have one pattern each; then the bodies have to agree, in some way to
    pair them. An event that is picked and agrees with none fails the step at once. Missing ones are waited for
    until `within` is over, or one second after the channel of one of them was hung up.
    With `ordered`, the events have to come in the order of the list: all of AMI, or all to one application, as
    there is no order between others.
    """

    keyword: ClassVar[str] = "expect_all"
    family: ClassVar[Family] = Family.EVENTS
    shorthand: ClassVar[str | None] = "events"
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call;2}
- answer: call;2
- expect_all:
  - {ari: StasisStart, channel: call}
  - {ami: Newstate, channel: call, ChannelStateDesc: Up}
- hangup: call
- expect_all:
    events:
    - {ami: Newstate, channel: call, ChannelStateDesc: Up}
    - {ami: Hangup, channel: call, as: gone}
    ordered: true
    within: 2s
"""

    events: Annotated[list[PickedEvent], Field(min_length=1)] = Field(
        description="The events, each as in `expect`, without `within`.")
    ordered: bool = Field(default=False, description="`true`: in the order of the list.")
    within: Duration | None = Field(
        default=None, description="How long all of them may take; without it, as long as any step (`step-timeout`).")
    since: Name | None = Field(default=None, description="A `mark`: look only at what has come after it.")

    @model_validator(mode="after")
    def _one_connection(self) -> ExpectAll:
        kinds = {(event.ami is None, event.client) for event in self.events}
        if self.ordered and len({of_ari for of_ari, _ in kinds}) > 1:
            raise ValueError("cannot be 'ordered' with events of both 'ami' and 'ari': there is no order between two "
                             "connections")
        if self.ordered and len({client for _, client in kinds if client}) > 1:
            raise ValueError("cannot be 'ordered' with several clients: there is no order between two WebSockets")
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> ExpectAll:
        names = [event.name for event in self.events if event.name]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"gives two events the name '{twice}'")
        return self

    def sought(self) -> Sequence[tuple[tuple[str | int, ...], Event]]:
        """Each of the events."""
        return [(("events", index), event) for index, event in enumerate(self.events)]

    def needs(self) -> set[str]:
        """Channels, clients and the mark."""
        return {name for event in self.events for name in event.needs()} | needed_mark(self.since)

    def defines(self) -> set[str]:
        """Those events that are given a name."""
        return {name for event in self.events for name in event.defines()}

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return True

    @property
    def ari_events(self) -> tuple[tuple[str, str], ...]:
        """Those of the events that are of ARI."""
        return tuple(one for event in self.events for one in event.ari_events)

    async def run(self, context: Context) -> None:
        """Pick events until each pattern has one; fail as soon as one that is picked is wrong."""
        patterns = [event.resolved(context).picking(context) for event in self.events]
        if self.ordered:
            insist_on_an_order(context, patterns)
        pairs = Assignment(patterns, ordered=self.ordered)
        search = Search(context, since=context.marked(self.since) if self.since else 0,
                        timeout=self.within or context.step_timeout)
        found: dict[int, Entry] = {}
        while not pairs.complete:
            if any(pattern.channel and context.is_hung_up(pattern.channel) for pattern in pairs.missing()):
                search.hurry()
            entry = await search.next(lambda entry: _may_matter(entry, patterns))
            if entry is None:
                raise self._missing(context, pairs, found)
            if pairs.take(entry):
                solution = pairs.solution()
                if solution is None:
                    raise self._wrong(pairs, found)
                found = solution
        for index, entry in found.items():
            if name := self.events[index].name:
                context.capture(name, as_mapping(entry))

    def _missing(self, context: Context, pairs: Assignment, found: dict[int, Entry]) -> StepFailedError:
        count = len(pairs.patterns)
        what = f"{count - len(found)} of {count} events did not come by {duration(context.journal.elapsed())}"
        return StepFailedError(what, expected=_listed(pairs), got=_state(pairs, found))

    def _wrong(self, pairs: Assignment, found: dict[int, Entry]) -> StepFailedError:
        entry = pairs.picked[-1]
        pattern, mismatches = pairs.closest()
        if mismatches:
            error = pattern.failure(entry, mismatches, duration(entry.at))
            return StepFailedError(error.headline, expected=(*error.expected, *_listed(pairs)),
                                   got=(*error.got, *_state(pairs, found)), entry=entry)
        # It is as some pattern wants it, so it is too early, or one too many of its kind.
        place = len(pairs.picked)
        if not self.ordered:
            return StepFailedError(f"{pattern.in_full()} came once more at {duration(entry.at)}, instead of another "
                                   "of the events", expected=_listed(pairs), got=_state(pairs, found), entry=entry)
        wanted = pairs.patterns[place - 1].in_full()
        return StepFailedError(f"{pattern.in_full()} came at {duration(entry.at)}, before {wanted}",
                               expected=_listed(pairs), entry=entry,
                               got=(*_state(pairs, found)[:place - 1], (f"event {place}", pattern.in_full())))


def _may_matter(entry: Entry, patterns: list[Pattern]) -> bool:
    """Whether it may be one of the events, or says that one of them will not come any more."""
    return (entry.source is Source.AMI and entry.name == "Hangup") or any(one.selects(entry) for one in patterns)


def _listed(pairs: Assignment) -> tuple[tuple[str, str], ...]:
    return tuple((f"event {number}", pattern.in_full()) for number, pattern in enumerate(pairs.patterns, 1))


def _state(pairs: Assignment, found: dict[int, Entry]) -> tuple[tuple[str, str], ...]:
    """What has become of each pattern."""
    return tuple((f"event {index + 1}", f"came at {duration(found[index].at)}" if index in found else "(missing)")
                 for index in range(len(pairs.patterns)))


class Count(EventStep):
    """So many events of a kind have come since the start of the scenario, and none too many comes.

    Everything in this step selects. Until there are enough (`exactly`, `at-least`), the step waits. That there are not
    too many (`exactly`, `at-most`) holds to the end of the steps, like `never`: the scenario fails as soon as there
    are. With `for`, the step watches for so long instead, and what comes later is no longer its business.
    """

    keyword: ClassVar[str] = "count"
    family: ClassVar[Family] = Family.EVENTS
    unsupported: ClassVar[Mapping[str, str]] = EVERYTHING_SELECTS
    example: ClassVar[str] = """\
- register: Babs
- originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}
- expect: {ari: StasisStart, channel: call;2}
- answer: call;2
- count: {ami: Newchannel, Uniqueid: '~^${call.id}', exactly: 2, for: 100ms}
- count: {ami: Newstate, channel: call;2, at-least: 1, within: 2s}
- hangup: call
- count: {ami: Hangup, Uniqueid: '~^${call.id}', exactly: 2}
"""

    exactly: Annotated[int, Field(ge=0)] | None = Field(default=None, description="This many, and not one more.")
    at_least: Annotated[int, Field(ge=1)] | None = Field(default=None, alias="at-least",
                                                         description="This many, or more.")
    at_most: Annotated[int, Field(ge=0)] | None = Field(default=None, alias="at-most",
                                                        description="This many, or fewer.")
    watch: Duration | None = Field(
        default=None, alias="for",
        description="How long to watch for one too many; without it, to the end of the steps.")
    within: Duration | None = Field(
        default=None, description="How long it may take until there are enough, where there is no `for`; without it, "
                                  "as long as any step (`step-timeout`).")

    @model_validator(mode="after")
    def _one_way_to_count(self) -> Count:
        low, high = self.at_least, self.at_most
        if (self.exactly is None) == (low is None and high is None):
            raise ValueError("needs either 'exactly', or 'at-least', 'at-most' or both of these")
        if low is not None and high is not None and low > high:
            raise ValueError(f"asks for at least {low} and at most {high}, which can't be")
        if self._upper is None and self.watch is not None:
            raise ValueError("has 'for', which goes with 'exactly' and 'at-most'; 'at-least' alone takes 'within'")
        if self.watch is not None and self.within is not None:
            raise ValueError("has both 'for' and 'within': it watches for a time, or waits until there are enough")
        if not self._lower and self.within is not None:
            raise ValueError("has 'within', and nothing that could take so long: it waits for no event")
        return self

    @property
    def _lower(self) -> int:
        return self.exactly if self.exactly is not None else self.at_least or 0

    @property
    def _upper(self) -> int | None:
        return self.exactly if self.exactly is not None else self.at_most

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen, or watches for a time of its own."""
        return self._lower > 0 or self.watch is not None

    @property
    def guards(self) -> bool:
        """Whether it watches to the end of the steps."""
        return self._upper is not None and self.watch is None

    @property
    def must_hear(self) -> bool:
        """Whether it is about ARI events that there may be too many of."""
        return self.ari is not None and self._upper is not None

    async def run(self, context: Context) -> None:
        """Count what has come and what comes, until there are enough or the time is up, and keep watching."""
        tally = _Tally(self, context, self.selecting(context))
        search = Search(context, since=context.marked(self.since) if self.since else 0,
                        timeout=self.watch or self.within or context.step_timeout)
        enough = self.hear(context)
        try:
            await self._count(tally, search)
            if self.guards:
                self._guard(context, tally, search.position, enough)
        except BaseException:
            enough()
            raise
        if not self.guards:
            enough()

    async def _count(self, tally: _Tally, search: Search) -> None:
        while self.watch is not None or len(tally.counted) < self._lower:
            entry = await search.next(tally.pattern.concerns)
            if entry is None:
                break
            tally.take(entry)
        tally.insist_on_enough()
        if self.watch is not None:
            search.insist_on_its_end()

    def _guard(self, context: Context, tally: _Tally, since: int, enough: Callable[[], None]) -> None:
        def check(entry: Entry) -> None:
            try:
                if tally.pattern.concerns(entry):
                    tally.take(entry)
            except StepFailedError:
                enough()  # a soft step that has found something has nothing more to hear
                raise

        context.guard(check, since=since)

    def words(self) -> str:
        """How many there should be."""
        if self.exactly is not None:
            return f"exactly {self.exactly}"
        parts = [f"at least {self.at_least}" if self.at_least is not None else "",
                 f"at most {self.at_most}" if self.at_most is not None else ""]
        return " and ".join(part for part in parts if part)

    def too_many(self, number: int) -> bool:
        """Whether there should be fewer."""
        return self._upper is not None and number > self._upper

    def too_few(self, number: int) -> bool:
        """Whether there should be more."""
        return number < self._lower


class _Tally:
    """The events that a `count` has counted until now."""

    def __init__(self, step: Count, context: Context, pattern: Pattern) -> None:
        self.pattern = pattern
        self.counted: list[Entry] = []
        self._step = step
        self._context = context
        self._events = EventCounter()

    def take(self, entry: Entry) -> None:
        """Look at an event that may be meant. Raises StepFailedError when it is one too many."""
        insist_on_fields(self.pattern, entry, self._step.keyword)
        if is_meant(self.pattern, entry) and self._events.is_new(entry):
            self.counted.append(entry)
            if self._step.too_many(len(self.counted)):
                raise self._failed(entry)

    def insist_on_enough(self) -> None:
        """Raise StepFailedError if there are too few."""
        if self._step.too_few(len(self.counted)):
            raise self._failed(None)

    def _failed(self, one_too_many: Entry | None) -> StepFailedError:
        context, words, count = self._context, self._step.words(), len(self.counted)
        events = tuple((f"event {number}", came(entry, context)) for number, entry in enumerate(self.counted, 1))
        left_out = (("…", f"{count - _SHOWN} before these"),) if count > _SHOWN else ()
        return StepFailedError(
            f"{count} {self.pattern.in_full()} by {duration(context.journal.elapsed())}, not {words}",
            expected=(("count", words),), got=(("count", str(count)), *left_out, *events[-_SHOWN:]),
            entry=one_too_many)
