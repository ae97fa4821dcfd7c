"""Steps that a test brings itself, live: that they hold, and what is said when they do not or are wrong themselves."""

from __future__ import annotations

import pytest
from self_test.live.goldens import insist, messages
from self_test.live.played import BUILDS, LANGUAGE
from self_test.live.runner import Command
from self_test.live.suites import Suite

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "own"
PASSING = ["Heard", "Calls", "Used"]
#: What Asterisk says otherwise, and what is the mistake of a step.
FAILING = {**dict.fromkeys(("Heard", "Awaits", "Asks", "Acts", "Compares"), "failed"),
           **dict.fromkeys(("Breaks", "AnswersNo", "Forgets"), "environment"), "Stays": "failed",
           "Afterwards": "passed"}
BROKEN = """\
print("hello")
"""
CONFIG = """\
testinfo: {summary: S.}
scenarios:
  One:
    summary: S.
    steps:
      - register: {ap: One}
"""


@pytest.mark.parametrize("build", BUILDS)
def test_they_hold_on_every_build(command: Command, build: str) -> None:
    result = command.run("tests/passing", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(PASSING, "passed")), result.out


def test_what_they_say_when_they_do_not_hold(command: Command) -> None:
    result = command.run("tests/failing", root=ROOT)
    assert (result.code, result.outcomes) == (1, FAILING), result.out
    insist("own", messages(result.verdicts))
    assert "in the test's own code:\n      tests/failing/steps.py:" in result.out


def test_a_mistake_of_a_step_alone_is_no_failure_of_asterisk(command: Command) -> None:
    result = command.run("tests/failing::Breaks", "tests/failing::Afterwards", root=ROOT)
    assert (result.code, result.outcomes) == (3, {"Breaks": "environment", "Afterwards": "passed"})


def test_a_mistake_in_the_file_is_told_before_anything_starts(command: Command, suite: Suite) -> None:
    path = suite.add("tests/own", CONFIG)
    (path.parent / "steps.py").write_text(BROKEN)
    result = command.run(root=suite.root)
    assert (result.code, result.out) == (4, "")
    assert not result.runs.exists()
    assert result.err.startswith("tests/own/steps.py:1:1: error: raises when it is run: RuntimeError: a test's steps")
    assert "tests/own/test-config.yaml:6:20: error: unknown key 'ap' in 'register'; did you mean 'app'?" in result.err
    assert "2 errors in 2 files; nothing was started" in result.err
