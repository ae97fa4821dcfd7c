"""Follows the log of a running Asterisk, line by line, as the kernel reports that it grew (inotify(7)).

The format is that of Asterisk's default logger (main/logger.c, format_log_default):
`[date] LEVEL[thread][C-call] file.c: text`, verbose lines likewise; a message with line breaks continues on
lines without such a head.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.inotify import IN_MODIFY, INotify
from twisted.python._inotify import INotifyError
from twisted.python.filepath import FilePath

from callgate.errors import MachineError

_HEAD = re.compile(r"\[(?P<date>[^\]]*)\] (?P<level>[A-Z]+)\[\d+\](?:\[C-[0-9a-f]+\])?:? (?P<text>.*)")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message; `level` is '' for what has no head of its own."""

    level: str
    text: str
    raw: str

    @property
    def telling(self) -> bool:
        """Whether it is for somebody to read: a NOTICE, such as that of a missing extension, or worse."""
        return self.level in ("NOTICE", "WARNING", "ERROR")


def parse(raw: str) -> LogLine:
    """One line of the file."""
    found = _HEAD.match(raw)
    if found is None:
        return LogLine("", raw, raw)
    return LogLine(found["level"], found["text"].strip(), raw)


class LogFollower:
    """Calls `on_line` for each line that is added to a file that exists already."""

    #: How many lines are kept for an explanation.
    KEPT = 200

    def __init__(self, reactor: Any, path: Path, on_line: Callable[[LogLine], None]) -> None:
        self.path = path
        self._on_line = on_line
        self._partial = b""
        self._recent: deque[LogLine] = deque(maxlen=self.KEPT)
        try:  # INotifyError: the kernel gives a user so many instances and watches, and no more
            self._notifier = INotify(reactor)
        except (INotifyError, OSError) as error:
            raise MachineError(f"cannot watch {path}: {error}") from error
        try:
            self._file = path.open("rb")
            self._notifier.startReading()
            self._notifier.watch(FilePath(str(path)), mask=IN_MODIFY, callbacks=[self._changed])
        except (INotifyError, OSError) as error:
            self._notifier.loseConnection()
            raise MachineError(f"cannot watch {path}: {error}") from error

    def _changed(self, _watch: object, _path: object, _mask: int) -> None:
        self.drain()

    def drain(self, *, last: bool = False) -> None:
        """Read what is there now; `last` when nobody writes any more, so that a line without an end counts, too."""
        if self._file.closed:
            return
        *lines, self._partial = (self._partial + self._file.read()).split(b"\n")
        if last and self._partial:
            lines, self._partial = [*lines, self._partial], b""
        for line in lines:
            parsed = parse(line.decode(errors="replace"))
            self._recent.append(parsed)
            self._on_line(parsed)

    def tail(self, count: int = 15) -> tuple[str, ...]:
        """The last lines, for an explanation."""
        return tuple(line.raw for line in list(self._recent)[-count:])

    def close(self) -> None:
        """End watching."""
        self.drain(last=True)
        if not self._file.closed:
            self._file.close()
            self._notifier.loseConnection()
