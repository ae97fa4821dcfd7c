"""The journal: order, numbers, marks, watchers, lines; and what is read out of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from callgate.scenario.journal import (
    Entry,
    Journal,
    Source,
    channel_id,
    channel_variables,
    event_field,
    headers,
    may_have,
)
from callgate.scenario.loglines import LoggedLine

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)  # of those, JSON knows nothing
JSON = st.recursive(st.none() | st.booleans() | NUMBERS | st.text(),
                    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3))


def ami(name: str, *pairs: tuple[str, str]) -> Entry:
    return Entry(0, 0.0, Source.AMI, name, [["Event", name], *map(list, pairs)])


def ari(name: str, **fields: Any) -> Entry:
    return Entry(0, 0.0, Source.ARI, name, {"type": name, **fields})


def test_entries_are_numbered_timed_from_the_beginning_and_written_as_they_occur() -> None:
    clock = Clock()
    clock.advance(100)
    lines: list[bytes] = []
    journal = Journal(clock.seconds, lines.append)
    clock.advance(0.5)
    first = journal.append(Source.STEP, "register: a")
    assert [json.loads(line) for line in lines] == [
        {"n": 0, "t": 0.5, "source": "step", "name": "register: a", "data": None}]
    clock.advance(1)
    second = journal.append(Source.ARI, "StasisStart", {"type": "StasisStart"}, origin="a")
    assert (first.number, first.at, second.number, second.at) == (0, 0.5, 1, 1.5)
    assert json.loads(lines[1])["origin"] == "a"
    assert list(journal.since()) == [first, second]
    assert journal.elapsed() == 1.5


@given(JSON, st.text(), st.text())
def test_a_line_is_one_line_of_json_that_says_it_all(data: Any, name: str, origin: str) -> None:
    line = Entry(7, 1.25, Source.ARI, name, data, origin).line()
    assert line.endswith(b"\n")
    assert len(line.splitlines()) == 1
    expected = {"n": 7, "t": 1.25, "source": "ari", "name": name, "data": data}
    assert json.loads(line) == (expected | {"origin": origin} if origin else expected)


@given(st.lists(st.sampled_from(Source), max_size=12), st.integers(0, 14), st.integers(0, 14))
def test_marks_and_last_entries(sources: list[Source], mark: int, count: int) -> None:
    journal = Journal(lambda: 0.0)
    entries = [journal.append(source, "x") for source in sources]
    assert journal.mark() == len(entries)
    assert list(journal.since(mark)) == entries[mark:]
    assert journal.last(count) == (entries[-count:] if count else [])
    before = min(mark, len(entries))
    assert journal.last(count, before) == entries[max(0, before - count):before]


def test_watchers_see_what_comes_until_they_are_taken_off() -> None:
    journal = Journal(lambda: 0.0)
    journal.append(Source.STEP, "before")
    seen: list[str] = []
    unwatch = journal.watch(lambda entry: seen.append(entry.name))
    journal.append(Source.STEP, "while")
    unwatch()
    unwatch()
    journal.append(Source.STEP, "after")
    assert seen == ["while"]


def test_a_watcher_may_leave_while_it_looks() -> None:
    journal = Journal(lambda: 0.0)
    seen: list[str] = []
    leave: list[Any] = []

    def once(entry: Entry) -> None:
        seen.append("once")
        leave[0]()

    leave.append(journal.watch(once))
    journal.watch(lambda entry: seen.append("always"))
    journal.append(Source.STEP, "x")
    journal.append(Source.STEP, "y")
    assert seen == ["once", "always", "always"]


def test_an_entry_is_written_before_anybody_acts_on_it() -> None:
    order: list[str] = []
    journal = Journal(lambda: 0.0, lambda line: order.append("written"))
    journal.watch(lambda entry: order.append("seen"))
    journal.append(Source.STEP, "x")
    assert order == ["written", "seen"]


def test_headers_repeat_and_their_case_does_not_matter() -> None:
    entry = ami("Hangup", ("Cause", "16"), ("ChanVariable", "A=1"), ("chanvariable", "B=2"))
    assert headers(entry, "CHANVARIABLE") == ["A=1", "B=2"]
    assert event_field(entry, "cause") == "16"
    assert event_field(entry, "ChanVariable") == ["A=1", "B=2"]
    assert event_field(entry, "Missing") is None


def test_the_value_of_a_varset_loses_its_escapes_and_no_other_header_does() -> None:
    escaped = ("Value", r"a\?b\nc")
    assert event_field(ami("VarSet", escaped), "value") == "a?b\nc"
    assert event_field(ami("UserEvent", escaped), "Value") == r"a\?b\nc"


@pytest.mark.parametrize(("path", "value"), [
    ("channel.id", "1.1"), ("channel.caller.number", 100), ("channel", {"id": "1.1", "caller": {"number": 100}}),
    ("channel.nothing", None), ("channel.id.more", None), ("nothing.at.all", None), ("args", ["x"]),
    ("args.0", "x"), ("args.1", None), ("args.-1", None), ("args.00", None), ("args.0.0", None),
    ("args." + "9" * 5000, None), ("legs.1.id", "b"), ("named.0", "zero"),
])
def test_fields_of_an_ari_event_are_paths(path: str, value: Any) -> None:
    entry = ari("StasisStart", channel={"id": "1.1", "caller": {"number": 100}}, args=["x"],
                legs=[{"id": "a"}, {"id": "b"}], named={"0": "zero"})
    assert event_field(entry, path) == value


@pytest.mark.parametrize(("path", "may"), [
    ("args.0", True), ("args.7", True), ("args.x", False), ("legs.7.id", True), ("legs.0.no", False), ("no.0", False),
    ("args.7.x.y", True)])
def test_a_list_may_be_longer_in_another_event(path: str, may: bool) -> None:
    assert may_have(ari("StasisStart", args=["x"], legs=[{"id": "a"}]), path) is may


def test_headers_are_in_an_event_or_not() -> None:
    assert (may_have(ami("X", ("Cause", "1")), "cause"), may_have(ami("X", ("Cause", "1")), "0")) == (True, False)


def test_the_channel_of_an_event() -> None:
    assert channel_id(ami("Hangup", ("Uniqueid", "u"), ("Linkedid", "l"))) == "u"
    assert channel_id(ami("FullyBooted")) is None
    assert channel_id(ami("DialBegin", ("DestUniqueid", "u"))) is None
    assert channel_id(ari("StasisEnd", channel={"id": "u"})) == "u"
    assert channel_id(ari("PlaybackStarted", playback={"target_uri": "channel:u"})) is None


def test_channel_variables_are_told_from_none_at_all() -> None:
    assert channel_variables(ami("Hangup")) is None
    assert channel_variables(ami("Hangup", ("ChanVariable", "A="), ("ChanVariable", r"B=x=\?"))) == {
        "A": "", "B": "x=?"}
    assert channel_variables(ari("ChannelDestroyed", channel={"id": "u"})) is None
    assert channel_variables(ari("ChannelDestroyed", channel={"channelvars": {"A": ""}})) == {"A": ""}
    assert channel_variables(ari("ApplicationReplaced")) is None


# -- several Asterisks -----------------------------------------------------------------------------------

def test_a_part_has_the_entries_of_one_asterisk_and_those_of_none() -> None:
    journal = Journal(lambda: 0.0)
    part = journal.of("ast2")
    journal.append(Source.STEP, "clean up")
    journal.of("ast1").append(Source.AMI, "Other")
    part.append(Source.AMI, "Mine")
    assert [entry.name for entry in part.since()] == ["clean up", "Mine"]
    assert [entry.name for entry in part.since(1)] == ["Mine"]
    assert [entry.name for entry in part.last(1, 2)] == ["clean up"]
    assert [entry.name for entry in journal.since()] == ["clean up", "Other", "Mine"]
    assert part.mark() == journal.mark() == 3, "numbers are those of the whole"


def test_a_watcher_of_a_part_sees_no_other() -> None:
    journal = Journal(lambda: 0.0)
    seen: list[Entry] = []
    unwatch = journal.of("ast2").watch(seen.append)
    journal.of("ast1").append(Source.AMI, "Other")
    mine = journal.of("ast2").append(Source.AMI, "Mine")
    unwatch()
    journal.of("ast2").append(Source.AMI, "Late")
    assert seen == [mine]


def test_each_part_has_a_log_of_its_own() -> None:
    journal = Journal(lambda: 0.0)
    line = LoggedLine("WARNING", "text")
    journal.of("ast2").log.add(line)
    assert (list(journal.of("ast2").log), list(journal.of("ast1").log), list(journal.log)) == ([line], [], [])


@pytest.mark.parametrize("data", ["\ud800 é", 1 << 64, {"deep": ["\udfff", -(1 << 70)]}])
def test_what_is_beyond_utf8_and_64_bits_is_written_all_the_same(data: Any) -> None:
    line = Entry(0, 0.0, Source.ARI, "X", data).line()
    assert json.loads(line.decode())["data"] == data


def test_only_with_several_asterisks_is_one_named() -> None:
    lines: list[bytes] = []
    journal = Journal(lambda: 0.0, lines.append)
    journal.append(Source.AMI, "A")
    journal.of("ast2").append(Source.AMI, "B")
    assert ["asterisk" in json.loads(line) for line in lines] == [False, True]
