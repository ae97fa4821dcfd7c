"""Sends without waiting for a turn of the reactor.

Twisted's write() keeps what it is given until the reactor has asked the kernel whether it takes anything: a turn more
for each message, where nearly all are small, and wait for an answer.
"""

from __future__ import annotations

from typing import Any


def send(transport: Any, data: bytes) -> None:
    """Write to a transport, and hand to the kernel at once what it takes of all that is written.

    The reactor does the rest as ever. It also meets an error again that there is now, and ends the connection then.
    """
    transport.write(data)
    at_once = getattr(transport, "doWrite", None)  # IWriteDescriptor's; what tests have instead of a socket has none
    if at_once is not None and not transport.disconnecting:
        at_once()
