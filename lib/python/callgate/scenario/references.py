"""`${name.field}` in the texts of a step: finding it before a run, and putting the value in during one.

    ${call.id}      the field `id` of what was captured `as: call`
    ${call;2.id}    the same of the second half of a Local channel
    ${total}        a captured value itself
    $${             a literal `${`

What is put in is never looked at again, so a value from Asterisk that holds `${` is just text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from callgate.errors import UsageError

#: The fields of `run`, and those of each Asterisk of a test.
_RUN = ("id", "dir")
_ASTERISK = ("address", "http", "ami", "dir")
#: The ports that a test has given names to are the fields of this one.
PORT = "port"
#: What a test calls its Asterisks: ast1, ast2 …; and how many it may have.
ASTERISK = re.compile(r"ast[1-9]")
MOST_ASTERISKS = 9
#: Names that are replaced when a file is read: a row of `cases`, and what a file is handed by `use`.
SCOPED = frozenset({"case", "input"})
#: Names kept for later: environment variables.
KEPT = frozenset({"env"})

_OPENING = re.compile(r"\$?\$\{")
_REFERENCE = re.compile(
    r"""\$\{
        ([A-Za-z_][A-Za-z0-9_-]*(?:;[0-9]+)?)   # the name; `;2` is the second half of a Local channel
        ((?:\.[A-Za-z0-9_-]+)*)                 # fields, each after a dot
    \}""",
    re.VERBOSE | re.ASCII,
)


def asterisk_names(count: int) -> tuple[str, ...]:
    """What a test calls its Asterisks."""
    return tuple(f"ast{number}" for number in range(1, count + 1))


def predefined(asterisks: Iterable[str], ports: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """The names that exist without a step that defines them, and the fields each of them has."""
    return {"run": _RUN, **dict.fromkeys(asterisks, _ASTERISK), PORT: tuple(ports)}


def is_reserved(name: str) -> bool:
    """Whether no step may define it."""
    return name in ("run", PORT) or name in SCOPED or name in KEPT or ASTERISK.fullmatch(name) is not None


class Reference(NamedTuple):
    """One `${...}` in a text."""

    name: str
    #: What follows the name: 'channel.id' in `${event.channel.id}`, and '' in `${event}`.
    path: str
    #: Where its `$` is in the text, counted from 0, and how many characters it has up to its `}`.
    offset: int
    length: int


class MalformedReferenceError(UsageError):
    """A `${` that opens no reference: not closed, empty, or with characters no name has."""

    def __init__(self, message: str, offset: int, length: int) -> None:
        super().__init__(message)
        #: Where the `$` is in the text, counted from 0, and how many characters to point at.
        self.offset = offset
        self.length = length


@lru_cache(maxsize=1 << 12)  # the same few texts are asked about when a file is read, and each several times
def references(text: str) -> tuple[Reference, ...]:
    """All `${...}` in the text, in order. Raises MalformedReferenceError at the first bad one."""
    if "${" not in text:
        return ()
    return tuple(part for part in _parts(text) if isinstance(part, Reference))


def substitute(text: str, lookup: Callable[[str, str], str]) -> str:
    """Put `lookup('name', 'field')` in the place of each `${name.field}`, and `${` in that of `$${`.

    Raises MalformedReferenceError, and whatever `lookup` raises for what it does not know.
    """
    if "${" not in text:
        return text
    return "".join(part if isinstance(part, str) else lookup(part.name, part.path) for part in _parts(text))


def _parts(text: str) -> Iterator[str | Reference]:
    """Cut the text into literal pieces and references."""
    done = 0
    while opening := _OPENING.search(text, done):
        yield text[done : opening.start()]
        if opening[0] == "$${":
            yield "${"
            done = opening.end()
            continue
        found = _REFERENCE.match(text, opening.start())
        if found is None:
            raise _malformed(text, opening.start())
        yield Reference(found[1], found[2][1:], found.start(), len(found[0]))
        done = found.end()
    yield text[done:]


def _malformed(text: str, start: int) -> MalformedReferenceError:
    end, following = text.find("}", start), text.find("${", start + 1)
    if end < 0 or 0 <= following < end:
        # Point at what may be its name: up to a blank, or up to the next one.
        length = len(re.split(r"\s|\$\{", text[start + 2 :], maxsplit=1)[0]) + 2
        return MalformedReferenceError("'${' without its '}'; '$${' is a literal '${'", start, length)
    length = end + 1 - start
    if length == len("${}"):
        return MalformedReferenceError("'${}' names nothing", start, length)
    return MalformedReferenceError(
        "a reference is '${name}' or '${name.field}', of letters, digits, '_', '-'; '$${' is a literal '${'",
        start,
        length,
    )
