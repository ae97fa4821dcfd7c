"""What came back for a request, over HTTP or over a WebSocket, and what it means."""

from __future__ import annotations

import json
from dataclasses import dataclass

from callgate.ari.errors import RemoteProtocolError
from callgate.ari.observer import AriResponse


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response before anybody looked into it."""

    status: int
    reason: str
    content_type: str
    data: bytes


def read(what: str, method: str, path: str, raw: RawResponse) -> AriResponse:
    """The response to `method` and `path`. Raises RemoteProtocolError, which `what` begins, for JSON that is none."""
    text = raw.data.decode(errors="replace")
    body = None
    # Errors from below ARI are HTML (main/http.c), recordings are audio: only what says JSON has to be JSON.
    if text and raw.content_type.partition(";")[0].strip().lower() == "application/json":
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RemoteProtocolError(f"{what}: the response is not JSON: {error}") from error
    return AriResponse(method, path, raw.status, raw.reason, text, body)
