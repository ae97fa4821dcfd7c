"""The real command on StarPy: what repeats in AMI is judged there as it is on the built-in driver."""

from __future__ import annotations

import pytest
from self_test.ami.peer import NO_STARPY
from self_test.live.goldens import messages
from self_test.live.runner import Command, Result
from self_test.live.suites import Suite
from self_test.pytest_plugin.outer import run_pytest

from callgate.report.results import RunResults
from callgate.run.rundir import LATEST

pytest.importorskip("starpy.manager", reason=NO_STARPY)
pytestmark = pytest.mark.live

CONFIGS = {
    "manager.conf": "[general]\nchannelvars = FIRST,SECOND,THIRD\n",
    "extensions.conf": "[Acme]\nexten => 1000,1,Answer()\n same => n,Wait(60)\n",
}

#: Where one scenario passes, another differs from it in the one value that makes it fail.
REPEATED = """\
testinfo: {summary: "Variables of an event and of an action, headers of an event, and the lines of a command."}
scenarios:
  Variables:
    summary: Variables of one event.
    cases:
      right: {first: '1', second: two, third: ''}
      wrong-first: {first: '9', second: two, third: ''}
      wrong-second: {first: '1', second: '9', third: ''}
      wrong-last: {first: '1', second: two, third: '9'}
    steps:
      - originate: {endpoint: Local/1000@Acme, application: Wait, data: '60', through: ami,
                    variables: {FIRST: '1', SECOND: two}, as: call}
      - hangup: call
      - expect: {ami: Hangup, channel: call,
                 variables: {FIRST: '${case.first}', SECOND: '${case.second}', THIRD: '${case.third}'}}
  Headers:
    summary: A header that is sent three times, and comes back so.
    cases:
      right: {middle: b  c}
      wrong: {middle: B}
    steps:
      - ami: {action: UserEvent, headers: {UserEvent: Tide, Colour: [a, b  c, d], Height: 3 m}}
      - expect: {ami: UserEvent, where: {UserEvent: Tide}, Colour: [a, '${case.middle}', d], Height: 3 m, as: tide}
      - ami: {action: UserEvent, headers: {UserEvent: Again, Was: '${tide.Height}'}}
      - expect: {ami: UserEvent, where: {UserEvent: Again}, Was: 3 m}
  Output:
    summary: The lines of a command, the first and the last.
    cases:
      right: {line: '^PBX Core settings$'}
      wrong: {line: '^PBX Core setting$'}
    steps:
      - cli: {command: core show settings, matches: '${case.line}'}
  List:
    summary: The items of a list.
    cases:
      right: {count: '2'}
      wrong: {count: '1'}
    steps:
      - ami: {action: DBPut, headers: {Family: tide, Key: high, Val: a}}
      - ami: {action: DBPut, headers: {Family: tide, Key: low, Val: b}}
      - ami: {action: DBGetTree, headers: {Family: tide}, events: {count: '${case.count}', contains: {Key: /tide/low}}}
"""


def test_it_is_judged_on_starpy_as_on_the_built_in_driver(suite: Suite, command: Command) -> None:
    suite.add("tests/repeated", REPEATED, CONFIGS)
    builtin = command.run("tests/repeated", "--ami-driver", "builtin", root=suite.root)
    starpy = command.run("tests/repeated", "--ami-driver", "starpy", root=suite.root)
    assert _driver(builtin) == "builtin"
    assert _driver(starpy) == "starpy"
    assert starpy.outcomes == {name: "failed" if "wrong" in name else "passed" for name in starpy.outcomes}
    assert len(starpy.outcomes) == 10
    assert messages(starpy.verdicts) == messages(builtin.verdicts)
    assert starpy.err == ""


def test_the_suite_chooses_and_the_option_goes_before_it(suite: Suite, command: Command) -> None:
    suite.settings("ami-driver: starpy\n")
    suite.add_stasisstatus()
    assert _driver(command.run(root=suite.root)) == "starpy"
    assert _driver(command.run("--ami-driver", "builtin", root=suite.root)) == "builtin"


def test_pytest_has_the_same_option(suite: Suite) -> None:
    suite.add("tests/repeated", REPEATED, CONFIGS)
    run = run_pytest(suite.root, "--asterisk", "debian:sid", "--ami-driver", "starpy", "-k", "Headers")
    assert run.outcomes == {"Headers[right]": "passed", "Headers[wrong]": "failed"}
    assert RunResults.read(suite.root / ".callgate" / "runs" / LATEST).header.ami_driver == "starpy"
    assert "::Headers[wrong]' --asterisk debian:sid --ami-driver starpy" in run.out


def test_what_runs_a_failure_again_names_the_driver(suite: Suite, command: Command) -> None:
    suite.add("tests/repeated", REPEATED, CONFIGS)
    result = command.run("--ami-driver", "starpy", "tests/repeated::Headers[wrong]", root=suite.root)
    assert "--ami-driver starpy" in result.verdicts["Headers[wrong]"].rerun


def _driver(result: Result) -> str:
    return RunResults.read(result.directory).header.ami_driver
