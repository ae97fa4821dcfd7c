"""What can go wrong between us and ARI, and whose fault it is.

A `LocalProtocolError` is a bug of ours. The others are for the user:

    CallgateError
    ├── AriTimeoutError           no answer within the deadline                     exit 1
    ├── AriConnectionError        connection refused, lost or closed                exit 1
    ├── RemoteProtocolError       Asterisk broke HTTP, the WebSocket or JSON        exit 1
    └── AriRefusedError           Asterisk answered, and opened no WebSocket
        ├── AriAccessError        401, 403, 404: wrong credentials, or no ARI here  exit 3
        └── AriRegistrationError  any other status: it refused the application      exit 1
"""

from __future__ import annotations

from callgate.errors import (
    AsteriskCrashedError,
    AsteriskSilentError,
    CallgateError,
    MachineError,
    ScenarioFailedError,
)


class LocalProtocolError(Exception):
    """We asked the codec for something that its state does not allow."""


class AriTimeoutError(AsteriskSilentError):
    """Asterisk did not answer within the deadline."""


class AriConnectionError(AsteriskCrashedError):
    """No connection to Asterisk, or it went away."""


class RemoteProtocolError(AsteriskCrashedError):
    """Asterisk sent something that HTTP, the WebSocket protocol or ARI does not allow."""


class AriRefusedError(CallgateError):
    """Asterisk answered the request for a WebSocket with something else than 101."""

    def __init__(self, message: str, *, status: int, text: str) -> None:
        super().__init__(message)
        #: The HTTP status.
        self.status = status
        #: The body of the answer.
        self.text = text


class AriAccessError(AriRefusedError, MachineError):
    """Wrong credentials, or this Asterisk has no ARI there."""


class AriRegistrationError(AriRefusedError, ScenarioFailedError):
    """Asterisk would not register the application."""
