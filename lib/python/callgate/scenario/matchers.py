"""Compares what a scenario expects with what Asterisk sent.

A plain value asks for equality; a mapping asks for each of its keys and lets the rest be. Asterisk's own types
do not matter to a reader of a scenario: `Cause: 16` holds for AMI's text "16" and for ARI's number 16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Stands for a field that is not there, which is not the same as an empty one.
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where the two differ."""

    path: str
    expected: Any
    got: Any


def plain(value: Any) -> str:
    """A value as a scenario would write it; JSON's true, false and null keep those names."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_text(value: Any) -> str:
    """The same for a message, in which nothing must not look like nothing."""
    if value is ABSENT:
        return "(absent)"
    return plain(value) or "(empty)"


def compare(expected: Any, got: Any, path: str = "") -> list[Mismatch]:
    """Every place where `got` is not as `expected`; an empty list means that it matches."""
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return [Mismatch(path, expected, got)]
        found: list[Mismatch] = []
        for key, value in expected.items():
            found += compare(value, got.get(key, ABSENT), f"{path}.{key}" if path else str(key))
        return found
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return _compare_lists(expected, got, path)
    if got is ABSENT or isinstance(got, Mapping | list) or plain(expected) != plain(got):
        return [Mismatch(path, expected, got)]
    return []


def _compare_lists(expected: Sequence[Any], got: Any, path: str) -> list[Mismatch]:
    if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
        return [Mismatch(path, expected, got)]
    found: list[Mismatch] = []
    for index, (wanted, value) in enumerate(zip(expected, got, strict=True)):
        found += compare(wanted, value, f"{path}[{index}]")
    return found
