"""What a test's own `steps.py` imports: the context of a step, and the types of its fields.

    from callgate.own import ChannelName, StepContext

    async def ring(context: StepContext, channel: ChannelName) -> None:
        "Let a channel ring."
        await context.ari("POST", "channels", context.channel_id(channel), "ring")

See docs/how-to.md, "A step of your own". Whatever else is in Callgate may change without notice.
"""

from __future__ import annotations

from pydantic import Field

from callgate.scenario.expected import Expected
from callgate.scenario.journal import Entry
from callgate.scenario.owntypes import ChannelName, KnownName, NewName
from callgate.scenario.stepcontext import Connection, Event, StepContext
from callgate.scenario.steps.base import Duration

__all__ = ["ChannelName", "Connection", "Duration", "Entry", "Event", "Expected", "Field", "KnownName", "NewName",
           "StepContext"]
