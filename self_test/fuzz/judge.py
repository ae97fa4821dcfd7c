"""What `runtests.py list` promises of any file whatever, held against one file."""

from __future__ import annotations

import io
import signal
import time
import traceback
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from callgate.cli import list as list_command
from callgate.scenario.steps import STEPS
from callgate.suite.diagnostics import Diagnostic, InvalidFilesError
from callgate.suite.load import load_suite

#: Seconds of processor time for one file.
LIMIT = 2.0
#: Seconds until a file that takes for ever is given up.
_PATIENCE = 20.0

Lister = Callable[[Path], None]


def list_suite(root: Path) -> None:
    """Do what the command does, printing included. Raises what the command turns into a message."""
    suite = load_suite(root, ["tests/t"], None, STEPS)
    list_command.run(suite, io.StringIO().write, verbose=True)


class Judge:
    """Holds one file after another against the promises, in a suite of its own."""

    def __init__(self, root: Path, lister: Lister = list_suite) -> None:
        """Make the suite in an empty directory."""
        self._lister = lister
        self._root = root
        self._file = root / "tests" / "t" / "test-config.yaml"
        self._file.parent.mkdir(parents=True)
        #: How many files were valid after all, and how many errors the others had.
        self.valid = 0
        self.errors = 0
        #: The longest that a file took, in seconds of processor time.
        self.slowest = 0.0

    def look_at(self, data: bytes, *, settings: bool = False) -> str:
        """What is wrong with how the file is answered, '' if nothing is; `settings`: it is that of the whole suite."""
        whole = self._root / "test-config.yaml"
        whole.unlink(missing_ok=True)
        self._file.write_bytes(b"" if settings else data)
        if settings:
            whole.write_bytes(data)
        before = signal.signal(signal.SIGALRM, _give_up)
        begun = time.process_time()
        try:
            wrong = self._listed(data)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        took = time.process_time() - begun
        self.slowest = max(self.slowest, took)
        return wrong or (f"took {took:.1f} s" if took > LIMIT else "")

    def _listed(self, data: bytes) -> str:
        try:
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
            self._lister(self._root)
        except InvalidFilesError as error:
            self.errors += len(error.diagnostics)
            return next(filter(None, (_misplaced(each, data) for each in error.diagnostics)), "") or _message(error)
        except Exception:  # noqa: BLE001 - whatever it is, it is what this looks for
            return traceback.format_exc()
        self.valid += 1
        return ""


class _TooLongError(Exception):
    """Nobody waits any longer."""


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise _TooLongError(f"no answer within {_PATIENCE:g} s")


def _misplaced(diagnostic: Diagnostic, data: bytes) -> str:
    """What is wrong with the place of a message."""
    shown = f"{diagnostic.path}:{diagnostic.line}:{diagnostic.column}: {diagnostic.message}"
    if diagnostic.line < 1 or diagnostic.column < 1:
        return f"no place in the file: {shown}"
    if diagnostic.line > len(data) + 1 or diagnostic.column > max(len(diagnostic.text), 0) + 1:
        return f"a place outside of the file: {shown}"
    return ""


def _message(error: InvalidFilesError) -> str:
    """What is wrong with the text that the user would see."""
    text = str(error)
    for line in text.splitlines():
        if any(not (char.isprintable() or char == "\t" or unicodedata.category(char) == "Zs") for char in line):
            return f"a message that is not printable: {line!a}"
        if len(line) > 2000:
            return f"a message of {len(line)} characters: {line[:100]}"
    return ""
