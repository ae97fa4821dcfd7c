"""A TCP connection on which a test's own step says what it likes, byte for byte, and hears all that comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from callgate.ari.network import CONNECT_ERRORS, describe_connect
from callgate.errors import MachineError
from callgate.scenario.failure import StepFailedError

_LOCALHOST = "127.0.0.1"


class RawConnection(Protocol):
    """One connection; made by `connect` and `Listener`."""

    transport: ITCPTransport

    def __init__(self, made: Callable[[], None] = lambda: None) -> None:
        """`made` is called when there is a connection."""
        self._made = made
        self._data = b""
        self._ended = False
        self._news: Deferred[None] | None = None

    @property
    def waits(self) -> bool:
        """Whether there is nothing to be read yet, and something may come."""
        return not self._data and not self._ended

    async def news(self) -> None:
        """Return when something has come, or nothing can any more."""
        if self.waits:
            self._news = Deferred()
            await self._news

    def read(self) -> bytes:
        """What has come since the last time."""
        data, self._data = self._data, b""
        return data

    def say(self, data: bytes) -> None:
        """Send it."""
        self.transport.write(data)

    def leave(self) -> None:
        """Close the connection, once all of it is sent."""
        self.transport.loseConnection()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Send each piece when it is said, and tell."""
        self.transport.setTcpNoDelay(True)
        self._made()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep it, and wake who waits."""
        self._data += data
        self._wake()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802, ARG002 - Twisted's names
        """Wake who waits, for the last time."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.callback(None)


class Listener(Factory):
    """Takes the first connection to a port of 127.0.0.1, and no other."""

    noisy = False

    def __init__(self, reactor: Any, port: int) -> None:
        """Begin to listen. Raises MachineError when the port can't be listened on."""
        self.taken: RawConnection | None = None
        self._came: Deferred[None] = Deferred()
        try:
            self._listening = reactor.listenTCP(port, self, interface=_LOCALHOST)
        except CannotListenError as error:
            raise MachineError(f"cannot listen on port {port} of {_LOCALHOST}: {error.socketError}") from error

    async def came(self) -> RawConnection:
        """Return when somebody has come; to be awaited once."""
        await self._came
        assert self.taken is not None  # noqa: S101 - it is what was waited for
        return self.taken

    async def stop(self) -> None:
        """Listen no more."""
        await self._listening.stopListening()

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:  # noqa: N802, ARG002 - Twisted's names
        """Take the first."""
        if self.taken is not None:
            return None
        self.taken = RawConnection(lambda: self._came.callback(None))
        return self.taken


async def connect(reactor: Any, port: int) -> RawConnection:
    """Connect to a port of 127.0.0.1. Raises StepFailedError where there is no connection."""
    connection = RawConnection()
    try:
        await connectProtocol(TCP4ClientEndpoint(reactor, _LOCALHOST, port), connection)
    except CONNECT_ERRORS as error:
        raise StepFailedError(f"port {port} of {_LOCALHOST}: {describe_connect(error)}") from error
    return connection
