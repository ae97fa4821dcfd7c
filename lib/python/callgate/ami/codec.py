"""AMI as bytes on one side and frozen messages on the other; no I/O, no reactor, no clock.

The wire format is that of Asterisk's main/manager.c: one banner line, then messages, each a list of
`Name: value` lines ended by CRLF and closed by an empty line. Names repeat, and their order means something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from callgate.ami.errors import LocalProtocolError, RemoteProtocolError

#: Longest banner line accepted, in bytes; Asterisk's is some thirty.
MAX_BANNER = 256
#: Largest message accepted, in bytes. The largest in real life is the output of a CLI command; everything
#: else is a few kilobytes.
MAX_MESSAGE = 16 * 1024 * 1024

_EOL = b"\r\n"
_BLANK_LINE = b"\r\n\r\n"
_BANNER = re.compile(r"(Asterisk Call Manager[^/]*)/(\S+)")
#: Before Asterisk 14 the output of a command came raw in the last line of the message, ended by this.
_END_OF_COMMAND = "--END COMMAND--"
#: What `ast_escape_c()` in main/utils.c puts a backslash before.
_ESCAPED = re.compile(r"""\\([abfnrtv\\'"?])""")
_UNESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
#: A line with a name and a value. Nearly all messages have no other lines.
_HEADER = re.compile(r"([^:\r\n]*): ?([^\r\n]*)(?:\r\n|\Z)")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_FORBIDDEN_NAMES = {"\r": "a carriage return", "\n": "a line feed", "\0": "a NUL"}


@dataclass(frozen=True, slots=True)
class Banner:
    """The greeting: `Asterisk Call Manager/9.0.0`. The version is that of AMI, not of Asterisk."""

    product: str
    version: str

    @property
    def text(self) -> str:
        """The line as it was sent."""
        return f"{self.product}/{self.version}"


@dataclass(frozen=True, slots=True)
class Message:
    r"""One event or response: its headers in the order they came, repeats and all.

    A line without a colon is kept as a header with an empty name. Of each value only the one blank that
    Asterisk writes after the colon is taken off. Bytes that are no UTF-8 read as `\xe9`: a value stays
    distinct from others, and can be written to JSON.
    """

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a header; upper and lower case are one, as they are to Asterisk."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @property
    def event(self) -> str | None:
        """The name of the event, or None."""
        name, value = self.headers[0]
        return value if name == "Event" else self.get("Event")

    @property
    def response(self) -> str | None:
        """`Success`, `Error` and so on. The event OriginateResponse has one as well: ask `is_response`."""
        return self.get("Response")

    @property
    def is_response(self) -> bool:
        """Whether this answers an action. Asterisk writes what a message is into its first line."""
        return self.headers[0][0].lower() == "response"

    @property
    def action_id(self) -> str | None:
        """The id of the action that this belongs to, if any."""
        return self.get("ActionID")

    @property
    def output(self) -> tuple[str, ...]:
        """The lines that a CLI command printed, blanks kept."""
        return self.get_all("Output")

    def variables(self, prefix: str = "ChanVariable") -> dict[str, str] | None:
        r"""Return the channel variables that `channelvars` in manager.conf adds to an event.

        None when there is no such header at all, which means that nothing was configured. Events with two
        channels have a second set, called `DestChanVariable` and the like.

        Values lose the escapes of C that main/manager_channels.c gives them (`ast_escape_c_alloc`: a `?` is
        sent as `\?`), so that they equal what ARI reports. `OriginateResponse` is the exception: its headers
        are named after the channel, `ChanVariable(Local/a@b-1;1)`, and come unescaped (main/manager.c,
        `append_channel_vars`); ask for them by that name.
        """
        pairs = [line.partition("=") for line in self.get_all(prefix)]
        if not pairs:
            return None
        if "(" in prefix:
            return {name: value for name, _, value in pairs}
        return {name: unescape(value) for name, _, value in pairs}


class Decoder:
    """Cuts what a peer sends into a Banner and Messages, however the bytes are split on the way."""

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        #: How much of the buffer is known to hold no end of message; keeps a trickle of bytes linear.
        self._scanned = 0
        self._max_message = max_message
        self._greeted = False
        self._broken: RemoteProtocolError | None = None

    @property
    def in_message(self) -> bool:
        """Whether bytes of an unfinished message are held: a connection must not end here."""
        return bool(self._buffer)

    def receive_data(self, data: bytes) -> Iterator[Banner | Message]:
        """Take bytes in at once; the iterator gives what they complete.

        Raises RemoteProtocolError from the iterator, after what was complete before the fault, and from then
        on for good: there is no way to find the start of the next message.
        """
        self._buffer += data
        return self._drain()

    def _drain(self) -> Iterator[Banner | Message]:
        if self._broken is not None:
            raise self._broken
        if not self._greeted:
            line = self._take(_EOL, MAX_BANNER, "a banner")
            if line is None:
                return
            self._greeted = True
            yield self._greeting(line)
        while (block := self._next_block()) is not None:
            yield read_message(decode(block))

    def _next_block(self) -> bytes | None:
        # Some actions end their answer with one empty line too many: that is no message.
        while self._buffer.startswith(_EOL):
            del self._buffer[: len(_EOL)]
            self._scanned = 0
        return self._take(_BLANK_LINE, self._max_message, "a message")

    def _take(self, end: bytes, limit: int, what: str) -> bytes | None:
        """Remove and return what precedes `end`; None when it has not come yet."""
        at = self._buffer.find(end, max(0, self._scanned - len(end) + 1))
        size = at if at >= 0 else len(self._buffer) - len(end) + 1
        if size > limit:
            raise self._fault(f"Asterisk sent {what} of more than {limit} bytes")
        if at < 0:
            self._scanned = len(self._buffer)
            return None
        block = bytes(self._buffer[:at])
        del self._buffer[: at + len(end)]
        self._scanned = 0
        return block

    def _greeting(self, line: bytes) -> Banner:
        try:
            return parse_banner(decode(line))
        except RemoteProtocolError as error:
            raise self._fault(str(error)) from None

    def _fault(self, text: str) -> RemoteProtocolError:
        self._broken = RemoteProtocolError(text)
        self._buffer.clear()
        return self._broken


def action_headers(
    action: str, headers: Iterable[tuple[str, str]], action_id: str
) -> tuple[tuple[str, str], ...]:
    """All headers of one action, in the order in which they are written.

    ActionID goes second, so that Asterisk has read it when it meets something to complain of further down
    (a line of more than 1,022 bytes, more than 128 lines) and the complaint finds its way back.

    Raises LocalProtocolError for what would change the meaning of the message: CR, LF or NUL anywhere, a name
    that is empty or holds a colon, an empty action, an ActionID of the caller's own.
    """
    if not action.strip():
        raise LocalProtocolError("an AMI action needs a name")
    whole = (("Action", action), ("ActionID", action_id), *headers)
    for number, (name, value) in enumerate(whole):
        if number > 1 and name.strip().lower() in {"action", "actionid"}:
            raise LocalProtocolError(f"AMI action '{action}': the header '{name}' is set by Callgate")
        _check_header(name, value)
    return whole


def encode_headers(headers: Iterable[tuple[str, str]]) -> bytes:
    """Write a message of these headers, which `action_headers` has found good."""
    return "".join([*(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]).encode()


def _check_header(name: str, value: str) -> None:
    if not name.strip() or ":" in name:
        raise LocalProtocolError(f"{name!r} cannot be the name of an AMI header")
    for text in (name, value):
        found = _FORBIDDEN.search(text)
        if found is not None:
            what = _FORBIDDEN_NAMES[found[0]]
            raise LocalProtocolError(f"the AMI header {name!r} may not hold {what}: {text!r}")
    try:
        f"{name}{value}".encode()
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"the AMI header {name!r} cannot be written as UTF-8: {value!r}") from error


def parse_banner(line: str) -> Banner:
    """Read the first line that a peer sends. Raises RemoteProtocolError for what is no Asterisk's."""
    found = _BANNER.fullmatch(line)
    if found is None:
        raise RemoteProtocolError(f"what answers there is no Asterisk manager interface; it says {line[:80]!r}")
    return Banner(product=found[1], version=found[2])


def read_message(text: str) -> Message:
    """Read a message as it comes: its lines, of which there is at least one, with CRLF between them.

    There are thousands of events in a minute, so one look of a regular expression finds all headers. Whatever that may
    not find right is read line by line.
    """
    lines = text.count("\r\n") + 1
    # A line break within a value is CR or LF alone.
    if (text.count("\n") == text.count("\r") == lines - 1 and "ChanVariable(" not in text
            and not text.endswith(_END_OF_COMMAND)):
        found = _HEADER.findall(text)
        if len(found) == lines:
            return Message(tuple(found))
    return parse_message(text.split("\r\n"))


def parse_message(lines: Sequence[str]) -> Message:
    """Read the lines of one message, of which there is at least one."""
    output: list[tuple[str, str]] = []
    if lines[0].lower() == "response: follows" and lines[-1].endswith(_END_OF_COMMAND):
        printed = lines[-1].removesuffix(_END_OF_COMMAND).removesuffix("\n")
        output = [("Output", line) for line in printed.split("\n")]
        lines = lines[:-1]
    return Message((*map(_header, lines), *output))


def _header(line: str) -> tuple[str, str]:
    # The one name that may hold a colon: `ChanVariable(IAX2/192.0.2.1:4569-7): NAME=value`.
    if line.startswith("ChanVariable(") and "): " in line:
        name, _, value = line.partition("): ")
        return f"{name})", value
    name, colon, value = line.partition(":")
    return (name, value.removeprefix(" ")) if colon else ("", line)


def decode(data: bytes) -> str:
    r"""Read bytes of the peer's; what is no UTF-8 reads as `\xe9`."""
    return data.decode("utf-8", "backslashreplace")


def unescape(value: str) -> str:
    """Undo the C escapes that Asterisk writes into channel variables (main/utils.c, ast_escape_c_alloc)."""
    return _ESCAPED.sub(lambda found: _UNESCAPED.get(found[1], found[1]), value)
