"""The clients of a playing scenario: which WebSockets are open, which of them read, and whose an application is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.hearing import Ears
from callgate.scenario.journal import Journal
from callgate.scenario.named import Client
from callgate.scenario.ourdoing import broken_off
from callgate.scenario.provoked import Provoked

if TYPE_CHECKING:
    from callgate.scenario.serving import Serving


class Clients(ABC):
    """What a `Context` knows of them, which is the only thing that this is part of."""

    #: The Asterisk that a step plays on, and what is seen of it.
    here: str
    journal: Journal

    def __init__(self, asterisks: Iterable[str]) -> None:
        self.clients: dict[str, Client] = {}
        #: The same, with those that have been disconnected since.
        self.registered: dict[str, Client] = {}
        #: Servers to which Asterisk has opened a WebSocket, which is a client of that name, or still may.
        self.servers: dict[str, Serving] = {}
        #: Where the journal stood when a client stopped reading; and those of them that read again.
        self._stalled: dict[str, int] = {}
        self._resumed: set[str] = set()
        #: Clients whose WebSockets may end by themselves, as a step provokes that.
        self.provoked = Provoked()
        #: Clients over whose WebSockets Asterisk is known to take requests.
        self.takes_requests: set[str] = set()
        #: Clients and those applications of theirs that another client registered after them.
        self._taken_over: set[tuple[str, str]] = set()
        self._ears = {name: Ears() for name in asterisks}

    @abstractmethod
    def missing(self, name: str, what: str) -> StepFailedError:
        """The error for a name that nothing has."""

    @abstractmethod
    def capture(self, name: str, fields: Mapping[str, Any]) -> None:
        """Remember what `${name.field}` stands for from now on."""

    def client(self, name: str) -> Client:
        """A client by its name. Raises as `missing` says when there is no such WebSocket (any more)."""
        if name not in self.clients:
            raise self.missing(name, f"Asterisk has no WebSocket open to {name}" if name in self.servers else
                               f"{name} is not registered")
        return self.clients[name]

    def add_client(self, client: Client) -> None:
        """Remember a WebSocket that has been opened; an application of an earlier one is its own now."""
        client = replace(client, asterisk=self.here)
        self._taken_over |= {(other.name, app) for other in self.clients.values() for app in client.apps
                             if app in other.apps and other.asterisk == client.asterisk}
        self.clients[client.name] = self.registered[client.name] = client
        self.capture(client.name, {"app": client.apps[0]} if client.apps else {})
        self._ears[self.here].insist(self._hearing())

    def drop_client(self, name: str) -> Client:
        """Count no more on a client. Raises MistakenStepError when it still has to hear what must never come."""
        client = self.client(name)
        self._ears[self.here].insist(self._hearing() - {name})
        del self.clients[name]
        self._stalled.pop(name, None)
        self.provoked.forget(name)
        return client

    def own_apps(self, client: Client) -> list[str]:
        """The applications of a client that no other one has registered since."""
        return [app for app in client.apps if (client.name, app) not in self._taken_over]

    def stall(self, name: str) -> None:
        """Let a client read no more: Asterisk's writes to it pile up, and fail in the end.

        Raises MistakenStepError when it still has to hear what must never come.
        """
        client = self.client(name)
        self._ears[self.here].insist(self._hearing() - {name})
        self._stalled.setdefault(name, self.journal.mark())
        self._resumed.discard(name)
        self.journal.log.announce(broken_off)
        client.socket.pause()

    def last_read(self, name: str) -> int:
        """Where the journal stood when a client gave Asterisk reason to give it up; or now."""
        now = self.journal.mark()
        return min(self._stalled.get(name, now), self.provoked.since(name, now))

    def resume(self, name: str) -> None:
        """Let a client that was stalled read again. Raises MistakenStepError for one that was not."""
        client = self.client(name)
        if not self.is_stalled(name):
            raise MistakenStepError(f"{name} is not stalled")
        self._resumed.add(name)
        client.socket.resume()

    def is_stalled(self, name: str) -> bool:
        """Whether a client does not read."""
        return name in self._stalled and name not in self._resumed

    def listeners(self) -> list[tuple[str, str]]:
        """The clients here that read, each with an application that is still its own."""
        return [(name, app) for name in sorted(self._hearing() & set(self.clients))
                for app in self.own_apps(self.clients[name])]

    def _hearing(self) -> set[str]:
        """The clients of this Asterisk that read, without those whose applications are all another one's now.

        Also those whose WebSocket Asterisk has still to open: if it never does, the scenario fails.
        """
        return {name for name, client in self.clients.items()
                if client.asterisk == self.here and not self.is_stalled(name)
                and (not client.apps or self.own_apps(client))
                } | {name for name, one in self.servers.items() if one.asterisk == self.here and one.may_be_heard}
