"""What the language has no word for: Asterisk's side of a WebSocket that it opens."""

from twisted.internet.task import deferLater

from callgate.own import KnownName, StepContext


async def closed(context: StepContext, server: KnownName) -> None:
    """Wait until Asterisk has closed the WebSocket of a server, in order."""
    from twisted.internet import reactor

    while not (ends := [entry.name for entry in context.journal()
                        if entry.source == "ari-socket" and entry.origin == server and entry.name != "opened"]):
        await deferLater(reactor, 0.01)
    context.compare(f"the WebSocket of {server} ended", "closed: 1000", ends[0])
