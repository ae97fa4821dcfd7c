"""Events and patterns in pairs: selectors pick, bodies have to agree, nothing is counted twice."""

from __future__ import annotations

from typing import Any

import pytest

from callgate.scenario.assignment import Assignment
from callgate.scenario.journal import Entry, Source
from callgate.scenario.named import Channel
from callgate.scenario.patterns import Pattern


def events(*values: str) -> list[Entry]:
    """VarSet events of AMI with these values."""
    return [Entry(number, 0.0, Source.AMI, "VarSet", [["Value", value], ["Uniqueid", "u"]])
            for number, value in enumerate(values)]


def pattern(value: str = "", **more: Any) -> Pattern:
    return Pattern(Source.AMI, "VarSet", fields={"Value": value} if value else {}, **more)


def played(assignment: Assignment, entries: list[Entry]) -> dict[int, int] | None:
    """What is paired after these entries, as {pattern: event}; None as soon as they can't be."""
    for entry in entries:
        if assignment.take(entry) and assignment.solution() is None:
            return None
    solution = assignment.solution()
    assert solution is not None
    return {index: entry.number for index, entry in solution.items()}


@pytest.mark.parametrize(("wanted", "came", "pairs"), [
    ("ab", "ab", {0: 0, 1: 1}), ("ab", "ba", {0: 1, 1: 0}), ("aa", "aa", {0: 0, 1: 1}), ("aa", "a", {0: 0}),
    ("ab", "abc", {0: 0, 1: 1}),  # the third is not picked any more
    ("ab", "acb", None),          # the second is picked, and wrong
    ("ab", "aab", None), ("a", "ba", None)])
def test_in_any_order(wanted: str, came: str, pairs: dict[int, int] | None) -> None:
    assignment = Assignment([pattern(value) for value in wanted])
    assert played(assignment, events(*came)) == pairs
    if pairs is not None:
        assert assignment.complete is (len(pairs) == len(wanted))


@pytest.mark.parametrize(("wanted", "came", "good"), [
    ("ab", "ab", True), ("ab", "ba", False), ("aba", "aba", True), ("aab", "aba", False)])
def test_in_order(wanted: str, came: str, good: bool) -> None:
    assignment = Assignment([pattern(value) for value in wanted], ordered=True)
    assert (played(assignment, events(*came)) is not None) is good


def test_a_selector_leaves_alone_what_it_does_not_pick() -> None:
    assignment = Assignment([pattern(where={"Value": "b"}), pattern(where={"Value": "c"})], ordered=True)
    assert played(assignment, events("a", "b", "b", "a", "c")) == {0: 1, 1: 4}


def test_an_event_that_others_could_have_is_given_up_for_one_that_only_this_can_have() -> None:
    anything, only_a = pattern(), pattern(where={"Value": "a"})
    assert played(Assignment([anything, only_a]), events("a", "b")) == {0: 1, 1: 0}
    assert played(Assignment([only_a, anything]), events("a", "a")) is not None


def test_a_pattern_with_a_channel_goes_first() -> None:
    assignment = Assignment([pattern(), pattern(channel=Channel("call", "u", 0))])
    assert assignment.take(events("a")[0])
    assert [one.channel for one in assignment.missing()] == [None]


def test_the_same_ari_event_over_two_websockets_is_one_event() -> None:
    def ari(number: int, origin: str, stamp: str = "1") -> Entry:
        data = {"type": "X", "timestamp": stamp, "application": origin}
        return Entry(number, 0.0, Source.ARI, "X", data, origin)

    assignment = Assignment([Pattern(Source.ARI, "X"), Pattern(Source.ARI, "X")])
    assert [assignment.take(one) for one in (ari(0, "a"), ari(1, "b"), ari(2, "b", "2"))] == [True, False, True]


def test_the_pattern_that_was_probably_meant() -> None:
    far = Pattern(Source.AMI, "VarSet", fields={"Value": "a", "Variable": "b"})
    near, right = pattern("a"), pattern("x")
    assignment = Assignment([far, right, near])
    assignment.take(events("x")[0])
    assert assignment.closest()[0] is near


def test_the_pattern_whose_turn_it_was() -> None:
    assignment = Assignment([pattern("a"), pattern("b")], ordered=True)
    assignment.take(events("b")[0])
    meant, differences = assignment.closest()
    assert (meant.fields, [one.got for one in differences]) == ({"Value": "a"}, ["b"])
    assignment = Assignment([pattern(where={"Value": "a"}), pattern(where={"Value": "b"})], ordered=True)
    assignment.take(events("b")[0])
    meant, differences = assignment.closest()
    assert (meant.where, differences) == ({"Value": "b"}, [])


def to(application: str, origin: str, stamp: str = "1") -> Entry:
    """An ARI event that is told from others by its time."""
    data = {"type": "X", "timestamp": stamp, "application": application}
    return Entry(0, 0.0, Source.ARI, "X", data, origin)


@pytest.mark.parametrize(("wanted", "came", "taken"), [
    # Over one WebSocket, to two applications: one event, unless the patterns tell its messages apart.
    ([{}, {}], [to("a", "s"), to("b", "s")], "10"), ([{}, {}], [to("a", "s"), to("b", "s"), to("b", "s", "2")], "101"),
    ([{"client": "s"}, {"client": "s"}], [to("a", "s"), to("b", "s")], "10"),
    ([{"where": {"application": "a"}}, {"where": {"application": "b"}}], [to("a", "s"), to("b", "s")], "11"),
    # To two clients that are named.
    ([{"client": "s"}, {"client": "t"}], [to("a", "s"), to("b", "t")], "11"),
    ([{"client": "s"}, {"client": "t"}], [to("b", "t"), to("a", "s")], "11"),
    # One that is named and one that is not need two events, in whatever order the messages come.
    ([{}, {"client": "t"}], [to("a", "s"), to("b", "t"), to("a", "s", "2"), to("b", "t", "2")], "1001"),
    ([{}, {"client": "t"}], [to("b", "t"), to("a", "s"), to("a", "s", "2")], "101"),
    # The same twice in one millisecond.
    ([{}, {}], [to("a", "s"), to("a", "s")], "11"),
])
def test_messages_of_one_event(wanted: list[dict[str, Any]], came: list[Entry], taken: str) -> None:
    assignment = Assignment([Pattern(Source.ARI, "X", **one) for one in wanted])
    assert "".join("1" if assignment.take(one) else "0" for one in came) == taken
