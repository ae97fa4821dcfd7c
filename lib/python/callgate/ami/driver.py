"""What the rest of Callgate may ask of an AMI client, whichever library it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from callgate.ami.codec import Message

Headers = Sequence[tuple[str, str]]
#: What reads and writes AMI: Callgate itself, or StarPy. `drivers.py` has them by these names.
DriverName = Literal["builtin", "starpy"]

#: `Follows` is how Asterisk before 14 answers Command, `Goodbye` answers Logoff, `Pong` was Ping's.
_GOOD = frozenset({"success", "follows", "goodbye", "pong"})
_SECRET_HEADERS = frozenset({"secret", "key"})


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to one action."""

    message: Message
    #: The items of the list that the answer announced, without the event that ends it.
    events: tuple[Message, ...] = ()

    @property
    def success(self) -> bool:
        """Whether Asterisk did as told; an answer that nobody knows counts as a no."""
        return (self.message.response or "").lower() in _GOOD


class AmiObserver(Protocol):
    """Sees everything that passes, once, in the order of the wire; the journal is one.

    Called from within the client: what it raises is a bug, which ends the connection.
    """

    def ami_action(self, action: str, headers: Headers, action_id: str) -> None:
        """Take note of an action that is about to be sent; secrets read `***`."""

    def ami_response(self, message: Message) -> None:
        """Take note of an answer, also one that is too late or belongs to nothing."""

    def ami_event(self, message: Message) -> None:
        """Take note of an event, of an item of a list, or of a message that is neither."""

    def ami_lost(self, reason: str) -> None:
        """Take note that the connection ended though nobody asked for it."""


class AmiDriver(Protocol):
    """A connected AMI client. Every timeout is in seconds and covers the whole call."""

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, wanted or not."""

    async def login(self, username: str, secret: str, *, timeout: float) -> None:
        """Log in by challenge. Asterisk takes a second to turn somebody away.

        Raises AmiRefusedError where Asterisk says no, and what `action` raises.
        """

    async def action(self, name: str, headers: Headers = (), *, timeout: float) -> Response:
        """Send an action; return its answer, and the whole list where the answer announces one.

        An answer that is an error is returned. Raises LocalProtocolError for headers that cannot be sent,
        AmiTimeoutError, and AmiLostError as soon as the connection is gone.
        """

    async def at_once(self, actions: Iterable[tuple[str, Headers]], *, timeout: float) -> tuple[Response, ...]:
        """Send actions, each with its headers, in one go; return their answers, in the same order, when all have come.

        Asterisk does what comes over one connection one after the other. Raises what `action` raises, before anything
        is sent where one of them cannot be.
        """

    async def command(self, cli: str, *, timeout: float) -> tuple[str, ...]:
        """Run a command of Asterisk's CLI; return the lines that it prints.

        Raises AmiRefusedError where there is no such command or it fails, and what `action` raises.
        """

    async def fully_booted(self, *, timeout: float) -> None:
        """Return once Asterisk is fully booted: at once, if it has said so before.

        It says so when booting ends, or right after a login that comes later; the account must read `system`.
        Raises AmiTimeoutError and AmiLostError.
        """

    async def close(self, *, timeout: float) -> None:
        """Log off, then close; within the timeout and without complaint, whatever state Asterisk is in."""


def mask_secrets(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Blot out what would let a reader of the journal log in."""
    return tuple((name, "***" if name.lower() in _SECRET_HEADERS else value) for name, value in headers)
