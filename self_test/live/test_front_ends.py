"""`callgate run` and pytest over the same trees, live: verdict by verdict they say the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from self_test.live.prefixes import crashes_at_the_end
from self_test.live.runner import Command, running_in
from self_test.live.suites import Suite
from self_test.pytest_plugin.outer import Run, run_pytest

from callgate.asterisk.build import Build
from callgate.report.results import RunResults

pytestmark = pytest.mark.live

LANGUAGE = Path(__file__).parent / "language"
DYING = """\
testinfo: {summary: One of three takes its Asterisk with it.}
scenarios:
  First:
    summary: Passes.
    steps: [{register: First}]
  Deadly:
    summary: Ends its Asterisk.
    steps:
      - cli: core stop now
      - expect: {ami: UserEvent}
  Last:
    summary: Passes, on another one.
    steps: [{register: Last}]
"""


@pytest.mark.parametrize("tree", ["structure", "requirements"])
def test_passes_failures_skips_and_known_bugs(tmp_path: Path, command: Command, tree: str) -> None:
    root = tmp_path / "suite"
    shutil.copytree(LANGUAGE / tree, root, ignore=shutil.ignore_patterns("*.py", ".callgate"))
    verdicts = RunResults.read(command.run(root=root).directory).verdicts
    theirs = {verdict.id: str(verdict.outcome) for verdict in verdicts}
    run = run_pytest(root, "--asterisk", "debian:sid")
    assert run.by_id == theirs
    assert set(theirs.values()) >= ({"passed", "failed"} if tree == "structure" else {"passed", "skipped"})
    assert run.code == 1
    assert running_in(root) == []


def test_a_crash_costs_one_scenario(suite: Suite, command: Command) -> None:
    suite.add("tests/dying", DYING)
    theirs = command.run(root=suite.root).outcomes
    run = run_pytest(suite.root, "--asterisk", "debian:sid")
    assert run.outcomes == theirs == {"First": "passed", "Deadly": "crashed", "Last": "passed"}
    assert "FAILED tests/dying/test-config.yaml::Deadly - Failed: crashed: Asterisk died" in run.out
    assert "Traceback" not in run.out


def test_a_crash_on_the_way_down_is_an_error_of_the_last_item(
    suite: Suite, tmp_path: Path, live_build: Build
) -> None:
    suite.add("tests/t", DYING.replace("core stop now", "core show uptime").replace("expect: {ami: UserEvent}",
                                                                                    "cli: core show version"))
    run = run_pytest(suite.root, "--asterisk", str(crashes_at_the_end(tmp_path / "prefix", live_build)))
    assert run.code == 1
    assert "3 passed, 1 error" in run.out
    assert "ERROR at teardown of" in run.out, run.out
    assert "crashed: Asterisk crashed on the way down" in run.out
    assert "Traceback" not in run.out


def test_what_fails_is_explained_as_everywhere(suite: Suite) -> None:
    suite.add("tests/t", DYING.replace("core stop now", "core show uptime").replace("UserEvent", "Foo, within: 10ms"))
    run = run_pytest(suite.root, "--asterisk", "debian:sid")
    assert "FAILED tests/t/test-config.yaml::Deadly - Failed: failed: no Foo by" in run.out
    assert "tests/t/test-config.yaml:10:9  (at" in run.out
    assert "again:     pytest tests/t/test-config.yaml::Deadly --asterisk debian:sid" in run.out
    assert "playing.py" not in run.out, "a Python traceback"


def test_a_tag_does_not_act(suite: Suite) -> None:
    """Tags are words: pytest must neither skip for `skip`, nor excuse for `xfail`."""
    tags = "properties: {tags: [skip, xfail, timeout, usefixtures]}\nscenarios:"
    suite.add("tests/t", DYING.replace("scenarios:", tags, 1).replace("core stop now", "no such command"))
    assert run_on_sid(suite, "-k", "skip").outcomes == {"First": "passed", "Deadly": "failed", "Last": "passed"}


def test_several_builds_side_by_side(suite: Suite) -> None:
    suite.add_stasisstatus()
    run = run_pytest(suite.root, "--asterisk", "debian:sid", "--asterisk", "debian:bullseye")
    names = ("Babs", "Bugs", "Buster")
    assert run.outcomes == {f"{name}[{build}]": "passed" for build in ("debian:sid", "debian:bullseye")
                            for name in names}
    assert versions(suite.root) == {"16.28.0": 3, "22.10.1": 3}


def versions(root: Path) -> dict[str, int]:
    """How many verdicts there are of each version, in the run directories."""
    found = [RunResults.read(path) for path in (root / ".callgate" / "runs").iterdir() if not path.is_symlink()]
    return {results.header.version.partition("~")[0]: len(results.verdicts) for results in found}


def test_the_options_of_pytest(suite: Suite) -> None:
    suite.add("tests/dying", DYING)
    assert list(run_on_sid(suite, "-x").outcomes) == ["First", "Deadly"]
    assert run_on_sid(suite, "-k", "Last").outcomes == {"Last": "passed"}
    assert list(run_on_sid(suite, "--sw").outcomes) == ["First", "Deadly"]
    assert list(run_on_sid(suite, "--sw").outcomes) == ["Deadly"]
    assert run_on_sid(suite, "--lf").outcomes == {"Deadly": "crashed"}


def test_scenarios_of_other_tests_in_between(suite: Suite) -> None:
    """As `--ff` and plugins for a random order do it: the second Asterisk of a test keeps off what the first left."""
    text = DYING.replace("core stop now", "no such command")
    files = [f"{suite.add(f'tests/{name}', text).relative_to(suite.root)}" for name in ("one", "two")]
    run = run_on_sid(suite, *(f"{file}::{name}" for name in ("Deadly", "Last") for file in files))
    assert run.by_id == {f"tests/{test}::{name}": outcome for test in ("one", "two")
                         for name, outcome in (("Deadly", "failed"), ("Last", "passed"))}


def test_errors_of_collection_need_not_end_it(suite: Suite) -> None:
    suite.add("tests/good", DYING)
    suite.add("tests/wrong", "testinfo: {}\n")
    run = run_on_sid(suite, "--continue-on-collection-errors", "-k", "First")
    assert run.outcomes["First"] == "passed", run.out
    assert run.code == 1


def test_the_time_that_pytest_gives_an_item(suite: Suite) -> None:
    """pytest-timeout raises in a handler of SIGALRM, in the middle of the reactor."""
    pytest.importorskip("pytest_timeout", reason="pytest-timeout is not installed")
    suite.add_waiting()
    suite.add("tests/zest", DYING)
    run = run_on_sid(suite, "--timeout", "3", "-k", "Waiting or First")
    assert run.outcomes["Waiting"] == "Timeout (>3.0s) from pytest-timeout.", run.out
    assert run.by_id["tests/zest::First"] == "passed", run.out
    assert (run.code, "bug in Callgate" in run.out) == (1, False), run.out
    assert running_in(suite.root) == []


def run_on_sid(suite: Suite, *arguments: str) -> Run:
    return run_pytest(suite.root, "--asterisk", "debian:sid", *arguments)


def test_one_private_asterisk_for_each_worker_of_xdist(suite: Suite) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    suite.add("tests/dying", DYING)
    suite.add_stasisstatus()
    run = run_on_sid(suite, "-n", "2", "--dist", "loadfile")
    assert run.outcomes == {"First": "passed", "Deadly": "crashed", "Last": "passed", "Babs": "passed",
                            "Bugs": "passed", "Buster": "passed"}
    assert len([path for path in (suite.root / ".callgate" / "runs").iterdir() if not path.is_symlink()]) == 2
    assert running_in(suite.root) == []
