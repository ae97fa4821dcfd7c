"""What the language has no word for: Asterisk closes a WebSocket, and has loaded its configuration again."""

from __future__ import annotations

from twisted.internet.task import deferLater

from callgate.own import KnownName, StepContext


async def closed(context: StepContext, server: KnownName) -> None:
    """Wait until Asterisk has closed the WebSocket of a server, in order."""
    ends: list[str] = []
    while not ends:
        await _moment()
        ends = [entry.name for entry in context.journal()
                if entry.source == "ari-socket" and entry.origin == server and entry.name != "opened"]
    context.compare(f"the WebSocket of {server} ended", "closed: 1000", ends[0])


async def load_again(context: StepContext) -> None:
    """Load the configuration of ARI again, and wait until Asterisk has looked through all connections.

    It does so in a thread of its own, twice: for websocket_client.conf, and for ari.conf.
    """
    since = context.mark()
    await context.ami("Command", {"Command": "module reload res_ari.so"})
    while sum("Canary: Unable to " in str(entry.data) for entry in context.journal(since)
              if entry.source == "log") < 2:
        await _moment()


async def _moment() -> None:
    from twisted.internet import reactor

    await deferLater(reactor, 0.005)
