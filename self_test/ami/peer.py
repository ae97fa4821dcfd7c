"""An Asterisk made of strings: drives an AmiClient without network and without waiting, on either driver."""

from __future__ import annotations

import importlib.util
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import alsoProvides

from callgate.ami.client import AmiClient, WireFactory
from callgate.ami.codec import Decoder, Message
from callgate.ami.connection import Wire
from callgate.ami.driver import DriverName, Headers
from callgate.ami.drivers import wire_of

# Twisted leaves these without types.
_failure: Any = Failure
_make_connection: Any = Wire.makeConnection

NO_STARPY = "StarPy is not installed (requirements-starpy.txt)"


def wire_or_skip(driver: DriverName) -> WireFactory:
    """What reads and writes for the driver of that name; a test that asks for StarPy is skipped where it is not."""
    if driver == "starpy" and importlib.util.find_spec("starpy") is None:
        pytest.skip(NO_STARPY)
    return wire_of(driver)


class Journal:
    """An observer that remembers what it was told, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.actions: list[tuple[str, Headers, str]] = []
        self.events: list[Message] = []

    def ami_action(self, action: str, headers: Headers, action_id: str) -> None:
        self.lines.append(f"action {action}")
        self.actions.append((action, headers, action_id))

    def ami_response(self, message: Message) -> None:
        self.lines.append(f"response {message.response}")

    def ami_event(self, message: Message) -> None:
        self.lines.append(f"event {message.event}")
        self.events.append(message)

    def ami_lost(self, reason: str) -> None:
        self.lines.append(f"lost {reason}")


class FakeTransport:
    """As TCP: closing takes the peer's part in it, aborting does not."""

    def __init__(self, client: AmiClient) -> None:
        alsoProvides(self, ITCPTransport)
        self.client = client
        self.written = b""
        self.writes = 0
        self.no_delay = False
        self.disconnecting = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802 - Twisted's name
        self.no_delay = enabled

    def write(self, data: bytes) -> None:
        self.written += data
        self.writes += 1

    def writeSequence(self, data: Iterable[bytes]) -> None:  # noqa: N802 - Twisted's name
        self.write(b"".join(data))

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.disconnecting = True

    def abortConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.client.connection.connectionLost(_failure(ConnectionAborted()))


class Peer:
    """The other end of one client."""

    def __init__(self, driver: DriverName = "builtin") -> None:
        self.clock = Clock()
        self.journal = Journal()
        self.client = AmiClient(self.clock, self.journal, "pbx:5038", wire_or_skip(driver))
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

    def sent(self) -> list[Message]:
        """Every action that came."""
        decoder = Decoder()
        read = list(decoder.receive_data(b"Asterisk Call Manager/11.0.0\r\n" + self.transport.written))
        return [item for item in read if isinstance(item, Message)]

    @property
    def last_id(self) -> str:
        """The ActionID of the last action that came."""
        return self.sent()[-1].action_id or ""


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
