"""Text from elsewhere made fit to print: what a header or a file says must not steer a terminal.

A report is made of rows, a row of pieces, and a piece is text with a style. Pieces hold raw text; whoever
writes them out passes each through `visible()`, so that there is one place where nothing slips through.
"""

from __future__ import annotations

import enum
import unicodedata
from typing import NamedTuple


class Style(enum.StrEnum):
    """What a piece is, for those who may colour it."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"


class Piece(NamedTuple):
    """A part of a row."""

    text: str
    style: Style = Style.PLAIN


#: One line of a report, without its newline.
Row = tuple[Piece, ...]


def row(text: str, style: Style = Style.PLAIN) -> Row:
    """Make a row of one piece."""
    return (Piece(text, style),)


def visible(text: str) -> str:
    r"""Write everything that does not print as an escape: `\x1b`, `\n`, `\u202e`.

    Besides control characters these are the marks that change a line's direction and lone surrogates; spaces
    of every kind stay. None of what remains is forbidden in XML 1.0.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or unicodedata.category(char) == "Zs"
                   else char.encode("unicode_escape").decode("ascii") for char in text)


def quoted_if_needed(value: str) -> str:
    """Put a value in quotes where its beginning or end could not be seen otherwise."""
    return value if value and value == value.strip() else f"'{value}'"


def one_line(text: str) -> str:
    """Unfold a summary that a file may have folded over several lines."""
    return " ".join(text.split())


def cells(text: str) -> int:
    """Count the columns of a terminal that the text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of_character, text))


def _cells_of_character(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def shortened(text: str, width: int, ellipsis: str) -> str:
    """Cut the text so that it takes at most `width` columns of a terminal."""
    if cells(text) <= width:
        return text
    room = max(0, width - cells(ellipsis))
    used = 0
    for position, char in enumerate(text):
        used += _cells_of_character(char)
        if used > room:
            return (text[:position] + ellipsis)[:max(0, width)]
    return text


def count(number: int, noun: str) -> str:
    """Say `1 scenario`, `3 scenarios`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
