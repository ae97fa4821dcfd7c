"""Matchers and marks of the real steps, checked when the file is read: each mistake with its place."""

from __future__ import annotations

import pytest
from self_test.suite.conftest import SuiteOnDisk


@pytest.mark.parametrize(("steps", "expected"), [
    ("- expect: {ami: A, Cause: '~['}",
     ["6:33: error: 'Cause': '~[' is no regular expression: unterminated character set"]),
    ("- expect: {ami: A, Cause: {gt: x}}", ["6:26: error: 'Cause': 'gt' compares numbers, and 'x' is none"]),
    ("- expect: {ami: A, Cause: {gte: 3}}", ["6:26: error: 'Cause': 'gte' is no matcher; write 'ge'"]),
    ("- expect: {ami: A, Cause: {cause: 3}}",
     ["6:26: error: 'Cause' is a text, so 'cause' can only be meant as a matcher"]),
    ("- expect: {ami: A, fields: {Cause: {cause: 3}}, where: {Cause: {code: 3}}}",
     ["6:35: error: 'Cause' is a text", "6:63: error: 'Cause' is a text"]),
    ("- expect: {ari: A, fields: {channel.id: {any: x}}}",
     ["6:35: error: 'channel.id': 'any' takes a list of what may be: {any: [a, b]}"]),
    ("- expect: {ari: A, fields: {channel: {id: {not: '~('}}}}",
     ["6:35: error: 'channel': '~(' is no regular expression: missing ), unterminated subpattern"]),
    ("- expect: {ari: A, variables: {V: absent}}",
     ["6:41: error: 'V' is never absent: an event reports each variable that 'channelvars' names, and one"]),
    ("- never: {ami: A, where: {X: y}}", ["6:25: error: 'where' goes with 'expect'; in this step everything selects"]),
    ("- expect: {ari: A, Cause: 16}", ["6:26: error: unknown key 'Cause' in 'expect'"]),
    ("- expect_all: [{ami: A, Cause: {gt: x}}]",
     ["6:31: error: 'Cause': 'gt' compares numbers, and 'x' is none"]),
    ("- expect_all: [{ari: A, Cause: 16}]", ["6:31: error: unknown key 'Cause'"]),
    ("- expect_all: [{ami: A}, {}]", ["6:32: error: item 2 of 'events' needs either 'ami' or 'ari'"]),
    ("- expect_all: [{ami: A, within: 1s}]",
     ["6:31: error: 'within' is for all events together, and goes one level up"]),
    ("- expect_all: {events: [{ami: A}], ordered: on}",
     ["6:51: error: 'ordered' must be 'true' or 'false', not 'on'"]),
    ("- count: {ami: A, exactly: 1}", []), ("- count: {ami: A, at-most: 1}\n- expect: {ami: B}", []),
    ("- count: {ami: A, at-most: 1}",
     ["6:9: error: nothing is waited for after this, so what must never come has no time to"]),
    ("- count: {ami: A, exactly: x, for: 1s}", ["6:34: error: 'exactly' must be a whole number, not 'x'"]),
    ("- never: {ami: A, for: 5}", ["6:30: error: 'for': '5' needs a unit: '5s' is seconds, '5ms' milliseconds"]),
    ("- expect: {ami: A, since: here}", ["6:33: error: undefined mark 'here'"]),
    ("- mark: half\n- expect_all: {events: [{ami: A}], since: hafl}",
     ["7:49: error: undefined mark 'hafl'; did you mean 'half'?"]),
    ("- mark: half\n- mark: half", ["7:15: error: mark 'half' is already defined on line 6"]),
    ("- mark: half\n- hangup: half", ["7:17: error: undefined name 'half'"]),
    ("- mark: half\n- expect: {ami: A, X: '${half.x}'}", ["7:30: error: undefined name 'half'"]),
    ("- register: half\n- expect: {ami: A, since: half}", ["7:33: error: undefined mark 'half'"]),
    ("- mark: half\n- register: half\n- expect: {ami: A, since: half}", []),
    ("- expect: {ami: A, X: {is: ~}, Y: {any: [absent, ~a]}, Z: {gt: 1, lt: 5}}", []),
    ("- register: A\n- expect: {ari: A, where: {channel.id: '~^${run.id}'}, fields: {args: {len: {ge: 1}}}}", []),
])
def test_mistakes_with_their_places(disk: SuiteOnDisk, steps: str, expected: list[str]) -> None:
    got = disk.mistakes(steps)
    assert len(got) == len(expected), got
    for message, beginning in zip(got, expected, strict=True):
        assert message.startswith(beginning), got
