from __future__ import annotations

import pytest
from self_test.suite.conftest import SuiteOnDisk
from self_test.suite.language import HEAD, Expect, Leg, Mix

from callgate.suite.fields import model_at

NO_NAME = "is no name; a name has letters without accents, digits, '_' and '-', and begins with a letter or '_'"


def test_an_unknown_step(disk: SuiteOnDisk) -> None:
    assert disk.complaint_of_steps("- expct: {ami: Hangup, channel: call}") == (
        "tests/t/test-config.yaml:6:9: error: unknown step 'expct'; did you mean 'expect'?\n"
        "  6 |       - expct: {ami: Hangup, channel: call}\n"
        "    |         ^^^^^\n"
        "1 error in 1 file; nothing was started\n"
    )


def test_an_unknown_key(disk: SuiteOnDisk) -> None:
    assert disk.complaint_of_steps("- expect: {ami: Hangup, chanel: call}") == (
        "tests/t/test-config.yaml:6:31: error: unknown key 'chanel' in 'expect'; did you mean 'channel'?\n"
        "  6 |       - expect: {ami: Hangup, chanel: call}\n"
        "    |                               ^^^^^^\n"
        "1 error in 1 file; nothing was started\n"
    )


def test_a_bad_duration(disk: SuiteOnDisk) -> None:
    assert disk.complaint_of_steps("- expect: {ami: Hangup, within: 2}") == (
        "tests/t/test-config.yaml:6:39: error: 'within': '2' needs a unit: '2s' is seconds, '2ms' milliseconds\n"
        "  6 |       - expect: {ami: Hangup, within: 2}\n"
        "    |                                       ^\n"
        "1 error in 1 file; nothing was started\n"
    )


def test_a_step_that_stands_twice_is_made_once_and_has_two_places(disk: SuiteOnDisk) -> None:
    disk.test("t", HEAD + "      - originate: {endpoint: a, as: x}\n      - hangup: x\n      - hangup: x\n")
    [test] = disk.load().tests
    _, first, second = test.scenarios[0].steps
    assert first.step is second.step
    assert (first.place.line, second.place.line) == (7, 8)


def test_a_mistake_that_stands_twice_is_told_twice(disk: SuiteOnDisk) -> None:
    step = "- expect: {ami: Hangup, within: 2}\n"
    what = "error: 'within': '2' needs a unit: '2s' is seconds, '2ms' milliseconds"
    assert disk.messages_of_steps(2 * step) == [f"6:39: {what}", f"7:39: {what}"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # keys
        ("- zzz: x", ["6:9: error: unknown step 'zzz'; known: originate, expect, hangup, mix"]),
        ("- originate: {endpoint: a}", ["6:9: error: 'originate' needs 'as'"]),
        ("- originate: {endpont: a, as: b}",
         ["6:21: error: unknown key 'endpont' in 'originate'; did you mean 'endpoint'?"]),
        ("- originate: {endpoint: a, name: b}",
         ["6:9: error: 'originate' needs 'as'",
          "6:34: error: unknown key 'name' in 'originate'; known: endpoint, app, variables, as"]),
        ("- mix: {expected_result: one}",
         ["6:15: error: unknown key 'expected_result' in 'mix'; did you mean 'expected-result'?"]),
        ("- hangup: {channels: x, missing: ok, missing: ok}",
         ["6:44: error: key 'missing' is already on line 6", "6:28: error: undefined name 'x'"]),
        ("- mix: {leg: {codc: alaw}}", ["6:21: error: unknown key 'codc' in 'leg'; did you mean 'codec'?"]),
        ("- mix: {legs: [{codec: a}, {}]}", ["6:34: error: item 2 of 'legs' needs 'codec'"]),
        ("- mix: {legs: [{codec: a, mutt: no}]}",
         ["6:33: error: unknown key 'mutt' in item 1 of 'legs'; did you mean 'mute'?"]),
        ("- mix: {named: {a: {codec: b, c: d}}}",
         ["6:37: error: unknown key 'c' in 'a'; known: codec, mute, gain"]),
        # values
        ("- originate: {endpoint: [a], as: b}", ["6:31: error: 'endpoint' must be text, not a list"]),
        ("- originate: {endpoint: {x: y}, as: b}", ["6:21: error: 'endpoint' must be text, not a mapping"]),
        ("- originate: {endpoint: a, variables: x, as: b}",
         ["6:45: error: 'variables' must be a mapping, not 'x'"]),
        ("- originate: {endpoint: a, as: 1b}",
         ["6:38: error: 'as': '1b' " + NO_NAME]),
        ("- mix: {times: x}", ["6:22: error: 'times' must be a whole number, not 'x'"]),
        ("- mix: {times: -1}", ["6:22: error: 'times' must be greater than 0, not '-1'"]),
        ("- mix: {ratio: x}", ["6:22: error: 'ratio' must be a number, not 'x'"]),
        ("- mix: {expected-result: on}",
         ["6:32: error: 'expected-result' must be 'one' or 'two', not 'on'; did you mean 'one'?"]),
        ("- mix: {record: on}", ["6:23: error: 'record' must be 'true' or 'false', not 'on'"]),
        ("- mix: {record: 1}", ["6:23: error: 'record' must be 'true' or 'false', not '1'"]),
        ("- mix: {record: maybe}", ["6:23: error: 'record' must be 'true' or 'false', not 'maybe'"]),
        ("- mix: {leg: {codec: a, mute: on}}", ["6:37: error: 'mute' must be 'true' or 'false', not 'on'"]),
        ("- mix: {named: {x: {codec: a, mute: t}}}", ["6:43: error: 'mute' must be 'true' or 'false', not 't'"]),
        ("- mix: {legs: [{codec: a, mute: y}]}", ["6:39: error: 'mute' must be 'true' or 'false', not 'y'"]),
        ("- expect: {variables: {a: b}}", ["6:9: error: 'expect' needs either 'ami' or 'ari'"]),
        ("- expect: {ari: X, Cause: 16}",
         ["6:26: error: unknown key 'Cause' in 'expect'; known: ami, ari, channel, variables, within, as"]),
        # unions
        ("- hangup: {channels: {a: b}}", ["6:28: error: 'channels' must be text or a list, not a mapping"]),
        ("- hangup: [a b]",
         ["6:18: error: item 1 of 'channels': 'a b' " + NO_NAME]),
        ("- mix: {either: [a]}", ["6:23: error: 'either' must be a mapping or text, not a list"]),
        ("- mix: {either: {codec: a, gain: x}}", ["6:40: error: 'gain' must be a whole number, not 'x'"]),
        ("- mix: {either: {gain: 1}}", ["6:15: error: 'either' needs 'codec'"]),
        ("- mix: {either: {codec: a, x: y}}", ["6:34: error: unknown key 'x' in 'either'"]),
        # shapes of a step
        ("- hangup", ["6:9: error: step 'hangup' has no value"]),
        ("- call", ["6:9: error: a step is a keyword with a value, such as 'hangup: call'"]),
        ("- [hangup]", ["6:9: error: a step is a keyword with a value, such as 'hangup: call'"]),
        ("- {}", ["6:9: error: a step is a keyword with a value, such as 'hangup: call'"]),
        ("- mix: x", ["6:9: error: 'mix' takes a mapping: 'mix: {...}'"]),
        ("- mix: [x]", ["6:9: error: 'mix' takes a mapping: 'mix: {...}'"]),
        ("- mix:", ["6:9: error: 'mix' has no value; write \"\" for an empty text"]),
        ("- mix: {times: }", ["6:15: error: 'times' has no value; write \"\" for an empty text"]),
        ("- mix:\n  times: 1",
         ["6:9: error: 'mix' has no value; write \"\" for an empty text",
          ("7:9: error: a step has one key, its keyword, and this one has 'times' as well;"
           " to belong to 'mix' it must be indented more")]),
        # what comes from the file stays on its line, and short
        ('- expect: {ami: X, within: "\\e[31m"}',
         [r"6:34: error: 'within': '\x1b[31m' is no duration; write a number and a unit: 500ms, 2s, 1.5m, 1h"]),
        (f"- expect: {{ami: X, within: {'9' * 1000}}}", [f"6:34: error: 'within': '{'9' * 299}…"]),
        ('- "a\\e\\n": x', [r"6:9: error: unknown step 'a\x1b\n'; known: originate, expect, hangup, mix"]),
    ],
)
def test_errors_of_a_step(disk: SuiteOnDisk, step: str, expected: list[str]) -> None:
    assert sorted(disk.messages_of_steps(step)) == sorted(expected)


@pytest.mark.parametrize("word", ["true", "false", "yes", "no", "Yes", "TRUE"])
def test_truth_values(disk: SuiteOnDisk, word: str) -> None:
    disk.test("t", HEAD + f"      - mix: {{record: {word}}}\n")
    (planned,) = disk.load().tests[0].scenarios[0].steps
    assert isinstance(planned.step, Mix)
    assert planned.step.record is (word.lower() in {"true", "yes"})


def test_an_error_behind_an_alias_is_told_once(disk: SuiteOnDisk) -> None:
    told = disk.messages_of_steps("""\
        - &bad
          mix: {times: x}
        - *bad
        """)
    assert told == ["7:22: error: 'times' must be a whole number, not 'x'"]


def test_a_model_is_found_through_lists_and_mappings() -> None:
    assert model_at(Mix, ()) is Mix
    assert model_at(Mix, ("leg",)) is Leg
    assert model_at(Mix, ("legs",)) is None
    assert model_at(Mix, ("legs", 3)) is Leg
    assert model_at(Mix, ("named", "leg")) is Leg
    assert model_at(Expect, ("variables", "x")) is None
