"""A header that is repeated: one value is enough for what it must be, none is for what it must not."""

from __future__ import annotations

from typing import Any

import pytest

from callgate.scenario.expected import read_expected
from callgate.scenario.matchers import ABSENT
from callgate.scenario.repeats import compare_header


@pytest.mark.parametrize(("expected", "got", "holds"), [
    ("a", ["a", "b"], True), ("b", ["a", "b"], True), ("c", ["a", "b"], False),
    ("~^b", ["a", "b"], True), ("~^c", ["a", "b"], False),
    ({"not": "a"}, ["a", "b"], False), ({"not": "c"}, ["a", "b"], True), ({"not": "~^b"}, ["a", "b"], False),
    ({"not": {"any": ["a", "c"]}}, ["a", "b"], False), ({"not": {"any": ["c", "d"]}}, ["a", "b"], True),
    ({"not": {"not": "a"}}, ["a", "b"], True), ({"not": {"not": "c"}}, ["a", "b"], False),
    ({"not": {"gt": 3}}, ["1", "2"], True), ({"not": {"gt": 3}}, ["1", "5"], False),
    ({"not": {"gt": 3}}, ["1", "x"], False),
    ({"gt": 1, "lt": 5}, ["0", "9"], False), ({"gt": 1, "lt": 5}, ["0", "3"], True),
    ({"gt": 1, "not": "3"}, ["2", "3"], False), ({"gt": 1, "not": "4"}, ["2", "3"], True),
    ({"any": ["c", "b"]}, ["a", "b"], True), ({"any": ["c", {"not": "a"}]}, ["a", "b"], False),
    ({"any": ["1", "9"], "lt": 5}, ["9", "3"], False), ({"any": ["1", "9"], "lt": 5}, ["1", "3"], True),
    ("absent", ["a", "b"], False), ({"not": "absent"}, ["a", "b"], True),
    (["a", "b"], ["a", "b"], True), (["b", "a"], ["a", "b"], False), (["a"], ["a", "b"], False),
    ({"not": ["a", "b"]}, ["a", "b"], False), ({"not": ["b", "a"]}, ["a", "b"], True),
    ({"any": [["a", "b"], "c"]}, ["a", "b"], True), ({"is": ["a", "b"]}, ["a", "b"], True),
    ({"is": "b"}, ["a", "b"], True),
    ({"len": 2}, ["abc", "d"], True), ({"len": 3}, ["abc", "d"], False), ({"not": {"len": 2}}, ["abc", "d"], False),
    ({"len": 3}, "abc", True), ("a", "a", True), ("a", ABSENT, False), ("absent", ABSENT, True),
    ({"not": "a"}, ABSENT, False),
])
def test_of_several_values(expected: Any, got: Any, holds: bool) -> None:
    assert (compare_header(read_expected(expected), got, "X") == []) is holds
