"""What the language has no word for: Asterisk has loaded its configuration again, or tried to connect again."""

from __future__ import annotations

from typing import Annotated

from callgate.own import Field, StepContext


async def load_again(context: StepContext) -> None:
    """Load the configuration of ARI again, and wait until Asterisk has looked through all connections.

    It does so in a thread of its own, twice: for websocket_client.conf, and for ari.conf.
    """
    since = context.mark()
    await context.ami("Command", {"Command": "module reload res_ari.so"})
    for _ in range(2):
        since = (await context.log_line("Canary: Unable to ", since=since)).after


async def tried_in_vain(context: StepContext, name: Annotated[str, Field(description="the connection")], *,
                        times: Annotated[int, Field(description="how often, from now on")]) -> None:
    """Wait until Asterisk has said so often that nobody serves a connection."""
    since = context.mark()
    for _ in range(times):
        since = (await context.log_line(f"{name}: Websocket connection to ", since=since)).after
