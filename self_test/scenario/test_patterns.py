"""A selector picks, a body asserts."""

from __future__ import annotations

from typing import Any

import pytest

from callgate.errors import MachineError
from callgate.scenario.expected import read_expected
from callgate.scenario.journal import Entry, Source
from callgate.scenario.matchers import ABSENT, Mismatch
from callgate.scenario.named import Channel
from callgate.scenario.patterns import Pattern

CALL = Channel("call", "u-1", 0)


def ami(name: str, *pairs: tuple[str, str]) -> Entry:
    return Entry(0, 0.0, Source.AMI, name, [["Event", name], *map(list, pairs)])


def ari(name: str, **fields: Any) -> Entry:
    return Entry(0, 0.0, Source.ARI, name, {"type": name, **fields})


HANGUP = ami("Hangup", ("Uniqueid", "u-1"), ("Cause", "16"), ("ChanVariable", "STASISSTATUS="))


@pytest.mark.parametrize(("pattern", "selects"), [
    (Pattern(Source.AMI, "Hangup"), True),
    (Pattern(Source.AMI, "hangup"), True),
    (Pattern(Source.AMI, "Hangups"), False),
    (Pattern(Source.ARI, "Hangup"), False),
    (Pattern(Source.AMI, "Hangup", CALL), True),
    (Pattern(Source.AMI, "Hangup", Channel("call;2", "u-1-2", 0)), False),
    (Pattern(Source.AMI, "Hangup", where={"Cause": "16"}), True),
    (Pattern(Source.AMI, "Hangup", where={"Cause": "17"}), False),
    (Pattern(Source.AMI, "Hangup", where={"Missing": ""}), False),
    (Pattern(Source.AMI, "Hangup", fields={"Cause": "17"}, variables={"STASISSTATUS": "x"}), True),
])
def test_the_selector(pattern: Pattern, selects: bool) -> None:
    assert pattern.selects(HANGUP) is selects


def test_an_ari_event_is_of_its_channel() -> None:
    pattern = Pattern(Source.ARI, "StasisStart", CALL, where={"channel.state": "Up"})
    assert pattern.selects(ari("StasisStart", channel={"id": "u-1", "state": "Up"}))
    assert not pattern.selects(ari("StasisStart", channel={"id": "u-2", "state": "Up"}))
    assert not pattern.selects(ari("StasisStart", channel={"id": "u-1", "state": "Down"}))
    assert not pattern.selects(ari("StasisStart"))


def test_the_body() -> None:
    pattern = Pattern(Source.AMI, "Hangup", fields={"Cause": "17", "Uniqueid": "u-1", "Missing": "x"},
                      variables={"STASISSTATUS": "FAILED"})
    assert pattern.mismatches(HANGUP) == [Mismatch("Cause", "17", "16"), Mismatch("Missing", "x", ABSENT),
                                          Mismatch("variables.STASISSTATUS", "FAILED", "")]


def test_a_variable_without_a_value_can_be_asked_for() -> None:
    assert Pattern(Source.AMI, "Hangup", variables={"STASISSTATUS": ""}).mismatches(HANGUP) == []


def test_the_null_of_json_can_be_asked_for() -> None:
    pattern = Pattern(Source.ARI, "X", fields={"replace_channel": "null", "channel.caller": "null"})
    assert pattern.mismatches(ari("X", replace_channel=None, channel={"caller": None})) == []


@pytest.mark.parametrize(("source", "entry", "message"), [
    (Source.AMI, ami("Hangup"), ("any channel variable", "manager.conf", "FOO, BAR")),
    (Source.AMI, ami("Hangup", ("ChanVariable", "BAR=1")), ("FOO", "manager.conf", "FOO")),
    (Source.ARI, ari("Hangup", channel={"channelvars": {"BAR": "1"}}), ("FOO", "ari.conf", "FOO")),
])
def test_variables_that_are_not_reported_are_the_configurations_fault(source: Source, entry: Entry,
                                                                      message: tuple[str, str, str]) -> None:
    with pytest.raises(MachineError) as caught:
        Pattern(source, "Hangup", CALL, variables={"FOO": "", "BAR": "1"}).mismatches(entry)
    what, file, missing = message
    assert str(caught.value) == (f"Hangup of call does not report {what}: 'channelvars' is missing from [general] in "
                                 f"{file}, or does not name {missing}")


def test_in_words() -> None:
    assert str(Pattern(Source.AMI, "VarSet", CALL, where={"Variable": "A", "Value": ""})) == (
        "VarSet of call with Variable A with Value (empty)")


def test_what_a_failure_says() -> None:
    pattern = Pattern(Source.AMI, "Hangup", CALL)
    one = pattern.failure(HANGUP, [Mismatch("Cause", "17", "16")], "try this")
    assert (one.headline, one.expected, one.got, one.entry, one.hint) == (
        "Hangup of call came at 0 ms, with another value", (("Cause", "17"),), (("Cause", "16"),), HANGUP, "try this")
    two = pattern.failure(HANGUP, [Mismatch("Cause", "17", "16"), Mismatch("X", "", ABSENT)], "")
    assert two.headline.endswith("with other values")
    assert two.got == (("Cause", "16"), ("X", "(absent)"))


@pytest.mark.parametrize(("expected", "mismatches"), [
    ({"not": "busy"}, 1), ({"not": "gone"}, 0), ("up", 0), ("gone", 1), (["up", "busy"], 0), ({"len": 2}, 0)])
def test_a_header_that_is_repeated(expected: Any, mismatches: int) -> None:
    entry = ami("Status", ("State", "up"), ("State", "busy"))
    body = Pattern(Source.AMI, "Status", fields={"State": read_expected(expected)})
    assert len(body.mismatches(entry)) == mismatches
    assert Pattern(Source.AMI, "Status", where=body.fields).selects(entry) is not bool(mismatches)
