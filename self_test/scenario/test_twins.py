"""One event of ARI that comes to several applications, and two that only look alike."""

from __future__ import annotations

import pytest

from callgate.scenario.journal import Entry, Source
from callgate.scenario.twins import EventCounter, are_twins


def ari(number: int, application: str, origin: str = "s", digit: str = "1") -> Entry:
    data = {"type": "X", "timestamp": "1", "digit": digit, "application": application}
    return Entry(number, 0.0, Source.ARI, "X", data, origin)


@pytest.mark.parametrize(("one", "other", "twins"), [
    (ari(0, "a"), ari(1, "b"), True), (ari(0, "a", "s"), ari(1, "b", "t"), True), (ari(0, "a"), ari(1, "a"), False),
    (ari(0, "a"), ari(1, "b", digit="2"), False),
    (ari(0, "a"), Entry(1, 0.0, Source.AMI, "X", [["application", "b"]]), False)])
def test_twins(one: Entry, other: Entry, twins: bool) -> None:
    assert are_twins(one, other) is twins
    assert are_twins(other, one) is twins


@pytest.mark.parametrize(("applications", "new"), [
    ("a", "1"), ("ab", "10"), ("aa", "11"), ("aabb", "1100"), ("abab", "1010"), ("abba", "1010"), ("abb", "101"),
    ("abc", "100"), ("aabbb", "11001")])
def test_events_are_counted_and_not_messages(applications: str, new: str) -> None:
    counter = EventCounter()
    found = [counter.is_new(ari(number, one)) for number, one in enumerate(applications)]
    assert "".join("1" if one else "0" for one in found) == new


def test_other_entries_are_all_new() -> None:
    counter = EventCounter()
    entry = Entry(0, 0.0, Source.AMI, "X", [["A", "b"]])
    assert [counter.is_new(entry), counter.is_new(entry), counter.is_new(ari(0, "a", digit="1")),
            counter.is_new(ari(1, "b", digit="2"))] == [True] * 4
