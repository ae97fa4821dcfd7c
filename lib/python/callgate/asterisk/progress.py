"""How long work is shown: a bar on a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

#: Tells how far the task is, from 0 to 1.
Advance = Callable[[float], None]


class Progress(Protocol):
    """Who wants to know what is going on."""

    def say(self, line: str) -> None:
        """Something began, ended or waits."""

    def task(self, title: str) -> AbstractContextManager[Advance]:
        """Begin a piece of work that can tell how far it is."""


class PlainProgress:
    """One line when a task begins, and whatever is said: for logs."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def say(self, line: str) -> None:
        """Write the line."""
        self._write(line + "\n")

    @contextmanager
    def task(self, title: str) -> Iterator[Advance]:
        """Write the title; how far it is would only fill the log."""
        self.say(title)
        yield lambda _fraction: None


class BarProgress:
    """A bar on a terminal, which is gone when the task is done."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # takes a tenth of a second, which only a fetch may cost

        self._console = Console(file=stream)

    def say(self, line: str) -> None:
        """Write the line, above the bar if there is one."""
        self._console.print(line, markup=False, highlight=False)

    @contextmanager
    def task(self, title: str) -> Iterator[Advance]:
        """Show the title and the bar."""
        from rich.markup import escape
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Display

        columns = (TextColumn(escape(title)), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Display(*columns, console=self._console, transient=True) as display:
            task = display.add_task(title, total=1.0)
            yield lambda fraction: display.update(task, completed=fraction)


class LazyProgress:
    """Chooses between the two when there is first something to show: mostly there is not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._chosen: Progress | None = None

    def _choose(self) -> Progress:
        if self._chosen is None:
            # A dumb terminal cannot move its cursor, and rich shows no bar on one: then lines it is.
            terminal = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
            self._chosen = BarProgress(self._stream) if terminal else PlainProgress(self._write)
        return self._chosen

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def say(self, line: str) -> None:
        """As the chosen one does."""
        self._choose().say(line)

    def task(self, title: str) -> AbstractContextManager[Advance]:
        """As the chosen one does."""
        return self._choose().task(title)
