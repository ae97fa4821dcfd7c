"""Follows the log of a running Asterisk, line by line, as the kernel reports that it grew (inotify(7)).

The format is that of Asterisk's default logger (main/logger.c, format_log_default):
`[date] LEVEL[thread][C-call] file.c: text`, verbose lines likewise; a message with line breaks continues on
lines without such a head.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from callgate.asterisk.growth import Growth
from callgate.errors import MachineError

_HEAD = re.compile(r"\[[^\]]*\] ([A-Z]+)\[\d+\](?:\[C-[0-9a-f]+\])?:? (.*)")
_TELLING = frozenset({"NOTICE", "WARNING", "ERROR"})
#: Bytes that are read at once: mostly there are a few hundred.
_READ = 1 << 16


class LogLine(NamedTuple):
    """One message; `level` is '' for what has no head of its own."""

    level: str
    text: str
    raw: str

    @property
    def telling(self) -> bool:
        """Whether it is for somebody to read: a NOTICE, such as that of a missing extension, or worse."""
        return self.level in _TELLING


def parse(raw: str) -> LogLine:
    """One line of the file."""
    found = _HEAD.match(raw)
    if found is None:
        return LogLine("", raw, raw)
    level, text = found.groups()
    return LogLine(level, text.strip(), raw)


class LogFollower:
    """Calls `on_line` for each line that is added to a file that exists already."""

    #: How many lines are kept for an explanation.
    KEPT = 200

    def __init__(self, reactor: Any, path: Path, on_line: Callable[[LogLine], None]) -> None:
        self.path = path
        self._reactor = reactor
        self._on_line = on_line
        self._partial = b""
        self._recent: deque[str] = deque(maxlen=self.KEPT)
        self._growth: Growth | None = None
        self._file = -1
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._growth = Growth(reactor, path, self.drain)
        except OSError as error:
            self.close()
            raise MachineError(f"cannot watch {path}: {error.strerror}") from error

    def drain(self, *, last: bool = False) -> None:
        """Read what is there now; `last` when nobody writes any more, so that a line without an end counts, too."""
        if self._file < 0:
            return
        data = self._partial
        while read := os.read(self._file, _READ):
            data += read
            if len(read) < _READ:
                break
        whole, end, self._partial = data.rpartition(b"\n")
        if last and self._partial:
            whole, end, self._partial = data, b"\n", b""
        if end:
            for line in whole.decode(errors="replace").split("\n"):
                self._recent.append(line)
                self._on_line(parse(line))

    def rest(self) -> None:
        """Read no more by itself, as nobody waits for a line: `drain`, `tail` and `close` read what has come."""
        if self._growth is not None:
            self._growth.close()
            self._growth = None

    def tail(self, count: int = 15) -> tuple[str, ...]:
        """The last lines, for an explanation."""
        if self._growth is None:
            self.drain()
        return tuple(list(self._recent)[-count:])

    def close(self) -> None:
        """End watching; a second time does nothing."""
        self.rest()
        if self._file >= 0:
            self.drain(last=True)
            os.close(self._file)
            self._file = -1
