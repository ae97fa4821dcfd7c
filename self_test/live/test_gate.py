"""The gate's founding test: three scenarios, on each of the three builds, by the command that people type."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from self_test.live.played import BUILDS
from self_test.live.runner import Command
from self_test.live.suites import STASISSTATUS

pytestmark = pytest.mark.live

PASSED = {"Babs": "passed", "Bugs": "passed", "Buster": "passed"}
#: What an Asterisk has to warn about when a call goes to an application that is not there.
ANNOUNCED = re.compile(r"Stasis app '(Bugs|Buster)' (doesn't exist|not registered|not active)"
                       r"|Failed to find outbound websocket per-call config for app 'Bugs'")


@pytest.mark.parametrize("build", BUILDS)
def test_all_three_pass(command: Command, build: str) -> None:
    runner = command.start("--keep", STASISSTATUS, asterisk=build)
    asterisk = runner.asterisk(STASISSTATUS)
    result = runner.finish()
    assert asterisk.gone_within(0)
    assert (result.code, result.outcomes, result.err) == (0, PASSED, "")
    assert "3 passed" in result.out
    assert {verdict.build for verdict in result.verdicts.values()} == {build}
    assert result.end is not None
    assert result.end.exit == 0


@pytest.mark.parametrize("build", BUILDS)
def test_asterisk_has_nothing_to_complain_about(command: Command, build: str) -> None:
    result = command.run("--keep", STASISSTATUS, asterisk=build)
    log = (result.directory / STASISSTATUS / "ast1" / "log" / "full").read_text()
    complaints = [line for line in log.splitlines() if "] WARNING[" in line or "] ERROR[" in line]
    assert [line for line in complaints if not ANNOUNCED.search(line)] == []
    assert complaints, "the test looks at the wrong file: two of the scenarios make Asterisk complain"


def test_nothing_is_kept_of_what_passed(command: Command) -> None:
    result = command.run(STASISSTATUS)
    assert result.outcomes == PASSED
    assert [path.name for path in result.directory.iterdir()] == ["results.jsonl"]


def test_keep_leaves_everything(command: Command) -> None:
    result = command.run("--keep", STASISSTATUS)
    test = result.directory / STASISSTATUS
    kept = {str(path.relative_to(test)) for path in test.rglob("*")}
    assert {"Babs.jsonl", "Bugs.jsonl", "Buster.jsonl", "ast1/log/full"} <= kept
    assert all((result.directory / verdict.journal).is_file() for verdict in result.verdicts.values())


@pytest.mark.parametrize(("arguments", "names"), [
    ([STASISSTATUS], ["Babs", "Bugs", "Buster"]),
    ([f"{STASISSTATUS}::Bugs"], ["Bugs"]),
    ([f"{STASISSTATUS}::Buster", f"{STASISSTATUS}::Babs"], ["Babs", "Buster"]),
    (["-k", "bugs or buster", STASISSTATUS], ["Bugs", "Buster"]),
    (["-k", "not bugs", STASISSTATUS], ["Babs", "Buster"]),
])
def test_selection(command: Command, arguments: list[str], names: list[str]) -> None:
    result = command.run(*arguments)
    assert (result.code, sorted(result.outcomes)) == (0, names)


def test_junit(command: Command, tmp_path: Path) -> None:
    result = command.run("--junit-xml", str(tmp_path / "junit.xml"), STASISSTATUS)
    assert result.code == 0
    cases = ET.parse(tmp_path / "junit.xml").findall(".//testcase")
    assert [case.get("name") for case in cases] == ["Babs", "Bugs", "Buster"]
    assert [list(case) for case in cases if case.find("failure") is not None or case.find("error") is not None] == []


def test_two_runs_at_the_same_time(command: Command) -> None:
    runners = [command.start(STASISSTATUS), command.start(STASISSTATUS)]
    pids = {runner.asterisk(STASISSTATUS).pid for runner in runners}
    assert len(pids) == 2
    results = [runner.finish() for runner in runners]
    assert [(result.code, result.outcomes) for result in results] == [(0, PASSED)] * 2
