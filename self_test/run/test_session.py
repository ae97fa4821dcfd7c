"""A run: every selected scenario has a verdict, and the exit code is what the verdicts say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from self_test.run.houses import BUILD, Site, crashing, failing, passing, waiting
from self_test.scenario.fakes import a_test, scenario, step
from self_test.scenario.stand import Awaited

from callgate import __version__
from callgate.errors import AsteriskCrashedError, ExitCode, MachineError
from callgate.report.results import RunResults
from callgate.run.worker import Worker
from callgate.scenario.model import Scenario

HERE = Path("/suite/tests/t")


def skipped(name: str) -> Scenario:
    return scenario(step("expect", {"ami": "Go"}), name=name, skip="not now")


@pytest.mark.parametrize(("makers", "code"), [
    ([passing], ExitCode.PASSED),
    ([passing, skipped], ExitCode.PASSED),
    ([skipped], ExitCode.PASSED),
    ([passing, failing], ExitCode.FAILED),
    ([crashing, passing], ExitCode.FAILED),
    ([], ExitCode.NOTHING_SELECTED),
])
def test_exit_codes(site: Site, makers: list[Callable[[str], Scenario]], code: ExitCode) -> None:
    scenarios = [make(f"S{number}") for number, make in enumerate(makers)]
    running = Awaited(site.session().run([a_test(*scenarios, directory=HERE)]))
    assert running.result() is code
    results = RunResults.read(site.directory.path)
    assert sorted(verdict.id for verdict in results.verdicts) == sorted(one.id for one in scenarios)
    assert results.end is not None
    assert results.end.exit == code


def test_a_machine_that_cannot_do_it(site: Site) -> None:
    site.house.boot_errors = [MachineError("no free TCP port on 127.0.0.1")]
    running = Awaited(site.session().run([a_test(passing("A"), passing("B"), directory=HERE)]))
    assert running.result() is ExitCode.ENVIRONMENT


def test_a_crash_on_the_way_down_turns_the_run_red(site: Site) -> None:
    site.house.stop_error = AsteriskCrashedError("Asterisk crashed on the way down: signal 11 (SIGSEGV)")
    running = Awaited(site.session().run([a_test(passing("A"), directory=HERE)]))
    assert running.result() is ExitCode.FAILED


def test_what_is_written_and_printed(site: Site) -> None:
    tests = [a_test(passing("A"), directory=HERE), a_test(failing("B"), directory=HERE, test_id="tests/u")]
    running = Awaited(site.session().run(tests))
    running.result()
    records = [json.loads(line) for line in site.directory.results.read_text().splitlines()]
    assert [record["type"] for record in records] == ["run", "verdict", "verdict", "end"]
    head, end = records[0], records[-1]
    assert (head["callgate"], head["build"], head["version"], head["selected"]) == (
        __version__, BUILD.spec, BUILD.version, 2)
    assert end["counts"] == {"passed": 1, "failed": 1}
    assert (end["seconds"], end["asterisk_seconds"]) == (1.0, 1.0)
    printed = site.printed.getvalue()
    assert "debian:sid (Asterisk 22.10.1)" in printed
    assert "Asterisk did not originate bad" in printed


def test_a_verdict_is_written_when_it_is_known(site: Site) -> None:
    running = Awaited(site.session().run([a_test(passing("A"), waiting("B"), directory=HERE)]))
    assert not running.done
    assert [verdict.id for verdict in RunResults.read(site.directory.path).verdicts] == ["tests/t::A"]
    site.house.asterisk.ami_event("Go")
    assert running.result() is ExitCode.PASSED


def test_an_interrupt_ends_the_run_in_order(site: Site) -> None:
    tests = [a_test(passing("A"), waiting("B"), passing("C"), directory=HERE),
             a_test(passing("D"), directory=HERE, test_id="tests/u")]
    session = site.session()
    running = Awaited(session.run(tests))
    session.interrupt()
    assert running.result() is ExitCode.INTERRUPTED
    results = RunResults.read(site.directory.path)
    assert [(verdict.id, str(verdict.outcome)) for verdict in results.verdicts] == [
        ("tests/t::A", "passed"), ("tests/t::B", "interrupted")]
    assert results.end is not None
    assert "2 not run" in site.printed.getvalue()
    assert site.house.log == ["enter", "abandon"]


def test_an_interrupt_before_the_run_lets_nothing_begin(site: Site) -> None:
    session = site.session()
    session.interrupt()
    assert Awaited(session.run([a_test(passing("A"), directory=HERE)])).result() is ExitCode.INTERRUPTED
    assert site.house.log == []


def test_a_scenario_that_nobody_judged_is_a_bug(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def idle(self: Worker) -> None:
        """Play nothing."""

    monkeypatch.setattr(Worker, "work", idle)
    running = Awaited(site.session().run([a_test(passing("A"), directory=HERE)]))
    with pytest.raises(AssertionError, match="1 scenarios were selected, 0 have a verdict"):
        running.result()


def test_a_bug_gets_through_with_the_verdicts_written(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Awaited(site.session().run([a_test(passing("A"), waiting("B"), directory=HERE)]))

    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("callgate.scenario.engine.Player._result", broken)
    site.house.asterisk.ami_event("Go")
    with pytest.raises(ValueError, match="a bug"):
        running.result()
    results = RunResults.read(site.directory.path)
    assert [verdict.id for verdict in results.verdicts] == ["tests/t::A"]
    assert results.end is None
