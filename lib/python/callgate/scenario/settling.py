"""Lets everything that is under way arrive before a scenario is judged.

`never` is about events that are not there, and an event that has not arrived yet is not there either. So something of
ours is sent the way that channel events take, and comes last:

- to AMI the VarSet of a global variable, which goes through the topic and the router of every channel's events
  (main/stasis_channels.c, main/manager_channels.c);
- to each application a user event. It is put into the application's queue, behind what channels and bridges have put
  there, and AMI is not told (stasis_app_user_event() in res/res_stasis.c).

Some events of ARI take other ways: bridges that merge, transfers, endpoints and device states have queues of their own
(res/stasis/app.c).
"""

from __future__ import annotations

from collections.abc import Callable

from callgate.ari.address import path
from callgate.errors import AsteriskSilentError
from callgate.scenario.context import Context
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Source, event_field
from callgate.scenario.steps.asking import insist
from callgate.scenario.steps.filters import sends
from callgate.scenario.twins import APPLICATION

#: A global variable of Asterisk's, with no meaning besides this.
VARIABLE = "CALLGATE_SETTLED"
#: What an application is sent. One whose filter keeps it away is not waited for.
_USER_EVENT = "ChannelUserevent"


async def settle(context: Context) -> None:
    """Return when what Asterisk had to say until now has been heard, if anything is being watched for.

    AMI of each Asterisk is waited for, and each application of each client that reads. Raises MistakenStepError when
    the mark does not come back: a scenario that cannot be judged has not met the bug that is known.
    """
    if not context.guarded:
        return
    context.settling = mark = context.new_id("-settled")  # no name of a channel begins with '-'
    try:
        for here in context.each():
            await _settle_ami(here, mark)
            for client, app in here.listeners():
                await _settle_application(here, client, app, mark)
    except (AsteriskSilentError, StepFailedError) as error:
        raise MistakenStepError(f"what must never come may still be under way: {error}") from error


async def _settle_ami(context: Context, mark: str) -> None:
    since = context.journal.mark()
    await context.asterisk.ami.action("Setvar", [("Variable", VARIABLE), ("Value", mark)],
                                      timeout=context.step_timeout)
    await _heard(context, since, lambda entry: entry.source is Source.AMI and event_field(entry, "Value") == mark)


async def _settle_application(context: Context, client: str, app: str, mark: str) -> None:
    ari, timeout, since = context.asterisk.ari, context.step_timeout, context.journal.mark()
    known = await ari.request("GET", path("applications", app), timeout=timeout)
    if known.status == 404 or not sends(known.body, _USER_EVENT):
        return  # nothing comes to it any more, or this would not
    answer = await ari.request("POST", path("events", "user", mark), query={"application": app}, timeout=timeout)
    insist(answer, f"POST /events/user to {app}")

    def on_socket(entry: Entry) -> bool:
        return (entry.source is Source.ARI and entry.origin == client and event_field(entry, "eventname") == mark
                and event_field(entry, APPLICATION) == app)

    await _heard(context, since, on_socket)


async def _heard(context: Context, since: int, wanted: Callable[[Entry], bool]) -> None:
    if await context.wait_for(wanted, since=since, timeout=context.step_timeout) is None:
        raise AsteriskSilentError(f"Asterisk did not say within {context.step_timeout:g} s what it was to say last")
