"""Tells when a file has grown: inotify(7) as a file descriptor of the reactor, for one file.

Twisted's own `INotify` makes objects and looks up callbacks for each event. Here there is one event that matters, and
Asterisk causes hundreds of it while it boots.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

_IN_MODIFY = 0x2  # sys/inotify.h; the flags of inotify_init1 are those of open(2)
#: Bytes; an event of a file has 16. What more there is says the same once more, and is read the next time.
_EVENTS = 1 << 12
_libc = ctypes.CDLL(None, use_errno=True)


@implementer(IReadDescriptor)
class Growth:
    """Calls `grown` after each time that a file was written to, or once for several times; until it is closed."""

    def __init__(self, reactor: Any, path: Path, grown: Callable[[], None]) -> None:
        """Watch from now on. Raises OSError where the kernel can't: it gives a user so many watches, and no more."""
        self._reactor = reactor
        self._path = path
        self._grown = grown
        self._descriptor = _checked(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        try:
            _checked(_libc.inotify_add_watch(self._descriptor, os.fsencode(path), _IN_MODIFY))
        except OSError:
            os.close(self._descriptor)
            raise
        reactor.addReader(self)

    def fileno(self) -> int:
        """That of inotify; -1 once it is closed."""
        return self._descriptor

    def doRead(self) -> None:  # noqa: N802 - IReadDescriptor's name
        """It has grown, or nothing has happened.

        A turn of the reactor may close what it was told of, and make another of the same number: what is said of the
        one then reaches the other (`doPoll` of Twisted's epollreactor). An exception would end this one's watch.
        """
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, _EVENTS)
        self._grown()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - IReadDescriptor's name
        """Nothing to close: the reactor calls this when it stops."""

    def logPrefix(self) -> str:  # noqa: N802 - IReadDescriptor's name
        """Part of IReadDescriptor."""
        return str(self._path)

    def close(self) -> None:
        """End watching; a second time does nothing."""
        if self._descriptor != -1:
            self._reactor.removeReader(self)
            os.close(self._descriptor)
            self._descriptor = -1


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
