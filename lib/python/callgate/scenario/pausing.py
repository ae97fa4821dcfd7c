"""Time that a step takes on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.task import deferLater

if TYPE_CHECKING:
    from callgate.scenario.context import Context


async def pause(context: Context, seconds: float) -> None:
    """Let so much time pass."""
    await deferLater(context.reactor, seconds)
