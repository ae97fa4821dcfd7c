"""What a step can reach while its scenario plays: the journal, its Asterisk, the names given so far."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskCrashedError, CallgateError, MachineError, ScenarioFailedError
from callgate.scenario.clients import Clients
from callgate.scenario.deactivation import see_inactive
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Journal, Source, channel_id
from callgate.scenario.matchers import plain
from callgate.scenario.model import PlannedStep
from callgate.scenario.named import Bridge, Channel
from callgate.scenario.ourdoing import broken_off
from callgate.scenario.references import ASTERISK, PORT
from callgate.scenario.resolving import field_of, resolve
from callgate.scenario.stirring import Stirring
from callgate.scenario.waiting import Waiter

#: What a connection's end is an entry of.
_CONNECTIONS = frozenset({Source.AMI_LOST, Source.ARI_SOCKET})
#: The event of AMI that says that a channel is gone.
_HANGUP = "Hangup"


class Context(Clients):
    """The state of one playing scenario. Steps read and change it; the engine owns it."""

    #: What marks the events that `settling` causes, and that nobody watches for.
    settling = ""
    #: The step that plays now; None while we clean up.
    playing: PlannedStep | None = None
    #: When the step that this is for must have ended, by the reactor's clock; None if it need not.
    _deadline: float | None = None
    #: Who takes note of what a guard of this step finds, where that does not end the scenario.
    _soft: Callable[[ScenarioFailedError], None] | None = None

    def __init__(self, reactor: Any, journal: Journal, asterisks: Mapping[str, Subject], *, prefix: str,
                 predefined: Mapping[str, Mapping[str, str]], step_timeout: float) -> None:
        """`prefix` begins each unique id; `predefined` holds what `${run.id}` and the like stand for.

        `step_timeout` is in seconds, for steps that name no time of their own.
        """
        self.reactor = reactor
        #: What is seen: here, of all Asterisks; for a step, of its own.
        self.journal = journal
        super().__init__(asterisks)
        self._asterisks = asterisks
        #: The Asterisk that a step plays on, and what it is called.
        self.here, self.asterisk = next(iter(asterisks.items()))
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        #: Asterisks with the names of what has been recorded there.
        self.recordings: set[tuple[str, str]] = set()
        self.captured: dict[str, Mapping[str, Any]] = dict(predefined)
        #: Where the journal stood at each `mark`.
        self.marks: dict[str, int] = {}
        #: The names that soft steps would have given if they had not failed.
        self.lost: set[str] = set()
        self._step_timeout = step_timeout
        self._prefix = prefix
        self._numbers = itertools.count(1)
        self._guards: list[Callable[[Entry], None]] = []

    def on(self, asterisk: str) -> Context:
        """The same context as seen from one of the Asterisks: it is asked, and what is seen of others is not there.

        Names and guards are shared.
        """
        view = object.__new__(type(self))  # for each step, and a third of what copy.copy() takes
        view.__dict__.update(self.__dict__)
        view.here, view.asterisk = asterisk, self._asterisks[asterisk]
        view.journal = self.journal.of(asterisk if len(self._asterisks) > 1 else "")
        return view

    def each(self) -> Iterator[Context]:
        """The same context, seen from each of the Asterisks."""
        return map(self.on, self._asterisks)

    def for_step(self, planned: PlannedStep, *, timeout: float | None,
                 soft: Callable[[ScenarioFailedError], None] | None) -> Context:
        """The same context as one step sees it, on its Asterisk.

        It ends after `timeout` seconds, or when what is around it must. `soft` takes what its guards find, which ends
        nothing then.
        """
        view = self.on(planned.asterisk)
        view.playing = planned
        if timeout is not None:
            ends = self.reactor.seconds() + timeout
            view._deadline = ends if self._deadline is None else min(ends, self._deadline)
        view._soft = soft or self._soft
        return view

    @property
    def step_timeout(self) -> float:
        """Seconds for whatever names no time of its own: what is left to the step, if it has a `timeout`."""
        if self._deadline is None:
            return self._step_timeout
        left: float = self._deadline - self.reactor.seconds()
        return max(0.0, left)

    # -- names ---------------------------------------------------------------------------------------

    def missing(self, name: str, what: str) -> StepFailedError:
        """The error for a name that nothing has: the scenario's mistake, unless a soft step was to give it."""
        return StepFailedError(what) if name in self.lost else MistakenStepError(what)

    def new_id(self, name: str) -> str:
        """A unique id for a channel that the scenario calls `name`.

        It is numbered, so that none begins with another one, in small letters or capitals: Asterisk 22 takes an id for
        one in use when a living channel's begins with it (get_by_uniqueid() in main/channelstorage_*.c).
        """
        return f"{self._prefix}-{next(self._numbers)}-{name}"

    def channel(self, name: str) -> Channel:
        """A channel by its name: `call`, or `call;2` for the other half of a Local channel.

        Raises as `missing` says; in `finally`, the scenario may have failed before it originated that one.
        """
        if name not in self.channels:
            raise self.missing(name, f"{name} was never originated")
        return self.channels[name]

    def channel_names(self) -> dict[str, str]:
        """The scenario's name of each unique id, also of its bridges, for messages."""
        bridges = {bridge.unique_id: name for name, bridge in self.bridges.items()}
        return bridges | {channel.unique_id: name for name, channel in self.channels.items()}

    def bridge(self, name: str) -> Bridge:
        """A bridge by its name. Raises as `missing` says when the scenario has not created it."""
        if name not in self.bridges:
            raise self.missing(name, f"{name} is no bridge that was created")
        return self.bridges[name]

    def add_bridge(self, name: str, unique_id: str) -> None:
        """Remember a bridge that is about to be created."""
        self.bridges[name] = Bridge(name, unique_id, self.here)
        self.capture(name, {"id": unique_id})

    def add_channel(self, name: str, unique_id: str) -> None:
        """Remember a channel that is about to be originated."""
        self.channels[name] = Channel(name, unique_id, self.journal.mark(), self.here)
        self.capture(name, {"id": unique_id})

    async def close_client(self, name: str, *, timeout: float, abort: bool = False,
                           kill: bool = False) -> None:
        """Close a client's WebSocket; return when Asterisk has deactivated its applications.

        `abort` is a TCP reset instead of the close handshake, `kill` the end of TCP and nothing else. An application
        that another client has registered since is not waited for. Raises StepFailedError when one still is active
        after `timeout` seconds, or there is no such client, and MistakenStepError when it is still needed.
        """
        since, silent = self.last_read(name), self.provoked.is_silent_on(name)
        early = self.provoked.end_of(name, self.journal)
        client = self.drop_client(name)
        give_up = self.reactor.seconds() + timeout
        if abort or kill:
            self.journal.log.announce(broken_off)
            (client.socket.kill if kill else client.socket.abort)()
            end = await client.socket.closed()
        else:
            end = await client.socket.close(self.reactor, timeout=timeout)
        await see_inactive(self, client, since=since, timeout=max(0.0, give_up - self.reactor.seconds()))
        how = early.name if early is not None else "" if abort or kill or end.answered else end.what
        if silent and how:
            raise StepFailedError(f"Asterisk had ended the WebSocket of {name}, and no 'ended' says so: {how}",
                                  entry=early)

    def hear(self, client: str) -> Callable[[], None]:
        """Make sure that this client hears ARI events, or any for '', until the function returned is called.

        Raises MistakenStepError where it does not: the step that plays now could not fail. Without that call, it holds
        to the end of the steps.
        """
        planned = self.playing
        step = f"'{planned.step.keyword}' at {planned.where}" if planned is not None else "step"
        return self._ears[self.here].need(client, step, self._hearing())

    def marked(self, name: str) -> int:
        """Where the journal stood at a mark. Raises MistakenStepError if that step was never reached."""
        if name not in self.marks:
            raise MistakenStepError(f"mark {name} was never set")
        return self.marks[name]

    def port(self, name: str) -> int:
        """A port of the run by the name that a step `listens` on: reserved, and free for whoever sets SO_REUSEADDR."""
        return int(self.captured[PORT][name])

    def capture(self, name: str, fields: Mapping[str, Any]) -> None:
        """Remember what `${name.field}` stands for from now on."""
        self.captured[name] = fields

    def resolve(self, value: Any) -> Any:
        """`value` with each `${name.field}` in its texts replaced."""
        return resolve(value, self._look_up)

    def _look_up(self, name: str, path: str) -> str:
        if name not in self.captured:
            raise self.missing(name, f"${{{name}}} stands for nothing: its step was not played, or failed")
        value: Any = self.captured[name]
        if not path:
            raise MistakenStepError(f"${{{name}}} stands for nothing by itself: name one of its fields, such as "
                                    f"'${{{name}.{next(iter(value), 'id')}}}'")
        for part in path.split("."):
            value = field_of(value, part)
        if value is None and ASTERISK.fullmatch(name):
            raise MachineError(f"${{{name}.{path}}} is not known of an Asterisk that runs elsewhere")
        if value is None or isinstance(value, Mapping | list):
            raise MistakenStepError(f"${{{name}.{path}}} stands for nothing: '{name}' has no field '{path}'")
        return plain(value)

    # -- waiting -------------------------------------------------------------------------------------

    async def wait_for(self, wanted: Callable[[Entry], bool], *, timeout: float, since: int = 0,
                       channel: Channel | None = None) -> Entry | None:
        """The first entry from `since` on that is wanted, or None when `timeout` seconds have passed.

        When `channel` has been hung up, no more than `GRACE` seconds are left for what it can still send.
        """
        for entry in self.journal.since(since):
            if wanted(entry):
                return entry
        if self._deadline is not None:
            timeout = min(timeout, max(0.0, self._deadline - self.reactor.seconds()))

        def over(entry: Entry) -> bool:
            return channel is not None and self._hung_up(entry, channel)

        waiter = Waiter(self.reactor, wanted, over, timeout)
        if channel is not None and self.is_hung_up(channel):
            waiter.hurry()
        stirring = Stirring(self.reactor, self.asterisk.ami)
        try:
            return await waiter.wait(self.journal)
        finally:
            stirring.stop()

    def is_hung_up(self, channel: Channel) -> bool:
        """Whether AMI has said that the channel is gone."""
        return any(self._hung_up(entry, channel) for entry in self.journal.since(channel.mark) if entry.name == _HANGUP)

    async def hung_up(self, channel: Channel, *, timeout: float) -> bool:
        """Wait for the Hangup of a channel; False if it has not come after `timeout` seconds."""
        def wanted(entry: Entry) -> bool:
            return self._hung_up(entry, channel)

        return await self.wait_for(wanted, timeout=timeout, since=channel.mark) is not None

    @staticmethod
    def _hung_up(entry: Entry, channel: Channel) -> bool:
        return entry.name == _HANGUP and entry.source is Source.AMI and channel_id(entry) == channel.unique_id

    @property
    def guarded(self) -> bool:
        """Whether there is an event that must not come."""
        return bool(self._guards)

    # -- ending early --------------------------------------------------------------------------------

    def guard(self, check: Callable[[Entry], None], *, since: int) -> None:
        """Show `check` each entry from `since` to the end of the steps; what it raises ends them.

        The step that plays now is to blame for what it finds, and not the one that waits meanwhile.
        """
        for entry in self.journal.since(since):
            check(entry)
        journal, soft, planned = self.journal, self._soft, self.playing

        def look(entry: Entry) -> None:
            try:
                if journal.shows(entry):
                    check(entry)
            except ScenarioFailedError as error:
                if isinstance(error, StepFailedError):
                    error.planned = planned
                if soft is None:
                    raise
                self._guards.remove(look)
                soft(error)

        self._guards.append(look)

    def end_guards(self) -> None:
        """The steps are over: nothing is watched for any more."""
        self._guards.clear()
        for ears in self._ears.values():
            ears.forget()

    def enter(self, abort: Callable[[CallgateError], None]) -> Callable[[], None]:
        """Begin to watch over what runs now; `abort` is called with what must end it. Returns the way to stop."""
        def look(entry: Entry) -> None:
            try:
                if entry.source in _CONNECTIONS:
                    self._connections_hold(entry)
                if self._guards and not self._is_ours(entry):
                    for check in tuple(self._guards):
                        check(entry)
            except CallgateError as error:
                abort(error)

        return self.journal.watch(look)

    def _is_ours(self, entry: Entry) -> bool:
        return bool(self.settling) and self.settling in str(entry.data)

    def _connections_hold(self, entry: Entry) -> None:
        """Without a connection events are missed, and an event that is missed can make a false green."""
        if entry.source is Source.AMI_LOST:
            to = f" to {entry.asterisk}" if entry.asterisk else ""
            raise AsteriskCrashedError(f"the AMI connection{to} was lost: {entry.data}")
        if entry.source is Source.ARI_SOCKET and entry.origin in self.clients and entry.origin not in self.provoked:
            if entry.origin in self._stalled:  # Asterisk is free to give up a client that does not read
                raise StepFailedError(f"the WebSocket of {entry.origin} ended, which had been stalled: {entry.name}")
            if self.clients[entry.origin].for_a_call and entry.name.startswith("closed: 1000"):
                del self.clients[entry.origin]  # it was for one call, and that is over
                return
            raise AsteriskCrashedError(f"the WebSocket of {entry.origin} ended by itself: {entry.name}")
