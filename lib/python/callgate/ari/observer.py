"""Who watches a conversation over ARI, and the response to a request.

The hooks are where the journal listens (law 1). Credentials travel in a header that no hook ever sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from callgate.ari.words import said

#: Parameters of a request; several values become one, joined by commas, which is how ARI takes lists.
Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class AriResponse:
    """What Asterisk answered, whatever its status."""

    method: str
    #: The path below `/ari`, percent-encoded.
    path: str
    status: int
    reason: str
    #: The body as it came.
    text: str
    #: The body parsed, where it says that it is JSON; otherwise None.
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether Asterisk did what it was asked: a status of 2xx."""
        return 200 <= self.status < 300

    def summary(self) -> str:
        """The status and what Asterisk says of it: `404 Channel not found`."""
        return f"{self.status} {said(self.text) or self.reason}"

    def error_text(self) -> str:
        """Asterisk's own words on what went wrong, in one line."""
        return said(self.text) or f"{self.status} {self.reason}"


class AriObserver(Protocol):
    """Is told of everything, when it occurs; `number` ties a response to its request."""

    def ari_request(self, number: int, method: str, path: str, query: Query, body: Any, over: str) -> None:
        """A request is about to be sent, over the WebSocket `over` or, if that is '', over HTTP."""

    def ari_response(self, number: int, response: AriResponse | str, over: str) -> None:
        """The response came over it, or the text of the error that came instead."""

    def ari_event(self, name: str, event: dict[str, Any]) -> None:
        """An event came over the WebSocket `name`."""

    def ari_socket(self, name: str, what: str) -> None:
        """The WebSocket `name` was opened, refused, closed or lost: `what` says it for a person."""

    def ari_frame(self, name: str, what: str, data: bytes) -> None:
        """Bytes were sent as they stand over the WebSocket `name` (`sent`), or a control frame came (`pong`)."""
