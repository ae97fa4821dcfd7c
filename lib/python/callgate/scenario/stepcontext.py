"""What a test's own step may ask for and say: a small part of what Callgate's own steps can reach.

All that it does is in the journal, and everything it waits for has a deadline.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast

from callgate.ari.address import path
from callgate.durations import duration
from callgate.scenario.failure import StepFailedError
from callgate.scenario.hints import hint_for_missing
from callgate.scenario.journal import Entry, Source
from callgate.scenario.matchers import compare
from callgate.scenario.patterns import Pattern
from callgate.scenario.steps.asking import act, ask, given
from callgate.scenario.steps.events import as_mapping
from callgate.scenario.steps.texts import other_values
from callgate.scenario.timeline import CAME, DID_NOT_COME, WAITS

if TYPE_CHECKING:
    from callgate.ami.driver import Response
    from callgate.ari.observer import AriResponse
    from callgate.scenario.context import Context
    from callgate.scenario.loglines import LoggedLine
    from callgate.scenario.named import Channel
    from callgate.scenario.rawconnection import RawConnection

P = ParamSpec("P")
T = TypeVar("T")
Parameters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Event:
    """An event of AMI or ARI that came."""

    name: str
    #: The headers of an AMI event (the first, where one is repeated), or ARI's JSON.
    fields: Mapping[str, Any]
    #: Seconds since the scenario began.
    at: float
    #: Its place in the journal; `since=event.after` looks at what came after it.
    number: int

    @property
    def after(self) -> int:
        """The place behind it."""
        return self.number + 1


class Connection:
    """A TCP connection, byte by byte; Callgate closes it when the step ends."""

    def __init__(self, step: StepContext, raw: RawConnection, name: str) -> None:
        self._step = step
        self._raw = raw
        self._name = name
        self._left = b""

    def say(self, data: bytes) -> None:
        """Send bytes."""
        self._raw.say(data)

    async def more(self, within: float | None = None) -> bytes:
        """What has come since, or the next that comes; nothing when the other side has closed it.

        After `within` seconds without anything (the step's own time, if not given) the step fails.
        """
        left, self._left = self._left, b""
        return left or await self._step.hear(self._raw, self._name, within)

    async def until(self, end: bytes) -> bytes:
        """All up to the first `end`, and with it; the step fails if it does not come."""
        data = b""
        while end not in data:
            more = await self.more()
            if not more:
                raise StepFailedError(f"{self._name} was closed before {end!r} came", got=_pairs({"all": data}))
            data += more
        before, _, self._left = data.partition(end)
        return before + end

    def leave(self) -> None:
        """Close it."""
        self._raw.leave()


def _awaited(
    method: Callable[Concatenate[StepContext, P], Coroutine[Any, Any, T]]
) -> Callable[Concatenate[StepContext, P], Coroutine[Any, Any, T]]:
    """Remember each call: one that nobody awaits does nothing, and must not look as if it had."""
    @functools.wraps(method)
    def call(self: StepContext, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        begun = self._nothing() if self._is_left_behind else method(self, *args, **kwargs)
        self._calls = [one for one in self._calls if _is_waiting(one[1])] + [(method.__name__, begun)]
        return begun

    return cast("Callable[Concatenate[StepContext, P], Coroutine[Any, Any, T]]", call)


def _is_waiting(call: Coroutine[Any, Any, Any]) -> bool:
    return inspect.getcoroutinestate(call) == inspect.CORO_CREATED


class StepContext:
    """The scenario, as one step of the test's own sees it while it is played.

    Its methods raise what fails the step; there is no need to catch any of it.
    """

    def __init__(self, context: Context, names: AbstractSet[str]) -> None:
        """`names` are those that the step defines."""
        self._context = context
        self._names = names
        self._captured: set[str] = set()
        #: What was asked for and not begun yet, with the method's name.
        self._calls: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self._is_left_behind = False
        self._connections: list[RawConnection] = []

    # -- asking Asterisk -----------------------------------------------------------------------------

    @_awaited
    async def ari(self, method: str, *segments: str, query: Parameters | None = None, body: Any = None,
                  insist: bool = True) -> AriResponse:
        """Send an ARI request: `await context.ari("POST", "channels", context.channel_id("call"), "ring")`.

        Each segment is one part of the path, percent-encoded; `body` is sent as JSON. An answer that is not 2xx
        fails the step, unless `insist` is false.
        """
        if insist:
            return await ask(self._context, method, segments, f"Asterisk refused {method} /{'/'.join(segments)}",
                             query=query, body=body)
        return await self._context.asterisk.ari.request(method, path(*segments), query=given(query or {}), body=body,
                                                        timeout=self.timeout)

    @_awaited
    async def ami(self, action: str, headers: Parameters | None = None, *, insist: bool = True) -> Response:
        """Send an AMI action; a header with several values is sent once for each.

        An answer that is not a success fails the step, unless `insist` is false.
        """
        pairs = [(name, value) for name, values in (headers or {}).items()
                 for value in ([values] if isinstance(values, str) else values)]
        if insist:
            return await act(self._context, action, pairs, f"Asterisk refused {action}")
        return await self._context.asterisk.ami.action(action, pairs, timeout=self.timeout)

    # -- events --------------------------------------------------------------------------------------

    @_awaited
    async def ami_event(self, name: str, *, channel: str | None = None, where: Mapping[str, Any] | None = None,
                        since: int = 0, within: float | None = None) -> Event:
        """The first AMI event of that name from `since` on: one that has come already, or one to come.

        `channel` and `where` (fields and their values) select, as in the step `expect`. After `within` seconds without
        it (the step's own time, if not given) the step fails.
        """
        return await self._event(Source.AMI, name, channel, where, since, within)

    @_awaited
    async def ari_event(self, name: str, *, channel: str | None = None, where: Mapping[str, Any] | None = None,
                        since: int = 0, within: float | None = None) -> Event:
        """The same for an ARI event, which comes to registered applications only."""
        return await self._event(Source.ARI, name, channel, where, since, within)

    async def _event(self, source: Source, name: str, channel: str | None, where: Mapping[str, Any] | None,
                     since: int, within: float | None) -> Event:
        target = self._context.channel(channel) if channel is not None else None
        pattern = Pattern(source, name, target, where or {})
        entry = await self._wait_for(f"{source} {name}", pattern.selects, since, within, target)
        if entry is None:
            journal = self._context.journal
            raise StepFailedError(f"no {pattern} by {duration(journal.elapsed())}", expected=(("event", str(pattern)),),
                                  got=(("event", "(none)"),), hint=hint_for_missing(pattern, journal))
        return Event(entry.name, as_mapping(entry), entry.at, entry.number)

    @_awaited
    async def log_line(self, text: str, *, since: int = 0, within: float | None = None) -> Event:
        """The first line of Asterisk's log with this text from `since` on: one of the journal, or one to come.

        What comes before anybody waits for it is in the journal from NOTICE up. `fields["text"]` is the line, and
        `name` its level.
        """
        def wanted(line: LoggedLine) -> bool:
            return text in line.text

        enough = self._context.journal.log.want(wanted)
        try:
            entry = await self._wait_for(f"log {text}", lambda one: one.source is Source.LOG and text in str(one.data),
                                         since, within)
        finally:
            enough()
        if entry is None:
            raise StepFailedError(f"Asterisk has not logged '{text}' by {duration(self._context.journal.elapsed())}")
        return Event(entry.name, {"text": str(entry.data)}, entry.at, entry.number)

    async def _wait_for(self, what: str, wanted: Callable[[Entry], bool], since: int, within: float | None,
                        channel: Channel | None = None) -> Entry | None:
        """As Context.wait_for does."""
        entry = next(filter(wanted, self._context.journal.since(since)), None)
        if entry is None:
            with self._waiting(what) as came:
                entry = await self._context.wait_for(wanted, timeout=self.timeout if within is None else within,
                                                     since=since, channel=channel)
                if entry is not None:
                    came()
        return entry

    @contextmanager
    def _waiting(self, what: str) -> Iterator[Callable[[], None]]:
        """Write into the journal what is waited for, and whether it came: then the function given is called."""
        ends = [DID_NOT_COME]
        self._context.journal.append(Source.STEP, WAITS, what)
        try:
            yield lambda: ends.append(CAME)
        finally:
            self._context.journal.append(Source.STEP, ends[-1], what)

    def mark(self) -> int:
        """Where the journal stands now, for `since`."""
        return self._context.journal.mark()

    def journal(self, since: int = 0) -> list[Entry]:
        """All that was seen and done from a place in the journal on."""
        return list(self._context.journal.since(since))

    # -- connections ---------------------------------------------------------------------------------

    @_awaited
    async def accept(self, port: int | str) -> Connection:
        """Listen on a port of 127.0.0.1 until somebody connects, as Asterisk does that is told to, and no longer."""
        from callgate.scenario.rawconnection import Listener  # only who plays needs it, and Twisted

        name = f"connection to port {port}"
        listener = Listener(self._context.reactor, int(port))
        try:
            with self._waiting(name) as came:
                raw = await self._in_time(listener.came(), None, f"no {name}")
                came()
        finally:
            await listener.stop()
        return self._known(raw, name)

    @_awaited
    async def connect(self, port: int | str) -> Connection:
        """Connect to a port of 127.0.0.1."""
        from callgate.scenario.rawconnection import connect

        name = f"connection to port {port}"
        return self._known(await self._in_time(connect(self._context.reactor, int(port)), None, f"no {name}"), name)

    @_awaited
    async def hear(self, raw: RawConnection, name: str, within: float | None) -> bytes:
        """What has come over a connection since the last time, or the next that comes: for Connection.more()."""
        if raw.waits:
            with self._waiting(f"more over {name}") as came:
                await self._in_time(raw.news(), within, f"nothing more came over the {name}")
                came()
        return raw.read()

    def _known(self, raw: RawConnection, name: str) -> Connection:
        self._connections.append(raw)
        return Connection(self, raw, name)

    async def _in_time(self, coroutine: Coroutine[Any, Any, T], seconds: float | None, late: str) -> T:
        from twisted.internet.defer import Deferred

        from callgate.deadlines import within

        timeout = self.timeout if seconds is None else seconds
        return await within(Deferred.fromCoroutine(coroutine), timeout, self._context.reactor,
                            lambda: StepFailedError(f"{late} within {duration(timeout)}"))

    # -- names ---------------------------------------------------------------------------------------

    def channel_id(self, name: str) -> str:
        """The unique id of a channel that the scenario calls `name`."""
        return self._context.channel(name).unique_id

    def fields(self, name: str) -> Mapping[str, Any]:
        """What `${name.field}` stands for."""
        if name not in self._context.captured:
            raise StepFailedError(f"{name} stands for nothing: its step was not played, or failed")
        return self._context.captured[name]

    def capture(self, name: str, fields: Mapping[str, Any]) -> None:
        """Say what `${name.field}` stands for from now on; `name` must be a NewName of the step."""
        self._define(name)
        self._context.capture(name, fields)

    def new_channel(self, name: str) -> str:
        """A unique id for a channel that the step is about to originate; `name` must be a NewName of the step.

        Asterisk has to be told the id (ARI `channelId`, AMI `ChannelId`). Callgate hangs the channel up at the end.
        """
        self._define(name)
        unique_id = self._context.new_id(name)
        self._context.add_channel(name, unique_id)
        return unique_id

    def _define(self, name: str) -> None:
        if name not in self._names:
            raise ValueError(f"'{name}' is no name that this step was given to define: let it be a NewName")
        self._captured.add(name)

    # -- the verdict ---------------------------------------------------------------------------------

    def fail(self, message: str, *, expected: Mapping[str, object] | None = None,
             got: Mapping[str, object] | None = None) -> NoReturn:
        """Fail the step: Asterisk disagrees. `expected` and `got` are shown below the message, field by field."""
        raise StepFailedError(message, expected=_pairs(expected), got=_pairs(got))

    def compare(self, message: str, expected: object, got: object) -> None:
        """Fail the step unless `got` is as expected: a plain value, or with matchers, as a field of the type Expected.

        `message` says what came, as in "Asterisk answered Status".
        """
        mismatches = compare(expected, got, "value")
        if mismatches:
            raise other_values(message, mismatches)

    def note(self, text: str) -> None:
        """Write a line into the journal; what is printed goes nowhere good."""
        self._context.journal.append(Source.STEP, "note", text)

    @property
    def timeout(self) -> float:
        """Seconds that whatever names no time of its own may take."""
        return self._context.step_timeout

    # -- for Callgate --------------------------------------------------------------------------------

    def leave_behind(self) -> None:
        """The step goes on though its scenario is over: from now on nothing that it waits for comes."""
        self._is_left_behind = True

    async def _nothing(self) -> NoReturn:
        from twisted.internet.defer import Deferred  # at `list`, which has no use for Twisted, nothing is played

        await Deferred()
        raise AssertionError("unreachable")

    def leave_all(self) -> None:
        """The step is over, and with it its connections."""
        for connection in self._connections:
            connection.leave()

    def shortcomings(self) -> list[str]:
        """What the step has left undone, now that it has ended."""
        forgotten = [(name, call) for name, call in self._calls if _is_waiting(call)]
        for _, call in forgotten:
            call.close()
        return [*(f"does not await context.{name}()" for name, _ in forgotten),
                *(f"has not captured '{name}', which it was given to define"
                  for name in sorted(self._names - self._captured))]


def _pairs(values: Mapping[str, object] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in (values or {}).items())
