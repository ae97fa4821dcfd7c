"""Every line that Asterisk logged since a scenario began, kept aside of the journal, which has only those that matter.

A step that waits for a line says so with `want`; when such a line comes, the journal gets it like any other entry, so
that waiting, watching and the timeline need no second machinery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One line; `level` is that of the message which it belongs to."""

    level: str
    text: str

    def __str__(self) -> str:
        return f"{self.level} {self.text}".strip()


#: Says whether a line is one that a step is about.
Wanted = Callable[[LoggedLine], bool]


class LogLines:
    """The lines of one scenario, in order."""

    def __init__(self) -> None:
        self._lines: list[LoggedLine] = []
        self._wanted: list[Wanted] = []
        self._announced: list[Wanted] = []

    def add(self, line: LoggedLine) -> bool:
        """Keep a line; returns whether a step wants to see it in the journal."""
        self._lines.append(line)
        return any(wanted(line) for wanted in self._wanted)

    def want(self, wanted: Wanted) -> Callable[[], None]:
        """Have lines like this in the journal from now on; the function returned ends that."""
        self._wanted.append(wanted)
        return lambda: self._wanted.remove(wanted)

    def announce(self, wanted: Wanted) -> None:
        """Take note that lines like this belong to what the scenario tries, before and after this moment."""
        self._announced.append(wanted)

    def announced(self, line: LoggedLine) -> bool:
        """Whether a step has said that such a line may come."""
        return any(wanted(line) for wanted in self._announced)

    def __iter__(self) -> Iterator[LoggedLine]:
        return iter(self._lines)
