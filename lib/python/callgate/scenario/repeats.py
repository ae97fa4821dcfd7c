"""Compares what a scenario expects of an AMI header with what came, which may be that header several times.

One of several values is enough for what a header must be; what it must `not` be, none of them may be.
A list, and `len`, are about all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callgate.scenario.expected import Operators
from callgate.scenario.matchers import Mismatch, can_tell, compare


def compare_header(expected: Any, got: Any, name: str) -> list[Mismatch]:
    """Where a header is not as `expected`; `got` is its value, a list of values if it is repeated, or `ABSENT`."""
    if not isinstance(got, list):
        return compare(expected, got, name)
    return [] if _holds(expected, got) else [Mismatch(name, expected, got)]


def _holds(expected: Any, values: Sequence[str]) -> bool:
    if isinstance(expected, list):
        return not compare(expected, values)
    if not isinstance(expected, Operators):
        return _one_is(expected, values)
    # What is said of a single value has to hold for one and the same: no 0 and 9 for {gt: 1, lt: 5}.
    of_one = Operators({name: operand for name, operand in expected.items() if not _of_all(name, operand)})
    return ((not of_one or _one_is(of_one, values))
            and all(_operator_holds(name, operand, values) for name, operand in expected.items()
                    if name not in of_one))


def _one_is(expected: Any, values: Sequence[str]) -> bool:
    return any(not compare(expected, value) for value in values)


def _operator_holds(name: str, operand: Any, values: Sequence[str]) -> bool:
    if name == "any":
        return any(_holds(one, values) for one in operand)
    if name == "not":
        knows = all(can_tell(operand, value) for value in values) or can_tell(operand, values)
        return knows and not _holds(operand, values)
    return not compare(Operators({name: operand}), values)


def _of_all(name: str, operand: Any) -> bool:
    """Whether an operator is about all values together, or something in it is."""
    if name in ("not", "len"):
        return True
    if name == "any":
        return any(isinstance(one, list) or (isinstance(one, Operators) and any(_of_all(*pair) for pair in one.items()))
                   for one in operand)
    return name == "is" and isinstance(operand, list)
