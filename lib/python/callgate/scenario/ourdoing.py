"""The ERRORs that Asterisk logs of a WebSocket because of what a step, or our clean-up, does to it on purpose.

No scenario has to announce them (see `aftermath.py`). The texts are those of res/res_http_websocket.c.
"""

from __future__ import annotations

import re

from callgate.scenario.loglines import LoggedLine

_BROKEN_OFF = re.compile(
    r"res_http_websocket\.c: .*(Error reading from web ?socket|Problem occurred during websocket write)")
#: Up to 22.10 without, from 22.11 on with the address.
_NOT_OPENED = re.compile(
    r"res_http_websocket\.c: .*(Unable to (connect|perform websocket handshake|retrieve HTTP status line)"
    r"|(Error|Timeout) waiting for HTTP status line)")


def broken_off(line: LoggedLine) -> bool:
    """Whether Asterisk says that a client has gone without a close handshake, or does not read."""
    return _BROKEN_OFF.search(line.text) is not None


def not_opened(line: LoggedLine) -> bool:
    """Whether Asterisk says that it could not open a WebSocket to a server."""
    return _NOT_OPENED.search(line.text) is not None
