"""What is wrong in a file, shown at its place the way compilers do, and all of it at once.

For example:

    tests/stasis/stasisstatus/test-config.yaml:14:9: error: unknown step 'expct'; did you mean 'expect'?
      14 |       - expct: {ami: Hangup, channel: call}
         |         ^^^^^
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import Literal

from callgate.errors import UsageError
from callgate.scenario.model import Place

#: What YAML 1.1 takes for the end of a line; `str.splitlines` knows some more.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: How much of a long line is shown, and how much of that stands before what is pointed at.
_SHOWN_WIDTH = 100
_SHOWN_BEFORE = 40
#: A file with more errors than this was never meant to be one of ours; the rest is counted, not shown.
MAX_ERRORS = 100
#: More are not looked at for one that was meant.
_MAX_CHOICES = 500
#: Longer texts are cut when they are quoted in a message.
_MAX_QUOTED = 60
#: And of several names together.
_MAX_LISTED = 500


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error, and where it is."""

    #: Relative to the root of the suite.
    path: str
    #: Counted from 1, the column in characters; line 0 is the file (or directory) as a whole.
    line: int
    column: int
    message: str
    #: What to do about it, when there is a good guess.
    hint: str | None = None
    #: How many characters to underline.
    length: int = 1
    #: The line of the file.
    text: str = ""
    severity: Literal["error"] = "error"

    def render(self) -> str:
        """Return the message and, below it, the line with the place underlined; no newline at the end."""
        # Whoever made the message may have put in a name as it stands in the file.
        message = printable(self.message if self.hint is None else f"{self.message}; {self.hint}")
        if self.line == 0:
            return f"{printable(self.path)}: {self.severity}: {message}"
        shown, underline = _cut(self.text, self.column - 1, self.length)
        number = str(self.line)
        return (
            f"{printable(self.path)}:{self.line}:{self.column}: {self.severity}: {message}\n"
            f"  {number} | {shown}".rstrip() + f"\n  {' ' * len(number)} | {underline}"
        )


class InvalidFilesError(UsageError):
    """Files of the suite hold errors; its text is all of them, and nothing was started."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        place = attrgetter("path", "line", "column", "message")
        self.diagnostics = tuple(sorted(set(diagnostics), key=place))
        super().__init__(self._text())

    def _text(self) -> str:
        errors = len(self.diagnostics)
        files = len({diagnostic.path for diagnostic in self.diagnostics})
        summary = f"{_counted(errors, 'error')} in {_counted(files, 'file')}; nothing was started"
        return "\n".join([*(diagnostic.render() for diagnostic in self.diagnostics), summary])


class Source:
    """The text of one file, to quote lines from, and the errors found in it so far."""

    def __init__(self, path: str, text: str = "") -> None:
        self.path = path
        self.text = text
        #: At most MAX_ERRORS, and one more that says so when there were others.
        self.errors: list[Diagnostic] = []
        self._note: str | None = None

    def part(self) -> Source:
        """The same file, with errors of its own: for what is read more than once."""
        part = Source(self.path, self.text)
        part.__dict__["lines"] = self.lines
        part._note = self._note
        return part

    def brings(self, file: Source, note: str) -> Source:
        """Another file that this one makes use of, whose errors are among those of this one, with a note."""
        other = Source(file.path, file.text)
        other.__dict__["lines"] = file.lines  # split once, however often it is used
        other.errors = self.errors
        other._note = note if self._note is None else f"{note}, {self._note}"
        return other

    def add(self, error: Diagnostic) -> None:
        """Note an error that was found elsewhere."""
        if self.full or error in self.errors:
            return
        if len(self.errors) == MAX_ERRORS:
            more = f"too many errors; only the first {MAX_ERRORS} that were found are shown"
            error = Diagnostic(error.path, error.line, error.column, more, None, error.length, error.text)
        self.errors.append(error)

    @property
    def full(self) -> bool:
        """Whether further errors would not be shown, and so need not be made."""
        return len(self.errors) > MAX_ERRORS

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file, without their breaks."""
        if self.text.isascii() and "\r" not in self.text:
            return self.text.split("\n")  # as nearly all files are; ten times as fast
        return _LINE_BREAK.split(self.text)

    def line(self, number: int) -> str:
        """Return the line of that number, counted from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, line: int, column: int) -> Place:
        """Return that place of this file, with its line."""
        return Place(self.path, line, column, self.line(line))

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, counted from 1, of a character counted from 0."""
        breaks = [found.end() for found in _LINE_BREAK.finditer(self.text, 0, index)]
        return len(breaks) + 1, index - (breaks[-1] if breaks else 0) + 1

    def error(
        self, line: int, column: int, message: str, *, hint: str | None = None, length: int = 1
    ) -> None:
        """Note an error; line 0 is the file as a whole."""
        if not self.full:
            noted = message if self._note is None else f"{message} ({self._note})"
            self.add(Diagnostic(self.path, line, column, noted, hint, length, self.line(line)))


def seen_from(line: int, path: str, here: str) -> str:
    """Return a line as a message in the file `here` calls it, which may be the file that it is in."""
    return f"line {line}" + ("" if path == here else f" of {path}")


def quoted(text: str) -> str:
    """Return the text in quotes, fit for one line of a message: cut when long, nothing unprintable."""
    if len(text) > _MAX_QUOTED:
        text = text[: _MAX_QUOTED - 1] + "…"
    return f"'{printable(text)}'"


def listed(names: Iterable[str]) -> str:
    """Return names, whoever made them up, for one line of a message: cut when they are long."""
    text = ", ".join(names)
    return text if len(text) <= _MAX_LISTED else text[: _MAX_LISTED - 1] + "…"


def printable(text: str) -> str:
    """Return the text with what a terminal would obey, or could not show, written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """Return a hint with the choice that the word looks like, or None."""
    near = nearest(word, choices)
    return None if near is None else f"did you mean {quoted(near)}?"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that the word looks like, or None."""
    if not 1 < len(word) <= _MAX_QUOTED:  # comparing long texts is slow, and no typo is that long
        return None
    import difflib  # only when there is an error to explain

    by_small = {choice.lower(): choice for choice in islice(choices, _MAX_CHOICES)}
    near = difflib.get_close_matches(word.lower(), by_small, n=1, cutoff=0.6)
    return by_small[near[0]] if near else None


def _cut(line: str, start: int, length: int) -> tuple[str, str]:
    """Return what to show of the line, and the line that goes below it."""
    begin, end = 0, len(line)
    if end > _SHOWN_WIDTH:
        begin = max(0, min(start - _SHOWN_BEFORE, end - _SHOWN_WIDTH))
        end = min(end, begin + _SHOWN_WIDTH)
    token_end = min(max(start + length, start + 1), max(end, start + 1))
    head, tail = "…" if begin > 0 else "", "…" if end < len(line) else ""
    shown = head + "".join(_visible(char) for char in line[begin:end]) + tail
    # A tab is copied, as it is as wide below as it is above.
    before = "".join(char if char == "\t" else " " * _width(char) for char in line[begin:start])
    carets = "^" * max(1, sum(_width(char) for char in line[start:token_end]))
    return shown, " " * len(head) + before + carets


def _visible(char: str) -> str:
    return char if char == "\t" or char.isprintable() or unicodedata.category(char) == "Zs" else "\ufffd"


def _width(char: str) -> int:
    """Return how many columns of a terminal the character takes."""
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
