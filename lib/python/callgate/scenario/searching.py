"""Looks for a regular expression, for a limited time.

Some take twice as long for each character more, such as `(a+)+$`, and meanwhile nothing else would go on: no deadline,
no Ctrl-C. Python's `re` lets signals interrupt a search (Modules/_sre/sre_lib.h), so a timer can end it; it runs while
this process does, so that a busy machine changes nothing. A signal reaches the main thread alone, which is where
reactors run.
"""

from __future__ import annotations

import re
import signal
from types import FrameType
from typing import NoReturn

from callgate.scenario.failure import MistakenStepError

#: Seconds of this process's own time, for one text.
LIMIT = 0.5


class _TimeIsUpError(Exception):
    """What the timer raises, wherever the search is."""


def search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first place where it is found. Raises MistakenStepError when that cannot be told within `LIMIT`."""
    try:
        return _search(pattern, text)
    except _TimeIsUpError:
        what = f"the regular expression /{pattern.pattern}/ takes too long"
        raise MistakenStepError(
            f"{what}: more than {LIMIT:g} s for a text of {len(text)} characters",
            hint="a repeat inside of a repeat, such as (a+)+, has too many ways not to be found") from None


def _search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    before = signal.signal(signal.SIGVTALRM, _time_is_up)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
        try:
            return pattern.search(text)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)


def _time_is_up(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _TimeIsUpError
