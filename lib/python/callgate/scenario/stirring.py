"""Says something over AMI now and then while a step waits, since an event may be kept back until then.

Before 20.21, 22.11 and 23.5 a moment's chance lets Asterisk miss that there is an event to send, until the next one
comes or its client says something (docs/findings/ami-event-waits-for-the-next-action.md).
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from callgate.ami.driver import AmiDriver
from callgate.errors import CallgateError

#: Seconds: more than most steps wait, and so little that the event is not late for any deadline.
INTERVAL = 0.25
#: Seconds that the answer may take; nobody waits for it.
_ANSWER = 5.0


class Stirring:
    """Sends a Ping each quarter of a second, from the first of them on until `stop`."""

    def __init__(self, reactor: Any, ami: AmiDriver) -> None:
        self._reactor = reactor
        self._ami = ami
        self._next: IDelayedCall = reactor.callLater(INTERVAL, self._stir)

    def _stir(self) -> None:
        self._next = self._reactor.callLater(INTERVAL, self._stir)
        Deferred.fromCoroutine(self._ami.action("Ping", timeout=_ANSWER)).addErrback(_for_others_to_notice)

    def stop(self) -> None:
        """Say no more."""
        self._next.cancel()


def _for_others_to_notice(failure: Failure) -> None:
    """An Asterisk that does not answer, or a connection that is gone: whoever waits finds that out in a better way."""
    failure.trap(CallgateError)
