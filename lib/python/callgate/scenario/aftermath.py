"""What is asked of each Asterisk when a scenario is over: to be as before, and to have logged no ERROR unannounced.

An ERROR is announced by a `log` step that has it, or allows it. What Asterisk says of its own broken state ("FRACK!",
main/utils.c: a failed assertion, such as an object that was freed before) nothing can announce.
"""

from __future__ import annotations

from functools import partial

from callgate.errors import AsteriskSilentError
from callgate.scenario.belongings import Belongings
from callgate.scenario.context import Context
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.loglines import LoggedLine

#: A global variable of Asterisk's, with no meaning besides this.
VARIABLE = "CALLGATE_OVER"
_BROKEN = "FRACK!"
#: How many lines of the log are told.
_TOLD = 3


async def insist_as_before(context: Context, belongings: Belongings) -> None:
    """Make sure that nothing is left on any Asterisk, and that each of them answers. Raises StepFailedError."""
    for here in context.each():
        await belongings.insist_as_before(here)


async def insist_on_quiet(context: Context) -> None:
    """Make sure that no Asterisk, where its log is here, has logged an ERROR that no step announced.

    Raises StepFailedError.
    """
    for here in context.each():
        if here.asterisk.has_log:
            await _all_logged(here)
            if errors := [entry for entry in here.journal.since() if _is_surprise(here, entry)]:
                raise StepFailedError(
                    "Asterisk logged an ERROR that the scenario does not announce", entry=errors[0],
                    expected=(("log", "no ERROR but those that a 'log' step has or allows"),),
                    got=tuple(("log", f"ERROR {entry.data}") for entry in errors[:_TOLD]),
                    hint="if it belongs to what is tried, say so: '- log: {has: …, level: ERROR}', or "
                         "'- log: {allows: …}' for one that need not come")


async def _all_logged(here: Context) -> None:
    """Wait for all that has been logged: Asterisk writes its log a moment after the fact, line by line in order.

    Setting a global variable is logged (main/pbx_variables.c). Raises AsteriskSilentError when that line does not come.
    """
    mark = here.new_id("-over")  # no name of a channel begins with '-'
    enough = here.journal.log.want(lambda line: mark in line.text)
    since, timeout = here.journal.mark(), here.step_timeout
    try:
        await here.asterisk.ami.action("Setvar", [("Variable", VARIABLE), ("Value", mark)], timeout=timeout)
        for source in (Source.LOG, Source.AMI):  # its event, too: it must not be the first of the next scenario's
            if await here.wait_for(partial(_tells, source, mark), since=since, timeout=timeout) is None:
                raise AsteriskSilentError(f"Asterisk said nothing of a variable that was set, for {timeout:g} s")
    finally:
        enough()


def _tells(source: Source, mark: str, entry: Entry) -> bool:
    return entry.source is source and mark in str(entry.data)


def _is_surprise(here: Context, entry: Entry) -> bool:
    if entry.source is not Source.LOG or entry.name != "ERROR":
        return False
    text = str(entry.data)
    return _BROKEN in text or not here.journal.log.announced(LoggedLine(entry.name, text))
