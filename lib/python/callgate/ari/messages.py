"""ARI requests and responses as messages of a WebSocket: `RESTRequest` and `RESTResponse`.

Asterisk has taken them since 20.14, 21.9 and 22.4 (res/ari/ari_websocket_requests.c). Versions before read such a
message and say nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from callgate.ari.answers import RawResponse
from callgate.ari.errors import RemoteProtocolError

#: The type of a response. It passes the event filter of the WebSocket's first application like any event
#: (ari_websocket_send_event() in res/ari/ari_websockets.c), which may so keep it from us.
RESPONSE = "RESTResponse"


def encode_request(number: int, method: str, target: str, body: Any) -> str:
    """The message for a request; `target` is what follows `/ari` in a URL: path and query, percent-encoded."""
    # With a slash in front Asterisk sees an empty first part, and stops reading (ast_ari_invoke() in res/res_ari.c).
    uri = target.removeprefix("/")
    message = {"type": "RESTRequest", "request_id": str(number), "method": method, "uri": uri}
    if body is not None:
        message |= {"content_type": "application/json", "message_body": json.dumps(body)}
    return json.dumps(message)


def decode_response(message: Mapping[str, Any]) -> tuple[str, RawResponse]:
    """The id of the request that a RESTResponse answers, and the response. Raises RemoteProtocolError."""
    request_id, status, reason = (message.get(key) for key in ("request_id", "status_code", "reason_phrase"))
    content_type, body = (message.get(key, "") for key in ("content_type", "message_body"))
    if not (isinstance(status, int) and all(isinstance(one, str) for one in (request_id, reason, content_type, body))):
        raise RemoteProtocolError(f"a {RESPONSE} is not as ARI's model has it: {json.dumps(message)[:200]}")
    return str(request_id), RawResponse(status, str(reason), content_type, body.encode())
