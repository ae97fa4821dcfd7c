"""Configuration templates and several Asterisks, live: that they do as they should, and what is said if they do not."""

from __future__ import annotations

import json
import re

import pytest
from self_test.live.goldens import insist, messages
from self_test.live.played import BUILDS, LANGUAGE
from self_test.live.runner import Command
from self_test.live.suites import Suite

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "several"
CALLS = ["Answered", "Refused", "Apart", "AtTheSameTime"]
DIFFER = {**dict.fromkeys(("OtherValue", "Elsewhere", "Forbidden"), "failed"), "Died": "crashed", "Again": "passed"}
#: A unique id that Asterisk gave.
_ID = re.compile(r"\b\d{10}\.\d+\b")
#: A port of the run.
_PORT = re.compile(r"\b[3-6]\d{4}$", re.MULTILINE)


@pytest.mark.parametrize("build", BUILDS)
def test_templates_and_steps_know_the_same(command: Command, build: str) -> None:
    result = command.run("tests/templates", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, {"SameNames": "passed", "Doors": "passed"}), result.out


@pytest.mark.parametrize("build", BUILDS)
def test_one_asterisk_calls_another(command: Command, build: str) -> None:
    result = command.run("tests/calls", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(CALLS, "passed")), result.out


def test_what_is_said_of_one_of_several(command: Command) -> None:
    result = command.run("tests/differ", root=ROOT)
    assert (result.code, result.outcomes) == (1, DIFFER), result.out
    insist("several", _ID.sub("ID", messages(result.verdicts)))
    assert result.verdicts["Died"].asterisk_log == "tests/differ/ast2/log/full"
    assert (result.directory / "tests/differ/ast2/log/full").exists()
    assert [*(result.directory / "tests/differ").glob("ast*.2")], "both are booted anew"
    lines = map(json.loads, (result.directory / "tests/differ/OtherValue.jsonl").read_text().splitlines())
    assert {line.get("asterisk", "") for line in lines} == {"", "ast1", "ast2"}


PAIR = """\
testinfo: {summary: Two of them.}
properties: {asterisks: 2}
scenarios: {A: {summary: Passes., steps: [{register: a}]}}
"""


def test_one_that_does_not_boot_ends_the_other(command: Command, suite: Suite) -> None:
    bad = suite.add("tests/pair", PAIR).parent / "configs" / "ast2" / "modules.conf"
    bad.parent.mkdir(parents=True)
    bad.write_text("[modules]\nrequire = no_such_module.so\n")
    result = command.run(root=suite.root)
    assert (result.code, result.outcomes) == (1, {"A": "crashed"}), result.out
    assert "ast2 died: " in result.why("A")
    assert result.verdicts["A"].asterisk_log == "tests/pair/ast2/log/full"


def test_what_is_said_where_they_differ(command: Command) -> None:
    result = command.run("tests/templates-differ", root=ROOT)
    assert (result.code, result.outcomes) == (1, {"Differs": "failed"}), result.out
    insist("templates", _PORT.sub("PORT", messages(result.verdicts)))
