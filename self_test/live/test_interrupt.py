"""Ctrl-C, and what a CI system sends when it has had enough: SIGINT, SIGTERM."""

from __future__ import annotations

import signal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from self_test.live.prefixes import never_ready
from self_test.live.runner import Command
from self_test.live.suites import Suite
from self_test.live.test_deaths import booting, in_the_middle

from callgate.asterisk.build import Build

pytestmark = pytest.mark.live


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_middle_of_a_scenario(command: Command, suite: Suite, tmp_path: Path, number: signal.Signals) -> None:
    test = suite.add_waiting()
    runner = command.start("--junit-xml", str(tmp_path / "junit.xml"), root=suite.root)
    asterisk = in_the_middle(runner, test)
    runner.send(number)
    result = runner.finish()
    assert asterisk.gone_within(0)
    assert (result.code, result.outcomes) == (2, {"First": "passed", "Waiting": "interrupted"})
    assert result.end is not None
    assert (result.end.exit, dict(result.end.counts)) == (2, {"passed": 1, "interrupted": 1})
    assert "1 passed, 1 interrupted, 1 not run" in result.out
    assert "Traceback" not in result.err
    cases = ET.parse(tmp_path / "junit.xml").findall(".//testcase")
    assert {"First", "Waiting"} <= {case.get("name") for case in cases}


def test_during_boot(command: Command, suite: Suite, tmp_path: Path, live_build: Build) -> None:
    test = suite.add_waiting()
    runner = command.start(root=suite.root, asterisk=never_ready(tmp_path / "prefix", live_build))
    asterisk = booting(runner, test)
    runner.send(signal.SIGINT)
    result = runner.finish()
    assert asterisk.gone_within(0)
    assert (result.code, result.outcomes) == (2, {})
    assert result.end is not None
    assert "3 not run" in result.out
    assert "Traceback" not in result.err


def test_twice_ends_at_once(command: Command, suite: Suite) -> None:
    """A stopped runner gets both together when it goes on, before it can do anything about the first."""
    test = suite.add_waiting()
    runner = command.start(root=suite.root)
    asterisk = in_the_middle(runner, test)
    runner.send(signal.SIGSTOP)
    runner.send(signal.SIGINT)
    runner.send(signal.SIGTERM)
    runner.send(signal.SIGCONT)
    result = runner.finish()
    assert (result.code, result.outcomes, result.end) == (2, {"First": "passed"}, None)
    assert asterisk.gone_within(1.0)
