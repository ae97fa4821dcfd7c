"""AMI read and written by StarPy's `AMIProtocol` (https://github.com/asterisk/starpy, release 1.1.1).

StarPy cuts what comes into lines and messages, and writes what goes. It makes a dictionary of each message, in which
only the last of repeated headers is left: of the output of a command its last line, of `channelvars` the last variable.
So the lines are kept on their way into StarPy, and the client gets these.

What StarPy 1.1.1 does badly is left to the client, as with the built-in driver: its login by challenge hands `md5` a
str, which Python 3 refuses; its `command` takes no answer of Asterisk 14 or later; an answer that nobody waits for is
dropped; an exception of a callback is swallowed; nothing in it has a deadline.

StarPy's own calls (`registerEvent`, `sendDeferred` …) work on a connection like this, beside the client's.
"""

from __future__ import annotations

from starpy.manager import AMIProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from callgate.ami.codec import MAX_BANNER, MAX_MESSAGE, decode, parse_banner, parse_message
from callgate.ami.connection import Lost, Received, Wire
from callgate.ami.driver import Headers
from callgate.ami.errors import RemoteProtocolError


class StarPyConnection(Wire, AMIProtocol):
    """Does what `AmiConnection` does. Unlike StarPy's own it neither logs in by itself nor connects again."""

    #: Of a line, in bytes; for Twisted's LineOnlyReceiver, whose own limit is 16 KiB.
    MAX_LENGTH = MAX_BANNER

    def __init__(self, received: Received, lost: Lost) -> None:
        AMIProtocol.__init__(self)
        Wire.__init__(self, received, lost)
        #: The lines of the message that is coming, and their bytes.
        self._lines: list[str] = []
        self._size = 0

    @property
    def in_message(self) -> bool:
        """Whole lines, or part of one (Twisted's LineOnlyReceiver)."""
        return bool(self._lines or self._buffer)

    def send(self, *actions: Headers) -> None:
        """As lists, of which StarPy writes everything; but it writes names in small letters, which mean the same."""
        for headers in actions:
            self.sendMessage([list(header) for header in headers])

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Let Twisted cut it into lines."""
        try:
            super().dataReceived(data)
        except RemoteProtocolError as error:
            self._break_off(error)

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep it, and hand StarPy what does it no harm.

        That is no bytes that are not UTF-8 (it would raise), no line of blanks (it would take it for the end of the
        message), none without a colon (it would complain on the terminal), and not the banner (it would wait for the
        end of the message after it).
        """
        if self._ended:
            return
        text = decode(line)
        if self.amiVersion is None:
            banner = parse_banner(text)
            self.amiVersion = banner.version
            self.MAX_LENGTH = MAX_MESSAGE
            self._received(banner)
            return
        self._size += len(line) + len(self.delimiter)
        if self._size > MAX_MESSAGE:
            raise _too_large("a message", MAX_MESSAGE)
        if text:
            self._lines.append(text)
        if not text or ":" in text:
            super().lineReceived(text.encode())

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """Twisted would close without a word."""
        raise _too_large("a banner" if self.amiVersion is None else "a message", self.MAX_LENGTH)

    def dispatchIncoming(self) -> None:  # noqa: N802 - StarPy's name
        """A message is complete: the client gets all of it, then StarPy's own callbacks their dictionary."""
        lines, self._lines, self._size = self._lines, [], 0
        if lines:  # some answers end with one empty line too many
            self._received(parse_message(lines))
        super().dispatchIncoming()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Tell the client, then whoever waits for a Deferred of StarPy's, as StarPy means to.

        It goes through them while each removes itself, which ends in a RuntimeError after the first.
        """
        waiting = list(self.actionIDCallbacks.values())
        self.actionIDCallbacks.clear()
        Wire.connectionLost(self, reason)
        AMIProtocol.connectionLost(self, reason)
        for tell in waiting:
            tell(ConnectionDone())


def _too_large(what: str, limit: int) -> RemoteProtocolError:
    return RemoteProtocolError(f"Asterisk sent {what} of more than {limit} bytes")
