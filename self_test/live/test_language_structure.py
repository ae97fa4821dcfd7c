"""Timeouts, soft steps, cases, used files, branches and known bugs on a live Asterisk: verdict by verdict."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from self_test.live.goldens import insist, messages
from self_test.live.played import BUILDS, LANGUAGE
from self_test.live.runner import Command

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "structure"
#: Seconds; far less than what the branches that are to be ended would wait for.
AT_ONCE = 15.0
HOLDS = {**dict.fromkeys(("Timeouts", "Softly", "Table[waiting]", "Table[busy]", "Used", "Branches"), "passed"),
         **dict.fromkeys(("Deadly", "KnownBug"), "expected-failure")}
DIFFERS = {**dict.fromkeys(("StepTimeout", "ParallelTimeout", "Soft", "SoftThenHard", "SoftNever", "Branch",
                            "BranchNever", "Used", "Table[busy]", "Mended", "AnotherBug", "AnotherFailure",
                            "NotDeadly"), "failed"),
           "Table[normal]": "passed", "AnotherDeath": "crashed"}


@pytest.mark.parametrize("build", BUILDS)
def test_what_holds_holds_on_every_build(command: Command, build: str, tmp_path: Path) -> None:
    result = command.run("tests/holds", "--junit-xml", str(tmp_path / "junit.xml"), root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, HOLDS), result.out
    assert "6 passed, 2 expected-failure" in result.out
    assert "x KnownBug" in result.out
    [bug] = ET.parse(tmp_path / "junit.xml").findall(".//testcase[@name='KnownBug']/skipped")
    assert bug.get("type") == "expected-failure"
    assert bug.get("message") == "ASTERISK-1: a normal clearing is told as a busy"


def test_what_does_not_hold_says_so(command: Command) -> None:
    result = command.run("tests/differs", root=ROOT)
    assert (result.code, result.outcomes) == (1, DIFFERS), result.out
    assert max(verdict.seconds for verdict in result.verdicts.values()) < AT_ONCE, "a branch was not ended"
    insist("structure", messages(result.verdicts))
    assert "runtests.py --root" in result.out
    assert "'tests/differs::Table[busy]'" in result.out, "to be pasted into a shell"


def test_the_time_of_a_test_is_for_all_its_scenarios(command: Command) -> None:
    result = command.run("tests/hurried", root=ROOT)
    assert (result.code, result.outcomes) == (1, {"First": "failed", "Second": "failed"})
    assert "the scenarios of the test did not end within 0.4 s together" in result.why("First")
    assert "not played: the scenarios before it have used up the 0.4 s of the test" in result.why("Second")


@pytest.mark.parametrize(("selector", "names"), [
    ("tests/holds::Table", ["Table[waiting]", "Table[busy]"]),
    ("tests/holds::Table[busy]", ["Table[busy]"]),
])
def test_rows_are_selected_together_or_alone(command: Command, selector: str, names: list[str]) -> None:
    result = command.run(selector, root=ROOT)
    assert (result.code, list(result.outcomes)) == (0, names)
