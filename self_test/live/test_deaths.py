"""What dies, and what is said of it: the runner, or its Asterisk before, during and after a scenario."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from self_test.live.prefixes import crashes_at_the_end, never_ready
from self_test.live.runner import Command, Runner, Watched
from self_test.live.suites import Suite

from callgate.asterisk.build import Build

pytestmark = pytest.mark.live

SURVIVORS = {"First": "passed", "Waiting": "crashed", "Last": "passed"}


def in_the_middle(runner: Runner, test: str) -> Watched:
    """Wait until the second scenario plays; gives its Asterisk."""
    asterisk = runner.asterisk(test)
    runner.wait_for_line("First")
    runner.wait_for_step(test, "Waiting", "expect")
    return asterisk


def test_sigkill_of_the_runner(command: Command, suite: Suite) -> None:
    """Within one second no Asterisk is left, and the verdicts given so far stand."""
    test = suite.add_waiting()
    runner = command.start(root=suite.root)
    asterisk = in_the_middle(runner, test)
    runner.send(signal.SIGKILL)
    assert asterisk.gone_within(1.0)
    result = runner.finish()
    assert (result.code, result.outcomes, result.end) == (-signal.SIGKILL, {"First": "passed"}, None)


def test_sigkill_of_the_runner_during_boot(command: Command, suite: Suite, tmp_path: Path, live_build: Build) -> None:
    test = suite.add_waiting()
    runner = command.start(root=suite.root, asterisk=never_ready(tmp_path / "prefix", live_build))
    asterisk = booting(runner, test)
    runner.send(signal.SIGKILL)
    assert asterisk.gone_within(1.0)


def booting(runner: Runner, test: str) -> Watched:
    """Wait until the Asterisk that never gets ready has been started; gives it."""
    console = runner.runs / "latest" / test / "ast1" / "log" / "console"
    runner.wait_for("Asterisk's first words", lambda: console.stat().st_size or None if console.exists() else None)
    [pid] = runner.children()
    return runner.watch(pid)


def test_sigkill_of_asterisk(command: Command, suite: Suite) -> None:
    test = suite.add_waiting()
    runner = command.start(root=suite.root)
    asterisk = in_the_middle(runner, test)
    asterisk.send(signal.SIGKILL)
    result = runner.finish()
    assert (result.code, result.outcomes) == (1, SURVIVORS)
    verdict = result.verdicts["Waiting"]
    assert verdict.seconds < 20.0, "the death was found out by a timeout only"
    assert verdict.explanation is not None
    assert verdict.explanation.headline == "Asterisk died: signal 9 (SIGKILL)"
    assert any("Asterisk Ready" in line for line in verdict.explanation.log)
    assert "Asterisk died: signal 9 (SIGKILL)" in result.out
    assert "Asterisk Ready" in result.out


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_crash_of_asterisk_names_the_signal(command: Command, suite: Suite, number: signal.Signals) -> None:
    test = suite.add_waiting()
    runner = command.start(f"{test}::Waiting", root=suite.root)
    asterisk = runner.asterisk(test)
    runner.wait_for_step(test, "Waiting", "expect")
    asterisk.send(number)
    result = runner.finish()
    assert (result.code, result.outcomes) == (1, {"Waiting": "crashed"})
    assert f"({number.name})" in result.why("Waiting")


def test_sigstop_of_asterisk(command: Command, suite: Suite) -> None:
    """It is found out when the step runs out of time, said, and the rest is played on another Asterisk."""
    test = suite.add_waiting(within="1s")
    runner = command.start(root=suite.root)
    asterisk = in_the_middle(runner, test)
    asterisk.send(signal.SIGSTOP)
    result = runner.finish()
    assert (result.code, result.outcomes) == (1, SURVIVORS)
    verdict = result.verdicts["Waiting"]
    assert verdict.seconds < 20.0
    assert verdict.explanation is not None
    assert verdict.explanation.headline.startswith("Asterisk does not answer: it is stopped by a signal")
    assert asterisk.gone_within(0)


def test_death_at_boot(command: Command, suite: Suite) -> None:
    suite.add_waiting(configs={"modules.conf": "[modules]\nrequire = no_such_module.so\n"})
    result = command.run(root=suite.root)
    assert (result.code, result.outcomes) == (1, dict.fromkeys(("First", "Waiting", "Last"), "crashed"))
    for verdict in result.verdicts.values():
        assert verdict.explanation is not None
        assert verdict.explanation.headline.startswith("Asterisk died: ")
        assert any("no_such_module" in line for line in verdict.explanation.log)
    assert "no_such_module" in result.out


def test_crash_on_the_way_down(command: Command, suite: Suite, tmp_path: Path, live_build: Build) -> None:
    """All scenarios passed, and still the run is red."""
    test = suite.add_waiting()
    prefix = crashes_at_the_end(tmp_path / "prefix", live_build)
    result = command.run(f"{test}::First", f"{test}::Last", root=suite.root, asterisk=prefix)
    assert (result.code, result.outcomes) == (1, {"First": "passed", "Last": "passed", "": "crashed"})
    assert "Asterisk crashed on the way down: signal 11 (SIGSEGV)" in result.why("")
    assert (result.directory / test / "ast1" / "log" / "full").is_file(), "the log of a crash has to be kept"


def test_never_ready(command: Command, suite: Suite, tmp_path: Path, live_build: Build) -> None:
    suite.settings("defaults: {boot-timeout: 500ms}\n")
    test = suite.add_waiting()
    runner = command.start(root=suite.root, asterisk=never_ready(tmp_path / "prefix", live_build))
    asterisk = booting(runner, test)
    result = runner.finish()
    assert (result.code, result.outcomes) == (1, dict.fromkeys(("First", "Waiting", "Last"), "crashed"))
    assert "Asterisk was not ready 0.5 s after its start" in result.why("First")
    assert "thinking" in result.why("First")
    assert asterisk.gone_within(0)
