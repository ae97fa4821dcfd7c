"""On which Asterisk each step plays: said beside it, or known by the names that it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.scenario.model import Test
from callgate.scenario.steps import STEPS
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import load_suite

CALL = "originate: {endpoint: PJSIP/a, app: a, as: %s}"
HERE, THERE = f"- {CALL % 'here'}\n", f"- {CALL % 'there'}\n  on: ast2\n"


def load(root: Path, steps: str, asterisks: str = "2", last: str = "") -> Test:
    directory = root / "tests" / "t"
    directory.mkdir(parents=True, exist_ok=True)
    text = "".join(f"      {line}\n" for line in steps.splitlines())
    text += "    finally:\n" + "".join(f"      {line}\n" for line in last.splitlines()) if last else ""
    (directory / "test-config.yaml").write_text(
        f"testinfo: {{summary: x}}\nproperties: {{asterisks: {asterisks}}}\nscenarios:\n  S:\n    summary: x\n"
        f"    steps:\n{text}")
    [test] = load_suite(root, [], None, STEPS).tests
    return test


def settled(root: Path, steps: str, last: str = "") -> list[str]:
    """The Asterisk of each step, branches and `finally` included."""
    [scenario] = load(root, steps, last=last).scenarios
    return [one.asterisk for step in (*scenario.steps, *scenario.last_steps) for one in step.all() if not one.branches]


def complaint(root: Path, steps: str, asterisks: str = "2") -> str:
    """What is said of these steps, which begin on line 7."""
    with pytest.raises(InvalidFilesError) as caught:
        load(root, steps, asterisks)
    return str(caught.value).removeprefix("tests/t/test-config.yaml:").splitlines()[0]


def test_without_a_word_a_test_has_one_asterisk(tmp_path: Path) -> None:
    test = load(tmp_path, f"{HERE}- hangup: here\n", asterisks="1")
    assert test.asterisks == ("ast1",)
    assert [step.asterisk for step in test.scenarios[0].steps] == ["ast1", "ast1"]


def test_its_only_asterisk_may_be_named(tmp_path: Path) -> None:
    assert load(tmp_path, f"{HERE}- hangup: here\n  on: ast1\n", asterisks="1").asterisks == ("ast1",)


@pytest.mark.parametrize(("steps", "expected"), [
    # said
    (HERE + THERE, ["ast1", "ast2"]),
    ("- cli: core show uptime\n  on: ast2\n- cli: core show uptime\n", ["ast2", "ast1"]),
    # of the names that it needs: channels, clients, bridges
    (THERE + "- hangup: there\n", ["ast2", "ast2"]),
    (THERE + "- expect: {ami: Hangup, channel: there}\n", ["ast2", "ast2"]),
    ("- register: app\n  on: ast2\n- disconnect: app\n", ["ast2", "ast2"]),
    ("- originate: {endpoint: Local/a@b, app: a, as: two}\n  on: ast2\n- answer: two;2\n", ["ast2", "ast2"]),
    # of those that it only mentions
    (THERE + "- ari: 'POST /channels/${there.id}/answer'\n", ["ast2", "ast2"]),
    ("- cli: {command: core show uptime, as: up}\n  on: ast2\n- cli: 'x ${up.output}'\n", ["ast2", "ast2"]),
    (THERE + "- ari: 'POST /channels/${there.id}/answer'\n  on: ast1\n", ["ast2", "ast1"]),
    (THERE + HERE + "- variable: {set: OTHER, value: '${there.id}', channel: here}\n", ["ast2", "ast1", "ast1"]),
    # what is always there is nobody's
    ("- cli: 'x ${ast2.address} ${run.id}'\n", ["ast1"]),
    # marks are nobody's
    (THERE + "- mark: now\n- expect: {ami: Hangup, channel: there, since: now}\n", ["ast2", "ast1", "ast2"]),
])
def test_where_a_step_plays(tmp_path: Path, steps: str, expected: list[str]) -> None:
    assert settled(tmp_path, steps) == expected


def test_branches_and_finally_are_no_exception(tmp_path: Path) -> None:
    steps = f"""\
- parallel:
    branches:
      one:
        - {CALL % 'there'}
          on: ast2
        - expect: {{ami: Newstate, channel: there}}
      two:
        - {CALL % 'here'}
"""
    assert settled(tmp_path, steps, last="- hangup: there\n- hangup: here\n") == [
        "ast2", "ast2", "ast1", "ast2", "ast1"]


@pytest.mark.parametrize(("steps", "message"), [
    (HERE + THERE + "- hangup: [here, there]\n",
     "10:9: error: 'hangup' uses 'here' of ast1 and 'there' of ast2, and a step plays on one Asterisk"),
    (HERE + "- hangup: here\n  on: ast2\n", "9:13: error: 'here' is of ast1, so this can't play on 'ast2'"),
    (HERE + "- hangup: here\n  on: ast3\n", "9:13: error: 'here' is of ast1, so this can't play on 'ast3'"),
    ("- cli: x\n  on: ast3\n",
     "8:13: error: the test has no Asterisk 'ast3'; 'properties: {asterisks: 3}' gives it more"),
    ("- cli: x\n  on: both\n", "8:13: error: the test has no Asterisk 'both'; known: ast1, ast2"),
    (HERE + THERE + "- cli: 'x ${here.id} ${there.id}'\n",
     ("10:9: error: 'cli' mentions 'here' of ast1 and 'there' of ast2: it is not clear on which Asterisk it plays; "
      "write 'on: ast…' beside it")),
    ("- parallel: {branches: {a: [{cli: x}], b: [{cli: y}]}}\n  on: ast2\n",
     "8:9: error: 'on' cannot stand beside 'parallel': it goes with the steps of its branches"),
    ("- use: x.yaml\n  on: ast2\n", "8:9: error: 'on' cannot stand beside 'use': it goes with the steps in that file"),
    ("- on: ast2\n", "7:9: error: 'on' stands beside a step's keyword, and here is none"),
    # what one Asterisk sends is not heard over the WebSocket of another
    (THERE + "- register: a\n- expect: {ari: StasisStart, channel: there}\n",
     "10:9: error: ARI events come to registered applications only; put a 'register' before this"),
])
def test_what_cannot_be(tmp_path: Path, steps: str, message: str) -> None:
    assert complaint(tmp_path, steps) == message


def test_the_same_may_be_expected_of_each(tmp_path: Path) -> None:
    assert settled(tmp_path, "- expect: {ami: Go}\n- expect: {ami: Go}\n  on: ast2\n") == ["ast1", "ast2"]


def test_a_test_with_one_has_no_second(tmp_path: Path) -> None:
    assert complaint(tmp_path, "- cli: x\n  on: ast2\n", "1") == (
        "8:13: error: the test has no Asterisk 'ast2'; 'properties: {asterisks: 2}' gives it more")


@pytest.mark.parametrize("count", ["0", "10", "two"])
def test_how_many_there_may_be(tmp_path: Path, count: str) -> None:
    assert complaint(tmp_path, HERE, count).startswith("2:25: error: 'asterisks' must be ")


def test_configuration_that_no_asterisk_gets(tmp_path: Path) -> None:
    (tmp_path / "tests/t/configs/ast3").mkdir(parents=True)
    assert complaint(tmp_path, HERE) == (
        "tests/t/configs/ast3: error: is never used: the test has ast1, ast2; "
        "'properties: {asterisks: 3}' gives it more")
    assert complaint(tmp_path, HERE, "1").startswith(
        "tests/t/configs/ast3: error: is never used: the test has ast1 alone; ")
    assert load(tmp_path, HERE, "3").asterisks == ("ast1", "ast2", "ast3")


def test_templates_know_all_of_them(tmp_path: Path) -> None:
    template = tmp_path / "tests/t/configs/ast1/a.conf.in"
    template.parent.mkdir(parents=True)
    template.write_text("@{ast2.http}\n")
    assert len(load(tmp_path, HERE).asterisks) == 2
    assert complaint(tmp_path, HERE, "1").startswith(
        "tests/t/configs/ast1/a.conf.in:1:1: error: the test has no Asterisk 'ast2'; 'properties: {asterisks: 2}'")
