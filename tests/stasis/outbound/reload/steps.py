"""What the language has no word for: Asterisk has loaded its configuration again."""

from __future__ import annotations

from twisted.internet.task import deferLater

from callgate.own import StepContext

#: Seconds between two looks.
_MOMENT = 0.005


async def load_again(context: StepContext) -> None:
    """Load the configuration of ARI again, and wait until Asterisk has looked through all connections.

    It does so in a thread of its own, twice: for websocket_client.conf, and for ari.conf.
    """
    from twisted.internet import reactor

    since = context.mark()
    await context.ami("Command", {"Command": "module reload res_ari.so"})
    for _ in range(int(context.timeout / _MOMENT)):
        seen = sum("Canary: Unable to " in str(entry.data) for entry in context.journal(since) if entry.source == "log")
        if seen >= 2:
            return
        await deferLater(reactor, _MOMENT)
    context.fail("Asterisk has not looked through all connections", expected={"times": 2}, got={"times": seen})
