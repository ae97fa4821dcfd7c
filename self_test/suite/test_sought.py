"""What a test says that its steps look for, and where: the paths of fields, and the places to point at."""

from __future__ import annotations

import textwrap

import pytest
from self_test.suite.conftest import SuiteOnDisk

from callgate.scenario.model import SoughtEvent
from callgate.scenario.steps import STEPS
from callgate.suite.load import load_suite

HEAD = "testinfo: {summary: S.}\nscenarios:\n  Babs:\n    summary: S.\n"
#: Names that the steps below use; they begin on line 8.
BEFORE = "- register: [Babs, Acme]\n- originate: {endpoint: Local/a@b, app: Babs, as: call}\n"


def sought(disk: SuiteOnDisk, steps: str, more: str = "") -> list[SoughtEvent]:
    disk.test("t", f"{HEAD}    steps:\n{textwrap.indent(BEFORE + steps, '    ')}{textwrap.indent(more, '    ')}")
    (test,) = load_suite(disk.root, (), None, STEPS, current=disk.root).tests
    return list(test.sought)


def told(events: list[SoughtEvent]) -> list[str]:
    """Each event, then each of its fields: the line, what is underlined there, and what it stands for."""
    return [f"{at.place.line} {at.place.text[at.place.column - 1:at.place.column - 1 + at.length]}: {what}"
            for event in events
            for at, what in [(event.at, ("ari " if event.of_ari else "ami ") + event.name),
                             *((field.at, ".".join(field.path) + " by channel" * field.by_channel)
                               for field in event.fields)]]


@pytest.mark.parametrize(("steps", "expected"), [
    ("- expect: {ami: Hangup, channel: call, Cause: 16, where: {Linkedid: x}, fields: {Exten: y}, within: 2s}\n",
     ["8 Hangup: ami Hangup", "8 channel: Uniqueid by channel", "8 Cause: Cause", "8 Linkedid: Linkedid",
      "8 Exten: Exten"]),
    ("- expect: {ari: StasisStart, channel: call, fields: {channel.state: Up}, client: Babs}\n",
     ["8 StasisStart: ari StasisStart", "8 channel: channel.id by channel", "8 channel.state: channel.state"]),
    ("- expect: {ari: StasisStart, fields: {channel: {caller: {number: 1}, state: {not: Up}}}}\n",
     ["8 StasisStart: ari StasisStart", "8 channel: channel", "8 caller: channel.caller",
      "8 number: channel.caller.number", "8 state: channel.state"]),
    ("- expect: {ari: X, fields: {a: {any: [{b: 1}, {not: {c: 2}}]}, d: {is: {any: {e: 3}}}, f: {len: {gt: 2}}}}\n",
     ["8 X: ari X", "8 a: a", "8 b: a.b", "8 c: a.c", "8 d: d", "8 any: d.any", "8 e: d.any.e", "8 f: f"]),
    ("- expect: {ari: X, fields: {legs: [{id: 1}, x, [{y: 2}]]}}\n",
     ["8 X: ari X", "8 legs: legs", "8 id: legs.[].id", "8 y: legs.[].[].y"]),
    ("- never: {ami: VarSet, Variable: x, for: 1s}\n- count: {ami: Hangup, Cause: 16, at-least: 1}\n",
     ["8 VarSet: ami VarSet", "8 Variable: Variable", "9 Hangup: ami Hangup", "9 Cause: Cause"]),
    ("- expect_all:\n  - {ami: Hangup, Cause: 1}\n  - {ari: StasisEnd, channel: call}\n",
     ["9 Hangup: ami Hangup", "9 Cause: Cause", "10 StasisEnd: ari StasisEnd", "10 channel: channel.id by channel"]),
    ("- expect_all: {events: [{ami: Hangup, as: gone}], within: 1s}\n", ["8 Hangup: ami Hangup"]),
    ("- parallel: {branches: {a: [expect: {ami: One}], b: [expect: {ami: Two}]}}\n",
     ["8 One: ami One", "8 Two: ami Two"]),
    ("- expect: {ami: 'X${run.id}', Cause: 16}\n- expect: {ami: Y}\n", ["9 Y: ami Y"]),
    ("- log: {has: ~x}\n- check: {step: {cli: {command: core show calls, contains: x}}}\n", []),
])
def test_events_and_fields(disk: SuiteOnDisk, steps: str, expected: list[str]) -> None:
    assert told(sought(disk, steps)) == expected


def test_events_of_finally(disk: SuiteOnDisk) -> None:
    events = sought(disk, "- hangup: call\n", "finally:\n- expect: {ami: Hangup}\n")
    assert told(events) == ["10 Hangup: ami Hangup"]


def test_an_event_that_a_case_names_is_where_the_table_has_it(disk: SuiteOnDisk) -> None:
    events = sought(disk, "- expect: {ami: '${case.event}', Cause: 16}\n",
                    "cases: {a: {event: Hangup}, b: {event: X}}\n")
    assert told(events) == ["9 Hangup: ami Hangup", "8 Cause: Cause", "9 X: ami X", "8 Cause: Cause"]


def test_events_of_a_used_file(disk: SuiteOnDisk) -> None:
    disk.write("shared/seen.yaml", "inputs: {event: text}\nsteps:\n  - expect: {ami: '${input.event}', Cause: 16}\n")
    events = sought(disk, "- use: {file: ../../shared/seen.yaml, with: {event: Hangup}}\n")
    assert told(events) == ["3 '${input.event}': ami Hangup", "3 Cause: Cause"]
    assert {event.at.place.path for event in events} == {"shared/seen.yaml"}


def test_what_nobody_will_ask_for_is_not_collected(disk: SuiteOnDisk) -> None:
    sought(disk, "- expect: {ami: Hangup}\n")
    (test,) = load_suite(disk.root, (), None, STEPS, current=disk.root, sought=False).tests
    assert test.sought == ()
