"""What the language has no word for: Asterisk closes a WebSocket."""

from __future__ import annotations

from twisted.internet.task import deferLater

from callgate.own import KnownName, StepContext


async def closed(context: StepContext, server: KnownName) -> None:
    """Wait until Asterisk has closed the WebSocket of a server, in order."""
    from twisted.internet import reactor

    ends: list[str] = []
    while not ends:
        await deferLater(reactor, 0.005)
        ends = [entry.name for entry in context.journal()
                if entry.source == "ari-socket" and entry.origin == server and entry.name != "opened"]
    context.compare(f"the WebSocket of {server} ended", "closed: 1000", ends[0])
