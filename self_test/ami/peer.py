"""An Asterisk made of strings: drives an AmiClient without network and without waiting."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import alsoProvides

from callgate.ami.client import AmiClient
from callgate.ami.codec import Message
from callgate.ami.connection import AmiConnection
from callgate.ami.driver import Headers

# Twisted leaves these without types.
_failure: Any = Failure
_make_connection: Any = AmiConnection.makeConnection


class Journal:
    """An observer that remembers what it was told, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.actions: list[tuple[str, Headers, str]] = []

    def ami_action(self, action: str, headers: Headers, action_id: str) -> None:
        self.lines.append(f"action {action}")
        self.actions.append((action, headers, action_id))

    def ami_response(self, message: Message) -> None:
        self.lines.append(f"response {message.response}")

    def ami_event(self, message: Message) -> None:
        self.lines.append(f"event {message.event}")

    def ami_lost(self, reason: str) -> None:
        self.lines.append(f"lost {reason}")


class FakeTransport:
    """As TCP: closing takes the peer's part in it, aborting does not."""

    def __init__(self, client: AmiClient) -> None:
        alsoProvides(self, ITCPTransport)
        self.client = client
        self.written = b""
        self.no_delay = False
        self.closing = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802 (Twisted's name)
        self.no_delay = enabled

    def write(self, data: bytes) -> None:
        self.written += data

    def loseConnection(self) -> None:  # noqa: N802 (Twisted's name)
        self.closing = True

    def abortConnection(self) -> None:  # noqa: N802 (Twisted's name)
        self.client.connection.connectionLost(_failure(ConnectionAborted()))


class Peer:
    """The other end of one client."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.journal = Journal()
        self.client = AmiClient(self.clock, self.journal, "pbx:5038")
        self.transport = FakeTransport(self.client)
        _make_connection(self.client.connection, self.transport)
        self.send(b"Asterisk Call Manager/11.0.0\r\n")

    def send(self, data: bytes) -> None:
        self.client.connection.dataReceived(data)

    def say(self, *lines: str) -> None:
        """Send one message."""
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode())

    def hang_up(self, why: Exception | None = None) -> None:
        self.client.connection.connectionLost(_failure(why or ConnectionDone()))

    def sent(self) -> list[dict[str, str]]:
        """Every action that came, its headers by name."""
        blocks = self.transport.written.decode().split("\r\n\r\n")[:-1]
        return [dict(line.split(": ", 1) for line in block.split("\r\n")) for block in blocks]

    @property
    def last_id(self) -> str:
        """The ActionID of the last action that came."""
        return self.sent()[-1]["ActionID"]


class Outcome:
    """What became of a coroutine so far."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.seen: list[Any] = []
        Deferred.fromCoroutine(coroutine).addBoth(self.seen.append)

    @property
    def pending(self) -> bool:
        return not self.seen

    @property
    def value(self) -> Any:
        assert self.seen, "it has not ended yet"
        assert not isinstance(self.seen[0], Failure), self.seen[0]
        return self.seen[0]

    @property
    def error(self) -> BaseException:
        assert self.seen, "it has not ended yet"
        assert isinstance(self.seen[0], Failure), self.seen[0]
        assert self.seen[0].value is not None
        return self.seen[0].value
