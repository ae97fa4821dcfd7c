"""The Twisted end of the codec: actions into a transport, messages and one loss out of it.

It knows nothing of answers; those are the client's. What reads and writes the lines is one of two: `AmiConnection`
here, or StarPy (`starpy_connection.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from callgate.ami.codec import Banner, Decoder, Message, encode_headers
from callgate.ami.driver import Headers
from callgate.ami.errors import AmiLostError, RemoteProtocolError
from callgate.sending import send

Received = Callable[[Banner | Message], None]
Lost = Callable[[BaseException], None]


class Wire(Protocol):
    """Calls `received` for each message in order, and `lost` exactly once, last of all.

    `lost` is given an AmiLostError or RemoteProtocolError where the peer or the network ended the connection,
    and any other exception where a bug on our side did.
    """

    def __init__(self, received: Received, lost: Lost) -> None:
        self._received = received
        self._lost = lost
        self._ended = False
        self._tcp: ITCPTransport | None = None

    @property
    def in_message(self) -> bool:
        """Whether part of a message has come, and not its end."""
        raise NotImplementedError

    def send(self, *actions: Headers) -> None:
        """Write actions: the headers of each, which `action_headers` has found good."""
        raise NotImplementedError

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Send each action when it is written: they are small, and Nagle's algorithm would hold them back."""
        self._tcp = ITCPTransport(self.transport)
        self._tcp.setTcpNoDelay(True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Say why, in words for the user."""
        where = " in the middle of a message" if self.in_message else ""
        cause = reason.value
        if cause is None or isinstance(cause, ConnectionDone):
            self._end(AmiLostError(f"Asterisk closed the connection{where}"))
        elif isinstance(cause, ConnectionLost):  # a reset, an abort of our own, a network that is down
            self._end(AmiLostError(f"the connection broke{where}: {str(cause).rstrip('.')}"))
        else:
            self._end(cause)

    def finish(self) -> None:
        """Close once everything written is sent."""
        if self._tcp is not None:
            self._tcp.loseConnection()

    def abort(self) -> None:
        """Close without waiting for anything."""
        if self._tcp is not None:
            self._tcp.abortConnection()

    def _break_off(self, fault: RemoteProtocolError) -> None:
        """A peer that does not speak AMI is not listened to any longer."""
        self._end(fault)
        self.abort()

    def _end(self, cause: BaseException) -> None:
        if not self._ended:
            self._ended = True
            self._lost(cause)


class AmiConnection(Wire):
    """The built-in one, on the codec."""

    def __init__(self, received: Received, lost: Lost) -> None:
        super().__init__(received, lost)
        self._decoder = Decoder()

    @property
    def in_message(self) -> bool:
        """The decoder knows."""
        return self._decoder.in_message

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand on what is complete."""
        try:
            for item in self._decoder.receive_data(data):
                if self._ended:
                    return
                self._received(item)
        except RemoteProtocolError as error:
            self._break_off(error)

    def send(self, *actions: Headers) -> None:
        """All of it in one write."""
        if self._tcp is not None:
            send(self._tcp, b"".join(map(encode_headers, actions)))
