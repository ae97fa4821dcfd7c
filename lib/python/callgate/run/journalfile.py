"""The file that a scenario's journal is written to while it plays.

A disk that fills up must not raise into whatever protocol just delivered an event: it is told once, to whoever can end
the scenario.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from callgate.errors import MachineError


class JournalFile:
    """One file, each line of it handed to the kernel before `write` returns."""

    def __init__(self, path: Path, failed: Callable[[MachineError], None]) -> None:
        """Make the file and its directory (mode 0700); `failed` is told about the first line that is lost.

        Raises MachineError when they can't be made.
        """
        self._path = path
        self._failed = failed
        self._broken = False
        try:
            try:
                self._descriptor = _opened(path)
            except FileNotFoundError:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._descriptor = _opened(path)
        except OSError as error:
            raise MachineError(f"cannot write {path}: {error.strerror}") from error

    def write(self, line: bytes) -> None:
        """Add a line, which brings its own line break."""
        if self._broken:
            return
        try:
            while line:  # a disk that is nearly full takes a part
                line = line[os.write(self._descriptor, line):]
        except OSError as error:
            self._broken = True
            self._failed(MachineError(f"cannot write {self._path}: {error.strerror}"))

    def close(self) -> None:
        """No more lines."""
        os.close(self._descriptor)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
