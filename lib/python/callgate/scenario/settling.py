"""Lets everything that is under way arrive before a scenario is judged.

`never` is about events that are not there, and an event that has not arrived yet is not there either. A variable is set
and waited for on the same way that channel events take: a global variable's VarSet goes through the topic and the
routers of every channel's events (main/stasis_channels.c, main/manager_channels.c), and so it comes last.
"""

from __future__ import annotations

from collections.abc import Callable

from callgate.errors import AsteriskSilentError
from callgate.scenario.context import Context
from callgate.scenario.journal import Entry, Source, event_field

#: A global variable of Asterisk's, with no meaning besides this.
_VARIABLE = "CALLGATE_SETTLED"


async def settle(context: Context) -> None:
    """Return when what Asterisk had to say until now has been heard, if anything is being watched for.

    AMI of each Asterisk is waited for, and each WebSocket that gets all events. A WebSocket that does not gets no such
    mark: its last events may still be missing. Raises AsteriskSilentError when the mark does not come back.
    """
    if not context.guarded:
        return
    for here in context.each():
        await _settle(here)


async def _settle(context: Context) -> None:
    mark, since = context.new_id("settled"), context.journal.mark()
    await context.asterisk.ami.action("Setvar", [("Variable", _VARIABLE), ("Value", mark)],
                                      timeout=context.step_timeout)
    await _heard(context, since, lambda entry: entry.source is Source.AMI and event_field(entry, "Value") == mark)
    for client in context.listeners():
        def on_socket(entry: Entry, name: str = client.name) -> bool:
            return entry.source is Source.ARI and entry.origin == name and event_field(entry, "value") == mark

        await _heard(context, since, on_socket)


async def _heard(context: Context, since: int, wanted: Callable[[Entry], bool]) -> None:
    if await context.wait_for(wanted, since=since, timeout=context.step_timeout) is None:
        raise AsteriskSilentError(f"Asterisk did not say within {context.step_timeout:g} s that a variable was set")
