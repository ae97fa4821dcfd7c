"""What a step can reach while its scenario plays: the journal, the Asterisk, the names given so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callgate.ari.websocket import EventSocket
from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskCrashedError, CallgateError
from callgate.scenario.deactivation import deactivated
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Journal, Source, channel_id, event_field
from callgate.scenario.matchers import plain
from callgate.scenario.model import PlannedStep
from callgate.scenario.references import substitute
from callgate.scenario.waiting import Waiter


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that the scenario originated, under the unique id that we gave it (law 3)."""

    name: str
    unique_id: str
    #: Where the journal stood when it was originated: nothing about it can be earlier.
    mark: int


@dataclass(frozen=True, slots=True)
class Client:
    """An ARI WebSocket that the scenario opened, and the applications that it registered."""

    name: str
    apps: tuple[str, ...]
    socket: EventSocket
    #: Whether it gets the events of everything (subscribeAll), and not just those of its applications.
    hears_all: bool


class Context:
    """The state of one playing scenario. Steps read and change it; the engine owns it."""

    def __init__(self, reactor: Any, journal: Journal, asterisk: Subject, *, prefix: str,
                 predefined: Mapping[str, Mapping[str, str]], step_timeout: float) -> None:
        """`prefix` begins each unique id; `predefined` holds what `${run.id}` and the like stand for.

        `step_timeout` is in seconds, for steps that name no time of their own.
        """
        self.reactor = reactor
        self.journal = journal
        self.asterisk = asterisk
        self.channels: dict[str, Channel] = {}
        self.clients: dict[str, Client] = {}
        self.captured: dict[str, Mapping[str, Any]] = dict(predefined)
        self.step_timeout = step_timeout
        #: The step that plays now; None while we clean up.
        self.playing: PlannedStep | None = None
        self._prefix = prefix
        self._guards: list[Callable[[Entry], None]] = []

    # -- names ---------------------------------------------------------------------------------------

    def new_id(self, name: str) -> str:
        """A unique id for a channel that the scenario calls `name`."""
        return f"{self._prefix}-{name}"

    def channel(self, name: str) -> Channel:
        """A channel by its name: `call`, or `call;2` for the other half of a Local channel.

        Raises StepFailedError in `finally`, when the scenario has failed before it originated that one.
        """
        if name not in self.channels:
            raise StepFailedError(f"{name} was never originated")
        return self.channels[name]

    def channel_names(self) -> dict[str, str]:
        """The scenario's name of each unique id, for messages."""
        return {channel.unique_id: name for name, channel in self.channels.items()}

    def add_channel(self, name: str, unique_id: str) -> None:
        """Remember a channel that is about to be originated."""
        self.channels[name] = Channel(name, unique_id, self.journal.mark())
        self.capture(name, {"id": unique_id})

    def add_client(self, client: Client) -> None:
        """Remember a WebSocket that has been opened."""
        self.clients[client.name] = client
        self.capture(client.name, {"app": client.apps[0]})

    async def close_client(self, name: str, *, timeout: float) -> None:
        """Close a client's WebSocket; return when Asterisk has deactivated its applications.

        Raises StepFailedError when it has not after `timeout` seconds, or when there is no such client.
        """
        if name not in self.clients:
            raise StepFailedError(f"{name} is not registered")
        client = self.clients.pop(name)
        since = self.journal.mark()
        give_up = self.reactor.seconds() + timeout
        await client.socket.close(self.reactor, timeout=timeout)
        for app in self._kept(client):
            left = max(0.0, give_up - self.reactor.seconds())
            if not await deactivated(self, app, since=since, timeout=left):
                raise StepFailedError(f"{app} is still active {timeout:g} s after its WebSocket was closed")

    def _kept(self, client: Client) -> list[str]:
        """Its applications, but for those that another WebSocket has taken over: their end is not this one's."""
        lost = {event_field(entry, "application") for entry in self.journal.since()
                if entry.source is Source.ARI and entry.name == "ApplicationReplaced" and entry.origin == client.name}
        return [app for app in client.apps if app not in lost]

    def capture(self, name: str, fields: Mapping[str, Any]) -> None:
        """Remember what `${name.field}` stands for from now on."""
        self.captured[name] = fields

    def resolve(self, value: Any) -> Any:
        """`value` with each `${name.field}` in its texts replaced."""
        if isinstance(value, str):
            return substitute(value, self._look_up)
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.resolve(item) for item in value)
        return value

    def _look_up(self, name: str, path: str) -> str:
        if name not in self.captured:
            raise StepFailedError(f"${{{name}}} stands for nothing: its step was never reached")
        value: Any = self.captured[name]
        if not path:
            raise StepFailedError(f"${{{name}}} stands for nothing by itself: name one of its fields, such as "
                                  f"'${{{name}.{next(iter(value), 'id')}}}'")
        for part in path.split("."):
            value = _field(value, part)
        if value is None or isinstance(value, Mapping | list):
            raise StepFailedError(f"${{{name}.{path}}} stands for nothing: '{name}' has no field '{path}'")
        return plain(value)

    # -- waiting -------------------------------------------------------------------------------------

    async def wait_for(self, wanted: Callable[[Entry], bool], *, timeout: float, since: int = 0,
                       channel: Channel | None = None) -> Entry | None:
        """The first entry from `since` on that is wanted, or None when `timeout` seconds have passed.

        When `channel` has been hung up, no more than `waiting.GRACE` seconds are left for what it can still send.
        """
        for entry in self.journal.since(since):
            if wanted(entry):
                return entry

        def over(entry: Entry) -> bool:
            return channel is not None and self._hung_up(entry, channel)

        waiter = Waiter(self.reactor, wanted, over, timeout)
        if channel is not None and self.is_hung_up(channel):
            waiter.hurry()
        return await waiter.wait(self.journal)

    def is_hung_up(self, channel: Channel) -> bool:
        """Whether AMI has said that the channel is gone."""
        return any(self._hung_up(entry, channel) for entry in self.journal.since(channel.mark))

    async def hung_up(self, channel: Channel, *, timeout: float) -> bool:
        """Wait for the Hangup of a channel; False if it has not come after `timeout` seconds."""
        def wanted(entry: Entry) -> bool:
            return self._hung_up(entry, channel)

        return await self.wait_for(wanted, timeout=timeout, since=channel.mark) is not None

    @staticmethod
    def _hung_up(entry: Entry, channel: Channel) -> bool:
        return entry.source is Source.AMI and entry.name == "Hangup" and channel_id(entry) == channel.unique_id

    @property
    def guarded(self) -> bool:
        """Whether there is an event that must not come."""
        return bool(self._guards)

    # -- ending early --------------------------------------------------------------------------------

    def guard(self, check: Callable[[Entry], None], *, since: int) -> None:
        """Show `check` each entry from `since` to the end of the steps; what it raises ends them."""
        for entry in self.journal.since(since):
            check(entry)
        self._guards.append(check)

    def enter(self, abort: Callable[[CallgateError], None], *, guards: bool = True) -> Callable[[], None]:
        """Begin to watch over what runs now; `abort` is called with what must end it. Returns the way to stop."""
        def look(entry: Entry) -> None:
            try:
                self._connections_hold(entry)
                for check in self._guards if guards else ():
                    check(entry)
            except CallgateError as error:
                abort(error)

        return self.journal.watch(look)

    def _connections_hold(self, entry: Entry) -> None:
        """Without a connection events are missed, and an event that is missed can make a false green."""
        if entry.source is Source.AMI_LOST:
            raise AsteriskCrashedError(f"the AMI connection was lost: {entry.data}")
        if entry.source is Source.ARI_SOCKET and entry.origin in self.clients:
            raise AsteriskCrashedError(f"the WebSocket of {entry.origin} ended by itself: {entry.name}")


def _field(value: Any, name: str) -> Any:
    """A field of a mapping; AMI's headers are written in more than one way, so their case does not count."""
    if not isinstance(value, Mapping):
        return None
    if name in value:
        return value[name]
    return next((item for key, item in value.items() if key.lower() == name.lower()), None)
