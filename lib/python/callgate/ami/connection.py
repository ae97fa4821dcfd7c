"""The Twisted end of the codec: bytes from a transport in, messages and one loss out.

It knows nothing of actions and answers; that is the client's.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from callgate.ami.codec import Banner, Decoder, Message
from callgate.ami.errors import AmiLostError, RemoteProtocolError


class AmiConnection(Protocol):
    """Calls `received` for each message in order, and `lost` exactly once, last of all.

    `lost` is given an AmiLostError or RemoteProtocolError where the peer or the network ended the connection,
    and any other exception where a bug on our side did.
    """

    def __init__(
        self, received: Callable[[Banner | Message], None], lost: Callable[[BaseException], None]
    ) -> None:
        self._received = received
        self._lost = lost
        self._decoder = Decoder()
        self._ended = False
        self._tcp: ITCPTransport | None = None

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Send each action when it is written: they are small, and Nagle's algorithm would hold them back."""
        self._tcp = ITCPTransport(self.transport)
        self._tcp.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Hand on what is complete; a peer that does not speak AMI is not listened to any longer."""
        try:
            for item in self._decoder.receive_data(data):
                if self._ended:
                    return
                self._received(item)
        except RemoteProtocolError as error:
            self._end(error)
            self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 (Twisted's name)
        """Say why, in words for the user."""
        where = " in the middle of a message" if self._decoder.in_message else ""
        cause = reason.value
        if cause is None or isinstance(cause, ConnectionDone):
            self._end(AmiLostError(f"Asterisk closed the connection{where}"))
        elif isinstance(cause, ConnectionLost):  # a reset, an abort of our own, a network that is down
            self._end(AmiLostError(f"the connection broke{where}: {str(cause).rstrip('.')}"))
        else:
            self._end(cause)

    def send(self, data: bytes) -> None:
        """Write an action."""
        if self._tcp is not None:
            self._tcp.write(data)

    def finish(self) -> None:
        """Close once everything written is sent."""
        if self._tcp is not None:
            self._tcp.loseConnection()

    def abort(self) -> None:
        """Close without waiting for anything."""
        if self._tcp is not None:
            self._tcp.abortConnection()

    def _end(self, cause: BaseException) -> None:
        if not self._ended:
            self._ended = True
            self._lost(cause)
