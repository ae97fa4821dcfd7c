"""Mistakes in the general steps, told with their places when the file is read."""

from __future__ import annotations

import pytest
from self_test.suite.conftest import SuiteOnDisk


def mistakes(disk: SuiteOnDisk, step: str) -> list[str]:
    """Column and message of each error in this step, which stands on line 6."""
    return [line.removeprefix("6:") for line in disk.mistakes(f"- {step}\n")]


@pytest.mark.parametrize("step", [
    "ari: GET /channels",
    "ari: {request: POST /x, body: '{\"timeout\": 5}', status: [200, 204], expect: {len: {gt: 1}}}",
    "ami: Ping", "ami: {action: X, headers: {A: [b, c]}, expect: {D: absent}, events: {contains: [{E: ~f}]}}",
    "cli: core stop gracefully", "log: {has: '~a+', level: DTMF, within: 1s, as: line}",
    "check: {step: {cli: {command: core show uptime, lacks: x}}}", "ari: {request: GET /x, expect: {is: {}}}",
    "check: {step: {ami: {action: ping}}, within: 1s}",
])
def test_steps_without_a_mistake(disk: SuiteOnDisk, step: str) -> None:
    assert mistakes(disk, step) == []


@pytest.mark.parametrize(("step", "expected"), [
    ("ari: GET channels", ["14: error: 'request' must be a method (GET, POST, PUT, DELETE, OPTIONS) and a path"]),
    ("ari: POST /channels//answer", ["14: error: 'request' has an empty part in '/channels//answer'"]),
    ("ari: {request: GET /x, status: [200, ok]}", ["46: error: item 2 of 'status' must be a whole number, not 'ok'"]),
    ("ari: {request: GET /x, expect: {len: x}}", ["32: error: 'expect': 'len' takes a whole number or a matcher"]),
    ("ari: {request: POST /x, body: '{', querry: {a: b}}",
     ["39: error: 'body' is neither a mapping, nor a list, nor JSON", "44: error: unknown key 'querry' in 'ari'"]),
    ("ari: 'POST /x/${nobody.id}'", ["23: error: undefined name 'nobody'"]),
    ("ami: Logoff", ["14: error: 'action' cannot be 'Logoff': it would change what Callgate itself is told"]),
    ("ami: {action: X, headers: {ActionID: 1}, response: error}",
     ["26: error: 'headers' cannot hold 'ActionID', which Callgate sets itself", "60: error: 'response' must be"]),
    ("ami: {action: X, events: {contain: {A: b}}}", ["35: error: unknown key 'contain' in 'events'; did you mean"]),
    ("ami: {action: X, expect: {A: {b: c}}}", ["35: error: 'A' is a text"]),
    ("cli: {command: x, matches: '('}", ["36: error: 'matches': '(' is no regular expression: missing )"]),
    ("log: {has: a, level: WARN}", ["30: error: 'level' must be 'ERROR', 'WARNING', 'NOTICE', 'VERBOSE' or 'DTMF'"]),
    ("log: {lacks: a, within: 2s}", ["9: error: 'log': 'within' goes with 'has'"]),
    ("check: {step: {ari: POST /x}}", ["29: error: 'ari' may be repeated only with GET, and this is a POST"]),
    ("check: {step: {ami: Originate}}", ["29: error: 'ami' may be repeated only with an action that is known to read"]),
    ("check: {step: {cli: core stop now}}", ["29: error: 'cli' may be repeated only with a 'show' command"]),
    ("check: {step: {cli: core show uptime}}",
     ["29: error: 'cli' needs 'contains', 'lacks' or 'matches': there is nothing that could come to hold"]),
    ("ami: {action: X, expect: {}, events: {contains: {}}}",
     ["26: error: 'expect' is empty", "47: error: 'contains' is empty"]),
    ("ami: {action: X, events: {contains: [{}]}}", ["46: error: item 1 of 'contains' is empty"]),
    ("ari: {request: GET /x, expect: {}}", ["32: error: 'expect' is empty, and so asks for nothing"]),
    ("expect: {ami: X, where: {}, fields: {}, variables: {}}",
     ["26: error: 'where' is empty", "37: error: 'fields' is empty", "49: error: 'variables' is empty"]),
    ("never: {ami: X, fields: {}}", ["25: error: 'fields' is empty"]),
    ("check: {step: {hangup: call}}", ["24: error: unknown key 'hangup' in 'step'; known: ari, ami, cli"]),
    ("check: {step: {ari: {status: 200}}}", ["24: error: 'ari' needs 'request'"]),
])
def test_mistakes_with_their_places(disk: SuiteOnDisk, step: str, expected: list[str]) -> None:
    found = mistakes(disk, step)
    assert len(found) == len(expected), found
    assert [one for one, wanted in zip(found, expected, strict=True) if not one.startswith(wanted)] == []
