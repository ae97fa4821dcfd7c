"""How a server of ours receives an Asterisk that wants to open a WebSocket. No I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from callgate.ari.address import basic
from callgate.ari.codec import SUBPROTOCOL, Requested


class Manner(enum.StrEnum):
    """What a server does with a connection."""

    #: The handshake is completed.
    ACCEPT = "accept"
    #: The request is answered with an HTTP status.
    REFUSE = "refuse"
    #: TCP is accepted, and nothing is ever answered.
    SILENT = "silent"
    #: TCP is accepted, and reset at once.
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Reception:
    """How those are received who come."""

    manner: Manner = Manner.ACCEPT
    #: The HTTP status of a refusal.
    status: int = 403
    #: The user name and the password that have to come; None for whatever comes.
    credentials: tuple[str, str] | None = None

    def objection(self, request: Requested) -> tuple[int, str] | None:
        """Why a request can't be accepted: the status that says so, and what is wrong; None if it can."""
        if SUBPROTOCOL not in request.subprotocols:
            offered = ", ".join(request.subprotocols) or "none"
            return 400, f"of sub-protocols it offers {offered}, and not '{SUBPROTOCOL}'"
        if self.credentials is not None and request.authorization != basic(*self.credentials):
            return 401, f"it sends {'other' if request.authorization else 'no'} credentials"
        return None
