"""Configuration templates: `NAME.in` of a test becomes `NAME`, with what is known only when it runs put in.

    @{ast1.http}    the field `http` of `ast1`
    @@{             a literal `@{`

`${…}` is left alone: it belongs to Asterisk's dialplan. Reading and filling in; no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from callgate.errors import MachineError

#: What the name of a template ends in.
SUFFIX = ".in"

_OPENING = re.compile(r"(?P<escape>@@\{)|@\{(?P<inside>[^{}\r\n]*)(?P<close>\}?)")
_NAME_AND_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)", re.ASCII)


class Placeholder(NamedTuple):
    """One `@{…}` in a template."""

    #: `ast1` and `http` in `@{ast1.http}`; both '' where it is not of that form.
    name: str
    field: str
    #: Whether it has its `}`.
    closed: bool
    #: Where its `@` is, counted from 0, and how many characters it has.
    offset: int
    length: int


def placeholders(text: str) -> list[Placeholder]:
    """All that is to be put in, in order, also what is malformed."""
    return [_placeholder(found) for found in _OPENING.finditer(text) if not found["escape"]]


def fill(text: str, names: Mapping[str, Mapping[str, str]]) -> str:
    """The text with `names[name][field]` in the place of each placeholder.

    Raises MachineError for one that stands for nothing: the file is no longer the one that was checked.
    """
    def value(found: re.Match[str]) -> str:
        if found["escape"]:
            return "@{"
        one = _placeholder(found)
        try:
            return names[one.name][one.field]
        except KeyError:
            raise MachineError(f"{found[0]} stands for nothing") from None

    return _OPENING.sub(value, text)


def _placeholder(found: re.Match[str]) -> Placeholder:
    shape = _NAME_AND_FIELD.fullmatch(found["inside"])
    name, field = shape.groups() if shape and found["close"] else ("", "")
    return Placeholder(name, field, bool(found["close"]), found.start(), len(found[0]))
