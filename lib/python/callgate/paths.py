"""The way into what Asterisk answers and sends, part by part: keys of mappings, numbers of a list's items from 0 on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

#: No other way to write a number, and none that no list has.
_NUMBER = re.compile("0|[1-9][0-9]{0,8}")


def is_number(part: object) -> bool:
    """Whether a part of a path can be the number of an item."""
    return isinstance(part, str) and _NUMBER.fullmatch(part) is not None


def part_of(value: Any, part: str, default: Any = None) -> Any:
    """What a value has under a key or a number; `default` if it has no such part."""
    if isinstance(value, Mapping):
        return value.get(part, default)
    if isinstance(value, list) and is_number(part) and int(part) < len(value):
        return value[int(part)]
    return default


def has_parts(value: Any, parts: Collection[str]) -> bool:
    """Whether a value is of the kind that has such parts: a mapping, or a list where all of them are numbers."""
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(parts) and all(map(is_number, parts)))
