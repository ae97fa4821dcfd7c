"""Compares what a scenario expects with what Asterisk sent.

A plain value asks for equality; a mapping asks for each of its keys and lets the rest be, and so it does of a list if
its keys are numbers of items. Asterisk's own types
do not matter to a reader of a scenario: `Cause: 16` holds for AMI's text "16" and for ARI's number 16.
What else can be asked for is in `expected.py`: fields of steps that have the type `Expected` (or one of its kind)
hold the matchers that are compared here. In any other value a `~` is just a character.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from callgate.paths import has_parts, part_of
from callgate.scenario.expected import NUMERIC, Absent, Operators, Regex, number

#: Stands for a field that is not there, which is not the same as an empty one.
ABSENT = object()

_WORDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most", "any": "any of", "not": "not",
          "len": "of length"}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where the two differ."""

    path: str
    expected: Any
    got: Any

    @property
    def expected_text(self) -> str:
        """What was expected, for a message."""
        return as_text(self.expected)

    @property
    def got_text(self) -> str:
        """What came; with the reason why it could not even be compared, if that is so."""
        text = as_text(self.got)
        if self.got is ABSENT or not isinstance(self.expected, Operators):
            return text
        if any(operator in self.expected for operator in NUMERIC) and number(self.got) is None:
            return f"{text}, which is no number"
        if "len" in self.expected:
            length = _length(self.got)
            return f"{text}, which has {'no length' if length is None else f'length {length}'}"
        return text


# -- as text ---------------------------------------------------------------------------------------------

def plain(value: Any) -> str:
    """A value as a scenario would write it; JSON's true, false and null keep those names."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_text(value: Any) -> str:
    """A value, or what is expected of one, for a message, in which nothing must not look like nothing."""
    if isinstance(value, Regex):
        return f"matches /{value.expression}/"
    return _part(value)


def _part(value: Any) -> str:
    """The same inside of something else."""
    if value is ABSENT or isinstance(value, Absent):
        return "(absent)"
    if isinstance(value, Regex):
        return f"/{value.expression}/"
    if isinstance(value, Operators):
        return " and ".join(_operator(name, operand) for name, operand in value.items())
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_part(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_part, value)) + "]"
    return plain(value) or "(empty)"


def _operator(name: str, operand: Any) -> str:
    if name == "is":
        return _part(operand)
    if name == "not" and isinstance(operand, Absent):
        return "(present)"
    if name == "any":
        return f"any of {', '.join(map(_part, operand))}"
    return f"{_WORDS[name]} {_part(operand)}"


# -- comparing -------------------------------------------------------------------------------------------

def compare(expected: Any, got: Any, path: str = "") -> list[Mismatch]:
    """Every place where `got` is not as `expected`; an empty list means that it matches."""
    if isinstance(expected, Operators):
        return [] if _holds(expected, got) else [Mismatch(path, expected, got)]
    if isinstance(expected, Mapping):
        if not has_parts(got, expected):
            return [Mismatch(path, expected, got)]
        found: list[Mismatch] = []
        for key, value in expected.items():
            found += compare(value, part_of(got, key, ABSENT), f"{path}.{key}" if path else str(key))
        return found
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return _compare_lists(expected, got, path)
    return [] if _scalar_holds(expected, got) else [Mismatch(path, expected, got)]


def _compare_lists(expected: Sequence[Any], got: Any, path: str) -> list[Mismatch]:
    if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
        return [Mismatch(path, expected, got)]
    found: list[Mismatch] = []
    for index, (wanted, value) in enumerate(zip(expected, got, strict=True)):
        found += compare(wanted, value, f"{path}[{index}]")
    return found


def _scalar_holds(expected: Any, got: Any) -> bool:
    if isinstance(expected, Absent):
        return got is ABSENT
    if got is ABSENT or isinstance(got, Mapping | list):
        return False
    if isinstance(expected, Regex):
        return expected.found_in(plain(got))
    return plain(expected) == plain(got)


def _holds(operators: Operators, got: Any) -> bool:
    return all(_operator_holds(name, operand, got) for name, operand in operators.items())


def _operator_holds(name: str, operand: Any, got: Any) -> bool:
    if name == "any":
        return any(not compare(one, got) for one in operand)
    if got is ABSENT:
        return False  # also for `not`: a header that is misspelt would always be another one
    if name == "is":
        return _same(operand, got)
    if name == "not":
        return can_tell(operand, got) and bool(compare(operand, got))
    if name == "len":
        length = _length(got)
        return length is not None and not compare(operand, length)
    bound, value = number(operand), number(got)
    return bound is not None and value is not None and _in_order(name, value, bound)


def _in_order(name: str, value: Decimal, bound: Decimal) -> bool:
    if value == bound:
        return name in ("ge", "le")
    return (value > bound) == (name in ("gt", "ge"))


def can_tell(expected: Any, got: Any) -> bool:
    """Whether a matcher can judge such a value at all; if not, the opposite of it does not hold either."""
    if isinstance(expected, Regex):
        return not isinstance(got, Mapping | list)
    if isinstance(expected, Absent):
        return True
    if not isinstance(expected, Operators):
        return _can_compare(expected, got)
    for name, operand in expected.items():
        if name in NUMERIC and (number(got) is None or number(operand) is None):
            return False
        if name == "len" and ((length := _length(got)) is None or not can_tell(operand, length)):
            return False
        if not all(can_tell(one, got) for one in (operand if name == "any" else [operand] if name == "not" else ())):
            return False
    return True


def _can_compare(expected: Any, got: Any) -> bool:
    """Whether the two are of one shape: a key that is misspelt would always be another one."""
    if isinstance(expected, Mapping):
        parts = [(item, part_of(got, key, ABSENT)) for key, item in expected.items()]
        return has_parts(got, expected) and all(
            isinstance(item, Absent) or (part is not ABSENT and can_tell(item, part)) for item, part in parts)
    if isinstance(expected, list):
        return isinstance(got, list) and (len(got) != len(expected) or all(map(can_tell, expected, got)))
    return not isinstance(got, Mapping | list)


def _length(value: Any) -> int | None:
    """How many items, keys or characters; None for what has none of them."""
    return len(value) if isinstance(value, str | list | Mapping) else None


def _same(expected: Any, got: Any) -> bool:
    """Equality, all the way down; only types of scalars do not matter."""
    if isinstance(expected, Mapping):
        return (isinstance(got, Mapping) and expected.keys() == got.keys()
                and all(_same(value, got[key]) for key, value in expected.items()))
    if isinstance(expected, list):
        return (isinstance(got, list) and len(expected) == len(got)
                and all(map(_same, expected, got)))
    return not isinstance(got, Mapping | list) and plain(expected) == plain(got)
