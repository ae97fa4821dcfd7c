"""The stream that a person reads: colour, a line that is replaced, and what the stream cannot do.

Of all ANSI sequences only SGR colours, 'erase line' and 'line wrap off/on' are used. They are added here,
after every text has been made visible: nothing that is printed can bring sequences of its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TextIO

from callgate.errors import MachineError
from callgate.report.text import Piece, Row, Style, shortened, visible
from callgate.scenario.verdict import Outcome

_ERASE = "\r\x1b[2K"
#: A line that is longer than the terminal, because that was made narrower, must not take a second one.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_RESET = "\x1b[0m"
_SGR = {Style.STRONG: "\x1b[1m", Style.FAINT: "\x1b[2m", Style.GOOD: "\x1b[32m", Style.BAD: "\x1b[31m",
        Style.WARNING: "\x1b[33m"}


@dataclass(frozen=True, slots=True)
class Symbols:
    """The few signs that are not ASCII, and what stands for them where they cannot be printed."""

    marks: dict[Outcome, str]
    dot: str
    ellipsis: str


UNICODE = Symbols(
    marks={Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.CRASHED: "✗", Outcome.SKIPPED: "-",
           Outcome.ENVIRONMENT: "!", Outcome.INTERRUPTED: "!", Outcome.EXPECTED_FAILURE: "x"},
    dot="·", ellipsis="…")
ASCII = Symbols(
    marks={Outcome.PASSED: "ok  ", Outcome.FAILED: "FAIL", Outcome.CRASHED: "FAIL", Outcome.SKIPPED: "skip",
           Outcome.ENVIRONMENT: "ERR ", Outcome.INTERRUPTED: "STOP", Outcome.EXPECTED_FAILURE: "bug "},
    dot="-", ellipsis="...")


class Output:
    """Writes rows to a stream, and on a terminal one transient line below them.

    A reader that goes away (`| head`) silences the output and nothing else. Any other error of the stream is
    a MachineError: a report that cannot be written is no success.
    """

    def __init__(self, stream: TextIO, *, terminal: bool, color: bool, columns: Callable[[], int]) -> None:
        self._stream = stream
        self._terminal = terminal
        self._color = color
        self._columns = columns
        self._encoding = stream.encoding or "utf-8"
        self._transient = False
        self._gone = False
        self._last_was_blank = True
        self.symbols = UNICODE if self._can_print("✓✗·…") else ASCII

    def rows(self, rows: Iterable[Row]) -> None:
        """Write lines that stay; a row without pieces is a blank line, of which there are never two."""
        text = ""
        for row in rows:
            line = self._paint(_without_trailing_blanks(row))
            if line or not self._last_was_blank:
                text += line + "\n"
            self._last_was_blank = not line
        self._write(text)

    def transient(self, text: str) -> None:
        """Show what is going on, until the next line comes; only a terminal can take it back."""
        if not self._terminal:
            return
        self._erase()
        shown = self._printable(shortened(visible(text), self._columns() - 1, self.symbols.ellipsis))
        self._transient = True
        self._put(f"{_NO_WRAP}{shown}{_WRAP}")

    def clear(self) -> None:
        """Take the transient line away; to be called whatever ends the run."""
        self._write("")

    def _write(self, text: str) -> None:
        self._erase()
        if text:
            self._put(text)

    def _erase(self) -> None:
        if self._transient:
            self._transient = False
            self._put(_ERASE)

    def _put(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            self._gone = True
            _silence(self._stream)
            if not isinstance(error, BrokenPipeError):
                raise MachineError(f"cannot write the report: {error.strerror or error}") from error

    def _paint(self, row: Row) -> str:
        return "".join(self._painted(piece) for piece in row)

    def _painted(self, piece: Piece) -> str:
        text = self._printable(visible(piece.text))
        if not self._color or piece.style not in _SGR or not text:
            return text
        return f"{_SGR[piece.style]}{text}{_RESET}"

    def _printable(self, text: str) -> str:
        """Write what the encoding lacks as escapes."""
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)

    def _can_print(self, text: str) -> bool:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True


def _without_trailing_blanks(row: Row) -> Row:
    pieces = list(row)
    while pieces:
        last = pieces.pop()
        if text := last.text.rstrip():
            return (*pieces, Piece(text, last.style))
    return ()


def _silence(stream: TextIO) -> None:
    """Lead the stream's descriptor nowhere: at exit Python flushes what is left, and would complain again."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a descriptor has no such problem
        descriptor = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, descriptor)
        finally:
            os.close(nowhere)
